"""The client: what it believes of an outside service, what it refuses, and what the log remembers of it."""

import io
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode
from typer.testing import CliRunner

from api.cli import app
from api.reconciliation import fetching
from api.reconciliation.client import Asked, Service, ServiceFailed
from api.reconciliation.fetching import Bounds, Unreachable
from api.reconciliation.remembering import ask
from api.workspace import Workspace
from graph.custody import check_contents
from ontology.candidates import CANDIDATES_RECEIVED, decode_candidates_received
from ontology.validation import validate
from ontology.vocabulary import SKOS, WQ
from tests.api.fakes import FakeExtractor, arabic_article
from tests.api.reconciliation import contract
from tests.api.reconciliation.outside import CANDIDATE, DRAFT, MANIFEST, Request, outside_service
from tests.api.test_server import free_port, serving

BOUNDS = Bounds(seconds=5, size=100_000, redirects=3)
QUESTION = Asked("سراقب", "Q486972", {"P17": "Q858"}, 3)


# ---------------------------------------------------------------------- asking


def test_0_2_is_asked_as_the_specification_says() -> None:
    with outside_service() as outside:
        (received,) = Service(outside.address + "/", BOUNDS).candidates([QUESTION])
    (queries,) = outside.asked
    assert contract.faults(contract.QUERIES_02, queries) == []
    assert queries["q0"]["query"] == "سراقب"
    assert queries["q0"]["properties"] == [{"pid": "P17", "v": "Q858"}]
    (offer,) = received.offers
    assert (received.name, received.version) == ("Places of the test", "0.2")
    assert (offer.id, offer.name, offer.score, offer.match, offer.types) == ("Q1", "سراقب", "87.5", True, ("T",))
    assert offer.iri == "http://places.example/id/Q1"


def test_the_draft_is_asked_as_the_specification_says() -> None:
    with outside_service(manifest=DRAFT) as outside:
        (received,) = Service(outside.address, BOUNDS).candidates([QUESTION])
    (queries,) = outside.asked
    assert contract.faults(contract.QUERIES_10, {"queries": queries}) == []
    assert received.version == "1.0-draft"
    assert received.offers[0].iri == "http://places.example/id/Q1"


@pytest.mark.parametrize(
    ("versions", "wanted", "spoken"),
    [
        (["0.2", "1.0-draft"], None, "0.2"),
        (["0.2", "1.0-draft"], "1.0-draft", "1.0-draft"),
        (["0.1"], None, "0.2"),
        (None, None, "0.2"),
    ],
)
def test_the_version_follows_from_the_manifest(versions: list[str] | None, wanted: str | None, spoken: str) -> None:
    manifest = {key: value for key, value in {**MANIFEST, "versions": versions}.items() if value is not None}
    with outside_service(manifest=manifest) as outside:
        assert Service(outside.address, BOUNDS, wanted).manifest.version == spoken


@pytest.mark.parametrize(
    ("view", "id_", "iri"),
    [
        ("http://x.example/{id}", "a/b ج", "http://x.example/a%2Fb%20%D8%AC"),
        ("{+id}", "http://x.example/Q1", "http://x.example/Q1"),
        ("javascript:{id}", "Q1", None),
        ("http://x.example/", "Q1", None),
    ],
)
def test_the_address_of_an_entity_follows_from_the_template(view: str, id_: str, iri: str | None) -> None:
    with outside_service(manifest={**DRAFT, "view": {"url": view}}, candidates=[{**CANDIDATE, "id": id_}]) as outside:
        (received,) = Service(outside.address, BOUNDS).candidates([QUESTION])
    assert received.offers[0].iri == iri


def test_candidates_come_best_first_and_no_more_than_asked_for() -> None:
    many = [{**CANDIDATE, "id": f"Q{n}", "score": n} for n in range(9)]
    with outside_service(candidates=many) as outside:
        (received,) = Service(outside.address, BOUNDS).candidates([QUESTION])
    assert [offer.id for offer in received.offers] == ["Q8", "Q7", "Q6"]


@pytest.mark.parametrize(
    ("path", "version"), [("reconcile", "0.2"), ("reconcile", "1.0-draft"), ("reconcile/1.0-draft", "1.0-draft")]
)
def test_another_waqai_can_be_asked_in_both_versions(shared_server: str, path: str, version: str) -> None:
    service = Service(shared_server + path, Bounds(60, 1_000_000, 3), version)
    place, event = service.candidates(
        [
            Asked("Saraqib", f"{WQ}Place", {"country": "Syria"}),
            Asked("Airstrike, Aleppo, 2024-11-30, 16 killed", f"{WQ}Event"),
        ]
    )
    assert (place.version, place.offers[0].match, place.offers[0].name) == (version, True, "Saraqib")
    assert event.offers[0].match
    assert event.offers[0].iri == event.offers[0].id


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    data = tmp_path_factory.mktemp("asked") / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
    with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, _, _):
        yield address


