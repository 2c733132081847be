"""Collections and tables are written piece by piece, and no cell is a formula."""

import csv
import io
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exporting.writing import Decimal, collection, lines, table


def read(pieces: Iterator[bytes]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(pieces).decode(), newline="")))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_collection_is_json_with_one_feature_a_line(count: int) -> None:
    features = [{"n": number, "text": "سطر\n"} for number in range(count)]
    written = b"".join(collection(features, {"@context": "https://x.example/"}))
    assert orjson.loads(written) == {
        "type": "FeatureCollection",
        "@context": "https://x.example/",
        "features": features,
    }
    assert len(written.splitlines()) == count + 2


def test_features_are_asked_for_one_by_one() -> None:
    asked: list[int] = []

    def features() -> Iterator[dict[str, int]]:
        for number in range(3):
            asked.append(number)
            yield {"n": number}

    pieces = collection(features(), {})
    next(pieces)
    assert asked == []
    next(pieces)
    assert asked == [0]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=4))
def test_no_text_becomes_a_formula_and_none_is_lost(cells: list[str]) -> None:
    header, row = read(table([f"c{n}" for n in range(len(cells))], [cells]))
    assert len(header) == len(row)
    for cell, written in zip(cells, row, strict=True):
        guarded = cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert written == (f"'{cell}" if guarded else cell)


def test_numbers_need_no_guard() -> None:
    assert read(table(["a", "b", "c", "d"], [[-3, Decimal("-33.5"), None, ["=1", "b"]]]))[1] == [
        "-3",
        "-33.5",
        "",
        "'=1; b",
    ]


def test_json_lines() -> None:
    assert b"".join(lines([{"a": 1}, {"a": "ب"}])) == '{"a":1}\n{"a":"ب"}\n'.encode()
