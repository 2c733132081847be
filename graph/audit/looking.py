"""What one audit reads: graph and log, each record and each projection once.

Invariant: what is remembered is of one position of the graph, and nothing is read or projected twice.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from graph.audit.answer import AuditedRecord, Check
from graph.content import ContentDamaged
from graph.iris import Iris
from graph.log import EventLog, LogDamaged, Record
from graph.projection.statements import Statements, quads
from graph.store import Reader
from graph.terms import wq
from graph.upcasting import PresentLog
from ontology.identity import NotCanonical, canonical_json
from ontology.records import ARTICLE_INGESTED, article_stream

Content = Callable[[str], bytes | None]


class Looking:
    """The graph, the log and the contents as one audit sees them."""

    def __init__(self, store: Reader, log: EventLog, content: Content) -> None:
        self.store = store
        self.iris = store.iris
        self.reviews = store.projector.reviews
        self.curations = store.projector.curations
        self.erasures = store.projector.erasures
        self.content = self.erasures.masked(content)
        self.at = store.position()
        self._log = PresentLog(log)
        self._records: dict[int, Record] = {}
        self._projected: dict[int, frozenset[Quad]] = {}
        self._stated: dict[int, Statements] = {}

    def record(self, position: int) -> Record:
        """Return the record at `position`.

        Raises:
            graph.log.LogDamaged: the log does not hold it.
        """
        if position not in self._records:
            record = next(self._log.read(after=position - 1, upto=position), None)
            if record is None:
                raise LogDamaged(position, "the graph names this record, and the log does not hold it")
            self._records[position] = record
        return self._records[position]

    def article_record(self, article: str, position: int) -> Record:
        """Return the record that brought an article, which the one at `position` names.

        Raises:
            graph.log.LogDamaged: the log does not hold it.
        """
        for record in self._log.read_stream(article_stream(article)):
            if record.type == ARTICLE_INGESTED:
                return self._records.setdefault(record.position, record)
        raise LogDamaged(position, f"it names the article {article}, which the log does not hold")

    def audited(self, position: int) -> AuditedRecord:
        """Return the record at `position` with the check of its body. Raises as `record` does."""
        record = self.record(position)
        node = self.iris.record(position)
        name = f"record {position}"
        known = self.value(node, wq("bodySha256"))
        if known != record.body_sha256:
            digest = Check(name, False, f"its body has the SHA-256 {record.body_sha256}, the graph says {known}")
        elif not _canonical(record):
            digest = Check(name, False, "its body is not canonical JSON")
        else:
            digest = Check(name, True, f"its body has the SHA-256 {known} that the graph says")
        return AuditedRecord(
            node.value, position, record.type, record.recorded, record.actor, record.body_sha256, (digest,)
        )

    def projected(self, position: int) -> frozenset[Quad]:
        """Return the quads that the projection makes of the record at `position`, computed anew."""
        if position not in self._projected:
            self._projected[position] = frozenset(self._statements(position).quads())
        return self._projected[position]

    def projected_of(self, position: int, claim: NamedNode) -> frozenset[Quad]:
        """Return those about a claim of the record: its graph, its parts, what the default graph takes of it."""
        graph, stem = str(claim), f"{str(claim)[:-1]}/"
        statements = list(dict.fromkeys(self._statements(position).each()))
        said = {triple for triple, where in statements if where == graph}
        return frozenset(
            quads(
                (triple, where)
                for triple, where in statements
                if where == graph or (not where and (triple in said or triple.startswith((f"{graph} ", stem))))
            )
        )

    def _statements(self, position: int) -> Statements:
        if position not in self._stated:
            record, projector = self.record(position), self.store.projector
            try:
                stated = projector.statements(record, self.at)
            except ContentDamaged:  # what does not depend on the words can still be compared
                stated = replace(projector, content=lambda _: None).statements(record, self.at)
            self._stated[position] = stated
        return self._stated[position]

    def position(self, node: NamedNode) -> int:
        """Return the position of the first record that brought `node`; runs of several extractors may agree."""
        positions = self.positions(node)
        if not positions:
            records = [quad.object for quad in self.default(node, wq("record"), None)]
            positions = [found for record in records for found in self.positions(record)]
        return min(positions, default=0)

    def positions(self, node: object) -> list[int]:
        """Return the positions that the graph gives for `node`."""
        quads = self.default(node, wq("position"), None)
        return [int(quad.object.value) for quad in quads if isinstance(quad.object, Literal)]

    def ordered(self, claims: Iterable[str]) -> list[str]:
        """Return the claims without repeats, in the order of the log."""
        return sorted(set(claims), key=lambda iri: (self.position(NamedNode(iri)), iri))

    def value(self, subject: NamedNode, predicate: NamedNode) -> str | None:
        """Return the one literal that the default graph has there, None for none or several."""
        values = [
            quad.object.value for quad in self.default(subject, predicate, None) if isinstance(quad.object, Literal)
        ]
        return values[0] if len(values) == 1 else None

    def subjects(self, predicate: NamedNode, object_: NamedNode) -> list[str]:
        """Return the IRIs that the default graph has as subjects there."""
        quads = self.default(None, predicate, object_)
        return [quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)]

    def default(self, subject: Any, predicate: NamedNode | None, object_: Any) -> Iterator[Quad]:
        """Yield the quads of the default graph that match."""
        return self.store.quads(subject, predicate, object_, DefaultGraph())


def is_claim(iris: Iris, iri: str) -> bool:
    """Tell whether `iri` is that of a claim, and of no part of it."""
    named = iris.parse(iri)
    return named is not None and named.kind == "claim" and not named.part


def _canonical(record: Record) -> bool:
    import orjson

    try:
        return canonical_json(orjson.loads(record.body)) == record.body
    except NotCanonical:
        return False
