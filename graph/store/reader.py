"""One dataset opened for reading, and the position of the log that it answers for.

Invariant: an answer is of the dataset as it was at one position, and says which. A graph that follows the log is a
reader too, and so is a checkpoint of one (`Reader.of_checkpoint`), which never changes.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from graph import wellformed
from graph.iris import Iris
from graph.projection import Projector, Statement
from graph.search.finding import find
from graph.search.predicate import MOST_THINGS, Find, expanded
from graph.search.wording import Wording
from graph.sparql import Limits, check_query, malformed
from graph.store.answers import GRAPH_TYPES, Answer, prefixes_for
from graph.store.errors import NotAcceptable, StoreDamaged
from graph.store.sorting import SortedLines
from graph.terms import Node, wq

Result = QuerySolutions | QueryBoolean | QueryTriples

_POSITION: Final = wq("position")
_NUMBERS: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells two datasets apart: the number of quads, and SHA-256 over the sorted N-Quads, in hex."""

    quads: int
    sha256: str


def marker(log: Node, position: int) -> Statement:
    """Return the statement that says how far a store has followed the log; it lies in a graph of its own."""
    return f"{log} {_POSITION} {Literal(position)}", log


def marked(store: Store, iris: Iris) -> list[int]:
    """Return the positions that a store is marked with, ascending; the last one counts, and none means an empty log."""
    log = iris.log()
    found = store.quads_for_pattern(log, _POSITION, None, log)
    return sorted(int(quad.object.value) for quad in found if isinstance(quad.object, Literal))


def evaluation(
    store: Store,
    sparql: str,
    iris: Iris,
    *,
    prefixes: Mapping[str, str] | None = None,
    default_graph: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
    limits: Limits | None = None,
    find: Find | None = None,
    things: int = MOST_THINGS,
) -> Callable[[], Result]:
    """Check a query as `Reader.query` does, and return what evaluates it on `store`; `find` searches for words.

    No search may find more than so many `things`.

    Raises (also what is returned):
        graph.sparql.QueryRefused
        ValueError: a graph is not a valid IRI.
    """
    check_query(sparql, prefixes=prefixes, limits=limits)
    default: list[NamedNode | BlankNode | DefaultGraph] | None = None
    named: list[NamedNode | BlankNode] | None = None
    if default_graph is not None:
        default = [NamedNode(iri) for iri in default_graph]
    if named_graphs is not None:
        named = [NamedNode(iri) for iri in named_graphs]

    dataset = default is not None or named is not None

    def evaluate() -> Result:
        try:
            return store.query(
                sparql if find is None else expanded(sparql, prefixes or {}, find, things, dataset=dataset),
                base_iri=iris.base,
                prefixes=None if prefixes is None else dict(prefixes),
                default_graph=default,
                named_graphs=named,
            )
        except SyntaxError as error:
            raise malformed(sparql, error) from None

    return evaluate


