"""The accounts of all events of a log as of one position, with the names and words that are shown of them.

Invariant: words are those of the stored text at the figure's characters, or none where they are erased; what is asked
of a book is answered for its position.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from threading import Lock
from typing import Final

from api.fusing import Fused, Report, Told, report
from api.workspace import Workspace
from graph.fusion.adding import Sum
from graph.fusion.features import Extent, located
from graph.fusion.relations import Kind
from graph.ledger.accounts import Account, Event, account, background, tallies
from graph.ledger.entries import Said
from graph.ledger.histories import History, histories
from graph.ledger.scopes import Page, Scope, page
from ontology.wire import display_name

BY: Final = ("category", "month", "place", "event")


@dataclass(frozen=True, slots=True)
class Contest:
    """Who denies an event, and in what its claims contradict each other: `relations.Relation.in_what`, sorted."""

    denials: tuple[Told, ...] = ()
    contested_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Book:
    """The accounts as of `position`, those of events first, each as its event of `brought`.

    `told` are all claims by id, `sums` what stated totals are made of, by claim and category, `contests` what is
    contested of events, by event; those that nobody contests have none.
    """

    position: int
    brought: tuple[Event, ...]
    accounts: tuple[Account, ...]
    told: Mapping[str, Told]
    sums: Mapping[tuple[str, str], Sum]
    possibly: tuple[tuple[str, str], ...]
    contests: Mapping[str, Contest]

    def events(self) -> Iterator[tuple[Event, Account]]:
        """Yield the events with their accounts, in canonical order."""
        return zip(self.brought, self.accounts, strict=False)  # those of tallies and of history come behind

    def words(self, said: Said) -> str | None:
        """Return a figure as it is written."""
        return self.told[said.claim].words[said.at]

    @cached_property
    def places(self) -> Mapping[str, str]:
        """The names of places by id: the English one, else the Arabic one, else the words of a text."""
        found: dict[str, str] = {}
        for told in self.told.values():
            named = {area.id: display_name(area.names, None) for place in told.claim.places for area in place.within}
            named |= {place.id: display_name(place.names, None) for place in told.claim.places if place.names}
            for id_, name in named.items():
                if name:
                    found.setdefault(id_, name)
            if len(told.places) == len(told.claim.places):  # else its words are erased
                for place, name in zip(told.claim.places, told.places, strict=True):
                    found.setdefault(place.id, name)
        for told in self.told.values():  # what stands for a merged place may be named by no claim itself
            for spot, place in zip(told.features.spots, located(told.claim), strict=True):
                if place.id in found:
                    found.setdefault(spot.id, found[place.id])
        return found

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """The names of the sources that the registry knows, by id."""
        return {
            source.id: name
            for told in self.told.values()
            for source in told.claim.sources
            if (name := display_name(source.names, None))
        }

    def place(self, id_: str) -> str:
        """Return the name of a place."""
        return self.places.get(id_, id_)

    def who(self, said: Said) -> str | None:
        """Return the name of whose word a figure is, None where that is not known."""
        return None if said.origin.id is None else self.sources.get(said.origin.id, said.origin.id)

    def within(self, scope: Scope) -> tuple[Account, ...]:
        """Return the accounts that a scope's page is made of."""
        if scope.place is None:
            return self.accounts
        return tuple(one for one in self.accounts if any(area == scope.place for way in one.ways for area, _ in way))

    def pages(self, scope: Scope, by: str) -> list[tuple[str | None, Page]]:
        """Return the pages of a scope, each with the name of its group: one page, or one a month or place."""
        found = self.within(scope)
        if by == "month":
            return [(month, page(one, within, self.possibly)) for month, within, one in _months(found, scope)]
        if by == "place":
            groups = _areas(found, scope)
            return [
                (self.place(area), page(groups[area], Scope(area, scope.since, scope.until), self.possibly))
                for area in sorted(groups, key=lambda area: (self.place(area), area))
            ]
        return [(None, page(found, scope, self.possibly))]

    def histories(self, scope: Scope) -> tuple[History, ...]:
        """Return how the figures of sources moved, for the accounts of a scope."""
        inside = page(self.within(scope), scope)
        events = {event for found in inside.sums for event in (*found.incidents, *found.containing)}
        events |= {stated.account.event for stated in inside.stated}
        return histories(one for one in self.within(scope) if one.event in events)


