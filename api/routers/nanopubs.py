"""`/nanopub/…`: a claim as a nanopublication.

Invariant: what stands under a trusty URI is what its code was made from, or nothing.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import negotiation
from api.asking import AT, travelled, wanted
from api.boundary import POSITION_HEADER
from api.declared import ONLY_DECLARED
from api.exporting.nanopub import NoClaim, Publisher
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread

router = APIRouter(dependencies=ONLY_DECLARED)
_MEDIA_TYPES = {"trig": "application/trig", "nq": "application/n-quads", "jsonld": "application/ld+json"}
_OFFERS = tuple(_MEDIA_TYPES.values())
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "The graph holds no such claim"},
    406: {"description": "None of the formats asked for can be given"},
    410: {"description": "The claim is known, and its nanopublication is another one by now"},
}


@router.get("/nanopub/{name:path}", summary="A claim as a nanopublication", responses=_ANSWERS)
async def nanopub(
    request: Request, name: str, at: Annotated[str | None, Query(description=AT, max_length=100)] = None
) -> Response:
    """Give a claim as a nanopublication in TriG, N-Quads or JSON-LD, by Accept or by a suffix (`.trig .nq .jsonld`).

    `name` is the id of a claim; the answer names the trusty URI, `/nanopub/CLAIM/RA…`, which gives the same as long as
    the graph says the same of the claim, and 410 with the present one after that. `at` gives the one of a past state.
    """
    path, _, suffix = name.rpartition(".")
    if path and suffix in _MEDIA_TYPES:
        name, format_ = path, suffix
    else:
        accept = ", ".join(request.headers.getlist("accept")) or None
        chosen = negotiation.choose(accept, _OFFERS)
        if chosen is None:
            detail = f"A nanopublication can be given as {', '.join(_OFFERS)}."
            raise Problem(406, "not-acceptable", detail, headers={"vary": "Accept"}, offered=list(_OFFERS))
        format_ = next(ending for ending, kind in _MEDIA_TYPES.items() if kind == chosen)
    claim, _, code = name.partition("/")
    server = server_of(request)
    workspace, settings = server.workspace, server.settings

    def make() -> Response:
        moment = wanted(request, workspace, at).moment
        asked = travelled(lambda: workspace.as_of(moment))
        publisher = Publisher(asked, workspace.iris, licence=settings.data_license, proof=settings.proof_folder)
        try:
            found = publisher.nanopub(claim)
        except NoClaim as error:
            raise Problem(404, "not-found", str(error)) from None
        if code and found.iri.rpartition("/")[2] != code:
            detail = f"What the graph says of {claim} has another nanopublication by now: {found.iri}."
            raise Problem(410, "another-nanopub", detail, headers={"link": f'<{found.iri}>; rel="successor-version"'})
        headers = {POSITION_HEADER: str(found.position), "content-type": _MEDIA_TYPES[format_], "vary": "Accept"}
        headers["link"] = f'<{found.iri}>; rel="canonical"'
        return Response(found.write(format_), headers={**headers, "cache-control": "no-cache"})

    return await in_thread(request, make)
