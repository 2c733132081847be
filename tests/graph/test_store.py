"""The graph store: it equals a replay of the log up to its own position, whatever happens."""

import io
import json
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store

import graph.store.folder as folders
from graph.iris import Iris
from graph.log import NewRecord
from graph.projection import PROJECTION_VERSION, UnknownRecord
from graph.sparql import MalformedQuery, ServiceRefused, UpdateRefused
from graph.store import (
    GRAPH_TYPES,
    SOLUTIONS_TYPES,
    GraphStore,
    NotAcceptable,
    OtherBase,
    OtherLog,
    PositionGap,
    Reader,
    StoreDamaged,
    StoreLocked,
    StoreOutdated,
    StoreUnwritable,
    rebuild,
)
from ontology.vocabulary import PREFIXES
from tests.graph.articles import World, article, strike

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def dumped(store: Reader) -> bytes:
    out = io.BytesIO()
    count = store.dump(out)
    assert count == len(store) == len(out.getvalue().splitlines())
    return out.getvalue()


def replayed(world: World, upto: int | None = None) -> bytes:
    return dumped(GraphStore.in_memory(world.log, world.projector, upto))


def test_an_empty_store_is_at_position_zero(world: World, tmp_path: Path) -> None:
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        assert (store.position(), len(store), dumped(store)) == (0, 0, b"")
        assert store.catch_up(world.log) == 0
    assert rebuild(tmp_path / "graph", world.log, world.projector).position == 0


def test_it_follows_the_log_and_remembers_how_far(world: World, tmp_path: Path) -> None:
    world.fill(3)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        assert store.catch_up(world.log) == store.position() == 6
    world.fill(5)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        assert store.position() == 6
        seen: list[int] = []
        assert store.catch_up(world.log, batch=3, progress=seen.append) == 10
        assert seen == [9, 10]
        assert dumped(store) == replayed(world)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), batches=st.lists(st.integers(1, 7), min_size=1, max_size=8))
def test_any_batches_give_the_bytes_of_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, seed: int, batches: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("world")
    world = World.at(folder)
    world.fill(6, seed)
    with GraphStore.open(folder / "graph", world.projector) as store:
        for size in batches:
            store.apply(world.log.read(after=store.position(), limit=size))
            assert dumped(store) == replayed(world, store.position())
        store.catch_up(world.log)
        followed = dumped(store)
    made = rebuild(folder / "graph", world.log, world.projector)
    with GraphStore.open(folder / "graph", world.projector) as store:
        assert dumped(store) == followed
        assert (made.position, made.quads) == (store.position(), len(store))


def test_applying_twice_changes_nothing(world: World, tmp_path: Path) -> None:
    world.fill(3)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.apply(world.log.read(upto=4))
        before = dumped(store)
        assert store.apply(world.log.read(upto=4)) == 4
        assert dumped(store) == before
        assert store.apply(world.log.read(after=2)) == 6
        assert dumped(store) == replayed(world)


def test_a_gap_is_refused_and_nothing_is_added(world: World, tmp_path: Path) -> None:
    world.fill(3)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        with pytest.raises(PositionGap) as caught:
            store.apply(world.log.read(after=2))
        assert (caught.value.expected, caught.value.found, len(store)) == (1, 3, 0)


def test_a_record_that_cannot_be_projected_leaves_its_whole_batch_out(world: World, tmp_path: Path) -> None:
    world.fill(1)
    world.log.append("s", [NewRecord("Unheard", 1, {})], actor="x")
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        with pytest.raises(UnknownRecord):
            store.catch_up(world.log)
        assert (store.position(), len(store)) == (0, 0)


