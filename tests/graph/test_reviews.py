"""Reviewed links: the graph follows them at any position, byte for byte as a rebuild has it, and forgets none."""

import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, NamedNode

from graph.iris import Iris
from graph.reviews import Reviews
from graph.store import GraphStore
from graph.terms import Term, wq
from ontology.model import Modality
from ontology.reviews import (
    Decision,
    Mention,
)
from ontology.validation import validate
from tests.graph.articles import World, article
from tests.graph.following import check_following, dumped, replayed
from tests.graph.reviews import (
    GEONAMES,
    LOCAL,
    MACHINE,
    MEANT,
    OTHER,
    STEPS,
    append,
    decided,
    follow,
    mention,
    told,
    undo,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, batches=st.lists(st.integers(1, 4), min_size=1, max_size=14))
def test_following_any_reviews_and_undos_gives_the_bytes_of_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]], batches: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("world")
    world = World.at(folder)
    follow(world, steps)
    check_following(folder, world, batches)


def graph_of(world: World) -> GraphStore:
    return GraphStore.in_memory(world.log, world.projector)


def places(store: GraphStore, claim: str) -> tuple[set[str], set[str]]:
    """The places of a claim's event: in the claim's own graph and in the default graph."""
    iris = Iris()
    event, role = iris.event(claim), wq("place")
    own = {quad.object.value for quad in store.quads(event, role, None, iris.claim(claim))}  # type: ignore[union-attr]
    default = {quad.object.value for quad in store.quads(event, role, None, DefaultGraph())}  # type: ignore[union-attr]
    return own, default


def exact(store: GraphStore, place: str) -> set[str]:
    return {
        quad.object.value  # type: ignore[union-attr]
        for quad in store.quads(Iris().place(place), Term.EXACT_MATCH, None, DefaultGraph())
    }


@pytest.mark.parametrize("modality", [Modality.ASSERTED, Modality.DENIED])
def test_the_chosen_place_takes_the_place_of_the_machines(world: World, modality: Modality) -> None:
    _, claim = told(0, modality)
    world.ingest(article(0), claim)
    append(world, decided(Decision.CHOOSE, mention(0, 2, modality)))
    store, iris = graph_of(world), Iris()
    local, chosen, machine = (iris.place(id_).value for id_ in ("b1" * 10, OTHER.id, MACHINE.id))
    own, default = places(store, claim.id)
    assert own == {local, chosen}
    assert default == ({local, chosen} if modality is Modality.ASSERTED else set())
    location = iris.location(claim.id, 2)
    said = {
        (quad.predicate.value.rsplit("#")[-1], quad.object.value)  # type: ignore[union-attr]
        for quad in store.quads(location, None, None, iris.claim(claim.id))
    }
    review = iris.review(3).value
    assert {("ofPlace", chosen), ("replacedPlace", machine), ("review", review)} <= said
    assert exact(store, OTHER.id) == {"https://sws.geonames.org/999/"}
    assert exact(store, MACHINE.id) == set(), "nobody vouched for the machine's link"
    about = {
        (quad.predicate.value.rsplit("#")[-1], quad.object.value)  # type: ignore[union-attr]
        for quad in store.quads(iris.review(3), None, None, DefaultGraph())
    }
    assert {
        ("decision", "choose"),
        ("reason", "seen on the map"),
        ("replacedPlace", machine),
        ("reviewedPlace", chosen),
        ("reviewedMention", location.value),
        ("record", iris.record(3).value),
    } <= about
    labels = {quad.object.value for quad in store.quads(NamedNode(machine), Term.PREF_LABEL, None)}  # type: ignore[union-attr]
    assert "El Mina" in labels, "what was replaced stays described"


def test_labels_name_the_place_that_is_meant_now(world: World) -> None:
    _, claim = told(0)
    claim = replace(claim, places=claim.places[1:]).with_id(article(0).id)
    world.ingest(article(0), claim)
    append(world, decided(Decision.CHOOSE, Mention(article(0).id, claim.id, 1)))
    labels = {quad.object.value for quad in graph_of(world).quads(Iris().event(claim.id), Term.LABEL, None)}  # type: ignore[union-attr]
    assert all("East Mina" in label or "الميناء الشرقي" in label for label in labels)
    assert len(labels) == 2


def test_accepting_keeps_the_place_and_makes_its_link_exact(world: World) -> None:
    world.ingest(article(0), told(0)[1])
    before = places(graph_of(world), told(0)[1].id)
    append(world, decided(Decision.ACCEPT, mention(0)))
    store = graph_of(world)
    assert places(store, told(0)[1].id) == before
    assert exact(store, MACHINE.id) == {GEONAMES}


