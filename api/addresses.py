"""Which articles stand at an address.

Invariant: an address is one whatever protocol, `www.`, fragment, tracking parameter or closing slash it is written with
when it is asked for. One that many articles share is the address of a channel or a catalogue, and of none of them.
"""

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from graph.terms import Term

if TYPE_CHECKING:
    from api.workspace import Workspace
    from graph.store import Reader
    from graph.stored import StoredArticle

SHARED: Final = 20  # articles at one address, of which it is then none's
_TRACKING: Final = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "ref_src", "at_medium", "at_campaign")


class Addresses:
    """The articles of a workspace by their addresses, also those that `took` named since the graph was read."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._beside: Reader | None = None
        self._taken: dict[str, list[str]] = {}

    def took(self, article: str, address: str) -> None:
        """Remember an article that was just ingested: where another process owns the graph, it is not there yet."""
        if self._beside is not None:
            self._taken.setdefault(address, []).append(article)

    def at(self, address: str) -> "list[StoredArticle]":
        """Return the articles at an address that have their words, the last one ingested last; none where it is shared.

        Raises:
            graph.store.StoreError
        """
        from pyoxigraph import NamedNode

        graph, iris = self._graph(), self._workspace.iris
        found: dict[str, None] = {}
        for variant in variants(address):
            try:
                node = NamedNode(variant)
            except ValueError:
                continue  # no address that the graph could hold as one
            for quad in graph.quads(None, Term.URL, node):
                named = iris.parse(quad.subject.value)  # type: ignore[union-attr]
                if named is not None and named.kind == "article":
                    found[named.id] = None
                if len(found) > SHARED:
                    return []
            found.update(dict.fromkeys(self._taken.get(variant, ())))
        stored = [article for name in found if (article := self._workspace.stored(name)) is not None]
        placed = [(self._workspace.log.find_key(f"ingest:{one.id}"), one) for one in stored if one.text is not None]
        return [one for at, one in sorted(placed, key=lambda pair: pair[0].first if pair[0] is not None else 0)]

    def _graph(self) -> "Reader":
        if self._beside is not None:
            return self._beside
        graph = self._workspace.graph()
        if not self._workspace.owns_graph():  # asked once: each newer state beside another process is a copy of its own
            self._beside = graph
        return graph


def variants(address: str) -> list[str]:
    """Return the ways in which an address may be written, the given one first; none for what is no web address.

    >>> variants("https://paper.example/a/?utm_source=x#top")[-1]
    'http://www.paper.example/a'
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return []
    if parts.scheme not in ("http", "https") or not host:
        return []
    given = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in given if not name.lower().startswith(_TRACKING)]
    query = parts.query if kept == given else urlencode(kept)
    without, path = parts.netloc.removeprefix("www."), parts.path.rstrip("/")
    found = [address]
    for scheme in ("https", "http"):
        for netloc in (without, f"www.{without}"):
            found += [urlunsplit((scheme, netloc, ending, query, "")) for ending in (f"{path}/", path)]
    return list(dict.fromkeys(found))
