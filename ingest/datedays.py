"""Days as news names them: by number and month, by weekday, by "today", by part of the day, and by several of these.

Invariant: a day is stated only where the words, with the publication date, fix it.
"""

from datetime import date, timedelta
from typing import Final

from ingest.datewords import SLASHES, DateWords, Hit, WrittenDay, day_of

_OPEN_SEPARATORS: Final = frozenset({"،", ",", "("})
_DAY_SLACK = 1  # a date one day after the publication date is that date in another time zone, not last year's


class Days(DateWords):
    """The productions that name one day, a night or a range of days within a month."""

    def written(self, i: int, *, bare: bool) -> WrittenDay | None:
        """Read "30 تشرين الثاني/نوفمبر 2024", "الـ27 من تشرين الثاني", "November 30, 2024", "27-30 November"."""
        return self._day_month(i, bare=bare) or self._month_day(i)

    def _day_month(self, i: int, *, bare: bool) -> WrittenDay | None:
        first = self.day_number(i, bare=bare)
        if first is None:
            return None
        j, day = first
        last_day: int | None = None
        while (second := self._next_day(j)) is not None and second[1] > (last_day or day):
            j, last_day = second
        if self.word(j) in SLASHES and self.month_name(j + 1, abbreviated=True) is not None:
            j += 1
        j = self.skip("month_of", j)
        month = self.month_name(self.skip("month_words", j), abbreviated=True)
        if month is None or (month[0] - 1 >= 0 and self._clitic(self.skip("month_words", j))):
            unit = self.deictic_unit(j)
            cued = j > first[0] or self.word(i - 1) in self.g.month_cues
            if unit is not None and unit[1] == "month" and cued and last_day is None:
                return WrittenDay(unit[0], day, 0, None, None, None, unit[2])
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

    def _month_day(self, i: int) -> WrittenDay | None:
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

    def _with_year(self, end: int, day: int, month: int, last_day: int | None) -> WrittenDay:
        year = self.year_of(end)
        if year is not None:
            return WrittenDay(year[0], day, month, year[1], None, last_day, year[2])
        direction = self.at("modifier_after", end)
        if direction is not None and self.g.conjunction is not None:
            return WrittenDay(direction[0], day, month, None, direction[1], last_day)
        return WrittenDay(end, day, month, None, None, last_day)

    def resolve_day(self, written: WrittenDay, weekday: int | None) -> tuple[date | None, bool]:
        """Return the day meant and whether the publication date was needed."""
        today = self.published
        if written.month == 0:
            if today is None or written.year_offset is None:
                return None, True
            index = today.year * 12 + today.month - 1 + written.year_offset
            return day_of(index // 12, index % 12 + 1, written.day), True
        if written.year is not None:
            return day_of(written.year, written.month, written.day), False
        if today is None:
            return None, True
        if written.year_offset is not None:
            return day_of(today.year + written.year_offset, written.month, written.day), True
        years = range(today.year + 1, today.year - 9, -1)
        days = [found for year in years if (found := day_of(year, written.month, written.day)) is not None]
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

    def day(self, i: int, *, bare: bool = False) -> Hit | None:
        """Read one day named by its parts: "فجر اليوم السبت 30 نوفمبر", "late on Thursday", "last Saturday"."""
        night = self.at("nights", i, bare=bare)
        j, part, is_night = i, False, False
        offset: int | None = None
        weekday: int | None = None
        direction: str | None = None
        week: tuple[date, date] | None = None
        date_hit: tuple[int, WrittenDay | None, date | None, bool] | None = None
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
        current = offset is not None and offset <= 0
        return Hit(j, "day", self.rule(name), "point", resolved, resolved, anchored=True, current=current)

    def _date_at(self, i: int, *, bare: bool) -> tuple[int, WrittenDay | None, date | None, bool] | None:
        i = self.skip("date_fillers", i) if bare else i
        numeric = self.numeric(i)
        if numeric is not None:
            return numeric[0], None, numeric[1], numeric[2]
        written = self.written(i, bare=bare)
        return (written.end, written, None, False) if written is not None else None

    def _dated(self, found: tuple[int, WrittenDay | None, date | None, bool], weekday: int | None) -> Hit:
        end, written, numeric, ambiguous = found
        if written is None:
            rule = self.rule("numeric.ambiguous" if ambiguous else "numeric" if numeric else "invalid")
            return Hit(end, "day", rule, "point", numeric, numeric)
        resolved, anchored = self.resolve_day(written, weekday)
        invalid = resolved is None and (not anchored or self.published is not None)
        if written.last_day is not None:
            last, _ = self.resolve_day(written._replace(day=written.last_day), None)
            if resolved is None or last is None or last < resolved:
                resolved = last = None
            return Hit(end, "interval", self.rule("day_range"), "duration", resolved, last, anchored)
        return Hit(end, "day", self.rule("invalid" if invalid else "day_month"), "point", resolved, resolved, anchored)

    def _abbreviated_weekday(self, i: int) -> tuple[int, int] | None:
        found = self.at("weekday_abbreviations", i)
        if found is None:
            return None
        j = found[0]
        while self.word(j) in {".", ","}:
            j += 1
        return found if self._date_at(j, bare=True) is not None and j <= found[0] + 1 else None

    def _outlet(self, i: int) -> bool:
        """قناة روسيا اليوم, لقناة الغد: the day word is the outlet's name, with or without a particle on its head."""
        for name in self.g.not_today_after:
            first = i - len(name)
            if first >= 0 and tuple(self.words[first + 1 : i]) == name[1:]:
                head = self.words[first]
                if head == name[0] or (head.endswith(name[0]) and set(head[: -len(name[0])]) <= set("وفبلك")):
                    return True
        return False

    def _today_is_name(self, i: int, end: int) -> bool:
        """Tell whether the day word counts days instead of naming one: اليوم الثاني, اليوم ال306."""
        return self.at("ordinal_days", i, bare=False) is not None and self._ordinal_after(end) is not None

    def _night(self, end: int) -> Hit:
        start = self.published - timedelta(days=1) if self.published else None
        return Hit(end, "interval", self.rule("night"), "point", start, self.published, anchored=True)

    def _two_days(self, end: int, second: int, direction: str | None) -> Hit:
        stop = self._weekday(second, None, direction, None)
        start = stop - timedelta(days=1) if stop else None
        return Hit(end, "interval", self.rule("night.two_days"), "point", start, stop, anchored=True)

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

    def _ordinal_after(self, i: int) -> tuple[int, int] | None:
        """Read the number of a day in a row: (end, number)."""
        ordinal = self.at("ordinals", i)
        if ordinal is not None:
            return ordinal[0], int(ordinal[1])
        if self.word(i) in self.g.article_tokens and self.word(i + 1).isdigit():
            return i + 2, int(self.word(i + 1))
        if self.g.conjunction is None:
            return (i + 1, int(self.word(i))) if self.word(i).isdigit() else None
        number = self.g.reader.at(self.words, i)
        return (number.end, number.value) if number is not None and number.glued else None
