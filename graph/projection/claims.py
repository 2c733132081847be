"""What one claim gives in the graph: what is known of the claim, and what it says.

Invariant: the graph named by the claim takes all that it says, also of its event, which is there an event of its own.
The default graph takes who, where, when and how many as the claim tells it, only where it reports something as having
happened and is not retracted; what events take from it is in `graph.projection.events`. Places that were once named
stay described, because the review that put another one there names them as replaced.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from graph.curations import NOT_CURATED, Curated
from graph.iris import Iris
from graph.log import Record
from graph.projection.curations import curated_triples
from graph.projection.figures import fatalities
from graph.projection.happenings import Tail, dated, labels, tails, what_and_where
from graph.projection.linkings import linking_triples
from graph.projection.literals import (
    FALSE,
    TRUE,
    below,
    decimal,
    integer,
    name_language,
    outside,
    plain,
    tagged,
    typed,
)
from graph.projection.statements import Statements, Triple
from graph.reviews import NOT_REVIEWED, Reviewed, exact_matches
from graph.terms import LINKS, Node, Term, Terms, written
from ontology.model import Area, Claim, EventDate, Figure, Link, Linking, Modality, Participant, Place, Source, Span
from ontology.records import ExtractedClaims
from ontology.reviews import Meant

CONTEXT: Final = 32  # code points before and after a quote: what the Web Annotation selectors call prefix and suffix


class ClaimWriter:
    """Writes the claims of one ClaimsExtracted record; each `add` appends to `statements`."""

    def __init__(
        self,
        record: Record,
        extracted: ExtractedClaims,
        article: Mapping[str, Any],
        text: str | None,
        iris: Iris,
        terms: Terms,
    ) -> None:
        self.statements = Statements()
        self._text = text
        self._iris = iris
        self._terms = terms
        self._language: str = article["language"]
        self._article = str(iris.article(extracted.article))
        version = extracted.extractor.gazetteer
        self._gazetteer = str(iris.gazetteer(version)) if version else None
        self._meta: list[Triple] = self.statements.default
        self._common: list[Triple] = self.statements.common
        self._same = (  # what is known of each claim of the record
            *(f"{_TYPE} {cls}" for cls in terms.classes("Claim")),
            f"{Term.DERIVED_FROM} {self._article}",
            f"{Term.GENERATED_BY} {iris.run(extracted.run)}",
            f"{_RECORD} {iris.record(record.position)}",
            f"{_POSITION} {integer(record.position)}",
        )

    def add(self, claim: Claim, reviewed: Reviewed = NOT_REVIEWED, curated: Curated = NOT_CURATED) -> None:
        """Add the triples of a claim, its places as they were reviewed, in force or not as was decided.

        A claim in force that something happened is a member of an event, which says so; any other is about an event of
        its own.
        """
        self._claim = reviewed.claim(claim)
        self._linked = claim.places
        self._reviewed = reviewed
        self._node = str(self._iris.claim(claim.id))
        self._stem = self._node[:-1]
        event = str(self._iris.event(claim.id))
        self._said: list[Triple] = []
        names = labels(what_and_where(self._claim, self._words, self._terms), claim.date)
        self._describe(names)
        self._passages()
        self._reporting_chain()
        self._slots()
        self.statements.named.append((self._node, self._said + [f"{event} {tail}" for tail in self._of_event(names)]))
        curated_triples(self._meta, self._node, curated, self._iris)
        if claim.modality.happened and curated.out_by is None:
            self._meta.extend(self._said)
        else:
            self._meta.append(f"{self._node} {_ABOUT} {event}")

    def _words(self, span: Span) -> str | None:
        return None if self._text is None else span.of(self._text)

    def _describe(self, labels: Mapping[str, str]) -> None:
        claim, node, meta = self._claim, self._node, self._meta
        meta.extend([f"{node} {known}" for known in self._same])
        meta.append(f"{node} {_MODALITY} {self._terms.modality(claim.modality.value)}")
        meta.append(f"{node} {_POLARITY} {_NEGATED if claim.modality is Modality.DENIED else _AFFIRMED}")
        meta.append(f"{node} {_RULE} {plain(claim.trigger.rule)}")
        told = claim.modality is Modality.DENIED and claim.type == "Denial"  # the label says so by itself
        for language, label in labels.items():
            note = "" if told else _NOTES.get(claim.modality, {}).get(language, "")
            meta.append(f"{node} {_LABEL} {plain(note + label)}@{language}")
        trigger = self._mention(meta, _TRIGGER, "trigger", "Trigger", claim.trigger.span, claim.trigger.rule)
        meta.append(f"{trigger} {_LEMMA} {plain(claim.trigger.lemma)}")
        for number, cue in enumerate(claim.cues, start=1):
            mention = self._mention(meta, _CUE, f"cue/{number}", "Cue", cue.span, cue.rule)
            meta.append(f"{mention} {_EFFECT} {self._terms.modality(cue.effect.value)}")

    def _mention(self, to: list[Triple], predicate: Node, path: str, kind: str, span: Span, rule: str) -> Node:
        """Add a slot of the claim with its characters, words and rule, and return its node."""
        node = f"{self._stem}/{path}>"
        to.append(f"{self._node} {predicate} {node}")
        to += [f"{node} {_TYPE} {cls}" for cls in self._terms.classes(kind)]
        to.append(f"{node} {_START} {integer(span.start)}")
        to.append(f"{node} {_END} {integer(span.end)}")
        to.append(f"{node} {_RULE} {plain(rule)}")
        words = self._words(span)
        if words:
            to.append(f"{node} {_AS_WRITTEN} {tagged(words, self._language)}")
        return node

    def _passages(self) -> None:
        meta, text = self._meta, self._text
        for number, span in enumerate(self._claim.evidence, start=1):
            stem = f"{self._stem}/evidence/{number}"
            node, place = f"{stem}>", f"{stem}/position>"
            meta.append(f"{self._node} {_EVIDENCE} {node}")
            meta += [f"{node} {_TYPE} {cls}" for cls in self._terms.classes("Evidence")]
            meta.append(f"{node} {_HAS_SOURCE} {self._article}")
            meta.append(f"{node} {_HAS_SELECTOR} {place}")
            meta.append(f"{place} {_TYPE} {_POSITION_SELECTOR}")
            meta.append(f"{place} {_OA_START} {integer(span.start)}")
            meta.append(f"{place} {_OA_END} {integer(span.end)}")
            if text is not None:
                quote = f"{stem}/quote>"
                meta.append(f"{node} {_HAS_SELECTOR} {quote}")
                meta.append(f"{quote} {_TYPE} {_QUOTE_SELECTOR}")
                meta.append(f"{quote} {_EXACT} {plain(span.of(text))}")
                meta.append(f"{quote} {_PREFIX} {plain(text[max(0, span.start - CONTEXT) : span.start])}")
                meta.append(f"{quote} {_SUFFIX} {plain(text[span.end : span.end + CONTEXT])}")

    def _reporting_chain(self) -> None:
        claim, node, meta = self._claim, self._node, self._meta
        if not claim.sources:
            meta.append(f"{node} {_NO_SOURCE} {TRUE}")
            return
        innermost = claim.sources[-1]
        meta.append(f"{node} {_ATTRIBUTED_TO} {self._iris.source(innermost.id)}")
        meta.append(f"{node} {_INTEREST} {_SELF_REPORT if innermost.party else _THIRD_PARTY}")
        for outer in claim.sources[:-1]:
            meta.append(f"{node} {_REPORTED_VIA} {self._iris.source(outer.id)}")
        for number, source in enumerate(claim.sources, start=1):
            self._source(source, number)

    def _source(self, source: Source, number: int) -> None:
        meta = self._meta
        link = self._mention(meta, _ATTRIBUTION, f"source/{number}", "Attribution", source.span, source.rule)
        node = str(self._iris.source(source.id))
        meta.append(f"{link} {_ORDER} {integer(number)}")
        meta.append(f"{link} {_SOURCE} {node}")
        meta.append(f"{link} {_IS_PARTY} {TRUE if source.party else FALSE}")
        if source.count is not None:
            meta.append(f"{link} {_SOURCE_COUNT} {integer(source.count)}")
        if source.verb is not None and (verb := self._words(source.verb)):
            meta.append(f"{link} {_REPORTING_VERB} {tagged(verb, self._language)}")
        self._types(node, self._terms.source_classes(source.kind))
        self._names(node, source.names, source.span)
        self._links(node, source.links)
        self._linking(source.linking, link, node)

    def _of_event(self, names: Mapping[str, str]) -> list[Tail]:
        """Return what the claim says of its event."""
        claim = self._claim
        return [
            *tails(claim, self._iris, self._terms),
            f"{_CLAIM} {self._node}",
            *(f"{_LABEL} {plain(label)}@{language}" for language, label in names.items()),
            *dated(claim.date),
            *(f"{written(name)} {integer(value)}" for name, value in fatalities(claim.figures).items()),
        ]

    def _slots(self) -> None:
        claim = self._claim
        for number, participant in enumerate(claim.participants, start=1):
            self._participant(participant, number)
        for number, place in enumerate(claim.places, start=1):
            self._place(place, number)
        if claim.date is not None:
            self._date(claim.date)
        for number, figure in enumerate(claim.figures, start=1):
            self._figure(figure, number)

    def _participant(self, participant: Participant, number: int) -> None:
        said, actor = self._said, str(self._iris.actor(participant.id))
        path = f"participation/{number}"
        node = self._mention(said, _PARTICIPATION, path, "Participation", participant.span, participant.rule)
        said.append(f"{node} {_ROLE} {plain(participant.role)}")
        said.append(f"{node} {_OF_ACTOR} {actor}")
        self._types(actor, self._terms.actor_classes(participant.kind))
        self._names(actor, participant.names, participant.span)
        self._links(actor, participant.links)
        self._linking(participant.linking, node, actor)

    def _place(self, place: Place, number: int) -> None:
        said, node = self._said, str(self._iris.place(place.id))
        location = self._mention(said, _LOCATION, f"location/{number}", "Location", place.span, place.rule)
        said.append(f"{location} {_ROLE} {plain(place.role)}")
        said.append(f"{location} {_OF_PLACE} {node}")
        said.append(f"{location} {_PRECISION} {self._terms.precision(place.precision.value)}")
        if place.extent is not None:
            said.append(f"{location} {_EXTENT} {plain(place.extent)}")
        linked = self._linked[number - 1]
        deciding = self._reviewed.deciding(number)
        if deciding is not None:
            said.append(f"{location} {_REVIEW} {self._iris.review(deciding.position)}")
            said.append(f"{location} {_REPLACED_PLACE} {self._iris.place(linked.id)}")
            vouched = [
                f"{node} {_EXACT_MATCH} {outside(identifier)}"
                for identifier in exact_matches(deciding.review, deciding.link)
            ]
            self.statements.named.append((self._node, vouched))
        self._described(Meant.of(linked), linked.span)
        self._linking(linked.linking, location, str(self._iris.place(linked.id)), self._gazetteer)
        for slot in self._reviewed.slots:
            if slot.number == number:
                meant = slot.link.now
                unvouched = replace(meant, links=()) if slot.review.decision.vouches else meant  # the review says them
                self._described(unvouched, None if meant.names else linked.span)

    def _described(self, place: Meant, span: Span | None) -> None:
        """Add what is known of a place; `span` are the characters that name it, where they are a name of it."""
        node = str(self._iris.place(place.id))
        self._types(node, self._terms.place_classes(place.kind))
        self._names(node, place.names, span)
        self._links(node, place.links)
        self._codes(node, place.codes)
        self._geometry(node, place.lat, place.lon)
        for area in place.within:
            self._area(node, area)

    def _area(self, inner: Node, area: Area) -> None:
        node = str(self._iris.place(area.id))
        self._common.append(f"{inner} {_CONTAINED_IN} {node}")
        self._types(node, self._terms.place_classes(area.kind))
        self._names(node, area.names, None)
        self._links(node, area.links)
        self._codes(node, area.codes)
        self._geometry(node, area.lat, area.lon)

    def _geometry(self, place: Node, lat: str | None, lon: str | None) -> None:
        if lat is None or lon is None:
            return
        north, east = decimal(lat), decimal(lon)
        # A gazetteer may have moved the point since: two points must never lend each other their degrees.
        node = below(place, f"geometry/{north},{east}")
        self._common += (
            f"{place} {_HAS_GEOMETRY} {node}",
            f"{node} {_TYPE} {_GEOMETRY}",
            f"{node} {_AS_WKT} {typed(f'POINT({east} {north})', _WKT)}",
            f"{node} {_LAT} {typed(north, _DECIMAL)}",
            f"{node} {_LONG} {typed(east, _DECIMAL)}",
        )

    def _date(self, when: EventDate) -> None:
        said = self._said
        node = self._mention(said, _EVENT_DATE, "date", "EventDate", when.span, when.rule)
        if when.anchor is not None:
            said.append(f"{node} {_ANCHOR} {plain(when.anchor)}")
        said += [f"{node} {tail}" for tail in dated(when)]

    def _figure(self, figure: Figure, number: int) -> None:
        said = self._said
        node = self._mention(said, _FIGURE, f"figure/{number}", "Figure", figure.span, figure.rule)
        said.append(f"{node} {_CATEGORY} {self._terms.category(figure.category)}")
        for name, value in ((_LOW, figure.low), (_BEST, figure.best), (_HIGH, figure.high)):
            if value is not None:
                said.append(f"{node} {name} {integer(value)}")
        if figure.of is not None:
            said.append(f"{node} {_POPULATION} {plain(figure.of)}")

    def _types(self, node: Node, classes: Iterable[Node]) -> None:
        self._common += [f"{node} {_TYPE} {cls}" for cls in classes]

    def _names(self, node: Node, names: Mapping[str, str], span: Span | None) -> None:
        """Add the registry's names, and the words of the text as another name (or the only one)."""
        common = self._common
        for language, name in sorted(names.items()):
            literal = tagged(name, language)
            common.append(f"{node} {_LABEL} {literal}")
            common.append(f"{node} {_PREF_LABEL} {literal}")
        words = self._words(span) if span is not None else None
        if words and words not in names.values():
            literal = tagged(words, name_language(words, self._language))
            common.append(f"{node} {_ALT_LABEL} {literal}")
            if not names:
                common.append(f"{node} {_LABEL} {literal}")

    def _links(self, node: Node, links: Iterable[Link]) -> None:
        for link in links:
            if link.relation in LINKS:  # other relations would say more than a gazetteer link may: owl:sameAs
                self._common.append(f"{node} {LINKS[link.relation]} {outside(link.identifier)}")

    def _codes(self, node: Node, codes: Mapping[str, str]) -> None:
        """Add identifiers of other registers as notations typed by their register."""
        for kind, code in sorted(codes.items()):
            datatype = self._terms.notation(kind)
            if datatype is not None:
                self._common.append(f"{node} {_NOTATION} {typed(code, datatype)}")

    def _linking(self, linking: Linking | None, mention: Node, taken_for: Node, gazetteer: Node | None = None) -> None:
        if linking is not None:
            linking_triples(
                self._meta,
                linking,
                claim=self._node,
                mention=mention,
                taken_for=taken_for,
                gazetteer=gazetteer,
                terms=self._terms,
            )
            if linking.record is not None:
                decided = self._iris.review(linking.record)
                self._meta.append(f"{mention[:-1]}/linking> {_DECIDED_BY} {decided}")


