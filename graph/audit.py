"""Audits: from an IRI or a triple back to the characters it stands on, and to the record that brought it.

Invariant: a check that an audit reports as passed was computed just now from the log, the contents and the store. A
check that cannot be made, because the content was erased, is neither passed nor failed; the erasure is then named.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse

from graph.audit_patches import PatchAbout, patches_about
from graph.content import ContentDamaged
from graph.erasures import Erased
from graph.iris import Iris
from graph.log import EventLog, LogDamaged, Record
from graph.reviews import SlotReview, affected
from graph.store import Reader
from graph.stored import StoredArticle
from graph.terms import Term, wq
from graph.upcasting import PresentLog
from ontology.curations import ClaimOf, RunOf
from ontology.identity import NotCanonical, canonical_json, derived_id, sha256_hex
from ontology.model import Claim, Participant, Place, Span
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, article_stream, decode_claims_extracted
from ontology.vocabulary import PREFIXES, RDF
from ontology.wire import display_name

CONTEXT: Final = 60  # code points shown before and after a quote
CLAIMS: Final = 50  # claims explained by default

Content = Callable[[str], bytes | None]


class NothingToAudit(Exception):
    """The graph says nothing about `subject`."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"the graph says nothing about {subject}: name a claim (c-…) or the IRI of an event, claim, article, place "
            "or actor; `waqai query 'SELECT ?e { ?e a wq:Event }'` lists events"
        )
        self.subject = subject


