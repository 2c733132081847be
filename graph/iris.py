"""The IRIs of the graph, all made from one base IRI.

Invariant: records hold ids and never our own IRIs, so the base is a setting. The same id under the same base is always
the same IRI, and `parse` takes apart what the methods put together.
"""

import re
from dataclasses import dataclass

from pyoxigraph import NamedNode

from ontology.identity import derived_id

DEFAULT_BASE = "http://localhost:8000/"

_BASE = re.compile(r"https?://[^\s<>\"{}|\\^`?#]+/")
_ID = re.compile(r"id/(article|claim|event|place|actor|source|record|run|gazetteer)/([A-Za-z0-9-]+)(?:/(.+))?")


class BadBaseIri(ValueError):
    """The base is not an absolute http(s) IRI that ends in a slash."""

    def __init__(self, base: str) -> None:
        super().__init__(f"the base IRI {base!r} must be an absolute http or https IRI that ends in '/'")
        self.base = base


@dataclass(frozen=True, slots=True)
class Identified:
    """What an IRI of ours names: the `kind` (claim, event …), the `id`, and the `part` of it (`evidence/1/quote`)."""

    kind: str
    id: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Iris:
    """Our IRIs under one base.

    Raises:
        BadBaseIri

    >>> Iris().record(7)
    <NamedNode value=http://localhost:8000/id/record/7>
    >>> Iris().parse("http://localhost:8000/id/claim/c-0a/date")
    Identified(kind='claim', id='c-0a', part='date')
    """

    base: str = DEFAULT_BASE

    def __post_init__(self) -> None:
        if _BASE.fullmatch(self.base) is None:
            raise BadBaseIri(self.base)
        try:
            NamedNode(self.base)
        except ValueError:
            raise BadBaseIri(self.base) from None

    def article(self, article_id: str) -> NamedNode:
        """Return the IRI of an article."""
        return NamedNode(f"{self.base}id/article/{article_id}")

    def claim(self, claim_id: str) -> NamedNode:
        """Return the IRI of a claim, which is also the name of its graph."""
        return NamedNode(f"{self.base}id/claim/{claim_id}")

    def event(self, claim_id: str) -> NamedNode:
        """Return the IRI of the event that a claim is about: one event a claim, until claims are brought together."""
        return NamedNode(f"{self.base}id/event/{derived_id('event', claim_id)}")

    def place(self, place_id: str) -> NamedNode:
        """Return the IRI of a place."""
        return NamedNode(f"{self.base}id/place/{place_id}")

    def actor(self, actor_id: str) -> NamedNode:
        """Return the IRI of an actor."""
        return NamedNode(f"{self.base}id/actor/{actor_id}")

    def source(self, source_id: str) -> NamedNode:
        """Return the IRI of a source."""
        return NamedNode(f"{self.base}id/source/{source_id}")

    def outlet(self, name: str) -> NamedNode:
        """Return the IRI of a publisher, which is a source known by its name."""
        return self.source(derived_id("source", "outlet", name))

    def record(self, position: int) -> NamedNode:
        """Return the IRI of a record."""
        return NamedNode(f"{self.base}id/record/{position}")

    def offer(self, position: int, rank: int) -> NamedNode:
        """Return the IRI of the `rank`-th candidate, from 1, that the record at `position` holds."""
        return NamedNode(f"{self.record(position).value}/offer/{rank}")

    def review(self, position: int) -> NamedNode:
        """Return the IRI of the review that the record at a position holds."""
        return NamedNode(f"{self.base}id/record/{position}/review")

    def curation(self, position: int) -> NamedNode:
        """Return the IRI of the decision on claims, runs or entities that the record at a position holds."""
        return NamedNode(f"{self.base}id/record/{position}/curation")

    def patch(self, position: int) -> NamedNode:
        """Return the IRI of the patch of curation graphs that the record at a position holds."""
        return NamedNode(f"{self.base}id/record/{position}/patch")

    def location(self, claim_id: str, number: int) -> NamedNode:
        """Return the IRI of the `number`-th place of a claim as the claim tells it, from 1."""
        return NamedNode(f"{self.base}id/claim/{claim_id}/location/{number}")

    def run(self, run_id: str) -> NamedNode:
        """Return the IRI of an extraction run."""
        return NamedNode(f"{self.base}id/run/{run_id}")

    def gazetteer(self, version: str) -> NamedNode:
        """Return the IRI of a version of the gazetteer; those of its sources lie below it."""
        return NamedNode(f"{self.base}id/gazetteer/{version}")

    def log(self) -> NamedNode:
        """Return the IRI of the log, and of the graph that says how far a store has followed it."""
        return NamedNode(f"{self.base}id/log")

    def absolute(self, iri: str) -> str:
        """Return `iri` under the base where it is relative (`event/…`, `id/event/…`, `graphs/…`), else unchanged."""
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", iri):
            return iri
        path = iri.lstrip("/")
        return self.base + (path if path.startswith(("id/", "graphs/")) else f"id/{path}")

    def parse(self, iri: str) -> Identified | None:
        """Return what `iri` names, or None where it is not one of ours."""
        if not iri.startswith(self.base):
            return None
        match = _ID.fullmatch(iri, len(self.base))
        return None if match is None else Identified(match[1], match[2], match[3] or "")


def is_iri(text: str) -> bool:
    """Tell whether a client's text is an absolute web IRI, which alone may stand between < and > in a query."""
    if not text.startswith(("http://", "https://")):
        return False
    try:
        NamedNode(text)
    except ValueError:
        return False
    return not any(c in '<>"{}|^`\\' or c <= " " for c in text)
