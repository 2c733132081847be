"""Audits: from an IRI or a triple back to the characters it stands on, and to the record that brought it.

Invariant: what is listed behind a thing was found in the graph and the log as they are now, and what became of it since
is part of the answer. What the graph does not hold is never explained as if it did.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pyoxigraph import NamedNode

from graph.audit.answer import Audit, AuditedDecision, AuditedPatch, Before
from graph.audit.examining import Examining
from graph.audit.looking import Content, Looking
from graph.audit.patches import patches_about
from graph.audit.terms import AskedTriple, triple_of
from graph.audit.tracing import Tracing
from graph.log import EventLog
from graph.store import Reader
from graph.terms import wq
from ontology.vocabulary import DCTERMS


class NothingToAudit(Exception):
    """The graph says nothing about `subject`."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"the graph says nothing about {subject}: name a claim (c-…) or the IRI of an event, claim, article, place "
            "or actor; `waqai query 'SELECT ?e { ?e a wq:Event }'` lists events"
        )
        self.subject = subject


class NoSuchTriple(NothingToAudit):
    """The graph does not hold a triple, and no record is known that ever brought it."""

    def __init__(self, triple: str) -> None:
        Exception.__init__(
            self,
            f"the graph does not hold {triple}, and no record is found that ever brought it: ask what it says of "
            "the subject with waqai audit IRI, or for its past with waqai history IRI",
        )
        self.subject = triple


def explain(
    store: Reader, log: EventLog, content: Content, iri: str, *, limit: int | None = None, offset: int = 0
) -> Audit:
    """Explain what `iri` names: a claim or a part of it, an event, place, actor, source, article, run or record.

    `iri` may be relative to the base (`event/…`). Its claims are explained lowest position first, at most `limit` of
    them (None: all), after the first `offset`.

    Raises:
        NothingToAudit: the graph does not know it.
        graph.log.LogDamaged: a record on the way cannot be read at all.
    """
    auditor = _Auditor(store, log, content)
    subject = store.iris.absolute(iri)
    claims = auditor.tracing.claims_of(subject)
    records = auditor.tracing.records_of(subject) if not claims or auditor.is_decision(subject) else []
    patches = tuple(auditor.patches(subject))
    if not claims and not records and not patches:
        raise NothingToAudit(subject)
    ended = auditor.tracing.ended(subject)
    found = auditor.audit(subject, claims, records, limit, offset)
    return replace(found, patches=patches, last_there=None if ended is None else ended[0])


