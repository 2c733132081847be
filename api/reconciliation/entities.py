"""One entity with its values: what data extension fetches and what the preview shows.

Invariant: a value is what the gazetteer, the registry or the graph says, with the language that it is in; a property
that says nothing of an entity has no values.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.findings import EventFound, Named, events_of
from api.reconciliation import events, places, registry
from api.reconciliation.candidates import called, direction
from api.reconciliation.matching import Matching
from api.reconciliation.things import PROLOGUE, Asked, values
from api.reconciliation.types import EVENT, PLACE, type_label
from graph.iris import Iris, is_iri
from ingest.gazetteer import Entry
from ontology.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a property: a text with its language, a number, a day, or another entity (`id` is its IRI)."""

    text: str | None = None
    language: str = ""
    number: int | float | None = None
    day: str | None = None
    id: str | None = None

    def json(self, *, directions: bool) -> dict[str, Any]:
        """Return it as the API has it."""
        spoken = direction(self.language) if directions and self.language else {}
        if self.id is not None:
            return {"id": self.id, "name": self.text or self.id, **spoken}
        if isinstance(self.number, int):
            return {"int": self.number}
        if self.number is not None:
            return {"float": self.number}
        if self.day is not None:
            return {"date": f"{self.day}T00:00:00Z"}
        return {"str": self.text or "", **spoken}


@dataclass(slots=True)
class Entity:
    """An entity: names by language, a line about it, the most specific types, values by the code of the property."""

    iri: str
    family: str
    names: Mapping[str, str]
    about: Mapping[str, str]
    types: tuple[str, ...]
    values: dict[str, list[Value]] = field(default_factory=dict)


def entities(matching: Matching, asked: Asked, iris: Iris, wanted: Iterable[str], language: str) -> dict[str, Entity]:
    """Return the entities of these IRIs with all their values; what nobody knows is left out."""
    listed = [iri for iri in dict.fromkeys(wanted) if is_iri(iri)]
    kinds = {iri: identified.kind for iri in listed if (identified := iris.parse(iri)) is not None}
    found: dict[str, Entity] = {}
    for iri, entry in matching.places.with_iris(i for i in listed if kinds.get(i) == "place").items():
        found[iri] = _place(iri, entry, matching, language)
    for iri, bearer in matching.registry.with_iris(i for i in listed if kinds.get(i) in ("actor", "source")).items():
        found[iri] = _bearer(iri, bearer, language)
    happened = [i for i in listed if kinds.get(i) == "event"]
    if happened:
        reported = events_of(asked, happened)
        urls = _urls(asked, (claim.article for event in reported for claim in event.claims))
        around = {p.iri for event in reported for claim in event.claims for p in claim.places}
        entries = matching.places.with_iris(sorted(around))
        for event in reported:
            found[event.event] = _event(event, urls, entries, iris, language)
    return found


def _place(iri: str, entry: Entry, matching: Matching, language: str) -> Entity:
    made = Entity(
        iri, PLACE, {k: v for k, v in entry.names.items() if v},
        {spoken: places.described(entry, spoken) for spoken in ("ar", "en")}, places.most_specific_of(entry),
    )  # fmt: skip
    said: dict[str, list[Value]] = {
        "country": [Value(entry.country)] if entry.country else [],
        "within": [_entity(matching.places.iri_of(area.id), area.names, language) for area in entry.within],
        "kind": [Value(_kind(made, language), language)],
        "coordinates": [Value(f"{entry.lat}, {entry.lon}")] if entry.lat is not None and entry.lon is not None else [],
        "identifier": [Value(code) for _, code in sorted(entry.codes.items())],
        "population": [Value(number=entry.population)] if entry.population else [],
    }
    thing = matching.things.described([iri]).get(iri)
    linked = (*(link.identifier for link in entry.links), *(thing.links if thing is not None else ()))
    said["links"] = [Value(link) for link in dict.fromkeys(linked)]
    others = dict(thing.others) if thing is not None else {}
    said["names"] = _names(made.names, others)
    made.values = said | {"type": _types(made, language)}
    return made


