"""Dates as news writes them, in Arabic and English.

Invariant: a day is stated only where the words (with the publication date, if given) fix it; nothing is invented.
What the words leave open (no anchor, a vague number, another happening as reference) comes back unresolved.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import yaml

from ingest.datespans import Spans
from ingest.datewords import SLASHES, YEAR, Hit
from ingest.quantities import DIGITS, NumberReader, Phrases, atoms, phrase
from ontology.normal import normal_word

# The classes whose words may begin each production, in the order in which equal matches are preferred.
_OPENERS: Final[Mapping[str, tuple[str, ...]]] = {
    "relative": ("relatives",),
    "day": ("weekdays", "weekday_abbreviations", "days", "parts", "night_parts", "nights", "day_fillers",
            "date_fillers", "modifier_before", "ordinals", "months", "months_cued", "month_abbreviations"),
    "month": ("months", "months_cued", "months_numbered", "month_abbreviations", "month_words", "phases",
              "modifier_before"),
    "year": ("year_words", "year_pairs", "phases"),
    "deictic": ("deictic_units", "phases", "modifier_before"),
    "bounded": ("since", "until", "before", "after"),
    "ago": ("ago_before", "vague_numbers", "plural_units", "dual_units"),
    "duration": ("for", "vague_spans", "span_units", "span_before", "vague_numbers", "dual_units"),
    "range": ("range_from",),
    "pair": ("day_pairs",),
    "clock": ("clock",),
    "frequency": ("frequencies",),
    "ordinal": ("ordinal_days",),
    "hijri": ("hijri_months", "month_words", "ordinals"),
}  # fmt: skip
# Lists in dates.yaml that are not phrases to look up, and classes that a language may leave empty.
_NOT_PHRASES: Final = frozenset(
    {
        "proclitics",
        "day_prefixes",
        "month_cues",
        "month_only_after",
        "unit_titles",
        "day_words_not_after",
        "counted_days",
        "rules",
    }
)
_OPTIONAL: Final = ("modifier_before", "modifier_after")
# Classes of words that may be a whole expression; any other opens one only with a word of time or number behind it.
_WHOLE: Final = frozenset(
    {
        "relatives",
        "weekdays",
        "weekday_abbreviations",
        "days",
        "nights",
        "months",
        "months_cued",
        "months_numbered",
        "month_abbreviations",
        "dual_units",
        "vague_spans",
        "frequencies",
        "hijri_months",
    }
)


class DateExpression(NamedTuple):
    """One time expression; tokens [first, last).

    `start` and `end` are inclusive ISO days, `edtf` the same as Extended Date/Time Format ("2024-11", "2024-11-30/..").
    All three are None where the text and the publication date leave the time open. `precision` is day, month, year,
    interval or time. `anchor` is "published" where the publication date was used. `kind` is point, since, until,
    before, after, duration, ago, relative, ordinal, frequency or time: only "point" may date an event. `current` is
    true of "today" and "yesterday", which tell the news whatever day the page is dated.
    """

    first: int
    last: int
    edtf: str | None
    start: str | None
    end: str | None
    precision: str
    anchor: str | None
    rule: str
    kind: str
    current: bool = False


class DateGrammar:
    """The date grammar of one language; its words are in dates.yaml and numbers.yaml."""

    def __init__(self, lexicon: Mapping[str, Any], numbers: Mapping[str, Any]) -> None:
        self.language = str(lexicon["language"])
        self.reader = NumberReader(numbers)
        self.conjunction: str | None = lexicon["conjunction"]
        self.day_first = lexicon["numeric_order"] == "day_first"
        self.week_starts = int(lexicon["week_starts"])
        self._proclitics: Sequence[str] = lexicon["proclitics"]
        self.article: str | None = lexicon["article"]
        self.number_articles = frozenset(map(normal_word, numbers["articles"]))
        self.month_only_after = frozenset(map(normal_word, lexicon["month_only_after"]))
        self.day_suffixes = frozenset(map(normal_word, numbers["ordinal_suffixes"]))
        prefixes = sorted(map(normal_word, lexicon["day_prefixes"]), key=len, reverse=True)
        self.day_prefix = re.compile(f"(?:{'|'.join(map(re.escape, prefixes))})(?=[0-9])") if prefixes else None
        self.article_tokens = frozenset(prefix for prefix in prefixes if len(prefix) > 1 and prefix.endswith("ل"))
        self.classes: dict[str, Phrases] = {}
        for name in _OPTIONAL:
            self.classes[name] = Phrases()
        for name, entry in lexicon.items():
            if name == "modifiers":
                for value, sides in entry.items():
                    for side, texts in sides.items():
                        self._add(f"modifier_{side}", texts, value)
            elif isinstance(entry, dict):
                self.classes.setdefault(name, Phrases())
                for value, texts in entry.items():
                    self._add(name, texts, value)
            elif isinstance(entry, list) and name not in _NOT_PHRASES:
                self.classes.setdefault(name, Phrases())
                self._add(name, entry, name)
        self.counted_days = [
            (row["first"], tuple(tuple(map(normal_word, words)) for words in row["of"]))
            for row in lexicon.get("counted_days", ())
        ]
        self.unit_titles = frozenset(map(normal_word, lexicon["unit_titles"]))
        self.month_cues = frozenset(map(normal_word, lexicon["month_cues"]))
        self.not_today_after = frozenset(phrase(text) for text in lexicon["day_words_not_after"])
        self.approximations = Phrases()
        for comparator in numbers["comparators"]:
            for text in comparator["before"]:
                self.approximations.add(phrase(text), (True, ""))
        self.firsts = {name: phrases.firsts() for name, phrases in self.classes.items()}
        dispatch: dict[str, list[str]] = {}
        for production, names in _OPENERS.items():
            firsts = frozenset[str]().union(*(self.classes[name].firsts() for name in names))
            if production in {"ago", "duration"}:
                firsts |= self.reader.starters() | self.approximations.firsts()
            for word in sorted(firsts):
                dispatch.setdefault(word, []).append(production)
        for prefix in self.article_tokens:
            dispatch.setdefault(prefix, [])
        self.dispatch = {word: tuple(productions) for word, productions in dispatch.items()}
        self._numbers = self.reader.starters()
        every = [*self.classes.values(), self.approximations]
        joints = {self.conjunction or "and", ":", "(", *SLASHES, *self.day_suffixes}
        # What may stand inside of an expression, digits apart.
        self._inner = (self._numbers | self.article_tokens | joints).union(*(p.words() for p in every))
        self._followed_by = self._followers()

    def _followers(self) -> dict[str, frozenset[str]]:
        """Return what may stand second in an expression, for opening words that are none alone; digits apart."""
        phrases = [*self.classes.items(), ("approximations", self.approximations)]
        openers = {*(name for names in _OPENERS.values() for name in names), "approximations"}
        followers: dict[str, frozenset[str]] = {}
        for word in self.dispatch.keys() - self.article_tokens:
            rests = [(name, rest) for name, p in phrases if name in openers for rest in p.rests(word)]
            alone = {name for name, rest in rests if not rest}
            if not alone & _WHOLE:
                leads = alone or word in self._numbers
                followers[word] = self._inner if leads else frozenset(rest[0] for _, rest in rests if rest)
        return followers

    def _opens(self, words: Sequence[str], i: int) -> bool:
        """Tell whether an expression may begin at word `i`."""
        word = words[i]
        if word in self.dispatch:
            followers = self._followed_by.get(word)
        elif word.isdigit() and YEAR.fullmatch(word) is None:
            followers = self._inner
        else:
            return word[-1:] in DIGITS or word[:1] in DIGITS
        if followers is None:
            return True
        following = words[i + 1] if i + 1 < len(words) else ""
        return following in followers or following[-1:] in DIGITS or following[:1] in DIGITS

    def _add(self, name: str, texts: Sequence[str], value: Any) -> None:
        phrases = self.classes.setdefault(name, Phrases())
        for text in texts:
            first, *rest = phrase(text)
            phrases.add((first, *rest), (value, ""))
            for proclitic in self._proclitics:
                contracted = proclitic.endswith("ل") and first.startswith("ال")
                phrases.add((proclitic + (first[1:] if contracted else first), *rest), (value, proclitic))

    @classmethod
    def load(cls, folder: Path, language: str) -> Self:
        """Read dates.yaml and numbers.yaml in `folder`/`language`; a missing file raises FileNotFoundError."""
        dates, numbers = (
            yaml.safe_load((folder / language / name).read_text(encoding="utf-8"))
            for name in ("dates.yaml", "numbers.yaml")
        )
        return cls(dates, numbers)

    def find(self, words: Sequence[str], published: date | None) -> list[DateExpression]:
        """Return the time expressions of `words` (normal forms): left to right, not overlapping, the longest first.

        Without `published`, expressions that need it come back unresolved.
        """
        pieces, origin = atoms(words)
        dispatch = self.dispatch
        starts = [
            i
            for i, w in enumerate(pieces)
            if (w in dispatch or w[-1:] in DIGITS or w[:1] in DIGITS) and self._opens(pieces, i)
        ]
        if not starts:
            return []
        scan = Spans(self, list(pieces), published)
        found: list[DateExpression] = []
        at = 0
        for i in starts:
            if i < at:
                continue
            hit = scan.match(i)
            if hit is None or (i and origin[i - 1] == origin[i] and pieces[i - 1] not in SLASHES):
                continue
            at = hit.end
            first, last = origin[i], origin[hit.end - 1] + 1
            if found and first < found[-1].last:
                continue
            found.append(_expression(first, last, hit))
        return found


def _expression(first: int, last: int, hit: Hit) -> DateExpression:
    start = hit.start.isoformat() if hit.start else None
    stop = hit.stop.isoformat() if hit.stop else None
    anchor = "published" if hit.anchored and (start or stop) else None
    return DateExpression(first, last, _edtf(hit), start, stop, hit.precision, anchor, hit.rule, hit.kind, hit.current)


def _edtf(hit: Hit) -> str | None:
    def written(day: date) -> str:
        return day.isoformat()[: {"year": 4, "month": 7}.get(hit.precision, 10)]

    if hit.start and hit.stop:
        if hit.approximate:
            ends = (hit.start,) if hit.start == hit.stop else (hit.start, hit.stop)
            return "/".join(f"{written(day)}~" for day in ends)
        if hit.precision == "interval" and hit.start != hit.stop:
            return f"{written(hit.start)}/{written(hit.stop)}"
        return written(hit.start)
    if hit.start:
        return f"{written(hit.start)}/.."
    if hit.stop:
        return f"../{written(hit.stop)}"
    return None
