"""How the server reads requests from its sockets and writes answers to them.

Invariant: no more of the head of a request is kept than it may have; what is written in one turn of the event loop
leaves in one piece, so that head and body of a small answer wake the client once.
"""

import asyncio
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

_LARGE: Final = 1 << 16  # bytes that are not copied to join others
_LONGEST_READ: Final = 60_000  # bytes of an address that httptools takes apart
_MOST: Final = 16  # pieces that are joined


def protocol(longest_head: int) -> type[asyncio.Protocol]:
    """Return the protocol for a server whose requests have heads of `longest_head` bytes at most."""

    class Connection(_Connection):
        longest = longest_head

    return Connection


class _Connection(HttpToolsProtocol):
    """uvicorn's connection over httptools, with a bound for the head of a request."""

    longest = 1 << 16

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = True
        self._head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(_Together(transport, self.loop))  # type: ignore[arg-type]  # it has what is used of one

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        before = self._head
        super().data_received(data)
        if self._in_head and self._head == before:
            self._head += len(data)
            if self._head > self.longest and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head = True, 0

    def on_headers_complete(self) -> None:
        """Its head is read."""
        self._in_head = False
        if len(self.url) <= _LONGEST_READ:
            super().on_headers_complete()
            return
        self.url, _, query = self.url.partition(b"#")[0].partition(b"?")
        super().on_headers_complete()
        self.scope["query_string"] = query  # whoever answers starts in a later turn of the loop


class _Together:
    """A transport that writes once for all that is written in one turn of the loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if len(data) > _LARGE:
            self._flush()
            self._transport.write(data)
            return
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)
        if len(self._waiting) > _MOST:  # nobody has let the loop turn
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting:
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._transport.write(data)
