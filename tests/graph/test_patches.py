"""Curation graphs follow from the records of patches, whatever else is in the log."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, Store

from graph.audit import explain, explain_triple
from graph.audit.text import render
from graph.iris import Iris
from graph.projection import ProjectionError
from graph.projection.projector import Projector
from graph.store import GraphStore
from graph.stream.replica import Replica
from graph.travel.changes import difference, history
from graph.travel.past import Past
from graph.travel.touching import touching
from ontology.patches import GraphPatch, Patch, decode_quads_patched, quads_patched
from ontology.validation import validate
from tests.graph.articles import World
from tests.graph.following import dumped, fresh, replayed
from tests.graph.patches import PREFIXES, append, patched
from tests.graph.stream.test_replica import ADDRESS, Origin, graph
from tests.graph.test_updates import steps

BASE = "http://localhost:8000/"
EVENT = f"{BASE}id/event/e1"
SEEN = f"INSERT DATA {{ GRAPH <graphs/seen> {{ <{EVENT}> ex:seen true , 01 . ex:other ex:p <graphs/seen> }} }}"
ONE = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
LESS = f"DELETE DATA {{ GRAPH <graphs/seen> {{ <{EVENT}> ex:seen true }} }}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World.at(tmp_path / "world")
    found.fill(1)
    return found


def curated(quads: "set[Quad]") -> set[Quad]:
    return {q for q in quads if isinstance(q.graph_name, NamedNode) and q.graph_name.value.startswith(BASE + "graphs/")}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(updates=st.lists(steps(), max_size=5), batches=st.lists(st.integers(1, 4), min_size=12, max_size=12))
def test_updates_through_records_are_the_updates_themselves(
    tmp_path_factory: pytest.TempPathFactory, updates: list[str], batches: list[int]
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    world.fill(1)
    direct = Store()  # what the engine makes of the same updates, without the log
    followed = GraphStore(Store(), world.projector)
    states = [replayed(world)]
    for update in updates:
        followed.catch_up(world.log, batch=1)
        direct_before = GraphStore.in_memory(world.log, world.projector)
        engine = Store()
        engine.extend(direct_before.quads())
        try:
            engine.update(update, base_iri=BASE, prefixes=PREFIXES)
        except SyntaxError:
            continue
        direct = engine
        patched(world, update, direct_before)
        states.append(replayed(world))
        assert curated(set(direct)) == curated(set(GraphStore.in_memory(world.log, world.projector).quads()))
    followed.catch_up(world.log)
    assert dumped(followed) == replayed(world)
    in_batches = GraphStore(Store(), fresh(world))
    for size in batches:
        in_batches.apply(world.log.read(after=in_batches.position(), limit=size))
    assert dumped(in_batches) == replayed(world)
    for upto in range(2, world.log.head()):  # a state of the past is what it was then
        assert replayed(world, upto) in states
    with Replica(tmp_path_factory.mktemp("replica")) as replica:
        replica.follow(ADDRESS, Origin(world).fetch)
        assert graph(replica) == replayed(world)


def test_a_patch_says_who_why_and_how_much_and_its_shape_holds(world: World) -> None:
    done = patched(world, SEEN)
    assert done is not None
    store = GraphStore.in_memory(world.log, world.projector)
    about = {str(q.predicate).rpartition("#")[2]: q.object for q in store.quads(Iris(BASE).patch(done.first))}
    assert (about["reason>"].value, about["quadsAdded>"].value) == ("a reason", "3")  # type: ignore[union-attr]
    assert about["patchedGraph>"] == NamedNode(BASE + "graphs/seen")
    assert validate(dumped(store)).conforms


def test_history_holds_no_iri_of_ours_and_the_base_may_change(world: World) -> None:
    patched(world, SEEN)
    (body,) = [record.body for record in world.log.read() if record.type == "QuadsPatched"]
    assert BASE.encode() not in body
    other = Projector.of(world.log, world.content.get, Iris("https://example.org/news/"))
    moved = {str(q) for q in GraphStore.in_memory(world.log, other).quads() if "graphs/seen" in str(q.graph_name)}
    here = {str(q) for q in curated(set(GraphStore.in_memory(world.log, world.projector).quads()))}
    assert moved == {one.replace(BASE, "https://example.org/news/") for one in here}


def test_differences_and_histories_name_the_record(world: World, tmp_path: Path) -> None:
    first, second = patched(world, SEEN), patched(world, LESS, actor="omar")
    assert first is not None
    assert second is not None
    past = Past(tmp_path / "past", world.log, world.projector)
    found = difference(past, world.log, world.projector, 2, first.first, about=EVENT)
    assert [(str(one.quad.predicate), one.cause.position, one.cause.reason) for one in found.added] == [
        ("<urn:seen>", first.first, "a reason")
    ] * 2
    back = difference(past, world.log, world.projector, first.first, second.first)
    assert [one.cause.actor for one in back.removed] == ["omar"]
    reader = past.at(world.log.head())
    for thing in (EVENT, BASE + "graphs/seen", "urn:other"):
        told = list(history(reader, world.log, world.projector, thing))
        assert told[0].cause.position == first.first, thing
    assert touching(reader, EVENT) == [first.first, second.first]
    assert touching(reader, "urn:nothing") == []


def test_an_audit_of_a_patched_triple_leads_to_record_actor_and_reason(world: World) -> None:
    done, second = patched(world, SEEN), patched(world, LESS, actor="omar")
    assert done is not None
    assert second is not None
    store = GraphStore.in_memory(world.log, world.projector)
    found = explain_triple(store, world.log, world.content.get, EVENT, "<urn:seen>", ONE)
    (patch,) = found.patches
    assert (patch.record.position, patch.record.actor, patch.changed.reason) == (done.first, "mona", "a reason")
    assert found.passed
    whole = explain(store, world.log, world.content.get, EVENT)
    assert [one.record.actor for one in whole.patches] == ["mona", "omar"]
    assert "by \u2068omar\u2069" in render(whole)
    assert "a reason" in render(explain(store, world.log, world.content.get, "graphs/seen"))
    assert explain(store, world.log, world.content.get, f"id/record/{done.first}").patches[0].changed.added


def test_what_an_entity_is_named_in_is_no_claim_where_it_is_a_curation_graph(world: World) -> None:
    store = GraphStore.in_memory(world.log, world.projector)
    place = next(q.subject.value for q in store.quads() if "/id/place/" in str(q.subject))  # type: ignore[union-attr]
    before = explain(store, world.log, world.content.get, place)
    patched(world, f"INSERT DATA {{ GRAPH <graphs/notes> {{ ex:note ex:about <{place}> }} }}")
    after = explain(GraphStore.in_memory(world.log, world.projector), world.log, world.content.get, place)
    assert [claim.iri for claim in after.claims] == [claim.iri for claim in before.claims]


@pytest.mark.parametrize("graph", ["id/claim/c-1", "graph", "", "id/log"])
def test_a_patch_of_another_graph_stops_the_projection(world: World, graph: str) -> None:
    append(world, Patch((GraphPatch(graph, (), ("<urn:a> <urn:p> <urn:o>",)),), "r", "update", 2))
    with pytest.raises((ValueError, ProjectionError)):
        GraphStore.in_memory(world.log, world.projector)


def test_a_payload_comes_back(world: World) -> None:
    patch = Patch((GraphPatch("graphs/a", ("<urn:a> <urn:p> 1",), ()),), "r", "undo", 4, undoes=3)
    assert decode_quads_patched(quads_patched(patch)) == patch
