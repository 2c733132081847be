"""Which claims of one article may tell of one happening.

Invariant: a pair disagrees in no slot, agrees in at least one besides the date, and is never merged: what the article
leaves open stays open.
"""

from collections.abc import Sequence

from ontology.model import Claim, PossiblySame

_COMPARED = 100  # claims back; what stands further apart is not asked about


def possibly_same(claims: Sequence[Claim]) -> tuple[PossiblySame, ...]:
    """Return the pairs of `claims` (in the order of the text) that may tell of one happening."""
    told = [claim for claim in claims if claim.modality.happened]
    found = []
    for at, second in enumerate(told):
        for first in told[max(0, at - _COMPARED) : at]:
            agree = _agreement(first, second)
            if agree:
                found.append(PossiblySame(first.id, second.id, agree))
    return tuple(found)


def _agreement(a: Claim, b: Claim) -> tuple[str, ...]:
    """Return the slots in which two claims agree, none where one slot disagrees or only the day is shared."""
    if a.type != b.type:
        return ()
    if a.subtype is not None and b.subtype is not None and a.subtype != b.subtype:
        return ()
    agree = []
    for slot, mine, theirs in (
        ("agent", _participants(a, "agent"), _participants(b, "agent")),
        ("target", _participants(a, "target"), _participants(b, "target")),
        ("place", _places(a), _places(b)),
    ):
        if mine and theirs:
            if mine & theirs:
                agree.append(slot)
            elif slot != "place" or not (mine & _containers(b) or theirs & _containers(a)):
                return ()
    figures, others = _figures(a), _figures(b)
    shared = figures.keys() & others.keys()
    if any(figures[category] != others[category] for category in shared):
        return ()
    days, days_of_b = _days(a), _days(b)
    if days is not None and days_of_b is not None and (days[0] > days_of_b[1] or days_of_b[0] > days[1]):
        return ()
    if shared:
        agree.append("figures")
    if not agree:
        return ()
    if days is not None and days == days_of_b:
        agree.append("date")
    return tuple(agree)


def _participants(claim: Claim, role: str) -> frozenset[str]:
    return frozenset(p.id for p in claim.participants if p.role == role)


def _places(claim: Claim) -> frozenset[str]:
    return frozenset(place.id for place in claim.places)


def _containers(claim: Claim) -> frozenset[str]:
    """What the places lie in: a village and its province do not disagree."""
    return frozenset(area.id for place in claim.places for area in place.within)


def _figures(claim: Claim) -> dict[str, tuple[tuple[int | None, int | None, int | None], ...]]:
    found: dict[str, list[tuple[int | None, int | None, int | None]]] = {}
    for figure in claim.figures:
        found.setdefault(figure.category, []).append((figure.low, figure.best, figure.high))
    return {category: tuple(rows) for category, rows in found.items()}


def _days(claim: Claim) -> tuple[str, str] | None:
    date = claim.date
    return (date.start, date.end) if date is not None and date.start is not None and date.end is not None else None
