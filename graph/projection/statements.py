"""What records state, as triples written in N-Quads, by the graph that they stand in.

Invariant: a triple is one line without its graph, and two triples are the same exactly where their lines are.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from pyoxigraph import Quad, RdfFormat, parse

Triple = str  # "subject predicate object", each term as N-Quads write it
Statement = tuple[Triple, str]  # a triple, and the graph that it stands in: `<iri>`, or nothing for the default graph


@dataclass(frozen=True, slots=True)
class Statements:
    """The triples of the default graph, and those of named ones.

    `common` are triples of the default graph too: what is known of places, actors and sources, which many records say
    again.
    """

    default: list[Triple] = field(default_factory=list)
    common: list[Triple] = field(default_factory=list)
    named: list[tuple[str, list[Triple]]] = field(default_factory=list)

    def add(self, other: "Statements") -> None:
        """Take what `other` states too."""
        self.default.extend(other.default)
        self.common.extend(other.common)
        self.named.extend(other.named)

    def take(self, triple: Triple, graph: str) -> None:
        """Take one more statement."""
        if not graph:
            self.default.append(triple)
        elif self.named and self.named[-1][0] == graph:
            self.named[-1][1].append(triple)
        else:
            self.named.append((graph, [triple]))

    def without(self, removed: Mapping[str, Set[Triple]]) -> "Statements":
        """Return them without those that are removed, given by graph."""
        gone = removed.get("", frozenset())
        return Statements(
            [triple for triple in self.default if triple not in gone],
            [triple for triple in self.common if triple not in gone],
            [
                (graph, [triple for triple in triples if triple not in removed.get(graph, ())])
                for graph, triples in self.named
            ],
        )

    def count(self) -> int:
        """Return how many there are, those that are stated twice counted twice."""
        return len(self.default) + len(self.common) + sum(len(triples) for _, triples in self.named)

    def lists(self) -> Iterator[tuple[str, list[Triple]]]:
        """Yield their lists, each with its graph."""
        yield "", self.default
        yield "", self.common
        yield from self.named

    def text(self) -> str:
        """Return them as N-Quads; what is stated twice may stand there twice, which says no more."""
        parts = [("", self.common), ("", self.default), *self.named]
        return "".join([lines(triples, graph) for graph, triples in parts])

    def each(self) -> Iterator[Statement]:
        """Yield each of them, some perhaps twice."""
        for graph, triples in self.lists():
            for triple in triples:
                yield triple, graph

    def quads(self) -> list[Quad]:
        """Return them as quads, those of the default graph first, none twice."""
        return quads(dict.fromkeys(self.each()))


def lines(triples: Iterable[Triple], graph: str) -> str:
    """Return triples of one graph as N-Quads."""
    end = f" {graph} .\n" if graph else " .\n"
    text = end.join(triples)
    return text + end if text else ""


def quads(statements: Iterable[Statement]) -> list[Quad]:
    """Return statements as quads."""
    text = "".join(f"{triple} {graph} .\n" for triple, graph in statements)
    return list(parse(text, RdfFormat.N_QUADS))


def quad_of(statement: Statement) -> Quad:
    """Return one statement as a quad."""
    (quad,) = quads([statement])
    return quad