class Reader:
    """A dataset and its position. Queries may run in several threads."""

    def __init__(self, store: Store, position: int, projector: Projector) -> None:
        self._store = store
        self._position = position
        self._projector = projector
        self.outdated = False
        """Whether another version of the projection, or of the ontology, has made it."""
        self._index: Callable[[], Path | None] = lambda: None
        self.number = next(_NUMBERS)  # another one for each that is opened: two graphs may have one position

    @classmethod
    def of_checkpoint(cls, database: Path, projector: Projector) -> "Reader":
        """Open a checkpoint that `GraphStore.backup` made, without changing a file of it.

        Raises:
            StoreDamaged
        """
        try:
            return Reader.over(Store.read_only(str(database)), projector, database)
        except (OSError, RuntimeError, ValueError) as error:
            raise StoreDamaged(database, str(error)) from error

    @classmethod
    def over(cls, store: Store, projector: Projector, database: Path) -> "Reader":
        """Return the reader of a store that was opened from `database`.

        Raises:
            StoreDamaged: it does not say its position.
        """
        positions = marked(store, projector.iris)
        if not positions and len(store):
            raise StoreDamaged(database, "it does not say its position")
        return Reader(store, positions[-1] if positions else 0, projector)

    @property
    def iris(self) -> Iris:
        """The IRIs that the dataset was made with."""
        return self._projector.iris

    @property
    def projector(self) -> Projector:
        """The projection that gives the dataset."""
        return self._projector

    def position(self) -> int:
        """Return the log position that the dataset answers for, 0 for an empty one."""
        return self._position

    def engine(self) -> Store:
        """Return the dataset as the engine has it, to be read only."""
        return self._store

    def query(
        self,
        sparql: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        default_graph: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        limits: Limits | None = None,
        things: int = MOST_THINGS,
    ) -> Answer:
        """Ask a SPARQL query; `prefixes` are known beside its own, the graphs restrict what it sees (full IRIs).

        Relative IRIs in it are relative to the base IRI of the dataset. A search for words finds so many `things`, or
        is refused.

        Raises:
            graph.sparql.QueryRefused: it is malformed, an update, over `limits`, or asks another server.
            ValueError: a graph is not a valid IRI.
        """
        evaluate = evaluation(
            self._store,
            sparql,
            self._projector.iris,
            prefixes=prefixes,
            default_graph=default_graph,
            named_graphs=named_graphs,
            limits=limits,
            find=self.find,
            things=things,
        )
        return self._answer(evaluate)

    def find(self, wording: Wording, most: int, deadline: float | None = None) -> list[str]:
        """Return the IRIs of the things that have a text with the words, no more than `most`.

        Raises:
            graph.search.finding.SearchTooSlow: the monotonic clock has passed `deadline`.
        """
        return find(self._store, self.iris, self._position, self.index(), wording, most, deadline)

    def index(self) -> Path | None:
        """Return the file of the index of words that goes with this dataset, if there is one."""
        return self._index()

    def _answer(self, evaluate: Callable[[], Result]) -> Answer:
        """Return what `evaluate` finds with the position that it was found at."""
        return Answer(evaluate(), self._position, self)

    def quads(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | Literal | None = None,
        graph: NamedNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads that match; None matches everything, every graph included."""
        yield from self._store.quads_for_pattern(subject, predicate, object_, graph)

    def write_graph(self, out: IO[bytes], graph: str, media_type: str) -> None:
        """Write the triples of one graph, in one of GRAPH_TYPES; `graph` is its IRI, "" for the default graph.

        Raises:
            NotAcceptable
            ValueError: it is not a valid IRI.
            graph.wellformed.NotInXml: XML cannot hold it; `out` may have the beginning.
        """
        name = NamedNode(graph) if graph else DefaultGraph()
        if media_type not in GRAPH_TYPES:
            raise NotAcceptable(media_type, GRAPH_TYPES)
        form, prefixes = RdfFormat.from_media_type(media_type), prefixes_for(media_type)
        wellformed.write(out, media_type, lambda to: self._store.dump(to, form, from_graph=name, prefixes=prefixes))

    def dump(self, out: IO[bytes]) -> int:
        """Write the dataset as N-Quads, sorted by bytes, and return the number of quads."""
        count = 0
        for line in self.lines():
            out.write(line)
            count += 1
        return count

    def fingerprint(self) -> Fingerprint:
        """Return what the sorted N-Quads of the dataset amount to; it takes as long as the dataset is large."""
        digest, count = hashlib.sha256(), 0
        for line in self.lines():
            digest.update(line)
            count += 1
        return Fingerprint(count, digest.hexdigest())

    def lines(self) -> Iterator[bytes]:
        """Yield the dataset as lines of N-Quads, sorted by bytes."""
        with SortedLines() as lines:
            self._store.dump(cast("IO[bytes]", lines), RdfFormat.N_QUADS)
            yield from lines

    def close(self) -> None:
        """Let the dataset go; it may not be used afterwards."""
        self._store = Store()
        self._position = 0

    def __contains__(self, quad: Quad) -> bool:
        return quad in self._store

    def __len__(self) -> int:
        return len(self._store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