def test_opening_many_times_leaves_few_files_behind(world: World, tmp_path: Path) -> None:
    world.fill(1)
    written: list[set[str]] = []
    for _ in range(6):
        with GraphStore.open(tmp_path / "graph", world.projector) as store:
            store.catch_up(world.log)
            assert dumped(store) == replayed(world)
        written.append({path.name for path in (tmp_path / "graph").glob("quads-*/LOG.old.*")})
    assert [len(names) for names in written] == [0, 1, 2, 2, 2, 2]
    assert max(written[-2]) in written[-1], "the newest are kept"


def test_a_marker_left_beside_a_newer_one_is_removed_on_opening(world: World, tmp_path: Path) -> None:
    world.fill(2)
    folder = tmp_path / "graph"
    with GraphStore.open(folder, world.projector) as store:
        store.catch_up(world.log)
        clean = dumped(store)
    log = world.projector.iris.log()
    database = Store(folder / json.loads((folder / "graph.json").read_text())["store"])
    database.add(Quad(log, NamedNode(PREFIXES["wq"] + "position"), Literal(1), log))
    del database
    with GraphStore.open(folder, world.projector) as store:
        assert (store.position(), dumped(store)) == (4, clean)


PROJECTOR = """
import sys
from pathlib import Path
from tests.graph.articles import World
from graph.store import GraphStore
world = World.at(Path(sys.argv[1]))
with GraphStore.open(Path(sys.argv[1]) / "graph", world.projector) as store:
    print("open", flush=True)
    store.catch_up(world.log, batch=int(sys.argv[2]), progress=lambda position: print(position, flush=True))
"""


