"""Queries that never end take their own threads only, and who finds none is told so."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.problems import Problem
from api.query_threads import QueryThreads
from api.routers import sparql
from api.settings import Settings
from api.workspace import Workspace

ASK = {"query": "ASK {}"}


async def until(condition: Any) -> None:
    """Wait until `condition` holds, which is asked in the event loop."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def hanging(filled: Workspace, monkeypatch: pytest.MonkeyPatch, **given: Any) -> AsyncIterator[Any]:
    """A server whose queries end only when the event is set that is given beside its client."""
    go_on = threading.Event()
    evaluate = sparql.evaluate

    def slow(*arguments: Any) -> None:
        go_on.wait(30)
        evaluate(*arguments)

    monkeypatch.setattr(sparql, "evaluate", slow)
    app = create_app(filled, Settings(**given))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        try:
            yield client, go_on
        finally:
            go_on.set()


async def busy(client: httpx.AsyncClient) -> int:
    return int((await client.get("/health")).json()["queries"]["busy"])


def test_endless_queries_leave_everything_else_alone(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with hanging(filled, monkeypatch, query_threads=2, query_wait=0.05) as (client, go_on):
            endless = [asyncio.create_task(client.get("/sparql", params=ASK)) for _ in range(2)]
            while await busy(client) < 2:
                await asyncio.sleep(0.005)
            for address in ("/", "/events", "/claims", "/health", "/docs"):
                assert (await client.get(address)).status_code == 200, address
            assert (await client.get("/sparql")).status_code == 200, "the service description asks no query"
            for task in endless:  # the clients go away, and the queries run on
                task.cancel()
            await asyncio.gather(*endless, return_exceptions=True)
            refused = await client.get("/sparql", params=ASK)
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.json()["type"] == "urn:waqai:problem:queries-busy"
            assert refused.json()["detail"].startswith("All 2 query threads are busy")
            health = (await client.get("/health")).json()
            assert (health["status"], health["queries"]) == ("ok", {"busy": 2, "threads": 2})
            go_on.set()
            while await busy(client):
                await asyncio.sleep(0.005)
            assert (await client.get("/sparql", params=ASK)).json()["boolean"] is True

    asyncio.run(run())


def test_a_query_waits_for_a_thread_that_becomes_free(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with hanging(filled, monkeypatch, query_threads=1, query_wait=20) as (client, go_on):
            first, second = (asyncio.create_task(client.get("/sparql", params=ASK)) for _ in range(2))
            while await busy(client) < 1:
                await asyncio.sleep(0.005)
            assert not second.done()
            go_on.set()
            assert [(await task).status_code for task in (first, second)] == [200, 200]

    asyncio.run(run())


@pytest.mark.parametrize("wait", [0, 0.02])
def test_threads_are_counted_whatever_becomes_of_the_work(wait: float) -> None:
    def fail() -> None:
        raise RuntimeError("no")

    async def run() -> None:
        threads = QueryThreads(1, wait)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await (await threads.start(fail))
            await until(lambda: threads.busy == 0)
        begun, go_on = threading.Event(), threading.Event()

        def hang() -> None:
            begun.set()
            go_on.wait(10)

        running = await threads.start(hang)
        await until(begun.is_set)
        running.cancel()
        assert threads.busy == 1
        with pytest.raises(Problem, match="The one query thread is busy"):
            await threads.start(fail)
        go_on.set()
        await until(lambda: threads.busy == 0)
        await (await threads.start(lambda: None))
        threads.close()

    asyncio.run(run())
