"""What can be wrong with asking for the past; every message says what to do."""

from pathlib import Path


class TravelError(Exception):
    """A past state cannot be given; the base of the classes below."""


class BadMoment(TravelError):
    """The text names no position and no time."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text!r} names no moment of the log: {reason}")
        self.text, self.reason = text, reason


class BeyondTheHead(TravelError):
    """The log does not reach that position."""

    def __init__(self, position: int, head: int) -> None:
        super().__init__(f"position {position} is beyond the head of the log, which is at position {head}")
        self.position, self.head = position, head


class TooFar(TravelError):
    """Too many records lie between the nearest snapshot and the position."""

    def __init__(self, position: int, nearest: int, most: int) -> None:
        start = f"the nearest snapshot, at position {nearest}," if nearest else "the beginning, for want of a snapshot,"
        super().__init__(
            f"position {position} is {position - nearest} records from {start} and at most {most} are replayed for an "
            "answer: raise WAQAI_PAST_RECORDS"
        )
        self.position, self.nearest, self.most = position, nearest, most


class TooManyRecords(TravelError):
    """What was asked would read more records than allowed."""

    def __init__(self, what: str, found: int, most: int) -> None:
        super().__init__(f"{what} reads {found} records, and at most {most} are read: raise WAQAI_CHANGE_RECORDS")
        self.found, self.most = found, most


class PastUnwritable(TravelError):
    """The folder of snapshots cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be written ({reason}): check the rights and the room of the disk")
        self.path, self.reason = path, reason
