"""What the routers share: the workspace, the settings, and the threads that work runs in.

Invariant: one of these per app, made by `create_app` and found through `server_of`.
"""

import threading
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from api.census import Census
from api.ledger.book import Books
from api.query_threads import QueryThreads
from api.rebuilding import BackgroundRebuild
from api.reconciliation.matching import Matching
from api.settings import Settings
from api.tokenfile import TokenFile
from api.workers.pool import Workers
from api.workers.serving import Serving
from api.workspace import Workspace
from graph.stream.nodes import Stream


@dataclass
class ServerState:
    """The shared parts of a running server.

    `workers` are the processes for what clients ask in SPARQL, of the checkpoints that `serving` gives; `queries` are
    the threads for what of it needs Python, `pages` those for everything that reads a bounded amount,
    `streams` those that make nodes of the event stream, `writes` the one that ingests, `updates` those that change
    curation graphs; `matching` finds entities for reconciliation clients. `projector_error` says why the graph does
    not follow the log, if so; `counted` are a graph, its position and the number of quads there, because counting
    takes as long as the graph is large. `rebuilds` makes the graph anew, where this process owns it. `stream` is
    the event stream, `stream_tags` the digests of its closed nodes, by IRI and media type, as far as they are
    known. `census` counts what the graph holds. `reasoning` is held while the reasoner runs. `tokens` say who may
    write. `books` are what `/ledger` reads.
    """

    workspace: Workspace
    settings: Settings
    queries: QueryThreads
    workers: Workers
    serving: Serving
    pages: Executor
    streams: Executor
    writes: Executor
    updates: Executor
    matching: Matching
    stream: Stream
    census: Census
    projector_error: str | None = None
    counted: tuple[int, int, int] | None = None
    rebuilds: BackgroundRebuild | None = None
    stream_tags: dict[tuple[str, str], str] = field(default_factory=dict)
    reasoning: threading.Lock = field(default_factory=threading.Lock)
    tokens: TokenFile = field(init=False)
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(self.workspace, limit=self.settings.ledger_claims)
        self.tokens = TokenFile(self.settings.token_file)


def server_of(request: Request) -> ServerState:
    """Return the state of the server that got `request`."""
    return cast("ServerState", request.app.state.server)
