"""Places as candidates: those of the gazetteer and those that only the graph has.

Invariant: what speaks for a place is what `ingest.linking` says, and nothing else scores it; `match` is true only where
linking would link the place and nothing that was asked contradicts it. The score is the share of the points that
linking could have given for what was asked.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Final, TypeVar

from api.problems import Problem
from api.reconciliation.candidates import Candidate, Feature
from api.reconciliation.queries import Condition, Query, Value
from api.reconciliation.things import Thing, Things
from api.reconciliation.types import PLACE, below, most_specific, type_label
from graph.iris import Iris
from ingest.gazetteer import TYPE_WORDS, Entry, Gazetteer
from ingest.gazetteer.entry import SETTLEMENTS
from ingest.linking import Appraised, Linked, appraised
from ingest.namequery import NameAnswer, UnknownParent, ask_within, container
from ingest.placecontext import Context, distance_km
from ontology.model import Area, Precision
from ontology.normal import name_key
from ontology.vocabulary import WQ, Vocabulary

_T = TypeVar("_T")
_ATTAINABLE: Final[Mapping[str, int]] = {"type": 150, "country": 400, "near": 150, "within": 200}
_OF_A_NAME: Final = 300 + 160 + 100  # the name, the people of a very large city, fame
_SIMILAR: Final = 10
_FAR_KM: Final = 50.0
_NEAR_KM: Final = 10.0
_REMEMBERED: Final = 20_000
_NUMBER: Final = r"([+-]?\d{1,3}(?:\.\d+)?)"
_PAIR: Final = re.compile(rf"\s*{_NUMBER}\s*°?\s*[,;\s]\s*{_NUMBER}\s*°?\s*")
_WKT: Final = re.compile(rf"\s*(?:<[^>]*>\s*)?POINT\s*\(\s*{_NUMBER}\s+{_NUMBER}\s*\)\s*", re.IGNORECASE)
_KIND_WORDS: Final[Mapping[str, str]] = {kind: word for word, kind in reversed(list(TYPE_WORDS.items()))}
_GEONAMES: Final = re.compile(r"https?://(?:sws|www)\.geonames\.org/(\d+)/?.*")
_WIKIDATA: Final = re.compile(r"https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/(Q\d+)")


def coordinates(text: str) -> tuple[str, str] | None:
    """Return latitude and longitude as decimal strings from `36.2, 37.16` or `POINT(37.16 36.2)`, None for neither.

    >>> coordinates("POINT(37.16 36.2)"), coordinates("36.2,37.16"), coordinates("91, 0")
    (('36.2', '37.16'), ('36.2', '37.16'), None)
    """
    if found := _WKT.fullmatch(text):
        lon, lat = found.groups()
    elif found := _PAIR.fullmatch(text):
        lat, lon = found.groups()
    else:
        return None
    return (lat, lon) if abs(float(lat)) <= 90 and abs(float(lon)) <= 180 else None


class Places:
    """Finds places. May be shared by threads."""

    def __init__(self, gazetteer: Gazetteer, things: Things, iris: Iris) -> None:
        self.gazetteer = gazetteer
        self._things = things
        self._iris = iris
        self._ids: OrderedDict[str, Entry | None] = OrderedDict()
        self._lock = Lock()

    # -- asking ----------------------------------------------------------------------------------------------------

    def candidates(self, query: Query, kinds: frozenset[str] | None) -> list[Candidate]:
        """Return the places that a query may mean. `kinds` are the classes allowed, None for all."""
        asked = _Asked(self, query)
        named = self._by_identifier(query.text, asked)
        if named:
            return [c for entry in named if (c := self._identified(entry, asked, kinds)) is not None]
        if not query.text:
            return []
        beside = self._only_in_graph(query.text)
        type_word = asked.type_word(kinds)
        answer = ask_within(self.gazetteer, query.text, asked.within, asked.context, type_word=type_word, beside=beside)
        scored = [(1.0, a) for a in answer.candidates]
        if not scored and not query.exact:
            alike = answer.similar or self._alike(query.text)
            found = appraised(
                [entry for _, entry in alike], type_word=answer.type_word, within=asked.within, context=asked.context
            )
            ratios = {entry.id: ratio for ratio, entry in alike}
            scored = [(ratios[a.entry.id], a) for a in found]
        result = []
        for ratio, one in scored:
            candidate = self._candidate(ratio, one, answer, asked, kinds)
            if candidate is not None:
                result.append(candidate)
        return result

    def beginning(self, prefix: str, limit: int) -> list[Candidate]:
        """Return places for a text that somebody is typing: those of the name, else those that sound like it."""
        query = Query(prefix, (), limit)
        found = self.candidates(query, None)
        iris = {c.iri for c in found}
        graph = [i for i in self._things.beginning(prefix, PLACE, limit) if i not in iris] if name_key(prefix) else []
        entries = [self.entry_of(thing) for thing in self._things.described(graph).values()]
        found += [self._plain(entry, 50.0) for entry in entries]
        return sorted(found, key=lambda c: (-c.score, c.iri))

    def with_iris(self, iris: Iterable[str]) -> dict[str, Entry]:
        """Return the places of these IRIs, those of the gazetteer first; ones that nobody knows are left out."""
        wanted = {p.id: iri for iri in iris if (p := self._iris.parse(iri)) is not None and p.kind == "place"}
        with self._lock:
            known = {id_: self._ids[id_] for id_ in wanted if id_ in self._ids}
        missing = [id_ for id_ in wanted if id_ not in known]
        found = {id_: entry for id_, entry in known.items() if entry is not None}
        if missing:
            listed = self.gazetteer.with_ids(missing)
            graph = self._things.described(wanted[id_] for id_ in missing if id_ not in listed)
            found |= listed | {id_: self.entry_of(t) for id_ in missing if (t := graph.get(wanted[id_])) is not None}
            self._remember({id_: listed[id_] for id_ in missing if id_ in listed})
        return {wanted[id_]: entry for id_, entry in found.items()}

    def containing(self, value: Value) -> Entry | None:
        """Return the place that a condition names as what contains others, None where it is none or may be several."""
        if value.id is not None and (entry := self.with_iris([value.id]).get(value.id)) is not None:
            return entry
        for text in (value.id, value.text):
            if text and (entry := self._listed(text)) is not None:
                return entry
        try:
            return container(self.gazetteer, value.text)
        except UnknownParent:
            return None

    def country(self, value: Value) -> str | None:
        """Return the ISO 3166 code of a country that a condition names, None where it is none."""
        if value.id is not None and (entry := self.with_iris([value.id]).get(value.id)) is not None:
            return entry.country or None
        text = value.text.strip()
        if len(text) == 2 and text.isascii() and (entry := self.gazetteer.known_as(f"country:{text.upper()}")):
            return entry.country
        if (entry := self._listed(text)) is not None and entry.kind == "country":
            return entry.country
        key = name_key(text)
        found = [e for e in self.gazetteer.find([key]).get(key, ()) if e.kind == "country"] if key else []
        return found[0].country if len(found) == 1 else None

    def entry_of(self, thing: Thing) -> Entry:
        """Return a place of the graph as a place of a gazetteer: no people, and the country that contains it."""
        identified = self._iris.parse(thing.iri)
        areas, country = self._areas(thing.within)
        return Entry(
            id=identified.id if identified is not None else thing.iri,
            key=f"graph:{identified.id if identified is not None else thing.iri}",
            names=dict(thing.names) or {"": thing.iri},
            kind=kind_of(thing.types),
            lat=thing.lat,
            lon=thing.lon,
            country=country,
            population=0,
            precision=Precision.UNKNOWN,
            within=areas,
        )

    def iri(self, entry: Entry) -> str:
        """Return the IRI of a place."""
        return self.iri_of(entry.id)

    def iri_of(self, id_: str) -> str:
        """Return the IRI of the place with this id."""
        return self._iris.place(id_).value

    # -- finding ---------------------------------------------------------------------------------------------------

    def _by_identifier(self, text: str | None, asked: "_Asked") -> list[Entry]:
        values = [Value(text, text if "://" in text else None)] if text else []
        condition = asked.query.condition("identifier")
        for value in [*values, *(condition.values if condition is not None and not text else ())]:
            if value.id is not None and (entry := self.with_iris([value.id]).get(value.id)) is not None:
                return [entry]
            if (entry := self._listed(value.text)) is not None:
                return [entry]
        return []

    def _listed(self, text: str) -> Entry | None:
        """Return the place that an outside identifier names: a GeoNames or Wikidata IRI, a p-code, a source's key."""
        text = text.strip()
        if found := _GEONAMES.fullmatch(text):
            return self.gazetteer.known_as(f"geonames:{found[1]}")
        if found := _WIKIDATA.match(text):
            return self.gazetteer.known_as(f"wikidata:{found[1]}")
        if re.fullmatch(r"Q\d+", text):
            return self.gazetteer.known_as(f"wikidata:{text}")
        if re.fullmatch(r"[A-Z]{2}\d{2,10}", text):
            return self.gazetteer.known_as(f"pcode:{text}")
        if re.fullmatch(r"[a-z][a-z0-9-]*:[A-Za-z0-9._-]+", text):
            return self.gazetteer.known_as(text)
        return None

    def _only_in_graph(self, text: str) -> list[Entry]:
        described = self._things.described(self._things.bearing(text, PLACE))
        return [self.entry_of(thing) for _, thing in sorted(described.items())]

    def _alike(self, text: str) -> list[tuple[float, Entry]]:
        found = self._things.similar(text, PLACE, _SIMILAR)
        described = self._things.described(iri for _, iri in found)
        return [(ratio, self.entry_of(described[iri])) for ratio, iri in found if iri in described]

    def _areas(self, iris: Sequence[str]) -> tuple[tuple[Area, ...], str]:
        """Return what contains a place of the graph, smaller ones first, and the country's code if one is among it."""
        described = self._things.described(iris)
        areas, country = [], ""
        for iri, thing in described.items():
            identified = self._iris.parse(iri)
            id_ = identified.id if identified is not None else iri
            state = self._country_entry(id_, thing)
            country = country or (state.country if state is not None else "")
            rank = 3 if state is not None else 2 if thing.lat is None else 1
            areas.append((rank, id_, Area(id_, dict(thing.names), thing.lat, thing.lon)))
        return tuple(area for _, _, area in sorted(areas, key=lambda a: a[:2])), country

    def _country_entry(self, id_: str, thing: Thing) -> Entry | None:
        for name in thing.names.values():
            key = name_key(name)
            for entry in self.gazetteer.find([key]).get(key, ()):
                if entry.kind == "country" and entry.id == id_:
                    return entry
        return None

    # -- judging ---------------------------------------------------------------------------------------------------

    def _candidate(
        self, ratio: float, one: Appraised, answer: NameAnswer, asked: "_Asked", kinds: frozenset[str] | None
    ) -> Candidate | None:
        entry = one.entry
        agreed, features = asked.compare(entry)
        if not fits(entry, kinds) or asked.kept_out(entry, agreed):
            return None
        outcome = answer.outcome
        linked = isinstance(outcome, Linked) and outcome.entry.id == entry.id
        points = dict(one.parts)
        if one.against is None:
            score = (sum(points.values()) - round(points.get("name", 0) * (1 - ratio))) / asked.attainable(answer)
        else:  # it bears the name, and that is all
            score = 300 * ratio / asked.attainable(answer) / 2
        evidence = [Feature("name", float(ratio))]
        evidence += [Feature(f"linking_{part}", value) for part, value in one.parts]
        evidence += features
        if linked and isinstance(outcome, Linked):
            evidence.append(Feature("margin", outcome.margin))
        near = [c for c in answer.candidates if asked.distance(c.entry, _NEAR_KM)]
        pointed = len(near) == 1 and near[0].entry.id == entry.id
        match = (linked or pointed) and ratio == 1.0 and all(agreed.values())
        evidence = self._told(evidence, entry)
        return self._made(entry, 100 * min(score, 1.0), evidence, match=match)

    def _identified(self, entry: Entry, asked: "_Asked", kinds: frozenset[str] | None) -> Candidate | None:
        agreed, features = asked.compare(entry)
        if not fits(entry, kinds) or asked.kept_out(entry, agreed):
            return None
        held = sum(agreed.values()) / len(agreed) if agreed else 1.0
        features = [f for f in features if f.id != "identifier"]
        evidence = self._told([Feature("identifier", True), *features], entry)
        return self._made(entry, 50 + 50 * held, evidence, match=all(agreed.values()))

    def _plain(self, entry: Entry, score: float) -> Candidate:
        return self._made(entry, score, self._told([], entry))

    def _told(self, evidence: list[Feature], entry: Entry) -> list[Feature]:
        if entry.population:
            evidence.append(Feature("population", entry.population))
        return evidence

    def _made(self, entry: Entry, score: float, evidence: Sequence[Feature], *, match: bool = False) -> Candidate:
        self._remember({entry.id: entry})
        return Candidate(
            iri=self.iri(entry),
            names={language: name for language, name in entry.names.items() if name},
            types=most_specific_of(entry),
            score=score,
            about={language: described(entry, language) for language in ("ar", "en")},
            features=tuple(evidence),
            match=match,
        )

    def _remember(self, entries: Mapping[str, Entry]) -> None:
        with self._lock:
            for id_, entry in entries.items():
                if not entry.key.startswith("graph:"):  # what the graph says of a place may change
                    self._ids[id_] = entry
                    self._ids.move_to_end(id_)
            while len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)


