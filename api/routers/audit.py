"""`/audit/…`: why the graph says what it says about one thing, and the proof of it.

Invariant: the checks are computed for the request; a bundle is the one that `waqai audit --bundle` writes.
"""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import negotiation
from api.asking import AT, travelled, wanted
from api.boundary import POSITION_HEADER
from api.bundles import NoBundle, bundle_of
from api.pages.audit import audit_page
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from api.workspace import Workspace
from graph.audit import Audit, NothingToAudit
from graph.proof.tiles import ProofError
from graph.travel.moments import Moment

router = APIRouter()
_FORMATS = {"json": "application/json", "html": "text/html"}
_OFFERS = tuple(_FORMATS.values())
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "The graph holds nothing of this name"},
    409: {"description": "There is no proof of it: a check fails, it is not sealed yet, or it is not about one claim"},
}


@router.get("/audit/{name:path}", summary="Explain one thing, with the checks", responses=_ANSWERS)
async def audit(
    request: Request,
    name: str,
    format_: Annotated[
        Literal["json", "html", "bundle"] | None,
        Query(alias="format", description="In place of Accept; bundle: the proof of the claim as one file"),
    ] = None,
    at: Annotated[str | None, Query(description=AT, max_length=100)] = None,
) -> Response:
    """Go from something in the graph to its claims, their exact words, the reporting chain and the records.

    `name` is a path such as `claim/c-…`, a bare id, or a full IRI. Every check is computed for this request. A bundle
    (`format=bundle`) proves one claim as of the newest checkpoint to somebody who has neither log nor server; `at` is
    for audits.
    """
    if format_ == "bundle":
        return await _bundle(request, name)
    accept = ", ".join(request.headers.getlist("accept")) or None
    media_type = _FORMATS[format_] if format_ is not None else negotiation.choose(accept, _OFFERS)
    if media_type is None:
        raise Problem(406, "not-acceptable", f"An audit can be {' or '.join(_OFFERS)}.", headers={"vary": "Accept"})
    workspace = server_of(request).workspace

    def make() -> tuple[bytes, int]:
        moment = wanted(request, workspace, at).moment
        position = workspace.graph().position() if moment is None else moment.position
        found = _found(workspace, name, moment)
        if media_type == "text/html":
            return audit_page(found).encode(), position
        return orjson.dumps(found.to_json(), option=orjson.OPT_INDENT_2), position

    body, position = await in_thread(request, make)
    charset = "; charset=utf-8" if media_type == "text/html" else ""
    headers = {POSITION_HEADER: str(position), "content-type": media_type + charset, "vary": "Accept"}
    return Response(body, headers={**headers, "cache-control": "no-cache"})


def _found(workspace: Workspace, name: str, moment: Moment | None = None) -> Audit:
    try:
        return travelled(lambda: workspace.audit(name, moment))
    except (NothingToAudit, ValueError) as error:
        raise Problem(404, "nothing-to-audit", str(error)) from None


async def _bundle(request: Request, name: str) -> Response:
    server = server_of(request)

    def make() -> Response:
        found = _found(server.workspace, name)
        if not found.passed:
            detail = f"A check of {found.subject} fails, so there is no proof of it: ask without format=bundle."
            raise Problem(409, "not-sound", detail)
        try:
            made = bundle_of(server.workspace, server.settings, found)
        except (NoBundle, ProofError) as error:
            text = str(error).removesuffix(".")
            raise Problem(409, "no-bundle", f"{text[0].upper()}{text[1:]}.") from None
        headers = {
            POSITION_HEADER: str(made.size),
            "content-type": "application/json",
            "content-disposition": f'attachment; filename="{found.claims[0].iri.rpartition("/")[2]}.json"',
            "cache-control": "no-cache",
        }
        return Response(made.data, headers=headers)

    return await in_thread(request, make)
