"""Clients as people have them, unchanged, against a real server on a real socket."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from rdflib import RDF, RDFS, Dataset, Graph, Literal, Namespace, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import CSV, GET, JSON, JSONLD, N3, POST, RDFXML, TSV, TURTLE, URLENCODED, XML, SPARQLWrapper
from SPARQLWrapper import RDF as RDF_FORM
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed
from SPARQLWrapper.Wrapper import _allowedFormats

from api.tokenfile import Scope, TokenFile
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

ROOT = Path(__file__).resolve().parents[2]
COMUNICA = "@comunica/query-sparql@3"
WQ = Namespace("https://w3id.org/waqai/ontology#")
PREFIX = f"PREFIX wq: <{WQ}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
STRIKES = PREFIX + "SELECT ?event ?dead { ?event a wq:Airstrike ; wq:fatalitiesBest ?dead } ORDER BY ?dead"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clients") / "data"


@pytest.fixture(scope="module")
def endpoint(data: Path) -> Iterator[str]:
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
    with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, _, _):
        yield f"{address}sparql"


@pytest.fixture(scope="module")
def writer(endpoint: str, data: Path) -> dict[str, str]:
    """What a client that writes has to send with each request: a token and a reason."""
    _, token = TokenFile(data / "tokens.json").create("mona", [Scope.CURATE], None, datetime.now(UTC))
    return {"Authorization": f"Bearer {token}", "Waqai-Reason": "seen by the desk"}


@pytest.mark.parametrize("method", [GET, POST])
def test_sparqlwrapper_asks_and_reads_every_form(endpoint: str, method: str) -> None:
    client = SPARQLWrapper(endpoint)
    client.setMethod(method)
    client.setRequestMethod(URLENCODED)

    def answer(query: str, form: str) -> object:
        client.setQuery(query)
        client.setReturnFormat(form)
        return client.queryAndConvert()

    rows = answer(STRIKES, JSON)
    assert isinstance(rows, dict)
    assert [row["dead"]["value"] for row in rows["results"]["bindings"]] == ["16", "20"]
    assert [node.firstChild.data for node in answer(STRIKES, XML).getElementsByTagName("literal")] == ["16", "20"]  # type: ignore[attr-defined]
    table = answer(STRIKES, CSV)
    assert isinstance(table, bytes)
    assert table.decode().splitlines()[0] == "event,dead"
    assert answer(PREFIX + "ASK { ?e a wq:Takeover }", JSON) == {"head": {}, "boolean": True}
    text = answer(PREFIX + "CONSTRUCT { ?e a wq:Airstrike } WHERE { ?e a wq:Airstrike }", TURTLE)
    assert isinstance(text, bytes)
    assert len(Graph().parse(data=text, format="turtle")) == 2
    described = answer(PREFIX + "DESCRIBE ?e { ?e a wq:Takeover }", XML)
    assert isinstance(described, Graph)
    assert (None, RDF.type, WQ.Takeover) in described


@pytest.mark.filterwarnings("ignore:Sending Accept header:RuntimeWarning")
@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("form", _allowedFormats)
def test_sparqlwrapper_gets_every_form_that_it_can_name(endpoint: str, method: str, form: str) -> None:
    """It sends the form as format, output and results, and some forms twice in each."""
    solutions = {JSON: "sparql-results+json", XML: "sparql-results+xml", CSV: "csv", TSV: "tab-separated-values"}
    graphs = {JSON: "ld+json", JSONLD: "ld+json", TURTLE: "turtle", N3: "turtle"}
    graphs |= dict.fromkeys([XML, RDF_FORM, RDFXML], "rdf+xml")
    client = SPARQLWrapper(endpoint)
    client.setMethod(method)
    client.setRequestMethod(URLENCODED)
    client.setReturnFormat(form)
    for query, named in ((STRIKES, solutions), (PREFIX + "CONSTRUCT WHERE { ?e a wq:Airstrike }", graphs)):
        client.setQuery(query)
        if form not in named:
            with pytest.raises(HTTPError) as caught:  # a graph is no table, and no table a graph
                client.query()
            assert caught.value.code == 406
            continue
        answer = client.query()
        assert answer.info()["content-type"].partition(";")[0].endswith(f"/{named[form]}")
        assert b"/id/event/" in answer.response.read()


def test_sparqlwrapper_is_told_what_is_wrong(endpoint: str) -> None:
    client = SPARQLWrapper(endpoint)
    client.setQuery("SELECT ?x { ?x")
    with pytest.raises(QueryBadFormed, match="urn:waqai:problem:malformed-query"):
        client.query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_the_endpoint_as_a_store(endpoint: str, method: str) -> None:
    graph = Graph(SPARQLStore(endpoint, method=method))
    rows = list(graph.query(STRIKES))
    assert [int(row.dead) for row in rows] == [16, 20]  # type: ignore[union-attr]
    events = set(graph.subjects(RDF.type, WQ.Airstrike))
    assert len(events) == 2
    event = min(events)
    assert (event, RDF.type, WQ.Airstrike) in graph
    assert (event, RDF.type, WQ.Takeover) not in graph
    assert isinstance(graph.value(event, WQ.fatalitiesBest), Literal)
    (claim,) = set(graph.objects(event, WQ.claim))
    said = Graph(graph.store, identifier=URIRef(claim))  # what a claim says is in the graph that bears its name
    assert len(said) > 0
    assert bool(graph.query(PREFIX + "ASK { ?e a wq:Takeover }").askAnswer)
    made = graph.query(PREFIX + "CONSTRUCT { ?e a wq:Airstrike } WHERE { ?e a wq:Airstrike }").graph
    assert made is not None
    assert len(made) == 2


def test_rdflib_writes_a_curation_graph_through_the_endpoint(endpoint: str, writer: dict[str, str]) -> None:
    store = SPARQLUpdateStore(endpoint, endpoint, autocommit=False, headers=writer)
    base = "http://localhost:8000/"
    dataset = Dataset(store, default_union=False)
    graph = dataset.graph(URIRef(f"{base}graphs/verified"))
    event = min(Graph(SPARQLStore(endpoint)).subjects(RDF.type, WQ.Airstrike))
    notes = [Literal("فيديوان \\u0041", lang="ar"), Literal('a "second" note\nof two lines'), Literal(2)]
    for note in notes:
        graph.add((event, RDFS.comment, note))
    store.commit()
    again = Graph(SPARQLStore(endpoint), identifier=graph.identifier)
    assert set(again.objects(event, RDFS.comment)) == set(notes)
    graph.remove((event, RDFS.comment, notes[2]))
    store.commit()
    assert set(again.objects(event, RDFS.comment)) == set(notes[:2])
    graph.update(f"DELETE WHERE {{ ?event <{RDFS.comment}> ?note }}")  # rdflib names the graph in it
    store.commit()
    assert len(again) == 0
    changed = [record for record in log_of(endpoint, writer) if record["actor"] == "mona"]
    assert [(record["added"], record["removed"]) for record in changed] == [(0, 2), (0, 1), (3, 0)]


def test_rdflib_is_told_what_it_cannot_write(endpoint: str, writer: dict[str, str]) -> None:
    for headers, status in ((writer, 403), ({}, 401)):
        store = SPARQLUpdateStore(endpoint, endpoint, headers=headers)
        with pytest.raises(HTTPError) as caught:
            Graph(store, URIRef("http://localhost:8000/id/log")).add((URIRef("urn:a"), RDF.type, WQ.Airstrike))
        assert caught.value.code == status


def test_sparqlwrapper_writes(endpoint: str, writer: dict[str, str]) -> None:
    client = SPARQLWrapper(endpoint)
    client.setMethod(POST)
    for name, value in writer.items():
        client.addCustomHttpHeader(name, value)
    for text in ("INSERT DATA { GRAPH <graphs/w> { <urn:a> <urn:b> 1 } }", "DROP GRAPH <graphs/w>"):
        client.setQuery(text)
        assert client.query().response.status == 200


def log_of(endpoint: str, writer: dict[str, str]) -> list[dict[str, object]]:
    """What was changed in curation graphs, the last first."""
    asked = Request(endpoint.removesuffix("sparql") + "curation/patches", headers=writer)
    with urlopen(asked) as answer:
        found: list[dict[str, object]] = json.load(answer)["patches"]
    return found


_OF_THE_DEMO = "log|audit|crate|claimreview|nanopub"  # addresses that name what the graph here does not have


def curls() -> list[str]:
    """The examples of the documents with curl that only read, as they stand but for what each reader puts in."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))]
    found = [
        line
        for text in texts
        for line in re.findall(rf"^(?:\$ )?(curl .*127\.0\.0\.1:8000/(?!{_OF_THE_DEMO}).*)$", text, re.M)
    ]
    return [line.partition("  #")[0].strip() for line in found if "TOKEN" not in line and "..." not in line]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_examples_of_the_documents_are_answered(endpoint: str) -> None:
    assert len(curls()) >= 6
    for line in curls():
        here = line.replace("http://127.0.0.1:8000/", endpoint.removesuffix("sparql"))
        command = shlex.split(here.replace("at=42", "at=2").replace("Saraqib", "Aleppo"))  # of the small graph here
        done = subprocess.run([*command, "-sS", "--fail-with-body"], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout[:500]!r}\n{done.stderr!r}"
        assert done.stdout


