"""The graph store: the projected dataset in Oxigraph, on disk or in memory, and the position that it answers for.

Invariant: a store always equals a replay of the log up to its own position, whenever the process dies. What other
packages use of the store is named here.
"""

from graph.store.answers import GRAPH_TYPES, SOLUTIONS_TYPES, Answer
from graph.store.errors import (
    NotAcceptable,
    OtherBase,
    OtherLog,
    PositionGap,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreOutdated,
    StoreUnwritable,
)
from graph.store.owner import GraphStore
from graph.store.reader import Fingerprint, Reader
from graph.store.rebuilding import Rebuilt, rebuild

__all__ = [
    "GRAPH_TYPES",
    "SOLUTIONS_TYPES",
    "Answer",
    "Fingerprint",
    "GraphStore",
    "NotAcceptable",
    "OtherBase",
    "OtherLog",
    "PositionGap",
    "Reader",
    "Rebuilt",
    "StoreDamaged",
    "StoreError",
    "StoreLocked",
    "StoreOutdated",
    "StoreUnwritable",
    "rebuild",
]