# ---------------------------------------------------------------------- services that lie, linger or flood


@pytest.mark.parametrize(
    ("manifest", "field"),
    [
        ([], "its manifest must be a JSON object"),
        ({**MANIFEST, "name": 5}, "manifest: name must be"),
        ({**MANIFEST, "versions": "0.2"}, "manifest: versions must be"),
        ({**MANIFEST, "versions": ["7"]}, "manifest: versions names 7"),
        ({**MANIFEST, "batchSize": 0}, "manifest: batchSize must be"),
        ({**MANIFEST, "view": "x"}, "manifest: view.url must be"),
        ({**MANIFEST, "identifierSpace": 5}, "manifest: identifierSpace must be"),
    ],
)
def test_a_manifest_that_lies_is_refused_with_service_and_field(manifest: Any, field: str) -> None:
    with outside_service(manifest=manifest) as outside, pytest.raises(ServiceFailed) as failed:
        _ = Service(outside.address, BOUNDS).manifest
    assert outside.address in str(failed.value)
    assert field in str(failed.value)


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"id": None}, "q0.result[1].id must be"),
        ({"id": ""}, "q0.result[1].id must be"),
        ({"name": ["x"]}, "q0.result[1].name must be"),
        ({"name": "x" * 2_001}, "q0.result[1].name is longer"),
        ({"name": "a\u001b[2Jb"}, "q0.result[1].name holds control characters"),
        ({"score": "high"}, "q0.result[1].score must be a number"),
        ({"score": None}, "q0.result[1].score is missing"),
        ({"score": True}, "q0.result[1].score must be a number"),
        ({"score": 1e300}, "q0.result[1].score is beyond"),
        ({"match": "yes"}, "q0.result[1].match must be"),
        ({"type": [5]}, "q0.result[1].type[0] must be"),
        ({"type": ["t"] * 101}, "q0.result[1].type has more"),
        ({"description": 5}, "q0.result[1].description must be"),
    ],
)
def test_a_candidate_that_breaks_the_schema_spoils_the_whole_answer(
    fault: dict[str, Any], field: str, tmp_path: Path
) -> None:
    with (
        outside_service(candidates=[CANDIDATE, {**CANDIDATE, **fault}]) as outside,
        Workspace(tmp_path / "data") as workspace,
    ):
        with pytest.raises(ServiceFailed, match="does not keep to the API") as failed:
            list(ask(workspace, Service(outside.address, BOUNDS), [QUESTION]))
        assert workspace.log.head() == 0, "nothing half kept"
    assert field in str(failed.value)


def misbehaves(answer: Callable[[Request], None], bounds: Bounds = BOUNDS) -> str:
    with outside_service(answer=answer) as outside, pytest.raises(ServiceFailed) as failed:
        _ = Service(outside.address, bounds).manifest
    assert outside.address in str(failed.value)
    return str(failed.value)


def test_wrong_json_a_wrong_status_and_no_result_are_named() -> None:
    assert "no JSON" in misbehaves(lambda request: request.send_bytes(b"<html>"))
    assert "no JSON" in misbehaves(lambda request: request.send_bytes(b'{"name": NaN}'))
    assert "no JSON" in misbehaves(lambda request: request.send_bytes(b"[" * 50_000))
    assert "status 503" in misbehaves(lambda request: request.send_json({}, 503))
    assert "sends its answer as gzip" in misbehaves(lambda r: r.send_bytes(b"{}", content_encoding="gzip"))
    refusal = {"status": "error", "message": "no such type\n\u202e" + "x" * 5000}
    for body, field in (
        ([], "its answer must be"),
        ({}, "q0.result must be"),
        ({"q0": {"result": {}}}, "q0.result"),
        (refusal, "refuses the question: \u2068no such type x"),
    ):
        with outside_service() as outside:
            service = Service(outside.address, BOUNDS)
            assert service.manifest.version == "0.2"
            outside.answer = lambda request, body=body: request.send_json(body)  # type: ignore[misc]
            with pytest.raises(ServiceFailed) as failed:
                service.candidates([QUESTION])
        assert field in str(failed.value)


