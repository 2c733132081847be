"""How the places of a text hang together: lists, containment, extent, descriptions, the same place named again.

Invariant: "north of X" locates and is not X; "the city" means a place that the article names, or nothing.
"""

import itertools

from ingest.linking import Nil
from ingest.placecontext import Context
from ingest.placemention import PlaceMention
from ingest.reading import Reading

LIST_MARKS = frozenset({"،", ",", "/", "-"})


QUOTES = frozenset({'"', "“", "”", "«", "»"})


_LISTED = 12  # places behind one that may go on from it
KNOWN_POPULATION = 100_000


BELONGING = frozenset({"التابعه", "التابع", "تابعه", "التابعتين"})


WHOLE = frozenset({"countryside", "governorate", "region", "camp"})  # kinds whose type word is part of the name


# Words of an apposition before a name: second city Aleppo, the third-largest city Homs.
_EN_APPOSED = frozenset(
    {"second", "third", "largest", "second-largest", "third-largest", "main", "biggest", "city", "capital"}
)


_BETWEEN = frozenset({"between", "بين", "مابين"})
SETTLED = frozenset({"city", "town", "village"})
_SETTLEMENTS = SETTLED | {"unspecified"}  # a gazetteer's populated place of no known size


DESCRIBED = frozenset({"city", "town", "village", "governorate", "camp", "neighbourhood", "airport", "base", "region"})


def look_left(reading: Reading, place: PlaceMention) -> None:
    """Read what stands before the name: extent (most of, outskirts of) and directions."""
    k = place.first - 1
    english = reading.language == "en"
    steps = 0
    while k >= 0 and steps < 5 and not reading.punct[k]:
        if _says_near(reading, k):
            place.near = True
            break
        part = reading.has(k, "partWord")
        direction = reading.has(k, "direction")
        if part is not None and not part.article:
            place.extent = str(part.entry.get("extent"))  # the outermost says most: معظم أجزاء المدينة
        elif direction is not None and english and (reading.words[k].endswith("ern") or reading.words[k + 1] != "of"):
            place.extent = place.extent or "part"  # western Aleppo is a part of it, west of Aleppo is not
        elif direction is not None and not direction.article:
            if reading.language == "ar" and reading.words[k].startswith("و") and _goes_on(reading, k - 1):
                place.extent = place.extent or "part"  # شمال ووسط وغربي المدينة: all of these lie in it
                break
            if english or k == place.first - 1 or place.directional:
                place.directional = True
        elif not (english and reading.words[k] in ("of", "the", "parts")):
            typed = reading.has(k, "placeType")
            apposed = english and reading.words[k] in _EN_APPOSED and (typed is None or k == place.first - 1)
            if not apposed and (typed is None or (typed.form.number == "s" and not typed.form.plural)):
                break  # north of second city Aleppo goes on to the left, the city of Aleppo does not
        k -= 1
        steps += 1


def _says_near(reading: Reading, k: int) -> bool:
    """Tell whether token `k` says "near", or ends "in the vicinity of", بالقرب من."""
    led = k > 0 and reading.words[k] in ("of", "من") and reading.has(k - 1, "nearWord") is not None
    return led or reading.has(k, "nearWord") is not None


def stand_between(reading: Reading, found: list[PlaceMention]) -> None:
    """Mark both places between which something lies: the road between X and Y, بين بلدتي X وY."""
    for a, b in itertools.pairwise(found):
        if (
            a.first == 0
            or reading.words[a.first - 1] not in _BETWEEN
            or reading.sentence_of[a.first] != (reading.sentence_of[b.first])
        ):
            continue
        words = [reading.words[k] for k in range(a.last, b.first)]
        joined = words == ["and"] if reading.language == "en" else (b.pro == "و" or b.list_of is a)
        countries = any(e.kind == "country" for p in (a, b) for e in p.candidates[:1])
        if joined and not countries:
            a.near = b.near = True


