"""Writes in SPARQL: the update half of the protocol, and PUT, POST, PATCH and DELETE of the Graph Store Protocol.

Invariant: nothing here changes the graph, which is a projection of the log; every write is refused, with what to do
instead.
"""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.operations import UpdateOperation
from api.problems import Problem
from api.workers.answering import UPDATE_REFUSED

router = APIRouter()

GRAPH_WRITES: Final = ("PUT", "POST", "PATCH", "DELETE")
_GRAPH_REFUSED: Final = (
    "The graphs follow the log and cannot be written here: they are read with GET and HEAD. To add articles use waqai "
    "ingest; to decide on a link use waqai review."
)


async def update(request: Request, asked: UpdateOperation) -> Response:
    """Answer an update operation, of which no more is known than that it is one.

    Raises:
        Problem
    """
    raise Problem(403, "update-refused", UPDATE_REFUSED)


@router.api_route("/graphs", methods=list(GRAPH_WRITES), include_in_schema=False)
@router.api_route("/graphs/{path:path}", methods=list(GRAPH_WRITES), include_in_schema=False)
async def write_graph(request: Request, path: str = "") -> Response:
    """Refuse to change a graph."""
    raise Problem(405, "graphs-are-read", _GRAPH_REFUSED, headers={"allow": "GET, HEAD, OPTIONS"})
