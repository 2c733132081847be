"""The figures of one event, by category and population.

Invariant: low ≤ best ≤ high where they are given; each stands on figures of claims that are named, with the rule that
made it. A population that no claim counts gets a number only from parts of it, and none of them is counted twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Final

from graph.fusion.adding import added
from graph.fusion.features import Count, Features
from graph.fusion.origins import Origin, origin
from graph.fusion.tolls import Rule, Toll, tolls
from ontology.populations import populations


class Made(StrEnum):
    """How a number came about that no claim gives."""

    PARTS = "parts"  # the sum of populations of which none shares anybody with another
    LARGEST_PARTS = "largestParts"  # populations may share people: the most that can be counted once, as a lower bound


@dataclass(frozen=True, slots=True)
class Said:
    """Figure number `at` (from 0) of a claim of an article, bounds None where open, with whose word it is.

    `published` is the day of the article (proleptic ordinal), None where unknown.
    """

    claim: str
    article: str
    at: int
    low: int | None
    best: int | None
    high: int | None
    origin: Origin
    outlet: str | None
    published: int | None

    @property
    def value(self) -> tuple[int | None, int | None, int | None]:
        """Low, best and high."""
        return self.low, self.best, self.high


@dataclass(frozen=True, slots=True)
class Entry:
    """How many of a category, of a population (None: everybody), an event counts.

    `said` are the figures behind it in canonical order, `replaced` those that a later one of the same source took the
    place of. It is disputed where no number fits all that stand, or where parts of it are more than it can be.
    """

    category: str
    of: str | None
    low: int | None
    best: int | None
    high: int | None
    rule: Rule | Made
    said: tuple[Said, ...]
    replaced: tuple[Said, ...] = ()
    disputed: bool = False

    @property
    def at_least(self) -> int:
        """The lower bound as a number; an open one is 0."""
        return self.low if self.low is not None else 0


def entries(claims: Iterable[Features]) -> tuple[Entry, ...]:
    """Return the entries of the event that `claims` are about, by category and population, everybody first."""
    told = sorted((claim for claim in claims if claim.modality.happened), key=lambda claim: claim.order)
    said = said_by(told)
    by_category: dict[str, dict[str | None, Entry]] = defaultdict(dict)
    ceilings: dict[str, dict[str | None, int]] = defaultdict(dict)
    for toll in tolls(told):
        standing = _figures(toll.category, toll.of, toll.told, said)
        by_category[toll.category][toll.of] = _entry(toll, standing, said)
        if (ceiling := _ceiling(standing)) is not None:
            ceilings[toll.category][toll.of] = ceiling
    for category, stated in by_category.items():
        by_category[category] = _with_wholes(category, stated, ceilings[category])
    return tuple(
        by_category[category][of]
        for category in sorted(by_category)
        for of in sorted(by_category[category], key=lambda of: (of is not None, of or ""))
    )


def said_by(claims: Iterable[Features]) -> dict[tuple[str, str, str | None], tuple[Said, ...]]:
    """Return the figures of claims, by claim, category and population."""
    found: dict[tuple[str, str, str | None], list[Said]] = defaultdict(list)
    for claim in claims:
        for at, count in enumerate(claim.counts):
            found[claim.claim, count.category, count.of].append(said(claim, at, count))
    return {key: tuple(values) for key, values in found.items()}


def said(claim: Features, at: int, count: Count) -> Said:
    """Return figure number `at` of a claim."""
    return Said(
        claim.claim,
        claim.article,
        at,
        count.low,
        count.best,
        count.high,
        origin(claim),
        claim.publisher,
        claim.published,
    )


_Known = Mapping[tuple[str, str, str | None], tuple[Said, ...]]


def _figures(category: str, of: str | None, claims: Iterable[str], known: _Known) -> tuple[Said, ...]:
    return tuple(one for claim in claims for one in known[claim, category, of])


def _entry(toll: Toll, standing: tuple[Said, ...], known: _Known) -> Entry:
    beyond = tuple(one for claim, of in toll.beyond for one in known[claim, toll.category, of])
    return Entry(
        toll.category,
        toll.of,
        *_ordered(toll.low, toll.best, toll.high),
        toll.rule,
        (*standing, *beyond),
        _figures(toll.category, toll.of, toll.replaced, known),
        _disputed(standing, beyond),
    )


def _ordered(low: int | None, best: int | None, high: int | None) -> tuple[int | None, int | None, int | None]:
    """Return the bounds, widened where a claim that leaves one open has its best value beyond those of others."""
    if best is None:
        return low, best, high
    return None if low is None else min(low, best), best, None if high is None else max(high, best)


def _disputed(figures: Sequence[Said], of_parts: Iterable[Said]) -> bool:
    """Tell whether no number is within the bounds of a figure of every claim, nor below those `of_parts`."""
    lows: dict[str, int] = {}
    for one in figures:
        low = one.low if one.low is not None else 0
        lows[one.claim] = min(low, lows.get(one.claim, low))
    ceiling = _ceiling(figures)
    return ceiling is not None and max((*lows.values(), *(one.low or 0 for one in of_parts))) > ceiling


def _ceiling(figures: Iterable[Said]) -> int | None:
    """Return the number that nothing fits above of what every claim gives, None where all leave it open."""
    highs: dict[str, int | None] = {}
    for one in figures:
        before = highs.get(one.claim, 0)
        highs[one.claim] = None if one.high is None or before is None else max(one.high, before)
    return min((high for high in highs.values() if high is not None), default=None)


def _with_wholes(
    category: str, stated: Mapping[str | None, Entry], ceilings: Mapping[str | None, int]
) -> dict[str | None, Entry]:
    """Return the entries of a category with those that follow from their parts; `ceilings` are those of the claims."""
    known = populations()
    found = dict(stated)
    wholes = {outer for of in stated if of is not None for outer in known.within.get(of, ())}
    for whole in (*sorted(wholes, key=lambda of: (-len(known.within[of]), of)), None):  # inner ones first
        inner = [of for of in found if of is not None and known.part(of, whole)]
        if not inner:
            continue
        made = _of_parts(category, whole, [found[of] for of in known.outermost(inner)])
        own = stated.get(whole)
        if own is None:
            found[whole] = made
            continue
        ceiling = ceilings.get(whole)
        for of in inner:
            if ceiling is not None and found[of].at_least > ceiling:
                found[of] = replace(found[of], disputed=True)
        exceeded = ceiling is not None and made.at_least > ceiling
        low = own.low
        if not exceeded:  # an open bound, which the parts close; never above what is stated to be the best
            least = max(made.at_least if low is None else low, *(found[of].at_least for of in inner))
            if low is None:
                low = None if made.low is None else least if own.best is None else min(least, own.best)
            elif own.best is None or least <= own.best:
                low = least
        found[whole] = replace(
            own, low=low, high=_raised(own.high, [found[of] for of in inner]), disputed=own.disputed or exceeded
        )
    return found


def _raised(high: int | None, parts: Iterable[Entry]) -> int | None:
    """Return an upper bound that is not below those of the parts, which may be sums."""
    for part in parts:
        if high is not None and (part.high if part.high is not None else part.at_least) > high:
            high = part.high
    return high


def _of_parts(category: str, whole: str | None, parts: list[Entry]) -> Entry:
    known = populations()
    clear = all(known.exclude(one.of or "", other.of or "") for one, other in combinations(parts, 2))
    told = tuple(dict.fromkeys(one for part in parts for one in part.said))
    replaced = tuple(dict.fromkeys(one for part in parts for one in part.replaced))
    disputed = any(part.disputed for part in parts)
    if clear:
        low = None if all(part.low is None for part in parts) else sum(part.at_least for part in parts)
        bounds = low, added(p.best for p in parts), added(p.high for p in parts)
        vague = any(part.rule is Made.LARGEST_PARTS for part in parts)
        rule = Made.LARGEST_PARTS if vague else Made.PARTS
        return Entry(category, whole, *bounds, rule, told, replaced, disputed)
    least = max(_apart_sums(parts))
    return Entry(category, whole, least, None, None, Made.LARGEST_PARTS, told, replaced, disputed)


_MOST_PARTS: Final = 12  # of a whole whose sets are all looked at; the lexicon has not as many


def _apart_sums(parts: list[Entry]) -> Iterable[int]:
    """Yield the lower bounds of all sets of parts that exclude each other."""
    known = populations()
    for size in range(1, min(len(parts), _MOST_PARTS) + 1):
        for chosen in combinations(parts[:_MOST_PARTS], size):
            if all(known.exclude(one.of or "", other.of or "") for one, other in combinations(chosen, 2)):
                yield sum(part.at_least for part in chosen)
