"""Months, years and stretches of time, and expressions of time that date nothing (clock times, frequencies).

Invariant: what the words leave open (a vague number, another happening as reference) comes back unresolved.
"""

import re
from datetime import date, timedelta
from typing import Final

from ingest.datedays import Days
from ingest.datewords import SLASHES, YEAR, Hit, month_of
from ingest.hijri import hijri_days, hijri_year
from ingest.quantities import DASHES, DIGITS

_HIJRI_YEAR = re.compile(r"1[34][0-9]{2}ه?")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:am|pm|z)?")
_OF_DIGITS: Final = ("day", "year", "ago", "duration", "clock", "hijri")
_COUNTED_REACH = 7  # words behind the number in which the war that is counted must be named
_COUNTED_SLACK = 1  # days by which outlets differ in counting
_COUNTED_FROM = 9  # the first days of a war are spoken of later too
_PRECISIONS: Final = {"day": "day", "month": "month", "year": "year"}


class Spans(Days):
    """All productions of the grammar over one text; each returns the hit that begins at word `i`, or None."""

    def match(self, i: int) -> Hit | None:
        """Return the longest expression that begins at `i`."""
        best: Hit | None = None
        word = self.words[i]
        productions = self.g.dispatch.get(word, ())
        if word[-1:] in DIGITS or word[:1] in DIGITS:
            productions = _OF_DIGITS
        elif word in self.g.article_tokens and self.word(i + 1)[:1] in DIGITS:
            productions = ("day", *productions)
        for production in productions:
            hit: Hit | None = getattr(self, production)(i)
            if hit is not None and (best is None or hit.end > best.end):
                best = hit
        return best

    def point(self, i: int, *, bare: bool = False) -> Hit | None:
        """Return the longest day, month, year or calendar unit that begins at `i`."""
        hits = (self.day(i, bare=bare), self.month(i, bare=bare), self.year(i, bare=bare), self.deictic(i, bare=bare))
        return max((hit for hit in hits if hit is not None), key=lambda hit: hit.end, default=None)

    def phase(self, i: int, *, bare: bool) -> int:
        """Step over early, mid, late, شهر; the month or year stays the answer."""
        found = self.at("phases", i, bare=bare)
        return found[0] if found else i

    def month(self, i: int, *, bare: bool = False) -> Hit | None:
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
    ) -> Hit:
        rule, today = self.rule("month"), self.published
        if year is not None and year[1] is not None:
            start, stop = month_of(year[1], month)
            return Hit(end, "month", rule, "point", start, stop)
        if today is None:
            return Hit(end, "month", rule, "point", None, None, anchored=True)
        if year is not None and year[2] is not None:
            number = today.year + year[2]
        elif direction == "next":
            number = today.year + (month <= today.month)
        elif direction == "past":
            number = today.year - (month >= today.month)
        else:
            number = today.year - (month > today.month)
        start, stop = month_of(number, month)
        return Hit(end, "month", rule, "point", start, stop, anchored=True)

    def year(self, i: int, *, bare: bool = False) -> Hit | None:
        """Read a year that a word marks as one: "عام 2016", "in 2016"."""
        pair = self.at("year_pairs", i, bare=bare)
        if pair is not None:
            return self._years(pair[0])
        j = self.phase(i, bare=bare)
        marked = j > i
        word = self.at("year_words", j, bare=bare or marked)
        if word is not None:
            j, marked = word[0], True
        match = YEAR.fullmatch(self.word(j))
        if match is None or self.word(j + 1) in SLASHES - {"."} or self.word(j - 1) in {"/", "$"}:
            return None
        end = j + 1 if match[0][-1] not in DIGITS else self.skip("year_marks", j + 1)
        if not marked and end == j + 1 and match[0][-1] in DIGITS:
            before = self.at("year_prepositions", i - 1, bare=False) if i else None
            if before is None or before[0] != i:
                return None
        number = int(match[1])
        return Hit(end, "year", self.rule("year"), "point", date(number, 1, 1), date(number, 12, 31))

    def _years(self, i: int) -> Hit | None:
        first = YEAR.fullmatch(self.word(i))
        j = i + 1
        if self.word(j) == self.g.conjunction or self.word(j) in DASHES:
            j += 1
        else:
            j = self.skip("range_to", j)
        second = YEAR.fullmatch(self.word(j).removeprefix(self.g.conjunction or ""))
        if first is None or second is None or int(first[1]) >= int(second[1]):
            return None
        start, stop = date(int(first[1]), 1, 1), date(int(second[1]), 12, 31)
        return Hit(j + 1, "interval", self.rule("years"), "duration", start, stop)

    def deictic(self, i: int, *, bare: bool = False) -> Hit | None:
        """Read a unit of the calendar from here: "هذا الشهر", "last week"."""
        j = self.phase(i, bare=bare)
        unit = self.deictic_unit(j)
        if unit is None:
            return None
        end, name, offset = unit
        named = YEAR.fullmatch(self.word(end)) if name == "year" else None
        if named is not None:
            return self._bare_year(end)
        precision = "interval" if name == "week" else name
        rule, today = self.rule(f"this_{name}"), self.published
        if today is None:
            return Hit(end, precision, rule, "point", None, None, anchored=True)
        start, stop = self.calendar(name, offset, today)
        return Hit(end, precision, rule, "point", start, stop, anchored=True)

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

    def ago(self, i: int) -> Hit | None:
        """Read "قبل ثلاثة أيام", "three days ago"; a reference other than publication leaves it unresolved."""
        before = self.at("ago_before", i, bare=False)
        if before is not None:
            amount = self.amount(before[0], bare=True, lone=True)
            if amount is None:
                return None
            if self.at("relative_of", amount[0]) is not None:
                return Hit(amount[0], _PRECISIONS.get(amount[2], "interval"), self.rule("relative"), "relative")
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
            return Hit(after[0], _PRECISIONS.get(amount[2], "interval"), self.rule("relative"), "relative")
        return None

    def _ago(self, end: int, number: int | None, unit: str) -> Hit:
        start, stop, precision = self.shifted(number, unit)
        kind = "point" if unit == "day" and number is not None else "ago"
        return Hit(end, precision, self.rule("ago"), kind, start, stop, anchored=True)

    def bounded(self, i: int) -> Hit | None:
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
                    return Hit(amount[0], precision, self.rule("since"), "since", start, None, anchored=True)
            elif kind == "after" and point is None:
                amount = self.amount(j, bare=True, lone=False)
                if amount is not None:
                    return Hit(amount[0], _PRECISIONS.get(amount[2], "interval"), self.rule("relative"), "relative")
            if point is None or point.kind != "point":
                continue
            start, stop = point.start, point.stop
            if kind in {"since", "after"}:
                stop = None
            else:
                start, stop = None, stop
            return Hit(point.end, point.precision, self.rule(kind), kind, start, stop, point.anchored)
        return None

    def _bare_year(self, i: int) -> Hit | None:
        match = YEAR.fullmatch(self.word(i))
        if match is None:
            return None
        number = int(match[1])
        return Hit(i + 1, "year", self.rule("year"), "point", date(number, 1, 1), date(number, 12, 31))

    def duration(self, i: int) -> Hit | None:
        """Read a stretch of time: "خلال 24 ساعة", "ثلاثة أيام", "the past 24 hours", "recent days"."""
        found = self.at("for", i, bare=False)
        j = found[0] if found is not None else i
        bare = found is not None
        vague = self.at("vague_spans", j, bare=bare)
        if vague is not None:
            return Hit(vague[0], "interval", self.rule("duration"), "duration")
        span = self._past_span(j, bare=bare)
        if span is not None:
            return span
        amount = self.amount(j, bare=bare, lone=found is not None)
        if amount is None or (found is not None and self.point(j, bare=True) is not None):
            return None
        after = self.at("span_past", amount[0])
        if after is not None:
            return self._span_back(after[0], amount[1], amount[2])
        return Hit(amount[0], "interval", self.rule("duration"), "duration")

    def _past_span(self, i: int, *, bare: bool) -> Hit | None:
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

    def _span_back(self, end: int, number: int | None, unit: str) -> Hit:
        rule, today = self.rule("duration"), self.published
        if today is None or number is None or number > 5000 or unit not in {"hour", "day", "week"}:
            return Hit(end, "interval", rule, "duration")
        days = {"hour": -(-number // 24), "day": number, "week": 7 * number}[unit]
        return Hit(end, "interval", rule, "duration", today - timedelta(days=days), today, anchored=True)

    def range(self, i: int) -> Hit | None:
        """Read "من 27 إلى 30 نوفمبر", "between Wednesday and Saturday"."""
        start = self.at("range_from", i, bare=False)
        if start is None:
            return None
        inner = self.day(start[0], bare=True)
        if inner is not None and inner.kind == "duration":
            return inner
        first = self.point(start[0], bare=True) or self._bare_year(start[0])
        return self._until(first, and_too=True) if first is not None else None

    def _until(self, first: Hit, *, and_too: bool) -> Hit | None:
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
        return Hit(second.end, "interval", self.rule("range"), "duration", begin, finish, anchored)

    def pair(self, i: int) -> Hit | None:
        """Read "يومي الخميس والجمعة"."""
        found = self.at("day_pairs", i, bare=False)
        if found is None:
            return None
        first = self.day(found[0], bare=True)
        if first is not None and first.kind == "duration":
            return first
        return self._until(first, and_too=True) if first is not None else None

    def clock(self, i: int) -> Hit | None:
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
        return Hit(self.skip("clock_after", end), "time", self.rule("clock"), "time")

    def frequency(self, i: int) -> Hit | None:
        """Read what says how often: "يوميا", "every day"."""
        found = self.at("frequencies", i, bare=False)
        return Hit(found[0], "time", self.rule("frequency"), "frequency") if found is not None else None

    def relative(self, i: int) -> Hit | None:
        """Read a day that another sentence fixes: "اليوم التالي", "the same day"."""
        found = self.at("relatives", i, bare=False)
        return Hit(found[0], "day", self.rule("relative"), "relative") if found is not None else None

    def ordinal(self, i: int) -> Hit | None:
        """Read a day by its number in a row: "اليوم الثاني", "اليوم الـ306 من الحرب", "day 306 of the war"."""
        found = self.at("ordinal_days", i, bare=False)
        ordinal = self._ordinal_after(found[0]) if found is not None else None
        if ordinal is None:
            return None
        end, number = ordinal
        for first, marks in self.g.counted_days:
            behind = self.words[end : end + _COUNTED_REACH]
            if all(any(mark in word for word in behind for mark in alternatives) for alternatives in marks):
                day = first + timedelta(days=number - 1)
                near = self.published is None or abs((day - self.published).days) <= _COUNTED_SLACK
                if near and number > _COUNTED_FROM:
                    return Hit(end, "day", self.rule("counted"), "point", day, day)
        return Hit(end, "day", self.rule("ordinal"), "ordinal")

    def hijri(self, i: int) -> Hit | None:
        """Read a Hijri date by the Umm al-Qura calendar, as approximate: other countries may differ by a day.

        Without a year it is the last such day or month before the publication date.
        """
        day = self.day_number(i, bare=False)
        j = self.skip("month_of", day[0]) if day is not None else i
        shahr = self.at("month_words", j, bare=False)
        marked = day is not None or shahr is not None
        month = self.at("hijri_months", shahr[0] if shahr is not None else j, bare=marked)
        if month is None:
            return None
        end, number = month
        written = _HIJRI_YEAR.fullmatch(self.word(end))
        if written is not None:
            end = self.skip("hijri_marks", end + 1)
        if not marked and written is None:
            return None
        precision = "day" if day is not None else "interval"
        found = self._hijri_days(int(written[0][:4]) if written is not None else None, number, day and day[1])
        if found is None:
            return Hit(end, precision, self.rule("hijri.unresolved"))
        first, last = found
        return Hit(end, precision, self.rule("hijri"), "point", first, last, written is None, approximate=True)

    def _hijri_days(self, year: int | None, month: int, day: int | None) -> tuple[date, date] | None:
        if year is not None:
            return hijri_days(year, month, day)
        if self.published is None:
            return None
        this = hijri_year(self.published)
        candidates = (hijri_days(y, month, day) for y in (this, this - 1) if y is not None) if this else ()
        return next((days for days in candidates if days is not None and days[0] <= self.published), None)
