"""Which other servers queries and updates may ask, as the settings name them.

Invariant: an address is allowed because somebody named it, or what it begins with, in the settings; how a server would
read dots, backslashes and escapes in it is left to no guess: what would need one is not allowed. Nothing lies within
this machine or its network but a host and port that are named once more.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_HOST_PORT: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^\s\[\]:/@?#]+):(\d{1,5})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be asked: `services` are whole addresses, `sources` too or, where they end with a slash, beginnings.

    `within` are hosts with ports that may lie in this machine or its network.
    """

    services: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    within: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, services: str | None, sources: str | None, within: str | None) -> "Allowed":
        """Return what three settings allow, each a list with spaces between. Raises ValueError."""
        return cls(
            frozenset(map(_entry, (services or "").split())),
            tuple(map(_entry, (sources or "").split())),
            frozenset(map(_host_port, (within or "").split())),
        )

    def service(self, address: str) -> str | None:
        """Return the address under which a service is asked, None where it may not be."""
        found = _plain(address)
        return found if found in self.services else None

    def source(self, address: str) -> str | None:
        """Return the address under which a document is fetched, None where it may not be."""
        found = _plain(address)
        if found is None or not any(
            found == one or (one.endswith("/") and found.startswith(one)) for one in self.sources
        ):
            return None
        return found

    def inward(self, address: str) -> bool:
        """Tell whether an address that is allowed may lie in this machine or its network."""
        parts = urlsplit(address)
        return (parts.hostname or "", parts.port or _PORTS[parts.scheme]) in self.within


def _plain(address: str) -> str | None:
    """Return an address in one form, None where it is no plain http or https address."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or "#" in address or port == 0:
        return None
    if any(c <= " " or c == "\x7f" or c == "\\" for c in address):
        return None
    path = parts.path or "/"
    if any(segment in (".", "..") for segment in re.split(r"[/\\]", unquote(path))):
        return None
    host = f"[{host}]" if ":" in host else host
    where = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    rest = path + (f"?{parts.query}" if "?" in address else "")
    return f"{parts.scheme}://{where}" + "".join(c if c.isascii() else quote(c) for c in rest)


def _entry(written: str) -> str:
    found = _plain(written if "://" in written else f"https://{written}")
    if found is None:
        raise ValueError(
            f"{written!r} must be an address such as https://query.example.org/sparql, without user name, #, and dots"
        )
    return found


def _host_port(written: str) -> tuple[str, int]:
    match = _HOST_PORT.fullmatch(written)
    if match is None or not 0 < int(match[2]) < 65_536:
        raise ValueError(f"{written!r} must be a host and a port, such as sparql.example.org:8890")
    return match[1].strip("[]").lower(), int(match[2])
