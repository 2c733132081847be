"""The audit of a whole graph: what was made from a log is sound, and every fault that is put there is found."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from graph.audit.findings import (
    DATE,
    MISSING,
    ORPHAN,
    QUOTE,
    RETRACTED,
    TEXT,
    UNEXPLAINED,
    Finding,
)
from graph.audit.ranges import RangeAudit
from graph.audit.sampling import audited_sample, sampled
from graph.audit.shaped import shape_findings
from graph.audit.whole import WholeAudit
from graph.iris import Iris
from graph.store import GraphStore
from graph.terms import Term, wq
from ontology.curations import CLAIM_RETRACTED, ENTITIES_MERGED, ClaimOf, EntityKind
from ontology.model import EventDate, Modality, Span
from ontology.vocabulary import XSD
from tests.graph.articles import World, article, digest, strike
from tests.graph.curations import CURATION, curate
from tests.graph.patches import patched
from tests.graph.reviews import STEP
from tests.graph.test_curations import follow_all

IRIS = Iris()
PLACE, CITY = IRIS.place("b1" * 10), IRIS.place("c1" * 10)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.at(tmp_path)
    for number in range(2):
        one = article(number)
        world.ingest(one, strike(one), strike(one, Modality.DENIED), strike(one, Modality.CLAIMED, date=None))
    return world


def graph_of(world: World) -> GraphStore:
    return GraphStore.in_memory(world.log, world.projector)


def audit(world: World, store: GraphStore) -> list[Finding]:
    return list(WholeAudit(store, world.log, world.content.get).findings())


def claim(number: int = 0, modality: Modality = Modality.ASSERTED) -> NamedNode:
    return IRIS.claim(strike(article(number), modality).id)


def event(store: GraphStore, of: NamedNode) -> NamedNode:
    (found,) = {quad.object for quad in store.quads(of, wq("about"))}
    assert isinstance(found, NamedNode)
    return found


# ---------------------------------------------------------------------- sound graphs


def test_nothing_is_wrong_with_a_graph_and_every_triple_was_looked_at(world: World) -> None:
    curate(world, CLAIM_RETRACTED, claims=(ClaimOf(article(1).id, strike(article(1)).id),))
    curate(world, ENTITIES_MERGED, entity=EntityKind.PLACE, into="c1" * 10, merged=("b1" * 10,))
    patched(world, "INSERT DATA { GRAPH <graphs/notes> { <urn:a> <urn:b> 1 } }")
    store = graph_of(world)
    one = WholeAudit(store, world.log, world.content.get, shaped=10)
    assert list(one.findings()) == []
    counts = one.counts
    assert counts.triples == sum(1 for _ in store.quads(graph=DefaultGraph()))
    assert (counts.records, counts.claims, counts.quotes) == (world.log.head(), 6, 6)
    assert len(one.chosen) == 6
    assert list(shape_findings(store, one.chosen)) == []


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.one_of(STEP, CURATION, CURATION), max_size=10))
def test_nothing_is_wrong_after_any_decisions(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    follow_all(world, steps)
    assert audit(world, graph_of(world)) == []


def test_nothing_is_wrong_with_a_past_state(world: World) -> None:
    store = graph_of(world)
    world.ingest(article(7), strike(article(7)))
    assert store.position() == 4
    assert audit(world, store) == []


# ---------------------------------------------------------------------- seeded faults


def test_any_triple_that_is_taken_out_or_changed_is_found(tmp_path: Path) -> None:
    """All but what follows from several claims of an event; that is for `rebuild --check`."""
    world = World.at(tmp_path)
    world.ingest(article(0), strike(article(0)))
    store = graph_of(world)
    computed = ("Count>", "Origins>", "originsAt", "contested>", "toll", "/denials")
    quads = sorted((quad for quad in store.quads() if quad.graph_name != IRIS.log()), key=str)
    said = [quad for quad in quads if not any(part in str(quad) for part in computed)]
    assert len(said) > 200
    for quad in random.Random(5).sample(said, 120):
        store._store.remove(quad)
        assert audit(world, store), quad
        other = Quad(quad.subject, quad.predicate, Literal("another"), quad.graph_name)
        store._store.add(other)  # as many as before
        assert audit(world, store), other
        store._store.remove(other)
        store._store.add(quad)
    assert audit(world, store) == []


def seven(datatype: str = "integer") -> Literal:
    return Literal("7", datatype=NamedNode(XSD + datatype))


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (lambda store: Quad(event(store, claim()), wq("place"), CITY), UNEXPLAINED),
        (lambda store: Quad(event(store, claim()), wq("fatalitiesBest"), seven()), UNEXPLAINED),
        (lambda _: Quad(PLACE, Term.LABEL, Literal("Elsewhere", language="en")), UNEXPLAINED),
        (lambda _: Quad(NamedNode(f"{claim().value}/figure/1"), wq("best"), seven()), UNEXPLAINED),
        (lambda _: Quad(NamedNode(f"{claim().value}/figure/9"), wq("best"), seven()), ORPHAN),
        (lambda _: Quad(claim(), wq("rule"), Literal("another"), claim()), UNEXPLAINED),
        (lambda _: Quad(IRIS.claim("c-forged"), wq("rule"), Literal("another")), UNEXPLAINED),
        (lambda _: Quad(PLACE, wq("rule"), Literal("x"), IRIS.claim("c-forged")), UNEXPLAINED),
        (lambda _: Quad(IRIS.record(99), wq("actor"), Literal("nobody")), UNEXPLAINED),
        (lambda _: Quad(IRIS.record(1), wq("actor"), Literal("nobody")), UNEXPLAINED),
        (lambda _: Quad(IRIS.article("forged"), Term.HEADLINE, Literal("x")), UNEXPLAINED),
        (lambda _: Quad(IRIS.article(article(0).id), Term.HEADLINE, Literal("x")), UNEXPLAINED),
        (lambda _: Quad(NamedNode("urn:x"), wq("place"), PLACE), UNEXPLAINED),
        (lambda _: Quad(NamedNode(f"{IRIS.base}id/event/forged"), wq("place"), PLACE), UNEXPLAINED),
        (lambda _: Quad(IRIS.place("dd" * 10), Term.TYPE, wq("Place")), ORPHAN),
        (
            lambda _: Quad(IRIS.actor("dd" * 10), Term.TYPE, wq("Actor")),
            ORPHAN,
        ),
    ],
)
def test_what_is_put_in_behind_the_logs_back_is_found(
    world: World, made: Callable[[GraphStore], Quad], kind: str
) -> None:
    store = graph_of(world)
    store._store.add(made(store))
    found = audit(world, store)
    assert kind in {one.kind for one in found}
    assert all(one.what and one.todo for one in found)


def _day(text: str) -> Literal:
    return Literal(text, datatype=Term.DATE)


def test_a_day_of_publication_as_the_date_of_an_event_is_found(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    one = article(0)
    world.ingest(one, strike(one, date=None))
    store = graph_of(world)
    store._store.add(Quad(event(store, _only(store)), wq("earliest"), _day(str(one.published))))
    found = [one for one in audit(world, store) if one.kind == DATE]
    assert found
    assert "publication" in found[0].detail


def test_a_date_without_words_is_found(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    one = article(0)
    bare = EventDate(Span(0, 0), "date.none", "day", "2024-11-30", "2024-11-30", "2024-11-30", "published")
    world.ingest(one, strike(one, date=bare))
    store = graph_of(world)
    found = audit(world, store)
    assert [one.kind for one in found] == [DATE]
    assert found[0].record == 2


def _only(store: GraphStore) -> NamedNode:
    (found,) = {quad.subject for quad in store.quads(None, wq("about"))}
    assert isinstance(found, NamedNode)
    return found


def test_a_changed_text_is_found(world: World) -> None:
    store = graph_of(world)
    path = world.path(digest(article(0)))
    path.write_bytes(path.read_bytes().replace(b"16", b"61"))
    assert TEXT in {one.kind for one in audit(world, store)}


def test_a_text_that_was_swapped_together_with_its_name_shows_in_every_quote(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who can also forge the digest check is found by the quotes: the graph was made of the other text."""
    store = graph_of(world)

    def forged(name: str) -> bytes | None:
        data = world.content.get(name)
        return data if data is None or name != digest(article(0)) else data.replace(b"16", b"61")

    monkeypatch.setattr(RangeAudit, "_checked", lambda self, name: self._content(name))
    found = list(WholeAudit(store, world.log, forged).findings())
    assert {QUOTE, MISSING} <= {finding.kind for finding in found}


