"""Where a log lies: a file, or a PostgreSQL database, by its address.

Invariant: an address that begins with `postgresql://` or `postgres://` is a database and everything else is a file, and
psycopg is imported only for a database, since it comes with the extra `postgres`.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from graph.log.contract import Limits
from graph.log.errors import BadAddress
from graph.log.sqlite import SqliteLog
from graph.log.stored import StoredLog

_SCHEMES = ("postgresql://", "postgres://")


def is_database(address: str) -> bool:
    """Tell whether `address` names a database on a server, and no file.

    >>> is_database("postgresql://db.example/news"), is_database("waqai-data/log.sqlite")
    (True, False)
    """
    return address.startswith(_SCHEMES)


def open_log(
    address: Path | str,
    *,
    create: bool = True,
    clock: Callable[[], datetime] | None = None,
    limits: Limits | None = None,
    busy_seconds: float = 10.0,
    idle_seconds: float = 60.0,
) -> StoredLog:
    """Open the log at `address`; `idle_seconds` is for a database only.

    Raises:
        BadAddress: the address is of another kind, cannot be read, or the extra is not installed.
        LogMissing, NotALog, LogTooNew, LogReadOnly, LogFull, LogBusy, LogUnreachable
    """
    if isinstance(address, Path) or not is_database(address):
        text = str(address)
        if "://" in text:
            raise BadAddress(
                f"{text.partition('://')[0]}:// is no kind of log: give postgresql://user@host/database or a file"
            )
        return SqliteLog(Path(text), create=create, clock=clock, limits=limits, busy_seconds=busy_seconds)
    try:
        from graph.log.postgres import PostgresLog
    except ImportError as error:
        raise BadAddress("a log in PostgreSQL needs the extra: pip install 'waqai[postgres]'") from error
    return PostgresLog(
        address, create=create, clock=clock, limits=limits, busy_seconds=busy_seconds, idle_seconds=idle_seconds
    )
