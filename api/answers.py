"""From a query to an HTTP answer: evaluated and serialised by the engine in one thread, streamed as it comes.

Invariant: the engine's result never leaves the thread that made it (it belongs to that thread), and neither does an
exception that holds one. Errors before the first byte are problems; after it the connection is broken off, and no
error text is ever glued to a body. A client that goes away ends the serialising at its next block.
"""

import asyncio
import concurrent.futures
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from api.problems import Problem
from api.query_threads import QueryThreads
from api.threads import internal

BLOCK_BYTES = 1 << 16
_QUEUED_BLOCKS = 4
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of an answer before its first byte: media type and headers."""

    media_type: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Block:
    data: bytes
    last: bool


@dataclass(frozen=True, slots=True)
class _Failure:
    problem: Problem | None  # None: the cause is in the server's log


class BreakableResponse(StreamingResponse):
    """A stream that ends without its end where ConnectionAbortedError comes out of it; one line of the log says so."""

    async def stream_response(self, send: Send) -> None:
        """Send what there is. Who serves closes the connection of an answer that returned without its last part."""
        try:
            await super().stream_response(send)
        except ConnectionAbortedError as error:
            _LOG.warning("an answer was broken off: %s", error)


class ClientGone(OSError):
    """Nobody reads the answer any more."""


class AnswerTooLarge(OSError):
    """The answer grew beyond the limit."""


class AnswerWriter:
    """The binary file that the engine writes into, from its thread; hands whole blocks to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int) -> None:
        self.shape: Shape | None = None
        self.queue: asyncio.Queue[_Block | _Failure] = asyncio.Queue(_QUEUED_BLOCKS)
        self._loop = loop
        self._limit = limit
        self._written = 0
        self._buffer = bytearray()
        self._abandoned = False

    def write(self, data: bytes) -> int:
        """Take bytes from the engine.

        Raises:
            ClientGone: where nobody reads on.
            AnswerTooLarge: beyond the limit.
        """
        if self._abandoned:
            raise ClientGone
        self._written += len(data)
        if self._written > self._limit:
            raise AnswerTooLarge
        self._buffer += data
        if len(self._buffer) >= BLOCK_BYTES:
            self._hand_over(last=False)
        return len(data)

    def flush(self) -> None:
        """Do nothing: blocks go out when they are full."""

    def close(self) -> None:
        """Hand over what is left; the answer is complete."""
        self._hand_over(last=True)

    def fail(self, problem: Problem | None) -> None:
        """Say that no more will come."""
        self._put(_Failure(problem))

    def abandon(self) -> None:
        """Stop the engine at its next block; the reader calls this in the event loop."""
        self._abandoned = True
        while not self.queue.empty():
            self.queue.get_nowait()

    def _hand_over(self, *, last: bool) -> None:
        block = _Block(bytes(self._buffer), last)
        self._buffer.clear()
        self._put(block)

    def _put(self, item: _Block | _Failure) -> None:
        waiting = asyncio.run_coroutine_threadsafe(self.queue.put(item), self._loop)
        while True:
            try:
                waiting.result(timeout=1)
            except concurrent.futures.TimeoutError:
                if self._abandoned:
                    waiting.cancel()
                    raise ClientGone from None
            else:
                return


async def answer(
    work: Callable[[AnswerWriter], None],
    threads: QueryThreads,
    *,
    limit: int,
    head: bool = False,
) -> Response:
    """Run `work` in a thread and return its answer.

    `work` sets `writer.shape`, then writes. It runs whole in one thread; a `Problem` it raises becomes the answer.
    Answers of one block have a Content-Length, longer ones are streamed.

    Raises:
        Problem: from `work`, or where all threads are busy.
    """
    loop = asyncio.get_running_loop()
    writer = AnswerWriter(loop, limit)
    future = await threads.start(partial(_run, work, writer))
    try:
        first = await writer.queue.get()
    except BaseException:
        writer.abandon()
        raise
    if isinstance(first, _Failure):
        await future
        raise first.problem or internal()
    shape = writer.shape
    assert shape is not None
    headers = {**shape.headers, "content-type": shape.media_type}
    if first.last:
        await future
        return Response(first.data, headers=headers)
    if head:
        writer.abandon()
        return StreamingResponse(no_body(), headers=headers)
    return BreakableResponse(_blocks(writer, first, future), headers=headers)


async def no_body() -> AsyncIterator[bytes]:
    """Yield what goes out to HEAD in place of an answer whose length is not known."""
    yield b""


async def _blocks(writer: AnswerWriter, first: _Block, future: "asyncio.Future[Any]") -> AsyncIterator[bytes]:
    try:
        item: _Block | _Failure = first
        while True:
            if isinstance(item, _Failure):
                raise ConnectionAbortedError("it grew too large, or the engine failed")
            yield item.data
            if item.last:
                break
            item = await writer.queue.get()
        await future
    finally:
        writer.abandon()


def _run(work: Callable[[AnswerWriter], None], writer: AnswerWriter) -> None:
    failure = _attempt(work, writer)
    if failure is not None:
        try:
            writer.fail(failure.problem)
        except ClientGone:
            return


def _attempt(work: Callable[[AnswerWriter], None], writer: AnswerWriter) -> _Failure | None:
    """Run `work`; what went wrong comes back as plain data, so no traceback carries a result to another thread."""
    try:
        work(writer)
        writer.close()
    except ClientGone:
        return None
    except Problem as problem:
        return _Failure(problem.plain())
    except AnswerTooLarge:
        detail = "The answer is larger than WAQAI_MAX_RESULT_BYTES: ask for less, for example with LIMIT."
        return _Failure(Problem(422, "answer-too-large", detail))
    except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and this thread lets go of it
        _LOG.exception("a query failed")
        return _Failure(None)
    return None
