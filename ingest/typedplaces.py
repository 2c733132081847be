"""Places that a type word announces: قرية كفر حمرة, دوار الباسل, ريف حلب الغربي, the town of X.

Invariant: a type word makes a place of a name that no gazetteer has, never of a common word; "the town" alone is a
description of a place named elsewhere.
"""

from ingest.gazetteer import Entry
from ingest.placemention import PlaceMention
from ingest.placenames import (
    TAKES_ONE_MORE,
    capitalised_end,
    is_adjective,
    is_capitalised,
    is_everyday,
    is_function_word,
    local_name_end,
    road_end,
    with_direction,
)
from ingest.placescan import PlaceScan, is_known_word, is_plural
from ingest.placing import (
    DESCRIBED,
    LIST_MARKS,
    QUOTES,
    SETTLED,
)
from ingest.reading import Analysis, Reading


def typed_place(scan: PlaceScan, i: int) -> PlaceMention | None:
    """Return the place that the type word at token `i` announces, if any."""
    reading = scan.reading
    if reading.language == "en":
        return _typed_english(scan, i)
    analysis = reading.has(i, "placeType")
    if analysis is None or analysis.enclitic or i in scan.taken:
        return None
    j = i + 1
    kind = str(analysis.entry.get("kind"))
    if not analysis.article and reading.raw[j : j + 1] and reading.raw[j] in _STROKES and scan.names.get(j + 1):
        j += 1  # مدينة - X: a stroke between the type word and a name of the gazetteer
    if j >= len(reading) or (reading.punct[j] and (analysis.article or reading.raw[j] not in QUOTES)):
        return _definite(scan, i, analysis) if analysis.article else None
    if reading.count_before(i) and analysis.form.number == "s":
        return None  # 70 منطقة: counted, not named
    # قرى وبلدات X: a second type word before the names. أحياء مدينة X: quarters of X, so the city is the place.
    second = reading.has(j, "placeType")
    if second is not None and not second.article and second.pro in ("", "و"):
        settled = second.entry.get("kind") in SETTLED
        if settled and kind in SETTLED and second.pro:
            analysis, kind, j = second, str(second.entry.get("kind")), j + 1
        elif settled and not second.pro and kind not in ("countryside", "governorate") and not analysis.article:
            return None
        elif second.entry.get("kind") == "governorate" and analysis.form.plural and not second.pro:
            return None  # جبال محافظة X: somewhere in it
        elif second.entry.get("feature") and not second.pro and analysis.entry.get("weak"):
            return None  # منطقة سد X: the area of what has the name
    if j >= len(reading) or (reading.punct[j] and reading.raw[j] not in ('"', "“", "«", "(")):
        return None
    quoted = reading.punct[j]
    if quoted:
        j += 1
        if j >= len(reading) or reading.punct[j]:
            return None
    if kind == "countryside":
        return _named_countryside(scan, i, analysis) or _countryside(scan, i, j, analysis)
    whole = scan.longest(i, proclitics=True)
    if (
        whole is not None
        and whole.last > i + 1
        and analysis.entry.get("feature")
        and not is_everyday(reading, i, whole.last, typed=False)
    ):
        return None  # جسر الشغور is a town, not a bridge
    if analysis.article:
        return _definite(scan, i, analysis)
    if reading.has(j, "partWord") or reading.phrase_of(j, "cause"):
        return None
    if (
        analysis.entry.get("feature")
        and second is not None
        and second.article
        and second.entry.get("kind") in DESCRIBED
    ):
        return None  # مسجد القرية: the village's mosque has no name of its own
    hit = scan.longest(j, proclitics=False)
    named_feature = bool(analysis.entry.get("feature"))
    if hit is not None and not (named_feature and is_adjective(reading, j)):
        last, entries = hit.last, hit.entries
        if last == j + 1 and (reading.words[j] in TAKES_ONE_MORE or _goes_on(reading, analysis, last, entries)):
            pass  # دير alone is the first word of a longer name that the gazetteer lacks
        elif not is_everyday(reading, j, last, typed=True):
            if analysis.entry.get("linear"):
                end = road_end(reading, j, last)
                place = _made(scan, i, j, end, analysis, kind, entries, f"place.typed.{kind}")
                place.near = end > last  # the road from one place to another lies in neither
                return place
            last = with_direction(reading, last)
            return _made(
                scan, i, j, last, analysis, kind, entries if kind != "countryside" else (), f"place.typed.{kind}"
            )
    last_local = local_name_end(reading, j, quoted)
    if last_local is None or (reading.words[j].startswith("و") and not quoted and _joined(reading, j)):
        return None
    if analysis.entry.get("weak") and _described(reading, j):
        return None
    if analysis.entry.get("linear") and (end := road_end(reading, j, last_local)) > last_local:
        other = scan.longest(end - 1, proclitics=False)  # of a road one end may be known
        road = _made(scan, i, j, end, analysis, kind, other.entries if other else (), f"place.local.{kind}")
        road.near = True
        return road
    if (
        analysis.form.plural
        and not analysis.entry.get("linear")
        and not (kind == "region" and named_feature)
        and not reading.words[j].startswith("ال")
        and reading.words[j] not in TAKES_ONE_MORE
    ):
        # "large quarters" against "villages X and Y": without the article only a list makes it a name.
        following = reading.raw[last_local] if last_local < len(reading) else ""
        if not (following in LIST_MARKS or following.startswith("و")):
            return None
    return _made(scan, i, j, last_local, analysis, kind, (), f"place.local.{kind}")


