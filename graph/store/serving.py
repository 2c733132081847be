"""The graph of a folder as a server answers from it: one that can be replaced while it answers.

Invariant: there is always one whole graph that answers. A new one is made beside it, brought up to the log, and put in
its place in one step; the old one stays open until nobody reads it any more. Killed at any moment, the folder holds one
of the two.

An old graph is one that another version of the projection, or another ontology, has made. It answers for the position
that it has and does not follow the log, because what this version would add to it belongs to another graph.
"""

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graph.log import EventLog
from graph.projection import Projector
from graph.store.errors import (
    Doing,
    OtherBase,
    RebuildRunning,
    RebuildStopped,
    RemakeDue,
    StoreDamaged,
    StoreOutdated,
    StoreUnwritable,
)
from graph.store.folder import FolderLock, Made, discard, open_database, read_manifest, write_manifest
from graph.store.owner import GraphStore
from graph.store.reader import Reader
from graph.store.rebuilding import build
from graph.store.requests import Rebuilt


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """How far a running rebuild is: the position it has reached, and the head of the log when it began."""

    position: int
    head: int


class ServedGraph:
    """The graph of a folder that this process owns, and what replaces it. Safe to use from several threads."""

    def __init__(
        self, folder: Path, log: EventLog, projector: Projector, *, batch: int = 64, store: GraphStore | None = None
    ) -> None:
        """Take `store`, or open the graph of the folder, an old one too; `batch` records are projected at a time.

        Raises:
            StoreLocked, OtherBase, StoreDamaged, StoreUnwritable
        """
        self._folder = Path(folder)
        self._log = log
        self._projector = projector
        self._batch = batch
        self._moving = threading.Lock()  # held while the graph that answers is written or exchanged
        self._building = threading.Lock()
        self._rebuilding: Rebuilding | None = None
        self._stopped = threading.Event()
        self._retired: list[tuple[weakref.ref[Reader], Path]] = []
        self._made = Made.now()
        self._reader: Reader
        if store is None:
            self._lock = FolderLock(self._folder, Doing.SERVING)
        else:
            self._lock = store.give_away()
            self._lock.tell(Doing.SERVING)
        try:
            self._open(store)
        except BaseException:
            self._lock.release()
            raise

    def _open(self, store: GraphStore | None) -> None:
        outdated = False
        if store is None:
            try:
                store = GraphStore.held(self._lock, self._projector)
                store.give_away()
            except StoreOutdated:
                outdated = True
        manifest = read_manifest(self._folder)
        if manifest is None:  # somebody has removed it just now
            raise StoreDamaged(self._folder, "it has no manifest")
        self._made = Made.told(manifest)
        self._database = self._folder / manifest["store"]
        if store is not None:
            self._reader = store
        elif outdated:
            if manifest["base"] != self._projector.iris.base:
                raise OtherBase(self._folder, manifest["base"], self._projector.iris.base)
            if not self._database.is_dir():
                raise StoreDamaged(self._folder, f"the folder {self._database.name} is missing")
            old = open_database(self._folder, self._database.name)
            self._reader = Reader.over(old, self._projector, self._database)
            self._reader.outdated = True

    @property
    def folder(self) -> Path:
        """The folder of the store."""
        return self._folder

    @property
    def reader(self) -> Reader:
        """The graph that answers now. Take it once for what belongs together."""
        return self._reader

    @property
    def made(self) -> Made:
        """What the graph that answers was made with."""
        return self._made

    @property
    def outdated(self) -> bool:
        """Whether the graph that answers is an old one, which does not follow the log."""
        return not isinstance(self._reader, GraphStore)

    @property
    def rebuilding(self) -> Rebuilding | None:
        """How far a rebuild is, None where none runs."""
        return self._rebuilding

    def follow(self, progress: Callable[[int], None] | None = None) -> int:
        """Bring the graph up to the log and return its position; an old one stays where it is.

        Where contents were erased or given back, it is replaced, which takes as long as a rebuild; where a rebuild runs
        already, it stays before that record until the new one answers.

        Raises as `GraphStore.catch_up` and `replace` do.
        """
        with self._moving:
            self._sweep()
            try:
                if isinstance(self._reader, GraphStore):
                    return self._reader.catch_up(self._log, batch=self._batch, progress=progress)
                return self._reader.position()
            except RemakeDue:
                pass
        with contextlib.suppress(RebuildRunning, RebuildStopped):
            self.replace(progress)
            with self._moving:
                self._sweep()
        return self._reader.position()

    def replace(self, progress: Callable[[int], None] | None = None) -> Rebuilt:
        """Make the graph anew beside the one that answers, bring it up to the log, and let it answer instead.

        Raises:
            RebuildRunning: one runs already.
            RebuildStopped: `stop` was called; nothing has changed.
            graph.projection.ProjectionError, StoreUnwritable, OtherLog: nothing has changed.
        """
        if not self._building.acquire(blocking=False):
            raise RebuildRunning(self._folder)
        try:
            head = self._log.head()
            self._rebuilding = Rebuilding(0, head)
            while True:
                with contextlib.suppress(RemakeDue):  # something was erased meanwhile
                    return self._replace(head, progress)
        finally:
            self._rebuilding = None
            self._building.release()

    def _replace(self, head: int, progress: Callable[[int], None] | None) -> Rebuilt:
        def step(position: int) -> None:
            if self._stopped.is_set():
                raise RebuildStopped
            self._rebuilding = Rebuilding(position, max(head, position))
            if progress is not None:
                progress(position)

        built = build(self._folder, self._log, self._projector, progress=step)
        database = self._folder / built.name
        new = GraphStore(built.store, self._projector, path=database)
        new.index_words()
        missing = built.contents_missing
        del built
        with self._or_nothing([new], database):
            while self._log.head() - new.position() > self._batch:  # what came meanwhile, while the old one answers
                new.catch_up(self._log, batch=self._batch, progress=step)
            new.flush()
            quads = len(new)
            with self._moving:
                if self._stopped.is_set():
                    raise RebuildStopped
                new.catch_up(self._log, batch=self._batch)
                self._exchange(new, database)
        return Rebuilt(new.position(), quads, missing)

    def stop(self) -> None:
        """Call off a rebuild that runs, and every later one; what the engine is at it finishes first."""
        self._stopped.set()

    def close(self) -> None:
        """Give the folder free. Who still reads the graph gets no answer any more."""
        self.stop()
        with self._building, self._moving:
            self._reader.close()
            self._sweep()
            self._lock.release()

    def _exchange(self, new: GraphStore, database: Path) -> None:
        """Let `new` be the graph of the folder, also after a kill, and answer from now on."""
        old, before = self._reader, self._database
        write_manifest(self._folder, database.name, self._projector.iris)
        self._reader, self._made, self._database = new, Made.now(), database
        self._retired.append((weakref.ref(old), before))

    def _sweep(self) -> None:
        """Remove the databases of graphs that nobody reads any more; what is left, the next opening removes."""
        waiting = []
        for reader, database in self._retired:
            if reader() is None:
                discard(database)
            else:
                waiting.append((reader, database))
        self._retired = waiting

    @contextlib.contextmanager
    def _or_nothing(self, new: list[GraphStore], database: Path) -> Iterator[None]:
        """Leave nothing of a new graph behind where it does not get to answer."""
        try:
            yield
        except BaseException as error:
            for store in new:
                store.close()
            discard(database)
            if isinstance(error, OSError):
                raise StoreUnwritable(self._folder, str(error)) from error
            raise
