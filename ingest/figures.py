"""Figures: counts of people and things with the harm that befell them, and the words they stand on.

Invariant: a figure has a category only where a word of the text gives it one (قتيل, مقتل, wounded); a number of
people alone is no casualty. Vague words have no best value.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.quantities import Quantity
from ingest.reading import Reading
from ingest.triggers import Surroundings
from ontology.model import Span

_BEFORE_PERSON = 3  # words between an article and the person
HARM_CLASSES = ("harm", "casualty", "tollNoun")  # the word classes without which nobody is counted as harmed


class FigureHit(NamedTuple):
    """A figure at tokens [first, last); `harm` is the token of the word that gives the category.

    `toll` marks a cumulative or summed count ("the number of dead rose to 327").
    """

    first: int
    last: int
    harm: int
    category: str
    low: int | None
    best: int | None
    high: int | None
    span: Span
    rule: str
    of: str | None = None
    toll: bool = False
    place_count: bool = False

    @property
    def unharmed(self) -> bool:
        """True of people counted without a word of harm: the displaced of an evacuation, else no figure."""
        return self.rule.startswith("figure.people+")


def find_figures(reading: Reading, around: Surroundings) -> list[FigureHit]:
    """Return the figures of the text in order of their first word."""
    found: list[FigureHit] = []
    used: set[int] = set()
    english = reading.language == "en"
    counts = sorted((*reading.quantities, *_single_persons(reading)), key=lambda q: q.first) if english else None
    for quantity in reading.quantities if counts is None else counts:
        if _one_and_the_same(reading, quantity):
            continue
        hit = _around_quantity(reading, around, quantity, found)
        if hit is not None and not any(k in used for k in range(hit.first, hit.last)):
            found.append(hit)
            used.update(range(hit.first, hit.last))
    for i in reading.tokens_in("casualty", "harm"):
        if i in used:
            continue
        hit = _uncounted(reading, around, i, used)
        if hit is not None:
            found.append(hit)
            used.update(range(hit.first, hit.last))
    found.sort(key=lambda f: f.first)
    return found


def _single_persons(reading: Reading) -> Iterator[Quantity]:
    """A civilian, a senior rebel commander: the article counts one person; "a man and a woman" counts two."""
    i = 0
    while i < len(reading):
        head = _person_behind(reading, i)
        if head is None:
            i += 1
            continue
        value, first = 1, i
        while head + 2 < len(reading) and reading.words[head + 1] == "and":
            further = _person_behind(reading, head + 2)
            if further is None:
                break
            value, head = value + 1, further
        # The count ends before the last noun, which is the one counted.
        yield Quantity(first, head, value, value, value, "en.number.one", "=")
        i = head + 1


def _person_behind(reading: Reading, i: int) -> int | None:
    """Return the noun of one person that the article at token `i` leads to."""
    if reading.words[i] not in ("a", "an"):
        return None
    for k in range(i + 1, min(len(reading), i + 2 + _BEFORE_PERSON)):
        noun = reading.has(k, "people") or reading.has(k, "actorHead")
        if noun is not None and noun.entry.get("human") and noun.form.number == "s":
            following = reading.analyses[k + 1] if k + 1 < len(reading) else ()
            modifies = any(
                x.entry.cls in ("actorHead", "facility", "people", "placeType")
                or (x.entry.section == "events" and x.entry.pos == "noun")
                for x in following
            )
            return None if modifies else k  # a soldier, and no "terrorist attack"
        known = reading.has(k, "actorAdjective") is not None or reading.raw[k][:1].isupper()
        if reading.punct[k] or reading.counted(k) or (reading.analyses[k] and not known):
            return None
    return None


def _one_and_the_same(reading: Reading, q: Quantity) -> bool:
    """عائلة واحدة, ضابط شرطة واحد: the numeral one behind the noun that it counts is its adjective."""
    if q.low != 1 or reading.words[q.first] not in ("واحد", "واحده") or q.first == 0:
        return False
    before = q.first - 1
    if reading.punct[before] or reading.counted(before):
        return False
    if any(reading.has(before, cls) for cls in ("harm", "casualty", "prep", "including", "clause", "cause")):
        return False
    return before == 0 or reading.has(before - 1, "harm") is None  # قتل شخص واحد counts one


def _sentence(reading: Reading, i: int) -> tuple[int, int]:
    return reading.sentences[reading.sentence_of[i]]


def _category(reading: Reading, j: int, cls: str) -> str | None:
    analysis = reading.has(j, cls)
    return str(analysis.entry.get("category")) if analysis is not None else None


def _around_quantity(reading: Reading, around: Surroundings, q: Quantity, before: list[FigureHit]) -> FigureHit | None:
    a, b = _sentence(reading, q.first)
    first, last = q.first, q.last
    population: str | None = None
    j = last
    counted = False
    # The noun that is counted: 16 شخصا, 343 قتيلا, eleven people; adjectives may follow it.
    while j < b and j - last < 3 and not reading.punct[j]:
        category = _category(reading, j, "casualty")
        if category is None and j == last:
            category = _counted_harm(reading, j)
        if category is not None:
            if j > last and reading.words[j - 1] == "بين" and _joined_casualty(reading, j, b) is None:
                break  # ثلاثة من بين القتلى: a part of them, told elsewhere
            other = _joined_casualty(reading, j, b)
            end = j + 1 if other is None else j + 2
            if other is not None:
                category = "other"
            return _hit(
                reading, q, first, end, j, category, _population_after(reading, end), "casualty-noun", before, a
            )
        vehicle = _category(reading, j, "vehicle")
        if vehicle is not None:
            return _hit(reading, q, first, j + 1, j, vehicle, None, "vehicles", before, a)
        place_word = reading.has(j, "placeType")
        if place_word is not None and j == last and reading.has(j, "people") is None:
            return FigureHit(
                first,
                j + 1,
                j,
                "places",
                q.low,
                q.best,
                q.high,
                reading.host_span(first, j + 1),
                f"figure.places+{q.rule}",
                place_count=True,
            )
        people = reading.has(j, "people") or reading.has(j, "actorHead")
        nationals = around.mention_at.get(j) if people is None else None
        if nationals is not None and nationals.last == j + 1 and reading.words[j].endswith(("ين", "ون")):
            counted = True  # عشرة حوثيين, تسعة سوريين
            j += 1
            break
        if people is not None:
            population = people.entry.get("of") or population
            counted = True
            j += 1
            break
        if reading.words[j] == "من" and j + 1 < b and _members(reading, j + 1):
            counted = True  # 85 من المهاجمين
            j += 2
            break
        if reading.words[j] in ("من", "of", "other", "more", "another"):
            j += 1
            continue
        if reading.words[j] in ("بين", "ما") and _parted_casualty(reading, j, b):
            j += 1  # 27 بين قتيل وجريح, 27 ما بين قتيل وجريح
            continue
        if reading.has(j, "actorAdjective") or reading.words[j] in reading.lexicon.adjectives:
            j += 1
            continue
        break
    end = j if counted else last
    if reading.language == "en":
        owner = around.mention_at.get(end if not counted else last)
        if owner is not None and owner.last <= end:
            owner = None  # seven Sudanese Armed Forces soldiers: the noun that is counted closes the name
        if owner is not None and owner.kind == "actor" and owner.head is not None and owner.head.get("human"):
            counted, end, population = True, owner.last, owner.population  # 120 Daesh militants
        end = _group_end(reading, around, end, b) if counted else end
        return _around_english(reading, q, (first, end), counted, population, before, (a, b))
    harm = _harm_before(reading, a, first, before)
    if harm is not None:
        at, category, rule = harm
        if rule == "harm-before" and _dead_and_wounded(reading, at, category):
            category = "other"
        if not counted and not _bare_count_follows(reading, at, first) and rule != "continued":
            return None
        if rule == "harm-before" and _both(reading, a, at, category):
            category = "other"
        return _hit(reading, q, first, end, at, category, population, rule, before, a)
    after = _harm_after(reading, end, b)
    if after is not None and (counted or after[0] == end):
        at, category = after
        if category in ("killed", "injured") and is_part(reading, first, at):
            return None  # من بينهم 12 شخصا قتلوا في المدرسة
        return _hit(reading, q, first, end, at, category, population, "harm-after", before, a)
    if counted and reading.has(end - 1, "people") is not None:
        # People counted without harm are the displaced of an evacuation, if one is told of; else no figure at all.
        return _hit(reading, q, first, end, first, "displaced", population, "people", before, a)
    return None


def _members(reading: Reading, j: int) -> bool:
    """المهاجمين, المهربين: a definite plural of people whom no entry has."""
    word = reading.words[j]
    plural = word.startswith("ال") and word.endswith(("ين", "ون")) and len(word) > _SHORTEST_PLURAL
    return plural and not reading.analyses[j] and not reading.dated(j) and not reading.counted(j)


def _counted_harm(reading: Reading, j: int) -> str | None:
    """79 إصابة, 8 إصابات: a harm that is counted itself, right behind its number."""
    analysis = reading.has(j, "harm")
    if analysis is None or not analysis.entry.get("counts") or analysis.article or analysis.pro or analysis.enclitic:
        return None
    return str(analysis.entry.get("category"))


def _joined_casualty(reading: Reading, j: int, b: int) -> str | None:
    """22 شهيدا وجريحا: the category that "and" adds to the one counted, where no number of its own parts them."""
    if j + 1 >= b or reading.language != "ar":
        return None
    own, second = reading.has(j, "casualty"), reading.has(j + 1, "casualty")
    if own is None or second is None or second.pro != "و" or second.article or own.article:
        return None
    if own.form.number != second.form.number:
        return None  # قتيل وجريحان are counted by their own forms
    category = str(second.entry.get("category"))
    return category if category != own.entry.get("category") else None


def _parted_casualty(reading: Reading, j: int, b: int) -> bool:
    """بين قتيل وجريح: dead and wounded who are not told apart."""
    k = j if reading.words[j] == "بين" else j + 1
    return k + 1 < b and reading.words[k] == "بين" and _joined_casualty(reading, k + 1, b) is not None


def _dead_and_wounded(reading: Reading, at: int, category: str) -> bool:
    """مقتل وجرح 110: one number of dead and wounded together is a figure of neither."""
    if at < 1 or not reading.words[at].startswith("و"):
        return False
    other = _category(reading, at - 1, "harm")
    return other is not None and other != category and not _told_already(reading, at - 1)


def _told_already(reading: Reading, at: int) -> bool:
    """أربعة قتلوا وأصيب 3, لقي خمسة مصرعهم وأصيب 4: the people of the first harm stand before it."""
    analysis = reading.has(at, "harm")
    if analysis is None or reading.language != "ar":
        return False
    if analysis.enclitic:
        return True
    if any(x.entry.cls == "harm" and x.entry.pos == "verb" and x.form.number == "d" for x in reading.analyses[at]):
        return True  # قتلا may be two who were killed, or a killing
    if analysis.entry.pos != "verb" or at < 1:
        return False
    return (
        analysis.form.number in ("p", "d")
        or reading.has(at - 1, "people") is not None
        or reading.has(at - 1, "actorHead") is not None
        or any(q.last == at for q in reading.quantities)
    )


def _around_english(
    reading: Reading,
    q: Quantity,
    span: tuple[int, int],
    counted: bool,
    population: str | None,
    before: list[FigureHit],
    sentence: tuple[int, int],
) -> FigureHit | None:
    """English: 12 people dead; killed 12; 12 were killed. A verb before the count rules it unless "and" parts them."""
    (first, end), (a, b) = span, sentence
    if _part_of_count(reading, max(a, first - 7), first):
        return None  # including one woman and two children
    if (
        counted
        and end < b
        and (category := _category(reading, end, "casualty")) is not None
        and not _acts(reading, end, b)
    ):
        return _hit(reading, q, first, end + 1, end, category, population, "casualty-noun", before, a)
    prior = _harm_before(reading, a, first, before)
    after = _harm_after_english(reading, end, b)
    bare = counted or _ends_count(reading, end, b)
    if prior is not None and prior[2] == "harm-before":
        between = [reading.words[k] for k in range(prior[0] + 1, first)]
        parted = "and" in between or any(
            reading.raw[k] in (",", "(") or reading.has(k, "clause") is not None for k in range(prior[0] + 1, first)
        )
        last = before[-1] if before else None
        if (
            parted
            and counted
            and after is None
            and last is not None
            and last.harm == prior[0]
            and last.last == first - 1
        ):
            parted = reading.words[first - 1] != "and"  # killed two soldiers and three civilians
        if not parted and bare and (counted or first - prior[0] <= 2):
            return _hit(reading, q, first, end, prior[0], prior[1], population, "harm-before", before, a)
        prior = None
    if after is not None:
        category = "other" if _joint(reading, after[0], b) else after[1]
        return _hit(reading, q, first, end, after[0], category, population, "harm-after", before, a)
    if prior is not None and prior[2] == "continued" and _part_of_count(reading, before[-1].last, first):
        return None
    if prior is not None and bare:
        return _hit(reading, q, first, end, prior[0], prior[1], population, prior[2], before, a)
    return None


def _group_end(reading: Reading, around: Surroundings, end: int, b: int) -> int:
    """Seven members of the security forces: whose members they are belongs to those counted."""
    k = end
    if k >= b or reading.words[k] not in ("of", "from") or reading.words[end - 1] not in _GROUP_HEADS:
        return end
    k += 1
    while k < b and k - end < 4 and (reading.words[k] in ("the", "a", "an", "one", "same", "its") or reading.punct[k]):
        k += 1
    mention = around.mention_at.get(k)
    if mention is not None and mention.last <= b:
        return mention.last
    return k + 1 if k < b and (reading.has(k, "people") or reading.words[k] == "family") else end


_GROUP_HEADS = frozenset({"members", "elements", "people", "persons", "personnel", "civilians", "fighters", "soldiers"})

_EN_AFTER_COUNT = frozenset(
    [
        "and",
        "in",
        "on",
        "when",
        "after",
        "as",
        "at",
        "by",
        "during",
        "including",
        "others",
        "more",
        "according",
        "near",
        "so",
        "since",
        "while",
        "last",
        "this",
        "early",
        "late",
    ]
)


def _ends_count(reading: Reading, end: int, b: int) -> bool:
    """A bare number counts people only where no other noun follows it (killed 12 in Idlib, not fled 20 kilometres)."""
    return (
        end >= b
        or reading.punct[end]
        or reading.words[end] in _EN_AFTER_COUNT
        or reading.has(end, "reportVerb") is not None
        or any(d.first == end for d in reading.dates)
    )


def _part_of_count(reading: Reading, begin: int, end: int) -> bool:
    """Between two counts stands a word that makes the second a part of the first, and no verb of harm after it."""
    stop = next(
        (k for k in range(end - 1, begin - 1, -1) if reading.has(k, "quantityStop") or reading.raw[k] == ":"), None
    )
    return stop is not None and not any(
        reading.has(k, "harm") is not None or reading.has(k, "casualty") is not None or reading.raw[k] in (";", ".")
        for k in range(stop, end)
    )


def _joint(reading: Reading, k: int, b: int) -> bool:
    """About 20 were killed and wounded: one count of both is a count of neither."""
    if k + 2 >= b or reading.words[k + 1] not in ("and", "or"):
        return False
    second = _category(reading, k + 2, "harm") or _category(reading, k + 2, "casualty")
    return second is not None and second != _category(reading, k, "harm") and not _acts(reading, k + 2, b)


def _both(reading: Reading, a: int, at: int, category: str) -> bool:
    """مقتل وإصابة 12 شخصا: one count of both is a count of neither."""
    if at <= a or not reading.words[at].startswith("و"):
        return False
    first = _category(reading, at - 1, "harm")
    return first is not None and first != category and not _told_already(reading, at - 1)


def _acts(reading: Reading, k: int, b: int) -> bool:
    """A verb of harm with an object behind it: five rebels killed three soldiers."""
    analysis, following = reading.has(k, "harm"), k + 1
    return (
        analysis is not None
        and bool(analysis.entry.get("transitive"))
        and following < b
        and (
            any(q.first == following for q in reading.quantities)
            or reading.has(following, "people") is not None
            or reading.words[following] in ("the", "a", "an", "several", "some", "many")
        )
    )


def _harm_after_english(reading: Reading, j: int, b: int) -> tuple[int, str] | None:
    """Nine civilians, including a child, were killed; the verb must not have an object of its own."""
    k, steps = j, 0
    while k < b and steps < 6:
        if reading.raw[k] in (",", "—", "–", "(", ":") and k + 1 < b and k == j:
            dead = next((m for m in range(k + 2, min(b, k + 14)) if _category(reading, m, "casualty")), None)
            if dead is not None and reading.words[dead] == "dead" and reading.has(k + 1, "quantityStop"):
                return dead, str(_category(reading, dead, "casualty"))
            close = next((m for m in range(k + 1, min(b, k + 16)) if reading.raw[m] in (",", "—", "–", ")")), None)
            inner = reading.words[k + 1]
            if close is None or not (
                any(q.first == k + 1 for q in reading.quantities)
                or reading.has(k + 1, "quantityStop")
                or inner in ("most", "all", "many", "some", "both", "half", "mainly", "a", "an")
            ):
                return None
            k = close + 1
            while k < b and reading.raw[k] in ("”", '"', "’"):
                k += 1
            continue
        if reading.punct[k]:
            return None
        analysis = reading.has(k, "harm")
        if analysis is not None:
            if _acts(reading, k, b) and not (k > j and reading.has(k - 1, "auxiliary") is not None):
                return None
            return k, str(analysis.entry.get("category"))
        if (
            reading.words[k] == "and"
            and k + 1 < b
            and (reading.has(k + 1, "people") or reading.has(k + 1, "actorHead"))
        ):
            k, steps = k + 2, steps + 1  # 50 rebels and jihadists were killed
            continue
        if reading.words[k] == "and" and (others := _more_people(reading, k + 1, b)) is not None:
            k, steps = others, steps + 1  # two soldiers and three civilians were killed
            continue
        if not (
            reading.has(k, "auxiliary")
            or reading.has(k, "actorAdjective")
            or reading.has(k, "people")
            or (reading.has(k, "actorHead") and k == j)
            or reading.words[k] in ("others", "more", "other", "also", "who")
        ):
            return None
        k, steps = k + 1, steps + 1
    return None


def _more_people(reading: Reading, j: int, b: int) -> int | None:
    """Where "three civilians" or "a civilian" ends that begins at `j`, None where no counted people stand there."""
    counted = reading.count_from(j)
    begin = counted if counted is not None else j + 1 if j < b and reading.words[j] in ("a", "an") else None
    if begin is None:
        return None
    for k in range(begin, min(b, begin + _DESCRIBING)):
        if reading.has(k, "people") is not None or reading.has(k, "actorHead") is not None:
            return k + 1
        if any(reading.has(k, cls) is not None for cls in ("placeType", "facility", "prep")):
            return None
    return None


_DESCRIBING = 4  # words from a count to the people that it counts: three young Palestinian men


def _population_after(reading: Reading, j: int) -> str | None:
    """343 قتيلا مدنيا; 3 dead civilians: what kind of people they are, one word on."""
    analysis = reading.has(j, "people")
    return None if analysis is None else str(analysis.entry.get("of") or "") or None


def _bare_count_follows(reading: Reading, at: int, first: int) -> bool:
    """إصابة 6, wounding 34: a bare number right after the word of harm, or "to 327" after a toll."""
    return first - at <= 2 or reading.words[first - 1] in ("الي", "to")


def _harm_before(reading: Reading, a: int, first: int, before: list[FigureHit]) -> tuple[int, str, str] | None:
    """The word of harm that governs a count: مقتل 16, قتل أربعة, killing nine; or the toll words further left."""
    j = first - 1
    steps = 0
    while j >= a and steps < 6:
        if reading.punct[j]:
            if reading.raw[j] in ("،", ",", ":", "(", ")", '"'):
                if steps > 3:
                    break
                j -= 1
                continue
            break
        category = _category(reading, j, "harm")
        told = reading.has(j, "harm")
        if told is not None and told.enclitic and told.entry.pos == "noun":
            break  # لقي 12 جنديا مصرعهم كما فقد سبعة: those whose end it was stand before it
        if category is not None and not _needs_next(reading, j):
            return j, category, "harm-before"
        if reading.has(j, "quantityStop"):
            break
        steps += 1
        j -= 1
    word = reading.words[first - 1] if first > a else ""
    if word in ("الي", "to", "at") or reading.has(first - 1, "tollVerb"):
        k = first - 2
        while k >= a:
            category = (
                _category(reading, k, "casualty") or _category(reading, k, "harm") or _category(reading, k, "tollNoun")
            )
            if category is not None:
                return k, category, "toll"
            k -= 1
    # X … و79 عنصرا: the second count of the same harm.
    previous = before[-1] if before else None
    joined = first > a and (reading.raw[first - 1] in ("و", "and", "،", ",") or reading.words[first].startswith("و"))
    if (
        previous is not None
        and joined
        and previous.first >= a
        and first - previous.last <= 8
        and previous.category in ("killed", "injured", "displaced", "captured", "other")
    ):
        return previous.harm, previous.category, "continued"
    return None


_NEGATED = 5  # words between "without" and those whom it counts out
_NEWS_OF = frozenset({"انباء", "معلومات", "تقارير", "تفاصيل"})
_SHORTEST_PLURAL = 6  # letters of a definite plural
_HARMED_REACH = 10  # words from those counted to the verb that tells what became of them
_PARTS = 10  # words that may tell who is among those counted
_COUNTED = 9  # words between a verb of dying and its object: لقي ما لا يقل عن 23 شخصا حتفهم


def _needs_next(reading: Reading, j: int) -> bool:
    analysis = reading.has(j, "harm")
    wanted: list[str] = analysis.entry.get("require_next", []) if analysis is not None else []
    if not wanted:
        return False
    words = reading.lexicon.words_of(wanted)
    for k in range(j + 1, min(len(reading), j + 2 + _COUNTED)):  # لقي 23 شخصا حتفهم: those counted stand between
        if reading.words[k] in words:
            return False
        if reading.punct[k]:
            break
    return True


def _harm_after(reading: Reading, j: int, b: int) -> tuple[int, str] | None:
    """11 شخصا قتلوا, nine civilians were killed, 34 wounded: a verb of harm after the people counted."""
    behind = _behind_parts(reading, j, b)
    if behind is not None:
        return behind
    told = _harmed_themselves(reading, j, b)
    if told is not None:
        return told
    for k in range(j, min(b, j + 5)):
        if reading.punct[k]:
            return None
        analysis = reading.has(k, "harm")
        if analysis is not None and (analysis.entry.pos in ("verb", "adjective") or reading.language == "en"):
            return k, str(analysis.entry.get("category"))
        if not (
            reading.has(k, "auxiliary")
            or reading.has(k, "actorAdjective")
            or reading.has(k, "people")
            or reading.words[k] in reading.lexicon.adjectives
            or reading.words[k] in ("اخرين", "علي", "الاقل", "others", "more", "other", "also", "and")
        ):
            return None
    return None


def _harmed_themselves(reading: Reading, j: int, b: int) -> tuple[int, str] | None:
    """65 شخصا من الطرفين قتلوا, 710 مقاتلين موالين لها لقوا مصرعهم: a verb behind what describes those counted."""
    if reading.language != "ar":
        return None
    for k in range(j, min(b, j + _HARMED_REACH)):
        if reading.punct[k] or any(reading.has(k, cls) is not None for cls in ("clause", "relative", "complementiser")):
            return None
        analysis = reading.has(k, "harm")
        if analysis is not None:
            own = analysis.entry.pos == "verb" and not analysis.pro and analysis.form.number == "p"
            return (k, str(analysis.entry.get("category"))) if own else None
        if reading.counted(k) or any(
            x.entry.pos == "verb" and x.entry.section == "events" and x.form.tense != "gerund"
            for x in reading.analyses[k]
        ):
            return None
    return None


def _behind_parts(reading: Reading, j: int, b: int) -> tuple[int, str] | None:
    """8 مدنيين بينهم 3 أطفال استشهدوا, 9 عمال (بينهم امرأة) قتلوا: the verb of harm behind a part of those counted."""
    k = j
    while k < b and reading.raw[k] in ("،", ",", "("):
        k += 1
    if k >= b or reading.has(k, "including") is None:
        return None
    for m in range(k + 1, min(b, k + _PARTS)):
        if reading.punct[m] and reading.raw[m] not in ("،", ",", ")"):
            return None
        analysis = reading.has(m, "harm")
        if analysis is None:
            continue
        own = analysis.entry.pos == "verb" and not analysis.pro and analysis.form.number in ("p", "d")
        return (m, str(analysis.entry.get("category"))) if own else None
    return None


def is_part(reading: Reading, first: int, harm: int) -> bool:
    """بينهم 4 نساء, استشهدوا بينهم امرأة: some of those already counted, told by the word before."""
    a, _b = _sentence(reading, first)
    for k in range(first - 1, max(a, first - _PARTS) - 1, -1):
        if reading.has(k, "including") is not None:
            return True
        if k != harm and (reading.has(k, "harm") is not None or reading.raw[k] in (";", "؛", ":")):
            return False
    return False


def _hit(
    reading: Reading,
    q: Quantity,
    first: int,
    end: int,
    harm: int,
    category: str,
    of: str | None,
    rule: str,
    before: list[FigureHit],
    a: int,
) -> FigureHit:
    toll = rule == "toll" or any(_runs(reading, k, a) for k in range(max(a, min(harm, first) - 4), first))
    return FigureHit(
        first,
        end,
        harm,
        category,
        q.low,
        q.best,
        q.high,
        reading.host_span(first, end),
        f"figure.{rule}+{q.rule}",
        of,
        toll,
    )


def _runs(reading: Reading, k: int, a: int) -> bool:
    """A word for a running toll; but "in a first toll" only says how sure the count of this happening is."""
    if reading.has(k, "toll") is None:
        return False
    return not (reading.language == "ar" and k > a and reading.words[k - 1] in ("في", "وفي", "كحصيله"))


def _uncounted(reading: Reading, around: Surroundings, i: int, used: set[int]) -> FigureHit | None:
    """One person or two, said by the noun's number alone: مقتل شخص, إصابة شابين, مقتل جنديين; قتيل وجريحان."""
    if reading.language != "ar":
        return None
    a, b = _sentence(reading, i)
    nobody = _nobody(reading, i, a)
    if nobody is not None:
        return nobody
    casualty = reading.has(i, "casualty")
    if casualty is not None and casualty.form.number in ("s", "d") and not casualty.article and not casualty.enclitic:
        if casualty.form.word.endswith("ا") and casualty.form.number == "s":
            return None  # an accusative singular counts a number before it: 16 قتيلا
        if i > a and reading.words[i - 1] in ("جثه", "جثمان", "رفات"):
            return None  # انتشال جثة شهيد: one of those counted elsewhere
        if casualty.form.construct and casualty.form.number == "d":
            return None  # مصابي المجزرة: of a construct nobody can tell two from many
        following = reading.analyses[i + 1] if i + 1 < b and casualty.form.number == "s" else ()
        if any(x.entry.section == "events" and x.entry.pos == "noun" and not x.pro for x in following):
            return None  # ضحية قصف: whose victim, and no count
        if _joined_casualty(reading, i, b) and i > a and reading.words[i - 1] == "بين":
            return None  # أوقعوهم بين قتيل وجريح: no count is told
        if casualty.pro == "و" and i - 1 > a and reading.words[i - 2] == "بين" and _joined_casualty(reading, i - 1, b):
            return None
        value = 1 if casualty.form.number == "s" else 2
        return FigureHit(
            i,
            i + 1,
            i,
            str(casualty.entry.get("category")),
            value,
            value,
            value,
            reading.host_span(i, i + 1, casualty.skip),
            "figure.casualty-noun+ar.number.noun",
        )
    harm = reading.has(i, "harm")
    if harm is None or _needs_next(reading, i):
        return None
    victims = _victims_before(reading, around, i, a)
    if victims is not None and not any(k in used for k in range(*victims[:2])):
        first, last, value, of = victims
        return FigureHit(
            first,
            last,
            i,
            str(harm.entry.get("category")),
            value,
            value,
            value,
            reading.host_span(first, last),
            "figure.harm-after+ar.number.noun",
            of,
        )
    for j in range(i + 1, min(b, i + 3)):
        if reading.punct[j] or j in used or j in around.quantity_at or reading.has(j, "including") is not None:
            return None
        kin = reading.has(j, "kin")
        if kin is not None and kin.enclitic and kin.form.number == "s" and not kin.form.plural and not kin.pro:
            span = reading.host_span(j, j + 1, kin.skip)  # إصابة والدته
            category = str(harm.entry.get("category"))
            return FigureHit(j, j + 1, i, category, 1, 1, 1, span, "figure.harm-before+ar.number.noun")
        people = reading.has(j, "people") or reading.has(j, "actorHead")
        if (
            people is not None
            and people.form.number in ("s", "d")
            and (not people.article or (j == i + 1 and _named(reading, j + 1, b)))
            and not people.enclitic
            and people.entry.get("human")
        ):
            if people.pro:
                return None
            if people.form.number == "d" and any(
                x.entry is people.entry and x.form.number == "p" for x in reading.analyses[j]
            ):
                return None  # مدنيين may be two civilians or many: no count is told
            if j + 1 < b and j + 1 in around.quantity_at:
                return None  # مدنيين اثنين: the numeral says it
            value = 1 if people.form.number == "s" else 2
            last, more = _joined_people(reading, around, j + 1, b)
            value += more
            return FigureHit(
                j,
                last,
                i,
                str(harm.entry.get("category")),
                value,
                value,
                value,
                reading.host_span(j, last, people.skip),
                "figure.harm-before+ar.number.noun",
                people.entry.get("of") if not more else None,
            )
    return None


