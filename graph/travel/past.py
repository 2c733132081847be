"""The past: a reader of the graph as of any position of the log.

Invariant: the reader of a position holds what a replay of the log to that position gives under the present projection,
byte for byte; it never changes and never is at another position. It comes from a snapshot at just that position, or
from a copy of the nearest earlier one (hard links) to which the same projection applied the records in between. Such
a copy becomes a snapshot itself, so that other processes and the next question find it.
"""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from pyoxigraph import Store

from graph.log import EventLog, Record
from graph.projection import PROJECTION_VERSION, Projector
from graph.store import Fingerprint, GraphStore, Reader, StoreDamaged, StoreError
from graph.store.reader import marked
from graph.store.rebuilding import load
from graph.travel.errors import BeyondTheHead, PastUnwritable, TooFar
from graph.travel.leases import Lease
from graph.travel.snapshots import Made, Policy, Snapshot, Snapshots, due
from ontology.vocabulary import Vocabulary

_BATCH: Final = 1024  # records that are replayed at a time
_OPEN: Final = 8  # readers that a process keeps open
_FINGERPRINTS: Final = 256  # fingerprints that it remembers


class LeasedReader(Reader):
    """A snapshot opened for reading; nobody removes its files while it, or an answer of it, is in use."""

    def __init__(
        self,
        store: Store,
        position: int,
        projector: Projector,
        lease: Lease,
        database: Path,
        index: Callable[[], Path | None] = lambda: None,
    ) -> None:
        super().__init__(store, position, projector)
        self._index = index
        self.lease = lease
        self.database = database
        """The folder of the database, for another process to open while this object is there."""

    def checkpoint(self, database: Path) -> None:
        """Copy the files into the new folder `database`, by hard links where these can be made. Raises OSError."""
        self._store.backup(str(database))

    def close(self) -> None:
        """See `Reader.close`."""
        super().close()
        self.lease.release()


