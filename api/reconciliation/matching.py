"""Matching: queries to candidates, whatever family they are of, within the time that a batch may take.

Invariant: each query is answered by itself, whatever else is in the batch; a batch that would take too long is refused
as a whole.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from api.problems import Problem
from api.reconciliation.candidates import Candidate, ordered
from api.reconciliation.events import Events
from api.reconciliation.eventtext import told
from api.reconciliation.places import Places
from api.reconciliation.queries import Query
from api.reconciliation.registry import Registry
from api.reconciliation.things import Asked, Things
from api.reconciliation.types import ACTOR, EVENT, FAMILIES, PLACE, SOURCE, below, family_of
from graph.iris import Iris
from ingest.gazetteer import BadOverlay, Gazetteer
from ingest.gazetteer.imports import UnusableImport

_Key = TypeVar("_Key")
_EVENT_CONDITIONS: Final = frozenset({"date", "place", "agent", "target", "source"})


class Matching:
    """Everything that answers queries, opened when first needed. May be shared by threads.

    Args:
        asked: answers queries of the graph.
        iris: the IRIs of the graph.
        imports: folder of imported gazetteers.
        names: how many names of the graph are kept.
        events: how many events a query may compare.
        seconds: how long a batch may take.
    """

    def __init__(
        self, asked: Asked, iris: Iris, imports: Path | None, *, names: int, events: int, seconds: float
    ) -> None:
        self._iris = iris
        self._imports = imports
        self._events = events
        self._seconds = seconds
        self._asked = asked
        self._opening = Lock()
        self._preparing = Lock()
        self._ready = False
        self._places: Places | None = None
        self.things = Things(asked, names)
        self.registry = Registry(self.things, iris)

    @property
    def places(self) -> Places:
        """The places; opening the gazetteer for the first time builds its index."""
        with self._opening:
            if self._places is None:
                try:
                    gazetteer = Gazetteer.open(imports=self._imports)
                except (BadOverlay, UnusableImport) as error:
                    raise Problem(503, "gazetteer-unusable", f"The gazetteer cannot be used: {error}") from None
                self._places = Places(gazetteer, self.things, self._iris)
            return self._places

    def open(self) -> None:
        """Open what takes seconds the first time: gazetteer, registry, lexicons. Again it costs nothing."""
        with self._preparing:
            if not self._ready:
                self.places.beginning("-", 1)
                self.registry.bearing("-", ACTOR)
                told("-")
                self._ready = True

    @cached_property
    def events(self) -> Events:
        """The events."""
        return Events(self._asked, self.things, self.places, self.registry, self._iris, most=self._events)

    def answer(self, queries: Mapping[_Key, Query]) -> dict[_Key, list[Candidate]]:
        """Return the candidates of each query, best first.

        Raises:
            Problem: where the batch takes too long, or a value cannot be understood.
        """
        self.open()  # done once, and no fault of the batch that comes first
        until = time.monotonic() + self._seconds
        found: dict[_Key, list[Candidate]] = {}
        for key, query in queries.items():
            if time.monotonic() > until:
                detail = (
                    f"The batch was not done within {self._seconds:g} s (WAQAI_RECONCILE_SECONDS); "
                    f"{len(found)} of its {len(queries)} queries were: send fewer at a time."
                )
                raise Problem(503, "batch-too-slow", detail, headers={"retry-after": "1"})
            found[key] = self.candidates(query)
        return found

    def candidates(self, query: Query) -> list[Candidate]:
        """Return the candidates of one query, best first, at most as many as it wants."""
        families = _families(query)
        if len(families) > 1 and not query.exact:  # a likeness in one family is no rival of a name in another
            named = self._found(replace(query, exact=True), families)
            if any(family_of(candidate.types[0]) != EVENT for candidate in named):
                return ordered(named, query.limit)
        return ordered(self._found(query, families), query.limit)

    def _found(self, query: Query, families: Sequence[tuple[str, frozenset[str] | None]]) -> list[Candidate]:
        found: list[Candidate] = []
        for family, kinds in families:
            if family == PLACE:
                found += self.places.candidates(query, kinds)
            elif family == EVENT:
                found += self.events.candidates(query, kinds, sure=not query.types and not _of_events(query))
            else:
                found += self.registry.candidates(query, family, kinds)
        return found


def _of_events(query: Query) -> bool:
    return any(c.prop.code in _EVENT_CONDITIONS or c.prop.category for c in query.conditions)


def _families(query: Query) -> Sequence[tuple[str, frozenset[str] | None]]:
    """Return where to look, each family with the classes allowed there.

    Without a type, conditions on what only one family has tell the family.
    """
    if query.types:
        by_family: dict[str, frozenset[str]] = {}
        for cls in query.types:
            family = family_of(cls)
            if family is not None:
                by_family[family] = by_family.get(family, frozenset()) | below(cls)
        return [(family, by_family[family]) for family in FAMILIES if family in by_family]
    told = [family for family in FAMILIES if all(family in c.prop.families for c in query.conditions)]
    return [(family, None) for family in (told or (PLACE, ACTOR, SOURCE, EVENT))]
