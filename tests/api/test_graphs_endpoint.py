"""Graphs read with the Graph Store HTTP Protocol; what writes them is refused."""

from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from api.workspace import Workspace

TYPES = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}


def a_claim(client: httpx.Client) -> str:
    query = "SELECT ?c { ?c wq:modality wq:Denied }"
    (row,) = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    return str(row["c"]["value"])


def triples(answer: httpx.Response, format_: ox.RdfFormat = ox.RdfFormat.TURTLE) -> set[ox.Triple]:
    assert answer.status_code == 200, answer.text
    return {quad.triple for quad in ox.parse(answer.content, format=format_)}


@pytest.mark.parametrize("media_type", TYPES)
def test_a_graph_comes_whole_in_every_format(client: httpx.Client, filled: Workspace, media_type: str) -> None:
    claim = a_claim(client)
    named = client.get("/graphs", params={"graph": claim}, headers={"accept": media_type})
    default = client.get("/graphs?default", headers={"accept": media_type})
    for answer, graph in ((named, ox.NamedNode(claim)), (default, ox.DefaultGraph())):
        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert answer.headers["waqai-position"] == "4"
        stored = {quad.triple for quad in filled.graph().quads(graph=graph)}
        assert triples(answer, TYPES[media_type]) == stored != set()


def test_a_graph_is_asked_for_as_of_a_moment(client: httpx.Client) -> None:
    claim = a_claim(client)
    then = client.get("/graphs", params={"graph": claim, "at": "2"})
    assert then.headers["waqai-position"] == "2"
    assert triples(then) == triples(client.get("/graphs", params={"graph": claim}))
    before = client.get("/graphs", params={"graph": claim, "at": "1"})
    assert (before.status_code, before.json()["type"]) == (404, "urn:waqai:problem:no-graph")
    assert triples(client.get("/graphs?default&at=0")) == set()
    assert len(triples(client.get("/graphs?default&at=2"))) < len(triples(client.get("/graphs?default")))


def test_a_repeat_is_not_modified_and_head_has_no_body(client: httpx.Client) -> None:
    whole = client.get("/graphs?default")
    again = client.get("/graphs?default", headers={"if-none-match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/graphs?default&format=nt", headers={"if-none-match": whole.headers["etag"]})
    assert other.status_code == 200
    head = client.head("/graphs?default")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert client.head("/graphs", params={"graph": "x:none"}).status_code == 404


def test_an_asterisk_names_what_there_is_and_nothing_else(client: httpx.Client) -> None:
    for address in ("/graphs?default", "/sparql?query=ASK%20%7B%7D", "/queries/events", "/.well-known/void"):
        for method in ("GET", "HEAD"):
            answer = client.request(method, address, headers={"if-none-match": "*"})
            assert (address, answer.status_code, answer.content) == (address, 304, b"")
            assert "etag" in answer.headers
    nothing = [
        "/graphs?graph=http://none/",
        "/sparql?query=SELECT",
        "/queries/who-held",
        "/queries/none",
        "/id/place/x",
    ]
    nothing += ["/sparql?query=ASK%20%7B%7D&format=turtle", "/history/id/place/x", "/none"]
    for address in nothing:
        plain, asked = client.get(address), client.get(address, headers={"if-none-match": "*"})
        assert plain.status_code >= 400
        assert (asked.status_code, asked.content) == (plain.status_code, plain.content)
    volatile = client.get("/sparql", params={"query": "SELECT (RAND() AS ?x) {}"}, headers={"if-none-match": "*"})
    assert (volatile.status_code, len(volatile.json()["results"]["bindings"])) == (200, 1)


def test_a_position_that_lies_behind_the_moment_contradicts_it(client: httpx.Client) -> None:
    claim = quote(a_claim(client))
    for address in ("/sparql?query=ASK%20%7B%7D", "/graphs?default", f"/graphs?graph={claim}", "/queries/events?"):
        refused = client.get(f"{address}&at=2&min_position=4")
        assert (refused.status_code, refused.json()["type"]) == (400, "urn:waqai:problem:two-moments"), address
        assert "min_position=4" in refused.json()["detail"]
        for position in ("1", "2"):
            assert client.get(f"{address}&at=2&min_position={position}").headers["waqai-position"] == "2"


@pytest.mark.parametrize(
    ("address", "status", "problem"),
    [
        ("/graphs", 400, "not-one-graph"),
        ("/graphs?default&graph=x:g", 400, "not-one-graph"),
        ("/graphs?graph=x:g&graph=x:h", 400, "bad-parameter"),
        ("/graphs?default=yes", 400, "bad-parameter"),
        ("/graphs?graph=", 400, "bad-iri"),
        ("/graphs?graph=relative/path", 400, "bad-iri"),
        (f"/graphs?graph={quote('x:a b')}", 400, "bad-iri"),
        ("/graphs?graph=%FF", 400, "not-utf-8"),
        ("/graphs?graf=x:g", 400, "unknown-parameter"),
        ("/graphs?default&colour=red", 400, "unknown-parameter"),
        ("/graphs?default&at=then", 400, "bad-moment"),
        ("/graphs?default&at=99", 404, "beyond-the-head"),
        ("/graphs?default&format=yaml", 400, "unknown-format"),
        ("/graphs?default&format=nt&format=nq", 400, "bad-parameter"),
        ("/graphs?default&format=csv", 406, "not-acceptable"),
        ("/graphs?graph=x:g", 404, "no-graph"),
        ("/graphs/nothing", 404, "no-graph"),
        ("/graphs/nothing?default", 400, "not-one-graph"),
    ],
)
def test_bad_requests(client: httpx.Client, address: str, status: int, problem: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:waqai:problem:{problem}")
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
def test_writes_need_a_token(client: httpx.Client, method: str) -> None:
    for address in ("/graphs?default", "/graphs/mine"):
        answer = client.request(method, address, content=b"<x:s> <x:p> <x:o> .")
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:waqai:problem:writes-refused")
        assert "waqai token create" in answer.json()["detail"]
    assert client.options("/graphs").headers["allow"] == "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS"
    assert client.get("/graphs/mine").status_code == 404