def kill_while_projecting(world: World, folder: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    killed_in_between = 0
    for _ in range(times):
        with subprocess.Popen(
            [sys.executable, "-c", PROJECTOR, str(folder), str(chance.choice([1, 3]))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            time.sleep(chance.uniform(0, 0.03))
            process.send_signal(signal.SIGKILL)
            done = [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        with GraphStore.open(folder / "graph", world.projector) as store:
            position = store.position()
            assert position >= max(done, default=0)
            assert dumped(store) == replayed(world, position)
        killed_in_between += 0 < position < world.log.head()
        if position == world.log.head():
            shutil.rmtree(folder / "graph")
    assert killed_in_between, "no kill fell into the middle of the work: the log is too short"
    with GraphStore.open(folder / "graph", world.projector) as store:
        store.catch_up(world.log)
        assert dumped(store) == replayed(world)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_projector_leaves_a_replay_of_its_own_position(world: World, tmp_path: Path) -> None:
    world.fill(60)
    kill_while_projecting(world, tmp_path, times=6, seed=3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_many_killed_projectors_leave_a_replay_of_their_own_position(world: World, tmp_path: Path) -> None:
    world.fill(200)
    kill_while_projecting(world, tmp_path, times=60, seed=4)


def test_a_failed_rebuild_leaves_the_old_store_as_it_was(world: World, tmp_path: Path) -> None:
    world.fill(2)
    folder = tmp_path / "graph"
    rebuild(folder, world.log, world.projector)
    with GraphStore.open(folder, world.projector) as store:
        before = dumped(store)
    world.log.append("s", [NewRecord("Unheard", 1, {})], actor="x")
    with pytest.raises(UnknownRecord):
        rebuild(folder, world.log, world.projector)
    with GraphStore.open(folder, world.projector) as store:
        assert dumped(store) == before
    assert len(list(folder.glob("quads-*"))) == 1  # what the failed one left was cleared away


def test_the_store_has_one_owner(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    owner = GraphStore.open(folder, world.projector)
    with pytest.raises(StoreLocked, match="in use"):
        GraphStore.open(folder, world.projector)
    with pytest.raises(StoreLocked):
        rebuild(folder, world.log, world.projector)
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.graph.articles import World\n"
        "from graph.store import GraphStore, StoreLocked\nfolder = Path(sys.argv[1])\n"
        "try:\n    GraphStore.open(folder / 'graph', World.at(folder).projector)\n"
        "except StoreLocked:\n    print('locked')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "locked\n"
    owner.close()
    GraphStore.open(folder, world.projector).close()


def test_another_reader_replays_the_log_into_memory(world: World, tmp_path: Path) -> None:
    world.fill(3)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        reader = GraphStore.in_memory(world.log, world.projector)
        assert (reader.position(), dumped(reader)) == (6, dumped(store))
        world.fill(4)
        assert reader.catch_up(world.log) == 8
        assert GraphStore.in_memory(world.log, world.projector, upto=6).position() == 6
        assert GraphStore.in_memory(world.log, world.projector, upto=99).position() == 8


def test_a_store_of_another_projection_version_says_to_rebuild(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill(1)
    GraphStore.open(tmp_path / "graph", world.projector).close()
    monkeypatch.setattr(folders, "PROJECTION_VERSION", PROJECTION_VERSION + 1)
    with pytest.raises(StoreOutdated, match="waqai rebuild"):
        GraphStore.open(tmp_path / "graph", world.projector)
    rebuild(tmp_path / "graph", world.log, world.projector)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        assert store.position() == 2


def test_a_store_of_another_ontology_says_to_rebuild(world: World, tmp_path: Path) -> None:
    GraphStore.open(tmp_path / "graph", world.projector).close()
    manifest = tmp_path / "graph" / "graph.json"
    data = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**data, "ontology": "0" * 64}))
    with pytest.raises(StoreOutdated, match="ontology"):
        GraphStore.open(tmp_path / "graph", world.projector)


def test_a_store_of_another_base_says_which(world: World, tmp_path: Path) -> None:
    world.fill(1)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
    other = World.at(tmp_path, Iris("https://facts.example/"))
    with pytest.raises(OtherBase, match="http://localhost:8000/") as caught:
        GraphStore.open(tmp_path / "graph", other.projector)
    assert caught.value.asked == "https://facts.example/"
    rebuild(tmp_path / "graph", other.log, other.projector)
    with GraphStore.open(tmp_path / "graph", other.projector) as store:
        assert b"localhost" not in dumped(store)


def test_a_store_of_another_log_says_so(world: World, tmp_path: Path) -> None:
    world.fill(2, seed=1)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        for count in (1, 3):  # a shorter log, and a longer one
            (tmp_path / str(count)).mkdir()
            other = World.at(tmp_path / str(count))
            other.fill(count, seed=2)
            with pytest.raises(OtherLog, match="waqai rebuild"):
                store.catch_up(other.log)
        assert store.position() == 4


@pytest.mark.parametrize("content", ["{", "[]", '{"store": "x"}'])
def test_a_damaged_manifest_says_to_rebuild(world: World, tmp_path: Path, content: str) -> None:
    world.fill(1)
    GraphStore.open(tmp_path / "graph", world.projector).close()
    (tmp_path / "graph" / "graph.json").write_text(content)
    with pytest.raises(StoreDamaged, match="waqai rebuild"):
        GraphStore.open(tmp_path / "graph", world.projector)
    assert rebuild(tmp_path / "graph", world.log, world.projector).position == 2


def test_a_missing_or_broken_database_says_to_rebuild(world: World, tmp_path: Path) -> None:
    world.fill(1)
    folder = tmp_path / "graph"
    with GraphStore.open(folder, world.projector) as store:
        store.catch_up(world.log)
    (database,) = folder.glob("quads-*")
    for file in database.glob("MANIFEST-*"):
        file.write_bytes(b"broken")
    with pytest.raises(StoreDamaged, match="waqai rebuild"):
        GraphStore.open(folder, world.projector)
    shutil.rmtree(database)
    with pytest.raises(StoreDamaged, match="missing"):
        GraphStore.open(folder, world.projector)
    assert rebuild(folder, world.log, world.projector).position == 2


def test_a_place_that_cannot_be_written_is_a_clear_error(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnwritable):
        GraphStore.open(tmp_path / "file" / "graph", world.projector)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_dump_loads_in_rdflib_and_in_the_engine(world: World) -> None:
    world.fill(6)
    store = GraphStore.in_memory(world.log, world.projector)
    data = dumped(store)
    again = Store()
    again.load(data, format=RdfFormat.N_QUADS)
    assert len(again) == len(store)
    dataset = rdflib.Dataset()
    dataset.parse(data=data.decode("utf-8"), format="nquads")
    assert len(list(dataset.quads())) == len(store)
    assert data == b"".join(sorted(data.splitlines(keepends=True)))


def test_answers_say_their_kind_position_and_media_types(world: World) -> None:
    one = article()
    world.ingest(one, strike(one))
    store = GraphStore.in_memory(world.log, world.projector)
    rows = store.query("SELECT ?c ?none { ?c a wq:Claim }", prefixes=PREFIXES)
    assert (rows.kind, rows.position, rows.media_types, rows.variables) == (
        "solutions",
        2,
        SOLUTIONS_TYPES,
        ("c", "none"),
    )
    assert [[getattr(term, "value", None) for term in row] for row in rows.rows()] == [
        [store.iris.claim(strike(one).id).value, None]
    ]
    asked = store.query("ASK { ?s a wq:Takeover }", prefixes=PREFIXES)
    assert (asked.kind, bool(asked), asked.variables, list(asked.rows())) == ("boolean", False, (), [])
    made = store.query("CONSTRUCT { ?c a wq:Claim } WHERE { ?c a wq:Claim }", prefixes=PREFIXES)
    assert (made.kind, made.media_types) == ("graph", GRAPH_TYPES)
    assert b"wq:Claim" in made.serialize()


@pytest.mark.parametrize("media_type", SOLUTIONS_TYPES)
@pytest.mark.parametrize("query", ["SELECT * { ?s ?p ?o } LIMIT 3", "ASK { ?s ?p ?o }"])
def test_solutions_are_written_in_every_media_type(world: World, query: str, media_type: str) -> None:
    world.fill(1)
    store = GraphStore.in_memory(world.log, world.projector)
    out = io.BytesIO()
    assert store.query(query).write(out, media_type) == media_type
    assert out.getvalue()
    with pytest.raises(NotAcceptable) as caught:
        store.query(query).write(out, "text/turtle")
    assert caught.value.offered == SOLUTIONS_TYPES


@pytest.mark.parametrize("media_type", GRAPH_TYPES)
def test_graphs_are_written_in_every_media_type(world: World, media_type: str) -> None:
    world.fill(2)
    store = GraphStore.in_memory(world.log, world.projector)
    data = store.query("CONSTRUCT WHERE { ?s a wq:Record ; ?p ?o }", prefixes=PREFIXES).serialize(media_type)
    again = Store()
    again.load(data, format=RdfFormat.from_media_type(media_type))
    assert {quad.subject.value for quad in again if isinstance(quad.subject, NamedNode)} == {
        store.iris.record(n).value for n in range(1, 5)
    }
    with pytest.raises(NotAcceptable):
        store.query("CONSTRUCT WHERE { ?s ?p ?o }").serialize("text/csv")


def test_the_dataset_of_a_query_can_be_restricted(world: World) -> None:
    one = article()
    first, second = strike(one), strike(one, sources=())
    world.ingest(one, first, second)
    store = GraphStore.in_memory(world.log, world.projector)
    graph = store.iris.claim(first.id).value
    count = "SELECT (COUNT(*) AS ?n) { ?e wq:claim ?c }"
    assert [str(row[0].value) for row in store.query(count, prefixes=PREFIXES).rows()] == ["2"]  # type: ignore[attr-defined]
    within = store.query(count, prefixes=PREFIXES, default_graph=[graph])
    assert [str(row[0].value) for row in within.rows()] == ["1"]  # type: ignore[attr-defined]
    named = store.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", named_graphs=[graph])
    assert [row[0].value for row in named.rows()] == [graph]  # type: ignore[attr-defined]
    with pytest.raises(ValueError):
        store.query(count, default_graph=["no iri"])


def test_the_store_is_asked_only_what_may_be_asked(world: World) -> None:
    store = GraphStore.in_memory(world.log, world.projector)
    with pytest.raises(UpdateRefused):
        store.query("DELETE WHERE { ?s ?p ?o }")
    with pytest.raises(ServiceRefused):
        store.query("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    with pytest.raises(MalformedQuery) as caught:
        store.query("SELECT *\nWHERE { ?s ?p ?o")
    assert (caught.value.line, caught.value.column) == (2, 17)


def test_queries_run_while_the_store_follows_the_log(world: World, tmp_path: Path) -> None:
    world.fill(30)
    wrong: list[object] = []
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        stop = threading.Event()

        def look() -> None:
            while not stop.is_set():
                answer = store.query("SELECT (COUNT(?r) AS ?n) { ?r a wq:Record }", prefixes=PREFIXES)
                (row,) = answer.rows()
                if int(row[0].value) != answer.position:  # type: ignore[attr-defined]
                    wrong.append((row, answer.position))
                del answer, row

        reader = threading.Thread(target=look)
        reader.start()
        store.catch_up(world.log, batch=1)
        stop.set()
        reader.join()
        assert store.position() == 60
    assert wrong == []


def test_every_claim_has_a_graph_of_its_own(world: World) -> None:
    world.fill(10)
    store = GraphStore.in_memory(world.log, world.projector)
    claims = {quad.subject for quad in store.quads(None, NamedNode(PREFIXES["wq"] + "about"), None, DefaultGraph())}
    graphs = {quad.graph_name for quad in store.quads() if not isinstance(quad.graph_name, DefaultGraph)}
    assert claims
    assert graphs == {*claims, store.iris.log()}


def test_a_checkpoint_answers_for_its_position_and_never_changes(world: World, tmp_path: Path) -> None:
    world.fill(3)
    checkpoint = tmp_path / "checkpoint"
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        assert store.backup(checkpoint) == 6
        expected = store.fingerprint()
        with pytest.raises(StoreUnwritable):
            store.backup(checkpoint)
        files = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
        world.fill(5)
        store.catch_up(world.log)
        assert store.fingerprint() != expected
    with Reader.of_checkpoint(checkpoint, world.projector) as reader:
        assert (reader.position(), reader.fingerprint()) == (6, expected)
        counted = reader.query("SELECT (COUNT(?r) AS ?n) { ?r a wq:Record }", prefixes=PREFIXES)
        assert counted.position == 6
        assert [row[0].value for row in counted.rows()] == ["6"]  # type: ignore[attr-defined]
        del counted
    assert {path.name: path.read_bytes() for path in checkpoint.iterdir()} == files


def test_a_copy_of_a_checkpoint_goes_on_by_itself(world: World, tmp_path: Path) -> None:
    world.fill(2)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        store.backup(tmp_path / "copy")
    world.fill(4)
    with GraphStore(Store(tmp_path / "copy"), world.projector, path=tmp_path / "copy") as copy:
        copy.apply(world.log.read(upto=6))
        assert dumped(copy) == replayed(world, 6)


def test_what_is_no_checkpoint_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(StoreDamaged):
        Reader.of_checkpoint(tmp_path / "nothing", world.projector)
    with pytest.raises(ValueError, match="in memory"):
        GraphStore.in_memory(world.log, world.projector).backup(tmp_path / "copy")
    other = Store(tmp_path / "other")
    other.add(Quad(NamedNode("https://x.example/s"), NamedNode("https://x.example/p"), Literal(1)))
    other.flush()
    del other
    with pytest.raises(StoreDamaged, match="position"):
        Reader.of_checkpoint(tmp_path / "other", world.projector)
