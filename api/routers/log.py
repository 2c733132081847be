"""`/log`: the checkpoint, the tiles and the entries of the log, as c2sp.org/tlog-tiles has them.

Invariant: nothing goes out that the newest signed checkpoint does not cover, so a tile or an entry is immutable; only
the checkpoint changes.
"""

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.boundary import POSITION_HEADER
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from graph.proof.served import NotServed, Served
from ontology.identity import sha256_hex

router = APIRouter()

_YEAR: Final = "public, max-age=31536000, immutable"
_SECONDS: Final = "public, max-age=5"  # the specification: beyond a few seconds a checkpoint should not be cached
_ANSWERS: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is what If-None-Match names"},
    404: {"description": "The newest checkpoint covers no such thing"},
}


@router.get("/log/checkpoint", summary="The newest signed checkpoint of the log", responses=_ANSWERS)
async def checkpoint(request: Request) -> Response:
    """Give the size of the log and the hash over all its records, signed: a note as in c2sp.org/tlog-checkpoint."""
    return await _answer(request, lambda served: served.checkpoint().encode(), "text/plain; charset=utf-8", _SECONDS)


@router.get("/log/tile/{name:path}", summary="A tile of the hash tree, or a bundle of entries", responses=_ANSWERS)
async def tile(request: Request, name: str) -> Response:
    """Give a tile (`0/000`, `1/x001/234.p/17`) or a bundle of entries (`entries/000`), as in c2sp.org/tlog-tiles."""
    return await _answer(request, lambda served: served.tile(name), "application/octet-stream", _YEAR)


@router.get("/log/entry/{index}", summary="One entry of the log", responses=_ANSWERS)
async def entry(request: Request, index: int) -> Response:
    """Give the body of the record at position `index` + 1, byte for byte as it was hashed."""
    return await _answer(request, lambda served: served.entry(index), "application/json", _YEAR)


async def _answer(request: Request, make: Callable[[Served], bytes], media_type: str, kept: str) -> Response:
    server = server_of(request)
    known = {tag.strip() for tag in ",".join(request.headers.getlist("if-none-match")).split(",")}

    def work() -> Response:
        served = Served(server.workspace.log, server.settings.proof_folder)
        try:
            body, size = make(served), served.size()
        except NotServed as error:
            detail = f"{str(error)[0].upper()}{str(error)[1:]}."
            raise Problem(404, "not-sealed", detail) from None
        tag = f'"{sha256_hex(body)}"'
        headers = {"content-type": media_type, "etag": tag, "cache-control": kept, POSITION_HEADER: str(size)}
        if known & {tag, f"W/{tag}"}:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers)

    return await in_thread(request, work)