def explain_triple(
    store: Reader,
    log: EventLog,
    content: Content,
    subject: str,
    predicate: str,
    object_: str,
    graph: str | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> Audit:
    """Explain one triple by its terms: each an IRI, `wq:place`, `a` or a quoted literal.

    Raises:
        BadTerm, and what `explain_asked` raises.
    """
    asked = triple_of(subject, predicate, object_, graph, store.iris)
    return explain_asked(store, log, content, asked, limit=limit, offset=offset)


def explain_asked(
    store: Reader, log: EventLog, content: Content, asked: AskedTriple, *, limit: int | None = None, offset: int = 0
) -> Audit:
    """Explain one triple: the claims that state it, or the records; where it is not there any more, who took it away.

    `limit` and `offset` are those of `explain`.

    Raises:
        NoSuchTriple: the graph does not hold it, and nothing is known of an earlier time.
        graph.log.LogDamaged
    """
    auditor = _Auditor(store, log, content)
    subject, text = asked.subject.value, str(asked)
    plain = f"{asked.subject} {asked.predicate} {asked.object}"
    patches = tuple(auditor.patches(subject, plain))
    if not any(True for _ in store.quads(asked.subject, asked.predicate, asked.object, asked.graph)):
        return replace(auditor.missing(asked, patches), triple=text, patches=patches)
    stated = auditor.tracing.stating(asked)
    if not stated.claims and not stated.records and not patches:
        found = auditor.audit(subject, [], [])
        return replace(found, triple=text, unexplained=True)
    found = auditor.audit(subject, list(stated.claims), list(stated.records), limit, offset)
    return replace(
        found,
        triple=text,
        patches=patches,
        unexamined=stated.unexamined,
        together=stated.together,
        because=stated.because,
    )


class _Auditor:
    def __init__(self, store: Reader, log: EventLog, content: Content) -> None:
        self._store, self._log = store, log
        self._looking = Looking(store, log, content)
        self.tracing = Tracing(self._looking)
        self._examining = Examining(self._looking, self.tracing)

    def audit(
        self, subject: str, claims: list[str], records: list[int], limit: int | None = None, offset: int = 0
    ) -> Audit:
        node = NamedNode(subject)
        shown = claims[offset:] if limit is None else claims[offset : offset + limit]
        return Audit(
            subject=subject,
            triple=None,
            position=self._looking.at,
            claims=tuple(self._examining.claims(shown)),
            omitted=len(claims) - len(shown),
            offset=offset,
            retracted=self._looking.retracted(claims),
            records=tuple(self._looking.audited(position) for position in records),
            instead=self._instead(node, claims),
            decisions=tuple(self._decisions(node)),
        )

    def _instead(self, node: NamedNode, claims: list[str]) -> tuple[str, ...]:
        """Return what stands for a thing: what it was merged into, or the events in which a retracted one goes on."""
        looking, iris = self._looking, self._looking.iris
        found = {quad.object for predicate in _INSTEAD for quad in looking.default(node, predicate, None)}
        named, ended = iris.parse(node.value), self.tracing.ended(node.value)
        if named is not None and ended is not None:
            event = NamedNode(f"{iris.base}id/event/{named.id}")
            own = (one for one in map(iris.parse, claims) if one is not None and iris.event(one.id) == event)
            events = self._store.projector.events
            found.update(iris.event(other) for claim in own for other in events.went_on(claim.id, looking.at))
        return tuple(sorted(one.value for one in found if isinstance(one, NamedNode)))

    def is_decision(self, iri: str) -> bool:
        """Tell whether `iri` names a record in which somebody decided something on claims or entities."""
        named = self._looking.iris.parse(iri)
        if named is None or named.kind != "record" or not named.id.isdecimal() or int(named.id) > self._looking.at:
            return False
        return self._looking.curations.type_of(int(named.id)) is not None

    def patches(self, iri: str, triple: str | None = None) -> Iterator[AuditedPatch]:
        """Yield what people wrote about `iri` in curation graphs, or of one triple alone."""
        for one in patches_about(self._store.projector.patches, self._looking.iris, iri, self._looking.at, triple):
            yield AuditedPatch(one, self._looking.audited(one.position))

    def missing(self, asked: AskedTriple, patches: tuple[AuditedPatch, ...]) -> Audit:
        """Return what is known of a triple that the graph does not hold.

        Raises:
            NoSuchTriple
        """
        from graph.audit.gone import gone  # which replays records, and is seldom asked

        found = gone(self._store, self._log, asked)
        if found is None and not patches:
            raise NoSuchTriple(str(asked))
        audit = self.audit(asked.subject.value, [], [])
        if found is None:
            return replace(audit, stands=False)
        before = Before(
            since=self._looking.audited(found.brought), until=self._looking.audited(found.taken), graph=found.graph
        )
        return replace(audit, stands=False, before=before)

    def _decisions(self, node: NamedNode) -> Iterator[AuditedDecision]:
        """Yield the decisions of people that name the thing itself: merges, what was kept apart, and their undoing."""
        looking = self._looking
        named = (looking.iris.parse(one) for one in looking.subjects(wq("concernsEntity"), node))
        positions = {int(one.id) for one in named if one is not None and one.kind == "record" and one.id.isdecimal()}
        undone = {undo for one in positions for undo in looking.curations.undone_by(one, looking.at)}
        for position in sorted(positions | undone):
            if looking.curations.type_of(position) is not None:
                yield self._examining.decision(position)


_INSTEAD: Final = (wq("mergedInto"), NamedNode(DCTERMS + "isReplacedBy"))
