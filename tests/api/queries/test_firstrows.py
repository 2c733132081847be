"""The first rows of an answer are what the engine writes where it is asked for no more."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, QueryResultsFormat, QuerySolutions, Store

from api.queries.firstrows import FirstRows
from graph.store import SOLUTIONS_TYPES

CELLS = st.none() | st.text(alphabet='a"\\},{<>&\n\r\t غ\0', max_size=6).filter(lambda text: "\0" not in text)


def written(cells: list[tuple[str | None, str | None]], media_type: str) -> bytes:
    rows = " ".join(f"({' '.join('UNDEF' if c is None else str(Literal(c)) for c in row)})" for row in cells)
    found = Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {rows} }} }}")
    assert isinstance(found, QuerySolutions)
    form = QueryResultsFormat.from_media_type(media_type)
    assert form is not None
    return found.serialize(format=form) or b""


@pytest.mark.parametrize("media_type", SOLUTIONS_TYPES)
@example(cells=[(None, None)] * 3, rows=2, size=1)
@example(cells=[('"a},{<result>\n', "},{")] * 3, rows=2, size=2)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=5), st.integers(1, 5), st.integers(1, 40))
def test_they_are_what_the_engine_writes_for_so_many(
    media_type: str, cells: list[tuple[str | None, str | None]], rows: int, size: int
) -> None:
    blocks: list[bytes] = []
    first = FirstRows(blocks.append, media_type, rows)
    whole = written(cells, media_type)
    for start in range(0, len(whole), size):
        first.write(whole[start : start + size])
    first.end()
    assert (b"".join(blocks), first.cut) == (written(cells[:rows], media_type), len(cells) > rows)
