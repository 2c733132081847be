"""Moments: what a person may write to name a past state, and the position of the log that it means.

Invariant: a moment is a position or a record time, never a publication date or the date of an event. A time means the
last record that was recorded at or before it, so what is asked for is what the log held then. A plain day means its
end, in UTC, in which record times are. Nothing else is guessed: a time without a zone is refused.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from graph.log import EventLog
from graph.travel.errors import BadMoment, BeyondTheHead

_POSITION: Final = re.compile(r"[0-9]{1,19}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# RFC 3339. In an address a plus sign that was not encoded arrives as a space.
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)(?:([Zz])|([+ -])([0-9]{2}:[0-9]{2}))"
)
_HTTP_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST: Final = 64  # characters of a moment


@dataclass(frozen=True, slots=True)
class Moment:
    """A position of the log, and when its record was recorded (ISO 8601, UTC); None before the first record."""

    position: int
    recorded: str | None

    def __str__(self) -> str:
        if self.recorded is None:
            return f"position {self.position}, before the first record"
        return f"position {self.position}, recorded {self.recorded}"

    @property
    def http_date(self) -> str | None:
        """The record time as an HTTP date (RFC 9110), cut to whole seconds."""
        return None if self.recorded is None else http_date(self.recorded)


def moment_of(log: EventLog, text: str) -> Moment:
    """Return the moment that `text` names: a position, an RFC 3339 time with its zone, or a day (its end in UTC).

    A time after the last record means the last record, as the log is now.

    Raises:
        BadMoment: it is none of these.
        BeyondTheHead: the log does not reach that position.
    """
    written = text.strip()
    if _POSITION.fullmatch(written):
        position = int(written)
        head = log.head()
        if position > head:
            raise BeyondTheHead(position, head)
        return at_position(log, position)
    return at_position(log, log.at_time(_time(text, written)))


def http_moment(log: EventLog, text: str) -> Moment:
    """Return the moment that an `Accept-Datetime` names (RFC 7089): the end of that second, because it has no parts.

    Raises:
        BadMoment: it is no date as RFC 1123 writes it, in GMT.
    """
    match = _HTTP_DATE.fullmatch(text.strip())
    if match is None:
        raise BadMoment(text, "Accept-Datetime is written as in Sat, 30 Nov 2024 10:00:00 GMT")
    day, month, year, hour, minute, second = match.groups()
    try:
        when = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), 999_999, tzinfo=UTC
        )
    except ValueError as error:
        raise BadMoment(text, str(error)) from None
    return at_position(log, log.at_time(when))


def at_position(log: EventLog, position: int) -> Moment:
    """Return the moment of a position that the log reaches."""
    if position == 0:
        return Moment(0, None)
    record = next(iter(log.read(after=position - 1, upto=position)), None)
    if record is None:
        raise BeyondTheHead(position, log.head())
    return Moment(position, record.recorded)


def http_date(recorded: str) -> str:
    """Return a record time as an HTTP date, cut to whole seconds.

    >>> http_date("2024-11-30T10:00:01.999999Z")
    'Sat, 30 Nov 2024 10:00:01 GMT'
    """
    return format_datetime(datetime.fromisoformat(recorded).astimezone(UTC).replace(microsecond=0), usegmt=True)


def _time(text: str, written: str) -> datetime:
    try:
        if _DAY.fullmatch(written):
            return datetime.fromisoformat(written).replace(tzinfo=UTC) + timedelta(days=1, microseconds=-1)
        match = _TIME.fullmatch(written)
        if match is not None:
            local, utc, sign, offset = match.groups()
            zone = "+00:00" if utc else f"{'-' if sign == '-' else '+'}{offset}"
            return datetime.fromisoformat(_microseconds(local) + zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadMoment(_short(text), str(error)) from None
    raise BadMoment(
        _short(text), "give a position such as 42, a time with its zone such as 2024-11-30T10:00:00Z, or a day"
    )


def _microseconds(local: str) -> str:
    """Return a local time with at most six digits behind the point, which is what record times have."""
    whole, point, parts = local.partition(".")
    return whole + point + parts[:6]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
