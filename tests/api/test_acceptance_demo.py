"""The articles that come with Waqai, through the real command: what any graph that it makes must hold."""

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from api.datafolder import GRAPH_FOLDER
from api.workspace import Workspace
from ontology.reasoning import check_consistency
from ontology.validation import validate
from ontology.vocabulary import FOLDER, ONTOLOGY_FILE, OWL, RDF, WQ

ROOT = Path(__file__).resolve().parents[2]
WAQAI = Path(sys.executable).with_name("waqai")
DEFAULT = ox.DefaultGraph()
TOKEN = "a-token-for-the-tests-only"
TYPE = ox.NamedNode(RDF + "type")
# What follows from the time of a run, and nothing else does.
TIMED = (b"<" + WQ.encode() + b"recorded> ", b"<" + WQ.encode() + b"bodySha256> ")


def waqai(*arguments: object, seed: str = "0", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WAQAI_")}
    return subprocess.run(
        [str(WAQAI), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**clean, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, **environment},
        timeout=180,
    )


@dataclass(frozen=True)
class Demo:
    """A finished demo: what it printed, its folder, and its graph as quads and as sorted N-Quads."""

    printed: str
    folder: Path
    workspace: Workspace
    dump: bytes
    quads: list[ox.Quad]

    def ask(self, sparql: str) -> list[tuple[str, ...]]:
        """Return the rows of a SELECT over the default graph as plain strings."""
        rows = self.workspace.query(sparql).rows()
        return [tuple("" if term is None else term.value for term in row) for row in rows]  # type: ignore[attr-defined]

    def default(self) -> list[ox.Triple]:
        return [quad.triple for quad in self.quads if quad.graph_name == DEFAULT]


def dump_of(workspace: Workspace) -> bytes:
    buffer = io.BytesIO()
    workspace.graph().dump(buffer)
    return buffer.getvalue()


def run_demo(folder: Path, seed: str) -> str:
    done = waqai("demo", "--no-serve", "--data", folder, seed=seed)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    printed = run_demo(folder, seed="1")
    with Workspace(folder, create=False) as workspace:
        dump = dump_of(workspace)
        quads = list(ox.parse(dump, format=ox.RdfFormat.N_QUADS))
        yield Demo(printed, folder, workspace, dump, quads)


def test_it_prints_a_table_a_query_and_an_audit_and_says_what_it_does(demo: Demo) -> None:
    sections = [line for line in demo.printed.splitlines() if line.startswith("== ")]
    steps = (
        "ingesting",
        "the events that were found",
        "one event that 4 claims tell",
        "waqai query --saved one-origin",
        "waqai query --saved conflicting-tolls",
        "one SPARQL query",
        "one audit: waqai audit c-",
        "decisions, in a copy of the data",
        "a correction that moves a figure",
        "a merge that is undone without loss",
        "done",
    )
    assert len(sections) == len(steps)
    for section, step in zip(sections, steps, strict=True):
        assert section.startswith(f"== {step}")
    ((events,),) = demo.ask("SELECT (COUNT(DISTINCT ?e) AS ?n) { ?e a wq:Event }")
    assert f"{events} events at log position {demo.workspace.log.head()}" in demo.printed
    assert "Claims that are no events" in demo.printed
    answer = demo.printed.partition("one SPARQL query")[2].partition("== one audit")[0]
    assert "SELECT" in answer
    assert re.search(r"\d+ rows at log position", answer)
    audit = demo.printed.partition("== one audit")[2].partition("== decisions")[0]
    for part in ("evidence [", "source 1:", "article http", "record of the article", "extracted by waqai", "passed"):
        assert part in audit
    assert "[ok]" in audit
    assert "[failed]" not in audit.lower()


def test_one_event_holds_every_claim_of_the_roundabout_strike_and_adds_no_toll(demo: Demo) -> None:
    """The network that was there says 9, the monitor a day later 11: one event, both figures kept, no third one."""
    rows = demo.ask(
        "SELECT ?event ?outlet { ?event a wq:Airstrike ; wq:claimCount 2 ; wq:outletCount 2 ; wq:claim ?claim ; "
        "wq:place/rdfs:label 'دوار الزيتونة'@ar . ?claim prov:wasDerivedFrom/schema:publisher/rdfs:label ?outlet }"
    )
    assert {outlet for _, outlet in rows} == {"شبكة ريف الزيتون", "مرصد العاصي لحقوق الإنسان"}
    (event,) = {event for event, _ in rows}
    tolls = demo.ask(
        f"SELECT ?best ?rule ?claim {{ <{event}> wq:toll ?toll . ?toll wq:category wq:Killed ; wq:best ?best ; "
        "wq:tollRule ?rule ; wq:givenBy ?claim } ORDER BY ?best"
    )
    assert [(best, rule) for best, rule, _ in tolls] == [("9", "only"), ("11", "only")]
    assert len({claim for _, _, claim in tolls}) == 2


def test_tolls_that_conflict_stand_beside_each_other_with_their_rule(demo: Demo) -> None:
    """Two outlets count the civilians of one attack differently: low and high are theirs, and no best is made."""
    ((event, low, high, rule, best),) = demo.ask(
        "SELECT ?event ?low ?high ?rule ?best { ?event wq:contested true ; wq:toll ?toll ; rdfs:label ?name . "
        "?toll wq:category wq:Killed ; wq:population 'civilian' ; wq:low ?low ; wq:high ?high ; wq:tollRule ?rule "
        "OPTIONAL { ?toll wq:best ?best } FILTER(CONTAINS(?name, 'Nubl')) }"
    )
    assert (low, high, rule, best) == ("2", "3", "open", "")
    said = demo.ask(
        f"SELECT ?n ?words {{ <{event}> wq:claim ?claim . ?claim wq:contradiction/wq:category wq:Killed ; "
        "wq:contradictsToll ?other . { ?claim wq:figure ?f } UNION { ?other wq:figure ?f } "
        "?f wq:category wq:Killed ; wq:best ?n ; wq:asWritten ?words }"
    )
    assert {n for n, _ in said} == {"2", "3"}
    found = waqai("query", "--saved", "conflicting-tolls", "--data", demo.folder, "--format", "csv")
    assert found.returncode == 0, found.stderr
    assert found.stdout.count(event) == 3
    assert {"two civilians", "Three civilians"} <= set(re.findall(r"[^,\r\n]+", found.stdout))


def test_a_denial_stands_beside_the_event_that_it_denies_and_is_no_part_of_it(demo: Demo) -> None:
    rows = demo.ask(
        "SELECT DISTINCT ?denier ?what ?claim ?event { ?claim wq:denies ?event ; wq:modality wq:Denied ; "
        "wq:attributedTo/rdfs:label ?denier . ?event rdfs:label ?what ; wq:denialStanding/wq:claimCount ?denials "
        "FILTER(LANG(?denier) = 'en' && LANG(?what) = 'en') }"
    )
    told = {(denier, what) for denier, what, _, _ in rows}
    assert ("Fath al-Mubin operations room", "Rocket attack at Nubl, 2023-10-18") in told
    assert any(denier == "Russia" and "دوار الزيتونة" in what for denier, what in told)
    for _, _, claim, event in rows:
        assert demo.ask(f"SELECT ?o {{ VALUES ?o {{ <{claim}> }} <{event}> wq:claim ?o }}") == []
    found = waqai("query", "--saved", "claimed-and-denied", "--data", demo.folder, "--format", "csv")
    assert {claim for _, _, claim, _ in rows} <= set(re.findall(r"http[^,\s]+", found.stdout))


def test_what_only_one_origin_tells_is_a_query_and_leaves_out_what_two_tell(demo: Demo) -> None:
    found = waqai("query", "--saved", "one-origin", "--with", "limit=1000", "--data", demo.folder, "--format", "csv")
    assert found.returncode == 0, found.stderr
    events = set(re.findall(r"http\S*/id/event/[0-9a-f]+", found.stdout))
    several = {row[0] for row in demo.ask("SELECT ?e { ?e wq:originsAtMost ?n FILTER(?n > 1) }")}
    assert events
    assert several
    assert events.isdisjoint(several)
    every = {row[0] for row in demo.ask("SELECT DISTINCT ?e { ?e a wq:Event ; wq:claimCount ?n }")}
    assert events | several == every


def test_the_correction_moves_the_figure_and_stands_in_the_history(demo: Demo) -> None:
    copy = demo.folder / "decided"
    part = demo.printed.partition("== a correction that moves")[2].partition("== a merge")[0]
    event = re.search(r"waqai history (id/event/[0-9a-f]{20})", part)
    assert event
    killed = (
        "SELECT ?killed { ?event a wq:ArmedClash ; wq:fatalitiesBest ?killed ; "
        "wq:place/rdfs:label 'محور تلة الرجم'@ar }"
    )
    for at, figure in ((26, "23"), (29, "13")):
        asked = waqai("query", killed, "--at", at, "--data", copy, "--format", "csv")
        assert asked.stdout.split() == ["killed", figure], asked.stderr
    history = waqai("history", event[1], "--data", copy, "--format", "json")
    assert history.returncode == 0, history.stderr
    steps = json.loads(history.stdout)["steps"]
    assert [step["type"] for step in steps] == ["ClaimsExtracted", "ClaimsExtracted", "ArticleCorrected"]
    assert "13 and not 23" in steps[-1]["reason"]
    gone = [quad for step in steps for quad in step["removed"] if "fatalitiesBest" in quad]
    assert len(gone) == 1
    assert '"23"' in gone[0]


def test_the_merge_makes_one_event_and_its_undo_leaves_all_as_it_was(demo: Demo) -> None:
    part = demo.printed.partition("== a merge that is undone")[2]
    assert "undone is as before" in part
    digests = dict(re.findall(r"^  (before|merged|undone)  ([0-9a-f]{64})$", part, re.MULTILINE))
    assert digests["before"] == digests["undone"] != digests["merged"]
    about = (
        "CONSTRUCT { ?s ?p ?o } { VALUES ?class { wq:Event wq:Claim wq:Source wq:Place wq:Actor wq:Toll } "
        "?s a ?class ; ?p ?o }"
    )
    with Workspace(demo.folder / "decided", create=False) as copy:
        states = [
            sorted(copy.as_of(copy.moment(str(at))).query(about).serialize("application/n-triples").splitlines())
            for at in (29, 30, 31)
        ]
        counts = [
            len(list(copy.as_of(copy.moment(str(at))).query("SELECT ?e { ?e wq:claimCount ?n }").rows()))
            for at in (29, 30, 31)
        ]
        assert copy.compare().identical
    assert states[0] == states[2] != states[1]
    assert counts[1] == counts[0] - 1


def test_the_decisions_of_the_demo_leave_its_own_data_alone(demo: Demo) -> None:
    assert demo.workspace.log.head() == 26
    assert demo.ask("SELECT ?record { ?record wq:reason ?why }") == []


@pytest.mark.parametrize("folder", [".", "decided"])
def test_the_audit_of_the_whole_graph_finds_nothing(demo: Demo, folder: str) -> None:
    found = waqai("audit", "--all", "--data", demo.folder / folder)
    assert found.returncode == 0, found.stdout


def test_the_audit_quotes_the_article_character_by_character(demo: Demo) -> None:
    claim = re.search(r"waqai audit (c-[0-9a-f]{20})", demo.printed)
    assert claim
    found = waqai("audit", claim[1], "--data", demo.folder, "--format", "json", seed="3")
    assert found.returncode == 0, found.stderr
    rows = demo.ask(
        "SELECT ?exact ?start ?end ?article { "
        f"<http://localhost:8000/id/claim/{claim[1]}> prov:wasDerivedFrom ?article ; wq:evidence ?e . "
        "?e oa:hasSelector [ oa:exact ?exact ], [ oa:start ?start ; oa:end ?end ] }"
    )
    assert rows
    for exact, start, end, article in rows:
        text = demo.workspace.text(article.rpartition("/")[2])
        assert text is not None
        assert text[int(start) : int(end)] == exact
        assert exact in json.dumps(json.loads(found.stdout), ensure_ascii=False).replace('\\"', '"')


def test_every_claim_passes_its_audit(demo: Demo) -> None:
    claims = [row[0] for row in demo.ask("SELECT ?claim { ?claim a wq:Claim }")]
    assert len(claims) > 50
    failed = [claim for claim in claims if not demo.workspace.audit(claim).passed]
    assert failed == []


def test_every_article_gives_claims(demo: Demo) -> None:
    empty = demo.ask(
        "SELECT ?title { ?a a wq:Article ; schema:headline ?title "
        "FILTER NOT EXISTS { ?claim prov:wasDerivedFrom ?a ; a wq:Claim } }"
    )
    assert empty == []


def test_nothing_of_the_invented_week_is_put_outside_its_country(demo: Demo) -> None:
    elsewhere = demo.ask(
        "SELECT DISTINCT ?name ?country { ?event a wq:Event ; wq:place ?place . ?place rdfs:label ?name ; "
        "schema:containedInPlace ?c . ?c a wq:Place ; rdfs:label ?country . FILTER(LANG(?country) = 'en') "
        "FILTER NOT EXISTS { ?place schema:containedInPlace/rdfs:label 'Syria'@en } }"
    )
    assert elsewhere == []


def test_the_whole_graph_conforms_to_the_shapes(demo: Demo) -> None:
    report = validate(demo.dump)
    assert report.results == ()
    assert report.conforms


@pytest.mark.slow
def test_the_default_graph_is_consistent_with_the_ontology(demo: Demo) -> None:
    statements = "".join(f"{triple} .\n" for triple in demo.default()).encode()
    assert check_consistency(statements).consistent


@pytest.mark.filterwarnings("ignore:Dataset.default_context")  # rdflib's own parser still uses it
def test_rdflib_and_pyoxigraph_load_the_same_dump(demo: Demo, tmp_path: Path) -> None:
    import rdflib

    lines = demo.dump.splitlines()
    assert lines == sorted(set(lines))
    (tmp_path / "dump.nq").write_bytes(demo.dump)
    store = ox.Store()
    store.bulk_load(path=str(tmp_path / "dump.nq"), format=ox.RdfFormat.N_QUADS)
    assert len(store) == len(lines)
    dataset = rdflib.Dataset().parse(tmp_path / "dump.nq", format="nquads")
    assert sum(1 for _ in dataset.quads()) == len(lines)
    assert len(list(store.named_graphs())) == sum(1 for graph in dataset.graphs() if len(graph)) - 1
    assert not any(isinstance(term, rdflib.BNode) for quad in dataset.quads() for term in quad[:3])


def test_only_terms_that_the_ontology_declares_are_used(demo: Demo) -> None:
    declared: dict[str, set[str]] = {}
    for quad in ox.parse(path=str(FOLDER / ONTOLOGY_FILE), format=ox.RdfFormat.TURTLE):
        if quad.predicate == TYPE and isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            declared.setdefault(quad.subject.value, set()).add(quad.object.value)
    wrong: set[tuple[str, str]] = set()
    for quad in demo.quads:
        predicate, value = quad.predicate.value, quad.object
        if predicate.startswith(WQ):
            kind = "DatatypeProperty" if isinstance(value, ox.Literal) else "ObjectProperty"
            if OWL + kind not in declared.get(predicate, ()):
                wrong.add((kind, predicate))
        if isinstance(value, ox.NamedNode) and value.value.startswith(WQ):
            kinds = declared.get(value.value, set())
            if OWL + "Class" not in kinds if quad.predicate == TYPE else not kinds - {OWL + "Class"}:
                wrong.add(("Class" if quad.predicate == TYPE else "individual", value.value))
    assert wrong == set()


def test_the_default_graph_has_no_event_that_is_not_reported_to_have_happened(demo: Demo) -> None:
    modalities = {row[0] for row in demo.ask("SELECT DISTINCT ?m { ?c a wq:Claim ; wq:modality ?m }")}
    assert {WQ + name for name in ("Asserted", "Claimed", "Denied", "Planned", "Feared", "Background")} == modalities
    bad = demo.ask(
        "SELECT ?event ?p { ?claim wq:about ?event ; wq:modality ?m . ?event ?p ?o . "
        "FILTER(?m NOT IN (wq:Asserted, wq:Claimed)) }"
    )
    assert bad == []
    # What such a claim says stands in its own graph, and its metadata in the default graph.
    unsaid = demo.ask(
        "SELECT ?claim { ?claim a wq:Claim . "
        "FILTER NOT EXISTS { GRAPH ?claim { ?event a wq:Event ; wq:claim ?claim } } }"
    )
    assert unsaid == []
    ((claims,),) = demo.ask("SELECT (COUNT(?c) AS ?n) { ?c a wq:Claim ; wq:evidence/oa:hasSource ?article }")
    assert int(claims) >= len(demo.ask("SELECT ?c { ?c a wq:Claim }"))


def test_no_claim_graph_holds_what_another_claim_says(demo: Demo) -> None:
    for quad in demo.quads:
        graph = quad.graph_name
        if not isinstance(graph, ox.NamedNode) or "/id/claim/" not in graph.value:
            continue
        claim = graph.value.rpartition("/")[2]
        subject = quad.subject
        assert isinstance(subject, ox.NamedNode)
        assert "/id/event/" in subject.value or subject.value.startswith(graph.value), (claim, quad)


def test_no_link_says_that_two_things_are_the_same(demo: Demo) -> None:
    assert OWL.encode() + b"sameAs" not in demo.dump
    assert b"_:" not in re.sub(rb'"(?:[^"\\]|\\.)*"', b'""', demo.dump), "no blank nodes"


def test_a_deleted_graph_is_rebuilt_to_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    demo.workspace.log.verify()
    shutil.copytree(demo.folder, copy)
    shutil.rmtree(copy / GRAPH_FOLDER)
    rebuilt = waqai("rebuild", "--data", copy, seed="7")
    assert rebuilt.returncode == 0, rebuilt.stderr
    with Workspace(copy, create=False) as workspace:
        assert dump_of(workspace) == demo.dump


def test_the_hash_seed_changes_nothing(demo: Demo, tmp_path: Path) -> None:
    def timeless(dump: bytes) -> list[bytes]:
        return [line for line in dump.splitlines() if not any(name in line for name in TIMED)]

    printed = run_demo(tmp_path / "again", seed="4242")
    with Workspace(tmp_path / "again", create=False) as workspace:
        again = dump_of(workspace)
    lines = timeless(again)
    assert lines == timeless(demo.dump)
    assert 0 < len(demo.dump.splitlines()) - len(lines) == 2 * demo.workspace.log.head()

    def stable(text: str, folder: Path) -> str:
        return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z|[0-9a-f]{64}", "…", text.replace(str(folder), "FOLDER"))

    assert stable(printed, tmp_path / "again") == stable(demo.printed, demo.folder)


def test_what_is_written_to_the_served_demo_is_kept_whoever_reads_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WAQAI_")}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(WAQAI), "demo", "--host", "127.0.0.1", "--port", str(port), "--data", str(folder)]
    served = subprocess.Popen(
        command, stdout=subprocess.PIPE, encoding="utf-8", env={**clean, "PYTHONPATH": str(ROOT), "WAQAI_TOKEN": TOKEN}
    )
    try:
        assert served.stdout is not None
        at = next(found[1] for line in served.stdout if (found := re.match(r"== serving on (http://\S+/)", line)))
        for name in ("first", "second"):
            assert waqai("query", "ASK {}", "--data", folder).stdout.strip() == "true"  # looks into the log
            update = f'INSERT DATA {{ GRAPH <http://localhost:8000/graphs/mine> {{ <urn:x:a> <urn:x:b> "{name}" }} }}'
            headers = {"authorization": f"Bearer {TOKEN}"}
            done = httpx.post(f"{at}sparql", data={"update": update, "reason": "a test"}, headers=headers, timeout=30)
            assert done.status_code == 200, done.text
            position = done.json()["record"]
    finally:
        served.terminate()
        served.wait(timeout=60)
    assert position > 1
    listed = waqai("log", "list", "--after", position - 1, "--format", "json", "--data", folder)
    assert f'"position":{position}' in listed.stdout.replace(" ", ""), listed.stdout + listed.stderr
