"""Log, projection and time travel together: as of any position the graph is the replay to it, in any order of acts."""

import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from graph.store import GraphStore
from graph.travel.changes import difference, history
from graph.travel.past import Past
from graph.travel.snapshots import Policy
from graph.travel.touching import is_about
from ontology.reviews import Decision
from tests.graph.articles import World, article, random_claims
from tests.graph.curations import CURATION, follow_curation
from tests.graph.reviews import append, decided, ingest_again, mention, told, undo

DECISIONS = sorted({*Decision} - {Decision.UNDO})


class Travel(RuleBasedStateMachine):
    """A log that is written to, a graph that follows it when it likes, and questions about the past in between."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="waqai-travel-"))
        self.world = World.at(self.folder)
        self.articles = 0
        self.reviewed: list[int] = []
        self.policy = Policy(every_records=3, recent=2, daily=1, monthly=1, cached=3)
        self.replays: dict[int, object] = {}
        self._open()

    def _open(self) -> None:
        world = self.world
        self.store = GraphStore.open(self.folder / "graph", world.projector)
        self.past = Past(self.folder / "past", world.log, world.projector, self.policy, live=lambda: self.store)

    def teardown(self) -> None:
        self.past.close()
        self.store.close()
        self.world.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def replay(self, position: int) -> object:
        if position not in self.replays:
            store = GraphStore.in_memory(self.world.log, self.world.projector, upto=position)
            self.replays[position] = store.fingerprint()
        return self.replays[position]

    @initialize()
    def first(self) -> None:
        self.ingest(seed=0)

    @rule(seed=st.integers(0, 1000))
    def ingest(self, seed: int) -> None:
        one = article(self.articles)
        chance = random.Random(seed)
        self.world.ingest(one, told(self.articles)[1], *(random_claims(one, chance) if seed % 3 == 0 else ()))
        self.articles += 1

    @rule(number=st.integers(0, 99), place=st.integers(1, 2), decision=st.sampled_from(DECISIONS))
    def review(self, number: int, place: int, decision: Decision) -> None:
        self.reviewed.append(append(self.world, decided(decision, mention(number % self.articles, place))))

    @precondition(lambda self: self.reviewed)
    @rule(which=st.integers(0, 99))
    def take_back(self, which: int) -> None:
        self.reviewed.append(append(self.world, undo(self.reviewed[which % len(self.reviewed)])))

    @rule(step=CURATION)
    def curate(self, step: tuple[object, ...]) -> None:
        follow_curation(self.world, step)

    @rule(number=st.integers(0, 99))
    def extract_again(self, number: int) -> None:
        number %= self.articles
        ingest_again(self.world, number, told(number)[1])

    @rule(count=st.integers(1, 5))
    def follow(self, count: int) -> None:
        self.store.apply(self.world.log.read(after=self.store.position(), limit=count))
        self.past.keep(self.store)

    @rule()
    def snapshot(self) -> None:
        if self.store.position():
            self.past.snapshot(self.store)

    @rule()
    def thin(self) -> None:
        self.past.snapshots.thin(self.past.made(), self.policy)

    @rule(torn=st.booleans(), removed=st.booleans())
    def reopen(self, torn: bool, removed: bool) -> None:
        """End and begin again; a killed process may have left half a snapshot, and somebody may remove them all."""
        self.past.close()
        self.store.close()
        if removed:
            shutil.rmtree(self.folder / "past", ignore_errors=True)
        if torn:
            half = self.folder / "past" / ".new-0123"
            shutil.rmtree(half, ignore_errors=True)
            (half / "quads").mkdir(parents=True)
        self._open()

    @rule(part=st.floats(0, 1))
    def ask(self, part: float) -> None:
        position = round(part * self.world.log.head())
        assert self.past.at(position).position() == position
        assert self.past.fingerprint(position) == self.replay(position)

    @rule(one=st.floats(0, 1), other=st.floats(0, 1), number=st.integers(0, 99))
    def compare(self, one: float, other: float, number: int) -> None:
        world, head = self.world, self.world.log.head()
        start, end = sorted((round(one * head), round(other * head)))
        claim = world.projector.iris.claim(told(number % self.articles)[1].id).value
        found = difference(self.past, world.log, world.projector, start, end, about=claim)
        then, now = (
            {quad for quad in self.past.at(position).quads() if is_about(quad, claim)} for position in (start, end)
        )
        assert {changed.quad for changed in found.added} == now - then
        assert {changed.quad for changed in found.removed} == then - now
        added_up = set()
        for step in history(self.past.at(end), world.log, world.projector, claim):
            assert step.cause.position <= end
            added_up = (added_up - set(step.removed)) | set(step.added)
        assert added_up == now

    @invariant()
    def the_graph_that_is_followed_is_where_it_says(self) -> None:
        assert self.store.position() <= self.world.log.head()


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Travel,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_as_of_equals_a_replay_in_any_order_of_acts() -> None:
    run(examples=6, steps=14)


@pytest.mark.slow
def test_as_of_equals_a_replay_in_many_orders_of_acts() -> None:
    run(examples=60, steps=40)
