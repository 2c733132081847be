"""The graph store: the projected dataset in Oxigraph, on disk or in memory, and the position that it answers for.

Invariant: a store always equals a replay of the log up to its own position, whenever the process dies. What other
packages use of the store is named here.
"""

from graph.store.answers import GRAPH_TYPES, SOLUTIONS_TYPES, Answer
from graph.store.errors import (
    Doing,
    NotAcceptable,
    OtherBase,
    OtherLog,
    PositionGap,
    RebuildRunning,
    RebuildStopped,
    RemakeDue,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreOutdated,
    StoreUnwritable,
)
from graph.store.folder import Made
from graph.store.owner import GraphStore
from graph.store.reader import Fingerprint, Reader
from graph.store.rebuilding import rebuild, replayed
from graph.store.requests import RebuildFailed, Rebuilt
from graph.store.serving import Rebuilding, ServedGraph

__all__ = [
    "GRAPH_TYPES",
    "SOLUTIONS_TYPES",
    "Answer",
    "Doing",
    "Fingerprint",
    "GraphStore",
    "Made",
    "NotAcceptable",
    "OtherBase",
    "OtherLog",
    "PositionGap",
    "Reader",
    "RebuildFailed",
    "RebuildRunning",
    "RebuildStopped",
    "Rebuilding",
    "Rebuilt",
    "RemakeDue",
    "ServedGraph",
    "StoreDamaged",
    "StoreError",
    "StoreLocked",
    "StoreOutdated",
    "StoreUnwritable",
    "rebuild",
    "replayed",
]
