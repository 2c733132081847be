"""Lists of places: X، Y وZ; the villages of X, Y and Z; X, Y and Z villages.

Invariant: a list goes on from a place; a name that no gazetteer has is taken up only where the words announced several
places or the list has already gone on.
"""

import itertools

from ingest.gazetteer import Entry
from ingest.placemention import PlaceMention
from ingest.placenames import (
    TAKES_ONE_MORE,
    capitalised_end,
    cut_short,
    is_capitalised,
    is_everyday,
    is_function_word,
    local_name_end,
    nationality_like,
)
from ingest.placescan import PlaceScan, names_settlement, type_behind_name
from ingest.placing import (
    LIST_MARKS,
    SETTLED,
    WHOLE,
    look_left,
)
from ingest.reading import Analysis, Reading
from ingest.typedplaces import typed_place

_PRONOUN_WORD = 5  # letters of the shortest joined word that may end in a pronoun (وصفها)
_LIST_MAX = 12  # names in one list
_NAME_MAX = 3  # words in a name
_LARGE = 50_000  # inhabitants of a town whose name may be an adjective too
_BRACKETS = 40  # words that a list in brackets may have
_ANNOUNCED_REACH = 12  # words from a plural type word to its names
_ANNOUNCING = frozenset(
    {"منها", "ومنها", "بينها", "وبينها", "ابرزها", "وابرزها", "اهمها", "واهمها", "وهي", "هي", "ضمنها", "التاليه"}
)
_LISTED = SETTLED | {"camp", "neighbourhood"}


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
    if reading.words[j] == "و" and j + 1 < n and j + 1 not in scan.taken and not reading.punct[j + 1]:
        comma, j = True, j + 1  # X و Y: the conjunction stands alone
    joined = reading.words[j].startswith("و") and len(reading.words[j]) > 2
    if not comma and not joined:
        return None
    if typed_place(scan, j) is not None:
        return None
    adjective = before.count_word and any(a.entry.pos == "adjective" for a in reading.analyses[j])
    if is_function_word(reading, j) and not adjective:
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
    if adjective and not (named is not None and any(e.population >= _LARGE for e in named[2])):
        return None  # مدن الخرطوم وبحري: "naval" is a name only where it is a big town's
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
    if named is not None and (adjective or not is_everyday(reading, j, named[0], typed=in_list)):
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
    if reading.dated(j) or _no_name(reading, j):
        return None
    compound = host in TAKES_ONE_MORE and last_local > j + 1  # بيت ليف: no house
    if reading.analyses[j] and not compound and not (comma and _alone(reading, j, last_local)):
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


def announced_list(scan: PlaceScan, i: int) -> list[PlaceMention]:
    """قرى الريف الجنوبي (X وY)، بلدات في المحافظة منها X وY: a plural type word whose names stand behind an opener.

    The names begin where the type word stands, so that what rules the type word rules them.
    """
    reading = scan.reading
    head = reading.has(i, "placeType") if reading.language == "ar" else None
    if head is None or head.enclitic or i in scan.taken or not _is_many(head) or head.entry.get("feature"):
        return []
    opener = _opener(reading, i)
    if opener is None:
        return []
    ends = _in_brackets(scan, opener) if reading.raw[opener] == "(" else None
    if reading.raw[opener] == "(" and ends is None:
        return []  # (شمال المدينة): a gloss, no list
    first = _announced(scan, i, opener + 1, head, ends[0] if ends else None)
    if first is None:
        return []
    listed = [first]
    for begin, last in itertools.pairwise(ends or ()):
        listed.append(_bracketed(scan, begin, last, listed[-1]))
    while not ends and (more := next_of_list(scan, listed[-1].last, listed[-1])) is not None:
        listed.append(more)
    if len(listed) == 1 and not ends and not first.candidates:
        return []
    listed[-1].last += bool(ends)  # the bracket belongs to the list
    return listed


