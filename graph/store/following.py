"""What follows a log: the contract of every target of the projection, on this machine or another.

Invariant: the statements that a batch of records adds and removes and the position that they lead to are handed over
as one, and never out of the order of the log. A target holds what a replay of the log up to its position gives.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from graph.log import EventLog, Record
from graph.projection import Change, Projector, Statement, Statements
from graph.store.errors import OtherLog, PositionGap, RemakeDue
from graph.store.reader import Fingerprint


class Follower(ABC):
    """A target of the projection and the position that it stands at."""

    _position: int
    _projector: Projector
    _writing: AbstractContextManager[object]
    _room: int | None = None
    """Statements after which a batch takes no further record, None for no bound."""

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
        """Remove and add statements and stand at `position`, all of it or nothing; `changes` is it by record."""

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
        with self._writing:
            rest = iter(records)
            while True:
                changes: list[tuple[int, Change]] = []
                added, removed, position = self._collected(rest, changes)
                if position == self._position:
                    return position
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
        position = self._position
        parts: list[Statements] = []
        there: dict[Statement, bool] = {}  # of what any record removes, whether it is there after the last one
        size = 0
        for record in records:
            if record.position <= position:
                continue
            if record.position != position + 1:
                raise PositionGap(position + 1, record.position)
            change = self._projector.change(record)
            if changes is not None:
                changes.append((record.position, change))
            there.update(dict.fromkeys(change.removed, False))
            if there:
                there.update((said, True) for said in change.added.each() if said in there)
            parts.append(change.added)
            position = record.position
            if self._room is not None:
                size += len(change.removed) + change.added.count()
                if size >= self._room:
                    break
        added = Statements()
        for part in parts:
            added.add(part)
        removed = {said for said, stays in there.items() if not stays}
        return added.without(removed) if removed else added, removed, position

    def _same_log(self, log: EventLog) -> None:
        position = self._position
        if position == 0:
            return
        record = next(log.read(after=position - 1, upto=position), None)
        if record is None or self._digests(position) != [record.body_sha256]:
            raise self._other_log(position)

    def _other_log(self, position: int) -> OtherLog:
        return OtherLog(position)
