"""What people decided on events, as fusion takes it: pairs of claims.

Invariant: claims that were said to be about one event are one chain of pairs; of claims that were said to be about
several, every pair of two parts is apart.
"""

from itertools import combinations, pairwise, product

from graph.curations import EventDecisions
from graph.fusion.decisions import Decisions


def pairs(decided: EventDecisions) -> Decisions:
    """Return the decisions that stand as pairs of claims."""
    together: set[frozenset[str]] = set()
    apart: set[frozenset[str]] = set()
    for _, claims in decided.together:
        together.update(frozenset((a.claim, b.claim)) for a, b in pairwise(claims))
    for _, parts in decided.apart:
        for part in parts:
            together.update(frozenset((a.claim, b.claim)) for a, b in pairwise(part))
        for one, other in combinations(parts, 2):
            apart.update(frozenset((a.claim, b.claim)) for a, b in product(one, other))
    return Decisions(*(frozenset(pair for pair in pairs if len(pair) == 2) for pairs in (together, apart)))
