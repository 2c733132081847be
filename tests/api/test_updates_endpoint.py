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
        "position": 5, "record": 5, "added": 2, "removed": 0, "graphs": [G], "evaluated": 4, "again": False,
    }  # fmt: skip
    assert answer.headers["waqai-position"] == "5"
    (record,) = list(filled.log.read(after=4))
    assert (record.actor, record.payload["reason"]) == ("مكتب حلب", "لأنه seen")
    assert server.get("/sparql", params={"query": ASK}).json()["boolean"] is True
    assert server.get("/sparql", params={"query": ASK, "at": "4"}).json()["boolean"] is False


def test_a_form_does_the_same_with_its_reason_as_a_parameter(server: httpx.Client, filled: Workspace) -> None:
    del server.headers["waqai-reason"]
    assert kind_of(server.post("/sparql", data={"update": ADD})) == (400, "reason-needed")
    refused = server.post("/sparql", data={"update": ADD, "reason": "a\x07b"})
    assert (kind_of(refused), "U+0007" in refused.text) == ((400, "reason-needed"), True)
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
         "service-refused", "not taken in updates"),
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
    assert (again.json()["record"], again.json()["again"]) == (first.json()["record"], True)
    assert again.json()["position"] > first.json()["position"]
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
    wrong = server.patch("/graphs/a", content=b"x", headers={"content-type": "text/plain"})
    assert kind_of(wrong) == (415, "wrong-media-type")
    assert wrong.headers["accept-patch"] == "application/rdf-patch, application/sparql-update"


def test_a_graph_is_patched_by_an_update_of_it_alone(server: httpx.Client) -> None:
    update(server)
    update(server, "INSERT DATA { GRAPH <graphs/b> { <urn:b> <urn:p> 9 } }")

    def patched(text: str) -> httpx.Response:
        return server.patch("/graphs/a", content=text.encode(), headers={"content-type": UPDATE})

    done = patched("DELETE { ?s ?p 1 } INSERT { ?s ?p 3 } WHERE { ?s ?p 1 } ; INSERT DATA { <x> <urn:p> 4 }")
    assert (done.status_code, done.json()["added"], done.json()["removed"]) == (200, 2, 1), done.text
    assert f"<{BASE}graphs/x>" in server.get("/graphs/a", params={"format": "nt"}).text  # relative to the graph
    assert patched("CLEAR DEFAULT").json()["removed"] == 3
    for text in ("CLEAR ALL", "CLEAR GRAPH <b>", "INSERT DATA { GRAPH <b> { <urn:a> <urn:p> 1 } }", "MOVE <b> TO <a>"):
        assert kind_of(patched(text)) == (400, "malformed-body"), text
    assert patched("COPY <b> TO DEFAULT").json()["graphs"] == [G]
    assert kind_of(patched("CLEAR")) == (400, "malformed-update")


def test_an_undo_that_conflicts_says_how_the_rest_is_taken_back_here(server: httpx.Client) -> None:
    update(server, "INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 1, 2 } }")
    update(server, "DELETE DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 1 } }")
    refused = server.post("/curation/patches/5/undo", json={"reason": "a slip"})
    assert kind_of(refused) == (409, "changed-since")
    assert '"rest": true in the body' in refused.json()["detail"]
    assert "--" not in refused.json()["detail"]
    assert server.post("/curation/patches/5/undo", json={"reason": "a slip", "rest": True}).status_code == 200
    nothing = server.post("/curation/patches/5/undo", json={"reason": "a slip", "rest": True})
    assert kind_of(nothing) == (409, "changed-since")
    assert "rest" not in nothing.json()["detail"]


def test_changes_are_listed_page_by_page_for_those_who_may_read(server: httpx.Client, tmp_path: Path) -> None:
    for number in range(3):
        update(server, f"INSERT DATA {{ GRAPH <graphs/{number}> {{ <id/x> <urn:p> {number} }} }}")
    server.post("/curation/patches/6/undo", json={"reason": "a slip"})
    reader = bearer(tmp_path, Scope.READ)
    first = server.get("/curation/patches", params={"limit": 2}, headers=reader)
    body = first.json()
    assert (body["position"], body["total"], [one["record"] for one in body["patches"]]) == (8, 4, [8, 7])
    assert first.headers["waqai-position"] == "8"
    assert (body["patches"][0]["undoes"], body["patches"][0]["reason"]) == (6, "a slip")
    rest = server.get("/curation/patches", params={"limit": 2, "before": body["next"]}, headers=reader).json()
    assert ([one["record"] for one in rest["patches"]], rest["next"]) == ([6, 5], None)
    assert rest["patches"][0]["undone_by"] == [8]
    assert (rest["patches"][0]["actor"], rest["patches"][0]["graphs"]) == ("مكتب حلب", [f"{BASE}graphs/1"])
    one = server.get("/curation/patches/6", headers=reader).json()
    (change,) = one["changes"]
    assert change["added"][0].startswith(f"<{BASE}id/x> <urn:p> ")
    assert kind_of(server.get("/curation/patches/2", headers=reader)) == (404, "no-such-patch")
    for address in ("/curation/patches", "/curation/patches/6"):
        assert kind_of(server.get(address, headers={"authorization": "Bearer none"})) == (401, "token-needed")


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


def test_of_a_large_body_nothing_is_read_before_the_token_is_found_right(server: httpx.Client, tmp_path: Path) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    large = "update=" + "%23" * 500_000

    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"update=" + b"x" * 100_000

    for headers, status in (
        ({"authorization": "Bearer none"}, 401),
        (bearer(tmp_path, Scope.READ), 403),
    ):
        assert server.post("/sparql", content=large, headers={**form, **headers}).status_code == status
        assert server.post("/sparql", content=pieces(), headers={**form, **headers}).status_code == status
    assert server.post("/sparql", content=large, headers=form).status_code == 400  # read, and found to be no update
    small = server.post("/sparql", content="query=ASK{}", headers={**form, "authorization": "Bearer none"})
    assert small.json()["boolean"] is True


def test_an_old_graph_is_not_written(server: httpx.Client, filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "answers_with", lambda *_, **__: None)
    assert kind_of(update(server)) == (503, "graph-remade")