class _Asked:
    """What a query asks of places beyond the name, resolved once."""

    def __init__(self, places: Places, query: Query) -> None:
        self._places = places
        self.query = query
        self._countries = self._each("country", places.country)
        self._containers = self._each("within", places.containing)
        self._kinds = self._each("kind", _kind_meant)
        self._points = self._each("coordinates", _point)
        inner = [entry for entry in self._containers.values() if entry is not None]
        # Linking takes one container; the others are compared afterwards.
        self.within = inner[0] if len(inner) == 1 and self._plainly("within") else None
        named = [code for code in self._countries.values() if code is not None] if self._plainly("country") else []
        if self.within is not None and self.within.country:
            named.append(self.within.country)
        points = [p for p in self._points.values() if p is not None] if self._plainly("coordinates") else []
        self.context = Context(countries=dict.fromkeys(sorted(set(named)), 3), nearby=tuple(points))

    def _plainly(self, code: str) -> bool:
        condition = self.query.condition(code)
        return condition is not None and condition.quantifier == "any"

    def _each(self, code: str, read: Callable[[Value], _T | None]) -> dict[Value, _T | None]:
        condition = self.query.condition(code)
        return {} if condition is None else {value: read(value) for value in condition.values}

    def type_word(self, kinds: frozenset[str] | None) -> str | None:
        """Return a type word for the one kind that is asked for, in a condition or as the type; None for none."""
        vocabulary = Vocabulary.load()
        asked = {kind for kind in self._kinds.values() if kind is not None} if self._plainly("kind") else set()
        if not asked and kinds is not None:
            asked = {kind for kind, cls in vocabulary.place_kinds.items() if cls in kinds}
        return _KIND_WORDS.get(next(iter(asked))) if len(asked) == 1 else None

    def attainable(self, answer: NameAnswer) -> int:
        """Return the points that a place could get for what was asked."""
        points = _OF_A_NAME
        points += _ATTAINABLE["type"] if answer.type_word else 0
        points += _ATTAINABLE["country"] if self.context.countries else 0
        points += _ATTAINABLE["near"] if self.context.nearby else 0
        return points + (_ATTAINABLE["within"] if self.within is not None else 0)

    def compare(self, entry: Entry) -> tuple[dict[str, bool], list[Feature]]:
        """Return which conditions hold of a place, by property, and the evidence for it."""
        agreed: dict[str, bool] = {}
        features: list[Feature] = []
        for condition in self.query.conditions:
            code = condition.prop.code
            if PLACE not in condition.prop.families:
                continue
            holds = [self._holds(code, value, entry) for value in condition.values]
            agreed[code] = agreed.get(code, True) and _together(holds, condition)
            if code != "coordinates":
                features.append(Feature(code, agreed[code]))
        distances = [d for p in self._points.values() if p is not None and (d := distance_km(p, entry)) is not None]
        if distances:
            features.append(Feature("distance_km", round(min(distances), 1)))
        return agreed, features

    def kept_out(self, entry: Entry, agreed: Mapping[str, bool]) -> bool:
        """Tell whether a condition that must hold does not."""
        required = {c.prop.code for c in self.query.conditions if c.required}
        return any(not agreed.get(code, False) for code in required)

    def distance(self, entry: Entry, most: float) -> bool:
        """Tell whether a place lies within so many kilometres of the coordinates asked for."""
        points = [p for p in self._points.values() if p is not None]
        return any((d := distance_km(p, entry)) is not None and d <= most for p in points)

    def _holds(self, code: str, value: Value, entry: Entry) -> bool:
        if code == "country":
            country = self._countries[value]
            return country is not None and entry.country == country
        if code == "within":
            outer = self._containers[value]
            if outer is None:
                wanted = name_key(value.text)
                return any(wanted in map(name_key, area.names.values()) for area in entry.within)
            return any(area.id == outer.id for area in entry.within) or (
                outer.kind == "country" and entry.country == outer.country and entry.id != outer.id
            )
        if code == "kind":
            kind = self._kinds[value]
            return kind is not None and (entry.kind == kind or {entry.kind, kind} <= SETTLEMENTS)
        if code == "coordinates":
            return self.distance(entry, _FAR_KM) or self._points[value] is None
        if code == "identifier":
            return value.text in (*entry.codes.values(), entry.key, *(link.identifier for link in entry.links)) or any(
                value.text == a.key.partition(":")[2] for a in entry.attested
            )
        return False


