"""Decisions on which claims are about one event.

Invariant: no decision on events is written that another one would leave without effect: what somebody split is brought
together only once that was undone. A split takes effect, whatever was brought together before.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from api.decisions import Conflict, Decisions, Done, Order, by_whom, or_again, refuse_stale, same, written
from ontology.curations import EVENT_SPLIT, EVENTS_MERGED, ClaimOf, Curation

if TYPE_CHECKING:
    from api.workspace import Workspace


def merging(workspace: "Workspace", claims: Sequence[ClaimOf], order: Order, reason: str, *said: str) -> Done:
    """Say that claims are about one event.

    Raises:
        Conflict: somebody said that they, or those of their events, are about several; that they are about one; or
            decided on them since `order.seen`.
        Refused
        LogError, StoreError
    """
    decision = Curation(reason, tuple(claims))
    there: list[int] = []

    def make(head: int) -> Decisions:
        there.clear()
        _look(workspace, EVENTS_MERGED, decision, order, head)
        refuse_parted(workspace, claims, head)
        if (by := workspace.curations.events(head).joined_by(claims)) is not None:
            there.append(same(workspace, by, order.actor, reason, "they were said to be about one event already"))
            return []
        return [(EVENTS_MERGED, decision)]

    return or_again(written(workspace, order, make, reason, *said), there)


def splitting(
    workspace: "Workspace", parts: tuple[tuple[ClaimOf, ...], ...], order: Order, reason: str, *said: str
) -> Done:
    """Say that claims of several parts are about several events. Raises as `merging` does."""
    decision = Curation(reason, parts=parts)
    there: list[int] = []

    def make(head: int) -> Decisions:
        there.clear()
        _look(workspace, EVENT_SPLIT, decision, order, head)
        decided = workspace.curations.events(head)
        for part in parts:
            if (by := decided.parted_by(part)) is not None:
                raise Conflict(_against(workspace, by), by)
        wanted = {frozenset(part) for part in parts}
        for position, known in decided.apart:
            if {frozenset(part) for part in known} == wanted:
                there.append(same(workspace, position, order.actor, reason, "they were said so already"))
                return []
        return [(EVENT_SPLIT, decision)]

    return or_again(written(workspace, order, make, reason, *said), there)


def refuse_parted(workspace: "Workspace", claims: Sequence[ClaimOf], head: int) -> None:
    """Refuse to bring claims together of which somebody said that they, or those of their events, are about several.

    Raises:
        Conflict
    """
    if (by := workspace.curations.events(head).parted_by(_around(workspace, claims, head))) is not None:
        raise Conflict(_against(workspace, by), by)


def _look(workspace: "Workspace", type_: str, decision: Curation, order: Order, head: int) -> None:
    """Refuse a decision that was taken before a stale screen, or that waits for approval already. Raises Conflict."""
    curations = workspace.curations
    claims = [*decision.claims, *(claim for part in decision.parts for claim in part)]
    on_events = curations.on_events(claims, head)
    on_claims = (position for claim in claims for position in curations.on_claim(claim, head))
    refuse_stale(workspace, sorted({*on_events, *on_claims}), order.seen, "what is said of one of the claims")
    for position in on_events:
        if curations.type_of(position) != type_ or not curations.waits(position, head):
            continue
        if _what(curations.curation(position)) == _what(decision):
            told = by_whom(workspace, position)
            raise Conflict(f"the same was decided by {told}; it waits for approval (waqai approve)", position)


def _what(decision: Curation) -> tuple[frozenset[ClaimOf], frozenset[frozenset[ClaimOf]]]:
    return frozenset(decision.claims), frozenset(map(frozenset, decision.parts))


def _around(workspace: "Workspace", claims: Iterable[ClaimOf], head: int) -> set[ClaimOf]:
    """Return claims and all that are about their events now."""
    found = set(claims)
    for claim in claims:
        event = workspace.projector.events.of(claim.claim, head)
        found.update(ClaimOf(one.article, one.claim) for one in (() if event is None else event.members))
    return found


def _against(workspace: "Workspace", position: int) -> str:
    return f"they were said to be about several events, by {by_whom(workspace, position)}: waqai undo {position} first"
