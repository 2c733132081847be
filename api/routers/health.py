"""`/health`: is the server well, and how far is the graph behind the log."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.boundary import POSITION_HEADER
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread

router = APIRouter()


@router.get(
    "/health",
    summary="Whether the server is well",
    responses={503: {"description": "The graph cannot follow the log; the body says why"}},
)
async def health(request: Request) -> JSONResponse:
    """Say how far log and graph are, what made the graph, and how many queries run.

    Status 503 where the graph cannot follow the log; `behind` counts records. All workers busy is no illness:
    queries are then refused for a while, and everything else answers. Neither is an outdated graph: it answers for its
    position while a new one is built, and `graph` says how far that is.
    """
    state = server_of(request)
    workspace = state.workspace

    def look() -> dict[str, Any]:
        store = workspace.graph()
        head, position = workspace.log.head(), store.position()
        if state.counted is None or state.counted[:2] != (store.number, position):
            state.counted = (store.number, position, len(store))
        return {
            "status": "ok",
            "version": request.app.version,
            "head": head,
            "position": position,
            "behind": max(head - position, 0),
            "quads": state.counted[2],
            "base_iri": workspace.iris.base,
            "graph": None if state.rebuilds is None else state.rebuilds.state(),
            "projector": state.projector_error,
        }

    body = await in_thread(request, look)
    body["queries"] = {"busy": state.workers.busy + state.queries.busy, "workers": state.workers.size}
    headers = {POSITION_HEADER: str(body["position"]), "cache-control": "no-store"}
    if body["projector"] is not None:
        detail = f"The graph cannot follow the log ({body['projector']}); it answers for an older position."
        more = {name: value for name, value in body.items() if name != "status"}
        raise Problem(503, "projector-failing", detail, headers=headers, **more)
    return JSONResponse(body, headers=headers)
