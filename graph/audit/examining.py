"""One claim with all that it stands on, and the checks of it.

Invariant: each check compares the log, the contents and the store as they are now.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph.audit.answer import (
    AuditedArticle,
    AuditedClaim,
    AuditedDecision,
    AuditedErasure,
    AuditedReview,
    AuditedRun,
    ChainLink,
    Check,
    Passage,
    Slot,
)
from graph.audit.looking import Looking, holding
from graph.audit.tracing import Tracing
from graph.content import ContentDamaged
from graph.erasures import Erased
from graph.log import LogDamaged, Record
from graph.reviews import SlotReview
from graph.stored import StoredArticle
from graph.terms import Term
from ontology.curations import ClaimOf, RunOf
from ontology.identity import derived_id, sha256_hex
from ontology.model import Claim, Participant, Place, Span
from ontology.records import CLAIMS_EXTRACTED, decode_claims_extracted
from ontology.wire import display_name

CONTEXT: Final = 60  # code points shown before and after a quote
_TOGETHER: Final = 200  # claims of whose graphs one query asks


class Examining:
    """Claims with their checks, over what one audit has read."""

    def __init__(self, looking: Looking, tracing: Tracing) -> None:
        self._looking = looking
        self._tracing = tracing

    def claims(self, iris: Sequence[str]) -> Iterator[AuditedClaim]:
        """Yield claims with their checks. Raises as `claim` does."""
        for start in range(0, len(iris), _TOGETHER):
            some = iris[start : start + _TOGETHER]
            self._looking.expect([NamedNode(iri) for iri in some])
            yield from map(self.claim, some)

    def claim(self, iri: str) -> AuditedClaim:
        """Return the claim `iri` with its checks.

        Raises:
            graph.log.LogDamaged: its record, or that of its article, cannot be read, or does not hold it.
        """
        node = NamedNode(iri)
        record = self._looking.record_of(node)
        if record.type != CLAIMS_EXTRACTED:
            raise LogDamaged(record.position, f"the graph has it as the record of {iri}, and it holds no claims")
        named = self._looking.iris.parse(iri)
        record = holding(record, "" if named is None else named.id)
        extracted = decode_claims_extracted(record.payload)
        claim = next(iter(extracted.claims), None)
        if claim is None:
            raise LogDamaged(record.position, f"the claim {iri} is not in it any more")
        ingested = self._looking.article_record(extracted.article, record.position)
        article = StoredArticle(ingested.payload, self._readable)
        text, text_check = self._text(article)
        erasures = self._looking.erasures.of_article(article.id)
        erased = self._looking.erasures.erased(article.text_digest)
        extractor = extracted.extractor
        reviewed = self._looking.reviews.of_claim(extracted.article, claim.id, self._looking.at)
        return AuditedClaim(
            iri=iri,
            event=next(iter(self._tracing.about(node)), ""),
            event_type=claim.subtype or claim.type,
            modality=claim.modality.value,
            passages=tuple(_passage(span, text) for span in claim.evidence),
            slots=tuple(_slots(reviewed.claim(claim), text)),
            sources=tuple(self._chain(claim, text)),
            article=AuditedArticle(
                iri=self._looking.iris.article(extracted.article).value,
                title=article.title,
                publisher=article.publisher,
                published=article.published,
                url=article.url,
                language=article.language,
                text_sha256=article.text_sha256,
                text_digest=article.text_digest,
                text_length=ingested.payload["text_length"],
                record=self._looking.audited(ingested.position),
                erasures=tuple(self._erasure(one) for one in erasures),
            ),
            record=self._looking.audited(record.position),
            run=AuditedRun(
                iri=self._looking.iris.run(extracted.run).value,
                name=extractor.name,
                version=extractor.version,
                lexicon=extractor.lexicon,
                gazetteer=extractor.gazetteer,
            ),
            checks=(
                text_check,
                self._quotes(claim, node, text, erased),
                _derived("claim id", claim.id, claim.with_id(extracted.article).id, "what the claim says"),
                _article_id(article),
                self._same_graph(node, record, text, erased),
            ),
            reviews=tuple(
                self._review(slot, claim, text) for slot in reviewed.slots if slot.number <= len(claim.places)
            ),
            decisions=tuple(self._decisions(ClaimOf(extracted.article, claim.id))),
            retracted_by=self._looking.curations.of_claim(extracted.article, claim.id, self._looking.at).out_by,
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
            record=self._looking.audited(slot.position),
            undone_by=tuple(self._looking.audited(position) for position in slot.undone_by),
        )

    def _decisions(self, claim: ClaimOf) -> Iterator[AuditedDecision]:
        at, curations = self._looking.at, self._looking.curations
        runs = {RunOf(claim.article, run) for run in self._looking.runs_of(claim.article)}
        positions = {*curations.on_claim(claim, at), *(p for run in runs for p in curations.on_run(run, at))}
        for position in sorted(positions):
            yield self.decision(position)

    def decision(self, position: int) -> AuditedDecision:
        """Return the decision of the record at `position`."""
        at, curations, iris = self._looking.at, self._looking.curations, self._looking.iris
        waits, holds = curations.waits(position, at), curations.stands(position, at)
        state = "waits" if waits else "holds" if holds else "undone"
        decided = curations.curation(position)
        named = (decided.into, *decided.merged, *decided.apart) if decided.entity is not None else ()
        about = tuple(f"{iris.base}id/{decided.entity}/{one}" for one in named if one is not None)
        record = self._looking.audited(position)
        return AuditedDecision(record.type, decided.reason, state, record, about)

    def _known_as(self, place: str) -> str | None:
        """Return the first name that the graph has for a place."""
        labels = [quad.object for quad in self._looking.default(self._looking.iris.place(place), Term.LABEL, None)]
        names = sorted((label.language != "en", label.value) for label in labels if isinstance(label, Literal))
        return names[0][1] if names else None

    def _readable(self, digest: str) -> bytes | None:
        """Return a content that is as it was stored, None for one that is gone or damaged."""
        try:
            data = self._looking.content(digest)
        except ContentDamaged:
            return None
        return data if data is not None and sha256_hex(data) == digest else None

    def _text(self, article: StoredArticle) -> tuple[str | None, Check]:
        name, digest = "text digest", article.text_digest
        kind = "salted SHA-256" if article.salted else "SHA-256"
        try:
            data = self._looking.content(digest)
        except ContentDamaged as error:
            return None, Check(
                name, False, f"the stored bytes have the SHA-256 {error.found}, the record says {digest}"
            )
        if data is None:
            erased = self._looking.erasures.erased(digest)
            if erased is None:
                return None, Check(name, False, f"the content {digest} is lost: no record says that it was erased")
            return None, Check(name, None, f"{_ERASED.format(erased.position)}, so {digest} cannot be compared")
        found = sha256_hex(data)
        if found != digest:
            return None, Check(name, False, f"the stored bytes have the SHA-256 {found}, the record says {digest}")
        return article.text, Check(name, True, f"the stored bytes have the {kind} {digest} of the record")

    def _erasure(self, one: Erased) -> AuditedErasure:
        kinds = tuple(content.kind for content in one.erasure.contents)
        return AuditedErasure(kinds, one.erasure.basis, one.erasure.reason, self._looking.audited(one.position))

    def _quotes(self, claim: Claim, node: NamedNode, text: str | None, erased: Erased | None) -> Check:
        """Compare each passage in the graph, quote and position, with the characters of the text."""
        name = "quotes"
        if text is None:
            return Check(name, None, _ERASED.format(erased.position) if erased else "there is no text to compare with")
        for number, span in enumerate(claim.evidence, start=1):
            evidence = f"{node.value}/evidence/{number}"
            quote = self._looking.value(NamedNode(f"{evidence}/quote"), Term.EXACT)
            start = self._looking.value(NamedNode(f"{evidence}/position"), Term.START)
            end = self._looking.value(NamedNode(f"{evidence}/position"), Term.END)
            if (start, end) != (str(span.start), str(span.end)):
                return Check(name, False, f"passage {number} is [{start}, {end}) in the graph, {span} in the record")
            if quote is None or span.of(text) != quote:
                return Check(name, False, f"passage {number} is not what the text says at [{start}, {end})")
        count = len(claim.evidence)
        said = "1 passage of the graph matches" if count == 1 else f"{count} passages of the graph match"
        return Check(name, True, f"{said} the text character by character")

    def _same_graph(self, node: NamedNode, record: Record, text: str | None, erased: Erased | None) -> Check:
        """Project the record anew: the store has all that it states of the claim, and nothing else in its graph."""
        name, position = "projection", record.position
        if self._looking.store.outdated:
            return Check(name, None, "the graph was made by an older version, whose projection is not here any more")
        if text is None and erased is None:
            return Check(name, None, "without the text its words and labels cannot be made anew")
        quads = self._looking.projected_of(record, node)
        missing = self._looking.lacking(quads)
        if missing:
            return Check(
                name, False, f"the graph lacks {missing} of the {len(quads)} quads that record {position} gives of it"
            )
        foreign = self._looking.quads_in(node) - sum(quad.graph_name == node for quad in quads)
        if foreign:
            return Check(name, False, f"the claim's graph holds {foreign} quads that record {position} does not give")
        return Check(name, True, f"record {position} gives the {len(quads)} quads of it that the graph holds")

    def _chain(self, claim: Claim, text: str | None) -> Iterator[ChainLink]:
        for order, source in enumerate(claim.sources, start=1):
            words = None if text is None else source.span.of(text)
            yield ChainLink(
                order=order,
                iri=self._looking.iris.source(source.id).value,
                name=display_name(source.names, words),
                kind=source.kind,
                verb=source.verb.of(text) if source.verb is not None and text is not None else None,
                start=source.span.start,
                end=source.span.end,
                words=words,
                rule=source.rule,
                party=source.party,
            )


_ERASED: Final = "the text was erased by the record {}"


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
