"""Which publishers are sources of the registry that speak for themselves, as a monitor does on its own pages.

Invariant: a publisher is one only where the registry gives its whole name, in any spelling, to one source. Agencies and
media pass on what others say, so what they tell without a source has none.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from ontology.identity import derived_id
from ontology.location import PROJECT
from ontology.normal import name_key

FILE: Final = "lexicon/sources.yaml"
_SPEAKING: Final = frozenset({"monitor", "rescue", "medical", "official", "party"})
_FULL: Final = ("aliases", "exact")  # short forms mean it only where an article named it


@dataclass(frozen=True, slots=True)
class Speaker:
    """A source of the registry: its id, its names by language, whether it speaks for a party to the fighting."""

    id: str
    names: dict[str, str]
    party: bool


def speaker(publisher: str) -> Speaker | None:
    """Return the source that a publisher is, None where the registry knows none that speaks for itself.

    >>> found = speaker("SOHR")
    >>> found is not None and found == speaker("المرصد السوري لحقوق الانسان") and found.names["en"]
    'Syrian Observatory for Human Rights'
    >>> speaker("Reuters"), speaker("The Harbour Post")
    (None, None)
    """
    return _speakers().get(name_key(publisher))


@cache
def _speakers(folder: Path = PROJECT) -> Mapping[str, Speaker]:
    """Return the speakers by the normal forms of their names, those of one source only; read once a process."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: dict[str, Any] = yaml.load((folder / FILE).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe one
    found: dict[str, dict[str, Speaker | None]] = defaultdict(dict)
    for entry in data["entries"]:
        id_ = derived_id("source", entry["id"])
        own = Speaker(id_, entry["names"], entry["party"]) if entry["kind"] in _SPEAKING else None
        names = [
            *entry["names"].values(),
            *(n for slot in _FULL for some in entry.get(slot, {}).values() for n in some),
        ]
        for key in map(name_key, names):
            found[key][id_] = own
    return {key: own for key, by_id in found.items() if len(by_id) == 1 for own in by_id.values() if own is not None}
