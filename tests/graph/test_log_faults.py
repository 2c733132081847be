"""The log when things go wrong, on both backends: kills, crashes, several processes, changed rows, great batches.

Killing a process leaves the page cache of the system alone, so the kills here say nothing about a power cut.
"""

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.log import (
    BatchTooLarge,
    EventLog,
    LogDamaged,
    NewRecord,
    RecordTooLarge,
    open_log,
)
from tests.graph.backends import Backend, postgres_on
from tests.postgres_server import Server

ROOT = Path(__file__).resolve().parents[2]
no_kill = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")

APPENDER = """
import sys
from graph.log import NewRecord, open_log
log = open_log(sys.argv[1])
name, start = sys.argv[2], int(sys.argv[3])
for number in range(start, start + 100000):
    records = [NewRecord("T", 1, {"batch": number, "part": part, "words": "خبر" * 40}) for part in range(3)]
    done = log.append(name, records, actor="child", key=f"{name}{number}")
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


def batch(number: int) -> list[NewRecord]:
    return [NewRecord("T", 1, {"batch": number, "part": part, "words": "خبر" * 40}) for part in range(3)]


class Account:
    """What children were told was appended, against what the log holds."""

    def __init__(self) -> None:
        self.acknowledged: dict[tuple[str, int], tuple[int, int]] = {}
        self.found_later = 0

    def next_number(self, name: str) -> int:
        return max((number for who, number in self.acknowledged if who == name), default=-1) + 1

    def take(self, name: str, lines: list[str]) -> None:
        for line in lines:
            if line.endswith("\n"):  # a line cut short by the kill was not acknowledged to anybody
                number, begin, end = map(int, line.split())
                self.acknowledged[name, number] = (begin, end)

    def settle(self, log: EventLog) -> None:
        """Nothing acknowledged is missing, every batch is whole, and what was not acknowledged is found by its key."""
        assert log.verify() == log.head()
        there: dict[tuple[str, int], list[int]] = {}
        for entry in log.read():
            there.setdefault((entry.stream, entry.payload["batch"]), []).append(entry.position)
        for found in there.values():
            assert found == list(range(found[0], found[0] + 3))
        for who, (begin, end) in self.acknowledged.items():
            assert there[who] == list(range(begin, end + 1))
        for name, number in there.keys() - self.acknowledged.keys():
            done = log.append(name, batch(number), actor="child", key=f"{name}{number}")
            assert done.replayed
            self.acknowledged[name, number] = (done.first, done.last)
            self.found_later += 1


def kill_while_appending(backend: Backend, times: int, seed: int) -> None:
    chance = random.Random(seed)
    account = Account()
    for _ in range(times):
        with child(APPENDER, backend.address, "s", account.next_number("s")) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stdout.readline()
            assert first, process.stderr.read()
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            account.take("s", [first, *process.stdout.read().splitlines(keepends=True)])
        with backend.open() as log:
            account.settle(log)


@no_kill
def test_kills_lose_nothing_acknowledged(backend: Backend) -> None:
    kill_while_appending(backend, times=5, seed=1)


@no_kill
@pytest.mark.slow
def test_two_hundred_kills_lose_nothing_acknowledged(backend: Backend) -> None:
    kill_while_appending(backend, times=200, seed=2)


def crash_the_server(server: Server, times: int) -> None:
    place = postgres_on(server)
    account = Account()
    for _ in range(times):
        place.open().close()
        writers = {name: child(APPENDER, place.address, name, account.next_number(name)) for name in ("a", "b")}
        firsts = {name: writer.stdout.readline() for name, writer in writers.items() if writer.stdout}
        time.sleep(0.2)
        server.stop("immediate")
        for name, writer in writers.items():
            out, err = writer.communicate(timeout=60)
            assert "LogUnreachable" in err or "OutcomeUnknown" in err, err
            account.take(name, [firsts[name], *out.splitlines(keepends=True)])
        server.start()
        with place.open() as log:
            account.settle(log)
    assert len(account.acknowledged) > times * 2


def test_a_crash_of_the_database_server_loses_nothing_acknowledged(own_server: Server) -> None:
    crash_the_server(own_server, times=2)


@pytest.mark.slow
def test_twelve_crashes_of_the_database_server_lose_nothing_acknowledged(own_server: Server) -> None:
    crash_the_server(own_server, times=12)


# ---------------------------------------------------------------------- several processes

WRITER = """
import sys
from graph.log import NewRecord, VersionConflict, open_log
log = open_log(sys.argv[1])
done = 0
while done < 50:
    version = sum(1 for _ in log.read_stream("hot"))
    try:
        log.append("hot", [NewRecord("T", 1, {"seen": version})], actor=sys.argv[2], expected=version)
        done += 1
    except VersionConflict:
        pass
