import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.gazetteer import (
    Gazetteer,
)
from tests.ingest.gazetteer.finding import SMALL, found, keys


def test_the_version_does_not_depend_on_the_hash_seed(small_cache: Path) -> None:
    script = (
        "from pathlib import Path; from ingest.gazetteer import Gazetteer\n"
        f"g = Gazetteer.open(cache=Path({str(small_cache)!r}), min_population={SMALL})\n"
        "print(g.version, [e.id for e in g.find(['tripoli'])['tripoli']])"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "7")
    }
    assert len(answers) == 1


def test_the_index_is_built_once(small_cache: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in small_cache.iterdir()}
    gazetteer = Gazetteer.open(cache=small_cache, min_population=SMALL)
    assert {p: p.stat().st_mtime_ns for p in small_cache.iterdir()} == before
    assert [p.name.startswith(f"gazetteer-{gazetteer.version[:20]}-") for p in before] == [True]


@pytest.mark.slow
def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    script = (
        "from ingest.gazetteer import Gazetteer\n"
        f"g = Gazetteer.open(min_population={SMALL})\n"
        "print([e.key for e in g.find(['حلب'])['حلب']])"
    )
    environment = os.environ | {"WAQAI_CACHE": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120) for process in running]
    assert [out for out, _ in answers] == [b"['geonames:170063', 'overlay:sy-aleppo']\n"] * 2, answers
    assert [p.suffix for p in tmp_path.iterdir()] == [".sqlite"]


@pytest.mark.slow
def test_an_unwritable_cache_means_an_index_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("not a folder")
    gazetteer = Gazetteer.open(cache=tmp_path / "file" / "cache", min_population=SMALL)
    assert keys(found(gazetteer, "حلب")) == ["geonames:170063", "overlay:sy-aleppo"]
    assert "built in memory" in caplog.text


@pytest.mark.slow
def test_a_cache_without_room_means_an_index_in_memory(tmp_path: Path) -> None:
    script = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "from ingest.gazetteer import Gazetteer\n"
        f"g = Gazetteer.open(min_population={SMALL})\n"
        "print([e.key for e in g.find(['حلب'])['حلب']])"
    )
    environment = os.environ | {"WAQAI_CACHE": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, timeout=300)
    assert done.stdout == b"['geonames:170063', 'overlay:sy-aleppo']\n", done.stderr
    assert b"built in memory" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "other database"])
def test_a_damaged_index_is_built_again(small_cache: Path, tmp_path: Path, damage: str) -> None:
    file = tmp_path / next(small_cache.iterdir()).name
    whole = next(small_cache.iterdir()).read_bytes()
    if damage == "other database":
        sqlite3.connect(file).executescript("CREATE TABLE t (x); INSERT INTO t VALUES (1);")
    else:
        file.write_bytes(
            {"truncated": whole[: len(whole) // 2], "empty": b"", "garbage": b"no database " * 999}[damage]
        )
    gazetteer = Gazetteer.open(cache=tmp_path, min_population=SMALL)
    assert found(gazetteer, "حلب")
    assert file.stat().st_size == len(whole)


@pytest.mark.slow
def test_damage_found_while_asking_is_mended(small_cache: Path, tmp_path: Path) -> None:
    file = tmp_path / next(small_cache.iterdir()).name
    whole = next(small_cache.iterdir()).read_bytes()
    page = 4096
    file.write_bytes(whole)
    gazetteer = Gazetteer.open(cache=tmp_path, min_population=SMALL)
    with file.open("r+b") as handle:  # all but the head and the last pages, which opening has read
        handle.seek(4 * page)
        handle.write(b"\xff" * (len(whole) - 12 * page))
    assert keys(found(gazetteer, "حلب")) == ["geonames:170063", "overlay:sy-aleppo"]


def test_a_closed_gazetteer_refuses(small_cache: Path) -> None:
    gazetteer = Gazetteer.open(cache=small_cache, min_population=SMALL)
    gazetteer.close()
    with pytest.raises(sqlite3.ProgrammingError):
        gazetteer.find(["حلب"])


@pytest.mark.slow
def test_indexes_that_nothing_opened_for_a_month_go_when_the_next_is_built(tmp_path: Path) -> None:
    now = time.time()
    for name, days in (("gazetteer-old.sqlite", 31), ("gazetteer-used.sqlite", 3), ("gazetteer-old.sqlite.a.part", 31)):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (now - days * 86_400, now - 90 * 86_400))
    (tmp_path / "notes.txt").write_text("of somebody else")
    os.utime(tmp_path / "notes.txt", (0, 0))
    Gazetteer.open(cache=tmp_path, min_population=SMALL).close()
    (own,) = {p.name for p in tmp_path.iterdir()} - {"gazetteer-used.sqlite", "notes.txt"}
    os.utime(tmp_path / own, (now - 31 * 86_400, now - 31 * 86_400))
    Gazetteer.open(cache=tmp_path, min_population=SMALL).close()
    assert (tmp_path / own).stat().st_atime >= now - 60, "that it was opened is noted"
    assert (tmp_path / own).stat().st_mtime < now - 30 * 86_400
