"""`/id/…`: what the graph holds about one thing, as a page or as RDF.

Invariant: a suffix (`.ttl .jsonld .nt .trig .nq .html`) decides the format and nothing else; without one the Accept
header does, and Vary says so.
"""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import negotiation, resources
from api.boundary import POSITION_HEADER
from api.pages.resource import resource_page
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from api.workspace import Workspace

router = APIRouter()

_OFFERS = (resources.HTML, *resources.MEDIA_TYPES.values())
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "The graph holds nothing under this IRI"},
    406: {"description": "None of the formats asked for can be given"},
}


def _page(found: resources.Resource, workspace: Workspace) -> str:
    iris = workspace.iris

    def article(iri: str) -> resources.Resource | None:
        return resources.find(workspace, iris, iri.removeprefix(f"{iris.base}id/"))

    def text(iri: str) -> str | None:
        named = iris.parse(iri)
        return None if named is None else workspace.text(named.id)

    return resource_page(found, iris.base, text, article)


@router.get("/id/{path:path}", summary="What the graph holds about one thing", responses=_ANSWERS)
async def dereference(request: Request, path: str) -> Response:
    """Describe an article, claim, event, place, actor, source, run or record.

    HTML, Turtle, JSON-LD, N-Triples, TriG or N-Quads, by the Accept header or by a suffix such as `.ttl`. TriG and
    N-Quads of a claim hold the claim's own graph too: what it says, also where it denies or plans it.
    """
    name, _, suffix = path.rpartition(".")
    if name and suffix == "html":
        path, media_type = name, resources.HTML
    elif name and suffix in resources.MEDIA_TYPES:
        path, media_type = name, resources.MEDIA_TYPES[suffix]
    else:
        accept = ", ".join(request.headers.getlist("accept")) or None
        chosen = negotiation.choose(accept, _OFFERS)
        if chosen is None:
            detail = f"This can be given as {', '.join(_OFFERS)}."
            raise Problem(406, "not-acceptable", detail, headers={"vary": "Accept"}, offered=list(_OFFERS))
        media_type = chosen
    workspace = server_of(request).workspace

    def make() -> tuple[bytes, int] | None:
        found = resources.find(workspace, workspace.iris, path)
        if found is None:
            return None
        if media_type == resources.HTML:
            return _page(found, workspace).encode(), found.position
        return resources.serialize(found, media_type), found.position

    made = await in_thread(request, make)
    if made is None:
        raise Problem(404, "not-found", f"The graph holds nothing under {workspace.iris.base}id/{path}.")
    body, position = made
    links = [
        f'</id/{path}.{end}>; rel="alternate"; type="{kind}"'
        for end, kind in {**resources.MEDIA_TYPES, "html": resources.HTML}.items()
        if kind != media_type
    ]
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    ending = next((end for end, kind in resources.MEDIA_TYPES.items() if kind == media_type), "html")
    headers = {
        POSITION_HEADER: str(position),
        "content-type": media_type + charset,
        "content-location": f"/id/{path}.{ending}",
        "vary": "Accept",
        "link": ", ".join(links),
        "cache-control": "no-cache",
    }
    return Response(body, headers=headers)