def _announced(scan: PlaceScan, i: int, j: int, head: Analysis, last: int | None) -> PlaceMention | None:
    """The first name at `j` of the list that the type word at `i` announces; `last` ends it in brackets."""
    reading = scan.reading
    if j >= len(reading) or reading.punct[j] or j in scan.taken or typed_place(scan, j) is not None:
        return None
    hit = scan.longest(j, proclitics=False)
    if hit is not None and (is_everyday(reading, j, hit.last, typed=True) or _first_word_only(reading, j, hit.last)):
        hit = None
    if last is not None:
        hit = hit if hit is not None and hit.last == last else None
    else:
        last = hit.last if hit is not None else local_name_end(reading, j, False)
        if last is None or is_function_word(reading, j) or (hit is None and reading.analyses[j]):
            return None
    weak = bool(head.entry.get("weak"))
    place = PlaceMention(
        i,
        last,
        j,
        reading.host_span(j, last),
        "",
        "place.list.announced",
        pro=head.pro,
        kind=None if weak else str(head.entry.get("kind")),
        type_word=None if weak else head.entry.lemma,
        candidates=hit.entries if hit is not None else (),
        count_word=True,
    )
    place.text = place.span.of(reading.plain)
    return place


def _bracketed(scan: PlaceScan, j: int, last: int, before: PlaceMention) -> PlaceMention:
    """A further name in brackets, from the token behind the one before it."""
    reading = scan.reading
    if reading.punct[j] or reading.words[j] == "و":
        j += 1
    skip = 1 if reading.words[j].startswith("و") and j == before.last else 0
    hit = next((n for n in scan.names.get(j, ()) if n.last == last and n.variant.skip == skip), None)
    place = PlaceMention(
        j,
        last,
        j,
        reading.host_span(j, last, skip),
        "",
        "place.list" if hit is not None else "place.list.local",
        kind=before.kind,
        type_word=before.type_word,
        candidates=hit.entries if hit is not None else (),
        list_of=before,
        count_word=True,
    )
    place.text = place.span.of(reading.plain)
    return place


def _in_brackets(scan: PlaceScan, opener: int) -> list[int] | None:
    """Where the names in brackets end, None where a word in them begins no name: the brackets hold a gloss."""
    reading = scan.reading
    close = next((k for k in range(opener + 1, min(len(reading), opener + _BRACKETS)) if reading.raw[k] == ")"), None)
    if close is None:
        return None
    ends: list[int] = []
    begin = opener + 1
    for k in range(opener + 1, close + 1):
        mark = k == close or reading.raw[k] in LIST_MARKS or reading.words[k] == "و"
        if not mark and not (k > begin and reading.words[k].startswith("و")):
            continue
        if k == begin and (reading.punct[k] or reading.words[k] == "و"):
            begin = k + 1
            continue
        if not 0 < k - begin <= _NAME_MAX or k in scan.taken or not _begins_name(reading, begin):
            return None
        ends.append(k)
        begin = k + 1 if mark else k
    return ends or None


def _begins_name(reading: Reading, j: int) -> bool:
    if reading.punct[j] or reading.words[j].isdigit() or reading.dated(j) or reading.has(j, "placeType") is not None:
        return False
    return not is_function_word(reading, j) and reading.words[j] not in ("بينها", "بينهم", "منها", "منهم", "خصوصا")


def _is_many(head: Analysis) -> bool:
    return head.form.plural or head.form.number in ("p", "d")


def _first_word_only(reading: Reading, j: int, last: int) -> bool:
    """تل تورين: the gazetteer's تل is only the first word of the name."""
    return last == j + 1 < len(reading) and not reading.punct[last] and reading.words[j] in TAKES_ONE_MORE


def _opener(reading: Reading, i: int) -> int | None:
    """Where the names behind a plural type word begin: a bracket, a colon, "among them", "namely"."""
    _, b = reading.sentences[reading.sentence_of[i]]
    for k in range(i + 1, min(b, i + _ANNOUNCED_REACH)):
        if reading.raw[k] in ("(", ":") or reading.words[k] in _ANNOUNCING:
            return k
        if reading.punct[k]:
            if reading.raw[k] not in ("،", ",") or reading.words[k + 1 : k + 2] == []:
                return None
            if reading.words[k + 1] not in _ANNOUNCING and reading.words[k + 1] != "من":
                return None
        verb = any(a.entry.pos == "verb" and a.form.tense for a in reading.analyses[k])
        if verb or reading.has(k, "relative") is not None or reading.has(k, "clause") is not None:
            return None
    return None


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
    if hit is not None and cut_short(reading, j, hit.last):
        hit = None
    end = capitalised_end(reading, j)
    typed_after = end is not None and reading.has(end, "placeType") is not None
    if hit is not None and not nationality_like(reading, j, hit.last):
        if typed_after and end is not None and end > hit.last:
            return None
        last, entries = hit.last, hit.entries
    elif (
        (before.count_word or _taken_list(before))
        and end is not None
        and not typed_after
        and not is_function_word(reading, j)
    ) or (end is not None and comma and _apposed(reading, end)):
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
    if typed is not None and typed.form.number == "p" and typed.entry.get("kind") in _SHARED:
        member: PlaceMention | None = place
        while member is not None and member.kind is None:
            member.kind, member.type_word = str(typed.entry.get("kind")), typed.entry.lemma
            member = member.list_of
        place.last = last + 1
    return place


