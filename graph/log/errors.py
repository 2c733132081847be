"""What can go wrong with a log: one class a failure.

Invariant: a message says what is wrong and what to do next, and never holds a password. Where an append fails with one
of these, nothing was appended; the exceptions are `OutcomeUnknown` and `DiskFailed`, which say so.
"""

from pathlib import Path


class LogError(Exception):
    """Something is wrong with the log, or with what it was asked to do; the base of the classes below."""


class VersionConflict(LogError):
    """`expected` is not the version of the stream: somebody else appended, and `actual` is the version now."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"the stream {stream} is at version {actual}, not {expected}: read it again and repeat")
        self.stream, self.expected, self.actual = stream, expected, actual


class KeyConflict(LogError):
    """The key was used before for other content; `difference` names what differs, `first` where that stands."""

    def __init__(self, key: str, first: int, difference: str) -> None:
        super().__init__(f"the key {key} was used at position {first} for other content: {difference}")
        self.key, self.first, self.difference = key, first, difference


class RecordTooLarge(LogError):
    """The body of a record is over the limit; sizes in bytes."""

    def __init__(self, type_: str, size: int, limit: int) -> None:
        super().__init__(
            f"a {type_} record of {size:,} bytes is over the limit of {limit:,} bytes (WAQAI_LOG_RECORD_BYTES)"
        )
        self.type, self.size, self.limit = type_, size, limit


class BatchTooLarge(LogError):
    """A batch is over its limit; `unit` is `records` or `bytes`."""

    def __init__(self, unit: str, size: int, limit: int) -> None:
        super().__init__(
            f"a batch of {size:,} {unit} is over the limit of {limit:,} {unit} (WAQAI_LOG_BATCH_{unit.upper()})"
        )
        self.unit, self.size, self.limit = unit, size, limit


class LogMissing(LogError):
    """There is no log at `place`."""

    def __init__(self, place: Path | str) -> None:
        super().__init__(f"there is no log at {place}: ingest something first, or name another data folder")
        self.place = place


class LogFull(LogError):
    """The disk has no room; nothing of the batch was written."""

    def __init__(self, place: Path | str) -> None:
        super().__init__(f"no room left to write {place}: nothing was appended; free some space and repeat")
        self.place = place


_RIGHTS = "check the rights of the folder, of the file and of those beside it (-wal, -shm)"


class LogReadOnly(LogError):
    """The file and its folder, or the database, cannot be written."""

    def __init__(
        self,
        place: Path | str,
        reason: str,
        advice: str = _RIGHTS,
    ) -> None:
        super().__init__(f"{place} cannot be written ({reason}): {advice}")
        self.place, self.reason = place, reason


class LogBusy(LogError):
    """Another process held the write lock for longer than `seconds`; nothing of the batch was written."""

    def __init__(self, place: Path | str, seconds: float) -> None:
        super().__init__(
            f"{place} was locked by another process for more than {seconds:g} s (WAQAI_LOG_BUSY_SECONDS): try again"
        )
        self.place, self.seconds = place, seconds


class LogTooNew(LogError):
    """The log was written by a newer version of the code."""

    def __init__(self, place: Path | str, found: int, known: int) -> None:
        super().__init__(f"{place} has log schema {found}, this version knows up to {known}: upgrade waqai")
        self.place, self.found, self.known = place, found, known


class NotALog(LogError):
    """The file or database is none, is damaged as a database, or belongs to another program."""

    def __init__(self, place: Path | str, reason: str) -> None:
        super().__init__(
            f"{place} is not a usable log ({reason}): restore it from a backup or name another data folder"
        )
        self.place, self.reason = place, reason


class LogDamaged(LogError):
    """The entry at `position` is not what an untouched log holds there."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"the log is damaged at position {position}: {reason}")
        self.position, self.reason = position, reason


class LogUnreachable(LogError):
    """The server of the log does not answer, or went away before the batch was committed: nothing was appended."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place} cannot be reached ({reason}): nothing was appended; start the server and repeat")
        self.place, self.reason = place, reason


class OutcomeUnknown(LogError):
    """The server went away while it committed: the batch is in the log as a whole, or not at all.

    Appending the same batch again with the same `key` is safe: it returns the positions of the first if there are any.
    """

    def __init__(self, place: str, stream: str, key: str | None, reason: str) -> None:
        advice = (
            f"repeat with the same key {key}, which appends it only if it is not there"
            if key is not None
            else f"read the stream {stream} before you append again"
        )
        super().__init__(
            f"{place} went away while it committed ({reason}), so the batch may be in the log or not: {advice}"
        )
        self.place, self.stream, self.key = place, stream, key


class DiskFailed(LogError):
    """The disk did not confirm that it keeps what was written. The batch may be in the log or not.

    Nothing more is appended by this process: what a disk says after that cannot be trusted before a restart.
    """

    def __init__(self, place: Path | str, reason: str) -> None:
        super().__init__(
            f"{place} could not be made safe on its disk ({reason}), so the batch may be in the log or not: look after "
            "the disk, start again and repeat with the same key"
        )
        self.place, self.reason = place, reason


class BadAddress(LogError):
    """An address names no log that this installation can open."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


class LogsDiffer(LogError):
    """The log to be filled holds something else than the log that is moved; `position` is the first that differs."""

    def __init__(self, source: Path | str, target: Path | str, position: int) -> None:
        super().__init__(
            f"{target} holds another record than {source} at position {position}: nothing was written; name an empty "
            "log"
        )
        self.source, self.target, self.position = source, target, position
