"""Days of the Hijri calendar as Gregorian days.

Invariant: the conversion is that of the Umm al-Qura calendar (hijridate), or None where it has no such day.
"""

from datetime import date

from hijridate import Gregorian, Hijri


def hijri_days(year: int, month: int, day: int | None) -> tuple[date, date] | None:
    """Return the first and last Gregorian day of a Hijri day, or of a whole month without `day`.

    None outside the calendar's years (1343 to 1500) and for a day that the month does not have.
    """
    try:
        first = Hijri(year, month, day or 1)
        last = first if day is not None else Hijri(year, month, first.month_length())
    except (ValueError, OverflowError):
        return None
    a, b = first.to_gregorian(), last.to_gregorian()
    return date(a.year, a.month, a.day), date(b.year, b.month, b.day)


def hijri_year(day: date) -> int | None:
    """Return the Hijri year of a Gregorian day, None outside the calendar's years (1924 to 2077)."""
    try:
        return int(Gregorian(day.year, day.month, day.day).to_hijri().year)
    except (ValueError, OverflowError):
        return None