def test_ten_megabytes_are_not_read() -> None:
    assert "more than the 100,000" in misbehaves(lambda request: request.send_bytes(b" " * 10_000_000))

    def undeclared(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(200):
            try:
                request.wfile.write(b" " * 50_000)
            except OSError:
                return

    assert "more than the 100,000 bytes" in misbehaves(undeclared)


def test_a_service_that_lingers_is_cut_off_even_if_it_drips() -> None:
    short = Bounds(seconds=0.4, size=100_000, redirects=3)
    assert "did not answer within 0.4 s" in misbehaves(lambda request: time.sleep(2), short)
    with outside_service(answer=lambda request: request.drip(80, 0.05)) as outside:
        with pytest.raises(ServiceFailed, match=r"did not answer within 0\.4 s"):
            _ = Service(outside.address, short).manifest
        assert outside.asked == [], "it was cut off before it had sent all"


def test_a_service_that_is_not_there_is_named() -> None:
    for address, why in (
        (f"http://127.0.0.1:{free_port()}/", "broke the connection"),
        ("http://nowhere.invalid/", "cannot be found"),
        ("ftp://places.example/", "no http or https address"),
        ("http://user:secret@places.example/", "user name or password"),
        ("http://places.example:99999/", "no usable address"),
    ):
        with pytest.raises(ServiceFailed, match=why) as failed:
            _ = Service(address, BOUNDS).manifest
        assert why in str(failed.value)


# ---------------------------------------------------------------------- redirects


def test_a_redirect_into_this_machine_or_its_network_is_refused() -> None:
    with outside_service() as inner:
        for target in (
            inner.address,
            inner.address.replace("127.0.0.1", "localhost"),
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]:9/",
            "http://[::ffff:127.0.0.1]:9/",
            "http://0.0.0.0:9/",
        ):
            assert "within this machine or its network" in misbehaves(
                lambda request, target=target: request.redirect(target)  # type: ignore[misc]
            )
        assert inner.asked == []


@pytest.mark.parametrize(
    "inward",
    [
        *(
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("240.0.0.1", "192.0.0.8", "198.18.0.1", "::1", "::", "fe80::1%lo", "fc00::1", "fec0::1", "ff02::1"),
        *(
            "::ffff:10.0.0.1",
            "::7f00:1",
            "::ffff:0:7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2002:c000:2b08::1",
            "2001:0:4136:e378::1",
        ),
    ],
)
def test_no_name_leads_to_an_address_within(inward: str, monkeypatch: pytest.MonkeyPatch) -> None:
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.43.8", 80))
    named = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (inward, 80))
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_, **__: [public, named])
    with pytest.raises(Unreachable, match="within this machine or its network"):
        fetching.fetch("http://public.example/", BOUNDS, inward=False)
    with pytest.raises(Unreachable, match="within this machine or its network"):
        fetching.post("http://public.example/", b"", {}, BOUNDS, inward=False)


def test_an_address_that_carries_a_public_one_is_public() -> None:
    for address in ("192.0.43.8", "2606:4700::1", "64:ff9b::c000:2b08", "::ffff:192.0.43.8"):
        fetching._refuse_private("x", [address])


def test_an_answer_that_ends_early_is_none() -> None:
    def cut(request: Request) -> None:
        request.send_response(200)
        request.send_header("content-length", "100")
        request.end_headers()
        request.wfile.write(b"[]")

    assert "after 2 of 100 bytes" in misbehaves(cut)


def test_it_is_known_whether_a_server_told_the_end_of_its_answer() -> None:
    def untold(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"[]")

    for answer, ended in ((untold, False), (lambda request: request.send_json([]), True)):
        with outside_service(answer=answer) as outside:
            got = fetching.fetch(outside.address, BOUNDS)
        assert (got.body, got.ended) == (b"[]", ended)


def test_redirects_within_the_server_are_followed_up_to_a_number() -> None:
    def once(request: Request) -> None:
        if request.path == "/api":
            request.redirect("/moved")
        else:
            request.send_json(MANIFEST)

    with outside_service(answer=once) as outside:
        assert Service(outside.address, BOUNDS).manifest.name == "Places of the test"
    assert "more than 3 times" in misbehaves(lambda request: request.redirect(request.path + "x"))


def test_a_redirect_to_another_scheme_is_refused() -> None:
    assert "no http or https address" in misbehaves(lambda request: request.redirect("file:///etc/passwd"))


def test_what_is_sent_is_not_sent_on_as_a_question() -> None:
    with (
        outside_service(answer=lambda request: request.redirect("/elsewhere", 302)) as outside,
        pytest.raises(Unreachable, match="give that address"),
    ):
        fetching.post_form(outside.address, {"queries": "{}"}, BOUNDS)