_ABOUT: Final = written("about")
_AFFIRMED: Final = written("Affirmed")
_ALT_LABEL: Final = str(Term.ALT_LABEL)
_ANCHOR: Final = written("anchor")
_AS_WKT: Final = str(Term.AS_WKT)
_AS_WRITTEN: Final = written("asWritten")
_ATTRIBUTED_TO: Final = written("attributedTo")
_ATTRIBUTION: Final = written("attribution")
_BEST: Final = written("best")
_CATEGORY: Final = written("category")
_CLAIM: Final = written("claim")
_CONTAINED_IN: Final = str(Term.CONTAINED_IN)
_CUE: Final = written("cue")
_DECIDED_BY: Final = written("decidedBy")
_DECIMAL: Final = str(Term.DECIMAL)
_EFFECT: Final = written("effect")
_END: Final = written("end")
_EVENT_DATE: Final = written("eventDate")
_EVIDENCE: Final = written("evidence")
_EXACT: Final = str(Term.EXACT)
_EXACT_MATCH: Final = str(Term.EXACT_MATCH)
_EXTENT: Final = written("extent")
_FIGURE: Final = written("figure")
_GEOMETRY: Final = str(Term.GEOMETRY)
_HAS_GEOMETRY: Final = str(Term.HAS_GEOMETRY)
_HAS_SELECTOR: Final = str(Term.HAS_SELECTOR)
_HAS_SOURCE: Final = str(Term.HAS_SOURCE)
_HIGH: Final = written("high")
_INTEREST: Final = written("interest")
_IS_PARTY: Final = written("isParty")
_LABEL: Final = str(Term.LABEL)
_LAT: Final = written("lat")
_LEMMA: Final = written("lemma")
_LOCATION: Final = written("location")
_LONG: Final = written("long")
_LOW: Final = written("low")
_MODALITY: Final = written("modality")
_NEGATED: Final = written("Negated")
_NOTATION: Final = str(Term.NOTATION)
_NO_SOURCE: Final = written("noSourceNamed")
_OA_END: Final = str(Term.END)
_OA_START: Final = str(Term.START)
_OF_ACTOR: Final = written("ofActor")
_OF_PLACE: Final = written("ofPlace")
_ORDER: Final = written("order")
_PARTICIPATION: Final = written("participation")
_POLARITY: Final = written("polarity")
_POPULATION: Final = written("population")
_POSITION: Final = written("position")
_POSITION_SELECTOR: Final = str(Term.POSITION_SELECTOR)
_PRECISION: Final = written("precision")
_PREFIX: Final = str(Term.PREFIX)
_PREF_LABEL: Final = str(Term.PREF_LABEL)
_QUOTE_SELECTOR: Final = str(Term.QUOTE_SELECTOR)
_RECORD: Final = written("record")
_REPLACED_PLACE: Final = written("replacedPlace")
_REPORTED_VIA: Final = written("reportedVia")
_REPORTING_VERB: Final = written("reportingVerb")
_REVIEW: Final = written("review")
_ROLE: Final = written("role")
_RULE: Final = written("rule")
_SELF_REPORT: Final = written("SelfReport")
_SOURCE: Final = written("source")
_SOURCE_COUNT: Final = written("sourceCount")
_START: Final = written("start")
_SUFFIX: Final = str(Term.SUFFIX)
_THIRD_PARTY: Final = written("ThirdParty")
_TRIGGER: Final = written("trigger")
_TYPE: Final = str(Term.TYPE)
_WKT: Final = str(Term.WKT)

_NOTES: Final[dict[Modality, dict[str, str]]] = {
    Modality.CLAIMED: {"ar": "ادعاء: ", "en": "Claimed: "},
    Modality.DENIED: {"ar": "نفي: ", "en": "Denied: "},
    Modality.PLANNED: {"ar": "خطة: ", "en": "Planned: "},
    Modality.FEARED: {"ar": "تخوف: ", "en": "Feared: "},
    Modality.BACKGROUND: {"ar": "خلفية: ", "en": "Background: "},
}
