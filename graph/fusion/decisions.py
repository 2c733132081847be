"""What people decided on which claims are about one event, as fusion takes it: pairs of claims, by their ids.

Invariant: a claim that is not in force still brings together those that a decision named beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Final


@dataclass(frozen=True)
class Decisions:
    """What people decided: pairs of claims that are about one event, and pairs that are not (ids, in any order)."""

    together: frozenset[frozenset[str]] = frozenset()
    apart: frozenset[frozenset[str]] = frozenset()

    @cached_property
    def partners(self) -> Mapping[str, AbstractSet[str]]:
        """Of each claim, those that it is brought together with in one decision."""
        return _both_ways(self.together)

    @cached_property
    def rivals(self) -> Mapping[str, AbstractSet[str]]:
        """Of each claim, those that it is kept apart from."""
        return _both_ways(self.apart)

    def circle(self, claim: str) -> AbstractSet[str]:
        """Return all claims that decisions bring together with this one, directly or over others, in force or not."""
        if claim not in self.partners:
            return frozenset()
        found, pending = {claim}, [claim]
        while pending:
            more = self.partners[pending.pop()] - found
            found |= more
            pending += more
        return found


def _both_ways(pairs: Iterable[AbstractSet[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one, other in map(sorted, pairs):
        found[one].add(other)
        found[other].add(one)
    return dict(found)


UNDECIDED: Final = Decisions()
