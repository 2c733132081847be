"""What every backend does alike: append, read, tail and verify, over the few operations that a database gives.

Invariant: the batch is compared with its key, checked against `expected` and given its positions in the transaction
that writes it, while the write lock is held. A backend adds how its database locks, pages and fails, and no rule.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self

from graph.log.checking import Checker
from graph.log.contract import Appended, Limits, NewRecord, Record
from graph.log.drafts import Row, check_repeat, drafted, microseconds, record_of, rows_of
from graph.log.errors import LogDamaged, VersionConflict

PAGE = 256  # records a read takes at a time, so that no read transaction stays open between them
_POLL_SECONDS = 0.05
_LARGEST = 2**63 - 1  # position that a database can be asked for


class Writing(Protocol):
    """A transaction that holds the write lock of the log; it commits where its block ends without an exception."""

    def last(self) -> tuple[int, int]:
        """Return the last position and its record time in microseconds, (0, -1) for an empty log."""
        ...

    def version(self, stream: str) -> int:
        """Return the version of `stream`, 0 where it has no record."""
        ...

    def find_key(self, key: str) -> Appended | None:
        """Return the positions of the batch under `key`."""
        ...

    def bodies(self, first: int, last: int) -> list[tuple[int, bytes]]:
        """Return positions and bodies from `first` to `last`, both inclusive."""
        ...

    def insert(self, rows: Sequence[Row]) -> None:
        """Write rows that follow on the last."""
        ...

    def rows(self, after: int, limit: int) -> list[Row]:
        """Return at most `limit` rows beyond `after` in order, those just inserted among them."""
        ...


class StoredLog(ABC):
    """A log in a database. May be used from several threads and after a fork.

    `place` is what messages call it: a path, or an address without its password.
    """

    place: str

    def __init__(self, clock: Callable[[], datetime] | None, limits: Limits | None) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._limits = limits or Limits()

    @abstractmethod
    def writing(self, stream: str = "", key: str | None = None) -> AbstractContextManager[Writing]:
        """Open a transaction that holds the write lock; `stream` and `key` are for the message if it is lost."""

    @abstractmethod
    def rows(self, after: int, limit: int) -> list[Row]:
        """Return at most `limit` rows beyond `after` in order."""

    @abstractmethod
    def _page(self, after: int, upto: int, types: Sequence[str], limit: int) -> list[tuple[int, bytes]]:
        """Return positions and bodies with `after < position <= upto`, of the `types` if given."""

    @abstractmethod
    def _stream_page(self, stream: str, after: int, limit: int) -> list[tuple[int, bytes, int]]:
        """Return positions, bodies and versions of one stream with `version > after`."""

    @abstractmethod
    def _last_before(self, moment: int) -> int:
        """Return the last position recorded at or before `moment`, in microseconds; 0 if there is none."""

    @abstractmethod
    def head(self) -> int:
        """See `EventLog.head`."""

    @abstractmethod
    def find_key(self, key: str) -> Appended | None:
        """See `EventLog.find_key`."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections of every thread of this process; the log may not be used afterwards."""

    def advice(self) -> tuple[str, ...]:
        """Return a sentence for each thing about the database that makes the log less safe than it could be."""
        return ()

    def _check_database(self) -> None:  # noqa: B027 - a server checks its pages itself
        """Raise NotALog where the database finds itself damaged, such as in an index that no record shows."""

    def append(
        self,
        stream: str,
        records: Sequence[NewRecord],
        *,
        actor: str,
        expected: int | None = None,
        key: str | None = None,
    ) -> Appended:
        """See `EventLog.append`."""
        drafts = drafted(stream, records, actor, key, self._limits)  # outside the write lock: others need not wait
        with self.writing(stream, key) as transaction:
            if key is not None and (earlier := transaction.find_key(key)) is not None:
                check_repeat(key, earlier, transaction.bodies(earlier.first, earlier.last), stream, drafts)
                return earlier
            version = transaction.version(stream)
            if expected is not None and expected != version:
                raise VersionConflict(stream, expected, version)
            head, moment = transaction.last()
            now = microseconds(self._clock())
            rows = rows_of(stream, drafts, key, version=version, head=head, moment=moment, now=now, limits=self._limits)
            transaction.insert(rows)
        return Appended(rows[0].position, rows[-1].position)

    def read(
        self, after: int = 0, upto: int | None = None, types: Sequence[str] = (), limit: int | None = None
    ) -> Iterator[Record]:
        """See `EventLog.read`."""
        for position, body in self._bodies(after, upto, types, limit):
            yield record_of(position, body)

    def bodies(self, after: int = 0, upto: int | None = None) -> Iterator[tuple[int, bytes]]:
        """See `EventLog.bodies`."""
        return self._bodies(after, upto, (), None)

    def _bodies(
        self, after: int, upto: int | None, types: Sequence[str], limit: int | None
    ) -> Iterator[tuple[int, bytes]]:
        upto = self.head() if upto is None else min(upto, _LARGEST)
        left = limit if after < upto else 0
        while left is None or left > 0:
            page = PAGE if left is None else min(PAGE, left)
            rows = self._page(after, upto, types, page)
            yield from rows
            if len(rows) < page:
                return
            after = rows[-1][0]
            left = None if left is None else left - len(rows)

    def read_stream(self, stream: str, after: int = 0) -> Iterator[Record]:
        """See `EventLog.read_stream`."""
        while after < _LARGEST and (rows := self._stream_page(stream, after, PAGE)):
            for position, body, _ in rows:
                yield record_of(position, body)
            after = rows[-1][2]

    def at_time(self, moment: datetime) -> int:
        """See `EventLog.at_time`."""
        return self._last_before(microseconds(moment))

    def wait(self, after: int, timeout: float) -> int:
        """See `EventLog.wait`."""
        end = time.monotonic() + timeout
        while (head := self.head()) <= after and (left := end - time.monotonic()) > 0:
            time.sleep(min(_POLL_SECONDS, left))
        return head

    def verify(self, progress: Callable[[int], None] | None = None) -> int:
        """See `EventLog.verify`."""
        last = 0
        for last, _ in self.checked():
            if progress is not None:
                progress(last)
        return last

    def checked(self, signed: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield positions and bodies from the first on, each once it was checked as `verify` does.

        Bodies up to the position `signed` are not parsed: the caller compares their hashes with what was signed, and
        nothing is signed that is no record in canonical JSON.

        Raises:
            LogDamaged, NotALog
        """
        checker = Checker()
        while checker.position < (head := self.head()):
            rows = self.rows(checker.position, PAGE)
            if not rows:
                raise LogDamaged(checker.position + 1, f"the log should go on to position {head}")
            for row in rows:
                checker.check(row, signed=row.position <= signed)
                yield row.position, row.body
        if self.rows(checker.position, 1) and self.head() == checker.position:
            raise LogDamaged(checker.position + 1, f"the log should end at position {checker.position}")
        self._check_database()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
