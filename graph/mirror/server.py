"""Asking a SPARQL 1.1 server, and writing to it, over HTTP.

Invariant: nothing is asked but the addresses that were named, and no redirect is followed: what is sent, and who sends
it, is meant for them. A request may be sent again where it is not known whether it arrived, so each must be one that
may be carried out twice. A name, password or token stands in no message.

Only the standard library is used, as in asking other servers.
"""

import contextlib
import http.client
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Final, cast
from urllib.parse import urlencode, urlsplit

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from graph.mirror.errors import (
    MirrorCut,
    MirrorForbidden,
    MirrorNoSparql,
    MirrorRedirects,
    MirrorRefused,
    MirrorUnreachable,
    shown,
)

Term = NamedNode | BlankNode | Literal | Triple

_RESULTS: Final = "application/sparql-results+json"
_BUSY: Final = frozenset({408, 429, 502, 503, 504})
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_SAID: Final = 4_096  # bytes of what a server says of an error


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a server takes queries and updates, and where it gives the whole dataset as N-Quads, if it does.

    Raises:
        ValueError: the message is a sentence.

    >>> Addresses.of("http://localhost:3030/news/query").update
    'http://localhost:3030/news/update'
    >>> Addresses.of("http://localhost:7200/repositories/news").update
    'http://localhost:7200/repositories/news/statements'
    """

    query: str
    update: str
    dataset: str | None = None

    @classmethod
    def of(cls, query: str, update: str | None = None, dataset: str | None = None) -> "Addresses":
        """Return the addresses; where that for updates is not given, it is what usual servers have beside `query`."""
        for address in (query, update, dataset):
            if address is not None:
                _check(address)
        if update is None:
            start, slash, last = query.rpartition("/")
            if last == "query" and "?" not in query:
                update = f"{start}{slash}update"
            elif "/repositories/" in query and not query.endswith("/statements"):
                update = f"{query.rstrip('/')}/statements"
            else:
                update = query
        return cls(query, update, dataset)


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"it is no usable address: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "it holds a user name or password, which would be printed: set WAQAI_MIRROR_USER and WAQAI_MIRROR_PASSWORD"
        )
    bad = any(c <= " " or not c.isascii() or c in '<>"\x7f' for c in address)
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or bad or parts.fragment:
        raise ValueError("it must be an http or https address, such as http://localhost:3030/news/query")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a server is asked: as whom, how long one answer may take, and how long one is tried again."""

    authorization: str = field(default="", repr=False)
    seconds: float = 120.0
    patience: float = 300.0
    notice: Callable[[str], None] = field(default=lambda _: None, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)


