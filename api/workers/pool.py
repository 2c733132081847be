"""The pool of query workers: who gets one, for how long, and what becomes of those that are killed.

Invariant: a worker that is not free again by its deadline is killed, and so is one whose client has gone; only its own
query fails. No client holds all workers while the pool is larger than one. Whoever waits is told within `wait` seconds
that all are busy. A frame that was received belongs to a whole answer only once `Ended` came.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import orjson

from api.workers import worker

_IDLE_SECONDS: Final = 30.0  # after which a worker that nobody needs ends
_NICE_AFTER: Final = 0.5  # seconds that a query may take before shorter ones go first
_NICE: Final = 10
_READ: Final = 1 << 17
_T = TypeVar("_T")


class WorkerError(Exception):
    """A query has no answer from a worker; the base of the classes below."""


class PoolBusy(WorkerError):
    """No worker became free in time, or too many queries wait; nothing was started."""


class OutOfTime(WorkerError):
    """The query was not done after `seconds` and was ended."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the query was not done after {seconds:g} seconds and was ended")
        self.seconds = seconds


class WorkerDied(WorkerError):
    """The worker ended while it was at the query: most often it needed more memory than it may have."""


class EngineFailed(WorkerError):
    """The engine could not evaluate the query; the message is its own."""


class NotAQuery(WorkerError):
    """The engine does not understand the query; the message is its own."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker does: the query, the folder of the checkpoint, and the formats for either form of answer.

    `base` is what relative IRIs of the query are relative to.
    Where `dump` is given, no query is evaluated: the graph of that name is written whole, for "" the default graph.
    """

    database: str
    query: str
    prefixes: dict[str, str]
    default_graph: list[str] | None
    named_graphs: list[str] | None
    solutions_type: str
    graph_type: str
    base: str | None = None
    dump: str | None = None


class _Worker:
    """One process and the socket to it. Its methods are for the event loop."""

    _killed = True  # until it lives

    def __init__(self, memory: int) -> None:
        ours, theirs = socket.socketpair()
        alive_read, self._alive = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(Path(worker.__file__)), str(theirs.fileno()), str(alive_read), str(memory)],
                pass_fds=(theirs.fileno(), alive_read),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the server, which lets its workers end
            )
        except BaseException:
            ours.close()
            os.close(self._alive)
            raise
        finally:
            theirs.close()
            os.close(alive_read)
        ours.setblocking(False)
        self._socket = ours
        self._buffer = bytearray()
        self._killed = False
        self.free_since = time.monotonic()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def send(self, job: Job) -> None:
        body = orjson.dumps(asdict(job))
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._socket, b"Q" + len(body).to_bytes(4, "big") + body)

    async def receive(self) -> tuple[bytes, bytes]:
        """Return the next frame: its letter and its content. Raises WorkerDied."""
        loop = asyncio.get_running_loop()
        while True:
            if len(self._buffer) >= worker.FRAME:
                end = worker.FRAME + int.from_bytes(self._buffer[1 : worker.FRAME], "big")
                if len(self._buffer) >= end:
                    kind, body = bytes(self._buffer[:1]), bytes(self._buffer[worker.FRAME : end])
                    del self._buffer[:end]
                    return kind, body
            try:
                block = await loop.sock_recv(self._socket, _READ)
            except OSError:
                block = b""
            if not block:
                raise WorkerDied("the worker ended")
            self._buffer += block

    def renice(self) -> None:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _NICE)

    def __del__(self) -> None:
        """No process outlives the pool that nobody has closed."""
        if not self._killed:
            self.kill()

    def kill(self) -> None:
        """End it now. It takes the system a moment to give its memory back, which a thread waits for."""
        if self._killed:
            return
        self._killed = True
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        self._socket.close()
        with contextlib.suppress(OSError):
            os.close(self._alive)
        threading.Thread(target=self._process.wait, daemon=True).start()


