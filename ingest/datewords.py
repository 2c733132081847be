"""The words of dates: numbers of days, names of months, years and units of the calendar, where they stand in a text.

Invariant: a word is read as part of a date only in a form that the data of the language has; nothing is resolved here
but what the calendar itself fixes.
"""

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ingest.quantities import DASHES, DIGITS

if TYPE_CHECKING:
    from ingest.dates import DateGrammar

YEAR = re.compile(r"((?:19|20)[0-9]{2})م?")
_DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_STAMP = re.compile(r"([0-9]{2})t[0-9]{2}:[0-9]{2}.*")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.((?:19|20)[0-9]{2})")
SLASHES: Final = DASHES | {"/", ".", "\\"}


class Hit(NamedTuple):
    """What one production read, up to word `end`: the days meant, and whether the publication date was needed."""

    end: int
    precision: str
    rule: str
    kind: str = "point"
    start: date | None = None
    stop: date | None = None
    anchored: bool = False
    approximate: bool = False
    current: bool = False  # today, yesterday: the news of the day of writing, whichever day the page is dated


class WrittenDay(NamedTuple):
    """A day of a month as written: the year may be missing, or be given by a direction (past, this, next)."""

    end: int
    day: int
    month: int
    year: int | None
    direction: str | None
    last_day: int | None = None  # of a range within the month
    year_offset: int | None = None


def day_of(year: int, month: int, day: int) -> date | None:
    """Return the day, None where the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_of(year: int, month: int) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


class DateWords:
    """The words of one text, looked up in the data of its language."""

    def __init__(self, grammar: "DateGrammar", words: list[str], published: date | None) -> None:
        self.g = grammar
        self.words = words
        self.n = len(words)
        self.published = published

    def word(self, i: int) -> str:
        """Return word `i`, "" outside of the text."""
        return self.words[i] if 0 <= i < self.n else ""

    def at(self, name: str, i: int, *, bare: bool = True) -> tuple[int, Any] | None:
        """Return the end and value of the phrase of class `name` at `i`; `bare` refuses proclitics."""
        if i >= self.n or self.words[i] not in self.g.firsts[name]:
            return None
        found = self.g.classes[name].at(self.words, i)
        if found is None or (bare and found[1][1]):
            return None
        return found[0], found[1][0]

    def skip(self, name: str, i: int) -> int:
        """Return where the phrase of class `name` at `i` ends, `i` where there is none."""
        found = self.at(name, i)
        return found[0] if found else i

    def rule(self, name: str) -> str:
        """Return the id of a production."""
        return f"{self.g.language}.date.{name}"

    def numeric(self, i: int) -> tuple[int, date | None, bool] | None:
        """Read 2024-11-30, 30/11/2024, 30.11.2024: (end, day, ambiguous)."""
        first = self.word(i)
        if self.g.day_prefix is not None:
            first = self.g.day_prefix.sub("", first)
        dotted = _DOTTED.fullmatch(first)
        if dotted:
            return self._ordered(i + 1, int(dotted[1]), int(dotted[2]), int(dotted[3]))
        mark = self.word(i + 1)
        if not first.isdigit() or mark not in SLASHES or self.word(i + 3) != mark:
            return None
        second, third = self.word(i + 2), self.word(i + 4)
        stamp = _STAMP.fullmatch(third)
        if stamp:
            third = stamp[1]
        if not second.isdigit() or len(second) > 2:
            return None
        year = YEAR.fullmatch(first)
        if year and third.isdigit() and len(third) <= 2:
            return i + 5, day_of(int(year[1]), int(second), int(third)), False
        year = YEAR.fullmatch(third)
        if year and len(first) <= 2:
            return self._ordered(i + 5, int(first), int(second), int(year[1]))
        if mark == "/" and third.isdigit() and len(third) == 2 and len(first) <= 2:
            return self._ordered(i + 5, int(first), int(second), 2000 + int(third))
        return None

    def _ordered(self, end: int, first: int, second: int, year: int) -> tuple[int, date | None, bool] | None:
        if first > 31 or second > 31 or (first > 12 and second > 12) or not first or not second:
            return None
        if second > 12:
            return end, day_of(year, first, second), False
        if first > 12 or first == second or self.g.day_first:
            return end, day_of(year, second, first), False
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

    def _clitic(self, i: int) -> bool:
        """Tell whether the month name at `i` has a proclitic: 30 ونوفمبر is no date."""
        return all(
            self.at(name, i) is None for name in ("months", "months_cued", "months_numbered", "month_abbreviations")
        )

    def year_of(self, i: int) -> tuple[int, int | None, int | None] | None:
        """Read what gives the year after a month: (end, year, offset from the publication year)."""
        j = self.skip("year_of", i)
        k = self.skip("year_words", j + 1 if self.word(j) in SLASHES else j)
        match = YEAR.fullmatch(self.word(k))
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

    def calendar(self, unit: str, offset: int, today: date) -> tuple[date, date]:
        """Return the first and last day of the week, month or year `offset` units from that of `today`."""
        if unit == "week":
            start = today - timedelta(days=(today.weekday() - self.g.week_starts) % 7) + timedelta(days=7 * offset)
            return start, start + timedelta(days=6)
        if unit == "month":
            index = today.year * 12 + today.month - 1 + offset
            return month_of(index // 12, index % 12 + 1)
        return date(today.year + offset, 1, 1), date(today.year + offset, 12, 31)

    def week(self, offset: int) -> tuple[date, date] | None:
        """Return the week `offset` weeks from that of the publication date."""
        return self.calendar("week", offset, self.published) if self.published else None
