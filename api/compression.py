"""Answers go out packed (gzip, zstd) where the client takes that (RFC 9110, section 12.5.3; RFC 8878, RFC 9659).

Invariant: unpacked, the bytes are those that the app made; an answer that breaks off lacks its end packed as well. What
is streamed stays streamed: no more than one block is held. A tag of exact bytes becomes one of the content.
"""

import asyncio
import zlib
from typing import Final, Protocol

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import negotiation

CODINGS: Final = ("zstd", "gzip")  # of equals the first one is taken: it takes less time for the same size
_LEAST: Final = 1_000  # bytes that are worth packing
_IN_LOOP: Final = 1 << 14  # bytes that are packed where they come by; more is work for a thread
_GZIP_LEVEL: Final = 5
_ZSTD_LEVEL: Final = 3  # its window of 2 MB is one that every client has room for
_PACKED: Final = frozenset(
    {
        "application/json",
        "application/javascript",
        "application/ld+json",
        "application/n-quads",
        "application/n-triples",
        "application/rdf+xml",
        "application/sparql-query",
        "application/trig",
        "application/xml",
        "image/svg+xml",
    }
)


class Compression:
    """ASGI middleware: packs what `app` answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = ", ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-encoding")
        coding = negotiation.choose_coding(accepted, CODINGS) if accepted else None
        await self.app(scope, receive, _Packing(send, coding))


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def _packer(coding: str) -> _Packer:
    if coding == "gzip":
        return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    import zstandard

    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()


class _Packing:
    """The way out of one answer. The start waits for the first block, which tells whether packing is worth it."""

    def __init__(self, send: Send, coding: str | None) -> None:
        self._send = send
        self._coding = coding
        self._start: Message | None = None
        self._packer: _Packer | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            if message["status"] == 304 or _may_be_packed(headers):
                _vary(headers)
            if message["status"] == 200 and self._coding is not None and _may_be_packed(headers):
                self._start = message
                return
        elif message["type"] == "http.response.body":
            if self._start is not None:
                message = await self._first(self._start, message)
            elif self._packer is not None:
                message = {**message, "body": await self._packed(self._packer, message)}
        await self._send(message)

    async def _first(self, start: Message, message: Message) -> Message:
        self._start = None
        whole = not message.get("more_body", False)
        if whole and len(message.get("body", b"")) < _LEAST:
            await self._send(start)
            return message
        assert self._coding is not None
        self._packer = _packer(self._coding)
        body = await self._packed(self._packer, message)
        headers = MutableHeaders(raw=start["headers"])
        headers["content-encoding"] = self._coding
        for name in ("content-length", "accept-ranges"):
            if name in headers:
                del headers[name]
        if whole:
            headers["content-length"] = str(len(body))
        tag = headers.get("etag")
        if tag is not None and not tag.startswith("W/"):
            headers["etag"] = f"W/{tag}"
        await self._send(start)
        return {**message, "body": body}

    async def _packed(self, packer: _Packer, message: Message) -> bytes:
        data, whole = message.get("body", b""), not message.get("more_body", False)

        def work() -> bytes:
            found = packer.compress(data) if data else b""
            return found + packer.flush() if whole else found

        return work() if len(data) <= _IN_LOOP else await asyncio.to_thread(work)


def _may_be_packed(headers: MutableHeaders) -> bool:
    kind = negotiation.essence_of(headers.get("content-type", ""))
    packable = kind.startswith("text/") or kind in _PACKED or kind.endswith(("+json", "+xml"))
    return packable and "content-encoding" not in headers and "no-transform" not in headers.get("cache-control", "")


def _vary(headers: MutableHeaders) -> None:
    """Say that the answer depends on Accept-Encoding too."""
    named = headers.get("vary", "")
    if "accept-encoding" not in named.lower() and named != "*":
        headers["vary"] = f"{named}, Accept-Encoding" if named else "Accept-Encoding"
