"""The pool of query workers: who gets one, for how long, and what becomes of those that are killed.

Invariant: a worker that is not free again by its deadline is killed, and so is one whose client has gone; only its own
query fails. Of a pool of more than one, a part is for short queries only: a query that finds no other place is tried
there, and one that is not done in a moment gives way and waits for a place where it may take its time, so that no
number of long ones keeps short ones waiting. No client holds all places for long ones where there are several. Whoever
waits is told within `wait` seconds that all are busy. A frame that was received belongs to a whole answer only once
`Ended` came.
"""

import asyncio
import hashlib
import os
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import orjson

from api.workers import worker
from api.workers.nursery import Born, Nursery

_IDLE_SECONDS: Final = 30.0  # after which a worker that nobody needs ends
_NICE_AFTER: Final = 0.25  # seconds that a query may take before shorter ones go first
_NICE: Final = 15
_READ: Final = 1 << 17
_HELD: Final = 1 << 20  # bytes of an answer that wait in the server to be read
_DATA, _END = b"DE"
_MOMENT: Final = 0.02  # seconds in which most answers are whole
_TRIAL_SECONDS: Final = 0.25  # a query that takes longer is a long one
_TRIAL_BYTES: Final = 1 << 20  # and so is one whose answer is larger
_REMEMBERED: Final = 4096  # queries of which it is known whether they are short
_AGAIN_SECONDS: Final = 1.0  # after which a process is started again where one ended at its start
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


class ServiceFailed(WorkerError):
    """Another server that the query asks gave no answer: its address, and why (a sentence that begins with it)."""

    def __init__(self, service: str, why: str, *, late: bool) -> None:
        super().__init__(f"{service} {why}")
        self.service, self.why, self.late = service, why, late


class NotInXml(WorkerError):
    """XML cannot hold the answer; the message is what of it, as `graph.wellformed.NotInXml` says it."""


