"""The places, actors and sources that the graph names, by the keys of their names.

Invariant: what is kept follows from the graph at one position; it is read anew when the graph has moved on, and never
holds more names than the setting allows.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from api.reconciliation.candidates import likeness
from api.reconciliation.types import ACTOR, PLACE, SOURCE, most_specific
from graph.iris import is_iri
from graph.store import Answer
from ontology.normal import name_key
from ontology.vocabulary import PREFIXES

PROLOGUE: Final = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
_LEAST_ALIKE: Final = 0.72
_REST: Final = 10  # a reading that took a second is not repeated for ten


def values(iris: Iterable[str]) -> str:
    """Return IRIs as the values of a SPARQL query, sorted; what is none is left out."""
    return " ".join(f"<{iri}>" for iri in sorted(set(iris)) if is_iri(iri))


class Asked(Protocol):
    """Whatever answers queries: a workspace."""

    def query(self, sparql: str) -> Answer:
        """Ask the graph."""
        ...


@dataclass(slots=True)
class Thing:
    """What the graph says of a place, actor or source. `names` go by language, `others` are further names."""

    iri: str
    names: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)  # name → language
    types: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    notations: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    lat: str | None = None
    lon: str | None = None


@dataclass(frozen=True, slots=True)
class _Names:
    """Name keys by family, each with the IRIs that bear it, at one position of one graph."""

    graph: int
    position: int
    keys: dict[str, dict[str, tuple[str, ...]]]
    read_again: float


class Things:
    """The names that the graph knows. May be shared by threads.

    Args:
        asked: answers queries.
        most: how many names are kept.
    """

    def __init__(self, asked: Asked, most: int) -> None:
        self._asked = asked
        self._most = most
        self._known: _Names | None = None
        self._lock = threading.Lock()

    def bearing(self, name: str, family: str) -> tuple[str, ...]:
        """Return the IRIs of the family that bear this name, sorted."""
        return self._names().keys[family].get(name_key(name), ())

    def similar(self, name: str, family: str, limit: int) -> list[tuple[float, str]]:
        """Return IRIs of the family with names like this one, the likest first; its own bearers are not among them."""
        wanted = name_key(name)
        found: dict[str, float] = {}
        for key, iris in self._names().keys[family].items():
            # A cheap bound first: likeness is at most twice the shorter over both together.
            if key == wanted or 2 * min(len(key), len(wanted)) < _LEAST_ALIKE * (len(key) + len(wanted)):
                continue
            if (ratio := likeness(wanted, key)) >= _LEAST_ALIKE:
                for iri in iris:
                    found[iri] = max(ratio, found.get(iri, 0.0))
        return sorted(((ratio, iri) for iri, ratio in found.items()), key=lambda f: (-f[0], f[1]))[:limit]

    def beginning(self, prefix: str, family: str, limit: int) -> list[str]:
        """Return IRIs of the family with a name that begins so, the shortest name first."""
        wanted = name_key(prefix)
        keys = sorted((k for k in self._names().keys[family] if k.startswith(wanted)), key=lambda k: (len(k), k))
        found = dict.fromkeys(iri for key in keys for iri in self._names().keys[family][key])
        return list(found)[:limit]

    def mentioned(self, key: str, family: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the names of the family that stand in a text, given by its key, the longest first and none twice."""
        names = self._names().keys[family]
        words = key.split(" ")
        taken: set[int] = set()
        for length in range(min(len(words), 6), 0, -1):
            for at in range(len(words) - length + 1):
                part = " ".join(words[at : at + length])
                if part in names and not taken & set(range(at, at + length)):
                    taken |= set(range(at, at + length))
                    yield part, names[part]

    def described(self, iris: Iterable[str]) -> dict[str, Thing]:
        """Return what the graph says of these, for those that it knows as place, actor or source."""
        listed = values(iris)
        if not listed:
            return {}
        found: dict[str, Thing] = {}
        classes: dict[str, set[str]] = defaultdict(set)
        gathered: dict[tuple[str, str], list[str]] = defaultdict(list)
        answer = self._asked.query(
            f"{PROLOGUE}SELECT ?s ?p ?o {{ VALUES ?s {{ {listed} }} VALUES ?p {{ rdf:type rdfs:label skos:altLabel "
            "skos:closeMatch skos:exactMatch skos:notation schema:containedInPlace } ?s ?p ?o } ORDER BY ?s ?p ?o"
        )
        for subject, predicate, value in _texts(answer):
            iri, name = subject.value, predicate.value.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
            thing = found.setdefault(iri, Thing(iri))
            if name == "type":
                classes[iri].add(value.value)
            elif name == "label":
                thing.names.setdefault(value.language or "", value.value)
            elif name == "altLabel":
                thing.others.setdefault(value.value, value.language or "")
            else:
                gathered[iri, name].append(value.value)
        for subject, lat, lon in _texts(
            self._asked.query(
                f"{PROLOGUE}SELECT ?s ?lat ?lon {{ VALUES ?s {{ {listed} }} ?s geo:hasGeometry ?g . "
                "?g wq:lat ?lat ; wq:long ?lon } ORDER BY ?s ?g"
            )
        ):
            found[subject.value].lat, found[subject.value].lon = lat.value, lon.value
        for iri, thing in found.items():
            thing.types = most_specific(classes[iri])
            thing.links = tuple(dict.fromkeys((*gathered[iri, "exactMatch"], *gathered[iri, "closeMatch"])))
            thing.notations = tuple(gathered[iri, "notation"])
            thing.within = tuple(gathered[iri, "containedInPlace"])
        return {iri: thing for iri, thing in found.items() if thing.types}

    def position(self) -> int:
        """Return the position of the graph that the names are of."""
        return self._names().position

    def _names(self) -> _Names:
        known = self._known
        if known is not None and time.monotonic() < known.read_again:
            return known
        with self._lock:
            asked = self._asked.query("ASK {}")
            known = self._known
            if known is None or (known.graph, known.position) != (asked.graph.number, asked.position):
                self._known = known = self._read(asked.graph.number, asked.position)
            return known

    def _read(self, graph: int, position: int) -> _Names:
        began = time.monotonic()
        keys: dict[str, dict[str, list[str]]] = {}
        for family in (PLACE, ACTOR, SOURCE):
            by_key: dict[str, list[str]] = defaultdict(list)
            for thing, name in _texts(
                self._asked.query(
                    f"{PROLOGUE}SELECT DISTINCT ?thing ?name {{ ?thing a <{family}> "
                    "{ ?thing rdfs:label ?name } UNION { ?thing skos:altLabel ?name } } "
                    f"ORDER BY ?thing ?name LIMIT {self._most}"
                )
            ):
                key = name_key(name.value)
                if key and thing.value not in by_key[key]:
                    by_key[key].append(thing.value)
            keys[family] = by_key
        took = time.monotonic() - began
        read = {family: {key: tuple(iris) for key, iris in by_key.items()} for family, by_key in keys.items()}
        return _Names(graph, position, read, time.monotonic() + (_REST * took if took > 0.1 else 0.0))


def _texts(answer: Answer) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of an answer; every variable is bound."""
    return iter(answer.rows())
