"""What a database holds for certain of places, actors and sources: many records describe them, and one time is enough.

Invariant: what is known is in the database. It is learnt after it was written, forgotten before anything is removed,
and bounded.
"""

from collections.abc import Iterable
from typing import Final

from graph.projection import Triple

_MOST: Final = 100_000  # triples, some 25 MB


class Known:
    """Triples of the default graph that the database holds."""

    def __init__(self) -> None:
        self._triples: dict[Triple, None] = {}

    def news(self, triples: Iterable[Triple]) -> list[Triple]:
        """Return those that are not known to be there, none twice."""
        return [triple for triple in dict.fromkeys(triples) if triple not in self._triples]

    def learn(self, written: Iterable[Triple]) -> None:
        """Take what was written."""
        if len(self._triples) > _MOST:
            self._triples.clear()
        self._triples.update(dict.fromkeys(written))

    def forget(self, removed: Iterable[Triple]) -> None:
        """Know nothing any more of what is to be removed."""
        for triple in removed:
            self._triples.pop(triple, None)
