"""The W3C suite for SPARQL 1.1 Service Description against a running server, and whether what is described is so."""

from collections import Counter
from collections.abc import Iterator

import httpx
import pyoxigraph as ox
import pytest

from api.description import EXTENSION_FUNCTIONS
from tests.api.protocol.suite_server import suite_server, table

SUITE = table("service_description.yaml")
SD = "http://www.w3.org/ns/sparql-service-description#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
VOID = "http://rdfs.org/ns/void#"
FORMATS = {
    "http://www.w3.org/ns/formats/Turtle": ("CONSTRUCT WHERE { ?s a wq:Claim }", "text/turtle"),
    "http://www.w3.org/ns/formats/N-Triples": ("CONSTRUCT WHERE { ?s a wq:Claim }", "application/n-triples"),
    "http://www.w3.org/ns/formats/N-Quads": ("CONSTRUCT WHERE { ?s a wq:Claim }", "application/n-quads"),
    "http://www.w3.org/ns/formats/TriG": ("CONSTRUCT WHERE { ?s a wq:Claim }", "application/trig"),
    "http://www.w3.org/ns/formats/RDF_XML": ("CONSTRUCT WHERE { ?s a wq:Claim }", "application/rdf+xml"),
    "http://www.w3.org/ns/formats/JSON-LD": ("CONSTRUCT WHERE { ?s a wq:Claim }", "application/ld+json"),
    "http://www.w3.org/ns/formats/SPARQL_Results_JSON": ("ASK {}", "application/sparql-results+json"),
    "http://www.w3.org/ns/formats/SPARQL_Results_XML": ("ASK {}", "application/sparql-results+xml"),
    "http://www.w3.org/ns/formats/SPARQL_Results_CSV": ("SELECT * {}", "text/csv"),
    "http://www.w3.org/ns/formats/SPARQL_Results_TSV": ("SELECT * {}", "text/tab-separated-values"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with suite_server(tmp_path_factory.mktemp("description")) as client:
        yield client


def described(answer: httpx.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"].partition(";")[0]
    parsed = ox.parse(answer.content, format=ox.RdfFormat.from_media_type(kind))
    return [(quad.subject.value, quad.predicate.value, quad.object.value) for quad in parsed]  # type: ignore[union-attr]


def returns_rdf(server: httpx.Client) -> None:
    for accept in ("*/*", "text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"):
        assert described(server.get("/sparql", headers={"accept": accept}))


def has_endpoint_triple(server: httpx.Client) -> None:
    found = [o for _, p, o in described(server.get("/sparql")) if p == f"{SD}endpoint"]
    assert found == [f"{server.base_url}sparql"]


def conforms_to_schema(server: httpx.Client) -> None:
    triples = described(server.get("/sparql"))
    typed: dict[str, set[str]] = {f"{SD}{name}": {kind} for name, kind in SUITE["individuals"].items()}
    for subject, predicate, value in triples:
        if predicate == TYPE and value.startswith(SD):
            assert value.removeprefix(SD) in SUITE["classes"]
            typed.setdefault(subject, set()).add(value.removeprefix(SD))
    for kinds in typed.values():
        kinds |= {SUITE["subclasses"][kind] for kind in kinds if kind in SUITE["subclasses"]}
    used = [triple for triple in triples if triple[1].startswith(SD)]
    assert used
    for subject, predicate, value in used:
        domain, range_ = SUITE["properties"][predicate.removeprefix(SD)]
        assert domain in typed[subject], subject
        assert range_ is None or range_ in typed[value], value


@pytest.mark.parametrize("name", SUITE["tests"])
def test_service_description(server: httpx.Client, name: str) -> None:
    tests = {
        "returns-rdf": returns_rdf,
        "has-endpoint-triple": has_endpoint_triple,
        "conforms-to-schema": conforms_to_schema,
    }
    tests[name](server)


def test_each_format_that_is_named_is_given_and_no_other(server: httpx.Client) -> None:
    named = {o for _, p, o in described(server.get("/sparql")) if p == f"{SD}resultFormat"}
    assert named == set(FORMATS)
    for query, media_type in FORMATS.values():
        answer = server.get("/sparql", params={"query": query}, headers={"accept": media_type})
        assert answer.headers["content-type"].partition(";")[0] == media_type


def test_each_function_that_is_named_can_be_called(server: httpx.Client) -> None:
    named = {o for _, p, o in described(server.get("/sparql")) if p == f"{SD}extensionFunction"}
    assert named == set(EXTENSION_FUNCTIONS)
    point, area = '"POINT(1 1)"^^geo:wktLiteral', '"POLYGON((0 0,2 0,2 2,0 2,0 0))"^^geo:wktLiteral'
    arguments = {"distance": f"{point}, {point}, uom:metre"}
    for function in sorted(named):
        name = function.rpartition("/")[2]
        two = name.startswith(("sf", "eh", "rcc8"))
        given = arguments.get(name, f"{point}, {area}" if two else area)
        rows = server.get("/sparql", params={"query": f"SELECT (<{function}>({given}) AS ?x) {{}}"}).json()
        assert "x" in rows["results"]["bindings"][0], function


def test_what_is_not_there_is_not_claimed(server: httpx.Client) -> None:
    triples = described(server.get("/sparql"))
    languages = {o for _, p, o in triples if p == f"{SD}supportedLanguage"}
    refused = server.post("/sparql", content="CLEAR ALL", headers={"content-type": "application/sparql-update"})
    assert (f"{SD}SPARQL11Update" in languages) is (refused.status_code != 403)
    assert f"{SD}BasicFederatedQuery" not in {o for _, _, o in triples}
    assert server.get("/sparql", params={"query": "ASK { SERVICE <x:y> {} }"}).status_code == 400
    assert f"{SD}UnionDefaultGraph" not in {o for _, _, o in triples}
    links = {o for _, p, o in triples if p.endswith("#seeAlso")}
    for link in links - {f"{server.base_url}graphs"}:
        assert server.get(link).status_code == 200, link
    assert server.get(f"{server.base_url}graphs?default").status_code == 200


def asked(server: httpx.Client, query: str) -> list[dict[str, str]]:
    rows = server.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    return [{name: cell["value"] for name, cell in row.items()} for row in rows]


def test_the_figures_of_void_are_those_of_the_graph(server: httpx.Client) -> None:
    answer = server.get("/.well-known/void", headers={"accept": "application/n-triples"})
    triples = described(answer)
    assert answer.headers["waqai-position"] == "4"
    (dataset,) = {s for s, p, o in triples if p == TYPE and o == f"{VOID}Dataset" and s.endswith("#dataset")}
    said = {p.removeprefix(VOID): o for s, p, o in triples if s == dataset and p.startswith(VOID)}
    whole = asked(server, "SELECT ?s ?p ?o { ?s ?p ?o }")
    typed = [row for row in whole if row["p"] == TYPE]
    assert int(said["triples"]) == len(whole)
    assert int(said["distinctSubjects"]) == len({row["s"] for row in whole})
    objects = "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"
    assert said["distinctObjects"] == asked(server, objects)[0]["n"]
    assert int(said["entities"]) == len({row["s"] for row in typed})
    for kind, unit, expected in (
        ("property", "triples", Counter(row["p"] for row in whole)),
        ("class", "entities", Counter(row["o"] for row in typed)),
    ):
        of = {s: o for s, p, o in triples if p == f"{VOID}{kind}"}
        figures = {of[s]: int(o) for s, p, o in triples if s in of and p == f"{VOID}{unit}"}
        assert figures == dict(expected)
        parts = {o for s, p, o in triples if s == dataset and p == f"{VOID}{kind}Partition"}
        assert parts == set(of)
    assert int(said["properties"]) == len({row["p"] for row in whole})
    (named,) = {o for s, p, o in triples if p == f"{VOID}subset"}
    count = asked(server, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")[0]["n"]
    assert {o for s, p, o in triples if s == named and p == f"{VOID}triples"} == {count}
    assert said["sparqlEndpoint"] == f"{server.base_url}sparql"


def test_void_comes_in_every_format_and_a_repeat_is_not_modified(server: httpx.Client) -> None:
    first = set(described(server.get("/.well-known/void")))
    for media_type in ("application/rdf+xml", "application/ld+json", "application/trig", "application/n-quads"):
        assert set(described(server.get("/.well-known/void", headers={"accept": media_type}))) == first
    tag = server.get("/.well-known/void").headers["etag"]
    assert server.get("/.well-known/void", headers={"if-none-match": tag}).status_code == 304
    assert server.get("/.well-known/void", headers={"accept": "image/png"}).status_code == 406
    assert not any(p.endswith("license") for _, p, _ in first), "no licence is named that nobody has given"
