"""The log in a PostgreSQL database: the head row is the write lock, and the append is one transaction under it.

Invariant: an append ends in one of three ways, and the caller learns which: acknowledged (committed and synced),
refused (nothing was appended), or unknown (`OutcomeUnknown`: the server went away while it committed). psycopg's
pipeline is never used: it hangs on large batches. A password never gets into a message.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from graph.log.connections import Connections
from graph.log.contract import APPLICATION_ID, LOG_SCHEMA, Appended, Limits
from graph.log.drafts import Row
from graph.log.errors import (
    BadAddress,
    LogBusy,
    LogError,
    LogFull,
    LogMissing,
    LogReadOnly,
    LogTooNew,
    LogUnreachable,
    NotALog,
    OutcomeUnknown,
)
from graph.log.postgres_schema import TABLES
from graph.log.stored import StoredLog

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

_COLUMNS = "position, stream, version, type, key, recorded, body"
_TYPES = ("int8", "text", "int8", "text", "text", "int8", "bytea")
_CONNECT_SECONDS = 10
_SILENT_SECONDS = 30  # how long a connection may stay without an answer of the network before it counts as lost
_OWNER = "let the owner of the database run what `waqai log sql` prints"


class PostgresLog(StoredLog):
    """The log in the schema `waqai` of a PostgreSQL database. May be used from several threads and after a fork.

    Args:
        address: `postgresql://user@host:port/database`, as libpq reads it.
        create: make the tables where they are missing.
        idle_seconds: how long a writer that stalls may hold the write lock before the server ends its transaction.

    Raises (on opening):
        BadAddress: the address cannot be read.
        LogMissing: `create` is false and there are no tables.
        NotALog, LogTooNew, LogReadOnly, LogBusy, LogUnreachable
    """

    def __init__(
        self,
        address: str,
        *,
        create: bool = True,
        clock: Callable[[], datetime] | None = None,
        limits: Limits | None = None,
        busy_seconds: float = 10.0,
        idle_seconds: float = 60.0,
    ) -> None:
        super().__init__(clock, limits)
        self._address = address
        self.place = shown(address)
        self._create = create
        self._busy_seconds, self._idle_seconds = busy_seconds, idle_seconds
        self._connections = Connections(self._connect)
        self._connections.get()

    @contextmanager
    def writing(self, stream: str = "", key: str | None = None) -> Iterator["_Writing"]:
        """See `StoredLog.writing`."""
        transaction = self._trying_twice(lambda connection: _Writing(connection, stream, key))
        connection = transaction.connection
        try:
            yield transaction
        except BaseException as error:
            self._roll_back(connection)
            if isinstance(error, psycopg.Error):
                raise self._clear(error) from error
            raise
        try:
            done = connection.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            if self._lost(connection, error):
                self._connections.drop()
                raise OutcomeUnknown(self.place, stream, key, _reason(error)) from error
            raise self._clear(error) from error
        except BaseException:
            self._connections.drop()
            raise
        if done != "COMMIT":
            raise LogError(f"{self.place} did not commit (it said {done}): nothing was appended")

    def rows(self, after: int, limit: int) -> list[Row]:
        """See `StoredLog.rows`."""
        return self._trying_twice(lambda connection: _rows(connection, after, limit))

    def _page(self, after: int, upto: int, types: Sequence[str], limit: int) -> list[tuple[int, bytes]]:
        of_type, names = (" AND type = ANY(%s)", [list(types)]) if types else ("", [])
        query = f"SELECT position, body FROM waqai.log WHERE position > %s AND position <= %s{of_type}"  # noqa: S608
        return self._ask(query + " ORDER BY position LIMIT %s", (after, upto, *names, limit))

    def _stream_page(self, stream: str, after: int, limit: int) -> list[tuple[int, bytes, int]]:
        query = "SELECT position, body, version FROM waqai.log WHERE stream = %s AND version > %s ORDER BY version"
        return self._ask(query + " LIMIT %s", (stream, after, limit))

    def _last_before(self, moment: int) -> int:
        query = "SELECT position FROM waqai.log WHERE recorded <= %s ORDER BY recorded DESC LIMIT 1"
        rows: list[tuple[int]] = self._ask(query, (moment,))
        return rows[0][0] if rows else 0

    def head(self) -> int:
        """See `EventLog.head`."""
        rows: list[tuple[int]] = self._ask("SELECT position FROM waqai.head", ())
        return rows[0][0]

    def find_key(self, key: str) -> Appended | None:
        """See `EventLog.find_key`."""
        query = "SELECT min(position), max(position) FROM waqai.log WHERE key = %s"
        rows: list[tuple[int | None, int]] = self._ask(query, (key,))
        ((first, last),) = rows
        return None if first is None else Appended(first, last, replayed=True)

    def close(self) -> None:
        """See `StoredLog.close`."""
        self._connections.close()

    def advice(self) -> tuple[str, ...]:
        """Return a sentence for each setting of the server that makes the log less safe than it could be."""
        rows = self._ask(
            "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('data_checksums'),"
            " pg_catalog.has_table_privilege('waqai.log', 'UPDATE, DELETE, TRUNCATE')",
            (),
        )
        fsync, full_pages, checksums, may_change = rows[0]
        sentences = {
            "fsync is off on the server: a power cut can lose what was acknowledged; set fsync = on": fsync == "off",
            "full_page_writes is off on the server: a power cut can tear pages; set it on": full_pages == "off",
            "the server keeps no data checksums, so it does not notice bits that flip on the disk: stop it and run "
            "pg_checksums --enable": checksums == "off",
            "this role may change the records of the log: write with a role that may only INSERT and SELECT, which "
            "`waqai log sql` prints": may_change,
        }
        return tuple(sentence for sentence, true in sentences.items() if true)

    def _ask(self, query: str, arguments: Sequence[object]) -> list[Any]:
        return self._trying_twice(lambda connection: connection.execute(query, arguments, binary=True).fetchall())

    def _trying_twice(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which commits nothing, and once more on a new connection where the old one had died meanwhile."""
        for last_time in (False, True):
            connection = self._connections.get()
            try:
                return work(connection)
            except psycopg.Error as error:
                if not self._lost(connection, error):
                    self._roll_back(connection)
                    raise self._clear(error) from error
                self._connections.drop()
                if last_time:
                    raise self._clear(error) from error
            except BaseException:
                self._connections.drop()  # in the middle of an answer, perhaps
                raise
        raise AssertionError

    @staticmethod
    def _lost(connection: Connection, error: psycopg.Error) -> bool:
        return connection.closed or (error.sqlstate or "")[:3] in ("57P", "08")

    def _roll_back(self, connection: Connection) -> None:
        """End the transaction; where that cannot be done the connection is given up, and the server ends it."""
        if connection.closed:
            self._connections.drop()
            return
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            self._connections.drop()

    def _clear(self, error: psycopg.Error) -> LogError:
        """Return what `error` means to somebody who keeps a log."""
        reason = _reason(error)
        if isinstance(error, errors.LockNotAvailable):
            return LogBusy(self.place, self._busy_seconds)
        if isinstance(error, errors.DiskFull):
            return LogFull(self.place)
        if isinstance(error, errors.InsufficientPrivilege):
            return LogReadOnly(self.place, reason, _OWNER)
        if isinstance(error, errors.ReadOnlySqlTransaction):
            return LogReadOnly(self.place, reason, "write to the primary server, this one is a copy")
        if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted | errors.UndefinedTable):
            return NotALog(self.place, reason)
        if isinstance(error, errors.UndefinedColumn | errors.UndefinedFunction):
            return NotALog(self.place, reason)
        code = error.sqlstate or ""
        if isinstance(error, psycopg.OperationalError) and (not code or code[:2] in ("08", "57", "53", "28", "3D")):
            return LogUnreachable(self.place, reason)
        if code == "25P03":  # idle_in_transaction_session_timeout
            return LogUnreachable(self.place, reason)
        return LogError(f"{self.place} could not do it ({reason}): if this was an append, nothing was appended")

    def _connect(self) -> Connection:
        try:
            connection = psycopg.connect(
                self._address,
                autocommit=True,  # BEGIN and COMMIT are said where they are meant
                connect_timeout=_CONNECT_SECONDS,
                tcp_user_timeout=_SILENT_SECONDS * 1000,
                application_name="waqai",
                client_encoding="utf8",
            )
        except psycopg.Error as error:
            raise self._clear(error) from error
        try:
            self._prepare(connection)
        except psycopg.Error as error:
            connection.close()
            raise self._clear(error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: Connection) -> None:
        """Set what the log relies on, and make the tables where they are missing."""
        connection.execute(
            "SELECT set_config('lock_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('default_transaction_isolation', 'read committed', false),"
            # Off would acknowledge what a crash can still lose; the stricter kinds are left as they are.
            " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
            " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)",
            (f"{self._busy_seconds * 1000:.0f}", f"{self._idle_seconds * 1000:.0f}"),
        )
        encoding = connection.execute("SHOW server_encoding").fetchall()[0][0]
        if encoding != "UTF8":
            raise NotALog(self.place, f"its encoding is {encoding}, and a log needs a database in UTF8")
        if not self._is_there(connection):
            if not self._create:
                raise LogMissing(self.place)
            self._make(connection)
        found = connection.execute("SELECT application, schema FROM waqai.head").fetchall()
        if len(found) != 1 or found[0][0] != APPLICATION_ID:
            raise NotALog(self.place, "its schema waqai belongs to another program")
        if found[0][1] > LOG_SCHEMA:
            raise LogTooNew(self.place, found[0][1], LOG_SCHEMA)

    def _is_there(self, connection: Connection) -> bool:
        query = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('waqai') AND relkind = 'r'"
        tables = {name for (name,) in connection.execute(query)}
        if tables and not {"log", "head"} <= tables:
            raise NotALog(self.place, "its schema waqai belongs to another program")
        return bool(tables)

    def _make(self, connection: Connection) -> None:
        """Make the tables; of several processes that start together one does, and the others find them."""
        connection.execute("BEGIN")
        try:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (APPLICATION_ID,))
            if not self._is_there(connection):
                connection.execute(TABLES)
            connection.execute("COMMIT")
        except BaseException:
            if not connection.closed:
                connection.execute("ROLLBACK")
            raise


