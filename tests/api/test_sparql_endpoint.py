import asyncio
import csv
import io
import json
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace

ASK = "ASK { ?s ?p ?o }"
EVENTS = "SELECT ?e { ?e a wq:Event } ORDER BY ?e"
GRAPH = "CONSTRUCT WHERE { ?e a wq:Airstrike }"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def get(client: httpx.Client, query: str, accept: str | None = None, **parameters: Any) -> httpx.Response:
    headers = {} if accept is None else {"accept": accept}
    return client.get("/sparql", params={"query": query, **parameters}, headers=headers)


def values(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    data = response.json()
    return [row[data["head"]["vars"][0]]["value"] for row in data["results"]["bindings"]]


def test_three_ways_to_ask_give_the_same_answer(client: httpx.Client) -> None:
    by_get = get(client, EVENTS)
    by_form = client.post("/sparql", data={"query": EVENTS})
    direct = client.post("/sparql", content=EVENTS, headers={"content-type": f"{QUERY}; charset=utf-8"})
    assert len(values(by_get)) == 3
    assert by_get.content == by_form.content == direct.content
    assert by_get.headers["content-type"] == "application/sparql-results+json"
    assert by_get.headers["waqai-position"] == "4"
    assert "accept" in by_get.headers["vary"].lower()


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.6", "application/sparql-results+xml"),
        ("application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml"),
        ("text/turtle, text/csv;q=0.2", "text/csv; charset=utf-8"),
    ],
)
def test_formats_of_solutions(client: httpx.Client, accept: str, media_type: str) -> None:
    response = get(client, EVENTS, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    if "json" in media_type:
        assert len(response.json()["results"]["bindings"]) == 3
    elif "xml" in media_type:
        root = ElementTree.fromstring(response.content)
        assert len(root.findall(".//{http://www.w3.org/2005/sparql-results#}result")) == 3
    else:
        delimiter = "\t" if "tab" in media_type else ","
        assert len(list(csv.reader(io.StringIO(response.text), delimiter=delimiter))) == 4


@pytest.mark.parametrize(
    ("media_type", "format_"),
    [
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/trig", ox.RdfFormat.TRIG),
        ("application/n-quads", ox.RdfFormat.N_QUADS),
    ],
)
def test_formats_of_graphs(client: httpx.Client, media_type: str, format_: ox.RdfFormat) -> None:
    response = get(client, GRAPH, media_type)
    assert response.headers["content-type"].split(";")[0] == media_type
    assert len(list(ox.parse(response.content, format=format_))) == 2


def test_the_method_query_asks_as_post_does(client: httpx.Client) -> None:
    by_post = client.post("/sparql", data={"query": EVENTS})
    direct = client.request("QUERY", "/sparql", content=EVENTS, headers={"content-type": QUERY})
    form = client.request("QUERY", "/sparql", content=f"query={quote(EVENTS)}", headers={"content-type": FORM})
    assert by_post.content == direct.content == form.content
    again = {"content-type": QUERY, "if-none-match": direct.headers["etag"]}
    assert client.request("QUERY", "/sparql", content=EVENTS, headers=again).status_code == 304
    assert client.request("QUERY", "/sparql", content=ASK, headers=again).status_code == 200
    assert client.post("/sparql", content=EVENTS, headers=again).status_code == 200, "a POST is never unchanged"
    offered = client.options("/sparql").headers
    assert offered["accept-query"] == f'"{QUERY}", "{FORM}"'
    assert QUERY in offered["accept-post"]


@pytest.mark.parametrize(
    ("query", "name", "media_type"),
    [
        (EVENTS, "csv", "text/csv; charset=utf-8"),
        (EVENTS, "xml", "application/sparql-results+xml"),
        (EVENTS, "application/sparql-results+json", "application/sparql-results+json"),
        (GRAPH, "xml", "application/rdf+xml"),
        (GRAPH, "rdf+xml", "application/rdf+xml"),
        (GRAPH, "json", "application/ld+json"),
        (GRAPH, "nt", "application/n-triples"),
        (GRAPH, "n3", "text/turtle; charset=utf-8"),
    ],
)
def test_the_parameter_format_stands_in_place_of_accept(
    client: httpx.Client, query: str, name: str, media_type: str
) -> None:
    assert get(client, query, "text/html", format=name).headers["content-type"] == media_type
    beside = get(client, query, "*/*", output=name, results=name)
    assert beside.headers["content-type"] == media_type


def test_parameters_that_nothing_reads_are_named(client: httpx.Client) -> None:
    response = get(client, EVENTS, queryLn="SPARQL", infer="true", lat="1", _="17")
    assert response.status_code == 200
    assert response.headers["waqai-hint"] == "Nothing reads the parameters queryLn, infer, lat."
    slip = get(client, EVENTS, **{"named-graph-url": "x:g"}).json()
    assert slip["detail"] == "There is no parameter named-graph-url; the nearest is named-graph-uri."


def test_relative_iris_are_relative_to_the_base(client: httpx.Client) -> None:
    (first, *_) = values(get(client, EVENTS))
    path = first.removeprefix("http://localhost:8000/")
    assert values(get(client, f"SELECT ?t {{ <{path}> a ?t }}"))


def test_ask(client: httpx.Client) -> None:
    assert get(client, ASK).json()["boolean"] is True
    assert get(client, "ASK { <x:x> <x:x> <x:x> }").json()["boolean"] is False


def test_a_format_that_does_not_fit_is_refused_with_those_that_do(client: httpx.Client) -> None:
    response = get(client, EVENTS, "text/turtle")
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert "text/csv" in response.json()["offered"]
    assert response.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    ("query", "names", "offered"),
    [
        ('SELECT ("a\\u0008b" AS ?x) {}', "The character U+0008 in “a\\u0008b”", "text/csv"),
        ('SELECT ("\\uFFFE" AS ?x) {}', "The character U+FFFE", "application/sparql-results+json"),
        ('CONSTRUCT { <a:b> <http://x/1> "x" } {}', "<http://x/1>", "text/turtle"),
        ('CONSTRUCT { <a:b> rdf:li "x" } {}', "rdf:li", "application/n-triples"),
    ],
)
def test_what_xml_cannot_hold_is_refused_with_what_can(
    client: httpx.Client, query: str, names: str, offered: str
) -> None:
    refused = get(client, query, format="xml")
    assert (refused.status_code, refused.json()["type"]) == (406, "urn:waqai:problem:not-in-xml")
    assert names in refused.json()["detail"]
    assert offered in refused.json()["offered"]
    for media_type in refused.json()["offered"]:
        assert get(client, query, media_type).status_code == 200


