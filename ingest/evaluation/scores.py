"""Precision, recall and shares, from pairs of units.

Invariant: all figures are micro-averages of counts, so the counts of parts add up to those of the whole, whatever the
parts are (types, outlets, languages). A share of nothing is None, never 0 or 1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.evaluation.names import among
from ingest.evaluation.pairing import Paired, pair_units
from ingest.evaluation.units import CATEGORIES, HISTORY, ROLES, Unit, gold_units, predicted_units

SHARES = ("places", "figures", "sources", "modality", "dates")
SLOTS = ("roles", *SHARES)


@dataclass(slots=True)
class Tally:
    """Counts that add up. Keys: `found`, `missed`, `extra` units; for a share of a slot `x`, `x right` of `x`.

    For a role: gold `names`, those of them `found`, units where it was `filled`, units where that was `right`.
    """

    counts: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: "Tally") -> "Tally":
        self.counts.update(other.counts)
        return self

    def share(self, slot: str) -> float | None:
        """Return the share of a slot that is right; of the roles, their F1."""
        if slot in SHARES:
            return _ratio(self.counts[f"{slot} right"], self.counts[slot])
        return self.role_f1(*(ROLES if slot == "roles" else (slot,)))

    def role_precision(self, *roles: str) -> float | None:
        """Return the share of filled roles that hold a name of the gold."""
        return _ratio(sum(self.counts[f"{r} right"] for r in roles), sum(self.counts[f"{r} filled"] for r in roles))

    def role_recall(self, *roles: str) -> float | None:
        """Return the share of the gold's names that were found."""
        return _ratio(sum(self.counts[f"{r} found"] for r in roles), sum(self.counts[f"{r} names"] for r in roles))

    def role_f1(self, *roles: str) -> float | None:
        """Return the harmonic mean of both."""
        precision, recall = self.role_precision(*roles), self.role_recall(*roles)
        if precision is None or recall is None:
            return None
        return _ratio(2 * precision * recall, precision + recall)

    @property
    def precision(self) -> float | None:
        """Share of predicted units that are in the gold."""
        return _ratio(self.counts["found"], self.counts["found"] + self.counts["extra"])

    @property
    def recall(self) -> float | None:
        """Share of the gold's units that were found."""
        return _ratio(self.counts["found"], self.counts["found"] + self.counts["missed"])

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both."""
        found = 2 * self.counts["found"]
        return _ratio(found, found + self.counts["extra"] + self.counts["missed"])

    @property
    def overall(self) -> float:
        """Event F1 times the mean of the slots; the one to watch."""
        known = [share for slot in SLOTS if (share := self.share(slot)) is not None]
        return (self.f1 or 0.0) * (sum(known) / len(known) if known else 0.0)


@dataclass(frozen=True, slots=True)
class Scored:
    """One article: its tally by event type, and its pairs. `background` pairs are neither wanted nor wrong."""

    article: Mapping[str, Any]
    by_type: Mapping[str, Tally]
    paired: Paired


def score_article(gold: Mapping[str, Any], predicted: Mapping[str, Any], types: frozenset[str] | None = None) -> Scored:
    """Return the score of one article; `types` restricts both sides, None takes all."""
    paired = _without_history(
        pair_units(
            [unit for unit in gold_units(gold) if types is None or unit.type in types],
            [unit for unit in predicted_units(predicted) if types is None or unit.type in types],
        )
    )
    by_type: dict[str, Tally] = {}
    for wanted, found in paired.pairs:
        counts = by_type.setdefault(wanted.type, Tally()).counts
        counts["found"] += 1
        _count_slots(counts, wanted, found)
    for name, units in (("missed", paired.missed), ("extra", paired.extra)):
        for unit in units:
            by_type.setdefault(unit.type, Tally()).counts[name] += 1
    return Scored(gold, by_type, paired)


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum."""
    whole = Tally()
    for tally in tallies:
        whole += tally
    return whole


def _without_history(paired: Paired) -> Paired:
    """History told as context is not wanted; told as news it is an extra event."""
    told_as_news = tuple(
        found for wanted, found in paired.pairs if wanted.modality == HISTORY and found.modality != "background"
    )
    return Paired(
        tuple(pair for pair in paired.pairs if pair[0].modality != HISTORY),
        tuple(unit for unit in paired.missed if unit.modality != HISTORY),
        (*(unit for unit in paired.extra if unit.modality != "background"), *told_as_news),
    )


def _count_slots(counts: Counter[str], gold: Unit, predicted: Unit) -> None:
    for role in ROLES:
        names, found = gold.names[role], predicted.names[role]
        hits = sum(among(name, found) for name in names)
        counts[f"{role} names"] += len(names)
        counts[f"{role} found"] += hits
        counts[f"{role} filled"] += bool(found)
        counts[f"{role} right"] += hits > 0
    for slot in SHARES:
        for right in judged(slot, gold, predicted):
            counts[slot] += 1
            counts[f"{slot} right"] += right


def judged(slot: str, gold: Unit, predicted: Unit) -> list[bool]:
    """Return whether a slot of a pair is right; empty where the gold does not ask, one for each figure of the gold.

    places: the same GeoNames id, where the gold has one. sources: the gold's outermost is among the predicted. dates:
    the same day, or month or year where the gold has no more. figures: see `same_figure`. modality: exact.
    """
    if slot == "places":
        if gold.spot is None or gold.spot.geonames is None:
            return []
        return [predicted.spot is not None and predicted.spot.geonames == gold.spot.geonames]
    if slot == "figures":
        return [
            same_figure(gold.counts[category][0][0] or 0, predicted.counts.get(category, ()))
            for category in CATEGORIES
            if category in gold.counts
        ]
    if slot == "sources":
        return [among(gold.sources[0], predicted.sources)] if gold.sources else []
    if slot == "dates":
        return [str(predicted.date or "").startswith(gold.date)] if gold.date else []
    return [gold.modality == predicted.modality]


def same_figure(gold: int, predicted: Iterable[tuple[int | None, str | None]]) -> bool:
    """Return whether a value is that of the gold, or the values for different populations add up to it.

    >>> same_figure(9, [(4, "civilian"), (5, "fighter")]), same_figure(9, [(4, None), (5, None)])
    (True, False)
    """
    stated = [(value, of) for value, of in predicted if value is not None]
    parts = {of: value for value, of in stated if of}
    return any(value == gold for value, _ in stated) or (len(parts) > 1 and sum(parts.values()) == gold)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