class Server:
    """A SPARQL server. For one thread at a time."""

    def __init__(self, addresses: Addresses, manner: Manner | None = None) -> None:
        self.addresses = addresses
        self._manner = manner or Manner()
        self._open: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def close(self) -> None:
        """Close the connections."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def update(self, text: str) -> None:
        """Carry out an update.

        Raises:
            MirrorError: it is not known whether it was carried out where the server could not be reached, else it was
                not.
        """
        headers = {"Content-Type": "application/sparql-update; charset=utf-8", "Accept": "*/*"}
        with self._asked(self.addresses.update, "POST", headers, text.encode()) as response:
            response.read()

    def holds(self, pattern: str) -> bool:
        """Tell whether a pattern has a solution. Raises MirrorError."""
        return any(True for _ in self.rows(f"SELECT (1 AS ?yes) WHERE {{ {pattern} }} LIMIT 1"))

    def rows(self, query: str) -> Iterator[list[Term | None]]:
        """Yield the rows of a SELECT query as they come. Raises MirrorError."""
        with self._asked_query(query) as response:
            found = self._results(response)
            if isinstance(found, QueryBoolean):
                raise MirrorNoSparql(self.addresses.query, "it says yes or no to a question for rows")
            names = [variable.value for variable in found.variables]
            try:
                for row in found:
                    yield [row[name] for name in names]
            except (SyntaxError, ValueError, OSError) as error:
                raise MirrorNoSparql(self.addresses.query, shown(str(error))) from None

    def counted(self, pattern: str, names: str) -> Iterator[list[Term | None]]:
        """Yield the rows of all solutions of a pattern. Raises MirrorError, and MirrorCut where some do not come."""
        (number,) = list(self.rows(f"SELECT (COUNT(*) AS ?n) WHERE {pattern}"))
        counted = int(number[0].value) if isinstance(number[0], Literal) else 0
        given = 0
        for row in self.rows(f"SELECT {names} WHERE {pattern}"):
            given += 1
            yield row
        if given < counted:
            raise MirrorCut(self.addresses.query, counted, given)

    @contextlib.contextmanager
    def dataset(self) -> Iterator[IO[bytes]]:
        """Give the whole dataset as N-Quads, to be read as it comes. Raises MirrorError."""
        address = self.addresses.dataset
        assert address is not None
        with self._asked(address, "GET", {"Accept": "application/n-quads"}) as response:
            kind = (response.getheader("content-type") or "").partition(";")[0].strip().lower()
            if kind not in ("application/n-quads", "text/x-nquads"):
                raise MirrorNoSparql(address, f"it gives {shown(kind) or 'no media type'} and not application/n-quads")
            yield cast("IO[bytes]", response)

    def _asked_query(self, query: str) -> contextlib.AbstractContextManager[http.client.HTTPResponse]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": _RESULTS}
        return self._asked(self.addresses.query, "POST", headers, urlencode({"query": query}).encode("ascii"))

    def _results(self, response: http.client.HTTPResponse) -> QueryBoolean | QuerySolutions:
        kind = (response.getheader("content-type") or "").partition(";")[0].strip().lower()
        if kind not in (_RESULTS, "application/json"):
            raise MirrorNoSparql(self.addresses.query, f"it gives {shown(kind) or 'no media type'} and not {_RESULTS}")
        try:
            return parse_query_results(cast("IO[bytes]", response), QueryResultsFormat.JSON)
        except (SyntaxError, ValueError, OSError) as error:
            raise MirrorNoSparql(self.addresses.query, shown(str(error))) from None

    @contextlib.contextmanager
    def _asked(
        self, address: str, method: str, headers: dict[str, str], body: bytes | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """Give the answer of status 2xx to a request, which is sent again as long as the server is away or busy."""
        response = self._persistently(address, method, headers, body)
        whole = False
        try:
            yield response
            whole = response.isclosed() or not response.read(1)
        except (OSError, http.client.HTTPException) as error:
            raise MirrorUnreachable(address, f"it broke off its answer: {_reason(error)}") from None
        finally:
            if not whole or response.will_close:
                self._forget(address)

    def _persistently(
        self, address: str, method: str, headers: dict[str, str], body: bytes | None
    ) -> http.client.HTTPResponse:
        waited, tries = 0.0, 0
        while True:
            pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
            try:
                response = self._once(address, method, headers, body)
                if response.status not in _BUSY:
                    break
                asked = response.getheader("retry-after") or ""
                reason = f"it answers with the status {response.status}"
                pause = max(pause, float(asked)) if asked.isdigit() else pause
                self._forget(address)
            except (OSError, http.client.HTTPException) as error:
                self._forget(address)
                if isinstance(error, ssl.SSLCertVerificationError):
                    reason = f"its certificate cannot be trusted: {error.verify_message}"
                    raise MirrorUnreachable(address, reason) from None
                reason = _reason(error)
            if waited + pause > self._manner.patience:
                raise MirrorUnreachable(address, reason)
            if not tries:
                self._manner.notice(f"{address} cannot be reached ({reason}); trying again.")
            self._manner.sleep(pause)
            waited, tries = waited + pause, tries + 1
        if tries:
            self._manner.notice(f"{address} answers again.")
        if not 200 <= response.status < 300:
            self._refuse(address, response)
        return response

    def _once(self, address: str, method: str, headers: dict[str, str], body: bytes | None) -> http.client.HTTPResponse:
        parts = urlsplit(address)
        key = (parts.scheme, parts.netloc)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"User-Agent": "waqai", "Accept-Encoding": "identity", **headers}
        if self._manner.authorization:
            sent["Authorization"] = self._manner.authorization
        used = key in self._open
        connection = self._open.get(key) or self._connection(key)
        try:
            connection.request(method, path, body, sent)
            return connection.getresponse()
        except (ConnectionError, http.client.BadStatusLine):
            if not used:
                raise
            self._forget(address)  # the server had closed a connection that was not in use
            connection = self._connection(key)
            connection.request(method, path, body, sent)
            return connection.getresponse()

    def _connection(self, key: tuple[str, str]) -> http.client.HTTPConnection:
        scheme, place = key
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        self._open[key] = kind(place, timeout=self._manner.seconds)
        return self._open[key]

    def _forget(self, address: str) -> None:
        parts = urlsplit(address)
        connection = self._open.pop((parts.scheme, parts.netloc), None)
        if connection is not None:
            connection.close()

    def _refuse(self, address: str, response: http.client.HTTPResponse) -> None:
        said = ""
        with contextlib.suppress(OSError, http.client.HTTPException):
            said = response.read(_SAID).decode("utf-8", "replace")
        self._forget(address)
        target = response.getheader("location")
        if 300 <= response.status < 400 and target is not None:
            raise MirrorRedirects(address, target)
        if response.status in (401, 403):
            raise MirrorForbidden(address, response.status, bool(self._manner.authorization))
        kind = response.getheader("content-type") or ""
        raise MirrorRefused(address, response.status, "" if "html" in kind else shown(said, self._manner.authorization))


def _reason(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    found = error.strerror if isinstance(error, OSError) else None
    return shown(found or str(error) or type(error).__name__)
