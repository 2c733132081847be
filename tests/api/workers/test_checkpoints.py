"""Which checkpoint is given: the newest where the graph rests, one a moment old where it is being written."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.workers.serving import Serving
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.project()
        yield workspace


def test_what_is_there_is_given_without_waiting(workspace: Workspace) -> None:
    serving = Serving(workspace)
    assert serving.ready() is None
    first = serving.reader(None)
    assert serving.ready() is first
    assert serving.reader(None) is first


def test_where_no_record_waits_the_newest_position_is_seen(workspace: Workspace) -> None:
    serving = Serving(workspace)
    serving.reader(None)
    workspace.ingest(english_article())
    workspace.project()
    assert serving.ready() is None
    assert serving.reader(None).position() == workspace.log.head()


def test_while_records_wait_a_fresh_checkpoint_will_do(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = Serving(workspace, freshness=1000.0)
    first = serving.reader(None)
    workspace.ingest(english_article())
    workspace.project()
    head = workspace.log.head()
    monkeypatch.setattr(workspace, "waiting", lambda position: True)
    assert serving.ready() is first
    assert serving.reader(None, at_least=head).position() == head


def test_what_queries_are_answered_from_is_told_by_the_checkpoint_while_that_is_given(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = Serving(workspace, freshness=1000.0)
    assert serving.stamp() is None, "nothing is served"
    graph = workspace.serve_graph()
    assert serving.stamp() == workspace.stamp()
    first = serving.reader(None)
    assert serving.stamp() == workspace.stamp()
    workspace.ingest(english_article())
    workspace.project()
    assert serving.stamp() == workspace.stamp() == (graph.reader.number, workspace.log.head(), 0)
    monkeypatch.setattr(workspace, "waiting", lambda position: True)
    assert serving.ready() is first
    assert serving.stamp() == (first.number, first.position(), 0)
    monkeypatch.setattr(serving, "_taken", serving._taken - 1000)
    assert serving.stamp() == workspace.stamp(), "too old to be given"


def test_a_checkpoint_that_is_half_stale_is_renewed_beside_the_answering(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = Serving(workspace, freshness=1000.0)
    first = serving.reader(None)
    workspace.ingest(english_article())
    workspace.project()
    monkeypatch.setattr(workspace, "waiting", lambda position: True)
    monkeypatch.setattr(serving, "_taken", serving._taken - 600)
    assert serving.ready() is first
    deadline = time.monotonic() + 30
    while (found := serving.ready()) is first or found is None:
        assert time.monotonic() < deadline, "no newer one was made"
        time.sleep(0.01)
    assert found.position() == workspace.log.head()


def test_one_that_is_too_old_is_not_given(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = Serving(workspace, freshness=1000.0)
    serving.reader(None)
    workspace.ingest(english_article())
    workspace.project()
    monkeypatch.setattr(workspace, "waiting", lambda position: True)
    monkeypatch.setattr(serving, "_taken", serving._taken - 1000)
    assert serving.ready() is None
    assert serving.reader(None).position() == workspace.log.head()
