"""Choosing which place a name means, or none.

Invariant: a wrong dot on a map is worse than none. A candidate is linked only where the text gives a reason to, and
every choice keeps its reasons: the parts of the score (integers, thousandths) or why nothing was linked. The same
candidates and context always give the same outcome.

Score of a candidate, out of 1,000 and more:

======== ======================================================================================================
name     300 for its main name in some language, in any spelling; 240 for a name that it also bears
type     150 where the type word as written ("مدينة") says its kind; a type word that contradicts it rules it out
country  up to 400: share of its country in what the article speaks of
home     60 for lying in a country that speaks the article's language (Arabic; English is at home nowhere)
people   20 for each digit of the population; 100 for a division or region, which is at least a town's worth
fame     100 for 100,000 people and ten times the most of its namesakes in other countries, by its main name
near     150, 100, 50 within 25, 100, 300 km of an unambiguous place of the article, or of one that names confirm
region   60 for lying in a governorate that the article names as such ("ريف إدلب", "In Gezira State")
within   200 for lying in the place that the text names around it; not lying there rules it out
======== ======================================================================================================

Nothing is linked where the best is less than 60 ahead of the next place; where the best lies in a country that the
article does not speak of (except countries, capitals, and a "city of" a million that dwarfs its namesakes); where
nothing is known of the article but the states that act in it and the name is not dominated by one place (100,000
people and ten times the next), nor a division or a place of 15,000 people without namesakes, nor a town so called
that alone bears the name in the countries of the article's language; where a small place bears a name of three or
more places and nothing near confirms it; where a quarter is named without "quarter" in an article that does not speak
of its city.

A bare name that a city shares with its governorate means the city, but is known no better than the governorate:
precision `admin1`, unless the article says elsewhere that it speaks of the city. "Countryside of X" is never X: it
lies in the governorate of that name, else in the surroundings of the town. What lies around a town (a village in its
countryside, "north of X") lies in its surroundings too: an area of its own, for which the town's point stands, known
as well as a subdistrict (`admin3`). A city that bears its governorate's name has no such surroundings, because
"east of Aleppo" reaches as far as the governorate; what lies "south of Baghdad", a capital, may be in another one. A
town whose name a district bears lies in that; its surroundings stand between the two where the middle of the district
is far from the town.

"Near X" and "between X and Y" are linked to X, but known no better than its surroundings. What stays local is known as
well as what contains it: a quarter without a point of its own is `locality`, and only a place with a point of its own
is `near`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ingest.gazetteer import TYPE_WORDS, Entry
from ingest.gazetteer.entry import LANDMARKS, SETTLEMENTS
from ingest.gazetteer.folding import search_keys
from ingest.placecontext import DOMINANT_RATIO, LONE_PLACE, Context, distance_km, dominates, same_place
from ontology.identity import derived_id
from ontology.model import Area, Linking, Place, Precision, Span
from ontology.normal import name_key

MARGIN = 60
WORLD_CITY = 1_000_000
SMALL_PLACE = 50_000
COMMON_NAME = 3
SUBURB_KM = 20.0

_DIVISIONS = frozenset({"governorate", "region", "district", "subdistrict"})
_AROUND_A_CITY = frozenset(
    {"village", "town", "countryside", "road", "base", "region", "river", "dam", "crossing", "district", "subdistrict"}
)
_NEAR = ((25.0, 150), (100.0, 100), (300.0, 50))
_AROUND_KM = 50.0  # how far from a town that what lies around it may be


class Linked(NamedTuple):
    """The place chosen, its score with its parts (thousandths) and how far it is ahead of the next one.

    `unsure` is true for a city whose bare name may as well mean the governorate that is named after it; `record` is the
    position of the review that decided it, None where the score did.
    """

    entry: Entry
    score: int
    parts: tuple[tuple[str, int], ...]
    margin: int
    unsure: bool = False
    record: int | None = None

    @property
    def linking(self) -> Linking:
        """What a claim keeps of how the place was linked."""
        listed = tuple(dict.fromkeys(attestation.source for attestation in self.entry.attested))
        return Linking(self.entry.key, listed, self.score, dict(self.parts), self.margin, record=self.record)


class Nil(NamedTuple):
    """No gazetteer place is linked, and why.

    `kind` and `within` are what the text says of the place, if anything; `around` the settlement around which it lies
    ("the countryside of Jisr al-Shughur", "north of Manbij"), beside the division of the same name where one is known,
    and `city` that the text calls that a city or town; `record` is the position of the review that decided it, if any.
    """

    reasons: tuple[str, ...]
    kind: str | None = None
    within: Entry | None = None
    around: Entry | None = None
    record: int | None = None
    city: bool = False

    @property
    def areas(self) -> tuple[Area, ...]:
        """What contains the place, innermost first."""
        within, around = self.within, self.around
        if around is not None and (within is None or within.kind in _DIVISIONS | {"country"} or is_seat(within)):
            told = within is not None and within.kind in _DIVISIONS and all(a.id != within.id for a in around.within)
            return surroundings_of(around, called_city=self.city, division=within if told else None)
        if self.within is not None:
            # A village "in Aleppo" lies in the governorate, not in the city.
            rural = self.kind in _AROUND_A_CITY and self.within.kind in SETTLEMENTS and is_seat(self.within)
            return self.within.within if rural else area_of(self.within)
        return ()

    @property
    def linking(self) -> Linking:
        """What a claim keeps of why nothing was linked."""
        return Linking(reasons=self.reasons, record=self.record)


def link(
    candidates: Sequence[Entry],
    *,
    type_word: str | None,
    within: Entry | None,
    context: Context,
    around: Entry | None = None,
    name: str | None = None,
) -> Linked | Nil:
    """Choose the place that a name means among `candidates`, which all bear the name.

    Look up the whole phrase first ("ريف دمشق" and "مخيم جباليا" are places of their own) and link what that gives
    without type word; else look up the name alone and give the word before or after it as `type_word`.

    Args:
        candidates: what `Gazetteer.find` gave for the name.
        type_word: the word beside the name that says what it is, as written ("مدينة", "محافظتي", "province"), or None.
            A word that names a thing of its own ("مطار", "bridge") rules out every candidate.
        within: the place that the text names around it ("in Idlib"), already linked, or None.
        context: what the whole article says.
        around: the settlement in whose surroundings the text places it ("in the countryside of Manbij"), or None.
        name: the name as written; a candidate's main name counts more than one that it also bears. None: all alike.

    """
    kind = TYPE_WORDS.get(name_key(type_word)) if type_word else None
    if type_word and kind is None:
        within = within or _settlement_named(candidates, context)
        return Nil(("its type word makes it a thing of its own",), within=within, around=around)
    if kind == "countryside":
        return _countryside(candidates, within, context)
    if not candidates:
        return Nil(("no gazetteer has the name",), kind, within, around)
    fitting = _fitting(candidates, kind)
    if not fitting:
        if kind == "camp":  # an unlisted camp is in the town whose name it bears
            within = within or _settlement_named(candidates, context)
        elif kind in SETTLEMENTS:  # an unlisted seat lies in the division that bears its name
            if (division := _division_named(candidates, context, ("subdistrict", "district"))) is not None:
                within, around = division, None
        elif kind in ("district", "subdistrict"):  # an unlisted one lies around the town whose name it bears
            inside = [e for e in candidates if within is None or _lies_in(e, within)]
            around = around or _settlement_named(inside, context)
        return Nil((f"no place of the name is a {kind}",), kind, within, around)
    if within is not None:
        fitting = [e for e in fitting if _lies_in(e, within)] or _sole_bearer(fitting, candidates, within)
        if not fitting:
            return Nil((f"no place of the name lies in {_label(within)}",), kind, within, around)
    if around is not None and within is None:
        fitting = [e for e in fitting if _lies_around(e, around)]
        if not fitting:
            return Nil((f"no place of the name lies around {_label(around)}",), kind, within, around)
    scored = sorted(
        ((_parts(e, candidates, kind, within or around, context, name), e) for e in fitting),
        key=lambda s: (-_total(s[0]), -s[1].population, s[1].id),
    )
    parts, best = scored[0]
    others = [s for s in scored[1:] if not same_place(best, s[1])]
    margin = _total(parts) - _total(others[0][0]) if others else 1000
    doubt = _doubt(best, parts, margin, candidates, kind, within or around, context)
    if doubt:
        return Nil((doubt,), kind, within, around)
    unsure = (
        kind is None and within is None and any(e.kind == "governorate" and _named_alike(e, best) for e in candidates)
    )
    return Linked(
        entry=best, score=_total(parts), parts=parts, margin=margin, unsure=unsure and best.kind in SETTLEMENTS
    )


@dataclass(frozen=True, slots=True)
class Appraised:
    """A candidate with the parts of its score, or with what rules it out; then it has no score."""

    entry: Entry
    score: int
    parts: tuple[tuple[str, int], ...]
    against: str | None = None


def appraised(
    candidates: Sequence[Entry],
    *,
    type_word: str | None,
    within: Entry | None,
    context: Context,
    name: str | None = None,
) -> list[Appraised]:
    """Return every candidate with what `link` makes of it, the best first and those that are ruled out last."""
    kind = TYPE_WORDS.get(name_key(type_word)) if type_word else None
    fitting = _fitting(candidates, kind)
    found = []
    for entry in candidates:
        if entry not in fitting:
            towns = (e for e in candidates if kind is None and e.kind in SETTLEMENTS)
            settled = next((e for e in towns if _named_alike(entry, e)), None)
            why = f"the bare name means {_label(settled)}" if settled else f"it is no {kind}"
            found.append(Appraised(entry, 0, (), why))
        elif within is not None and not _lies_in(entry, within):
            found.append(Appraised(entry, 0, (), f"it does not lie in {_label(within)}"))
        else:
            parts = _parts(entry, candidates, kind, within, context, name)
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
    near: bool = False,
) -> Place:
    """Return the place of a claim for an outcome of `link`.

    `near` is true where the text says that it was near the place, not in it.
    `text` is the name as written: it makes the id of a local place and is not stored. A local place with the same
    name within the same place is the same place; one of which no container is known belongs to its article alone.
    Its precision is what its container tells: the locality, its surroundings, the division or the country.
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
            precision=_linked_precision(outcome, near),
            extent=extent,
            within=entry.within,
            links=entry.links,
            codes=entry.codes,
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


