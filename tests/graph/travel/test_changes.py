"""Differences and histories: exactly what changed, each with the record that caused it."""

import io
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from graph.store import GraphStore, Reader
from graph.terms import wq
from graph.travel.changes import Difference, difference, history, patch
from graph.travel.errors import BeyondTheHead, TooManyRecords
from graph.travel.past import Past
from graph.travel.touching import is_about, touching
from ontology.model import Modality
from ontology.reviews import Decision
from tests.graph.articles import World, article, random_claims, strike
from tests.graph.reviews import MACHINE, OTHER, append, decided, ingest_again, mention, told, undo


def random_world(folder: Path, seed: int, steps: int) -> World:
    """A world of articles, of reviews, of undos, and of runs that find a claim again."""
    chance = random.Random(seed)
    world = World.at(folder)
    reviewed: list[int] = []
    articles = 0
    for _ in range(steps):
        choice = chance.random()
        if articles == 0 or choice < 0.45:
            one = article(articles)
            extra = random_claims(one, chance) if chance.random() < 0.3 else ()
            world.ingest(one, told(articles)[1], *extra)
            articles += 1
        elif choice < 0.7:
            decision = chance.choice([d for d in Decision if d is not Decision.UNDO])
            mentions = {mention(chance.randrange(articles), chance.choice((1, 2))) for _ in range(chance.randint(1, 2))}
            reviewed.append(append(world, decided(decision, *sorted(mentions, key=str))))
        elif choice < 0.9 and reviewed:
            reviewed.append(append(world, undo(chance.choice(reviewed))))
        else:
            number = chance.randrange(articles)
            ingest_again(world, number, told(number)[1])
    return world


def at(world: World, position: int) -> GraphStore:
    return GraphStore.in_memory(world.log, world.projector, upto=position)


def lines(reader: Reader) -> list[str]:
    out = io.BytesIO()
    reader.dump(out)
    return out.getvalue().decode().splitlines()


def between(world: World, past: Past, start: int, end: int, about: str | None = None) -> Difference:
    return difference(past, world.log, world.projector, start, end, about=about)


def past_of(world: World, folder: Path) -> Past:
    return Past(folder / "past", world.log, world.projector)


def patched(before: list[str], commands: list[str]) -> list[str]:
    assert (commands[0], commands[-1]) == ("TX .", "TC .")
    found = set(before)
    for command in commands[1:-1]:
        if command.startswith("D "):
            found.remove(command[2:])
        else:
            assert command[2:] not in found
            found.add(command.removeprefix("A "))
    return sorted(found)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), places=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=4))
def test_a_difference_makes_one_graph_of_the_other(
    tmp_path_factory: pytest.TempPathFactory, seed: int, places: list[tuple[float, float]]
) -> None:
    folder = tmp_path_factory.mktemp("world")
    world = random_world(folder, seed, 10)
    past, head = past_of(world, folder), world.log.head()
    held = held_at(world)
    for one, other in places:
        start, end = round(one * head), round(other * head)
        found = between(world, past, start, end)
        assert patched(lines(at(world, start)), list(patch(found, world.projector))) == lines(at(world, end))
        for changed in (*found.added, *found.removed):
            position = changed.cause.position
            assert (changed.quad in held[position]) is not (changed.quad in held[position - 1]), "its cause changed it"


def held_at(world: World) -> list[set[Quad]]:
    """What the graph holds at each position from 0."""
    return [set(at(world, position).quads()) for position in range(world.log.head() + 1)]


