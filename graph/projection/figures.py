"""How many died, as the figures of one claim bound it.

Invariant: nothing is added up unless nobody can have been counted twice.
"""

from collections.abc import Iterable
from typing import Final

from ontology.model import Figure


def fatalities(figures: Iterable[Figure]) -> dict[str, int]:
    """Return `fatalitiesLow`, `fatalitiesBest` and `fatalitiesHigh` of the event that `figures` count, as far as given.

    The only killed figure stands, else the only one of everybody (no population). Figures of several populations are
    added only where nobody can be in two of them (civilians and fighters, not civilians and children); else the largest
    of their lower bounds holds and nothing more is known. Two figures of everybody give nothing.
    """
    killed = [figure for figure in figures if figure.category == "killed"]
    everybody = [figure for figure in killed if figure.of is None]
    total = killed if len(killed) == 1 else everybody
    if len(total) == 1:
        return _bounds(total[0].low, total[0].best, total[0].high)
    if everybody or not killed:
        return {}
    sides = {_SIDES.get(figure.of or "") for figure in killed}
    if len(sides) == len(killed) and None not in sides:
        return _bounds(*(_total(values) for values in zip(*((f.low, f.best, f.high) for f in killed), strict=True)))
    lows = [figure.low for figure in killed if figure.low is not None]
    return _bounds(max(lows), None, None) if lows else {}


def _bounds(low: int | None, best: int | None, high: int | None) -> dict[str, int]:
    given = {"fatalitiesLow": low, "fatalitiesBest": best, "fatalitiesHigh": high}
    return {name: value for name, value in given.items() if value is not None}


_SIDES: Final = {"civilian": "civilians", "fighter": "combatants", "soldier": "combatants"}


def _total(values: Iterable[int | None]) -> int | None:
    """Return the sum, None where a side is open."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total
