"""What follows a log: the contract of every target of the projection, on this machine or another.

Invariant: the statements that a batch of records adds and removes and the position that they lead to are handed over
as one, and never out of the order of the log. A target holds what a replay of the log up to its position gives.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from graph.log import EventLog, Record
from graph.projection import Change, Projector, Statement, Statements, Triple
from graph.store.errors import OtherLog, PositionGap, RemakeDue
from graph.store.reader import Fingerprint


class Follower(ABC):
    """A target of the projection and the position that it stands at."""

    _position: int
    _projector: Projector
    _following: AbstractContextManager[object]
    """Held by the one who follows: what is made of records belongs to the position that it was made for."""
    _writing: AbstractContextManager[object]
    """Held while the target is written, and no longer: others wait for it."""
    _room: int | None = None
    """Statements after which a batch takes no further record, None for no bound."""
    _at_once: bool = True
    """Whether what `_take` does is done whole or not at all, also where another one writes.

    Where it is not, every record's changes of events are said, so that a batch with other bounds undoes what was left
    half way.
    """

    @abstractmethod
    def position(self) -> int:
        """Return the log position that it stands at, 0 for an empty one."""

    @abstractmethod
    def fingerprint(self) -> Fingerprint:
        """Return what the sorted N-Quads of all that follows from the log amount to."""

    @abstractmethod
    def _take(
        self, added: Statements, removed: set[Statement], position: int, changes: list[tuple[int, Change]]
    ) -> None:
        """Remove and add statements and stand at `position`, all of it or nothing.

        `changes` is it by record, without what follows for events, of which nothing is searched for.
        """

    @abstractmethod
    def _digests(self, position: int) -> list[str]:
        """Return the digests of the record's body that the target holds; one that follows a log holds one."""

    def apply(self, records: Iterable[Record]) -> int:
        """Take the quads of `records` in one step and return the new position; records it has are passed over.

        A target with a bound takes them in several.

        Raises:
            PositionGap: a record is missing in between; nothing was added from there on.
            graph.projection.ProjectionError: a record cannot be projected; nothing of its batch was added.
        """
        with self._following:
            rest = iter(records)
            while True:
                changes: list[tuple[int, Change]] = []
                added, removed, position = self._collected(rest, changes)
                if position == self._position:
                    return position
                with self._writing:
                    self._take(added, removed, position, changes)

    def catch_up(self, log: EventLog, *, batch: int = 32, progress: Callable[[int], None] | None = None) -> int:
        """Apply what `log` holds beyond the target, `batch` records at a time, and return the new position.

        Raises:
            RemakeDue: contents were erased, or given back; the target stands before the record that says so.
            OtherLog: the target was made from another log.
            graph.projection.ProjectionError, StoreError
        """
        self._same_log(log)
        waiting: list[Record] = []
        # An empty target takes in nothing of what is erased up to here.
        known = 0 if self._position else log.head()
        self._projector.erasures.refresh(known)
        for record in log.read(after=self._position):
            if record.position > known and self._projector.remakes(record):
                self.apply(waiting)
                raise RemakeDue(record.position)
            waiting.append(record)
            if len(waiting) >= batch:
                self.apply(waiting)
                waiting = []
                if progress is not None:
                    progress(self._position)
        if waiting:
            self.apply(waiting)
            if progress is not None:
                progress(self._position)
        return self._position

    def _collected(
        self, records: Iterator[Record], changes: list[tuple[int, Change]] | None = None
    ) -> tuple[Statements, set[Statement], int]:
        """Return what the next of `records` add and remove together, and the position that they lead to.

        `changes` gets what each of them changes. Raises as `apply`.
        """
        batch = _Batch(self._projector, self._position, changes, self._at_once)
        for record in records:
            if record.position <= batch.position:
                continue
            if record.position != batch.position + 1:
                raise PositionGap(batch.position + 1, record.position)
            batch.take(record)
            if self._room is not None and batch.size >= self._room:
                break
        return batch.come_to()

    def _same_log(self, log: EventLog) -> None:
        position = self._position
        if position == 0:
            return
        record = next(log.read(after=position - 1, upto=position), None)
        if record is None or self._digests(position) != [record.body_sha256]:
            raise self._other_log(position)

    def _other_log(self, position: int) -> OtherLog:
        return OtherLog(position)


class _Batch:
    """What records that follow each other add and remove together, behind `position`.

    Of records that change nothing but events, events are looked at once, behind the last of them, if `at_once`: an
    event that many articles tell is stated once, and not as each of them left it.
    """

    def __init__(
        self, projector: Projector, position: int, changes: list[tuple[int, Change]] | None, at_once: bool
    ) -> None:
        self.position = position
        self.size = 0  # of what was added and removed, without what is left to say of events
        self._projector = projector
        self._changes = changes
        self._at_once = at_once
        self._parts: list[Statements] = []
        self._there: dict[str, dict[Triple, bool]] = {}  # by graph, what is removed: whether it is there in the end
        self._settled = position  # up to where events were looked at
        self._since: list[Statements] = []  # what records behind that state

    def take(self, record: Record) -> None:
        """Take in the next record. Raises graph.projection.ProjectionError."""
        stated = self._projector.plain(record) if self._at_once else None
        if stated is None:
            self._settle()
            change = self._projector.change(record)
            if self._changes is not None:
                self._changes.append((record.position, change))
            self._change(change)
            self._settled = record.position
        else:
            self._since.append(stated)
            self.size += stated.count()
            if self._changes is not None:
                self._changes.append((record.position, Change(frozenset(), stated)))
        self.position = record.position

    def come_to(self) -> tuple[Statements, set[Statement], int]:
        """Return what is to be added and what is to be removed, and the position that it leads to.

        Raises:
            graph.projection.ProjectionError
        """
        self._settle()
        added = Statements()
        for part in self._parts:
            added.add(part)
        gone = {graph: {t for t, stays in there.items() if not stays} for graph, there in self._there.items()}
        removed = {(triple, graph) for graph, triples in gone.items() for triple in triples}
        return added.without(gone) if removed else added, removed, self.position

    def _settle(self) -> None:
        """Look at what the records since did to events."""
        if self._settled < self.position:
            since, self._since = self._since, []
            self._change(self._projector.between(self._settled, self.position), since)
            self._settled = self.position

    def _change(self, change: Change, stated: Iterable[Statements] = ()) -> None:
        """Take in a change; what records have `stated` stays, also where the change removes it."""
        self.size += len(change.removed) + change.added.count()
        for triple, graph in change.removed:
            self._there.setdefault(graph, {})[triple] = False
        for part in (*stated, change.added):
            self._parts.append(part)
            for graph, triples in part.lists():
                if there := self._there.get(graph):
                    there.update(dict.fromkeys([triple for triple in triples if triple in there], True))
