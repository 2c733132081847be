"""`/`: the page for people."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.boundary import POSITION_HEADER
from api.findings import events, other_claims
from api.pages.home import home_page
from api.state import server_of
from api.threads import in_thread

router = APIRouter(include_in_schema=False)
_EVENTS_SHOWN = 25
_OTHERS_SHOWN = 10
_RECORDS_LOOKED_AT = 200  # newest ones, for claims that are no events


@router.get("/")
async def home(request: Request) -> Response:
    """Show what this is, a box for queries, and the newest events."""
    workspace = server_of(request).workspace

    def make() -> tuple[str, int]:
        found = events(workspace, limit=_EVENTS_SHOWN)
        newest = range(max(1, found.position - _RECORDS_LOOKED_AT + 1), found.position + 1)
        others = other_claims(workspace, limit=_OTHERS_SHOWN, records=newest)
        return home_page(found, others, workspace.iris.base), found.position

    page, position = await in_thread(request, make)
    return HTMLResponse(page, headers={POSITION_HEADER: str(position), "cache-control": "no-cache"})
