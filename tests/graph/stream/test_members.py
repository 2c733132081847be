"""The members of the stream: folded up to any position, they are the graph at that position."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from graph.erasing import ErasureRefused, erase, plan, restore
from graph.iris import Iris
from graph.log import Record
from graph.stream.members import CREATE, DELETE, UPDATE, Member, Members, Part
from ontology.model import Modality
from ontology.records import sealed_contents
from ontology.reviews import Decision
from tests.graph.articles import KEY, World, article, strike
from tests.graph.reviews import append, decided, ingest_again, mention, told, undo
from tests.graph.stream.folding import folded, lines
from tests.graph.test_reviews import STEPS, follow, replayed


def written(members: list[Member], iris: Iris) -> str:
    text = ""
    for member in members:
        node = NamedNode(f"https://view.example/{member.path()}")
        text += f"<https://view.example/> <https://w3id.org/tree#member> {node} .\n{member.text(node, iris)}"
    return text


def members_of(world: World) -> list[Member]:
    made = Members(world.log, world.projector)
    return [member for record in world.log.read() for member in made.of(record)]


def at(world: World, position: int) -> list[Member]:
    return [member for member in members_of(world) if member.position == position]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


@settings(max_examples=40)
@given(steps=STEPS)
def test_folding_after_any_ingests_reviews_and_undos_gives_the_graph_at_every_position(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    follow(world, steps)
    stream = lines(written(members_of(world), world.projector.iris))
    for position in range(1, world.log.head() + 1):
        assert folded(stream, position) == replayed(world, position), position


ERASED = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=25)
@given(steps=STEPS, erasures=ERASED, more=STEPS)
def test_folding_after_any_erasures_gives_the_graph_at_every_position(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[object, ...]],
    erasures: list[tuple[int, bool, bool]],
    more: list[tuple[object, ...]],
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    follow(world, steps)
    before = members_of(world)
    for number, with_claims, back in erasures:
        erased(world, number, with_claims=with_claims)
        if back:
            given_back(world, number)
    follow(world, [step for step in more if step[0] != "ingest"], first=False)
    after = members_of(world)
    stream = lines(written(after, world.projector.iris))
    for position in range(1, world.log.head() + 1):
        assert folded(stream, position) == replayed(world, position), position
    # Who took the members of before, and goes on with those of the records since, has the graph too.
    since = [member for member in after if member.position > (before[-1].position if before else 0)]
    assert folded(lines(written([*before, *since], world.projector.iris))) == replayed(world)


def erased(world: World, number: int, *, with_claims: bool = False) -> None:
    with contextlib.suppress(ErasureRefused):
        doomed = plan(
            world.log,
            world.projector.content,
            world.projector.erasures,
            [article(number).id],
            basis="a law",
            reason="a request",
            with_claims=with_claims,
        )
        erase(world.log, world.content, world.projector.erasures, doomed, actor="test")


def given_back(world: World, number: int) -> None:
    one = article(number)
    contents = sealed_contents(one, KEY).items()
    restore(world.log, world.content, world.projector.erasures, one.id, contents, reason="a ruling", actor="test")


def test_erased_words_are_in_no_member_of_before_and_the_erasure_says_all_of_the_article_again(world: World) -> None:
    claim = told(0)[1]
    world.ingest(article(0), claim)
    words = "غارة جوية شنّها الطيران"
    assert words in written(members_of(world), Iris())
    erased(world, 0)
    assert words not in written(members_of(world), Iris())
    changed = {(member.part.record, member.part.name, member.change) for member in at(world, 3)}
    assert changed >= {(1, "record", UPDATE), (2, "record", UPDATE), (2, claim.id, UPDATE), (3, "record", CREATE)}
    erased(world, 0, with_claims=True)
    changed = {(member.part.record, member.part.name, member.change) for member in at(world, 4)}
    assert changed >= {(2, "record", UPDATE), (2, claim.id, DELETE), (2, f"{claim.id}/said", DELETE)}


def test_what_two_records_say_stays_until_none_of_them_says_it(world: World) -> None:
    claim = told(0)[1]
    world.ingest(article(0), claim)
    ingest_again(world, 0, claim)
    append(world, decided(Decision.CHOOSE, mention(0)))
    changed = [member for member in at(world, 4) if member.change == UPDATE]
    assert {member.part.record for member in changed} >= {2, 3}
    assert folded(lines(written(members_of(world), world.projector.iris))) == replayed(world)


def test_a_claim_is_in_the_stream_in_its_own_graph_and_in_the_default_graph(world: World) -> None:
    one = article()
    denied = strike(one, Modality.DENIED)
    world.ingest(one, denied)
    targets = {member.part.name: member.part.target for member in at(world, 2)}
    assert targets == {
        "record": "",
        denied.id: "",
        f"{denied.id}/said": str(world.projector.iris.claim(denied.id)),
        "log": str(world.projector.iris.log()),
    }
    assert {member.change for member in at(world, 2) if member.part.record} == {CREATE}


def test_a_review_updates_the_claims_that_it_decides_and_no_other(world: World) -> None:
    for number in (0, 1):
        world.ingest(article(number), told(number)[1])
    append(world, decided(Decision.CHOOSE, mention(0)))
    changed = {(member.part.record, member.part.name) for member in at(world, 5) if member.change == UPDATE}
    claim = told(0)[1].id
    parts = {(2, claim), (2, f"{claim}/said"), (0, f"event/{claim}")}
    assert parts <= changed <= {*parts, (2, "record"), (0, "log")}


def test_undoing_updates_the_review_that_is_undone(world: World) -> None:
    world.ingest(article(0), told(0)[1])
    append(world, decided(Decision.ACCEPT, mention(0)))
    append(world, undo(3))
    changed = {(member.part.record, member.change) for member in at(world, 4)}
    assert {(3, UPDATE), (4, CREATE)} <= changed


def test_members_of_a_record_need_no_other_records_than_those_it_changes(world: World) -> None:
    world.fill(20)
    asked: list[tuple[int, int | None]] = []
    read = world.log.read

    def counted(after: int = 0, upto: int | None = None, **more: object) -> object:
        asked.append((after, upto))
        return read(after, upto, **more)  # type: ignore[arg-type]

    records: list[Record] = list(world.log.read(after=30, upto=34))
    made = Members(world.log, world.projector)
    for record in records:
        world.projector.events.turn(record.position)  # events keep what they once read
    world.log.read = counted  # type: ignore[method-assign,assignment]
    streams = [member for record in records for member in made.of(record)]
    assert streams
    assert asked == []


def test_a_deletion_holds_nothing() -> None:
    member = Member(7, "2024-11-30T10:00:00.000000Z", Part(3, "c-0a"), DELETE, ())
    text = written([member], Iris())
    assert {graph for *_, graph in lines(text)} == {None}
    assert folded(lines(text)) == b""
