"""What a QuadsPatched record gives: the quads of curation graphs that it added, and what is said of the patch itself.

Invariant: into a curation graph go the quads of patches and nothing else; in the default graph a patch says who, why
and how much, and none of its quads.
"""

from typing import Final

from graph.curationgraphs import GRAPHS, absolute
from graph.iris import Iris
from graph.patches import Patches
from graph.projection.literals import integer, plain
from graph.projection.statements import Statement, Statements, Triple
from graph.terms import Term, terms, written
from ontology.patches import GraphPatch, Patch


def patch_statements(patches: Patches, position: int, at: int, iris: Iris) -> Statements:
    """Return what the patch at `position` states as of `at`.

    Raises:
        ValueError: it names a graph that is no curation graph.
    """
    patch = patches.patch(position)
    statements = Statements()
    statements.default.extend(_about(patch, position, iris))
    for graph, triples in patches.lasting(position, at):
        if triples:
            statements.named.append((_graph(graph, iris), [absolute(triple, iris.base) for triple in triples]))
    return statements


def removed_statements(patch: Patch, iris: Iris) -> frozenset[Statement]:
    """Return what a patch removes."""
    found: set[Statement] = set()
    for graph in patch.graphs:
        name = _graph(graph.graph, iris)
        found.update((absolute(triple, iris.base), name) for triple in graph.removed)
    return frozenset(found)


def _graph(graph: str, iris: Iris) -> str:
    if not graph.startswith(GRAPHS):  # written by somebody else's code
        raise ValueError(f"{graph!r} is no curation graph")
    return f"<{iris.base}{graph}>"


def _about(patch: Patch, position: int, iris: Iris) -> list[Triple]:
    node = str(iris.patch(position))
    found = [f"{node} {_TYPE} {cls}" for cls in terms().classes("GraphPatch")]
    found += [
        f"{node} {_RECORD} {iris.record(position)}",
        f"{node} {_REASON} {plain(patch.reason)}",
        f"{node} {_ADDED} {integer(patch.added)}",
        f"{node} {_REMOVED} {integer(patch.removed)}",
    ]
    for graph in patch.graphs:
        found += _touched(node, graph, iris)
    if patch.undoes is not None:
        undone = str(iris.patch(patch.undoes))
        found += [f"{node} {_UNDOES} {undone}", f"{undone} {_UNDONE_BY} {node}"]
    return found


def _touched(node: str, graph: GraphPatch, iris: Iris) -> list[Triple]:
    name = _graph(graph.graph, iris)
    return [
        f"{node} {_PATCHED_GRAPH} {name}",
        *(f"{name} {_TYPE} {cls}" for cls in terms().classes("CurationGraph")),
    ]


_TYPE: Final = str(Term.TYPE)
_ADDED: Final = written("quadsAdded")
_PATCHED_GRAPH: Final = written("patchedGraph")
_REASON: Final = written("reason")
_RECORD: Final = written("record")
_REMOVED: Final = written("quadsRemoved")
_UNDOES: Final = written("undoes")
_UNDONE_BY: Final = written("undoneBy")
