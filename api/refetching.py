"""The addresses of ingested articles, asked again.

Invariant: one address is asked once a call, one host no faster than it was said, and none within this machine's network
unless that is allowed, because pages say their addresses themselves. What is there now is compared with the text that
holds; nothing is put out of force but by a person's word.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from api import decisions
from api.addresses import variants
from api.corrected import as_later_text
from api.reconciliation.fetching import Got, Unreachable
from api.revisions import Revision, Revisions, accept, compared, in_force
from api.webpages import read_page
from ingest.readers import Limits, Overrides
from ingest.revisions import changes
from ontology.identity import sha256_hex
from ontology.model import Article

if TYPE_CHECKING:
    from api.workspace import Workspace
    from graph.stored import StoredArticle

FILE: Final = "fetched.sqlite"
_GONE: Final = (404, 410)
_TABLE: Final = "CREATE TABLE IF NOT EXISTS page (key TEXT PRIMARY KEY, etag TEXT, modified TEXT) WITHOUT ROWID"

Fetch = Callable[[str, Mapping[str, str]], Got]


class State(StrEnum):
    """What became of an address: the same text, another one of the same article, another page, or none."""

    SAME = "same"
    CHANGED = "changed"
    OTHER = "other"
    GONE = "gone"
    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Asked:
    """One address: of which article, and what is there. `told` is a sentence without a full stop."""

    article: str
    address: str
    state: State
    told: str = ""
    revision: Revision | None = None

    def json(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        said = {"article": self.article, "address": self.address, "state": self.state.value, "told": self.told}
        return said if self.revision is None else {**said, "revision": self.revision.json()}


class Validators:
    """What servers said of the texts that hold: ETag and Last-Modified, by digests of article and address.

    A file that can be thrown away: without it every page is fetched whole.
    """

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / FILE, isolation_level=None)
        self._database.execute(_TABLE)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def of(self, article: str, address: str) -> dict[str, str]:
        """Return the headers that make a request conditional."""
        query = "SELECT etag, modified FROM page WHERE key = ?"
        etag, modified = self._database.execute(query, (_key(article, address),)).fetchone() or (None, None)
        named = {"if-none-match": etag, "if-modified-since": modified}
        return {name: value for name, value in named.items() if value}

    def keep(self, article: str, address: str, got: Got) -> None:
        """Remember what the server said of the page that has the article's text."""
        row = (_key(article, address), got.headers.get("etag"), got.headers.get("last-modified"))
        self._database.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?)", row)


def _key(article: str, address: str) -> str:
    return sha256_hex(f"{article}\n{address}".encode())


class Pace:
    """Waits so that one host is asked once in `seconds`."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._free: dict[str, float] = {}

    def wait(self, address: str, sleep: Callable[[float], None] = time.sleep) -> None:
        """Return when the host of an address may be asked."""
        host = urlsplit(address).netloc
        left = self._free.get(host, 0.0) - self._clock()
        if left > 0:
            sleep(left)
        self._free[host] = self._clock() + self._seconds


def chosen(workspace: "Workspace", names: Iterable[str] | None, since: str | None = None) -> "list[StoredArticle]":
    """Return the articles to ask for, in the order of the log: those named, or all that hold, of one address the last.

    `since` is an ISO 8601 time: only what came in since.

    Raises:
        decisions.UnknownSubject: one that is named is none, or has no web address.
    """
    if names is not None:
        return [_named(workspace, name) for name in names]
    wanted = f' FILTER(?when >= "{since}"^^xsd:dateTime)' if since is not None else ""
    rows = workspace.query(
        "SELECT ?article { ?article a schema:NewsArticle ; schema:url ?address ; wq:position ?at ; "
        f"wq:record/wq:recorded ?when FILTER(isIRI(?address)){wanted} }} ORDER BY ?at"
    ).rows()
    found: dict[str, StoredArticle] = {}
    for (node,) in rows:
        named = workspace.iris.parse(node.value)  # type: ignore[attr-defined]
        stored = None if named is None else workspace.stored(named.id)
        if stored is None or stored.text is None or stored.url is None or not in_force(workspace, stored.id):
            continue
        if written := variants(stored.url):
            found[min(written[1:])] = stored
    return list(found.values())


def _named(workspace: "Workspace", name: str) -> "StoredArticle":
    named = workspace.iris.parse(workspace.resolve(name))
    stored = workspace.stored(named.id) if named is not None and named.kind == "article" else None
    if stored is None:
        raise decisions.UnknownSubject(f"the log holds no article {name}: name its id as waqai ingest printed it")
    if stored.url is None or not variants(stored.url):
        raise decisions.UnknownSubject(f"the article {stored.id} has no web address that could be asked")
    if stored.text is None:
        raise decisions.UnknownSubject(f"the words of the article {stored.id} are erased: nothing can be compared")
    return stored


def refetch(
    workspace: "Workspace",
    articles: "Sequence[StoredArticle]",
    fetch: Fetch,
    validators: Validators,
    limits: Limits,
    *,
    pace: Pace,
    policy: Revisions = Revisions.REPORT,
    order: decisions.Order | None = None,
) -> Iterator[Asked]:
    """Ask for each article's address and say what is there now.

    With `report`, a later text that claims something else is ingested beside the earlier one; with `accept` it is
    recorded as a correction, for which `order` says why. Raises what `curating.correct` and `Workspace.ingest` do.
    """
    for known in articles:
        before, address = known.article(), known.url
        if before is None or address is None:
            continue
        pace.wait(address)
        try:
            got = fetch(address, validators.of(known.id, address))
        except Unreachable as unreachable:
            state = State.GONE if unreachable.status in _GONE else State.UNREACHABLE
            yield Asked(known.id, address, state, str(unreachable))
            continue
        if got.status == 304:
            yield Asked(known.id, address, State.SAME)
            continue
        found = list(read_page(got, address, Overrides(language=known.language), limits))
        if len(found) != 1 or not isinstance(found[0], Article):
            why = (
                "holds several articles" if len(found) > 1 else getattr(found[0], "reason", "") if found else "is empty"
            )
            yield Asked(known.id, address, State.UNREADABLE, why)
            continue
        later = as_later_text(before, found[0])
        if later.text == before.text:
            validators.keep(known.id, address, got)
            yield Asked(known.id, address, State.SAME)
            continue
        if not changes(before.text, later.text).of_one_article:
            yield Asked(known.id, address, State.OTHER, "another text is there, which shares little with this one")
            continue
        extracted = workspace.extract(later)
        revision = compared(workspace, known, later, extracted)
        told = ""
        if policy is Revisions.ACCEPT and order is not None:
            told = accept(workspace, revision, later, extracted, order).warning or ""
        elif revision.matters:
            outcome = workspace.ingest(later, extracted)
            told = f"ingested beside it as {later.id}, and both hold" if outcome.new else f"it is there as {later.id}"
        if revision.matters and workspace.holds(later) and in_force(workspace, later.id):
            validators.keep(later.id, address, got)
        yield Asked(known.id, address, State.CHANGED, told, revision)
