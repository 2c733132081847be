"""The graph as of one position, as the faces ask it: in place of a workspace, which answers for the newest one.

Invariant: everything that is asked of one of these is answered for the same position.
"""

from dataclasses import dataclass

from graph.search.predicate import MOST_THINGS
from graph.store import Answer, Reader
from ontology.vocabulary import PREFIXES


@dataclass(frozen=True, slots=True)
class AsOf:
    """What answers queries for one position."""

    reader: Reader
    things: int = MOST_THINGS  # that a search for words may find

    def query(
        self,
        sparql: str,
        *,
        default_graph: list[str] | None = None,
        named_graphs: list[str] | None = None,
    ) -> Answer:
        """Ask the graph of the position; otherwise as `Workspace.query`."""
        return self.reader.query(
            sparql, prefixes=PREFIXES, default_graph=default_graph, named_graphs=named_graphs, things=self.things
        )