class NotAQuery(WorkerError):
    """The engine does not understand the query; the message is its own."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker does: the query, the folder of the checkpoint, and the formats for either form of answer.

    `database` is "" for a graph that holds nothing. `base` is what relative IRIs of the query are relative to.
    `outside` is what a query that asks other servers may ask, as the arguments of `gateway.Gateway`.
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
    outside: dict[str, Any] | None = None


class _Worker:
    """One process and the socket to it. Its methods are for the event loop."""

    def __init__(self, born: Born) -> None:
        self._born = born
        self._buffer = bytearray()
        self._news: asyncio.Future[None] | None = None
        self._gone = self._killed = self._full = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(born.channel, self._readable)
        self.free_since = time.monotonic()

    @property
    def pid(self) -> int:
        return self._born.pid

    @property
    def alive(self) -> bool:
        return not self._gone and not self._killed

    async def begun(self) -> None:
        """Wait until it can take a job. Raises WorkerDied."""
        await self.receive()

    async def send(self, job: Job) -> None:
        """Send a job. Where it has ended, whoever waits for the answer is told."""
        body = orjson.dumps(job)
        data = b"Q" + len(body).to_bytes(4, "big") + body
        try:
            sent = self._born.channel.send(data)  # most often it takes all
        except BlockingIOError:
            sent = 0
        except OSError:
            self._gone = True
            return
        if sent < len(data):
            try:
                await self._loop.sock_sendall(self._born.channel, data[sent:])
            except OSError:
                self._gone = True

    def settled(self) -> tuple[bool, bytes | None]:
        """Return whether all is there that will come, and the answer, None where it is an error."""
        found: list[bytes] = []
        at = 0
        while len(self._buffer) >= at + worker.FRAME:
            end = at + worker.FRAME + int.from_bytes(self._buffer[at + 1 : at + worker.FRAME], "big")
            kind = self._buffer[at]
            if kind == _END:
                self._buffer.clear()
                return True, b"".join(found)
            if kind != _DATA:
                return True, None
            found.append(bytes(self._buffer[at + worker.FRAME : end]))
            at = end
        return not self.alive, None

    async def news(self, seconds: float) -> None:
        """Wait until more has come, or it has ended, but for `seconds` at most."""
        waiting = self._news = self._loop.create_future()
        timer = self._loop.call_later(seconds, self._wake)
        try:
            await waiting
        finally:
            timer.cancel()

    async def receive(self) -> tuple[bytes, bytes]:
        """Return the next frame: its letter and its content. Raises WorkerDied."""
        while True:
            if len(self._buffer) >= worker.FRAME:
                end = worker.FRAME + int.from_bytes(self._buffer[1 : worker.FRAME], "big")
                if len(self._buffer) >= end:
                    kind, body = bytes(self._buffer[:1]), bytes(self._buffer[worker.FRAME : end])
                    del self._buffer[:end]
                    if self._full and len(self._buffer) < _READ:
                        self._full = False
                        self._loop.add_reader(self._born.channel, self._readable)
                    return kind, body
            if not self.alive:
                raise WorkerDied("the worker ended")
            self._news = self._loop.create_future()
            await self._news

    def _readable(self) -> None:
        try:
            block = self._born.channel.recv(_READ)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            block = b""
        self._buffer += block
        self._gone = not block
        if self._gone or len(self._buffer) > _HELD:  # nobody reads that fast: the rest waits in the worker
            self._full = not self._gone
            self._loop.remove_reader(self._born.channel)
        self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def renice(self, priority: int = _NICE) -> bool:
        """Let it go after others; tell whether that could be done, as taking it back seldom can."""
        if not self.alive:
            return False
        try:
            os.setpriority(os.PRIO_PROCESS, self.pid, priority)
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """End it now."""
        if self._killed:
            return
        self._killed = True
        if not self._loop.is_closed():
            self._loop.remove_reader(self._born.channel)
        self._born.kill()
        self._wake()


@dataclass(frozen=True, slots=True)
class _Seat:
    """A worker that is at a query: whose, which, and whether it is only tried."""

    worker: _Worker
    client: str
    query: str
    tried: bool


@dataclass(eq=False, slots=True)
class _Waiting:
    """A query that waits; `short` is None where nothing is known of it, `long` that it is not to be tried."""

    client: str
    query: str
    long: bool
    short: bool | None
    seat: "asyncio.Future[_Seat]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Workers:
    """At most `size` queries at a time, and one process more, which stands ready where `size` is above one.

    Args:
        size: queries at most.
        memory: bytes of address space that each may have beyond what it starts with, 0 for no bound (Linux).
        wait: seconds that a query waits for a worker.
        queue: queries that may wait at once; as many again, of clients of whom none waits yet.
    """

    def __init__(self, size: int, *, memory: int = 0, wait: float = 3.0, queue: int = 100) -> None:
        self.size = size
        self.memory = memory
        self.wait = wait
        self.queue = queue
        self._places = size - (0 if size == 1 else max(1, size // 4))  # for queries that may take their time
        self._share = max(1, self._places - max(1, self._places // 4))  # of these, for one client
        self._nursery = Nursery(memory)
        self._free: list[_Worker] = []
        self._busy: dict[_Worker, _Seat] = {}
        self._starting = 0
        self._long: dict[str, deque[_Waiting]] = {}  # by client, in the order of their turns
        self._short: list[_Waiting] = []
        self._known: OrderedDict[str, bool] = OrderedDict()  # whether a query is short
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
        """Have workers ready, for two clients that come at once; call it in the event loop."""
        for _ in range(min(2, self.size)):
            self._grow()

    async def turn(self, client: str, query: str = "", *, long: bool = False) -> "Turn":
        """Wait for a worker and return the turn at it.

        Args:
            client: who asks, to tell clients apart.
            query: what is asked, by which it is known again; "" where it is not to be.
            long: it will take its time, so it is not worth a try.

        Raises:
            PoolBusy
        """
        return Turn(self, await self._take(client, _known_as(query), long=long))

    def turn_now(self, client: str, query: str = "", *, long: bool = False) -> "Turn | None":
        """Return the turn at a worker, as `turn` does, where that needs no waiting."""
        seat = self._at_once(client, _known_as(query), long=long)
        return None if seat is None else Turn(self, seat)

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        for each in (*self._free, *self._busy):
            each.kill()
        self._free.clear()
        self._busy.clear()
        for waiting in (*self._short, *(one for queue in self._long.values() for one in queue)):
            waiting.seat.cancel()
        self._nursery.close()

    def learn(self, query: str, *, short: bool) -> None:
        """Remember whether a query, by its digest, is a short one."""
        if query:
            self._known[query] = short
            self._known.move_to_end(query)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def known(self, query: str) -> bool | None:
        """Tell whether a query, by its digest, is a short one; None where nothing is known of it."""
        return self._known.get(query)

    async def _take(self, client: str, query: str, *, long: bool) -> _Seat:
        if (found := self._at_once(client, query, long=long)) is not None:
            return found
        count = len(self._short) + sum(map(len, self._long.values()))
        waits = client in self._long or any(one.client == client for one in self._short)
        if count >= self.queue and (waits or count >= 2 * self.queue):
            raise PoolBusy(f"{count} queries wait already")
        short = self._known.get(query)
        waiting = _Waiting(client, query, long or short is False or self._places == self.size, short)
        if waiting.long:
            self._long.setdefault(client, deque()).append(waiting)
        else:
            self._short.append(waiting)
        self._deal()
        try:
            async with asyncio.timeout(self.wait):
                return await waiting.seat
        except BaseException as error:
            if waiting.seat.done() and not waiting.seat.cancelled():
                self._give_back(waiting.seat.result(), usable=True)  # it came at the moment that the waiting ended
            if isinstance(error, TimeoutError):
                raise PoolBusy(f"no worker became free within {self.wait:g} seconds") from None
            raise
        finally:
            self._forget(waiting)

    def _at_once(self, client: str, query: str, *, long: bool) -> _Seat | None:
        """Return a seat where nobody waits and one is free."""
        if self._short or self._long:
            return None
        tried = not self._may_have(client)
        if tried and (long or self._known.get(query) is False):
            return None
        return self._seat(client, query, tried=tried)

    def _may_have(self, client: str) -> bool:
        """Tell whether there is a place for a query that takes its time, for this client."""
        held = [seat.client for seat in self._busy.values() if not seat.tried]
        return len(held) < self._places and held.count(client) < self._share

    def _may_try(self, *, short: bool | None) -> bool:
        """Tell whether there is a place for a try; for what is known as `short`, the process that stands ready is one.

        So no text that is seen for the first time keeps waiting one that is known.
        """
        tries = self.size - self._places + (short is True and self.size > 1)
        return sum(seat.tried for seat in self._busy.values()) < tries

    def _seat(self, client: str, query: str, *, tried: bool) -> _Seat | None:
        """Return a seat at a worker that is ready, if there is one and its kind of place is free."""
        if tried and not self._may_try(short=self._known.get(query)):
            return None
        while self._free:
            found = self._free.pop()
            if found.alive:
                seat = self._busy[found] = _Seat(found, client, query, tried)
                if not self._free:
                    self._grow()  # the next one shall find one ready
                return seat
            found.kill()
        self._grow()
        return None

    def _deal(self) -> None:
        """Give free workers to those who wait."""
        while (waiting := self._next()) is not None:
            if waiting.seat.done():  # who waited has gone in this very moment
                self._forget(waiting)
                continue
            seat = self._seat(waiting.client, waiting.query, tried=not self._may_have(waiting.client))
            if seat is None:
                return
            self._forget(waiting)
            waiting.seat.set_result(seat)

    def _next(self) -> _Waiting | None:
        """Return whose turn it is: of long ones client by client, of the others those first that are known as short."""
        for client in list(self._long):
            if self._may_have(client):
                queue = self._long.pop(client)
                self._long[client] = queue  # the next time, others come first
                return queue[0]
        held = [seat.client for seat in self._busy.values()]

        def rank(one: _Waiting) -> tuple[bool, int]:
            return not one.short, held.count(one.client) + len(self._long.get(one.client, ()))

        may = (one for one in self._short if self._may_try(short=one.short) or self._may_have(one.client))
        return min(may, key=rank, default=None)

    def _forget(self, waiting: _Waiting) -> None:
        if waiting in self._short:
            self._short.remove(waiting)
        queue = self._long.get(waiting.client)
        if queue is not None and waiting in queue:
            queue.remove(waiting)
            if not queue:
                del self._long[waiting.client]

    def _grow(self) -> None:
        most = self.size + (self.size > 1)
        if self._closed or len(self._free) + len(self._busy) + self._starting >= most:
            return
        self._starting += 1
        task = asyncio.get_running_loop().create_task(self._begin())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self) -> None:
        begun: _Worker | None = None
        try:
            begun = _Worker(await asyncio.to_thread(self._nursery.birth))
            await begun.begun()
        except (WorkerDied, OSError):
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            self._free.append(begun)
        finally:
            self._starting -= 1
            if begun is not None and (self._closed or begun not in self._free):
                begun.kill()
        self._deal()

    def _give_back(self, seat: _Seat, *, usable: bool) -> None:
        used = seat.worker
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
        """End workers that nobody has needed for a while; two stay."""
        now = time.monotonic()
        while len(self._free) > 2 and now - self._free[0].free_since > _IDLE_SECONDS:
            self._free.pop(0).kill()


def _known_as(query: str) -> str:
    return hashlib.sha256(query.encode("utf-8", "replace")).hexdigest() if query else ""


class _Long(Exception):
    """A query is no short one."""


class Turn:
    """A turn at a worker, for one query. It is a context: leaving it early kills the worker, and with it the query."""

    def __init__(self, pool: Workers, seat: _Seat) -> None:
        self._pool = pool
        self._seat: _Seat | None = seat
        self._seconds = self._deadline = 0.0
        self._sent: _Worker | None = None  # who has the job already

    async def at_once(self, job: Job, seconds: float) -> bytes | None:
        """Return the whole answer to `job` where it is there within a moment.

        Where it is not, return None: `blocks` with the same job goes on with it.

        """
        assert self._seat is not None, "a turn is for one query"
        mine = self._seat.worker
        until = time.monotonic() + min(seconds, _MOMENT)
        await mine.send(job)
        self._sent = mine
        while (left := until - time.monotonic()) > 0:
            await mine.news(left)
            settled, found = mine.settled()
            if found is not None:
                self._pool.learn(self._seat.query, short=True)
                self._release(usable=True)
                return found
            if settled:
                return None
        return None

    def give_up(self) -> None:
        """End a turn whose answer nobody wants."""
        self._release(usable=False)

    async def blocks(self, job: Job, seconds: float) -> AsyncIterator[bytes]:
        """Yield the answer to `job` as it comes; it is complete only if this ends without an error.

        Raises:
            OutOfTime, WorkerDied, EngineFailed, NotAQuery, NotInXml, ServiceFailed
            PoolBusy: it took its time, and found no place for that.
        """
        seat = self._seat
        assert seat is not None, "a turn is for one query"
        try:
            if seat.tried and seconds > _TRIAL_SECONDS:
                try:
                    tried = await self._tried(job)
                except _Long:
                    self._pool.learn(seat.query, short=False)
                    self._release(usable=False)
                    self._seat = await self._pool._take(seat.client, seat.query, long=True)
                else:
                    for block in tried:
                        yield block
                    return
            async for block in self._blocks(job, seconds):
                yield block
        except (OutOfTime, WorkerDied):
            self._pool.learn(seat.query, short=False)
            raise
        finally:
            self._release(usable=False)

    async def _tried(self, job: Job) -> list[bytes]:
        """Return the answer to a short query. Raises _Long."""
        found: list[bytes] = []
        size = 0
        try:
            async for block in self._blocks(job, _TRIAL_SECONDS):
                found.append(block)
                size += len(block)
                if size > _TRIAL_BYTES:
                    raise _Long
        except OutOfTime:
            raise _Long from None
        return found

    async def _blocks(self, job: Job, seconds: float) -> AsyncIterator[bytes]:
        assert self._seat is not None
        query, mine = self._seat.query, self._seat.worker
        started = time.monotonic()
        self._seconds, self._deadline = seconds, started + seconds
        after = 0.0 if self._pool.known(query) is False else _NICE_AFTER
        nice = asyncio.get_running_loop().call_later(after, mine.renice)
        try:
            if self._sent is not mine:
                await self._in_time(mine.send(job))
            while True:
                kind, body = await self._in_time(mine.receive())
                if kind == b"D":
                    yield body
                    continue
                self._pool.learn(query, short=time.monotonic() - started < _TRIAL_SECONDS)
                usable = kind != b"F" and (not self._reniced(nice) or mine.renice(worker.NICE))
                self._release(usable=usable)
                if kind == b"S":
                    raise NotAQuery(body.decode("utf-8", "replace"))
                if kind == b"X":
                    raise EngineFailed(body.decode("utf-8", "replace"))
                if kind == b"N":
                    raise NotInXml(body.decode("utf-8", "replace"))
                if kind == b"F":
                    raise ServiceFailed(**orjson.loads(body))
                return
        finally:
            nice.cancel()

    @staticmethod
    def _reniced(nice: asyncio.TimerHandle) -> bool:
        """Tell whether the worker was made to yield: who may not take that back gets another one in its place."""
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
        if self._seat is not None:
            self._pool._give_back(self._seat, usable=usable)
            self._seat = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release(usable=False)
