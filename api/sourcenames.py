"""Which source a person means: by its IRI, its id, or any name that it has, in any language.

Invariant: names are compared in the normal form of names, and a name that several sources have stands for all of them.
"""

import difflib
from dataclasses import dataclass
from typing import Any, Final, Protocol

from graph.iris import Iris
from graph.store import Answer
from ontology.normal import name_key

_LABELS: Final = (
    "SELECT DISTINCT ?source ?label { ?source a wq:Source ; rdfs:label ?label "
    "FILTER(STRSTARTS(STR(?source), '%sid/source/')) } ORDER BY ?source ?label"
)
_NEAREST: Final = 3
_LIKE: Final = 0.6  # of the letters


class Asked(Protocol):
    """Whatever answers queries: a workspace."""

    def query(self, sparql: str) -> Answer:
        """Ask the graph."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """The ids of the sources that a name stands for; none for none, and then the names that are nearest to it."""

    ids: tuple[str, ...]
    nearest: tuple[str, ...] = ()

    @property
    def suggestion(self) -> str:
        """The nearest names, as the end of a sentence; nothing where none is near."""
        return f"; the nearest names are {', '.join(self.nearest)}" if self.nearest else ""


def sources_named(asked: Asked, iris: Iris, name: str) -> Named:
    """Return the sources that `name` stands for: an IRI, a path under the base, an id, or any label in any spelling."""
    labels: list[tuple[str, str]] = []
    for source, label in asked.query(_LABELS % iris.base).rows():
        named = iris.parse(_text(source))
        if named is not None and not named.part:
            labels.append((named.id, _text(label)))
    given = iris.parse(iris.absolute(name)) if name.isascii() and " " not in name else None
    id_ = given.id if given is not None and given.kind == "source" and not given.part else name
    key = name_key(name)
    found = {own for own, label in labels if own == id_ or (key and name_key(label) == key)}
    if found:
        return Named(tuple(sorted(found)))
    by_key = {name_key(label): label for _, label in labels}
    near = difflib.get_close_matches(key, sorted(by_key), n=_NEAREST, cutoff=_LIKE) if key else []
    return Named((), tuple(by_key[one] for one in near))


def _text(term: Any) -> str:
    return str(term.value)
