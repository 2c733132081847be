"""Any triple of the graph, as somebody types it: who states it, and what became of one that is not there any more."""

from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from graph.audit import (
    Audit,
    BadTriple,
    NoSuchTriple,
    explain,
    explain_asked,
    is_triple,
    read_triple,
    triple_of,
)
from graph.audit.text import render
from graph.audit.tracing import EXAMINED
from graph.iris import Iris
from graph.store import GraphStore
from graph.terms import wq
from ontology.curations import CLAIM_RETRACTED, ENTITIES_MERGED, MERGE_REVERTED, ClaimOf, EntityKind
from ontology.vocabulary import PREFIXES
from tests.graph.articles import World, article, strike
from tests.graph.curations import curate, undo_curation

IRIS = Iris()
PLACE, CITY = "b1" * 10, "c1" * 10


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.at(tmp_path)
    for number in range(3):
        one = article(number)
        world.ingest(one, strike(one))
    return world


def asked(world: World, line: str) -> Audit:
    store = GraphStore.in_memory(world.log, world.projector)
    return explain_asked(store, world.log, world.content.get, read_triple(line, store.iris))


def claim_iri(number: int) -> str:
    return IRIS.claim(strike(article(number)).id).value


def retract(world: World, number: int) -> int:
    one = article(number)
    claims = (ClaimOf(one.id, strike(one).id),)
    return curate(world, CLAIM_RETRACTED, "the paper took it back", "judge", claims=claims)


def event_iri(world: World, number: int) -> str:
    store = GraphStore.in_memory(world.log, world.projector)
    (event,) = {quad.object for quad in store.quads(NamedNode(claim_iri(number)), wq("about"))}
    assert isinstance(event, NamedNode)
    return event.value


@pytest.mark.parametrize(
    "line",
    [
        f"<{IRIS.base}id/event/e> <{PREFIXES['wq']}place> <{IRIS.base}id/place/p> .",
        f"<{IRIS.base}id/event/e> <{PREFIXES['wq']}place> <{IRIS.base}id/place/p>",
        "<id/event/e> wq:place <id/place/p>",
        "  <id/event/e>  wq:place   <id/place/p> . ",
    ],
)
def test_a_line_of_ntriples_or_turtle_is_a_triple(line: str) -> None:
    assert is_triple(line)
    assert read_triple(line, IRIS) == triple_of("event/e", "wq:place", "place/p", None, IRIS)


def test_a_line_of_nquads_names_the_graph_too() -> None:
    triple = triple_of("event/e", "a", "wq:Airstrike", "claim/c-1", IRIS)
    assert read_triple(str(triple) + " .", IRIS) == triple
    assert triple_of("event/e", "a", "wq:Airstrike", "", IRIS).graph == DefaultGraph()
    assert read_triple('<a:b> rdfs:label "غارة . جوية"@ar', IRIS).object == Literal("غارة . جوية", language="ar")


@pytest.mark.parametrize("number", ["16", "-1", "1.5", "true"])
def test_a_number_as_the_object_is_what_it_is_in_a_line(number: str) -> None:
    three = triple_of("event/e", "wq:fatalitiesBest", number, None, IRIS)
    assert isinstance(three.object, Literal)
    assert three == read_triple(f"<id/event/e> wq:fatalitiesBest {number}", IRIS)
    assert triple_of("event/e", "wq:place", "0a16", None, IRIS).object == NamedNode(f"{IRIS.base}id/0a16")


def test_a_literal_may_be_pasted_with_its_line_breaks() -> None:
    pasted = triple_of("event/e", "rdfs:label", '"غارة\nعلى \\"حلب\\""@ar', None, IRIS)
    assert pasted.object == Literal('غارة\nعلى "حلب"', language="ar")


@pytest.mark.parametrize("line", ["what:is this", "<a:b> <a:c>", "<a:b> wq:x [] .", "<a:b> wq:p 1 . <a:b> wq:p 2 ."])
def test_what_is_no_triple_is_refused_with_what_to_write(line: str) -> None:
    with pytest.raises(BadTriple, match="is no triple: write one line of N-Triples, N-Quads or Turtle"):
        read_triple(line, IRIS)


def test_what_many_claims_state_lists_them_all(world: World) -> None:
    audit = asked(world, f"<id/place/{PLACE}> a wq:Place")
    assert [claim.iri for claim in audit.claims] == [claim_iri(number) for number in range(3)]
    assert audit.passed
    label = asked(world, f'<id/place/{CITY}> rdfs:label "الميناء"@ar')
    assert len(label.claims) == 3


