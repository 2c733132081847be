"""What an article says about where it plays, gathered from all of its places before any of them is linked.

Invariant: one name never confirms itself, and whose forces act says little about where: an article that speaks of a
state through its army alone does not lie there.

What counts for a country:

=============== ==== ============================================================================================
named           3    the country's own name stands in the text
one country     2    a name whose places all lie in it: a division, or a settlement of 15,000 people and more
one small place 1    such a name of a smaller settlement, of one in a country whose names the language borrows, or of
                     one that has namesakes only in such countries
big city        1    a name dominated by one place (100,000 people, ten times the most of its namesakes elsewhere)
cluster         1    a name confirmed by another one: of their places only these two lie within 50 km of each other
local voices    1-3  actors, sources and the publisher that the registry ties to it
states          1-3  actors of the state itself or on its side
=============== ==== ============================================================================================

A country with less than 3 is left out where another has more, unless local voices speak for it, or the other one is
there through its forces alone. In an article of which nothing else is known, one small place gives no context.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ingest.gazetteer import Entry
from ingest.gazetteer.entry import SETTLEMENTS

DOMINANT_POPULATION = 100_000
DOMINANT_RATIO = 10
LONE_PLACE = 15_000  # people that make a name with no namesake trustworthy in an article of which nothing is known
CLUSTER_KM = 50.0
SAME_PLACE_KM = 10.0
_FOREIGN_CONFIRMATIONS = 2  # other names of a cluster that a name needs where its country's language is another
_MOST_NAMESAKES = 12  # a name of more places confirms nothing
_MOST_NAMES = 60  # names of an article that are compared with each other
_CELL = 2  # cells of the grid to a degree: 50 km are never farther than one cell up to 60 degrees north


@dataclass(frozen=True, slots=True)
class Context:
    """What an article says about where it plays.

    `countries` maps ISO 3166-1 alpha-2 codes to how strongly the article speaks of the country (any positive unit);
    `nearby` holds its unambiguous places; `spoken` the countries that it speaks of by more than the name of a state
    that acts (None: all of them); `regions` the ids of the governorates that it names as such; `home` the countries
    in which the article's language is spoken, none where that says nothing.
    """

    countries: Mapping[str, int] = field(default_factory=dict)
    nearby: tuple[Entry, ...] = ()
    spoken: frozenset[str] | None = None
    regions: frozenset[str] = frozenset()
    home: frozenset[str] = frozenset()

    def share(self, country: str) -> int:
        """Return the share of `country` in thousandths, 0 where the article speaks of no country."""
        total = sum(self.countries.values())
        return self.countries.get(country, 0) * 1000 // total if total else 0

    def speaks_of(self, country: str) -> bool:
        """Tell whether the article may play in `country`.

        Where its language is not spoken there, the name of a state that acts is not enough.
        """
        borrowed = self.spoken is not None and bool(self.home) and country not in self.home | self.spoken
        return self.share(country) > 0 and not borrowed

    @property
    def placed(self) -> bool:
        """True where the article speaks of some country by more than the name of a state that acts."""
        return bool(self.countries) if self.spoken is None else bool(self.spoken)

    def native(self, candidates: Sequence[Entry]) -> Sequence[Entry]:
        """Return the candidates in countries that speak the article's language, all of them where none does."""
        return [e for e in candidates if e.country in self.home] or candidates


@dataclass(frozen=True, slots=True)
class Hints:
    """What speaks for countries beside places: states that act, and voices and groups of one country.

    `states` and `local` map ISO 3166-1 alpha-2 codes to how many of them there are; `home` holds the countries in
    which the article's language is spoken, none where that says nothing.
    """

    states: Mapping[str, int] = field(default_factory=dict)
    local: Mapping[str, int] = field(default_factory=dict)
    home: frozenset[str] = frozenset()


_NO_HINTS = Hints()


def context_of(
    found: Iterable[Sequence[Entry]], *, hints: Hints = _NO_HINTS, regions: frozenset[str] = frozenset()
) -> Context:
    """Return the context that the places of an article give together.

    Args:
        found: the candidates of each mention of a place, as `Gazetteer.find` returns them, one item a mention.
        hints: what else speaks for a country.
        regions: ids of the governorates that the article names as such.

    """
    named: dict[str, int] = {}
    weights: dict[str, int] = {}
    nearby: dict[str, Entry] = {}
    names: dict[tuple[str, ...], Sequence[Entry]] = {}
    for mentioned in found:
        if not mentioned:
            continue
        candidates = [e for e in mentioned if e.country in hints.home] or mentioned
        names.setdefault(tuple(e.id for e in candidates), candidates)
        first = max(candidates, key=lambda e: (e.population, e.id))
        lands = {e.country for e in candidates if e.country}
        if first.kind == "country":
            # عمان is Oman or Amman: a name that a city nearly as big shares speaks for neither.
            if dominates(first, mentioned):
                named[first.country] = named.get(first.country, 0) + 3
        elif len(lands) == 1:
            trusted = first.kind not in SETTLEMENTS or first.population >= LONE_PLACE
            borrowed = bool(hints.home) and first.country not in hints.home
            sure = trusted and not borrowed and len(candidates) == len(mentioned)
            weights[first.country] = weights.get(first.country, 0) + (2 if sure else 1)
            settled = [e for e in candidates if e.kind in SETTLEMENTS and e.lat is not None]
            if len(settled) == 1:
                nearby[settled[0].id] = settled[0]
        elif dominates(first, candidates):
            weights[first.country] = weights.get(first.country, 0) + 1
            if first.kind in SETTLEMENTS:
                nearby[first.id] = first
    for entry in _confirmed(list(names.values())[:_MOST_NAMES], hints.home):
        weights[entry.country] = weights.get(entry.country, 0) + 1
        nearby.setdefault(entry.id, entry)
    countries = _spoken_of(weights, named, hints)
    return Context(
        countries=countries,
        nearby=tuple(e for e in nearby.values() if e.country in countries),
        spoken=frozenset(
            c
            for c in countries
            if weights.get(c, 0) >= (1 if c in hints.home or not hints.home else 2)
            or named.get(c)
            or hints.local.get(c)
        ),
        regions=regions,
        home=hints.home,
    )


