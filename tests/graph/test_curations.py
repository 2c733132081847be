"""Decisions on claims and runs: the graph follows them at any position, byte for byte as a rebuild has it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from graph.curations import Curations
from graph.iris import Iris
from graph.lookups import extraction_lookup
from graph.projection import UnknownRecord
from graph.store import GraphStore
from graph.stream.members import Members
from graph.terms import Term, wq
from ontology.curations import (
    CURATION_TYPES,
    ENTITIES_MERGED,
    EVENT_SPLIT,
    EVENTS_MERGED,
    KEPT_APART,
    MERGE_REVERTED,
    RUN_REINSTATED,
    RUN_RETRACTED,
    ClaimOf,
    EntityKind,
    Successor,
)
from ontology.model import Modality
from ontology.validation import validate
from tests.graph.articles import World, article, strike
from tests.graph.curations import (
    CURATION,
    KEEPERS,
    approve,
    claim_of,
    correct,
    curate,
    follow_curation,
    reinstate,
    retract,
    run_of,
    undo_curation,
)
from tests.graph.following import check_following, fresh, replayed
from tests.graph.reviews import LATER, LOCAL, MACHINE, OTHER, STEP, follow, ingest_again, told
from tests.graph.stream.folding import folded, lines
from tests.graph.stream.test_members import members_of, written
from tests.graph.test_reviews import places

STEPS = st.lists(st.one_of(STEP, CURATION, CURATION), max_size=16)


def follow_all(world: World, steps: list[tuple[object, ...]]) -> None:
    follow(world, [])
    for step in steps:
        if step[0] == "curate":
            follow_curation(world, step)
        else:
            follow(world, [step], first=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    one = World.at(tmp_path)
    one.ingest(article(0), told(0)[1])
    return one


def curations(world: World) -> Curations:
    return Curations(world.log, extraction_lookup(world.log))


def reported(world: World, number: int = 0) -> bool:
    """Whether the default graph has the claim among those that report an event."""
    store, claim = GraphStore.in_memory(world.log, fresh(world)), Iris().claim(told(number)[1].id)
    told_in = [quad.graph_name for quad in store.quads(None, wq("claim"), claim, None)]
    assert claim in told_in, "its own graph says it always"
    return any(isinstance(graph, DefaultGraph) for graph in told_in)


def happened(world: World) -> list[set[str]]:
    """The ids of the claims of each event."""
    store = GraphStore.in_memory(world.log, fresh(world))
    found: dict[str, set[str]] = {}
    for quad in store.quads(None, wq("claim"), None, DefaultGraph()):
        found.setdefault(str(quad.subject), set()).add(quad.object.value.rpartition("/")[2])  # type: ignore[union-attr]
    return sorted(found.values(), key=sorted)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, batches=st.lists(st.integers(1, 4), min_size=1, max_size=14))
def test_following_any_decisions_gives_the_bytes_of_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]], batches: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("world")
    world = World.at(folder)
    follow_all(world, steps)
    check_following(folder, world, batches)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_folding_the_stream_after_any_decisions_gives_the_graph_at_every_position(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    follow_all(world, steps)
    stream = lines(written(members_of(world), world.projector.iris))
    for position in range(1, world.log.head() + 1):
        assert folded(stream, position) == replayed(world, position), position


def test_a_retracted_claim_leaves_the_default_graph_and_says_why_and_since_when(world: World) -> None:
    assert reported(world)
    position = retract(world, reason="the paper took it back")
    assert not reported(world)
    store, iris, claim = GraphStore.in_memory(world.log, world.projector), Iris(), claim_of(0).claim
    quads = {
        (quad.subject, quad.predicate.value.rsplit("#")[-1]): quad.object
        for quad in store.quads(None, None, None, DefaultGraph())
    }
    node, decision = iris.claim(claim), iris.curation(position)
    interval = NamedNode(f"{node.value}/validity/1")
    assert (quads[node, "retracted"], quads[node, "retraction"]) == (Literal(True), decision)
    assert (quads[decision, "reason"], quads[decision, "inForce"]) == (Literal("the paper took it back"), Literal(True))
    assert (quads[decision, "concernsClaim"], quads[decision, "record"]) == (node, iris.record(position))
    assert (quads[interval, "fromPosition"], quads[interval, "untilPosition"]) == (Literal(2), Literal(position))
    assert quads[interval, "validUntil"] == quads[node, "invalidatedAtTime"] == quads[iris.record(position), "recorded"]
    assert (node, "modality") in quads, "its metadata stay"


def test_a_reinstated_claim_is_back_with_a_second_interval(world: World) -> None:
    before = replayed(world)
    out, back = retract(world), reinstate(world)
    assert reported(world)
    of = curations(world).of_claim(claim_of(0).article, claim_of(0).claim, world.log.head())
    assert [(i.start, i.end) for i in of.intervals] == [(2, out), (back, None)]
    again = curations(world).of_claim(claim_of(0).article, claim_of(0).claim, out)
    assert [(i.start, i.end) for i in again.intervals] == [(2, out)]
    assert again.out_by == out
    said = {line for line in before.splitlines() if b"/log>" not in line}
    assert said <= set(replayed(world).splitlines()), "nothing was lost on the way"


def test_an_undone_retraction_gives_back_all_that_it_took(world: World) -> None:
    position = retract(world)
    first = undo_curation(world, position)
    assert reported(world)
    undo_curation(world, first)
    assert not reported(world)


def test_of_two_retractions_undoing_one_leaves_the_other(world: World) -> None:
    one, other = retract(world), retract(world)
    undo_curation(world, other)
    assert not reported(world)
    undo_curation(world, one)
    assert reported(world)


def test_a_later_run_never_reinstates_what_a_person_retracted(world: World) -> None:
    retract(world)
    ingest_again(world, 0, told(0)[1])
    assert not reported(world)


def test_a_claim_of_a_retracted_run_is_in_force_through_another_run_that_gives_it(world: World) -> None:
    out = curate(world, RUN_RETRACTED, runs=(run_of(0),))
    assert not reported(world)
    ingest_again(world, 0, told(0)[1])
    assert reported(world)
    of = curations(world).of_claim(claim_of(0).article, claim_of(0).claim, world.log.head())
    assert [(i.start, i.end) for i in of.intervals] == [(2, out), (out + 1, None)]
    curate(world, RUN_RETRACTED, runs=(run_of(0, LATER),))
    assert not reported(world)
    curate(world, RUN_REINSTATED, runs=(run_of(0),))
    assert reported(world)


def test_a_claim_that_a_person_stands_by_outlives_what_was_decided_on_its_run_before(world: World) -> None:
    curate(world, RUN_RETRACTED, runs=(run_of(0),))
    reinstate(world)
    assert reported(world)
    curate(world, RUN_RETRACTED, runs=(run_of(0),))
    assert not reported(world)
    curate(world, RUN_REINSTATED, runs=(run_of(0),))
    assert reported(world)
    retract(world)
    curate(world, RUN_REINSTATED, runs=(run_of(0),))
    assert not reported(world), "reinstating a run reinstates none of the claims that a person retracted"


def test_a_corrected_article_puts_its_claims_out_of_force_and_its_successor_says_what_holds(world: World) -> None:
    world.ingest(article(1), told(1)[1])
    position = correct(world, successor=Successor(article(1).id))
    assert not reported(world)
    assert reported(world, 1)
    ingest_again(world, 0, told(0)[1])
    assert not reported(world), "a later run does not bring back what the publisher corrected"
    reinstate(world)
    assert reported(world), "a person stands by it"
    undo_curation(world, position)
    assert reported(world)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_undoing_a_correction_gives_the_events_that_were_reported_before(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    follow_all(world, steps)
    before = events(world)
    world.ingest(article(7), told(7)[1])
    position = correct(world, successor=Successor(article(7).id, brought=True))
    undo_curation(world, position)
    assert events(world) == before


def events(world: World) -> set[str]:
    """What the default graph says of events."""
    store = GraphStore.in_memory(world.log, fresh(world))
    said = (str(quad) for quad in store.quads(None, None, None, DefaultGraph()))
    return {quad for quad in said if "/id/event/" in quad.split(" ")[0]}


def test_a_text_that_was_brought_for_a_correction_holds_as_long_as_one_leads_to_it(world: World) -> None:
    for number in (1, 2):
        world.ingest(article(number), told(number)[1])
    first = correct(world, 0, successor=Successor(article(1).id, brought=True), needs_approval=True)
    assert (reported(world), reported(world, 1)) == (True, False), "it waits"
    approve(world, first)
    assert (reported(world), reported(world, 1)) == (False, True)
    correct(world, 1, successor=Successor(article(2).id, brought=True))
    assert [reported(world, number) for number in range(3)] == [False, False, True]
    taken = undo_curation(world, first)
    assert [reported(world, number) for number in range(3)] == [True, False, False], "nothing leads to the third"
    gone = curations(world).of_claim(claim_of(2).article, claim_of(2).claim, world.log.head())
    assert gone.out_by == taken
    reinstate(world, 1)
    assert reported(world, 1), "a person stands by it"
    undo_curation(world, taken)
    assert [reported(world, number) for number in range(3)] == [False, True, True]


def test_a_text_that_comes_back_holds_again(world: World) -> None:
    world.ingest(article(1), told(1)[1])
    first = correct(world, 0, successor=Successor(article(1).id, brought=True))
    back = correct(world, 1, successor=Successor(article(0).id))
    assert (reported(world), reported(world, 1)) == (True, False)
    of, head = curations(world), world.log.head()
    assert (of.corrected_by(article(0).id, head), of.corrected_by(article(1).id, head)) == (None, back)
    found = of.of_claim(claim_of(0).article, claim_of(0).claim, head)
    assert [(i.start, i.end) for i in found.intervals] == [(2, first), (back, None)]


def test_a_correction_of_one_claim_leaves_the_others(world: World) -> None:
    correct(world, claims=(ClaimOf(article(0).id, "c-" + "9" * 20),))
    assert reported(world)
    correct(world, claims=(claim_of(0),))
    assert not reported(world)


def merge(world: World, into: str, *merged: str, entity: EntityKind = EntityKind.PLACE) -> int:
    return curate(world, ENTITIES_MERGED, entity=entity, into=into, merged=merged)


def test_a_merged_place_is_the_one_that_stays_and_undoing_loses_nothing(world: World) -> None:
    before = {line for line in replayed(world).splitlines() if b"/log>" not in line}
    position = merge(world, "b1" * 10, MACHINE.id)
    store, iris, claim = GraphStore.in_memory(world.log, world.projector), Iris(), told(0)[1].id
    own, default = places(store, claim)
    assert own == {iris.place("b1" * 10).value, iris.place(MACHINE.id).value}, "a claim says what it said"
    assert default == {iris.place("b1" * 10).value}
    assert list(store.quads(iris.place(MACHINE.id), wq("mergedInto"), iris.place("b1" * 10), DefaultGraph()))
    names = {q.object.value for q in store.quads(iris.place("b1" * 10), Term.ALT_LABEL, None, DefaultGraph())}  # type: ignore[union-attr]
    assert "El Mina" in names
    assert not list(store.quads(iris.place(MACHINE.id), Term.TYPE, None, DefaultGraph())), "it is no second place"
    curate(world, MERGE_REVERTED, undoes=position)
    after = {line for line in replayed(world).splitlines() if b"/log>" not in line}
    assert before <= after
    assert all(b"/id/record/" in line for line in after - before)


def test_a_merge_states_anew_what_names_its_entities_and_nothing_else(world: World) -> None:
    position = merge(world, "b1" * 10, MACHINE.id)
    (record,) = world.log.read(after=position - 1)
    change = fresh(world).change(record)
    nodes = [str(Iris().place(id_)) for id_ in ("b1" * 10, MACHINE.id)]
    assert change.removed
    assert all(not graph and any(node in triple for node in nodes) for triple, graph in change.removed)
    own = str(Iris().record(position))[:-1]
    assert all(own in triple or any(node in triple for node in nodes) for triple, _ in change.added.each())


def test_merges_lead_on_to_what_stays_in_the_end_and_never_in_a_circle(world: World) -> None:
    merge(world, MACHINE.id, OTHER.id)
    first = merge(world, LOCAL.id, MACHINE.id)
    merge(world, OTHER.id, LOCAL.id)  # by now the same as the one that stays
    survivors = dict(curations(world).survivors(world.log.head()))
    assert survivors == {(EntityKind.PLACE, OTHER.id): LOCAL.id, (EntityKind.PLACE, MACHINE.id): LOCAL.id}
    curate(world, MERGE_REVERTED, undoes=first)
    survivors = dict(curations(world).survivors(world.log.head()))
    assert survivors == {(EntityKind.PLACE, OTHER.id): MACHINE.id, (EntityKind.PLACE, LOCAL.id): MACHINE.id}


def test_a_decision_that_needs_approval_holds_once_another_person_approves(world: World) -> None:
    position = retract(world, needs_approval=True)
    assert reported(world)
    approve(world, position, KEEPERS[0])
    assert reported(world), "nobody approves what is their own"
    second = approve(world, position)
    assert not reported(world)
    undo_curation(world, second)
    assert reported(world)


def test_what_is_denied_stays_out_of_the_default_graph_whatever_is_decided(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    denied = claim_of(0, Modality.DENIED)
    world.ingest(article(0), told(0, Modality.DENIED)[1])
    retract(world)
    curate(world, "ClaimReinstated", claims=(denied,))
    event = Iris().event(denied.claim)
    store = GraphStore.in_memory(world.log, world.projector)
    assert not list(store.quads(event, None, None, DefaultGraph()))


def test_a_decision_on_what_the_log_does_not_hold_changes_nothing_else(world: World) -> None:
    before = {line for line in replayed(world).splitlines() if b"/log>" not in line}
    retract(world, 3)
    new = set(replayed(world).splitlines()) - before
    assert {line.split(b" ")[0].split(b"/record/")[-1][:1] for line in new if b"/log>" not in line} == {b"3"}


def test_claims_said_to_be_about_one_event_are_one_and_undoing_that_loses_nothing(world: World) -> None:
    other = strike(article(1), places=(OTHER.at(strike(article(1)).places[0]),), figures=(), date=None)
    world.ingest(article(1), other)
    first, second = claim_of(0), ClaimOf(article(1).id, other.id)
    before = events(world)
    assert happened(world) == sorted([{first.claim}, {second.claim}], key=sorted)
    together = curate(world, EVENTS_MERGED, claims=(first, second))
    assert happened(world) == [{first.claim, second.claim}]
    store = GraphStore.in_memory(world.log, fresh(world))
    (alias,) = store.quads(None, Term.REPLACED_BY, None, DefaultGraph())
    assert {alias.subject, alias.object} == {Iris().event(first.claim), Iris().event(second.claim)}
    undo_curation(world, together)
    assert events(world) == before


def test_claims_said_to_be_about_two_events_are_two_and_undoing_that_loses_nothing(world: World) -> None:
    world.ingest(article(1), told(1)[1])
    first, second = claim_of(0), claim_of(1)
    before = events(world)
    assert happened(world) == [{first.claim, second.claim}]
    apart = curate(world, EVENT_SPLIT, parts=((first,), (second,)))
    assert happened(world) == sorted([{first.claim}, {second.claim}], key=sorted)
    undo_curation(world, apart)
    assert events(world) == before


def test_decisions_on_events_are_read_with_their_positions(world: World) -> None:
    world.ingest(article(1), told(1)[1])
    claims = (claim_of(0), claim_of(1))
    together = curate(world, EVENTS_MERGED, claims=claims)
    apart = curate(world, EVENT_SPLIT, parts=((claims[0],), (claims[1],)))
    decided = curations(world).events(world.log.head())
    assert decided.together == ((together, claims),)
    assert decided.apart == ((apart, ((claims[0],), (claims[1],))),)
    assert curations(world).events(together).apart == ()
    undo_curation(world, together)
    assert curations(world).events(world.log.head()).together == ()


def test_a_record_of_a_newer_schema_stops_the_projection_where_it_stands(world: World) -> None:
    from graph.log import NewRecord

    world.log.append("curation", [NewRecord("ClaimRetracted", 9, {"unheard": "of"})], actor="test")
    store = GraphStore(Store(), fresh(world))
    with pytest.raises(UnknownRecord, match="upgrade waqai"):
        store.catch_up(world.log)


def test_the_stream_updates_the_claims_that_are_retracted_and_no_other(world: World) -> None:
    world.ingest(article(1), told(1)[1])
    position = retract(world)
    (record,) = world.log.read(after=position - 1)
    changed = {(m.part.record, m.part.name) for m in Members(world.log, world.projector).of(record)}
    parts = {(position, "record"), (2, claim_of(0).claim), (0, "log")}
    assert parts < changed
    assert changed - parts <= {(0, f"event/{claim_of(0).claim}"), (0, f"event/{claim_of(1).claim}")}


def test_a_graph_with_all_kinds_of_decisions_conforms_to_the_shapes(world: World, tmp_path: Path) -> None:
    world.ingest(article(1), told(1)[1])
    first = retract(world, 0, needs_approval=True)
    approve(world, first)
    undo_curation(world, first)
    retract(world, 1, batch="b-1")
    reinstate(world, 1)
    curate(world, RUN_RETRACTED, runs=(run_of(1),))
    curate(world, RUN_REINSTATED, runs=(run_of(1),))
    correct(world, 1, successor=Successor(article(0).id))
    merge(world, MACHINE.id, OTHER.id)
    curate(world, MERGE_REVERTED, undoes=merge(world, "b1" * 10, MACHINE.id))
    curate(world, KEPT_APART, entity=EntityKind.PLACE, apart=(LOCAL.id, MACHINE.id))
    curate(world, EVENTS_MERGED, claims=(claim_of(0), claim_of(1)))
    curate(world, EVENT_SPLIT, parts=((claim_of(0),), (claim_of(1),)))
    assert {record.type for record in world.log.read()} >= set(CURATION_TYPES)
    (tmp_path / "graph.nq").write_bytes(replayed(world))
    report = validate(tmp_path / "graph.nq")
    assert report.conforms, report.results
