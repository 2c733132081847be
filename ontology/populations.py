"""Which population is part of which, and which exclude each other.

Invariant: both are data (`populations.yaml`). Two populations of which nothing is said may share people; everybody
(None) contains every population of people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from ontology.location import PROJECT

FILE = "populations.yaml"


@dataclass(frozen=True, slots=True)
class Populations:
    """`within` goes from a population to all that contain it, but for everybody; `apart` are pairs without a member in
    common, stated or following; `units` are those that count something else than people.
    """

    within: Mapping[str, tuple[str, ...]]
    apart: frozenset[frozenset[str]]
    units: frozenset[str]

    def part(self, inner: str | None, outer: str | None) -> bool:
        """Tell whether everybody in `inner` is in `outer`, which is another population."""
        if inner is None or inner == outer or inner in self.units:
            return False
        return outer is None or outer in self.within.get(inner, ())

    def exclude(self, one: str, other: str) -> bool:
        """Tell whether nobody is in both."""
        return frozenset((one, other)) in self.apart

    def outermost(self, found: Iterable[str]) -> tuple[str, ...]:
        """Return those of `found` that are within no other of them, in order."""
        listed = sorted(found)
        return tuple(one for one in listed if not any(self.part(one, other) for other in listed))


@cache
def populations(folder: Path = PROJECT) -> Populations:
    """Return what `populations.yaml` of the project says, read once a process."""
    data: dict[str, Any] = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    parents: dict[str, str] = {e["id"]: e["within"] for e in data["populations"] if "within" in e}
    within: dict[str, tuple[str, ...]] = {}
    for entry in data["populations"]:
        chain: list[str] = []
        outer = parents.get(entry["id"])
        while outer is not None and outer not in chain:
            chain.append(outer)
            outer = parents.get(outer)
        within[entry["id"]] = tuple(chain)
    stated = {frozenset(pair) for pair in data["apart"]}
    apart = {
        frozenset((one, other))
        for one, other in combinations(within, 2)
        if any(frozenset((a, b)) in stated for a in (one, *within[one]) for b in (other, *within[other]))
    }
    units = frozenset(e["id"] for e in data["populations"] if e.get("counts", "people") != "people")
    return Populations(within, frozenset(apart), units)
