"""Queries that would run for ever, eat the memory or never be read, against a real server on a real socket."""

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.workspace import Workspace
from tests.api.bombs import BOMBS, DEEP, FLOOD, SMALL
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

LIMITS = {"QUERY_SECONDS": "2", "QUERY_MEMORY": "300000000", "QUERY_WORKERS": "4", "MAX_RESULT_BYTES": "30000000"}
# What server and workers may hold in memory: themselves, and what a query may take in addition.
BOUND = 400_000_000 + (4 + 1) * (100_000_000 + int(LIMITS["QUERY_MEMORY"]))
_PAGE = os.sysconf("SC_PAGE_SIZE")
processes: dict[str, int] = {}
QUICK = (
    "a cross product that is counted",
    "a cross product that is sorted",
    "paths without bounds",
    "strings that grow",
    "a graph of a cross product",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("bounded")
    data = folder / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
        workspace.project()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in LIMITS.items():
            patch.setenv(f"WAQAI_{name}", value)
        with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, process, _):
            processes[address] = process.pid
            yield address


def ask(address: str, query: str, **more: str) -> httpx.Response:
    return httpx.get(f"{address}sparql", params={"query": query, **more}, timeout=30)


def busy(address: str) -> int:
    return int(httpx.get(f"{address}health", timeout=30).json()["queries"]["busy"])


def held(address: str) -> int:
    """Bytes of memory of the server and of its workers; 0 where the system does not say."""
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    size = 0
    for pid in parents:
        above = pid
        while above not in (0, processes[address]):  # workers are forked by a process of the server
            above = parents.get(above, 0)
        with contextlib.suppress(OSError):
            if above:
                pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
                size += int(pages[1]) * _PAGE
    return size


def all_free(address: str) -> None:
    deadline = time.monotonic() + 10
    while busy(address):
        assert time.monotonic() < deadline, "a worker is still at a query that nobody waits for"
        time.sleep(0.05)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in BOMBS]
)
def test_a_bomb_is_a_problem_in_time(address: str, name: str) -> None:
    started = time.monotonic()
    response = ask(address, BOMBS[name])
    assert time.monotonic() - started < 10
    assert response.status_code in (400, 422, 503), response.text[:300]
    assert response.headers["content-type"] == "application/problem+json"
    assert ask(address, SMALL).json()["boolean"] is True
    all_free(address)


@pytest.mark.parametrize("name", DEEP)
def test_a_text_without_end_is_refused_before_an_engine_sees_it(address: str, name: str) -> None:
    response = httpx.post(f"{address}sparql", data={"query": DEEP[name]}, timeout=30)
    assert response.status_code in (400, 413), response.text[:300]
    assert response.headers["content-type"] == "application/problem+json"
    assert ask(address, SMALL).json()["boolean"] is True


def test_the_client_may_allow_less_than_the_server(address: str) -> None:
    started = time.monotonic()
    response = ask(address, BOMBS["a cross product that is counted"], timeout="0.3")
    assert time.monotonic() - started < 2
    assert response.status_code == 503
    assert response.json()["seconds"] == 0.3
    assert ask(address, BOMBS["a cross product that is counted"], timeout="999").json()["seconds"] == 2


@pytest.mark.parametrize("given", ["0", "-1", "abc", "1e9", ""])
def test_a_timeout_that_is_none(address: str, given: str) -> None:
    refused = ask(address, SMALL, timeout=given)
    assert refused.status_code == 400
    assert f"timeout={given} is not taken" in refused.json()["detail"]
    assert "After 2 the server ends a query anyway (WAQAI_QUERY_SECONDS)" in refused.json()["detail"]