_LITTLE_KNOWN = 20_000
_STROKES = frozenset({"-", "–", "—"})


def _goes_on(reading: Reading, analysis: Analysis, last: int, entries: tuple[Entry, ...]) -> bool:
    """قرية سامي العاصي: a name unknown to most, and behind it a definite word that nobody knows and no adjective is."""
    if last >= len(reading) or analysis.form.plural or analysis.form.gender != "f":
        return False
    word = reading.words[last]
    if not word.startswith("ال") or word.endswith(("ه", "يه")) or reading.analyses[last] or reading.dated(last):
        return False
    return not is_adjective(reading, last) and all(e.population < _LITTLE_KNOWN for e in entries)


def _described(reading: Reading, j: int) -> bool:
    """منطقة مكتظة بالنازحين, مناطق خاضعة للجيش: an adjective with what belongs to it, no name."""
    word, following = reading.words[j], reading.words[j + 1] if j + 1 < len(reading) else ""
    return not word.startswith("ال") and word.endswith("ه") and following.startswith(("بال", "لل"))


def _definite(scan: PlaceScan, i: int, analysis: Analysis) -> PlaceMention | None:
    """المدينة, البلدة: a description that means a place named elsewhere in the article."""
    reading = scan.reading
    if analysis.entry.get("kind") not in DESCRIBED or analysis.entry.get("weak"):
        return None
    if analysis.form.number != "s" or analysis.form.plural:
        return None
    beyond = with_direction(reading, i + 1)
    if beyond > i + 1:  # الجبل الشرقي: a name of its own, not the mountain named before
        return _made(scan, i, i, beyond, analysis, str(analysis.entry.get("kind")), (), "place.local.side")
    span = reading.host_span(i, i + 1, analysis.skip)
    return PlaceMention(
        i,
        i + 1,
        i,
        span,
        span.of(reading.plain),
        "place.definite",
        pro=analysis.pro,
        kind=str(analysis.entry.get("kind")),
        candidates=_own_name(scan, i),
    )


def _named_countryside(scan: PlaceScan, i: int, analysis: Analysis) -> PlaceMention | None:
    """ريف دمشق: the governorate that bears the name; ريف دمشق الغربي is the countryside within it."""
    whole = scan.longest(i, proclitics=True)
    named = tuple(e for e in whole.entries if e.kind == "governorate") if whole is not None else ()
    if whole is None or whole.last == i + 1 or not named:
        return None
    last = with_direction(scan.reading, whole.last)
    if last > whole.last:
        return _made(scan, i, i, last, analysis, "countryside", named, "place.countryside")
    place = _made(scan, i, i, last, analysis, "governorate", named, "place.typed.governorate")
    place.type_word = "محافظة"
    return place


def _countryside(scan: PlaceScan, i: int, j: int, analysis: Analysis) -> PlaceMention | None:
    """ريف حلب الغربي, ريفي إدلب وحماة, الريف الشمالي لحلب: a place of its own, within the province."""
    reading = scan.reading
    k, city = j, False
    if analysis.article:
        while k < len(reading) and reading.has(k, "direction"):
            k += 1
        if k >= len(reading) or not any(v.pro.endswith("ل") for v in reading.variants[k]):
            return None
        city = _called_city(reading, k)
        hit = scan.longest(k, proclitics=True)
    else:
        whole = scan.longest(k, proclitics=False) if not reading.punct[k] else None
        city = _called_city(reading, k)
        if reading.has(k, "placeType") and (whole is None or whole.last == k + 1):
            k += 1  # ريف مدينة X, but ريف جسر الشغور
        hit = scan.longest(k, proclitics=False) if k < len(reading) and not reading.punct[k] else None
    if hit is not None and not _first_of_name(reading, hit.last):
        last = with_direction(reading, hit.last)
        place = _made(scan, i, i, last, analysis, "countryside", hit.entries, "place.countryside")
        place.of_city = city
        return place
    if k >= len(reading) or reading.punct[k] or reading.analyses[k] or reading.dated(k):
        return None
    last_local = local_name_end(reading, k, False)
    if last_local is None or reading.words[k].startswith("و"):
        return None
    last = with_direction(reading, last_local)
    return _made(scan, i, i, last, analysis, "countryside", (), "place.local.countryside")


