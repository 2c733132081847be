"""The places of an article: which of the found ones are trusted, what they lie in, and what they are linked to.

Invariant: a place no gazetteer has stays a local place under its own words; one name in one article is linked once.
Relations are kept apart from places: "north of X" only locates, "countryside of X" is a place of its own.
"""

from collections.abc import Sequence, Set

from ingest.bareplaces import bare_place
from ingest.containers import Division, countryside_named, division_named
from ingest.countryhints import CountryHints
from ingest.gazetteer import Entry, Gazetteer
from ingest.gazetteer.entry import SETTLEMENTS
from ingest.linking import Linked, Nil, is_seat, link
from ingest.mentions import ACTOR, Mention
from ingest.placecontext import Context, context_of
from ingest.placelists import announced_list, next_of_list, type_behind
from ingest.placelookup import PlaceLookup
from ingest.placemention import PlaceMention
from ingest.placenames import is_capitalised
from ingest.placescan import PlaceScan, heads_line
from ingest.placing import (
    SETTLED,
    adjoins,
    is_trusted,
    look_left,
    nest,
    resolve_descriptions,
    stand_between,
    tie_same_names,
    villages_before,
)
from ingest.reading import Reading
from ingest.remembered import Decisions
from ingest.typedplaces import typed_place
from ontology.normal import name_key

_LISTED_GOVERNORATES = 2  # others that a sentence names as governorates
_OUTSIDE = frozenset({"airport", "base", "dam", "crossing"})
_CALLED_AFTER_TOWNS = _OUTSIDE | {"hospital"}
_WIDE = frozenset({"governorate", "district", "subdistrict", "country"})
_UNLISTED = frozenset({"village", "town", "camp"})
_POST_WORDS = 150  # tokens of a text whose hashtags say where it plays
_REGION = "قطاع"  # the type word of a region, as linking knows it
_INSIDE = frozenset({"في", "داخل", "ضمن", "in", "inside", "across", "within", "throughout"})


