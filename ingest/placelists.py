"""Lists of places: X، Y وZ; the villages of X, Y and Z; X, Y and Z villages.

Invariant: a list goes on from a place; a name that no gazetteer has is taken up only where the words announced several
places or the list has already gone on.
"""

from ingest.gazetteer import Entry
from ingest.placemention import PlaceMention
from ingest.placenames import (
    TAKES_ONE_MORE,
    capitalised_end,
    is_capitalised,
    is_everyday,
    is_function_word,
    local_name_end,
    nationality_like,
)
from ingest.placescan import PlaceScan
from ingest.placing import (
    LIST_MARKS,
    SETTLED,
    WHOLE,
    look_left,
)
from ingest.reading import Reading
from ingest.typedplaces import typed_place

_LIST_MAX = 12  # names in one list


def next_of_list(scan: PlaceScan, i: int, before: PlaceMention) -> PlaceMention | None:
    """The next name of a list of places: X، Y وZ."""
    reading = scan.reading
    n = len(reading)
    comma = i < n and reading.raw[i] in LIST_MARKS
    j = i + 1 if comma else i
    if j >= n or reading.punct[j] or j in scan.taken:
        return None
    if reading.language == "en":
        return _listed_english(scan, j, comma, before)
    joined = reading.words[j].startswith("و") and len(reading.words[j]) > 2
    if not comma and not joined:
        return None
    if typed_place(scan, j) is not None or is_function_word(reading, j):
        return None
    if reading.has(j, "placeType") and j + 1 < n and not reading.punct[j + 1]:
        return None
    in_list = _in_list(before)
    named: tuple[int, int, tuple[Entry, ...]] | None = None
    best_pro = "و" if joined else ""
    for name in scan.names.get(j, ()):
        if name.variant.pro == best_pro or (comma and name.variant.pro == ""):
            if named is None or name.last > named[0]:
                named = (name.last, name.variant.skip, name.entries)
    if named is not None and named[0] == j + 1 < n and not reading.punct[j + 1]:
        if reading.words[j][1 if joined else 0 :] in TAKES_ONE_MORE:
            named = None  # تل كراتين: the gazetteer's تل is only the first word of the name
    if before.kind == "countryside" and named is not None:
        place = PlaceMention(
            j,
            named[0],
            j,
            reading.host_span(j, named[0], named[1]),
            "",
            "place.list",
            kind="countryside",
            type_word=before.type_word,
            candidates=named[2],
            list_of=before,
        )
        place.text = place.span.of(reading.plain)
        return place
    if named is not None and not is_everyday(reading, j, named[0], typed=in_list):
        last, skip, entries = named
        if not in_list and comma and not joined and not any(e.population >= 5000 for e in entries):
            return None
        place = PlaceMention(
            j,
            last,
            j,
            reading.host_span(j, last, skip),
            "",
            "place.list",
            kind=before.kind if before.count_word else None,
            type_word=before.type_word if before.count_word else None,
            candidates=entries,
            list_of=before,
            count_word=before.count_word,
        )
        place.text = place.span.of(reading.plain)
        return place
    if (
        (reading.analyses[j] and not in_list)
        or before.kind in ("road", "country")
        or (before.kind == "region" and not before.count_word)
        or before.rule == "place.definite"
    ):
        return None
    if not (in_list or joined):
        return None
    skip = 1 if joined else 0
    host = reading.words[j][skip:]
    if not (in_list or host.startswith("ال")) or is_function_word(reading, j):
        return None
    last_local = local_name_end(reading, j, False)
    if last_local is None:
        return None
    if reading.dated(j):
        return None
    if reading.analyses[j] and not (comma and _alone(reading, j, last_local)):
        return None
    place = PlaceMention(
        j,
        last_local,
        j,
        reading.host_span(j, last_local, skip),
        "",
        "place.list.local",
        kind=before.kind if before.count_word else None,
        type_word=before.type_word if before.count_word else None,
        list_of=before,
        count_word=before.count_word,
    )
    place.text = place.span.of(reading.plain)
    return place


