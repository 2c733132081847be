"""Places that stand without a type word before them: a name of the gazetteer, in English a name with one behind it.

Invariant: a bare name counts only where the text treats it as a place (a preposition, a doer's object, its residents,
what changes hands) or where everybody knows it; an everyday word or a nationality never does.
"""

from collections.abc import Sequence

from ingest.gazetteer import TYPE_WORDS, Entry
from ingest.gazetteer.entry import SETTLEMENTS
from ingest.placelookup import PlaceName
from ingest.placemention import PlaceMention
from ingest.placenames import (
    TOPONYMS,
    after_event_verb,
    capitalised_end,
    cut_short,
    is_bare_possessive,
    is_capitalised,
    is_everyday,
    is_ordinary,
    nationality_like,
    stop_words,
)
from ingest.placescan import (
    EN_PREPOSITIONS,
    PlaceScan,
    heads_line,
    is_known_word,
    names_settlement,
    placed_english,
    type_behind_name,
)
from ingest.placing import (
    KNOWN_POPULATION,
    QUOTES,
    WHOLE,
    look_left,
)
from ingest.reading import Analysis, Reading

_NAME_PREPOSITIONS = frozenset(
    {"في", "علي", "من", "الي", "نحو", "قرب", "داخل", "خارج", "صوب", "باتجاه", "عبر", "وسط", "حول", "ضمن", "قباله"}
)

# What leads to an outlet that is named in quotation marks.
_TO_A_PAPER = frozenset({"ل", "عبر", "صحيفه", "لصحيفه", "جريده", "لجريده", "موقع", "لموقع", "مجله", "قناه", "لقناه"})

_DIVISIONS = frozenset({"township", "district", "province", "region", "county", "state", "oblast", "governorate"})
_HITS = frozenset({"hit", "strike", "bomb", "shell", "pound", "rock", "bombard"})
_PLACING = frozenset({"in", "on", "at", "near", "into", "outside"})
_DWELLERS = frozenset({"residents", "inhabitants", "villagers", "population", "resident"})


def bare_place(scan: PlaceScan, i: int) -> PlaceMention | None:
    """Return the place that the name at token `i` is by itself, if the text treats it as one."""
    reading = scan.reading
    hit = scan.longest(i, proclitics=True)
    if reading.language == "en":
        return _bare_english(scan, i, hit)
    if hit is None:
        return None
    last, (pro, _, skip), entries = hit
    if any(k in scan.taken for k in range(i, last)):
        return None
    known = any(
        e.population >= KNOWN_POPULATION or e.kind in ("country", "governorate", "region") or e.capital for e in entries
    )
    lead = i - 1
    if lead > 0 and reading.raw[lead] in QUOTES:
        lead -= 1  # على "حلب"
    before = reading.words[lead] if lead >= 0 else ""
    located = (
        pro.endswith(("ب", "ل"))
        or before.lstrip("وف") in _NAME_PREPOSITIONS
        or before in _NAME_PREPOSITIONS
        or bool(reading.has(lead, "direction") or reading.has(lead, "partWord") or reading.has(lead, "nearWord"))
        or _of_people(reading, lead)
        or (lead >= 0 and reading.raw[lead] == "#")
        or heads_line(reading, i, last)
    )
    if is_everyday(reading, i, last, typed=False, pro=pro) or (nationality_like(reading, i, last) and not pro):
        return None
    if (
        _newspaper(reading, i, last)
        or _adverbial(reading, i, last)
        or _type_word(reading, i, last)
        or (not pro and _of_person(reading, i, last))
    ):
        return None
    if not (known or (located and not pro.startswith("ك")) or last - i > 1):
        # An object right after a verb of control is checked by its country later.
        if not (after_event_verb(reading, lead + 1) or (not pro and _behind_subject(reading, lead + 1))):
            return None
    if pro.endswith("ك") or _described_anew(reading, i, last, entries):
        return None
    place = PlaceMention(i, last, i, reading.host_span(i, last, skip), "", "place.name", pro=pro, candidates=entries)
    place.text = place.span.of(reading.plain)
    look_left(reading, place)
    return place


