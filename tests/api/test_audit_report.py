"""The report of an audit as people and programs get it: text, JSON, JSON-LD and a page that needs nothing else."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
import rdflib
import typer.testing

from api.auditing import FORMATS, report_of, written
from api.cli import app
from api.curating import retract
from api.decisions import Order
from api.pages.audit import POLICY, audit_page
from api.settings import Settings
from api.workspace import Workspace
from graph.terms import wq
from tests.api.fakes import arabic_article, content_file


@pytest.fixture
def event(filled: Workspace) -> str:
    (row, *_) = filled.query("SELECT ?e { ?e wq:claim ?c ; wq:fatalitiesBest 16 }").rows()
    return str(row[0].value)  # type: ignore[union-attr]


@pytest.fixture
def claim(filled: Workspace, event: str) -> str:
    claims = filled.audit(event).claims
    return next(one.iri for one in claims if any(slot.words == "دوار الباسل" for slot in one.slots))


def page_of(workspace: Workspace, name: str) -> str:
    return audit_page(report_of(workspace.audit(name), Settings(data=workspace.data), workspace))


class Loading(HTMLParser):
    """Collects what a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.directions: list[tuple[str | None, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "object", "embed", "link") or "src" in given or "style" in given:
            self.found.append(tag)
        if tag == "blockquote":
            self.directions.append((given.get("lang"), given.get("dir")))


def test_the_page_loads_and_runs_nothing(filled: Workspace, event: str) -> None:
    page = page_of(filled, event)
    reader = Loading()
    reader.feed(page)
    assert reader.found == []
    assert not re.search(r"url\(|@import|javascript:", page)
    assert f'content="{POLICY}"'.replace("'", "&#x27;") in page
    assert "@media print" in page


def test_arabic_runs_from_the_right_and_the_slots_are_marked(filled: Workspace, claim: str) -> None:
    page = page_of(filled, claim)
    reader = Loading()
    reader.feed(page)
    assert reader.directions == [("ar", "rtl")]
    assert '<mark title="place">دوار الباسل</mark>' in page


def test_words_of_an_article_never_become_markup(filled: Workspace, claim: str) -> None:
    audit = filled.audit(claim)
    (told,) = audit.claims
    (passage,) = told.passages
    nasty = replace(passage, quote="<script>alert(1)</script>\u202e", before="\u202e<b>", after=None)
    bad = replace(audit, claims=(replace(told, passages=(nasty,)),))
    page = audit_page(report_of(bad, Settings(data=filled.data), filled))
    assert "<script>" not in page
    assert "\u202e" not in page
    assert "U+202E" in page


def test_rules_are_told_in_words(filled: Workspace, claim: str) -> None:
    report = report_of(filled.audit(claim), Settings(data=filled.data), filled)
    (told,) = report.audit.claims
    assert set(report.rules) == {slot.rule for slot in told.slots} | {link.rule for link in told.sources}
    assert report.other_data == (told.iri,)  # it was made by no real extractor
    body = json.loads(written(report, "json"))
    assert body["rules"].keys() == report.rules.keys()
    assert body["passed"] is True


def test_a_real_rule_has_its_sentence_and_its_entry(tmp_path: Path) -> None:
    with Workspace(tmp_path / "real") as workspace:
        text = "قال المرصد السوري لحقوق الإنسان إن 16 مدنيا قتلوا في غارة جوية على مدينة خان شيخون."
        workspace.ingest(replace(arabic_article(), text=text, title=None, original=None))
        (row, *_) = workspace.query("SELECT ?c { ?c a wq:Claim }").rows()
        report = report_of(workspace.audit(row[0].value), Settings(data=workspace.data), workspace)  # type: ignore[union-attr]
        trigger = report.audit.claims[0].slots[0]
        (because,) = report.rules[trigger.rule]
        assert report.other_data == ()
        assert because.entry == f"https://w3id.org/waqai/lexicon/{trigger.rule}"
        assert because.en == f"{because.lemma} is listed as a word for Airstrike."
        assert because.en in written(report, "text")
        assert because.ar in written(report, "html")
        assert because.en in written(report, "jsonld")


def test_the_command_writes_each_format_to_a_file(filled: Workspace, event: str, tmp_path: Path) -> None:
    filled.close()
    run = typer.testing.CliRunner()
    for form in FORMATS:
        target = tmp_path / f"report.{form}"
        done = run.invoke(app, ["audit", event, "--data", "data", "--format", form, "--output", str(target)])
        assert done.exit_code == 0, done.output
        said = target.read_text(encoding="utf-8")
        assert said == run.invoke(app, ["audit", event, "--data", "data", "--format", form]).stdout
        assert "دوار الباسل" in said
    graph = rdflib.Graph().parse(tmp_path / "report.jsonld", format="json-ld")
    assert graph.value(rdflib.URIRef(event), rdflib.URIRef(wq("claim").value)) is not None
    refused = run.invoke(app, ["audit", event, "--data", "data", "--format", "pdf"])
    assert refused.exit_code == 2


def test_the_command_takes_a_triple_as_a_line_or_as_three_terms(filled: Workspace, event: str) -> None:
    filled.close()
    run = typer.testing.CliRunner()
    line = run.invoke(app, ["audit", f"<{event}> wq:fatalitiesBest 16", "--data", "data"])
    terms = run.invoke(app, ["audit", event, "wq:fatalitiesBest", '"16"^^xsd:integer', "--data", "data"])
    assert (line.exit_code, line.output) == (0, terms.output)
    assert run.invoke(app, ["audit", event, "wq:fatalitiesBest", "--data", "data"]).exit_code == 2
    assert run.invoke(app, ["audit", event, "--graph", "", "--data", "data"]).exit_code == 2
    assert run.invoke(app, ["audit", f"<{event}> wq:fatalitiesBest", "--data", "data"]).exit_code == 1
    never = run.invoke(app, ["audit", f"<{event}> wq:fatalitiesBest 17", "--data", "data"])
    assert never.exit_code == 1
    assert "no record is found that ever brought it" in never.stderr


# ---------------------------------------------------------------------- over HTTP


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/json", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("text/html", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
    ],
)
def test_the_accept_header_chooses(client: httpx.Client, event: str, accept: str, media: str) -> None:
    for address, params in (
        (f"/audit/{event}", {}),
        ("/audit", {"s": event, "p": "wq:fatalitiesBest", "o": '"16"^^xsd:integer'}),
        ("/audit", {"s": event, "p": "a", "o": "wq:Airstrike", "graph": ""}),
    ):
        answer = client.get(address, params=params, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        assert "دوار الباسل" in answer.text
    if accept == "text/html":
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_triple_that_never_was_is_404_and_one_that_went_is_410(
    client: httpx.Client, filled: Workspace, event: str
) -> None:
    never = client.get("/audit", params={"s": event, "p": "wq:fatalitiesBest", "o": '"17"^^xsd:integer'})
    assert (never.status_code, never.headers["content-type"]) == (404, "application/problem+json")
    for wrong in ({"s": '"x"', "p": "a", "o": "a"}, {"s": event, "p": "a", "o": "<no"}):
        assert client.get("/audit", params=wrong).status_code == 400
    assert client.get("/audit", params={"s": event}).status_code == 400
    retract(filled, [event], Order("judge", "the paper took it back"))
    position = filled.log.head()
    asked = {"s": event, "p": "wq:fatalitiesBest", "o": '"16"^^xsd:integer', "graph": "", "format": "json"}
    gone = client.get("/audit", params=asked)
    assert gone.status_code == 410
    assert gone.json()["before"]["until"]["position"] == position
    assert gone.json()["stands"] is False
    assert client.get("/audit", params={**asked, "at": str(position - 1)}).status_code == 200
    page = client.get("/audit", params={**asked, "format": "html"})
    assert "was taken away by record" in page.text


def test_a_failed_check_is_seen_on_the_page(client: httpx.Client, filled: Workspace, event: str) -> None:
    stored = content_file(filled.data, arabic_article())
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes().replace(b"16", b"61"))
    page = client.get(f"/audit/{event}", headers={"accept": "text/html"}).text
    assert "A check failed" in page
    assert "<mark" not in page