def test_a_lost_text_is_found(world: World) -> None:
    store = graph_of(world)
    found = list(WholeAudit(store, world.log, lambda _: None).findings())
    assert TEXT in {one.kind for one in found}


def test_a_retracted_claim_that_still_counts_is_found(world: World) -> None:
    of = ClaimOf(article(1).id, strike(article(1)).id)
    before = graph_of(world)
    about = event(before, claim(1))
    curate(world, CLAIM_RETRACTED, claims=(of,))
    store = graph_of(world)
    store._store.add(Quad(about, wq("claim"), claim(1)))
    assert RETRACTED in {one.kind for one in audit(world, store)}


def test_of_an_event_of_several_claims_a_batch_may_have_one_only(world: World) -> None:
    one = article(1)
    world.ingest(again := article(1, title="another outlet", publisher="other"), strike(again))
    store = graph_of(world)
    events = [quad.object for quad in store.quads(IRIS.claim(strike(again).id), wq("about"))]
    assert len(list(store.quads(events[0], wq("claim")))) > 1, one
    for of in (again, one):
        assert list(shape_findings(store, [IRIS.claim(strike(of).id).value])) == []


def test_what_breaks_a_shape_is_found(world: World) -> None:
    store = graph_of(world)
    store._store.add(Quad(claim(), wq("modality"), wq("Denied")))
    found = list(shape_findings(store, [claim().value]))
    assert found
    assert {one.kind for one in found} == {"shape"}
    assert list(shape_findings(store, [])) == []


