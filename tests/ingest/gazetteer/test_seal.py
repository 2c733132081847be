import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gazetteer import Gazetteer
from ingest.gazetteer.imports import UnusableImport, open_parts
from ingest.gazetteer.seal import Damaged, is_sealed, seal_file, sealed, unsealed
from tests.ingest.gazetteer.finding import SMALL, found, keys
from tests.ingest.gazetteer.samples import imported, village, write


@given(st.binary(max_size=200), st.integers(0, 10**6))
def test_what_was_sealed_comes_back_and_any_flipped_bit_is_noticed(data: bytes, bit: int) -> None:
    row = sealed(data)
    assert unsealed(row) == data
    bit %= 8 * len(row)
    flipped = bytearray(row)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Damaged):
        unsealed(bytes(flipped))


def test_a_sealed_file_is_still_a_database_and_any_other_byte_breaks_the_seal(tmp_path: Path) -> None:
    file = tmp_path / "some.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    seal_file(file)
    assert is_sealed(file)
    assert sqlite3.connect(file).execute("SELECT count(*) FROM t").fetchone() == (0,)
    _flip(file, 5000)
    assert not is_sealed(file)


@pytest.mark.slow
def test_a_flipped_bit_of_the_cached_index_builds_it_again(
    small_cache: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = next(small_cache.iterdir())
    file = tmp_path / whole.name
    file.write_bytes(whole.read_bytes())
    _flip(file, 700_003)
    gazetteer = Gazetteer.open(cache=tmp_path, min_population=SMALL)
    assert "is damaged and is built again" in caplog.text
    assert keys(found(gazetteer, "حلب")) == ["geonames:170063", "overlay:sy-aleppo"]
    assert file.read_bytes() == whole.read_bytes()


def test_a_flipped_bit_of_an_import_is_told_when_it_is_opened(tmp_path: Path) -> None:
    imported(write(tmp_path / "XX.txt", map(village, range(95))), tmp_path / "imports")
    (file,) = (tmp_path / "imports").iterdir()
    _flip(file, file.read_bytes().index(b"geonames:50000002"))
    with pytest.raises(UnusableImport, match="is damaged: remove it and import its file again"):
        open_parts(tmp_path / "imports")


def test_a_flipped_bit_of_a_large_import_is_told_when_its_row_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.gazetteer.imports._CHECKED", 0)
    imported(write(tmp_path / "XX.txt", map(village, range(95))), tmp_path / "imports")
    (file,) = (tmp_path / "imports").iterdir()
    _flip(file, file.read_bytes().index(b'["geonames:50000002"') + 40)
    (part,) = open_parts(tmp_path / "imports")
    assert part.named(["kafr faaaaaaa"])
    with pytest.raises(UnusableImport, match="is damaged: remove it and import its file again"):
        part.named(["kafr daaaaaaa"])


def _flip(file: Path, at: int) -> None:
    with file.open("r+b") as stream:
        stream.seek(at)
        byte = stream.read(1)[0]
        stream.seek(at)
        stream.write(bytes([byte ^ 4]))