def scanned(held: list[set[Quad]], iri: str) -> list[tuple[int, set[Quad], set[Quad]]]:
    """The history by way of what the graph holds after each record."""
    about = [{quad for quad in quads if is_about(quad, iri)} for quads in held]
    pairs = enumerate(pairwise(about), start=1)
    return [(position, now - before, before - now) for position, (before, now) in pairs if now != before]


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_history_of_anything_is_that_of_a_scan_of_the_whole_log(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("world")
    world = random_world(folder, seed, 8)
    head, held = world.log.head(), held_at(world)
    reader = at(world, head)
    named = {quad.subject.value for quad in reader.quads() if isinstance(quad.subject, NamedNode)}
    things = sorted({match[0] for iri in named if (match := re.match(r".*/id/[a-z]+/[^/]+", iri))})
    chance = random.Random(seed)
    by_kind: dict[str, list[str]] = {}
    for thing in things:
        by_kind.setdefault(thing.split("/id/")[1].split("/")[0], []).append(thing)
    for _, members in sorted(by_kind.items()):
        for iri in chance.sample(members, min(2, len(members))):
            steps = [
                (step.cause.position, set(step.added), set(step.removed))
                for step in history(reader, world.log, world.projector, iri)
            ]
            assert steps == scanned(held, iri), iri
            middle = head // 2
            then = history(at(world, middle), world.log, world.projector, iri)
            assert [step.cause.position for step in then] == [step[0] for step in steps if step[0] <= middle], iri


def test_the_history_of_a_claim_names_who_changed_it_and_why(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    world.ingest(article(0), told(0)[1])
    world.ingest(article(1), told(1)[1])
    review = append(world, decided(Decision.CHOOSE, mention(0)))
    world.ingest(article(2), strike(article(2), Modality.DENIED))
    taken_back = append(world, undo(review))
    claim = world.projector.iris.claim(told(0)[1].id)
    steps = list(history(at(world, world.log.head()), world.log, world.projector, claim.value))
    assert [(step.cause.position, step.cause.type, step.cause.actor, step.cause.reason) for step in steps] == [
        (2, "ClaimsExtracted", "test", None),
        (review, "LinkReviewed", "reviewer", "seen on the map"),
        (taken_back, "LinkReviewed", "reviewer", "a slip"),
    ]
    iris = world.projector.iris
    location = iris.location(told(0)[1].id, 2)
    machine = Quad(location, wq("ofPlace"), iris.place(MACHINE.id), claim)
    person = Quad(location, wq("ofPlace"), iris.place(OTHER.id), claim)
    assert machine in steps[0].added
    assert machine in steps[1].removed
    assert person in steps[1].added
    assert machine in steps[2].added
    assert person in steps[2].removed
    event = iris.event(told(0)[1].id)
    assert [
        step.cause.position for step in history(at(world, world.log.head()), world.log, world.projector, event.value)
    ] == [2, 4, review, taken_back - 1, taken_back]  # the second article tells of it too, the third denies it


def test_a_history_reads_only_the_records_that_touch_the_thing(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    for number in range(6):
        world.ingest(article(number), told(number)[1])
    review = append(world, decided(Decision.CHOOSE, mention(3)))
    reader = at(world, world.log.head())
    iris = world.projector.iris
    # The articles behind it tell of its event too.
    assert touching(reader, iris.claim(told(3)[1].id).value) == [8, 10, 12, review]
    assert touching(reader, iris.article(article(3).id).value) == [7]
    assert touching(reader, iris.record(5).value) == [5]
    assert touching(reader, iris.place(OTHER.id).value) == [8, review]
    assert touching(reader, iris.claim("c-none").value) == []
    assert touching(reader, "https://elsewhere.example/x") == []
    assert len(touching(reader, iris.place(MACHINE.id).value)) == 7


def test_a_difference_about_one_thing_has_nothing_of_others(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    world.ingest(article(0), told(0)[1])
    start = world.log.head()
    review = append(world, decided(Decision.CHOOSE, mention(0)))
    world.ingest(article(1), told(1)[1])
    past = past_of(world, tmp_path)
    event = world.projector.iris.event(told(0)[1].id).value
    found = between(world, past, start, world.log.head(), event)
    whole = between(world, past, start, world.log.head())
    assert {changed.quad for changed in found.added} == {c.quad for c in whole.added if is_about(c.quad, event)}
    assert {changed.quad for changed in found.removed} == {c.quad for c in whole.removed if is_about(c.quad, event)}
    assert found.removed
    assert {changed.cause.position for changed in (*found.added, *found.removed)} == {review, world.log.head()}
    back = between(world, past, world.log.head(), start, event)
    assert (back.added, back.removed) == (found.removed, found.added)
    assert (back.start, back.end) == (found.end, found.start)


def test_what_came_and_went_in_between_is_no_difference(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    world.ingest(article(0), told(0)[1])
    review = append(world, decided(Decision.CHOOSE, mention(0)))
    append(world, undo(review))
    past = past_of(world, tmp_path)
    event = world.projector.iris.event(told(0)[1].id).value
    found = between(world, past, 2, 4, event)
    assert (found.added, found.removed) == ((), ())


def test_limits_and_positions_that_are_not_there(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    world.fill(3)
    past = past_of(world, tmp_path)
    with pytest.raises(BeyondTheHead, match="position 7 is beyond the head of the log, which is at position 6"):
        between(world, past, 1, 7)
    with pytest.raises(TooManyRecords, match="reads 6 records, and at most 5"):
        difference(past, world.log, world.projector, 0, 6, limit=5)
    place = next(iter(past.at(6).quads(predicate=wq("recordType"), object_=Literal("ArticleIngested")))).subject
    assert isinstance(place, NamedNode)
    with pytest.raises(TooManyRecords, match="the history of http"):
        history(past.at(6), world.log, world.projector, place.value, limit=0)
