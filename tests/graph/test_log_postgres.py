"""What is PostgreSQL's own: roles, the server that goes away, its settings, what a person gets to read of it."""

import contextlib
import random
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg
import pytest

from graph.log import (
    LOG_SCHEMA,
    BadAddress,
    LogBusy,
    LogDamaged,
    LogError,
    LogMissing,
    LogReadOnly,
    LogTooNew,
    LogUnreachable,
    NewRecord,
    NotALog,
    OutcomeUnknown,
    open_log,
)
from graph.log.postgres import PostgresLog, shown
from graph.log.postgres_schema import TABLES, rights
from tests import system_calls
from tests.graph.backends import Backend, postgres_on
from tests.postgres_server import Server

RECORDS = [NewRecord("T", 1, {"n": 1}), NewRecord("T", 1, {"n": 2})]


@pytest.fixture
def place(postgres: Server) -> Backend:
    return postgres_on(postgres)


# ---------------------------------------------------------------------- roles


@pytest.fixture
def roles(postgres: Server, place: Backend) -> dict[str, str]:
    """Addresses for a writer and a reader, as `waqai log sql` sets them up."""
    names = {kind: f"{kind}_{place.database}" for kind in ("writer", "reader")}
    for name in names.values():
        postgres.sql(f'CREATE ROLE "{name}" LOGIN', place.database)
    postgres.sql(TABLES + rights(names["writer"], names["reader"]), place.database)
    return {kind: postgres.address(place.database, name) for kind, name in names.items()}


def test_a_role_that_may_insert_and_select_is_enough_to_write(roles: dict[str, str], place: Backend) -> None:
    with open_log(roles["writer"], create=False) as log:
        log.append("a", RECORDS, actor="x", key="k", expected=0)
        assert log.append("a", RECORDS, actor="x", key="k").replayed
        assert log.verify() == 2
        assert log.advice() == ()
    with place.open() as owner:
        assert any("may change the records" in sentence for sentence in owner.advice())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE waqai.log SET type = 'U'",
        "DELETE FROM waqai.log",
        "TRUNCATE waqai.log",
        "UPDATE waqai.head SET position = 0",
        "DELETE FROM waqai.head",
        "ALTER TABLE waqai.log DISABLE TRIGGER ALL",
        "DROP TABLE waqai.log",
        "CREATE OR REPLACE FUNCTION waqai.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    ],
)
def test_the_writing_role_cannot_change_the_log(roles: dict[str, str], statement: str) -> None:
    with open_log(roles["writer"]) as log:
        log.append("a", RECORDS, actor="x")
        with psycopg.connect(roles["writer"]) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
        assert log.verify() == 2


def test_the_reading_role_reads_and_is_told_that_it_cannot_write(roles: dict[str, str]) -> None:
    with open_log(roles["writer"]) as log:
        log.append("a", RECORDS, actor="x")
    with open_log(roles["reader"]) as log:
        assert log.verify() == 2
        with pytest.raises(LogReadOnly, match="waqai log sql"):
            log.append("a", RECORDS, actor="x")
        assert log.head() == 2


def test_not_even_the_owner_changes_a_record_by_mistake(place: Backend, postgres: Server) -> None:
    with place.open() as log:
        log.append("a", RECORDS, actor="x", key="k")
        insert = "INSERT INTO waqai.log SELECT {}, 's', 9, type, {}, recorded + {}, body FROM waqai.log"
        second = " WHERE position = 2"
        for statement, why in {
            "UPDATE waqai.log SET type = 'U'": "append-only",
            "DELETE FROM waqai.log WHERE position = 2": "append-only",
            "TRUNCATE waqai.log": "append-only",
            insert.format(4, "NULL", 9) + second: "dense",
            insert.format(3, "NULL", 0) + second: "record time",
        }.items():
            with psycopg.connect(place.address) as connection, pytest.raises(psycopg.Error, match=why):
                connection.execute(statement)
        log.append("a", RECORDS, actor="x")
        with psycopg.connect(place.address) as connection, pytest.raises(psycopg.Error, match="one batch"):
            connection.execute(insert.format(5, "'k'", 9) + " WHERE position = 4")
        assert log.verify() == log.head() == 4


