"""Queries that would run for ever, eat the memory or never be read, against a real server on a real socket."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

SMALL = "ASK { ?e a wq:Airstrike }"
NINE = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(9))
BOMBS = {
    "a cross product that is counted": f"SELECT (COUNT(*) AS ?n) {{ {NINE} }}",
    "a cross product that is sorted": f"SELECT * {{ {NINE} }} ORDER BY ?c0 ?c1 ?c2",
    "paths without bounds": "SELECT (COUNT(*) AS ?n) { ?a (!<x:x>)* ?b . ?c (!<x:y>)* ?d . ?e (!<x:z>)* ?f }",
    "many values": f"SELECT (COUNT(*) AS ?n) {{ VALUES ?x {{ {' '.join(map(str, range(4000)))} }} {NINE} }}",
    "a regular expression": f"SELECT (COUNT(*) AS ?n) {{ {NINE} FILTER(REGEX(STR(?c1), '(.*)*(.*)*$')) }}",
    "strings that grow": "SELECT * { "
    + " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(40)).replace("?s0", '"xxxxxxxx"')
    + " }",
}
FLOOD = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("bounded")
    data = folder / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
        workspace.project()
    limits = {"QUERY_SECONDS": "2", "QUERY_MEMORY": "300000000", "QUERY_WORKERS": "4", "MAX_RESULT_BYTES": "30000000"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in limits.items():
            patch.setenv(f"WAQAI_{name}", value)
        with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, _, _):
            yield address


def ask(address: str, query: str, **more: str) -> httpx.Response:
    return httpx.get(f"{address}sparql", params={"query": query, **more}, timeout=30)


def busy(address: str) -> int:
    return int(httpx.get(f"{address}health", timeout=30).json()["queries"]["busy"])


def all_free(address: str) -> None:
    deadline = time.monotonic() + 10
    while busy(address):
        assert time.monotonic() < deadline, "a worker is still at a query that nobody waits for"
        time.sleep(0.05)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_problem_in_time(address: str, name: str) -> None:
    started = time.monotonic()
    response = ask(address, BOMBS[name])
    assert time.monotonic() - started < 10
    assert response.status_code in (400, 422, 503), response.text[:300]
    assert response.headers["content-type"] == "application/problem+json"
    assert ask(address, SMALL).json()["boolean"] is True
    all_free(address)


def test_the_client_may_allow_less_than_the_server(address: str) -> None:
    started = time.monotonic()
    response = ask(address, BOMBS["a cross product that is counted"], timeout="0.3")
    assert time.monotonic() - started < 2
    assert response.status_code == 503
    assert response.json()["seconds"] == 0.3
    assert ask(address, BOMBS["a cross product that is counted"], timeout="999").json()["seconds"] == 2


@pytest.mark.parametrize("given", ["0", "-1", "abc", "1e9", ""])
def test_a_timeout_that_is_none(address: str, given: str) -> None:
    assert ask(address, SMALL, timeout=given).status_code == 400


def test_an_answer_that_is_too_large_never_looks_complete(address: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(address, FLOOD)
    all_free(address)


def test_who_leaves_takes_the_query_along(address: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{address}sparql", params={"query": BOMBS["paths without bounds"]}, timeout=0.3)
    started = time.monotonic()
    all_free(address)
    assert time.monotonic() - started < 1.5  # before its own time was up


def test_a_reader_who_does_not_read_keeps_no_worker(address: str) -> None:
    host, _, port = address.removeprefix("http://").rstrip("/").partition(":")
    query = str(httpx.QueryParams({"query": FLOOD}))
    request = f"GET /sparql?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    with socket.create_connection((host, int(port))) as lazy:
        lazy.sendall(request.encode())
        assert lazy.recv(15) == b"HTTP/1.1 200 OK"
        all_free(address)
        assert ask(address, SMALL).status_code == 200


def test_small_queries_are_answered_while_two_hundred_clients_throw_bombs(address: str) -> None:
    """The bombs come from one address and the small queries from another, as with two users."""
    queries = list(BOMBS.values())

    async def whole() -> tuple[list[float], list[int]]:
        other = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
        limits = httpx.Limits(max_connections=300)
        async with (
            httpx.AsyncClient(timeout=60, limits=limits) as bombers,
            httpx.AsyncClient(timeout=60, transport=other) as analyst,
        ):
            bombs = [
                asyncio.create_task(bombers.get(f"{address}sparql", params={"query": queries[n % len(queries)]}))
                for n in range(200)
            ]
            await asyncio.sleep(0.5)
            taken = []
            while not all(bomb.done() for bomb in bombs) and len(taken) < 100:
                started = time.monotonic()
                response = await analyst.get(f"{address}sparql", params={"query": SMALL})
                taken.append(time.monotonic() - started)
                assert response.json()["boolean"] is True
                await asyncio.sleep(0.05)
            ends = await asyncio.gather(*bombs)
            return taken, [end.status_code for end in ends]

    taken, statuses = asyncio.run(whole())
    assert taken
    assert set(statuses) <= {400, 422, 503}
    all_free(address)
    print(json.dumps({"median": sorted(taken)[len(taken) // 2], "worst": max(taken), "asked": len(taken)}))


def test_a_position_that_must_be_in_it(address: str) -> None:
    assert ask(address, SMALL, min_position="4").status_code == 200
    started = time.monotonic()
    response = ask(address, SMALL, min_position="5")
    assert response.status_code == 503
    assert response.json()["position"] == 4
    assert 2 < time.monotonic() - started < 10
    assert ask(address, SMALL, min_position="-1").status_code == 400


def test_the_graph_of_the_writer_is_never_opened_by_a_worker(address: str, tmp_path: Path) -> None:
    """Workers see checkpoints, so what they do cannot reach the graph: it is whole after all of the above."""
    health = httpx.get(f"{address}health", timeout=30).json()
    assert health["status"] == "ok"
    assert health["position"] == 4
