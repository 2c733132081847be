"""The places of an article: which of the found ones are trusted, what they lie in, and what they are linked to.

Invariant: a place no gazetteer has stays a local place under its own words; one name in one article is linked once.
Relations are kept apart from places: "north of X" only locates, "countryside of X" is a place of its own.
"""

from collections.abc import Sequence

from ingest.bareplaces import bare_place
from ingest.containers import division_named
from ingest.gazetteer import Entry, Gazetteer
from ingest.linking import Linked, Nil, context_of, link
from ingest.mentions import Mention
from ingest.normal import name_key
from ingest.placelists import announced_list, next_of_list, type_behind
from ingest.placelookup import PlaceLookup
from ingest.placemention import PlaceMention
from ingest.placenames import is_capitalised
from ingest.placescan import PlaceScan
from ingest.placing import (
    SETTLED,
    adjoins,
    is_trusted,
    look_left,
    nest,
    resolve_descriptions,
    tie_same_names,
    villages_before,
)
from ingest.reading import Reading
from ingest.typedplaces import typed_place

_SIDES = 4  # steps from an actor to the state whose side it is on


class PlaceFinder:
    """Finds and links the places of a reading."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._lookup = PlaceLookup(gazetteer)
        self._states: dict[str, str | None] = {}

    def find(self, reading: Reading, mentions: Sequence[Mention]) -> list[PlaceMention]:
        """Return the places of the text in order, linked, with what they lie in."""
        taken = _taken_by_names(reading, mentions) | reading.byline
        scan = PlaceScan(reading, self._lookup.names(reading), taken)
        found: list[PlaceMention] = []
        at = 0
        for i in _openings(scan):
            if i < at:
                continue
            reading.deadline.check()
            listed = type_behind(scan, i)
            if listed:
                found.extend(listed)
                at = listed[-1].last
                continue
            place = typed_place(scan, i)
            vague = place is None or (
                place.rule.startswith("place.local") and reading.has(i + 1, "placeType") is not None
            )
            if vague and (listed := announced_list(scan, i)):
                outer = _between(scan, i + 1, listed[0].name_first)
                if outer is not None:
                    found.append(outer)
                    for member in listed:
                        member.put_within(outer)
                found.extend(listed)
                at = listed[-1].last
                continue
            if place is not None:
                look_left(reading, place)
            else:
                place = bare_place(scan, i)
            if place is None:
                continue
            if found and adjoins(reading, found[-1], place):
                place.list_of = found[-1]
            found.append(place)
            at = place.last
            while (more := next_of_list(scan, at, _going_on(reading, found))) is not None:
                found.append(more)
                at = more.last
        context = context_of(
            [p.candidates for p in found if p.candidates and p.kind != "countryside"],
            countries=self._countries(reading, mentions),
        )
        if reading.trace is not None:
            for place in found:
                if not is_trusted(place, context):
                    reading.trace.drop("drop.place.untrusted", place.first, place.last)
        trusted: list[PlaceMention] = []
        for place in found:
            # An Arabic list is trusted as far as the name that it goes on from.
            stray = reading.language == "ar" and place.list_of is not None and place.list_of not in trusted
            if is_trusted(place, context) and not stray:
                trusted.append(place)
        found = trusted
        nest(reading, found)
        for place in found:
            if place.type_word is None and villages_before(reading, place):
                place.type_word = "محافظة" if reading.language == "ar" else "province"
        linked: dict[tuple[int, str | None, str], Linked | Nil] = {}  # an article names its places again and again
        for place in sorted(found, key=_depth):
            outer = place.within
            within = _holder(place, outer) if outer is not None else None
            if place.kind == "countryside" and place.candidates:
                # The countryside of a town lies in the division that has the town's name.
                within = division_named(place.candidates, within=within, context=context) or within
            key = (id(place.candidates), place.type_word, within.id if within is not None else "")
            if key not in linked:
                linked[key] = link(place.candidates, type_word=place.type_word, within=within, context=context)
            outcome = linked[key]
            if isinstance(outcome, Nil) and outer is not None and outcome.within is not None and _only_near(place):
                # East of Manbij is not in the town: its district, or what contains the town, contains it.
                around = division_named(outer.candidates, within=None, context=context, town=outer.entry)
                outcome = outcome._replace(within=around, around=() if around else outcome.within.within)
            place.outcome = outcome
        tie_same_names([p for p in found if p.rule != "place.definite"])
        return resolve_descriptions(reading, found)

    def _countries(self, reading: Reading, mentions: Sequence[Mention]) -> dict[str, int]:
        """Countries that the actors speak for: their own, or that of the state whose side they are on."""
        weights: dict[str, int] = {}
        for mention in mentions:
            entry = mention.entry or mention.of or mention.nation
            for _ in range(_SIDES):
                if entry is None or entry.get("kind") == "state":
                    break
                entry = reading.lexicon.registry.get(str(entry.get("side_of")))
            if entry is None or entry.get("kind") != "state":
                continue
            code = self._state(entry.id, str(entry.get("names", {}).get("en", "")))
            if code:
                weights[code] = weights.get(code, 0) + 1
        # Many voices of one state are still one hint: a state is no more than a country named once.
        return {code: min(weight, 3) for code, weight in sorted(weights.items())}

    def _state(self, identifier: str, name: str) -> str | None:
        if identifier not in self._states:
            found = self._gazetteer.find([name_key(name)]).get(name_key(name), ())
            self._states[identifier] = next((e.country for e in found if e.kind == "country"), None)
        return self._states[identifier]


def _openings(scan: PlaceScan) -> list[int]:
    """Tokens at which a place may begin: a type word, a name of the gazetteer, in English any capital."""
    reading = scan.reading
    typed = reading.tokens_in("placeType")
    if reading.language == "ar":
        return sorted({*typed, *scan.names})
    capitals = (i for i, punct in enumerate(reading.punct) if not punct and is_capitalised(reading, i))
    return sorted({*typed, *capitals})


def _going_on(reading: Reading, found: Sequence[PlaceMention]) -> PlaceMention:
    """في منطقتي X غربي المدينة وY شرقيها: behind what locates the first of two announced names the list goes on."""
    last = found[-1]
    if reading.language != "ar" or len(found) == 1 or not last.directional:
        return last
    first = found[-2]
    aside = all(reading.has(k, "direction") is not None for k in range(first.last, last.first))
    return first if first.count_word and first.list_of is None and aside else last


def _between(scan: PlaceScan, begin: int, end: int) -> PlaceMention | None:
    """قرى في محافظة حماة منها X: the place between a type word and its names only says where they lie."""
    for k in range(begin, end):
        outer = typed_place(scan, k) or bare_place(scan, k)
        if outer is not None and outer.last <= end:
            look_left(scan.reading, outer)
            outer.inner = True
            return outer
    return None


def _depth(place: PlaceMention) -> int:
    """How many places the text names around it: what is around is linked first."""
    depth, outer = 0, place.within
    while outer is not None:
        depth, outer = depth + 1, outer.within
    return depth


def _holder(place: PlaceMention, outer: PlaceMention) -> Entry | None:
    """What contains a place that lies in `outer`: its entry, or what its own words say to contain it."""
    entry = outer.entry
    if entry is not None and outer.directional and entry.kind in SETTLED:
        # East of Aleppo: in the governorate of that name, as far as it is from the city.
        areas = {a.id for a in entry.within}
        wide = next((e for e in outer.candidates if e.kind == "governorate" and e.id in areas), None)
        if wide is not None and any(a.id == wide.id for e in place.candidates for a in e.within):
            return wide
    if entry is None and isinstance(outer.outcome, Nil):
        entry = outer.outcome.within
    return entry if entry is None or entry.kind not in ("road", "crossing") else None


def _only_near(place: PlaceMention) -> bool:
    """What the text names around a place is the settlement from which it lies in a direction."""
    outer = place.within
    return outer is not None and outer.directional and outer.entry is not None and outer.entry.kind in SETTLED


def _taken_by_names(reading: Reading, mentions: Sequence[Mention]) -> set[int]:
    """Tokens inside names of actors and sources: the Syria of Syrian Democratic Forces is no place of the event."""
    taken: set[int] = set()
    for mention in mentions:
        if mention.entry is not None and (mention.metonym or mention.subkind == "state"):
            continue
        if mention.kind in ("actor", "source") and mention.last - mention.first > 1:
            taken.update(range(mention.first, mention.last))
        elif (
            mention.kind in ("actor", "source")
            and mention.entry is not None
            and mention.subkind not in ("state", "government")
        ):
            taken.add(mention.first)
    return taken
