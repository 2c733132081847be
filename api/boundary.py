"""What holds for every request and answer, whatever the route.

Invariant: no request body beyond the limit is read; every answer carries the security headers; HEAD is answered like
GET and without a body; `If-None-Match: *` makes 304 of an answer that has an entity tag, and of nothing else; the
reading endpoints may be asked from any origin.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem

POSITION_HEADER = "Waqai-Position"
HINT_HEADER = "Waqai-Hint"
GRAPH_HEADER = "Waqai-Graph"  # says that an old graph answers, while a new one is built
FINGERPRINT_HEADER = "Waqai-Fingerprint"
TRUNCATED_HEADER = "Waqai-Truncated"  # how many rows a saved query gives of those that there are
_EXPOSED = (
    f"{POSITION_HEADER}, {HINT_HEADER}, {GRAPH_HEADER}, {FINGERPRINT_HEADER}, {TRUNCATED_HEADER}, Retry-After, Link, "
    "Location, Allow, Accept-Post, Accept-Query, Content-Location, ETag, Memento-Datetime"
)
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}
_PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, POST, QUERY, OPTIONS",
    "access-control-allow-headers": "Accept, Accept-Datetime, Content-Type, If-None-Match",
    "access-control-max-age": "86400",
}


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


_ALWAYS = _raw({**SECURITY_HEADERS, "access-control-allow-origin": "*", "access-control-expose-headers": _EXPOSED})
_GRAPH = GRAPH_HEADER.lower().encode("latin-1")
_UPDATED = ("/sparql", "/graphs")
_ASKING = ("GET", "HEAD", "QUERY")
_OF_A_BODY = (b"content-length", b"content-type", b"content-encoding")


class BodyLimit(NamedTuple):
    """The largest body in bytes, and the setting that it follows from."""

    bytes: int
    setting: str


class Boundary:
    """ASGI middleware: body limit (with others for some paths), security headers, HEAD, cross-origin reading.

    `label` returns what GRAPH_HEADER says of the graph that answers, None where there is nothing to say. `updates` is
    the limit of a body that comes with a token to where graphs can be changed, and `admit` raises a Problem where the
    token in an Authorization header may not change them: it is asked before more is read than a query may have.
    """

    def __init__(
        self,
        app: ASGIApp,
        most: BodyLimit,
        paths: Mapping[str, BodyLimit],
        label: Callable[[], str | None] = lambda: None,
        *,
        updates: BodyLimit | None = None,
        admit: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.app = app
        self.label = label
        self.most = most
        self.paths = paths
        self.updates = updates
        self.admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        headers = Headers(scope=scope)
        absent = scope["method"] in _ASKING and "*" in [one.strip() for one in headers.getlist("if-none-match")]
        if head:
            scope = {**scope, "method": "GET", "waqai.head": True}
        if absent:
            scope = {**scope, "waqai.absent": True}
        answer = _Answer(send, head, self.label(), absent=absent)  # label first: it may be the old graph that answers
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await answer({"type": "http.response.start", "status": 204, "headers": _raw(_PREFLIGHT)})
            await answer({"type": "http.response.body", "body": b""})
            return
        limit = self.paths.get(scope["path"], self.most)
        declared = headers.get("content-length", "0")
        known = declared.isascii() and declared.isdigit() and "transfer-encoding" not in headers
        if "authorization" in headers and scope["path"].startswith(_UPDATED) and self.updates is not None:
            if self.updates.bytes > limit.bytes and (not known or int(declared) > limit.bytes):
                try:
                    self.admit(headers["authorization"])
                except Problem as refused:
                    await refused.response()(scope, receive, answer)
                    return
                limit = self.updates
        if declared.isascii() and declared.isdigit() and int(declared) > limit.bytes:
            await _too_large(limit).response()(scope, receive, answer)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit.bytes:
                raise _too_large(limit)
            return message

        await self.app(scope, limited, answer)


def _too_large(limit: BodyLimit) -> Problem:
    detail = f"The request body is larger than {limit.bytes} bytes (see {limit.setting}): send less."
    return Problem(413, "body-too-large", detail, headers={"connection": "close"})


class _Answer:
    """The way out: adds headers, drops the body of HEAD.

    Where something is asked for only if it is `absent`, and is there, nothing but that goes out.
    """

    def __init__(self, send: Send, head: bool, label: str | None, *, absent: bool = False) -> None:
        self.send = send
        self.head = head
        self.absent = absent
        self.label = label
        self.ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.setdefault("headers", [])
            told = {name.lower() for name, _ in headers}
            if self.absent and message["status"] == 200 and b"etag" in told:
                headers = [header for header in headers if header[0].lower() not in _OF_A_BODY]
                message = {**message, "status": 304, "headers": headers}
                self.head = True
            headers += [header for header in _ALWAYS if header[0] not in told]
            if self.label is not None and _GRAPH not in told:
                headers.append((_GRAPH, self.label.encode("latin-1")))
            if self.head and b"content-length" not in told and message["status"] not in (204, 304):
                headers.append((b"transfer-encoding", b"chunked"))  # as GET has it
        elif self.head and message["type"] == "http.response.body":
            if self.ended:
                return
            self.ended = True
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self.send(message)