class Workers:
    """At most `size` processes.

    Args:
        size: processes at most.
        memory: bytes of address space that each may have beyond what it starts with, 0 for no bound (Linux).
        wait: seconds that a query waits for a worker.
        queue: queries that may wait at once.
    """

    def __init__(self, size: int, *, memory: int = 0, wait: float = 3.0, queue: int = 100) -> None:
        self.size = size
        self.memory = memory
        self.wait = wait
        self.queue = queue
        self._free: list[_Worker] = []
        self._busy: dict[_Worker, str] = {}
        self._starting = 0
        self._waiting: dict[str, deque[asyncio.Future[_Worker]]] = {}
        self._turns: deque[str] = deque()  # the clients that wait, in the order of their turns
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def busy(self) -> int:
        """How many workers are at a query."""
        return len(self._busy)

    @property
    def pids(self) -> list[int]:
        """The processes."""
        return [each.pid for each in (*self._free, *self._busy)]

    def start(self) -> None:
        """Have a first worker ready; call it in the event loop."""
        self._grow()

    async def turn(self, client: str) -> "Turn":
        """Wait for a worker and return the turn at it; `client` tells apart who asks.

        Raises:
            PoolBusy
        """
        return Turn(self, await self._take(client))

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        for each in (*self._free, *self._busy):
            each.kill()
        self._free.clear()
        self._busy.clear()
        for waiting in self._waiting.values():
            for future in waiting:
                future.cancel()

    async def _take(self, client: str) -> _Worker:
        if not self._turns and self._may_have(client):
            found = self._pop(client)
            if found is not None:
                return found
        if sum(map(len, self._waiting.values())) >= self.queue:
            raise PoolBusy(f"{self.queue} queries wait already")
        future: asyncio.Future[_Worker] = asyncio.get_running_loop().create_future()
        if client not in self._waiting:
            self._waiting[client] = deque()
            self._turns.append(client)
        self._waiting[client].append(future)
        self._deal()
        try:
            async with asyncio.timeout(self.wait):
                return await future
        except TimeoutError:
            raise PoolBusy(f"no worker became free within {self.wait:g} seconds") from None
        finally:
            if future.done() and not future.cancelled() and sys.exc_info()[0] is not None:
                self._give_back(future.result(), usable=True)  # it came at the moment that the waiting ended
            self._forget(client, future)

    def _may_have(self, client: str) -> bool:
        held = sum(1 for each in self._busy.values() if each == client)
        return held < max(1, self.size - max(1, self.size // 4))

    def _pop(self, client: str) -> _Worker | None:
        while self._free:
            found = self._free.pop()
            if found.alive:
                self._busy[found] = client
                if not self._free:
                    self._grow()  # the next one shall find one ready
                return found
            found.kill()
        return None

    def _deal(self) -> None:
        """Give free workers to those who wait, one client after the other."""
        for _ in range(len(self._turns)):
            client = self._turns.popleft()
            waiting = self._waiting.get(client)
            if not waiting:
                self._waiting.pop(client, None)
                continue
            self._turns.append(client)
            if not self._may_have(client):
                continue
            found = self._pop(client)
            if found is None:
                self._grow()
                return
            future = waiting.popleft()
            if future.done():
                self._give_back(found, usable=True)
            else:
                future.set_result(found)

    def _forget(self, client: str, future: "asyncio.Future[_Worker]") -> None:
        waiting = self._waiting.get(client)
        if waiting is not None:
            with contextlib.suppress(ValueError):
                waiting.remove(future)
            if not waiting:
                del self._waiting[client]
                with contextlib.suppress(ValueError):
                    self._turns.remove(client)

    def _grow(self) -> None:
        if self._closed or len(self._free) + len(self._busy) + self._starting >= self.size:
            return
        self._starting += 1
        task = asyncio.get_running_loop().create_task(self._begin())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self) -> None:
        try:
            begun = await asyncio.to_thread(_Worker, self.memory)
        finally:
            self._starting -= 1
        if self._closed:
            begun.kill()
            return
        self._free.append(begun)
        self._deal()

    def _give_back(self, used: _Worker, *, usable: bool) -> None:
        if self._busy.pop(used, None) is None and not self._closed:
            return
        if self._closed or not usable or not used.alive:
            used.kill()
            self._grow()
        else:
            used.free_since = time.monotonic()
            self._free.append(used)
            self._shrink()
        self._deal()

    def _shrink(self) -> None:
        """End workers that nobody has needed for a while; one stays."""
        now = time.monotonic()
        while len(self._free) > 1 and now - self._free[0].free_since > _IDLE_SECONDS:
            self._free.pop(0).kill()


class Turn:
    """A turn at a worker, for one query. It is a context: leaving it early kills the worker, and with it the query."""

    def __init__(self, pool: Workers, mine: _Worker) -> None:
        self._pool = pool
        self._worker: _Worker | None = mine
        self._seconds = self._deadline = 0.0

    async def blocks(self, job: Job, seconds: float) -> AsyncIterator[bytes]:
        """Yield the answer to `job` as it comes; it is complete only if this ends without an error.

        Raises:
            OutOfTime, WorkerDied, EngineFailed, NotAQuery
        """
        mine = self._worker
        assert mine is not None, "a turn is for one query"
        self._seconds, self._deadline = seconds, time.monotonic() + seconds
        nice = asyncio.get_running_loop().call_later(_NICE_AFTER, mine.renice)
        try:
            await self._in_time(mine.send(job))
            while True:
                kind, body = await self._in_time(mine.receive())
                if kind == b"D":
                    yield body
                    continue
                self._release(usable=not self._reniced(nice))
                if kind == b"S":
                    raise NotAQuery(body.decode("utf-8", "replace"))
                if kind == b"X":
                    raise EngineFailed(body.decode("utf-8", "replace"))
                return
        finally:
            nice.cancel()
            self._release(usable=False)

    @staticmethod
    def _reniced(nice: asyncio.TimerHandle) -> bool:
        """Tell whether the worker was made to yield: it may not take that back, and another one takes its place."""
        return nice.when() <= asyncio.get_running_loop().time()

    async def _in_time(self, work: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                return await work
        except TimeoutError:
            raise OutOfTime(self._seconds) from None

    def give_back(self) -> None:
        """End a turn that was not used."""
        self._release(usable=True)

    def _release(self, *, usable: bool) -> None:
        if self._worker is not None:
            self._pool._give_back(self._worker, usable=usable)
            self._worker = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release(usable=False)
