"""Events made afresh for each position that is asked for: what any other way of keeping them has to give.

Invariant: see `graph.events.contract`; nothing is carried over from one position to another.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from graph.events.contract import Event, Events, Member, Possibly, Turn
from graph.events.deciding import pairs
from graph.events.telling import Telling
from graph.fusion.clustering import fuse
from graph.log import EventLog
from ontology.records import CLAIMS_EXTRACTED

_KEPT: Final = 64  # positions


class EventsAfresh(Events):
    """The events of `log`, at the cost of all its claims for each position. May be used by several threads."""

    def __init__(self, log: EventLog, telling: Telling) -> None:
        self._log = log
        self._telling = telling
        self._made = lru_cache(maxsize=_KEPT)(self._make)
        self._homes = lru_cache(maxsize=2)(self._home)

    def at(self, position: int) -> Iterator[Event]:
        """See `Events.at`."""
        yield from self._as_of(position)

    def turn(self, position: int) -> Turn:
        """See `Events.turn`."""
        before, now = self._as_of(position - 1), self._as_of(position)
        stayed = {*before} & {*now}
        return Turn(
            tuple(event for event in before if event not in stayed),
            tuple(event for event in now if event not in stayed),
        )

    def of(self, claim: str, position: int) -> Event | None:
        """See `Events.of`."""
        return self._homes(position, self._telling.erasures.last()).get(claim)

    def _as_of(self, position: int) -> tuple[Event, ...]:
        return self._made(position, self._telling.erasures.last())

    def _home(self, position: int, _erased: int) -> dict[str, Event]:
        return {one.claim: event for event in self._as_of(position) for one in (*event.members, *event.denials)}

    def _make(self, position: int, _erased: int) -> tuple[Event, ...]:
        articles = dict.fromkeys(
            record.payload["article"] for record in self._log.read(upto=position, types=(CLAIMS_EXTRACTED,))
        )
        told = {
            features.claim: features
            for article in articles
            for features in self._telling.of_article(article, position).values()
        }
        found = fuse(told.values(), pairs(self._telling.curations.events(position)))
        member = {claim: Member(claim, features.article) for claim, features in told.items()}
        return tuple(
            Event(
                tuple(member[claim] for claim in event.members),
                tuple(member[claim] for claim in event.denials),
                tuple(Possibly(member[own], member[other], score) for own, other, score in event.possibly),
            )
            for event in found.told()
        )