_VICTIM_REACH = 9  # words between one who is named by no number and the verb of harm: أن طفلا يبلغ من العمر …


def _victims_before(reading: Reading, around: Surroundings, i: int, a: int) -> tuple[int, int, int, str | None] | None:
    """إن شخصين استشهدا, أن طفلا في العاشرة قتل: one or two who stand behind أن, before the verb of what befell them."""
    harms = (x for x in reading.analyses[i] if x.entry.cls == "harm" and x.entry.pos == "verb")
    verb = next((x for x in harms if not x.pro and not x.enclitic and x.form.number != "p"), None)
    if verb is None:
        return None
    for k in range(i - 1, max(a, i - _VICTIM_REACH) - 1, -1):
        if reading.punct[k] and reading.raw[k] not in ("(", ")", "-"):
            return None
        if reading.has(k, "harm") is not None or (k in around.quantity_at and not reading.dated(k) and k == i - 1):
            return None
        if k > a and reading.has(k - 1, "complementiser") is not None:
            person = next(
                (x for x in reading.analyses[k] if x.entry.cls == "people" and x.entry.get("human") and not x.article),
                None,
            )
            if person is None or person.pro or person.enclitic or person.form.plural or person.form.number == "p":
                return None
            value = 2 if person.form.number == "d" else 1
            if (value == 2) != (verb.form.number == "d"):
                return None
            return k, k + 1, value, person.entry.get("of")
    return None


