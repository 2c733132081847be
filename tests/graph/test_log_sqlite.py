"""What is SQLite's own: files that are no log, that are damaged, torn or cut off, a disk that is full or fails."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from graph.log import (
    LOG_SCHEMA,
    DiskFailed,
    LogBusy,
    LogDamaged,
    LogMissing,
    LogReadOnly,
    LogTooNew,
    NewRecord,
    NotALog,
    SqliteLog,
)
from tests import system_calls
from tests.postgres_server import NOBODY

ROOT = Path(__file__).resolve().parents[2]


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def record(number: int = 0) -> NewRecord:
    return NewRecord("T", 1, {"n": number})


FILLER = """
import resource, sys
from pathlib import Path
from graph.log import LogFull, NewRecord, SqliteLog
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = SqliteLog(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
done = 0
try:
    while True:
        done = log.append("s", [NewRecord("T", 1, {"words": "x" * 5000})] * 3, actor="x").last
except LogFull as error:
    print(done, error)
    sys.exit(0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
def test_a_full_disk_is_a_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with child(FILLER, path) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    done, _, message = out.partition(" ")
    assert "no room left" in message
    assert int(done) > 3
    with SqliteLog(path) as log:
        assert log.verify() == log.head() == int(done)
        assert log.append("s", [record()], actor="x").first == int(done) + 1


OPENER = """
import resource, signal, sys
from graph.log import LogFull, SqliteLog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))
try:
    SqliteLog(sys.argv[1])
except LogFull as error:
    print(error)
"""


def test_a_log_that_is_opened_on_a_full_disk_says_so(tmp_path: Path) -> None:
    """Readers of a log share a file beside it, which has no room either."""
    path = tmp_path / "log.sqlite"
    with SqliteLog(path) as log:
        log.append("s", [record()], actor="x")
    with child(OPENER, path) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert f"no room left to write {path}" in out
    with SqliteLog(path) as log:
        assert log.verify() == log.head() == 1


@pytest.mark.parametrize("content", [b"this is no database at all, only some words" * 50, b"\0" * 4096, b"x"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes(content)
    with pytest.raises(NotALog) as caught:
        SqliteLog(path)
    assert caught.value.place == path
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE notes(words TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(NotALog, match="another program"):
        SqliteLog(path)
    assert path.read_bytes() == before


def test_a_log_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    SqliteLog(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {LOG_SCHEMA + 1}")
    connection.close()
    with pytest.raises(LogTooNew) as caught:
        SqliteLog(path)
    assert (caught.value.found, caught.value.known) == (LOG_SCHEMA + 1, LOG_SCHEMA)


def test_a_log_that_is_not_there_is_made_only_if_asked(tmp_path: Path) -> None:
    with pytest.raises(LogMissing):
        SqliteLog(tmp_path / "no" / "log.sqlite", create=False)
    assert not (tmp_path / "no").exists()
    SqliteLog(tmp_path / "no" / "log.sqlite")
    assert (tmp_path / "no" / "log.sqlite").is_file()


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LogReadOnly):
        SqliteLog(tmp_path / "file" / "log.sqlite")
    (tmp_path / "folder").mkdir()
    with pytest.raises(LogReadOnly):
        SqliteLog(tmp_path / "folder")


@contextlib.contextmanager
def unprivileged_folder() -> Iterator[Path]:
    """A folder that this process may read and not write, whoever it is: root becomes nobody meanwhile."""
    folder = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        folder.chmod(0o700)
        if root:
            os.seteuid(0)
        shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such rights")
def test_a_read_only_folder_is_a_clear_error() -> None:
    with unprivileged_folder() as folder:
        folder.chmod(0o500)
        with pytest.raises(LogReadOnly, match="check the rights"):
            SqliteLog(folder / "log.sqlite")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such rights")
def test_a_read_only_log_is_a_clear_error_and_stays_as_it_was() -> None:
    with unprivileged_folder() as folder:
        with SqliteLog(folder / "log.sqlite") as log:
            log.append("s", [record(1)], actor="x")
        before = (folder / "log.sqlite").read_bytes()
        (folder / "log.sqlite").chmod(0o400)
        folder.chmod(0o500)
        with pytest.raises(LogReadOnly, match="check the rights"), SqliteLog(folder / "log.sqlite") as log:
            log.append("s", [record(2)], actor="x")
        assert (folder / "log.sqlite").read_bytes() == before


def test_a_writer_that_hangs_does_not_hang_the_others(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    log = SqliteLog(path, busy_seconds=0.2)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogBusy):
        log.append("s", [record()], actor="x")
    assert log.head() == 0
    holder.execute("ROLLBACK")
    holder.close()
    assert log.append("s", [record()], actor="x").first == 1


def test_rows_cannot_be_changed_or_removed(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    log = SqliteLog(path)
    log.append("s", [record(1), record(2)], actor="x", key="k")
    connection = sqlite3.connect(path)
    for statement in (
        "UPDATE log SET type = 'U'",
        "DELETE FROM log WHERE position = 2",
        "INSERT INTO log SELECT 9, 's', 9, type, NULL, recorded + 9, body FROM log WHERE position = 2",
        "INSERT OR REPLACE INTO log SELECT 1, stream, version, type, key, recorded, body FROM log WHERE position = 2",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    connection.close()
    assert log.verify() == 2


def test_a_zeroed_page_is_reported_and_never_read_as_records(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with SqliteLog(path) as log:
        log.append("s", [NewRecord("T", 1, {"words": "x" * 300})] * 200, actor="x")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = bytes(4096)
    path.write_bytes(data)
    with SqliteLog(path) as log, pytest.raises((NotALog, LogDamaged)):
        log.verify()


@pytest.mark.parametrize("pages", [1, 7])
def test_a_file_that_was_cut_off_is_reported(tmp_path: Path, pages: int) -> None:
    path = tmp_path / "log.sqlite"
    with SqliteLog(path) as log:
        log.append("s", [NewRecord("T", 1, {"words": "x" * 300})] * 200, actor="x")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - pages * 4096)
    with pytest.raises((NotALog, LogDamaged)), SqliteLog(path) as log:
        log.verify()


def test_a_flipped_bit_in_the_file_is_found_or_lies_in_the_words_of_a_payload(tmp_path: Path) -> None:
    """Everything but the values of a payload: those are JSON either way, and only a checkpoint tells them apart."""
    chance = random.Random(3)
    path = tmp_path / "log.sqlite"
    with SqliteLog(path) as log:
        for n in range(40):
            log.append(f"s{n % 3}", [NewRecord("T", 1, {"n": n})] * 5, actor="x", key=f"k{n}")
        before = [r.body for r in log.read()]
    sound = path.read_bytes()
    found = harmless = 0
    for _ in range(150):
        data = bytearray(sound)
        data[chance.randrange(100, len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            with SqliteLog(path) as log:
                log.verify()
                after = [r.body for r in log.read()]
        except (NotALog, LogDamaged):
            found += 1
            continue
        harmless += after == before
        for one, other in zip(before, after, strict=True):
            inside = ("payload", "actor", "schema", "cause", "v")
            assert {**orjson.loads(one), **dict.fromkeys(inside)} == {**orjson.loads(other), **dict.fromkeys(inside)}
    assert found > 50
    assert harmless  # the unused part of a page


def tear(folder: Path, times: int, seed: int) -> None:
    """Cut the write-ahead log anywhere, half of the time with rubbish behind the cut, as a torn write leaves it."""
    chance = random.Random(seed)
    (folder / "torn").mkdir()
    ends: set[int] = set()
    with SqliteLog(folder / "log.sqlite") as log:
        for n in range(60):
            log.append("s", [NewRecord("T", 1, {"batch": n, "words": "x" * 200})] * 3, actor="x", key=f"k{n}")
        files = {name: (folder / name).read_bytes() for name in ("log.sqlite", "log.sqlite-wal")}
        bodies = [r.body for r in log.read()]
    for _ in range(times):
        cut = chance.randrange(len(files["log.sqlite-wal"]) + 1)
        tail = chance.randbytes(chance.randrange(8000)) if chance.random() < 0.5 else b""
        for name, data in files.items():
            (folder / "torn" / name).write_bytes(data[:cut] + tail if name.endswith("-wal") else data)
        (folder / "torn" / "log.sqlite-shm").unlink(missing_ok=True)
        with SqliteLog(folder / "torn" / "log.sqlite") as log:
            assert log.verify() % 3 == 0
            assert [r.body for r in log.read()] == bodies[: log.head()]
            ends.add(log.head())
            log.append("s", [record()], actor="x")
    assert len(ends) > 5


def test_a_torn_write_ahead_log_leaves_a_beginning_of_whole_batches(tmp_path: Path) -> None:
    tear(tmp_path, times=30, seed=4)


@pytest.mark.slow
def test_many_torn_write_ahead_logs_leave_a_beginning_of_whole_batches(tmp_path: Path) -> None:
    tear(tmp_path, times=150, seed=5)


FAILER = """
import sys
from pathlib import Path
from graph.log import DiskFailed, LogError, NewRecord, SqliteLog
from tests.system_calls import Failing
failing = Failing("fsync", "fdatasync")
log = SqliteLog(Path(sys.argv[1]))
for number in range(5):
    print("done", log.append("s", [NewRecord("T", 1, {"n": number})] * 2, actor="x", key=f"k{number}").last)
failing.begin()
for number in range(5, 8):
    try:
        print("done", log.append("s", [NewRecord("T", 1, {"n": number})] * 2, actor="x", key=f"k{number}").last)
    except DiskFailed as error:
        print("failed", error)
"""


@pytest.mark.skipif(system_calls.why_not() is not None, reason=system_calls.why_not() or "")
def test_a_disk_that_does_not_confirm_ends_the_appending(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with child(FAILER, path) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == ["done"] * 5 + ["failed"] * 3  # nothing is acknowledged after it
    assert "repeat with the same key" in lines[-1]
    with SqliteLog(path) as log:  # what was acknowledged is there; what was not is repeated
        assert log.verify() >= 10
        for number in range(8):
            log.append("s", [NewRecord("T", 1, {"n": number})] * 2, actor="x", key=f"k{number}")
        assert log.verify() == 16


READER = """
import sys
from pathlib import Path
from graph.log import SqliteLog
with SqliteLog(Path(sys.argv[1]), create=False) as log:
    print(log.head())
"""


def read_elsewhere(path: Path) -> int:
    """Return the head that another process sees, which then is done with the log."""
    with child(READER, path) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return int(out)


def test_a_log_that_is_opened_twice_in_one_process_stays_locked(tmp_path: Path) -> None:
    """Closing any handle on the file would take the locks away, and the next reader the newest records with it."""
    path = tmp_path / "log.sqlite"
    with SqliteLog(path) as log:
        log.append("s", [record()], actor="x")
        with SqliteLog(path, create=False):
            pass
        assert read_elsewhere(path) == 1
        log.append("s", [record()], actor="x")
        assert read_elsewhere(path) == 2


@pytest.mark.skipif(os.name == "nt", reason="a file that is open cannot be removed there")
def test_nothing_is_acknowledged_where_the_files_are_others_than_those_that_were_opened(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with SqliteLog(path) as log:
        log.append("s", [record()], actor="x")
        with path.open("rb"):  # as a backup within this process would: the locks are gone with it
            pass
        assert read_elsewhere(path) == 1  # the last one who has it open, as it believes: the newest records move
        for _ in range(2):
            with pytest.raises(DiskFailed, match="-wal, was removed or replaced"):
                log.append("s", [record()], actor="x")
    assert read_elsewhere(path) == 1
    with SqliteLog(path) as log:
        log.append("s", [record()], actor="x")
        assert log.verify() == 2
