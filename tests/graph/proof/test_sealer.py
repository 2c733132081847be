"""The sealer: what it signs, what it refuses to sign, and what a kill leaves behind."""

import contextlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.log import NewRecord, SqliteLog
from graph.proof.guard import check_start
from graph.proof.keys import Signer, add_public_key, public_keys
from graph.proof.merkle import check_consistency
from graph.proof.published import BadCheckpoint, CheckpointConflict, Checkpoints, publish
from graph.proof.sealer import (
    FalseMap,
    LogBehind,
    LogInconsistent,
    NothingToSeal,
    OtherOrigin,
    Sealed,
    SealerBusy,
    seal,
)
from graph.proof.subjects import Subjects
from graph.proof.tiles import Tiles
from graph.proof.verify_bundle import open_checkpoint
from tests.graph.proof import naive

ROOT = Path(__file__).resolve().parents[3]
SIGNER = Signer.new("example.org/log")


class Bench:
    """A log, where it is sealed and where checkpoints are published."""

    def __init__(self, folder: Path, name: str = "log.sqlite") -> None:
        self.path, self.proof, self.published = folder / name, folder / "proof", folder / "published"
        self.log = SqliteLog(self.path)

    def grow(self, count: int, words: str = "") -> None:
        """Append so many records on seven articles, at most forty at a time."""
        while count > 0:
            head, part = self.log.head(), min(count, 40)
            article = f"{head % 7:020x}"
            numbers = range(head + 1, head + 1 + part)
            payloads = [{"article": article, "n": number, "words": words} for number in numbers]
            self.log.append(f"article/{article}", [NewRecord("T", 1, payload) for payload in payloads], actor="x")
            count -= part

    def seal(self, signer: Signer = SIGNER) -> Sealed:
        sealed = seal(self.log, self.proof, signer, published=self.published)
        publish(self.published, sealed.note)
        return sealed

    def bodies(self) -> list[bytes]:
        return [record.body for record in self.log.read()]

    def map_root(self, size: int) -> bytes:
        chains: dict[str, list[bytes]] = {}
        for body, record in zip(self.bodies()[:size], self.log.read(), strict=False):
            chains.setdefault(record.stream, []).append(body)
        return naive.map_root({naive.bits_of(name): naive.chain_of(found) for name, found in chains.items()})

    def tamper(self, *statements: str) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.executescript("DROP TRIGGER IF EXISTS log_no_update; DROP TRIGGER IF EXISTS log_no_delete;")
            for statement in statements:
                connection.execute(statement)
        connection.close()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_checkpoints_say_size_root_and_map_and_follow_from_each_other(bench: Bench) -> None:
    earlier: list[Sealed] = []
    for count in (3, 300, 1, 260):
        bench.grow(count)
        sealed = bench.seal()
        found = open_checkpoint(sealed.note, [SIGNER.public()])
        bodies = bench.bodies()
        assert (found.origin, found.size) == ("example.org/log", len(bodies))
        assert found.root == naive.mth(bodies)
        assert found.subjects == bench.map_root(found.size)
        for before in earlier:
            path = Tiles(bench.proof).tree(found.size).consistency(before.checkpoint.size)
            check_consistency(before.checkpoint.size, before.checkpoint.root, found.size, found.root, path)
        earlier.append(sealed)
        check_start(bench.log, bench.proof, bench.published)
    assert Checkpoints(bench.published).sizes() == [3, 303, 304, 564]


def test_nothing_new_gives_the_same_note(bench: Bench) -> None:
    with pytest.raises(NothingToSeal):
        bench.seal()
    bench.grow(5)
    first = bench.seal()
    again = bench.seal()
    assert (again.note, again.new, first.new) == (first.note, False, True)


def test_the_sealer_appends_nothing(bench: Bench) -> None:
    bench.grow(5)
    bodies = bench.bodies()
    bench.seal()
    assert bench.bodies() == bodies


@pytest.mark.parametrize("lost", ["proof/tile", "proof/subjects.sqlite", "proof"])
def test_what_was_deleted_is_made_again_and_compared(bench: Bench, tmp_path: Path, lost: str) -> None:
    bench.grow(300)
    bench.seal()
    path = tmp_path / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    bench.grow(10)
    assert bench.seal().checkpoint.subjects == bench.map_root(310)
    assert Tiles(bench.proof).tree(310).root() == naive.mth(bench.bodies())


