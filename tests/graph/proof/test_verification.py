"""F6 and F7: whatever is changed in a sealed log, in its tiles or in both is found and named."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from graph.log import LogDamaged, LogError, NotALog, SqliteLog
from graph.proof.keys import Signer
from graph.proof.published import BadCheckpoint
from graph.proof.sealer import FalseMap, LogBehind, seal
from graph.proof.subjects import Subjects
from graph.proof.tiles import Edge, ProofError, Tiles
from graph.proof.verification import LogAltered, TilesAltered, verify_log, verify_sealed
from graph.proof.verify_bundle import leaf_hash
from tests.graph.proof.test_sealer import SIGNER, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    for count in (300, 200, 100):
        bench.grow(count, words="قالت وكالة الوادي إن الطريق مقطوع " * 3)
        bench.seal()
    bench.grow(7)
    return bench


def test_a_log_as_it_was_signed_is_verified(bench: Bench) -> None:
    verified = verify_sealed(bench.log, bench.proof, bench.published)
    assert verified is not None
    assert (verified.checkpoint.size, verified.compared, verified.unsealed) == (600, 3, 7)


def test_a_log_without_checkpoints_is_neither_right_nor_wrong(tmp_path: Path) -> None:
    assert verify_sealed(SqliteLog(tmp_path / "log.sqlite"), tmp_path / "proof") is None


BODY = "UPDATE log SET body = CAST(replace(CAST(body AS TEXT), 'مقطوع', 'مفتوح') AS BLOB) WHERE position = {}"


@pytest.mark.parametrize("position", [1, 256, 257, 300, 301, 512, 599, 600])
def test_an_edited_row_is_named(bench: Bench, position: int) -> None:
    bench.tamper(BODY.format(position))
    bench.log.verify()  # by itself the log looks sound
    with pytest.raises(LogAltered) as caught:
        verify_sealed(bench.log, bench.proof, bench.published)
    assert (caught.value.first, caught.value.last) == (position, position)
    assert f"position {position}" in str(caught.value)


def test_a_deleted_row_is_named(bench: Bench) -> None:
    bench.tamper("DELETE FROM log WHERE position = 123")
    with pytest.raises(LogDamaged) as caught:
        verify_sealed(bench.log, bench.proof)
    assert caught.value.position == 123


def test_a_tail_that_was_taken_off_is_noticed(bench: Bench) -> None:
    bench.tamper("DELETE FROM log WHERE position > 599")
    with pytest.raises(LogBehind):
        verify_sealed(bench.log, bench.proof)


def test_rows_that_were_exchanged_are_named(bench: Bench) -> None:
    bench.tamper("UPDATE log SET body = (SELECT body FROM log WHERE position = 42) WHERE position = 41")
    with pytest.raises(LogAltered, match="altered at position 41:"):
        verify_sealed(bench.log, bench.proof)
    with pytest.raises(LogDamaged, match="damaged at position 41: the body says position 42") as caught:
        verify_log(bench.log, bench.proof)
    assert caught.value.position == 41


@pytest.mark.parametrize("thorough", [False, True])
def test_one_reading_verifies_all_of_it(bench: Bench, thorough: bool) -> None:
    seen: list[int] = []
    records, verified = verify_log(bench.log, bench.proof, bench.published, thorough=thorough, progress=seen.append)
    assert verified == verify_sealed(bench.log, bench.proof, bench.published)
    assert (records, seen) == (607, list(range(1, 608)))


EDIT = "UPDATE log SET body = CAST(replace(CAST(body AS TEXT), {}) AS BLOB) WHERE position = {}"
CHANGES = {
    "UPDATE log SET stream = 'other' WHERE position = 300": "300: the body says stream 'article/0",
    "UPDATE log SET version = 999 WHERE position = 300": "300: the body says version ",
    "UPDATE log SET type = 'U' WHERE position = 300": "300: the body says type ",
    "UPDATE log SET key = 'k' WHERE position = 300": "300: the body says key ",
    "UPDATE log SET recorded = recorded + 1 WHERE position = 300": "300: the body says recorded ",
    "UPDATE log SET body = CAST('{}' AS BLOB) WHERE position = 300": "300: the body is not a record",
    EDIT.format("':300,', ': 300,'", 300): "300: the body is not canonical JSON",
    "DELETE FROM log WHERE position = 300": "300: the record is missing",
    "DELETE FROM log WHERE position > 500 OR position = 300": "300: the record is missing",
    "UPDATE log SET body = CAST('{}' AS BLOB) WHERE position = 604": "604: the body is not a record",
}


@pytest.mark.parametrize(("statement", "said"), CHANGES.items())
def test_what_a_record_shows_by_itself_is_told_though_a_checkpoint_would_show_it_too(
    bench: Bench, statement: str, said: str
) -> None:
    """Also where another record was changed before it, in a way that only a checkpoint shows."""
    bench.tamper(BODY.format(7), statement)
    with pytest.raises(LogDamaged, match=f"damaged at position {said}"):
        verify_log(bench.log, bench.proof, bench.published)


def test_a_body_that_was_signed_in_another_form_is_found_by_who_does_not_trust_the_sealer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path)
    bench.grow(20)
    bench.tamper(EDIT.format("""'"payload":{', '"payload":{"article":"a1","article":"a2",'""", 3))
    with pytest.raises(LogDamaged, match="position 3: the body is not canonical JSON"):
        bench.seal()
    assert not (bench.proof / "checkpoint").exists()
    monkeypatch.setattr("graph.proof.sealer.canonical_record", lambda position, body: {"position": position})
    bench.seal()
    verify_log(bench.log, bench.proof)
    with pytest.raises(LogDamaged, match="position 3: the body is not canonical JSON"):
        verify_log(bench.log, bench.proof, thorough=True)


def rewritten(bench: Bench, position: int) -> None:
    """The keeper edits a record and makes the tiles anew, but cannot take back the checkpoints."""
    bench.tamper(BODY.format(position))
    shutil.rmtree(bench.proof / "tile")
    edge = Edge(Tiles(bench.proof))
    for size in (300, 500, 600):
        edge.add([leaf_hash(body) for body in bench.bodies()[edge.size : size]])
        edge.write()


def test_a_rewritten_log_with_new_tiles_is_found_between_two_checkpoints(bench: Bench) -> None:
    rewritten(bench, 350)
    with pytest.raises(LogAltered) as caught:
        verify_sealed(bench.log, bench.proof, bench.published)
    assert (caught.value.first, caught.value.last) == (301, 500)


def test_a_full_rewrite_signed_anew_is_found_by_what_was_published(bench: Bench) -> None:
    bench.tamper(BODY.format(350))
    shutil.rmtree(bench.proof)
    seal(bench.log, bench.proof, SIGNER)
    assert verify_sealed(bench.log, bench.proof) is not None  # nothing here shows it
    with pytest.raises((LogAltered, BadCheckpoint)):
        verify_sealed(bench.log, bench.proof, bench.published)


@pytest.mark.parametrize("name", ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
def test_a_damaged_tile_is_told_from_a_damaged_log(bench: Bench, name: str) -> None:
    path = bench.proof / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(TilesAltered, match=name):
        verify_sealed(bench.log, bench.proof)
    path.unlink()
    with pytest.raises(TilesAltered, match=name):
        verify_sealed(bench.log, bench.proof)


def test_a_false_map_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Subjects, "root", lambda _: b"x" * 32)
    shutil.rmtree(bench.proof)
    seal(bench.log, bench.proof, SIGNER)
    monkeypatch.undo()
    with pytest.raises(FalseMap):
        verify_sealed(bench.log, bench.proof)


def test_a_checkpoint_that_was_tampered_with_is_named(bench: Bench) -> None:
    path = bench.published / "checkpoints" / "300"
    note = path.read_text(encoding="utf-8")
    for wrong in (
        note.replace("\n300\n", "\n299\n"),
        Signer.new("example.org/log").sign(note.partition("\n\n")[0] + "\n"),
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(BadCheckpoint, match="checkpoints/300"):
            verify_sealed(bench.log, bench.proof, bench.published)


def flip_bits(folder: Path, times: int) -> None:
    """F6: one bit anywhere in the file of the log is found, or is where no record lies."""
    import random

    bench, chance = Bench(folder), random.Random(11)
    bench.grow(120, words="مقطوع " * 30)
    bench.seal()
    bodies = bench.bodies()
    bench.log.close()
    with sqlite3.connect(bench.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    original = bench.path.read_bytes()
    found = 0
    for _ in range(times):
        data = bytearray(original)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        for file in folder.glob("log.sqlite-*"):
            file.unlink()
        bench.path.write_bytes(data)
        try:
            log = SqliteLog(bench.path)
            log.verify()
            verify_sealed(log, bench.proof)
        except (LogError, ProofError):
            found += 1
            continue
        assert [record.body for record in log.read()] == bodies
    assert found > times // 3


def test_flipped_bits_are_found(tmp_path: Path) -> None:
    flip_bits(tmp_path, 60)


@pytest.mark.slow
def test_many_flipped_bits_are_found(tmp_path: Path) -> None:
    flip_bits(tmp_path, 1000)


def test_a_zeroed_page_and_a_cut_file_are_found(bench: Bench) -> None:
    bench.log.close()
    data = bytearray(bench.path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    for changed in (data[:middle] + bytes(4096) + data[middle + 4096 :], data[: -7 * 4096]):
        bench.path.write_bytes(changed)
        with pytest.raises((LogDamaged, LogAltered, LogBehind, NotALog)):
            verify_sealed(SqliteLog(bench.path), bench.proof)
