"""The log in one SQLite file: WAL, `synchronous=FULL`, STRICT tables, triggers that keep it append-only.

Invariant: a batch is acknowledged after SQLite has synced it to the disk, and a file that is no log is left as it was.
The file is opened by SQLite only: where a process closes any handle of its own on a file, POSIX takes all of its locks
on it away, those of SQLite too (https://www.sqlite.org/howtocorrupt.html, section 2.2).
"""

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from graph.log.connections import Connections
from graph.log.contract import APPLICATION_ID, LOG_SCHEMA, Appended, Limits
from graph.log.drafts import Row
from graph.log.errors import DiskFailed, LogBusy, LogError, LogFull, LogMissing, LogReadOnly, LogTooNew, NotALog
from graph.log.stored import StoredLog

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

_IOERR_WRITE = 778  # SQLITE_IOERR_WRITE: what a limit on the file's size gives (EFBIG)
_IOERR_SHMSIZE = 4874  # SQLITE_IOERR_SHMSIZE: what is shared with other readers, a file beside the log, cannot be made
_IOERR_FSYNC = (1034, 1290)  # SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC
_COLUMNS = "position, stream, version, type, key, recorded, body"


class SqliteLog(StoredLog):
    """The log in one SQLite file.

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
        super().__init__(clock, limits)
        self.path = Path(path)
        self.place = str(self.path)
        self._busy_seconds = busy_seconds
        self._connections = Connections(self._connect, lets_go=True)
        self._failed: DiskFailed | None = None
        if not self.path.exists():
            if not create:
                raise LogMissing(self.path)
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LogReadOnly(self.path, error.strerror or str(error)) from error
        elif not os.access(self.path, os.R_OK):  # SQLite says no more than that it cannot open it
            raise LogReadOnly(self.path, os.strerror(errno.EACCES))
        elif self.path.stat().st_size == 1:  # which SQLite takes for a new database
            raise NotALog(self.path, "file is not a database")
        self._connections.get()

    @contextmanager
    def writing(self, stream: str = "", key: str | None = None) -> Iterator["_Writing"]:
        """See `StoredLog.writing`."""
        if self._failed is not None:
            raise self._failed
        with self._errors():
            connection = self._connections.get()
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._look_for_files(connection)  # another program's writes may have gone elsewhere
                yield _Writing(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._look_for_files(connection)  # nobody else would ever read what went to a file that has no name

    def _look_for_files(self, connection: "_Connection") -> None:
        """Refuse to go on where the files that `connection` writes are not those in the folder any more."""
        if connection.files != _files(self.path):
            reason = "it or the file beside it with the newest records, -wal, was removed or replaced meanwhile"
            self._failed = DiskFailed(self.path, reason)
            raise self._failed

    def rows(self, after: int, limit: int) -> list[Row]:
        """See `StoredLog.rows`."""
        with self._errors():
            return _rows(self._connections.get(), after, limit)

    def _page(self, after: int, upto: int, types: Sequence[str], limit: int) -> list[tuple[int, bytes]]:
        of_type = f"AND type IN ({','.join('?' * len(types))})" if types else ""
        return self._ask(
            f"SELECT position, body FROM log WHERE position > ? AND position <= ? {of_type} "  # noqa: S608
            "ORDER BY position LIMIT ?",
            (after, upto, *types, limit),
        )

    def _stream_page(self, stream: str, after: int, limit: int) -> list[tuple[int, bytes, int]]:
        query = "SELECT position, body, version FROM log WHERE stream = ? AND version > ? ORDER BY version LIMIT ?"
        return self._ask(query, (stream, after, limit))

    def _last_before(self, moment: int) -> int:
        query = "SELECT position FROM log WHERE recorded <= ? ORDER BY recorded DESC LIMIT 1"
        rows: list[tuple[int]] = self._ask(query, (moment,))
        return rows[0][0] if rows else 0

    def head(self) -> int:
        """See `EventLog.head`."""
        rows: list[tuple[int]] = self._ask("SELECT coalesce(max(position), 0) FROM log", ())
        return rows[0][0]

    def find_key(self, key: str) -> Appended | None:
        """See `EventLog.find_key`."""
        with self._errors():
            return _find_key(self._connections.get(), key)

    def _check_database(self) -> None:
        rows: list[tuple[str]] = self._ask("PRAGMA integrity_check(1)", ())
        if rows != [("ok",)]:
            raise NotALog(self.path, " ".join(rows[0][0].split()))

    def close(self) -> None:
        """See `StoredLog.close`."""
        self._connections.close()

    def _ask(self, query: str, arguments: tuple[object, ...]) -> list[Any]:
        with self._errors():
            return self._connections.get().execute(query, arguments).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._clear(error) from error
        except UnicodeDecodeError as error:  # a name or a message of the database that a damage made no text
            raise NotALog(self.path, "it is damaged") from error

    def _clear(self, error: sqlite3.Error) -> LogError:
        """Return what `error` means to somebody who keeps a log."""
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if isinstance(code, int) else None
        if code in _IOERR_FSYNC:
            self._failed = DiskFailed(self.path, str(error))
            return self._failed
        if primary == sqlite3.SQLITE_FULL or code in (_IOERR_WRITE, _IOERR_SHMSIZE):
            return LogFull(self.path)
        if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return LogReadOnly(self.path, str(error))
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return LogBusy(self.path, self._busy_seconds)
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or isinstance(error, sqlite3.DataError):
            return NotALog(self.path, str(error))
        return LogError(f"{self.path}: {error}")

    def _connect(self) -> "_Connection":
        with self._errors():
            connection = sqlite3.connect(
                self.path,
                timeout=self._busy_seconds,
                isolation_level=None,
                check_same_thread=False,
                factory=_Connection,
            )
            try:
                self._prepare(connection)
                connection.files = _files(self.path)
            except BaseException:
                connection.close()
                raise
            return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")  # one look: another process may be making the log at this moment
        application, schema = _stamp(connection)
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
                if _stamp(connection)[0] == 0:  # another process may have been first
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


class _Connection(sqlite3.Connection):
    files: tuple[int | None, ...] = ()  # what `_files` gave when it was opened


def _files(path: Path) -> tuple[int | None, ...]:
    """Return what tells the files of a log from others of their names: the database and its write-ahead log."""
    found: list[int | None] = []
    for file in (path, path.with_name(f"{path.name}-wal")):
        try:
            found.append(file.stat().st_ino)
        except OSError:
            found.append(None)
    return tuple(found)


class _Writing:
    """See `graph.log.stored.Writing`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def last(self) -> tuple[int, int]:
        query = "SELECT position, recorded FROM log ORDER BY position DESC LIMIT 1"
        row: tuple[int, int] | None = self._connection.execute(query).fetchone()
        return row or (0, -1)

    def version(self, stream: str) -> int:
        query = "SELECT coalesce(max(version), 0) FROM log WHERE stream = ?"
        return int(self._connection.execute(query, (stream,)).fetchone()[0])

    def find_key(self, key: str) -> Appended | None:
        return _find_key(self._connection, key)

    def bodies(self, first: int, last: int) -> list[tuple[int, bytes]]:
        query = "SELECT position, body FROM log WHERE position BETWEEN ? AND ? ORDER BY position"
        return self._connection.execute(query, (first, last)).fetchall()

    def insert(self, rows: Sequence[Row]) -> None:
        self._connection.executemany(f"INSERT INTO log({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608

    def rows(self, after: int, limit: int) -> list[Row]:
        return _rows(self._connection, after, limit)


def _rows(connection: sqlite3.Connection, after: int, limit: int) -> list[Row]:
    query = f"SELECT {_COLUMNS} FROM log WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
    return [Row._make(row) for row in connection.execute(query, (after, limit))]


def _find_key(connection: sqlite3.Connection, key: str) -> Appended | None:
    first, last = connection.execute("SELECT min(position), max(position) FROM log WHERE key = ?", (key,)).fetchone()
    return None if first is None else Appended(first, last, replayed=True)


def _stamp(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    return application, schema


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of `script` one by one; `executescript` would commit between them."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