def test_a_damaged_map_is_made_again(bench: Bench) -> None:
    bench.grow(30)
    bench.seal()
    subjects = Subjects(bench.proof / "subjects.sqlite")
    root = subjects.state()[1] or b""
    subjects.extend([(31, b"x" * 32, {"article/none"})], 30, lambda: root)
    subjects.close()
    bench.grow(1)
    assert bench.seal().checkpoint.subjects == bench.map_root(31)


def test_a_map_that_was_signed_falsely_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.grow(30)
    monkeypatch.setattr(Subjects, "root", lambda _: b"x" * 32)
    bench.seal()
    monkeypatch.undo()
    bench.grow(1)
    with pytest.raises(FalseMap, match="does not follow from the first 30 records"):
        bench.seal()


# ---------------------------------------------------------------------- F7, F16: logs that are not the signed one


def test_rows_that_were_taken_off_the_end_are_noticed(bench: Bench) -> None:
    bench.grow(20)
    bench.seal()
    bench.tamper("DELETE FROM log WHERE position > 15")
    for what in (bench.seal, lambda: check_start(bench.log, bench.proof)):
        with pytest.raises(LogBehind, match=r"holds 15 records.*vouches for 20.*restore a newer one"):
            what()


@pytest.mark.parametrize("sealed_locally", [True, False])
def test_a_log_restored_from_an_old_backup_is_refused(bench: Bench, tmp_path: Path, sealed_locally: bool) -> None:
    bench.grow(20)
    bench.seal()
    bench.log.close()
    backup = tmp_path / "backup"
    backup.mkdir()
    shutil.copytree(bench.proof, backup / "proof")
    shutil.copy(bench.path, backup)
    bench.log = SqliteLog(bench.path)
    bench.grow(15)
    bench.seal()
    bench.log.close()
    shutil.rmtree(bench.proof)
    for file in tmp_path.glob("log.sqlite*"):
        file.unlink()
    if sealed_locally:  # the whole data folder is of the backup; only what was published knows more
        shutil.copytree(backup / "proof", bench.proof)
    shutil.copy(backup / "log.sqlite", bench.path)
    bench.log = SqliteLog(bench.path)
    for what in (bench.seal, lambda: check_start(bench.log, bench.proof, bench.published)):
        with pytest.raises(LogBehind, match="holds 20 records"):
            what()
    bench.grow(40)  # going on does not help: these are other records than those that were signed for
    for what in (bench.seal, lambda: check_start(bench.log, bench.proof, bench.published)):
        with pytest.raises(LogInconsistent, match="first 35 records"):
            what()


def test_a_log_that_was_written_anew_as_a_whole_is_refused(bench: Bench, tmp_path: Path) -> None:
    bench.grow(20)
    bench.seal()
    other = Bench(tmp_path, "other.sqlite")
    other.grow(25, words="never said")
    other.log.verify()
    with pytest.raises(LogInconsistent):
        check_start(other.log, bench.proof)
    with pytest.raises(LogInconsistent):
        seal(other.log, bench.proof, SIGNER)
    shutil.rmtree(bench.proof)  # the keeper removes what was sealed here as well: what was published remains
    with pytest.raises(LogInconsistent):
        seal(other.log, bench.proof, SIGNER, published=bench.published)
    with pytest.raises(LogInconsistent):
        check_start(other.log, bench.proof, bench.published)
    new = seal(other.log, tmp_path / "elsewhere", SIGNER)
    with pytest.raises(LogInconsistent):  # signed nevertheless: it cannot follow from what is published
        check_start(other.log, tmp_path / "elsewhere", bench.published)
    assert new.checkpoint.size == 25


def test_a_published_checkpoint_is_never_replaced_by_another_of_its_size_or_a_smaller_one(bench: Bench) -> None:
    bench.grow(5)
    first = bench.seal()
    bench.grow(5)
    bench.seal()
    with pytest.raises(CheckpointConflict, match="larger size 10"):
        publish(bench.published, first.note)
    forged = SIGNER.sign(f"example.org/log\n10\n{'A' * 43}=\nwaqai-subjects@v1 {'A' * 43}=\n")
    with pytest.raises(CheckpointConflict, match="another checkpoint of size 10"):
        publish(bench.published, forged)
    with pytest.raises(CheckpointConflict, match="other log"):
        publish(bench.published, Signer.new("else.org/log").sign("else.org/log\n11\nx\n"))