def _bare_english(scan: PlaceScan, i: int, hit: PlaceName | None) -> PlaceMention | None:
    reading = scan.reading
    if not reading.raw[i][:1].isupper() and not reading.words[i].startswith(("al-", "el-")):
        return None
    if i in scan.taken:
        return None
    if hit is not None and (hit.last == i + 1 and cut_short(reading, i, hit.last)):
        hit = None
    last = hit.last if hit is not None else None
    entries = hit.entries if hit is not None else ()
    capital = capitalised_end(reading, i)
    struck = capital is not None and _struck(scan, i, capital)
    settled = _of_people_english(reading, i) and not any(is_known_word(reading, k) for k in range(i, capital or i))
    beside = capital is not None and (_apposed(reading, i, capital) or _one_of_two(scan, i, capital))
    if (
        capital is not None
        and (last is None or capital > last)
        and (settled or struck or beside or _captured(reading, i, capital))
    ):
        span = reading.span(i, capital)
        rule = "place.local.people" if settled else "place.local.struck" if struck else "place.local.captured"
        rule = "place.local.name" if beside else rule
        return PlaceMention(i, capital, i, span, span.of(reading.plain), rule)
    if last is None or (capital is not None and capital > last and reading.has(capital, "placeType") is not None):
        # X airport, Y camp: a type word after capitalised words.
        if capital is None:
            return None
        if last is None and reading.words[i] in TOPONYMS and capital - i >= 2 and placed_english(reading, i):
            span = reading.span(i, min(capital, i + 3))
            return PlaceMention(i, min(capital, i + 3), i, span, span.of(reading.plain), "place.local.name")
        after = reading.has(capital, "placeType") or (
            reading.has(capital - 1, "placeType") if capital - 1 > i else None
        )
        if after is None or is_ordinary(reading, i, capital) or _headline_verb(reading, i, capital):
            return None
        if capital + 2 < len(reading) and reading.words[capital + 1] == "of" and is_capitalised(reading, capital + 2):
            if not _quarter_of(scan, after, i, capital + 2):
                return None  # the Ghouta town of Mesraba
        if reading.has(capital, "placeType") is not None and after.form.number == "p":
            return None  # Assyrian villages: of many, not a name
        end = capital + 1 if reading.has(capital, "placeType") is not None else capital
        kind = str(after.entry.get("kind"))
        feature = bool(after.entry.get("feature"))
        span = reading.span(i, end if feature or kind in WHOLE else max(i + 1, end - 1))
        return PlaceMention(
            i, end, i, span, span.of(reading.plain), f"place.local.{kind}", kind=kind, type_word=after.entry.lemma
        )
    if is_everyday(reading, i, last, typed=False) or nationality_like(reading, i, last):
        return None
    known = any(
        e.population >= KNOWN_POPULATION or e.kind in ("country", "governorate", "region") or e.capital for e in entries
    )
    before = reading.words[i - 1] if i else ""
    located = (
        before in EN_PREPOSITIONS
        or bool(reading.has(i - 1, "direction") or reading.has(i - 1, "placeType"))
        or after_event_verb(reading, i)
        or _changed_hands(reading, last)
    )
    if before == "the" and i > 1:
        located = False
    type_after, type_end = type_behind_name(reading, last)
    if type_after is not None and last + 2 < len(reading) and reading.words[last + 1] == "of":
        if is_capitalised(reading, last + 2) and not _quarter_of(scan, type_after, i, last + 2):
            type_after = None  # the Ghouta town of Mesraba
    if not (known or located or type_after or (last - i > 1 and "-" not in reading.raw[i])):
        return None
    if type_after is not None and type_after.entry.get("kind") == "neighbourhood" and _big(entries):
        type_after = None  # a Homs neighbourhood: some quarter of the city
    if type_after is None and last == i + 1 and _inside_a_name(reading, i):
        return None
    rule = "place.name.people" if _of_people_english(reading, i) else "place.name"
    if _captured(reading, i, last):
        rule = "place.name.captured"
    place = PlaceMention(i, last, i, reading.span(i, last), "", rule, candidates=entries)
    if type_after is not None and not type_after.entry.get("after_only_lower", False):
        kind = str(type_after.entry.get("kind"))
        place.kind, place.type_word, place.last = kind, type_after.entry.lemma, type_end
        if names_settlement(reading, last, entries):
            place.kind = place.type_word = None
        if type_after.entry.get("feature") or kind in WHOLE:
            place.span = reading.span(i, type_end)
    if place.kind == "countryside" or before == "rural":
        _in_the_country(scan, place)
    place.text = place.span.of(reading.plain)
    look_left(reading, place)
    return place


def _in_the_country(scan: PlaceScan, place: PlaceMention) -> None:
    """Damascus countryside, rural Damascus: a governorate that bears the name; rural Aleppo: a countryside."""
    reading = scan.reading
    begin = place.first - (reading.words[place.first - 1] == "rural")
    whole = [e for n in scan.names.get(begin, ()) if n.last == place.last for e in n.entries]
    governorates = tuple(e for e in whole if e.kind == "governorate" and e not in place.candidates)
    place.first, place.kind, place.type_word = begin, "countryside", "countryside"
    if governorates:
        place.candidates, place.kind, place.type_word = governorates, "governorate", "province"
    place.span = reading.span(begin, place.last)


