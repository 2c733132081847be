"""Which predicted unit stands for which unit of the gold.

Invariant: a pair has one type, and a place that agrees or a passage that overlaps; each unit is in one pair at most.
The likest pair is made first; of equals, the first of the gold and then the first of the prediction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.evaluation.names import among
from ingest.evaluation.units import ROLES, Spot, Unit

# Likeness: the place tells most, the passage next, then a party to it and the modality. The sum is taken in this order,
# because the last bit of a float can decide between equals.
_SAME_ID, _SAME_WORDS, _OTHER_ID, _NO_PLACE = 1.0, 0.8, 0.2, 0.1
_PASSAGE, _PARTY, _MODALITY = 0.6, 0.2, 0.1


@dataclass(frozen=True, slots=True)
class Paired:
    """The units of one article: pairs of gold and predicted, and what is left on either side."""

    pairs: tuple[tuple[Unit, Unit], ...]
    missed: tuple[Unit, ...]
    extra: tuple[Unit, ...]


def pair_units(gold: Sequence[Unit], predicted: Sequence[Unit]) -> Paired:
    """Return the pairs, likest first."""
    ranked = sorted(
        (-value, i, j)
        for i, wanted in enumerate(gold)
        for j, found in enumerate(predicted)
        if wanted.type == found.type and (value := likeness(wanted, found)) > 0
    )
    of_gold: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in ranked:
        if i not in of_gold and j not in taken:
            of_gold[i] = j
            taken.add(j)
    return Paired(
        tuple((gold[i], predicted[j]) for i, j in of_gold.items()),
        tuple(unit for i, unit in enumerate(gold) if i not in of_gold),
        tuple(unit for j, unit in enumerate(predicted) if j not in taken),
    )


def likeness(gold: Unit, predicted: Unit) -> float:
    """Return how alike two units of one type are, 0 where they are no pair."""
    passage = gold.overlaps(predicted)
    place = _place(gold.spot, predicted.spot, passage)
    if place == 0:
        return 0.0
    party = any(among(name, predicted.names[role]) for role in ROLES for name in gold.names[role])
    return place + _PASSAGE * passage + _PARTY * party + _MODALITY * (gold.modality == predicted.modality)


def _place(gold: Spot | None, predicted: Spot | None, passage: bool) -> float:
    if gold is None or predicted is None:
        return _NO_PLACE if passage else 0.0
    if gold.geonames and gold.geonames == predicted.geonames:
        return _SAME_ID
    if not any(among(name, predicted.names) for name in gold.names):
        return 0.0
    if not (gold.geonames and predicted.geonames):
        return _SAME_WORDS
    # The same words in the same passage, linked to another place: a pair whose place is wrong.
    return _OTHER_ID if passage else 0.0
