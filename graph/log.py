"""The log: the append-only sequence of records, and its form in SQLite.

Invariant: positions are dense from 1 and are given under the write lock inside the committing transaction, so a
reader that has seen position n never meets a smaller one later. Record time grows strictly, whatever the clock does.
The stored `body` is the canonical JSON of the record; every other column is an index over it.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self

import orjson

from ontology.identity import canonical_json, sha256_hex

LOG_SCHEMA = 1  # version of the table, kept in SQLite's user_version
ENVELOPE = 1  # version of the record's envelope, `v`
APPLICATION_ID = 0x57514149  # "WQAI": tells a log from other SQLite files


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
        super().__init__(f"a {type_} record of {size:,} bytes is over the limit of {limit:,} bytes")
        self.type, self.size, self.limit = type_, size, limit


class BatchTooLarge(LogError):
    """A batch is over its limit; `unit` is `records` or `bytes`."""

    def __init__(self, unit: str, size: int, limit: int) -> None:
        super().__init__(f"a batch of {size:,} {unit} is over the limit of {limit:,} {unit}")
        self.unit, self.size, self.limit = unit, size, limit


class LogMissing(LogError):
    """There is no log at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"there is no log at {path}: ingest something first, or name another data folder")
        self.path = path


class LogFull(LogError):
    """The disk has no room; nothing of the batch was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"no room left to write {path}: nothing was appended; free some space and repeat")
        self.path = path


class LogReadOnly(LogError):
    """The file or its folder cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be written ({reason}): check the rights of the file and its folder")
        self.path, self.reason = path, reason


class LogBusy(LogError):
    """Another process held the write lock for longer than `seconds`; nothing of the batch was written."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(f"{path} was locked by another process for more than {seconds:g} s: try again")
        self.path, self.seconds = path, seconds


class LogTooNew(LogError):
    """The log was written by a newer version of the code."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(f"{path} has log schema {found}, this version knows up to {known}: upgrade waqai")
        self.path, self.found, self.known = path, found, known


class NotALog(LogError):
    """The file is no database, is damaged as a database, or belongs to another program."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is not a usable log ({reason}): restore it from a backup or name another data folder")
        self.path, self.reason = path, reason


class LogDamaged(LogError):
    """The entry at `position` is not what an untouched log holds there."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"the log is damaged at position {position}: {reason}")
        self.position, self.reason = position, reason


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
    """Upper bounds of one append."""

    record_bytes: int = 64 * 1024 * 1024
    batch_bytes: int = 256 * 1024 * 1024
    batch_records: int = 10_000


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
            VersionConflict, KeyConflict, RecordTooLarge, BatchTooLarge, LogFull, LogReadOnly, LogBusy: nothing was
                appended.
            ontology.identity.NotCanonical: a payload has no canonical form; nothing was appended.
            ValueError: no records, an empty stream, actor or key, or a `cause` that is no earlier position.
        """
        ...

    def read(
        self, after: int = 0, upto: int | None = None, types: Sequence[str] = (), limit: int | None = None
    ) -> Iterator[Record]:
        """Yield the records with `after < position <= upto` in order, of the `types` if given, at most `limit`."""
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
        """
        ...


_SCHEMA = """
CREATE TABLE log(
  position INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  key TEXT,
  recorded INTEGER NOT NULL,
  body BLOB NOT NULL,
  UNIQUE(stream, version)
) STRICT;
CREATE INDEX log_key ON log(key, position) WHERE key IS NOT NULL;
CREATE INDEX log_recorded ON log(recorded);
CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_dense BEFORE INSERT ON log
  WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM log)
  BEGIN SELECT RAISE(ABORT, 'positions are dense'); END;
CREATE TRIGGER log_key_once BEFORE INSERT ON log
  WHEN NEW.key IS NOT NULL AND EXISTS (SELECT 1 FROM log WHERE key = NEW.key)
    AND (SELECT key FROM log WHERE position = NEW.position - 1) IS NOT NEW.key
  BEGIN SELECT RAISE(ABORT, 'a key names one batch'); END;
"""

