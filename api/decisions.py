"""What people order, and how it becomes records: what all decisions have in common.

Invariant: all that one command decides is one batch at the head of the log, or nothing; what others decided meanwhile
was looked at. A decision taken before a screen that is not up to date is refused.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from api.deciding import Refused
from graph.audit.text import isolate
from graph.log import VersionConflict
from ontology.curations import Curation
from ontology.identity import derived_id

if TYPE_CHECKING:
    from api.settings import Settings
    from api.workspace import Workspace

_TRIES = 8
Decisions = list[tuple[str, Curation]]


class UnknownSubject(Refused):
    """What a decision names is nothing that it can be about."""


class Conflict(Refused):
    """A decision that contradicts what was decided, or that was taken before a stale screen; `by` is that record."""

    def __init__(self, message: str, by: int) -> None:
        super().__init__(message)
        self.by = by


@dataclass(frozen=True, slots=True)
class Order:
    """Why and by whom something is decided.

    Args:
        seen: the position of the graph that the person looked at; what was decided behind it is told, not overruled.
        four_eyes: whether it holds only once somebody else has approved it.
        runs: runs that one record holds.
    """

    reason: str
    actor: str
    seen: int | None = None
    four_eyes: bool = False
    reason_chars: int = 1000
    runs: int = 200


def order_of(settings: "Settings", reason: str | None, actor: str, seen: int | None = None) -> Order:
    """Return an order of `actor` as the settings bound it."""
    return Order(reason or "", actor, seen, settings.four_eyes, settings.review_reason_chars, settings.curation_runs)


@dataclass(frozen=True, slots=True)
class Done:
    """What was written: positions and batch id; `waits` for approval, or `again` where it was there already."""

    positions: tuple[int, ...]
    batch: str | None
    waits: bool = False
    again: bool = False

    def json(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {"records": list(self.positions), "batch": self.batch, "waits": self.waits, "again": self.again}


def refuse_stale(workspace: "Workspace", positions: Sequence[int], seen: int | None, what: str) -> None:
    """Refuse what was decided before a screen that is not up to date any more.

    Raises:
        Conflict
    """
    later = [] if seen is None else [position for position in positions if position > seen]
    if later:
        told = "; ".join(by_whom(workspace, position) for position in later[:3])
        raise Conflict(f"{what} has changed since position {seen}: {told}. Look at it again", later[-1])


def same(workspace: "Workspace", position: int, actor: str, reason: str, already: str) -> int:
    """Return the record of a decision that is there already, where it was taken by the same person in the same words.

    Raises:
        Conflict: it was somebody else, or for another reason; `already` says what is so already.
    """
    curations = workspace.curations
    if curations.actor_of(position) == actor and curations.curation(position).reason == reason:
        return position
    raise Conflict(f"{already}, by {by_whom(workspace, position)}", position)


def or_again(done: Done, there: Iterable[int]) -> Done:
    """Return what was written, or where that is nothing, that the decisions at `there` say it already."""
    return done if done.positions else replace(done, positions=tuple(dict.fromkeys(there)), again=True)


def by_whom(workspace: "Workspace", position: int) -> str:
    """Return who decided what in a record, and why."""
    record = next(workspace.log.read(after=position - 1, upto=position))
    why = isolate(str(record.payload.get("reason", "")))
    return f"{isolate(record.actor)} in record {position} of {record.recorded[:10]} ({record.type}: {why})"


def written(workspace: "Workspace", order: Order, make: Callable[[int], Decisions], *said: str) -> Done:
    """Append what `make` decides at the head of the log, in one batch; nothing where it decides nothing."""
    curations = workspace.curations

    def needs_approval(one: Curation, head: int) -> bool:
        # What waits never held: whoever takes it back changes nothing, and withdraws or rejects it.
        return order.four_eyes and not (one.undoes is not None and curations.waits(one.undoes, head))

    for _ in range(_TRIES):
        expected = curations.version()
        head = workspace.log.head()
        if order.seen is not None and order.seen > head:
            raise Refused(f"nobody has seen position {order.seen}: the log is at position {head}")
        decisions = [(type_, replace(one, needs_approval=needs_approval(one, head))) for type_, one in make(head)]
        if not decisions:
            return Done((), None)
        batch = derived_id("batch", order.actor, str(head), *said)
        decisions = [(type_, replace(one, batch=batch)) for type_, one in decisions]
        try:
            appended = workspace.curate(decisions, actor=order.actor, expected=expected)
        except VersionConflict:
            continue  # somebody decided something meanwhile: look whether it was on this
        waits = any(one.needs_approval for _, one in decisions)
        return Done(tuple(range(appended.first, appended.last + 1)), batch, waits=waits)
    raise Refused("others decide all the time: try again")
