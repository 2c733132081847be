"""What was found, for people: events with what each claim says of them, read from the graph.

Invariant: a claim that denies, plans, fears or recalls something is never listed among the events; it is found by
`claims` and `other_claims` only. Everything a claim says is read from its own graph, so nothing of another claim slips
in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from api.eventfacts import Whole, most_specific, wholes
from graph.store import Answer
from ontology.eventtypes import event_type_called
from ontology.model import Modality
from ontology.vocabulary import PREFIXES, WQ, Vocabulary, local_name

_HAPPENED = "wq:Asserted, wq:Claimed"
_PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())


class Asked(Protocol):
    """Whatever answers queries: a workspace."""

    def query(self, sparql: str) -> Answer:
        """Ask the graph."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """Something with an IRI: its names by language, the words of the text, its role in the event.

    `precision` is how exactly a claim knows a place, as the code of the ontology.
    """

    iri: str
    names: dict[str, str]
    as_written: str | None = None
    role: str | None = None
    precision: str | None = None

    def name(self, language: str = "en") -> str:
        """Return the name in `language`, else another one, else the words of the text, else the end of the IRI."""
        return (
            self.names.get(language)
            or next((self.names[key] for key in sorted(self.names)), None)
            or self.as_written
            or local_name(self.iri)
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A figure: category, bounds (None where open) and the words as written."""

    category: str
    low: int | None
    best: int | None
    high: int | None
    as_written: str | None

    def __str__(self) -> str:
        if self.best is not None and self.low in (None, self.best) and self.high in (None, self.best):
            return f"{self.best} {self.category}"
        if self.low is None and self.high is None:
            return f"{self.as_written or 'an unknown number'} {self.category}"
        low = "" if self.low is None else str(self.low)
        return f"{low}–{'' if self.high is None else self.high} {self.category}"


@dataclass(frozen=True, slots=True)
class Retracted:
    """The decision that keeps a claim out of force: the IRI of its record, its position, who took it, and why."""

    record: str
    position: int
    actor: str
    reason: str


@dataclass(slots=True)
class ClaimFound:
    """What one claim says. `types` are the most specific classes; `sources` the reporting chain, outermost first.

    `retracted` is filled in by `event_that_was` alone.
    """

    claim: str
    event: str
    modality: str
    position: int
    article: str
    types: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    places: list[Named] = field(default_factory=list)
    participants: list[Named] = field(default_factory=list)
    figures: list[Count] = field(default_factory=list)
    sources: list[Named] = field(default_factory=list)
    date: str | None = None
    earliest: str | None = None
    latest: str | None = None
    headline: str | None = None
    published: str | None = None
    outlet: Named | None = None
    retracted: Retracted | None = None

    @property
    def agents(self) -> list[Named]:
        """The participants who act."""
        agents = {local_name(iri) for iri in _below(f"{WQ}agent")}
        return [p for p in self.participants if p.role in agents]


@dataclass(frozen=True, slots=True)
class EventFound:
    """An event with what the graph states of it, the claims that report it, and those that deny it."""

    event: str
    claims: list[ClaimFound]
    whole: Whole = field(default_factory=Whole)
    denials: list[ClaimFound] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EventsFound:
    """One page of events; `total` counts all of them, `position` is the log position that the page answers for."""

    position: int
    total: int
    events: list[EventFound]


@dataclass(frozen=True, slots=True)
class ClaimsFound:
    """One page of claims of any modality; `total` counts those of all pages."""

    position: int
    total: int
    claims: list[ClaimFound]


def events(
    asked: Asked,
    *,
    type_: str | None = None,
    within: str | None = None,
    box: tuple[float, float, float, float] | None = None,
    limit: int = 50,
    offset: int = 0,
    newest_first: bool = True,
) -> EventsFound:
    """Return events that are reported to have happened, by date; those without a date come last.

    Args:
        asked: answers queries.
        type_: an event type; its subtypes count too.
        within: the IRI of a place: only events in it.
        box: west, south, east and north in degrees: only events at a point between them.
        limit: how many.
        offset: how many are left out before.
        newest_first: the other way round where false.

    Raises:
        UnknownTerm: for an event type that the ontology does not have.
    """
    cls = event_type_called(type_ or "Event")
    pattern = f"?event a <{cls}> ; wq:claim ?claim ."
    if within is not None:
        pattern += f" ?event wq:place/schema:containedInPlace* <{within}> ."
    if box is not None:
        west, south, east, north = box
        pattern += (
            " ?event wq:place/geo:hasGeometry ?point . ?point wq:lat ?lat ; wq:long ?long "
            f"FILTER(?lat >= {south:f} && ?lat <= {north:f} && ?long >= {west:f} && ?long <= {east:f})"
        )
    order = "DESC(?day)" if newest_first else "DESC(BOUND(?day)) ASC(?day)"
    answer = asked.query(f"{_PROLOGUE}SELECT (COUNT(DISTINCT ?event) AS ?n) WHERE {{ {pattern} }}")
    position = answer.position
    total = next((_integer(row[0]) for row in answer.rows()), None) or 0
    page = [
        _iri(row[0])
        for row in asked.query(
            f"{_PROLOGUE}SELECT ?event (MIN(?earliest) AS ?day) WHERE {{ {pattern} "
            f"OPTIONAL {{ ?event wq:earliest ?earliest }} }} "
            f"GROUP BY ?event ORDER BY {order} ?event LIMIT {limit} OFFSET {offset}"
        ).rows()
    ]
    return EventsFound(position, total, events_of(asked, page))


