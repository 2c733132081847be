"""The log when things go wrong: kills, full disks, damaged files, several processes.

Killing a process leaves the page cache of the system alone, so these tests say nothing about a power cut.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.log import (
    LOG_SCHEMA,
    LogBusy,
    LogDamaged,
    LogMissing,
    LogReadOnly,
    LogTooNew,
    NewRecord,
    NotALog,
    SqliteLog,
)

ROOT = Path(__file__).resolve().parents[2]

APPENDER = """
import sys
from pathlib import Path
from graph.log import NewRecord, SqliteLog
log = SqliteLog(Path(sys.argv[1]))
start = int(sys.argv[2])
for number in range(start, start + 100000):
    records = [NewRecord("T", 1, {"batch": number, "part": part, "words": "خبر" * 40}) for part in range(3)]
    done = log.append("s", records, actor="child", key=f"k{number}")
    print(number, done.first, done.last, flush=True)
"""


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


def kill_while_appending(path: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged: dict[int, tuple[int, int]] = {}
    unacknowledged = 0
    for _ in range(times):
        start = max(acknowledged, default=-1) + 1
        with child(APPENDER, path, start) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            # A line cut short by the kill was not acknowledged to anybody.
            lines = [line for line in [first, *process.stdout.read().splitlines(keepends=True)] if line.endswith("\n")]
        assert lines, "the child died before its first append"
        for line in lines:
            number, begin, end = map(int, line.split())
            acknowledged[number] = (begin, end)
        with SqliteLog(path) as log:
            assert log.verify() == log.head()
            assert log.head() % 3 == 0  # whole batches only
            by_batch: dict[int, list[int]] = {}
            for entry in log.read():
                by_batch.setdefault(entry.payload["batch"], []).append(entry.position)
            for number, (begin, end) in acknowledged.items():
                assert by_batch[number] == list(range(begin, end + 1))
            # What was committed and not acknowledged is found by its key when the client tries again.
            for number in by_batch.keys() - acknowledged.keys():
                unacknowledged += 1
                parts = [NewRecord("T", 1, {"batch": number, "part": p, "words": "خبر" * 40}) for p in range(3)]
                done = log.append("s", parts, actor="child", key=f"k{number}")
                assert done.replayed
                acknowledged[number] = (done.first, done.last)
            assert len(by_batch) == len(acknowledged)


def test_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    kill_while_appending(tmp_path / "log.sqlite", times=10, seed=1)


@pytest.mark.slow
def test_many_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    kill_while_appending(tmp_path / "log.sqlite", times=100, seed=2)


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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_a_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LogReadOnly):
            SqliteLog(tmp_path / "log.sqlite")
    finally:
        tmp_path.chmod(0o700)


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


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("DELETE FROM log WHERE position = 2", 2),
        ("DELETE FROM log WHERE position = 1", 1),
        ("UPDATE log SET stream = 'other' WHERE position = 3", 3),
        ("UPDATE log SET version = 9 WHERE position = 3", 3),
        ("UPDATE log SET type = 'U' WHERE position = 1", 1),
        ("UPDATE log SET key = NULL WHERE position = 2", 2),
        ("UPDATE log SET recorded = recorded + 1 WHERE position = 2", 2),
        ("UPDATE log SET body = replace(CAST(body AS TEXT), ',', ', ') WHERE position = 2", 2),
        ("UPDATE log SET body = CAST('{' AS BLOB) WHERE position = 2", 2),
        ("UPDATE log SET body = CAST('{}' AS BLOB) WHERE position = 2", 2),
    ],
)
def test_verify_names_the_first_damaged_position(tmp_path: Path, statement: str, position: int) -> None:
    path = tmp_path / "log.sqlite"
    log = SqliteLog(path)
    log.append("s", [record(1), record(2)], actor="x", key="k")
    log.append("s", [record(3)], actor="x")
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP TRIGGER log_no_update; DROP TRIGGER log_no_delete; PRAGMA ignore_check_constraints = 1;"
    )
    if "replace(" in statement:
        statement = statement.replace(
            "replace(CAST(body AS TEXT), ',', ', ')", "CAST(replace(CAST(body AS TEXT), ',', ', ') AS BLOB)"
        )
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(LogDamaged) as caught:
        log.verify()
    assert caught.value.position == position


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


WRITER = """
import sys
from pathlib import Path
from graph.log import NewRecord, SqliteLog, VersionConflict
log = SqliteLog(Path(sys.argv[1]))
done = 0
while done < 50:
    version = sum(1 for _ in log.read_stream("hot"))
    try:
        log.append("hot", [NewRecord("T", 1, {"seen": version})], actor=sys.argv[2], expected=version)
        done += 1
    except VersionConflict:
        pass
"""


def test_two_writers_of_one_stream_lose_no_update(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    processes = [child(WRITER, path, name) for name in ("one", "two")]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with SqliteLog(path) as log:
        assert log.verify() == 100
        assert [(r.payload["seen"], r.version) for r in log.read()] == [(n, n + 1) for n in range(100)]
        assert {r.actor for r in log.read()} == {"one", "two"}


INGESTER = """
import json, sys
from pathlib import Path
from graph.log import NewRecord, SqliteLog
log = SqliteLog(Path(sys.argv[1]))
positions = []
for number in range(20):
    done = log.append(f"article/{number}", [NewRecord("T", 1, {"n": number})] * 2, actor=sys.argv[2], key=f"a{number}")
    positions.append([done.first, done.last, done.replayed])
print(json.dumps(positions))
"""


def test_the_same_articles_by_four_processes_are_accepted_once(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    processes = [child(INGESTER, path, f"p{n}") for n in range(4)]  # all of them also make the log at the same time
    answers = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        answers.append(json.loads(out))
    for same in zip(*answers, strict=True):
        assert len({(first, last) for first, last, _ in same}) == 1
        assert sorted(replayed for _, _, replayed in same) == [False, True, True, True]
    with SqliteLog(path) as log:
        assert log.verify() == 40


def test_a_tailing_reader_misses_nothing_while_others_write(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    log = SqliteLog(path)
    processes = [child(INGESTER.replace('f"a{number}"', f'f"{n}-a{{number}}"'), path, f"p{n}") for n in range(3)]
    seen: list[int] = []
    while any(process.poll() is None for process in processes) or log.head() > len(seen):
        log.wait(len(seen), timeout=0.05)
        seen += [entry.position for entry in log.read(after=len(seen))]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert seen == list(range(1, 121))
