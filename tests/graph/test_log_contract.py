"""The contract of the log: one suite for every backend."""

import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.log import (
    Appended,
    BatchTooLarge,
    EventLog,
    KeyConflict,
    Limits,
    NewRecord,
    RecordTooLarge,
    VersionConflict,
)
from ontology.identity import NotCanonical, canonical_json
from tests.graph.backends import Backend

Open = Callable[..., EventLog]


def record(number: int = 0, **more: object) -> NewRecord:
    return NewRecord("Tested", 1, {"number": number, "words": "كلمة", **more})


@pytest.fixture
def open_log(backend: Backend) -> Open:
    return backend.open


def test_an_empty_log_has_head_zero(log: EventLog) -> None:
    assert log.head() == 0
    assert list(log.read()) == []
    assert log.at_time(datetime.now(UTC)) == 0
    assert log.find_key("k") is None
    assert log.verify() == 0


def test_positions_are_dense_and_versions_count_by_stream(log: EventLog) -> None:
    assert log.append("a", [record(1), record(2)], actor="x") == Appended(1, 2)
    assert log.append("b", [record(3)], actor="x") == Appended(3, 3)
    assert log.append("a", [record(4)], actor="x") == Appended(4, 4)
    assert [(r.position, r.stream, r.version) for r in log.read()] == [
        (1, "a", 1),
        (2, "a", 2),
        (3, "b", 1),
        (4, "a", 3),
    ]
    assert [r.position for r in log.read_stream("a")] == [1, 2, 4]
    assert [r.position for r in log.read_stream("a", after=2)] == [4]
    assert log.verify() == 4


def test_read_takes_bounds_types_and_limit(log: EventLog) -> None:
    for number in range(600):
        log.append("a" if number % 2 else "b", [NewRecord("Odd" if number % 2 else "Even", 1, {})], actor="x")
    assert [r.position for r in log.read(after=595, upto=598)] == [596, 597, 598]
    assert [r.position for r in log.read(after=0, types=["Odd"], limit=3)] == [2, 4, 6]
    assert len(list(log.read(types=["Odd", "Even"]))) == 600
    assert len(list(log.read(limit=300))) == 300
    assert list(log.read(limit=0)) == []
    assert len(list(log.read_stream("a"))) == 300


def test_bodies_are_those_of_the_records(log: EventLog) -> None:
    assert list(log.bodies()) == []
    for number in range(300):
        log.append("s", [NewRecord("T", 1, {"n": number})], actor="x")
    bodies = [(record.position, record.body) for record in log.read()]
    assert list(log.bodies()) == bodies
    assert list(log.bodies(after=254, upto=258)) == bodies[254:258]
    assert list(log.bodies(after=300)) == list(log.bodies(after=5, upto=5)) == []
    assert all(isinstance(body, bytes) for _, body in log.bodies())


def test_a_read_does_not_see_what_is_appended_meanwhile(log: EventLog) -> None:
    log.append("a", [record(1), record(2)], actor="x")
    seen = []
    for entry in log.read():
        log.append("a", [record(3)], actor="x")
        seen.append(entry.position)
    assert seen == [1, 2]


def test_the_body_is_the_canonical_json_of_the_record(log: EventLog) -> None:
    log.append("a", [NewRecord("T", 2, {"b": [1, None, True], "a": 'ع"\\\n\u0001'}, cause=None)], actor="أنا", key="ك")
    log.append("a", [NewRecord("T", 2, {}, cause=1)], actor="x")
    for entry in log.read():
        data = orjson.loads(entry.body)
        assert entry.body == canonical_json(data) == rfc8785.dumps(data)
        assert data == {
            "v": 1,
            "position": entry.position,
            "stream": "a",
            "version": entry.version,
            "type": "T",
            "schema": 2,
            "recorded": entry.recorded,
            "actor": entry.actor,
            "cause": entry.cause,
            "key": entry.key,
            "payload": entry.payload,
        }
    assert [entry.cause for entry in log.read()] == [None, 1]


