"""A power cut at any moment: what was acknowledged is there, and what is there is whole batches from the first."""

import random
import sys
from functools import cache
from pathlib import Path

import pytest

from graph.log import NewRecord, SqliteLog
from tests import power_cut
from tests.power_cut import Disk, watched

ROOT = Path(__file__).resolve().parents[2]

APPENDER = """
import os, sys
from pathlib import Path
from graph.log import NewRecord, SqliteLog
log = SqliteLog(Path(sys.argv[1]))
log._connections.get().execute("PRAGMA synchronous = " + sys.argv[2])
for number in range(120):
    records = [NewRecord("T", 1, {"batch": number, "words": "x" * 9000}) for _ in range(3)]
    log.append("s", records, actor="x", key=f"k{number}")
    os.write(1, b"%d\\n" % number)
os._exit(0)  # without closing: a power cut closes nothing
"""


@cache
def refusal() -> str | None:
    return power_cut.why_not()


@pytest.fixture(autouse=True)
def watching() -> None:
    if (reason := refusal()) is not None:
        pytest.skip(f"power cuts cannot be played here: {reason}")


def disk_of(folder: Path, synchronous: str) -> Disk:
    """A log that already was there, and 120 batches, which are more than SQLite keeps in its write-ahead log."""
    folder.mkdir()
    path = folder / "log.sqlite"
    with SqliteLog(path) as log:
        log.append("s", [NewRecord("T", 1, {"batch": -1})] * 3, actor="x")
    before = {file: file.read_bytes() for file in folder.iterdir()}
    operations = list(watched([sys.executable, "-c", APPENDER, str(path), synchronous], cwd=ROOT))
    for file in folder.iterdir():
        file.unlink()
    for file, data in before.items():
        file.write_bytes(data)
    assert sum(operation.kind == "sync" for operation in operations) > (100 if synchronous == "FULL" else 1)
    assert any(operation.kind == "write" and operation.path == str(path) for operation in operations)  # a checkpoint
    return Disk(folder, operations, ignored=["-shm"])


def lost(disk: Disk, cuts: int, seed: int, place: Path) -> int:
    """Cut the power so often, and return how many acknowledged batches were lost in all."""
    chance = random.Random(seed)
    count = 0
    for number in range(cuts):
        folder = place / str(number)
        folder.mkdir()
        said = disk.cut(chance.randrange(1, len(disk) + 1), chance, folder).split()
        with SqliteLog(folder / "log.sqlite") as log:
            batches = [record.payload["batch"] for record in log.read()]
            assert log.verify() == len(batches)
            whole = len(batches) // 3
            assert batches == [batch for batch in range(-1, whole - 1) for _ in range(3)]
            count += max(0, len(said) - (whole - 1))
            log.append("s", [NewRecord("T", 1, {})], actor="x")
    return count


def test_a_power_cut_loses_nothing_acknowledged(tmp_path: Path) -> None:
    assert lost(disk_of(tmp_path / "disk", "FULL"), 40, 1, tmp_path) == 0


@pytest.mark.slow
def test_many_power_cuts_lose_nothing_acknowledged(tmp_path: Path) -> None:
    assert lost(disk_of(tmp_path / "disk", "FULL"), 400, 2, tmp_path) == 0


def test_the_power_cut_would_show_a_log_that_does_not_sync(tmp_path: Path) -> None:
    """What SQLite does by default in this mode, and what Waqai does not accept."""
    assert lost(disk_of(tmp_path / "disk", "NORMAL"), 20, 3, tmp_path) > 0
