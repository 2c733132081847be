"""`/timemap`, `/history` and `/diff`: the states of one thing, what changed it, and what changed between two moments.

Invariant: a state is listed where a record changed what the graph says about the thing, and nowhere else.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import changing
from api.asking import AT, LINK_FORMAT, not_modified, path_of, tag, travelled, wanted, with_at
from api.boundary import POSITION_HEADER
from api.declared import ONLY_DECLARED
from api.problems import Problem
from api.state import ServerState, server_of
from api.threads import in_thread
from graph.travel.changes import Step, difference, history, patch
from graph.travel.moments import Moment, at_position, http_date

router = APIRouter(dependencies=ONLY_DECLARED)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "The graph never held anything under this IRI"},
    422: {"description": "More records would be read than WAQAI_CHANGE_RECORDS allows"},
}


def _steps(state: ServerState, path: str, moment: Moment | None) -> tuple[str, Moment, list[Step]]:
    """Return the IRI, the moment up to which its history goes, and its history. Raises Problem."""
    workspace = state.workspace
    iri = f"{workspace.iris.base}id/{path}"
    reader = workspace.graph() if moment is None else travelled(lambda: workspace.past.at(moment.position))
    upto = moment or at_position(workspace.log, reader.position())
    limit = state.settings.change_records
    steps = travelled(lambda: list(history(reader, workspace.log, workspace.projector, iri, limit=limit)))
    if not steps:
        raise Problem(404, "not-found", f"The graph holds nothing under {iri}, and held nothing up to {upto}.")
    return iri, upto, steps


@router.get("/timemap/id/{path:path}", summary="The states of one thing, by record time", responses=_ANSWERS)
async def timemap(request: Request, path: str) -> Response:
    """List the moments at which what the graph says about a thing changed, with the address of each state.

    The TimeMap of RFC 7089, as application/link-format.
    """
    state = server_of(request)

    def make() -> Response:
        _, upto, steps = _steps(state, path, None)
        headers = {POSITION_HEADER: str(upto.position), "cache-control": "no-cache"}
        entity_tag = tag(state.workspace, upto.position, "timemap", path)
        body = ",\n".join(_link_lines(str(request.base_url).rstrip("/"), path_of("/id/", path), steps)) + "\n"
        return not_modified(request, entity_tag, headers) or Response(
            body, headers={**headers, "etag": entity_tag}, media_type=LINK_FORMAT
        )

    return await in_thread(request, make)


def _link_lines(server: str, original: str, steps: list[Step]) -> Iterator[str]:
    dates = [http_date(step.cause.recorded) for step in steps]
    yield f'<{server}{original}>; rel="original timegate"'
    yield (f'<{server}/timemap{original}>; rel="self"; type="{LINK_FORMAT}"; from="{dates[0]}"; until="{dates[-1]}"')
    for number, (step, date) in enumerate(zip(steps, dates, strict=True)):
        places = [name for name, is_so in (("first", number == 0), ("last", number == len(steps) - 1)) if is_so]
        rel = " ".join([*places, "memento"])
        yield f'<{server}{with_at(original, step.cause.position)}>; rel="{rel}"; datetime="{date}"'


@router.get("/history/id/{path:path}", summary="What changed one thing, and why", responses=_ANSWERS)
async def history_of(
    request: Request,
    path: str,
    at: Annotated[str | None, Query(description=AT, max_length=100)] = None,
    format: Annotated[Literal["json", "text"], Query(description="text is for people")] = "json",  # noqa: A002
) -> Response:
    """List every record that changed what the graph says about a thing: when, who, why, what was added and removed."""
    state = server_of(request)

    def make() -> Response:
        iri, upto, steps = _steps(state, path, wanted(request, state.workspace, at).moment)
        headers = {POSITION_HEADER: str(upto.position), "cache-control": "no-cache", "vary": "Accept-Datetime"}
        entity_tag = tag(state.workspace, upto.position, "history", path, format)
        unchanged = not_modified(request, entity_tag, headers)
        if unchanged is not None:
            return unchanged
        headers["etag"] = entity_tag
        if format == "text":
            lines = changing.history_text(steps, iri, state.workspace.iris.base, changing.TRIPLES_SHOWN)
            return Response("".join(f"{line}\n" for line in lines), headers=headers, media_type="text/plain")
        body = orjson.dumps(changing.history_json(iri, upto, steps))
        return Response(body, headers=headers, media_type="application/json")

    return await in_thread(request, make)


@router.get("/diff", summary="What changed between two moments, and which records did it", responses=_ANSWERS)
async def diff(
    request: Request,
    start: Annotated[str, Query(alias="from", description=AT, max_length=100)],
    end: Annotated[str, Query(alias="to", description=AT, max_length=100)],
    about: Annotated[str | None, Query(description="Only what is said about this IRI", max_length=2000)] = None,
    format: Annotated[  # noqa: A002
        Literal["json", "text", "nquads-patch"], Query(description="nquads-patch is an RDF Patch")
    ] = "json",
) -> Response:
    """List the quads that were added and removed between two moments, each with the record that caused it."""
    state = server_of(request)
    workspace = state.workspace

    def make() -> Response:
        first, last = travelled(lambda: (workspace.moment(start), workspace.moment(end)))
        iri = None if about is None else workspace.resolve(about)
        headers = {POSITION_HEADER: str(last.position), "cache-control": "no-cache"}
        entity_tag = tag(workspace, last.position, "diff", str(first.position), iri, format)
        unchanged = not_modified(request, entity_tag, headers)
        if unchanged is not None:
            return unchanged
        headers["etag"] = entity_tag
        found = travelled(
            lambda: difference(
                workspace.past,
                workspace.log,
                workspace.projector,
                first.position,
                last.position,
                about=iri,
                limit=state.settings.change_records,
            )
        )
        if format == "json":
            body = orjson.dumps(changing.difference_json(found, first, last, iri))
            return Response(body, headers=headers, media_type="application/json")
        if format == "text":
            lines = changing.difference_text(found, first, last, workspace.iris.base, changing.TRIPLES_SHOWN)
        else:
            lines = patch(found, workspace.projector, whole=iri is None)
        return Response("".join(f"{line}\n" for line in lines), headers=headers, media_type="text/plain")

    return await in_thread(request, make)
