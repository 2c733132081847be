"""The audit by several processes: it finds what one finds, and ends cleanly whatever becomes of them."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from graph.audit.findings import DATE, ORPHAN, RETRACTED, TEXT, UNEXPLAINED
from graph.audit.spreading import AuditFailed, AuditStopped, Opened, Opening
from graph.audit.whole import WholeAudit
from graph.store import GraphStore, Reader, StoreDamaged
from ontology.model import EventDate, Span
from tests.graph.articles import World, article, digest, strike
from tests.graph.audit.test_whole import faulty
from tests.graph.audit.test_whole import world as world

_LONG = 120.0  # seconds until a test gives up waiting for a process


@contextmanager
def opened(folder: Path, before: Callable[[Path], None] = lambda _: None) -> Iterator[Opened]:
    """Open the checkpoint of a world; `before` is called before a text is read."""
    world = World.at(folder)

    def content(name: str) -> bytes | None:
        before(folder)
        return world.content.get(name)

    with closing(world.log), Reader.of_checkpoint(folder / "checkpoint", world.projector) as reader:
        yield Opened(reader, world.log, content)


def meet(folder: Path) -> None:
    """Wait until two processes have come here."""
    (folder / f"working-{os.getpid()}").touch()
    end = time.monotonic() + _LONG
    while len(list(folder.glob("working-*"))) < 2:
        if time.monotonic() > end:
            raise TimeoutError("no other process works")
        time.sleep(0.01)


def die(_: Path) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


@contextmanager
def unopened() -> Iterator[Opened]:
    raise StoreDamaged(Path("checkpoint"), "it is torn")
    yield


@pytest.fixture
def store(world: World, tmp_path: Path) -> Iterator[GraphStore]:
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        store.catch_up(world.log)
        yield store


def spread_audit(world: World, store: GraphStore, opening: Opening) -> WholeAudit:
    return WholeAudit(store, world.log, world.content.get, shaped=3, processes=2, opening=opening)


def test_two_processes_find_every_fault_that_one_finds(world: World, store: GraphStore, tmp_path: Path) -> None:
    bare = EventDate(Span(0, 0), "date.none", "day", "2024-11-30", "2024-11-30", "2024-11-30", "published")
    world.ingest(article(2), strike(article(2), date=bare))
    lost = article(3, text="دوار النخيل هادئ اليوم 16.")
    world.ingest(lost)
    store.catch_up(world.log)
    faulty(world, store)
    world.path(digest(lost)).unlink()
    store.backup(tmp_path / "checkpoint")
    alone = WholeAudit(store, world.log, world.content.get, shaped=3)
    both = spread_audit(world, store, partial(opened, tmp_path, meet))
    found = list(alone.findings())
    assert {one.kind for one in found} >= {DATE, ORPHAN, RETRACTED, TEXT, UNEXPLAINED}
    assert list(both.findings()) == found
    assert (both.counts, both.chosen) == (alone.counts, alone.chosen)
    assert len(list(tmp_path.glob("working-*"))) == 2
    assert multiprocessing.active_children() == []


def test_a_process_that_is_killed_is_an_error_and_no_clean_report(
    world: World, store: GraphStore, tmp_path: Path
) -> None:
    store.backup(tmp_path / "checkpoint")
    with pytest.raises(AuditStopped, match="WAQAI_AUDIT_PROCESSES"):
        list(spread_audit(world, store, partial(opened, tmp_path, die)).findings())
    assert multiprocessing.active_children() == []


def test_why_a_process_cannot_open_the_graph_is_said(world: World, store: GraphStore) -> None:
    with pytest.raises(AuditFailed, match="it is torn"):
        list(spread_audit(world, store, unopened).findings())
    assert multiprocessing.active_children() == []


def test_no_process_is_left_of_an_audit_that_is_given_up(world: World, store: GraphStore, tmp_path: Path) -> None:
    for number in range(10, 16):
        world.ingest(article(number), strike(article(number)))
    store.catch_up(world.log)
    faulty(world, store)
    store.backup(tmp_path / "checkpoint")
    findings = spread_audit(world, store, partial(opened, tmp_path)).findings()
    assert isinstance(findings, Iterator)
    next(findings)
    assert multiprocessing.active_children()
    with pytest.raises(KeyboardInterrupt):
        findings.throw(KeyboardInterrupt)  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []
