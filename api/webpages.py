"""Articles from web addresses.

Invariant: one request for one address that somebody asked for, within the bounds of `fetching`; what comes back is read
as a file is, and refused in the same words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from api.reconciliation.fetching import Bounds, Got, Unreachable, fetch
from ingest.readers import Limits, Overrides, Rejected, read_bytes
from ontology.model import Article

_ACCEPT: Final = "text/html, application/xhtml+xml, text/plain;q=0.9, application/json;q=0.8"
_SUFFIXES: Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "application/x-ndjson": ".jsonl",
}


def got_page(address: str, bounds: Bounds, validators: Mapping[str, str], *, inward: bool) -> Got:
    """Fetch a page; `validators` make the request conditional, and `inward` is as of `fetch`. Raises Unreachable."""
    return fetch(address, bounds, {"accept": _ACCEPT, **validators}, inward=inward)


def read_page(got: Got, where: str, overrides: Overrides, limits: Limits) -> Iterator[Article | Rejected]:
    """Read what was fetched, in the form that the server says, or else by its content."""
    kind = got.headers.get("content-type", "").partition(";")[0].strip().lower()
    return read_bytes(got.body, where, overrides, limits, _SUFFIXES.get(kind, ""))


def read_address(
    address: str, overrides: Overrides, limits: Limits, *, seconds: float, redirects: int
) -> Iterator[Article | Rejected]:
    """Fetch an address that a person named and yield its articles; each is at the address that its page says is its
    own, where that is on the same host, else at the one that was fetched.
    """
    try:
        got = got_page(address, Bounds(seconds, limits.max_bytes, redirects), {}, inward=True)
    except Unreachable as unreachable:
        yield Rejected(address, str(unreachable))
        return
    for item in read_page(got, address, overrides, limits):
        if isinstance(item, Article) and overrides.url is None and not _same_host(item.url, got.address):
            item = replace(item, url=got.address)
        yield item


def _same_host(stated: str | None, address: str) -> bool:
    return stated is not None and urlsplit(stated).hostname == urlsplit(address).hostname
