"""Under which types one happening may be told.

Invariant: which types go together is data (`retelling.yaml`); a type that stands nowhere there is told as itself only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ontology.location import PROJECT
from ontology.normal import normal_words

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
    denied: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = ()
    part_denied: tuple[str, ...] = ()

    def denies(self, passage: str) -> frozenset[str]:
        """Return the types of what the passage of a denial denies to have happened, none where it does not say.

        >>> sorted(retelling().denies("The army denied shelling the village"))
        ['Airstrike', 'Shelling']
        >>> retelling().denies("Ankara denied any part in the shelling")
        frozenset()
        """
        words = normal_words(passage)
        if any(_holds(words, part) for part in self.part_denied):
            return frozenset()
        return frozenset().union(*(types for types, marks in self.denied if any(_holds(words, m) for m in marks)))

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


def _normal(word: str) -> str:
    return " ".join(normal_words(word))


def _holds(words: Sequence[str], mark: str) -> bool:
    return any(word.startswith(mark) if mark.isascii() else mark in word for word in words)


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
        tuple((frozenset(one["types"]), tuple(map(_normal, one["words"]))) for one in data["denied"]),
        tuple(map(_normal, data["part_denied"])),
    )
