"""Which event a denial denies.

Invariant: a denial makes no event, is no member of one and brings none together: it stands beside the event of the
claim that it is likest to, as if it said that the thing happened. What people decided on it comes first.
"""

from collections.abc import Callable, Mapping, Sequence

from graph.fusion.decisions import Decisions
from graph.fusion.features import Features
from graph.fusion.scoring import SAME, score

Order = tuple[int, str, str]


def denying(denial: Features, claim: Features) -> int | None:
    """Return what speaks for `denial` being of what `claim` says, None where it is too little."""
    found = score(denial, claim)
    return None if found.conflict is not None or found.value < SAME else found.value


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
