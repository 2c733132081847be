"""What changed in the graph between two positions, or about one thing, and which records caused it.

Invariant: the added quads of a difference are those that the later graph has and the earlier has not, the removed ones
those that the earlier has and the later has not; each names the last record that brought it in or took it out. The
history of a thing, added up, is what the graph says about it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad

from graph.log import EventLog, Record
from graph.projection import Projector
from graph.projection.statements import quad_of, quads
from graph.store import Reader
from graph.store.reader import marker
from graph.travel.errors import TooManyRecords
from graph.travel.past import Past
from graph.travel.touching import states_about, touching

CHANGE_RECORDS: Final = 20_000  # records that one answer reads, unless told otherwise


@dataclass(frozen=True, slots=True)
class Cause:
    """The record that caused a change; `reason` is what its author gave for it, if anything."""

    position: int
    type: str
    recorded: str
    actor: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """One quad that was added or removed, and why."""

    quad: Quad
    cause: Cause


@dataclass(frozen=True, slots=True)
class Difference:
    """What is to be added to and removed from the graph at `start` to have the one at `end`, in order of N-Quads."""

    start: int
    end: int
    added: tuple[Changed, ...]
    removed: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What one record changed of what the graph says about a thing, in order of N-Quads."""

    cause: Cause
    added: tuple[Quad, ...]
    removed: tuple[Quad, ...]


def difference(
    past: Past,
    log: EventLog,
    projector: Projector,
    start: int,
    end: int,
    *,
    about: str | None = None,
    limit: int = CHANGE_RECORDS,
) -> Difference:
    """Return what changed from position `start` to `end`, also backwards; `about` is an IRI that the quads are about.

    Backwards, what a record had added is removed, and that record is named.

    Raises:
        TooManyRecords: more than `limit` records would be read.
        graph.travel.errors.TravelError: as `Past.at`.
    """
    first, last = min(start, end), max(start, end)
    later = past.at(last)  # also tells a position beyond the head
    before = past.at(first)
    if about is None:
        if last - first > limit:
            raise TooManyRecords("the difference", last - first, limit)
        records: Iterable[Record] = log.read(after=first, upto=last)
    else:
        positions = [position for position in touching(later, about) if position > first]
        if len(positions) > limit:
            raise TooManyRecords("the difference", len(positions), limit)
        records = _records(log, positions)
    there: dict[Quad, bool] = {}
    origin: dict[Quad, bool] = {}
    causes: dict[Quad, Cause] = {}
    for record in records:
        cause = cause_of(record)
        for some, now in zip(_changed(projector, record, about), (False, True), strict=True):
            for quad in some:
                if quad not in there:
                    there[quad] = origin[quad] = quad in before
                if there[quad] is not now:
                    there[quad], causes[quad] = now, cause
    added = _sorted(Changed(quad, causes[quad]) for quad, now in there.items() if now and not origin[quad])
    removed = _sorted(Changed(quad, causes[quad]) for quad, now in there.items() if origin[quad] and not now)
    return Difference(start, end, added, removed) if start <= end else Difference(start, end, removed, added)


def history(
    reader: Reader, log: EventLog, projector: Projector, iri: str, *, limit: int = CHANGE_RECORDS
) -> Iterator[Step]:
    """Yield what each record changed of what the graph says about `iri`, oldest first, up to the position of `reader`.

    Raises:
        TooManyRecords: more than `limit` records would be read.
    """
    positions = touching(reader, iri)
    if len(positions) > limit:
        raise TooManyRecords(f"the history of {iri}", len(positions), limit)
    return _history(log, projector, iri, positions)


def _history(log: EventLog, projector: Projector, iri: str, positions: list[int]) -> Iterator[Step]:
    there: set[Quad] = set()
    for record in _records(log, positions):
        gone, come = _changed(projector, record, iri)
        removed, added = there.intersection(gone), {quad for quad in come if quad not in there}
        if added or removed:
            there -= removed
            there |= added
            yield Step(cause_of(record), tuple(sorted(added, key=str)), tuple(sorted(removed, key=str)))


def cause_of(record: Record) -> Cause:
    """Return a record as the cause of a change."""
    reason = record.payload.get("reason")
    return Cause(
        record.position, record.type, record.recorded, record.actor, reason if isinstance(reason, str) else None
    )


def patch(difference: Difference, projector: Projector, *, whole: bool = True) -> Iterator[str]:
    """Yield the lines of the difference as an RDF Patch: applied to the N-Quads at `start` it gives those at `end`.

    So the quad that says the position of the graph is in it too, unless it is about one thing (not `whole`).
    """
    log = str(projector.iris.log())
    yield "TX ."
    if whole and difference.start != difference.end:
        if difference.start:
            yield f"D {_nquad(quad_of(marker(log, difference.start)))}"
        if difference.end:
            yield f"A {_nquad(quad_of(marker(log, difference.end)))}"
    for changed in difference.removed:
        yield f"D {_nquad(changed.quad)}"
    for changed in difference.added:
        yield f"A {_nquad(changed.quad)}"
    yield "TC ."


def _nquad(quad: Quad) -> str:
    return f"{quad} ."


def _records(log: EventLog, positions: Iterable[int]) -> Iterator[Record]:
    """Yield the records at `positions`, which ascend; runs of them are read at once."""
    run: list[int] = []
    for position in [*positions, 0]:
        if run and position != run[-1] + 1:
            yield from log.read(after=run[0] - 1, upto=run[-1])
            run = []
        run.append(position)


def _changed(projector: Projector, record: Record, about: str | None) -> tuple[list[Quad], list[Quad]]:
    """Return what a record may remove and add, of what is about an IRI where one is given."""
    change = projector.change(record)
    if about is None:
        return quads(change.removed), change.added.quads()
    return (
        quads(statement for statement in change.removed if states_about(statement, about)),
        quads(dict.fromkeys(statement for statement in change.added.each() if states_about(statement, about))),
    )


def _sorted(changed: Iterable[Changed]) -> tuple[Changed, ...]:
    return tuple(sorted(changed, key=lambda one: str(one.quad)))
