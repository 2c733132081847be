"""What one event adds to a ledger, and where and when.

Invariant: whether figures are those of one incident or a total over several follows from what the claims say, with the
reason. What is undated has no day; a publication date only says in which days an undated incident can have been.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from graph.fusion.features import Extent, Features, Spot
from graph.fusion.tolls import Rule
from graph.ledger.entries import Entry, entries, said
from ontology.model import Modality
from ontology.retelling import retelling

_A_NIGHT: Final = 2  # days that one incident may take: those around a night
_NEWS: Final = 3  # days before publication that undated news is of


class Total(StrEnum):
    """Why figures are no single incident's: they may count what others count, and are never added to them."""

    PERIOD = "period"  # over more days than one incident takes
    WIDE = "wide"  # a toll without a happening, of a district or more, or of several places
    PLACELESS = "placeless"  # a toll without a happening and without a place
    UNDATED = "undated"  # a toll without a happening and without a day, of a city or more
    TALLY = "tally"  # from some time on, as the words or the date say
    SUM = "sum"  # what other figures add up to
    BACKGROUND = "background"  # told as history


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its id and its claims, in canonical order; `tallies` are those that count from some time on."""

    id: str
    claims: tuple[Features, ...]
    tallies: frozenset[str] = frozenset()


Way = tuple[tuple[str, Extent], ...]  # a place and what contains it, innermost first


@dataclass(frozen=True, slots=True)
class Account:
    """The figures of an event. `total` is None where they are those of one incident.

    `days` is the inclusive interval in which it happened (proleptic ordinals), None where no claim says; `window` the
    one in which it can have been, None where nothing bounds it. `ways` are its places, the narrowest that claims give:
    words of several claims for one place, unless it is `scattered`: then one claim tells of several.
    """

    event: str
    types: frozenset[str]
    total: Total | None
    days: tuple[int, int] | None
    window: tuple[int, int] | None
    ways: tuple[Way, ...]
    scattered: bool
    entries: tuple[Entry, ...]
    first: tuple[int, str, str]

    def entry(self, category: str, of: str | None) -> Entry | None:
        """Return the entry of a category and a population, if there is one."""
        return next((e for e in self.entries if e.category == category and e.of == of), None)


def account(event: Event, sums: frozenset[str] = frozenset()) -> Account:
    """Return the account of an event; `sums` are the claims whose figure is the sum of others."""
    told = [claim for claim in event.claims if claim.modality.happened]
    days, ways = _days(told), _ways(told)
    own = [claim for claim in told if claim.counts and claim.claim not in event.tallies]
    scattered = any(len(_ways([claim])) > 1 for claim in told)
    return Account(
        event.id,
        frozenset(claim.type for claim in told),
        _total(told, days, ways, sums, tallies=event.tallies, scattered=scattered),
        days,
        days or _window(told),
        ways,
        scattered,
        entries(own or told),
        min((claim.order for claim in told), default=(0, "", event.id)),
    )


def tallies(event: Event) -> Iterator[Account]:
    """Yield an account for each tally of an event that has figures of its own: told with it, and of more."""
    told = [claim for claim in event.claims if claim.modality.happened and claim.counts]
    if any(claim.claim not in event.tallies for claim in told):
        yield from (_alone(claim, Total.TALLY) for claim in told if claim.claim in event.tallies)


def background(claim: Features) -> Account | None:
    """Return the account of a claim that tells history and counts something."""
    if claim.modality is not Modality.BACKGROUND or not claim.counts:
        return None
    return _alone(claim, Total.BACKGROUND)


def _alone(claim: Features, total: Total) -> Account:
    """Return the account of one claim, with each of its figures as it gives it."""
    listed = tuple(
        Entry(count.category, count.of, count.low, count.best, count.high, Rule.ONLY, (said(claim, at, count),))
        for at, count in enumerate(claim.counts)
    )
    ways = _ways([claim])
    return Account(
        claim.claim,
        frozenset({claim.type}),
        total,
        claim.days,
        claim.days,
        ways,
        len(ways) > 1,
        listed,
        claim.order,
    )


def _total(
    told: Sequence[Features],
    days: tuple[int, int] | None,
    ways: tuple[Way, ...],
    sums: frozenset[str],
    *,
    tallies: frozenset[str],
    scattered: bool,
) -> Total | None:
    if days is not None and days[1] - days[0] >= _A_NIGHT:
        return Total.PERIOD
    counting = [claim for claim in told if claim.counts]
    if counting and all(claim.claim in tallies for claim in counting):
        return Total.TALLY
    if not all(claim.type in retelling().totals for claim in told):
        return None
    if any(claim.claim in sums for claim in told):
        return Total.SUM
    extents = [way[0][1] for way in ways]
    if not extents:
        return Total.PLACELESS
    if scattered or min(extents) >= Extent.DISTRICT:
        return Total.WIDE
    return Total.UNDATED if days is None and min(extents) >= Extent.CITY else None


def _days(told: Iterable[Features]) -> tuple[int, int] | None:
    """Return the days that all dated claims leave; where they leave none, those of the first."""
    given = [claim.days for claim in told if claim.days is not None]
    if not given:
        return None
    first, last = max(day for day, _ in given), min(day for _, day in given)
    return (first, last) if first <= last else given[0]


def _window(told: Iterable[Features]) -> tuple[int, int] | None:
    published = [claim.published for claim in told if claim.published is not None]
    return (min(published) - _NEWS, min(published)) if published else None


def _ways(told: Iterable[Features]) -> tuple[Way, ...]:
    """Return the places of claims that contain no other of their places, by id."""
    spots: dict[str, Spot] = {}
    for claim in told:
        for spot in claim.spots:
            known = spots.get(spot.id)
            if known is None or len(spot.within) > len(known.within):
                spots[spot.id] = spot
    around = {area for spot in spots.values() for area, _ in spot.within}
    return tuple(((spot.id, spot.extent), *spot.within) for _, spot in sorted(spots.items()) if spot.id not in around)