class Past:
    """The graph as of any position. May be used by several threads, and by several processes on one folder.

    Args:
        folder: where the snapshots lie; on the file system of the graph, so that they are made of hard links.
        log: the log that positions are of.
        projector: the projection.
        policy: when snapshots are made and which are kept.
        live: returns the graph that this process owns, if it does: a checkpoint of it needs no replay.
        erasures: returns the position of the last record that erased something or gave it back, 0 where there is
            none: what was made before it is not used any more.
    """

    def __init__(
        self,
        folder: Path,
        log: EventLog,
        projector: Projector,
        policy: Policy | None = None,
        *,
        live: Callable[[], GraphStore | None] = lambda: None,
        erasures: Callable[[], int] | None = None,
    ) -> None:
        self.policy = policy or Policy()
        self.snapshots = Snapshots(folder)
        self._log = log
        self._projector = projector
        self._live = live
        self._erasures = projector.erasures.last if erasures is None else erasures
        self._cleared: int | None = None  # the last erasure since which nothing older is left
        self._making = threading.Lock()
        self._guard = threading.Lock()
        self._open: OrderedDict[tuple[Made, int], LeasedReader] = OrderedDict()
        self._fingerprints: OrderedDict[tuple[Made, int], Fingerprint] = OrderedDict()
        self._last: Snapshot | None = None  # the newest that was kept by policy
        self._looked: Made | None = None

    def made(self) -> Made:
        """Return what a snapshot made now is made with; where something was erased, what holds it is removed first."""
        made = Made(PROJECTION_VERSION, Vocabulary.load().digest, self._projector.iris.base, self._erasures())
        if made.erasures != self._cleared:
            self.close()  # files that are open stay on the disk
            self.snapshots.thin(made, self.policy)
            self._cleared = made.erasures
        return made

    def at(self, position: int) -> Reader:
        """Return the reader of the graph as of `position`; keep it no longer than a question takes.

        Raises:
            BeyondTheHead: the log does not reach it.
            TooFar: the policy does not allow so many records to be replayed.
            PastUnwritable: the folder cannot be written, and too many records would be replayed in memory.
            graph.projection.ProjectionError
        """
        head = self._log.head()
        if position > head:
            raise BeyondTheHead(position, head)
        if position <= 0:
            return Reader(Store(), 0, self._projector)
        made = self.made()
        opened = self._opened(made, position)
        if opened is not None:
            return opened
        with self._making:  # one at a time: the next question may be answered by what this one makes
            for way in (self._opened, self._found):
                reader = way(made, position)
                if reader is not None:  # and never its truth, which would count its quads
                    return reader
            return self._new(made, position)

    def newest(self) -> Reader | None:
        """Return the reader of the graph that this process owns, as it is now; None where it owns none that will do.

        Where it is written meanwhile, it is as of the position that it reached when its checkpoint was made.

        Raises:
            PastUnwritable, graph.store.StoreDamaged
        """
        made, live = self.made(), self._live()
        if live is None or live.position() == 0 or not self._usable(made, live):
            return None
        with self._making:
            opened = self._opened(made, live.position()) or self._found(made, live.position())
            return opened or self._kept(made, self._checkpoint(made, live, kept=False))

    def usable(self, reader: Reader) -> bool:
        """Tell whether a reader that was given before may still be used: its files are there, nothing was erased."""
        with self._guard:
            return isinstance(reader, LeasedReader) and reader in self._open.values() and reader.lease.holds()

    def fingerprint(self, position: int) -> Fingerprint:
        """Return what the dataset as of `position` amounts to. Raises as `at` does."""
        key = self.made(), position
        with self._guard:
            found = self._fingerprints.get(key)
        if found is None:
            found = self.at(position).fingerprint()
            with self._guard:
                self._fingerprints[key] = found
                while len(self._fingerprints) > _FINGERPRINTS:
                    self._fingerprints.popitem(last=False)
        return found

    def keep(self, store: GraphStore) -> Snapshot | None:
        """Make a snapshot of the graph that this process owns where the policy wants one, and thin out the others.

        Raises:
            PastUnwritable: it could not be made; nothing else is wrong.
        """
        made, position = self.made(), store.position()
        if self._looked != made:
            every = [snapshot for snapshot in self.snapshots.all(made) if snapshot.kept]
            self._last, self._looked = (every[-1] if every else None), made
        if position == 0 or not self._usable(made, store):
            return None
        if not due(self._last, position, self._record(position).recorded, self.policy):
            return None
        return self.snapshot(store)

    def snapshot(self, store: GraphStore) -> Snapshot:
        """Make a snapshot of the graph that this process owns, to be kept, and thin out the others.

        Raises:
            PastUnwritable
        """
        made = self.made()
        with self._making:
            self._last, self._looked = self._checkpoint(made, store, kept=True), made
        self.snapshots.thin(made, self.policy)
        return self._last

    def forget(self, since: int) -> None:
        """Remove all that was made of the graph at or beyond `since`; what is read now goes when it was read."""
        with self._making:
            self.close()
            self.snapshots.forget(since)

    def close(self) -> None:
        """Let go of the readers; those in use go on."""
        with self._guard:
            self._open.clear()
            self._fingerprints.clear()
            self._looked = None

    @staticmethod
    def _usable(made: Made, store: GraphStore) -> bool:
        """Tell whether a graph was made since the last erasure: one that stands before it holds what is gone."""
        return store.position() >= made.erasures

    def _words(self) -> Path | None:
        """Return the index of words of the graph that this process owns, unless something in it was erased since."""
        live = self._live()
        return live.index() if live is not None and self._usable(self.made(), live) else None

    def _opened(self, made: Made, position: int) -> LeasedReader | None:
        with self._guard:
            reader = self._open.get((made, position))
            if reader is not None:
                self._open.move_to_end((made, position))
        if reader is None or not reader.lease.holds():
            return None
        reader.lease.note_use()
        return reader

    def _found(self, made: Made, position: int) -> LeasedReader | None:
        for snapshot in self.snapshots.all(made):
            if snapshot.position == position and (reader := self._reader(snapshot)) is not None:
                return self._remember(made, reader)
        return None

    def _new(self, made: Made, position: int) -> Reader:
        nearest: LeasedReader | None = None
        for snapshot in reversed(self.snapshots.all(made)):
            if snapshot.position < position and (nearest := self._reader(snapshot)) is not None:
                break
        live = self._live()
        if live is not None and live.position() == position and self._usable(made, live):
            with contextlib.suppress(_Moved):
                return self._kept(made, self._checkpoint(made, live, kept=False, position=position))
        reached = nearest.position() if nearest is not None else 0
        if position - reached > self.policy.replay_records:
            raise TooFar(position, reached, self.policy.replay_records)
        record = self._record(position)

        def fill(database: Path) -> Record:
            if nearest is None:
                store = Store(str(database))
                load(store, self._log, self._projector, position, None)
            else:
                nearest.checkpoint(database)
                store = Store(str(database))
                nearest.close()
                clone = GraphStore(store, self._projector, path=database)
                for batch in _batches(self._log.read(after=reached, upto=position)):
                    clone.replay(batch)
            store.flush()  # a checkpoint of a store that is open for reading holds what is in its tables only
            return record

        try:
            snapshot = self.snapshots.make(fill, made, kept=False)
        except (PastUnwritable, StoreError) as error:
            if position > self.policy.memory_records:
                raise
            if isinstance(error, StoreDamaged):
                raise
            return GraphStore.in_memory(self._log, self._projector, upto=position)
        return self._kept(made, snapshot)

    def _kept(self, made: Made, snapshot: Snapshot) -> Reader:
        """Open a snapshot that was just made, and let older ones go."""
        reader = self._reader(snapshot)
        if reader is None:
            raise StoreDamaged(snapshot.path, "it was taken away as soon as it was made")
        self.snapshots.thin(made, self.policy)
        return self._remember(made, reader)

    def _checkpoint(self, made: Made, store: GraphStore, *, kept: bool, position: int | None = None) -> Snapshot:
        """Make a snapshot of `store`, at `position` where one is given. Raises _Moved where it is at another."""

        def fill(database: Path) -> Record:
            reached = store.backup(database)
            if position is not None and reached != position:
                raise _Moved
            return self._record(reached)

        try:
            return self.snapshots.make(fill, made, kept=kept)
        except StoreError as error:
            raise PastUnwritable(self.snapshots.folder, str(error)) from error

    def _reader(self, snapshot: Snapshot) -> LeasedReader | None:
        """Open a snapshot, None where it is gone, damaged, or of another log; one that is damaged is removed."""
        lease = Lease.of(snapshot.path)
        if lease is None:
            return None
        try:
            store = Store.read_only(str(snapshot.database))
            positions = marked(store, self._projector.iris)
        except (OSError, RuntimeError, ValueError):
            positions = []
        if positions[-1:] == [snapshot.position] and self._same_log(snapshot):
            return LeasedReader(store, snapshot.position, self._projector, lease, snapshot.database, self._words)
        lease.release()
        self.snapshots.remove(snapshot)
        return None

    def _same_log(self, snapshot: Snapshot) -> bool:
        record = next(iter(self._log.read(after=snapshot.position - 1, upto=snapshot.position)), None)
        return record is not None and record.body_sha256 == snapshot.record_sha256

    def _remember(self, made: Made, reader: LeasedReader) -> LeasedReader:
        reader.lease.note_use()
        with self._guard:
            if made.erasures != self._cleared:
                return reader  # something was erased meanwhile: its files are to go when this answer is given
            self._open[made, reader.position()] = reader
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)
        return reader

    def _record(self, position: int) -> Record:
        record = next(iter(self._log.read(after=position - 1, upto=position)), None)
        if record is None:
            raise BeyondTheHead(position, self._log.head())
        return record


class _Moved(Exception):
    """The graph reached another position before its checkpoint was made."""


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, _BATCH)):
        yield batch
