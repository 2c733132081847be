"""Patches of curation graphs for the tests of the graph, evaluated as in use."""

import tempfile
from pathlib import Path

from pyoxigraph import Store

from graph.log import Appended, NewRecord
from graph.store import GraphStore
from graph.updates.evaluating import Update, evaluate
from graph.updates.quads import Net
from ontology.patches import PATCHES_STREAM, QUADS_PATCHED, GraphPatch, Patch, quads_patched
from tests.graph.articles import World

PREFIXES = {"ex": "urn:", "xsd": "http://www.w3.org/2001/XMLSchema#", "wq": "https://w3id.org/waqai/ontology#"}


def patched(world: World, text: str, graph: GraphStore | None = None, actor: str = "mona") -> Appended | None:
    """Append what an update amounts to on the graph at the head of the log, None where that is nothing."""
    graph = GraphStore.in_memory(world.log, world.projector) if graph is None else graph
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        database = Path(folder) / "db"
        store = Store(str(database))
        store.extend(graph.quads())
        store.flush()
        del store
        net = Net(Store.read_only(str(database)), world.projector.iris, limit=10_000, scratch=Path(folder))
        evaluate(Update(text), net, base=world.projector.iris.base, prefixes=PREFIXES)
        payload = net.payload()
    if not payload:
        return None
    graphs = tuple(GraphPatch(p["graph"], tuple(p["removed"]), tuple(p["added"])) for p in payload)  # type: ignore[arg-type]
    return append(world, Patch(graphs, "a reason", "update", graph.position()), actor)


def append(world: World, patch: Patch, actor: str = "mona") -> Appended:
    record = NewRecord(QUADS_PATCHED, 1, quads_patched(patch), cause=patch.undoes)
    return world.log.append(PATCHES_STREAM, [record], actor=actor)
