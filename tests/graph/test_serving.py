"""A graph that is replaced while it answers: no answer is lost or of half a graph, and a kill leaves one of the two."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from graph.iris import Iris
from graph.log import NewRecord
from graph.projection import PROJECTION_VERSION, UnknownRecord
from graph.store import (
    Doing,
    GraphStore,
    OtherBase,
    RebuildFailed,
    RebuildRunning,
    RebuildStopped,
    Rebuilt,
    ServedGraph,
    StoreLocked,
    rebuild,
)
from graph.store.requests import answer, answered, ask, asked, hand_over
from ontology.vocabulary import PREFIXES
from tests.graph.articles import World
from tests.graph.test_store import dumped, replayed

ROOT = Path(__file__).resolve().parents[2]
RECORDS = "SELECT (COUNT(?r) AS ?n) { ?r a wq:Record }"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def served(world: World, folder: Path) -> ServedGraph:
    return ServedGraph(folder, world.log, world.projector)


def made_old(folder: Path, version: int = 1) -> None:
    """Let the manifest say that another version has made the store."""
    manifest = folder / "graph.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "projection": version}))


def databases(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("quads-*")}


def test_a_new_graph_takes_the_place_of_the_old_one_and_goes_on(world: World, tmp_path: Path) -> None:
    world.fill(3)
    folder = tmp_path / "graph"
    graph = served(world, folder)
    assert graph.follow() == 6
    before = databases(folder)
    made = graph.replace()
    assert (made.position, made.quads) == (6, len(graph.reader))
    world.fill(5)
    assert graph.follow() == 10
    assert databases(folder).isdisjoint(before), "nobody reads the old one any more"
    graph.close()
    with GraphStore.open(folder, world.projector) as store:
        assert dumped(store) == replayed(world)


def test_no_answer_is_lost_and_none_is_of_half_a_graph(world: World, tmp_path: Path) -> None:
    world.fill(20)
    graph = served(world, tmp_path / "graph")
    graph.follow()
    wrong: list[object] = []
    seen: set[int] = set()
    stop = threading.Event()

    def look() -> None:
        last = 0
        while not stop.is_set():
            found = graph.reader.query(RECORDS, prefixes=PREFIXES)
            (row,) = found.rows()
            if int(row[0].value) != found.position or found.position < last:  # type: ignore[attr-defined]
                wrong.append((row, found.position))
            last = found.position
            seen.add(found.graph.number)
            del found, row

    def write() -> None:
        for count in range(21, 40):
            world.fill(count)
            graph.follow()

    threads = [threading.Thread(target=look), threading.Thread(target=look), threading.Thread(target=write)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        graph.replace()
    threads[2].join()
    graph.follow()
    time.sleep(0.05)
    stop.set()
    for thread in threads[:2]:
        thread.join()
    assert wrong == []
    assert len(seen) > 1, "both graphs were asked"
    assert isinstance(graph.reader, GraphStore)
    assert dumped(graph.reader) == replayed(world)
    graph.close()


def test_an_answer_that_is_being_read_outlives_the_exchange(world: World, tmp_path: Path) -> None:
    world.fill(10)
    folder = tmp_path / "graph"
    graph = served(world, folder)
    graph.follow()
    (old,) = databases(folder)
    found = graph.reader.query("SELECT ?s { ?s ?p ?o }")
    rows = found.rows()
    next(rows)
    graph.replace()
    graph.follow()
    assert old in databases(folder), "somebody reads it"
    assert len(list(rows)) > 100
    del found, rows
    graph.follow()
    assert old not in databases(folder)
    graph.close()


def test_an_old_graph_answers_and_does_not_follow(world: World, tmp_path: Path) -> None:
    world.fill(2)
    folder = tmp_path / "graph"
    rebuild(folder, world.log, world.projector)
    made_old(folder)
    world.fill(4)
    graph = served(world, folder)
    before = dumped(graph.reader)
    assert (graph.outdated, graph.made.projection, graph.follow()) == (True, 1, 4)
    assert dumped(graph.reader) == before == replayed(world, 4)
    graph.replace()
    assert (graph.outdated, graph.made.projection, graph.follow()) == (False, PROJECTION_VERSION, 8)
    graph.close()
    with GraphStore.open(folder, world.projector) as store:
        assert dumped(store) == replayed(world)


def test_an_old_graph_with_another_base_is_refused(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    rebuild(folder, world.log, world.projector)
    made_old(folder)
    other = World.at(tmp_path, Iris("https://facts.example/"))
    with pytest.raises(OtherBase):
        served(other, folder)
    served(world, folder).close()


def test_what_the_log_gets_meanwhile_is_in_the_new_graph(world: World, tmp_path: Path) -> None:
    world.fill(3)
    graph = served(world, tmp_path / "graph")
    graph.follow()
    count = 3

    def grow(position: int) -> None:
        nonlocal count
        if count < 100:  # each position brings twelve articles: more than a batch is left to do
            count += 12
            world.fill(count)

    assert graph.replace(grow).position == world.log.head() > 50
    assert isinstance(graph.reader, GraphStore)
    assert dumped(graph.reader) == replayed(world)
    graph.close()


def test_a_rebuild_that_fails_leaves_the_old_graph_and_nothing_else(world: World, tmp_path: Path) -> None:
    world.fill(2)
    folder = tmp_path / "graph"
    graph = served(world, folder)
    graph.follow()
    before = databases(folder)
    world.log.append("s", [NewRecord("Unheard", 1, {})], actor="x")
    with pytest.raises(UnknownRecord):
        graph.replace()
    assert databases(folder) == before
    assert (graph.rebuilding, graph.reader.position()) == (None, 4)
    graph.close()


def test_a_rebuild_can_be_called_off(world: World, tmp_path: Path) -> None:
    world.fill(5)
    folder = tmp_path / "graph"
    graph = served(world, folder)
    graph.follow()
    before = databases(folder)
    with pytest.raises(RebuildStopped):
        graph.replace(lambda position: graph.stop() if position == 3 else None)
    assert databases(folder) == before
    graph.close()
    with GraphStore.open(folder, world.projector) as store:
        assert store.position() == 10


def test_two_rebuilds_at_once_are_refused(world: World, tmp_path: Path) -> None:
    world.fill(2)
    graph = served(world, tmp_path / "graph")
    refused: list[Exception] = []

    def again(position: int) -> None:
        try:
            graph.replace()
        except RebuildRunning as error:
            refused.append(error)

    graph.replace(again)
    assert len(refused) == 4
    graph.close()


def test_a_locked_folder_says_what_for(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    graph = served(world, folder)
    with pytest.raises(StoreLocked, match="running server") as caught:
        rebuild(folder, world.log, world.projector)
    assert caught.value.doing is Doing.SERVING
    graph.close()
    world.fill(1)
    told: list[str] = []

    def another(position: int) -> None:
        with pytest.raises(StoreLocked) as locked:
            rebuild(folder, world.log, world.projector)
        told.append(str(locked.value))

    rebuild(folder, world.log, world.projector, progress=another)
    assert "a rebuild that has not ended" in told[0]


def test_a_request_is_answered_by_the_process_that_serves(world: World, tmp_path: Path) -> None:
    world.fill(1)
    folder = tmp_path / "graph"
    graph = served(world, folder)
    asks = 0

    def serve() -> None:
        nonlocal asks
        asks += 1
        with pytest.raises(RebuildRunning):
            ask(folder)
        request = asked(folder)
        assert request is not None
        answer(folder, request, graph.replace() if asks < 2 else "no room")

    made = hand_over(folder, serve)
    assert made == Rebuilt(2, len(graph.reader), 0)
    assert asked(folder) is None
    with pytest.raises(RebuildFailed, match="no room"):
        hand_over(folder, serve)
    graph.close()


def test_a_request_that_nobody_answers_any_more_comes_back(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    graph = served(world, folder)
    assert hand_over(folder, graph.close) is None
    assert asked(folder) is None


def test_a_request_of_a_dead_command_is_done_with_by_a_rebuild(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    served(world, folder).close()
    request = ask(folder)
    assert answered(folder, request) is None
    rebuild(folder, world.log, world.projector)
    assert asked(folder) is None


SERVER = """
import sys, threading
from pathlib import Path
from tests.graph.articles import World
from graph.store import ServedGraph
world = World.at(Path(sys.argv[1]))
graph = ServedGraph(Path(sys.argv[1]) / "graph", world.log, world.projector, batch=3)
print("open", flush=True)
while True:
    graph.replace()
    graph.follow()