# ---------------------------------------------------------------------- the whole graph


def test_the_whole_graph_is_audited(filled: Workspace) -> None:
    filled.close()
    run = typer.testing.CliRunner()
    done = run.invoke(app, ["audit", "--all", "--data", "data"])
    assert done.exit_code == 0, done.output
    assert "nothing was found to be wrong." in done.stdout
    found = json.loads(run.invoke(app, ["audit", "--all", "--data", "data", "--format", "json"]).stdout)
    assert (found["passed"], found["findings"], found["counts"]["records"]) == (True, [], 4)
    sample = run.invoke(app, ["audit", "--all", "--sample", "20", "--seed", "7", "--data", "data"])
    assert sample.exit_code == 0, sample.output
    assert "20 triples, chosen by the seed 7, were explained" in sample.stdout
    for wrong in (["--all", "c-1"], ["--sample", "3"], [], ["--all", "--format", "html"]):
        assert run.invoke(app, ["audit", *wrong, "--data", "data"]).exit_code == 2


def test_findings_are_listed_with_what_to_do(filled: Workspace) -> None:
    stored = content_file(filled.data, arabic_article())
    filled.project()
    filled.close()
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes().replace(b"16", b"61"))
    run = typer.testing.CliRunner()
    done = run.invoke(app, ["audit", "--all", "--data", "data"])
    assert done.exit_code == 1
    assert "to do: restore the content from a backup, and run waqai log verify" in done.stdout
    body = json.loads(run.invoke(app, ["audit", "--all", "--data", "data", "--format", "json"]).stdout)
    assert body["passed"] is False
    assert {"kind", "what", "detail", "record", "todo"} == body["findings"][0].keys()
