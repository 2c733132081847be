"""Events as candidates: what the graph reports to have happened, by type, place, day, figures, who and whom.

Invariant: an event that no claim reports as having happened is never a candidate; `match` is true only where type,
place and day all agree, nothing contradicts, and no other event comes near. The score is the share of what was asked
that agrees, each slot with its weight.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from api.findings import ClaimFound, EventFound, Named, events_of
from api.reconciliation.candidates import Candidate, Feature, called
from api.reconciliation.eventtext import Period, Told, period_of, told
from api.reconciliation.places import Places, coordinates
from api.reconciliation.queries import Condition, Query, Value
from api.reconciliation.registry import Registry
from api.reconciliation.things import PROLOGUE, Asked, Things, values
from api.reconciliation.types import ACTOR, EVENT, PLACE, SOURCE, below, type_label
from graph.iris import Iris, is_iri
from ingest.gazetteer import Entry
from ingest.placecontext import distance_km
from ontology.normal import name_key, normal_words
from ontology.vocabulary import WQ, Vocabulary

WEIGHTS: Final[Mapping[str, int]] = {
    "type": 3, "place": 4, "date": 4, "agent": 2, "target": 2, "source": 1, "figure": 2, "text": 1,
}  # fmt: skip
_AHEAD: Final = 10.0  # what a match must lie ahead of the next event
_AGREES: Final = 0.9
_WINDOW_DAYS: Final = 3
_NEAR_KM: Final = 25.0
_ROLES: Final = ("agent", "target")


@dataclass(frozen=True, slots=True)
class _Where:
    """A place that is asked for: what it may be, and its name where nothing is known of it."""

    iris: frozenset[str]
    key: str
    entry: Entry | None = None
    within: bool = False  # what lies in it counts, the place itself is not needed


@dataclass(frozen=True, slots=True)
class _Who:
    """An actor or source that is asked for."""

    iris: frozenset[str]
    key: str


@dataclass(frozen=True, slots=True)
class _Slots:
    """What a query asks of an event; an empty slot asks nothing. `required` are codes that must not be contradicted."""

    types: frozenset[str]
    period: Period | None
    places: tuple[_Where, ...]
    people: Mapping[str, tuple[_Who, ...]]
    figures: Mapping[str, int]
    words: frozenset[str]
    required: frozenset[str]
    unwanted: Mapping[str, Condition]

    @property
    def asks(self) -> bool:
        """Whether anything but words is asked."""
        return bool(self.types or self.period or self.places or self.figures or any(self.people.values()))


class Events:
    """Finds events. May be shared by threads."""

    def __init__(
        self, asked: Asked, things: Things, places: Places, registry: Registry, iris: Iris, *, most: int
    ) -> None:
        self._asked = asked
        self._things = things
        self._places = places
        self._registry = registry
        self._iris = iris
        self._most = most

    def candidates(self, query: Query, kinds: frozenset[str] | None, *, sure: bool = False) -> list[Candidate]:
        """Return the events that a query may mean. `kinds` are the classes allowed, None for all.

        With `sure`, a text counts only where it says two things of an event: "Aleppo" alone asks for a place.
        """
        if query.text is not None and "://" in query.text:
            return self._by_iri(query.text, kinds)
        text = told(query.text) if query.text else None
        slots = self._slots(query, text)
        if sure and sum((bool(slots.types), bool(slots.period), bool(slots.places), bool(slots.figures))) < 2:
            return []
        found = events_of(self._asked, self._retrieved(slots, kinds))
        areas = self._areas(found)
        scored = []
        for event in found:
            candidate = self._candidate(event, slots, areas)
            if candidate is not None:
                scored.append(candidate)
        return _decided(scored, slots)

    def _by_iri(self, iri: str, kinds: frozenset[str] | None) -> list[Candidate]:
        identified = self._iris.parse(iri)
        if identified is None or identified.kind != "event":
            return []
        found = events_of(self._asked, [iri] if is_iri(iri) else [])
        return [
            self._made(event, 100.0, (Feature("identifier", True),), match=True)
            for event in found
            if kinds is None or not kinds.isdisjoint(_classes(event))
        ]

    # -- what is asked ---------------------------------------------------------------------------------------------

    def _slots(self, query: Query, text: Told | None) -> _Slots:
        types = {cls for cls in query.types if cls in below(EVENT) and cls != EVENT}
        period: Period | None = None
        places: list[_Where] = []
        people: dict[str, list[_Who]] = {role: [] for role in (*_ROLES, "source")}
        figures: dict[str, int] = {}
        unwanted: dict[str, Condition] = {}
        for condition in query.conditions:
            code = condition.prop.code
            if condition.quantifier == "none":
                unwanted[code] = condition
                continue
            for value in condition.values:
                if code == "date":
                    period = period or period_of(value.text)
                elif code in ("place", "within"):
                    places.append(self._where(value, within=code == "within"))
                elif code == "coordinates":
                    if (point := coordinates(value.text)) is not None:
                        places.append(_Where(frozenset(), "", _at(*point)))
                elif code in people:
                    people[code].append(self._who(value, SOURCE if code == "source" else ACTOR))
                elif condition.prop.category is not None:
                    digits = "".join(c for c in value.text if c.isdigit())
                    if digits:
                        figures[condition.prop.category] = int(digits[:12])
        if text is not None:
            types |= text.types if not types else set()
            period = period or text.period
            figures = {**text.figures, **figures}
            if not places:
                places += [_Where(frozenset(iris), key) for key, iris in self._things.mentioned(text.key, PLACE)]
            if not people["agent"]:
                people["agent"] = [_Who(frozenset(iris), key) for key, iris in self._named_in(text, places)]
        return _Slots(
            types=frozenset(types),
            period=period,
            places=tuple(places),
            people={role: tuple(who) for role, who in people.items()},
            figures=figures,
            words=frozenset(text.words) if text is not None else frozenset(),
            required=frozenset(c.prop.category or c.prop.code for c in query.conditions if c.required),
            unwanted=unwanted,
        )

    def _named_in(self, text: Told, places: Iterable[_Where]) -> list[tuple[str, tuple[str, ...]]]:
        """Return the actors that a line names, where the words are not those of a place."""
        taken = {word for place in places for word in place.key.split(" ")}
        return [
            (key, iris)
            for key, iris in self._things.mentioned(text.key, ACTOR)
            if not taken & set(key.split(" ")) and not key.isdigit()
        ]

    def _where(self, value: Value, *, within: bool) -> _Where:
        key = name_key(value.text)
        if value.id is not None:
            entry = self._places.with_iris([value.id]).get(value.id)
            return _Where(frozenset({value.id}), key, entry, within)
        bearing = frozenset(self._things.bearing(value.text, PLACE))
        entry = self._places.containing(value)
        if entry is not None:
            bearing |= {self._places.iri(entry)}
        return _Where(bearing, key, entry, within)

    def _who(self, value: Value, family: str) -> _Who:
        if value.id is not None:
            return _Who(frozenset({value.id}), name_key(value.text))
        return _Who(frozenset(self._registry.bearing(value.text, family)), name_key(value.text))

    # -- retrieving ------------------------------------------------------------------------------------------------

    def _retrieved(self, slots: _Slots, kinds: frozenset[str] | None) -> list[str]:
        """Return events that share the day and the place with what is asked, else one of them, else type or figures."""
        if not slots.asks and not slots.words:
            return []
        base = [] if kinds is None else [f"VALUES ?kind {{ {values(_tops(kinds))} }} ?event a ?kind ."]
        day = self._day(slots.period)
        place = self._place(slots.places)
        who = _who_pattern(slots.people)
        for narrowing in ([day, place], [day, who], [place, who], [day], [place], [who]):
            if all(narrowing) and (found := self._select([*base, *filter(None, narrowing)])):
                if len(narrowing) == 2 and len(found) < 5:  # few: what agrees in one of the two may be the one meant
                    more = [iri for part in narrowing for iri in self._select([*base, part or ""])]
                    found = list(dict.fromkeys((*found, *more)))
                return found[: self._most]
        if day is None and place is None and who is None and slots.types:
            return self._select([f"VALUES ?type {{ {values(slots.types)} }} ?event a ?type ."])
        return []

    def _select(self, patterns: Iterable[str]) -> list[str]:
        where = " ".join(patterns)
        answer = self._asked.query(
            f"{PROLOGUE}SELECT DISTINCT ?event {{ ?event a wq:Event . {where} }} ORDER BY ?event LIMIT {self._most}"
        )
        return [str(row[0].value) for row in answer.rows()]  # type: ignore[attr-defined]

    def _day(self, period: Period | None) -> str | None:
        if period is None:
            return None
        from datetime import timedelta

        first, last = period.start - timedelta(days=_WINDOW_DAYS), period.end + timedelta(days=_WINDOW_DAYS)
        return (
            "?event wq:earliest ?earliest ; wq:latest ?latest "
            f'FILTER(?earliest <= "{last}"^^xsd:date && ?latest >= "{first}"^^xsd:date)'
        )

    def _place(self, places: Iterable[_Where]) -> str | None:
        iris = {iri for place in places for iri in place.iris}
        if not iris:
            return None
        wanted = values(iris)
        return (
            f"{{ VALUES ?wanted {{ {wanted} }} ?event wq:place ?wanted }} UNION "
            f"{{ VALUES ?wanted {{ {wanted} }} ?event wq:place/schema:containedInPlace ?wanted }}"
        )

    # -- judging ---------------------------------------------------------------------------------------------------

    def _areas(self, found: Iterable[EventFound]) -> dict[str, Entry]:
        """Return the places of the events by IRI."""
        iris = {place.iri for event in found for claim in event.claims for place in claim.places}
        return {iri: self._places.entry_of(t) for iri, t in self._things.described(sorted(iris)).items()}

    def _candidate(self, event: EventFound, slots: _Slots, areas: Mapping[str, Entry]) -> Candidate | None:
        held: dict[str, float] = {}
        features: list[Feature] = []
        weighed: list[tuple[int, float]] = []

        def add(code: str, agreement: float, weight: int) -> None:
            held[code] = agreement
            weighed.append((weight, agreement))
            value = agreement >= 1.0 if code == "type" else float(agreement)
            features.append(Feature(code, value))

        if slots.types:
            add("type", _type_agreement(slots.types, event), WEIGHTS["type"])
        if slots.places:
            add("place", self._place_agreement(slots.places, event, areas), WEIGHTS["place"])
        if slots.period is not None:
            agreement, apart = _date_agreement(slots.period, event)
            add("date", agreement, WEIGHTS["date"])
            if apart is not None:
                features.append(Feature("date_days", apart))
        for role, who in slots.people.items():
            if who:
                add(role, _who_agreement(role, who, event), WEIGHTS[role])
        for category, number in slots.figures.items():
            add(category, _figure_agreement(category, number, event), WEIGHTS["figure"])
        if slots.words:
            words = _words_of(event)
            add("text", len(slots.words & words) / len(slots.words), WEIGHTS["text"])
        required = {"place" if code in ("within", "coordinates") else code for code in slots.required}
        if any(held.get(code, 1.0) == 0.0 for code in required) or self._unwanted(slots, event, areas):
            return None
        total = sum(weight for weight, _ in weighed)
        score = 100 * sum(weight * agreement for weight, agreement in weighed) / total if total else 0.0
        if score <= 0 or all(held.get(code, 0.0) == 0.0 for code in held if code != "text"):
            return None
        features.append(Feature("claims", len(event.claims)))
        return self._made(event, score, tuple(features))

    def _unwanted(self, slots: _Slots, event: EventFound, areas: Mapping[str, Entry]) -> bool:
        for code, condition in slots.unwanted.items():
            for value in condition.values:
                if code in ("place", "within"):
                    where = self._where(value, within=code == "within")
                    if self._place_agreement((where,), event, areas) >= _AGREES:
                        return True
                elif code in (*_ROLES, "source"):
                    who = self._who(value, SOURCE if code == "source" else ACTOR)
                    if _who_agreement(code, (who,), event) >= _AGREES:
                        return True
                elif code == "date" and (period := period_of(value.text)) is not None:
                    if _date_agreement(period, event)[0] >= _AGREES:
                        return True
        return False

    def _place_agreement(self, asked: tuple[_Where, ...], event: EventFound, areas: Mapping[str, Entry]) -> float:
        """Return how well the places agree: all that are asked for count alike."""
        places = {place.iri: place for claim in event.claims for place in claim.places}
        total = 0.0
        for where in asked:
            best = 0.0
            for iri, place in places.items():
                entry = areas.get(iri)
                inside = {self._iris.place(area.id).value for area in entry.within} if entry is not None else set()
                keys = {name_key(name) for name in (*place.names.values(), place.as_written or "") if name}
                if (iri in where.iris and not where.within) or where.iris & inside:
                    best = 1.0
                elif iri in where.iris:
                    best = max(best, 0.8)
                elif not where.iris and where.key and where.key in keys:
                    best = max(best, 0.9)
                elif where.entry is not None and entry is not None:
                    best = max(best, _nearness(where.entry, entry, iri, self._places.iri(where.entry)))
            total += best
        return total / len(asked)

    def _made(
        self, event: EventFound, score: float, features: tuple[Feature, ...], *, match: bool = False
    ) -> Candidate:
        return Candidate(
            iri=event.event,
            names=dict(event.whole.labels),
            types=tuple(Vocabulary.load().event_type(name) for name in event.whole.types),
            score=score,
            about={language: described(event, language) for language in ("ar", "en")},
            features=features,
            match=match,
        )


def _decided(found: list[Candidate], slots: _Slots) -> list[Candidate]:
    """Return the candidates, the best of them as match where it is beyond doubt."""
    best = sorted(found, key=lambda c: (-c.score, c.iri))
    if not best or not (slots.types and slots.places and slots.period is not None):
        return best
    first, *others = best
    agrees = all(
        isinstance(value := first.feature(code), bool | float) and value >= _AGREES
        for code in ("type", "place", "date")
    )
    people = [first.feature(role) for role, who in slots.people.items() if who]
    contradicted = any(first.feature(category) == 0.0 for category in slots.figures) or 0.0 in people
    ahead = not others or first.score - others[0].score >= _AHEAD
    if agrees and not contradicted and ahead:
        return [replace(first, match=True), *others]
    return best


def _at(lat: str, lon: str) -> Entry:
    from ontology.model import Precision

    return Entry("", "asked", {}, "unspecified", lat, lon, "", 0, Precision.EXACT, (), ())


def _classes(event: EventFound) -> set[str]:
    vocabulary = Vocabulary.load()
    return {
        upper
        for claim in event.claims
        for name in claim.types
        for upper in vocabulary.types_of(vocabulary.event_type(name))
    }


def _tops(kinds: frozenset[str]) -> list[str]:
    """Return the classes of a set that lie below no other of it: instances of the rest are typed with them too."""
    superclasses = Vocabulary.load().superclasses
    return sorted(cls for cls in kinds if not kinds & set(superclasses.get(cls, ())))


def _who_pattern(people: Mapping[str, tuple[_Who, ...]]) -> str | None:
    asked = {role: {iri for who in people.get(role, ()) for iri in who.iris} for role in _ROLES}
    parts = [
        f"VALUES ?{role} {{ {values(iris)} }} ?event wq:participant ?{role} ." for role, iris in asked.items() if iris
    ]
    return " ".join(parts) or None


def _type_agreement(asked: frozenset[str], event: EventFound) -> float:
    """Return 1 for an event of one of the types or below, one half for one of a wider type."""
    classes = _classes(event)
    if asked & classes:
        return 1.0
    superclasses = Vocabulary.load().superclasses
    wider = {upper for cls in asked for upper in superclasses.get(cls, ()) if upper in below(EVENT) and upper != EVENT}
    own = {Vocabulary.load().event_type(name) for claim in event.claims for name in claim.types}
    return 0.5 if wider & own else 0.0


def _date_agreement(asked: Period, event: EventFound) -> tuple[float, int | None]:
    """Return how well the days agree, and how many lie between them."""
    best, least = 0.0, None
    for claim in event.claims:
        if claim.earliest is None or claim.latest is None:
            continue
        start, end = period_of(claim.earliest), period_of(claim.latest)
        if start is None or end is None or end.end < start.start:
            continue
        told_ = Period(start.start, end.end)
        apart = asked.apart(told_)
        least = apart if least is None else min(least, apart)
        if apart == 0:
            # A day in a month that is asked for agrees; a month for a day that is asked for says less.
            agreement = 1.0 if told_.days <= asked.days else max(0.4, asked.days / told_.days)
        else:
            agreement = {1: 0.6, 2: 0.4, 3: 0.3}.get(apart, 0.0)
        best = max(best, agreement)
    return best, least


def _nearness(asked: Entry, found: Entry, found_iri: str, asked_iri: str) -> float:
    """Return how well a place agrees that is neither the one asked for nor lies in it."""
    if any(area.id == found.id for area in asked.within):
        return 0.5  # the report names only the province of the town that is asked for
    distance = distance_km(asked, found)
    if distance is not None and distance <= _NEAR_KM and found_iri != asked_iri:
        return round(0.9 - 0.5 * distance / _NEAR_KM, 3)
    shared = {area.id for area in asked.within[:-1]} & {area.id for area in found.within[:-1]}
    return 0.2 if shared else 0.0


def _who_agreement(role: str, asked: tuple[_Who, ...], event: EventFound) -> float:
    held = 0
    for who in asked:
        for claim in event.claims:
            named = claim.sources if role == "source" else in_role(claim, role)
            keys = {_bare(name_key(n)) for x in named for n in (*x.names.values(), x.as_written or "") if n}
            if {x.iri for x in named} & who.iris or (who.key and _bare(who.key) in keys):
                held += 1
                break
    return held / len(asked)


def _bare(key: str) -> str:
    return key.removeprefix("the ")


def in_role(claim: ClaimFound, role: str) -> list[Named]:
    """Return the participants of a claim in a role (`agent`, `target`) or a narrower one."""
    superproperties = Vocabulary.load().superproperties
    roles = {code for code, prop in Vocabulary.load().roles.items() if f"{WQ}{role}" in (prop, *superproperties[prop])}
    return [p for p in claim.participants if p.role in roles]


def _figure_agreement(category: str, number: int, event: EventFound) -> float:
    """Return 1 where a report gives this number, one half where one lies within a fifth of it."""
    name = (Vocabulary.load().label(Vocabulary.load().figure_category(category), "en") or category).lower()
    best = 0.0
    for claim in event.claims:
        for figure in claim.figures:
            if figure.category != name:
                continue
            low, high = figure.low if figure.low is not None else figure.best, figure.high
            if low is None and high is None:
                continue
            exact = figure.best is not None or (low is not None and low == high)
            inside = (low is None or low <= number) and (high is None or number <= high)
            value = figure.best if figure.best is not None else low if low is not None else high
            if inside:
                best = max(best, 1.0 if exact else 0.8)
            elif value and min(value, number) / max(value, number) >= 0.8:
                best = max(best, 0.5)
    return best


def _words_of(event: EventFound) -> set[str]:
    """Return the words that the reports of an event have: labels, names, figures as written, headline."""
    texts: list[str] = []
    for claim in event.claims:
        texts += [*claim.labels.values(), claim.headline or ""]
        for named in (*claim.places, *claim.participants, *claim.sources):
            texts += [*named.names.values(), named.as_written or ""]
        for figure in claim.figures:
            texts += [figure.as_written or "", figure.category, str(figure.best if figure.best is not None else "")]
    return {word for text in texts for word in normal_words(text)}


def described(event: EventFound, language: str) -> str:
    """Return what tells an event from others: its type, places, figures and who reports it."""
    comma = "، " if language == "ar" else ", "
    what = comma.join(type_label(f"{WQ}{name}", language) for name in event.whole.types)
    places = [place for claim in event.claims for place in claim.places]
    where = comma.join(dict.fromkeys(called(p.names, language, p.as_written or p.iri)[0] for p in places))
    figures = comma.join(dict.fromkeys(f.as_written or str(f) for c in event.claims for f in c.figures))
    outlets = comma.join(dict.fromkeys(c.outlet.name(language) for c in event.claims if c.outlet is not None))
    return " · ".join(part for part in (what, where, event.whole.date or "", figures, outlets) if part)
