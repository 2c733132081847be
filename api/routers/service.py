"""What the query endpoint says of itself: its service description, and for browsers the page with the query box.

Invariant: the description names the address that it was asked at, and holds for the position that it says.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import negotiation
from api.boundary import POSITION_HEADER
from api.description import DESCRIPTION_TYPES, service_description
from api.problems import Problem
from api.routers.home import home
from api.state import server_of
from api.threads import in_thread

router = APIRouter()


async def describe(request: Request) -> Response:
    """Answer a request to the endpoint that asks nothing. Raises Problem (406)."""
    accept = ", ".join(request.headers.getlist("accept")) or None
    media_type = negotiation.choose(accept, (*DESCRIPTION_TYPES, "text/html"))
    if media_type is None:
        detail = (
            f"The service description can be {', '.join(DESCRIPTION_TYPES)}; a query goes into the parameter query."
        )
        raise Problem(406, "not-acceptable", detail, headers={"vary": "Accept"})
    if media_type == "text/html":
        page = await home(request)
        page.headers["vary"] = "Accept"
        return page
    workspace = server_of(request).workspace
    endpoint = str(request.url.replace(query="", fragment=""))
    body, position = await in_thread(
        request, lambda: (service_description(endpoint, media_type), workspace.graph().position())
    )
    headers = {"vary": "Accept", "content-type": media_type, POSITION_HEADER: str(position)}
    return Response(body, headers=headers)