_MAGIC = b"SQLite format 3\0"
_PAGE = 256  # records a read takes at a time, so that no read transaction stays open between them
_POLL_SECONDS = 0.05
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SqliteLog:
    """The log in one SQLite file (WAL, synchronous=FULL). May be used from several threads and after a fork.

    Raises (on opening):
        LogMissing: `create` is false and there is no file.
        NotALog, LogTooNew, LogReadOnly, LogFull, LogBusy
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        clock: Callable[[], datetime] | None = None,
        limits: Limits | None = None,
        busy_seconds: float = 10.0,
    ) -> None:
        self.path = Path(path)
        self._clock = clock or (lambda: datetime.now(UTC))
        self._limits = limits or Limits()
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._opened: list[tuple[int, threading.Thread, sqlite3.Connection]] = []
        self._guard = threading.Lock()
        if not self.path.exists():
            if not create:
                raise LogMissing(self.path)
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LogReadOnly(self.path, error.strerror or str(error)) from error
        elif self.path.is_file():
            self._look_at_the_head()
        self._connection()

    def _look_at_the_head(self) -> None:
        """Refuse a file that is no database; SQLite itself takes a very short one for a new database."""
        try:
            with self.path.open("rb") as file:
                head = file.read(len(_MAGIC))
        except OSError as error:
            raise LogReadOnly(self.path, error.strerror or str(error)) from error
        if head and head != _MAGIC:
            raise NotALog(self.path, "file is not a database")

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
        drafts = self._drafts(stream, records, actor, key)
        with self._write() as connection:
            if key is not None and (earlier := self._find_key(connection, key)) is not None:
                self._compare(connection, key, earlier, stream, drafts)
                return earlier
            (version,) = connection.execute(
                "SELECT coalesce(max(version), 0) FROM log WHERE stream = ?", (stream,)
            ).fetchone()
            if expected is not None and expected != version:
                raise VersionConflict(stream, expected, version)
            last = connection.execute("SELECT position, recorded FROM log ORDER BY position DESC LIMIT 1").fetchone()
            head, moment = last or (0, -1)
            rows = []
            now = _microseconds(self._clock())
            for index, draft in enumerate(drafts, start=1):
                if draft.cause is not None and not 0 < draft.cause <= head:
                    raise ValueError(f"the cause {draft.cause} of a {draft.type} record is no position of the log")
                moment = max(moment + 1, now)
                body = draft.body(head + index, version + index, _iso(moment))
                rows.append((head + index, stream, version + index, draft.type, key, moment, body))
            size = sum(len(row[-1]) for row in rows)
            for row in rows:
                if len(row[-1]) > self._limits.record_bytes:
                    raise RecordTooLarge(row[3], len(row[-1]), self._limits.record_bytes)
            if size > self._limits.batch_bytes:
                raise BatchTooLarge("bytes", size, self._limits.batch_bytes)
            connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            return Appended(head + 1, head + len(rows))

    def read(
        self, after: int = 0, upto: int | None = None, types: Sequence[str] = (), limit: int | None = None
    ) -> Iterator[Record]:
        """See `EventLog.read`."""
        last = self.head() if upto is None else upto
        chosen = f" AND type IN ({', '.join('?' * len(types))})" if types else ""
        query = f"SELECT position, body FROM log WHERE position > ? AND position <= ?{chosen} ORDER BY position LIMIT ?"  # noqa: S608
        left = limit
        while left is None or left > 0:
            page = _PAGE if left is None else min(_PAGE, left)
            rows = self._rows(query, (after, last, *types, page))
            for position, body in rows:
                yield _record(position, body)
            if len(rows) < page:
                return
            after = rows[-1][0]
            left = None if left is None else left - len(rows)

    def read_stream(self, stream: str, after: int = 0) -> Iterator[Record]:
        """See `EventLog.read_stream`."""
        query = "SELECT position, body, version FROM log WHERE stream = ? AND version > ? ORDER BY version LIMIT ?"
        while rows := self._rows(query, (stream, after, _PAGE)):
            for position, body, _ in rows:
                yield _record(position, body)
            after = rows[-1][2]

    def head(self) -> int:
        """See `EventLog.head`."""
        return int(self._rows("SELECT coalesce(max(position), 0) FROM log")[0][0])

    def at_time(self, moment: datetime) -> int:
        """See `EventLog.at_time`."""
        query = "SELECT position FROM log WHERE recorded <= ? ORDER BY recorded DESC LIMIT 1"
        rows = self._rows(query, (_microseconds(moment),))
        return int(rows[0][0]) if rows else 0

    def wait(self, after: int, timeout: float) -> int:
        """See `EventLog.wait`."""
        end = time.monotonic() + timeout
        while (head := self.head()) <= after and (left := end - time.monotonic()) > 0:
            time.sleep(min(_POLL_SECONDS, left))
        return head

    def find_key(self, key: str) -> Appended | None:
        """See `EventLog.find_key`."""
        with self._errors():
            return self._find_key(self._connection(), key)

    def verify(self, progress: Callable[[int], None] | None = None) -> int:
        """See `EventLog.verify`."""
        versions: dict[str, int] = {}
        key_end: dict[str, int] = {}
        position, moment = 0, -1
        columns_of = "position, stream, version, type, key, recorded, body"
        query = f"SELECT {columns_of} FROM log WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
        while rows := self._rows(query, (position, _PAGE)):
            for row in rows:
                if row[0] != position + 1:
                    raise LogDamaged(position + 1, "the record is missing")
                position = row[0]
                record = _record(position, row[6])
                if canonical_json(orjson.loads(row[6])) != row[6]:
                    raise LogDamaged(position, "the body is not canonical JSON")
                columns = (record.position, record.stream, record.version, record.type, record.key, record.recorded)
                for name, inside, column in zip(
                    ("position", "stream", "version", "type", "key", "recorded"),
                    columns,
                    (*row[:5], _iso(row[5])),
                    strict=True,
                ):
                    if inside != column:
                        raise LogDamaged(position, f"the body says {name} {inside!r}, the column {column!r}")
                if record.version != versions.get(record.stream, 0) + 1:
                    raise LogDamaged(position, f"version {record.version} of {record.stream} is out of turn")
                if row[5] <= moment:
                    raise LogDamaged(position, "the record time does not grow")
                if record.key is not None and key_end.get(record.key, position - 1) != position - 1:
                    raise LogDamaged(position, f"the key {record.key} names two batches")
                versions[record.stream], moment = record.version, row[5]
                if record.key is not None:
                    key_end[record.key] = position
                if progress is not None:
                    progress(position)
        return position

    def close(self) -> None:
        """Close the connections of every thread of this process; the log may not be used afterwards."""
        with self._guard:
            for pid, _, connection in self._opened:
                if pid == os.getpid():
                    connection.close()
            self._opened.clear()
            self._local = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drafts(self, stream: str, records: Sequence[NewRecord], actor: str, key: str | None) -> list["_Draft"]:
        if not records:
            raise ValueError("a batch holds at least one record")
        for name, value in (("stream", stream), ("actor", actor), ("key", key)):
            if value == "":
                raise ValueError(f"the {name} is empty")
        if len(records) > self._limits.batch_records:
            raise BatchTooLarge("records", len(records), self._limits.batch_records)
        drafts = []
        for record in records:
            payload = canonical_json(record.payload)  # outside the write lock: others need not wait for it
            if len(payload) > self._limits.record_bytes:
                raise RecordTooLarge(record.type, len(payload), self._limits.record_bytes)
            head = canonical_json({"actor": actor, "cause": record.cause, "key": key})[:-1]
            tail = canonical_json({"schema": record.schema, "stream": stream, "type": record.type, "v": ENVELOPE})[1:-1]
            drafts.append(_Draft(record.type, record.cause, record.schema, payload, head, tail))
        return drafts

    def _compare(
        self, connection: sqlite3.Connection, key: str, earlier: Appended, stream: str, drafts: list["_Draft"]
    ) -> None:
        """Raise KeyConflict where the batch at `earlier` is not what `drafts` would append."""

        def conflict(difference: str) -> NoReturn:
            raise KeyConflict(key, earlier.first, difference)

        count = earlier.last - earlier.first + 1
        if count != len(drafts):
            conflict(f"{count} records there, {len(drafts)} here")
        rows = connection.execute(
            "SELECT position, body FROM log WHERE position BETWEEN ? AND ? ORDER BY position",
            (earlier.first, earlier.last),
        )
        for draft, (position, body) in zip(drafts, rows, strict=True):
            record = _record(position, body)
            pairs = {
                "stream": (record.stream, stream),
                "type": (record.type, draft.type),
                "schema": (record.schema, draft.schema),
                "cause": (record.cause, draft.cause),
            }
            for name, (there, here) in pairs.items():
                if there != here:
                    conflict(f"{name} {there!r} at position {position}, {here!r} here")
            if canonical_json(record.payload) != draft.payload:
                here_payload = orjson.loads(draft.payload)
                fields = sorted(
                    field
                    for field in {*record.payload, *here_payload}
                    if (field in record.payload, record.payload.get(field))
                    != (field in here_payload, here_payload.get(field))
                )
                conflict(f"the payload differs at position {position} in {', '.join(fields)}")

    def _find_key(self, connection: sqlite3.Connection, key: str) -> Appended | None:
        first, last = connection.execute(
            "SELECT min(position), max(position) FROM log WHERE key = ?", (key,)
        ).fetchone()
        return None if first is None else Appended(first, last, replayed=True)

    def _rows(self, query: str, arguments: Sequence[object] = ()) -> list[Any]:
        with self._errors():
            return self._connection().execute(query, tuple(arguments)).fetchall()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._errors():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._clear(error) from error

    def _clear(self, error: sqlite3.Error) -> Exception:
        """Return what `error` means to somebody who keeps a log."""
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if isinstance(code, int) else None
        if primary == sqlite3.SQLITE_FULL or code == _IOERR_WRITE:
            return LogFull(self.path)
        if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return LogReadOnly(self.path, str(error))
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return LogBusy(self.path, self._busy_seconds)
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or isinstance(error, sqlite3.DataError):
            return NotALog(self.path, str(error))
        return LogError(f"{self.path}: {error}")

    def _connection(self) -> sqlite3.Connection:
        """Return the connection of this thread in this process; SQLite's must not be carried over a fork."""
        held = getattr(self._local, "held", None)
        if held is not None and held[0] == os.getpid():
            connection: sqlite3.Connection = held[1]
            return connection
        with self._errors():
            connection = sqlite3.connect(
                self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        self._local.held = (os.getpid(), connection)
        self._keep(connection)
        return connection

    def _keep(self, connection: sqlite3.Connection) -> None:
        """Remember `connection` for `close`, and close those of threads that are gone.

        One that a parent process opened stays referenced and is never closed here: it is not ours.
        """
        here = os.getpid()
        with self._guard:
            gone = [entry for entry in self._opened if entry[0] == here and not entry[1].is_alive()]
            for entry in gone:
                entry[2].close()
                self._opened.remove(entry)
            self._opened.append((here, threading.current_thread(), connection))

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")  # one look: another process may be making the log at this moment
        application, schema = self._stamp(connection)
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("COMMIT")
        if application != APPLICATION_ID and (application != 0 or objects):
            raise NotALog(self.path, "it is a database of another program")
        if schema > LOG_SCHEMA:
            raise LogTooNew(self.path, schema, LOG_SCHEMA)
        self._use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        if application == 0:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if self._stamp(connection)[0] == 0:  # another process may have been first
                    for statement in _statements(_SCHEMA):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version = {LOG_SCHEMA}")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """Switch to WAL; several processes that start together get SQLITE_BUSY here without the busy timeout."""
        end = time.monotonic() + self._busy_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(0.01)
            else:
                return

    @staticmethod
    def _stamp(connection: sqlite3.Connection) -> tuple[int, int]:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        return application, schema


_IOERR_WRITE = 778  # SQLITE_IOERR_WRITE: what a limit on the file's size gives (EFBIG)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A record in canonical JSON but for what is known only under the write lock."""

    type: str
    cause: int | None
    schema: int
    payload: bytes
    head: bytes
    tail: bytes

    def body(self, position: int, version: int, recorded: str) -> bytes:
        """Return the canonical JSON of the record; the order of the keys is the sorted one."""
        return b'%s,"payload":%s,"position":%d,"recorded":"%s",%s,"version":%d}' % (
            self.head,
            self.payload,
            position,
            recorded.encode("ascii"),
            self.tail,
            version,
        )


def _record(position: int, body: bytes) -> Record:
    try:
        data = orjson.loads(body)
        return Record(
            v=data["v"],
            position=data["position"],
            stream=data["stream"],
            version=data["version"],
            type=data["type"],
            schema=data["schema"],
            recorded=data["recorded"],
            actor=data["actor"],
            cause=data["cause"],
            key=data["key"],
            payload=data["payload"],
            body=body,
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise LogDamaged(position, f"the body is not a record ({error})") from error


def _microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970; floats would lose the last digit."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - _EPOCH) // _MICROSECOND


def _iso(microseconds: int) -> str:
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment.year >= 1000 else moment.isoformat()


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of `script` one by one; `executescript` would commit between them."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