class BadTerm(ValueError):
    """A term of a triple cannot be read."""

    def __init__(self, term: str) -> None:
        super().__init__(f"{term!r} is no term: write an IRI, a prefixed name such as wq:place, or a quoted literal")
        self.term = term


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was verified: `passed` is None where it could not be; `detail` says what was compared."""

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the stored text, in code points; the words are None where the content was erased."""

    start: int
    end: int
    quote: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Slot:
    """What filled one slot of a claim: its characters, words, the rule, and the value that was made of them."""

    name: str
    start: int
    end: int
    words: str | None
    rule: str
    value: str


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One link of the reporting chain; `order` 1 is the outermost."""

    order: int
    iri: str
    name: str | None
    kind: str
    verb: str | None
    start: int
    end: int
    words: str | None
    rule: str
    party: bool


@dataclass(frozen=True, slots=True)
class AuditedRecord:
    """A record of the log, with the digest of its body as it stands in the log now."""

    iri: str
    position: int
    type: str
    recorded: str
    actor: str
    body_sha256: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class AuditedErasure:
    """An erasure that holds: which contents (`text`, `title`, `original`, `origin`), on what basis and why, and who."""

    contents: tuple[str, ...]
    basis: str
    reason: str
    record: AuditedRecord


@dataclass(frozen=True, slots=True)
class AuditedArticle:
    """The article that a claim was read from, and the record that brought it in.

    `text_digest` is how the record names the text: salted, unless it is the `text_sha256`, which is None where the text
    is gone. Title, publisher and url are None as well where they were erased.
    """

    iri: str
    title: str | None
    publisher: str | None
    published: str | None
    url: str | None
    language: str
    text_sha256: str | None
    text_digest: str
    text_length: int
    record: AuditedRecord
    erasures: tuple[AuditedErasure, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditedRun:
    """The run of the extractor that made a claim: code version and digest of the lexicon."""

    iri: str
    name: str
    version: str
    lexicon: str


@dataclass(frozen=True, slots=True)
class AuditedReview:
    """What a person decided on one place of a claim: `number` counts its places from 1.

    `machine` is what the machine had said, with its reasons or score where they were kept; `before` and `now` are the
    places on both sides of the decision. `state` is `decides`, `overruled` (a later one decides) or `undone`.
    """

    number: int
    decision: str
    reason: str
    state: str
    machine: str
    before: str
    now: str
    record: AuditedRecord
    undone_by: tuple[AuditedRecord, ...]


@dataclass(frozen=True, slots=True)
class AuditedDecision:
    """What a person decided on a claim, its run or its article, or on such a decision: `type` is that of the record.

    `state` is `holds`, `waits` (for approval) or `undone`.
    """

    type: str
    reason: str
    state: str
    record: AuditedRecord


@dataclass(frozen=True, slots=True)
class AuditedClaim:
    """A claim with everything it stands on. `event_type` is the subtype where there is one.

    `slots` say what holds now; `reviews` are all decisions that people took on its places, `decisions` those on the
    claim, its runs and its article, oldest first. `retracted_by` is the record that keeps it out of force now.
    """

    iri: str
    event: str
    event_type: str
    modality: str
    passages: tuple[Passage, ...]
    slots: tuple[Slot, ...]
    sources: tuple[ChainLink, ...]
    article: AuditedArticle
    record: AuditedRecord
    run: AuditedRun
    checks: tuple[Check, ...]
    reviews: tuple[AuditedReview, ...] = ()
    decisions: tuple[AuditedDecision, ...] = ()
    retracted_by: int | None = None


@dataclass(frozen=True, slots=True)
class AuditedPatch:
    """What a person changed about the subject in one curation graph, with the record that says who, when and why."""

    changed: PatchAbout
    record: AuditedRecord


@dataclass(frozen=True, slots=True)
class Audit:
    """The answer: `claims` support the subject, `omitted` more do too; `records` brought a subject that is no claim's.

    `patches` are what people wrote about it in curation graphs, oldest first.
    `position` is the log position that the graph stands at; `triple` is in N-Triples syntax, None for an IRI.
    """

    subject: str
    triple: str | None
    position: int
    claims: tuple[AuditedClaim, ...]
    omitted: int
    records: tuple[AuditedRecord, ...]
    patches: tuple[AuditedPatch, ...] = ()

    def checks(self) -> Iterator[Check]:
        """Yield every check that was made."""
        for record in self.records:
            yield from record.checks
        for patch in self.patches:
            yield from patch.record.checks
        for claim in self.claims:
            yield from claim.checks
            yield from claim.record.checks
            yield from claim.article.record.checks
            for erasure in claim.article.erasures:
                yield from erasure.record.checks
            for review in claim.reviews:
                yield from review.record.checks
                for undo in review.undone_by:
                    yield from undo.checks
            for decision in claim.decisions:
                yield from decision.record.checks

    @property
    def passed(self) -> bool:
        """True where no check failed."""
        return all(check.passed is not False for check in self.checks())

    def to_json(self) -> dict[str, Any]:
        """Return the audit as plain JSON data, with `passed`."""
        return {"passed": self.passed, **asdict(self)}


def explain(store: Reader, log: EventLog, content: Content, iri: str, *, limit: int = CLAIMS) -> Audit:
    """Explain what `iri` names: a claim or a part of it, an event, place, actor, source, article, run or record.

    `iri` may be relative to the base (`event/…`). At most `limit` claims are explained, lowest position first.

    Raises:
        NothingToAudit: the graph does not know it.
        graph.log.LogDamaged: a record on the way cannot be read at all.
    """
    auditor = _Auditor(store, log, content)
    subject = store.iris.absolute(iri)
    claims = auditor.claims_of(subject)
    records = [] if claims else auditor.records_of(subject)
    patches = auditor.patches(subject)
    if not claims and not records and not patches:
        raise NothingToAudit(subject)
    return replace(auditor.audit(subject, None, claims, records, limit), patches=patches)


def explain_triple(
    store: Reader,
    log: EventLog,
    content: Content,
    subject: str,
    predicate: str,
    object_: str,
    *,
    limit: int = CLAIMS,
) -> Audit:
    """Explain one triple: the claims whose projection gives it. A term is an IRI, `wq:place`, `a` or a quoted literal.

    Raises:
        BadTerm, NothingToAudit, graph.log.LogDamaged
    """
    auditor = _Auditor(store, log, content)
    s, p, o = (_term(text, store.iris) for text in (subject, predicate, object_))
    if not isinstance(s, NamedNode) or not isinstance(p, NamedNode):
        raise BadTerm(predicate if isinstance(s, NamedNode) else subject)
    text = f"{s} {p} {o}"
    graphs = [quad.graph_name for quad in store.quads(s, p, o)]
    if not graphs:
        raise NothingToAudit(text)
    patches = auditor.patches(s.value, text)
    claims = [graph.value for graph in graphs if isinstance(graph, NamedNode) and _is_claim(store.iris, graph.value)]
    if not claims:
        claims = [claim for claim in auditor.claims_of(s.value) if auditor.gives(claim, Quad(s, p, o))]
    records = [] if claims else [r for r in auditor.records_of(s.value) if Quad(s, p, o) in auditor.projected(r)]
    if not claims and not records:
        records = auditor.reviews_giving(Quad(s, p, o))
    if not claims and not records and not patches:
        raise NothingToAudit(text)
    return replace(auditor.audit(s.value, text, auditor.ordered(claims), records, limit), patches=patches)


class _Auditor:
    """One audit: what it read, so that nothing is read or projected twice."""

    def __init__(self, store: Reader, log: EventLog, content: Content) -> None:
        self._store = store
        self._log = PresentLog(log)
        self._iris = store.iris
        self._reviews = store.projector.reviews
        self._curations = store.projector.curations
        self._erasures = store.projector.erasures
        self._content = self._erasures.masked(content)
        self._records: dict[int, Record] = {}
        self._projected: dict[int, frozenset[Quad]] = {}

    def audit(self, subject: str, triple: str | None, claims: list[str], records: list[int], limit: int) -> Audit:
        return Audit(
            subject=subject,
            triple=triple,
            position=self._store.position(),
            claims=tuple(self._claim(iri) for iri in claims[:limit]),
            omitted=max(0, len(claims) - limit),
            records=tuple(self._audited(position) for position in records),
        )

    def patches(self, iri: str, triple: str | None = None) -> tuple[AuditedPatch, ...]:
        """Return what people wrote about `iri` in curation graphs, or of one triple alone."""
        found = patches_about(self._store.projector.patches, self._iris, iri, self._store.position(), triple)
        return tuple(AuditedPatch(one, self._audited(one.position)) for one in found)

    def claims_of(self, iri: str) -> list[str]:
        """Return the IRIs of the claims that `iri` rests on, lowest position first."""
        named = self._iris.parse(iri)
        node = _node(iri)
        if named is None or node is None:
            return []
        if named.kind == "claim":
            claim = self._iris.claim(named.id)
            return [claim.value] if self._about(claim) is not None else []
        if named.part:
            return self.claims_of(iri[: -len(named.part) - 1])
        if named.kind == "record" and (decided := self._claims_reviewed(named.id) or self._claims_decided(named.id)):
            return decided
        if named.kind in _REFERENCES:
            found = [iri for p in _REFERENCES[named.kind] for iri in self._subjects(p, node)]
            if named.kind == "source":  # a publisher is the source of no claim, but of the articles
                for article in self._subjects(Term.PUBLISHER, node):
                    found += self._subjects(Term.DERIVED_FROM, NamedNode(article))
            return self.ordered(iri for iri in found if _is_claim(self._iris, iri))
        found = [
            quad.graph_name.value
            for quad in self._store.quads(None, None, node)
            if isinstance(quad.graph_name, NamedNode) and _is_claim(self._iris, quad.graph_name.value)
        ]
        for inner in self._subjects(Term.CONTAINED_IN, node):
            found += self.claims_of(inner)
        return self.ordered(found)

    def _claims_reviewed(self, record: str) -> list[str]:
        """Return the claims that a review is about, or the one that it takes back."""
        position = int(record) if record.isascii() and record.isdigit() else 0
        if position not in self._reviews.positions(self._store.position()):
            return []
        claims = itertools.chain.from_iterable(affected(self._reviews, position).values())
        return self.ordered(self._iris.claim(claim).value for claim in claims)

    def _claims_decided(self, record: str) -> list[str]:
        """Return the claims that a decision is about."""
        position, at = int(record) if record.isascii() and record.isdigit() else 0, self._store.position()
        if position > at or self._curations.type_of(position) is None:
            return []
        found: list[str] = []
        for article, claims in self._curations.affected(position).items():
            holders = self._store.projector.extracted(article, at)
            there = {claim["id"] for holder in holders for claim in holder.payload["claims"]}
            found += (self._iris.claim(claim).value for claim in (there if claims is None else there & claims))
        return self.ordered(found)

    def reviews_giving(self, quad: Quad) -> list[int]:
        """Return the positions of the reviews that project `quad`."""
        return [p for p in self._reviews.positions(self._store.position()) if quad in self.projected(p)]

    def _subjects(self, predicate: NamedNode, object_: NamedNode) -> list[str]:
        quads = self._default(None, predicate, object_)
        return [quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)]

    def ordered(self, claims: Iterable[str]) -> list[str]:
        """Return the claims without repeats, in the order of the log."""
        return sorted(set(claims), key=lambda iri: (self._position(NamedNode(iri)), iri))

    def records_of(self, iri: str) -> list[int]:
        """Return the positions of the records that brought `iri`, or that it names."""
        node, named = _node(iri), self._iris.parse(iri)
        if node is None or named is None:
            return []
        if named.kind == "source":
            nodes = [NamedNode(article) for article in self._subjects(Term.PUBLISHER, node)]
        else:
            nodes = [node]
        return sorted({self._position(n) for n in nodes} - {0})

    def gives(self, claim: str, quad: Quad) -> bool:
        """Return whether the record of `claim`, or of its article, projects `quad`."""
        position = self._position(NamedNode(claim))
        if quad in self.projected(position):
            return True
        article = decode_claims_extracted(self._record(position).payload).article
        return quad in self.projected(self._article_record(article, position).position)

    def projected(self, position: int) -> frozenset[Quad]:
        """Return the quads that the projection makes of the record at `position`, computed anew."""
        if position not in self._projected:
            record, projector, at = self._record(position), self._store.projector, self._store.position()
            try:
                quads = projector.quads(record, at)
            except ContentDamaged:  # what does not depend on the words can still be compared
                quads = replace(projector, content=lambda _: None).quads(record, at)
            self._projected[position] = frozenset(quads)
        return self._projected[position]

    def _claim(self, iri: str) -> AuditedClaim:
        node = NamedNode(iri)
        record = self._record(self._position(node))
        if record.type != CLAIMS_EXTRACTED:
            raise LogDamaged(record.position, f"the graph has it as the record of {iri}, and it holds no claims")
        extracted = decode_claims_extracted(record.payload)
        named = self._iris.parse(iri)
        claim = next((c for c in extracted.claims if named is not None and c.id == named.id), None)
        if claim is None:
            raise LogDamaged(record.position, f"the claim {iri} is not in it any more")
        ingested = self._article_record(extracted.article, record.position)
        article = StoredArticle(ingested.payload, self._readable)
        text, text_check = self._text(article)
        erasures = self._erasures.of_article(article.id)
        erased = self._erasures.erased(article.text_digest)
        extractor = extracted.extractor
        reviewed = self._reviews.of_claim(extracted.article, claim.id, self._store.position())
        return AuditedClaim(
            iri=iri,
            event=self._iris.event(claim.id).value,
            event_type=claim.subtype or claim.type,
            modality=claim.modality.value,
            passages=tuple(_passage(span, text) for span in claim.evidence),
            slots=tuple(_slots(reviewed.claim(claim), text)),
            sources=tuple(self._chain(claim, text)),
            article=AuditedArticle(
                iri=self._iris.article(extracted.article).value,
                title=article.title,
                publisher=article.publisher,
                published=article.published,
                url=article.url,
                language=article.language,
                text_sha256=article.text_sha256,
                text_digest=article.text_digest,
                text_length=ingested.payload["text_length"],
                record=self._audited(ingested.position),
                erasures=tuple(self._erasure(one) for one in erasures),
            ),
            record=self._audited(record.position),
            run=AuditedRun(self._iris.run(extracted.run).value, extractor.name, extractor.version, extractor.lexicon),
            checks=(
                text_check,
                self._quotes(claim, node, text, erased),
                _derived("claim id", claim.id, claim.with_id(extracted.article).id, "what the claim says"),
                _article_id(article),
                self._same_graph(node, record.position, text, erased),
            ),
            reviews=tuple(
                self._review(slot, claim, text) for slot in reviewed.slots if slot.number <= len(claim.places)
            ),
            decisions=tuple(self._decisions(ClaimOf(extracted.article, claim.id))),
            retracted_by=self._curations.of_claim(extracted.article, claim.id, self._store.position()).out_by,
        )

    def _review(self, slot: SlotReview, claim: Claim, text: str | None) -> AuditedReview:
        linked = claim.places[slot.number - 1]
        before = self._known_as(slot.link.was) or f"place/{slot.link.was}"
        if slot.link.was == linked.id:
            before = _place_shown(linked, text)
        return AuditedReview(
            number=slot.number,
            decision=slot.review.decision.value,
            reason=slot.review.reason,
            state="decides" if slot.decides else "undone" if slot.undone_by else "overruled",
            machine=f"{_place_shown(linked, text)}{_linking_shown(linked)}",
            before=before,
            now=_place_shown(slot.link.now.at(linked), text),
            record=self._audited(slot.position),
            undone_by=tuple(self._audited(position) for position in slot.undone_by),
        )

    def _decisions(self, claim: ClaimOf) -> Iterator[AuditedDecision]:
        at, curations = self._store.position(), self._curations
        runs = {RunOf(claim.article, r.payload["run"]) for r in self._store.projector.extracted(claim.article, at)}
        positions = {*curations.on_claim(claim, at), *(p for run in runs for p in curations.on_run(run, at))}
        for position in sorted(positions):
            record = self._record(position)
            waits, holds = curations.waits(position, at), curations.stands(position, at)
            state = "waits" if waits else "holds" if holds else "undone"
            yield AuditedDecision(record.type, curations.curation(position).reason, state, self._audited(position))

    def _known_as(self, place: str) -> str | None:
        """Return the first name that the graph has for a place."""
        labels = [quad.object for quad in self._default(self._iris.place(place), Term.LABEL, None)]
        names = sorted((label.language != "en", label.value) for label in labels if isinstance(label, Literal))
        return names[0][1] if names else None

    def _readable(self, digest: str) -> bytes | None:
        """Return a content that is as it was stored, None for one that is gone or damaged."""
        try:
            data = self._content(digest)
        except ContentDamaged:
            return None
        return data if data is not None and sha256_hex(data) == digest else None

    def _text(self, article: StoredArticle) -> tuple[str | None, Check]:
        name, digest = "text digest", article.text_digest
        kind = "salted SHA-256" if article.salted else "SHA-256"
        try:
            data = self._content(digest)
        except ContentDamaged as error:
            return None, Check(
                name, False, f"the stored bytes have the SHA-256 {error.found}, the record says {digest}"
            )
        if data is None:
            erased = self._erasures.erased(digest)
            if erased is None:
                return None, Check(name, False, f"the content {digest} is lost: no record says that it was erased")
            return None, Check(name, None, f"{_ERASED.format(erased.position)}, so {digest} cannot be compared")
        found = sha256_hex(data)
        if found != digest:
            return None, Check(name, False, f"the stored bytes have the SHA-256 {found}, the record says {digest}")
        return article.text, Check(name, True, f"the stored bytes have the {kind} {digest} of the record")

    def _erasure(self, one: Erased) -> AuditedErasure:
        kinds = tuple(content.kind for content in one.erasure.contents)
        return AuditedErasure(kinds, one.erasure.basis, one.erasure.reason, self._audited(one.position))

    def _quotes(self, claim: Claim, node: NamedNode, text: str | None, erased: Erased | None) -> Check:
        """Compare each passage in the graph, quote and position, with the characters of the text."""
        name = "quotes"
        if text is None:
            return Check(name, None, _ERASED.format(erased.position) if erased else "there is no text to compare with")
        for number, span in enumerate(claim.evidence, start=1):
            evidence = f"{node.value}/evidence/{number}"
            quote = self._value(NamedNode(f"{evidence}/quote"), Term.EXACT)
            start = self._value(NamedNode(f"{evidence}/position"), Term.START)
            end = self._value(NamedNode(f"{evidence}/position"), Term.END)
            if (start, end) != (str(span.start), str(span.end)):
                return Check(name, False, f"passage {number} is [{start}, {end}) in the graph, {span} in the record")
            if quote is None or span.of(text) != quote:
                return Check(name, False, f"passage {number} is not what the text says at [{start}, {end})")
        count = len(claim.evidence)
        said = "1 passage of the graph matches" if count == 1 else f"{count} passages of the graph match"
        return Check(name, True, f"{said} the text character by character")

    def _same_graph(self, node: NamedNode, position: int, text: str | None, erased: Erased | None) -> Check:
        """Project the record anew: the store has all of its quads, and nothing else in the claim's graph."""
        name = "projection"
        if self._store.outdated:
            return Check(name, None, "the graph was made by an older version, whose projection is not here any more")
        if text is None and erased is None:
            return Check(name, None, "without the text its words and labels cannot be made anew")
        quads = self.projected(position)
        missing = sum(1 for quad in quads if quad not in self._store)
        if missing:
            return Check(name, False, f"the graph lacks {missing} of the {len(quads)} quads of record {position}")
        foreign = sum(1 for quad in self._store.quads(None, None, None, node) if quad not in quads)
        if foreign:
            return Check(name, False, f"the claim's graph holds {foreign} quads that record {position} does not give")
        return Check(name, True, f"record {position} gives the {len(quads)} quads that the graph holds")

    def _audited(self, position: int) -> AuditedRecord:
        record = self._record(position)
        node = self._iris.record(position)
        name = f"record {position}"
        known = self._value(node, wq("bodySha256"))
        if known != record.body_sha256:
            digest = Check(name, False, f"its body has the SHA-256 {record.body_sha256}, the graph says {known}")
        elif not _canonical(record):
            digest = Check(name, False, "its body is not canonical JSON")
        else:
            digest = Check(name, True, f"its body has the SHA-256 {known} that the graph says")
        return AuditedRecord(
            node.value, position, record.type, record.recorded, record.actor, record.body_sha256, (digest,)
        )

    def _chain(self, claim: Claim, text: str | None) -> Iterator[ChainLink]:
        for order, source in enumerate(claim.sources, start=1):
            words = None if text is None else source.span.of(text)
            yield ChainLink(
                order=order,
                iri=self._iris.source(source.id).value,
                name=display_name(source.names, words),
                kind=source.kind,
                verb=source.verb.of(text) if source.verb is not None and text is not None else None,
                start=source.span.start,
                end=source.span.end,
                words=words,
                rule=source.rule,
                party=source.party,
            )

    def _article_record(self, article: str, position: int) -> Record:
        for record in self._log.read_stream(article_stream(article)):
            if record.type == ARTICLE_INGESTED:
                return self._records.setdefault(record.position, record)
        raise LogDamaged(position, f"it names the article {article}, which the log does not hold")

    def _record(self, position: int) -> Record:
        if position not in self._records:
            record = next(self._log.read(after=position - 1, upto=position), None)
            if record is None:
                raise LogDamaged(position, "the graph names this record, and the log does not hold it")
            self._records[position] = record
        return self._records[position]

    def _position(self, node: NamedNode) -> int:
        """Return the position of the first record that brought `node`; runs of several extractors may agree."""
        positions = self._positions(node)
        if not positions:
            records = [quad.object for quad in self._default(node, wq("record"), None)]
            positions = [found for record in records for found in self._positions(record)]
        return min(positions, default=0)

    def _positions(self, node: object) -> list[int]:
        quads = self._default(node, wq("position"), None)
        return [int(quad.object.value) for quad in quads if isinstance(quad.object, Literal)]

    def _about(self, claim: NamedNode) -> NamedNode | None:
        quad = next(self._default(claim, wq("about"), None), None)
        return quad.object if quad is not None and isinstance(quad.object, NamedNode) else None

    def _value(self, subject: NamedNode, predicate: NamedNode) -> str | None:
        values = [
            quad.object.value for quad in self._default(subject, predicate, None) if isinstance(quad.object, Literal)
        ]
        return values[0] if len(values) == 1 else None

    def _default(self, subject: Any, predicate: NamedNode | None, object_: Any) -> Iterator[Quad]:
        return self._store.quads(subject, predicate, object_, DefaultGraph())