def test_an_answer_that_is_too_large_never_looks_complete(address: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(address, FLOOD)
    all_free(address)


def test_an_answer_that_xml_cannot_hold_to_its_end_never_looks_complete(address: str) -> None:
    numbers = " ".join(map(str, range(120)))
    last = 'IF(?a = 119 && ?b = 119, "\\u0008", "x")'
    query = f"SELECT ({last} AS ?x) {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    with pytest.raises(httpx.RemoteProtocolError):
        ask(address, query, format="xml")
    assert ask(address, query, format="json").status_code == 200
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


@pytest.mark.parametrize(
    ("bombers", "seconds", "own"),
    [(60, 3, False), *(pytest.param(200, 12, own, marks=pytest.mark.slow) for own in (True, False))],
)
def test_small_queries_are_answered_while_many_clients_throw_bombs(
    address: str, bombers: int, seconds: float, own: bool
) -> None:
    """The bombs come from the address of the small queries, unless that has its `own`."""
    queries = list(BOMBS.values())

    async def whole() -> tuple[list[float], list[int], int]:
        source = httpx.AsyncHTTPTransport(local_address="127.0.0.2") if own else None
        limits = httpx.Limits(max_connections=300)
        statuses: list[int] = []
        broken: list[int] = []
        end = time.monotonic() + seconds

        async def throw(client: httpx.AsyncClient, number: int) -> None:
            while time.monotonic() < end:
                try:
                    response = await client.get(f"{address}sparql", params={"query": queries[number % len(queries)]})
                except (
                    httpx.NetworkError,
                    httpx.RemoteProtocolError,
                ):  # broken off, or a kept connection that the server closed just then
                    broken.append(number)
                else:
                    statuses.append(response.status_code)
                number += 7

        async with (
            httpx.AsyncClient(timeout=60, limits=limits) as bombing,
            httpx.AsyncClient(timeout=60, transport=source) as analyst,
        ):
            await analyst.get(f"{address}sparql", params={"query": SMALL})
            bombs = [asyncio.create_task(throw(bombing, n)) for n in range(bombers)]
            await asyncio.sleep(0.5)
            taken, most = [], 0
            while time.monotonic() < end:
                started = time.monotonic()
                response = await analyst.get(f"{address}sparql", params={"query": SMALL})
                taken.append(time.monotonic() - started)
                assert response.status_code == 200, response.text
                assert response.json()["boolean"] is True
                most = max(most, held(address))
                await asyncio.sleep(0.05)
            await asyncio.gather(*bombs)
            assert len(broken) <= len(statuses) / 10, broken
            return taken, statuses, most

    taken, statuses, most = asyncio.run(whole())
    assert taken
    assert set(statuses) <= {400, 422, 503}
    assert most < BOUND
    all_free(address)
    median = sorted(taken)[len(taken) // 2]
    print(
        json.dumps({"median": median, "worst": max(taken), "asked": len(taken), "bombs": len(statuses), "bytes": most})
    )


@pytest.mark.slow
@pytest.mark.parametrize("reads", [0.0, 0.5])
def test_fifty_floods_are_bounded_too(address: str, reads: float) -> None:
    """Answers of 30 MB, read as fast as they come, or at half a second a block."""

    async def whole() -> list[float]:
        end = time.monotonic() + 8
        limits = httpx.Limits(max_connections=300)

        async def read(client: httpx.AsyncClient) -> None:
            while time.monotonic() < end:
                with contextlib.suppress(httpx.HTTPError):
                    async with client.stream("GET", f"{address}sparql", params={"query": FLOOD}) as response:
                        async for _ in response.aiter_raw():
                            await asyncio.sleep(reads)
                            if time.monotonic() > end:
                                break

        async with httpx.AsyncClient(timeout=60, limits=limits) as flooding, httpx.AsyncClient(timeout=60) as analyst:
            await analyst.get(f"{address}sparql", params={"query": SMALL})
            floods = [asyncio.create_task(read(flooding)) for _ in range(50)]
            taken = []
            while time.monotonic() < end:
                started = time.monotonic()
                response = await analyst.get(f"{address}sparql", params={"query": SMALL})
                taken.append(time.monotonic() - started)
                assert response.status_code == 200
                assert held(address) < BOUND
                await asyncio.sleep(0.05)
            await asyncio.gather(*floods)
            return taken

    taken = asyncio.run(whole())
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
