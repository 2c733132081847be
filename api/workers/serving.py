"""Which checkpoint a query is asked of.

Invariant: a query sees the graph at one position, and that position is the newest one, unless the graph is written so
fast that a checkpoint for each query would slow the writer: then it is at most `freshness` seconds old. Whoever names a
position that must be in it gets that one or a newer one. Where no checkpoint can be had, the graph itself is asked.
"""

import threading
import time
from collections import deque

from api.workspace import Workspace
from graph.log import LogError
from graph.store import Reader
from graph.travel.errors import TravelError
from graph.travel.moments import Moment


class Serving:
    """Gives readers of `workspace`; for threads.

    Args:
        workspace: the data folder.
        freshness: seconds for which a checkpoint may be used where the graph has moved on.
        burst: checkpoints within that time that are made all the same.
    """

    def __init__(self, workspace: Workspace, *, freshness: float = 1.0, burst: int = 10) -> None:
        self._workspace = workspace
        self._freshness = freshness
        self._made: deque[float] = deque(maxlen=max(1, burst))
        self._last: Reader | None = None
        self._guard = threading.Lock()

    def reader(self, moment: Moment | None, at_least: int = 0) -> Reader:
        """Return the reader for a moment, or for the newest graph.

        Raises:
            graph.travel.errors.TravelError: that state cannot be given.
        """
        past = self._workspace.past
        if moment is not None:
            return past.at(moment.position)
        live = self._workspace.graph()
        if self._workspace.answers_with(newest=True) != past.made():
            return live  # of an older version, while a new one is built: no checkpoint is made of it
        position = live.position()
        with self._guard:
            last = self._last
            if last is not None and at_least <= last.position() <= position and past.usable(last):
                busy = len(self._made) == self._made.maxlen and time.monotonic() - self._made[0] < self._freshness
                if last.position() == position or busy:
                    return last
            self._made.append(time.monotonic())
            try:
                self._last = past.at(position)
            except (TravelError, LogError):  # no room for a checkpoint, too much to replay, or no log to replay
                return live
            return self._last