_ERASED: Final = "the text was erased by the record {}"
_REFERENCES: Final = {
    "event": (wq("about"),),
    "article": (Term.DERIVED_FROM,),
    "run": (Term.GENERATED_BY,),
    "record": (wq("record"),),
    "source": (wq("attributedTo"), wq("reportedVia")),
}


def _slots(claim: Claim, text: str | None) -> Iterator[Slot]:
    def words(span: Span) -> str | None:
        return None if text is None else span.of(text)

    def slot(name: str, span: Span, rule: str, value: str) -> Slot:
        return Slot(name, span.start, span.end, words(span), rule, value)

    def shown(entity: Participant, identifier: str) -> str:
        return display_name(entity.names, words(entity.span)) or identifier

    yield slot("trigger", claim.trigger.span, claim.trigger.rule, claim.trigger.lemma)
    for participant in claim.participants:
        value = shown(participant, f"actor/{participant.id}")
        yield slot(participant.role, participant.span, participant.rule, value)
    for place in claim.places:
        yield slot(place.role, place.span, place.rule, _place_shown(place, text))
    if claim.date is not None:
        yield slot("date", claim.date.span, claim.date.rule, claim.date.edtf or "unresolved")
    for figure in claim.figures:
        low, high = ("…" if bound is None else str(bound) for bound in (figure.low, figure.high))
        yield slot(figure.category, figure.span, figure.rule, low if low == high else f"{low}–{high}")
    for cue in claim.cues:
        yield slot("cue", cue.span, cue.rule, cue.effect.value)


