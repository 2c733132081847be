"""What may be the name of a place, and where a name that no gazetteer has ends.

Invariant: an ordinary word of the language is no name unless a type word announces it.
"""

from functools import cache

from ingest.reading import Reading
from ontology.normal import normal_word


@cache
def stop_words(language: str) -> frozenset[str]:
    """SpaCy's function words of the language, in normal form."""
    from importlib import import_module

    words = import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS
    return frozenset(normal_word(word) for word in words)


def nationality_like(reading: Reading, i: int, last: int) -> bool:
    """True where the words are an adjective of a nation (Syrian), which also names places somewhere in the world."""
    if last - i != 1 or reading.words[i] not in reading.lexicon.adjectives:
        return False
    registered = reading.lexicon.names.get(reading.words[i])
    return registered is None or registered.entry.get("kind") != "state"


def is_ordinary(reading: Reading, i: int, last: int) -> bool:
    """A capital that only opens a sentence, or an adjective of people, names no place."""
    if last - i == 1:
        return bool(reading.analyses[i]) or nationality_like(reading, i, last)
    return any(a.entry.cls in ("facility", "people", "actorHead", "stop", "casualty") for a in reading.analyses[i])


# First words of Arabic and Turkish place names in Latin letters, none of which begins the name of a person.
TOPONYMS = frozenset(
    [
        "tel",
        "tal",
        "tell",
        "kafr",
        "kafar",
        "kfar",
        "deir",
        "dayr",
        "ain",
        "ayn",
        "beit",
        "bayt",
        "bait",
        "khirbet",
        "khirbat",
        "wadi",
        "jabal",
        "jebel",
        "ras",
        "marj",
        "qalat",
        "maarat",
        "maarrat",
        "jisr",
    ]
)


# Words in Latin letters that begin a name and are none by themselves, unless the gazetteer has only them.
FIRST_WORDS = TOPONYMS | {
    "abu",
    "umm",
    "um",
    "khan",
    "bab",
    "bani",
    "burj",
    "bir",
    "sheikh",
    "shaykh",
    "mount",
    "mulla",
}


def cut_short(reading: Reading, i: int, last: int) -> bool:
    """Abu Rasin, Tel Tawil: the gazetteer's Abu is only the first word of a name in capitals."""
    end = capitalised_end(reading, i)
    return last == i + 1 and reading.words[i] in FIRST_WORDS and end is not None and end > last


TAKES_ONE_MORE = frozenset(
    [
        "تل",
        "تله",
        "كفر",
        "دير",
        "خان",
        "عين",
        "ام",
        "ابو",
        "بيت",
        "جسر",
        "باب",
        "جبل",
        "شيخ",
        "الشيخ",
        "راس",
        "برج",
        "وادي",
        "حمام",
        "معره",
        "خربه",
        "عين",
        "ابي",
        "مار",
        "دار",
        "بني",
        "حوش",
        "سد",
        "رسم",
        "ود",
        "الحاج",
        "النبي",
        "ميس",
        "طير",
        "عيتا",
        "علما",
        "مجدل",
        "عرب",
        "ذي",
        "ذات",
        "ال",
        "قصر",
        "سوق",
        "بنت",
        "بير",
        "بئر",
        "حوض",
        "سيدي",
        "عزبه",
        "جديده",
        "اولاد",
        "مزرعه",
        "ملا",
        "كري",
        "جب",
        "نبع",
        "قره",
        "بندر",
    ]
)


def ends_name(reading: Reading, k: int) -> bool:
    """A name does not end in an article: "Turkey at" has the key of at-Turkey; nor in a small word."""
    return reading.words[k] not in ("an", "at", "as", "al", "el", "the", "ash", "az") and (
        reading.raw[k][:1].isupper() or reading.raw[k][:1].isdigit() or "-" in reading.raw[k]
    )


def is_everyday(reading: Reading, i: int, last: int, *, typed: bool, pro: str = "") -> bool:
    """A one-word name that the lexicon knows as an ordinary word, or that dates and numbers use; `pro` leads it."""
    if last - i > 1:
        return all("words" in reading.lexemes[k].sections for k in range(i, last))
    if reading.raw[i].strip().isdigit():
        return True
    stops = stop_words(reading.language)
    if any(v.host in stops for v in reading.variants[i]):
        return True
    if typed:
        return bool(is_function_word(reading, i))
    if reading.language == "ar" and (reading.words[i] in _KIN_NAMES or _led_by(reading, i)):
        return True
    if any(
        a.entry.section in ("words", "events", "reporting", "cues")
        and a.pro in ("", "و", pro)
        and (a.entry.cls != "caption" or _captions(reading, i))
        for a in reading.analyses[i]
    ):
        return True
    return reading.dated(i)


def _captions(reading: Reading, i: int) -> bool:
    """صور من الدمار: at the beginning of a line the word says what is shown, not where."""
    a, _ = reading.sentences[reading.sentence_of[i]]
    return all(reading.punct[k] for k in range(a, i))


_KIN_NAMES = frozenset({"بن", "ابن", "بنت", "ابو", "ام", "داخله", "خارجه"})


