"""Which claims are compared at all.

Invariant: what is compared follows from the set of claims alone, and each claim is compared with a bounded number of
others in each of its blocks, so that cost grows with the number of claims and not with its square.

A block is what claims share: a family of types, a place (or a rare figure), a day. In a block of more than `COMPARED`
claims each one is compared with the first `COMPARED` in canonical order only: a story that everybody tells is still
found through its first tellers, and a busy city costs no more than that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Final

from graph.fusion.features import Extent, Features
from ontology.retelling import retelling

COMPARED: Final = 16
_DAYS: Final = 4  # a claim of a longer time is in no block of a day
_PLACES: Final = 6  # of one claim; a list of more places is no incident
_TELLING: Final = 3  # from this figure on, it and the governorate are worth a comparison
DENIED_BACK: Final = 4  # days within which what is denied happened
_RARE: Final = 9  # from this figure on, it and the day are

Key = tuple[str, str, int]
_Item = tuple[tuple[int, str, str], Features]
_order: Final = itemgetter(0)


def keys(claim: Features) -> tuple[Key, ...]:
    """Return the blocks that a claim is in; none where it says neither when nor anything by which to find it."""
    days = _days(claim)
    if not days:
        return ()
    kinds = sorted({retelling().family(kind) for kind in (claim.denies or (claim.type,))})
    marks = dict.fromkeys(_marks(claim))
    return tuple((kind, mark, day) for kind in kinds for mark in marks for day in days)


def _days(claim: Features) -> tuple[int, ...]:
    if claim.denies:
        said = denied_on(claim)
        return () if said is None else tuple(range(said - DENIED_BACK, said + 1))
    if claim.days is not None:
        start, end = claim.days
        return tuple(range(start, end + 1)) if end - start < _DAYS else ()
    return () if claim.published is None else (claim.published - 1, claim.published)


def denied_on(claim: Features) -> int | None:
    """Return the day on which a claim of the type Denial was made, as far as that is known."""
    return claim.published if claim.days is None else claim.days[1]


def _marks(claim: Features) -> Iterator[str]:
    told = [(category, value) for category, values in claim.values.items() for value in values if value >= _TELLING]
    governorates: dict[str, None] = {}
    for spot in claim.spots[:_PLACES]:
        if spot.extent <= Extent.DISTRICT:
            yield spot.id
        if spot.name:
            yield spot.name
        for area, extent in spot.within:
            if extent <= Extent.CITY:
                yield area
        around = ((spot.id, spot.extent), *spot.within)
        governorates.update((area, None) for area, extent in around if extent is Extent.GOVERNORATE)
    for category, value in told:
        for area in governorates:
            yield f"{area} {category} {value}"
        if value >= _RARE:
            yield f"{category} {value}"


class Blocks:
    """Claims by block, each block in canonical order."""

    def __init__(self, blocks: dict[Key, list[_Item]]) -> None:
        self._blocks = blocks

    def beside(self, claim: Features) -> Iterator[Features]:
        """Yield the first claims of the blocks that a claim would be in, again for each block."""
        for key in keys(claim):
            for _, other in self._blocks.get(key, ())[:COMPARED]:
                yield other

    def pairs(self) -> Iterator[tuple[Features, Features]]:
        """Yield what is compared, the earlier claim first, again for each block that both are in."""
        for block in self._blocks.values():
            for at, (_, claim) in enumerate(block):
                for _, other in block[: min(at, COMPARED)]:
                    yield other, claim


def fill(claims: Iterable[Features]) -> Blocks:
    """Return the blocks of `claims`."""
    made: dict[Key, list[_Item]] = defaultdict(list)
    for claim in claims:
        order = claim.order
        for key in keys(claim):
            made[key].append((order, claim))
    for block in made.values():
        if len(block) > 1:
            block.sort(key=_order)
    return Blocks(made)
