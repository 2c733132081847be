"""Dates as news writes them, in Arabic and English.

Invariant: a day is stated only where the words (with the publication date, if given) fix it; nothing is invented.
What the words leave open (no anchor, a vague number, another happening as reference) comes back unresolved.
"""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import yaml

from ingest.normal import normal_word
from ingest.quantities import DASHES, DIGITS, NumberReader, Phrases, atoms, phrase

_YEAR = re.compile(r"((?:19|20)[0-9]{2})م?")
_HIJRI_YEAR = re.compile(r"1[34][0-9]{2}ه?")
_DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:am|pm|z)?")
_STAMP = re.compile(r"([0-9]{2})t[0-9]{2}:[0-9]{2}.*")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.((?:19|20)[0-9]{2})")
_SLASHES: Final = DASHES | {"/", ".", "\\"}
_OPEN_SEPARATORS: Final = frozenset({"،", ",", "("})
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
    {"proclitics", "day_prefixes", "month_cues", "month_only_after", "unit_titles", "day_words_not_after", "rules"}
)
_OPTIONAL: Final = ("modifier_before", "modifier_after")
_OF_DIGITS: Final = ("day", "year", "ago", "duration", "clock", "hijri")
_PRECISIONS: Final = {"day": "day", "month": "month", "year": "year"}
_DAY_SLACK = 1  # a date one day after the publication date is that date in another time zone, not last year's