# ---------------------------------------------------------------------- the log remembers


def test_the_same_question_is_asked_once_and_the_log_says_what_was_offered(tmp_path: Path) -> None:
    with outside_service() as outside, Workspace(tmp_path / "data", actor="tester") as workspace:
        service = Service(outside.address, BOUNDS)
        (first,) = ask(workspace, service, [QUESTION])
        (second,) = ask(workspace, Service(outside.address, BOUNDS), [QUESTION])
        assert (first.new, second.new, len(outside.asked)) == (True, False, 1)
        assert second.received == first.received
        assert (second.position, second.recorded) == (first.position, first.recorded)
        (record,) = workspace.log.read(types=(CANDIDATES_RECEIVED,))
        assert (record.actor, record.payload["service"]) == ("tester", outside.address)
        assert decode_candidates_received(json.loads(json.dumps(record.payload))) == first.received
        asked = workspace.content.get(record.payload["asked_sha256"])
        assert asked == QUESTION.canonical()
        assert json.loads(asked)["name"] == "سراقب"
        assert check_contents(workspace.log, workspace.content.get).sound

        outside.candidates = []
        (third,) = ask(workspace, service, [QUESTION], again=True)
        (fourth,) = ask(workspace, service, [QUESTION])
        assert (third.new, third.received.offers) == (True, ())
        assert (fourth.new, fourth.position) == (False, third.position)
        assert [r.position for r in workspace.log.read()] == [1, 2]


def test_questions_go_in_batches_and_repeats_are_asked_once(tmp_path: Path) -> None:
    names = [f"name {n}" for n in range(23)] + ["name 0"]
    with outside_service(manifest={**MANIFEST, "batchSize": 50}) as outside, Workspace(tmp_path / "data") as workspace:
        answers = list(ask(workspace, Service(outside.address, BOUNDS), [Asked(name) for name in names]))
    assert [answer.asked.name for answer in answers] == names
    assert [len(batch) for batch in outside.asked] == [10, 10, 3]


def test_a_service_that_fails_midway_leaves_whole_answers_only(tmp_path: Path) -> None:
    with outside_service() as outside, Workspace(tmp_path / "data") as workspace:
        answers = ask(workspace, Service(outside.address, BOUNDS), [Asked(f"name {n}") for n in range(15)])
        got = [next(answers) for _ in range(10)]
        outside.answer = lambda request: request.send_bytes(b"no")
        with pytest.raises(ServiceFailed):
            next(answers)
        assert len(got) == workspace.log.head() == 10


def test_the_graph_says_what_was_offered_and_links_nothing(tmp_path: Path) -> None:
    with outside_service() as outside, Workspace(tmp_path / "data") as workspace:
        list(ask(workspace, Service(outside.address, BOUNDS), [QUESTION]))
        rows = workspace.query(
            "SELECT ?service ?entity ?name ?score ?rank ?match { ?record wq:askedService ?service ; wq:offers ?offer . "
            "?offer a wq:CandidateOffer ; wq:offeredEntity ?entity ; rdfs:label ?name ; wq:offeredScore ?score ; "
            "wq:offeredRank ?rank ; wq:offeredMatch ?match }"
        ).rows()
        (row,) = [[term.value for term in row] for row in rows]  # type: ignore[attr-defined]
        assert row == [outside.address, "http://places.example/id/Q1", "سراقب", "87.5", "1", "true"]
        for relation in ("closeMatch", "exactMatch"):
            assert not bool(workspace.query(f"ASK {{ ?s <{SKOS}{relation}> ?o }}"))
            assert not bool(workspace.query(f"ASK {{ GRAPH ?g {{ ?s <{SKOS}{relation}> ?o }} }}"))
        assert workspace.compare().identical
        dump = io.BytesIO()
        workspace.graph().dump(dump)
        report = validate(dump.getvalue())
        assert report.conforms, report
        assert workspace.projector.quads(next(workspace.log.read()))[0].subject == NamedNode(
            "http://localhost:8000/id/record/1"
        )


# ---------------------------------------------------------------------- the command


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["reconcile", *arguments])


def test_the_command_asks_by_name_of_a_configured_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with outside_service() as outside:
        monkeypatch.setenv("WAQAI_RECONCILE_SERVICES", f"places={outside.address} other=https://other.example/api")
        done = run("سراقب", "--service", "places", "--data", str(tmp_path / "data"))
        assert done.exit_code == 0, done.output
        assert "[Q1], score 87.5, a match" in done.stdout
        assert "http://places.example/id/Q1" in done.stdout
        assert "1 asked, 0 answered from the log" in done.stderr
        again = run("سراقب", "--service", "places", "--format", "json", "--data", str(tmp_path / "data"))
        (answer,) = json.loads(again.stdout)
        assert (answer["new"], answer["candidates"][0]["score"]) == (False, 87.5)
        assert len(outside.asked) == 1
        outside.candidates = []
        assert run("nobody", "--service", "places", "--data", str(tmp_path / "data")).exit_code == 1


