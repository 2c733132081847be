"""Three SPARQL servers on the same quads, side by side in one run: ours, Oxigraph's own, rdflib-endpoint.

The quads are the graph of a log of the demo's claims under other articles (`WAQAI_BENCH_CLAIMS`, default 1,000; 8,000
give 1.3 million quads); `WAQAI_BENCH_DATA` names a data folder that is there. rdflib-endpoint is asked only where
`WAQAI_BENCH_RDFLIB` names a Python that has it, on the quads of `WAQAI_BENCH_RDFLIB_CLAIMS` claims (default 200), as it
holds all in memory, and each query once, for 20 seconds at most; answers are compared by their rows. Times are medians
of rounds in turn, over HTTP with keep-alive, without compression. Busy clients are threads of two processes; each of
their queries is another text ("different") or one of four ("the same"). `WAQAI_BENCH_OUT` names a file for the report.
"""

import contextlib
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

from tests.api.test_server import free_port

ROUNDS = 9
LONGEST = 10.0  # seconds for one query of the list
JSON = "application/sparql-results+json"
PREFIX = (
    "PREFIX wq: <https://w3id.org/waqai/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    "PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
)
QUERIES = {
    "one claim": "SELECT ?p ?o { <CLAIM> ?p ?o }",
    "what a claim says": "SELECT ?s ?p ?o { GRAPH <CLAIM> { ?s ?p ?o } }",
    "events of a type in a place": "SELECT ?e ?d { ?e a wq:Airstrike ; wq:place <PLACE> ; wq:earliest ?d } "
    "ORDER BY ?d ?e LIMIT 100",
    "newest events": "SELECT ?e ?d { ?e a wq:Airstrike ; wq:earliest ?d } ORDER BY DESC(?d) ?e LIMIT 50",
    "events by type": "SELECT ?t (COUNT(*) AS ?n) { ?e wq:claim ?c ; a ?t } GROUP BY ?t ORDER BY ?t",
    "deaths by place": "SELECT ?p (SUM(?n) AS ?k) { ?e wq:place ?p ; wq:fatalitiesBest ?n } GROUP BY ?p ORDER BY ?p",
    "claims by source": "SELECT ?s (COUNT(*) AS ?n) { ?c wq:attributedTo ?s } GROUP BY ?s ORDER BY DESC(?n) ?s",
    "conflicting tolls": "SELECT ?p (MIN(?n) AS ?low) (MAX(?n) AS ?high) { ?e wq:place ?p ; wq:fatalitiesBest ?n } "
    "GROUP BY ?p HAVING (MIN(?n) < MAX(?n)) ORDER BY ?p",
    "a word in a label": "SELECT (COUNT(*) AS ?n) { ?e rdfs:label ?l FILTER(CONTAINS(?l, 'حلب')) }",
    "all claims as triples": "CONSTRUCT { ?e wq:claim ?c } { ?e wq:claim ?c } LIMIT 20000",
}


def run() -> Iterator[str]:
    """Yield the lines of the report; they are written to the file WAQAI_BENCH_OUT too, where it is named."""
    out = os.environ.get("WAQAI_BENCH_OUT")
    with Path(out).open("w", encoding="utf-8") if out else contextlib.nullcontext() as file:
        for line in _report():
            if file is not None:
                print(line, file=file, flush=True)
            yield line


def _report() -> Iterator[str]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = _data(folder)
        with contextlib.ExitStack() as stack:
            dump = folder / "quads.nq"
            quads = _dump(data, dump)
            queries = _filled(data)
            yield f"{quads:,} quads; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"
            subprocess.run(
                [_oxigraph(), "load", "-l", folder / "peer", "-f", dump, "--lenient"], check=True, capture_output=True
            )
            subprocess.run([_oxigraph(), "optimize", "-l", folder / "peer"], check=True, capture_output=True)
            own = stack.enter_context(_own(data))
            peer = stack.enter_context(
                _served([_oxigraph(), "serve-read-only", "-l", folder / "peer"], "--bind", "/query")
            )
            yield from _one_by_one(own, peer, queries)
            yield from _many(own, peer, queries, _claims(own))
            yield from _repeats(own, queries)
        yield from _rdflib(folder)
        yield f"load {os.getloadavg()[0]:.1f} after; {time.monotonic() - began:.0f} s in all"


class _Client:
    """One connection that stays open."""

    def __init__(self, address: tuple[int, str], seconds: float = 90) -> None:
        self.port, self.path = address
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def ask(self, query: str, **more: str) -> tuple[int, bytes, str | None]:
        accept = "application/n-triples" if "CONSTRUCT" in query else JSON
        headers = {"Accept": accept, **more}
        self.connection.request("GET", f"{self.path}?{urlencode({'query': query})}", headers=headers)
        response = self.connection.getresponse()
        return response.status, response.read(), response.headers.get("ETag")