def test_a_role_that_may_not_make_the_tables_is_told_who_can(postgres: Server, place: Backend) -> None:
    postgres.sql(f'CREATE ROLE "nobody_{place.database}" LOGIN', place.database)
    address = postgres.address(place.database, f"nobody_{place.database}")
    with pytest.raises(LogReadOnly, match="let the owner of the database run what `waqai log sql` prints"):
        open_log(address)
    with pytest.raises(LogMissing):
        open_log(address, create=False)


# ---------------------------------------------------------------------- the server goes away


def test_a_server_that_is_down_is_a_clear_error_and_comes_back(own_server: Server) -> None:
    with postgres_on(own_server).open() as log:
        log.append("a", RECORDS, actor="x", key="k")
        own_server.stop()
        try:
            with pytest.raises(LogUnreachable, match="nothing was appended; start the server and repeat"):
                log.append("a", RECORDS, actor="x")
            with pytest.raises(LogUnreachable):
                log.head()
        finally:
            own_server.start()
        assert log.append("a", RECORDS, actor="x").first == 3  # the same object, without opening it again
        assert log.verify() == 4


def test_a_connection_that_died_meanwhile_is_opened_again(place: Backend) -> None:
    with place.open() as log:
        log.append("a", RECORDS, actor="x")
        end_connections(place)
        assert log.head() == 2
        end_connections(place)
        assert log.append("a", RECORDS, actor="x").last == 4


def end_connections(place: Backend) -> None:
    assert place.server is not None
    query = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'waqai' AND datname"
    place.server.sql(f"{query} = '{place.database}'")


def test_a_database_that_goes_away_in_mid_append_has_appended_nothing(place: Backend) -> None:
    calls: list[int] = []

    def clock() -> datetime:  # it is asked under the write lock
        calls.append(1)
        if len(calls) == 1:
            end_connections(place)
        return datetime.now(UTC)

    with place.open(clock=clock) as log:
        with pytest.raises(LogUnreachable, match="nothing was appended"):
            log.append("a", RECORDS, actor="x", key="k")
        assert log.head() == 0
        assert not log.append("a", RECORDS, actor="x", key="k").replayed


class Cutter:
    """A proxy in front of the server; at COMMIT it cuts the line, after passing the word on or without."""

    def __init__(self, server: Server, pass_on: bool) -> None:
        self.armed = False
        self._pass_on = pass_on
        self._socket = str(server.folder / f".s.PGSQL.{server.port}")
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._socket)
            threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if asks and self.armed and b"COMMIT" in data:
                    self.armed = False
                    source.shutdown(socket.SHUT_RDWR)  # the client hears no more
                    if self._pass_on:
                        target.sendall(data)
                    break
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._listening.close()


@contextlib.contextmanager
def cut(place: Backend, pass_on: bool) -> Iterator[tuple[Cutter, PostgresLog]]:
    assert place.server is not None
    cutter = Cutter(place.server, pass_on)
    address = f"postgresql://owner@127.0.0.1:{cutter.port}/{place.database}?sslmode=disable&gssencmode=disable"
    try:
        with PostgresLog(address) as log:
            yield cutter, log
    finally:
        cutter.close()


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_answer_to_a_commit_is_said_to_be_unknown_and_repeated_with_the_same_key(
    place: Backend, committed: bool
) -> None:
    with place.open() as direct, cut(place, pass_on=committed) as (cutter, log):
        cutter.armed = True
        with pytest.raises(OutcomeUnknown, match="repeat with the same key k") as caught:
            log.append("a", RECORDS, actor="x", key="k")
        assert caught.value.key == "k"
        again = log.append("a", RECORDS, actor="x", key="k")  # over a new connection
        assert (again.first, again.last, again.replayed) == (1, 2, committed)
        assert direct.verify() == 2
        cutter.armed = True
        with pytest.raises(OutcomeUnknown, match="read the stream a before you append again"):
            log.append("a", RECORDS, actor="x")


