"""The one way out for SERVICE: a small server beside the engine, in its process, that asks in the engine's place.

Invariant: only the addresses of the job are asked, each within the bounds, and never one within this machine or its
network unless the job says so of it. What the engine gets is a whole and readable answer or an error. Each failure of a
clause without SILENT is kept, because the engine passes over one inside EXISTS and MINUS.

The engine reaches it on the loopback address, by a path that nobody else knows.
"""

import hmac
import http.server
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph as ox

from api.reconciliation.fetching import Bounds, Unreachable, post

_TYPES: Final = ("application/sparql-results+json", "application/sparql-results+xml")
_HEADERS: Final = {"content-type": "application/sparql-query", "accept": "{}, {};q=0.8".format(*_TYPES)}
_QUERY_BYTES: Final = 10_000_000
_STALLED: Final = 5.0  # seconds that whoever calls from this machine may be silent


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: what it asks, whether SILENT stands there, whether it is asked by us and may lie in our network."""

    address: str
    silent: bool
    outer: bool
    inward: bool


class _Refused(Exception):
    """There is no answer; `late` says that the time was up."""

    def __init__(self, why: str, *, late: bool = False) -> None:
        super().__init__(why)
        self.late = late


class Gateway:
    """Asks the services of one query. It is a context: the port is closed at its end.

    Args:
        secret: what stands in the query for the beginning of each address, `urn:waqai:SECRET:`.
        clauses: the clauses of the query in their order.
        bounds: seconds and bytes of one answer.
        requests: how many requests the query may cost.
        failed: is told the first failure, in another thread: `service`, `why`, and whether its time was up (`late`).
    """

    def __init__(
        self,
        secret: str,
        clauses: list[Clause],
        bounds: Bounds,
        requests: int,
        failed: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self._secret = secret
        self._clauses = clauses
        self._bounds = bounds
        self._left = requests
        self._guard = threading.Lock()
        self._known: dict[tuple[str, bytes], tuple[str, bytes] | _Refused] = {}
        self._failed = failed
        self.failure: dict[str, Any] | None = None
        """The first failure, as `failed` is told it."""
        handler = type("Handler", (_Handler,), {"gateway": self})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def inside(self, query: str) -> str:
        """Return a query with the addresses of this gateway in the place of those that stand for them."""
        return query.replace(_placeholder(self._secret), self._root())

    def answer(self, path: str, query: bytes) -> tuple[str, bytes] | None:
        """Return media type and body of what the service of a path answers, None where it gives no answer."""
        root = f"/{self._secret}/"
        number = path[len(root) :]
        known = hmac.compare_digest(path[: len(root)].encode("utf-8", "replace"), root.encode())
        if not known or not number.isascii() or not number.isdigit() or int(number) >= len(self._clauses):
            return None
        clause = self._clauses[int(number)]
        with self._guard:  # the same question again, as EXISTS asks it for each row, is not sent out again
            asked = self._sent_on(query)
            key = (clause.address, asked)
            found = self._known.get(key)
            if found is None:
                try:
                    found = self._asked(clause, asked)
                except _Refused as refused:
                    found = refused
                except Exception as error:  # noqa: BLE001 - whatever it is, there is no answer
                    found = _Refused(f"could not be asked ({type(error).__name__})")
                self._known[key] = found
            if isinstance(found, _Refused):
                if not clause.silent and self.failure is None:
                    self.failure = {"service": clause.address, "why": str(found), "late": found.late}
                    self._failed(self.failure)
                return None
            return found

    def _asked(self, clause: Clause, query: bytes) -> tuple[str, bytes]:
        if not clause.outer or self._secret.encode() in query:
            raise _Refused("stands where it cannot be asked")
        if self._left <= 0:
            raise _Refused("would be asked more often than one query may (WAQAI_SERVICE_REQUESTS)")
        self._left -= 1
        try:
            got = post(clause.address, query, _HEADERS, self._bounds, inward=clause.inward)
        except Unreachable as error:
            raise _Refused(str(error), late=error.late) from None
        media_type = got.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _TYPES:
            raise _Refused(f"answered with {media_type[:80] or 'no media type'}, and not with results of SPARQL")
        try:
            results = ox.parse_query_results(got.body, ox.QueryResultsFormat.from_media_type(media_type))
            if not isinstance(results, ox.QuerySolutions):
                raise _Refused("answered yes or no, where rows were asked for")
            for _ in results:
                pass
        except (SyntaxError, ValueError, RuntimeError, OSError):
            raise _Refused("answered with results that cannot be read") from None
        return media_type, got.body

    def _sent_on(self, query: bytes) -> bytes:
        """Return a query as it goes out: clauses inside it name their own servers again, which that one will ask."""
        for number, clause in enumerate(self._clauses):
            if not clause.outer:
                query = query.replace(f"<{self._root()}{number}>".encode(), f"<{clause.address}>".encode())
        return query

    def _root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{self._secret}/"


def addresses(secret: str, count: int) -> list[str]:
    """Return what stands in a query for the addresses of so many clauses."""
    return [f"{_placeholder(secret)}{number}" for number in range(count)]


def _placeholder(secret: str) -> str:
    return f"urn:waqai:{secret}:"


class _Handler(http.server.BaseHTTPRequestHandler):
    gateway: Gateway
    timeout = _STALLED

    def do_POST(self) -> None:
        """Answer the engine."""
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > _QUERY_BYTES:
            self.send_error(400)
            return
        found = self.gateway.answer(self.path, self.rfile.read(int(length)))
        if found is None:
            self.send_response(502)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        media_type, body = found
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: queries may hold what is nobody's business."""