def test_a_carriage_return_is_read_as_one(client: httpx.Client) -> None:
    (text,) = ElementTree.fromstring(get(client, 'SELECT ("a\\r\\nb" AS ?x) {}', format="xml").content).itertext()
    assert text == "a\r\nb"


def test_the_protocol_dataset_decides_what_is_asked(client: httpx.Client) -> None:
    claim = values(get(client, "SELECT ?c { ?c wq:modality wq:Denied }"))[0]
    typed = "SELECT ?t { ?e a ?t FILTER(?t = wq:Airstrike) }"
    assert len(values(get(client, typed))) == 2
    assert len(values(get(client, typed, **{"default-graph-uri": claim}))) == 1
    in_graph = "SELECT ?g { GRAPH ?g { ?e a wq:Airstrike } }"
    assert len(values(get(client, in_graph))) == 3
    assert values(get(client, in_graph, **{"named-graph-uri": claim})) == [claim]
    assert values(get(client, in_graph, **{"default-graph-uri": claim})) == []
    assert values(get(client, typed, **{"named-graph-uri": claim})) == []
    form = client.post("/sparql", data={"query": in_graph, "named-graph-uri": [claim]})
    assert values(form) == [claim]
    address = f"/sparql?{urlencode({'named-graph-uri': claim})}"
    assert values(client.post(address, content=in_graph, headers={"content-type": QUERY})) == [claim]