def test_a_local_place_bears_the_words_of_the_text(world: World) -> None:
    world.ingest(article(0), told(0)[1])
    append(world, decided(Decision.LOCAL, mention(0)))
    labels = {quad.object.value for quad in graph_of(world).quads(Iris().place(LOCAL.id), Term.LABEL, None)}  # type: ignore[union-attr]
    assert labels == {"الميناء"}


def test_an_undo_gives_the_machines_link_back_and_an_undo_of_it_the_reviewed_one(world: World) -> None:
    _, claim = told(0)
    world.ingest(article(0), claim)
    machine = places(graph_of(world), claim.id)
    decision = append(world, decided(Decision.CHOOSE, mention(0)))
    chosen = places(graph_of(world), claim.id)
    assert chosen != machine
    first = append(world, undo(decision))
    assert places(graph_of(world), claim.id) == machine
    assert exact(graph_of(world), OTHER.id) == set()
    second = append(world, undo(first))
    assert places(graph_of(world), claim.id) == chosen
    append(world, undo(second))
    assert places(graph_of(world), claim.id) == machine
    marks = [quad.object for quad in graph_of(world).quads(Iris().review(decision), wq("undoneBy"), None)]
    assert marks == [Iris().review(first)], "what is taken back says so"


def test_the_last_review_in_force_decides(world: World) -> None:
    _, claim = told(0)
    world.ingest(article(0), claim)
    append(world, decided(Decision.ACCEPT, mention(0)))
    second = append(world, decided(Decision.CHOOSE, mention(0)))
    reviews = Reviews(world.log)
    state = reviews.of_claim(article(0).id, claim.id, world.log.head())
    assert [(slot.position, slot.decides) for slot in state.slots] == [(3, False), (4, True)]
    append(world, undo(second))
    state = reviews.of_claim(article(0).id, claim.id, world.log.head())
    assert [(slot.position, slot.decides) for slot in state.slots] == [(3, True), (4, False)]
    earlier = reviews.of_claim(article(0).id, claim.id, second)
    assert [slot.decides for slot in earlier.slots] == [False, True], "as of then"


def test_one_vouching_review_of_two_is_enough_for_an_exact_match(world: World) -> None:
    for number in (0, 1):
        world.ingest(article(number), told(number)[1])
    positions = [append(world, decided(Decision.CHOOSE, mention(number))) for number in (0, 1)]
    append(world, undo(positions[0]))
    assert exact(graph_of(world), OTHER.id) == {"https://sws.geonames.org/999/"}
    append(world, undo(positions[1]))
    assert exact(graph_of(world), OTHER.id) == set()


def test_a_review_of_what_the_log_does_not_hold_changes_nothing_else(world: World) -> None:
    world.ingest(article(0), told(0)[1])
    before = set(dumped(graph_of(world)).splitlines())
    append(world, decided(Decision.CHOOSE, Mention(article(7).id, "c-" + "9" * 20, 1)))
    after = set(dumped(graph_of(world)).splitlines())
    new = {line for line in after - before if b"/record/3" not in line.split(b" ")[0]}
    assert {line.split(b" ")[1] for line in new} <= {
        f"<{Term.EXACT_MATCH.value}>".encode(),
        b"<" + wq("position").value.encode() + b">",
    }


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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_projector_killed_among_reviews_leaves_a_replay_of_its_own_position(world: World, tmp_path: Path) -> None:
    chance = random.Random(5)
    for number in range(4):
        world.ingest(article(number), told(number)[1])
    taken: list[int] = []
    for _ in range(60):
        if taken and chance.random() < 0.3:
            taken.append(append(world, undo(chance.choice(taken))))
        else:
            decision = chance.choice(sorted(MEANT))
            taken.append(append(world, decided(decision, *(mention(n) for n in chance.sample(range(4), 2)))))
    between = reached = 0
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", PROJECTOR, str(tmp_path), str(chance.choice([1, 3]))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            goal = min(world.log.head() - 10, reached + chance.randint(1, 10))
            while int(process.stdout.readline() or goal) < goal:
                pass
            process.send_signal(signal.SIGKILL)
            process.stdout.read()
        with GraphStore.open(tmp_path / "graph", world.projector) as store:
            reached = store.position()
            assert dumped(store) == replayed(world, reached)
            between += 8 < reached < world.log.head()
    assert between, "no kill fell among the reviews"
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        assert dumped(store) == replayed(world)


def test_a_graph_with_reviews_and_undos_conforms_to_the_shapes(world: World, tmp_path: Path) -> None:
    for number in (0, 1):
        world.ingest(article(number), told(number)[1])
    for decision in MEANT:
        append(world, decided(decision, mention(0), mention(1)))
    append(world, undo(world.log.head()))
    (tmp_path / "graph.nq").write_bytes(replayed(world))
    report = validate(tmp_path / "graph.nq")
    assert report.conforms, report.results