class _Writing:
    """See `graph.log.stored.Writing`; made by taking the write lock."""

    def __init__(self, connection: Connection, stream: str, key: str | None) -> None:
        self.connection = connection
        self._stream, self._key = stream, key
        connection.execute("BEGIN")
        (found,) = connection.execute("SELECT * FROM waqai.lock(%s, %s)", (stream, key)).fetchall()
        self._last: tuple[int, int] = (found[0], found[1])
        self._version: int = found[2]
        self._earlier = None if found[3] is None else Appended(found[3], found[4], replayed=True)

    def last(self) -> tuple[int, int]:
        return self._last

    def version(self, stream: str) -> int:
        assert stream == self._stream
        return self._version

    def find_key(self, key: str) -> Appended | None:
        assert key == self._key
        return self._earlier

    def bodies(self, first: int, last: int) -> list[tuple[int, bytes]]:
        query = "SELECT position, body FROM waqai.log WHERE position BETWEEN %s AND %s ORDER BY position"
        return self.connection.execute(query, (first, last), binary=True).fetchall()

    def insert(self, rows: Sequence[Row]) -> None:
        cursor = self.connection.cursor()
        with cursor.copy(f"COPY waqai.log({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
        self._last = (rows[-1].position, rows[-1].recorded)

    def rows(self, after: int, limit: int) -> list[Row]:
        return _rows(self.connection, after, limit)


def _rows(connection: Connection, after: int, limit: int) -> list[Row]:
    query = f"SELECT {_COLUMNS} FROM waqai.log WHERE position > %s ORDER BY position LIMIT %s"  # noqa: S608
    return [Row._make(row) for row in connection.execute(query, (after, limit), binary=True)]


def shown(address: str) -> str:
    """Return `address` as messages may show it: without password, and without what else stands in its query.

    >>> shown("postgresql://ingest:secret@db.example:5433/news?sslpassword=x")
    'postgresql://ingest@db.example:5433/news'

    Raises:
        BadAddress: where libpq cannot read it; the message does not repeat it, for it may hold a password.
    """
    try:
        parts = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        raise BadAddress(
            "the address of the log cannot be read: write postgresql://user@host:port/database, with special "
            "characters as %XX"
        ) from None
    user = f"{quote(str(parts['user']))}@" if parts.get("user") else ""
    host = str(parts.get("host") or parts.get("hostaddr") or "")
    port = f":{parts['port']}" if parts.get("port") else ""
    host = quote(host, safe="") if host.startswith("/") else host
    return f"postgresql://{user}{host}{port}/{quote(str(parts.get('dbname') or ''))}"


def _reason(error: psycopg.Error) -> str:
    """Return the first line of what the server or libpq says."""
    said = error.diag.message_primary or str(error)
    return said.strip().splitlines()[0].rstrip(".") if said.strip() else type(error).__name__
