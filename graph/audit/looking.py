"""What one audit reads: graph and log, each record and each content once.

Invariant: what is remembered is of one position of the graph. Claims are looked at in the order of the log, so what the
claims of an article have in common is read once, and what is remembered stays bounded however many there are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final, TypeVar, cast

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions

from graph.audit.answer import AuditedRecord, Check
from graph.content import ContentDamaged
from graph.iris import Iris
from graph.log import EventLog, LogDamaged, Record
from graph.projection.statements import Statements, quads
from graph.store import Reader
from graph.terms import Term, wq
from graph.upcasting import PresentLog
from ontology.identity import NotCanonical, canonical_json
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, article_stream

Content = Callable[[str], bytes | None]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_REMEMBERED: Final = 16  # records, streams and contents, of each so many: more are more for the collector to look at
_AT_ONCE: Final = 1_000  # claims that one query names


class Looking:
    """The graph, the log and the contents as one audit sees them."""

    def __init__(self, store: Reader, log: EventLog, content: Content) -> None:
        self.store = store
        self.iris = store.iris
        self.reviews = store.projector.reviews
        self.curations = store.projector.curations
        self.erasures = store.projector.erasures
        self.content = _remembering(self.erasures.masked(content))
        self.at = store.position()
        self._log = PresentLog(log)
        self._projector = replace(
            store.projector, articles=self._payload, content=_remembering(store.projector.content)
        )
        self._records: dict[int, Record] = {}
        self._streams: dict[str, tuple[Record, ...]] = {}
        self._audited: dict[int, AuditedRecord] = {}
        self._first: dict[str, int] = {}  # the position that the graph has for a claim
        self._sizes: dict[NamedNode, int] = {}  # of the graphs of claims that come next
        self._projected: dict[int, frozenset[Quad]] = {}

    def record(self, position: int) -> Record:
        """Return the record at `position`.

        Raises:
            graph.log.LogDamaged: the log does not hold it.
        """
        known = self._records.get(position)
        if known is None:
            known = next(self._log.read(after=position - 1, upto=position), None)
            if known is None:
                raise LogDamaged(position, "the graph names this record, and the log does not hold it")
            _keep(self._records, position, known)
        return known

    def record_of(self, claim: NamedNode) -> Record:
        """Return the record that the graph names as the first one of a claim. Raises as `record` does."""
        position = self.position(claim)
        if position not in self._records:
            for quad in self.default(claim, Term.DERIVED_FROM, None):
                article = self.iris.parse(quad.object.value) if isinstance(quad.object, NamedNode) else None
                if article is not None and article.kind == "article":
                    self._stream(article.id)  # which holds the record, and all that is asked of the article later
        return self.record(position)

    def article_record(self, article: str, position: int) -> Record:
        """Return the record that brought an article, which the one at `position` names.

        Raises:
            graph.log.LogDamaged: the log does not hold it.
        """
        for record in self._stream(article):
            if record.type == ARTICLE_INGESTED:
                return record
        raise LogDamaged(position, f"it names the article {article}, which the log does not hold")

    def runs_of(self, article: str) -> set[str]:
        """Return the runs of extractors over an article, up to the position of the graph."""
        stream = self._stream(article)
        return {one.payload["run"] for one in stream if one.type == CLAIMS_EXTRACTED and one.position <= self.at}

    def _stream(self, article: str) -> tuple[Record, ...]:
        known = self._streams.get(article)
        if known is None:
            known = tuple(self._log.read_stream(article_stream(article)))
            _keep(self._streams, article, known)
            for record in known:
                if record.position not in self._records:
                    _keep(self._records, record.position, record)
        return known

    def _payload(self, article: str) -> Mapping[str, Any] | None:
        return next((one.payload for one in self._stream(article) if one.type == ARTICLE_INGESTED), None)

    def audited(self, position: int) -> AuditedRecord:
        """Return the record at `position` with the check of its body. Raises as `record` does."""
        known = self._audited.get(position)
        if known is None:
            known = self._audited[position] = self._examined(position)
        return known

    def _examined(self, position: int) -> AuditedRecord:
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
        known = self._projected.get(position)
        if known is None:
            known = frozenset(self._statements(self.record(position)).quads())
            _keep(self._projected, position, known)
        return known

    def projected_of(self, record: Record, claim: NamedNode) -> list[Quad]:
        """Return those about a claim of `record`, which may hold others too: its graph, its parts, what the default
        graph takes of it.
        """
        graph, stem = str(claim), f"{str(claim)[:-1]}/"
        statements = dict.fromkeys(self._statements(record).each())
        said = {triple for triple, where in statements if where == graph}
        return quads(
            (triple, where)
            for triple, where in statements
            if where == graph or (not where and (triple in said or triple.startswith((f"{graph} ", stem))))
        )

    def _statements(self, record: Record) -> Statements:
        try:
            return self._projector.statements(record, self.at)
        except ContentDamaged:  # what does not depend on the words can still be compared
            return replace(self._projector, content=lambda _: None).statements(record, self.at)

    def lacking(self, quads: Iterable[Quad]) -> int:
        """Return how many of some quads the graph does not hold; those of one subject are best given together."""
        there = self.store.engine().__contains__
        return sum(not there(quad) for quad in quads)

    def quads_in(self, graph: NamedNode) -> int:
        """Return how many quads the graph of a claim holds."""
        if graph not in self._sizes:
            self.expect([graph])
        return self._sizes[graph]

    def expect(self, claims: list[NamedNode]) -> None:
        """Read how many quads the graphs of some claims hold, which are to be asked for next."""
        self._sizes = dict.fromkeys(claims, 0)
        named = " ".join(f"({claim} {number})" for number, claim in enumerate(claims))
        pattern = f"VALUES (?g ?n) {{ {named} }} GRAPH ?g {{ ?s ?p ?o }}"
        answer = self.store.engine().query(f"SELECT ?n (COUNT(*) AS ?size) {{ {pattern} }} GROUP BY ?n")
        for number, size in cast("QuerySolutions", answer):
            if isinstance(number, Literal) and isinstance(size, Literal):
                self._sizes[claims[int(number.value)]] = int(size.value)

    def position(self, node: NamedNode) -> int:
        """Return the position of the first record that brought `node`; runs of several extractors may agree."""
        known = self._first.get(node.value)
        if known is not None:
            return known
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
        found = set(claims)
        rest = iter(found - self._first.keys())
        while some := [NamedNode(iri) for iri in islice(rest, _AT_ONCE)]:
            self._read_positions(some)
        return sorted(found, key=lambda iri: (self.position(NamedNode(iri)), iri))

    def retracted(self, claims: Iterable[str]) -> int:
        """Return how many of some claims the default graph has as retracted."""
        if not self.curations.positions(self.at):
            return 0  # nobody has decided anything
        said = (next(self.default(NamedNode(iri), _RETRACTED, None), None) for iri in claims)
        return sum(one is not None for one in said)

    def _read_positions(self, nodes: list[NamedNode]) -> None:
        named = " ".join(map(str, nodes))
        answer = self.store.engine().query(f"SELECT ?c ?n {{ VALUES ?c {{ {named} }} ?c {wq('position')} ?n }}")
        for claim, number in cast("QuerySolutions", answer):
            if isinstance(claim, NamedNode) and isinstance(number, Literal):
                iri, position = claim.value, int(number.value)
                self._first[iri] = min(position, self._first.get(iri, position))

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


_RETRACTED: Final = wq("retracted")


def is_claim(iris: Iris, iri: str) -> bool:
    """Tell whether `iri` is that of a claim, and of no part of it."""
    named = iris.parse(iri)
    return named is not None and named.kind == "claim" and not named.part


def holding(record: Record, claim: str) -> Record:
    """Return a record of claims as if it held the one of this id only.

    What it states of a claim does not depend on the others, which need not be decoded and projected for that.
    """
    payload = record.payload
    claims = [one for one in payload["claims"] if one["id"] == claim]
    pairs = [pair for pair in payload.get("possibly_same", ()) if claim in (pair["first"], pair["second"])]
    return replace(record, payload={**payload, "claims": claims, "possibly_same": pairs})


def _canonical(record: Record) -> bool:
    import orjson

    try:
        return canonical_json(orjson.loads(record.body)) == record.body
    except NotCanonical:
        return False


def _keep(known: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = value


def _remembering(content: Content) -> Content:
    """Return `content` so that what was just read is not read again."""
    known: dict[str, bytes | None] = {}

    def read(digest: str) -> bytes | None:
        if digest not in known:
            _keep(known, digest, content(digest))
        return known[digest]

    return read