def _place_shown(place: Place, text: str | None) -> str:
    name = display_name(place.names, None if text is None else place.span.of(text)) or f"place/{place.id}"
    return f"{name} ({place.precision.value})"


def _linking_shown(place: Place) -> str:
    """Return why the machine linked the place, or why it did not, as far as the record says."""
    linking = place.linking
    if linking is None:
        return ""
    if linking.record is not None:
        return f", as was decided on the name in record {linking.record}"
    if linking.score is None:
        return f", not linked: {'; '.join(linking.reasons)}"
    parts = ", ".join(f"{part} {points}" for part, points in linking.parts.items())
    return f", linked as {linking.entry} with score {linking.score} ({parts}), margin {linking.margin}"


def _passage(span: Span, text: str | None) -> Passage:
    if text is None:
        return Passage(span.start, span.end, None, None, None)
    before, after = text[max(0, span.start - CONTEXT) : span.start], text[span.end : span.end + CONTEXT]
    return Passage(span.start, span.end, span.of(text), before, after)


def _derived(name: str, written: str, computed: str, what: str) -> Check:
    if written == computed:
        return Check(name, True, f"{written} follows from {what}")
    return Check(name, False, f"{written} does not follow from {what}: that gives {computed}")


def _article_id(article: StoredArticle) -> Check:
    name = "article id"
    if article.text_sha256 is None or article.origin is None:
        return Check(name, None, "without text, publisher and address it cannot be made anew")
    origin = (article.publisher, article.url, article.published)
    computed = derived_id("article", article.text_sha256, *origin)
    return _derived(name, article.id, computed, "its text and publication")


def _canonical(record: Record) -> bool:
    import orjson

    try:
        return canonical_json(orjson.loads(record.body)) == record.body
    except NotCanonical:
        return False


def _is_claim(iris: Iris, iri: str) -> bool:
    named = iris.parse(iri)
    return named is not None and named.kind == "claim" and not named.part


def _node(iri: str) -> NamedNode | None:
    try:
        return NamedNode(iri)
    except ValueError:
        return None


def _term(text: str, iris: Iris) -> NamedNode | Literal:
    """Return the term that `text` writes."""
    if text == "a":
        return NamedNode(RDF + "type")
    prefix, colon, local = text.partition(":")
    try:
        if text.startswith(("<", '"')):
            (quad,) = parse(f"<a:a> <a:a> {text} .", format=RdfFormat.N_TRIPLES)
            if isinstance(quad.object, NamedNode | Literal):
                return quad.object
            raise BadTerm(text)
        if colon and prefix in PREFIXES:
            return NamedNode(PREFIXES[prefix] + local)
        return NamedNode(iris.absolute(text))
    except (SyntaxError, ValueError):
        raise BadTerm(text) from None