"""


def test_two_writers_of_one_stream_lose_no_update(backend: Backend) -> None:
    processes = [child(WRITER, backend.address, name) for name in ("one", "two")]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with backend.open() as log:
        assert log.verify() == 100
        assert [(r.payload["seen"], r.version) for r in log.read()] == [(n, n + 1) for n in range(100)]
        assert {r.actor for r in log.read()} == {"one", "two"}


INGESTER = """
import json, random, sys
from graph.log import NewRecord, open_log
log = open_log(sys.argv[1])
name, same = sys.argv[2], sys.argv[3] == "same"
numbers = list(range(60))
random.Random(name).shuffle(numbers)
positions = {}
for number in numbers:
    key = f"a{number}" if same else f"{name}-a{number}"
    done = log.append(f"article/{number}", [NewRecord("T", 1, {"n": number})] * 2, actor=name, key=key)
    positions[number] = [done.first, done.last, done.replayed]
print(json.dumps(positions))
"""


def test_the_same_articles_by_four_processes_are_accepted_once(backend: Backend) -> None:
    # All of them also make the log at the same time.
    processes = [child(INGESTER, backend.address, f"p{n}", "same") for n in range(4)]
    answers = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        answers.append(json.loads(out))
    for number in map(str, range(60)):
        assert len({tuple(answer[number][:2]) for answer in answers}) == 1
        assert sorted(answer[number][2] for answer in answers) == [False, True, True, True]
    with backend.open() as log:
        assert log.verify() == 120


def test_a_tailing_reader_misses_nothing_while_four_write(backend: Backend) -> None:
    with backend.open() as log:
        processes = [child(INGESTER, backend.address, f"p{n}", "own") for n in range(4)]
        seen: list[int] = []
        while any(process.poll() is None for process in processes) or log.head() > len(seen):
            log.wait(len(seen), timeout=0.05)
            seen += [entry.position for entry in log.read(after=len(seen))]
        for process in processes:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
        assert seen == list(range(1, 4 * 120 + 1))


STARTER = """
import sys, time
from graph.log import NewRecord, open_log
while time.time() < float(sys.argv[2]):
    pass
with open_log(sys.argv[1]) as log:
    log.append("s", [NewRecord("T", 1, {})], actor="x")