def is_seat(city: Entry) -> bool:
    """Tell whether `city` bears the name of the governorate in which it lies."""
    own = {name_key(name) for name in city.names.values()}
    named = (area for area in city.within if area.kind == "governorate")
    return any(own & {name_key(name) for name in area.names.values()} for area in named)


def _governorates(entry: Entry) -> set[str]:
    return {area.id for area in entry.within if area.kind == "governorate"}


def surroundings_of(town: Entry, *, called_city: bool = False, division: Entry | None = None) -> tuple[Area, ...]:
    """Return what contains the places around `town`, innermost first: its surroundings, unless it is a seat.

    The town's point stands for them, because the middle of a wide `division` that bears the town's name may be far from
    all that the text speaks of. They are an area of this project: no gazetteer lists them. A seat has some only
    where the text calls it a city ("north of the city of Idlib"); else its governorate may be meant. "South of Baghdad"
    is in no known governorate, only in the country.
    """
    outer = area_of(division) if division is not None else town.within
    seat = is_seat(town)
    if seat and town.capital:
        outer = town.within[-1:]  # the governorate of a capital is seldom more than the city
    elif town.kind not in SETTLEMENTS or (seat and not called_city):
        return outer
    words = {"ar": "محيط {}", "en": "Surroundings of {}"}
    names = {language: words[language].format(name) for language, name in town.names.items() if language in words}
    own = Area(derived_id("place", "surroundings", town.id), names, town.lat, town.lon, kind="countryside")
    return (own, *outer)