def _together(holds: Sequence[bool], condition: Condition) -> bool:
    if condition.quantifier == "none":
        return not any(holds)
    return all(holds) if condition.quantifier == "all" else any(holds)


def _kind_meant(value: Value) -> str | None:
    text = (value.id or value.text).removeprefix("wq:")
    vocabulary = Vocabulary.load()
    by_class = {cls: kind for kind, cls in vocabulary.place_kinds.items()}
    if text in vocabulary.place_kinds:
        return text
    if (kind := by_class.get(text) or by_class.get(f"{WQ}{text}")) is not None:
        return kind
    key = name_key(value.text)
    labelled = {name_key(label): kind for cls, kind in by_class.items() for label in vocabulary.labels[cls].values()}
    return TYPE_WORDS.get(key) or labelled.get(key)


def _point(value: Value) -> Entry | None:
    found = coordinates(value.text)
    if found is None:
        detail = (
            f"{value.text!r} are no coordinates: send latitude and longitude (36.2, 37.16) or WKT (POINT(37.16 36.2))."
        )
        raise Problem(400, "bad-query", detail, field="coordinates")
    lat, lon = found
    return Entry(
        id="", key="asked", names={}, kind="unspecified", lat=lat, lon=lon, country="", population=0,
        precision=Precision.EXACT, within=(),
    )  # fmt: skip