def _quarter_of(scan: PlaceScan, kind: Analysis, first: int, at: int) -> bool:
    """The Mazzeh district of Damascus: the name is the quarter's where the bigger place stands behind "of".

    Lay village of Katha township: so it is where a type word of something bigger stands behind that.
    """
    end = capitalised_end(scan.reading, at)
    outer = scan.reading.has(end, "placeType") if end is not None and end < len(scan.reading) else None
    outer = outer or (scan.reading.has(end - 1, "placeType") if end is not None and end - 1 > at else None)
    if outer is not None and str(kind.entry.get("kind")) in ("village", "town") and outer.entry.lemma in _DIVISIONS:
        return True
    if str(kind.entry.get("kind")) not in ("district", "neighbourhood"):
        return False

    def known(k: int) -> bool:
        hit = scan.longest(k, proclitics=False)
        return hit is not None and _big(hit.entries)

    return known(at) and not known(first)


def _big(entries: Sequence[Entry]) -> bool:
    return any(e.population >= KNOWN_POPULATION or e.capital for e in entries)


def _captured(reading: Reading, i: int, last: int) -> bool:
    """Rebels seized Khan Tuman: a name that nothing else knows, right behind a verb of taking."""
    verbs = (
        [a for a in reading.analyses[i - 1] if a.entry.get("frame") == "seize" and a.entry.pos == "verb"] if i else []
    )
    after_of = reading.words[i - 1 : i] == ["of"] and reading.words[i - 2 : i - 1] == ["control"]
    after_of = after_of or (
        reading.words[i - 1 : i] == ["from"]
        and any(a.entry.get("frame") == "withdraw" and a.entry.pos == "verb" for a in reading.analyses[i - 2])
    )  # the army withdrew from Rumangabo
    owned = reading.raw[last : last + 1] in (["'s"], ["’s"])  # somebody's house
    if owned or not (verbs or after_of):
        return False
    return not any(is_known_word(reading, k) for k in range(i, last))


def _struck(scan: PlaceScan, i: int, last: int) -> bool:
    """A drone hit Ed Babiker in Khartoum State, a strike on Abu Jubeiha in the Nuba Mountains: a name with its area."""
    reading = scan.reading
    before = reading.analyses[i - 1] if i else ()
    hit = any(a.entry.cls == "hitVerb" and a.entry.lemma in _HITS for a in before) or any(
        a.entry.pos == "verb" and a.entry.get("frame") in ("strike", "shell") and a.entry.lemma in _HITS for a in before
    )
    led = reading.words[i - 1 : i] == ["on"] and any(
        a.entry.get("frame") in ("strike", "shell") and a.entry.pos == "noun" for a in reading.analyses[i - 2]
    )
    if not (hit or led) or reading.words[last : last + 1] not in (["in"], ["near"]):
        return False
    at = last + 1 + (reading.words[last + 1 : last + 2] == ["the"])
    area = at < len(reading) and is_capitalised(reading, at) and not reading.dated(at)
    typed = any(
        reading.has(k, "placeType") or reading.has(k, "direction") for k in range(at, min(len(reading), at + 2))
    )
    return (area or typed) and not any(is_known_word(reading, k) for k in range(i, last))


def _apposed(reading: Reading, i: int, last: int) -> bool:
    """A market in Kabkabiya, north of El Fasher; in Tura, a town near X: what an apposition locates is a place."""
    words = reading.words
    led = i > 0 and (words[i - 1] in _PLACING or after_event_verb(reading, i))
    if not led or reading.raw[last : last + 1] != [","] or last + 2 >= len(reading):
        return False
    aside = reading.has(last + 1, "direction") is not None and words[last + 2] == "of"
    if words[last + 1] in ("a", "an"):
        near = (reading.has(k, "placeType") for k in range(last + 2, min(len(reading), last + 5)))
        aside = any(kind is not None and kind.entry.get("kind") in ("city", "town", "village") for kind in near)
    return aside and not any(is_known_word(reading, k) for k in range(i, last))


def _one_of_two(scan: PlaceScan, i: int, last: int) -> bool:
    """Between Khiam and Marjayoun: beside a town that the gazetteer has, the other is one too."""
    reading = scan.reading
    if reading.words[i - 1 : i] != ["between"] or reading.words[last : last + 1] != ["and"]:
        return False
    other = scan.longest(last + 1, proclitics=False) if last + 1 < len(reading) else None
    settled = other is not None and any(e.kind in SETTLEMENTS for e in other.entries)
    return settled and not any(is_known_word(reading, k) for k in range(i, last))


def _headline_verb(reading: Reading, i: int, last: int) -> bool:
    """Army Says Retakes Key Northwest Town: in a headline in capitals a verb stands in the run, so it is no name."""
    return any(
        reading.has(k, "reportVerb") is not None
        or any(a.entry.section == "events" and a.entry.pos == "verb" for a in reading.analyses[k])
        for k in range(i, last)
    )


