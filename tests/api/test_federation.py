"""SERVICE: which servers are asked, how, and that a failing one never leaves an answer that looks whole."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.settings import Settings
from api.workspace import Workspace
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article
from tests.api.test_server import free_port, serving

JSON = "application/sparql-results+json"
FOREVER = 60.0  # seconds that nothing here takes, however busy the machine is


@dataclass
class Elsewhere:
    """Another server: what it does by path, what it was asked, and whether one who asked went away."""

    does: dict[str, Callable[["Request"], None]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    begun: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"


class Request(BaseHTTPRequestHandler):
    elsewhere: Elsewhere

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.elsewhere.asked.append((self.path[1:], body))
        self.elsewhere.headers = {name.lower(): value for name, value in self.headers.items()}
        self.elsewhere.does.get(self.path[1:], Request.rows)(self)

    def do_GET(self) -> None:
        self.elsewhere.asked.append((self.path[1:], ""))
        self.elsewhere.does.get(self.path[1:], Request.rows)(self)

    def rows(self, *values: str) -> None:
        """Answer ?a with IRIs."""
        bindings = [{"a": {"type": "uri", "value": value}} for value in values or ("urn:one", "urn:two")]
        self.answer(json.dumps({"head": {"vars": ["a"]}, "results": {"bindings": bindings}}).encode())

    def answer(self, body: bytes, media_type: str = JSON, status: int = 200, **more: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": media_type, "content-length": str(len(body)), **more}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.elsewhere.left.set()

    def linger(self) -> None:
        """Say nothing, and notice when whoever asked has gone."""
        self.elsewhere.begun.set()
        self.connection.settimeout(FOREVER)
        try:
            gone = not self.connection.recv(1)
        except TimeoutError:
            return
        except OSError:
            gone = True
        if gone:
            self.elsewhere.left.set()

    def endless(self) -> None:
        self.send_response(200)
        self.send_header("content-type", JSON)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" " * 65_536)
        except OSError:
            self.elsewhere.left.set()

    def cut(self) -> None:
        self.send_response(200)
        self.send_header("content-type", JSON)
        self.send_header("content-length", "1000")
        self.end_headers()
        self.wfile.write(b'{"head":{"vars":["a"]},"results":{"bindings":[')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def another_server() -> Iterator[Elsewhere]:
    elsewhere = Elsewhere()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Request,), {"elsewhere": elsewhere}))
    server.daemon_threads = True
    elsewhere.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield elsewhere
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with another_server() as found:
        yield found


PATHS = ("sparql", "other", "gone", "html", "json", "yes", "broken", "packed", "cut", "endless", "moved", "slow")


def settings_for(elsewhere: Elsewhere, data: Path, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "service_allow": " ".join(elsewhere.at(path) for path in PATHS),
        "own_network": f"127.0.0.1:{elsewhere.port}",
        "service_bytes": 1_000_000,
        **more,
    }
    return Settings(data=data, poll_interval=0.02, **given)


@contextmanager
def endpoint(settings: Settings, workspace: Workspace) -> Iterator[httpx.Client]:
    with TestClient(create_app(workspace, settings), base_url="http://localhost:8000") as opened:
        yield opened


@pytest.fixture
def server(elsewhere: Elsewhere, filled: Workspace, tmp_path: Path) -> Iterator[httpx.Client]:
    elsewhere.does = {
        "gone": lambda request: request.answer(b"", status=500),
        "html": lambda request: request.answer(b"<html>", "text/html"),
        "json": lambda request: request.answer(b"{}", "application/json"),
        "yes": lambda request: request.answer(b'{"head":{},"boolean":true}'),
        "broken": lambda request: request.answer(b'{"head":{"vars":["a"]},"results":{"bindings":[{]}}'),
        "packed": lambda request: request.answer(b"x", content_encoding="gzip"),
        "cut": Request.cut,
        "endless": Request.endless,
        "moved": lambda request: request.answer(b"", status=307, location="/sparql"),
        "slow": Request.linger,
    }
    with endpoint(settings_for(elsewhere, tmp_path / "data"), filled) as opened:
        yield opened


def ask(server: httpx.Client, query: str, **more: str) -> httpx.Response:
    return server.get("/sparql", params={"query": query, **more})


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).removeprefix("urn:waqai:problem:")


def values(answer: httpx.Response, name: str = "a") -> list[str]:
    assert answer.status_code == 200, answer.text
    return sorted(row[name]["value"] for row in answer.json()["results"]["bindings"] if name in row)


# ---------------------------------------------------------------------- asking


def test_a_service_is_asked_for_its_part_and_joined_with_the_graph(server: httpx.Client, elsewhere: Elsewhere) -> None:
    events = values(ask(server, "SELECT ?a { ?a a wq:Event }"))
    elsewhere.does["sparql"] = lambda request: request.rows(events[0], "urn:none")
    query = f'SELECT ?a {{ ?a a wq:Event SERVICE <{elsewhere.at("sparql")}> {{ ?a <urn:p> "\\u0633" }} }}'
    answer = ask(server, query)
    assert values(answer) == events[:1]
    ((path, asked),) = elsewhere.asked
    assert (path, asked) == ("sparql", 'BASE <http://localhost:8000/>\nSELECT * WHERE { ?a <urn:p> "س" . }')
    assert elsewhere.headers["content-type"] == "application/sparql-query"
    assert JSON in elsewhere.headers["accept"]
    assert elsewhere.headers["host"] == f"127.0.0.1:{elsewhere.port}"
    assert not {"authorization", "cookie", "referer"} & elsewhere.headers.keys()
    assert answer.headers["waqai-position"] == "4"


def test_nobody_keeps_an_answer_that_depends_on_others(server: httpx.Client, elsewhere: Elsewhere) -> None:
    query = f"SELECT ?a {{ SERVICE <{elsewhere.at('sparql')}> {{ ?a ?b ?c }} }}"
    for _ in range(2):
        answer = ask(server, query)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
    assert len(elsewhere.asked) == 2
    again = server.get("/sparql", params={"query": query}, headers={"if-none-match": "*"})
    assert again.status_code == 200
    kept = ask(server, "SELECT ?a { ?a a wq:Event } # SERVICE")
    assert (kept.headers["cache-control"], "etag" in kept.headers) == ("no-cache", True)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?a {{ {{ SELECT ?a {{ SERVICE <{s}> {{ ?a ?b ?c }} }} }} }}",
        "PREFIX s: <{s}> SELECT ?a {{ SERVICE s: {{ ?a ?b ?c }} }}",
        "SELECT ?a {{ service silent # SERVICE\n <{s}> {{ ?a ?b 'SERVICE' }} }}",
        "SELECT ?a {{ SERVICE <http://127.0.0.1:{port}/s\\u0070arql> {{ ?a ?b ?c }} }}",
        "SELECT ?a {{ VALUES ?a {{ <urn:one> <urn:two> 3 }} FILTER EXISTS {{ SERVICE <{s}> {{ ?a ?b ?c }} }} }}",
        "SELECT ?a {{ VALUES ?a {{ <urn:one> <urn:two> }} OPTIONAL {{ SERVICE <{s}> {{ ?a ?b ?c }} }} }}",
        "SELECT ?a {{ SERVICE <{s}> {{ ?a ?b ?c SERVICE <http://wikiba.se/ontology#label> {{ ?a ?l 'en' }} }} }}",
    ],
)
def test_a_clause_may_stand_anywhere(server: httpx.Client, elsewhere: Elsewhere, query: str) -> None:
    found = ask(server, query.format(s=elsewhere.at("sparql"), port=elsewhere.port))
    assert values(found) == ["urn:one", "urn:two"]
    assert len(elsewhere.asked) == 1, "the same question is sent out once"


def test_what_stands_inside_a_clause_is_for_its_server_to_ask(server: httpx.Client, elsewhere: Elsewhere) -> None:
    inner = f"SERVICE <{elsewhere.at('other')}> {{ ?a <urn:l> 1 }}"
    ask(server, f"SELECT * {{ SERVICE <{elsewhere.at('sparql')}> {{ ?a ?b ?c {inner} }} }}")
    ((path, asked),) = elsewhere.asked
    assert path == "sparql"
    assert f"SERVICE <{elsewhere.at('other')}>" in asked


def test_a_search_for_words_stands_beside_a_clause(server: httpx.Client, elsewhere: Elsewhere) -> None:
    clause = f"SERVICE <{elsewhere.at('sparql')}> {{ ?a ?b ?c }}"
    assert values(ask(server, f'SELECT DISTINCT ?a {{ ?claim wq:text "غارة" {clause} }}')) == ["urn:one", "urn:two"]
    ((_, asked),) = elsewhere.asked
    assert "?claim" not in asked
    inside = ask(server, f'SELECT * {{ SERVICE <{elsewhere.at("sparql")}> {{ ?claim wq:text "غارة" }} }}')
    assert kind_of(inside)[0] == 400
    assert "outside of its braces" in inside.json()["detail"]
    assert len(elsewhere.asked) == 1


def test_minus_takes_away_what_a_service_says(server: httpx.Client, elsewhere: Elsewhere) -> None:
    query = "SELECT ?a {{ VALUES ?a {{ <urn:one> <urn:three> }} MINUS {{ SERVICE <{}> {{ ?a ?b ?c }} }} }}"
    assert values(ask(server, query.format(elsewhere.at("sparql")))) == ["urn:three"]


def test_construct_ask_and_other_formats(server: httpx.Client, elsewhere: Elsewhere) -> None:
    clause = f"{{ SERVICE <{elsewhere.at('sparql')}> {{ ?a ?b ?c }} }}"
    assert ask(server, f"ASK {clause}").json()["boolean"] is True
    assert ask(server, f"SELECT ?a {clause} ORDER BY ?a", format="csv").text == "a\r\nurn:one\r\nurn:two\r\n"
    made = ask(server, f"CONSTRUCT {{ ?a a <urn:T> }} WHERE {clause}", format="nt").text
    assert sorted(made.split(" ")[0] for made in made.splitlines()) == ["<urn:one>", "<urn:two>"]
    posted = server.post("/sparql", data={"query": f"SELECT ?a {clause}"})
    assert values(posted) == ["urn:one", "urn:two"]
    assert values(ask(server, f"SELECT ?a {clause}", at="2")) == ["urn:one", "urn:two"]


def test_an_empty_graph_asks_others_too(elsewhere: Elsewhere, workspace: Workspace, tmp_path: Path) -> None:
    with endpoint(settings_for(elsewhere, tmp_path / "data"), workspace) as server:
        found = ask(server, f"SELECT ?a {{ SERVICE <{elsewhere.at('sparql')}> {{ ?a ?b ?c }} }}")
        assert values(found) == ["urn:one", "urn:two"]


def test_a_dataset_clause_asks_nobody(server: httpx.Client, elsewhere: Elsewhere) -> None:
    named = elsewhere.at("graph")
    found = ask(
        server,
        f"SELECT ?a FROM <{named}> FROM NAMED <{named}> {{ {{ ?a ?b ?c }} UNION {{ GRAPH ?g {{ ?a ?b ?c }} }} }}",
    )
    assert values(found) == []
    assert values(server.get("/sparql", params={"query": "SELECT ?a { ?a ?b ?c }", "default-graph-uri": named})) == []
    assert elsewhere.asked == []


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ASK {{ SERVICE <https://elsewhere.example/sparql> {{ ?s ?p ?o }} }}", "https://elsewhere.example/sparql"),
        ("ASK {{ SERVICE SILENT <https://elsewhere.example/sparql> {{ ?s ?p ?o }} }}", "WAQAI_SERVICE_ALLOW"),
        ("ASK {{ SERVICE <{s}/> {{ ?s ?p ?o }} }}", "WAQAI_SERVICE_ALLOW"),
        ("ASK {{ SERVICE <{s}?x=1> {{ ?s ?p ?o }} }}", "WAQAI_SERVICE_ALLOW"),
        ("ASK {{ SERVICE <{s}#x> {{ ?s ?p ?o }} }}", "WAQAI_SERVICE_ALLOW"),
        ("ASK {{ SERVICE <http://169.254.169.254/latest/> {{ ?s ?p ?o }} }}", "169.254.169.254"),
        ("ASK {{ SERVICE <http://user:pw@127.0.0.1:{port}/sparql> {{ ?s ?p ?o }} }}", "WAQAI_SERVICE_ALLOW"),
        ("ASK {{ SERVICE <file:///etc/passwd> {{ ?s ?p ?o }} }}", "WAQAI_SERVICE_ALLOW"),
        ("ASK {{ VALUES ?u {{ <{s}> }} SERVICE ?u {{ ?s ?p ?o }} }}", "variable"),
        ("ASK {{ {clauses} }}", "10 SERVICE clauses (WAQAI_SERVICE_REQUESTS)"),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_place(
    server: httpx.Client, elsewhere: Elsewhere, query: str, said: str
) -> None:
    clauses = " ".join(f"SERVICE <{elsewhere.at('sparql')}> {{ ?s ?p {n} }}" for n in range(11))
    text = query.format(s=elsewhere.at("sparql"), port=elsewhere.port, clauses=clauses)
    for answer in (ask(server, text), server.post("/sparql", data={"query": text})):
        assert kind_of(answer) == (400, "service-refused"), answer.text
        assert said in answer.json()["detail"]
        assert answer.json()["line"] == 1
    assert elsewhere.asked == []


def test_by_default_no_server_is_asked(elsewhere: Elsewhere, filled: Workspace, tmp_path: Path) -> None:
    settings = settings_for(elsewhere, tmp_path / "data", service_allow=None)
    with endpoint(settings, filled) as server:
        answer = ask(server, f"ASK {{ SERVICE <{elsewhere.at('sparql')}> {{ ?s ?p ?o }} }}")
        assert kind_of(answer) == (400, "service-refused")
        assert "switched off" in answer.json()["detail"]
        assert "BasicFederatedQuery" not in server.get("/sparql", headers={"accept": "text/turtle"}).text
    assert elsewhere.asked == []


def test_the_description_says_whether_other_servers_can_be_asked(server: httpx.Client) -> None:
    assert "sd:feature sd:BasicFederatedQuery" in server.get("/sparql", headers={"accept": "text/turtle"}).text


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_name_that_leads_within_is_refused_where_it_is_not_named_once_more(
    elsewhere: Elsewhere, filled: Workspace, tmp_path: Path, host: str
) -> None:
    address = elsewhere.at("sparql", host)
    with endpoint(settings_for(elsewhere, tmp_path / "data", service_allow=address), filled) as server:
        answer = ask(server, f"ASK {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")
    assert kind_of(answer) == (502, "service-failed"), answer.text
    assert "within this machine or its network" in answer.json()["detail"]
    assert elsewhere.asked == []


# ---------------------------------------------------------------------- services that fail


FAILING = {
    "gone": "answered with the status 500",
    "html": "answered with text/html",
    "json": "answered with application/json",
    "yes": "yes or no",
    "broken": "cannot be read",
    "packed": "as gzip",
    "cut": "of 1,000 bytes",
    "endless": "more than the 1,000,000 bytes",
    "moved": "redirects to",
}


@pytest.mark.parametrize(("path", "why"), FAILING.items())
def test_a_service_that_fails_is_named_and_silent_goes_on(
    server: httpx.Client, elsewhere: Elsewhere, path: str, why: str
) -> None:
    address = elsewhere.at(path)
    answer = ask(server, f"SELECT ?a {{ SERVICE <{address}> {{ ?a ?b ?c }} }}")
    assert kind_of(answer) == (502, "service-failed"), answer.text
    assert why in answer.json()["detail"]
    assert answer.json()["service"] == address
    silent = ask(server, f"SELECT ?a {{ SERVICE SILENT <{address}> {{ ?a ?b ?c }} }}")
    assert silent.json()["results"]["bindings"] == [{}], "the one empty solution"
    assert [asked for asked, _ in elsewhere.asked] == [path, path], "no redirect is followed"


@pytest.mark.parametrize(
    "query",
    [
        "ASK {{ SERVICE <{s}> {{ ?a ?b ?c }} }}",
        "SELECT ?a {{ VALUES ?a {{ <urn:one> }} MINUS {{ SERVICE <{s}> {{ ?a ?b ?c }} }} }}",
        "SELECT ?a {{ VALUES ?a {{ <urn:one> }} FILTER EXISTS {{ SERVICE <{s}> {{ ?a ?b ?c }} }} }}",
        "SELECT ?a {{ VALUES ?a {{ <urn:one> }} FILTER NOT EXISTS {{ SERVICE <{s}> {{ ?a ?b ?c }} }} }}",
        "SELECT (EXISTS {{ SERVICE <{s}> {{ ?a ?b ?c }} }} AS ?x) {{}}",
        "SELECT ?a {{ VALUES ?a {{ <urn:one> }} OPTIONAL {{ SERVICE <{s}> {{ ?a ?b ?c }} }} }}",
        "SELECT (COUNT(*) AS ?n) {{ SERVICE <{s}> {{ ?a ?b ?c }} }}",
        "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{ ?s ?p ?o }} UNION {{ SERVICE <{s}> {{ ?s ?p ?o }} }} }}",
    ],
)
def test_no_answer_looks_whole_without_what_failed(server: httpx.Client, elsewhere: Elsewhere, query: str) -> None:
    answer = ask(server, query.format(s=elsewhere.at("gone")))
    assert kind_of(answer) == (502, "service-failed"), answer.text


def test_no_answer_goes_out_before_it_is_whole(server: httpx.Client, elsewhere: Elsewhere) -> None:
    def late(request: Request) -> None:
        time.sleep(1)  # what would go out at once would be on its way by then
        request.answer(b"", status=500)

    elsewhere.does["gone"] = late
    rows = " ".join(map(str, range(300)))
    clause = f"SERVICE <{elsewhere.at('gone')}> {{ ?a ?b ?c }}"
    many = f"VALUES ?x {{ {rows} }} VALUES ?y {{ {rows} }}"
    last = f"VALUES ?z {{ 1 }} FILTER EXISTS {{ {clause} }}"
    answer = ask(server, f"SELECT ?x ?y {{ {{ {many} }} UNION {{ {last} }} }}")
    assert kind_of(answer) == (502, "service-failed"), answer.text[:500]


def test_a_service_that_takes_too_long_is_named_and_left(
    elsewhere: Elsewhere, filled: Workspace, tmp_path: Path
) -> None:
    elsewhere.does["slow"] = Request.linger
    with endpoint(settings_for(elsewhere, tmp_path / "data", service_seconds=0.5), filled) as server:
        answer = ask(server, f"ASK {{ SERVICE <{elsewhere.at('slow')}> {{ ?s ?p ?o }} }}")
        assert kind_of(answer) == (504, "service-timeout"), answer.text
        assert "did not answer within 0.5 s" in answer.json()["detail"]
        assert elsewhere.left.wait(FOREVER)
        assert values(ask(server, "SELECT ?a { ?a a wq:Event } LIMIT 1")), "the worker goes on"


def test_the_time_of_a_query_bounds_what_it_asks(server: httpx.Client, elsewhere: Elsewhere) -> None:
    query = f"ASK {{ SERVICE <{elsewhere.at('slow')}> {{ ?a ?b ?c }} }}"
    assert ask(server, query, timeout="0.5").status_code in (503, 504)
    assert elsewhere.left.wait(FOREVER)


def test_a_client_that_leaves_ends_what_its_query_asked(
    elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.does["slow"] = Request.linger
    data = tmp_path / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
    monkeypatch.setenv("WAQAI_SERVICE_ALLOW", elsewhere.at("slow"))
    monkeypatch.setenv("WAQAI_SERVICE_SECONDS", "3000")
    monkeypatch.setenv("WAQAI_QUERY_SECONDS", "3000")
    monkeypatch.setenv("WAQAI_OWN_NETWORK", f"127.0.0.1:{elsewhere.port}")
    with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, _, _):
        query = f"ASK {{ SERVICE SILENT <{elsewhere.at('slow')}> {{ ?s ?p ?o }} }}"
        path = str(httpx.URL(f"{address}sparql", params={"query": query}).raw_path, "ascii")
        with socket.create_connection(("127.0.0.1", httpx.URL(address).port or 80)) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            assert elsewhere.begun.wait(FOREVER)
            assert not elsewhere.left.is_set()
        assert elsewhere.left.wait(FOREVER)


# ---------------------------------------------------------------------- saved queries and the command line


def test_saved_queries_of_your_own_ask_others(elsewhere: Elsewhere, filled: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    clause = f"SERVICE <{elsewhere.at('sparql')}> {{ ?a ?b ?_what }}"
    header = "#+ summary: {en: x}\n#+ parameters:\n#+   what: {type: text, example: y, en: z}\n"
    (folder / "others.rq").write_text(f"{header}SELECT ?a {{ {clause} }} ORDER BY ?a\n")
    with endpoint(settings_for(elsewhere, tmp_path / "data", queries=folder), filled) as server:
        assert elsewhere.asked == [], "reading it asks nobody"
        answer = server.get("/queries/others", params={"what": "سراقب", "format": "csv"})
        assert answer.text == "a\r\nurn:one\r\nurn:two\r\n"
        assert answer.headers["cache-control"] == "no-store"
        assert '"سراقب"' in elsewhere.asked[0][1]
    with endpoint(settings_for(elsewhere, tmp_path / "data", queries=folder, service_allow=None), filled) as server:
        assert kind_of(server.get("/queries/others", params={"what": "x"})) == (400, "service-refused")


def test_the_command_line_asks_others_as_the_endpoint_does(
    elsewhere: Elsewhere, filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.close()
    elsewhere.does["gone"] = lambda request: request.answer(b"", status=500)
    monkeypatch.setenv("WAQAI_SERVICE_ALLOW", f"{elsewhere.at('sparql')} {elsewhere.at('gone')}")
    monkeypatch.setenv("WAQAI_OWN_NETWORK", f"127.0.0.1:{elsewhere.port}")

    def run(query: str, output: str = "csv") -> Any:
        return CliRunner().invoke(app, ["query", query, "--format", output, "--data", str(tmp_path / "data")])

    clause = f"SERVICE <{elsewhere.at('sparql')}> {{ ?a ?b ?c }}"
    assert run(f"SELECT ?a {{ {clause} }} ORDER BY ?a").stdout.split() == ["a", "urn:one", "urn:two"]
    made = run(f"CONSTRUCT {{ ?a a <urn:T> }} WHERE {{ {clause} }}", "ntriples").stdout
    assert sorted(line.split(" ")[0] for line in made.splitlines()) == ["<urn:one>", "<urn:two>"]
    assert "urn:one" in run(f"SELECT ?a {{ {clause} }}", "table").stdout
    assert run(f"ASK {{ {clause} }}", "json").stdout.strip() == '{"head":{},"boolean":true}'
    failed = run(f"SELECT * {{ ?s ?p ?o MINUS {{ SERVICE <{elsewhere.at('gone')}> {{ ?s ?p ?o }} }} }}")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert f"The service {elsewhere.at('gone')} answered with the status 500" in failed.stderr
    refused = run("ASK { SERVICE <https://elsewhere.example/> { ?s ?p ?o } }")
    assert refused.exit_code == 1
    assert "WAQAI_SERVICE_ALLOW" in refused.stderr
