"""The log against a model of it, over random histories."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from graph.log import Appended, KeyConflict, NewRecord, StoredLog, VersionConflict
from tests.graph.backends import Backend, postgres_on, sqlite_in
from tests.postgres_server import Server

_STREAMS = st.sampled_from(["a", "b", "c"])
_BATCHES = st.lists(st.integers(0, 3), min_size=1, max_size=3)


class LogStates(RuleBasedStateMachine):
    """Appends, stale versions, repeated keys, a wandering clock, reopening."""

    def __init__(self) -> None:
        super().__init__()
        self._now = datetime(2024, 1, 1, tzinfo=UTC)
        self._entries: list[tuple[str, int]] = []
        self._keys: dict[str, tuple[str, list[int], Appended]] = {}
        self._backend = self._place()
        self._log = self._open()

    def _place(self) -> Backend:
        raise NotImplementedError

    def _open(self) -> StoredLog:
        return self._backend.open(clock=lambda: self._now)

    def _version(self, stream: str) -> int:
        return sum(name == stream for name, _ in self._entries)

    def _append(self, stream: str, numbers: list[int], **more: object) -> Appended:
        records = [NewRecord("T", 1, {"n": number}) for number in numbers]
        return self._log.append(stream, records, actor="x", **more)  # type: ignore[arg-type]

    @rule(stream=_STREAMS, numbers=_BATCHES)
    def append(self, stream: str, numbers: list[int]) -> None:
        done = self._append(stream, numbers, expected=self._version(stream))
        assert done == Appended(len(self._entries) + 1, len(self._entries) + len(numbers))
        self._entries += [(stream, number) for number in numbers]

    @rule(stream=_STREAMS, numbers=_BATCHES, off=st.sampled_from([-2, -1, 1, 5]))
    def append_to_a_stale_version(self, stream: str, numbers: list[int], off: int) -> None:
        with pytest.raises(VersionConflict):
            self._append(stream, numbers, expected=self._version(stream) + off)

    @rule(stream=_STREAMS, numbers=_BATCHES, key=st.sampled_from(["k1", "k2"]))
    def append_with_a_key(self, stream: str, numbers: list[int], key: str) -> None:
        if key not in self._keys:
            done = self._append(stream, numbers, key=key)
            self._keys[key] = (stream, numbers, done)
            self._entries += [(stream, number) for number in numbers]
            return
        known_stream, known_numbers, done = self._keys[key]
        if (stream, numbers) == (known_stream, known_numbers):
            assert self._append(stream, numbers, key=key) == Appended(done.first, done.last, replayed=True)
        else:
            with pytest.raises(KeyConflict):
                self._append(stream, numbers, key=key)

    @rule(key=st.sampled_from(["k1", "k2"]))
    def repeat_a_key(self, key: str) -> None:
        if key in self._keys:
            stream, numbers, done = self._keys[key]
            assert self._append(stream, numbers, key=key) == Appended(done.first, done.last, replayed=True)

    @rule(seconds=st.integers(-(10**8), 10**8))
    def move_the_clock(self, seconds: int) -> None:
        self._now += timedelta(seconds=seconds)

    @rule()
    def reopen(self) -> None:
        self._log.close()
        self._log = self._open()

    @invariant()
    def is_what_the_model_says(self) -> None:
        records = list(self._log.read())
        assert [(r.stream, r.payload["n"]) for r in records] == self._entries
        assert [r.position for r in records] == list(range(1, len(records) + 1))
        assert self._log.verify() == len(records) == self._log.head()
        for r in records:
            assert self._log.at_time(datetime.fromisoformat(r.recorded)) == r.position

    def teardown(self) -> None:
        self._log.close()


_SETTINGS = settings(max_examples=25, stateful_step_count=20, deadline=None)


def test_the_log_on_sqlite_does_what_the_model_does() -> None:
    class OnSqlite(LogStates):
        def _place(self) -> Backend:
            self._folder = tempfile.TemporaryDirectory()
            return sqlite_in(Path(self._folder.name))

        def teardown(self) -> None:
            super().teardown()
            self._folder.cleanup()

    run_state_machine_as_test(OnSqlite, settings=_SETTINGS)


def test_the_log_on_postgresql_does_what_the_model_does(postgres: Server) -> None:
    place = postgres_on(postgres)  # one database for all examples: to make one takes longer than a whole example

    class OnPostgres(LogStates):
        def _place(self) -> Backend:
            postgres.sql("DROP SCHEMA IF EXISTS waqai CASCADE", place.database)
            return place

    run_state_machine_as_test(OnPostgres, settings=_SETTINGS)