def _of_people_english(reading: Reading, i: int) -> bool:
    """Residents of Khiam: whoever has residents is a place, also in a country that nothing else speaks of."""
    return i > 1 and reading.words[i - 1] == "of" and reading.words[i - 2] in _DWELLERS


def _changed_hands(reading: Reading, k: int) -> bool:
    """Saraqib fell to the rebels, Hama has fallen, Suran was captured: what changes hands is a place."""
    words = reading.words
    while k < len(reading) and words[k] in ("has", "have", "had", "was", "were", "been", "also"):
        k += 1
    frames = {str(a.entry.get("frame")) for a in (reading.analyses[k] if k < len(reading) else ()) if a.form.tense}
    if "fall" in frames:
        return words[k + 1 : k + 2] in (["to"], ["into"])
    return "seize" in frames and words[k - 1] in ("was", "were", "been")


def _behind_subject(reading: Reading, i: int) -> bool:
    """قصفت قوات النظام X: a name right behind the doer of a verb."""
    subject = next((m for m in reading.mentions if m.last == i and m.kind == "actor"), None)
    if subject is None:
        return False
    before = range(max(0, subject.first - 2), subject.first)
    return any(a.entry.section == "events" and a.entry.pos == "verb" for k in before for a in reading.analyses[k])


def _described_anew(reading: Reading, i: int, last: int, entries: tuple[Entry, ...]) -> bool:
    """الضفة الجنوبية للنهر: with an adjective of its own the word is no short name of a region."""
    if last != i + 1 or last >= len(reading) or not all(e.kind == "region" for e in entries):
        return False
    return reading.has(i, "stop") is not None and reading.words[last].startswith("ال")


def _newspaper(reading: Reading, i: int, last: int) -> bool:
    """قال لـ"الرياض", عبر «الخليج»: a name alone in quotation marks behind such a word is a newspaper's."""
    if i < 2 or last >= len(reading) or reading.raw[i - 1] not in QUOTES or reading.raw[last] not in QUOTES:
        return False
    return reading.words[i - 2].rstrip("ـ") in _TO_A_PAPER or any(
        a.entry.cls == "sourceHead" for a in reading.analyses[i - 2]
    )


def _adverbial(reading: Reading, i: int, last: int) -> bool:
    """برداً وسلاماً: a word with the ending of an adverb names no place."""
    return last == i + 1 and reading.raw[i].endswith(("ًا", "اً"))


def _type_word(reading: Reading, i: int, last: int) -> bool:
    """قصفت دولة الاحتلال, في مركز المدينة: a word that says what a place is, which also names some place."""
    return last == i + 1 and (reading.words[i] in TYPE_WORDS or reading.has(i, "placeType") is not None)


def _of_person(reading: Reading, i: int, last: int) -> bool:
    """فيصل غازي العلي: between two words that nobody knows, the second with an article, stands the name of a father."""
    if last != i + 1 or i == 0 or last >= len(reading) or any(reading.punct[k] for k in (i - 1, last)):
        return False
    if any(reading.analyses[k] or reading.dated(k) for k in (i - 1, last)):
        return False
    before, family = reading.words[i - 1], reading.words[last]
    known = before in stop_words(reading.language) or before.removeprefix("و") in _NAME_PREPOSITIONS
    return not known and not before.startswith("ال") and family.startswith("ال") and not family.endswith(("ي", "يه"))


def _of_people(reading: Reading, k: int) -> bool:
    """أهالي X, سكان X: those who live somewhere are named by the place."""
    people = reading.has(k, "people") if k >= 0 else None
    return people is not None and bool(people.entry.get("of_place")) and not people.article and not people.enclitic


def _inside_a_name(reading: Reading, i: int) -> bool:
    """The Crescent of Red Crescent, the Idlib of Idlib Health Directorate: a word in a run of capitals is no place."""
    a, b = reading.sentences[reading.sentence_of[i]]

    def names(k: int) -> bool:
        if (
            not a < k < b
            or reading.punct[k]
            or is_bare_possessive(reading, k)
            or not reading.raw[k][:1].isupper()
            or reading.raw[k].isupper()
        ):
            return False
        dated = reading.dated(k)
        known = reading.has(k, "direction") or reading.has(k, "placeType") or nationality_like(reading, k, k + 1)
        return not dated and not known and reading.words[k] not in EN_PREPOSITIONS

    before = i - 2 if i - 2 >= a and reading.raw[i - 1] == "." else i - 1  # Col. Nasser Halabi
    if before >= a and names(i + 1) and (reading.has(before, "personTitle") or reading.has(before, "reportVerb")):
        return True  # said Ahmad Sheikho
    return (names(i - 1) and not reading.has(i - 1, "partWord")) or (names(i + 1) and names(i + 2))