class PlaceFinder:
    """Finds and links the places of a reading."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.decisions = Decisions()
        self._gazetteer = gazetteer
        self._lookup = PlaceLookup(gazetteer)
        self._hints = CountryHints(gazetteer)

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
        actors = {j for m in mentions if m.kind == ACTOR for j in range(m.first, m.last)}
        context = context_of(
            [_speaking(p) for p in found if p.candidates and not _acts(reading, p, actors)],
            hints=self._hints.of(reading, mentions),
            regions=_named_regions(found),
        )
        if reading.trace is not None:
            for place in found:
                if not is_trusted(place, context):
                    reading.trace.drop("drop.place.untrusted", place.first, place.last)
        trusted: list[PlaceMention] = []
        for place in found:
            # An Arabic list is trusted as far as the name that it goes on from.
            stray = reading.language == "ar" and place.list_of is not None and place.list_of not in trusted
            if not stray and (is_trusted(place, context) or _made_local(reading, place)):
                trusted.append(place)
        found = trusted
        nest(reading, found)
        stand_between(reading, found)
        listed = _listed_governorates(reading, found)
        for place in found:
            if place.type_word is None and (villages_before(reading, place) or place in listed):
                place.type_word = "محافظة" if reading.language == "ar" else "province"
        _mean_the_region(found)
        linked: dict[tuple[int, str, str | None, str, str], Linked | Nil] = {}  # an article repeats its places
        told = _told_containers(found)
        for place in sorted(found, key=_depth):
            outer = place.within or told.get(id(place.candidates) if place.candidates else 0)
            within, around = _holder(reading, place, outer) if outer is not None else (None, None)
            division: Division | None = None
            if place.kind == "countryside" and place.candidates:
                # The countryside of a town lies in the division that has the town's name.
                division = division_named(
                    self._gazetteer, place.candidates, within=within, context=context, city=place.of_city
                )
                if (governorate := countryside_named(self._gazetteer, place.candidates)) is not None:
                    division = Division(governorate, None)
                within = division.entry if division is not None else within
            name = place.key
            where = (within.id if within else "", around.id if around else "")
            key = (id(place.candidates), name, place.type_word, *where)
            if key not in linked:
                linked[key] = self.decisions.link(
                    name,
                    place.candidates,
                    self._gazetteer.entry,
                    type_word=place.type_word,
                    within=within,
                    around=around,
                    context=context,
                )
            outcome = linked[key]
            if isinstance(outcome, Nil) and division is not None:
                outcome = outcome._replace(within=division.entry, around=division.town)
            if isinstance(outcome, Nil) and place.candidates:
                outcome = _called_after(place, outcome, outer, context)
            if isinstance(outcome, Nil) and outer is not None and outer.directional and outcome.around is not None:
                # East of Manbij lies in the division that has the town's name, if there is one.
                named = division_named(
                    self._gazetteer,
                    outer.candidates,
                    within=None,
                    context=context,
                    town=outcome.around,
                    city=_called_city(outer),
                )
                outcome = outcome._replace(within=named.entry, around=named.town) if named is not None else outcome
            if (
                isinstance(outcome, Nil)
                and outer is not None
                and outcome.around is not None
                and (outer.near or _called_city(outer))
            ):
                outcome = outcome._replace(city=True)
            place.outcome = outcome
        for place in found:
            if place.directional:
                place.beside = self._beside(place, context)
        _lie_in_hashtag(reading, found)
        _settle_cities(found)
        tie_same_names([p for p in found if p.rule != "place.definite"])
        return resolve_descriptions(reading, found)

    def _beside(self, place: PlaceMention, context: Context) -> Nil | None:
        """East of X: in the governorate or the division that has the name, else around X."""
        town = place.entry
        if town is None or town.kind not in SETTLED | {"camp"}:
            return None
        areas = {a.id for a in town.within}
        reasons = ("a direction from a place is not the place",)
        wide = next((e for e in place.candidates if e.kind == "governorate" and e.id in areas), None)
        city = _called_city(place)
        if wide is not None and not town.capital and not city:
            return Nil(reasons, within=wide)
        if wide is not None:
            return Nil(reasons, around=town, city=city)
        division = division_named(self._gazetteer, place.candidates, within=None, context=context, town=town, city=city)
        if division is not None:
            return Nil(reasons, within=division.entry, around=division.town)
        return Nil(reasons, around=town)


def _called_after(place: PlaceMention, outcome: Nil, outer: PlaceMention | None, context: Context) -> Nil:
    """Put an airport, a hospital or a road between towns to the town that it is called after.

    An airport of a city is seldom in it. Where the text names an area (مشفى X بريف Y), the town must be one of it. A
    road between two towns begins around the first; one between the seats of two provinces may be anywhere.
    """
    road = place.near and place.kind == "road"
    if not road and place.kind not in _CALLED_AFTER_TOWNS:
        return outcome
    town = outcome.within
    if outer is not None and town is not None:
        wide = town.kind in _WIDE
        called = link(place.candidates, type_word=None, within=town, context=context) if wide else outcome
        town = called.entry if isinstance(called, Linked) else None
    if town is None or town.kind not in SETTLEMENTS:
        return outcome
    if road and is_seat(town):
        return outcome._replace(within=None) if outer is None else outcome
    if road:
        return outcome._replace(within=None, around=town)
    return (
        outcome._replace(within=None, around=town, city=True)
        if place.kind in _OUTSIDE
        else outcome._replace(within=town)
    )


def _made_local(reading: Reading, place: PlaceMention) -> bool:
    """Jurin Town: a name that is known in other countries only is a local place where its own words call it a town."""
    typed = reading.has(place.last - 1, "placeType") if reading.language == "en" else None
    if typed is None or place.last - 1 <= place.first or typed.entry.get("kind") not in SETTLED:
        return False
    if not reading.raw[place.last - 1][:1].isupper():
        return False
    place.kind, place.type_word, place.candidates = str(typed.entry.get("kind")), typed.entry.lemma, ()
    place.rule = f"place.local.{place.kind}"
    return True


def _lie_in_hashtag(reading: Reading, found: Sequence[PlaceMention]) -> None:
    """#الباب, then قصف على قرية X: the one place that a post is headed with contains what no gazetteer has."""
    unknown = [
        p
        for p in found
        if isinstance(p.outcome, Nil) and p.kind in _UNLISTED and not p.candidates and not p.outcome.areas
    ]
    if not unknown or len(reading) > _POST_WORDS:
        return
    covered = {k for p in found for k in range(p.first, p.last)}
    tagged = {p.entry.id: p.entry for p in found if p.entry is not None and _heads_post(reading, p, covered)}
    held = {area.id for entry in tagged.values() for area in entry.within}
    finest = [entry for key, entry in tagged.items() if key not in held and entry.kind != "country"]
    if len(finest) != 1:
        return
    entry = finest[0]
    for place in unknown:
        assert isinstance(place.outcome, Nil)
        town = entry.kind in SETTLEMENTS
        place.outcome = place.outcome._replace(within=None if town else entry, around=entry if town else None)


