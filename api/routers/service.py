"""What the query endpoint says of itself and of the dataset: the service description, and VoID.

Invariant: a description names the address that it was asked at. Its figures are counted beside the answering: those of
the endpoint are of the position that queries are answered for, or left out; those of the dataset say which they are of.
"""

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import negotiation
from api.asking import not_modified, tag
from api.boundary import POSITION_HEADER
from api.census import Counts, NotCounted
from api.description import DESCRIPTION_TYPES, Described, service_description, void_description
from api.routers.home import home
from api.state import server_of
from api.threads import in_thread
from api.workers.answering import chosen_type, labelled

router = APIRouter()

_WAIT: Final = 2.0  # seconds that a description of the dataset waits for figures
_SHORT_WAIT: Final = 0.5  # and one of the endpoint, which clients ask for before their query
_ANSWERS: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is what If-None-Match names"},
    406: {"description": "None of the formats asked for can be given"},
}


@router.get("/.well-known/void", summary="What the dataset holds, in VoID", responses=_ANSWERS)
async def void(request: Request) -> Response:
    """Describe the dataset: licence, endpoint, and how many triples, entities, classes and properties it has.

    The figures are exact and of the position in `Waqai-Position`, which may be an earlier one while the graph moves on.
    Right after the start of a server with a large graph they may not be there yet.
    """
    return await _answer(request, "The description of the dataset", void_description, wait=_WAIT)


async def describe(request: Request) -> Response:
    """Answer a request to the query endpoint that asks nothing. Raises Problem (406)."""
    accept = ", ".join(request.headers.getlist("accept")) or None
    if negotiation.choose(accept, (*DESCRIPTION_TYPES, "text/html")) == "text/html":
        page = await home(request)
        page.headers["vary"] = "Accept"
        return page
    return await _answer(request, "The service description", service_description, wait=_SHORT_WAIT, older=False)


async def _answer(
    request: Request, what: str, write: Callable[[Described, str], bytes], *, wait: float, older: bool = True
) -> Response:
    """Answer with what `write` makes of the figures that there are within `wait` seconds, `older` ones too if so."""
    state = server_of(request)
    accept = ", ".join(request.headers.getlist("accept")) or None
    media_type = chosen_type(accept, DESCRIPTION_TYPES, what)
    counted = await _counted(request, wait)
    root = str(request.url.replace(path="/", query="", fragment=""))

    def make() -> Response:
        workspace = state.workspace
        position = workspace.graph().position()
        counts = counted if counted is not None and (older or counted.position == position) else None
        position = position if counts is None else counts.position
        federated = bool(state.settings.allowed.services)
        described = Described(root, workspace.iris.base, state.settings.data_license, counts, federated)
        parts = (write.__name__, media_type, repr(described))
        headers = {
            POSITION_HEADER: str(position),
            "vary": "Accept",
            "cache-control": "no-cache",
            "link": f'<{root}.well-known/void>; rel="describedby"',
        }
        if counts is not None:  # without figures it is for this once
            headers["etag"] = tag(workspace, position, *parts, newest=True)
            unchanged = not_modified(request, headers["etag"], headers)
            if unchanged is not None:
                return unchanged
        return Response(write(described, media_type), headers={**headers, "content-type": labelled(media_type)})

    return await in_thread(request, make)


async def _counted(request: Request, wait: float) -> Counts | None:
    try:
        return await server_of(request).census.counts(wait)
    except NotCounted:
        return None