"""


def kill_while_replacing(world: World, folder: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    names = set()
    for number in range(times):
        if chance.random() < 0.5:
            made_old(folder / "graph")
        with subprocess.Popen(
            [sys.executable, "-c", SERVER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            world.fill(30 + number)
            time.sleep(chance.uniform(0, 0.4))
            process.send_signal(signal.SIGKILL)
        graph = served(world, folder / "graph")
        position = graph.reader.position()
        assert dumped(graph.reader) == replayed(world, position)
        assert len(databases(folder / "graph")) >= 1
        names |= databases(folder / "graph")
        graph.close()
    rebuild(folder / "graph", world.log, world.projector)
    with GraphStore.open(folder / "graph", world.projector) as store:
        assert dumped(store) == replayed(world)
    assert len(databases(folder / "graph")) == 1, "nothing of the killed ones is left"
    assert len(names) > 1, "no kill came after an exchange"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_exchange_leaves_one_of_the_two(world: World, tmp_path: Path) -> None:
    world.fill(30)
    rebuild(tmp_path / "graph", world.log, world.projector)
    kill_while_replacing(world, tmp_path, times=4, seed=1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_many_killed_exchanges_leave_one_of_the_two(world: World, tmp_path: Path) -> None:
    world.fill(30)
    rebuild(tmp_path / "graph", world.log, world.projector)
    kill_while_replacing(world, tmp_path, times=40, seed=2)
