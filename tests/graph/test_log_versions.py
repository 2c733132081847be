"""F18: a change of versions that is broken off. The old code or the new one goes on, never a mixture; no loss."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.log import NewRecord, SqliteLog, StoredLog
from graph.log.sqlite import _SCHEMA, _statements
from graph.projection import Projector, UnknownRecord
from graph.store import GraphStore
from graph.upcasting import PresentLog
from ontology import upcasting
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, SCHEMA, article_stream
from tests.graph.articles import World, article, strike
from tests.graph.backends import Backend, postgres_on
from tests.postgres_server import Server

ROOT = Path(__file__).resolve().parents[2]
STATEMENTS = len(list(_statements(_SCHEMA)))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


# ---------------------------------------------------------------------- killed while the tables are made

DIES_WHILE_IT_MAKES_THE_TABLES = """
import os, signal, sys
from pathlib import Path
from graph.log import sqlite
statements = sqlite._statements
def dying(script):
    for number, statement in enumerate([*statements(script), None]):
        if number == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield statement
sqlite._statements = dying
sqlite.SqliteLog(Path(sys.argv[1]))
"""


def die_while_making(path: Path, after: int) -> None:
    with child(DIES_WHILE_IT_MAKES_THE_TABLES, path, after) as process:
        assert process.wait(60) == -signal.SIGKILL
    with sqlite3.connect(path) as connection:  # none of it is there, whatever had been made
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        assert connection.execute("PRAGMA application_id").fetchone() == (0,)
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    connection.close()
    with SqliteLog(path) as log:
        log.append("s", [NewRecord("T", 1, {})], actor="x")
        assert log.verify() == 1


@pytest.mark.parametrize("after", [1, STATEMENTS])
def test_tables_that_were_being_made_are_made_by_the_next_start(tmp_path: Path, after: int) -> None:
    die_while_making(tmp_path / "log.sqlite", after)


@pytest.mark.slow
def test_tables_are_there_as_a_whole_or_not_at_all_wherever_the_kill_falls(tmp_path: Path) -> None:
    for after in range(STATEMENTS + 1):
        die_while_making(tmp_path / f"{after}.sqlite", after)


STALLS_WHILE_IT_MAKES_THE_TABLES = """
import sys
from graph.log import open_log, postgres
half = postgres.TABLES.index("CREATE FUNCTION waqai.lock")
postgres.TABLES = postgres.TABLES[:half] + "SELECT pg_sleep(2);" + postgres.TABLES[half:]
open_log(sys.argv[1])
"""


def test_tables_of_a_server_that_were_being_made_are_made_by_the_next_start(postgres: Server) -> None:
    place = postgres_on(postgres)
    asleep = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{place.database}' AND wait_event = 'PgSleep'"
    with child(STALLS_WHILE_IT_MAKES_THE_TABLES, place.address) as process:
        end = time.monotonic() + 60
        while postgres.sql(asleep) != "1":
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    there = "SELECT count(*) FROM pg_namespace WHERE nspname = 'waqai'"
    assert postgres.sql(there, place.database) == "0"
    with place.open(busy_seconds=60) as log:  # the server notices a little later that the process is gone
        log.append("s", [NewRecord("T", 1, {})], actor="x")
        assert log.verify() == 1


# ---------------------------------------------------------------------- killed while it writes in a newer schema

NEWER = """
import itertools, sys
from graph.log import NewRecord, open_log
log = open_log(sys.argv[1])
for number in itertools.count():
    records = [NewRecord(sys.argv[2], int(sys.argv[3]), {"n": number})] * 3
    done = log.append("newer", records, actor="x", key=f"k{number}")
    print(done.last, flush=True)
"""


def killed_while_writing(backend: Backend, type_: str, schema: int) -> int:
    """Have a process append records of a schema until it is killed; return the last position that it was told of."""
    with child(NEWER, backend.address, type_, schema) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(5)]
        process.kill()
        told += process.stdout.readlines()
    return max(int(line) for line in told if line.endswith("\n"))


def world_on(log: StoredLog, folder: Path) -> World:
    there = World.at(folder)
    return World(log, there.content, Projector.of(log, there.content.get))  # type: ignore[arg-type]


def bodies(log: StoredLog) -> list[bytes]:
    return [body for _, body in log.bodies()]


def test_the_old_code_refuses_what_the_new_one_wrote_before_it_was_killed(backend: Backend, tmp_path: Path) -> None:
    with backend.open() as log:
        world = world_on(log, tmp_path / "world")
        world.ingest(article(1), strike(article(1)))
        with GraphStore.open(tmp_path / "graph", world.projector) as store:
            store.catch_up(log)
            before = store.fingerprint()
        told = killed_while_writing(backend, CLAIMS_EXTRACTED, SCHEMA[CLAIMS_EXTRACTED] + 1)
        kept = bodies(log)
        assert len(kept) == log.verify() >= told
        with GraphStore.open(tmp_path / "graph", Projector.of(log, world.content.get)) as store:
            with pytest.raises(UnknownRecord, match=r"position 3 .* upgrade waqai"):
                store.catch_up(log)
            # The graph of the old code, and no part of the new one.
            assert (store.position(), store.fingerprint()) == (2, before)
        assert bodies(log) == kept


def test_the_new_code_goes_on_where_it_was_killed_in_a_log_of_both(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with backend.open() as log:
        world = world_on(log, tmp_path / "world")
        stream = article_stream(article(1).id)
        plain = World.at(tmp_path / "plain")
        plain.ingest(article(1), strike(article(1)))
        ingested, extracted = (record.payload for record in plain.log.read())
        log.append(stream, [NewRecord("ArticleRead", 1, {"article": ingested, "claims": extracted})], actor="x")
        killed_while_writing(backend, "Greeting", 1)
        steps = {
            **upcasting.STEPS,
            ("ArticleRead", 1): lambda old: [
                upcasting.Payload(ARTICLE_INGESTED, SCHEMA[ARTICLE_INGESTED], old["article"]),
                upcasting.Payload(CLAIMS_EXTRACTED, SCHEMA[CLAIMS_EXTRACTED], old["claims"]),
            ],
            ("Greeting", 1): lambda _: [],
        }
        monkeypatch.setattr(upcasting, "STEPS", steps)
        new = World(log, plain.content, Projector.of(log, plain.content.get))  # type: ignore[arg-type]
        new.ingest(article(2), strike(article(2)))
        with GraphStore.open(tmp_path / "graph", Projector.of(log, plain.content.get)) as store:
            store.catch_up(log, batch=2)
            assert store.position() == log.head()
            whole = GraphStore.in_memory(log, Projector.of(log, plain.content.get))
            assert store.fingerprint() == whole.fingerprint()
        types = [record.type for record in PresentLog(log).read()]
        assert types == [ARTICLE_INGESTED, CLAIMS_EXTRACTED] * 2
        assert world.log.verify() == log.head()
