"""From claims to answers: log, content store, projection, SPARQL store, audit. Imports `ontology` only.

`graph.open(path)` reads a graph from Python, `graph.open(path, at=…)` as it was.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.opening import OpenGraph

__all__ = ["open"]


def open(  # noqa: A001 - read as graph.open
    path: str | os.PathLike[str], at: int | str | None = None, log: str | None = None
) -> "OpenGraph":
    """Open the graph of a data folder, or of the folder `graph` in one, for reading; also beside a running server.

    With `at` (a position of the log, a time with its zone, or a day) it is the graph as it was then; `log` is the
    address of the log, where that is not in the data folder.

    Raises:
        graph.opening.NoGraph: there is none.
        graph.opening.NoLog: a past state is asked for, and there is no log.
        graph.store.StoreDamaged: it cannot be read.
        graph.travel.errors.TravelError: `at` names no moment, or one that the log does not reach.
    """
    from graph.opening import open_graph

    return open_graph(path, at, log)
