"""A repeat with If-None-Match costs next to nothing while the graph stays where it is.

Invariant: an answer 304 is given again only to the same request, word for word, and only while the same graph is at the
same position; so it is one that the app would give. Answers about past states, to who shows a token where one is looked
at, and those that caches may keep without asking are left to the app.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEPT: Final = 1_000  # requests that are remembered
_LONGEST: Final = 16_384  # bytes of a request that is remembered
# What an answer may depend on beside the address; a request with a header of the second kind is never remembered,
# but that of a token where reading needs none and nothing looks at it.
_READ: Final = frozenset({b"accept", b"accept-encoding", b"accept-language", b"host", b"if-none-match"})
_OTHERS: Final = frozenset({b"accept-datetime", b"authorization", b"cookie", b"range", b"if-modified-since"})
_OPEN: Final = ("/sparql", "/queries", "/graphs", "/id/")

Stamp = tuple[int, int]
_Key = tuple[str, bytes, tuple[tuple[bytes, bytes], ...]]


class Repeats:
    """ASGI middleware around all others.

    `stamp` returns the number of the graph that answers and its position, None where it cannot be told at once.
    """

    def __init__(self, app: ASGIApp, stamp: Callable[[], Stamp | None]) -> None:
        self.app = app
        self.stamp = stamp
        self._known: OrderedDict[_Key, tuple[Stamp, list[tuple[bytes, bytes]]]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = _key(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        stamp = None if key is None else self.stamp()
        if key is None or stamp is None:
            await self.app(scope, receive, send)
            return
        found = self._known.get(key)
        if found is not None and found[0] == stamp:
            self._known.move_to_end(key)
            await send({"type": "http.response.start", "status": 304, "headers": found[1]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def remembering(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 304:
                self._remember(key, stamp, message["headers"])
            await send(message)

        await self.app(scope, receive, remembering)

    def _remember(self, key: _Key, stamp: Stamp, headers: list[tuple[bytes, bytes]]) -> None:
        told = dict(headers)
        of_now = told.get(b"waqai-position") == str(stamp[1]).encode() and b"memento-datetime" not in told
        if of_now and told.get(b"cache-control") == b"no-cache" and self.stamp() == stamp:
            self._known[key] = stamp, list(headers)
            self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)


def _key(scope: Scope) -> _Key | None:
    """Return what tells a conditional request from others, None for one that is not conditional or not remembered."""
    read, conditional = [], False
    size = len(scope["query_string"])
    for name, value in scope["headers"]:
        if name in _READ:
            read.append((name, value))
            size += len(value)
            conditional = conditional or name == b"if-none-match"
        elif name in _OTHERS and not (name == b"authorization" and scope["path"].startswith(_OPEN)):
            return None
    if not conditional or size > _LONGEST:
        return None
    return scope["path"], scope["query_string"], tuple(read)
