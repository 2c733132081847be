"""Asking another server over HTTP, within bounds.

Invariant: nothing is asked but the address that a person named and where that server itself sends us on; never beyond
the time, the size and the number of redirects allowed, and never, by a redirect, into this machine or its network,
other than to the same port of this machine under another of its names. What comes back is bytes; what they mean is for
others to check.

Only the standard library is used: connecting to the address that was checked, and not to what its name may mean a
moment later, is what the client libraries leave no room for.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD: Final = frozenset({307, 308})
_CONDITIONS: Final = frozenset({"if-none-match", "if-modified-since"})
_BLOCK: Final = 65_536
_SHOWN: Final = 200
_PORTS: Final = {"http": 80, "https": 443}
# Of the protocols themselves: no two versions of Python agree on them.
_SPECIAL: Final = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class Unreachable(Exception):
    """A server did not answer as it should; the message is the end of a sentence that begins with its name.

    `status` is the one that it answered with, None where it did not. `late` says that its time was up.
    """

    def __init__(self, message: str, status: int | None = None, *, late: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.late = late


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long one request may take in seconds, how many bytes an answer may have, how many redirects are followed."""

    seconds: float
    size: int
    redirects: int


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Got:
    """An answer: where it came from in the end, its status (200 or 304), its headers (names in lower case), body.

    `ended` says that the server told where the body ends, so that it is known to be whole.
    """

    address: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    ended: bool = True


def get(address: str, bounds: Bounds) -> bytes:
    """Return what is at an address.

    Raises:
        Unreachable: for anything but an answer of status 200 within the bounds.
    """
    return fetch(address, bounds).body


def fetch(address: str, bounds: Bounds, headers: Mapping[str, str] | None = None, *, inward: bool = True) -> Got:
    """Return the answer at an address; to an `if-none-match` or `if-modified-since` of `headers` 304 is one too.

    `inward` says whether the address itself may lie within this machine or its network; what a person named may, and
    what a page says of itself may not.

    Raises:
        Unreachable: as `get`.
    """
    return _ask(address, _Question("GET", headers or {}, None), bounds, inward=inward)


def same_server(one: str, other: str) -> bool:
    """Tell whether two addresses are of the same scheme, host and port. Raises Unreachable where one is no address."""
    parts = checked(one), checked(other)
    return parts[0].scheme == parts[1].scheme and _same_server(*parts)


def post_form(address: str, fields: Mapping[str, str], bounds: Bounds) -> bytes:
    """Send a form and return the answer. Raises as `get` does."""
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    return _ask(address, _Question("POST", headers, urlencode(fields).encode("ascii")), bounds).body


def post_json(address: str, data: bytes, bounds: Bounds) -> bytes:
    """Send JSON and return the answer. Raises as `get` does."""
    return _ask(address, _Question("POST", {"content-type": "application/json"}, data), bounds).body


def post(address: str, data: bytes, headers: Mapping[str, str], bounds: Bounds, *, inward: bool = True) -> Got:
    """Send data and return the answer; `headers` name its type, and `inward` is as of `fetch`. Raises as `get` does."""
    return _ask(address, _Question("POST", headers, data), bounds, inward=inward)


