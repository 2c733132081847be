"""The W3C suite for the SPARQL 1.1 Protocol against a running server."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pyoxigraph as ox
import pytest

from tests.api.protocol.suite_server import suite_server, table

SUITE = table("protocol.yaml")
FORMATS = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    },
    "graph": {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"},
}
# The engine's prefixes of a server are those of its ontology; the tests use two more.
PROLOGUE = "PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX dcterms: <http://purl.org/dc/terms/> "
MADE = "http://localhost:8000/graphs/made"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with suite_server(tmp_path_factory.mktemp("protocol"), SUITE["graphs"]) as client:
        yield client


def filled(text: str) -> str:
    for number in range(4):
        text = text.replace(f"{{{number}}}", SUITE["graphs"] % number)
    return text.replace("{made}", MADE)


def sent(server: httpx.Client, step: dict[str, Any]) -> httpx.Response:
    pairs = [(name, filled(value)) for name, value in step.get("address", ())]
    headers, body = {}, b""
    if "form" in step:
        headers["content-type"] = "application/x-www-form-urlencoded"
        body = urlencode([(name, filled(value)) for name, value in step["form"]], quote_via=quote).encode()
    elif "body" in step:
        text = filled(step["body"])
        prologue = PROLOGUE if "foaf:" in text or "dcterms:" in text else ""
        body = (prologue + text).encode(step.get("encoding", "utf-8"))
    if "type" in step:
        headers["content-type"] = step["type"]
    address = f"/sparql?{urlencode(pairs, quote_via=quote)}" if pairs else "/sparql"
    request = server.build_request(step["method"], address, content=body, headers=headers)
    return server.send(request, follow_redirects=True)


def check(step: dict[str, Any], answer: httpx.Response) -> None:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if step["status"] == "refused":
        assert 400 <= answer.status_code < 500, answer.text
        assert kind == "application/problem+json"
        assert "problem" not in step or answer.json()["type"] == f"urn:waqai:problem:{step['problem']}"
        return
    assert 200 <= answer.status_code < 400, answer.text
    if "format" in step:
        assert kind in FORMATS[step["format"]]
        if step["format"] == "graph":
            list(ox.parse(answer.content, format=ox.RdfFormat.from_media_type(kind)))
        else:
            ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.from_media_type(kind))
    if "boolean" in step:
        assert answer.json()["boolean"] is step["boolean"]
    if "one_absolute_iri_not" in step:
        (row,) = answer.json()["results"]["bindings"]
        assert row["o"]["type"] == "uri"
        assert row["o"]["value"] != step["one_absolute_iri_not"]


@pytest.mark.parametrize("name", SUITE["tests"])
def test_protocol(server: httpx.Client, name: str) -> None:
    for step in SUITE["tests"][name]:
        check(step, sent(server, step))


def test_the_suite_is_whole() -> None:
    assert len(SUITE["tests"]) == 34


def test_the_queries_of_the_suite_tell_datasets_apart(server: httpx.Client) -> None:
    """A server that passed over the dataset of the request would fail: with another one the answer is no."""
    for name in ("query_dataset_default_graphs_get", "query_dataset_named_graphs_get"):
        (step,) = SUITE["tests"][name]
        query = [pair for pair in step["address"] if pair[0] == "query"]
        others = [["default-graph-uri", "{3}"], ["named-graph-uri", "{3}"]]
        assert sent(server, {**step, "address": [*query, *others]}).json()["boolean"] is False
