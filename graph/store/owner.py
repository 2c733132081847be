"""The store that follows the log, and the owner of its folder.

Invariant: the quads of a batch and the position that they bring the store to are written in one transaction, so the
store always equals a replay of the log up to its own position, whenever the process dies.
"""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

from pyoxigraph import DefaultGraph, Literal, RdfFormat, Store

from graph.log import EventLog, Record
from graph.projection import Change, Projector, Statement, Statements, quad_of
from graph.search.index import IndexUnusable, WordIndex
from graph.store.answers import Answer
from graph.store.errors import StoreDamaged, StoreUnwritable
from graph.store.folder import (
    FolderLock,
    check_manifest,
    new_database,
    open_database,
    read_manifest,
    remove_others,
    write_manifest,
)
from graph.store.following import Follower
from graph.store.known import Known
from graph.store.reader import Reader, Result, marked, marker
from graph.store.rebuilding import load
from graph.store.turns import InTurn
from graph.terms import wq


class GraphStore(Reader, Follower):
    """The dataset and its position. Made by `open` (on disk, one owner at a time) or `in_memory`.

    `apply` and `catch_up` are for one thread at a time; queries may run in other threads meanwhile.
    """

    def __init__(
        self, store: Store, projector: Projector, *, path: Path | None = None, lock: FolderLock | None = None
    ) -> None:
        super().__init__(store, 0, projector)
        self._path = path
        self._lock = lock
        self._following = threading.Lock()
        self._writing = InTurn()
        self._known = Known()
        self._words: WordIndex | None = None
        self._turn = 0  # odd while a batch is being written
        self._node = str(projector.iris.log())
        self._position = self._settle()

    @classmethod
    def open(cls, folder: Path, projector: Projector) -> Self:
        """Open the store at `folder` for reading and writing, or make an empty one; `close` gives it free.

        Raises:
            StoreLocked, StoreOutdated, OtherBase, StoreDamaged, StoreUnwritable
        """
        lock = FolderLock(Path(folder))
        try:
            return cls.held(lock, projector)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def held(cls, lock: FolderLock, projector: Projector) -> Self:
        """Open the store of a folder that is ours already, or make an empty one; `close` gives the folder free.

        Raises:
            StoreLocked, StoreOutdated, OtherBase, StoreDamaged, StoreUnwritable: the folder stays ours.
        """
        folder = lock.folder
        manifest = read_manifest(folder)
        if manifest is None:
            name = new_database(folder)
            store = open_database(folder, name)
            write_manifest(folder, name, projector.iris)
        else:
            check_manifest(folder, manifest, projector.iris)
            name = manifest["store"]
            if not (folder / name).is_dir():
                raise StoreDamaged(folder, f"the folder {name} is missing")
            store = open_database(folder, name)
        remove_others(folder, name)
        opened = cls(store, projector, path=folder / name, lock=lock)
        opened.index_words()
        return opened

    @classmethod
    def in_memory(cls, log: EventLog, projector: Projector, upto: int | None = None) -> Self:
        """Return a store of its own in memory: the replay of `log` up to the position `upto` (default: its head)."""
        store = Store()
        load(store, log, projector, log.head() if upto is None else min(upto, log.head()), None)
        return cls(store, projector)

    @property
    def path(self) -> Path | None:
        """The folder of its database, None for a store in memory."""
        return self._path

    def replay(self, records: Iterable[Record]) -> int:
        """Do what `apply` does, faster and not in one transaction: for a copy that nobody reads yet.

        Killed half way it is at no position, and worth nothing.

        Raises:
            PositionGap, StoreUnwritable, graph.projection.ProjectionError
        """
        with self._following, self._writing, self._clear_errors():
            added, removed, position = self._collected(iter(records))
            if position > self._position:
                gone = [*removed, marker(self._node, self._position)] if self._position else list(removed)
                if gone:
                    self._store.update(f"DELETE DATA {{ {_data(gone)} }}")
                added = replace(added, common=list(dict.fromkeys(added.common)))  # every article names its places again
                added.take(*marker(self._node, position))
                self._store.bulk_load(added.text().encode(), RdfFormat.N_QUADS, lenient=True)
                self._position = position
            return self._position

    def backup(self, database: Path) -> int:
        """Make a checkpoint of the store as it is now in the new folder `database`, and return its position.

        On the file system of the store it takes hard links and no room, until the store moves on. Open it with
        `Reader.of_checkpoint`. A copy of it goes on by itself as `GraphStore(Store(copy), projector, path=copy)`.

        Raises:
            StoreUnwritable: it cannot be made there (the folder is there already, the disk is full).
            ValueError: the store is in memory.
        """
        if self._path is None:
            raise ValueError("a store in memory has no files to make a checkpoint of")
        with self._writing:
            try:
                self._store.backup(str(database))
            except (OSError, RuntimeError) as error:
                raise StoreUnwritable(database, str(error)) from error
            return self._position

    def index_words(self) -> None:
        """Keep an index of words beside the database from now on; without one, searches look at every text."""
        if self._path is not None and self._words is None:
            with contextlib.suppress(IndexUnusable):
                self._words = WordIndex.beside(self._path, self._store, self.iris, self._position)

    def index(self) -> Path | None:
        """See `Reader.index`; it answers for past positions too."""
        words = self._words
        return None if words is None else words.path

    def _index_changes(self, changes: list[tuple[int, Change]], position: int) -> None:
        if self._words is None:
            return
        try:
            self._words.take(changes, position)
        except IndexUnusable:
            self._words.close()
            self._words = None

    def flush(self) -> None:
        """Write what the engine still holds in memory to the disk.

        Raises:
            StoreUnwritable
        """
        with self._clear_errors():
            self._store.flush()

    def give_away(self) -> FolderLock:
        """Return the ownership of the folder: from now on it is the caller's to give free.

        Raises:
            ValueError: it has none.
        """
        if self._lock is None:
            raise ValueError("the store does not own a folder")
        lock, self._lock = self._lock, None
        return lock

    def close(self) -> None:
        """Give the store free for other processes; it may not be used afterwards."""
        super().close()
        if self._words is not None:
            self._words.close()
            self._words = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _answer(self, evaluate: Callable[[], Result]) -> Answer:
        """Return what `evaluate` finds with its position, also where a batch is written meanwhile.

        Results see the store as it was when the query started. Where a batch was written meanwhile, nobody knows which
        side of it that was, and the query starts again while no batch can be written.
        """
        turn = self._turn
        answer = Answer(evaluate(), self._position, self)
        if turn % 2 or turn != self._turn:
            with self._writing:
                answer = Answer(evaluate(), self._position, self)
        return answer

    def _take(
        self, added: Statements, removed: set[Statement], position: int, changes: list[tuple[int, Change]]
    ) -> None:
        self._turn += 1
        try:
            self._index_changes(changes, position)
            self._write(added, removed, position)
        finally:
            self._turn += 1

    def _write(self, added: Statements, removed: set[Statement], position: int) -> None:
        """Remove and add statements, and write the marker of `position`, in one transaction.

        One `load` is one transaction. It can only add, so the new marker stands beside the old one for a moment: the
        highest counts, and `_settle` removes what a killed process left behind. One update, which is slower, is one
        transaction too, and can remove.
        """
        before = self._position
        reached = marker(self._node, position)
        with self._clear_errors():
            self._known.forget(triple for triple, graph in removed if not graph)
            news = self._known.news(added.common)
            added = replace(added, common=news)
            added.take(*reached)
            if removed:
                gone = [*removed, marker(self._node, before)] if before else removed
                self._store.update(f"DELETE DATA {{ {_data(gone)} }} ;\nINSERT DATA {{ {_all(added)} }}")
            else:
                self._store.load(added.text(), RdfFormat.N_QUADS, lenient=True)  # `outside` has checked the IRIs
            self._position = position
            self._known.learn(news)
            if before and not removed:
                self._store.remove(quad_of(marker(self._node, before)))

    def _settle(self) -> int:
        """Return the highest position marker and remove lower ones."""
        positions = marked(self._store, self.iris)
        if not positions:
            if len(self._store) and self._path is not None:
                raise StoreDamaged(self._path, "it does not say its position")
            return 0
        for position in positions[:-1]:
            self._store.remove(quad_of(marker(self._node, position)))
        return positions[-1]

    def _digests(self, position: int) -> list[str]:
        found = self.quads(self.iris.record(position), wq("bodySha256"), None, DefaultGraph())
        return [quad.object.value for quad in found if isinstance(quad.object, Literal)]

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnwritable(self._path or Path(), str(error)) from error


def _all(statements: Statements) -> str:
    """Return `statements` as the body of INSERT DATA."""
    parts = [(graph, " .\n".join(triples)) for graph, triples in statements.lists() if triples]
    return "\n".join([f"GRAPH {graph} {{ {text} . }}" if graph else f"{text} ." for graph, text in parts])


def _data(statements: Iterable[Statement]) -> str:
    """Return `statements` as the body of DELETE DATA."""
    return "\n".join(f"GRAPH {graph} {{ {triple} }}" if graph else f"{triple} ." for triple, graph in statements)