"""


def start_together(make: Callable[[], Backend], times: int) -> None:
    for _ in range(times):
        place = make()
        moment = time.time() + 1.0
        processes = [child(STARTER, place.address, moment) for _ in range(4)]
        for process in processes:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
        with place.open() as log:
            assert log.verify() == 4


def test_four_processes_that_start_at_once_make_one_log(backend: Backend) -> None:
    start_together(lambda: backend, 1)


@pytest.mark.slow
def test_four_processes_that_start_at_once_make_one_log_again_and_again(backend: Backend, tmp_path: Path) -> None:
    def another() -> Backend:
        if backend.server is not None:
            return postgres_on(backend.server)
        return Backend("sqlite", str(tmp_path / f"log-{len(list(tmp_path.iterdir()))}.sqlite"))

    start_together(another, 10)


# ---------------------------------------------------------------------- changed rows

CHANGES = [
    ("DELETE FROM log WHERE position = 2", 2),
    ("DELETE FROM log WHERE position = 1", 1),
    ("UPDATE log SET stream = 'other' WHERE position = 3", 3),
    ("UPDATE log SET version = 9 WHERE position = 3", 3),
    ("UPDATE log SET type = 'U' WHERE position = 1", 1),
    ("UPDATE log SET key = NULL WHERE position = 2", 2),
    ("UPDATE log SET recorded = recorded + 1 WHERE position = 2", 2),
    ("UPDATE log SET recorded = 9000000000000000000 WHERE position = 2", 2),
    ("UPDATE log SET position = 9 WHERE position = 3", 3),
]


@pytest.mark.parametrize(("statement", "position"), CHANGES)
def test_verify_names_the_first_position_whose_row_was_changed(backend: Backend, statement: str, position: int) -> None:
    with backend.open() as log:
        log.append("s", [NewRecord("T", 1, {"n": 1}), NewRecord("T", 1, {"n": 2})], actor="x", key="k")
        log.append("s", [NewRecord("T", 1, {"n": 3})], actor="x")
        backend.tamper(statement)
        with pytest.raises(LogDamaged) as caught:
            log.verify()
        assert caught.value.position == position


def changed(body: bytes, chance: random.Random) -> bytes:
    """Return `body` with one bit flipped."""
    flipped = bytearray(body)
    flipped[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


@pytest.mark.parametrize(
    "edit",
    [
        lambda body: body.replace(b",", b", ", 1),
        lambda body: b"{",
        lambda body: b"{}",
        lambda body: b"[1]",
        lambda body: b"\xff" + body[1:],
        lambda body: body.replace(b'"n":2', b'"n":2.5'),
        lambda body: body.replace(b'"version":2', b'"version":3'),
        lambda body: body.replace(b'"T"', b'"U"'),
    ],
)
def test_verify_names_the_position_whose_body_was_changed(backend: Backend, edit: Callable[[bytes], bytes]) -> None:
    with backend.open() as log:
        log.append("s", [NewRecord("T", 1, {"n": n}) for n in (1, 2, 3)], actor="x", key="k")
        body = next(log.read(after=1)).body
        backend.tamper(f"UPDATE log SET body = {backend.blob(edit(body))} WHERE position = 2")
        with pytest.raises(LogDamaged) as caught:
            log.verify()
        assert caught.value.position == 2


def meant(body: bytes) -> dict[str, object]:
    """Return what the columns repeat of a body."""
    data = json.loads(body)
    return {name: data[name] for name in ("position", "stream", "version", "type", "key", "recorded")}


def test_what_verify_finds_of_single_bits_and_what_only_a_checkpoint_finds(backend: Backend) -> None:
    """A flipped bit of the envelope or of the JSON is found here; one inside a string stays JSON, and is not."""
    chance = random.Random(7)
    with backend.open() as log:
        log.append("stream", [NewRecord("Type", 1, {"number": 17})], actor="x", key="key")
        (body,) = [record.body for record in log.read()]
        found = missed = 0
        for _ in range(60):
            edited = changed(body, chance)
            backend.tamper(f"UPDATE log SET body = {backend.blob(edited)} WHERE position = 1")
            with contextlib.suppress(LogDamaged):
                log.verify()
                missed += 1
                assert meant(edited) == meant(body)
                assert edited != body
                continue
            found += 1
        assert found > missed > 0


# ---------------------------------------------------------------------- great batches


def test_fifty_thousand_claims_in_one_append_are_taken_or_refused_by_a_limit(backend: Backend) -> None:
    claim = {"id": "c-0123456789abcdef", "type": "Airstrike", "evidence": {"start": 1, "end": 90}, "words": "خبر" * 30}
    claims = [{**claim, "number": number} for number in range(50_000)]
    with backend.open() as log:
        done = log.append("article/a", [NewRecord("ClaimsExtracted", 1, {"claims": claims})], actor="x", key="k")
        assert done.last == 1  # 15 MB: within the limit
        assert len(next(log.read()).payload["claims"]) == 50_000
        with pytest.raises(BatchTooLarge, match="WAQAI_LOG_BATCH_RECORDS"):
            log.append("article/a", [NewRecord("T", 1, claim)] * 50_000, actor="x")
        with pytest.raises(RecordTooLarge, match="WAQAI_LOG_RECORD_BYTES"):
            log.append("article/a", [NewRecord("T", 1, {"claims": claims * 5})], actor="x")
        assert log.head() == log.verify() == 1


def test_a_batch_of_the_greatest_number_of_records_is_one_append(backend: Backend) -> None:
    with backend.open() as log:
        records = [NewRecord("T", 1, {"n": n, "words": "خبر" * 50}) for n in range(10_000)]
        assert log.append("a", records, actor="x", key="k").last == 10_000
        assert log.append("a", records, actor="x", key="k").replayed
        assert log.verify() == 10_000


def test_another_process_sees_at_once_what_was_acknowledged(backend: Backend) -> None:
    with backend.open() as log, open_log(backend.address) as other:
        for number in range(20):
            assert log.append("s", [NewRecord("T", 1, {"n": number})], actor="x").last == other.head()
