"""Making a store from the whole log: streamed into a new database, beside the old one.

Invariant: the old store stays as it was until the new one is whole on the disk; only then does the manifest name it.
What is made follows from the log and the contents alone: the index of events is made anew with it, and not trusted.
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import RdfFormat, Store

from graph.log import EventLog
from graph.projection import Projector, Statements
from graph.search.index import IndexUnusable, WordIndex
from graph.store.errors import Doing, StoreUnwritable
from graph.store.folder import FolderLock, discard, new_database, open_database, remove_others, write_manifest
from graph.store.known import Known
from graph.store.reader import Fingerprint, Reader, marker
from graph.store.requests import Rebuilt, withdraw

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK: Final = 1 << 18  # bytes that are read at a time


def rebuild(
    folder: Path,
    log: EventLog,
    projector: Projector,
    *,
    progress: Callable[[int], None] | None = None,
) -> Rebuilt:
    """Make the store at `folder` anew from the whole log, beside the old one, and swap it in when it is complete.

    `progress` is called with each position. Killed half way, it leaves the old store as it was.

    Raises:
        StoreLocked: a process owns the store; nothing was changed.
        graph.projection.ProjectionError, StoreUnwritable
    """
    folder = Path(folder)
    lock = FolderLock(folder, Doing.REBUILDING)
    try:
        built = build(folder, log, projector, progress=progress)
        name, rebuilt = built.name, Rebuilt(built.position, len(built.store), built.contents_missing)
        del built  # closes the database: it is complete on the disk before the manifest names it
        try:
            write_manifest(folder, name, projector.iris)
        except OSError as error:
            raise StoreUnwritable(folder, str(error)) from error
        remove_others(folder, name)
        withdraw(folder)
        return rebuilt
    finally:
        lock.release()


@dataclass(frozen=True, slots=True)
class Built:
    """A new database of a folder that no manifest names yet."""

    name: str
    store: Store
    position: int
    contents_missing: int


def build(folder: Path, log: EventLog, projector: Projector, *, progress: Callable[[int], None] | None = None) -> Built:
    """Make a database from the whole log, beside what the folder has; what fails leaves nothing behind.

    Raises:
        graph.projection.ProjectionError, StoreUnwritable, and what `progress` raises.
    """
    missing: set[str] = set()

    def content(sha256: str) -> bytes | None:
        found = projector.content(sha256)
        if found is None and projector.erasures.erased(sha256) is None:
            missing.add(sha256)
        return found

    name = None
    try:
        name = new_database(folder)
        store = open_database(folder, name)
        with projector.events.anew() as events:
            position = load(store, log, replace(projector, content=content, events=events), log.head(), progress)
        store.optimize()
        with contextlib.suppress(IndexUnusable):
            WordIndex.beside(folder / name, store, projector.iris, position).close()
        return Built(name, store, position, len(missing))
    except BaseException as error:
        if name is not None:
            store = Store()  # closes the database
            discard(folder / name)
        if isinstance(error, OSError):
            raise StoreUnwritable(folder, str(error)) from error
        raise


def replayed(folder: Path, log: EventLog, projector: Projector, upto: int) -> Fingerprint:
    """Return what a replay of the log up to `upto` amounts to; memory does not grow with it.

    It is made beside the store of `folder`, whose lock the caller holds, and is gone afterwards.

    Raises:
        graph.projection.ProjectionError, StoreUnwritable
    """
    name, store = None, Store()
    try:
        name = new_database(folder)
        store = open_database(folder, name)
        with projector.events.anew() as events:
            position = load(store, log, replace(projector, events=events), upto, None)
        return Reader(store, position, projector).fingerprint()
    except OSError as error:
        raise StoreUnwritable(folder, error.strerror or str(error)) from error
    finally:
        store = Store()  # closes the database
        if name is not None:
            discard(folder / name)


def load(store: Store, log: EventLog, projector: Projector, upto: int, progress: Callable[[int], None] | None) -> int:
    """Stream what the whole log states, up to `upto`, into an empty store and return the position reached.

    Raises:
        graph.projection.ProjectionError, graph.log.LogError
    """
    projector.erasures.refresh()  # what was erased behind `upto` is gone there too
    stream = _Stream(log, projector, upto, progress)
    try:
        # Without a check of each IRI, which the projection has made; the buffer is what the engine reads at a time.
        store.bulk_load(io.BufferedReader(stream, _BLOCK), RdfFormat.N_QUADS, lenient=True)
    except Exception:
        if stream.failure is not None:  # it came through the engine, which may have made another one of it
            raise stream.failure from None
        raise
    return stream.position


class _Stream(io.RawIOBase):
    """The N-Quads of a log as a file that is read once, made while it is read."""

    def __init__(self, log: EventLog, projector: Projector, upto: int, progress: Callable[[int], None] | None) -> None:
        self.position = 0
        self.failure: BaseException | None = None
        self._parts = self._made(log, projector, upto, progress)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._parts).encode())
        except StopIteration:
            return 0
        except BaseException as error:
            self.failure = error
            raise
        room = memoryview(buffer)
        size = min(len(room), len(self._rest))
        room[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _made(
        self, log: EventLog, projector: Projector, upto: int, progress: Callable[[int], None] | None
    ) -> Iterator[str]:
        known = Known()
        for record in log.read(upto=upto):
            statements = projector.statements(record, upto)
            news = known.news(statements.common)
            known.learn(news)
            yield replace(statements, common=news).text()
            self.position = record.position
            if progress is not None:
                progress(record.position)
        for statements in projector.happened(self.position):
            yield statements.text()
        if self.position:
            end = Statements()
            end.take(*marker(str(projector.iris.log()), self.position))
            yield end.text()