def book(workspace: Workspace, position: int | None = None, *, limit: int | None = None) -> Book:
    """Return the book of the claims in force as of `position` (default: now). All are held in memory.

    Raises:
        TooManyClaims: where there are more than `limit`.
    """
    return of_report(report(workspace, position, limit=limit))


class Books:
    """The last book that was asked for, for several threads: kept until the log grows or another position is asked."""

    def __init__(self, workspace: Workspace, *, limit: int) -> None:
        self._workspace, self._limit = workspace, limit
        self._lock = Lock()
        self._last: tuple[tuple[int, int], Book] | None = None

    def at(self, position: int | None) -> Book:
        """Return the book as of `position` (default: now). Raises TooManyClaims."""
        with self._lock:
            head = self._workspace.log.head()  # a later record may erase words of an earlier position
            wanted = (head if position is None else position, head)
            if self._last is None or self._last[0] != wanted:
                self._last = None  # two at a time would take twice the memory
                self._last = (wanted, book(self._workspace, wanted[0], limit=self._limit))
            return self._last[1]


def of_report(found: Report) -> Book:
    """Return the book of events that were brought together."""
    events = [
        Event(
            event.id,
            tuple(told.features for told in event.claims),
            frozenset(told.features.claim for told in event.claims if told.tally),
        )
        for event in found.events
    ]
    sums = {(total.total, total.category): total for total in found.sums}
    added = frozenset(claim for claim, _ in sums)
    told = {told.features.claim: told for event in found.events for told in event.claims}
    told |= {other.features.claim: other for other in found.others}
    history = (background(other.features) for other in found.others)
    return Book(
        found.position,
        tuple(events),
        (
            *(account(event, added) for event in events),
            *(tally for event in events for tally in tallies(event)),
            *(one for one in history if one is not None),
        ),
        told,
        sums,
        found.possibly,
        {event.id: _contest(event) for event in found.events if event.denials or event.contested},
    )


def _contest(event: Fused) -> Contest:
    contradictions = (one.in_what for one in event.relations if one.kind is Kind.CONTRADICTS)
    return Contest(event.denials, tuple(sorted(set(contradictions))))


def _months(found: Iterable[Account], scope: Scope) -> list[tuple[str, Scope, list[Account]]]:
    groups: dict[tuple[int, int], list[Account]] = {}
    for one in found:
        span = one.days or one.window
        if span is None:
            continue
        first = max(span[0], scope.since) if scope.since is not None else span[0]
        last = min(span[1], scope.until) if scope.until is not None else span[1]
        for month in _months_of(first, last):
            groups.setdefault(month, []).append(one)
    return [(f"{year:04}-{month:02}", _cut(scope, year, month), groups[year, month]) for year, month in sorted(groups)]


_MONTHS_OF_A_TOTAL: Final = 24  # a total over more is listed in the last of them


def _months_of(first: int, last: int) -> list[tuple[int, int]]:
    if first > last:
        return []
    one, end = date.fromordinal(first), date.fromordinal(last)
    months = range(one.year * 12 + one.month - 1, end.year * 12 + end.month)
    return [(month // 12, month % 12 + 1) for month in months[-_MONTHS_OF_A_TOTAL:]]


def _cut(scope: Scope, year: int, month: int) -> Scope:
    first = date(year, month, 1).toordinal()
    last = (date(year + month // 12, month % 12 + 1, 1).toordinal()) - 1
    since = first if scope.since is None else max(first, scope.since)
    return Scope(scope.place, since, last if scope.until is None else min(last, scope.until))


def _areas(found: Iterable[Account], scope: Scope) -> dict[str, list[Account]]:
    """Return the accounts by governorate (else the widest place they name), or by what lies next below the scope."""
    groups: dict[str, list[Account]] = {}
    for one in found:
        for area in dict.fromkeys(_area(way, scope.place) for way in one.ways):
            groups.setdefault(area, []).append(one)
    return groups


def _area(way: tuple[tuple[str, Extent], ...], place: str | None) -> str:
    ids = [area for area, _ in way]
    if place is not None and place in ids:
        return ids[max(ids.index(place) - 1, 0)]
    governorate = next((area for area, extent in way if extent is Extent.GOVERNORATE), None)
    return governorate or (ids[-2] if len(ids) > 1 else ids[0])
