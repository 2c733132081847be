"""Stated totals that are the sum of other figures: of the same article, or of what the same source told before.

Invariant: a sum is named only where there is one way to add up to it. Between articles its parts are figures of the
same named source, told on the same day or in the days before, of places within. Nothing is ever added up otherwise.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from graph.fusion.features import Features
from graph.fusion.origins import Voice, origin
from ontology.retelling import retelling

_PARTS: Final = 3  # of a sum, at most
_SMALLEST: Final = 20  # below it, numbers add up by chance
_OF_AN_ARTICLE: Final = 40  # figures that are looked at
_DAYS: Final = 3  # before a total in which its parts were told
_OF_A_SOURCE: Final = 12  # figures in these days; of more, some add up by chance


@dataclass(frozen=True, slots=True)
class Sum:
    """That the figure of `category` of the claim `total` is what those of `parts` add up to."""

    total: str
    parts: tuple[str, ...]
    category: str


def sums(claims: Iterable[Features]) -> Iterator[Sum]:
    """Yield the stated totals of one article that are the sum of other figures of it.

    A total is a figure of a claim that only counts; its parts, two or three, are figures of other claims. Where
    several choices of the fewest parts add up to it, nothing is said.
    """
    told = sorted((c for c in claims if c.modality.happened), key=lambda claim: claim.order)
    for category in sorted({count.category for claim in told for count in claim.counts}):
        values = {claim.claim: counted(claim, category) for claim in told[:_OF_AN_ARTICLE]}
        for claim in told[:_OF_AN_ARTICLE]:
            total = values[claim.claim]
            if total is None or not may_be_sum(claim, category):
                continue
            parts = [(c, value) for c, value in values.items() if value and value < total and c != claim.claim]
            found = _adding_up(total, parts)
            if found:
                yield Sum(claim.claim, found, category)


def may_be_sum(claim: Features, category: str | None = None) -> bool:
    """Tell whether a claim only counts, and so many that it may be a sum; in one category, or in any."""
    if claim.type not in retelling().totals or not claim.modality.happened:
        return False
    categories = {count.category for count in claim.counts} if category is None else {category}
    return any((counted(claim, one) or 0) >= _SMALLEST for one in categories)


@dataclass(frozen=True, slots=True)
class _Figure:
    event: str
    claim: Features
    day: int
    value: int


def sums_across(events: Iterable[tuple[str, Iterable[Features]]], known: Iterable[Sum] = ()) -> Iterator[Sum]:
    """Yield the totals that are sums of figures of other articles of the same source, by claim and category.

    `events` are ids and claims. What `known` sums say already is passed over. An event counts once, with what the
    source told of it last, and not at all where it told several figures on the last day.
    """
    done = {(total.total, total.category) for total in known}
    by_source: dict[tuple[str, str], list[_Figure]] = defaultdict(list)
    for event, claims in events:
        for claim in claims:
            voice = origin(claim)
            if voice.voice is not Voice.NAMED or voice.id is None or claim.published is None:
                continue
            for category in sorted({count.category for count in claim.counts}):
                value = counted(claim, category)
                if value:
                    by_source[voice.id, category].append(_Figure(event, claim, claim.published, value))
    for (_, category), figures in sorted(by_source.items()):
        figures.sort(key=lambda figure: figure.claim.order)
        days = [figure.day for figure in figures]
        for total in figures:
            if not may_be_sum(total.claim, category) or (total.claim.claim, category) in done:
                continue
            near = figures[bisect_left(days, total.day - _DAYS) : bisect_right(days, total.day)]
            latest = _latest(f for f in near if f.event != total.event and _within(f, total))
            parts = [(f.claim.claim, f.value) for f in latest if f.value < total.value]
            if len(parts) <= _OF_A_SOURCE and (found := _adding_up(total.value, parts)):
                yield Sum(total.claim.claim, found, category)


def _latest(figures: Iterable[_Figure]) -> list[_Figure]:
    """Return one figure of each event, of the last day; none of an event with several values on that day."""
    last: dict[str, list[_Figure]] = {}
    for figure in figures:  # by day
        known = last.get(figure.event)
        if known is None or known[0].day < figure.day:
            last[figure.event] = [figure]
        else:
            known.append(figure)
    return [found[0] for found in last.values() if len({figure.value for figure in found}) == 1]


def _within(part: _Figure, total: _Figure) -> bool:
    """Tell whether a place of the part is one of the total or lies in it, as far as both name any."""
    areas = {spot.id for spot in total.claim.spots}
    if not areas or not part.claim.spots:
        return True
    return all(spot.id in areas or any(area in areas for area, _ in spot.within) for spot in part.claim.spots)


def _adding_up(total: int, parts: list[tuple[str, int]]) -> tuple[str, ...]:
    """Return which of `parts` (claims and their figures) add up to `total`: two, else three, if only in one way."""
    for size in range(2, _PARTS + 1):
        found = [chosen for chosen in combinations(parts, size) if sum(value for _, value in chosen) == total]
        if found:
            return tuple(claim for claim, _ in found[0]) if len(found) == 1 else ()
    return ()


def counted(claim: Features, category: str) -> int | None:
    """Return how many of everybody the claim counts in a category, None where it gives no number or several."""
    at = place_of(claim, category)
    return None if at is None else claim.counts[at - 1].best


def place_of(claim: Features, category: str) -> int | None:
    """Return the number (from 1) of the only figure that counts everybody in a category, None where there is no one."""
    found = [at for at, count in enumerate(claim.counts, 1) if count.category == category and count.of is None]
    return found[0] if len(found) == 1 else None


def added(values: Iterable[int | None]) -> int | None:
    """Return the sum, None where one is open."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total