@pytest.fixture(scope="module")
def comunica(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", COMUNICA]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"the npm registry does not give {COMUNICA}: {done.stderr.strip().splitlines()[-1:]}")
    return folder / "node_modules" / ".bin" / "comunica-sparql"


@pytest.mark.slow
@pytest.mark.parametrize("source", ["sparql@", ""])
def test_comunica_asks_the_endpoint(endpoint: str, comunica: Path, source: str) -> None:
    """Told that it is an endpoint, or left to find that out from the service description."""

    def answer(query: str, form: str) -> str:
        command = [str(comunica), source + endpoint, "-q", query, "-t", form]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    rows = json.loads(answer(STRIKES, "application/sparql-results+json"))
    assert [row["dead"]["value"] for row in rows["results"]["bindings"]] == ["16", "20"]
    named = PREFIX + "SELECT DISTINCT ?claim { ?e a wq:Airstrike ; wq:claim ?claim . GRAPH ?claim { ?s ?p ?o } }"
    assert len(json.loads(answer(named, "application/sparql-results+json"))["results"]["bindings"]) == 2
    built = answer(PREFIX + "CONSTRUCT { ?e a wq:Airstrike } WHERE { ?e a wq:Airstrike }", "application/n-triples")
    assert len(Graph().parse(data=built, format="nt")) == 2