def _nobody(reading: Reading, i: int, a: int) -> FigureHit | None:
    """دون وقوع إصابات, لم يسفر عن قتلى: none of them; but "no reports of dead" counts nobody."""
    analysis = reading.has(i, "casualty") or reading.has(i, "harm")
    if analysis is None or not analysis.form.plural or analysis.article or analysis.enclitic:
        return None
    for k in range(i - 1, max(a - 1, i - _NEGATED), -1):
        if reading.punct[k] or reading.words[k] in _NEWS_OF:
            return None
        if reading.has(k, "noneOf") is None:
            continue
        if reading.words[k] == "لم" and not any(reading.has(k + 1, c) is not None for c in ("occur", "result")):
            return None
        category, span = str(analysis.entry.get("category")), reading.host_span(i, i + 1, analysis.skip)
        return FigureHit(i, i + 1, i, category, 0, 0, 0, span, "figure.casualty-noun+ar.number.none")
    return None


def _named(reading: Reading, j: int, b: int) -> bool:
    """استشهاد الشاب فلان: a definite person with a name behind it, a word that no entry has, is one that is counted."""
    if j >= b or reading.punct[j] or reading.analyses[j] or reading.dated(j):
        return False
    word = reading.words[j]
    return len(word) > 2 and not word.startswith(("ال", "لل", "ب", "و")) and word not in reading.lexicon.adjectives


def _joined_people(reading: Reading, around: Surroundings, j: int, b: int) -> tuple[int, int]:
    """امرأة وطفلتها, رجلين وطفل: further people that "and" adds; returns where they end and how many they are."""
    last, total = j, 0
    while j < b and not reading.punct[j] and j not in around.quantity_at:
        person = next(
            (
                a
                for a in reading.analyses[j]
                if a.entry.cls in ("people", "kin") and a.entry.get("human") and a.pro == "و" and not a.article
            ),
            None,
        )
        if person is None or person.form.number not in ("s", "d") or person.form.plural:
            break
        if j + 1 < b and j + 1 in around.quantity_at:
            break
        total += 1 if person.form.number == "s" else 2
        j += 1
        last = j
    return last, total
