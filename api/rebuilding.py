"""Making the graph anew in the background of a server, while the old one answers.

Invariant: one rebuild runs at a time. It runs where the graph is an old one, and where somebody asked for it; one that
failed is not begun again until somebody asks or the server starts anew.
"""

import logging
import threading
from typing import Any

from api.workspace import Workspace
from graph.store import RebuildStopped, Rebuilt
from graph.store.requests import answer, asked

_LOG = logging.getLogger(__name__)
THREAD_NAME = "waqai-rebuild"


class BackgroundRebuild:
    """Starts rebuilds of the graph that `workspace` serves. Call `look` again and again, from one thread at a time."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._served = workspace.serve_graph()
        self._thread: threading.Thread | None = None
        self._error: str | None = None
        self._last: str | None = None  # the request that was done last: where it cannot be answered, it stays

    def look(self) -> None:
        """Start a rebuild where one is due and none runs."""
        if self._thread is not None and self._thread.is_alive():
            return
        request = asked(self._served.folder)
        if request == self._last:
            request = None
        if request is not None or (self._served.outdated and self._error is None):
            self._thread = threading.Thread(target=self._run, args=(request,), name=THREAD_NAME, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Call off what runs; it ends as soon as the engine lets it."""
        self._served.stop()

    def state(self) -> dict[str, Any]:
        """Return what `/health` says of the graph: what it was made with, and how far a rebuild is."""
        served, running = self._served, self._served.rebuilding
        return {
            "projection": served.made.projection,
            "outdated": served.outdated,
            "rebuilding": None if running is None else {"position": running.position, "of": running.head},
            "rebuild_error": self._error,
        }

    def label(self) -> str | None:
        """Return what every answer says as long as the graph is an old one, None where it is not."""
        if not self._served.outdated:
            return None
        doing = "rebuild running" if self._served.rebuilding is not None else "rebuild needed"
        return f"projection {self._served.made.projection}; {doing}"

    def _run(self, request: str | None) -> None:
        outcome: Rebuilt | str
        try:
            outcome = self._served.replace()
            if request is not None:  # who asks does not trust the old graph, of which the snapshots are copies
                self._workspace.past.forget(0)
            self._error = None
        except RebuildStopped:
            return  # a request stays, for the next server
        except Exception as error:  # noqa: BLE001 - the server lives on, and /health says what is wrong
            _LOG.exception("the graph could not be made anew")
            self._error = outcome = f"{type(error).__name__}: {error}"
        if request is not None:
            self._last = request
            try:
                answer(self._served.folder, request, outcome)
            except OSError:
                _LOG.exception("the rebuild could not be reported to who asked for it")
