"""From claims to answers: log, content store, projection, SPARQL store, audit. Imports `ontology` only.

`graph.open(path)` reads a graph from Python.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.opening import OpenGraph

__all__ = ["open"]


def open(path: str | os.PathLike[str]) -> "OpenGraph":  # noqa: A001 - read as graph.open
    """Open the graph of a data folder, or of the folder `graph` in one, for reading; also beside a running server.

    Raises:
        graph.opening.NoGraph: there is none.
        graph.store.StoreDamaged: it cannot be read.
    """
    from graph.opening import open_graph

    return open_graph(path)
