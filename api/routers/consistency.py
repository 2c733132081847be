"""`/consistency`: whether a source contradicts itself, by its claims alone.

Invariant: one request is reasoned for at a time, within a bound of time and memory; what was not judged is named.
"""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.asking import AT, wanted
from api.boundary import POSITION_HEADER
from api.consistency import SourceUnknown, report, report_json
from api.declared import ONLY_DECLARED
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from ontology.onevoice import Judge

router = APIRouter(dependencies=ONLY_DECLARED)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No source of that name says anything, or several do"},
    503: {"description": "Another request is being reasoned for (Retry-After says when to ask again)"},
}


@router.get("/consistency", summary="Whether sources contradict themselves", responses=_ANSWERS)
async def consistency(
    request: Request,
    source: Annotated[
        str | None, Query(description="IRI, id or name of a source; without it every source", max_length=1_000)
    ] = None,
    at: Annotated[str | None, Query(description=AT, max_length=100)] = None,
) -> Response:
    """List claims of one source that do not go together: contradictions, changes over time, and what stays open.

    Each source is reasoned over alone (HermiT). Without `source` there is one entry for every source, and `between`
    lists the claims by which two sources contradict each other. `complete` is false where the time of the server did
    not suffice; what was not judged is listed under `undecided`.
    """
    server = server_of(request)
    workspace, settings = server.workspace, server.settings
    if source is not None and not source.strip():
        raise Problem(400, "bad-source", "The parameter source is blank: leave it out to have all sources.")

    def make() -> Response:
        if not server.reasoning.acquire(blocking=False):
            detail = "Another request is being reasoned for: ask again later."
            raise Problem(503, "reasoner-busy", detail, headers={"retry-after": "5"})
        try:
            moment = wanted(request, workspace, at).moment
            found = report(
                workspace,
                Judge(seconds=settings.consistency_seconds, megabytes=settings.consistency_megabytes),
                batch=settings.consistency_claims,
                source=source,
                position=None if moment is None else moment.position,
            )
        except SourceUnknown as error:
            raise Problem(404, "unknown-source", str(error)) from None
        finally:
            server.reasoning.release()
        headers = {POSITION_HEADER: str(found.position), "cache-control": "no-cache", "vary": "Accept-Datetime"}
        return Response(orjson.dumps(report_json(found, workspace)), headers=headers, media_type="application/json")

    return await in_thread(request, make)