def events_of(asked: Asked, iris: Iterable[str]) -> list[EventFound]:
    """Return these events, in their order, each with the claims that report it; others are left out."""
    wanted = list(dict.fromkeys(iris))
    by_event: dict[str, list[ClaimFound]] = defaultdict(list)
    if wanted:
        for claim in _claims(asked, f"VALUES ?event {{ {_values(wanted)} }} FILTER(?modality IN ({_HAPPENED}))"):
            by_event[claim.event].append(claim)
    whole = wholes(asked, by_event)
    denying = [claim for one in whole.values() for claim in one.denied_by]
    denials = {c.claim: c for c in (_claims(asked, f"VALUES ?claim {{ {_values(denying)} }}") if denying else ())}
    return [
        EventFound(event, by_event[event], whole[event], [denials[c] for c in whole[event].denied_by if c in denials])
        for event in wanted
        if event in by_event
    ]


def event_that_was(asked: Asked, iri: str, claims: Sequence[str]) -> EventFound:
    """Return an event of which nothing is reported any more, with the claims that told or denied it last.

    Which of them were retracted is said of each; the graph states nothing of the event itself.
    """
    found = _claims(asked, f"VALUES ?claim {{ {_values(claims)} }}") if claims else []
    by_iri = {claim.claim: claim for claim in found}
    for claim, record, position, actor, reason in _rows(
        asked,
        f"SELECT ?claim ?record ?position ?actor ?reason {{ VALUES ?claim {{ {_values(by_iri)} }} "
        "?claim wq:retraction ?r . ?r wq:record ?record ; wq:reason ?reason . "
        "?record wq:position ?position ; wq:actor ?actor } ORDER BY ?claim ?position",
    ):
        out = Retracted(_iri(record), _integer(position) or 0, _text(actor) or "", _text(reason) or "")
        by_iri[_iri(claim)].retracted = out
    return EventFound(
        iri,
        [claim for claim in found if Modality(claim.modality).happened],
        denials=[claim for claim in found if not Modality(claim.modality).happened],
    )


def passages(asked: Asked, claims: Iterable[ClaimFound]) -> dict[str, list[tuple[int, int]]]:
    """Return the passages that claims stand on, as start and end in the text of the article, by the IRI of a claim."""
    wanted = _values(claim.claim for claim in claims)
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for claim, start, end in _rows(
        asked,
        f"SELECT DISTINCT ?claim ?start ?end {{ VALUES ?claim {{ {wanted} }} "
        "?claim wq:evidence/oa:hasSelector ?selector . ?selector oa:start ?start ; oa:end ?end } "
        "ORDER BY ?claim ?start ?end",
    ):
        found[_iri(claim)].append((_integer(start) or 0, _integer(end) or 0))
    return found


def other_claims(asked: Asked, *, limit: int = 50, records: range | None = None) -> list[ClaimFound]:
    """Return the claims that are no events: denied, planned, feared, background; at most `limit`, newest first.

    Only those of `records` are looked at, where they are given.
    """
    among = "" if records is None else f"VALUES ?position {{ {' '.join(map(str, records))} }} "
    page = [
        _iri(row[0])
        for row in asked.query(
            f"{_PROLOGUE}SELECT ?claim WHERE {{ {among}?claim a wq:Claim ; wq:modality ?modality ; "
            "wq:position ?position "
            f"FILTER(?modality NOT IN ({_HAPPENED})) }} ORDER BY DESC(?position) ?claim LIMIT {limit}"
        ).rows()
    ]
    return _claims(asked, f"VALUES ?claim {{ {_values(page)} }}") if page else []


