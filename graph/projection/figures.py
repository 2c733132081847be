"""How many died, as the figures of one claim bound it, or those of an event.

Invariant: nothing is added up unless nobody can have been counted twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final, TypeVar

from graph.fusion.adding import added
from graph.fusion.features import Count, Features
from graph.fusion.tolls import tolls
from ontology.model import Figure
from ontology.populations import populations
from ontology.retelling import retelling

_Counted = TypeVar("_Counted", Figure, Count, Figure | Count)


def fatalities(figures: Iterable[Figure | Count]) -> dict[str, int]:
    """Return `fatalitiesLow`, `fatalitiesBest` and `fatalitiesHigh` of the event that `figures` count, as far as given.

    The only killed figure stands, else the only one of everybody (no population). Figures of several populations are
    added only where nobody can be in two of them (civilians and fighters, not civilians and children); else the largest
    of their lower bounds holds and nothing more is known. Two figures of everybody give nothing. What counts no people
    (families) says nothing of how many died.
    """
    killed = _killed(figures)
    everybody = [figure for figure in killed if figure.of is None]
    total = killed if len(killed) == 1 else everybody
    if len(total) == 1:
        return _bounds(total[0].low, total[0].best, total[0].high)
    if everybody or not killed:
        return {}
    if all(populations().exclude(one.of or "", other.of or "") for one, other in combinations(killed, 2)):
        return _bounds(*(added(values) for values in zip(*((f.low, f.best, f.high) for f in killed), strict=True)))
    lows = [figure.low for figure in killed if figure.low is not None]
    return _bounds(max(lows), None, None) if lows else {}


def deaths(claims: Sequence[Features]) -> dict[str, int]:
    """Return the same of an event, from what each of its claims gives; figures of two claims are never added up.

    Claims that tell of it count before those that only report a total, then claims that count everybody before those
    that count some. Where all that are left count the same people, the rules of `graph.fusion.tolls` choose; else they
    may be rival accounts or parts of one, and the lowest of their lower bounds holds and nothing more is known. Where
    a claim counts more of some than others do of everybody, no value is better supported. The upper bound is not below
    that of `graph.fusion.tolls`.
    """
    told = [claim for claim in claims if _killed(claim.counts)]
    told = [claim for claim in told if claim.type not in retelling().totals] or told
    chosen = [claim for claim in told if None in _populations(claim)]
    some = [fatalities(claim.counts) for claim in told if None not in _populations(claim)] if chosen else []
    chosen = chosen or told
    bounds = [fatalities(claim.counts) for claim in chosen]
    if None not in _populations(*chosen) and any(_populations(claim) != _populations(*chosen) for claim in chosen):
        lows = [bound.get(_LOW) for bound in bounds]
        return _bounds(None if None in lows else min(low for low in lows if low is not None), None, None)
    each = [
        replace(claim, counts=(Count("killed", None, bound.get(_LOW), bound.get(_BEST), bound.get(_HIGH)),))
        for claim, bound in zip(chosen, bounds, strict=True)
    ]
    whole = next((toll for toll in tolls(claims) if (toll.category, toll.of) == ("killed", None)), None)
    for toll in tolls(each):
        best, high = toll.best, toll.high
        if whole is not None and whole.beyond and high is not None and (whole.high is None or whole.high > high):
            # Counts of one claim may stand beside each other, so a part of its own leaves it its best value.
            apart = {claim for claim, _ in whole.beyond} - {claim.claim for claim in chosen}
            best, high = best if whole.best is not None or not apart else None, whole.high
        more = [bound for bound in some if high is not None and bound.get(_LOW, 0) > high]
        if not more:
            return _bounds(toll.low, best, high)
        highs = [bound.get(_HIGH) for bound in more]
        return _bounds(toll.low, None, None if None in highs else max(value for value in highs if value is not None))
    return {}


def _populations(*claims: Features) -> frozenset[str | None]:
    return frozenset(count.of for claim in claims for count in _killed(claim.counts))


def _killed(figures: Iterable[_Counted]) -> list[_Counted]:
    units = populations().units
    return [figure for figure in figures if figure.category == "killed" and figure.of not in units]


def _bounds(low: int | None, best: int | None, high: int | None) -> dict[str, int]:
    given = {_LOW: low, _BEST: best, _HIGH: high}
    return {name: value for name, value in given.items() if value is not None}


_LOW: Final = "fatalitiesLow"
_BEST: Final = "fatalitiesBest"
_HIGH: Final = "fatalitiesHigh"