def faulty(world: World, store: GraphStore) -> GraphStore:
    """Put faults of many kinds in: in claims of several records, in events, places and beside all of them."""
    counted = event(store, claim(1))
    curate(world, CLAIM_RETRACTED, claims=(ClaimOf(article(1).id, strike(article(1)).id),))
    store.catch_up(world.log)
    about = event(store, claim())
    for quad in (
        Quad(counted, wq("claim"), claim(1)),
        Quad(about, wq("place"), CITY),
        Quad(about, wq("earliest"), _day("2024-12-01")),
        Quad(claim(1), wq("rule"), Literal("another")),
        Quad(claim(1, Modality.DENIED), wq("rule"), Literal("another"), claim(1, Modality.DENIED)),
        Quad(PLACE, Term.LABEL, Literal("Elsewhere", language="en")),
        Quad(IRIS.place("dd" * 10), Term.TYPE, wq("Place")),
        Quad(IRIS.record(3), wq("actor"), Literal("nobody")),
        Quad(IRIS.record(99), wq("actor"), Literal("nobody")),
        Quad(NamedNode("urn:x"), wq("place"), PLACE),
        Quad(PLACE, wq("rule"), Literal("x"), IRIS.claim("c-forged")),
    ):
        store._store.add(quad)
    return store


@pytest.mark.parametrize("stretch", [1, 2, 3])
def test_what_is_found_does_not_depend_on_how_the_log_is_divided(world: World, stretch: int) -> None:
    store = faulty(world, graph_of(world))
    whole, divided = (
        WholeAudit(store, world.log, world.content.get, shaped=3, stretch=size) for size in (512, stretch)
    )
    found = list(whole.findings())
    assert len(found) >= 10
    assert list(divided.findings()) == found
    assert (divided.counts, divided.chosen) == (whole.counts, whole.chosen)


# ---------------------------------------------------------------------- samples


def test_a_sample_is_chosen_by_its_seed_alone(world: World) -> None:
    store, other = graph_of(world), GraphStore.in_memory(world.log, world.projector)
    assert sampled(store, 20, 1) == sampled(other, 20, 1)
    assert sampled(store, 20, 1) != sampled(store, 20, 2)
    assert sampled(store, 5, 1) == sampled(store, 20, 1)[:5]
    assert len(sampled(store, 10**6, 1)) == sum(1 for _ in store.quads(graph=DefaultGraph()))


def test_every_triple_of_a_sample_is_explained(world: World) -> None:
    store = graph_of(world)
    for triple, explained, findings in audited_sample(store, world.log, world.content.get, 40, 3):
        assert findings == [], triple
        assert explained.passed
    store._store.add(Quad(PLACE, Term.LABEL, Literal("Elsewhere", language="en")))
    everything = audited_sample(store, world.log, world.content.get, 10**6, 3)
    assert [f.kind for _, _, findings in everything for f in findings] == [UNEXPLAINED]
