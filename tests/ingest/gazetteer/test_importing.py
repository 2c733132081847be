import gzip
import io
import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.gazetteer.formats.reading import BadSourceFile, Limits
from ingest.gazetteer.importing import ImportRunning
from ingest.gazetteer.imports import UnusableImport, open_parts, remove, staged
from ingest.gazetteer.seal import seal_file
from tests.ingest.gazetteer.finding import found
from tests.ingest.gazetteer.samples import geonames_row, imported, opened, village, write

ROOT = Path(__file__).resolve().parents[3]
BATCH = 10


def rows_of(file: Path) -> list[list[tuple[object, ...]]]:
    """All that an index file says."""
    connection = sqlite3.connect(file)
    names = ("entry", "name", "identity", "opening", "place", "sound", "source", "meta")
    return [connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write(tmp_path / "XX.txt", map(village, range(95)))


def test_an_import_is_found_and_leaves_no_staging(dump: Path, tmp_path: Path, small_cache: Path) -> None:
    folder = tmp_path / "imports"
    done = imported(dump, folder, batch=BATCH)
    assert (done.rows, done.left_out, done.faults, done.unchanged, done.resumed) == (95, 0, 0, False, 0)
    assert [path.name for path in folder.iterdir()] == ["geonames.xx.sqlite"]
    (entry,) = found(opened(small_cache, folder), "Kafr Daaaaaaa")
    assert entry.key == "geonames:50000002"
    assert [link.identifier for link in entry.links] == ["https://sws.geonames.org/50000002/"]


def test_the_same_file_again_changes_nothing(dump: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    first = imported(dump, folder)
    (file,) = folder.iterdir()
    before = file.stat().st_mtime_ns
    again = imported(dump, folder)
    assert (again.unchanged, again.rows, again.names) == (True, first.rows, first.names)
    assert file.stat().st_mtime_ns == before


def test_a_place_is_found_by_its_id(dump: Path, tmp_path: Path, small_cache: Path) -> None:
    folder = tmp_path / "imports"
    imported(dump, folder)
    gazetteer = opened(small_cache, folder)
    (village,) = found(gazetteer, "Kafr Daaaaaaa")
    (aleppo, *_) = found(gazetteer, "حلب")
    unknown = "0" * 20
    assert gazetteer.with_ids([village.id, unknown, "no id", "", aleppo.id]) == {e.id: e for e in (village, aleppo)}
    half_of_it = f"{village.id[:16]}{'0' * 4}"
    assert gazetteer.with_ids([half_of_it]) == {}


def test_an_import_of_before_places_were_found_by_ids_still_answers_and_is_completed_by_the_same_import(
    dump: Path, tmp_path: Path, small_cache: Path
) -> None:
    folder = tmp_path / "imports"
    imported(dump, folder)
    (file,) = folder.iterdir()
    rows = rows_of(file)
    connection = sqlite3.connect(file)
    connection.executescript("DROP TABLE place; VACUUM;")
    connection.close()
    seal_file(file)
    older = opened(small_cache, folder)
    (village,) = found(older, "Kafr Daaaaaaa")
    assert [part.finds_ids for part in older.parts] == [False]
    assert older.with_ids([village.id]) == {village.id: village}
    done = imported(dump, folder)
    assert (done.unchanged, [path.name for path in folder.iterdir()]) == (True, [file.name])
    assert rows_of(file) == rows
    newer = opened(small_cache, folder)
    assert [part.finds_ids for part in newer.parts] == [True]
    assert newer.with_ids([village.id]) == {village.id: village}
    assert newer.version == older.version


def test_a_newer_file_of_the_same_name_takes_the_place_of_the_older(
    dump: Path, tmp_path: Path, small_cache: Path
) -> None:
    folder = tmp_path / "imports"
    imported(dump, folder)
    write(dump, [village(3)])
    done = imported(dump, folder)
    assert done.replaced is not None
    gazetteer = opened(small_cache, folder)
    assert not found(gazetteer, "Kafr Daaaaaaa")
    assert found(gazetteer, "Kafr Faaaaaaa")


@pytest.mark.parametrize("batches", [1, 4, 9])
def test_a_run_that_was_killed_goes_on_behind_its_last_batch(dump: Path, tmp_path: Path, batches: int) -> None:
    folder, whole = tmp_path / "imports", tmp_path / "whole"
    script = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from tests.ingest.gazetteer.samples import imported\n"
        "seen = []\n"
        "def step(what, done, total):\n"
        "    seen.append(what)\n"
        f"    if seen.count('importing') == {batches}:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"imported(Path({str(dump)!r}), Path({str(folder)!r}), batch={BATCH}, step=step)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not list(folder.glob("*.sqlite")), "nothing of it may be there"
    done = imported(dump, folder, batch=BATCH)
    assert done.resumed == BATCH * batches
    assert done.rows == 95
    imported(dump, whole, batch=BATCH)
    assert rows_of(folder / "geonames.xx.sqlite") == rows_of(whole / "geonames.xx.sqlite")
    assert [path.name for path in folder.iterdir()] == ["geonames.xx.sqlite"]


def test_a_run_that_was_killed_while_it_indexed_goes_on_there(dump: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imports"

    def stop(what: str, done: int, total: int) -> None:
        if what == "indexing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imported(dump, folder, batch=BATCH, step=stop)
    steps: list[str] = []
    done = imported(dump, folder, batch=BATCH, step=lambda what, done, total: steps.append(what))
    assert (done.resumed, done.rows) == (95, 95)
    assert "importing" not in steps


def test_another_file_does_not_go_on_where_the_first_was_stopped(dump: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imports"

    def stop(what: str, done: int, total: int) -> None:
        if what == "importing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imported(dump, folder, batch=BATCH, step=stop)
    write(dump, map(village, range(7)))
    done = imported(dump, folder, batch=BATCH)
    assert (done.resumed, done.rows) == (0, 7)


FAULTS = {
    "wrong columns": ("a\tb\n", "line 4: 2 columns where a GeoNames dump has 19"),
    "latitude out of range": (geonames_row(9, "X", lat="91.5"), "line 4, latitude: 91.5 is out of range"),
    "longitude out of range": (geonames_row(9, "X", lon="-180.01"), "line 4, longitude: -180.01 is out of range"),
    "latitude no number": (geonames_row(9, "X", lat="nan"), "line 4, latitude: 'nan' is not a number of degrees"),
    "control character": (geonames_row(9, "Ka\x07fr"), "line 4, name: 'Ka\\\\x07fr' has a control character"),
    "control in alternates": (geonames_row(9, "Kafr", also="Ka\x85fr"), "line 4, alternatenames: .*control character"),
    "id no number": (geonames_row(9, "X").replace("9", "nine", 1), "line 4, geonameid: 'nine' is not a number"),
    "people no number": (geonames_row(9, "X", people="many"), "line 4, population: 'many' is not a count"),
    "country no code": (geonames_row(9, "X", country="Syria"), "line 4, country code: 'Syria' is not a country code"),
    "cut off in the last field": (geonames_row(9, "X", date="2024-0").rstrip(), "line 4, modification date: '2024-0'"),
    "cut off before": (geonames_row(9, "X")[:30], "line 4: 12 columns where a GeoNames dump has 19"),
    "id again": (village(1), "line 4, id: 50000001 is the id of line 2 too"),
    "long name": (geonames_row(9, "X" * 401), "line 4, name: 401 characters are too many"),
    "long line": (geonames_row(9, "X", also="y" * 5000), "line 4: it is longer than 4000 bytes"),
    "many names": (geonames_row(9, "X", also="Y,Z,W"), "line 4, alternatenames: 3 names are too many"),
    "no UTF-8": (geonames_row(9, "X").replace("X", "\udcff"), "line 4: byte 3 is not UTF-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_a_fault_is_named_with_line_and_field_and_nothing_of_it_is_there(
    tmp_path: Path, fault: str
) -> None:
    bad, says = FAULTS[fault]
    file = tmp_path / "XX.txt"
    file.write_bytes("".join([*map(village, range(3)), bad]).encode("utf-8", "surrogateescape"))
    folder = tmp_path / "imports"
    with pytest.raises(BadSourceFile, match=f"^XX.txt, {says}"):
        imported(file, folder, batch=1, limits=Limits(line=4000, names=2))
    assert not list(folder.iterdir())


def test_a_file_with_a_fault_leaves_the_earlier_import_alone(dump: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    imported(dump, folder)
    before = rows_of(folder / "geonames.xx.sqlite")
    with dump.open("a", encoding="utf-8") as file:
        file.write(geonames_row(9, "X", lat="200"))
    with pytest.raises(BadSourceFile):
        imported(dump, folder)
    assert rows_of(folder / "geonames.xx.sqlite") == before


def test_faulty_rows_may_be_left_out_and_are_named(dump: Path, tmp_path: Path) -> None:
    with dump.open("a", encoding="utf-8") as file:
        file.write(geonames_row(9, "X", lat="200") + "a\tb\n" + village(200))
    told: list[str] = []
    done = imported(dump, tmp_path / "imports", skip_faulty=True, fault=told.append, batch=BATCH)
    assert (done.rows, done.faults, done.left_out) == (96, 2, 0)
    assert [sentence.partition(":")[0] for sentence in told] == ["XX.txt, line 96, latitude", "XX.txt, line 97"]


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_an_archive_that_was_cut_off_is_refused(dump: Path, tmp_path: Path, cut: float) -> None:
    file, folder = tmp_path / "XX.zip", tmp_path / "imports"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(dump, "XX.txt")
        archive.writestr("readme.txt", "about the columns")
    whole = file.read_bytes()
    assert imported(file, folder).rows == 95
    shutil.rmtree(folder)
    file.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(BadSourceFile, match=r"XX\.zip: the archive is damaged or was cut off"):
        imported(file, folder)
    assert not list(tmp_path.glob("imports/*"))


@pytest.mark.parametrize("name", ["XX.zip", "XX.tar", "XX.gz"])
def test_an_archive_in_a_file_is_named_as_such(dump: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name == "XX.tar":
        with tarfile.open(file, "w") as archive:
            archive.add(dump, "XX.txt")
    else:
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as held:
            held.write(dump, "XX.txt")
        if name == "XX.gz":
            file.write_bytes(gzip.compress(inner.getvalue()))
        else:
            with zipfile.ZipFile(file, "w") as outer:
                outer.writestr("XX.zip", inner.getvalue())
    with pytest.raises(BadSourceFile, match=rf"{name}: it holds a (ZIP|tar) archive: unpack that first"):
        imported(file, tmp_path / "imports")
    assert not list(tmp_path.glob("imports/*"))


@pytest.mark.parametrize("change", [(6, 8, 1), (8, 10, 97)], ids=["a password", "an unknown method"])
def test_an_archive_that_cannot_be_unpacked_is_refused(tmp_path: Path, change: tuple[int, int, int]) -> None:
    file = tmp_path / "XX.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("XX.txt", village(1))
    packed = bytearray(file.read_bytes())
    local, central, value = change  # where a field stands in a file's own head and in the list of all files
    packed[local] = packed[packed.index(b"PK\x01\x02") + central] = value
    file.write_bytes(packed)
    with pytest.raises(BadSourceFile, match=r"XX\.zip: it cannot be unpacked here \(.*\); unpack it first"):
        imported(file, tmp_path / "imports")


@pytest.mark.parametrize("name", ["XX.zip", "XX.gz"])
def test_an_archive_that_holds_far_more_than_a_dump_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.gazetteer.formats.reading._UNPACKED_AT_LEAST", 1 << 20)
    file, rows = tmp_path / name, geonames_row(1, "Kafr").encode() * 200_000
    if name == "XX.gz":
        file.write_bytes(gzip.compress(rows))
    else:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("XX.txt", rows)
    with pytest.raises(BadSourceFile, match=r"its content is larger than 200 times its size \(WAQAI_GAZETTEER_RATIO\)"):
        imported(file, tmp_path / "imports")
    assert not list(tmp_path.glob("imports/*"))


def test_a_disk_that_is_full_stops_an_import_that_goes_on_later(dump: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from ingest.gazetteer.importing import ImportStopped\n"
        "from tests.ingest.gazetteer.samples import imported\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (72_000, 72_000))\n"
        "try:\n"
        f"    imported(Path({str(dump)!r}), Path({str(folder)!r}), batch={BATCH})\n"
        "except ImportStopped as error:\n"
        "    sys.exit(f'stopped: {error}')\n"
    )
    write(dump, map(village, range(1000)))
    full = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120, capture_output=True, text=True)
    assert full.stderr.startswith("stopped: XX.txt: the rows cannot be written"), full.stderr
    assert "free some space" in full.stderr
    assert not list(folder.glob("*.sqlite")), "nothing of it may be there"
    assert [path.suffix for path in staged(folder)].count(".index") == 1
    done = imported(dump, folder, batch=BATCH)
    assert (done.rows, done.resumed > 0) == (1000, True)
    assert not staged(folder)


def test_imports_of_several_files_at_a_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    files = [
        write(tmp_path / f"{letter}.txt", map(village, range(20 * n, 20 * n + 20))) for n, letter in enumerate("ABCD")
    ]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            assert [done.rows for done in threads.map(lambda file: imported(file, folder), files)] == [20] * 4
            assert sorted(path.name for path in folder.iterdir()) == [f"geonames.{n}.sqlite" for n in "abcd"]
            shutil.rmtree(folder)


def test_removing_a_source_removes_what_an_interrupted_import_left(dump: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imports"

    def stop(what: str, done: int, total: int) -> None:
        if what == "importing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imported(dump, folder, batch=BATCH, step=stop)
    assert staged(folder)
    remove(folder, "geonames")
    assert not staged(folder)


def test_a_file_with_too_many_rows_or_none_is_refused(dump: Path, tmp_path: Path) -> None:
    with pytest.raises(BadSourceFile, match="more than 50 rows"):
        imported(dump, tmp_path / "imports", limits=Limits(rows=50), batch=BATCH)
    with pytest.raises(BadSourceFile, match="it lists no place; the kinds of its 1 rows are none of those"):
        imported(write(tmp_path / "rivers.txt", [geonames_row(1, "Nahr", code="H.STM")]), tmp_path / "imports")
    for name in ("nothing.txt", "nothing.csv", "nothing.json"):
        with pytest.raises(BadSourceFile, match=f"{name}: the file is empty."):
            imported(write(tmp_path / name, []), tmp_path / "imports")


def test_two_imports_of_one_file_at_a_time_are_refused(dump: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imports"

    def meanwhile(what: str, done: int, total: int) -> None:
        if what == "importing":
            imported(dump, folder)

    with pytest.raises(ImportRunning, match="another process"):
        imported(dump, folder, batch=BATCH, step=meanwhile)


def test_removing_a_source_removes_all_its_files(dump: Path, tmp_path: Path, small_cache: Path) -> None:
    folder = tmp_path / "imports"
    before = opened(small_cache, folder).version
    imported(dump, folder)
    imported(write(tmp_path / "YY.txt", [village(400)]), folder)
    imported(dump, folder, source="other")
    assert [path.name for path in remove(folder, "geonames")] == ["geonames.xx.sqlite", "geonames.yy.sqlite"]
    assert [path.name for path in folder.iterdir()] == ["other.xx.sqlite"]
    remove(folder, "other")
    assert opened(small_cache, folder).version == before


def test_what_was_imported_first_makes_no_difference(tmp_path: Path, small_cache: Path) -> None:
    files = [
        write(tmp_path / "A.txt", [geonames_row(1, "Kafr Zabad", arabic="كفر زبد", lat="35.51"), village(1)]),
        write(tmp_path / "B.txt", [geonames_row(2, "Kafr Zabad", arabic="كفر زبد", lat="35.52"), village(2)]),
        write(tmp_path / "C.txt", [geonames_row(1, "Kafr Zabd", people=700), village(3)]),
    ]
    answers = set()
    for number, order in enumerate(itertools.permutations((0, 1, 2))):
        folder = tmp_path / f"imports{number}"
        for n in order:
            imported(files[n], folder, source=("east", "west", "geonames")[n], rank=(40, 40, 50)[n])
        gazetteer = opened(small_cache, folder)
        answers.add((gazetteer.version, str(found(gazetteer, "كفر زبد")), str(found(gazetteer, "Kafr Zabd"))))
    assert len(answers) == 1


def test_a_damaged_import_says_what_to_do(dump: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    imported(dump, folder)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for damage in (b"", b"no database" * 900, whole[: len(whole) // 2]):
        file.write_bytes(damage)
        with pytest.raises(UnusableImport, match="is damaged: remove it and import its file again"):
            open_parts(folder)
    assert imported(dump, folder).rows == 95, "importing again mends it"


def test_an_import_with_other_keys_of_names_is_not_used(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "imports"
    imported(dump, folder)
    monkeypatch.setattr("ingest.gazetteer.imports.key_fingerprint", lambda: "other")
    with pytest.raises(UnusableImport, match=r"another version of Waqai.*import XX\.txt again"):
        open_parts(folder)


def test_an_import_is_read_in_a_process_that_was_forked(dump: Path, tmp_path: Path) -> None:
    imported(dump, tmp_path / "imports")
    (part,) = open_parts(tmp_path / "imports")
    pid = os.fork()
    if pid == 0:
        os._exit(0 if part.named(["kafr daaaaaaa"]) else 1)
    assert os.waitpid(pid, 0)[1] == 0