def claims(
    asked: Asked,
    *,
    type_: str | None = None,
    modality: str | None = None,
    sources: Sequence[str] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> ClaimsFound:
    """Return claims, those of the newest records first; within an article in the order of the text.

    `type_` is an event type (subtypes count too), `modality` a code such as `denied`, `sources` the IRIs of sources of
    which one stands anywhere in the reporting chain.

    Raises:
        UnknownTerm: for a type or a modality that the ontology does not have.
    """
    pattern = "?claim a wq:Claim ; wq:position ?position ; wq:trigger/wq:start ?start ."
    if modality is not None:
        pattern += f" ?claim wq:modality <{Vocabulary.load().modality(modality)}> ."
    if sources is not None:
        pattern += f" VALUES ?one {{ {_values(sources)} }} ?claim wq:attribution/wq:source ?one ."
    if type_ is not None:
        pattern += f" GRAPH ?claim {{ ?event wq:claim ?claim ; a <{event_type_called(type_)}> }}"
    answer = asked.query(f"{_PROLOGUE}SELECT (COUNT(DISTINCT ?claim) AS ?n) WHERE {{ {pattern} }}")
    position = answer.position
    total = next((_integer(row[0]) for row in answer.rows()), None) or 0
    page = [
        _iri(row[0])
        for row in asked.query(
            f"{_PROLOGUE}SELECT DISTINCT ?claim ?position ?start WHERE {{ {pattern} }} "
            f"ORDER BY DESC(?position) ?start ?claim LIMIT {limit} OFFSET {offset}"
        ).rows()
    ]
    found = {claim.claim: claim for claim in _claims(asked, f"VALUES ?claim {{ {_values(page)} }}")} if page else {}
    return ClaimsFound(position, total, [found[iri] for iri in page if iri in found])


def event_json(found: EventFound) -> dict[str, Any]:
    """Return an event as JSON data."""
    return {
        "event": found.event,
        **found.whole.to_json(),
        "claims": [claim_json(claim) for claim in found.claims],
        "denials": [claim_json(claim) for claim in found.denials],
    }


def claim_json(claim: ClaimFound) -> dict[str, Any]:
    """Return a claim as JSON data."""
    return {
        "claim": claim.claim,
        "event": claim.event,
        "types": claim.types,
        "label": claim.labels,
        "modality": claim.modality,
        "date": claim.date,
        "earliest": claim.earliest,
        "latest": claim.latest,
        "places": [_named_json(place) for place in claim.places],
        "participants": [_named_json(participant) for participant in claim.participants],
        "figures": [
            {"category": f.category, "low": f.low, "best": f.best, "high": f.high, "text": f.as_written}
            for f in claim.figures
        ],
        "sources": [_named_json(source) for source in claim.sources],
        "article": claim.article,
        "headline": claim.headline,
        "published": claim.published,
        "publisher": None if claim.outlet is None else _named_json(claim.outlet),
        "position": claim.position,
    }


def _named_json(named: Named) -> dict[str, Any]:
    return {"id": named.iri, "role": named.role, "names": named.names, "text": named.as_written}


def _claims(asked: Asked, restriction: str) -> list[ClaimFound]:
    """Return the claims that match `restriction`, in the order of position and place in the text."""
    found: dict[str, ClaimFound] = {}
    for row in asked.query(
        f"{_PROLOGUE}SELECT ?claim ?event ?modality ?position ?article ?start WHERE {{ {restriction} "
        "?claim a wq:Claim ; wq:about ?event ; wq:modality ?modality ; wq:position ?position ; "
        "prov:wasDerivedFrom ?article ; wq:trigger/wq:start ?start } ORDER BY ?position ?start ?claim"
    ).rows():
        claim, event, modality, position, article = row[:5]
        found[_iri(claim)] = ClaimFound(
            claim=_iri(claim),
            event=_iri(event),
            modality=local_name(_iri(modality)).lower(),
            position=_integer(position) or 0,
            article=_iri(article),
        )
    if not found:
        return []
    values = f"VALUES ?claim {{ {_values(found)} }}"
    names = _names(asked, values)
    _said(asked, values, found, names)
    _reported(asked, values, found, names)
    return list(found.values())


def _said(asked: Asked, values: str, found: dict[str, ClaimFound], names: dict[str, dict[str, str]]) -> None:
    """Fill in what the claims' own graphs hold."""
    types: dict[str, set[str]] = defaultdict(set)
    for claim, cls in _rows(
        asked, f"SELECT ?claim ?class {{ {values} GRAPH ?claim {{ ?event wq:claim ?claim ; a ?class }} }}"
    ):
        types[_iri(claim)].add(_iri(cls))
    for iri, classes in types.items():
        found[iri].types = most_specific(classes)
    for claim, date, earliest, latest in _rows(
        asked,
        f"SELECT ?claim ?date ?earliest ?latest {{ {values} GRAPH ?claim {{ ?event wq:claim ?claim "
        "OPTIONAL { ?event wq:date ?date } OPTIONAL { ?event wq:earliest ?earliest } "
        "OPTIONAL { ?event wq:latest ?latest } } }",
    ):
        row = found[_iri(claim)]
        row.date, row.earliest, row.latest = _text(date), _text(earliest), _text(latest)
    precisions = {iri: code for code, iri in Vocabulary.load().precisions.items()}
    for slot, of, attribute in (("location", "ofPlace", "places"), ("participation", "ofActor", "participants")):
        for claim, thing, role, written, precision in _rows(
            asked,
            f"SELECT ?claim ?thing ?role ?written ?precision {{ {values} GRAPH ?claim {{ ?claim wq:{slot} ?slot . "
            f"?slot wq:{of} ?thing ; wq:role ?role ; wq:start ?start OPTIONAL {{ ?slot wq:asWritten ?written }} "
            "OPTIONAL { ?slot wq:precision ?precision } } } ORDER BY ?claim ?start ?slot",
        ):
            iri = _iri(thing)
            getattr(found[_iri(claim)], attribute).append(
                Named(iri, names.get(iri, {}), _text(written), _text(role), precisions.get(_text(precision) or ""))
            )
    for claim, category, low, best, high, written in _rows(
        asked,
        f"SELECT ?claim ?category ?low ?best ?high ?written {{ {values} GRAPH ?claim {{ ?claim wq:figure ?figure . "
        "?figure wq:category ?category ; wq:start ?start OPTIONAL { ?figure wq:low ?low } "
        "OPTIONAL { ?figure wq:best ?best } OPTIONAL { ?figure wq:high ?high } "
        "OPTIONAL { ?figure wq:asWritten ?written } } } ORDER BY ?claim ?start ?figure",
    ):
        name = Vocabulary.load().label(_iri(category), "en") or local_name(_iri(category))
        found[_iri(claim)].figures.append(
            Count(name.lower(), _integer(low), _integer(best), _integer(high), _text(written))
        )


def _reported(asked: Asked, values: str, found: dict[str, ClaimFound], names: dict[str, dict[str, str]]) -> None:
    """Fill in who says it: labels, reporting chain, article."""
    for claim, label in _rows(asked, f"SELECT ?claim ?label {{ {values} ?claim rdfs:label ?label }}"):
        found[_iri(claim)].labels[_language(label)] = _text(label) or ""
    for claim, source, written in _rows(
        asked,
        f"SELECT ?claim ?source ?written {{ {values} ?claim wq:attribution ?link . ?link wq:source ?source ; "
        "wq:order ?order OPTIONAL { ?link wq:asWritten ?written } } ORDER BY ?claim ?order",
    ):
        iri = _iri(source)
        found[_iri(claim)].sources.append(Named(iri, names.get(iri, {}), _text(written)))
    for claim, headline, published, outlet in _rows(
        asked,
        f"SELECT ?claim ?headline ?published ?outlet {{ {values} ?claim prov:wasDerivedFrom ?article "
        "OPTIONAL { ?article schema:headline ?headline } OPTIONAL { ?article schema:datePublished ?published } "
        "OPTIONAL { ?article schema:publisher ?outlet } }",
    ):
        row = found[_iri(claim)]
        row.headline, row.published = _text(headline), _text(published)
        if outlet is not None:
            row.outlet = Named(_iri(outlet), names.get(_iri(outlet), {}))


def _names(asked: Asked, values: str) -> dict[str, dict[str, str]]:
    """Return the names of every place, actor, source and outlet that the claims speak of."""
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for thing, label in _rows(
        asked,
        f"SELECT DISTINCT ?thing ?label {{ {values} "
        "{ GRAPH ?claim { ?claim wq:location/wq:ofPlace ?thing } } UNION "
        "{ GRAPH ?claim { ?claim wq:participation/wq:ofActor ?thing } } UNION "
        "{ ?claim wq:attribution/wq:source ?thing } UNION "
        "{ ?claim prov:wasDerivedFrom/schema:publisher ?thing } "
        "?thing rdfs:label ?label } ORDER BY ?thing ?label",
    ):
        names[_iri(thing)].setdefault(_language(label), _text(label) or "")
    return names


def _below(prop: str) -> Iterable[str]:
    """Return `prop` and its sub-properties."""
    superproperties = Vocabulary.load().superproperties
    return {prop, *(iri for iri, above in superproperties.items() if prop in above)}


def _rows(asked: Asked, query: str) -> Iterator[tuple[object, ...]]:
    return asked.query(_PROLOGUE + query).rows()


def _values(iris: Iterable[str]) -> str:
    return " ".join(f"<{iri}>" for iri in iris)


def _iri(term: Any) -> str:
    return str(term.value)


def _text(term: Any) -> str | None:
    return None if term is None else str(term.value)


def _language(term: Any) -> str:
    return str(term.language or "")


def _integer(term: Any) -> int | None:
    return None if term is None else int(term.value)


def summary(names: Sequence[Named], language: str = "en") -> str:
    """Return the names, without repeats, with commas."""
    return ", ".join(dict.fromkeys(named.name(language) for named in names))