def _countryside(candidates: Sequence[Entry], within: Entry | None, context: Context) -> Nil:
    """Return where the countryside of a name lies: in the governorate of that name, else around the town."""
    reasons, kind = ("the countryside of a place is not the place",), "countryside"
    if within is not None and within.kind in _DIVISIONS and any(e.id == within.id for e in candidates):
        return Nil(reasons, kind, within)  # the division that bears the name
    inside = [e for e in candidates if within is None or e.id == within.id or _lies_in(e, within)] or candidates
    if governorate := _division_named(inside, context, ("governorate",)):
        return Nil(reasons, kind, governorate)
    if town := _settlement_named(inside, context):
        return Nil(reasons, kind, around=town)
    return Nil(reasons, kind, _division_named(inside, context, ("district", "subdistrict")) or within)


def _fitting(candidates: Sequence[Entry], kind: str | None) -> list[Entry]:
    """Return the candidates that the type word allows; without one, a city before the division named after it."""
    if kind is None:
        settled = [e for e in candidates if e.kind in SETTLEMENTS]
        return [e for e in candidates if e in settled or not any(_named_alike(e, s) for s in settled)]
    if kind == "village":
        return [e for e in candidates if e.kind in SETTLEMENTS and e.population < SMALL_PLACE]
    if kind in SETTLEMENTS:
        return [e for e in candidates if e.kind in SETTLEMENTS]
    if kind == "camp":
        return [e for e in candidates if e.kind == "camp"]
    if kind == "region":  # "قطاع غزة" is a region; "منطقة الباب" may be no more than the town's surroundings
        return [e for e in candidates if e.kind in _DIVISIONS - {"governorate"}] or [
            e for e in candidates if e.kind in SETTLEMENTS
        ]
    if kind == "district":  # what English calls a district may be a subdistrict
        return [e for e in candidates if e.kind == kind] or [e for e in candidates if e.kind == "subdistrict"]
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
    if within.kind in ("district", "subdistrict") and within.lat is not None and entry.kind not in _DIVISIONS:
        # Settlements and landmarks of one source do not know the districts of another.
        distance = distance_km(entry, within)
        shared = {a.id for a in entry.within[:-1]} & {a.id for a in within.within[:-1]}
        return bool(shared) and distance is not None and distance <= _AROUND_KM
    if within.kind in ("region", "governorate") and (held := _governorates(within)):
        return bool(held & _governorates(entry))  # no source says what lies in a plain, in mountains or in a canton
    if within.kind in _DIVISIONS:
        return not within.country
    # Around a town: the text says "in Aleppo" also of what lies in the governorate of Aleppo.
    if is_seat(within) and _governorates(entry) & _governorates(within):
        return True
    distance = distance_km(entry, within)
    divisions = {a.id for a in entry.within[:-1]} & {a.id for a in within.within[:-1]}
    if distance is not None and distance <= SUBURB_KM:
        return True  # the suburbs of a city that is a division of its own lie in the next one
    return bool(divisions) and (distance is None or distance <= 100)


