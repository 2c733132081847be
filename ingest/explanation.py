"""The explanation of one extraction: what the text was taken for, why each slot is filled, and what was let go.

Invariant: every reason names its rule and, where it speaks of words, their characters; nothing is explained that the
reading and its trace did not decide, and the same extraction always has the same explanation. What the reasons mean
in words is for `wording`, how they look for the faces.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.attribution import Attribution, SourceHit
from ingest.drafts import Draft
from ingest.linking import Linked
from ingest.placemention import PlaceMention
from ingest.reading import Reading
from ingest.rulebook import Reason, Rulebook
from ingest.trace import Dropped, Trace
from ontology.model import Article, Claim, EventDate, Extraction, Place, Span
from ontology.wire import display_name

_NAMED_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text and what it was taken for; `claims` are the numbers of the claims whose slots it fills.

    `kind` is actor, people, facility, source, verb, place, date, figure, trigger or cue.
    """

    span: Span
    kind: str
    rule: str
    value: str | None = None
    claims: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a claim: its characters, what they were made into, and the reasons, the rule's own first.

    `span` is None for what no words say: a modality that nothing changed, a claim for which nobody speaks.
    """

    name: str
    span: Span | None
    value: str
    rule: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A statement that was folded into a claim: its type, its trigger, its sentence, and why."""

    type: str
    span: Span
    sentence: Span
    reason: Reason