def _led_by(reading: Reading, i: int) -> bool:
    """بجوار, بمحيط, بالتحالف: a word of nearness or the head of a force under a preposition names no place."""
    return any(
        a.entry.cls in ("prep", "nearWord", "partWord") or (a.entry.cls == "actorHead" and a.article)
        for a in reading.analyses[i]
    )


_FUNCTION_SECTIONS = frozenset({"events", "cues", "reporting"})
_FUNCTION_CLASSES = frozenset(
    {
        "prep",
        "relative",
        "clause",
        "complementiser",
        "cause",
        "result",
        "lightVerb",
        "hitVerb",
        "direction",
        "partWord",
        "harm",
        "casualty",
        "people",
        "actorHead",
        "actorAdjective",
        "sourceHead",
        "conflict",
        "stop",
    }
)


def is_function_word(reading: Reading, j: int) -> bool:
    """Return True for a word that does a job in the sentence and so begins no name."""
    if reading.words[j] in stop_words(reading.language) and reading.words[j] not in TAKES_ONE_MORE:
        return True
    if any(a.entry.cls == "stop" and (not a.article or a.entry.pos == "word") for a in reading.analyses[j]):
        return True
    return not (
        _FUNCTION_SECTIONS.isdisjoint(reading.lexemes[j].sections) and _FUNCTION_CLASSES.isdisjoint(reading.classes[j])
    )


def is_adjective(reading: Reading, j: int) -> bool:
    """Return True for an adjective of a nation or of a force (جسر روسي names no bridge)."""
    from ingest.mentions import nation_adjective

    return nation_adjective(reading, j) is not None or reading.has(j, "actorAdjective") is not None


def after_event_verb(reading: Reading, i: int) -> bool:
    """Return True where the word before is a trigger, so that what follows may be its object."""
    return i > 0 and "events" in reading.lexemes[i - 1].sections


def with_direction(reading: Reading, last: int) -> int:
    """ريف حلب الغربي, ريف إدلب الجنوبي الشرقي: adjectives of direction belong to the name."""
    while last < len(reading) and (a := reading.has(last, "direction")) is not None and a.article:
        last += 1
    return last


_ORDINAL_ADJECTIVES = frozenset(
    [
        "الكبري",
        "الصغري",
        "الكبير",
        "الصغير",
        "الكبيره",
        "الصغيره",
        "الشرقيه",
        "الغربيه",
        "الشماليه",
        "الجنوبيه",
        "الشرقي",
        "الغربي",
        "الشمالي",
        "الجنوبي",
        "الدولي",
        "الجديده",
        "القديمه",
        "الفوقاني",
        "التحتاني",
        "العسكري",
        "العسكريه",
        "المركزي",
        "الجامعي",
        "الوطني",
    ]
)


def local_name_end(reading: Reading, j: int, quoted: bool) -> int | None:
    """Return where the name that begins at `j` ends, None where no name begins there."""
    n = len(reading)
    if is_function_word(reading, j) and not reading.words[j].startswith("ال"):
        return None
    if reading.words[j].startswith("ال") and is_function_word(reading, j):
        return None
    from ingest.mentions import nation_adjective

    if nation_adjective(reading, j) is not None or reading.words[j].isdigit():
        return None
    if reading.words[j] in _ORDINAL_ADJECTIVES or reading.has(j, "direction") is not None:
        return None
    stop = reading.has(j, "stop")
    if stop is not None and not (stop.article and stop.entry.pos == "adjective"):
        return None  # المطلة behind an indefinite type word is a name: an adjective would be indefinite too
    if reading.raw[j].startswith(("لإ", "لل", "لا")) and reading.language == "ar" and not quoted:
        return None  # مدرسة لإيواء النازحين: what it is for
    typed = reading.has(j, "placeType")
    if typed is not None and typed.pro[-1:] in ("ب", "ل"):
        return None  # a village in the city of …: the next type word begins another place
    last = j + 1
    if quoted:
        while last < n and last - j < 4 and (not reading.punct[last] or _joins(reading, last)):
            last += 1
        return last

    def free(k: int) -> bool:
        if k >= n or reading.ends[k - 1] == reading.starts[k]:
            return False  # بريف جبلةالتفاصيل: two posts were glued together
        return not reading.punct[k] and not is_function_word(reading, k) and not reading.dated(k)

    joined = last
    while joined < n and reading.text[reading.ends[joined - 1] : reading.starts[joined]] == "_":
        joined += 1
    if joined > last:
        return joined  # قرية #تير_معلة: a hashtag is one name
    first = reading.words[j]
    if first.startswith("و") and first[1:] in TAKES_ONE_MORE:
        first = first[1:]  # وبيت ليف

    def closes(k: int) -> bool:
        """The last word before a mark: no preposition ends a phrase, so علي in الشيخ علي، is part of the name."""
        return k < n and not reading.punct[k] and (k + 1 >= n or reading.punct[k + 1])

    # حي محطة بغداد, ضاحية قدسيا: a building or a road gives the place its name.
    head = typed if typed is not None and typed.entry.get("feature") else reading.has(j, "facility")
    headed = head is not None and not head.article and not head.pro and not head.form.plural
    if (first in TAKES_ONE_MORE or headed) and (free(last) or closes(last)):
        last += 1
        if reading.words[last - 1] in TAKES_ONE_MORE and free(last) and reading.has(last, "placeType") is None:
            last += 1
    elif (
        free(last)
        and not first.startswith("ال")
        and reading.words[last].startswith("ال")
        and nation_adjective(reading, last) is None
        and not reading.analyses[last]
    ):
        last += 1
    elif free(last) and reading.language == "ar" and _second_name(reading, j, last):
        last += 1  # حي كسار زعتر، قرية يوسف بيك: two words that nobody knows, before a mark or a preposition
    while last < n and not reading.punct[last] and reading.words[last] in _ORDINAL_ADJECTIVES:
        last += 1
    return last


