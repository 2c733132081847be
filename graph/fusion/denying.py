"""Which event a denial denies.

Invariant: a denial makes no event, is no member of one and brings none together: it stands beside the event of the
claim that it is likest to, as if it said that the thing happened. What people decided on it comes first. A claim of the
type Denial says neither of what type nor of what day the thing is, but for its words: it is taken for one of the types
that these name, of one of the days before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph.fusion.blocking import DENIED_BACK, denied_on
from graph.fusion.decisions import Decisions
from graph.fusion.features import Features, Order
from graph.fusion.scoring import SAME, score
from ontology.retelling import retelling

_LATER: Final = 20  # less for each day after the next


def denying(denial: Features, claim: Features) -> int | None:
    """Return what speaks for `denial` being of what `claim` says, None where it is too little."""
    gap = 0
    if denial.type in retelling().denials:
        kinds = [kind for kind in denial.denies if retelling().alike(kind, claim.type)]
        if not kinds:
            return None
        days, said = claim.days, denied_on(denial)
        if days is not None and said is not None:
            gap = said - days[1]
            days = days if 0 <= gap <= DENIED_BACK and days[1] == days[0] else None
        kind = claim.type if claim.type in kinds else min(kinds)
        denial = replace(denial, type=kind, subtype=None, days=days)
    found = score(denial, claim)
    value = found.value - _LATER * max(gap - 1, 0)
    return None if found.conflict is not None or value < SAME else value


def attached(
    denial: Features,
    found: Mapping[str, int],
    order: Callable[[str], Order],
    members: Callable[[str], Sequence[str]],
    decisions: Decisions,
) -> str | None:
    """Return the claim whose event `denial` denies, None where it denies none.

    `found` are claims that it may deny, with what speaks for each; `members` returns those of the event of a claim,
    none where the claim is a member of no event.
    """
    rivals = decisions.rivals.get(denial.claim, frozenset())
    together = [name for name in decisions.circle(denial.claim) if members(name)]
    for name in (*sorted(together, key=order), *sorted(found, key=lambda name: (-found[name], order(name)))):
        if rivals.isdisjoint(members(name)):
            return name
    return None
