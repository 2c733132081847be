"""What the routers share: the workspace, the settings, and the threads that queries run in.

Invariant: one of these per app, made by `create_app` and found through `server_of`.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import cast

from fastapi import Request

from api.settings import Settings
from api.workspace import Workspace

QUERY_THREADS = "waqai-query"  # what the names of the threads begin with


@dataclass
class ServerState:
    """The shared parts of a running server; `projector_error` says why the graph does not follow the log, if so."""

    workspace: Workspace
    settings: Settings
    executor: Executor
    projector_error: str | None = None


def server_of(request: Request) -> ServerState:
    """Return the state of the server that got `request`."""
    return cast("ServerState", request.app.state.server)