def _goes_on(reading: Reading, k: int) -> bool:
    """Before "and the east of" stands a direction or a part of the same place, no other place (غرب X وشرق Y)."""
    return k >= 0 and any(reading.has(k, cls) is not None for cls in ("direction", "partWord"))


def is_trusted(place: PlaceMention, context: Context) -> bool:
    """A bare small name with no type word must lie in a country that the article speaks of."""
    if place.type_word is not None or place.rule.startswith("place.list") or place.rule != "place.name":
        return True
    big = any(
        e.population >= KNOWN_POPULATION or e.kind in ("country", "governorate", "region") or e.capital
        for e in place.candidates
    )
    if not context.countries and len({e.country for e in place.candidates}) == 1:
        return True  # an article that speaks of no country says nothing against it; linking has its own doubts
    return big or any(context.share(e.country) > 0 for e in place.candidates)


def _located(reading: Reading, gap: list[int]) -> list[int]:
    """Without the words that only lead on: قرية X الواقعة جنوب مدينة Y, مخيم X على أطراف Y."""
    begin = 0
    while begin < len(gap) and (reading.has(gap[begin], "lying") is not None or reading.raw[gap[begin]] == "،"):
        begin += 1
    rest = gap[begin:] if any(reading.has(k, "lying") is not None for k in gap[:begin]) else gap
    if len(rest) > 1 and reading.words[rest[0]] == "علي" and reading.has(rest[1], "partWord") is not None:
        return rest[1:]
    return rest


def nest(reading: Reading, found: list[PlaceMention]) -> None:
    """Mark places that only say where the place before them lies: دوار الباسل بحلب, X in Idlib province."""
    for at, (a, b) in enumerate(itertools.pairwise(found)):
        gap = [k for k in range(a.last, b.first) if reading.raw[k] not in QUOTES and reading.raw[k] != ")"]
        if (
            len(gap) > (3 if reading.language == "ar" else 5)
            or reading.sentence_of[a.first] != reading.sentence_of[b.first]
        ):
            continue
        words = [reading.words[k] for k in gap]
        if reading.language == "ar" and words and words[0].startswith("و") and not _of_its_own(reading, gap[0]):
            continue  # بلدة X ومحيط بلدة Y: a second place
        if b.list_of is not None and not gap and b.list_of is a:
            continue
        if reading.language == "ar":
            gap = _located(reading, gap)
            words = [reading.words[k] for k in gap]
            direct = not gap and b.pro in ("ب", "في")
            spoken = bool(words) and (
                (words[-1] in ("في", "ضمن") and len(words) == 1)
                or all(
                    reading.has(k, "direction") or reading.has(k, "nearWord") or reading.has(k, "partWord") for k in gap
                )
                or (
                    reading.words[b.first - 1] == "في"
                    and len(words) <= 2
                    and all(reading.has(k, "direction") or reading.words[k] == "في" for k in gap)
                )
            )
            belonging = bool(words) and words[-1] in BELONGING and b.pro == "ل" and len(words) == 1
            beside = all(reading.raw[k] in ("-", "–") for k in gap) and len(gap) < 2
            spoken = spoken or belonging or (beside and _apposed(a, b))
            b.directional = b.directional or belonging  # of the district that bears the city's name, not of the city
            countryside = b.kind == "countryside" and b.pro == "ب" and not gap
        else:
            # The eastern Ghouta town of Mesraba: the type word leads from the outer place to the inner one.
            if not gap and b.type_word is not None and b.first < b.name_first and not a.inner:
                a.inner = True
                b.put_within(a)
                continue
            direct = False
            spoken = bool(words) and (
                words in (["in"], ["of"], [","], ["near"], ["outside"])
                or (
                    any(w in ("of", "in", ",") for w in words)
                    and all(
                        w in ("in", "of", "the", "a", "an", "near", "outside", ",")
                        or w in _EN_APPOSED
                        or (reading.has(k, "placeType") and reading.words[k - 1] in ("a", "an"))
                        or reading.has(k, "direction")
                        or reading.has(k, "partWord")
                        for w, k in zip(words, gap, strict=True)
                    )
                )
            )
            countryside = False
            wide = any(e.kind in ("governorate", "country", "region") for e in b.candidates[:3])
            outer = b.kind in ("governorate", "countryside") or b.type_word in ("region", "oblast", "county")
            if words == [","] and (b.kind in SETTLED or not wide) and not outer:
                spoken = False
            if spoken and at + 2 < len(found) and _owned(reading, b, found[at + 2]):
                b.inner, b = True, found[at + 2]  # in Yemen's Mahra province
        if not (direct or spoken or countryside):
            continue
        if _bigger(b, a):
            for later in found[at + 2 : at + 2 + _LISTED] if reading.language == "en" else ():
                if later.list_of is b:
                    later.list_of = a  # X in A, Y in B and Z: the list goes on from X
            head = a
            while head is not None:
                if head.within is None:
                    head.put_within(b)
                head = head.list_of  # type: ignore[assignment]
            b.inner = True


