"""Lines are sorted whatever fits in memory, and however they are cut into pieces."""

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import graph.store.sorting
from graph.store import GraphStore
from graph.store.sorting import SortedLines
from tests.graph.articles import World, article, strike

LINE = st.binary(min_size=1, max_size=12).filter(lambda line: b"\n" not in line)


@given(st.lists(LINE, max_size=60), st.integers(1, 40), st.integers(1, 50), st.booleans())
def test_lines_come_out_sorted_whatever_the_runs_and_pieces(
    lines: list[bytes], run: int, piece: int, ended: bool
) -> None:
    data = b"\n".join(lines) + (b"\n" if lines and ended else b"")
    with SortedLines(run) as sorted_lines:
        for start in range(0, len(data), piece):
            sorted_lines.write(data[start : start + piece])
        assert list(sorted_lines) == [line + b"\n" for line in sorted(lines)]


def test_a_graph_has_the_same_fingerprint_when_it_fits_in_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.at(tmp_path)
    for number in (1, 2):
        world.ingest(article(number), strike(article(number)))
    store = GraphStore.in_memory(world.log, world.projector)
    whole, known = io.BytesIO(), store.fingerprint()
    store.dump(whole)
    files: list[Any] = []
    temporary = graph.store.sorting.tempfile.TemporaryFile
    monkeypatch.setattr(graph.store.sorting.tempfile, "TemporaryFile", lambda: files.append(temporary()) or files[-1])
    monkeypatch.setattr(SortedLines.__init__, "__defaults__", (2000,))
    assert store.fingerprint() == known
    assert len(files) > 3
    assert all(file.closed for file in files)
    cut = io.BytesIO()
    assert store.dump(cut) == known.quads
    assert cut.getvalue() == whole.getvalue()