def _heads_post(reading: Reading, place: PlaceMention, covered: Set[int]) -> bool:
    """X: قصف على …: tell whether a place leads its line, or stands in one of hashtags or of places alone."""
    if heads_line(reading, place.first, place.last):
        return True
    a, b = reading.sentences[reading.sentence_of[place.first]]
    words = [k for k in range(a, b) if not reading.punct[k]]
    tagged = all(reading.text[reading.starts[k] - 1 : reading.starts[k]] in ("#", "_") for k in words)
    return tagged or all(k in covered for k in words)


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


def _told_containers(found: Sequence[PlaceMention]) -> dict[int, PlaceMention]:
    """Return what the text names around a name somewhere, by the identity of its candidates: it holds everywhere."""
    told: dict[int, PlaceMention] = {}
    for place in found:
        if place.within is not None and place.candidates:
            told.setdefault(id(place.candidates), place.within)
    return told


def _depth(place: PlaceMention) -> int:
    """How many places the text names around it: what is around is linked first."""
    depth, outer = 0, place.within
    while outer is not None:
        depth, outer = depth + 1, outer.within
    return depth


def _holder(reading: Reading, place: PlaceMention, outer: PlaceMention) -> tuple[Entry | None, Entry | None]:
    """Return what contains a place that lies in `outer`, as far as its words say, or the town around which it lies."""
    if isinstance(outer.outcome, Nil):  # the countryside of a town, or a place that no gazetteer has
        return outer.outcome.within, outer.outcome.around
    entry = outer.outcome.entry
    if entry.kind in ("road", "crossing"):
        return None, None
    if outer.near and entry.kind in SETTLED:
        return None, entry  # a village near X
    compass = outer.extent == "part" and reading.has(outer.first - 1, "direction") is not None
    if not (outer.directional or compass) or entry.kind not in SETTLED:
        return entry, None
    # East of Aleppo, a village in eastern Aleppo: in the governorate of that name, as far as it is from the city.
    areas = {a.id for a in entry.within}
    wide = next((e for e in outer.candidates if e.kind == "governorate" and e.id in areas), None)
    if outer.directional and _called_city(outer):
        return None, entry
    if wide is not None and any(a.id == wide.id for e in place.candidates for a in e.within):
        return wide, None
    if outer.directional:
        return None, entry
    return (wide if wide is not None and place.kind in SETTLED | {None} else entry), None


def _called_city(place: PlaceMention) -> bool:
    """شمال مدينة إدلب, north of Idlib city: the text says that the city is meant, and not the governorate.

    What belongs to a city (التابعة لمدينة الرقة) belongs to the district or governorate that it is the seat of.
    """
    return place.type_word is not None and place.kind in SETTLED and place.pro != "ل"


