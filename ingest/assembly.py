"""From drafts to claims of the domain model: ids, evidence passages, slots with their characters and rules.

Invariant: the passage of a claim holds every slot of its sentence, and no claim depends on the order of others.
"""

from dataclasses import replace
from functools import lru_cache

from ingest.attribution import Attribution, SourceHit
from ingest.dates import DateExpression
from ingest.doers import Filler
from ingest.drafts import Draft
from ingest.gazetteer.entry import SETTLEMENTS
from ingest.lexicon import Entry
from ingest.linking import Nil, area_of, place_of, surroundings_of
from ingest.reading import Reading
from ontology.identity import derived_id
from ontology.model import Claim, Cue, EventDate, Figure, Link, Linking, Participant, Place, Source, Span, Trigger
from ontology.normal import name_key


class Assembler:
    """Turns drafts into claims of the domain model."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def claim(self, draft: Draft) -> Claim:
        """Return the claim of a draft, with its id."""
        reading = self.reading
        claim = Claim(
            id="",
            type=draft.type,
            subtype=draft.subtype,
            modality=draft.modality,
            trigger=Trigger(draft.span, draft.lemma, draft.rule),
            evidence=(self._evidence(draft), *self._further(draft)),
            participants=tuple(self._participant(f) for f in draft.fillers),
            places=self._places(draft),
            date=self._date(draft.date),
            figures=tuple(
                Figure(f.category, f.span, f.rule, f.low, f.best, f.high, f.of)
                for f in sorted(draft.figures, key=lambda f: f.first)
            ),
            sources=tuple(
                self._source(s, draft.attribution)
                for s in (draft.attribution.chain if draft.attribution is not None else ())
            ),
            cues=tuple(Cue(c.span, c.effect, c.rule) for c in draft.cues),
        )
        return claim.with_id(reading.article_id)

    def _further(self, draft: Draft) -> tuple[Span, ...]:
        spans = sorted({self._evidence(d) for d in draft.merged} - {self._evidence(draft)})
        return tuple(spans)

    def _evidence(self, draft: Draft) -> Span:
        """The passage: from the first to the last slot in the sentence of the trigger, out to the next punctuation."""
        reading = self.reading
        a, b = reading.sentences[draft.sentence]
        low, high = draft.at, draft.at + 1
        for f in draft.fillers:
            if f.mention is not None and a <= f.mention.first < b:
                low, high = min(low, f.mention.first), max(high, f.mention.last)
            elif a <= f.at < b:
                low, high = min(low, f.at), max(high, f.at + 1)
        for p in draft.places:
            if a <= p.place.first < b:
                low, high = min(low, p.place.first), max(high, p.place.last)
                outer = p.place.within
                if outer is not None and a <= outer.first < b:
                    high = max(high, outer.last)
        for g in draft.figures:
            if a <= g.first < b:
                low, high = min(low, g.first, g.harm), max(high, g.last, g.harm + 1)
        if draft.attribution is not None:
            for s in draft.attribution.chain:
                if a <= s.first < b:
                    low, high = min(low, s.first), max(high, s.last)
            if a <= draft.attribution.at < b:
                low, high = min(low, draft.attribution.at), max(high, draft.attribution.at + 1)
        if draft.date is not None and a <= draft.date.first < b and draft.date.last > draft.date.first:
            low, high = min(low, draft.date.first), max(high, draft.date.last)
        while low > a and not (reading.punct[low - 1] and reading.raw[low - 1] in ("،", ",", ":", ";", "؛", ".")):
            low -= 1
        while high < b and not (reading.punct[high] and reading.raw[high] in ("،", ",", ":", ";", "؛", ".", "؟", "!")):
            high += 1
        while low < high - 1 and not reading.raw[low].strip():
            low += 1
        while high > low + 1 and (not reading.raw[high - 1].strip()):
            high -= 1
        return reading.span(low, high)

    def _participant(self, f: Filler) -> Participant:
        reading = self.reading
        mention = f.mention
        entry = f.entry if f.entry is not None else (mention.entry if mention is not None else None)
        if mention is not None and entry is not None and mention.entry is None:
            entry = None
        words = f.span.of(reading.text)
        if entry is not None:
            kind = str(entry.get("kind"))
            return Participant(
                f.role,
                f.span,
                f.rule,
                _registered_id("actor", entry.id),
                kind,
                dict(entry.get("names", {})),
                _entry_links(entry),
                _registered("actors", entry.id),
            )
        kind = mention.subkind if mention is not None else "unspecified"
        named = mention.full.of(reading.text) if mention is not None and mention.full is not None else words
        scope = [name_key(named)]  # an acronym is whom it stands for
        if mention is not None and mention.generic:
            scope.append(reading.article_id)  # "the fighters" of two articles need not be the same
        return Participant(f.role, f.span, f.rule, derived_id("actor", "local", *scope), kind, linking=_UNREGISTERED)

    def _places(self, draft: Draft) -> tuple[Place, ...]:
        found: list[Place] = []
        seen: set[tuple[str, str]] = set()
        for f in draft.places:
            place = f.place
            known = place.same_as or place
            outcome = place.outcome if place.entry is not None else known.outcome
            if place.directional and place.entry is not None and place.entry.kind in SETTLEMENTS:
                outcome = Nil(("what lies in a direction from a place is not the place",), around=place.entry)
            model = place_of(
                outcome,
                span=place.span,
                rule=f"{f.rule}+{place.rule}",
                text=known.text if place.same_as is not None else place.text,
                language=self.reading.language,
                article_id=self.reading.article_id,
                role=f.role,
                kind=place.kind or known.kind,
                extent=place.extent,
                near=place.near,
            )
            outer = known.within
            if not model.within and outer is not None:
                around = (
                    (surroundings_of(outer.entry) if outer.directional else area_of(outer.entry))
                    if outer.entry is not None
                    else outer.outcome.areas
                    if isinstance(outer.outcome, Nil)
                    else ()
                )
                model = replace(model, within=around)
            if (model.id, model.role) in seen:
                continue
            seen.add((model.id, model.role))
            found.append(model)
        return tuple(found)

    def _date(self, d: DateExpression | None) -> EventDate | None:
        if d is None:
            return None
        # A day that only the title gives has no characters in the text.
        span = self.reading.span(d.first, d.last) if d.last > d.first else Span(0, 0)
        return EventDate(span, d.rule, d.precision, d.edtf, d.start, d.end, d.anchor)

    def _source(self, hit: SourceHit, attribution: Attribution | None) -> Source:
        entry = hit.entry
        words = hit.span.of(self.reading.text)
        if entry is not None:
            identifier = _registered_id("source", entry.id)
            names, links = dict(entry.get("names", {})), _entry_links(entry)
        else:
            # An unnamed source is one of its article: "medical sources" of two articles are not the same people.
            scope = () if hit.named else (self.reading.article_id,)
            identifier = derived_id("source", "local", name_key(words), *scope)
            names, links = {}, ()
        linking = _registered(entry.section, entry.id) if entry is not None else _UNREGISTERED
        verb = attribution.verb if attribution is not None else None
        return Source(identifier, hit.kind, hit.span, hit.rule, verb, names, hit.party, hit.count, links, linking)


@lru_cache(maxsize=4096)
def _registered_id(kind: str, entry: str) -> str:
    return derived_id(kind, entry)


@lru_cache(maxsize=4096)
def _registered(section: str, entry: str) -> Linking:
    return Linking(entry=f"{section}:{entry}")


_UNREGISTERED = Linking(reasons=("no entry of the registry is named",))


def _entry_links(entry: Entry) -> tuple[Link, ...]:
    item = entry.get("wikidata")
    return (Link("closeMatch", f"http://www.wikidata.org/entity/{item}"),) if item else ()
