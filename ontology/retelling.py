"""Under which types one happening may be told.

Invariant: which types go together is data (`retelling.yaml`); a type that stands nowhere there is told as itself only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ontology.location import PROJECT

FILE = "retelling.yaml"


@dataclass(frozen=True, slots=True)
class Retelling:
    """`pairs` of types and what telling them otherwise takes from a score; `families` names what hangs together."""

    pairs: Mapping[frozenset[str], int]
    families: Mapping[str, str]
    unspecific: frozenset[str]
    unspecific_less: int
    denials: frozenset[str]
    totals: frozenset[str]

    def family(self, kind: str) -> str:
        """Return the name that all types share which hang together by pairs."""
        return self.families.get(kind, kind)

    def alike(self, one: str, other: str) -> bool:
        """Tell whether one happening may be told under both types."""
        return one == other or frozenset({one, other}) in self.pairs

    def less(self, one: tuple[str, str | None], other: tuple[str, str | None]) -> int | None:
        """Return what two different types (with their subtypes) take from a score, None where they are no pair."""
        found = self.pairs.get(frozenset({one[0], other[0]}))
        if found is None:
            return None
        vague = any(kind in self.unspecific and subtype is None for kind, subtype in (one, other))
        return min(found, self.unspecific_less) if vague else found


@cache
def retelling(folder: Path = PROJECT) -> Retelling:
    """Return what `retelling.yaml` of the project says, read once a process."""
    data: dict[str, Any] = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    pairs = {frozenset(entry["types"]): int(entry["less"]) for entry in data["alike"]}
    families: dict[str, str] = {}
    for pair in pairs:  # what shares a type with a family joins it
        known = {families.get(kind, kind) for kind in pair}
        name = min(known)
        families.update(dict.fromkeys(pair, name))
        families.update({kind: name for kind, family in families.items() if family in known})
    vague = data["unspecific"]
    return Retelling(
        pairs,
        families,
        frozenset(vague["types"]),
        int(vague["less"]),
        frozenset(data["denials"]),
        frozenset(data["totals"]),
    )