def _owned(reading: Reading, owner: PlaceMention, place: PlaceMention) -> bool:
    """Tell whether a place stands right behind the possessive of what it lies in."""
    return reading.raw[owner.last : place.first] in (["'s"], ["’s"]) and owner.type_word is None


def _of_its_own(reading: Reading, k: int) -> bool:
    """وسط begins with و and joins nothing."""
    found = (reading.has(k, cls) for cls in ("direction", "partWord", "nearWord"))
    return any(analysis is not None and not analysis.pro for analysis in found)


def _apposed(place: PlaceMention, area: PlaceMention) -> bool:
    """بلدة X قضاء Y, قرية X ريف حلب: right behind a settlement, a division says where it lies."""
    divided = area.kind in ("governorate", "district", "subdistrict", "countryside") and area.type_word is not None
    return divided and not area.pro and area.list_of is None and place.kind in SETTLED | {"region"}


def _bigger(outer: PlaceMention, inner: PlaceMention) -> bool:
    """A city cannot lie in a village, nor a country in anything."""
    if any(e.kind == "country" for e in inner.candidates[:1]) and inner.type_word is None:
        return False
    if inner.key == outer.key:
        return False
    if outer.kind in ("village", "roundabout", "road", "neighbourhood", "building", "hospital"):
        return inner.kind in ("roundabout", "road", "building", "hospital", "crossing", "neighbourhood")
    return True


def _described(reading: Reading, place: PlaceMention, fitting: list[PlaceMention]) -> PlaceMention | None:
    """The place a description means: in its sentence before or after it, earlier in the body, or the main one."""
    sentence = reading.sentence_of[place.first]
    here = [p for p in fitting if reading.sentence_of[p.first] == sentence]
    before_here = [p for p in here if p.first < place.first]
    if before_here:
        return before_here[-1]
    announced = [p for p in here if p.first > place.first and p.kind == place.kind]
    if announced:
        return announced[0]
    body = [p for p in fitting if p.first < place.first and reading.zones[p.first] == "body"]
    if body:
        close = [p for p in body if sentence - reading.sentence_of[p.first] <= 2]
        typed = [p for p in close if p.kind == place.kind]
        return typed[-1] if typed else body[-1]
    if not fitting:
        return None
    counts: dict[str, int] = {}
    for p in fitting:
        name = p.entry.id if p.entry is not None else p.key
        counts[name] = counts.get(name, 0) + 1
    return max(fitting, key=lambda p: (counts[p.entry.id if p.entry is not None else p.key], -p.first))