def _one_by_one(own: tuple[int, str], peer: tuple[int, str], queries: dict[str, str]) -> Iterator[str]:
    ours, theirs = _Client(own), _Client(peer)
    yield f"{'query':<30} {'Waqai':>9} {'Oxigraph':>9}   ratio   more"
    for name, query in queries.items():
        first, second = ours.ask(query), theirs.ask(query)
        same = first[0] == second[0] == 200 and sorted(first[1]) == sorted(second[1])
        times: tuple[list[float], list[float]] = ([], [])
        rounds, end = ROUNDS, time.perf_counter() + LONGEST
        for number in range(rounds * 20):
            for which in (0, 1) if number % 2 else (1, 0):
                started = time.perf_counter()
                (ours, theirs)[which].ask(query)
                times[which].append((time.perf_counter() - started) * 1000)
            if time.perf_counter() > end or (number >= rounds and times[1][-1] > 5):
                break
        here, there = statistics.median(times[0]), statistics.median(times[1])
        note = "" if same else f"  OTHER ANSWER {first[0]} {len(first[1])} {second[0]} {len(second[1])}"
        yield f"{name:<30} {here:>6.1f} ms {there:>6.1f} ms {here / there:>7.2f} {here - there:>6.1f} ms{note}"


def _many(own: tuple[int, str], peer: tuple[int, str], queries: dict[str, str], claims: list[str]) -> Iterator[str]:
    tiny = ("one claim", "what a claim says", "events of a type in a place", "newest events")
    same = [queries[name] for name in tiny]
    different = [PREFIX + f"SELECT ?p ?o {{ <{claim}> ?p ?o }}" for claim in claims]
    for title, chosen in (("different", different), ("the same", same)):
        for clients in (2, 8, 50):
            found: list[list[float]] = [[], []]
            for number in range(4):
                for which in (0, 1) if number % 2 else (1, 0):
                    found[which].append(_rate((own, peer)[which], chosen, clients))
            ratio = statistics.median(mine / other for mine, other in zip(*found, strict=True))
            here, there = map(statistics.median, found)
            yield (
                f"{clients:>2} busy clients, {title:<9} queries: Waqai {here:>6,.0f}/s, Oxigraph {there:>6,.0f}/s, "
                f"ratio {ratio:.2f}"
            )


def _rate(address: tuple[int, str], queries: list[str], clients: int, seconds: float = 2.0) -> float:
    with ProcessPoolExecutor(2) as processes:
        share = clients // 2
        answered = sum(processes.map(_busy, [address] * 2, [queries] * 2, [share] * 2, [seconds] * 2))
    return answered / seconds


def _busy(address: tuple[int, str], queries: list[str], clients: int, seconds: float) -> int:
    end = time.perf_counter() + seconds
    counts = [0] * clients

    def work(number: int) -> None:
        client = _Client(address)
        at = number * 97 + os.getpid()
        while time.perf_counter() < end:
            status, _, _ = client.ask(queries[at % len(queries)])
            counts[number] += status == 200
            at += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _repeats(own: tuple[int, str], queries: dict[str, str]) -> Iterator[str]:
    """Ask again and again with If-None-Match, many requests on the way at once: not the client is to be measured."""
    import socket

    query = queries["deaths by place"]
    _, _, known = _Client(own).ask(query)
    request = (
        f"GET {own[1]}?{urlencode({'query': query})} HTTP/1.1\r\nHost: localhost\r\nAccept: {JSON}\r\n"
        f"If-None-Match: {known}\r\n\r\n"
    ).encode()
    rates = []
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", own[0])) as channel:
            started, got, sent, buffer = time.perf_counter(), 0, 0, b""
            while time.perf_counter() - started < 3:
                if sent - got < 32:
                    channel.sendall(request * 32)
                    sent += 32
                buffer += channel.recv(1 << 16)
                got += buffer.count(b"HTTP/1.1 304")
                buffer = buffer[-11:] if not buffer.endswith(b"\r\n\r\n") else b""
            rates.append(got / (time.perf_counter() - started))
    yield f"repeats with If-None-Match: {statistics.median(rates):,.0f}/s over one connection"