@dataclass(frozen=True, slots=True)
class DateExpression:
    """One time expression; tokens [first, last).

    `start` and `end` are inclusive ISO days, `edtf` the same as Extended Date/Time Format ("2024-11", "2024-11-30/..").
    All three are None where the text and the publication date leave the time open. `precision` is day, month, year,
    interval or time. `anchor` is "published" where the publication date was used. `kind` is point, since, until,
    before, after, duration, ago, relative, ordinal, frequency or time: only "point" may date an event.
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


class _Hit(NamedTuple):
    end: int
    precision: str
    rule: str
    kind: str = "point"
    start: date | None = None
    stop: date | None = None
    anchored: bool = False


class _Day(NamedTuple):
    """A day of a month as written: the year may be missing, or be given by a direction (past, this, next)."""

    end: int
    day: int
    month: int
    year: int | None
    direction: str | None
    last_day: int | None = None  # of a range within the month
    year_offset: int | None = None


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
        self.unit_titles = frozenset(map(normal_word, lexicon["unit_titles"]))
        self.month_cues = frozenset(map(normal_word, lexicon["month_cues"]))
        self.not_today_after = frozenset(phrase(text) for text in lexicon["day_words_not_after"])
        self.approximations = Phrases()
        for comparator in numbers["comparators"]:
            for text in comparator["before"]:
                self.approximations.add(phrase(text), (True, ""))
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
        starts = [i for i, w in enumerate(pieces) if w in dispatch or w[-1:] in DIGITS or w[:1] in DIGITS]
        if not starts:
            return []
        scan = _Scan(self, list(pieces), published)
        found: list[DateExpression] = []
        at = 0
        for i in starts:
            if i < at:
                continue
            hit = scan.match(i)
            if hit is None or (i and origin[i - 1] == origin[i] and pieces[i - 1] not in _SLASHES):
                continue
            at = hit.end
            first, last = origin[i], origin[hit.end - 1] + 1
            if found and first < found[-1].last:
                continue
            found.append(_expression(first, last, hit))
        return found


def _expression(first: int, last: int, hit: _Hit) -> DateExpression:
    start = hit.start.isoformat() if hit.start else None
    stop = hit.stop.isoformat() if hit.stop else None
    anchor = "published" if hit.anchored and (start or stop) else None
    return DateExpression(first, last, _edtf(hit), start, stop, hit.precision, anchor, hit.rule, hit.kind)


def _edtf(hit: _Hit) -> str | None:
    def written(day: date) -> str:
        return day.isoformat()[: {"year": 4, "month": 7}.get(hit.precision, 10)]

    if hit.start and hit.stop:
        if hit.precision == "interval" and hit.start != hit.stop:
            return f"{written(hit.start)}/{written(hit.stop)}"
        return written(hit.start)
    if hit.start:
        return f"{written(hit.start)}/.."
    if hit.stop:
        return f"../{written(hit.stop)}"
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


class _Scan:
    """The productions of the grammar over one text; each returns the hit that begins at word `i`, or None."""

    def __init__(self, grammar: DateGrammar, words: list[str], published: date | None) -> None:
        self.g = grammar
        self.words = words
        self.n = len(words)
        self.published = published

    # -- words ------------------------------------------------------------------------------------------------------

    def word(self, i: int) -> str:
        return self.words[i] if 0 <= i < self.n else ""

    def at(self, name: str, i: int, *, bare: bool = True) -> tuple[int, Any] | None:
        """Return the end and value of the phrase of class `name` at `i`; `bare` refuses proclitics."""
        if i >= self.n:
            return None
        found = self.g.classes[name].at(self.words, i)
        if found is None or (bare and found[1][1]):
            return None
        return found[0], found[1][0]

    def skip(self, name: str, i: int) -> int:
        found = self.at(name, i)
        return found[0] if found else i

    def rule(self, name: str) -> str:
        return f"{self.g.language}.date.{name}"

    # -- all productions --------------------------------------------------------------------------------------------

    def match(self, i: int) -> _Hit | None:
        best: _Hit | None = None
        word = self.words[i]
        productions = self.g.dispatch.get(word, ())
        if word[-1:] in DIGITS or word[:1] in DIGITS:
            productions = _OF_DIGITS
        elif word in self.g.article_tokens and self.word(i + 1)[:1] in DIGITS:
            productions = ("day", *productions)
        for production in productions:
            hit: _Hit | None = getattr(self, production)(i)
            if hit is not None and (best is None or hit.end > best.end):
                best = hit
        return best

    def point(self, i: int, *, bare: bool = False) -> _Hit | None:
        hits = (self.day(i, bare=bare), self.month(i, bare=bare), self.year(i, bare=bare), self.deictic(i, bare=bare))
        return max((hit for hit in hits if hit is not None), key=lambda hit: hit.end, default=None)

    # -- numeric and written-out days -------------------------------------------------------------------------------

    def numeric(self, i: int) -> tuple[int, date | None, bool] | None:
        """Read 2024-11-30, 30/11/2024, 30.11.2024: (end, day, ambiguous)."""
        first = self.word(i)
        if self.g.day_prefix is not None:
            first = self.g.day_prefix.sub("", first)
        dotted = _DOTTED.fullmatch(first)
        if dotted:
            return self._ordered(i + 1, int(dotted[1]), int(dotted[2]), int(dotted[3]))
        mark = self.word(i + 1)
        if not first.isdigit() or mark not in _SLASHES or self.word(i + 3) != mark:
            return None
        second, third = self.word(i + 2), self.word(i + 4)
        stamp = _STAMP.fullmatch(third)
        if stamp:
            third = stamp[1]
        if not second.isdigit() or len(second) > 2:
            return None
        year = _YEAR.fullmatch(first)
        if year and third.isdigit() and len(third) <= 2:
            return i + 5, _day(int(year[1]), int(second), int(third)), False
        year = _YEAR.fullmatch(third)
        if year and len(first) <= 2:
            return self._ordered(i + 5, int(first), int(second), int(year[1]))
        if mark == "/" and third.isdigit() and len(third) == 2 and len(first) <= 2:
            return self._ordered(i + 5, int(first), int(second), 2000 + int(third))
        return None

    def _ordered(self, end: int, first: int, second: int, year: int) -> tuple[int, date | None, bool] | None:
        if first > 31 or second > 31 or (first > 12 and second > 12) or not first or not second:
            return None
        if second > 12:
            return end, _day(year, first, second), False
        if first > 12 or first == second or self.g.day_first:
            return end, _day(year, second, first), False
        return end, None, True

    def day_number(self, i: int, *, bare: bool) -> tuple[int, int] | None:
        """Read the number of a day in a month, in digits or as an ordinal: (end, day)."""
        word = self.word(i)
        if word in self.g.article_tokens and self.word(i + 1)[:1] in DIGITS:
            i += 1
            word = self.word(i)
        elif self.g.day_prefix is not None and not bare:
            word = self.g.day_prefix.sub("", word)
        elif self.g.day_prefix is not None and self.g.article and word.startswith(self.g.article):
            word = word.removeprefix(self.g.article)
        match = _DAY.fullmatch(word)
        if match:
            day = int(match[1])
            end = i + 2 if self.word(i + 1) in self.g.day_suffixes else i + 1
            return (end, day) if 1 <= day <= 31 else None
        return self.at("ordinals", i, bare=bare)

    def month_name(self, i: int, *, abbreviated: bool) -> tuple[int, int, str] | None:
        """Read a month and, after a slash or in brackets, its other name: (end, month, class)."""
        names = ("months", "months_cued", "months_numbered") + (("month_abbreviations",) if abbreviated else ())
        for name in names:
            found = self.at(name, i, bare=False)
            if found is None:
                continue
            end, month = found
            if name == "month_abbreviations" and self.word(end) == ".":
                end += 1
            if self.word(end) in {"/", "(", "-"}:
                for other in names:
                    again = self.at(other, end + 1)
                    if again is not None and again[1] == month:
                        closed = self.word(end) == "(" and self.word(again[0]) == ")"
                        return again[0] + closed, month, "doubled"
            return end, month, name
        return None

    def year_of(self, i: int) -> tuple[int, int | None, int | None] | None:
        """Read what gives the year after a month: (end, year, offset from the publication year)."""
        j = self.skip("year_of", i)
        k = self.skip("year_words", j + 1 if self.word(j) in _SLASHES else j)
        match = _YEAR.fullmatch(self.word(k))
        if match:
            end = k + 1
            if match[0][-1] in DIGITS:
                end = self.skip("year_marks", end)
            if self.word(i) == "," and self.word(end)[:1] in DASHES:
                return None
            return end, int(match[1]), None
        deictic = self.deictic_unit(j)
        if deictic is not None and deictic[1] == "year":
            return deictic[0], None, deictic[2]
        return None

    def written(self, i: int, *, bare: bool) -> _Day | None:
        """Read "30 تشرين الثاني/نوفمبر 2024", "الـ27 من تشرين الثاني", "November 30, 2024", "27-30 November"."""
        return self._day_month(i, bare=bare) or self._month_day(i)

    def _day_month(self, i: int, *, bare: bool) -> _Day | None:
        first = self.day_number(i, bare=bare)
        if first is None:
            return None
        j, day = first
        last_day: int | None = None
        while (second := self._next_day(j)) is not None and second[1] > (last_day or day):
            j, last_day = second
        if self.word(j) in _SLASHES and self.month_name(j + 1, abbreviated=True) is not None:
            j += 1
        j = self.skip("month_of", j)
        month = self.month_name(self.skip("month_words", j), abbreviated=True)
        if month is None or (month[0] - 1 >= 0 and self._clitic(self.skip("month_words", j))):
            unit = self.deictic_unit(j)
            cued = j > first[0] or self.word(i - 1) in self.g.month_cues
            if unit is not None and unit[1] == "month" and cued and last_day is None:
                return _Day(unit[0], day, 0, None, None, None, unit[2])
            return None
        return self._with_year(month[0], day, month[1], last_day)

    def _next_day(self, i: int) -> tuple[int, int] | None:
        """Read "و28", "إلى 30", "-30" after the number of a day."""
        to = self.at("day_range_to", i)
        if to is not None:
            return self.day_number(to[0], bare=True)
        if self.g.conjunction is not None and self.word(i).startswith(self.g.conjunction):
            return self.day_number(i, bare=False)
        return None

    def _clitic(self, i: int) -> bool:
        """Tell whether the month name at `i` has a proclitic: 30 ونوفمبر is no date."""
        return all(
            self.at(name, i) is None for name in ("months", "months_cued", "months_numbered", "month_abbreviations")
        )

    def _month_day(self, i: int) -> _Day | None:
        if self.g.conjunction is not None:
            return None  # Arabic news writes the day first
        month = self.month_name(i, abbreviated=True)
        if month is None:
            return None
        j = self.skip("date_fillers", month[0])
        day = self.day_number(j, bare=True)
        if day is None:
            return None
        end, last_day = day[0], None
        if self.at("day_range_to", end) is not None:
            second = self.day_number(end + 1, bare=True)
            if second is not None and second[1] > day[1]:
                end, last_day = second
        result = self._with_year(end, day[1], month[1], last_day)
        if result.year is None and self.word(i - 1) in self.g.month_only_after and self.word(end).isalpha():
            return None  # "in November 30 people": the number counts people
        return result

    def _with_year(self, end: int, day: int, month: int, last_day: int | None) -> _Day:
        year = self.year_of(end)
        if year is not None:
            return _Day(year[0], day, month, year[1], None, last_day, year[2])
        direction = self.at("modifier_after", end)
        if direction is not None and self.g.conjunction is not None:
            return _Day(direction[0], day, month, None, direction[1], last_day)
        return _Day(end, day, month, None, None, last_day)

    def resolve_day(self, written: _Day, weekday: int | None) -> tuple[date | None, bool]:
        """Return the day meant and whether the publication date was needed."""
        today = self.published
        if written.month == 0:
            if today is None or written.year_offset is None:
                return None, True
            index = today.year * 12 + today.month - 1 + written.year_offset
            return _day(index // 12, index % 12 + 1, written.day), True
        if written.year is not None:
            return _day(written.year, written.month, written.day), False
        if today is None:
            return None, True
        if written.year_offset is not None:
            return _day(today.year + written.year_offset, written.month, written.day), True
        years = range(today.year + 1, today.year - 9, -1)
        days = [found for year in years if (found := _day(year, written.month, written.day)) is not None]
        if not days:
            return None, True
        if written.direction == "next":
            later = [found for found in days if found > today]
            return (later[-1] if later else None), True
        earlier = [found for found in days if found <= today + timedelta(days=_DAY_SLACK)]
        later = [found for found in days if found > today + timedelta(days=_DAY_SLACK)]
        if weekday is not None and earlier[0].weekday() != weekday and later and later[-1].weekday() == weekday:
            return later[-1], True  # the weekday says that the coming date is meant
        return earlier[0], True

    # -- day expressions --------------------------------------------------------------------------------------------

    def day(self, i: int, *, bare: bool = False) -> _Hit | None:
        """Read one day named by its parts: "فجر اليوم السبت 30 نوفمبر", "late on Thursday", "last Saturday"."""
        night = self.at("nights", i, bare=bare)
        j, part, is_night = i, False, False
        offset: int | None = None
        weekday: int | None = None
        direction: str | None = None
        week: tuple[date, date] | None = None
        date_hit: tuple[int, _Day | None, date | None, bool] | None = None
        day_word_at = i
        while j < self.n:
            k, opened = j, ""
            first = j == i
            if not first and (offset is not None or weekday is not None) and self.word(k) in _OPEN_SEPARATORS:
                opened = self.word(k)
                k += 1
            if not opened or offset is not None or weekday is not None:
                filler = self.at("day_fillers", k, bare=bare or not first)
                if filler is not None:
                    k = filler[0]
            loose = first and not bare  # proclitics only on the first word
            step: int | None = None
            dated = self._date_at(k, bare=not loose)
            if dated is not None and not (
                dated[1] is not None and dated[1].last_day is not None and weekday is not None
            ):
                date_hit, step = dated, dated[0]
            if step is None and weekday is None and not (opened and offset is None):
                found = self.at("weekdays", k, bare=not loose) or self._abbreviated_weekday(k)
                if found is not None:
                    step, weekday = found
                elif not opened and offset is None:
                    ahead = self.at("modifier_before", k, bare=not loose)
                    named = self.at("weekdays", ahead[0]) if ahead is not None else None
                    if ahead is not None and named is not None:
                        direction = ahead[1]
                        step, weekday = named
            if step is None and offset is None and not opened and weekday is None:
                found = self.at("days", k, bare=not loose)
                if found is not None and not (self._outlet(k)):
                    step, offset, day_word_at = found[0], found[1], k
            if step is None and not opened and not part:
                found = self.at("parts", k, bare=not loose)
                nightly = self.at("night_parts", k, bare=not loose)
                if nightly is not None and (found is None or nightly[0] >= found[0]):
                    step, part, is_night = nightly[0], True, True
                elif found is not None:
                    step, part = found[0], True
                named_before = step is not None and (weekday is not None or offset is not None)
                # "السبت فجر الحي": in Arabic a part of the day never follows the day.
                if named_before and (self.g.conjunction is not None or self.word(step or 0) == "of"):
                    step, part, is_night = None, False, False
            if step is None:
                break
            if opened == "(" and self.word(step) == ")":
                step += 1
            j = step
            if date_hit is not None:
                break
            if weekday is not None and direction is None:
                after = self.at("modifier_after", j)
                if after is not None and after[1] != "this":
                    j, direction = after
                elif after is None:
                    unit = self.deictic_unit(self.skip("deictic_of", j))
                    if unit is not None and unit[1] == "week":
                        j, direction = unit[0], "week"
                        week = self.week(unit[2])
        if night is not None and night[0] >= j:
            return self._night(night[0])
        if date_hit is not None:
            return self._dated(date_hit, weekday)
        if weekday is None and offset is None:
            return None
        if is_night and weekday is not None:
            to = self.at("night_to", j)
            second = self.at("weekdays", self.skip("day_fillers", to[0])) if to is not None else self.at("weekdays", j)
            if second is not None and second[1] == (weekday + 1) % 7:
                return self._two_days(second[0], second[1], direction)
        resolved: date | None
        if weekday is not None:
            resolved = self._weekday(weekday, offset, direction, week)
            name = "weekday" if offset is None else "day_word.weekday"
        else:
            assert offset is not None
            if self._today_is_name(day_word_at, j):
                return None
            resolved = self.published + timedelta(days=offset) if self.published else None
            name = "day_word"
        return _Hit(j, "day", self.rule(name), "point", resolved, resolved, anchored=True)

    def _date_at(self, i: int, *, bare: bool) -> tuple[int, _Day | None, date | None, bool] | None:
        i = self.skip("date_fillers", i) if bare else i
        numeric = self.numeric(i)
        if numeric is not None:
            return numeric[0], None, numeric[1], numeric[2]
        written = self.written(i, bare=bare)
        return (written.end, written, None, False) if written is not None else None

    def _dated(self, found: tuple[int, _Day | None, date | None, bool], weekday: int | None) -> _Hit:
        end, written, numeric, ambiguous = found
        if written is None:
            rule = self.rule("numeric.ambiguous" if ambiguous else "numeric" if numeric else "invalid")
            return _Hit(end, "day", rule, "point", numeric, numeric)
        resolved, anchored = self.resolve_day(written, weekday)
        invalid = resolved is None and (not anchored or self.published is not None)
        if written.last_day is not None:
            last, _ = self.resolve_day(written._replace(day=written.last_day), None)
            if resolved is None or last is None or last < resolved:
                resolved = last = None
            return _Hit(end, "interval", self.rule("day_range"), "duration", resolved, last, anchored)
        return _Hit(end, "day", self.rule("invalid" if invalid else "day_month"), "point", resolved, resolved, anchored)

    def _abbreviated_weekday(self, i: int) -> tuple[int, int] | None:
        found = self.at("weekday_abbreviations", i)
        if found is None:
            return None
        j = found[0]
        while self.word(j) in {".", ","}:
            j += 1
        return found if self._date_at(j, bare=True) is not None and j <= found[0] + 1 else None

    def _outlet(self, i: int) -> bool:
        return any(tuple(self.words[max(0, i - len(name)) : i]) == name for name in self.g.not_today_after)

    def _today_is_name(self, i: int, end: int) -> bool:
        """Tell whether the day word counts days instead of naming one: اليوم الثاني, اليوم ال306."""
        return self.at("ordinal_days", i, bare=False) is not None and self._ordinal_after(end) is not None

    def _night(self, end: int) -> _Hit:
        start = self.published - timedelta(days=1) if self.published else None
        return _Hit(end, "interval", self.rule("night"), "point", start, self.published, anchored=True)

    def _two_days(self, end: int, second: int, direction: str | None) -> _Hit:
        stop = self._weekday(second, None, direction, None)
        start = stop - timedelta(days=1) if stop else None
        return _Hit(end, "interval", self.rule("night.two_days"), "point", start, stop, anchored=True)

    def _weekday(
        self, weekday: int, offset: int | None, direction: str | None, week: tuple[date, date] | None
    ) -> date | None:
        """Return the day of a weekday word; without a direction the nearest at or before publication."""
        today = self.published
        if today is None or direction == "this":
            return None  # "this Thursday" looks both ways
        if direction == "week":
            return week[0] + timedelta(days=(weekday - week[0].weekday()) % 7) if week else None
        if direction == "past":
            return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
        if direction == "next":
            return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
        if offset is not None:
            meant = today + timedelta(days=offset)
            for shift in (0, -1, 1):
                if (meant + timedelta(days=shift)).weekday() == weekday:
                    return meant + timedelta(days=shift)
            if offset > 0:
                return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
        return today - timedelta(days=(today.weekday() - weekday) % 7)

    # -- months, years, calendar units ------------------------------------------------------------------------------

    def phase(self, i: int, *, bare: bool) -> int:
        """Step over early, mid, late, شهر; the month or year stays the answer."""
        found = self.at("phases", i, bare=bare)
        return found[0] if found else i

    def month(self, i: int, *, bare: bool = False) -> _Hit | None:
        """Read a month without a day: "نوفمبر 2024", "في مارس الماضي", "last May"."""
        j = self.phase(i, bare=bare)
        marked = j > i
        shahr = self.at("month_words", j, bare=bare or marked)
        if shahr is not None:
            j, marked = shahr[0], True
        direction: str | None = None
        ahead = self.at("modifier_before", j, bare=bare or marked)
        if ahead is not None:
            j, direction = ahead
            marked = True
        named = self.month_name(j, abbreviated=True)
        if named is None or (self._clitic(j) and (bare or j > i)):
            return None
        end, month, name = named
        year = self.year_of(end)
        after = self.at("modifier_after", end) if year is None and self.g.conjunction is not None else None
        if after is not None:
            end, direction = after
        elif year is not None:
            end = year[0]
        sure = year is not None or after is not None or direction is not None or name == "doubled"
        if not sure:
            cued = marked or self.word(i - 1) in self.g.month_cues
            if name == "month_abbreviations" or (name == "months_cued" and not cued):
                return None
            if name == "months_numbered" and not (marked and j > i):
                return None
        return self._month_hit(end, month, year, direction)

    def _month_hit(
        self, end: int, month: int, year: tuple[int, int | None, int | None] | None, direction: str | None
    ) -> _Hit:
        rule, today = self.rule("month"), self.published
        if year is not None and year[1] is not None:
            start, stop = _month(year[1], month)
            return _Hit(end, "month", rule, "point", start, stop)
        if today is None:
            return _Hit(end, "month", rule, "point", None, None, anchored=True)
        if year is not None and year[2] is not None:
            number = today.year + year[2]
        elif direction == "next":
            number = today.year + (month <= today.month)
        elif direction == "past":
            number = today.year - (month >= today.month)
        else:
            number = today.year - (month > today.month)
        start, stop = _month(number, month)
        return _Hit(end, "month", rule, "point", start, stop, anchored=True)

    def year(self, i: int, *, bare: bool = False) -> _Hit | None:
        """Read a year that a word marks as one: "عام 2016", "in 2016"."""
        pair = self.at("year_pairs", i, bare=bare)
        if pair is not None:
            return self._years(pair[0])
        j = self.phase(i, bare=bare)
        marked = j > i
        word = self.at("year_words", j, bare=bare or marked)
        if word is not None:
            j, marked = word[0], True
        match = _YEAR.fullmatch(self.word(j))
        if match is None or self.word(j + 1) in _SLASHES - {"."} or self.word(j - 1) in {"/", "$"}:
            return None
        end = j + 1 if match[0][-1] not in DIGITS else self.skip("year_marks", j + 1)
        if not marked and end == j + 1 and match[0][-1] in DIGITS:
            before = self.at("year_prepositions", i - 1, bare=False) if i else None
            if before is None or before[0] != i:
                return None
        number = int(match[1])
        return _Hit(end, "year", self.rule("year"), "point", date(number, 1, 1), date(number, 12, 31))

    def _years(self, i: int) -> _Hit | None:
        first = _YEAR.fullmatch(self.word(i))
        j = i + 1
        if self.word(j) == self.g.conjunction or self.word(j) in DASHES:
            j += 1
        else:
            j = self.skip("range_to", j)
        second = _YEAR.fullmatch(self.word(j).removeprefix(self.g.conjunction or ""))
        if first is None or second is None or int(first[1]) >= int(second[1]):
            return None
        start, stop = date(int(first[1]), 1, 1), date(int(second[1]), 12, 31)
        return _Hit(j + 1, "interval", self.rule("years"), "duration", start, stop)

    def deictic_unit(self, i: int) -> tuple[int, str, int] | None:
        """Read "الشهر الماضي", "هذا العام", "last week": (end, unit, offset)."""
        offsets = {"past": -1, "this": 0, "next": 1}
        ahead = self.at("modifier_before", i, bare=False)
        unit = self.at("deictic_units", ahead[0] if ahead is not None else i, bare=ahead is not None)
        if unit is None or self.word(i - 1) in self.g.unit_titles:
            return None
        if ahead is not None:
            return unit[0], str(unit[1]), offsets[ahead[1]]
        after = self.at("modifier_after", unit[0])
        if after is None or (self.g.conjunction is None):
            return None
        return after[0], str(unit[1]), offsets[after[1]]

    def deictic(self, i: int, *, bare: bool = False) -> _Hit | None:
        j = self.phase(i, bare=bare)
        unit = self.deictic_unit(j)
        if unit is None:
            return None
        end, name, offset = unit
        named = _YEAR.fullmatch(self.word(end)) if name == "year" else None
        if named is not None:
            return self._bare_year(end)
        precision = "interval" if name == "week" else name
        rule, today = self.rule(f"this_{name}"), self.published
        if today is None:
            return _Hit(end, precision, rule, "point", None, None, anchored=True)
        start, stop = self.calendar(name, offset, today)
        return _Hit(end, precision, rule, "point", start, stop, anchored=True)

    def calendar(self, unit: str, offset: int, today: date) -> tuple[date, date]:
        """Return the first and last day of the week, month or year `offset` units from that of `today`."""
        if unit == "week":
            start = today - timedelta(days=(today.weekday() - self.g.week_starts) % 7) + timedelta(days=7 * offset)
            return start, start + timedelta(days=6)
        if unit == "month":
            index = today.year * 12 + today.month - 1 + offset
            return _month(index // 12, index % 12 + 1)
        return date(today.year + offset, 1, 1), date(today.year + offset, 12, 31)

    def week(self, offset: int) -> tuple[date, date] | None:
        return self.calendar("week", offset, self.published) if self.published else None

    # -- spans of time ----------------------------------------------------------------------------------------------

    def amount(self, i: int, *, bare: bool, lone: bool) -> tuple[int, int | None, str] | None:
        """Read "ثلاثة أيام", "يومين", "several days", and with `lone` "يوم", "days": (end, number or None, unit)."""
        dual = self.at("dual_units", i, bare=bare)
        if dual is not None:
            return dual[0], 2, str(dual[1])
        about = self.g.approximations.at(self.words, i)
        vague = about is not None
        j = about[0] if about is not None else i
        loose = j == i and not bare
        some = self.at("vague_numbers", j, bare=not loose)
        if some is not None:
            j, vague = some[0], True
            unit = self.at("units", j)
            return (unit[0], None, str(unit[1])) if unit is not None else None
        if vague and (dual := self.at("dual_units", j)) is not None:
            return dual[0], None, str(dual[1])
        if self.word(j) in self.g.number_articles and (unit := self.at("units", j + 1)) is not None and lone:
            return unit[0], None if vague else 1, str(unit[1])
        number = self.g.reader.at(self.words, j)
        if number is not None and not (number.conjoined and not loose):
            k = number.end
            if self.word(k) in DASHES and self.g.conjunction is None:
                k += 1
            unit = self.at("units", k)
            if unit is not None:
                end = self.skip("unit_tails", unit[0])
                return end, None if vague else number.value, str(unit[1])
        if not lone:
            return None
        plural = self.at("plural_units", j, bare=not loose)
        if plural is not None:
            return plural[0], None, str(plural[1])
        single = self.at("units", j, bare=not loose)
        if single is None or self.g.conjunction is None:
            return None
        return self.skip("unit_tails", single[0]), None if vague else 1, str(single[1])

    def shifted(self, number: int | None, unit: str) -> tuple[date | None, date | None, str]:
        """Return the days meant by `number` units before publication, and their precision."""
        today = self.published
        precision = _PRECISIONS.get(unit, "interval")
        if today is None or number is None or number > 5000:
            return None, None, precision
        if unit == "day":
            day = today - timedelta(days=number)
            return day, day, precision
        if unit in {"month", "year"}:
            if today.year - (number if unit == "year" else number // 12) < 1900:
                return None, None, precision
            return *self.calendar(unit, -number, today), precision
        if unit == "week":
            day = today - timedelta(days=7 * number)
            return day - timedelta(days=3), day + timedelta(days=3), precision
        days = -(-number // 24) if unit == "hour" else 1
        return today - timedelta(days=max(days, 1)), today, precision

    def ago(self, i: int) -> _Hit | None:
        """Read "قبل ثلاثة أيام", "three days ago"; a reference other than publication leaves it unresolved."""
        before = self.at("ago_before", i, bare=False)
        if before is not None:
            amount = self.amount(before[0], bare=True, lone=True)
            if amount is None:
                return None
            if self.at("relative_of", amount[0]) is not None:
                return _Hit(amount[0], _PRECISIONS.get(amount[2], "interval"), self.rule("relative"), "relative")
            return self._ago(amount[0], amount[1], amount[2])
        if self.g.conjunction is not None:
            return None
        amount = self.amount(i, bare=False, lone=True)
        if amount is None:
            return None
        after = self.at("ago_after", amount[0])
        if after is not None:
            return self._ago(after[0], amount[1], amount[2])
        after = self.at("relative_after", amount[0])
        if after is not None:
            return _Hit(after[0], _PRECISIONS.get(amount[2], "interval"), self.rule("relative"), "relative")
        return None

    def _ago(self, end: int, number: int | None, unit: str) -> _Hit:
        start, stop, precision = self.shifted(number, unit)
        kind = "point" if unit == "day" and number is not None else "ago"
        return _Hit(end, precision, self.rule("ago"), kind, start, stop, anchored=True)

    def bounded(self, i: int) -> _Hit | None:
        """Read since, until, before or after some point: "منذ الأربعاء", "since 2016", "منذ شهرين"."""
        for kind in ("since", "until", "before", "after"):
            found = self.at(kind, i, bare=False)
            if found is None:
                continue
            j = found[0]
            point = self.point(j, bare=True) or self._bare_year(j)
            if kind == "since":
                amount = self.amount(j, bare=True, lone=True)
                if amount is not None and (point is None or amount[0] >= point.end):
                    start, _, precision = self.shifted(amount[1], amount[2])
                    return _Hit(amount[0], precision, self.rule("since"), "since", start, None, anchored=True)
            elif kind == "after" and point is None:
                amount = self.amount(j, bare=True, lone=False)
                if amount is not None:
                    return _Hit(amount[0], _PRECISIONS.get(amount[2], "interval"), self.rule("relative"), "relative")
            if point is None or point.kind != "point":
                continue
            start, stop = point.start, point.stop
            if kind in {"since", "after"}:
                stop = None
            else:
                start, stop = None, stop
            return _Hit(point.end, point.precision, self.rule(kind), kind, start, stop, point.anchored)
        return None

    def _bare_year(self, i: int) -> _Hit | None:
        match = _YEAR.fullmatch(self.word(i))
        if match is None:
            return None
        number = int(match[1])
        return _Hit(i + 1, "year", self.rule("year"), "point", date(number, 1, 1), date(number, 12, 31))

    def duration(self, i: int) -> _Hit | None:
        """Read a stretch of time: "خلال 24 ساعة", "ثلاثة أيام", "the past 24 hours", "recent days"."""
        found = self.at("for", i, bare=False)
        j = found[0] if found is not None else i
        bare = found is not None
        vague = self.at("vague_spans", j, bare=bare)
        if vague is not None:
            return _Hit(vague[0], "interval", self.rule("duration"), "duration")
        span = self._past_span(j, bare=bare)
        if span is not None:
            return span
        amount = self.amount(j, bare=bare, lone=found is not None)
        if amount is None or (found is not None and self.point(j, bare=True) is not None):
            return None
        after = self.at("span_past", amount[0])
        if after is not None:
            return self._span_back(after[0], amount[1], amount[2])
        return _Hit(amount[0], "interval", self.rule("duration"), "duration")

    def _past_span(self, i: int, *, bare: bool) -> _Hit | None:
        """Read "الساعات الـ24 الماضية", "آخر 24 ساعة", "the last three days"."""
        unit = self.at("span_units", i, bare=bare)
        if unit is not None:
            j = unit[0] + 1 if self.word(unit[0]) in self.g.article_tokens else unit[0]
            number = self.g.reader.at(self.words, j)
            after = self.at("span_past", number.end) if number is not None else None
            if number is not None and after is not None:
                return self._span_back(after[0], number.value, str(unit[1]))
        before = self.at("span_before", i, bare=bare)
        if before is not None:
            amount = self.amount(before[0], bare=True, lone=False)
            if amount is not None:
                return self._span_back(amount[0], amount[1], amount[2])
        return None

    def _span_back(self, end: int, number: int | None, unit: str) -> _Hit:
        rule, today = self.rule("duration"), self.published
        if today is None or number is None or number > 5000 or unit not in {"hour", "day", "week"}:
            return _Hit(end, "interval", rule, "duration")
        days = {"hour": -(-number // 24), "day": number, "week": 7 * number}[unit]
        return _Hit(end, "interval", rule, "duration", today - timedelta(days=days), today, anchored=True)

    def range(self, i: int) -> _Hit | None:
        """Read "من 27 إلى 30 نوفمبر", "between Wednesday and Saturday"."""
        start = self.at("range_from", i, bare=False)
        if start is None:
            return None
        inner = self.day(start[0], bare=True)
        if inner is not None and inner.kind == "duration":
            return inner
        first = self.point(start[0], bare=True) or self._bare_year(start[0])
        return self._until(first, and_too=True) if first is not None else None

    def _until(self, first: _Hit, *, and_too: bool) -> _Hit | None:
        to = self.at("range_to", first.end) or (self.at("range_and", first.end) if and_too else None)
        j = first.end if to is None else to[0]
        if to is None and self.word(j) == self.g.conjunction:
            j += 1
        elif to is None and not (self.g.conjunction and self.word(j).startswith(self.g.conjunction)):
            return None
        bare = j > first.end
        second = self.point(j, bare=bare) or (self._bare_year(j) if bare else None)
        if second is None or second.kind != "point" or first.kind != "point":
            return None
        begin, finish = first.start, second.stop
        if begin is None or finish is None or begin > finish:
            begin = finish = None
        anchored = first.anchored or second.anchored
        return _Hit(second.end, "interval", self.rule("range"), "duration", begin, finish, anchored)

    def pair(self, i: int) -> _Hit | None:
        """Read "يومي الخميس والجمعة"."""
        found = self.at("day_pairs", i, bare=False)
        if found is None:
            return None
        first = self.day(found[0], bare=True)
        if first is not None and first.kind == "duration":
            return first
        return self._until(first, and_too=True) if first is not None else None

    # -- what dates nothing -----------------------------------------------------------------------------------------

    def clock(self, i: int) -> _Hit | None:
        """Read a time of day: "الساعة 10 صباحا", "14:30", "10 am"."""
        found = self.at("clock", i, bare=False)
        j = found[0] if found is not None else i
        if _CLOCK.fullmatch(self.word(j)):
            end = j + 1
        elif (
            self.word(j).isdigit() and len(self.word(j)) <= 2 and self.word(j + 1) == ":" and self.word(j + 2).isdigit()
        ):
            end = j + 3
        elif found is not None and ((number := self.g.reader.at(self.words, j)) is not None):
            end = number.end
        elif found is not None and (ordinal := self.at("ordinals", j)) is not None:
            end = ordinal[0]
        elif (
            self.word(j).isdigit() and self.at("clock_after", j + 1) is not None and self.g.conjunction is None
        ) or re.fullmatch(r"[0-9]{1,2}(?:am|pm)", self.word(j)):
            end = j + 1
        else:
            return None
        return _Hit(self.skip("clock_after", end), "time", self.rule("clock"), "time")

    def frequency(self, i: int) -> _Hit | None:
        found = self.at("frequencies", i, bare=False)
        return _Hit(found[0], "time", self.rule("frequency"), "frequency") if found is not None else None

    def relative(self, i: int) -> _Hit | None:
        """Read a day that another sentence fixes: "اليوم التالي", "the same day"."""
        found = self.at("relatives", i, bare=False)
        return _Hit(found[0], "day", self.rule("relative"), "relative") if found is not None else None

    def ordinal(self, i: int) -> _Hit | None:
        """Read a day by its number in a row: "اليوم الثاني", "اليوم الـ306", "day 306"."""
        found = self.at("ordinal_days", i, bare=False)
        end = self._ordinal_after(found[0]) if found is not None else None
        return _Hit(end, "day", self.rule("ordinal"), "ordinal") if end is not None else None

    def _ordinal_after(self, i: int) -> int | None:
        ordinal = self.at("ordinals", i)
        if ordinal is not None:
            return ordinal[0]
        if self.word(i) in self.g.article_tokens and self.word(i + 1).isdigit():
            return i + 2
        if self.g.conjunction is None:
            return i + 1 if self.word(i).isdigit() else None
        number = self.g.reader.at(self.words, i)
        return number.end if number is not None and number.glued else None

    def hijri(self, i: int) -> _Hit | None:
        """Recognise a Hijri date; it is not converted, since moon sighting makes the day depend on the country."""
        day = self.day_number(i, bare=False)
        j = self.skip("month_of", day[0]) if day is not None else i
        shahr = self.at("month_words", j, bare=False)
        marked = day is not None or shahr is not None
        month = self.at("hijri_months", shahr[0] if shahr is not None else j, bare=marked)
        if month is None:
            return None
        end = month[0]
        year = _HIJRI_YEAR.fullmatch(self.word(end)) is not None
        if year:
            end = self.skip("hijri_marks", end + 1)
        if not marked and not year:
            return None
        return _Hit(end, "day" if day is not None else "month", self.rule("hijri.unresolved"))
