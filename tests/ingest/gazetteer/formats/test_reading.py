import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.gazetteer.formats import reading
from ingest.gazetteer.formats.reading import BadSourceFile, Limits, SourceFile

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def items(path: Path, text: str, **limits: int) -> list[Any]:
    path.write_text(text, encoding="utf-8")
    return [item for _, item in SourceFile(path, Limits(**limits)).items("features")]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("json") / "file.json"


@settings(max_examples=60, deadline=None)
@given(
    before=st.dictionaries(st.text(max_size=5).filter(lambda k: k != "features"), VALUES, max_size=3),
    values=st.lists(VALUES, max_size=6),
    chunk=st.integers(1, 40),
    indent=st.sampled_from([None, 1]),
)
def test_items_come_as_they_stand_however_the_file_is_read(
    file: Path, before: dict[str, Any], values: list[Any], chunk: int, indent: int | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_CHUNK", chunk)
        for ascii_only in (True, False):
            text = json.dumps({**before, "features": values, "after": 1}, indent=indent, ensure_ascii=ascii_only)
            assert items(file, text) == values
        assert items(file, json.dumps(values, indent=indent)) == values


@pytest.mark.parametrize("cut", [1, 20, 36, 48, 60])
def test_json_that_was_cut_off_is_refused(file: Path, cut: int) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [{"a": 1}, {"b": [2, 3]}]})
    assert len(text) > cut + 1
    with pytest.raises(BadSourceFile, match=r"^file\.json"):
        items(file, text[: -1 - cut])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is empty"),
        ("a,b\n", "no JSON array or object"),
        ('{"type": "Feature"}', "no array named 'features'"),
        ('[{"a": 1} {"b": 2}]', "item 2|line 2"),
        ("[" + '"x"' * 2, "was cut off"),
        ('["' + "x" * 200_000 + '"]', "longer than 1000 bytes"),
        ("[" * 5_000, "JSON"),
    ],
)
def test_what_is_no_array_of_items_is_refused(file: Path, text: str, says: str) -> None:
    with pytest.raises(BadSourceFile, match=says):
        items(file, text, line=1000)


def test_one_item_a_line(tmp_path: Path) -> None:
    path = tmp_path / "file.geojsonl"
    assert items(path, '{"a": 1}\n\n{"b": 2}\n') == [{"a": 1}, {"b": 2}]
    with pytest.raises(BadSourceFile, match="line 2: this is not JSON"):
        items(path, '{"a": 1}\n{"b"\n')


def test_lines_have_numbers_and_no_ends(tmp_path: Path) -> None:
    path = tmp_path / "file.txt.gz"
    path.write_bytes(gzip.compress("\ufeffa\r\n\nحلب".encode()))
    assert list(SourceFile(path, Limits()).lines()) == [(1, "a"), (2, ""), (3, "حلب")]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(BadSourceFile, match="damaged or was cut off"):
        list(SourceFile(path, Limits()).lines())


@pytest.mark.parametrize(
    ("given", "kept"),
    [("35.50", "35.5"), ("-0.0", "0"), ("007", "7"), ("-90", "-90"), ("12", "12"), ("-00.250", "-0.25")],
)
def test_degrees_are_kept_as_decimals(tmp_path: Path, given: str, kept: str) -> None:
    assert SourceFile(tmp_path, Limits()).point(1, given, "1", ("lat", "lon")) == (kept, "1")


@pytest.mark.parametrize("given", ["", " ", "1e1", "1_0", "٣٥", "inf", "35,5", "90.0001", "--1"])
def test_what_is_no_latitude_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(BadSourceFile, match="line 1, lat"):
        SourceFile(tmp_path, Limits()).point(1, given, "1", ("lat", "lon"))


def test_no_coordinates_are_no_point(tmp_path: Path) -> None:
    assert SourceFile(tmp_path, Limits()).point(1, "", " ", ("lat", "lon")) == (None, None)


def test_marks_of_direction_are_no_part_of_a_name(tmp_path: Path) -> None:
    assert SourceFile(tmp_path, Limits()).name(1, "name", " \u202bكفر\u200f  زبد\u202c ") == "كفر زبد"