def _rdflib(folder: Path) -> Iterator[str]:
    python = os.environ.get("WAQAI_BENCH_RDFLIB")
    if not python:
        yield "rdflib-endpoint: not asked (WAQAI_BENCH_RDFLIB names no Python that has it)"
        return
    data, dump = folder / "few", folder / "few.nq"
    _made(data, int(os.environ.get("WAQAI_BENCH_RDFLIB_CLAIMS", "200")))
    quads, queries = _dump(data, dump), _filled(data)
    code = (
        "import sys, uvicorn; from rdflib import Dataset; from rdflib_endpoint import SparqlEndpoint\n"
        "ds = Dataset(default_union=False); ds.parse(sys.argv[1], format='nquads')\n"
        "uvicorn.run(SparqlEndpoint(graph=ds), port=int(sys.argv[2]), log_level='error')"
    )
    port = free_port()
    process = subprocess.Popen([python, "-c", code, dump, str(port)], stderr=subprocess.DEVNULL)
    yield f"rdflib-endpoint on {quads:,} quads, each query once:"
    try:
        with _own(data) as own:
            _wait(port, 1800)  # it parses in Python what it holds
            _Client(own).ask(PREFIX + "ASK {}")
            spent = [0.0, 0.0]
            for name, query in queries.items():
                shown, answers = [], []
                for which, address in enumerate((own, (port, "/"))):
                    started = time.perf_counter()
                    try:
                        status, body, _ = _Client(address, 20).ask(query)
                        answers.append(_rows(body) if status == 200 else None)
                        shown.append(f"{1000 * (time.perf_counter() - started):>8,.1f} ms")
                    except OSError:
                        answers.append(None)
                        shown.append("more than 20 s")
                        _wait(port, 120)
                    spent[which] += time.perf_counter() - started
                note = "" if answers[0] == answers[1] is not None else "  OTHER ANSWER, or none"
                yield f"{name:<30} Waqai {shown[0]}, rdflib-endpoint {shown[1]}{note}"
            yield f"together: Waqai {spent[0]:.3f} s, rdflib-endpoint {spent[1]:.1f} s, {spent[1] / spent[0]:.0f} times"
    finally:
        process.kill()
        process.wait()


def _rows(body: bytes) -> list[str]:
    """Return what an answer says, in an order of its own: rows with the values of each, or lines of triples."""
    try:
        found = json.loads(body)
    except ValueError:
        return sorted(line.strip() for line in body.decode().splitlines() if line.strip())
    rows = found.get("results", {}).get("bindings", [])
    return sorted(json.dumps({name: row[name]["value"] for name in sorted(row)}) for row in rows)


def _data(folder: Path) -> Path:
    ready = os.environ.get("WAQAI_BENCH_DATA")
    if ready:
        return Path(ready)
    return _made(folder / "data", int(os.environ.get("WAQAI_BENCH_CLAIMS", "1000")))


def _made(data: Path, claims: int) -> Path:
    from tests.benchmarks.rebuild import fill

    data.mkdir()
    fill(data, claims)
    subprocess.run([sys.executable, "-c", _WAQAI, "rebuild", "--data", data], check=True, capture_output=True)
    return data


_WAQAI = "from api.cli import main; main()"


def _dump(data: Path, dump: Path) -> int:
    """Write all quads, without those of the store's own."""
    from api.workspace import Workspace

    with Workspace(data) as workspace, dump.open("wb") as file:
        return workspace.graph().dump(file)


def _filled(data: Path) -> dict[str, str]:
    from api.workspace import Workspace

    with Workspace(data) as workspace:
        query = workspace.query
        claim = next(iter(query("SELECT ?c { ?e a wq:Airstrike ; wq:claim ?c } ORDER BY ?c LIMIT 1").rows()))[0]
        place = next(
            iter(
                query(
                    "SELECT ?p (COUNT(*) AS ?n) { ?e a wq:Airstrike ; wq:place ?p } GROUP BY ?p ORDER BY ?n LIMIT 1"
                ).rows()
            )
        )[0]
    values = {"CLAIM": str(claim).strip("<>"), "PLACE": str(place).strip("<>")}
    return {
        name: PREFIX + query.replace("<CLAIM>", f"<{values['CLAIM']}>").replace("<PLACE>", f"<{values['PLACE']}>")
        for name, query in QUERIES.items()
    }


def _claims(own: tuple[int, str]) -> list[str]:
    _, body, _ = _Client(own).ask(PREFIX + "SELECT ?c { ?e wq:claim ?c } ORDER BY ?c LIMIT 5000")
    return [row["c"]["value"] for row in json.loads(body)["results"]["bindings"]]


def _oxigraph() -> str:
    found = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        raise RuntimeError("the server of the wheel `oxigraph` is not installed: it is in the test group")
    return found


@contextlib.contextmanager
def _own(data: Path) -> Iterator[tuple[int, str]]:
    with _served([sys.executable, "-c", _WAQAI, "serve", "--data", str(data)], "--port", "/sparql") as address:
        yield address


@contextlib.contextmanager
def _served(command: list[object], option: str, path: str) -> Iterator[tuple[int, str]]:
    port = free_port()
    where = str(port) if option == "--port" else f"127.0.0.1:{port}"
    process = subprocess.Popen(
        [*map(str, command), option, where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, 120)
        yield port, path
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    for line in run():
        print(line, flush=True)