def test_a_table_comes_back_with_the_best_candidate_beside_each_row(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("\ufeffplace;country\nسراقب;Q858\n;Q858\nTwo;\n", encoding="utf-8")
    candidates = [{**CANDIDATE, "name": "=cmd()"}]
    with outside_service(candidates=candidates) as outside:
        done = run("--csv", str(table), "--column", "place", "--where", "P17=@country", "--where", "P31=Q486972",
                   "--service", outside.address, "--data", str(tmp_path / "data"))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "place,country,candidate id,candidate name,candidate score,candidate match,candidate address",
        "سراقب,Q858,Q1,'=cmd(),87.5,true,http://places.example/id/Q1",
        ",Q858,,,,,",
        "Two,,Q1,'=cmd(),87.5,true,http://places.example/id/Q1",
    ]
    (queries,) = outside.asked
    assert [len(query["properties"]) for query in queries.values()] == [2, 1]


def test_signs_that_act_on_a_terminal_are_not_printed(tmp_path: Path) -> None:
    with outside_service(candidates=[{**CANDIDATE, "name": "a\u202eb"}]) as outside:
        done = run("x", "--service", outside.address, "--data", str(tmp_path / "data"))
    assert "\u202e" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["x"], "no service is named"),
        (["x", "--service", "wikidata"], "there is no service 'wikidata': WAQAI_RECONCILE_SERVICES names none"),
        (["--service", "http://127.0.0.1:9/"], "give names, or a table"),
        (["x", "--csv", "rows.csv", "--service", "http://127.0.0.1:9/"], "give names, or a table"),
        (["--csv", "absent.csv", "--column", "a", "--service", "http://127.0.0.1:9/"], "absent.csv is no file"),
        (["--csv", "rows.csv", "--column", "z", "--service", "http://127.0.0.1:9/"], "no column 'z'"),
        (
            ["--csv", "rows.csv", "--column", "a", "--where", "P=@z", "--service", "http://127.0.0.1:9/"],
            "no column 'z'",
        ),
        (["x", "--where", "P17", "--service", "http://127.0.0.1:9/"], "which property has which value"),
        (["x", "--api", "0.3", "--service", "http://127.0.0.1:9/"], "0.3"),
    ],
)
def test_what_was_asked_wrongly_is_said_before_anything_is_asked(
    arguments: list[str], why: str, tmp_path: Path
) -> None:
    Path("rows.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = run(*arguments, "--data", str(tmp_path / "data"))
    assert done.exit_code == 2, done.output
    assert why in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\n1,2,3\n", "line 2: it has 3 fields, the header 2"),
        (b"a,a\n1,2\n", "two columns have the same name"),
        (b"a,b\n", "no rows below its header"),
        (b"a,b\n\xff,2\n", "not UTF-8"),
        (b'a,b\n"1,2\n', "is no table"),
        (b"a,b\n" + b"1,2\n" * 3, "more than 2 rows (WAQAI_RECONCILE_ROWS)"),
        (b"a,b\n" + b"1" * 1001 + b",2\n", "row 1: the name has more than 1000 characters"),
    ],
)
def test_a_faulty_table_is_refused_as_a_whole(
    content: bytes, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAQAI_RECONCILE_ROWS", "2")
    Path("rows.csv").write_bytes(content)
    done = run("--csv", "rows.csv", "--column", "a", "--service", "http://127.0.0.1:9/", "--data", str(tmp_path / "d"))
    assert done.exit_code == 1, done.output
    assert why in done.stderr
    assert not (tmp_path / "d").exists()


def test_a_service_that_fails_ends_the_command_in_one_sentence(tmp_path: Path) -> None:
    done = run("x", "--service", f"http://127.0.0.1:{free_port()}/", "--data", str(tmp_path / "data"))
    assert done.exit_code == 1
    assert done.stderr.startswith("waqai: the reconciliation service http://127.0.0.1:")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["wikidata", "wikidata=ftp://x", "a b=http://x.example"])
def test_a_bad_list_of_services_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_RECONCILE_SERVICES", value)
    done = run("x", "--service", "wikidata")
    assert done.exit_code == 2
    assert "WAQAI_RECONCILE_SERVICES" in done.stderr
