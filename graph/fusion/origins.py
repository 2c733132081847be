"""From whom a claim comes in the end, and how many independent voices an event has.

Invariant: who quotes somebody adds no origin. What has no named source, and a source that is known by a description
only ("residents"), has an unknown origin: it is counted as such and never as a further voice that is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from graph.fusion.features import Features
from ontology.publishers import speaker


class Voice(StrEnum):
    """What is known of the origin of a claim."""

    NAMED = "named"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """The innermost source of a claim, or its publisher. `interested` is true where it is a party to the fighting."""

    voice: Voice
    id: str | None = None
    interested: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Who stands behind an event, of one polarity: numbers of claims, outlets and origins.

    `named` are the independent origins that are known, of which `interested` are parties; `unknown` counts the outlets
    that give claims without a named origin: each may be a voice of its own or repeat one of the others.
    """

    claims: int
    outlets: int
    named: int
    interested: int
    unknown: int

    @property
    def at_least(self) -> int:
        """The number of independent origins that there are at least."""
        return max(self.named, 1 if self.claims else 0)

    @property
    def at_most(self) -> int:
        """The number of independent origins that there are at most."""
        return self.named + self.unknown


def origin(claim: Features) -> Origin:
    """Return whose word a claim is: without a source, that of a publisher that speaks for itself, as a monitor does."""
    if not claim.chain:
        own = None if claim.publisher is None else speaker(claim.publisher)
        return Origin(Voice.UNKNOWN) if own is None else Origin(Voice.NAMED, own.id, own.party)
    innermost = claim.chain[-1]
    if not innermost.named:
        return Origin(Voice.UNKNOWN, interested=innermost.party)
    return Origin(Voice.NAMED, innermost.id, innermost.party)


def standing(claims: Iterable[Features]) -> Standing:
    """Return who stands behind `claims`, which are of one event and one polarity."""
    told = list(claims)
    named: dict[str, bool] = {}
    unknown: set[str] = set()
    for claim in told:
        found = origin(claim)
        if found.id is None:
            unknown.add(_outlet(claim))
        else:
            named[found.id] = named.get(found.id, False) or found.interested
    return Standing(
        claims=len(told),
        outlets=len({_outlet(claim) for claim in told}),
        named=len(named),
        interested=sum(named.values()),
        unknown=len(unknown),
    )


def _outlet(claim: Features) -> str:
    if claim.publisher is not None:
        return claim.publisher
    return f"article {claim.article}" if claim.address is None else f"address {claim.address}"
