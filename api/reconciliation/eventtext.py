"""What a line of a spreadsheet says of an event: "Airstrike, Aleppo, 2024-11-30, 16 killed".

Invariant: the words, dates and categories known here are those of the lexicon, in both languages; what is not
understood stays among the words and is never made into something.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from api.reconciliation.types import EVENT, below, type_named
from ontology.normal import normal_word, normal_words
from ontology.vocabulary import Vocabulary

if TYPE_CHECKING:
    from ingest.dates import DateGrammar
    from ingest.lexicon import Lexicon

_LANGUAGES: Final = ("en", "ar")
_LEVEL_0: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)?")
_TOKEN: Final = re.compile(r"[^\s,;|،؛]+")
_BETWEEN: Final = 2  # words that may stand between a number and what it counts: 16 civilians were killed
_LONGEST_TYPE: Final = 4


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.end - self.start).days + 1

    def apart(self, other: "Period") -> int:
        """Return how many days lie between the two, 0 where they share one."""
        return max((self.start - other.end).days, (other.start - self.end).days, 0)


@dataclass(frozen=True, slots=True)
class Told:
    """What a line says. `types` are classes that its words name; `figures` numbers by category; `words` all of it."""

    types: frozenset[str]
    period: Period | None
    figures: dict[str, int]
    words: tuple[str, ...]
    key: str


def period_of(text: str) -> Period | None:
    """Return the days that a date means: EDTF level 0 or ISO 8601, else as news writes dates; None for no date.

    >>> period_of("2024-11").days, period_of("2024-11-28/2024-11-30").days, period_of("soon")
    (30, 3, None)
    """
    text = text.strip()
    first, slash, last = text.partition("/")
    if slash and (one := _level_0(first)) and (other := _level_0(last)):
        return Period(one.start, other.end) if one.start <= other.end else None
    if found := _level_0(text):
        return found
    return next((period for _, _, period in _dates(tuple(_tokens(text)))), None)


def told(text: str) -> Told:
    """Return what a line says of an event."""
    tokens = tuple(_tokens(text))
    dated = next(iter(_dates(tokens)), None)
    period = dated[2] if dated is not None else None
    in_date = set(range(dated[0], dated[1])) if dated is not None else set()
    types: set[str] = set()
    figures: dict[str, int] = {}
    words = [normal_word(token.strip(".:!?()[]«»“”\"'")) for token in tokens]
    for at, word in enumerate(words):
        if at in in_date:
            continue
        if word.isdigit() and len(word) <= 9:
            category = next((c for w in words[at + 1 : at + 2 + _BETWEEN] if (c := _category(w)) is not None), None)
            if category is None and at and (before := _category(words[at - 1])) is not None:
                category = before  # "killed: 16"
            if category is not None:
                figures.setdefault(category, int(word))
    for length in range(min(_LONGEST_TYPE, len(words)), 0, -1):
        for at in range(len(words) - length + 1):
            cls = _types().get(" ".join(words[at : at + length]))
            if cls is not None:
                types.add(cls)
    if not types:
        for word in words:
            types |= _nouns(word)
    counted = [w for at, w in enumerate(words) if at not in in_date and w]
    return Told(frozenset(types), period, figures, tuple(counted), " ".join(normal_words(text)))


def _tokens(text: str) -> Iterator[str]:
    return iter(_TOKEN.findall(text))


def _level_0(text: str) -> Period | None:
    found = _LEVEL_0.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        if day:
            one = date(int(year), int(month), int(day))
            return Period(one, one)
        if month:
            start = date(int(year), int(month), 1)
            after = date(start.year + start.month // 12, start.month % 12 + 1, 1)
            return Period(start, after - timedelta(days=1))
        return Period(date(int(year), 1, 1), date(int(year), 12, 31))
    except ValueError:
        return None


def _dates(tokens: tuple[str, ...]) -> Iterator[tuple[int, int, Period]]:
    """Yield first token, the one behind the last, and the days of each date among the tokens."""
    for at, token in enumerate(tokens):
        if "-" in token and (period := _level_0(token.strip("."))) is not None:
            yield at, at + 1, period
            return
    for language in _LANGUAGES:
        for found in _grammar(language).find([normal_word(token) for token in tokens], None):
            if found.start is not None and found.end is not None and any(c.isdigit() for c in found.edtf or ""):
                yield found.first, found.last, Period(date.fromisoformat(found.start), date.fromisoformat(found.end))
                return


def _category(word: str) -> str | None:
    for language in _LANGUAGES:
        for known in _lexicon(language).forms.get(word, ()):
            if known.entry.cls in ("casualty", "harm") and (category := known.entry.get("category")):
                return str(category)
    return None


def _nouns(word: str) -> set[str]:
    """Return the types that a noun of the lexicon names."""
    vocabulary = Vocabulary.load()
    found = set()
    for language in _LANGUAGES:
        for known in _lexicon(language).forms.get(word, ()):
            if known.entry.section == "events" and known.entry.pos == "noun":
                found.add(vocabulary.event_type(known.entry.get("subtype") or known.entry.get("type")))
    return found


@cache
def _types() -> dict[str, str]:
    """Event types by the keys of their labels."""
    found = {}
    for cls in sorted(below(EVENT) - {EVENT}):
        for label in Vocabulary.load().labels.get(cls, {}).values():
            found[" ".join(normal_words(label))] = cls
    return found


def event_type(text: str) -> frozenset[str]:
    """Return the event types that a value names: a type by id or label, or nouns of the lexicon."""
    cls = type_named(text)
    return frozenset({cls}) if cls is not None and cls in below(EVENT) else told(text).types


@cache
def _lexicon(language: str) -> "Lexicon":
    from ingest.lexicon import load_lexicon

    return load_lexicon(language)


@cache
def _grammar(language: str) -> "DateGrammar":
    from ingest.dates import DateGrammar
    from ingest.lexicon import lexicon_folder

    return DateGrammar.load(lexicon_folder(), language)
