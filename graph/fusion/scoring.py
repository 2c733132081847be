"""How much speaks for two claims being about one event, each reason by name.

Invariant: the score is the sum of its parts, in thousandths, the same whichever claim is named first. A conflict means
that the two are about different events whatever else agrees.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graph.fusion.features import Extent, Features, Spot
from ontology.retelling import retelling

SAME: Final = 450  # from here on two claims are about one event
POSSIBLY: Final = 340  # from here on they may be

_DAYS_BACK: Final = 3  # what happened earlier is background by definition, so an undated report is of these days
_CENTRAL: Final = frozenset({"killed", "injured"})


@dataclass(frozen=True, slots=True)
class Score:
    """Why two claims are about one event or not: `parts` by name in thousandths, or the `conflict` that forbids it."""

    parts: tuple[tuple[str, int], ...] = ()
    conflict: str | None = None
    value: int = 0  # the sum of the parts


def score(a: Features, b: Features) -> Score:
    """Return what speaks for and against `a` and `b` being about one event."""
    kind = _types(a, b)
    if kind is None:
        return Score(conflict="type")
    when = _when(a, b)
    if when is None:
        return Score(conflict="date")
    place = where(a.spots, b.spots)
    if place is None:
        return Score(conflict="place")
    differs, counted = _counts(a, b) if a.values and b.values else (False, [])
    if a.article == b.article and a.modality.happened and b.modality.happened:
        reason = _told_apart(a, b, differs)
        if reason is not None:
            return Score(conflict=reason)
    parts = [part for part in (kind, place, when) if part[1]]
    parts += [found for found in (_agents(a, b), _targets(a, b), _origins(a, b)) if found is not None]
    parts += counted
    value = 0
    for _, points in parts:
        value += points
    return Score(tuple(parts), None, value)


# --- what happened


def _types(a: Features, b: Features) -> tuple[str, int] | None:
    if a.type != b.type:
        less = retelling().less((a.type, a.subtype), (b.type, b.subtype))
        return None if less is None else ("other type", -less)
    if a.subtype is not None and b.subtype is not None:
        return ("same subtype", 40) if a.subtype == b.subtype else ("other subtype", -40)
    return "same type", 0


# --- when


def _when(a: Features, b: Features) -> tuple[str, int] | None:
    if a.days is not None and b.days is not None:
        return _both_dated(a.days, b.days)
    if a.days is not None:
        return _dated_and_published(a.days, b.published)
    if b.days is not None:
        return _dated_and_published(b.days, a.published)
    if a.published is None or b.published is None:
        return "no day known", -150
    gap = abs(a.published - b.published)
    if gap > _DAYS_BACK:
        return None
    return "published", (180, 40, -60, -120)[gap]


def _both_dated(a: tuple[int, int], b: tuple[int, int]) -> tuple[str, int] | None:
    gap = max(a[0], b[0]) - min(a[1], b[1])  # 0 where they meet in one day, below where they overlap
    if gap > 1:
        return None
    if gap == 1:
        return ("day before or after", -80) if a[0] == a[1] and b[0] == b[1] else None
    longest = max(a[1] - a[0], b[1] - b[0])
    if longest == 0:
        return "same day", 200
    return "within the same days", 100 if longest <= 7 else 0


def _dated_and_published(days: tuple[int, int], published: int | None) -> tuple[str, int] | None:
    if published is None:
        return "no day known", -150
    gap = published - days[1]
    if gap < -1 and published < days[0] - 1:
        return None  # told before it happened
    if gap > _DAYS_BACK + 1:
        return None
    if days[1] - days[0] > 7:
        return "published in these days", 0
    return "published then", 180 if gap <= 0 else (60, -20, -80, -120)[gap - 1]


# --- where

_SHARED: Final = {
    Extent.POINT: 420,
    Extent.TOWN: 340,
    Extent.CITY: 240,
    Extent.SURROUNDINGS: 260,
    Extent.DISTRICT: 200,
    Extent.GOVERNORATE: 130,
    Extent.COUNTRY: 20,
}
_INSIDE: Final = {
    Extent.POINT: 300,
    Extent.TOWN: 240,
    Extent.CITY: 160,
    Extent.SURROUNDINGS: 180,
    Extent.DISTRICT: 140,
    Extent.GOVERNORATE: 80,
    Extent.COUNTRY: 10,
}
_NAME: Final = 330
_SHARED_LOOSELY: Final = 280  # of a town and its division
_NO_RELATION: Final = -60
_IN_LIST, _LISTED = 25, 4
_ASIDE: Final = -250
APART: Final = -100  # places below it are two
_NEAR_KM, _AROUND_KM, _FAR_KM = 3, 8, 25


def where(a: tuple[Spot, ...], b: tuple[Spot, ...]) -> tuple[str, int] | None:
    """Return what the likest two of the places speak for, None where each excludes each."""
    if not a or not b:
        return "no place to compare", 0
    if a == b and len(a) == 1:
        return f"same {a[0].extent.name.lower()}", _SHARED[a[0].extent]
    best: tuple[int, str] | None = None
    for one in a:
        for other in b:
            found = _spots(one, other)
            if found is not None and (best is None or found > best):
                best = found
    if best is None:
        return None
    others = min(max(len(a), len(b)) - 1, _LISTED)  # a list of places that names one place says less of that one
    return best[1], best[0] - _IN_LIST * others if best[0] > 0 else best[0]


@lru_cache(maxsize=65_536)
def _spots(a: Spot, b: Spot) -> tuple[int, str] | None:
    if a.id == b.id:
        if a.extent is b.extent:
            return _SHARED[a.extent], f"same {a.extent.name.lower()}"
        return _SHARED_LOOSELY, "same name"
    ours, theirs = dict(a.within), dict(b.within)
    if a.id in theirs:
        return _INSIDE[a.extent], f"inside the {a.extent.name.lower()}"
    if b.id in ours:
        return _INSIDE[b.extent], f"inside the {b.extent.name.lower()}"
    if _apart(ours, theirs):
        return None
    for one, areas in ((a, theirs), (b, ours)):
        if one.extent >= Extent.DISTRICT and any(area in areas for area, _ in one.within[:1]):
            return _INSIDE[one.extent], f"inside the {one.extent.name.lower()}"
    if a.name and a.name == b.name:
        return _NAME, "same name"
    if a.lat is not None and b.lat is not None:
        km = _kilometres(a, b)
        if km <= _NEAR_KM:
            return 250, "near"
        if km <= _AROUND_KM and max(a.extent, b.extent) > Extent.POINT:
            return 60, "not far"
        if km > _FAR_KM or max(a.extent, b.extent) <= Extent.CITY:
            return None
    if a.extent <= Extent.CITY and b.extent <= Extent.CITY and not a.name and not b.name:
        return None  # two places that gazetteers know as two
    common = [extent for area, extent in a.within if area in theirs]
    if common and min(common) <= Extent.SURROUNDINGS:
        return 0, "in the same surroundings"
    if not ours or not theirs:
        return _NO_RELATION, "no relation known"
    return _ASIDE, "other place"


def _apart(ours: dict[str, Extent], theirs: dict[str, Extent]) -> bool:
    """Tell whether two places lie in different areas of one level."""
    for extent in (Extent.GOVERNORATE, Extent.COUNTRY):
        one = {area for area, level in ours.items() if level is extent}
        other = {area for area, level in theirs.items() if level is extent}
        if one and other and not one & other:
            return True
    return False


def _kilometres(a: Spot, b: Spot) -> int:
    """Return a distance good enough to tell near from far, on a plane, in kilometres."""
    (north, east), (north_of_b, east_of_b) = _point(a), _point(b)
    height = (north - north_of_b) * 1112 // 1000  # metres
    width = int((east - east_of_b) * 1.112 * math.cos(math.radians(north / 100_000)))
    return math.isqrt(height * height + width * width) // 1000


def _point(spot: Spot) -> tuple[int, int]:
    return spot.lat or 0, spot.lon or 0


# --- who


def _agents(a: Features, b: Features) -> tuple[str, int] | None:
    if not a.agents or not b.agents:
        return None
    return ("same agent", 100) if a.agents & b.agents else ("other agent", -40)


def _targets(a: Features, b: Features) -> tuple[str, int] | None:
    if not a.targets or not b.targets:
        return None
    return ("same target", 60) if a.targets & b.targets else None


# --- how many


def _counts(a: Features, b: Features) -> tuple[bool, list[tuple[str, int]]]:
    """Return whether a figure differs, and what the figures speak for."""
    parts: list[tuple[str, int]] = []
    differs = False
    for category in sorted(a.values.keys() & b.values.keys()):
        mine, others = a.values[category], b.values[category]
        common = mine & others
        if common:
            parts.append((f"same {category}", _rarity(max(common)) if category in _CENTRAL else 60))
        else:
            differs = True
            gap = min(abs(x - y) for x in mine for y in others)
            size = max(*mine, *others)
            points = -20 if gap <= 1 or gap * 4 <= size else -100 if gap * 2 <= size else -180
            parts.append((f"other {category}", points))
    if len(parts) > 1 and all(points > 0 for _, points in parts):
        parts.append(("several figures", 40))
    return differs, parts


def _rarity(value: int) -> int:
    """How much an equal count speaks for one event: ones are everywhere, 61 is not."""
    for upto, points in ((0, 0), (1, 50), (2, 80), (4, 120), (9, 160), (30, 220)):
        if value <= upto:
            return points
    return 260


# --- who says so


def _origins(a: Features, b: Features) -> tuple[str, int] | None:
    if a.chain and b.chain and a.chain[-1].named and a.chain[-1].id == b.chain[-1].id:
        return "same origin", 40
    return None


def _told_apart(a: Features, b: Features, differs: bool) -> str | None:
    """Two claims of one article are about two events, unless they are rival accounts of one."""
    mine, theirs = {spot.id for spot in a.spots}, {spot.id for spot in b.spots}
    if not mine & theirs:
        return "told apart"
    if differs and (not a.chain or not b.chain or a.chain[-1].id == b.chain[-1].id):
        return "told apart"
    if bool(a.chain) == bool(b.chain) and {t.id for t in a.chain} == {t.id for t in b.chain}:
        return "told apart"
    return None
