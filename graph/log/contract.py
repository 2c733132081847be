"""The log as every part sees it: records, batches, limits and the contract that one test suite holds for all backends.

Invariant: positions are dense from 1 and are given under the write lock inside the committing transaction, so a
reader that has seen position n never meets a smaller one later. Record time grows strictly, whatever the clock does.
The stored `body` is the canonical JSON of the record; every other column is an index over it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ontology.identity import sha256_hex

LOG_SCHEMA = 1  # version of the tables, kept in the database
ENVELOPE = 1  # version of the record's envelope, `v`
APPLICATION_ID = 0x57514149  # "WQAI": tells a log from other databases


@dataclass(frozen=True, slots=True)
class NewRecord:
    """What a caller wants to append; `cause` is the position of the record that led to this one."""

    type: str
    schema: int
    payload: Mapping[str, Any]
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the log. `recorded` is ISO 8601 in UTC with microseconds and `Z`; `body` the canonical JSON.

    `version` is the dense number of the record within its stream, from 1; `actor` says who wrote it.
    """

    v: int
    position: int
    stream: str
    version: int
    type: str
    schema: int
    recorded: str
    actor: str
    cause: int | None
    key: str | None
    payload: dict[str, Any]
    body: bytes

    @property
    def body_sha256(self) -> str:
        """SHA-256 of the body, in hex."""
        return sha256_hex(self.body)


@dataclass(frozen=True, slots=True)
class Appended:
    """Positions of a batch, both inclusive; `replayed` where an earlier append with the same key had written it."""

    first: int
    last: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of one append; `name_bytes` is that of a stream, an actor, a type and a key, in UTF-8."""

    record_bytes: int = 64 * 1024 * 1024
    batch_bytes: int = 256 * 1024 * 1024
    batch_records: int = 10_000
    name_bytes: int = 1024  # an index of PostgreSQL takes 2,700


class EventLog(Protocol):
    """The log as every part sees it; one test suite holds for every backend."""

    def append(
        self,
        stream: str,
        records: Sequence[NewRecord],
        *,
        actor: str,
        expected: int | None = None,
        key: str | None = None,
    ) -> Appended:
        """Append a batch to `stream` in one transaction and return its positions once it is durable.

        The same `key` with the same content (stream, types, schemas, payloads, causes) returns the first positions
        with `replayed=True`, whoever the actor and whatever is `expected`. `expected` is the version that the stream
        must have (0: no record yet).

        Raises:
            VersionConflict, KeyConflict, RecordTooLarge, BatchTooLarge, LogFull, LogReadOnly, LogBusy, LogUnreachable:
                nothing was appended.
            OutcomeUnknown, DiskFailed: the batch may be in the log or not; repeat with the same key.
            ontology.identity.NotCanonical: a payload has no canonical form; nothing was appended.
            ValueError: no records, an empty or overlong stream, actor, type or key, one with a NUL, or a `cause` that
                is no earlier position.
        """
        ...

    def read(
        self, after: int = 0, upto: int | None = None, types: Sequence[str] = (), limit: int | None = None
    ) -> Iterator[Record]:
        """Yield the records with `after < position <= upto` in order, of the `types` if given, at most `limit`."""
        ...

    def bodies(self, after: int = 0, upto: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield positions and bodies with `after < position <= upto` in order, as they are stored: nothing is decoded.

        Where a record is missing, so is its position.
        """
        ...

    def read_stream(self, stream: str, after: int = 0) -> Iterator[Record]:
        """Yield the records of one stream with `version > after`, in order."""
        ...

    def head(self) -> int:
        """Return the last position, 0 for an empty log."""
        ...

    def at_time(self, moment: datetime) -> int:
        """Return the last position recorded at or before `moment` (with time zone), 0 if there is none."""
        ...

    def wait(self, after: int, timeout: float) -> int:
        """Return the head as soon as it is beyond `after`, or when `timeout` seconds have passed."""
        ...

    def find_key(self, key: str) -> Appended | None:
        """Return the positions of the batch appended under `key`, with `replayed=True`, or None."""
        ...

    def verify(self, progress: Callable[[int], None] | None = None) -> int:
        """Check every record and return their number; `progress` is called with each position.

        Raises:
            LogDamaged: at the first position that is missing, not canonical, or at odds with its columns.
            NotALog: the database finds itself damaged.
        """
        ...
