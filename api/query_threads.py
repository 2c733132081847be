"""The threads that queries run in: a fixed number of them, and an end to waiting for one.

Invariant: a thread counts as busy until its work has ended, not until its client has gone, because the engine cannot
stop a query; and a request that finds no free thread is told so, it never waits for ever.
"""

import asyncio
import concurrent.futures
import contextlib
import math
from collections.abc import Callable

from api.problems import Problem

THREAD_NAMES = "waqai-query"  # what the names of the threads begin with


class QueryThreads:
    """`size` threads; `wait` is how many seconds a request waits for a free one. Call it in the event loop only."""

    def __init__(self, size: int, wait: float) -> None:
        self.size = size
        self.busy = 0
        self._wait = wait
        self._free = asyncio.Semaphore(size)
        self._executor = concurrent.futures.ThreadPoolExecutor(size, THREAD_NAMES)

    async def start(self, work: Callable[[], None]) -> "asyncio.Future[None]":
        """Start `work` in a thread as soon as one is free, and return its future.

        Raises:
            Problem: where none becomes free in time; nothing was started.
        """
        try:
            async with asyncio.timeout(self._wait):
                await self._free.acquire()
        except TimeoutError:
            raise self._all_busy() from None
        self.busy += 1
        loop = asyncio.get_running_loop()

        def ended(_: "concurrent.futures.Future[None]") -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended, and nobody counts any more
                loop.call_soon_threadsafe(self._give_back)

        running = self._executor.submit(work)
        running.add_done_callback(ended)  # of the thread's own future: a request that is given up cancels the other one
        return asyncio.wrap_future(running)

    def close(self) -> None:
        """Take no more work; what runs cannot be stopped."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _give_back(self) -> None:
        self.busy -= 1
        self._free.release()

    def _all_busy(self) -> Problem:
        threads = "The one query thread is" if self.size == 1 else f"All {self.size} query threads are"
        return Problem(
            503,
            "queries-busy",
            f"{threads} busy with other queries: ask again in a moment (WAQAI_QUERY_THREADS sets how many there are).",
            headers={"retry-after": str(max(1, math.ceil(self._wait)))},
        )