def _joins(reading: Reading, k: int) -> bool:
    """The stroke of a double name in quotation marks."""
    return reading.raw[k] in ("-", "–") and k + 1 < len(reading) and not reading.punct[k + 1]


def _second_name(reading: Reading, j: int, k: int) -> bool:
    """The word at `k` may be the second of a name: it looks like no verb, adverb or adjective, and the phrase ends."""
    word = reading.words[k]
    if any(reading.analyses[x] for x in (j, k)) or reading.words[j].startswith("ال") or len(reading.words[j]) < 3:
        return False
    end = k + 1
    led = end < len(reading) and not reading.punct[end] and _leads_on(reading, end)
    # Behind a name and before "in the countryside of" no verb of the future (س) stands, nor a participle (م).
    if word.startswith(("ال", "و", "ب", "ل", "ي", "ت", "ا")) or (not led and word.startswith(("س", "م"))):
        return False
    if word.endswith(("ا", "ت", "وا", "يه", "ها", "هم")) and not (led and word.endswith("ا")):
        return False
    return (
        end >= len(reading)
        or led
        or reading.raw[end] in (".", "،", ",", "؛")
        or (
            not reading.punct[end]
            and (reading.has(end, "prep") is not None or reading.has(end, "direction") is not None)
        )
    )


def _leads_on(reading: Reading, k: int) -> bool:
    """بريف X, في ريف X, بناحية X: words that say in which bigger place the place before lies."""
    if reading.words[k] in ("في", "ضمن"):
        k += 1
    outer = reading.has(k, "placeType")
    return outer is not None and str(outer.entry.get("kind")) in _AROUND


_AROUND = frozenset({"countryside", "governorate", "district", "subdistrict", "region"})

_AFTER_ROAD = frozenset(
    {"الرئيسي", "الدولي", "القديم", "السريع", "الواصل", "الرابط", "بعد", "قبل", "الان", "امس", "اليوم"}
)


def road_end(reading: Reading, j: int, last: int) -> int:
    """طريق خناصر أثريا, طريق حلب - دمشق: a road is named by its ends."""
    n = len(reading)
    k = last
    if k < n and reading.raw[k] in ("-", "–", "—", "/"):
        end = k + 1 + (reading.raw[k + 1 : k + 2] == ["#"])
        if end < n and not reading.punct[end]:
            return end + 1
    if (
        k < n
        and not reading.punct[k]
        and not reading.analyses[k]
        and reading.variants[k][0].host not in _AFTER_ROAD
        and not is_function_word(reading, k)
        and last - j == 1
        and not _under_preposition(reading, k)
    ):
        return k + 1
    return last


def _under_preposition(reading: Reading, k: int) -> bool:
    """طريق طرابلس بمدخل المدينة: a word with a preposition of its own before a definite word is no end of the road."""
    led = reading.words[k].startswith(("ب", "ل")) and len(reading.words[k]) > 3
    return led and k + 1 < len(reading) and reading.words[k + 1].startswith("ال")


def capitalised_end(reading: Reading, i: int) -> int | None:
    """Return where the run of capitalised words at `i` ends, None where there is none."""
    n, last = len(reading), i
    if is_bare_possessive(reading, i):
        return None
    while last < n and not reading.punct[last] and is_capitalised(reading, last) and last - i < 4:
        last += 1
    return (
        last
        if last > i and reading.words[i] not in ("the", "a", "an", "it", "he", "she", "they", "on", "in", "at")
        else None
    )


_HELD = ("-held", "-controlled", "-backed", "-led", "-run", "-based", "-allied", "-occupied", "-dominated")


def is_capitalised(reading: Reading, j: int) -> bool:
    """Return True for a word that may begin an English name: Idlib, al-Jadida; not Qaeda-held."""
    if reading.words[j].endswith(_HELD):
        return False
    return reading.raw[j][:1].isupper() or reading.words[j].startswith(("al-", "el-"))


def is_bare_possessive(reading: Reading, j: int) -> bool:
    """Syrias Idlib: the possessive of a state whose apostrophe the outlet lost."""
    word = reading.words[j]
    if reading.language != "en" or not word.endswith("s") or not reading.raw[j][:1].isupper():
        return False
    owner = reading.lexicon.names.get(word[:-1])
    return owner is not None and owner.entry.get("kind") == "state"
