"""Documents that SPARQL Update loads from other servers (LOAD).

Invariant: only what the settings allow is asked for, and none of it within this machine or its network unless they say
so; all that one update fetches stays within one bound of bytes and one of seconds. A document is whole and of a type
that can be read, or there is none.
"""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from api.reconciliation.fetching import Bounds, Unreachable, fetch
from graph.updates.documents import TYPES, Document
from graph.updates.errors import UpdateFault

if TYPE_CHECKING:
    from api.settings import Settings

_ACCEPT: Final = ", ".join([*TYPES[:4], *(f"{one};q=0.8" for one in TYPES[4:])])
_SHOWN: Final = 200


class Loader:
    """Fetches the documents of one update."""

    def __init__(self, settings: "Settings") -> None:
        self._allowed = settings.allowed
        self._bytes = settings.load_bytes
        self._seconds = settings.load_seconds
        self._until: float | None = None

    def __call__(self, address: str) -> Document:
        """Return what is at an address, or why it cannot be had. Raises UpdateFault where it may not be asked for."""
        allowed = self._allowed.source(address)
        if allowed is None:
            reason = f"{address[:_SHOWN]} is none of the documents that LOAD may fetch (WAQAI_LOAD_ALLOW)"
            raise UpdateFault("load-refused", reason)
        self._until = self._until or time.monotonic() + self._seconds
        bounds = Bounds(max(0.01, self._until - time.monotonic()), self._bytes, redirects=0)
        fetched = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            got = fetch(allowed, bounds, {"accept": _ACCEPT}, inward=self._allowed.inward(allowed))
        except Unreachable as error:
            kind = "load-timeout" if error.late else "load-failed"
            return Document("", b"", fetched, (kind, f"the document {address[:_SHOWN]} {error}"))
        media_type = got.headers.get("content-type", "").partition(";")[0].strip().lower()
        why = None
        if media_type not in TYPES:
            why = f"is {media_type[:80] or 'of no stated type'}, and must be one of {', '.join(TYPES)}"
        elif not got.ended:
            why = "comes without a word on where it ends, so it cannot be known to be whole"
        if why is not None:
            return Document("", b"", fetched, ("load-failed", f"the document {address[:_SHOWN]} {why}"))
        self._bytes = max(1, self._bytes - len(got.body))
        return Document(media_type, got.body, fetched)


def loader(settings: "Settings") -> Loader | None:
    """Return what fetches for one update, None where nothing may be fetched."""
    return Loader(settings) if settings.allowed.sources else None