_SHARED = frozenset({"governorate", "district"})  # Idlib and Aleppo provinces: all that the list names


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
    analysis, type_end = type_behind_name(reading, stretches[-1][1])
    assert analysis is not None
    listed: list[PlaceMention] = []
    for first, last in stretches:
        hit = scan.longest(first, proclitics=False)
        entries = hit.entries if hit is not None and hit.last == last else ()
        settled = names_settlement(reading, stretches[-1][1], entries)
        place = PlaceMention(
            first,
            last,
            first,
            reading.span(first, last),
            "",
            "place.list",
            kind=None if settled else str(analysis.entry.get("kind")),
            type_word=None if settled else analysis.entry.lemma,
            candidates=entries,
            list_of=listed[-1] if listed else None,
            count_word=True,
        )
        place.text = place.span.of(reading.plain)
        listed.append(place)
    look_left(reading, listed[0])
    listed[-1].last = type_end
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


_ADVERBS = frozenset(
    [
        "خصوصا",
        "تحديدا",
        "ايضا",
        "مجددا",
        "لاحقا",
        "معا",
        "جميعا",
        "تزامنا",
        "وفقا",
        "نقلا",
        "بدءا",
        "وصولا",
        "مرورا",
        "انطلاقا",
        "غربا",
        "شرقا",
        "شمالا",
        "جنوبا",
        "ليلا",
        "صباحا",
        "فجرا",
        "ظهرا",
        "عصرا",
        "يوميا",
        "حاليا",
        "سابقا",
        "تقريبا",
        "فورا",
        "فضلا",
        "عوضا",
        "ابتداء",
        "مساء",
        "سويا",
        "تباعا",
        "جوا",
        "برا",
        "بحرا",
        "ردا",
        "خاصه",
    ]
)


def _no_name(reading: Reading, j: int) -> bool:
    """خصوصاً, ووصفها: an adverb in the accusative, or a word with a suffix pronoun, goes on with no list of names."""
    word = reading.words[j]
    if reading.raw[j].endswith(("ًا", "اً")):
        return True
    # The absence of marks is no evidence: the same word is written with and without them.
    return word.removeprefix("و") in _ADVERBS or (len(word) >= _PRONOUN_WORD and word.endswith(("ها", "هم", "هما")))


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
        typed, _ = type_behind_name(reading, last)
        if typed is not None:
            plural = typed.form.number == "p" and typed.entry.get("kind") in _LISTED
            return names if plural and len(names) > 1 else []
        if last + 1 < len(reading) and reading.raw[last] == ",":
            last += 1
        if last < len(reading) and reading.words[last] == "and":
            last += 1
        if last in (names[-1][1], len(reading)) or len(names) > _LIST_MAX:
            return []
        j = last
    return []


def _taken_list(place: PlaceMention) -> bool:
    """Rebels captured X, Y and Z: the list of what was taken."""
    while place.list_of is not None:
        place = place.list_of
    return place.rule in ("place.local.captured", "place.name.captured")


def _apposed(reading: Reading, end: int) -> bool:
    """…, Ed Babiker, a suburb east of the capital: what is called a suburb or a village is a place."""
    if reading.raw[end : end + 1] != [","] or reading.words[end + 1 : end + 2] not in (["a"], ["an"], ["the"]):
        return False
    near = range(end + 2, min(len(reading), end + 5))
    return any((kind := reading.has(k, "placeType")) is not None and kind.entry.get("kind") in SETTLED for k in near)


def _plural_typed(reading: Reading, j: int, end: int) -> int | None:
    """Return where the name in "X and Y villages" ends that begins at `j`, None without a plural type word behind."""
    for k in range(j + 1, end + 1):
        typed = reading.has(k, "placeType") if k < len(reading) else None
        if typed is not None:
            return k if typed.form.number == "p" else None
    return None
