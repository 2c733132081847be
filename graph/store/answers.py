"""The answer to one query, and the forms that it can be written in.

Invariant: an answer says the position that it answers for, and is never written in a form other than the one asked for.
"""

import io
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, serialize

from graph import wellformed
from graph.store.errors import NotAcceptable
from ontology.vocabulary import PREFIXES

if TYPE_CHECKING:
    from graph.store.reader import Reader

_RESULTS: Final = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
_GRAPHS: Final = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
}
SOLUTIONS_TYPES: Final = tuple(_RESULTS)
"""Media types of SELECT and ASK answers, the default first."""
GRAPH_TYPES: Final = tuple(_GRAPHS)
"""Media types of CONSTRUCT and DESCRIBE answers, the default first."""
_PREFIXED: Final = frozenset({"text/turtle", "application/trig", "application/rdf+xml"})


def prefixes_for(media_type: str) -> dict[str, str] | None:
    """Return the prefixes that a graph is written with, None where the format has none."""
    return dict(PREFIXES) if media_type in _PREFIXED else None


class Answer:
    """The answer to one query: `kind` is `solutions`, `boolean` or `graph`; `position` is what it answers for.

    Make, write and drop it in one thread, and write or iterate it once: the engine's results belong to the thread that
    asked and run through only once. `graph` is what was asked; an answer keeps it.
    """

    def __init__(self, result: QuerySolutions | QueryBoolean | QueryTriples, position: int, graph: "Reader") -> None:
        self._result = result
        self.position = position
        self.graph = graph

    @property
    def kind(self) -> str:
        """`solutions`, `boolean` or `graph`."""
        if isinstance(self._result, QuerySolutions):
            return "solutions"
        return "boolean" if isinstance(self._result, QueryBoolean) else "graph"

    @property
    def media_types(self) -> tuple[str, ...]:
        """The media types that it can be written in, the default first."""
        return GRAPH_TYPES if self.kind == "graph" else SOLUTIONS_TYPES

    def write(self, out: IO[bytes], media_type: str | None = None) -> str:
        """Write the answer into `out` as it is found, and return the media type.

        Raises:
            NotAcceptable
            graph.wellformed.NotInXml: XML cannot hold it; `out` may have the beginning.
        """
        chosen = media_type or self.media_types[0]
        if chosen not in self.media_types:
            raise NotAcceptable(chosen, self.media_types)
        result = self._result
        if not isinstance(result, QueryTriples):
            wellformed.write(out, chosen, lambda to: result.serialize(to, _RESULTS[chosen]))
        else:
            prefixes = prefixes_for(chosen)
            wellformed.write(out, chosen, lambda to: serialize(result, to, _GRAPHS[chosen], prefixes=prefixes))
        return chosen

    def serialize(self, media_type: str | None = None) -> bytes:
        """Return the whole answer as bytes. Raises as `write` does."""
        buffer = io.BytesIO()
        self.write(buffer, media_type)
        return buffer.getvalue()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the columns, without the question mark; empty but for `solutions`."""
        if not isinstance(self._result, QuerySolutions):
            return ()
        return tuple(variable.value for variable in self._result.variables)

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield the solutions as tuples of pyoxigraph terms, None where a variable is not bound."""
        if isinstance(self._result, QuerySolutions):
            names = self.variables
            for solution in self._result:
                yield tuple(solution[name] for name in names)

    def __bool__(self) -> bool:
        """Tell the answer to ASK; for the other forms true."""
        return bool(self._result) if isinstance(self._result, QueryBoolean) else True