def test_of_very_many_claims_the_first_are_examined_and_the_others_counted(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    for number in range(EXAMINED + 3):
        one = article(number)
        world.ingest(one, strike(one))
    audit = asked(world, f"<id/actor/{'a1' * 10}> a wq:Actor")
    assert (audit.unexamined, audit.omitted, len(audit.claims)) == (3, 0, EXAMINED)
    assert "3 more claims name its subject" in render(audit)


def test_a_triple_of_a_claims_own_graph_is_that_claims(world: World) -> None:
    claim = claim_iri(1)
    store = GraphStore.in_memory(world.log, world.projector)
    for quad in store.quads(None, None, None, NamedNode(claim)):
        assert [one.iri for one in asked(world, f"{quad} .").claims] == [claim], str(quad)


def test_every_triple_of_a_graph_with_decisions_is_explained(world: World) -> None:
    retract(world, 1)
    curate(world, ENTITIES_MERGED, entity=EntityKind.PLACE, into=CITY, merged=(PLACE,))
    store = GraphStore.in_memory(world.log, world.projector)
    seen = 0
    for quad in store.quads(graph=DefaultGraph()):
        assert isinstance(quad.subject, NamedNode)
        assert isinstance(quad.object, NamedNode | Literal)
        triple = read_triple(f"{quad.subject} {quad.predicate} {quad.object}", store.iris)
        audit = explain_asked(store, world.log, world.content.get, triple, limit=1)
        assert audit.passed, render(audit)
        assert audit.claims or audit.records
        seen += 1
    assert seen > 300


def test_a_merged_place_is_traced_to_what_the_claim_called_it(world: World) -> None:
    event = event_iri(world, 0)
    merge = curate(world, ENTITIES_MERGED, entity=EntityKind.PLACE, into=CITY, merged=(PLACE,))
    audit = asked(world, f"<{event}> wq:place <id/place/{CITY}>")
    assert {claim.iri for claim in audit.claims} == {claim_iri(number) for number in range(3)}
    merged = asked(world, f"<id/place/{PLACE}> wq:mergedInto <id/place/{CITY}>")
    assert [record.position for record in merged.records] == [merge]
    assert merged.instead == (IRIS.place(CITY).value,)
    assert [decision.state for decision in merged.decisions] == ["holds"]
    store = GraphStore.in_memory(world.log, world.projector)
    whole = explain(store, world.log, world.content.get, f"record/{merge}")
    assert len(whole.claims) == 3
    assert [record.position for record in whole.records] == [merge]
    curate(world, MERGE_REVERTED, undoes=merge)
    undone = asked(world, f"<id/place/{PLACE}> a wq:Place")
    assert [decision.state for decision in undone.decisions] == ["undone", "holds"]
    assert undone.instead == ()


def test_a_triple_that_a_decision_took_away_names_it(world: World) -> None:
    event = event_iri(world, 0)
    line = f"<{event}> wq:place <id/place/{PLACE}>"
    assert asked(world, line).stands
    position = retract(world, 0)
    assert asked(world, line).stands  # in the claim's own graph
    gone = explain_asked(
        GraphStore.in_memory(world.log, world.projector),
        world.log,
        world.content.get,
        triple_of(event, "wq:place", f"place/{PLACE}", "", IRIS),
    )
    assert not gone.stands
    assert not gone.passed
    assert gone.before is not None
    assert (gone.before.since.position, gone.before.until.position, gone.before.graph) == (2, position, None)
    text = render(gone)
    assert f"was taken away by record {position}, ClaimRetracted by" in text
    assert "judge" in text
    undo_curation(world, position)
    assert explain_asked(
        GraphStore.in_memory(world.log, world.projector),
        world.log,
        world.content.get,
        triple_of(event, "wq:place", f"place/{PLACE}", "", IRIS),
    ).stands


def test_a_triple_that_never_was_there_is_not_explained(world: World) -> None:
    for line in (f"<id/place/{PLACE}> wq:place <id/place/{CITY}>", "<http://elsewhere.example/x> a wq:Place"):
        with pytest.raises(NoSuchTriple, match="no record is found that ever brought it"):
            asked(world, line)


def test_what_no_claim_of_an_event_says_is_unexplained(world: World) -> None:
    event = NamedNode(event_iri(world, 0))
    store = GraphStore.in_memory(world.log, world.projector)
    for predicate, value in (("place", "place/forged"), ("fatalitiesBest", '"17"^^xsd:integer')):
        triple = triple_of(event.value, f"wq:{predicate}", value, None, IRIS)
        store._store.add(Quad(triple.subject, triple.predicate, triple.object))
        audit = explain_asked(store, world.log, world.content.get, triple)
        assert audit.unexplained
        assert not audit.passed


def test_the_event_of_a_claim_is_the_one_that_the_graph_names(world: World) -> None:
    claim = NamedNode(claim_iri(0))
    other = NamedNode("http://localhost:8000/id/event/other")
    store = GraphStore.in_memory(world.log, world.projector)
    for quad in list(store.quads(claim, wq("about"))):
        store._store.remove(quad)
    store._store.add(Quad(claim, wq("about"), other))
    (found,) = explain(store, world.log, world.content.get, "event/other").claims
    assert (found.iri, found.event) == (claim.value, other.value)