def _bearer(iri: str, bearer: registry.Bearer, language: str) -> Entity:
    made = Entity(
        iri, bearer.family, bearer.names,
        {spoken: registry.described(bearer, spoken) for spoken in ("ar", "en")}, bearer.types,
    )  # fmt: skip
    arabic = {name: "ar" if any("\u0600" <= c <= "\u06ff" for c in name) else "en" for name in bearer.others}
    made.values = {
        "kind": [Value(_kind(made, language), language)],
        "links": [Value(link) for link in bearer.links],
        "identifier": [Value(link.rpartition("/")[2]) for link in bearer.links],
        "names": _names(made.names, arabic),
        "type": _types(made, language),
    }
    return made


def _event(
    event: EventFound, urls: Mapping[str, str], entries: Mapping[str, Entry], iris: Iris, language: str
) -> Entity:
    claims = event.claims
    types = tuple(Vocabulary.load().event_type(name) for name in event.whole.types)
    made = Entity(
        event.event, EVENT, dict(event.whole.labels),
        {spoken: events.described(event, spoken) for spoken in ("ar", "en")}, types,
    )  # fmt: skip
    happened_at = {p.iri: p for c in claims for p in c.places}
    areas = {
        iris.place(area.id).value: area.names
        for iri in happened_at
        if (entry := entries.get(iri)) is not None
        for area in entry.within
    }
    points = [entries[iri] for iri in happened_at if iri in entries and entries[iri].lat is not None]
    said: dict[str, list[Value]] = {
        "place": [_named(named, language) for named in happened_at.values()],
        "within": [_entity(iri, names, language) for iri, names in areas.items()],
        "coordinates": [Value(f"{entry.lat}, {entry.lon}") for entry in points],
        "date": _day(event.whole.date),
        "source": [_named(s, language) for s in {s.iri: s for c in claims for s in c.sources}.values()],
        "article": [Value(urls[c.article]) for c in claims if c.article in urls],
        "names": [Value(label, spoken) for spoken, label in event.whole.labels.items()],
        "type": _types(made, language),
    }
    for role in ("agent", "target"):
        people = {p.iri: p for c in claims for p in events.in_role(c, role)}
        said[role] = [_named(person, language) for person in people.values()]
    for code, iri in Vocabulary.load().figure_categories.items():
        name = (Vocabulary.load().label(iri, "en") or code).lower()
        figures = [f for c in claims for f in c.figures if f.category == name]
        numbers = dict.fromkeys(f.best for f in figures if f.best is not None)
        said[code] = [Value(number=number) for number in numbers] + [
            Value(str(f)) for f in figures if f.best is None and (f.low is not None or f.high is not None)
        ]
    made.values = said
    return made


def _day(told: str | None) -> list[Value]:
    if told is None:
        return []
    try:
        date.fromisoformat(told)
        return [Value(day=told)]
    except ValueError:
        return [Value(told)]  # EDTF that is no day stays as it is written


def _names(names: Mapping[str, str], others: Mapping[str, str]) -> list[Value]:
    main = [Value(name, spoken) for spoken, name in sorted(names.items()) if name]
    return main + [Value(name, spoken) for name, spoken in sorted(others.items()) if name not in names.values()]


def _types(entity: Entity, language: str) -> list[Value]:
    return [Value(type_label(cls, language), language) for cls in entity.types]


def _kind(entity: Entity, language: str) -> str:
    return ", ".join(type_label(cls, language) for cls in entity.types)


def _entity(iri: str, names: Mapping[str, str], language: str) -> Value:
    name, spoken = called(names, language, iri)
    return Value(name, spoken, id=iri)


def _named(named: Named, language: str) -> Value:
    name, spoken = called(named.names, language, named.as_written or named.iri)
    return Value(name, spoken if spoken != "und" else "", id=named.iri)


def _urls(asked: Asked, articles: Iterable[str]) -> dict[str, str]:
    listed = values(articles)
    if not listed:
        return {}
    answer = asked.query(f"{PROLOGUE}SELECT ?a ?url {{ VALUES ?a {{ {listed} }} ?a schema:url ?url }} ORDER BY ?a ?url")
    return {str(a.value): str(url.value) for a, url in answer.rows()}  # type: ignore[attr-defined]