def test_record_time_is_microseconds_in_utc_and_grows_when_the_clock_goes_back(open_log: Open) -> None:
    start = datetime(2024, 11, 30, 12, tzinfo=UTC)
    times = iter([start, start - timedelta(days=400), start, start + timedelta(seconds=1)])
    log = open_log(clock=lambda: next(times))
    for _ in range(4):
        log.append("a", [record(), record()], actor="x")
    recorded = [entry.recorded for entry in log.read()]
    assert recorded[:3] == ["2024-11-30T12:00:00.000000Z", "2024-11-30T12:00:00.000001Z", "2024-11-30T12:00:00.000002Z"]
    assert recorded[6] == "2024-11-30T12:00:01.000000Z"
    assert recorded == sorted(set(recorded))
    assert log.verify() == 8


def test_at_time_is_the_last_position_at_or_before_a_moment(open_log: Open) -> None:
    start = datetime(2024, 11, 30, tzinfo=UTC)
    times = iter([start, start + timedelta(hours=1)])
    log = open_log(clock=lambda: next(times))
    log.append("a", [record()], actor="x")
    log.append("a", [record()], actor="x")
    assert log.at_time(start - timedelta(microseconds=1)) == 0
    assert log.at_time(start) == 1
    assert log.at_time(start + timedelta(minutes=59)) == 1
    assert log.at_time(datetime(2024, 11, 30, 4, tzinfo=UTC).astimezone()) == 2
    with pytest.raises(ValueError, match="time zone"):
        log.at_time(datetime(2024, 11, 30))


def test_expected_is_the_version_that_the_stream_must_have(log: EventLog) -> None:
    log.append("a", [record()], actor="x", expected=0)
    log.append("a", [record()], actor="x", expected=1)
    with pytest.raises(VersionConflict) as caught:
        log.append("a", [record()], actor="x", expected=1)
    assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("a", 1, 2)
    assert log.head() == 2


def test_the_same_key_and_content_replays_the_first_append(log: EventLog) -> None:
    first = log.append("a", [record(1), record(2)], actor="x", key="k", expected=0)
    log.append("a", [record(3)], actor="x")
    again = log.append("a", [record(1), record(2)], actor="somebody else", key="k", expected=0)
    assert (again.first, again.last, again.replayed) == (first.first, first.last, True)
    assert log.find_key("k") == again
    assert log.head() == 3


@pytest.mark.parametrize(
    ("stream", "records", "difference"),
    [
        ("b", [record(1)], "stream"),
        ("a", [record(1), record(1)], "1 records there, 2 here"),
        ("a", [NewRecord("Other", 1, record(1).payload)], "type"),
        ("a", [NewRecord("Tested", 2, record(1).payload)], "schema"),
        ("a", [record(2)], "number"),
        ("a", [record(1, extra=None)], "extra"),
    ],
)
def test_the_same_key_with_other_content_is_a_conflict_that_names_it(
    log: EventLog, stream: str, records: list[NewRecord], difference: str
) -> None:
    log.append("a", [record(1)], actor="x", key="k")
    with pytest.raises(KeyConflict, match=difference) as caught:
        log.append(stream, records, actor="x", key="k")
    assert (caught.value.key, caught.value.first) == ("k", 1)
    assert log.head() == 1


def test_a_batch_with_a_bad_payload_appends_nothing(log: EventLog) -> None:
    for bad in ({"x": 1.5}, {"x": 2**53}, {"مفتاح": 1}, {"x": "\ud800"}):
        with pytest.raises(NotCanonical):
            log.append("a", [record(), NewRecord("T", 1, bad)], actor="x")
    assert log.head() == 0


@pytest.mark.parametrize(
    ("stream", "actor", "key", "count"),
    [
        *[("", "x", None, 1), ("a", "", None, 1), ("a", "x", "", 1), ("a", "x", None, 0)],
        *[("a\0", "x", None, 1), ("a", "x\0", None, 1), ("a", "x", "\0", 1)],
        *[("ع" * 513, "x", None, 1), ("a", "x" * 1025, None, 1), ("a", "x", "k" * 1025, 1)],
    ],
)
def test_names_that_are_empty_overlong_or_hold_a_nul_are_refused_and_so_are_empty_batches(
    log: EventLog, stream: str, actor: str, key: str | None, count: int
) -> None:
    with pytest.raises(ValueError):
        log.append(stream, [record()] * count, actor=actor, key=key)
    assert log.head() == 0


