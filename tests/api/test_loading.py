"""LOAD: what is fetched, what is refused, and that the record holds the exact quads and where they came from."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.settings import Settings
from api.tokenfile import Scope
from api.workspace import Workspace
from ontology.identity import sha256_hex
from tests.api.conftest import TestClient
from tests.api.test_federation import Elsewhere, Request, another_server
from tests.api.test_updates_endpoint import bearer, kind_of, update

BASE = "http://localhost:8000/"
TURTLE = b"<#a> <urn:p> _:b , 01 . _:b <urn:q> 'x'@en ."
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = f'<r:RDF xmlns:r="{RDF}" xmlns:u="urn:"><r:Description r:about="urn:a"><u:p>1</u:p></r:Description></r:RDF>'
BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + f']><r:RDF xmlns:r="{RDF}" xmlns:u="urn:"><r:Description r:about="urn:a"><u:p>&j;</u:p></r:Description></r:RDF>'
)


def sends(body: bytes, media_type: str) -> Any:
    return lambda request: request.answer(body, media_type)


def untold(request: Request) -> None:
    request.send_response(200)
    request.send_header("content-type", "text/turtle")
    request.end_headers()
    request.wfile.write(TURTLE)


def cut(request: Request) -> None:
    request.send_response(200)
    request.send_header("content-type", "application/n-triples")
    request.send_header("content-length", "100")
    request.end_headers()
    request.wfile.write(b"<urn:a> <urn:p> <urn:b> .\n")


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with another_server() as found:
        found.does = {
            "data/turtle": sends(TURTLE, "text/turtle; charset=utf-8"),
            "data/nt": sends(b'<urn:a> <urn:p> "1" .\n', "application/n-triples"),
            "data/xml": sends(XML.encode(), "application/rdf+xml"),
            "data/jsonld": sends(b'{"@id": "urn:a", "urn:p": "1"}', "application/ld+json"),
            "data/context": sends(b'{"@context": "http://127.0.0.1:9/c", "@id": "urn:a"}', "application/ld+json"),
            "data/graphs": sends(b"<urn:a> <urn:p> <urn:b> <urn:g> .", "application/n-quads"),
            "data/html": sends(b"<html>", "text/html"),
            "data/broken": sends(b"<urn:a> <urn:p>", "text/turtle"),
            "data/gone": lambda request: request.answer(b"", status=404),
            "data/moved": lambda request: request.answer(b"", status=302, location="/data/nt"),
            "data/inward": lambda request: request.answer(b"", status=302, location="http://169.254.169.254/"),
            "data/large": sends(b" " * 200_000, "text/turtle"),
            "data/packed": lambda request: request.answer(b"x", "text/turtle", content_encoding="gzip"),
            "data/endless": Request.endless,
            "data/slow": Request.linger,
            "data/untold": untold,
            "data/cut": cut,
            "data/bomb": sends(BOMB.encode(), "application/rdf+xml"),
            "data/many": sends("".join(f"<urn:{n}> <urn:p> 1 ." for n in range(2000)).encode(), "text/turtle"),
        }
        yield found


def settings_for(elsewhere: Elsewhere, tmp_path: Path, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "load_allow": f"http://127.0.0.1:{elsewhere.port}/data/",
        "own_network": f"127.0.0.1:{elsewhere.port}",
        "load_bytes": 100_000,
        "update_quads": 1000,
        **more,
    }
    return Settings(data=tmp_path / "data", poll_interval=0.02, **given)


@pytest.fixture
def server(filled: Workspace, elsewhere: Elsewhere, tmp_path: Path) -> Iterator[httpx.Client]:
    with TestClient(create_app(filled, settings_for(elsewhere, tmp_path)), base_url="http://localhost:8000") as opened:
        opened.headers.update(bearer(tmp_path, Scope.CURATE) | {"waqai-reason": "a%20reason"})
        yield opened


def graph(server: httpx.Client, name: str = "a", **more: str) -> list[str]:
    answer = server.get("/graphs", params={"graph": f"{BASE}graphs/{name}", "format": "nt", **more})
    return sorted(answer.text.splitlines()) if answer.status_code == 200 else []


def test_a_document_becomes_a_record_with_its_quads_its_address_and_the_time(
    server: httpx.Client, elsewhere: Elsewhere, filled: Workspace
) -> None:
    address = elsewhere.at("data/turtle")
    answer = update(server, f"LOAD <{address}> INTO GRAPH <graphs/a>")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["record"], answer.json()["added"], answer.json()["graphs"]) == (5, 3, [f"{BASE}graphs/a"])
    (record,) = filled.log.read(after=4)
    (loaded,) = record.payload["loaded"]
    assert datetime.fromisoformat(loaded.pop("fetched")) <= datetime.fromisoformat(record.recorded)
    assert loaded == {"address": address, "media_type": "text/turtle", "digest": sha256_hex(TURTLE)}
    assert server.get("/curation/patches/5", headers=dict(server.headers)).json()["loaded"][0]["address"] == address
    triples = graph(server)
    assert len(triples) == 3
    assert f'<{address}#a> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .' in triples
    assert not any("_:" in triple for triple in triples)
    assert elsewhere.headers == {}, "it was a GET"

    again = update(server, f"LOAD <{address}> INTO GRAPH <graphs/a>").json()
    assert (again["record"], again["added"]) == (None, 0), "blank nodes have the same names each time"
    assert graph(server, at="4") == []
    undone = server.post("/curation/patches/5/undo", json={"reason": "wrong"})
    assert undone.json()["removed"] == 3
    assert graph(server) == []
    assert len(graph(server, at="5")) == 3


@pytest.mark.parametrize("name", ["nt", "xml", "jsonld"])
def test_formats_follow_from_the_content_type(server: httpx.Client, elsewhere: Elsewhere, name: str) -> None:
    assert update(server, f"LOAD <{elsewhere.at(f'data/{name}')}> INTO GRAPH <graphs/a>").status_code == 200
    assert graph(server) == ['<urn:a> <urn:p> "1" .']


def test_other_operations_see_what_was_loaded_and_a_request_is_one_record(
    server: httpx.Client, elsewhere: Elsewhere, filled: Workspace
) -> None:
    text = (
        f"PREFIX d: <http://127.0.0.1:{elsewhere.port}/data/> LOAD SILENT d:gone INTO GRAPH <graphs/a> ;\n"
        "LOAD d:nt INTO GRAPH <graphs/a> ; LOADSILENT<http://127.0.0.1:1/data/none>INTO GRAPH<graphs/c> ;"
        "INSERT { GRAPH <graphs/b> { ?s ?p 2 } } WHERE { GRAPH <graphs/a> { ?s ?p ?o } }"
    )
    refused = update(server, text)
    assert kind_of(refused) == (403, "load-refused"), "SILENT is no way past the list"
    answer = update(server, text.replace("127.0.0.1:1/", f"127.0.0.1:{elsewhere.port}/"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["graphs"] == [f"{BASE}graphs/a", f"{BASE}graphs/b"]
    (record,) = filled.log.read(after=4)
    assert [one["address"] for one in record.payload["loaded"]] == [elsewhere.at("data/nt")]


def test_a_patch_of_one_graph_loads_into_it(server: httpx.Client, elsewhere: Elsewhere) -> None:
    sent = f"LOAD <{elsewhere.at('data/nt')}>"
    answer = server.patch("/graphs/a", content=sent, headers={"content-type": "application/sparql-update"})
    assert answer.status_code == 200, answer.text
    assert graph(server) == ['<urn:a> <urn:p> "1" .']


FAILING = {
    "context": (502, "load-failed", "is no application/ld+json"),
    "graphs": (502, "load-failed", "names the graph <urn:g>"),
    "html": (502, "load-failed", "is text/html"),
    "broken": (502, "load-failed", "is no text/turtle"),
    "gone": (502, "load-failed", "status 404"),
    "moved": (502, "load-failed", "redirects to"),
    "inward": (502, "load-failed", "redirects to"),
    "large": (502, "load-failed", "more than the 100,000"),
    "endless": (502, "load-failed", "more than the 100,000"),
    "packed": (502, "load-failed", "as gzip"),
    "untold": (502, "load-failed", "known to be whole"),
    "cut": (502, "load-failed", "of 100 bytes"),
}


@pytest.mark.parametrize(("name", "expected"), FAILING.items())
def test_a_document_that_cannot_be_had_changes_nothing(
    server: httpx.Client, elsewhere: Elsewhere, filled: Workspace, name: str, expected: tuple[int, str, str]
) -> None:
    if name == "endless":
        elsewhere.does["data/endless"] = _endless
    address = elsewhere.at(f"data/{name}")
    first = "INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 1 } } ;"
    answer = update(server, f"{first}\nLOAD <{address}> INTO GRAPH <graphs/a>")
    assert kind_of(answer) == expected[:2], answer.text
    assert expected[2] in answer.json()["detail"]
    assert address in answer.json()["detail"]
    assert (answer.json()["line"], answer.json()["column"]) == (2, 1)
    assert filled.log.head() == 4
    silent = update(server, f"LOAD SILENT <{address}> INTO GRAPH <graphs/a>")
    assert (silent.status_code, silent.json()["record"]) == (200, None), silent.text


def _endless(request: Request) -> None:
    request.send_response(200)
    request.send_header("content-type", "text/turtle")
    request.end_headers()
    try:
        while True:
            request.wfile.write(b" " * 65_536)
    except OSError:
        return


@pytest.mark.parametrize(
    ("text", "status", "kind", "said"),
    [
        ("LOAD <{d}nt>", 403, "not-a-curation-graph", "default graph"),
        ("LOAD <{d}nt> INTO GRAPH <id/claim/c-1>", 403, "not-a-curation-graph", "claim"),
        ("LOAD <{d}nt> INTO GRAPH <graphs/a> ; LOAD <{d}nt> INTO GRAPH <id/log>", 403, "not-a-curation-graph", ""),
        ("LOAD <{d}nt> INTO GRAPH <graphs/a> ; LOAD x", 400, "malformed-update", "Line 1, column"),
        ("LOAD <{d}../secret> INTO GRAPH <graphs/a>", 403, "load-refused", "WAQAI_LOAD_ALLOW"),
        ("LOAD <{d}%2e%2e/secret> INTO GRAPH <graphs/a>", 403, "load-refused", "WAQAI_LOAD_ALLOW"),
        ("LOAD <{d}nt#x> INTO GRAPH <graphs/a>", 403, "load-refused", "Line 1, column 1"),
        ("LOAD SILENT <https://elsewhere.example/> INTO GRAPH <graphs/a>", 403, "load-refused", "elsewhere.example"),
        ("LOAD <file:///etc/passwd> INTO GRAPH <graphs/a>", 403, "load-refused", "passwd"),
        ("LOAD <graphs/b> INTO GRAPH <graphs/a>", 403, "load-refused", "localhost:8000/graphs/b"),
        ("{many}", 400, "too-many-operations", "at most 10 documents"),
    ],
)
def test_what_may_not_be_loaded_is_refused_before_anything_is_fetched(
    server: httpx.Client, elsewhere: Elsewhere, filled: Workspace, text: str, status: int, kind: str, said: str
) -> None:
    data = elsewhere.at("data/")
    many = " ; ".join(f"LOAD <{data}{n}> INTO GRAPH <graphs/a>" for n in range(11))
    answer = update(server, text.format(d=data, many=many))
    assert kind_of(answer) == (status, kind), answer.text
    assert said in answer.json()["detail"]
    assert elsewhere.asked == []
    assert filled.log.head() == 4


def test_bounds_hold_for_all_documents_of_one_update(server: httpx.Client, elsewhere: Elsewhere) -> None:
    many = update(server, f"LOAD <{elsewhere.at('data/many')}> INTO GRAPH <graphs/a>")
    assert kind_of(many) == (413, "too-many-quads")
    elsewhere.does["data/half"] = elsewhere.does["data/half2"] = sends(b" " * 60_000, "text/turtle")
    text = " ; ".join(f"LOAD <{elsewhere.at(f'data/{name}')}> INTO GRAPH <graphs/a>" for name in ("half", "half2"))
    answer = update(server, text)
    assert kind_of(answer) == (502, "load-failed")
    assert "more than the 40,000" in answer.json()["detail"]


def test_entities_that_grow_without_end_end_the_update(filled: Workspace, elsewhere: Elsewhere, tmp_path: Path) -> None:
    settings = settings_for(elsewhere, tmp_path, query_memory=300_000_000)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as server:
        server.headers.update(bearer(tmp_path, Scope.CURATE) | {"waqai-reason": "x"})
        answer = update(server, f"LOAD <{elsewhere.at('data/bomb')}> INTO GRAPH <graphs/a>")
    assert answer.status_code in (502, 503), answer.text
    assert filled.log.head() == 4


def test_a_document_that_takes_too_long_is_named(filled: Workspace, elsewhere: Elsewhere, tmp_path: Path) -> None:
    settings = settings_for(elsewhere, tmp_path, load_seconds=0.5)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as server:
        server.headers.update(bearer(tmp_path, Scope.CURATE) | {"waqai-reason": "x"})
        answer = update(server, f"LOAD <{elsewhere.at('data/slow')}> INTO GRAPH <graphs/a>")
    assert kind_of(answer) == (504, "load-timeout"), answer.text


def test_nothing_within_is_loaded_where_it_is_not_named_once_more(
    filled: Workspace, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    address = elsewhere.at("data/", "localhost")
    settings = settings_for(elsewhere, tmp_path, load_allow=address)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as server:
        server.headers.update(bearer(tmp_path, Scope.CURATE) | {"waqai-reason": "x"})
        answer = update(server, f"LOAD <{address}nt> INTO GRAPH <graphs/a>")
    assert kind_of(answer) == (502, "load-failed")
    assert "within this machine or its network" in answer.json()["detail"]
    assert elsewhere.asked == []


def test_the_command_line_loads_too_and_a_rebuild_fetches_nothing(
    filled: Workspace, elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.close()
    data = str(tmp_path / "data")

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, [*arguments, "--data", data])

    text = f"LOAD <{elsewhere.at('data/nt')}> INTO GRAPH <graphs/a>"
    off = run("update", text, "--reason", "x")
    assert off.exit_code == 1
    assert "switched off (WAQAI_LOAD_ALLOW)" in off.stderr
    monkeypatch.setenv("WAQAI_LOAD_ALLOW", elsewhere.at("data/"))
    monkeypatch.setenv("WAQAI_OWN_NETWORK", f"127.0.0.1:{elsewhere.port}")
    assert "added 1, removed 0" in run("update", text, "--reason", "x").stdout
    assert len(elsewhere.asked) == 1
    assert run("rebuild", "--check").exit_code == 0
    found = run("query", f"ASK {{ GRAPH <{BASE}graphs/a> {{ <urn:a> <urn:p> '1' }} }}", "--format", "csv")
    assert found.stdout.strip() == "true"
    assert len(elsewhere.asked) == 1
