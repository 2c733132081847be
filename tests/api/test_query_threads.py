"""Threads for answers that are made in Python: a fixed number, and who finds none is told so."""

import asyncio
import threading
from typing import Any

import pytest

from api.problems import Problem
from api.query_threads import QueryThreads


async def until(condition: Any) -> None:
    """Wait until `condition` holds, which is asked in the event loop."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


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
