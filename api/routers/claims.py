"""`/claims`: every claim as a simple list in JSON, also those that deny, plan, fear or recall something."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pyoxigraph import NamedNode
from starlette.responses import Response

from api.asking import AT, FINGERPRINT, list_headers, travelled, wanted
from api.declared import ONLY_DECLARED
from api.findings import ClaimsFound, claim_json, claims
from api.problems import Problem
from api.sourcenames import Asked, sources_named
from api.state import server_of
from api.threads import in_thread
from graph.iris import Iris
from ontology.normal import name_key
from ontology.vocabulary import UnknownTerm

router = APIRouter(dependencies=ONLY_DECLARED)
_ANSWERS: dict[int | str, dict[str, Any]] = {404: {"description": "No source has that name"}}


@router.get(
    "/claims",
    summary="Claims of every modality, newest records first",
    response_model=dict[str, Any],
    responses=_ANSWERS,
)
async def list_claims(
    request: Request,
    type: Annotated[  # noqa: A002
        str | None, Query(description="An event type, e.g. Airstrike or غارة جوية; its subtypes count too")
    ] = None,
    modality: Annotated[
        str | None, Query(description="asserted, claimed, denied, planned, feared or background")
    ] = None,
    source: Annotated[
        str | None, Query(description="IRI, id or name of a source; anywhere in the reporting chain counts")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Claims on this page")] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Claims to leave out before it")] = 0,
    at: Annotated[str | None, Query(description=AT, max_length=100)] = None,
    fingerprint: Annotated[bool, Query(description=FINGERPRINT)] = False,
) -> Response:
    """List what is said, by whom, in which article, whether or not it is reported to have happened.

    `modality` of each claim tells that. `total` counts the claims of all pages.
    """
    workspace = server_of(request).workspace
    if source is not None and not source.strip():
        raise Problem(400, "bad-iri", "The parameter source is blank: leave it out to have claims of all sources.")
    given = source

    def make() -> tuple[ClaimsFound, dict[str, str]]:
        chosen = wanted(request, workspace, at)
        source = travelled(lambda: workspace.as_of(chosen.moment))
        sources = None if given is None else _sources(source, given, workspace.iris)
        try:
            page = claims(source, type_=type, modality=modality, sources=sources, limit=limit, offset=offset)
        except UnknownTerm as error:
            kind = "unknown-type" if error.family == "event type" else "unknown-modality"
            raise Problem(400, kind, f"{error}.") from None
        return page, list_headers(workspace, chosen, page.position, fingerprint=fingerprint)

    page, headers = await in_thread(request, make)
    body = {
        "position": page.position,
        "total": page.total,
        "limit": limit,
        "offset": offset,
        "claims": [claim_json(claim) for claim in page.claims],
    }
    return Response(orjson.dumps(body), headers=headers, media_type="application/json")


def _sources(asked: Asked, given: str, iris: Iris) -> list[str]:
    """Return the IRIs that `given` names: itself, a path under the base, a bare id, or those of a name."""
    named = sources_named(asked, iris, given)
    if named.ids:
        return [iris.source(one).value for one in named.ids]
    if "/" not in given and name_key(given) and (" " in given.strip() or not given.isascii()):
        detail = f"No source is called {given} here{named.suggestion}: name it by its IRI, its id or a name of it."
        raise Problem(404, "unknown-source", detail)
    iri = given if "://" in given else iris.absolute(given if "/" in given else f"id/source/{given}")
    try:
        return [NamedNode(iri).value]
    except ValueError:
        raise Problem(400, "bad-iri", f"{given!r} is neither the IRI nor the id of a source.") from None