def _sole_bearer(fitting: Sequence[Entry], candidates: Sequence[Entry], within: Entry) -> list[Entry]:
    """Return the only place that has the name, where it lies not far from the district that a report gives loosely.

    Reports call the countryside of a city what lies in the district beside its own.
    """
    if within.kind not in ("district", "subdistrict") or len(fitting) != 1 or len(candidates) != 1:
        return []
    (sole,) = fitting
    distance = distance_km(sole, within)
    return [sole] if _governorates(sole) & _governorates(within) and distance is not None and distance <= 100 else []


def _lies_around(entry: Entry, town: Entry) -> bool:
    """Tell whether `entry` may lie in the surroundings of `town`, or is a division around them."""
    if entry.id == town.id or entry.country != town.country:
        return False
    if is_seat(town) and _governorates(entry) & _governorates(town):
        return True  # east of Aleppo reaches as far as the governorate
    if entry.kind == "neighbourhood" and any(a.id == town.id for a in entry.within):
        return True  # a quarter east of the city is its own
    distance = distance_km(entry, town)
    return distance <= _AROUND_KM if distance is not None else any(a.id == entry.id for a in town.within)


def _parts(
    entry: Entry,
    candidates: Sequence[Entry],
    kind: str | None,
    within: Entry | None,
    context: Context,
    name: str | None,
) -> tuple[tuple[str, int], ...]:
    main = name is None or _is_main_name(entry, name_key(name))
    people = 20 * len(str(entry.population)) if entry.population else 0
    parts = {
        "name": 300 if main else 240,
        "type": 150 if kind is not None and entry.kind in (kind, "unspecified") else 0,
        "country": context.share(entry.country) * 400 // 1000,
        "home": 60 if entry.country in context.home else 0,
        "people": max(people, 100) if entry.kind in _DIVISIONS else people,
        "fame": 100 if main and dominates(entry, candidates) else 0,
        "near": _nearness(entry, context),
        "region": 60 if any(a.id in context.regions for a in entry.within) else 0,
        "within": 200 if within is not None else 0,
    }
    return tuple((name, value) for name, value in parts.items() if value)


