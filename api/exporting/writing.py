"""Collections of features and tables, written piece by piece.

Invariant: one feature or row is in memory at a time. No cell of a table is one that a spreadsheet would run as a
formula, for words of an article come into it.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Decimal(str):
    """A decimal number as written: a cell that needs no guard, whatever its sign."""

    __slots__ = ()


def collection(features: Iterable[Mapping[str, Any]], members: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield a GeoJSON FeatureCollection with further members, one feature a line."""
    head = orjson.dumps({"type": "FeatureCollection", **members})
    yield head[:-1] + b',"features":['
    between = b"\n"
    for feature in features:
        yield between + orjson.dumps(feature)
        between = b",\n"
    yield b"\n]}\n"


def lines(items: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield JSON Lines."""
    for item in items:
        yield orjson.dumps(item) + b"\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool = False) -> Iterator[bytes]:
    """Yield CSV (RFC 4180) in UTF-8 with a header; None is an empty cell, a list is parted by "; ".

    `bom` puts a byte order mark first: without one Excel takes Arabic for another encoding.
    """
    yield (codecs.BOM_UTF8 if bom else b"") + _line(columns)
    for row in rows:
        yield _line([_cell(value) for value in row])


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return _guarded("; ".join(str(item) for item in value))
    return _guarded(value) if isinstance(value, str) and not isinstance(value, Decimal) else str(value)


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
