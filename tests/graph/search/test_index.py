"""The index of words equals a look at every text of the graph, at each position, whatever happens to it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graph
from graph.search.finding import SearchTooSlow, find
from graph.search.index import FILE, things
from graph.search.wording import read
from graph.store import GraphStore, Reader, rebuild
from graph.travel.past import Past
from ontology.vocabulary import PREFIXES
from tests.graph.articles import World, article, strike
from tests.graph.curations import retract
from tests.graph.reviews import told
from tests.graph.test_curations import STEPS, follow_all

ROOT = Path(__file__).resolve().parents[3]
WORDINGS = ("غارة", "النخيل مدنيا", "الميناء", "sea OR air", '"مدينة الميناء"', "مين* -غارة", "صحيفة", "قرية")
QUERY = 'SELECT ?thing { ?thing wq:text "النخيل" ; a wq:Claim }'


def scanned(reader: Reader) -> list[list[str]]:
    return [sorted(find(reader._store, reader.iris, reader.position(), None, read(words), 1000)) for words in WORDINGS]


def indexed(reader: Reader, index: Path) -> list[list[str]]:
    return [sorted(things(index, reader.iris, read(words), reader.position(), 1000)) for words in WORDINGS]


def filled(folder: Path, count: int = 2) -> World:
    world = World.at(folder)
    for number in range(count):
        one = article(number)
        world.ingest(one, strike(one))
    return world


def rows(reader: Reader, query: str = QUERY) -> int:
    return len(list(reader.query(query, prefixes=PREFIXES).rows()))


@settings(max_examples=6, deadline=None)
@given(steps=STEPS, batches=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_whatever_is_decided_the_index_equals_a_look_at_every_text_at_each_position(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]], batches: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("world")
    world = World.at(folder)
    follow_all(world, steps)
    with GraphStore.open(folder / "graph", world.projector) as store:
        index = store.index()
        assert index is not None
        for size in batches:
            store.apply(world.log.read(after=store.position(), limit=size))
            assert indexed(store, index) == scanned(store)
        store.catch_up(world.log)
        past = Past(folder / "past", world.log, world.projector, live=lambda: store)
        for position in range(1, store.position() + 1):
            reader = past.at(position)
            assert indexed(reader, index) == scanned(reader)
    rebuild(folder / "graph", world.log, world.projector)
    with GraphStore.open(folder / "graph", world.projector) as store:
        anew = store.index()
        assert anew is not None
        assert anew != index
        assert indexed(store, anew) == scanned(store)


def test_what_is_retracted_is_found_at_the_positions_before(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    world.ingest(article(0), told(0)[1])
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        query = 'SELECT ?event { ?claim wq:text "غارة" ; wq:about ?event . ?event a wq:Event }'
        before = rows(store, query)
        retract(world)
        store.catch_up(world.log)
        assert rows(store, query) == 0
        past = Past(tmp_path / "past", world.log, world.projector, live=lambda: store)
        assert rows(past.at(2), query) == before > 0


@pytest.mark.parametrize("harm", ["gone", "no database", "torn", "older", "newer", "another version", "empty"])
def test_an_index_that_does_not_go_with_the_graph_is_made_anew(tmp_path: Path, harm: str) -> None:
    world = filled(tmp_path)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        index = store.index()
    assert index is not None
    kept = tmp_path / "kept.sqlite"
    shutil.copy(index, kept)
    if harm == "gone":
        index.unlink()
    elif harm == "no database":
        index.write_bytes(b"this is no database" * 1000)
    elif harm == "torn":
        os.truncate(index, index.stat().st_size // 2)
    elif harm == "empty":
        index.write_bytes(b"")
    elif harm == "older":
        one = article(5)
        world.ingest(one, strike(one))
        with GraphStore.open(tmp_path / "graph", world.projector) as store:
            store.catch_up(world.log)
        shutil.copy(kept, index)
    else:
        column, value = ("position", 99) if harm == "newer" else ("version", 0)
        with sqlite3.connect(index) as connection:
            connection.execute(f"UPDATE state SET {column} = {value}")
        connection.close()
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        assert store.index() is not None
        assert indexed(store, store.index()) == scanned(store)
        assert rows(store) == store.position() // 2


def test_one_that_breaks_while_it_is_used_costs_time_and_no_answer(tmp_path: Path) -> None:
    world = filled(tmp_path)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        index = store.index()
        assert index is not None
        for path in index.parent.glob(f"{FILE}*"):
            path.write_bytes(b"broken" * 2000)
        assert rows(store) == 2
        one = article(5)
        world.ingest(one, strike(one))
        store.catch_up(world.log)
        assert rows(store) == 3


DIES_WHILE_IT_FOLLOWS = """
import os, signal, sys
from pathlib import Path
from graph.store import GraphStore
from tests.graph.articles import World
folder, last = Path(sys.argv[1]), int(sys.argv[2])
def until(position):
    if position >= last:
        os.kill(os.getpid(), signal.SIGKILL)
world = World.at(folder)
GraphStore.open(folder / "graph", world.projector).catch_up(world.log, batch=1, progress=until)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_writer_leaves_an_index_that_goes_with_its_graph(tmp_path: Path) -> None:
    world = filled(tmp_path, 12)
    for lives in (3, 9, 15):
        # Another program, and no fork: that would hang on a lock of one of the engine's threads, which it has not.
        killed = subprocess.run([sys.executable, "-c", DIES_WHILE_IT_FOLLOWS, tmp_path, str(lives)], cwd=ROOT)
        assert killed.returncode == -signal.SIGKILL
        with GraphStore.open(tmp_path / "graph", world.projector) as store:
            assert store.index() is not None
            assert indexed(store, store.index()) == scanned(store)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        assert rows(store) == 12


def test_the_index_may_be_ahead_of_the_graph_and_takes_nothing_twice(tmp_path: Path) -> None:
    world = filled(tmp_path)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        records = list(world.log.read())
        changes = [(record.position, world.projector.change(record)) for record in records]
        assert store._words is not None
        store._words.take(changes, 4)  # killed between the two
        store.apply(records[:2])
        assert indexed(store, store._words.path) == scanned(store)
        store.catch_up(world.log)
        assert indexed(store, store._words.path) == scanned(store)


def test_graphs_without_an_index_answer_the_same(tmp_path: Path) -> None:
    world = filled(tmp_path)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        memory = GraphStore.in_memory(world.log, world.projector)
        assert memory.index() is None
        assert rows(memory) == rows(store) == 2
        with graph.open(tmp_path) as opened:  # beside its owner
            assert len(list(opened.dataset.query(QUERY))) == 2
    with pytest.raises(SearchTooSlow):
        memory.find(read("النخيل"), 10, deadline=0.0)


def test_no_word_of_the_index_outlives_the_graph_that_it_belongs_to(tmp_path: Path) -> None:
    world = filled(tmp_path)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        old = store.index()
    rebuild(tmp_path / "graph", world.log, world.projector)
    assert old is not None
    assert not old.exists()
    assert [path.name for path in (tmp_path / "graph").rglob("words*")] == [FILE]


def test_an_index_that_cannot_be_made_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = filled(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("graph.search.index._insert", full)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        assert store.index() is None
        assert rows(store) == 2
