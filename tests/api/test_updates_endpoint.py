"""Changing curation graphs over HTTP: tokens, reasons, conditions, and what every refusal says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from api.tokenfile import Scope, TokenFile
from api.workspace import Workspace
from tests.api.conftest import TestClient

BASE = "http://localhost:8000/"
G = BASE + "graphs/a"
UPDATE = "application/sparql-update"
ADD = "INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 1 , 2 } }"
ASK = f"ASK {{ GRAPH <{G}> {{ <urn:a> <urn:p> 1 }} }}"


@pytest.fixture
def server(filled: Workspace, tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(data=tmp_path / "data", poll_interval=0.02, max_update_bytes=2_000_000, update_quads=1000)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as opened:
        opened.headers.update(bearer(tmp_path, Scope.CURATE) | {"waqai-reason": "a%20reason"})
        yield opened


def bearer(folder: Path, *scopes: Scope) -> dict[str, str]:
    _, token = TokenFile(folder / "data" / "tokens.json").create("مكتب حلب", scopes, None, datetime.now(UTC))
    return {"authorization": f"Bearer {token}"}


def update(server: httpx.Client, text: str = ADD, **headers: str) -> httpx.Response:
    return server.post("/sparql", content=text.encode(), headers={"content-type": UPDATE, **headers})


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).removeprefix("urn:waqai:problem:")


def test_an_update_is_a_record_of_the_token_with_the_reason(server: httpx.Client, filled: Workspace) -> None:
    answer = update(server, **{"waqai-reason": "%D9%84%D8%A3%D9%86%D9%87 seen"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "log": 5, "position": 5, "added": 2, "removed": 0, "graphs": [G], "evaluated": 4, "again": False,
    }  # fmt: skip
    assert answer.headers["waqai-position"] == "5"
    (record,) = list(filled.log.read(after=4))
    assert (record.actor, record.payload["reason"]) == ("مكتب حلب", "لأنه seen")
    assert server.get("/sparql", params={"query": ASK}).json()["boolean"] is True
    assert server.get("/sparql", params={"query": ASK, "at": "4"}).json()["boolean"] is False


def test_a_form_does_the_same_with_its_reason_as_a_parameter(server: httpx.Client, filled: Workspace) -> None:
    del server.headers["waqai-reason"]
    assert kind_of(server.post("/sparql", data={"update": ADD})) == (400, "reason-needed")
    assert server.post("/sparql", data={"update": ADD, "reason": "in the form"}).json()["position"] == 5
    assert next(filled.log.read(after=4)).payload["reason"] == "in the form"


@pytest.mark.parametrize(
    ("text", "status", "kind", "said"),
    [
        ("INSERT DATA { <urn:a> <urn:p> 1 }", 403, "not-a-curation-graph", "graphs/NAME"),
        ("DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }", 403, "not-a-curation-graph", "retract"),
        ("LOAD <http://elsewhere.example/>", 403, "load-refused", "switched off"),
        ("INSERT { GRAPH <graphs/a> { ?s ?p ?o } } WHERE { ?s oa:exact ?o ; ?p ?o }", 403, "words-of-articles", ""),
        ("COPY <graphs/none> TO <graphs/a>", 404, "no-such-graph", "SILENT"),
        ("CLEAR XYZ", 400, "malformed-update", "Line 1"),
        ("INSERT DATA { GRAPH <graphs/a b> { <urn:a> <urn:p> 1 } }", 400, "malformed-update", "Line 1, column"),
        ("INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 'open } }", 400, "malformed-update", "Line 1"),
        ("INSERT { GRAPH <graphs/a> { ?a a 1 } } WHERE { VALUES ?a { <urn:x> } SERVICE <urn:s> {} }", 400,
         "service-refused", "switched off"),
        ("INSERT { GRAPH <graphs/a> { ?s ?p ?n } } WHERE { ?s ?p ?o . ?n ?m ?l }", 413, "too-many-quads", "1000 quads"),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_do(
    server: httpx.Client, filled: Workspace, text: str, status: int, kind: str, said: str
) -> None:
    answer = update(server, text)
    assert kind_of(answer) == (status, kind), answer.text
    assert said in answer.json()["detail"]
    assert filled.log.head() == 4


def test_tokens_scopes_and_reasons_come_first(server: httpx.Client, tmp_path: Path, filled: Workspace) -> None:
    for headers, expected in (
        ({"authorization": "Bearer none"}, (401, "token-needed")),
        (bearer(tmp_path, Scope.INGEST, Scope.READ), (403, "insufficient-scope")),
        ({"waqai-reason": " "}, (400, "reason-needed")),
        ({"waqai-reason": "%FF"}, (400, "not-utf-8")),
        ({"waqai-reason": "x" * 1001}, (400, "reason-needed")),
    ):
        assert kind_of(update(server, **headers)) == expected
        put = server.put("/graphs/a", content=b"", headers={"content-type": "text/turtle", **headers})
        assert kind_of(put) == expected
    assert kind_of(server.put("/graphs?default", content=b"")) == (403, "not-a-curation-graph")
    assert filled.log.head() == 4


def test_a_key_makes_a_repeat_harmless(server: httpx.Client) -> None:
    first = update(server, **{"idempotency-key": "one"})
    assert update(server, "CLEAR ALL").json()["removed"] == 2
    again = update(server, **{"idempotency-key": "one"})
    assert (again.json()["position"], again.json()["again"]) == (first.json()["position"], True)
    assert kind_of(update(server, "CLEAR ALL", **{"idempotency-key": "one"})) == (409, "key-in-use")


def test_conditions_tell_who_was_overtaken(server: httpx.Client) -> None:
    turtle = {"content-type": "text/turtle"}
    body = b"<urn:a> <urn:p> 3 ."
    assert kind_of(server.put("/graphs/a", content=body, headers={**turtle, "if-match": "*"})) == (412, "changed-since")
    assert server.put("/graphs/a", content=body, headers={**turtle, "if-none-match": "*"}).status_code == 201
    again = server.put("/graphs/a", content=body, headers={**turtle, "if-none-match": "*"})
    assert kind_of(again) == (412, "changed-since")
    seen = server.get("/graphs/a").headers["etag"]
    assert update(server, **{"if-match": seen}).status_code == 200
    assert kind_of(update(server, "CLEAR ALL", **{"if-match": seen})) == (412, "changed-since")
    assert kind_of(update(server, "CLEAR ALL", **{"if-match": '"x"'})) == (412, "changed-since")
    assert update(server, "CLEAR ALL", **{"if-match": '"6"'}).status_code == 200


def test_a_graph_is_patched_and_taken_back(server: httpx.Client) -> None:
    update(server)
    rows = b'TX .\nD <urn:a> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\nA <urn:n> <urn:p> "x" .\nTC .\n'
    patch = {"content-type": "application/rdf-patch"}
    done = server.patch("/graphs", params={"graph": G}, content=rows, headers=patch)
    assert (done.status_code, done.json()["added"], done.json()["removed"]) == (200, 1, 1)
    undone = server.post("/curation/patches/6/undo", json={"reason": "a slip"})
    assert (undone.status_code, undone.json()["position"]) == (200, 7)
    assert server.get("/sparql", params={"query": ASK}).json()["boolean"] is True
    assert kind_of(server.post("/curation/patches/6/undo", json={"reason": "again"})) == (409, "changed-since")
    assert kind_of(server.post("/curation/patches/2/undo", json={"reason": "r"})) == (404, "no-such-patch")
    assert kind_of(server.post("/curation/patches/6/undo", json={})) == (400, "bad-request")
    sparql = server.patch("/graphs/a", content=b"CLEAR ALL", headers={"content-type": UPDATE})
    assert kind_of(sparql) == (415, "wrong-media-type")
    assert "/sparql" in sparql.json()["detail"]


@pytest.mark.parametrize(
    ("method", "address", "kind", "body", "expected"),
    [
        ("PUT", "/graphs/a", "text/csv", b"a,b", (415, "wrong-media-type")),
        ("PUT", "/graphs/a", "text/turtle", b"<urn:a> <urn:p> .", (400, "malformed-body")),
        ("PUT", "/graphs/a", "text/turtle", b"\xff", (400, "malformed-body")),
        ("PUT", "/graphs?graph=graphs/a", "text/turtle", b"", (400, "bad-iri")),
        ("PUT", f"/graphs?graph={BASE}id/log", "text/turtle", b"", (403, "not-a-curation-graph")),
        ("PUT", "/graphs", "text/turtle", b"", (400, "not-one-graph")),
        ("PUT", f"/graphs/a?graph={G}", "text/turtle", b"", (400, "not-one-graph")),
        ("PUT", "/graphs/a?gaph=x", "text/turtle", b"", (400, "unknown-parameter")),
        ("DELETE", "/graphs/a", "", b"", (404, "no-such-graph")),
        ("POST", "/graphs", "multipart/form-data; boundary=x", b"--x--", (400, "malformed-body")),
        ("PUT", "/graphs/a", "text/turtle", b"#" * 2_000_001, (413, "body-too-large")),
    ],
)
def test_bad_writes_of_graphs(
    server: httpx.Client,
    filled: Workspace,
    method: str,
    address: str,
    kind: str,
    body: bytes,
    expected: tuple[int, str],
) -> None:
    answer = server.request(method, address, content=body, headers={"content-type": kind} if kind else {})
    assert kind_of(answer) == expected, answer.text
    assert filled.log.head() == 4


def test_large_bodies_are_for_those_with_a_token(server: httpx.Client) -> None:
    large = "#" * 1_500_000 + "\n"
    assert update(server, large + ADD).status_code == 200
    without: dict[str, Any] = {"content-type": UPDATE}
    server.headers.pop("authorization")
    assert server.post("/sparql", content=large + ADD, headers=without).status_code == 413


def test_an_old_graph_is_not_written(server: httpx.Client, filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "answers_with", lambda *_, **__: None)
    assert kind_of(update(server)) == (503, "graph-remade")