def resolve_descriptions(reading: Reading, found: list[PlaceMention]) -> list[PlaceMention]:
    """Tie descriptions to the nearest earlier place of their kind, else to the next; drop those that mean none."""

    def fits(description: PlaceMention, place: PlaceMention) -> bool:
        if place.rule == "place.definite" or place.directional or _lies_within(place, description):
            return False
        kinds = {place.kind, place.entry.kind if place.entry is not None else None} - {None}
        if description.kind in SETTLED:
            if place.rule == "place.local.captured":
                return True
            return (
                bool(kinds & _SETTLEMENTS) and "governorate" not in kinds and place.kind not in ("countryside", "road")
            )
        return description.kind in kinds

    kept: list[PlaceMention] = []
    for _number, place in enumerate(found):
        if place.rule == "place.definite":
            target = _described(reading, place, [p for p in found if fits(place, p)])
            if target is None:
                if reading.trace is not None:
                    reading.trace.drop("drop.place.description", place.first, place.last)
                continue
            place.same_as = target.same_as or target
            place.outcome, place.candidates = place.same_as.outcome, place.same_as.candidates
            place.within = None
            if place.same_as.within is not None:
                place.put_within(place.same_as.within)
            place.kind = place.same_as.kind
            place.inner = False
        kept.append(place)
    return kept


def _lies_within(place: PlaceMention, description: PlaceMention) -> bool:
    """The village west of the city: what the description places is not what it means."""
    outer = place.within
    while outer is not None and outer is not description:
        outer = outer.within
    return outer is description


def tie_same_names(found: list[PlaceMention]) -> None:
    """The same local name again in the article is the same place: the mention that says most of where counts."""
    best: dict[str, PlaceMention] = {}
    for place in found:
        held = best.get(place.key)
        if held is None or _says_more(place, held):
            best[place.key] = place
    for place in found:
        chosen = best[place.key]
        if chosen is place:
            continue
        compatible = place.kind in (None, chosen.kind) or (chosen.kind is None and place.kind != "countryside")
        decided = place.outcome.record is not None  # a reviewer has said what this mention means
        if place.entry is None and compatible and not decided:
            place.same_as = chosen
            place.outcome = chosen.outcome


_FINENESS = {"country": 0, "governorate": 1, "region": 1, "district": 2, "subdistrict": 3}
_FINEST = 4  # a settlement, or what lies around one


def _says_more(place: PlaceMention, held: PlaceMention) -> bool:
    """قرية X بريف إدلب, later قرية X التابعة لمنطقة Y: of two mentions the one that names the finer area around X.

    Areas that do not lie in one another are two stories: then the first mention counts.
    """
    if (held.within is None and place.within is not None) or (held.entry is None and place.entry is not None):
        return True
    if held.within is None or place.within is None:
        return False
    if not isinstance(held.outcome, Nil) or not isinstance(place.outcome, Nil):
        return False
    before, after = held.outcome.areas, place.outcome.areas
    if not before or not after:
        return bool(after)
    finer = _FINENESS.get(after[0].kind or "", _FINEST) > _FINENESS.get(before[0].kind or "", _FINEST)
    return finer and before[0].id in {area.id for area in after}


def adjoins(reading: Reading, before: PlaceMention, place: PlaceMention) -> bool:
    """X، ومعبر Y: a place with its own type word goes on with the list that stands right before it."""
    gap = range(before.last, place.first)
    if reading.language == "en":
        words = [reading.words[k] if not reading.punct[k] else reading.raw[k] for k in gap]
        wide = any(e.kind in ("governorate", "country", "region") for e in place.candidates[:3])
        if words and set(words) <= {",", "and", "the"} and not before.directional:
            return "and" in words or not (wide or place.kind in ("governorate", "countryside"))
        return False
    if len(gap) > 1 or (gap and reading.raw[before.last] not in LIST_MARKS) or before.directional:
        return False
    return place.pro == "و" or (bool(gap) and place.pro == "" and before.list_of is not None)


def villages_before(reading: Reading, place: PlaceMention) -> bool:
    """ست قرى جديدة في إدلب: unnamed villages lie in the province, not in the city of that name."""
    if not any(e.kind == "governorate" for e in place.candidates) or not (
        place.pro.endswith("ب") or reading.words[place.first - 1] in ("في", "in", "of")
    ):
        return False
    for k in range(place.first - 1, max(-1, place.first - 6), -1):
        analysis = reading.has(k, "placeType")
        if analysis is not None:
            return analysis.form.plural and analysis.entry.get("kind") in ("village", "town")
        if reading.punct[k]:
            return False
    return False