UPDATES = [
    "INSERT DATA { <x:s> <x:p> <x:o> }",
    "insert data { <x:s> <x:p> <x:o> }",
    "DELETE DATA { <x:s> <x:p> <x:o> }",
    "DELETE WHERE { ?s ?p ?o }",
    "DELETE { ?s ?p ?o } INSERT { ?s <x:p> ?o } WHERE { ?s ?p ?o }",
    "WITH <x:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "PREFIX x: <x:>\n# a comment\nINSERT { ?s x:p ?o } WHERE { ?s ?p ?o }",
    "BASE <http://x/> CLEAR ALL",
    "CLEAR ALL",
    "DROP ALL",
    "DROP SILENT GRAPH <x:g>",
    "CREATE GRAPH <x:g>",
    "LOAD <http://127.0.0.1:9/x> INTO GRAPH <x:g>",
    "COPY DEFAULT TO <x:g>",
    "MOVE DEFAULT TO <x:g>",
    "ADD DEFAULT TO <x:g>",
]


ANSWERED = {
    "get update": (400, "not-a-query"),
    "form update": (403, "writes-refused"),  # there are no tokens
    "direct update": (403, "writes-refused"),
}


@pytest.mark.parametrize("way", ["get", "form", "direct", "get update", "form update", "direct update"])
def test_every_update_is_refused_every_way_and_changes_nothing(
    client: httpx.Client, filled: Workspace, way: str
) -> None:
    before = len(filled.graph())
    method, _, name = way.partition(" ")
    parameter = name or "query"
    for update in UPDATES:
        if method == "get":
            response = client.get("/sparql", params={parameter: update})
        elif method == "form":
            response = client.post("/sparql", data={parameter: update})
        else:
            headers = {"content-type": f"application/sparql-{parameter}"}
            response = client.post("/sparql", content=update, headers=headers)
        problem = response.json()
        status, kind = ANSWERED.get(way, (400, "update-refused"))
        assert (response.status_code, problem["type"]) == (status, f"urn:waqai:problem:{kind}"), update
        if kind == "update-refused":
            assert "waqai update" in problem["detail"]
            assert "projection of the log" in problem["detail"]
        assert len(filled.graph()) == before
    assert not bool(filled.query("ASK { { <x:s> ?p ?o } UNION { GRAPH <x:g> { ?s ?p ?o } } }"))


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * WHERE { ?s ?p }", 1, 24),
        ("SELECT *\nWHERE {\n  ?s nope:x ?o }", 3, None),
        ("", 1, 1),
        ("   \n", 2, 1),
        ("SELEKT * { ?s ?p ?o }", 1, 1),
        ("SELECT * { ?s ?p 'open }", 1, 18),
        ("SELECT ?x { <not an iri> ?p ?x }", 1, None),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", 1, None),
        ("ASK { ?s ?p ?o } trailing", 1, None),
        ("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 1, 7),
        ("ASK { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }", 1, 7),
    ],
)
def test_a_query_that_cannot_run_is_refused_with_its_place(
    client: httpx.Client, query: str, line: int, column: int | None
) -> None:
    response = get(client, query)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 400
    assert problem["line"] == line
    assert problem["reason"]
    assert isinstance(problem["column"], int)
    if column is not None:
        assert abs(problem["column"] - column) <= 1  # the engine points at the token or just behind it


