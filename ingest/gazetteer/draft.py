"""An entry while it is put together from its sources.

Invariant: a draft names its containers by key and copies nothing of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ontology.identity import derived_id


@dataclass(slots=True)
class Draft:
    """An entry while it is put together from its sources."""

    key: str
    kind: str
    country: str
    population: int = 0
    lat: str | None = None
    lon: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    spellings: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    capital: bool = False
    typed: bool = False

    @property
    def id(self) -> str:
        """The id that the entry will have."""
        return derived_id("place", self.key)


def containers(draft: Draft, known: Mapping[str, Draft]) -> list[str]:
    """Return the keys of all that contains `draft`, innermost first."""
    result: list[str] = []
    waiting = list(draft.within)
    while waiting:
        key = waiting.pop(0)
        if key in known and key not in result and key != draft.key:
            result.append(key)
            waiting.extend(known[key].within)
    rank = {"country": 3, "region": 2, "governorate": 1}
    return sorted(result, key=lambda k: rank.get(known[k].kind, 0))  # stable: the order of the sources else
