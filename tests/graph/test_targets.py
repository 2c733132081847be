"""What every target of the projection does: the local store, and the graph in another server.

One suite for all of them; a target is made in its own way and then used through `Follower` alone.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.log import NewRecord
from graph.mirror.remote import Place, RemoteStore
from graph.mirror.server import Addresses, Server
from graph.mirror.writing import Bounds
from graph.projection import UnknownRecord
from graph.store import GraphStore, OtherLog, PositionGap, RemakeDue, rebuild
from graph.store.following import Follower
from graph.store.reader import Fingerprint
from tests.graph.articles import World, article
from tests.graph.curations import retract
from tests.graph.patches import patched
from tests.graph.reviews import told
from tests.graph.test_erasing import erased, world_of
from tests.sparql_servers import oxigraph

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("local", "oxigraph", "oxigraph-in-pieces")


class Target:
    """A place for one graph at a time."""

    def __init__(self, kind: str, folder: Path, addresses: Addresses | None) -> None:
        self.kind = kind
        self._folder = folder / "target"
        self._addresses = addresses
        pieces = Place("https://mirror.example/reported", bounds=Bounds(60, 9_000))
        self._place = pieces if kind.endswith("pieces") else Place()

    def open(self, world: World, *, old: bool = False) -> Any:
        if self._addresses is None:
            return GraphStore.open(self._folder, world.projector)
        return RemoteStore.open(Server(self._addresses), world.projector, self._place, old=old)

    def empty(self) -> None:
        """Be a place where nothing is."""
        if self._addresses is not None:
            Server(self._addresses).update("CLEAR ALL")
        else:
            self._folder = self._folder.with_name(self._folder.name + "-")

    def rebuild(self, world: World) -> None:
        if self._addresses is None:
            rebuild(self._folder, world.log, world.projector)
        else:
            target = self.open(world, old=True)
            target.rebuild(GraphStore.in_memory(world.log, world.projector))
            target.close()


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    if request.param == "local":
        yield Target(request.param, tmp_path, None)
        return
    with oxigraph() as addresses:
        yield Target(request.param, tmp_path, addresses)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def replayed(world: World, upto: int | None = None) -> Fingerprint:
    return GraphStore.in_memory(world.log, world.projector, upto).fingerprint()


def followed(target: Target, world: World) -> None:
    """The target, followed to the head, is the graph of the log."""
    store = target.open(world)
    assert store.catch_up(world.log) == store.position() == world.log.head()
    assert store.fingerprint() == replayed(world)
    store.close()


def test_it_is_a_follower(world: World, target: Target) -> None:
    store = target.open(world)
    assert isinstance(store, Follower)
    assert store.position() == 0
    assert store.catch_up(world.log) == 0
    assert store.fingerprint() == replayed(world)
    store.close()


def test_it_follows_the_log_and_remembers_how_far(world: World, target: Target) -> None:
    world.fill(3)
    followed(target, world)
    world.fill(5)
    store = target.open(world)
    assert store.position() == 6
    seen: list[int] = []
    assert store.catch_up(world.log, batch=3, progress=seen.append) == 10
    assert seen == [9, 10]
    assert store.fingerprint() == replayed(world)
    store.close()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), batches=st.lists(st.integers(1, 7), min_size=1, max_size=4))
def test_any_batches_give_what_a_replay_gives(
    target: Target, tmp_path_factory: pytest.TempPathFactory, seed: int, batches: list[int]
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    target.empty()
    world.fill(4, seed)
    store = target.open(world)
    for size in batches:
        store.apply(world.log.read(after=store.position(), limit=size))
        assert store.fingerprint() == replayed(world, store.position())
    store.catch_up(world.log)
    assert store.fingerprint() == replayed(world)
    store.close()


def test_applying_twice_changes_nothing(world: World, target: Target) -> None:
    world.fill(3)
    store = target.open(world)
    store.apply(world.log.read(upto=4))
    before = store.fingerprint()
    assert store.apply(world.log.read(upto=4)) == 4
    assert store.fingerprint() == before == replayed(world, 4)
    assert store.apply(world.log.read(after=2)) == 6
    assert store.fingerprint() == replayed(world)
    store.close()


def test_a_gap_is_refused_and_nothing_is_added(world: World, target: Target) -> None:
    world.fill(3)
    store = target.open(world)
    with pytest.raises(PositionGap) as caught:
        store.apply(world.log.read(after=2))
    assert (caught.value.expected, caught.value.found, store.position()) == (1, 3, 0)
    store.close()
    followed(target, world)


def test_a_record_that_cannot_be_projected_leaves_its_batch_out(world: World, target: Target) -> None:
    world.fill(1)
    followed(target, world)
    world.log.append("s", [NewRecord("Unheard", 1, {})], actor="x")
    store = target.open(world)
    with pytest.raises(UnknownRecord):
        store.catch_up(world.log)
    assert store.position() == 2
    assert store.fingerprint() == replayed(world, 2)
    store.close()


def test_another_log_is_found_out(world: World, target: Target, tmp_path: Path) -> None:
    world.fill(2, seed=1)
    followed(target, world)
    for count in (1, 3):  # a shorter log, and a longer one
        (tmp_path / str(count)).mkdir()
        other = World.at(tmp_path / str(count))
        other.fill(count, seed=2)
        store = target.open(other)
        with pytest.raises(OtherLog):
            store.catch_up(other.log)
        assert store.position() == 4
        store.close()
    target.rebuild(other)
    followed(target, other)


def test_what_people_decide_and_write_comes_and_goes(world: World, target: Target) -> None:
    world.ingest(article(0), told(0)[1])
    followed(target, world)
    retract(world)
    followed(target, world)
    patched(world, 'INSERT DATA { GRAPH <graphs/seen> { <id/x> <urn:p> "أ\\\\u0041\\n", "b", 1.5 } }')
    followed(target, world)
    patched(world, 'DELETE DATA { GRAPH <graphs/seen> { <id/x> <urn:p> "b" } }')
    followed(target, world)


def test_an_erasure_has_to_be_made_anew(target: Target, tmp_path: Path) -> None:
    world = world_of(tmp_path, 1, 2)
    followed(target, world)
    first = next(world.log.read()).payload["article"]
    erased(world, first)
    store = target.open(world)
    with pytest.raises(RemakeDue):
        store.catch_up(world.log)
    assert store.position() == world.log.head() - 1
    store.close()
    target.rebuild(world)
    followed(target, world)


def test_a_rebuild_puts_right_what_somebody_else_changed(world: World, target: Target) -> None:
    world.fill(3)
    followed(target, world)
    if target.kind != "local":
        Server(target._addresses).update(  # type: ignore[arg-type]
            "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } FILTER(CONTAINS(STR(?g), '/claim/')) }"
        )
    target.rebuild(world)
    store = target.open(world)
    assert (store.position(), store.fingerprint()) == (6, replayed(world))
    store.close()


FOLLOWING = """
import sys
from pathlib import Path
from graph.mirror.server import Addresses
from tests.graph.articles import World, article
from tests.graph.test_targets import Target
kind, folder, query, batch = sys.argv[1:]
world = World.at(Path(folder))
store = Target(kind, Path(folder), Addresses.of(query) if query else None).open(world)
print("open", flush=True)
store.catch_up(world.log, batch=int(batch), progress=lambda position: print(position, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_follower_leaves_a_replay_of_its_own_position(world: World, target: Target, tmp_path: Path) -> None:
    world.fill(40)
    between = 0
    for number in range(4):
        query = target._addresses.query if target._addresses is not None else ""
        with subprocess.Popen(
            [sys.executable, "-c", FOLLOWING, target.kind, str(tmp_path), query, str(1 + 2 * (number % 2))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            time.sleep(0.005 + 0.01 * number)
            process.send_signal(signal.SIGKILL)
            done = [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        store = settled(lambda: target.open(world))
        position = store.position()
        assert position >= max(done, default=0)
        if not target.kind.endswith("pieces"):  # a record in several requests is on its way until the last of them
            assert store.fingerprint() == replayed(world, position)
        store.close()
        between += 0 < position < world.log.head()
    assert between, "no kill fell into the middle of the work: the log is too short"
    followed(target, world)


def settled(open_: Callable[[], Any]) -> Any:
    """Open a target after the server has finished what the killed process sent last."""
    store = open_()
    for _ in range(50):
        before = store.position()
        store.close()
        time.sleep(0.05)
        store = open_()
        if store.position() == before:
            return store
    return store