def checked(address: str) -> SplitResult:
    """Return an address in its parts.

    Raises:
        Unreachable: where it is no http or https address, or holds a user name.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise Unreachable(f"has no usable address: {error}") from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise Unreachable(f"has the address {address!r}, which is no http or https address")
    if parts.username is not None or parts.password is not None:
        raise Unreachable("has a user name or password in its address, which is not supported")
    if any(c <= " " or c == "\x7f" for c in address):
        raise Unreachable(f"has the address {address!r}, which holds a space or control character")
    return parts


def _ask(address: str, question: _Question, bounds: Bounds, *, inward: bool = True) -> Got:
    at, asked, named = address, question, list[str]()
    for hop in range(bounds.redirects + 1):
        parts = checked(at)
        addresses = _resolved(parts)
        if not inward:
            _refuse_private(at, addresses)
        if not hop:
            named = addresses
        elif not _same_server(parts, checked(address)):
            if not _same_machine(checked(address), named, parts, addresses):
                _refuse_private(at, addresses)
            if parts.scheme != "https" and urlsplit(address).scheme == "https":
                raise Unreachable(f"redirects from https to {at}, which anybody on the way could read")
        got = _exchange(parts, addresses, asked, bounds)
        status, target = got.status, got.headers.get("location")
        if status == 200 or (status == 304 and _CONDITIONS & asked.headers.keys()):
            return replace(got, address=at)
        if status not in _REDIRECTS or target is None:
            raise Unreachable(f"answered with the status {status}", status)
        if asked.method == "POST" and status not in _KEEP_METHOD:
            to = urljoin(at, target)[:_SHOWN]
            raise Unreachable(f"redirects what is sent to {to} (status {status}); give that address")
        at = urljoin(at, target)
    if not bounds.redirects:
        raise Unreachable(f"redirects to {at[:_SHOWN]}, which is not followed")
    raise Unreachable(f"redirects more than {bounds.redirects} times")


def _exchange(parts: SplitResult, addresses: list[str], question: _Question, bounds: Bounds) -> Got:
    """Return the answer to one request to the first of the addresses that connects; only one of status 200 is read."""
    connection = _Connection(parts, addresses, bounds.seconds)
    # Time limits of sockets are for one read each; a server that drips bytes is cut off by the clock.
    late = threading.Event()

    def cut() -> None:
        late.set()
        connection.abort()

    clock = threading.Timer(bounds.seconds, cut)
    clock.daemon = True
    clock.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": "waqai",
            **question.headers,
        }
        connection.request(question.method, path, question.body, headers)
        response = connection.getresponse()
        body = _body(response, bounds) if response.status == 200 else b""
        if late.is_set():
            raise TimeoutError
        found = {name.lower(): value for name, value in response.getheaders()}
        return Got(
            parts.geturl(), response.status, found, body, response.chunked or found.get("content-length", "").isdigit()
        )
    except Unreachable:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(f"has a certificate that cannot be trusted: {error.verify_message}") from None
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise Unreachable(f"did not answer within {bounds.seconds:g} s", late=True) from None
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        raise Unreachable(f"broke the connection: {reason}") from None
    finally:
        clock.cancel()
        connection.close()


def _body(response: http.client.HTTPResponse, bounds: Bounds) -> bytes:
    encoding = response.getheader("content-encoding", "identity")
    if encoding.lower() not in ("identity", ""):
        raise Unreachable(f"sends its answer as {encoding}, which was not asked for")
    declared = response.getheader("content-length")
    if declared is not None and declared.isdigit() and int(declared) > bounds.size:
        raise Unreachable(f"answers with {int(declared):,} bytes, more than the {bounds.size:,} allowed")
    blocks: list[bytes] = []
    received = 0
    while block := response.read(min(_BLOCK, bounds.size + 1 - received)):
        received += len(block)
        if received > bounds.size:
            raise Unreachable(f"answers with more than the {bounds.size:,} bytes allowed")
        blocks.append(block)
    if declared is not None and declared.isdigit() and not response.chunked and received != int(declared):
        raise Unreachable(f"ended its answer after {received:,} of {int(declared):,} bytes")
    return b"".join(blocks)


def _resolved(parts: SplitResult) -> list[str]:
    """Return the addresses that a host name stands for."""
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or _PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"cannot be found: no address is known for {parts.hostname}") from None
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _same_server(one: SplitResult, other: SplitResult) -> bool:
    ports = [parts.port or _PORTS[parts.scheme] for parts in (one, other)]
    return one.hostname == other.hostname and ports[0] == ports[1]


def _same_machine(one: SplitResult, ones: list[str], other: SplitResult, others: list[str]) -> bool:
    """Tell whether two names mean one port of this machine: who named 127.0.0.1 may be sent to localhost there."""
    ports = [parts.port or _PORTS[parts.scheme] for parts in (one, other)]
    return ports[0] == ports[1] and all(_plain(address).is_loopback for address in (*ones, *others))


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address without its zone, and the IPv4 one that an IPv6 one stands for."""
    known = ipaddress.ip_address(address.partition("%")[0])
    return getattr(known, "ipv4_mapped", None) or known


def _is_outside(address: str) -> bool:
    """Tell whether an address is one of the public network, and so is each that gateways would send it on to."""
    known = _plain(address)
    if known.is_multicast or not known.is_global:
        return False
    if isinstance(known, ipaddress.IPv4Address):
        return not known.is_reserved and not any(known in network for network in _SPECIAL)
    if known in _NAT64:
        return _is_outside(str(ipaddress.IPv4Address(int(known) & 0xFFFFFFFF)))
    if known.sixtofour is not None or known.teredo is not None:  # they lead on to others; not every Python says private
        return False
    return not known.is_reserved and not known.is_site_local


def _refuse_private(target: str, addresses: list[str]) -> None:
    for address in addresses:
        if not _is_outside(address):
            raise Unreachable(f"leads to {target}, an address within this machine or its network ({address})")


class _Connection(http.client.HTTPConnection):
    """A connection to addresses that were looked up before; the name is for the certificate and the Host header."""

    def __init__(self, parts: SplitResult, addresses: list[str], seconds: float) -> None:
        assert parts.hostname is not None
        super().__init__(parts.hostname, parts.port or _PORTS[parts.scheme], timeout=seconds)
        self._addresses = addresses
        self._raw: socket.socket | None = None
        self._until = time.monotonic() + seconds
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        if self._tls is not None:
            self.default_port = _PORTS["https"]  # what the Host header leaves out

    def connect(self) -> None:
        """Connect to the first address that takes it."""
        failed: OSError | None = None
        for address in self._addresses:
            try:
                self.sock = socket.create_connection((address, self.port), max(0.001, self._until - time.monotonic()))
                break
            except OSError as error:
                failed = error
        else:
            raise failed if failed is not None else OSError("no address")
        self._raw = self.sock
        if self._tls is not None:
            self._raw = self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        """End whatever the connection is doing, from another thread."""
        if self._raw is not None:  # `sock` is gone as soon as an answer without a length has begun
            with contextlib.suppress(OSError):
                self._raw.shutdown(socket.SHUT_RDWR)