@lru_cache(maxsize=16_384)
def _is_main_name(entry: Entry, key: str) -> bool:
    """Tell whether a name key is a spelling of the name by which a place is shown."""
    asked = set(search_keys(key))
    return any(asked & set(search_keys(name_key(name))) for name in entry.names.values())


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
        known = context.speaks_of(best.country)
        if not known and context.placed:
            world_city = kind == "city" and best.population >= WORLD_CITY and dominates(best, candidates)
            if not best.capital and not world_city:
                return f"the article does not speak of {best.country}"
        elif not known and not (dominates(best, candidates) or _alone(best, candidates, kind, context)):
            return "nothing is known of the article's countries, and no place dominates the name"
    if margin < MARGIN:
        return f"the best place is only {margin} thousandths ahead of the next"
    if best.kind == "neighbourhood" and kind is None and within is None and best.within[:1]:
        city = best.within[0]  # "paradise" is a quarter only where the article is about its city
        if city.lat is not None and all(city.id != n.id for n in context.nearby):
            return "the article does not speak of the quarter's city"
    near = dict(parts).get("near", 0)
    seat = any(_named_alike(e, best) for e in candidates if e.kind in _DIVISIONS)
    small = best.kind in SETTLEMENTS and best.population < SMALL_PLACE and not seat
    if small and within is None and near < _NEAR[1][1] and len(_distinct(candidates)) >= COMMON_NAME:
        return "many places bear the name, and nothing near confirms this one"
    return None


def _alone(entry: Entry, candidates: Sequence[Entry], kind: str | None, context: Context) -> bool:
    """Tell whether the name needs no context: no namesake abroad, and big enough, or called a town and at home."""
    native = [e for e in context.native(candidates) if e.country == entry.country or not _overshadows(entry, e)]
    if {e.country for e in native} != {entry.country}:
        return False
    called = kind in SETTLEMENTS and entry.country in context.home
    return entry.kind in _DIVISIONS | LANDMARKS or entry.population >= LONE_PLACE or called


def _overshadows(entry: Entry, other: Entry) -> bool:
    """Tell whether a place is so much bigger than a settlement known by another name that this one is hardly meant."""
    shared = any(name_key(a) == name_key(b) for a in entry.names.values() for b in other.names.values())
    return other.kind in SETTLEMENTS and not shared and entry.population >= DOMINANT_RATIO * max(other.population, 1)


def _distinct(candidates: Sequence[Entry]) -> list[Entry]:
    result: list[Entry] = []
    for entry in candidates:
        if entry.kind in SETTLEMENTS and not any(same_place(entry, other) for other in result):
            result.append(entry)
    return result


def _settlement_named(candidates: Sequence[Entry], context: Context) -> Entry | None:
    """Return the town that the name alone would mean, or None."""
    outcome = link(candidates, type_word=None, within=None, context=context) if candidates else None
    return outcome.entry if isinstance(outcome, Linked) and outcome.entry.kind in SETTLEMENTS else None


def _division_named(candidates: Sequence[Entry], context: Context, kinds: Sequence[str]) -> Entry | None:
    """Return the division of the first of these kinds that the name would mean, or None."""
    for kind in kinds:
        divisions = [e for e in candidates if e.kind == kind]
        outcome = link(divisions, type_word=None, within=None, context=context) if divisions else None
        if isinstance(outcome, Linked):
            return outcome.entry
    return None


def _linked_precision(outcome: Linked, near: bool) -> Precision:
    if outcome.unsure:
        return Precision.ADMIN1
    known = outcome.entry.precision
    return Precision.ADMIN3 if near and known in (Precision.EXACT, Precision.NEAR, Precision.LOCALITY) else known


def _local_precision(kind: str | None, outcome: Nil) -> Precision:
    within, around = outcome.within, outcome.around
    wide = within is None or within.kind in ("governorate", "region", "country") or is_seat(within)
    if around is not None and wide:
        if is_seat(around) and not outcome.city:
            return Precision.ADMIN1
        return Precision.ADMIN2 if kind == "district" else Precision.ADMIN3
    if within is None:
        return Precision.UNKNOWN
    if within.precision in (Precision.EXACT, Precision.NEAR, Precision.LOCALITY):
        if kind in _AROUND_A_CITY:
            return Precision.ADMIN1 if is_seat(within) else Precision.ADMIN3
        return Precision.LOCALITY
    return within.precision


def _label(entry: Entry) -> str:
    return entry.names.get("en") or next(iter(entry.names.values()), entry.key)
