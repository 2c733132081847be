"""The day of saying: which dates of a text say when something was said, and not when it happened.

Invariant: a date is of a saying only where nothing that is told stands between it and the verb, or the statement, that
it hangs on: no word of an event or of harm, no "that", no colon.
"""

from bisect import bisect_left
from typing import Final

from ingest.dates import DateExpression
from ingest.reading import Analysis, Reading

_REACH: Final = 16  # words from a verb of saying to its day, with a speaker, titles and a place between
_HEAD: Final = 2  # words before a day that opens its sentence
# Words with which what is told, or another clause, begins.
_TELLS: Final = ("complementiser", "harm", "casualty", "tollNoun", "hitVerb", "lightNoun", "clause")
_FINITE: Final = ("perfect", "imperfect")
_ON: Final = frozenset({"on", "late", "early", "earlier"})
_LEADS: Final = frozenset({"in", "through", "via", "during", "at", "from", "to", "by"})
_HEARERS: Final = frozenset({"tell", "inform"})
_ABOUT: Final = "عن"  # what a verb of saying is about, or who is quoted
_HAD: Final = frozenset({"had", "has", "have", "also", "قد"})
_QUOTES: Final = frozenset({'"', "“", "”", "«", "»"})
_COMMAS: Final = frozenset({",", "،"})


def saying_of(reading: Reading, d: DateExpression) -> int | None:
    """Return the token of the verb, or of the statement, whose day the date is; None where it is of no saying.

    The ministry said on Tuesday that …; قال المرصد اليوم الثلاثاء إن …; on Tuesday, the army announced ….
    """
    if d.last == d.first:
        return None  # of a title that is no part of the text
    if d.first not in reading.sayings:
        reading.sayings[d.first] = _found(reading, d)
    return reading.sayings[d.first]


def _found(reading: Reading, d: DateExpression) -> int | None:
    a, b = reading.sentences[reading.sentence_of[d.first]]
    before = _before(reading, d, a)
    if before is not None:
        return before
    return _behind(reading, d, a, b) if _opens(reading, d, a) else None


def said_on(reading: Reading, d: DateExpression) -> bool:
    """Officials said Thursday: the day of the saying, which dates what they told only where nothing else does."""
    return saying_of(reading, d) is not None


def _before(reading: Reading, d: DateExpression, a: int) -> int | None:
    """The saying that stands before its day: said (in a statement) on Tuesday; قال (المتحدث في بيان) يوم الثلاثاء."""
    quotes, about = 0, False
    for k in range(d.first - 1, max(a, d.first - _REACH) - 1, -1):
        if _speaks(reading, k) and quotes % 2 == 0:
            if reading.language == "en":
                return k if _english(reading, k, d) else None
            verb = reading.has(k, "reportVerb")
            return None if about and verb is not None and not verb.entry.get("relay") else k
        if _tells(reading, k) and not (k > a and _statement(reading, k - 1)):
            return None  # في بيان أصدرته أمس: the verb behind a statement is of the statement
        if reading.language == "en" and reading.punct[k] and reading.raw[k] not in _QUOTES:
            return None
        quotes += reading.raw[k] in _QUOTES
        about = about or reading.words[k] == _ABOUT
    return None


def _behind(reading: Reading, d: DateExpression, a: int, b: int) -> int | None:
    """The verb that a day before it dates: on Tuesday the ministry said, يوم الثلاثاء أعلن المرصد."""
    begin = d.last + (d.last < b and reading.raw[d.last] in (*_COMMAS, "'s", "’s"))
    if begin < b and reading.language == "en" and _statement(reading, begin):
        return begin  # in its Saturday's statement
    near = d.first - a > _HEAD  # behind the speaker it touches its verb
    for k in range(begin, min(b, d.last + (3 if near else _REACH))):
        if _finite(reading, k):
            closed = k + 1 < b and reading.raw[k + 1] in _COMMAS and reading.language == "en"
            return None if closed else k  # On Sunday, residents said, warplanes struck: the day of the happening
        if _tells(reading, k) or (near and reading.words[k] not in _HAD):
            return None
        if reading.punct[k] and reading.raw[k] not in _QUOTES:
            return None
    return None


def _opens(reading: Reading, d: DateExpression, a: int) -> bool:
    """Tell whether nothing is told before the date in its sentence, so that it may be of the saying behind it."""
    return d.first - a <= _REACH and not any(_tells(reading, k) for k in range(a, d.first))


def _english(reading: Reading, k: int, d: DateExpression) -> bool:
    """Tell whether the words between an English saying and a date join the two; warplanes on Tuesday … is told."""
    between = range(k + 1, d.first)
    if all(reading.words[j] in _ON for j in between):
        return True
    if _statement(reading, k):
        return len(between) <= 3
    verb = reading.has(k, "reportVerb")
    heard = verb is not None and verb.entry.lemma in _HEARERS
    if not heard and reading.words[k + 1] not in _LEADS:
        return False
    ends = d.last >= len(reading) or reading.punct[d.last] or reading.has(d.last, "complementiser") is not None
    return ends or any(_statement(reading, j) for j in between)


def _speaks(reading: Reading, k: int) -> bool:
    return _finite(reading, k) or _statement(reading, k) or reading.has(k, "reportNoun") is not None


def _finite(reading: Reading, k: int) -> bool:
    verb = reading.has(k, "reportVerb")
    if verb is None or verb.entry.get("observes"):
        return False  # رصد المرصد أمس اشتباكات: what was seen was seen on its day
    return verb.form.tense in _FINITE or reading.language == "en"


def _reports(x: Analysis) -> bool:
    return x.entry.cls == "reportVerb"


def _statement(reading: Reading, k: int) -> bool:
    """A statement, بيان: what is said is said in it."""
    head = reading.has(k, "sourceHead")
    return head is not None and (bool(head.entry.get("statement")) or head.entry.lemma == "statement")


def _tells(reading: Reading, k: int) -> bool:
    """Tell whether what is told may begin at a token."""
    if reading.raw[k] == ":" or any(reading.has(k, cls) is not None for cls in _TELLS):
        return True
    at = bisect_left(reading.triggers, k, key=lambda t: t.i)
    if at < len(reading.triggers) and reading.triggers[at].i == k:
        return True
    # تحدث المجلس عن انفجار وقع يوم …: another verb begins what is told.
    return reading.language == "ar" and any(x.entry.pos == "verb" and not _reports(x) for x in reading.analyses[k])
