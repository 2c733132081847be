"""What became of a triple that the graph does not hold.

Invariant: what is said follows from the records that touch its subject, each of them replayed; nothing is guessed from
the graph as it is now.
"""

from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Quad

from graph.audit.terms import AskedTriple
from graph.log import EventLog
from graph.store import Reader
from graph.travel.changes import history
from graph.travel.errors import TooManyRecords

_RECORDS: Final = 5_000  # that are replayed to find out


@dataclass(frozen=True, slots=True)
class Gone:
    """From which position to which the triple was last in the graph, by the records that brought it and took it out.

    `graph` is where it stood, None for the default graph.
    """

    brought: int
    taken: int
    graph: str | None


def gone(reader: Reader, log: EventLog, asked: AskedTriple) -> Gone | None:
    """Return how a triple went that is not there, None where no record is found that ever brought it."""
    since: dict[str | None, int] = {}
    last: Gone | None = None
    try:
        for step in history(reader, log, reader.projector, _thing(reader, asked), limit=_RECORDS):
            for graph in _matching(step.removed, asked):
                if graph in since:
                    last = Gone(since.pop(graph), step.cause.position, graph)
            for graph in _matching(step.added, asked):
                since[graph] = step.cause.position
    except TooManyRecords:
        return None
    return last


def _thing(reader: Reader, asked: AskedTriple) -> str:
    """Return the thing whose history holds the triple: the subject, or what it is a part of."""
    iri = asked.subject.value
    named = reader.iris.parse(iri)
    return iri if named is None or not named.part else iri[: -len(named.part) - 1]


def _matching(quads: tuple[Quad, ...], asked: AskedTriple) -> list[str | None]:
    return [
        quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else None
        for quad in quads
        if (quad.subject, quad.predicate, quad.object) == (asked.subject, asked.predicate, asked.object)
        and (asked.graph is None or quad.graph_name == asked.graph)
    ]
