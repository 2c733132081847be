"""Choosing which place a name means, or none.

Invariant: a wrong dot on a map is worse than none. A candidate is linked only where the text gives a reason to, and
every choice keeps its reasons: the parts of the score (integers, thousandths) or why nothing was linked. The same
candidates and context always give the same outcome.

Score of a candidate, out of 1,000 and more:

======== ======================================================================================================
name     300 for having the name
type     150 where the type word as written ("مدينة") says its kind; a type word that contradicts it rules it out
country  up to 400: share of its country in what the article speaks of
people   20 for each digit of the population; 100 for a division or region, which is at least a town's worth
fame     100 for 100,000 people and ten times the most of its namesakes in other countries
near     150, 100, 50 within 25, 100, 300 km of an unambiguous place of the article
within   200 for lying in the place that the text names around it; not lying there rules it out
======== ======================================================================================================

Nothing is linked where the best is less than 60 ahead of the next place; where the best lies in a country that the
article does not speak of (except countries, capitals, and a "city of" a million that dwarfs its namesakes); where
nothing is known of the article and the name is not dominated by one place (100,000 people and ten times the next);
where a small place bears a name of three or more places and nothing near confirms it; where a quarter is named
without "quarter" in an article that does not speak of its city.

A bare name that a city shares with its governorate means the city. "Countryside of X" is never X.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from ingest.gazetteer import TYPE_WORDS, Entry
from ingest.normal import name_key
from ontology.identity import derived_id
from ontology.model import Area, Linking, Place, Precision, Span

MARGIN = 60
DOMINANT_POPULATION = 100_000
DOMINANT_RATIO = 10
WORLD_CITY = 1_000_000
SMALL_PLACE = 50_000
LONE_PLACE = 15_000  # people that make a name with no namesake trustworthy in an article of which nothing is known
COMMON_NAME = 3
SAME_PLACE_KM = 10.0
SUBURB_KM = 20.0

_SETTLEMENTS = frozenset({"city", "town", "village", "unspecified"})
_DIVISIONS = frozenset({"governorate", "region", "district", "subdistrict"})
_IN_A_CITY = frozenset({"neighbourhood", "roundabout", "hospital", "building", "camp"})
_AROUND_A_CITY = frozenset({"village", "town", "countryside", "road", "base", "region", "river", "dam", "crossing"})
_NEAR = ((25.0, 150), (100.0, 100), (300.0, 50))


@dataclass(frozen=True, slots=True)
class Context:
    """What an article says about where it plays.

    `countries` maps ISO 3166-1 alpha-2 codes to how strongly the article speaks of the country (any positive unit);
    `nearby` holds its unambiguous places.
    """

    countries: Mapping[str, int] = field(default_factory=dict)
    nearby: tuple[Entry, ...] = ()

    def share(self, country: str) -> int:
        """Return the share of `country` in thousandths, 0 where the article speaks of no country."""
        total = sum(self.countries.values())
        return self.countries.get(country, 0) * 1000 // total if total else 0


class Linked(NamedTuple):
    """The place chosen, its score with its parts (thousandths) and how far it is ahead of the next one."""

    entry: Entry
    score: int
    parts: tuple[tuple[str, int], ...]
    margin: int

    @property
    def linking(self) -> Linking:
        """What a claim keeps of how the place was linked."""
        listed = tuple(dict.fromkeys(attestation.source for attestation in self.entry.attested))
        return Linking(self.entry.key, listed, self.score, dict(self.parts), self.margin)


class Nil(NamedTuple):
    """No gazetteer place is linked, and why.

    `kind` and `within` are what the text says of the place, if anything; `around` the areas that contain it where no
    entry stands for the nearest of them ("the countryside of Jisr al-Shughur" lies in the governorate of the town).
    """

    reasons: tuple[str, ...]
    kind: str | None = None
    within: Entry | None = None
    around: tuple[Area, ...] = ()

    @property
    def areas(self) -> tuple[Area, ...]:
        """What contains the place, innermost first."""
        return area_of(self.within) if self.within else self.around

    @property
    def linking(self) -> Linking:
        """What a claim keeps of why nothing was linked."""
        return Linking(reasons=self.reasons)


def context_of(found: Iterable[Sequence[Entry]], *, countries: Mapping[str, int] | None = None) -> Context:
    """Return the context that the places of an article give together.

    Args:
        found: the candidates of each mention of a place, as `Gazetteer.find` returns them, one item a mention.
        countries: what else speaks for a country (its actors, the dateline), added to it.

    A country named counts 3; a name whose places all lie in one country 2, or 1 where it is only a small place; a name
    dominated by one big city 1. A country with less than 3 is left out where another has more, and one small place
    alone gives no context at all.

    """
    weights: dict[str, int] = {}
    nearby: dict[str, Entry] = {}
    for candidates in found:
        if not candidates:
            continue
        first = max(candidates, key=lambda e: (e.population, e.id))
        lands = {e.country for e in candidates if e.country}
        if first.kind == "country":
            # عمان is Oman or Amman: a name that a city nearly as big shares speaks for neither.
            if _dominates(first, candidates):
                weights[first.country] = weights.get(first.country, 0) + 3
        elif len(lands) == 1:
            trusted = first.kind not in _SETTLEMENTS or first.population >= LONE_PLACE
            weights[first.country] = weights.get(first.country, 0) + (2 if trusted else 1)
            settled = [e for e in candidates if e.kind in _SETTLEMENTS and e.lat is not None]
            if len(settled) == 1:
                nearby[settled[0].id] = settled[0]
        elif _dominates(first, candidates):
            weights[first.country] = weights.get(first.country, 0) + 1
            if first.kind in _SETTLEMENTS:
                nearby[first.id] = first
    for country, weight in (countries or {}).items():
        weights[country] = weights.get(country, 0) + weight
    told = countries or {}
    # One name must not confirm itself: what else speaks for a country goes before a single place.
    strong = {c: w for c, w in weights.items() if w >= 3}
    strong = strong or {c: w for c, w in weights.items() if w >= 2 and c in told}
    strong = strong or {c: w for c, w in weights.items() if w >= 2 or c in told}
    strong = dict(sorted(strong.items()))
    return Context(countries=strong, nearby=tuple(nearby.values()) if strong else ())


def link(candidates: Sequence[Entry], *, type_word: str | None, within: Entry | None, context: Context) -> Linked | Nil:
    """Choose the place that a name means among `candidates`, which all bear the name.

    Look up the whole phrase first ("ريف دمشق" and "مخيم جباليا" are places of their own) and link what that gives
    without type word; else look up the name alone and give the word before or after it as `type_word`.

    Args:
        candidates: what `Gazetteer.find` gave for the name.
        type_word: the word beside the name that says what it is, as written ("مدينة", "محافظتي", "province"), or None.
            A word that names a thing of its own ("مطار", "bridge") rules out every candidate.
        within: the place that the text names around it ("in Idlib"), already linked, or None.
        context: what the whole article says.

    """
    kind = TYPE_WORDS.get(name_key(type_word)) if type_word else None
    if type_word and kind is None:
        within = within or _settlement_named(candidates, context)
        return Nil(("its type word makes it a thing of its own",), within=within)
    if kind == "countryside":
        reasons = ("the countryside of a place is not the place",)
        if within or (within := _division_named(candidates, context)):
            return Nil(reasons, kind, within)
        town = _settlement_named(candidates, context)
        return Nil(reasons, kind, around=town.within if town else ())
    if not candidates:
        return Nil(("no gazetteer has the name",), kind, within)
    fitting = _fitting(candidates, kind)
    if not fitting:
        if kind == "camp":  # an unlisted camp is in the town whose name it bears
            within = within or _settlement_named(candidates, context)
        return Nil((f"no place of the name is a {kind}",), kind, within)
    if within is not None:
        fitting = [e for e in fitting if _lies_in(e, within)]
        if not fitting:
            return Nil((f"no place of the name lies in {_label(within)}",), kind, within)
    scored = sorted(
        ((_parts(e, candidates, kind, within, context), e) for e in fitting),
        key=lambda s: (-_total(s[0]), -s[1].population, s[1].id),
    )
    parts, best = scored[0]
    others = [s for s in scored[1:] if not _same_place(best, s[1])]
    margin = _total(parts) - _total(others[0][0]) if others else 1000
    doubt = _doubt(best, parts, margin, candidates, kind, within, context)
    if doubt:
        return Nil((doubt,), kind, within)
    return Linked(entry=best, score=_total(parts), parts=parts, margin=margin)


@dataclass(frozen=True, slots=True)
class Appraised:
    """A candidate with the parts of its score, or with what rules it out; then it has no score."""

    entry: Entry
    score: int
    parts: tuple[tuple[str, int], ...]
    against: str | None = None


def appraised(
    candidates: Sequence[Entry], *, type_word: str | None, within: Entry | None, context: Context
) -> list[Appraised]:
    """Return every candidate with what `link` makes of it, the best first and those that are ruled out last."""
    kind = TYPE_WORDS.get(name_key(type_word)) if type_word else None
    fitting = _fitting(candidates, kind)
    found = []
    for entry in candidates:
        if entry not in fitting:
            towns = (e for e in candidates if kind is None and e.kind in _SETTLEMENTS)
            settled = next((e for e in towns if _named_alike(entry, e)), None)
            why = f"the bare name means {_label(settled)}" if settled else f"it is no {kind}"
            found.append(Appraised(entry, 0, (), why))
        elif within is not None and not _lies_in(entry, within):
            found.append(Appraised(entry, 0, (), f"it does not lie in {_label(within)}"))
        else:
            parts = _parts(entry, candidates, kind, within, context)
            found.append(Appraised(entry, _total(parts), parts))
    return sorted(found, key=lambda a: (a.against is not None, -a.score, -a.entry.population, a.entry.id))


def place_of(
    outcome: Linked | Nil,
    *,
    span: Span,
    rule: str,
    text: str,
    language: str,
    article_id: str,
    role: str = "place",
    kind: str | None = None,
    extent: str | None = None,
) -> Place:
    """Return the place of a claim for an outcome of `link`.

    `text` is the name as written: it makes the id of a local place and is not stored. A local place with the same
    name within the same place is the same place; one of which no container is known belongs to its article alone.
    Its precision is what its container tells: `near` for a part of a locality, the division or country otherwise.
    """
    if isinstance(outcome, Linked):
        entry = outcome.entry
        return Place(
            span=span,
            rule=rule,
            id=entry.id,
            role=role,
            kind=kind or entry.kind,
            names=dict(entry.names),
            lat=entry.lat,
            lon=entry.lon,
            precision=entry.precision,
            extent=extent,
            within=entry.within,
            links=entry.links,
            linking=outcome.linking,
        )
    kind = kind or outcome.kind
    areas = outcome.areas
    return Place(
        span=span,
        rule=rule,
        id=derived_id("place", "local", name_key(text), areas[0].id if areas else article_id),
        role=role,
        kind=kind,
        precision=_local_precision(kind, outcome),
        extent=extent,
        within=areas,
        linking=outcome.linking,
    )


def area_of(entry: Entry) -> tuple[Area, ...]:
    """Return `entry` and all that contains it, innermost first."""
    return (entry.area, *entry.within)


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


def _fitting(candidates: Sequence[Entry], kind: str | None) -> list[Entry]:
    """Return the candidates that the type word allows; without one, a city before the division named after it."""
    if kind is None:
        settled = [e for e in candidates if e.kind in _SETTLEMENTS]
        return [e for e in candidates if e in settled or not any(_named_alike(e, s) for s in settled)]
    if kind == "village":
        return [e for e in candidates if e.kind in _SETTLEMENTS and e.population < SMALL_PLACE]
    if kind in _SETTLEMENTS:
        return [e for e in candidates if e.kind in _SETTLEMENTS]
    if kind == "camp":
        return [e for e in candidates if e.kind == "camp"]
    if kind == "region":  # "قطاع غزة" is a region; "منطقة الباب" may be no more than the town's surroundings
        return [e for e in candidates if e.kind in _DIVISIONS - {"governorate"}] or [
            e for e in candidates if e.kind in _SETTLEMENTS
        ]
    return [e for e in candidates if e.kind == kind]


def _named_alike(entry: Entry, settlement: Entry) -> bool:
    """Tell whether `entry`, of the same name, is a division around `settlement` or a camp in it."""
    if entry.kind in _DIVISIONS:
        around, divisions = {entry.id, *(a.id for a in entry.within[:-1])}, {a.id for a in settlement.within}
        return bool(around & divisions)
    return entry.kind == "camp" and any(a.id == settlement.id for a in entry.within)


def _lies_in(entry: Entry, within: Entry) -> bool:
    """Tell whether `entry` may lie in `within`, as far as the gazetteer knows divisions and countries."""
    if entry.id == within.id:
        return False
    if within.country and entry.country != within.country:
        return False
    if within.kind == "country":
        return True
    if any(a.id == within.id for a in entry.within):
        return True
    if within.kind in _DIVISIONS:
        return not within.country
    # Around a town: the text says "in Aleppo" also of what lies in the governorate of Aleppo.
    distance = distance_km(entry, within)
    divisions = {a.id for a in entry.within[:-1]} & {a.id for a in within.within[:-1]}
    if distance is not None and distance <= SUBURB_KM:
        return True  # the suburbs of a city that is a division of its own lie in the next one
    return bool(divisions) and (distance is None or distance <= 100)


def _parts(
    entry: Entry, candidates: Sequence[Entry], kind: str | None, within: Entry | None, context: Context
) -> tuple[tuple[str, int], ...]:
    people = 20 * len(str(entry.population)) if entry.population else 0
    parts = {
        "name": 300,
        "type": 150 if kind is not None and entry.kind in (kind, "unspecified") else 0,
        "country": context.share(entry.country) * 400 // 1000,
        "people": max(people, 100) if entry.kind in _DIVISIONS else people,
        "fame": 100 if _dominates(entry, candidates) else 0,
        "near": _nearness(entry, context),
        "within": 200 if within is not None else 0,
    }
    return tuple((name, value) for name, value in parts.items() if value)


def _total(parts: Iterable[tuple[str, int]]) -> int:
    return sum(value for _, value in parts)


def _nearness(entry: Entry, context: Context) -> int:
    if entry.kind in _DIVISIONS:  # the middle of a district is near to nothing
        return 0
    distances = [d for n in context.nearby if n.id != entry.id and (d := distance_km(entry, n)) is not None]
    closest = min(distances, default=math.inf)
    return next((value for limit, value in _NEAR if closest <= limit), 0)


def _doubt(
    best: Entry,
    parts: tuple[tuple[str, int], ...],
    margin: int,
    candidates: Sequence[Entry],
    kind: str | None,
    within: Entry | None,
    context: Context,
) -> str | None:
    """Return why `best` must not be linked, or None."""
    if within is None and best.kind != "country" and best.country:
        if not context.countries:
            if not _dominates(best, candidates) and not _alone(best, candidates):
                return "nothing is known of the article's countries, and no place dominates the name"
        elif not context.share(best.country):
            world_city = kind == "city" and best.population >= WORLD_CITY and _dominates(best, candidates)
            if not best.capital and not world_city:
                return f"the article does not speak of {best.country}"
    if margin < MARGIN:
        return f"the best place is only {margin} thousandths ahead of the next"
    if best.kind == "neighbourhood" and kind is None and within is None and best.within[:1]:
        city = best.within[0]  # "paradise" is a quarter only where the article is about its city
        if city.lat is not None and all(city.id != n.id for n in context.nearby):
            return "the article does not speak of the quarter's city"
    near = dict(parts).get("near", 0)
    seat = any(_named_alike(e, best) for e in candidates if e.kind in _DIVISIONS)
    small = best.kind in _SETTLEMENTS and best.population < SMALL_PLACE and not seat
    if small and within is None and near < _NEAR[1][1] and len(_distinct(candidates)) >= COMMON_NAME:
        return "many places bear the name, and nothing near confirms this one"
    return None


def _dominates(entry: Entry, candidates: Sequence[Entry]) -> bool:
    others = [e.population for e in candidates if e.country != entry.country and e.kind in _SETTLEMENTS | {"country"}]
    return entry.population >= max(DOMINANT_POPULATION, DOMINANT_RATIO * max(others, default=0))


def _alone(entry: Entry, candidates: Sequence[Entry]) -> bool:
    trusted = entry.kind in _DIVISIONS or entry.population >= LONE_PLACE
    return trusted and {e.country for e in candidates} == {entry.country}


def _distinct(candidates: Sequence[Entry]) -> list[Entry]:
    result: list[Entry] = []
    for entry in candidates:
        if entry.kind in _SETTLEMENTS and not any(_same_place(entry, other) for other in result):
            result.append(entry)
    return result


def _same_place(a: Entry, b: Entry) -> bool:
    distance = distance_km(a, b)
    return distance is not None and distance <= SAME_PLACE_KM


def _settlement_named(candidates: Sequence[Entry], context: Context) -> Entry | None:
    """Return the town that the name alone would mean, or None."""
    outcome = link(candidates, type_word=None, within=None, context=context) if candidates else None
    return outcome.entry if isinstance(outcome, Linked) and outcome.entry.kind in _SETTLEMENTS else None


def _division_named(candidates: Sequence[Entry], context: Context) -> Entry | None:
    """Return the governorate that the name would mean, or None."""
    divisions = [e for e in candidates if e.kind == "governorate"]
    outcome = link(divisions, type_word=None, within=None, context=context) if divisions else None
    return outcome.entry if isinstance(outcome, Linked) else None


def _local_precision(kind: str | None, outcome: Nil) -> Precision:
    within = outcome.within
    if within is None:  # areas of a settlement end with its country
        return (Precision.UNKNOWN, Precision.COUNTRY, Precision.ADMIN1)[min(len(outcome.around), 2)]
    if within.precision in (Precision.EXACT, Precision.NEAR, Precision.LOCALITY):
        if kind in _IN_A_CITY:
            return Precision.NEAR
        return Precision.ADMIN2 if kind in _AROUND_A_CITY else Precision.LOCALITY
    return within.precision


def _label(entry: Entry) -> str:
    return entry.names.get("en") or next(iter(entry.names.values()), entry.key)