def test_a_writer_that_stalls_loses_the_lock_and_has_appended_nothing(place: Backend) -> None:
    stalls = iter([True])
    with place.open(busy_seconds=20) as other:

        def clock() -> datetime:  # it is asked under the write lock
            if next(stalls, False):
                other.append("a", RECORDS, actor="x")  # waits until the server ends the transaction that stalls
            return datetime.now(UTC)

        with place.open(idle_seconds=0.2, clock=clock) as log:
            with pytest.raises(LogUnreachable, match="nothing was appended"):
                log.append("b", RECORDS, actor="x")
            assert log.append("b", RECORDS, actor="x").first == 3
            assert log.verify() == 4


def test_a_writer_that_holds_the_lock_does_not_hang_the_others(place: Backend) -> None:
    with place.open() as holder, place.open(busy_seconds=0.2) as log:
        with holder.writing(), pytest.raises(LogBusy, match="WAQAI_LOG_BUSY_SECONDS"):
            log.append("a", RECORDS, actor="x")
        assert log.append("a", RECORDS, actor="x").first == 1


# ---------------------------------------------------------------------- its disk


def test_a_full_disk_of_the_server_is_a_clear_error_and_loses_nothing(own_server: Server) -> None:
    import resource

    place = postgres_on(own_server)
    place.open().close()
    own_server.stop("fast")
    limit = 20_000_000  # more than a segment of its write-ahead log, less than the table will want
    own_server.start(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    done = 0
    with place.open() as log:

        def fill() -> None:
            nonlocal done
            while True:
                done = log.append(
                    "s", [NewRecord("T", 1, {"words": random.randbytes(50_000).hex()})] * 9, actor="x"
                ).last

        # The limit is another error of the system (EFBIG) than a full disk (ENOSPC): some versions call it that too.
        with pytest.raises(LogError, match="nothing was appended"):
            fill()
    assert done > 9
    own_server.stop("fast")
    own_server.start()
    with place.open() as log:
        assert log.verify() == log.head() == done
        assert log.append("s", RECORDS, actor="x").first == done + 1


@pytest.mark.skipif(system_calls.why_not() is not None, reason=system_calls.why_not() or "")
def test_a_disk_of_the_server_that_does_not_confirm_acknowledges_nothing(own_server: Server) -> None:
    place = postgres_on(own_server)
    with place.open() as log:
        log.append("a", RECORDS, actor="x", key="before")
    own_server.stop("fast")
    own_server.start(system_calls.Failing("fdatasync").begin)  # which is how it makes its write-ahead log safe
    with pytest.raises((OutcomeUnknown, LogUnreachable)), place.open() as log:
        log.append("a", RECORDS, actor="x", key="k")
    assert "PANIC" in own_server.messages()
    own_server.stop()
    own_server.start()
    with place.open() as log:
        assert log.verify() in (2, 4)
        log.append("a", RECORDS, actor="x", key="k")
        assert log.verify() == 4


def test_a_flipped_bit_on_the_disk_of_the_server_is_never_read_as_a_record(own_server: Server) -> None:
    place = postgres_on(own_server)
    with place.open() as log:
        log.append("a", [NewRecord("T", 1, {"words": "x" * 300})] * 200, actor="x")
    own_server.sql("CHECKPOINT")
    table = own_server.data / own_server.sql("SELECT pg_relation_filepath('waqai.log')", place.database)
    own_server.stop("fast")
    data = bytearray(table.read_bytes())
    data[len(data) // 2] ^= 4
    with table.open("r+b") as file:  # the file stays the server's own
        file.write(data)
    own_server.start()
    with place.open() as log, pytest.raises(NotALog, match="invalid page in block"):
        log.verify()


# ---------------------------------------------------------------------- what is no log


def test_a_log_of_a_newer_version_is_refused(place: Backend, postgres: Server) -> None:
    place.open().close()
    postgres.sql(f"UPDATE waqai.head SET schema = {LOG_SCHEMA + 1}", place.database)
    with pytest.raises(LogTooNew) as caught:
        place.open()
    assert (caught.value.found, caught.value.known) == (LOG_SCHEMA + 1, LOG_SCHEMA)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE SCHEMA waqai; CREATE TABLE waqai.notes(words text)",
        "CREATE SCHEMA waqai; CREATE TABLE waqai.log(words text); CREATE TABLE waqai.head(words text)",
    ],
)
def test_a_schema_of_another_program_is_refused_and_left_alone(
    place: Backend, postgres: Server, statement: str
) -> None:
    postgres.sql(statement, place.database)
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'waqai'::regnamespace ORDER BY 1"
    before = postgres.sql(tables, place.database)
    with pytest.raises(NotALog):
        place.open()
    assert postgres.sql(tables, place.database) == before