@pytest.mark.parametrize(
    ("method", "address", "body", "kind", "status", "problem"),
    [
        ("GET", f"/sparql?query={quote(ASK)}&query={quote(ASK)}", None, None, 400, "not-one-query"),
        ("GET", f"/sparql?query={quote(ASK)}&update=CLEAR+ALL", None, None, 400, "not-a-query"),
        ("GET", "/sparql?query=%FF%FE", None, None, 400, "not-utf-8"),
        ("GET", f"/sparql?query={quote(ASK)}&default-graph-uri=not%20an%20iri", None, None, 400, "bad-iri"),
        ("GET", f"/sparql?query={quote(ASK)}&at=then", None, None, 400, "bad-moment"),
        ("GET", f"/sparql?query={quote(ASK)}&at=99", None, None, 404, "beyond-the-head"),
        ("POST", "/sparql", b"query=" + quote(ASK).encode() + b"&update=CLEAR+ALL", FORM, 400, "not-one-update"),
        ("POST", f"/sparql?query={quote(ASK)}", b"query=" + quote(ASK).encode(), FORM, 400, "not-one-query"),
        ("POST", f"/sparql?query={quote(ASK)}", ASK.encode(), QUERY, 400, "two-queries"),
        ("POST", "/sparql", b"", FORM, 400, "not-one-query"),
        ("POST", "/sparql", b"\xff\xfe", QUERY, 400, "not-utf-8"),
        ("POST", "/sparql", b"\xff\xfe=1", FORM, 400, "not-utf-8"),
        ("POST", "/sparql", b"{}", "application/json", 415, "wrong-media-type"),
        ("POST", "/sparql", ASK.encode(), "text/plain", 415, "wrong-media-type"),
        ("POST", "/sparql", ASK.encode(), None, 415, "wrong-media-type"),
        ("POST", "/sparql", ASK.encode(), f"{QUERY}; charset=latin-1", 415, "wrong-charset"),
        ("POST", "/sparql", b"a=1&" * 2000, FORM, 400, "bad-form"),
        ("QUERY", "/sparql", ASK.encode(), "text/plain", 415, "wrong-media-type"),
        ("QUERY", "/sparql", b"CLEAR ALL", "application/sparql-update", 415, "wrong-media-type"),
        ("QUERY", "/sparql", b"update=CLEAR+ALL", FORM, 400, "not-a-query"),
        ("GET", f"/sparql?query={quote(ASK)}&defualt-graph-uri=x:g", None, None, 400, "unknown-parameter"),
        ("GET", f"/sparql?query={quote(ASK)}&using-graph-uri=x:g", None, None, 400, "bad-parameter"),
        ("GET", f"/sparql?query={quote(ASK)}&format=yaml", None, None, 400, "unknown-format"),
        ("GET", f"/sparql?query={quote(ASK)}&format=yaml&format=", None, None, 400, "unknown-format"),
        ("GET", f"/sparql?query={quote(ASK)}&format=turtle", None, None, 406, "not-acceptable"),
        ("GET", f"/sparql?query={quote(ASK)}&timeout=soon", None, None, 400, "bad-parameter"),
        ("GET", f"/sparql?query={quote(ASK)}&at=1&at=2", None, None, 400, "two-moments"),
        ("GET", f"/sparql?query={quote('SELECT (<x:f>(1) AS ?x) {}')}", None, None, 400, "unknown-function"),
        ("POST", "/sparql", b"#" * 100_001, QUERY, 413, "query-too-long"),
        ("POST", "/sparql", b"#" * 2_000_000, QUERY, 413, "body-too-large"),
        ("PUT", "/sparql", b"", None, 405, "method-not-allowed"),
        ("DELETE", "/sparql", None, None, 405, "method-not-allowed"),
    ],
)
def test_bad_requests(
    client: httpx.Client,
    method: str,
    address: str,
    body: bytes | None,
    kind: str | None,
    status: int,
    problem: str,
) -> None:
    headers = {} if kind is None else {"content-type": kind}
    response = client.request(method, address, content=body, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["type"] == f"urn:waqai:problem:{problem}"
    assert response.json()["detail"].endswith(".")
    if status == 405:
        assert "GET" in response.headers["allow"]


def test_a_body_that_does_not_say_its_length_is_limited_too(filled: Workspace) -> None:
    async def ask() -> httpx.Response:
        async def endless():  # type: ignore[no-untyped-def]
            for _ in range(100):
                yield b"#" * 100_000

        transport = httpx.ASGITransport(create_app(filled, Settings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.post("/sparql", content=endless(), headers={"content-type": QUERY})

    response = asyncio.run(ask())
    assert response.status_code == 413
    assert response.json()["type"] == "urn:waqai:problem:body-too-large"


def test_head_is_get_without_a_body(client: httpx.Client) -> None:
    asked = {"query": EVENTS}
    by_head, by_get = client.head("/sparql", params=asked), client.get("/sparql", params=asked)
    assert by_head.status_code == 200
    assert by_head.content == b""
    for name in ("content-type", "content-length", "waqai-position", "vary"):
        assert by_head.headers[name] == by_get.headers[name]
    assert client.head("/sparql", params={"query": "nonsense"}).status_code == 400


def test_other_origins_may_ask(client: httpx.Client) -> None:
    preflight = client.options(
        "/sparql", headers={"origin": "https://x.example", "access-control-request-method": "POST"}
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]
    assert client.options("/sparql").headers["allow"] == "GET, HEAD, POST, QUERY, OPTIONS"
    answer = get(client, ASK)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Waqai-Position" in answer.headers["access-control-expose-headers"]


def test_without_a_query_the_service_describes_itself(client: httpx.Client) -> None:
    response = client.get("/sparql")
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    triples = list(ox.parse(response.content, format=ox.RdfFormat.TURTLE))
    sd = "http://www.w3.org/ns/sparql-service-description#"
    by_predicate = {triple.predicate.value: triple.object for triple in triples}
    assert by_predicate[f"{sd}endpoint"] == ox.NamedNode("http://localhost:8000/sparql")
    assert sd.encode() + b"SPARQL11Update" not in response.content
    assert client.get("/sparql", headers={"accept": "image/png"}).status_code == 406
    as_json = client.get("/sparql", headers={"accept": "application/ld+json"})
    assert json.loads(as_json.content)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused_naming_all_that_there_are(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/sparql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST, QUERY, OPTIONS"
    assert response.json()["detail"] == f"/sparql does not take {method}; it takes GET, HEAD, POST, QUERY and OPTIONS."
    events = client.request(method, "/events")
    assert events.headers["allow"] == "GET, HEAD"
    assert events.json()["detail"] == f"/events does not take {method}; it takes GET and HEAD."
    ingest = client.request(method, "/ingest")
    assert ingest.json()["detail"] == f"/ingest does not take {method}; it takes POST."
    assert client.request(method, "/static/app.css").headers["allow"] == "GET, HEAD"


def test_a_browser_without_a_query_gets_the_page(client: httpx.Client) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    response = client.get("/sparql", headers={"accept": browser})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert '<textarea id="query"' in response.text
    assert (
        client.get("/sparql", headers={"accept": "text/turtle, text/html"})
        .headers["content-type"]
        .startswith("text/turtle")
    )
    assert get(client, ASK, browser).headers["content-type"] != "text/html; charset=utf-8", "a query is answered"


def test_misspelt_terms_are_named_in_a_header(client: httpx.Client) -> None:
    misspelt = get(client, "SELECT ?e { ?e a wq:Airstrik }")
    assert values(misspelt) == []
    assert misspelt.headers["waqai-hint"] == "The ontology has no wq:Airstrik; the nearest is wq:Airstrike."
    assert "Waqai-Hint" in misspelt.headers["access-control-expose-headers"]
    assert "waqai-hint" not in get(client, EVENTS).headers
    assert get(client, "SELECT ?e { ?e a wq:غارة }").headers["waqai-hint"] == "The ontology has no wq:????."


def test_a_long_answer_is_streamed_whole(client: httpx.Client) -> None:
    numbers = " ".join(str(number) for number in range(120))
    query = f"SELECT ?a ?b {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    response = get(client, query)
    assert "content-length" not in response.headers
    assert len(response.json()["results"]["bindings"]) == 120 * 120
    assert client.head("/sparql", params={"query": query}).status_code == 200


def test_an_answer_beyond_the_limit_is_refused(filled: Workspace) -> None:
    numbers = " ".join(str(number) for number in range(120))
    query = f"SELECT ?a ?b {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"

    def ask(limit: int) -> httpx.Response:
        async def run() -> httpx.Response:
            app = create_app(filled, Settings(max_result_bytes=limit))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
                return await client.get("/sparql", params={"query": query})

        return asyncio.run(run())

    refused = ask(10_000)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:waqai:problem:answer-too-large")
    assert ask(10_000_000).status_code == 200


def test_the_position_follows_the_log(client: httpx.Client, filled: Workspace) -> None:
    import time
    from dataclasses import replace

    from tests.api.fakes import FakeExtractor, arabic_article

    with Workspace(filled.data, extractor=FakeExtractor()) as other:
        other.ingest(replace(arabic_article(), publisher="while it runs"))
    for _ in range(200):
        if get(client, ASK).headers["waqai-position"] == "6":
            break
        time.sleep(0.02)
    told = "SELECT ?article { ?claim a wq:Claim ; wq:modality wq:Asserted ; prov:wasDerivedFrom ?article }"
    assert len(set(values(get(client, told)))) == 3