def _listed_english(
    scan: PlaceScan,
    j: int,
    comma: bool,
    before: PlaceMention,
) -> PlaceMention | None:
    """The next name of an English list; behind "the villages of" also a name that no gazetteer has."""
    reading = scan.reading
    n = len(reading)
    if j < n and reading.words[j] == "and":
        j += 1
    elif not comma:
        return None
    if j >= n or reading.punct[j] or j in scan.taken or not is_capitalised(reading, j):
        return None
    hit = scan.longest(j, proclitics=False)
    end = capitalised_end(reading, j)
    typed_after = end is not None and reading.has(end, "placeType") is not None
    if hit is not None and not nationality_like(reading, j, hit.last):
        if typed_after and end is not None and end > hit.last:
            return None
        last, entries = hit.last, hit.entries
    elif (
        (before.count_word or before.rule == "place.local.captured")
        and end is not None
        and not typed_after
        and not is_function_word(reading, j)
    ):
        last, entries = end, ()
    elif end is not None and (last_of := _plural_typed(reading, j, end)) is not None:
        last, entries = last_of, ()  # Jurin and Naorat Jurin villages
    else:
        return None
    place = PlaceMention(
        j,
        last,
        j,
        reading.span(j, last),
        "",
        "place.list" if entries else "place.list.local",
        kind=before.kind if before.count_word else None,
        type_word=before.type_word if before.count_word else None,
        candidates=entries,
        list_of=before,
        count_word=before.count_word,
    )
    place.text = place.span.of(reading.plain)
    if not entries and _plural_typed(reading, j, min(last + 1, n)) == last:
        place.last = last + 1  # the type word belongs to the place, not to its name
    typed = reading.has(last, "placeType") if entries and place.kind is None and last < n else None
    if typed is not None and typed.form.number == "s" and reading.words[last + 1 : last + 2] != ["of"]:
        place.kind, place.type_word, place.last = str(typed.entry.get("kind")), typed.entry.lemma, last + 1
        if typed.entry.get("feature") or place.kind in WHOLE:
            place.span = reading.span(j, place.last)  # X city, Y town and Z province
            place.text = place.span.of(reading.plain)
    return place


def type_behind(scan: PlaceScan, i: int) -> list[PlaceMention]:
    """Jishan, Softak and Qoran villages: a list whose type word stands behind it."""
    reading = scan.reading
    if reading.language != "en" or reading.punct[i] or i in scan.taken or not is_capitalised(reading, i):
        return []
    stretches = _typed_list(reading, i)
    if not stretches or any(k in scan.taken for first, last in stretches for k in range(first, last)):
        return []
    if is_everyday(reading, i, stretches[0][1], typed=True):
        return []
    type_at = stretches[-1][1]
    analysis = reading.has(type_at, "placeType")
    assert analysis is not None
    listed: list[PlaceMention] = []
    for first, last in stretches:
        hit = scan.longest(first, proclitics=False)
        entries = hit.entries if hit is not None and hit.last == last else ()
        place = PlaceMention(
            first,
            last,
            first,
            reading.span(first, last),
            "",
            "place.list",
            kind=str(analysis.entry.get("kind")),
            type_word=analysis.entry.lemma,
            candidates=entries,
            list_of=listed[-1] if listed else None,
            count_word=True,
        )
        place.text = place.span.of(reading.plain)
        listed.append(place)
    look_left(reading, listed[0])
    listed[-1].last = type_at + 1
    return listed


def _in_list(place: PlaceMention) -> bool:
    """True where the words announce several places (قرى, مدن) or a bare name has already gone on with the list."""
    if place.list_of is not None and place.rule in ("place.list", "place.list.local"):
        return True
    member: PlaceMention | None = place
    while member is not None:
        if member.count_word:
            return True
        member = member.list_of
    return False


def _alone(reading: Reading, j: int, last: int) -> bool:
    """حيان between two commas of a list: the dual of "quarter" names nothing there, so the word is a name."""
    dual = all(a.entry.cls == "placeType" and a.form.number == "d" for a in reading.analyses[j])
    return dual and (last >= len(reading) or reading.punct[last] or reading.words[last].startswith("و"))


def _typed_list(reading: Reading, i: int) -> list[tuple[int, int]]:
    """Return the names of "X, Y and Z villages", where the type word behind them says that they are places."""
    names: list[tuple[int, int]] = []
    j = i
    while j < len(reading) and not reading.punct[j]:
        end = capitalised_end(reading, j)
        if end is None:
            return []
        typed_inside = next((k for k in range(j + 1, end) if reading.has(k, "placeType")), None)
        last = typed_inside if typed_inside is not None else end
        names.append((j, last))
        typed = reading.has(last, "placeType") if last < len(reading) else None
        if typed is not None:
            plural = typed.form.number == "p" and typed.entry.get("kind") in SETTLED
            return names if plural and len(names) > 1 else []
        if last + 1 < len(reading) and reading.raw[last] == ",":
            last += 1
        if last < len(reading) and reading.words[last] == "and":
            last += 1
        if last in (names[-1][1], len(reading)) or len(names) > _LIST_MAX:
            return []
        j = last
    return []


def _plural_typed(reading: Reading, j: int, end: int) -> int | None:
    """Return where the name in "X and Y villages" ends that begins at `j`, None without a plural type word behind."""
    for k in range(j + 1, end + 1):
        typed = reading.has(k, "placeType") if k < len(reading) else None
        if typed is not None:
            return k if typed.form.number == "p" else None
    return None
