"""Moving a log between its backends: as a whole, byte for byte, or not at all."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.log import LogDamaged, LogsDiffer, NewRecord, open_log
from graph.log.migration import migrate
from graph.log.stored import StoredLog
from tests.graph.backends import KINDS, Backend, postgres_on, sqlite_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """A second empty place, on each backend in turn."""
    if request.param == "sqlite":
        (tmp_path / "target").mkdir()
        return sqlite_in(tmp_path / "target")
    return postgres_on(request.getfixturevalue("postgres"))


def fill(log: StoredLog, batches: int = 30, start: int = 0) -> None:
    for number in range(start, start + batches):
        records = [NewRecord("T", 1, {"n": number, "part": part, "words": "خبر\0"}) for part in range(1 + number % 3)]
        log.append(f"s/{number % 7}", records, actor="أنا", key=f"k{number}" if number % 2 else None)


def bodies(log: StoredLog) -> list[bytes]:
    return [record.body for record in log.read()]


def test_a_log_moves_with_identical_bodies(log: StoredLog, target: Backend) -> None:
    fill(log)
    with target.open() as moved:
        steps: list[int] = []
        done = migrate(log, moved, steps.append)
        assert bodies(moved) == bodies(log)
        assert (done.records, done.copied, done.meanwhile) == (log.head(), log.head(), 0)
        assert moved.verify() == log.head() == done.records
        assert steps[-1] == 2 * done.records
        digest = hashlib.sha256()
        for body in bodies(log):
            digest.update(len(body).to_bytes(8, "big") + body)
        assert done.digest == digest.hexdigest()
        # It goes on there as it would have gone on here: keys, versions and time are known.
        assert moved.find_key("k1") == log.find_key("k1")
        fill(log, 3, start=30)
        fill(moved, 3, start=30)
        assert [(r.position, r.version, r.payload) for r in moved.read()] == [
            (r.position, r.version, r.payload) for r in log.read()
        ]


def test_what_came_later_is_moved_by_the_next_run(log: StoredLog, target: Backend) -> None:
    fill(log, 5)
    with target.open() as moved:
        migrate(log, moved)
        assert migrate(log, moved).copied == 0
        before = log.head()
        fill(log, 4, start=5)
        assert migrate(log, moved).copied == log.head() - before
        assert bodies(moved) == bodies(log)


def test_an_empty_log_moves(log: StoredLog, target: Backend) -> None:
    with target.open() as moved:
        assert migrate(log, moved).records == moved.head() == 0


@pytest.mark.parametrize("records", [1, 40])
def test_a_target_that_holds_something_else_is_left_alone(log: StoredLog, target: Backend, records: int) -> None:
    fill(log, 10)
    with target.open() as other:
        for number in range(records):
            other.append("mine", [NewRecord("T", 1, {"n": number})], actor="somebody")
        before = bodies(other)
        with pytest.raises(LogsDiffer, match="name an empty log") as caught:
            migrate(log, other)
        assert caught.value.position == (1 if records == 1 else log.head() + 1)
        assert bodies(other) == before


def test_a_damaged_log_is_not_moved(backend: Backend, target: Backend) -> None:
    with backend.open() as log:
        fill(log, 10)
    backend.tamper("UPDATE log SET type = 'U' WHERE position = 5")
    with backend.open() as log, target.open() as moved:
        with pytest.raises(LogDamaged) as caught:
            migrate(log, moved)
        assert caught.value.position == 5
        assert moved.head() == 0


MOVER = """
import sys
from graph.log import open_log
from graph.log.migration import migrate
with open_log(sys.argv[1]) as source, open_log(sys.argv[2]) as target:
    migrate(source, target, lambda position: print(position, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_migration_that_is_killed_leaves_the_target_as_it_was(backend: Backend, target: Backend, after: int) -> None:
    with backend.open() as log:
        records = [NewRecord("T", 1, {"n": n, "words": "x" * 200}) for n in range(1500)]
        log.append("s", records, actor="x")
        log.append("s", records, actor="x")
    command = [sys.executable, "-c", MOVER, backend.address, target.address]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ}) as process:
        assert process.stdout is not None
        for _ in range(after):  # three chunks are copied, then each of 3,000 rows is read back
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with target.open(busy_seconds=30) as moved, open_log(backend.address) as log:
        end = time.monotonic() + 30
        while moved.head() and time.monotonic() < end:  # the server may notice a little later
            time.sleep(0.05)
        assert moved.head() == 0
        assert migrate(log, moved).copied == 3000
        assert bodies(moved) == bodies(log)