def test_a_database_in_another_encoding_is_refused(postgres: Server) -> None:
    name = f"latin_{postgres.database()}"
    postgres.sql(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(NotALog, match="UTF8"):
        open_log(postgres.address(name))


def test_a_tail_that_was_cut_off_is_found_where_the_head_still_tells(place: Backend) -> None:
    with place.open() as log:
        log.append("a", RECORDS, actor="x")
        place.tamper("DELETE FROM log WHERE position = 2")
        with pytest.raises(LogDamaged, match="should go on") as caught:
            log.verify()
        assert caught.value.position == 2


def test_acknowledged_means_on_the_disk_whatever_the_server_has_by_default(place: Backend, postgres: Server) -> None:
    postgres.sql(f"ALTER DATABASE {place.database} SET synchronous_commit = off")
    postgres.sql(f"ALTER DATABASE {place.database} SET default_transaction_isolation = 'serializable'")
    with place.open() as log:
        asked = log._ask("SELECT current_setting('synchronous_commit')", ())  # type: ignore[attr-defined]
        assert asked == [("on",)]
        log.append("a", RECORDS, actor="x")
        with place.open() as other:
            other.append("a", RECORDS, actor="x")
        assert log.append("a", RECORDS, actor="x").first == 5


def test_settings_of_the_server_that_endanger_the_log_are_named() -> None:
    server = Server({"fsync": "off", "full_page_writes": "off"})
    try:
        with postgres_on(server).open() as log:
            said = " ".join(log.advice())
        assert re.search("fsync is off.*full_page_writes is off", said)
        assert "checksums" not in said  # the server of the tests keeps them
    finally:
        server.remove()


# ---------------------------------------------------------------------- addresses and passwords

SECRET = "topsecret"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://ingest:{SECRET}@127.0.0.1:1/news",
        f"postgresql://ingest:{SECRET}%zz@127.0.0.1:1/news",
        f"postgresql://ingest:{SECRET}@[::1/news",
        f"postgres://127.0.0.1:1/news?user=ingest&password={SECRET}",
        f"postgresql://127.0.0.1:1/news?passwort={SECRET}",
        f"mysql://ingest:{SECRET}@127.0.0.1/news",
    ],
)
def test_no_password_gets_into_a_message(address: str) -> None:
    with pytest.raises((LogUnreachable, BadAddress)) as caught:
        open_log(address)
    error: BaseException | None = caught.value
    assert SECRET not in str(error)
    assert SECRET not in repr(error)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://a:b@h:1/d?sslmode=require", "postgresql://a@h:1/d"),
        ("postgres://h/d", "postgresql://h/d"),
        ("postgresql:///d?host=/run/pg&password=b", "postgresql://%2Frun%2Fpg/d"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, expected: str) -> None:
    assert shown(address) == expected
    assert urlsplit(expected).password is None


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "graph.log.postgres")
    with pytest.raises(BadAddress, match=r"pip install 'waqai\[postgres\]'"):
        open_log("postgresql://h/d")
