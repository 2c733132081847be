"""Figures over a place and a period.

Invariant: a sum adds figures of incidents, each once, and says which; its low, best and high are the sums of theirs. A
total that a source states is never in it, nor an incident that may contain another one of the sum.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graph.ledger.accounts import Account, Total
from graph.ledger.entries import Entry, Made
from ontology.retelling import retelling

Key = tuple[str, str | None]  # a category and a population


@dataclass(frozen=True, slots=True)
class Scope:
    """A place (an id) and an inclusive period (proleptic ordinals); None where it is not bounded."""

    place: str | None = None
    since: int | None = None
    until: int | None = None


class Summed(StrEnum):
    """How a sum over incidents was made."""

    BESTS = "bests"  # of the best values
    BESTS_AND_LOWS = "bestsAndLows"  # of the best values, and of lower bounds where there is none


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a category and population over the incidents of a scope.

    `incidents` are those added, by id; `unsettled` how many have no best value and stand with their lower bound, `open`
    how many have no upper bound (then `high` is None), `disputed` how many are disputed, `without` how many incidents
    of the scope give no such figure. `containing` were left out: they may contain incidents that are in the sum.
    `maybe_twice` counts pairs in the sum that may be about one event.
    """

    category: str
    of: str | None
    low: int
    best: int
    high: int | None
    rule: Summed
    incidents: tuple[str, ...]
    unsettled: int
    open: int
    disputed: int
    without: int
    containing: tuple[str, ...]
    maybe_twice: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A total that sources state. `difference` is its best value less that of the sum beside it.

    It is None where one of them has none, where the total may count what is out of the scope, and for history.
    """

    account: Account
    entry: Entry
    difference: int | None

    @property
    def why(self) -> Total:
        """Why it is a total."""
        assert self.account.total is not None
        return self.account.total


@dataclass(frozen=True, slots=True)
class Page:
    """What a ledger says of a scope.

    `incidents` counts the incidents in it. Not in it, and counted apart: `undated` incidents of its place, where the
    scope has a period; `across`, those that may lie within or without (other places, days across its bounds);
    `placeless`, those without any place, which are never added.
    """

    scope: Scope
    sums: tuple[Sum, ...]
    stated: tuple[Stated, ...]
    incidents: int
    undated: int
    across: int
    placeless: int


def page(
    accounts: Iterable[Account],
    scope: Scope = Scope(),
    possibly: Iterable[tuple[str, str]] = (),
) -> Page:
    """Return what the ledger says of `scope`; `possibly` are pairs of events that may be one."""
    inside: list[Account] = []
    totals: list[tuple[Account, bool]] = []
    undated = across = placeless = 0
    for one in sorted(accounts, key=lambda account: (account.first, account.event)):
        where, when = _where(one, scope), _when(one, scope)
        if one.total is not None:
            if where is not False and when is not False and (one.ways or scope.place is None):
                comparable = bool(one.ways) and one.total is not Total.BACKGROUND
                totals.append((one, comparable and where is True and when is True))
        elif not one.ways:
            placeless += when is not False
        elif where is False or when is False:
            continue
        elif one.days is None and when is None:
            undated += where is True
            across += where is None
        elif where is None or when is None:
            across += 1
        else:
            inside.append(one)
    sums = _sums(inside, frozenset(map(frozenset, possibly)))
    best = {(found.category, found.of): found.best for found in sums}
    stated = tuple(
        Stated(one, entry, _difference(entry, best.get((entry.category, entry.of))) if within else None)
        for one, within in totals
        for entry in one.entries
        if not isinstance(entry.rule, Made)  # what follows from parts nobody stated
    )
    return Page(scope, sums, stated, len(inside), undated, across, placeless)


def _difference(entry: Entry, best: int | None) -> int | None:
    return None if entry.best is None or best is None else entry.best - best


def _where(one: Account, scope: Scope) -> bool | None:
    """Tell whether it lies in the place; None where some of it does, or it may."""
    if scope.place is None:
        return True
    within = [any(area == scope.place for area, _ in way) for way in one.ways]
    if within and all(within):
        return True
    return None if any(within) else False


def _when(one: Account, scope: Scope) -> bool | None:
    """Tell whether it was in the period; None where it may have been."""
    if scope.since is None and scope.until is None:
        return True
    span = one.days or one.window
    if span is None:
        return None
    first, last = span
    if (scope.until is not None and first > scope.until) or (scope.since is not None and last < scope.since):
        return False
    within = (scope.since is None or scope.since <= first) and (scope.until is None or last <= scope.until)
    return True if within and one.days is not None else None


def _sums(inside: Sequence[Account], possibly: frozenset[frozenset[str]]) -> tuple[Sum, ...]:
    rows: dict[Key, list[tuple[Account, Entry]]] = defaultdict(list)
    for one in inside:
        for entry in one.entries:
            rows[entry.category, entry.of].append((one, entry))
    outer = Containing(inside)
    near: dict[str, set[str]] = defaultdict(set)
    for pair in possibly:
        for event in pair:
            near[event] |= pair - {event}
    return tuple(
        _sum(key, rows[key], len(inside), outer, near) for key in sorted(rows, key=lambda key: (key[0], key[1] or ""))
    )


def _sum(
    key: Key,
    rows: Sequence[tuple[Account, Entry]],
    incidents: int,
    outer: "Containing",
    near: Mapping[str, set[str]],
) -> Sum:
    containing = outer.of(key, rows)
    kept = [(one, entry) for one, entry in rows if one.event not in containing]
    events = {one.event for one, _ in kept}
    settled = [entry.best is not None for _, entry in kept]
    highs = [entry.high for _, entry in kept]
    return Sum(
        *key,
        low=sum(entry.at_least for _, entry in kept),
        best=sum(entry.best if entry.best is not None else entry.at_least for _, entry in kept),
        high=None if None in highs else sum(high for high in highs if high is not None),
        rule=Summed.BESTS if all(settled) else Summed.BESTS_AND_LOWS,
        incidents=tuple(one.event for one, _ in kept),
        unsettled=settled.count(False),
        open=highs.count(None),
        disputed=sum(entry.disputed for _, entry in kept),
        without=incidents - len(rows),
        containing=tuple(one.event for one, _ in rows if one.event in containing),
        maybe_twice=sum(len(near.get(event, frozenset()) & events) for event in events) // 2,
    )


class Containing:
    """Which incidents may contain others: in a place around theirs, on the same days, under a type that may tell them.

    "Airstrikes on the governorate killed nine" and a strike that killed three in one of its villages on that day.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._by_place: dict[str, list[Account]] = defaultdict(list)
        for one in accounts:
            for way in one.ways:
                self._by_place[way[0][0]].append(one)
        self._by_day: dict[tuple[str, int], list[Account]] = defaultdict(list)
        self._always: dict[str, list[Account]] = defaultdict(list)
        for place, found in self._by_place.items():
            for one in found:
                if one.window is None:
                    self._always[place].append(one)
                for day in () if one.window is None else range(one.window[0], one.window[1] + 1):
                    self._by_day[place, day].append(one)

    def of(self, key: Key, rows: Iterable[tuple[Account, Entry]]) -> frozenset[str]:
        """Return the events among `rows` that may contain another of them, counted by this category and population."""
        counted = {one.event: entry for one, entry in rows}
        found: set[str] = set()
        for one, entry in rows:
            for outer in self._around(one):
                other = counted.get(outer.event)
                if (
                    other is not None
                    and outer.event != one.event
                    and outer.event not in found
                    and _alike(outer, one)
                    and (other.high is None or other.high >= entry.at_least)
                ):
                    found.add(outer.event)
        return frozenset(found)

    def _around(self, one: Account) -> Iterable[Account]:
        """Yield what lies around the places of `one`, or holds one of them and others, on its days."""
        for way in one.ways:
            for area, _ in way[1:]:
                yield from self._at(area, one)
        for way in one.ways:
            for outer in self._at(way[0][0], one):
                if outer.scattered and not one.scattered:
                    yield outer

    def _at(self, place: str, one: Account) -> Iterable[Account]:
        yield from self._always.get(place, ())
        if one.window is None:
            yield from (other for other in self._by_place.get(place, ()) if other.window is not None)
            return
        seen: set[str] = set()
        for day in range(one.window[0], one.window[1] + 1):
            for other in self._by_day.get((place, day), ()):
                if other.event not in seen:
                    seen.add(other.event)
                    yield other


def _alike(one: Account, other: Account) -> bool:
    known = retelling()
    return any(known.family(a) == known.family(b) for a in one.types for b in other.types)
