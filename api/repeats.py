"""A repeat costs next to nothing while what it is answered from stays where it is.

Invariant: an answer is given again only to the same request, word for word, and only while the app would answer it from
the same graph at the same position: for queries that may be a checkpoint while the graph itself moves on. So it is one
that the app would give. A whole answer is kept only where it has an entity tag, so its query gives the same each time,
and only in full. Answers about past states, to who shows a token where one is looked at, and those that caches may keep
without asking are left to the app.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.workers.serving import Stamp

_KEPT: Final = 1_000  # requests that are remembered
_LARGEST: Final = 65_536  # bytes of an answer that is kept: a longer one takes longer to send than to find
_LONGEST: Final = 16_384  # bytes of a request that is remembered
# What an answer may depend on beside the address; a request with a header of the second kind is never remembered,
# but that of a token where reading needs none and nothing looks at it.
_READ: Final = frozenset({b"accept", b"accept-encoding", b"accept-language", b"host", b"if-none-match"})
_OTHERS: Final = frozenset({b"accept-datetime", b"authorization", b"cookie", b"range", b"if-modified-since"})
_OPEN: Final = ("/sparql", "/queries", "/graphs", "/id/")
_WHOLE: Final = ("/sparql", "/queries")  # of these, whole answers are kept: each costs a process a query

_Key = tuple[str, bytes, tuple[tuple[bytes, bytes], ...]]


@dataclass(frozen=True, slots=True)
class _Answer:
    stamp: Stamp
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Repeats:
    """ASGI middleware around all others.

    `stamp` returns the number of the graph that answers and its position, None where it cannot be told at once;
    `queried` returns that of what queries are answered from, by default the same. `room` is how many bytes of answers
    are kept; with 0 only those without a body (304) are.
    """

    def __init__(
        self,
        app: ASGIApp,
        stamp: Callable[[], Stamp | None],
        room: int = 0,
        *,
        queried: Callable[[], Stamp | None] | None = None,
    ) -> None:
        self.app = app
        self._graph = stamp
        self._queried = queried or stamp
        self._room = room
        self._size = 0  # of the bodies that are kept
        self._known: OrderedDict[_Key, _Answer] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = _key(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        stamp = None if key is None else self._stamp(key)
        if key is None or stamp is None:
            await self.app(scope, receive, send)
            return
        found = self._known.get(key)
        if found is not None and found.stamp == stamp:
            self._known.move_to_end(key)
            await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
            await send({"type": "http.response.body", "body": found.body})
            return
        await self.app(scope, receive, _Listening(self, key, stamp, send))

    def most(self, status: int, headers: list[tuple[bytes, bytes]], stamp: Stamp) -> int:
        """Return how long the body of an answer that begins so may be to be kept; below 0 it is not kept at all."""
        told = dict(headers)
        if told.get(b"waqai-position") != str(stamp[1]).encode() or b"memento-datetime" in told:
            return -1
        if told.get(b"cache-control") != b"no-cache":
            return -1
        if status == 304:
            return 0
        return min(_LARGEST, self._room) if status == 200 and b"etag" in told and self._room else -1

    def remember(self, key: _Key, answer: _Answer) -> None:
        """Keep an answer in full, as long as what answers is where it was as it was asked."""
        if self._stamp(key) != answer.stamp:
            return
        before = self._known.pop(key, None)
        self._known[key] = answer
        self._size += len(answer.body) - (0 if before is None else len(before.body))
        while len(self._known) > _KEPT or self._size > self._room:
            _, gone = self._known.popitem(last=False)
            self._size -= len(gone.body)

    def _stamp(self, key: _Key) -> Stamp | None:
        return self._queried() if key[0].startswith(_WHOLE) else self._graph()


class _Listening:
    """Sends an answer on, and has it remembered where it came to its end."""

    __slots__ = ("_body", "_headers", "_key", "_left", "_repeats", "_send", "_stamp", "_status")

    def __init__(self, repeats: Repeats, key: _Key, stamp: Stamp, send: Send) -> None:
        self._repeats = repeats
        self._key = key
        self._stamp = stamp
        self._send = send
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._left = -1  # bytes that the body may still have to be kept

    async def __call__(self, message: Message) -> None:
        """Send one message on."""
        await self._send(message)
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message["headers"])
            self._left = self._repeats.most(self._status, self._headers, self._stamp)
        elif message["type"] == "http.response.body" and self._left >= 0:
            body = message.get("body", b"")
            self._left -= len(body)
            self._body += body
            if self._left >= 0 and not message.get("more_body", False):
                answer = _Answer(self._stamp, self._status, self._headers, bytes(self._body))
                self._repeats.remember(self._key, answer)
                self._left = -1


def _key(scope: Scope) -> _Key | None:
    """Return what tells a request from others, None for one that is not remembered."""
    read, conditional = [], False
    size = len(scope["query_string"])
    for name, value in scope["headers"]:
        if name in _READ:
            read.append((name, value))
            size += len(value)
            conditional = conditional or name == b"if-none-match"
        elif name in _OTHERS and not (name == b"authorization" and scope["path"].startswith(_OPEN)):
            return None
    if size > _LONGEST or not (conditional or scope["path"].startswith(_WHOLE)):
        return None
    return scope["path"], scope["query_string"], tuple(read)
