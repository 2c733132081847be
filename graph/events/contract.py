"""What the rest of Waqai asks about events, whoever keeps them.

Invariant: the events as of a position follow from the log up to it and from the contents that are not erased, and from
nothing else: not from the order of ingest, not from what was asked before.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """A claim of an article, by their ids."""

    claim: str
    article: str


@dataclass(frozen=True, slots=True)
class Possibly:
    """That a claim of an event (`own`) may be about the event of another claim, and the score of the two."""

    own: Member
    other: Member
    score: int


@dataclass(frozen=True, slots=True)
class Event:
    """Claims about one event, in canonical order: the first one gives the event its id.

    `members` say that it happened and are in force; there is at least one. `denials` deny it. `possibly` are the claims
    of other events that may be about this one, in canonical order of both.
    """

    members: tuple[Member, ...]
    denials: tuple[Member, ...] = ()
    possibly: tuple[Possibly, ...] = ()

    @property
    def id(self) -> str:
        """The id of the event: that of its first claim."""
        return self.members[0].claim


@dataclass(frozen=True, slots=True)
class Turn:
    """What one record did to the events: those that ended with it, and those that began.

    An event that has other members, denials or possible matches than before ended, and began as another one, also
    where the id is the same. What a claim says may have changed without any of this.
    """

    ended: tuple[Event, ...] = ()
    begun: tuple[Event, ...] = ()


class Events(Protocol):
    """The events of a log, as of any position. Claims are as reviewed, merged and decided at that position."""

    def at(self, position: int) -> Iterator[Event]:
        """Yield all events as of `position`, in canonical order of their first claims."""
        ...

    def turn(self, position: int) -> Turn:
        """Return what the record at `position` did to the events."""
        ...

    def between(self, after: int, upto: int) -> Turn:
        """Return what the records behind position `after` and up to `upto` did to the events, taken together.

        What began and ended again in between is not in it; an event that ended and began again as it was may be in both
        parts or in none. Here each position is asked.
        """
        ended: dict[Event, None] = {}
        begun: dict[Event, None] = {}
        for position in range(after + 1, upto + 1):
            turn = self.turn(position)
            for event in turn.ended:
                if event in begun:
                    del begun[event]
                else:
                    ended[event] = None
            begun.update(dict.fromkeys(turn.begun))
        return Turn(tuple(ended), tuple(begun))

    def anew(self) -> "AbstractContextManager[Events]":
        """Give events that are made from the log and the contents alone, whatever was kept until now.

        What is made takes the place of what was kept where the block ends well. Here nothing is kept.
        """
        return nullcontext(self)

    def of(self, claim: str, position: int) -> Event | None:
        """Return the event that a claim tells or denies as of `position`, None where it is about none that happened."""
        ...

    def turns(self, claim: str, upto: int) -> Iterable[tuple[int, Turn]]:
        """Yield the positions up to `upto` that turned an event which told or denied with this claim, and their turns.

        Here each position is asked.
        """
        for position in range(1, upto + 1):
            turn = self.turn(position)
            told = (one for event in (*turn.ended, *turn.begun) for one in (*event.members, *event.denials))
            if any(one.claim == claim for one in told):
                yield position, turn

    def last(self, claim: str, position: int) -> Event | None:
        """Return the event that a claim tells or denies as of `position`, or told or denied last before it."""
        at = self.there(claim, position)
        return None if at is None else self.of(claim, at)

    def there(self, claim: str, position: int) -> int | None:
        """Return the last position, up to `position`, at which a claim told or denied an event, None for never.

        Here the positions are asked one by one.
        """
        return next((at for at in range(position, 0, -1) if self.of(claim, at) is not None), None)

    def ended(self, claim: str, position: int) -> tuple[int, Event] | None:
        """Return the event that a claim told last before `position`, where it tells none as of then.

        The number is the last position at which it was so. A claim that denied an event told none.
        """
        at = self.there(claim, position)
        if at is None or at == position:
            return None
        event = self.of(claim, at)
        told = event is not None and any(member.claim == claim for member in event.members)
        return (at, event) if event is not None and told else None

    def went_on(self, claim: str, position: int) -> tuple[str, ...]:
        """Return the ids of the events, as of `position`, in which goes on what a claim told: that of its own, if any.

        A claim that tells nothing any more, as one that was retracted, was about one event with others before; these
        may be about several by now, and so may those who told it with them since. Empty where nobody tells it.
        """
        found: set[str] = set()
        pending, known = [claim], {claim}
        for one in pending:  # grows while it is walked, by claims that are not known yet
            event = self.last(one, position)
            members = () if event is None else tuple(member.claim for member in event.members)
            if event is None or one not in members:
                continue
            if self.of(one, position) == event:
                found.add(event.id)
                continue
            new = [member for member in members if member not in known]
            known.update(new)
            pending += new
        return tuple(sorted(found))
