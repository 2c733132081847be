"""Reading a graph from Python: at one position, beside a server, without changing or fetching anything."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import BNode, Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.namespace import RDF, RDFS, XSD
from rdflib.plugins.sparql import prepareQuery

import graph
from graph.opening import GraphClosed, NoGraph, NoLog, OpenGraph
from graph.rdflib_store import ReadOnlyGraph
from graph.sparql import MalformedQuery, ServiceRefused, UpdateRefused
from graph.store import GraphStore, StoreDamaged, rebuild
from graph.travel.errors import BadMoment, BeyondTheHead
from ontology.model import Modality
from ontology.vocabulary import WQ
from tests.graph.articles import World, article, strike

COUNT = "SELECT (COUNT(*) AS ?n) { ?record a wq:Record }"
HIGHEST = "SELECT (MAX(?p) AS ?n) { ?record a wq:Record ; wq:position ?p }"
PLACE = URIRef(WQ + "place")


def world_of(folder: Path, count: int = 2) -> World:
    world = World.at(folder)
    for number in range(count):
        one = article(number)
        world.ingest(one, strike(one, Modality.DENIED if number else Modality.ASSERTED))
    with GraphStore.open(folder / "graph", world.projector) as store:
        store.catch_up(world.log)
    return world


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenGraph]:
    world_of(tmp_path)
    with graph.open(tmp_path) as found:
        yield found


def number(opened: OpenGraph, sparql: str) -> int:
    (row,) = opened.query(sparql)  # type: ignore[misc]
    return int(row[0].value)


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_data_folder_and_the_folder_of_its_graph_open_at_their_position(tmp_path: Path) -> None:
    world_of(tmp_path)
    for path in (tmp_path, str(tmp_path), tmp_path / "graph"):
        with graph.open(path) as found:
            assert found.position == number(found, COUNT) == 4
            assert isinstance(found.store, ox.Store)


def test_opening_and_closing_leave_every_byte_as_it_was(tmp_path: Path) -> None:
    world_of(tmp_path)
    before = listing(tmp_path)
    with graph.open(tmp_path) as found:
        assert len(found.dataset) > 0
    assert listing(tmp_path) == before


def test_what_is_closed_is_told_to_be_closed_and_never_empty(tmp_path: Path) -> None:
    world_of(tmp_path)
    with graph.open(tmp_path) as found:
        dataset = found.dataset
        assert len(dataset) > 0
    asks: tuple[Callable[[], object], ...] = (
        lambda: len(dataset),
        lambda: list(dataset.triples((None, None, None))),
        lambda: list(dataset.query("SELECT * { ?s ?p ?o }")),
        lambda: list(dataset.graphs()),
        lambda: found.query("ASK {}"),
        lambda: found.store,
        lambda: found.dataset,
    )
    for ask in asks:
        with pytest.raises(GraphClosed, match="position 4 is closed"):
            ask()
    assert repr(found) == "<graph at position 4: closed>"
    found.close()


def test_what_a_server_writes_and_rebuilds_meanwhile_does_not_reach_it(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    with graph.open(tmp_path) as found:
        with GraphStore.open(tmp_path / "graph", world.projector) as store:
            one = article(7)
            world.ingest(one, strike(one))
            store.catch_up(world.log)
            store.flush()
        rebuild(tmp_path / "graph", world.log, world.projector)
        assert found.position == number(found, HIGHEST) == 4
        with graph.open(tmp_path) as later:
            assert later.position == number(later, HIGHEST) == 6


def test_beside_a_writer_that_compacts_all_the_time_every_opening_is_whole(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    stop = threading.Event()

    def write() -> None:
        with GraphStore.open(tmp_path / "graph", world.projector) as store:
            for number in range(10, 100):
                if stop.is_set():
                    return
                one = article(number)
                world.ingest(one, strike(one))
                store.catch_up(world.log)
                if number % 3 == 0:
                    store.flush()
                if number % 11 == 0:
                    store._store.optimize()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        last = 0
        for _ in range(25):
            with graph.open(tmp_path) as found:
                assert found.position == number(found, COUNT) == number(found, HIGHEST) >= last
                last = found.position
    finally:
        stop.set()
        writer.join()


def test_what_a_killed_reader_leaves_behind_the_next_one_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world_of(tmp_path)
    script = "import graph, sys, time; g = graph.open(sys.argv[1]); print(g.position, flush=True); time.sleep(60)"
    reader = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "4\n"
    os.kill(reader.pid, signal.SIGKILL)
    reader.wait()
    (left,) = (tmp_path / "graph").glob("reading-*")
    os.utime(left, (0, 0))
    with graph.open(tmp_path):
        assert not left.exists()
        (own,) = (tmp_path / "graph").glob("reading-*")
        os.utime(own, (0, 0))
        with graph.open(tmp_path):
            assert own.exists()  # somebody reads it


def test_where_nothing_can_be_written_the_graph_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world_of(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    with graph.open(tmp_path) as found:
        assert found.position == 4


def test_a_file_system_without_hard_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world_of(tmp_path)

    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    with graph.open(tmp_path) as found:
        assert found.position == number(found, COUNT) == 4


def test_what_is_no_graph_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoGraph, match="there is no graph at"):
        graph.open(tmp_path)
    with pytest.raises(NoGraph):
        graph.open(tmp_path / "nowhere")
    world_of(tmp_path)
    (database,) = (tmp_path / "graph").glob("quads-*")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    (database / "CURRENT").write_text("MANIFEST-999999\n", encoding="ascii")
    with pytest.raises(StoreDamaged, match="run `waqai rebuild`"):
        graph.open(tmp_path)
    assert not list((tmp_path / "graph").glob("reading-*"))


# ---------------------------------------------------------------------- rdflib


def test_the_dataset_holds_what_the_store_holds(opened: OpenGraph) -> None:
    expected = Dataset()
    expected.parse(data=opened.store.dump(format=ox.RdfFormat.N_QUADS), format="nquads")
    found = opened.dataset
    assert {one.identifier for one in found.graphs()} == {one.identifier for one in expected.graphs()}
    for one in expected.graphs():
        assert isomorphic(found.graph(one.identifier), one)
        assert len(found.graph(one.identifier)) == len(one)
    assert len(list(found.quads())) == len(list(expected.quads()))
    assert len(found) == len(opened.store)  # quads, which are counted already


def test_patterns_queries_and_terms_are_those_of_rdflib(opened: OpenGraph) -> None:
    data = opened.dataset
    events = set(data.subjects(RDF.type, URIRef(WQ + "Airstrike")))
    assert len(events) == 1  # the denied one did not happen
    rows = data.query("SELECT ?event ?label { ?event a wq:Airstrike ; rdfs:label ?label FILTER(LANG(?label) = 'en') }")
    assert [row.event for row in rows] == list(events)
    event = events.pop()
    assert data.value(event, RDF.type, any=True) is not None
    assert {label.language for label in data.objects(event, RDFS.label)} == {"ar", "en"}
    claim = data.value(event, URIRef(WQ + "claim"))
    assert (event, PLACE, None) in data.graph(claim)
    assert data.value(claim, URIRef(WQ + "rule")) == Literal("airstrike.noun.1")
    position = data.value(claim, URIRef(WQ + "position"))
    assert position == Literal(2)
    assert position.datatype == XSD.integer
    assert list(data.triples((Literal("no subject"), None, None))) == []


def test_each_form_of_query_gives_what_rdflib_gives(opened: OpenGraph) -> None:
    data = opened.dataset
    assert data.query("ASK { ?event a wq:Airstrike }").askAnswer is True
    built = data.query("CONSTRUCT { ?event a wq:Airstrike } WHERE { ?event a wq:Airstrike }").graph
    assert isinstance(built, Graph)
    assert len(built) == 1
    table = data.query(COUNT).serialize(format="csv")
    assert table is not None
    assert table.decode().split() == ["n", "4"]
    place = next(data.objects(None, PLACE))
    rows = data.query("SELECT ?event { ?event wq:place ?here }", initBindings={"here": place})
    assert len(list(rows)) >= 1
    none = data.query("SELECT ?event { ?event wq:place ?here }", initBindings={"here": URIRef("http://none.example/")})
    assert list(none) == []
    counted = "SELECT (COUNT(*) AS ?n) { ?event wq:place ?here }"
    (row,) = data.query(counted, initBindings={"here": URIRef("http://none.example/")})
    assert row.n == Literal(0)
    made = "CONSTRUCT { ?event wq:place ?here } WHERE { ?event wq:place ?here }"
    assert len(data.query(made, initBindings={"?here": place}).graph) >= 1
    for refused, value in (
        ("CONSTRUCT WHERE { ?event wq:place ?here }", place),
        ("ASK { ?e wq:place ?here }", BNode()),
    ):
        with pytest.raises(TypeError):
            data.query(refused, initBindings={"here": value})


def test_a_graph_of_the_dataset_is_asked_by_itself(opened: OpenGraph) -> None:
    data = opened.dataset
    claims = {one.identifier for one in data.graphs()} - {
        DATASET_DEFAULT_GRAPH_ID,
        URIRef("http://localhost:8000/id/log"),
    }
    assert len(claims) == 2
    for claim in claims:
        assert data.graph(claim).query("ASK { ?event a wq:Airstrike }").askAnswer
        assert not data.graph(claim).query("ASK { ?record a wq:Record }").askAnswer
        asked = f"SELECT ?event FROM <{claim}> {{ ?event a wq:Airstrike }}"
        assert len(list(data.query(asked))) == 1


def test_nothing_changes_the_graph_and_nothing_gets_out(opened: OpenGraph) -> None:
    data = opened.dataset
    triple = (URIRef("http://a.example/"), RDFS.label, Literal("a"))
    for change in (
        lambda: data.add(triple),
        lambda: data.remove((None, None, None)),
        lambda: data.update("INSERT DATA { <http://a.example/> rdfs:label 'a' }"),
        lambda: data.remove_graph(data.graph("http://a.example/")),
        lambda: data.parse(data="<http://a.example/> a <http://b.example/> .", format="turtle"),
        lambda: data.store.destroy("anywhere"),
    ):
        with pytest.raises(ReadOnlyGraph, match="open for reading"):
            change()
    with pytest.raises(ServiceRefused):
        data.query("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    with pytest.raises(UpdateRefused):
        data.query("DROP ALL")
    with pytest.raises(MalformedQuery, match="line 1"):
        data.query("SELECT * {")
    assert list(data.query("SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }")) == []
    with pytest.raises(TypeError, match="as text"):
        data.query(prepareQuery("ASK {}"))


def test_rdflib_is_not_imported_before_it_is_asked_for(tmp_path: Path) -> None:
    world_of(tmp_path)
    script = (
        "import sys, graph; assert 'pyoxigraph' not in sys.modules; opened = graph.open(sys.argv[1]); "
        "opened.query('ASK {}'); assert 'rdflib' not in sys.modules; opened.dataset; assert 'rdflib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)


def test_a_past_state_is_what_a_replay_to_it_gives(tmp_path: Path) -> None:
    world = world_of(tmp_path, 3)
    for at, position in ((2, 2), ("4", 4), (next(world.log.read(after=1, upto=2)).recorded, 2), (0, 0)):
        with graph.open(tmp_path, at=at) as opened:
            assert opened.position == position
            replayed = GraphStore.in_memory(world.log, world.projector, position)
            assert {str(quad) for quad in opened.store} == {str(quad) for quad in replayed.quads()}
            rows = opened.query(COUNT)
            assert isinstance(rows, ox.QuerySolutions)
            assert next(rows)["n"].value == str(position)  # type: ignore[union-attr]
            del rows
    with graph.open(tmp_path / "graph", at=2) as opened:
        assert len(opened.dataset) > 0


def test_a_past_state_stays_while_others_are_asked_for(tmp_path: Path) -> None:
    world = world_of(tmp_path, 2)
    first, again = graph.open(tmp_path, at=2), graph.open(tmp_path, at=2)
    before = len(first.store)
    again.close()
    one = article(7)
    world.ingest(one, strike(one))
    with graph.open(tmp_path, at=6) as later:
        assert later.position == 6
    assert len(first.store) == before
    first.close()
    first.close()


def test_a_past_state_that_cannot_be_is_refused(tmp_path: Path) -> None:
    world = world_of(tmp_path, 1)
    with pytest.raises(BeyondTheHead):
        graph.open(tmp_path, at=99)
    with pytest.raises(BadMoment):
        graph.open(tmp_path, at="yesterday")
    with pytest.raises(NoGraph):
        graph.open(tmp_path / "none", at=1)
    world.log.close()
    elsewhere = (tmp_path / "log.sqlite").rename(tmp_path / "moved.sqlite")
    with pytest.raises(NoLog, match="log=ADDRESS"):
        graph.open(tmp_path, at=1)
    with graph.open(tmp_path, at=1, log=str(elsewhere)) as opened:
        assert opened.position == 1
