"""Totals of a source that are the sum of what it told before, in other articles.

Invariant: a sum is named only where there is one way to add up to it, of a few figures of the same named source, told
in the days before and of places within. Within one article `graph.fusion.relations.sums` finds them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from graph.fusion.features import Features
from graph.fusion.origins import Voice, origin
from graph.fusion.relations import SMALLEST_SUM, Sum, adding_up, counted
from graph.ledger.accounts import Event
from ontology.retelling import retelling

_DAYS: Final = 3  # before a total in which its parts were told
_FIGURES: Final = 12  # of a source in these days; of more, some add up by chance


@dataclass(frozen=True, slots=True)
class _Figure:
    event: str
    claim: Features
    day: int
    value: int


def sums_across(events: Iterable[Event], known: Iterable[Sum] = ()) -> Iterator[Sum]:
    """Yield the totals that are sums of figures of other articles of the same source, by claim and category.

    What `known` sums say already is passed over. An event counts once, with what the source told of it last.
    """
    done = {(total.total, total.category) for total in known}
    by_source: dict[tuple[str, str], list[_Figure]] = defaultdict(list)
    for event in events:
        for claim in event.claims:
            voice = origin(claim)
            if voice.voice is not Voice.NAMED or voice.id is None or claim.published is None:
                continue
            for category in sorted({count.category for count in claim.counts}):
                value = counted(claim, category)
                if value:
                    by_source[voice.id, category].append(_Figure(event.id, claim, claim.published, value))
    for (_, category), figures in sorted(by_source.items()):
        figures.sort(key=lambda figure: figure.claim.order)
        start = 0
        for at, total in enumerate(figures):
            while figures[start].day < total.day - _DAYS:
                start += 1
            if (
                total.value < SMALLEST_SUM
                or total.claim.type not in retelling().totals
                or (total.claim.claim, category) in done
            ):
                continue
            latest = {f.event: f for f in figures[start:at] if f.event != total.event and _within(f, total)}
            parts = [(f.claim.claim, f.value) for f in latest.values() if f.value < total.value]
            if len(parts) <= _FIGURES and (found := adding_up(total.value, parts)):
                yield Sum(total.claim.claim, found, category)


def _within(part: _Figure, total: _Figure) -> bool:
    """Tell whether a place of the part is one of the total or lies in it, as far as both name any."""
    areas = {spot.id for spot in total.claim.spots}
    if not areas or not part.claim.spots:
        return True
    return all(spot.id in areas or any(area in areas for area, _ in spot.within) for spot in part.claim.spots)