def _mean_the_region(found: Sequence[PlaceMention]) -> None:
    """غزة beside قطاع غزة: a region named in full, whose city never is, is what the short name means."""
    named = {
        e.id: e for p in found for e in p.candidates if e.kind == "region" and (p.kind == "region" or _in_full(p, e))
    }
    if not named:
        return
    cities = {e.id for p in found if p.kind == "city" for e in p.candidates}
    for place in found:
        held = {e.id for e in place.candidates}
        if place.type_word is not None or place.kind is not None or not cities.isdisjoint(held):
            continue
        if place.list_of is not None or any(p.list_of is place for p in found):
            continue  # Khan Younis and Gaza: cities
        around = {a.id for e in place.candidates if e.kind in SETTLED for a in e.within}
        for region in named.values():
            short = region.id in held or any(name_key(n).startswith(place.key + " ") for n in region.names.values())
            if region.id in around and short:
                place.type_word = _REGION
                place.candidates = place.candidates if region.id in held else (*place.candidates, region)


def _listed_governorates(reading: Reading, found: Sequence[PlaceMention]) -> list[PlaceMention]:
    """محافظة إدلب، واللاذقية، وريف حماة: where a sentence names governorates alone, a bare name is no city."""
    sentences: dict[int, list[PlaceMention]] = {}
    for place in found:
        if place.kind != "region" and not any(e.kind == "country" for e in place.candidates[:1]):
            sentences.setdefault(reading.sentence_of[place.first], []).append(place)
    listed: list[PlaceMention] = []
    for places in sentences.values():
        bare = [p for p in places if p.kind is None and p.type_word is None]
        wide = {p.key for p in places if p.kind in ("governorate", "countryside") and not p.inner and p.within is None}
        if len(wide) < _LISTED_GOVERNORATES or len(bare) + sum(p.key in wide for p in places) < len(places):
            continue
        named = [any(e.kind == "governorate" for e in p.candidates) and p.key not in wide for p in bare]
        listed += bare if all(named) else []
    return listed


def _in_full(place: PlaceMention, region: Entry) -> bool:
    """The Gaza Strip: the words of the mention are the region's whole name."""
    key = place.key.removeprefix("the ")
    return place.last > place.first + 1 and key in {name_key(name) for name in region.names.values()}


def _acts(reading: Reading, place: PlaceMention, actors: Set[int]) -> bool:
    """Tell whether a country's name stands for the state, as far as nothing says that something is in it.

    `actors` are the tokens in names of actors.
    """
    if not place.candidates or place.candidates[0].kind != "country" or place.directional or place.extent is not None:
        return False
    before = reading.words[place.first - 1] if place.first else ""
    if place.pro.endswith(("ب", "في")) or before == "#" or (before in _INSIDE and not _of_an_act(reading, place.last)):
        return False
    return place.first in actors


def _of_an_act(reading: Reading, k: int) -> bool:
    """In Iran missile strike: right behind the name stands, in English, what the state did, or with what."""
    ahead = range(k, min(k + 2, len(reading)))
    return reading.language == "en" and any(
        a.entry.pos == "noun" and a.entry.section == "events" for j in ahead for a in reading.analyses[j]
    )


def _speaking(place: PlaceMention) -> Sequence[Entry]:
    """Return what a mention says of where the article plays: a province, where the text names one as such."""
    provinces = [e for e in place.candidates if e.kind == "governorate"]
    return provinces if provinces and place.kind in ("governorate", "countryside") else place.candidates


def _named_regions(found: Sequence[PlaceMention]) -> frozenset[str]:
    """Return the ids of the governorates that the text names as such: ريف حلب, محافظة إدلب, Kherson Oblast."""
    named = [p for p in found if p.kind in ("governorate", "countryside")]
    return frozenset(e.id for p in named for e in p.candidates if e.kind == "governorate")


def _settle_cities(found: Sequence[PlaceMention]) -> None:
    """A bare name means the city for sure where the article calls it a city, or names places in it."""
    sure = {p.outcome.entry.id for p in found if isinstance(p.outcome, Linked) and not p.outcome.unsure}
    sure.update(area.id for p in found if isinstance(p.outcome, Nil) for area in p.outcome.areas)
    for place in found:
        if isinstance(place.outcome, Linked) and place.outcome.unsure and place.outcome.entry.id in sure:
            place.outcome = place.outcome._replace(unsure=False)


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