def test_a_checkpoint_of_another_key_or_log_is_refused(bench: Bench) -> None:
    bench.grow(5)
    bench.seal()
    note = (bench.published / "checkpoint").read_text(encoding="utf-8")
    stranger = Signer.new("example.org/log")
    (bench.published / "checkpoint").write_text(stranger.sign(note.partition("\n\n")[0] + "\n"), encoding="utf-8")
    for what in (bench.seal, lambda: check_start(bench.log, bench.proof, bench.published)):
        with pytest.raises(BadCheckpoint, match=r"is not signed by example\.org/log with this key"):
            what()
    (bench.published / "checkpoint").write_text(note, encoding="utf-8")
    with pytest.raises(OtherOrigin):
        seal(bench.log, bench.proof, Signer.new("else.org/log"))


def test_after_a_rotation_the_log_goes_on(bench: Bench) -> None:
    bench.grow(5)
    bench.seal()
    new = Signer.new("example.org/log")
    add_public_key(bench.proof, new.public())
    bench.grow(5)
    sealed = bench.seal(new)
    assert open_checkpoint(sealed.note, [new.public()]).size == 10
    assert public_keys(bench.proof) == [SIGNER.public(), new.public()]


def test_two_sealers_do_not_work_at_once(bench: Bench) -> None:
    bench.grow(5)
    seen: list[int] = []

    def busy(position: int) -> None:
        seen.append(position)
        if position == 5:
            with pytest.raises(SealerBusy):
                seal(bench.log, bench.proof, SIGNER)

    seal(bench.log, bench.proof, SIGNER, progress=busy)
    assert seen == [1, 2, 3, 4, 5]


# ---------------------------------------------------------------------- F15: kills

KILLED = """
import sys
from pathlib import Path
from graph.log import SqliteLog
from graph.proof.keys import Signer
from graph.proof.sealer import seal
folder = Path(sys.argv[1])
signer = Signer.load(folder / "key")
print("ready", flush=True)
sealed = seal(SqliteLog(folder / "log.sqlite"), folder / "proof", signer)
print("sealed", sealed.checkpoint.size, flush=True)
"""


def kill_while_sealing(folder: Path, times: int, seed: int) -> None:
    bench, chance = Bench(folder), random.Random(seed)
    SIGNER.save(folder / "key")
    roots: dict[int, str] = {}
    finished, longest = 0, 0.3
    for _ in range(times):
        bench.log.append("s", [NewRecord("T", 1, {"words": "x" * 300})] * chance.randint(1, 2000), actor="x")
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            started = time.monotonic()
            time.sleep(chance.uniform(0, longest))
            process.send_signal(signal.SIGKILL)
            out = process.stdout.read()
        if "sealed" in out:
            finished += 1
            longest = max(0.02, 0.8 * min(longest, time.monotonic() - started))
        checkpoints = Checkpoints(bench.proof)
        for size in checkpoints.sizes():  # what was signed once stays what it was
            note = checkpoints.of_size(size)
            assert note is not None
            assert roots.setdefault(size, note) == note
            open_checkpoint(note, [SIGNER.public()])
    sealed = seal(bench.log, bench.proof, SIGNER)
    bodies = bench.bodies()
    assert sealed.checkpoint.root == naive.mth(bodies)
    assert sealed.checkpoint.subjects == bench.map_root(len(bodies))
    for size, note in roots.items():
        assert open_checkpoint(note, [SIGNER.public()]).root == naive.mth(bodies[:size])
    assert finished < times, "no kill came in time"


def test_kills_of_the_sealer_leave_one_root_for_each_size(tmp_path: Path) -> None:
    kill_while_sealing(tmp_path, times=6, seed=1)


@pytest.mark.slow
def test_many_kills_of_the_sealer_leave_one_root_for_each_size(tmp_path: Path) -> None:
    kill_while_sealing(tmp_path, times=60, seed=2)


STEPS = ("graph.proof.tiles.write_whole", "graph.proof.published.write_whole", "graph.proof.tiles.sync_folder")


@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_any_write_is_made_good_by_the_next_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Each write in turn is the last one that gets through; the next run ends as if nothing had happened."""
    import importlib

    module, _, name = step.rpartition(".")
    real = getattr(importlib.import_module(module), name)
    for number in range(12):
        bench.grow(300 if number < 2 else 1)
        left = [number]

        def dying(*arguments: object, left: list[int] = left) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            real(*arguments)

        monkeypatch.setattr(step, dying)
        with contextlib.suppress(KeyboardInterrupt):
            bench.seal()
        monkeypatch.setattr(step, real)
        sealed = bench.seal()
        assert sealed.checkpoint.root == naive.mth(bench.bodies())
        check_start(bench.log, bench.proof, bench.published)