def _called_city(reading: Reading, k: int) -> bool:
    """ريف مدينة X: the countryside of the city, not all that bears its name."""
    typed = reading.has(k, "placeType")
    return typed is not None and typed.form.number == "s" and typed.entry.get("kind") in SETTLED


def _first_of_name(reading: Reading, last: int) -> bool:
    """ريف تل X, ريف عين Y: the gazetteer's تل is only the first word of a name that it lacks."""
    if reading.words[last - 1] not in TAKES_ONE_MORE or last >= len(reading) or reading.punct[last]:
        return False
    return reading.has(last, "direction") is None and not is_function_word(reading, last)


def _typed_english(scan: PlaceScan, i: int) -> PlaceMention | None:
    """The town of X, the village of X; X city, X province, X airport are handled with the bare name."""
    reading = scan.reading
    analysis = reading.has(i, "placeType")
    if analysis is None or i in scan.taken:
        return None
    j = i + 1
    if (
        i
        and reading.words[i - 1] in ("the", "this", "that")
        and str(analysis.entry.get("kind")) in SETTLED
        and analysis.form.number == "s"
        and not (
            j < len(reading)
            and (reading.words[j] == "of" or reading.raw[j][:1].isupper() or reading.raw[j] in ("'s", "’s"))
        )
        and not (
            j < len(reading)
            and (reading.has(j, "sourceHead") or reading.has(j, "placeType") or reading.has(j, "facility"))
        )
    ):
        span = reading.span(i, j)
        return PlaceMention(
            i, j, i, span, span.of(reading.plain), "place.definite", kind=str(analysis.entry.get("kind"))
        )
    if j + 1 < len(reading) and reading.words[j] == "of":
        if i and reading.words[i - 1] in ("a", "an") and analysis.form.number == "s":
            return None  # a suburb of X is not X
        j += 1
        if reading.words[j] == "the":
            return None
        kind = str(analysis.entry.get("kind"))
        hit = scan.longest(j, proclitics=False) if not reading.punct[j] else None
        whole = capitalised_end(reading, j)
        if hit is not None and whole is not None and whole > hit.last and not is_known_word(reading, hit.last):
            hit = None  # Ras of Ras Lanuf is no place of its own
        if hit is not None and is_capitalised(reading, j):
            if analysis.form.number == "p" and analysis.entry.get("weak"):
                return None  # areas of X are parts of X
            place = _made(scan, i, j, hit.last, analysis, kind, hit.entries, f"place.typed.{kind}")
            again = reading.has(hit.last, "placeType") if hit.last < len(reading) else None
            place.last += again is not None and again.entry is analysis.entry  # the city of X city
            return place
        last = capitalised_end(reading, j)
        if last is not None:
            return _made(scan, i, j, last, analysis, kind, (), f"place.local.{kind}")
    return None


def _made(
    scan: PlaceScan,
    i: int,
    name_first: int,
    last: int,
    analysis: Analysis | None,
    kind: str | None,
    entries: tuple[Entry, ...],
    rule: str,
) -> PlaceMention:
    reading = scan.reading
    first_name = name_first
    whole = kind is not None and (
        analysis is None or analysis.entry.get("feature") or kind in ("countryside", "camp", "region", "governorate")
    )
    span = (
        reading.host_span(i, last, analysis.skip if analysis is not None else 0)
        if whole and analysis is not None
        else reading.host_span(first_name, last)
    )
    if reading.language == "en":
        span = (
            reading.span(name_first, last)
            if not whole or analysis is None or name_first != i
            else reading.span(i, last)
        )
    return PlaceMention(
        i,
        last,
        name_first,
        span,
        span.of(reading.plain),
        rule,
        pro=analysis.pro if analysis is not None else "",
        type_word=analysis.entry.lemma if analysis is not None else None,
        kind=kind,
        candidates=entries,
        count_word=analysis is not None and is_plural(analysis),
    )


def _own_name(scan: PlaceScan, i: int) -> tuple[Entry, ...]:
    """القطاع is what everybody calls the Gaza Strip, unless an adjective follows (القطاع الصحي)."""
    reading = scan.reading
    if i + 1 < len(reading) and reading.words[i + 1].startswith("ال"):
        return ()
    named = (e for name in scan.names.get(i, ()) if name.last == i + 1 for e in name.entries)
    return tuple(e for e in named if e.kind in ("region", "governorate"))


def _joined(reading: Reading, j: int) -> bool:
    """استهدفت مدينة وشهدت: the word behind the type word begins with "and", so no name stands there."""
    return reading.words[j] not in TAKES_ONE_MORE and len(reading.words[j]) > 3
