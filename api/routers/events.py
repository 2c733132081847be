"""`/events`: events as a simple list in JSON."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.boundary import POSITION_HEADER
from api.findings import EventsFound, event_json, events
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from ontology.vocabulary import UnknownTerm

router = APIRouter()


@router.get("/events", summary="Events, newest first", response_model=dict[str, Any])
async def list_events(
    request: Request,
    type: Annotated[str | None, Query(description="An event type, e.g. Airstrike; its subtypes count too")] = None,  # noqa: A002
    limit: Annotated[int, Query(ge=1, le=500, description="Events on this page")] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Events to leave out before it")] = 0,
) -> Response:
    """List what is reported to have happened, with each claim that says so.

    Denied, planned, feared and historical claims are not in this list. `total` counts the events of all pages.
    """
    workspace = server_of(request).workspace

    def make() -> EventsFound:
        try:
            return events(workspace, type_=type, limit=limit, offset=offset)
        except UnknownTerm as error:
            raise Problem(400, "unknown-type", f"{error}.") from None

    page = await in_thread(request, make)
    body = {
        "position": page.position,
        "total": page.total,
        "limit": limit,
        "offset": offset,
        "events": [event_json(event) for event in page.events],
    }
    headers = {POSITION_HEADER: str(page.position), "cache-control": "no-cache"}
    return Response(orjson.dumps(body), headers=headers, media_type="application/json")
