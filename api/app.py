"""The HTTP app: puts the routers, the error shape and the boundary around one workspace.

Invariant: the graph is written by the projector only, which follows the log; the log is written by `/ingest`,
`/curation` and writes of curation graphs only, which need a token.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from api import problems
from api.boundary import BodyLimit, Boundary
from api.census import Census
from api.compression import Compression
from api.direct import Direct
from api.openapi import WaqaiApp
from api.queries.saved import load
from api.query_threads import QueryThreads
from api.rebuilding import BackgroundRebuild
from api.reconciliation.matching import Matching
from api.repeats import Repeats
from api.routers import (
    audit,
    changes,
    claims,
    consistency,
    curation,
    decisions,
    docs,
    erasures,
    events,
    exports,
    graphs,
    health,
    home,
    ingest,
    ldes,
    ledger,
    log,
    nanopubs,
    reconcile,
    resources,
    service,
    sparql,
    updates,
)
from api.routers.queries import router_of
from api.settings import Settings
from api.state import ServerState
from api.tokenfile import Scope
from api.tokens import bearer_of
from api.workers.pool import Workers
from api.workers.serving import Serving
from api.workspace import Workspace
from graph.store import StoreLocked
from graph.stream.nodes import Sizes, Stream

_LOG = logging.getLogger(__name__)
_STATIC = Path(__file__).parent / "static"
_PAGE_THREADS = 4  # pages read a bounded amount; more than the cores of a small machine, so that none waits for long
_UPDATE_THREADS = 2  # each waits for a process of its own; one long update must not hold up all others
_STREAM_THREADS = (
    2  # a page of the stream is work of half a second: clients that take all of it must not fill the others
)

DESCRIPTION = """\
Waqai turns Arabic and English news into an auditable knowledge graph. Everything here reads,
but for `/ingest`, `/curation`, updates at `/sparql` and writes at `/graphs`, which need a token.
Every answer of the graph carries `Waqai-Position`, the position of the log that it answers for.
While a graph that an older version made answers and a new one is built, answers carry `Waqai-Graph`, which says so.
Errors are problem details (RFC 9457).
"""


def create_app(workspace: Workspace, settings: Settings) -> ASGIApp:
    """Return the ASGI app over `workspace`, which stays the caller's to close."""
    workers = Workers(
        settings.query_workers,
        memory=settings.query_memory,
        wait=settings.query_wait,
        queue=settings.query_queue,
    )
    serving = Serving(workspace, freshness=settings.query_freshness)
    state = ServerState(
        workspace,
        settings,
        queries=QueryThreads(settings.query_threads, settings.query_wait),
        workers=workers,
        serving=serving,
        pages=ThreadPoolExecutor(_PAGE_THREADS, "waqai-page"),
        streams=ThreadPoolExecutor(_STREAM_THREADS, "waqai-stream"),
        updates=ThreadPoolExecutor(_UPDATE_THREADS, "waqai-update"),
        writes=ThreadPoolExecutor(1, "waqai-write"),  # the extractor is for one thread at a time
        matching=Matching(
            workspace,
            workspace.iris,
            settings.gazetteer_folder,
            names=settings.reconcile_names,
            events=settings.reconcile_events,
            seconds=settings.reconcile_seconds,
        ),
        stream=Stream(
            workspace.log,
            workspace.projector,
            sizes=Sizes(settings.stream_records, settings.stream_pages),
        ),
        census=Census(workspace, workers, serving, seconds=settings.census_seconds),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        state.workers.start()
        projector = asyncio.create_task(_follow(state, stop))
        try:
            yield
        finally:
            stop.set()
            if state.rebuilds is not None:
                state.rebuilds.stop()
            await projector
            await state.census.close()
            state.queries.close()
            state.workers.close()
            for threads in (state.pages, state.streams, state.writes, state.updates):
                threads.shutdown(wait=False, cancel_futures=True)

    from importlib.metadata import version

    app = WaqaiApp(
        title="Waqai",
        version=version("waqai"),
        description=DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere; ours does not
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.server = state
    asking = (sparql, service, graphs, updates)
    writing = (ingest, curation, decisions, erasures)
    telling = (resources, changes, audit, events, claims, ledger, consistency, nanopubs, exports)
    parts = (home, *asking, *telling, reconcile, ldes, log, *writing, health, docs)
    routers = [*(part.router for part in parts), router_of(load(settings.queries))]
    for router in routers:
        app.include_router(router)
    problems.install(app, [route for router in routers for route in router.routes])
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    largest = BodyLimit(max(settings.max_query_bytes * 4, 1_000_000), "WAQAI_MAX_QUERY_BYTES")  # percent-encoded
    text = BodyLimit(settings.max_article_bytes, "WAQAI_MAX_ARTICLE_BYTES")
    decision = BodyLimit(max(largest.bytes, text.bytes * 2), text.setting)  # there it may be in base64
    paths = {"/ingest": text, "/curation/decisions": decision}
    direct = Direct(app, {("/sparql", method): handler for method, handler in sparql.HANDLERS.items()})

    def admit(header: str) -> object:
        return bearer_of(state, header, Scope.CURATE)

    most = BodyLimit(settings.max_update_bytes, "WAQAI_MAX_UPDATE_BYTES")
    bounded = Boundary(Compression(direct), largest, paths, lambda: _label(state), updates=most, admit=admit)
    return Repeats(bounded, workspace.stamp, settings.answers_kept, queried=serving.stamp)


def _label(state: ServerState) -> str | None:
    return None if state.rebuilds is None else state.rebuilds.label()


async def _follow(state: ServerState, stop: threading.Event) -> None:
    """Bring the graph up to the log again and again; a failure is reported by /health and tried again."""
    while not stop.is_set():
        try:
            await run_in_threadpool(_step, state)
        except Exception as error:  # noqa: BLE001 - the server lives on, and /health says what is wrong
            if state.projector_error is None:
                _LOG.exception("the projector cannot follow the log")
            state.projector_error = f"{type(error).__name__}: {error}"
        else:
            state.projector_error = None
        await run_in_threadpool(stop.wait, state.settings.poll_interval)


def _step(state: ServerState) -> None:
    if state.rebuilds is None:
        with contextlib.suppress(StoreLocked):  # another process owns the graph: this one answers from a replay
            state.rebuilds = BackgroundRebuild(state.workspace)
    state.workspace.project()
    if state.rebuilds is not None:
        state.rebuilds.look()
