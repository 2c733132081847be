"""The places where the tests of the log keep one: a SQLite file, or a database of a real PostgreSQL server."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graph.log import StoredLog, open_log
from tests.postgres_server import Server

KINDS = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class Backend:
    """An empty place for one log; processes of their own open it by `address`."""

    kind: str
    address: str
    server: Server | None = None

    def open(self, **settings: Any) -> StoredLog:
        return open_log(self.address, **settings)

    @property
    def database(self) -> str:
        """The name of the database, on PostgreSQL."""
        return urlsplit(self.address).path.removeprefix("/")

    def blob(self, data: bytes) -> str:
        """Return `data` as SQL."""
        return f"'\\x{data.hex()}'" if self.kind == "postgres" else f"X'{data.hex()}'"

    def tamper(self, *statements: str) -> None:
        """Change the table behind the back of the log, as its keeper could."""
        if self.server is not None:
            for statement in ("ALTER TABLE waqai.log DISABLE TRIGGER ALL", *statements):
                self.server.sql(statement.replace(" log ", " waqai.log "), self.database)
            return
        connection = sqlite3.connect(self.address)
        connection.executescript("DROP TRIGGER IF EXISTS log_no_update; DROP TRIGGER IF EXISTS log_no_delete;")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()


def sqlite_in(folder: Path) -> Backend:
    return Backend("sqlite", str(folder / "log.sqlite"))


def postgres_on(server: Server) -> Backend:
    return Backend("postgres", server.address(server.database()), server)
