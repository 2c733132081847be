"""What the fields of a record say, read apart from the projection, so that the graph can be held against them.

Invariant: nothing here runs the projection. Each triple comes from a field of the record, from characters of the stored
text at the offsets that the record gives, or from the ontology's superclasses; so a fault of the projection shows too.
Only how a value is written, and which of a claim's figures bound its fatalities, are the same code.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from graph.curations import Curated
from graph.iris import Iris
from graph.projection.figures import fatalities
from graph.projection.literals import (
    FALSE,
    TRUE,
    below,
    decimal,
    integer,
    moment,
    name_language,
    outside,
    plain,
    tagged,
    typed,
)
from graph.reviews import Reviewed
from graph.terms import LINKS, Term, terms, written
from ontology.model import Area, Claim, EventDate, Linking, Modality, Participant, Place, Source, Span
from ontology.records import ExtractedClaims
from ontology.reviews import Meant
from ontology.vocabulary import LEXICON

AROUND: Final = 32  # code points before and after a quote that the selectors hold

Triple = str
Tail = str  # predicate and object of a triple


@dataclass(slots=True)
class Says:
    """What a claim says of itself (`meta`), in its parts of its event (`said`), of the event (`event`), of others
    (`facts`); and how many words were taken from the text for that.
    """

    meta: set[Triple] = field(default_factory=set)
    said: set[Triple] = field(default_factory=set)
    event: set[Tail] = field(default_factory=set)
    facts: set[Triple] = field(default_factory=set)
    words: int = 0

    def joined(self, other: "Says") -> "Says":
        """Return what both say."""
        return Says(
            self.meta | other.meta,
            self.said | other.said,
            self.event | other.event,
            self.facts | other.facts,
            self.words,
        )


def says(
    claim: Claim,
    *,
    extracted: ExtractedClaims,
    position: int,
    language: str,
    text: str | None,
    reviewed: Reviewed,
    curated: Curated,
    iris: Iris,
) -> Says:
    """Return what the claim of a record says; `text` is that of its article, None where it is gone."""
    return _Saying(claim, extracted, position, language, text, reviewed, curated, iris).says()


class _Saying:
    def __init__(
        self,
        claim: Claim,
        extracted: ExtractedClaims,
        position: int,
        language: str,
        text: str | None,
        reviewed: Reviewed,
        curated: Curated,
        iris: Iris,
    ) -> None:
        self.claim, self.now = claim, reviewed.claim(claim)
        self.extracted, self.position, self.language, self.text = extracted, position, language, text
        self.reviewed, self.curated, self.iris = reviewed, curated, iris
        self.node = str(iris.claim(claim.id))
        self.terms = terms()
        self.out = Says()

    def says(self) -> Says:
        self._claim()
        for number, span in enumerate(self.now.evidence, start=1):
            self._evidence(number, span)
        for number, source in enumerate(self.now.sources, start=1):
            self._source(number, source)
        self._event()
        for number, participant in enumerate(self.now.participants, start=1):
            self._participant(number, participant)
        for number, place in enumerate(self.now.places, start=1):
            self._place(number, place)
        if self.now.date is not None:
            self._date(self.now.date)
        self._figures()
        self._validity()
        return self.out

    # -- the claim itself ----------------------------------------------------------------------------------------------

    def _claim(self) -> None:
        claim, meta = self.now, self.out.meta
        denied = claim.modality is Modality.DENIED
        own: list[tuple[str, str]] = [
            *((_TYPE, cls) for cls in self.terms.classes("Claim")),
            (str(Term.DERIVED_FROM), str(self.iris.article(self.extracted.article))),
            (str(Term.GENERATED_BY), str(self.iris.run(self.extracted.run))),
            (written("record"), str(self.iris.record(self.position))),
            (written("position"), integer(self.position)),
            (written("modality"), self.terms.modality(claim.modality.value)),
            (written("polarity"), written("Negated" if denied else "Affirmed")),
            (written("rule"), plain(claim.trigger.rule)),
        ]
        if claim.sources:
            own.append((written("attributedTo"), str(self.iris.source(claim.sources[-1].id))))
            own.append((written("interest"), written("SelfReport" if claim.sources[-1].party else "ThirdParty")))
            own += ((written("reportedVia"), str(self.iris.source(outer.id))) for outer in claim.sources[:-1])
        else:
            own.append((written("noSourceNamed"), TRUE))
        for pair in self.extracted.possibly_same:
            if claim.id in (pair.first, pair.second):
                other = pair.second if claim.id == pair.first else pair.first
                own.append((written("possiblySameAs"), str(self.iris.claim(other))))
        meta.update(f"{self.node} {predicate} {value}" for predicate, value in own)
        trigger = self._mention(meta, "trigger", "trigger", "Trigger", claim.trigger.span, claim.trigger.rule)
        meta.add(f"{trigger} {written('lemma')} {plain(claim.trigger.lemma)}")
        for number, cue in enumerate(claim.cues, start=1):
            node = self._mention(meta, "cue", f"cue/{number}", "Cue", cue.span, cue.rule)
            meta.add(f"{node} {written('effect')} {self.terms.modality(cue.effect.value)}")

    def _mention(self, to: set[Triple], predicate: str, path: str, kind: str, span: Span, rule: str) -> str:
        node = below(self.node, path)
        to.add(f"{self.node} {written(predicate)} {node}")
        to.update(f"{node} {_TYPE} {cls}" for cls in self.terms.classes(kind))
        to.add(f"{node} {written('start')} {integer(span.start)}")
        to.add(f"{node} {written('end')} {integer(span.end)}")
        to.add(f"{node} {written('rule')} {plain(rule)}")
        if words := self._words(span):
            self.out.words += 1
            to.add(f"{node} {written('asWritten')} {tagged(words, self.language)}")
        return node

    def _words(self, span: Span) -> str | None:
        return None if self.text is None else span.of(self.text)

    def _evidence(self, number: int, span: Span) -> None:
        meta, text = self.out.meta, self.text
        node = below(self.node, f"evidence/{number}")
        at = below(node, "position")
        meta.add(f"{self.node} {written('evidence')} {node}")
        meta.update(f"{node} {_TYPE} {cls}" for cls in self.terms.classes("Evidence"))
        meta.add(f"{node} {Term.HAS_SOURCE} {self.iris.article(self.extracted.article)}")
        meta.add(f"{node} {Term.HAS_SELECTOR} {at}")
        meta.add(f"{at} {_TYPE} {Term.POSITION_SELECTOR}")
        meta.add(f"{at} {Term.START} {integer(span.start)}")
        meta.add(f"{at} {Term.END} {integer(span.end)}")
        if text is not None:
            self.out.words += 3
            quote = below(node, "quote")
            meta.add(f"{node} {Term.HAS_SELECTOR} {quote}")
            meta.add(f"{quote} {_TYPE} {Term.QUOTE_SELECTOR}")
            meta.add(f"{quote} {Term.EXACT} {plain(span.of(text))}")
            meta.add(f"{quote} {Term.PREFIX} {plain(text[max(0, span.start - AROUND) : span.start])}")
            meta.add(f"{quote} {Term.SUFFIX} {plain(text[span.end : span.end + AROUND])}")

    def _source(self, number: int, source: Source) -> None:
        meta, node = self.out.meta, str(self.iris.source(source.id))
        link = self._mention(meta, "attribution", f"source/{number}", "Attribution", source.span, source.rule)
        meta.add(f"{link} {written('order')} {integer(number)}")
        meta.add(f"{link} {written('source')} {node}")
        meta.add(f"{link} {written('isParty')} {TRUE if source.party else FALSE}")
        if source.count is not None:
            meta.add(f"{link} {written('sourceCount')} {integer(source.count)}")
        if source.verb is not None and (verb := self._words(source.verb)):
            self.out.words += 1
            meta.add(f"{link} {written('reportingVerb')} {tagged(verb, self.language)}")
        self._described(node, self.terms.source_classes(source.kind), source.names, source.span)
        self._links(node, source.links)
        self._linked(link, source.linking, node)

    def _validity(self) -> None:
        meta, curated = self.out.meta, self.curated
        for number, interval in enumerate(curated.intervals, start=1):
            part = below(self.node, f"validity/{number}")
            meta.add(f"{self.node} {written('validity')} {part}")
            meta.update(f"{part} {_TYPE} {cls}" for cls in self.terms.classes("Validity"))
            meta.add(f"{part} {written('fromPosition')} {integer(interval.start)}")
            meta.add(f"{part} {written('validFrom')} {moment(interval.start_recorded)}")
            meta.add(f"{part} {written('begunBy')} {self.iris.record(interval.start)}")
            if interval.end is not None and interval.end_recorded is not None:
                meta.add(f"{part} {written('untilPosition')} {integer(interval.end)}")
                meta.add(f"{part} {written('validUntil')} {moment(interval.end_recorded)}")
                meta.add(f"{part} {written('endedBy')} {self.iris.record(interval.end)}")
        if curated.out_by is not None:
            meta.add(f"{self.node} {written('retracted')} {TRUE}")
            meta.add(f"{self.node} {written('retraction')} {self.iris.curation(curated.out_by)}")
            ended = curated.intervals[-1].end_recorded if curated.intervals else None
            if ended is not None:
                meta.add(f"{self.node} {Term.INVALIDATED} {moment(ended)}")

    # -- its event -----------------------------------------------------------------------------------------------------

    def _event(self) -> None:
        claim, said = self.now, self.out.event
        parts = [(one.role, one.kind) for one in claim.participants if one.kind is not None]
        said.update(f"{_TYPE} {cls}" for cls in self.terms.event_classes(claim.type, claim.subtype, parts))
        said.add(f"{written('claim')} {self.node}")

    def _participant(self, number: int, one: Participant) -> None:
        said, actor = self.out.said, str(self.iris.actor(one.id))
        roles = self.terms.role(one.role, self.now.type, self.now.subtype)
        self.out.event.update(f"{role} {actor}" for role in roles)
        node = self._mention(said, "participation", f"participation/{number}", "Participation", one.span, one.rule)
        said.add(f"{node} {written('role')} {plain(one.role)}")
        said.add(f"{node} {written('ofActor')} {actor}")
        self._described(actor, self.terms.actor_classes(one.kind), one.names, one.span)
        self._links(actor, one.links)
        self._linked(node, one.linking, actor)

    def _place(self, number: int, place: Place) -> None:
        said, node = self.out.said, str(self.iris.place(place.id))
        roles = self.terms.role(place.role, self.now.type, self.now.subtype)
        self.out.event.update(f"{role} {node}" for role in roles)
        location = self._mention(said, "location", f"location/{number}", "Location", place.span, place.rule)
        said.add(f"{location} {written('role')} {plain(place.role)}")
        said.add(f"{location} {written('ofPlace')} {node}")
        said.add(f"{location} {written('precision')} {self.terms.precision(place.precision.value)}")
        if place.extent is not None:
            said.add(f"{location} {written('extent')} {plain(place.extent)}")
        linked = self.claim.places[number - 1]
        deciding = self.reviewed.deciding(number)
        if deciding is not None:
            said.add(f"{location} {written('review')} {self.iris.review(deciding.position)}")
            said.add(f"{location} {written('replacedPlace')} {self.iris.place(linked.id)}")
        self._meant(Meant.of(linked), linked.span)
        self._linked(location, linked.linking, str(self.iris.place(linked.id)), listed=True)
        for slot in self.reviewed.slots:
            if slot.number == number:
                meant = slot.link.now
                bare = replace(meant, links=()) if slot.review.decision.vouches else meant  # the review says them
                self._meant(bare, None if meant.names else linked.span)

    def _date(self, when: EventDate) -> None:
        said = self.out.said
        node = self._mention(said, "eventDate", "date", "EventDate", when.span, when.rule)
        if when.anchor is not None:
            said.add(f"{node} {written('anchor')} {plain(when.anchor)}")
        tails = []
        if when.edtf is not None:
            tails.append(f"{written('date')} {typed(when.edtf, str(Term.EDTF))}")
            tails.append(f"{written('datePrecision')} {plain(when.precision)}")
        if when.start is not None:
            tails.append(f"{written('earliest')} {moment(when.start)}")
        if when.end is not None:
            tails.append(f"{written('latest')} {moment(when.end)}")
        self.out.event.update(tails)
        said.update(f"{node} {tail}" for tail in tails)

    def _figures(self) -> None:
        said = self.out.said
        for number, figure in enumerate(self.now.figures, start=1):
            node = self._mention(said, "figure", f"figure/{number}", "Figure", figure.span, figure.rule)
            self.out.event.add(f"{written('figure')} {node}")
            said.add(f"{node} {written('category')} {self.terms.category(figure.category)}")
            for name, value in (("low", figure.low), ("best", figure.best), ("high", figure.high)):
                if value is not None:
                    said.add(f"{node} {written(name)} {integer(value)}")
            if figure.of is not None:
                said.add(f"{node} {written('population')} {plain(figure.of)}")
        for name, value in fatalities(self.now.figures).items():
            self.out.event.add(f"{written(name)} {integer(value)}")

    # -- what is named -------------------------------------------------------------------------------------------------

    def _meant(self, place: Meant, span: Span | None) -> None:
        node = str(self.iris.place(place.id))
        self._described(node, self.terms.place_classes(place.kind), place.names, span)
        self._links(node, place.links)
        self._located(node, place.codes, place.lat, place.lon)
        for area in place.within:
            self._area(node, area)

    def _area(self, inner: str, area: Area) -> None:
        node = str(self.iris.place(area.id))
        self.out.facts.add(f"{inner} {Term.CONTAINED_IN} {node}")
        self._described(node, self.terms.place_classes(area.kind), area.names, None)
        self._links(node, area.links)
        self._located(node, area.codes, area.lat, area.lon)

    def _located(self, node: str, codes: Mapping[str, str], lat: str | None, lon: str | None) -> None:
        facts = self.out.facts
        for kind, code in codes.items():
            datatype = self.terms.notation(kind)
            if datatype is not None:
                facts.add(f"{node} {Term.NOTATION} {typed(code, datatype)}")
        if lat is None or lon is None:
            return
        north, east = decimal(lat), decimal(lon)
        point = below(node, f"geometry/{north},{east}")
        facts.add(f"{node} {Term.HAS_GEOMETRY} {point}")
        facts.add(f"{point} {_TYPE} {Term.GEOMETRY}")
        facts.add(f"{point} {Term.AS_WKT} {typed(f'POINT({east} {north})', str(Term.WKT))}")
        facts.add(f"{point} {written('lat')} {typed(north, str(Term.DECIMAL))}")
        facts.add(f"{point} {written('long')} {typed(east, str(Term.DECIMAL))}")

    def _described(self, node: str, classes: Iterable[str], names: Mapping[str, str], span: Span | None) -> None:
        facts = self.out.facts
        facts.update(f"{node} {_TYPE} {cls}" for cls in classes)
        for language, name in names.items():
            facts.add(f"{node} {Term.LABEL} {tagged(name, language)}")
            facts.add(f"{node} {Term.PREF_LABEL} {tagged(name, language)}")
        words = self._words(span) if span is not None else None
        if words and words not in names.values():
            literal = tagged(words, name_language(words, self.language))
            facts.add(f"{node} {Term.ALT_LABEL} {literal}")
            if not names:
                facts.add(f"{node} {Term.LABEL} {literal}")

    def _links(self, node: str, links: Iterable[Any]) -> None:
        for link in links:
            if link.relation in LINKS:
                self.out.facts.add(f"{node} {LINKS[link.relation]} {outside(link.identifier)}")

    def _linked(self, mention: str, linking: Linking | None, taken_for: str, *, listed: bool = False) -> None:
        """Take how a mention was linked; places are `listed` in gazetteers, all else in the registry."""
        if linking is None:
            return
        meta, node = self.out.meta, below(mention, "linking")
        version = self.extracted.extractor.gazetteer if listed else ""
        gazetteer = str(self.iris.gazetteer(version)) if version else None
        meta.add(f"{self.node} {written('linking')} {node}")
        meta.update(
            f"{node} {_TYPE} {cls}" for cls in self.terms.classes("NoLink" if linking.entry is None else "LinkMade")
        )
        meta.add(f"{node} {written('ofMention')} {mention}")
        meta.add(f"{node} {written('takenFor')} {taken_for}")
        meta.update(f"{node} {written('notLinkedBecause')} {plain(reason)}" for reason in linking.reasons)
        if gazetteer is not None:
            meta.add(f"{node} {written('inGazetteer')} {gazetteer}")
        if linking.record is not None:
            meta.add(f"{node} {written('decidedBy')} {self.iris.review(linking.record)}")
        if linking.entry is None:
            return
        meta.add(f"{node} {written('entryKey')} {plain(linking.entry)}")
        section, _, entry = linking.entry.partition(":")
        if section in ("actors", "sources"):
            self.out.facts.add(f"{taken_for} {Term.EXACT_MATCH} {outside(f'{LEXICON}{section}/{entry}')}")
        if gazetteer is not None:
            meta.update(f"{node} {written('listedBy')} {below(gazetteer, source)}" for source in linking.listed)
        for name, value in (("score", linking.score), ("margin", linking.margin)):
            if value is not None:
                meta.add(f"{node} {written(name)} {integer(value)}")
        for name, value in linking.parts.items():
            feature = below(node, name)
            meta.add(f"{node} {written('feature')} {feature}")
            meta.update(f"{feature} {_TYPE} {cls}" for cls in self.terms.classes("LinkFeature"))
            meta.add(f"{feature} {written('featureName')} {plain(name)}")
            meta.add(f"{feature} {written('featureValue')} {integer(value)}")


def values_of(said: Any) -> Iterator[str]:
    """Yield each value that plain data hold, as text, keys of mappings as well."""
    if isinstance(said, Mapping):
        for key, value in said.items():
            yield str(key)
            yield from values_of(value)
    elif isinstance(said, list | tuple):
        for value in said:
            yield from values_of(value)
    elif said is not None:
        yield str(said).lower() if isinstance(said, bool) else str(said)


_TYPE: Final = str(Term.TYPE)