def _spoken_of(weights: Mapping[str, int], named: Mapping[str, int], hints: Hints) -> dict[str, int]:
    """Return the countries that count, with their weight, by code."""
    every = {*weights, *named, *hints.local, *hints.states}
    parts = (weights, named, hints.local, hints.states)
    total = {c: sum(part.get(c, 0) for part in parts) for c in sorted(every)}
    strong = {c for c, w in total.items() if w >= 3}
    told = {*hints.local, *hints.states}
    # What else speaks for a country goes before a single place.
    strong = strong or {c for c, w in total.items() if w >= 2 and c in told}
    strong = strong or {c for c, w in total.items() if w >= 2 or c in told}
    if not any(weights.get(c) or named.get(c) or hints.local.get(c) for c in strong):
        strong |= {c for c, w in weights.items() if w >= 2}  # only forces of other states are spoken of
    strong |= set(hints.local)
    return {c: w for c, w in total.items() if c in strong}


def _confirmed(names: Sequence[Sequence[Entry]], home: frozenset[str]) -> Iterator[Entry]:
    """Yield the one place of each name that other names of the article have places near to, more than its namesakes."""
    cells: dict[tuple[int, int], list[tuple[int, Entry]]] = {}
    for number, candidates in enumerate(names):
        points = [e for e in candidates if e.lat is not None and e.country]
        if not points or len(points) > _MOST_NAMESAKES or candidates[0].kind == "country":
            continue
        for entry in points:
            cells.setdefault(_cell(entry), []).append((number, entry))
    support: dict[int, dict[str, tuple[int, Entry]]] = {}
    for (row, column), held in cells.items():
        around = [x for r in (-1, 0, 1) for c in (-1, 0, 1) for x in cells.get((row + r, column + c), ())]
        for number, entry in held:
            others = {n for n, other in around if n != number and _beside(entry, other)}
            if others:
                support.setdefault(number, {})[entry.id] = (len(others), entry)
    for number in sorted(support):
        ranked = sorted(support[number].values(), key=lambda s: (-s[0], s[1].kind not in SETTLEMENTS, s[1].id))
        most, best = ranked[0]
        rivals = [n for n, other in ranked[1:] if not same_place(best, other)]
        needed = 1 if best.country in home else _FOREIGN_CONFIRMATIONS
        if most >= needed and most > max(rivals, default=0):
            yield best


def _beside(a: Entry, b: Entry) -> bool:
    """Tell whether two places of two names are neighbours, and not the same place or one in the other."""
    if a.id == b.id or a.country != b.country:
        return False
    if any(x.id == b.id for x in a.within) or any(x.id == a.id for x in b.within):
        return False
    distance = distance_km(a, b)
    return distance is not None and 1.0 <= distance <= CLUSTER_KM


def _cell(entry: Entry) -> tuple[int, int]:
    return math.floor(float(entry.lat or 0) * _CELL), math.floor(float(entry.lon or 0) * _CELL / 2)


def dominates(entry: Entry, candidates: Sequence[Entry]) -> bool:
    """Tell whether `entry` is a big place and far bigger than its namesakes in other countries."""
    others = [e.population for e in candidates if e.country != entry.country and e.kind in SETTLEMENTS | {"country"}]
    return entry.population >= max(DOMINANT_POPULATION, DOMINANT_RATIO * max(others, default=0))


def same_place(a: Entry, b: Entry) -> bool:
    """Tell whether two entries are so near to each other that the choice between them does not matter."""
    distance = distance_km(a, b)
    return distance is not None and distance <= SAME_PLACE_KM


def distance_km(a: Entry, b: Entry) -> float | None:
    """Return the great-circle distance of two entries in kilometres, None where one has no point."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    (lat1, lon1), (lat2, lon2) = _radians(a.lat, a.lon), _radians(b.lat, b.lon)
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(h)))


@lru_cache(maxsize=65_536)
def _radians(lat: str, lon: str) -> tuple[float, float]:
    return math.radians(float(lat)), math.radians(float(lon))
