"""Which checkpoint a query is asked of.

Invariant: a query sees the graph at one position, and that position is the newest one, unless the graph is being
written: then it may be a checkpoint that is at most `freshness` seconds old, and a newer one is made beside the
answering. Whoever names a position that must be in it gets that one or a newer one. Where no checkpoint can be had, the
graph itself is asked.
"""

import logging
import threading
import time
from collections import deque
from typing import Final

from api.workspace import Workspace
from graph.log import LogError
from graph.store import Reader, StoreDamaged
from graph.travel.errors import TravelError
from graph.travel.moments import Moment

_LOG: Final = logging.getLogger(__name__)

Stamp = tuple[int, int, int]


class Serving:
    """Gives readers of `workspace`; for threads.

    Args:
        workspace: the data folder.
        freshness: seconds for which a checkpoint may be used where the graph has moved on.
        burst: checkpoints within that time that are made all the same, while no record waits to be projected.
    """

    def __init__(self, workspace: Workspace, *, freshness: float = 1.0, burst: int = 10) -> None:
        self._workspace = workspace
        self._freshness = freshness
        self._made: deque[float] = deque(maxlen=max(1, burst))
        self._last: Reader | None = None
        self._taken = 0.0  # when the last one was made
        self._making = threading.Lock()
        self._renewing = False
        self._waiting = -1  # a position behind which records wait to be projected

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
        if (last := self._usable(live.position(), at_least)) is not None:
            return last
        with self._making:
            position = live.position()
            if (last := self._usable(position, at_least)) is not None:
                return last
            try:
                return self._make(position)
            except (TravelError, LogError):  # no room for a checkpoint, too much to replay, or no log to replay
                return live
            except StoreDamaged:  # a graph that was made anew came in between, and what was made of the old one goes
                return self._workspace.graph()

    def ready(self) -> Reader | None:
        """Return the reader for the newest graph where it is there already; this waits for nothing."""
        live = self._workspace.at_hand()
        if live is None:
            return None
        self._workspace.past.made()  # what was erased meanwhile is not used any more
        return self._usable(live.position(), 0)

    def stamp(self) -> Stamp | None:
        """Return what tells the graph that a query is answered from now from any other: number, position, last erasure.

        That is the checkpoint that `ready` gives, or else the graph itself. None where it cannot be told at once. The
        log is asked for nothing but whether records wait, and that once for each position of the graph.
        """
        live, last = self._workspace.stamp(), self._last
        if live is None or last is None or last.position() >= live[1] or self._usable(live[1], 0) is not last:
            return live
        return last.number, last.position(), live[2]

    def _make(self, position: int) -> Reader:
        """Make a checkpoint of the graph, which is at `position` or beyond it; for one thread at a time."""
        self._made.append(time.monotonic())
        past = self._workspace.past
        made = past.newest() or past.at(position)
        self._last, self._taken = made, time.monotonic()
        return made

    def _usable(self, position: int, at_least: int) -> Reader | None:
        """Return the last checkpoint where it may answer for `position`; where it is half stale, a new one is begun."""
        last = self._last
        if last is None or not at_least <= last.position() or not self._workspace.past.usable(last):
            return None
        if last.position() >= position:
            return last
        age = time.monotonic() - self._taken
        if age >= self._freshness or not self._being_written(position):
            return None
        if age > self._freshness / 2 and not self._renewing:
            self._renewing = True
            threading.Thread(target=self._renew, args=(position,), name="waqai-checkpoint", daemon=True).start()
        return last

    def _being_written(self, position: int) -> bool:
        """Tell whether records wait to be projected, or the graph has moved on again and again."""
        if self._waiting == position:  # what waited behind this position does so until the graph is beyond it
            return True
        if len(self._made) == self._made.maxlen and time.monotonic() - self._made[0] < self._freshness:
            return True
        if self._workspace.waiting(position):
            self._waiting = position
            return True
        return False

    def _renew(self, position: int) -> None:
        try:
            with self._making:
                self._make(position)
        except Exception as error:  # noqa: BLE001 - whoever asks when the last one is too old makes one, and is told
            _LOG.debug("no checkpoint was made: %s", error)
        finally:
            self._renewing = False
