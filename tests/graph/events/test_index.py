"""The event index gives what events made afresh give, at every position, whoever writes it and however that ends."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.erasing import ErasedAlready, erase, plan, restore
from graph.events import index
from graph.events.contract import Event, Events
from graph.events.index import EventIndex, EventsUnusable
from graph.events.tables import Tables
from graph.events.telling import Telling
from graph.fusion.clustering import Told
from graph.projection import Projector
from graph.store import rebuild, replayed
from ontology.records import sealed_contents
from tests.graph.articles import KEY, World, article
from tests.graph.curations import CURATION, follow_curation, retract
from tests.graph.events.afresh import EventsAfresh
from tests.graph.reviews import STEP, follow, told

ERASE = st.tuples(st.sampled_from(["erase", "erase with claims", "restore"]), st.integers(0, 3))
STEPS = st.lists(st.one_of(STEP, STEP, CURATION, CURATION, ERASE), max_size=14)


def telling(world: World) -> Telling:
    p = world.projector
    return Telling(p.articles, p.content, p.extracted, p.reviews, p.curations, p.erasures)


def opened(world: World, folder: Path | None = None) -> EventIndex:
    return EventIndex(world.log, telling(world), world.projector.mentioning, folder)


def everything(events: Events, head: int) -> Iterator[object]:
    for position in range(head + 1):
        yield list(events.at(position)), events.turn(position)


def do(world: World, step: tuple[object, ...]) -> None:
    """Do what a step says, erasing and giving back among them."""
    p = world.projector
    match step:
        case ("erase" | "erase with claims" as how, int(number)):
            if world.projector.articles(article(number).id) is not None:
                with contextlib.suppress(ErasedAlready):
                    doomed = plan(
                        world.log,
                        world.projector.content,
                        p.erasures,
                        [article(number).id],
                        basis="a law",
                        reason="asked",
                        with_claims=how.endswith("claims"),
                    )
                    erase(world.log, world.content, p.erasures, doomed, actor="mona")
        case ("restore", int(number)):
            one = article(number)
            contents = sealed_contents(one, KEY).items()
            restore(world.log, world.content, p.erasures, one.id, contents, reason="a slip", actor="mona")
        case ("curate", *_):
            follow_curation(world, step)
        case _:
            follow(world, [step], first=False)


@given(steps=STEPS, seed=st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_the_index_gives_what_is_made_afresh_at_any_position_asked_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]], seed: int
) -> None:
    folder, chance = tmp_path_factory.mktemp("w"), Random(seed)
    world = World.at(folder)
    world.ingest(article(0), told(0)[1])
    world.ingest(article(1), told(1)[1])
    found = [opened(world, folder / "events"), opened(world, folder / "events"), opened(world)]
    for step in steps:
        do(world, step)
        if chance.random() < 0.4:  # who asks now and then leaves its files behind, also for others
            list(chance.choice(found).at(chance.randint(0, world.log.head() + 1)))
    afresh = EventsAfresh(world.log, telling(world))
    positions = list(range(world.log.head() + 1))
    chance.shuffle(positions)
    claims = {m.claim for p in positions for event in afresh.at(p) for m in (*event.members, *event.denials)}
    for position in positions:
        events = chance.choice([*found, opened(world, folder / "events")])
        assert list(events.at(position)) == list(afresh.at(position)), position
        assert events.turn(position) == afresh.turn(position), position
        for claim in sorted(claims):
            assert events.of(claim, position) == afresh.of(claim, position)
    for _ in range(6):
        after, upto = sorted(chance.choices(positions, k=2))
        turn = chance.choice(found).between(after, upto)
        before, now = {*afresh.at(after)}, {*afresh.at(upto)}
        assert {*turn.ended} - {*turn.begun} == before - now, (after, upto)
        assert {*turn.begun} - {*turn.ended} == now - before, (after, upto)
        assert {*turn.ended} <= before
        assert {*turn.begun} <= now
        slow = Events.between(chance.choice(found), after, upto)
        assert ({*slow.ended} - {*slow.begun}, {*slow.begun} - {*slow.ended}) == (before - now, now - before)
    for claim in sorted(claims):
        upto = chance.choice(positions)
        assert list(chance.choice(found).turns(claim, upto)) == list(afresh.turns(claim, upto))
        assert chance.choice(found).last(claim, upto) == afresh.last(claim, upto)
        standing = {member.claim: event.id for event in afresh.at(upto) for member in event.members}
        on = chance.choice(found).went_on(claim, upto)
        assert on == ((standing[claim],) if claim in standing else on)
        assert {*on} <= {*standing.values()}
    if world.log.head() > 0:
        assert len(list((folder / "events").glob("*.sqlite"))) <= 1


@given(order=st.permutations(range(4)))
@settings(max_examples=10, deadline=None)
def test_the_same_articles_give_the_same_events_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    def of(numbers: list[int]) -> list[Event]:
        world = World.at(tmp_path_factory.mktemp("w"))
        for number in numbers:
            world.ingest(article(number), told(number)[1])
        return list(opened(world).at(world.log.head()))

    assert of(order) == of([0, 1, 2, 3])


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.at(tmp_path)
    for number in range(4):
        world.ingest(article(number), told(number)[1])
    retract(world, 1)
    return world


def afresh(world: World) -> list[object]:
    return list(everything(EventsAfresh(world.log, telling(world)), world.log.head()))


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_more_records_than_a_transaction_holds_are_all_taken_in(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """As the projection reads the log: in the present schemas, for which records of old ones are read too."""
    monkeypatch.setattr(index, "_BATCH", batch)
    found = Projector.of(world.log, world.content.get, events=tmp_path / "events").events
    assert list(found.at(world.log.head()))
    assert list(everything(found, world.log.head())) == afresh(world)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a child that dies at a given step needs fork")
@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_who_is_killed_while_writing_leaves_what_others_go_on_from(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(index, "_BATCH", 2)
    pid = os.fork()
    if pid == 0:  # pragma: no cover - it dies
        replace, calls = Tables.replace, 0

        def dying(self: Tables, *events: object) -> None:
            nonlocal calls
            calls += 1
            replace(self, *events)  # type: ignore[arg-type]
            if calls == step:
                os._exit(9)

        monkeypatch.setattr(Tables, "replace", dying)
        list(opened(world, tmp_path / "events").at(world.log.head()))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert list(everything(opened(world, tmp_path / "events"), world.log.head())) == afresh(world)


def test_a_damaged_file_is_made_again(world: World, tmp_path: Path) -> None:
    events = opened(world, tmp_path / "events")
    list(events.at(world.log.head()))
    events.close()
    (file,) = (tmp_path / "events").glob("*.sqlite")
    file.write_bytes(file.read_bytes()[:4096] + b"\1" * 40_000)
    assert list(everything(opened(world, tmp_path / "events"), world.log.head())) == afresh(world)


def test_a_rebuild_and_its_check_do_not_trust_the_index_and_mend_it(world: World, tmp_path: Path) -> None:
    """A file that is sound for the database, and says something else than the log."""
    graph, folder = tmp_path / "graph", tmp_path / "events"

    def projector() -> Projector:
        return Projector.of(world.log, world.content.get, events=folder)

    head = world.log.head()
    rebuild(graph, world.log, projector())
    sound = replayed(graph, world.log, projector(), head)
    (file,) = folder.glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute("UPDATE events SET until = 2 WHERE until IS NULL").rowcount
    damaged = projector()
    assert list(damaged.events.at(head)) == []
    assert replayed(graph, world.log, damaged, head) == sound
    assert list(everything(damaged.events, head)) == afresh(world)
    (folder / "anew-killed").mkdir()
    rebuild(graph, world.log, damaged)
    assert [path.name for path in folder.iterdir() if path.suffix not in (".sqlite-wal", ".sqlite-shm")] == [file.name]


def test_damage_that_comes_to_light_half_way_is_named_and_made_again(world: World, tmp_path: Path) -> None:
    events = opened(world, tmp_path / "events")
    half = events.at(world.log.head())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Tables, "told", _damaged)
        with pytest.raises(EventsUnusable, match="may be deleted"):
            list(half)
    assert list(everything(events, world.log.head())) == afresh(world)


def _damaged(tables: Tables, number: int) -> Told:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    raise error


def test_the_index_of_another_log_is_made_again(world: World, tmp_path: Path) -> None:
    list(opened(world, tmp_path / "events").at(world.log.head()))
    other = World.at(tmp_path / "other")
    other.ingest(article(7), told(7)[1])
    assert list(everything(opened(other, tmp_path / "events"), 2)) == afresh(other)


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_is_read_and_the_rest_made_in_memory(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    events = opened(world, folder)
    list(events.at(4))
    events.close()
    folder.chmod(0o500)
    try:
        assert list(everything(opened(world, folder), world.log.head())) == afresh(world)
    finally:
        folder.chmod(0o700)


def test_a_folder_that_is_none_is_named(world: World, tmp_path: Path) -> None:
    (tmp_path / "events").write_text("a file")
    with pytest.raises(EventsUnusable, match="events"):
        list(opened(world, tmp_path / "events").at(2))


def test_no_word_is_in_the_file(world: World, tmp_path: Path) -> None:
    events = opened(world, tmp_path / "events")
    list(events.at(world.log.head()))
    for path in (tmp_path / "events").iterdir():
        data = path.read_bytes()
        assert not any(word.encode() in data for word in ("النخيل", "نخيل", "صحيفه", "صحيفة"))
