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
            if (last := self._usable(position, at_least)) is not None:
                return last
            self._made.append(time.monotonic())
            try:
                self._last = past.at(position)
            except (TravelError, LogError):  # no room for a checkpoint, too much to replay, or no log to replay
                return live
            return self._last

    def ready(self) -> Reader | None:
        """Return the reader for the newest graph where it is there already; this waits for nothing."""
        live = self._workspace.at_hand()
        if live is None or not self._guard.acquire(blocking=False):
            return None
        try:
            self._workspace.past.made()  # what was erased meanwhile is not used any more
            return self._usable(live.position(), 0)
        finally:
            self._guard.release()

    def _usable(self, position: int, at_least: int) -> Reader | None:
        """Return the last checkpoint where it may answer for `position`."""
        last = self._last
        if last is None or not at_least <= last.position() <= position or not self._workspace.past.usable(last):
            return None
        busy = len(self._made) == self._made.maxlen and time.monotonic() - self._made[0] < self._freshness
        return last if last.position() == position or busy else None