def test_names_of_the_greatest_length_are_kept(log: EventLog) -> None:
    name = "ع" * 512
    log.append(name, [NewRecord(name, 1, {})], actor=name, key=name)
    (entry,) = log.read_stream(name)
    assert (entry.stream, entry.type, entry.actor, entry.key) == (name,) * 4
    assert log.find_key(name) is not None


def test_a_cause_must_be_an_earlier_position(log: EventLog) -> None:
    with pytest.raises(ValueError, match="cause"):
        log.append("a", [NewRecord("T", 1, {}, cause=1)], actor="x")
    assert log.head() == 0


def test_sizes_are_bounded(open_log: Open) -> None:
    log = open_log(limits=Limits(record_bytes=1000, batch_bytes=2500, batch_records=5))
    with pytest.raises(RecordTooLarge) as caught:
        log.append("a", [record(words="x" * 1000)], actor="x")
    assert (caught.value.type, caught.value.limit) == ("Tested", 1000)
    with pytest.raises(RecordTooLarge):
        log.append("a", [record(words="x" * 900)], actor="x" * 90)  # the payload fits, the whole body does not
    with pytest.raises(BatchTooLarge, match="records"):
        log.append("a", [record()] * 6, actor="x")
    with pytest.raises(BatchTooLarge, match="bytes"):
        log.append("a", [record(words="x" * 600)] * 4, actor="x")
    assert log.head() == 0


def test_a_big_batch_is_one_append(log: EventLog) -> None:
    assert log.append("a", [record(n, words="خبر" * 50) for n in range(10_000)], actor="x", key="k") == Appended(
        1, 10_000
    )
    assert log.append("a", [record(n, words="خبر" * 50) for n in range(10_000)], actor="x", key="k").replayed
    assert log.verify() == 10_000


def test_wait_returns_at_once_when_there_is_news_and_at_the_timeout_when_not(log: EventLog) -> None:
    assert log.wait(0, timeout=0.01) == 0
    thread = threading.Timer(0.1, lambda: log.append("a", [record()], actor="x"))
    thread.start()
    assert log.wait(0, timeout=30) == 1
    thread.join()


def test_what_was_appended_is_there_after_reopening(open_log: Open) -> None:
    first = open_log()
    first.append("a", [record(1)], actor="x", key="k")
    bodies = [entry.body for entry in first.read()]
    second = open_log()
    assert [entry.body for entry in second.read()] == bodies
    assert second.append("a", [record(2)], actor="x") == Appended(2, 2)
    assert [entry.position for entry in first.read()] == [1, 2]


def test_threads_append_without_gaps(log: EventLog) -> None:
    def work(name: str) -> None:
        for number in range(25):
            log.append(name, [record(number), record(number)], actor=name)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.verify() == 200
    assert [r.version for r in log.read_stream("t2")] == list(range(1, 51))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files cannot be counted")
def test_threads_that_are_gone_leave_no_open_files(log: EventLog) -> None:
    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    counts = []
    for _ in range(12):
        thread = threading.Thread(target=log.head)
        thread.start()
        thread.join()
        counts.append(files())
    assert counts[-1] <= counts[2]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_forked_child_uses_the_log_without_harm(log: EventLog) -> None:
    log.append("a", [record(1)], actor="parent")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            log.append("a", [record(2)], actor="child")
            code = 0 if log.head() == 2 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    log.append("a", [record(3)], actor="parent")
    assert log.verify() == 3


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abAB_", max_size=3), inner, max_size=3),
    max_leaves=8,
)


_NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(st.text("abAB_", max_size=3), _JSON, max_size=4), _NAMES, _NAMES)
def test_any_canonical_payload_comes_back_as_it_went_in(
    log: EventLog, payload: dict[str, object], stream: str, actor: str
) -> None:
    before = log.head()  # one log for all examples
    log.append(stream, [NewRecord("T", 1, payload)], actor=actor)
    (entry,) = log.read(after=before)
    assert (entry.payload, entry.actor, entry.stream) == (payload, actor, stream)
    assert list(log.read_stream(stream))[-1] == entry
    assert entry.body == rfc8785.dumps(orjson.loads(entry.body))
    assert log.verify() == before + 1