@dataclass(frozen=True, slots=True)
class ExplainedClaim:
    """A claim with its number in the article, its slots in the order of the wire format, and its repeats."""

    number: int
    claim: Claim
    slots: tuple[Slot, ...]
    repeats: tuple[Repeat, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What might have become a claim (`kind` event) or filled a slot (actor, place, date, figure) and did not."""

    kind: str
    span: Span
    rule: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that a person needs to check one extraction against its text."""

    extraction: Extraction
    sentences: tuple[Span, ...]
    marks: tuple[Mark, ...]
    claims: tuple[ExplainedClaim, ...]
    dropped: tuple[Candidate, ...]

    @property
    def article(self) -> Article:
        """The article that is explained."""
        return self.extraction.article

    def spans(self) -> Iterator[Span]:
        """Yield every stretch of text that the explanation points at."""
        yield from self.sentences
        yield from (mark.span for mark in self.marks)
        for claim in self.claims:
            for slot in claim.slots:
                yield from () if slot.span is None else (slot.span,)
                yield from (reason.span for reason in slot.reasons if reason.span is not None)
            for repeat in claim.repeats:
                yield from (repeat.span, repeat.sentence)
        for candidate in self.dropped:
            yield candidate.span
            yield from (reason.span for reason in candidate.reasons if reason.span is not None)

    def reasons(self) -> Iterator[Reason]:
        """Yield every reason given anywhere."""
        for claim in self.claims:
            yield from (reason for slot in claim.slots for reason in slot.reasons)
            yield from (repeat.reason for repeat in claim.repeats)
        yield from (reason for candidate in self.dropped for reason in candidate.reasons)


def explained(reading: Reading, trace: Trace, extraction: Extraction) -> Explanation:
    """Return the explanation of `extraction`, whose reading reported to `trace`."""
    return _Explainer(reading, trace, extraction).explanation()


class _Explainer:
    def __init__(self, reading: Reading, trace: Trace, extraction: Extraction) -> None:
        self.reading, self.trace, self.extraction = reading, trace, extraction
        self.text = extraction.article.text
        self.book = Rulebook(reading.lexicon)
        drafts: dict[str, Draft] = {}
        for claim, draft in trace.claims:
            drafts.setdefault(claim.id, draft)
        self.claims = [(n, claim, drafts[claim.id]) for n, claim in enumerate(extraction.claims, 1)]
        self.told = {d.at for _, _, draft in self.claims for d in _statements(draft)}

    def explanation(self) -> Explanation:
        reading = self.reading
        claims = tuple(
            ExplainedClaim(number, claim, tuple(self._slots(claim, draft)), tuple(self._repeats(draft)))
            for number, claim, draft in self.claims
        )
        used: dict[Span, list[int]] = {}
        for explained_claim in claims:
            for slot in explained_claim.slots:
                if slot.span is not None and explained_claim.number not in used.setdefault(slot.span, []):
                    used[slot.span].append(explained_claim.number)
        found = {
            (m.span, m.kind): m if m.claims else replace(m, claims=tuple(used.get(m.span, ()))) for m in self._marks()
        }
        marks = tuple(sorted(found.values(), key=lambda m: (m.span.start, m.span.end, m.kind)))
        sentences = tuple(reading.span(a, b) for a, b in reading.sentences if a < b)
        dropped = sorted(
            (*self._events(), *self._unused(used)), key=lambda c: (c.kind != "event", c.span.start, c.kind, c.rule)
        )
        return Explanation(self.extraction, sentences, marks, claims, tuple(dropped))

    # ------------------------------------------------------------------ what the text was taken for

    def _marks(self) -> Iterator[Mark]:
        reading, trace = self.reading, self.trace
        for m in reading.mentions:
            entry = m.entry
            name = display_name(dict(entry.get("names", {})), None) if entry is not None else m.subkind
            yield Mark(m.span, m.kind, m.rule, name)
        for place in trace.places:
            yield Mark(place.span, "place", place.rule, _place_name(place))
        for d in reading.dates:
            yield Mark(reading.span(d.first, d.last), "date", d.rule, d.edtf or d.kind)
        for figure in trace.figures:
            yield Mark(figure.span, "figure", figure.rule, f"{figure.category} {_bounds(figure.low, figure.high)}")
        for cue in trace.cues:
            yield Mark(cue.span, "cue", cue.rule, cue.effect.value)
        for attribution in trace.attributions:
            for source in attribution.chain:
                yield Mark(source.span, "source", source.rule, source.kind)
            if attribution.verb is not None and attribution.chain:
                yield Mark(attribution.verb, "verb", "source.verb")
        for number, claim, draft in self.claims:
            yield Mark(claim.trigger.span, "trigger", claim.trigger.rule, claim.type, (number,))
            for other in _repeats_of(draft):
                yield Mark(other.span, "trigger", other.rule, other.type, (number,))

    # ------------------------------------------------------------------ slots

    def _slots(self, claim: Claim, draft: Draft) -> Iterator[Slot]:
        text, trigger = self.text, draft.trigger
        own = self.book.reasons(claim.trigger.rule, claim.trigger.span)
        if trigger is not None and trigger.type != trigger.entry.get("type"):
            own = (*own, Reason(trigger.entry.id, "type.sense", None, {"type": trigger.type}))
        if trigger is not None and draft.type != trigger.type:
            own = (*own, Reason("type.means", "type.means", None, {"type": draft.type}))
        kind = claim.type if claim.subtype is None else f"{claim.type} / {claim.subtype}"
        yield Slot("trigger", claim.trigger.span, kind, claim.trigger.rule, own)
        yield self._modality(claim, draft)
        for p in claim.participants:
            value = display_name(p.names, p.span.of(text)) or ""
            yield Slot(p.role, p.span, value, p.rule, self.book.reasons(p.rule, p.span))
        mentioned = {f.place.span: f.place for f in draft.places}
        for place in claim.places:
            value = display_name(place.names, place.span.of(text)) or ""
            reasons = (*self.book.reasons(place.rule, place.span), *_link(place, mentioned.get(place.span)))
            yield Slot(place.role, place.span, value, place.rule, reasons)
        if claim.date is not None and draft.date is not None:
            said = claim.date.span if claim.date.span.end else None  # a day of the title stands in no word of the text
            reasons = tuple(self._date(claim.date, said, draft))
            yield Slot("date", said, claim.date.edtf or "?", claim.date.rule, reasons)
        for figure in claim.figures:
            bounds = _bounds(figure.low, figure.high)
            yield Slot(figure.category, figure.span, bounds, figure.rule, self.book.reasons(figure.rule, figure.span))
        chain = draft.attribution.chain if draft.attribution is not None else ()
        for source, hit in zip(claim.sources, chain, strict=True):
            value = display_name(source.names, source.span.of(text)) or ""
            reasons = (*self.book.reasons(source.rule, source.span), *self._carried(draft.attribution, hit))
            yield Slot("source", source.span, value, source.rule, reasons)
        if not claim.sources:
            unknown = draft.attribution is not None and draft.attribution.unknown
            rule = "source.unknown" if unknown else "source.none"
            verb = draft.attribution.verb if draft.attribution is not None else None
            yield Slot("source", None, "", rule, (Reason(rule, rule, verb),))
        for pair in self.extraction.possibly_same:
            if claim.id in (pair.first, pair.second):
                other = pair.second if claim.id == pair.first else pair.first
                reason = Reason("same.possible", "same.possible", None, {"slots": ", ".join(pair.agree)})
                yield Slot("possiblySame", None, other, "same.possible", (reason,))

    def _modality(self, claim: Claim, draft: Draft) -> Slot:
        rule, span = draft.modality_rule, None
        reasons: list[Reason] = []
        if claim.cues:
            cue = claim.cues[0]
            span = cue.span
            reasons.append(Reason(rule, rule, cue.span))
            reasons.extend(self.book.reasons(cue.rule, cue.span))
            rule = cue.rule
        else:
            chain = draft.attribution.chain if draft.attribution is not None else ()
            said = {"publisher": self.reading.publisher or "", "published": self.reading.published or ""}
            reasons.append(Reason(rule, rule, chain[-1].span if chain else None, said))
        return Slot("modality", span, claim.modality.value, rule, tuple(reasons))

    def _date(self, date: EventDate, span: Span | None, draft: Draft) -> Iterator[Reason]:
        yield from self.book.reasons(date.rule, span)
        days = {"start": date.start or "", "end": date.end or "", "published": self.reading.published or ""}
        if date.start is None and date.end is None:
            yield Reason(date.rule, "date.unresolved", span)
        else:
            key = "date.anchored" if date.anchor else "date.absolute"
            yield Reason(date.rule, key if date.start != date.end else f"{key}.day", span, days)
        if span is None or draft.date is None:
            yield Reason("date.title", "date.title")
            return
        at = self.reading.sentence_of[draft.date.first]
        if at not in {d.sentence for d in _statements(draft)}:
            yield Reason("date.frame", "date.frame", span)
        elif at != draft.sentence:
            yield Reason("date.repeat", "date.repeat", span)

    def _carried(self, attribution: Attribution | None, hit: SourceHit) -> Iterator[Reason]:
        """What tied the source to the words: a verb of saying, the sentence before, its place at the head."""
        if attribution is None:
            return
        if attribution.continued:
            yield Reason("source.continued", "source.continued", attribution.verb)
        elif attribution.verb is not None:
            yield Reason("source.verb", "source.verb", attribution.verb)
        else:
            yield Reason("source.head", "source.head", hit.span)
        if hit.party:
            yield Reason("source.party", "source.party", hit.span)

    def _repeats(self, draft: Draft) -> Iterator[Repeat]:
        for other in sorted(_repeats_of(draft), key=lambda d: (d.span.start, d.span.end)):
            rule = "fold.toll" if other.type == "CasualtyReport" != draft.type else "fold.repeat"
            a, b = self.reading.sentences[other.sentence]
            yield Repeat(other.type, other.span, self.reading.span(a, b), Reason(rule, rule, other.span))

    # ------------------------------------------------------------------ what was let go

    def _events(self) -> Iterator[Candidate]:
        """Triggers of which no claim came; a word that became one by another entry is none of them."""
        seen: set[tuple[int, str]] = set()
        for drop in self.trace.dropped:
            family = drop.rule.split(".")[1]
            if family not in ("trigger", "claim") or drop.first in self.told or (drop.first, drop.rule) in seen:
                continue
            seen.add((drop.first, drop.rule))
            span = self._words(drop)
            reasons = [Reason(drop.rule, drop.rule, span)]
            if drop.entry is not None:
                reasons.extend(self.book.reasons(drop.entry.id, span))
                reasons.extend(self.book.condition(drop.entry, c, self._decisive(drop, c)) for c in drop.conditions)
            if drop.cue is not None:
                reasons.extend(self.book.reasons(drop.cue.rule, drop.cue.span))
            if drop.instead is not None:
                reasons.append(Reason(drop.rule, "drop.instead", self.reading.span(drop.instead, drop.instead + 1)))
            yield Candidate("event", span, drop.rule, tuple(reasons))

    def _words(self, drop: Dropped) -> Span:
        """The characters of a dropped candidate, proclitics of its word off."""
        if drop.entry is not None and drop.last == drop.first + 1:
            for analysis in self.reading.analyses[drop.first]:
                if analysis.entry is drop.entry:
                    return self.reading.host_span(drop.first, drop.last, analysis.skip)
        return self.reading.span(drop.first, drop.last)

    def _decisive(self, drop: Dropped, condition: str) -> Span | None:
        """The word nearest to the candidate that stands where a condition `unless` does not want it."""
        side, _, name = condition.partition(".")
        value = (drop.entry.get(side) or {}).get(name) if drop.entry is not None else None
        if side != "unless" or not isinstance(value, list) or name.endswith("_kind"):
            return None
        reading = self.reading
        words = reading.lexicon.words_of(value)
        a, b = reading.sentences[reading.sentence_of[drop.first]]
        fitting = [
            j
            for j in range(a, b)
            if (
                reading.words[j] in words
                or any(v.host.removeprefix("ال") in words or v.host in words for v in reading.variants[j])
            )
            and (name == "form") == (j == drop.first)
        ]
        if not fitting:
            return None
        j = min(fitting, key=lambda j: (abs(j - drop.first), j))
        return reading.span(j, j + 1)

    def _unused(self, used: dict[Span, list[int]]) -> Iterator[Candidate]:
        """Mentions, places, dates and figures that fill no slot of any claim."""
        reading, trace = self.reading, self.trace
        speakers = {k for x in trace.attributions for s in x.chain for k in range(s.first, s.last)}
        told = {d.sentence for _, _, draft in self.claims for d in _statements(draft)}
        repeated = {span for _, _, draft in self.claims for d in _repeats_of(draft) for span in _filled(d)}
        counted = [figure.span for figure in trace.figures if figure.span in used]
        decided = {(d.first, d.last): d for d in trace.dropped if d.rule.split(".")[1] in ("place", "figure")}

        def why(kind: str, first: int, span: Span, rule: str | None, *more: Reason) -> Candidate:
            way = "repeat" if span in repeated else "unfitting" if reading.sentence_of[first] in told else "eventless"
            reason = rule or f"drop.{kind}.{way}"
            return Candidate(kind, span, reason, (Reason(reason, reason, span), *more))

        for m in reading.mentions:
            if m.kind not in ("actor", "people") or m.span in used or m.first in speakers:
                continue
            if not any(f.start <= m.span.start and m.span.end <= f.end for f in counted):  # the 6 of "6 civilians"
                yield why("actor", m.first, m.span, None, *self.book.reasons(m.rule, m.span))
        covered = {k for p in trace.places for k in range(p.first, p.last)}
        for d in decided.values():
            if d.rule.startswith("drop.place") and d.first not in covered:
                yield why("place", d.first, reading.span(d.first, d.last), d.rule)
        for place in trace.places:
            if place.span in used:
                continue
            rule = "drop.place.direction" if place.directional else "drop.place.outer" if place.inner else None
            yield why("place", place.first, place.span, rule, *self.book.reasons(place.rule, place.span))
        for date in reading.dates:
            span = reading.span(date.first, date.last)
            if span not in used:
                rule = None if date.kind == "point" else "drop.date.kind"
                yield why("date", date.first, span, rule, *self.book.reasons(date.rule, span))
        for figure in trace.figures:
            if figure.span in used:
                continue
            drop = decided.get((figure.first, figure.last))
            more = self.book.reasons(drop.cue.rule, drop.cue.span) if drop is not None and drop.cue is not None else ()
            rule = drop.rule if drop is not None else None
            yield why("figure", figure.first, figure.span, rule, *self.book.reasons(figure.rule, figure.span), *more)


def _statements(draft: Draft) -> list[Draft]:
    """The draft and all that was folded into it, step by step, each once."""
    found, at = [draft], 0
    while at < len(found):
        found.extend(other for other in found[at].merged if not any(other is known for known in found))
        at += 1
    return found


def _repeats_of(draft: Draft) -> list[Draft]:
    return _statements(draft)[1:]


def _filled(draft: Draft) -> Iterator[Span]:
    """The characters of all that a statement says beside its trigger."""
    yield from (f.span for f in draft.fillers)
    yield from (f.place.span for f in draft.places)
    yield from (f.span for f in draft.figures)


def _link(place: Place, mention: PlaceMention | None) -> Iterator[Reason]:
    """Why the name was linked to that place of the gazetteer, or to none, and which others bear it."""
    if mention is None:
        return
    if mention.same_as is not None:
        yield Reason("link.same", "link.same", mention.same_as.span)
    outcome = mention.outcome
    if outcome.record is not None:
        yield Reason("link.reviewed", "link.reviewed", mention.span, {"record": str(outcome.record)})
    if isinstance(outcome, Linked):
        identifier = place.links[0].identifier if place.links else place.id
        values = {"id": identifier, "score": str(outcome.score), "margin": str(outcome.margin)}
        yield Reason("link.chosen", "link.chosen", mention.span, values)
        for name, points in outcome.parts:
            yield Reason(f"link.part.{name}", f"link.part.{name}", None, {"points": str(points)})
    else:
        yield Reason("link.none", "link.none", mention.span, {"because": "; ".join(outcome.reasons)})
    if mention.within is not None:
        yield Reason("link.within", "link.within", mention.within.span)
    if len(mention.candidates) > 1:
        names = [f"{_english(e.names)} ({e.kind}, {e.country})" for e in mention.candidates[:_NAMED_CANDIDATES]]
        more = "" if len(mention.candidates) <= _NAMED_CANDIDATES else ", …"
        values = {"count": str(len(mention.candidates)), "names": ", ".join(names) + more}
        yield Reason("link.candidates", "link.candidates", mention.span, values)


def _english(names: object) -> str:
    found = dict(names)  # type: ignore[call-overload]
    return str(found.get("en") or next(iter(found.values()), "?"))


def _place_name(place: PlaceMention) -> str | None:
    entry = place.entry or (place.same_as.entry if place.same_as is not None else None)
    return _english(entry.names) if entry is not None else None


def _bounds(low: int | None, high: int | None) -> str:
    if low == high:
        return str(low) if low is not None else "?"
    return f"{low if low is not None else ''}–{high if high is not None else ''}"
