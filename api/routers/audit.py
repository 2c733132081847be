"""`/audit/…`: why the graph says what it says about one thing."""

from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api import negotiation
from api.boundary import POSITION_HEADER
from api.pages.audit import audit_page
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from graph.audit import NothingToAudit

router = APIRouter()
_OFFERS = ("application/json", "text/html")
_ANSWERS: dict[int | str, dict[str, Any]] = {404: {"description": "The graph holds nothing of this name"}}


@router.get("/audit/{name:path}", summary="Explain one thing, with the checks", responses=_ANSWERS)
async def audit(request: Request, name: str) -> Response:
    """Go from something in the graph to its claims, their exact words, the reporting chain and the records.

    `name` is a path such as `claim/c-…`, a bare id, or a full IRI. Every check is computed for this request.
    """
    accept = ", ".join(request.headers.getlist("accept")) or None
    media_type = negotiation.choose(accept, _OFFERS)
    if media_type is None:
        raise Problem(406, "not-acceptable", f"An audit can be {' or '.join(_OFFERS)}.", headers={"vary": "Accept"})
    workspace = server_of(request).workspace

    def make() -> tuple[bytes, int]:
        position = workspace.graph().position()
        try:
            found = workspace.audit(name)
        except (NothingToAudit, ValueError) as error:
            raise Problem(404, "nothing-to-audit", str(error)) from None
        if media_type == "text/html":
            return audit_page(found).encode(), position
        return orjson.dumps(found.to_json(), option=orjson.OPT_INDENT_2), position

    body, position = await in_thread(request, make)
    charset = "; charset=utf-8" if media_type == "text/html" else ""
    headers = {POSITION_HEADER: str(position), "content-type": media_type + charset, "vary": "Accept"}
    return Response(body, headers={**headers, "cache-control": "no-cache"})
