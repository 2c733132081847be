"""The W3C suite for the SPARQL 1.1 Graph Store HTTP Protocol against a running server."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from tests.api.protocol.suite_server import FOAF, suite_server, table

SUITE = table("graph_store.yaml")
STORE = "http://localhost:8000/graphs"
PREFIXES = f"@prefix foaf: <{FOAF}> . @prefix v: <http://www.w3.org/2006/vcard/ns#> .\n"
BOUNDARY = "between-the-parts"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with suite_server(tmp_path_factory.mktemp("graphs")) as client:
        yield client


def turtle(names: list[str]) -> str:
    return PREFIXES + "\n".join(SUITE["people"][name].replace("{s}", STORE) for name in names)


def triples(text: str | bytes) -> ox.Dataset:
    """The triples of a graph, with what has taken the place of blank nodes (RDF 1.1 section 3.5) as these again."""
    found = ox.Dataset(ox.Quad(*map(unnamed, quad)) for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return found


def unnamed(term: Any) -> Any:
    if isinstance(term, ox.NamedNode) and "/.well-known/genid/" in term.value:
        return ox.BlankNode(f"b{term.value.rpartition('/')[2]}")
    return term


def address(step: dict[str, Any], kept: str) -> str:
    if "at" in step:
        return f"/graphs{step['at']}"
    graph = step["graph"].replace("{s}", STORE).replace("{kept}", kept)
    way = step.get("as", "quoted")
    if way in ("once", "twice"):
        graph = graph.replace("1.ttl", "%31.ttl" if way == "once" else "%2531.ttl")
    return f"/graphs?graph={quote(graph, safe='') if way == 'quoted' else graph}"


def sent(server: httpx.Client, step: dict[str, Any], kept: str) -> httpx.Response:
    headers, body = {"accept": "text/turtle"}, b""
    if step.get("parts"):
        headers["content-type"] = f"multipart/form-data; boundary={BOUNDARY}"
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.ttl"\r\n'
            f"Content-Type: text/turtle; charset=utf-8\r\n\r\n{turtle([name])}\r\n"
            for name in step["send"]
        ]
        body = "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()
    elif "send" in step:
        headers["content-type"] = "text/turtle; charset=utf-8"
        body = turtle(step["send"]).encode()
    return server.request(step["method"], address(step, kept), headers=headers, content=body)


@pytest.mark.parametrize("name", SUITE["tests"])
def test_graph_store(server: httpx.Client, request: pytest.FixtureRequest, name: str) -> None:
    if name in SUITE["missed"]:
        request.applymarker(pytest.mark.xfail(strict=True, reason=SUITE["missed"][name]))
    kept = ""
    for step in SUITE["tests"][name]:
        answer = sent(server, step, kept)
        assert answer.status_code in step["status"], answer.text
        if "keep" in step:
            kept = answer.headers[step["keep"]]
        if "holds" in step or "turtle" in step:
            assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
        if "holds" in step:
            assert triples(answer.content) == triples(turtle(step["holds"]))


def test_the_suite_is_whole() -> None:
    assert len(SUITE["tests"]) == 13
    assert set(SUITE["missed"]) <= set(SUITE["tests"])