def kind_of(types: Iterable[str]) -> str:
    """Return the kind of a place by its classes, `unspecified` where they say none."""
    by_class = {cls: kind for kind, cls in Vocabulary.load().place_kinds.items()}
    return next((by_class[cls] for cls in types if cls in by_class), "unspecified")


def fits(entry: Entry, kinds: frozenset[str] | None) -> bool:
    """Tell whether a place is of one of these classes; how large a settlement is called differs from list to list."""
    if kinds is None or not kinds.isdisjoint(classes_of(entry)):
        return True
    place_kinds = Vocabulary.load().place_kinds
    return entry.kind in SETTLEMENTS and any(place_kinds[kind] in kinds for kind in SETTLEMENTS)


def classes_of(entry: Entry) -> tuple[str, ...]:
    """Return the classes of a place with all above them."""
    vocabulary = Vocabulary.load()
    return vocabulary.types_of(vocabulary.place_kinds.get(entry.kind, PLACE))


def most_specific_of(entry: Entry) -> tuple[str, ...]:
    """Return the most specific class of a place."""
    return most_specific(set(classes_of(entry)) & below(PLACE))


def described(entry: Entry, language: str) -> str:
    """Return what tells a place from its namesakes: its kind, what contains it, how many people live there."""
    comma, inside, people = ("، ", "في", "نسمة") if language == "ar" else (", ", "in", "people")
    cls = Vocabulary.load().place_kinds.get(entry.kind, PLACE)
    what = type_label(cls, language)
    around = comma.join(
        area.names.get(language) or next(iter(area.names.values()), "") for area in entry.within if area.names
    )
    where = f"{what} {inside} {around}" if around else what
    return f"{where}{comma}{entry.population:,} {people}" if entry.population else where
