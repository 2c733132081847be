"""Moments: positions and record times, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.content import ContentStore
from graph.log import SqliteLog
from graph.projection import Projector
from graph.store import GraphStore
from graph.terms import Term, wq
from graph.travel.errors import BadMoment, BeyondTheHead
from graph.travel.moments import Moment, http_moment, moment_of
from tests.graph.articles import World, article, strike

START = datetime(2026, 3, 1, 23, 59, 58, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three articles, recorded 23:59:58, :58.000001, then :59.5, :59.500001 and the next day 00:00:01, :01.000001."""
    times: Iterator[datetime] = iter(
        [START, START + timedelta(seconds=1, microseconds=500_000), START + timedelta(seconds=3)]
    )
    log, content = SqliteLog(tmp_path / "log.sqlite", clock=lambda: next(times)), ContentStore(tmp_path / "content")
    world = World(log, content, Projector.of(log, content.get))
    for number in range(3):
        world.ingest(article(number), strike(article(number)))
    return world


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("0", 0),
        ("5", 5),
        (" 6 ", 6),
        ("2026-03-01T23:59:57.999999Z", 0),
        ("2026-03-01T23:59:58Z", 1),
        ("2026-03-01T23:59:58.000001Z", 2),
        ("2026-03-01T23:59:58.0000019Z", 2),
        ("2026-03-02T02:59:59.5+03:00", 3),
        ("2026-03-02T02:59:59.5 03:00", 3),
        ("2026-03-01 21:00:00-03:00", 4),
        ("2026-03-01t23:59:59.9z", 4),
        ("2026-03-01", 4),
        ("2026-02-28", 0),
        ("2026-03-02", 6),
        ("2031-01-01T00:00:00Z", 6),
    ],
)
def test_a_moment_is_a_position_or_a_record_time(world: World, text: str, position: int) -> None:
    assert moment_of(world.log, text).position == position


def test_a_moment_says_its_record_time(world: World) -> None:
    found = moment_of(world.log, "2026-03-01")
    assert found == Moment(4, "2026-03-01T23:59:59.500001Z")
    assert (str(found), found.http_date) == (
        "position 4, recorded 2026-03-01T23:59:59.500001Z",
        "Sun, 01 Mar 2026 23:59:59 GMT",
    )
    assert str(moment_of(world.log, "0")) == "position 0, before the first record"
    assert moment_of(world.log, "0").http_date is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "1.5",
        "yesterday",
        "2026-03",
        "2026-3-1",
        "2026-02-30",
        "2026-03-01T10:00",
        "2026-03-01T10:00:00",
        "2026-03-01T25:00:00Z",
        "2026-03-01T10:00:00+99:00",
        "0001-01-01T00:00:00+23:59",
        "٤",
        "5; DROP TABLE log",
        "x" * 5000,
    ],
)
def test_anything_else_is_refused_in_a_sentence(world: World, text: str) -> None:
    with pytest.raises(BadMoment, match="names no moment of the log: ") as caught:
        moment_of(world.log, text)
    assert len(str(caught.value)) < 250


def test_a_position_beyond_the_head_names_the_head(world: World) -> None:
    for text in ("7", "9" * 19):
        with pytest.raises(BeyondTheHead, match="is beyond the head of the log, which is at position 6"):
            moment_of(world.log, text)
    with pytest.raises(BadMoment):
        moment_of(world.log, "9" * 20)


@settings(max_examples=30)
@given(st.integers(0, 4 * 10**6))
def test_a_time_means_the_last_record_at_or_before_it(
    tmp_path_factory: pytest.TempPathFactory, microseconds: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    ticks = iter([START + timedelta(seconds=n) for n in range(3)])
    log = SqliteLog(folder / "log.sqlite", clock=lambda: next(ticks))
    world = World(log, ContentStore(folder / "content"), Projector.of(log, lambda _: None))
    for number in range(3):
        world.ingest(article(number))
    moment = START - timedelta(seconds=1) + timedelta(microseconds=microseconds)
    written = moment.isoformat()
    expected = [r.position for r in log.read() if datetime.fromisoformat(r.recorded) <= moment]
    assert moment_of(log, written).position == (expected[-1] if expected else 0)


def test_an_accept_datetime_means_the_end_of_its_second(world: World) -> None:
    assert http_moment(world.log, "Sun, 01 Mar 2026 23:59:57 GMT").position == 0
    assert http_moment(world.log, "Sun, 01 Mar 2026 23:59:58 GMT").position == 2
    assert http_moment(world.log, "Sun, 01 Mar 2026 23:59:59 GMT").position == 4
    for position in range(1, 7):
        shown = moment_of(world.log, str(position)).http_date
        assert shown is not None
        assert http_moment(world.log, shown).http_date == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01T00:00:00Z",
        "01 Mar 2026 23:59:57 GMT",
        "Sun, 01 Mar 2026 23:59:57",
        "Sun, 01 Mar 2026 23:59:57 +0300",
        "Sun, 31 Feb 2026 23:59:57 GMT",
        "Sun, 01 Mar 2026 24:59:57 GMT",
        "yesterday",
    ],
)
def test_an_accept_datetime_of_another_form_is_refused(world: World, text: str) -> None:
    with pytest.raises(BadMoment):
        http_moment(world.log, text)


def test_record_time_publication_time_and_event_time_never_stand_in_for_each_other(world: World) -> None:
    """The articles are of 2024-11-30, and so are their events; they were recorded in March 2026."""
    assert moment_of(world.log, "2024-11-30").position == 0, "neither publication nor event makes a moment"
    whole = GraphStore.in_memory(world.log, world.projector)
    recorded = {quad.object.value[:10] for quad in whole.quads(predicate=wq("recorded"))}
    published = {quad.object.value[:10] for quad in whole.quads(predicate=Term.DATE_PUBLISHED)}
    happened = {quad.object.value for quad in whole.quads(predicate=wq("earliest"))}
    assert (recorded, published, happened) == ({"2026-03-01", "2026-03-02"}, {"2024-11-30"}, {"2024-11-30"})


def test_neither_is_made_from_another_where_it_is_missing(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    one = article(0, published="2023-10-14")
    world.ingest(one, strike(one, date=None))
    other = article(1)
    undated = type(other)(text=other.text, language="ar", url="https://paper.example/undated")
    world.ingest(undated, strike(undated))
    graph = GraphStore.in_memory(world.log, world.projector)
    iris = world.projector.iris
    event = iris.event(strike(one, date=None).id)
    assert list(graph.quads(subject=event, predicate=wq("earliest"))) == []
    assert list(graph.quads(subject=event, predicate=wq("date"))) == []
    assert list(graph.quads(subject=iris.article(undated.id), predicate=Term.DATE_PUBLISHED)) == []
