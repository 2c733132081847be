"""The graph of a data folder: owned by this process, served by it, or answered from a copy where another owns it.

Invariant: the graph follows the log and is never written by any other way. Where another process owns the one on disk,
that one follows the log, and this one answers from the last snapshot or from a replay in memory.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from api.datafolder import GRAPH_FOLDER, PAST_FOLDER
from graph.erasures import Erasures
from graph.log import LogUnreachable, StoredLog
from graph.projection import Projector
from graph.store import (
    Doing,
    Fingerprint,
    GraphStore,
    Reader,
    Rebuilt,
    RemakeDue,
    ServedGraph,
    StoreError,
    StoreLocked,
    rebuild,
    replayed,
)
from graph.store.requests import hand_over
from graph.travel.errors import PastUnwritable, TravelError
from graph.travel.past import Past
from graph.travel.snapshots import Made, Policy


@dataclass(frozen=True, slots=True)
class Compared:
    """The graph on disk against a replay of the log to the same position."""

    position: int
    found: Fingerprint
    replayed: Fingerprint

    @property
    def identical(self) -> bool:
        """Whether both are the same, byte for byte."""
        return self.found == self.replayed


class LiveGraph:
    """The graph at the head of the log, and its past. Safe to use from several threads.

    Args:
        data: the data folder.
        projector: the projection of `log`.
        policy: when snapshots of the graph are made, and what of the past is kept.
        batch: records read from the log at a time when projecting.
        notice: takes sentences that a person should see.
        near: whether the log lies in the folder, so that asking it waits for nobody.
    """

    def __init__(
        self,
        data: Path,
        log: StoredLog,
        projector: Projector,
        policy: Policy | None,
        *,
        batch: int,
        notice: Callable[[str], None],
        near: bool,
    ) -> None:
        self.data = data
        self.log = log
        self.projector = projector
        self._batch = batch
        self._notice = notice
        self._log_near = near
        self._store: GraphStore | None = None
        self._owns_store = False
        self._served: ServedGraph | None = None
        self._lock = threading.RLock()
        self._unkept = False  # whether the last snapshot could not be made
        self.past = Past(data / PAST_FOLDER, log, projector, policy, live=self._followed, erasures=self._last_erasure)

    def close_graph(self) -> None:
        """Let go of the graph and of past states."""
        with self._lock:
            if self._served is not None:
                self._served.close()
                self._served = None
            self.past.close()
            if self._store is not None:
                self._store.close()
                self._store = None

    @property
    def erasures(self) -> Erasures:
        """What was erased."""
        return self.projector.erasures

    def project(self, progress: Callable[[int], None] | None = None) -> int | None:
        """Bring the graph on disk up to the log; return its position, or None where another process owns it.

        Raises:
            StoreError: where the graph cannot be used; the log is not touched.
        """
        self.past.made()  # what it holds of erased words goes, whether or not the graph can follow
        served = self._served
        if served is not None:
            position = served.follow(progress)
            if isinstance(served.reader, GraphStore):
                self._keep(served.reader)
            return position
        try:
            store = self.own_graph()
        except StoreLocked:
            return None
        with self._lock:
            store = self._caught_up(store, progress)
            self._keep(store)
            return store.position()

    def _caught_up(self, store: GraphStore, progress: Callable[[int], None] | None = None) -> GraphStore:
        """Return our own graph at the head of the log: `store`, or another one where something was erased."""
        try:
            store.catch_up(self.log, batch=self._batch, progress=progress)
        except RemakeDue:
            self.rebuild(progress)
            return self.own_graph()
        return store

    def _followed(self) -> GraphStore | None:
        """Return the graph that this process writes, None where it writes none."""
        served = self._served
        if served is not None:
            return served.reader if isinstance(served.reader, GraphStore) else None
        return self._store if self._owns_store else None

    def owns_graph(self) -> bool:
        """Tell whether this process writes the graph, as far as it has opened it."""
        return self._followed() is not None

    def _keep(self, store: GraphStore) -> None:
        """Make a snapshot of the graph where one is due; that it cannot be made is said once and stops nothing."""
        try:
            self.past.keep(store)
        except PastUnwritable as error:
            if not self._unkept:
                self._notice(f"warning: no snapshot of the graph was made: {error}.")
            self._unkept = True
        else:
            self._unkept = False

    def rebuild(
        self, progress: Callable[[int], None] | None = None, waiting: Callable[[], None] | None = None
    ) -> Rebuilt:
        """Make the graph anew from the log and put it in place of the old one; say how many contents were missing.

        Where a server owns the graph, it is asked to, and goes on answering meanwhile; `waiting` is called again and
        again until it has.

        Raises:
            StoreLocked: where another process owns the graph, and is no server.
            RebuildRunning: where that server was asked already.
            RebuildFailed: where it could not.
        """
        folder, by_server = self.data / GRAPH_FOLDER, None
        with self._lock:
            if self._served is not None:
                rebuilt = self._served.replace(progress)
            else:
                if self._store is not None:
                    self._store.close()
                    self._store = None
                try:
                    rebuilt = rebuild(folder, self.log, self.projector, progress=progress)
                except StoreLocked as locked:
                    if locked.doing is not Doing.SERVING:
                        raise
                    by_server = hand_over(folder, waiting or (lambda: None))
                    rebuilt = by_server or rebuild(folder, self.log, self.projector, progress=progress)
        if by_server is None:
            self.past.forget(0)  # they are copies of the old graph, which is not trusted
        else:
            self.past.close()  # the server has forgotten them, and may have made new ones by now
        if rebuilt.contents_missing:
            missing = rebuilt.contents_missing
            lost = "1 content is" if missing == 1 else f"{missing} contents are"
            self._notice(
                f"warning: {lost} missing, so the graph lacks those words: waqai log verify names what the log misses."
            )
        return rebuilt

    def serve_graph(self) -> ServedGraph:
        """Take the graph on disk for as long as the workspace is open, to answer from it while it may be replaced.

        Raises:
            StoreLocked: where another process owns it.
            StoreError: where it is damaged, or made with another base IRI.
        """
        with self._lock:
            if self._served is None:
                own = self._store if self._owns_store else None
                folder = self.data / GRAPH_FOLDER
                self._served = ServedGraph(folder, self.log, self.projector, batch=self._batch, store=own)
                self._store, self._owns_store = None, False
            return self._served

    def own_graph(self) -> GraphStore:
        """Return the graph on disk, opened for this process.

        Raises:
            StoreLocked: where another process owns it.
            StoreError: where it is damaged, or made by another version or with another base IRI.
        """
        with self._lock:
            if self._served is not None and isinstance(self._served.reader, GraphStore):
                return self._served.reader
            if self._store is None or not self._owns_store:
                self._store = GraphStore.open(self.data / GRAPH_FOLDER, self.projector)
                self._owns_store = True
            return self._store

    def graph(self) -> Reader:
        """Return the graph at the head of the log: the one on disk, or a copy where another process owns that one.

        A server may answer from an old one for a while, see `serve_graph`. Take it once for what belongs together.
        """
        served = self._served
        if served is not None:
            return served.reader
        opened = self._store
        if opened is not None:  # without the lock: a question must not wait for a projection
            return opened
        with self._lock:
            if self._store is not None:
                return self._store
            try:
                store = self.own_graph()
            except StoreLocked:
                return self._beside()
            return self._caught_up(store)

    def _beside(self) -> Reader:
        """Return the graph at the head of the log while another process owns the one on disk."""
        try:
            return self.past.at(self.log.head())  # from the last snapshot, and kept for the next question
        except (TravelError, StoreError):
            self._notice("Another process serves this folder, so the answer comes from a replay of the log in memory.")
            self._store = GraphStore.in_memory(self.log, self.projector)
            return self._store

    def at_hand(self) -> Reader | None:
        """Return the newest graph where nothing need be waited for, neither now nor by `answers_with`.

        None where this process has none open or an old one, or where the log is elsewhere, which tells of erasures.
        """
        served = self._served
        if not self._log_near or (served is not None and served.outdated):
            return None
        return self._store if served is None else served.reader

    def waiting(self, position: int) -> bool:
        """Tell whether the log holds records beyond `position`; of a log that is elsewhere that is not asked."""
        return self._log_near and self.log.head() > position

    def stamp(self) -> tuple[int, int, int] | None:
        """Return what tells the newest graph of a server from any other: its number and its position.

        With where the log last erased something or gave it back, as far as this process knows: what was answered before
        that may hold what is gone. None where this process serves no graph, or an old one. It waits for nothing.
        """
        served = self._served
        if served is None or served.outdated:
            return None
        reader = served.reader
        return reader.number, reader.position(), self.erasures.last(fresh=False)

    def answers_with(self, *, newest: bool) -> Made:
        """Return what the graph was made with that answers: the `newest`, which may be an old one, or past ones."""
        made = self.past.made()
        served = self._served
        if newest and served is not None and served.outdated:
            return replace(made, projection=served.made.projection, ontology=served.made.ontology)
        return made

    def fingerprint(self, position: int, *, newest: bool) -> Fingerprint:
        """Return what the dataset amounts to that answers for `position`, as the `newest` or as a past one.

        Raises:
            graph.travel.errors.TravelError: it cannot be made again.
        """
        served = self._served
        if newest and served is not None and served.outdated:  # it does not move, and has no other like it
            return served.reader.fingerprint()
        return self.past.fingerprint(position)

    def compare(self) -> Compared:
        """Compare the graph on disk, brought up to the head, with a replay of the log beside it.

        Raises:
            StoreLocked: another process owns it.
        """
        with self._lock:
            store = self._caught_up(self.own_graph())
            position = store.position()
            replay = replayed(self.data / GRAPH_FOLDER, self.log, self.projector, position)
            return Compared(position, store.fingerprint(), replay)

    def _last_erasure(self) -> int:
        """Return where the log last erased something; the graph answers without the log as well."""
        try:
            return self.erasures.last()
        except LogUnreachable:
            return self.erasures.last(fresh=False)
