"""`/queries`: the saved queries, each an address with parameters.

Invariant: a saved query runs as any other query does, under the same limits, and its answer comes in the same formats;
what it takes stands in the OpenAPI document as it stands in its file.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api import negotiation, querytext
from api.answers import Shape
from api.asking import LONGEST_LOCATION, StateTold, check_reached, travelled, wanted
from api.boundary import HINT_HEADER, TRUNCATED_HEADER
from api.operations import position_of, seconds_of
from api.pages.queries import list_page, query_page
from api.problems import Problem
from api.queries import geojson
from api.queries.parameters import TYPES, BadValue, Named, Parameter
from api.queries.saved import RESERVED, SavedQuery, cut_short, terms_of, with_points
from api.routers.sparql import reach
from api.state import server_of
from api.threads import in_thread
from api.workers.answering import Ask, chosen_type, graph_answer, labelled, media_types_for
from graph.store import SOLUTIONS_TYPES, Answer

FORMATS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "geojson": geojson.MEDIA_TYPE,
    "html": "text/html",
    "rq": "application/sparql-query",
}
VIEW_HEADER = "Waqai-Default-View"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer", "content": {media_type: {} for media_type in FORMATS.values()}},
    400: {"description": "A parameter is unknown, missing or has a bad value"},
    406: {"description": "The answer has no such format"},
}


def router_of(saved: Mapping[str, SavedQuery]) -> APIRouter:
    """Return the routes of the list and of every query."""
    router = APIRouter()

    @router.get("/queries", summary="The saved queries", response_model=dict[str, Any])
    async def list_queries(request: Request) -> Response:
        """List the saved queries with their parameters."""
        if negotiation.choose(_accept(request), ("application/json", "text/html")) == "text/html":
            return HTMLResponse(list_page(saved), headers={"vary": "Accept"})
        body = {"queries": [query_json(query) for query in saved.values()]}
        return Response(orjson.dumps(body), headers={"vary": "Accept"}, media_type="application/json")

    drawn = with_points(saved)
    for query in saved.values():
        router.add_api_route(
            f"/queries/{query.name}",
            _endpoint(query, drawn),
            methods=["GET"],
            name=f"query-{query.name}",
            summary=query.summary["en"],
            description="\n\n".join([query.description.get("en", ""), query.summary.get("ar", "")]).strip(),
            responses=_ANSWERS,
            response_class=Response,
            openapi_extra={"parameters": [*map(_openapi, query.parameters), _FORMAT]},
        )

    @router.get("/queries/{name}", include_in_schema=False)
    async def unknown(name: str) -> Response:
        detail = f"There is no saved query {name[:80]}: /queries lists them."
        raise Problem(404, "unknown-query", detail, known=sorted(saved))

    return router


def query_json(query: SavedQuery) -> dict[str, Any]:
    """Return what a saved query answers and takes."""
    return {
        "name": query.name,
        "summary": dict(query.summary),
        "description": dict(query.description),
        "view": query.view,
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "required": not parameter.optional and parameter.default is None,
                "default": parameter.default,
                "choices": list(parameter.choices) or None,
                "minimum": parameter.least,
                "maximum": parameter.most,
                "example": parameter.example,
                "meaning": dict(parameter.meaning),
            }
            for parameter in query.parameters
        ],
        "points": query.points,
    }


def _endpoint(query: SavedQuery, drawn: str) -> Any:
    async def run(request: Request) -> Response:
        given = list(request.query_params.multi_items())
        formats = [value for name, value in given if name == "format"]
        if len(formats) > 1 or (formats and formats[0] not in FORMATS):
            detail = f"format={', '.join(formats)[:80]} is none of {', '.join(FORMATS)}."
            raise Problem(400, "bad-parameter", detail)
        accept = FORMATS[formats[0]] if formats else _accept(request)

        values = [pair for pair in given if pair[0] != "format"]
        told, position = await in_thread(request, lambda: _state(request, query, values, accept))
        unchanged = told.unchanged(request, position)
        if unchanged is not None:
            return unchanged
        prepare = partial(_ask, request, query, values, accept, told, drawn)
        return await graph_answer(request, prepare, long=told.federated)

    return run


def _state(
    request: Request, query: SavedQuery, given: list[tuple[str, str]], accept: str | None
) -> tuple[StateTold, int]:
    """Return what an answer says of the state that is asked about, and the position of that. Raises Problem."""
    workspace = server_of(request).workspace
    bounds = dict(given)
    chosen = wanted(request, workspace, bounds.get("at"))
    check_reached(chosen, position_of(bounds.get("min_position", "0")))
    position = chosen.moment.position if chosen.moment is not None else workspace.graph().position()
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "at"]
    path = f"/queries/{query.name}"
    address = f"{path}?{urlencode(rest)}" if rest else path
    parts = (accept, repr(given), repr(query))
    stable = not querytext.volatile(query.text)
    shown = address if len(address) <= LONGEST_LOCATION else None
    return StateTold(workspace, chosen, path, shown, parts, stable, querytext.federated(query.text)), position


def _ask(
    request: Request,
    query: SavedQuery,
    given: list[tuple[str, str]],
    accept: str | None,
    told: StateTold,
    drawn: str,
) -> Ask:
    """Return what is asked with these values, of the state that was `told`; the rows of `drawn` name points.

    Raises:
        Problem: for a bad value, and where no format fits.
    """
    state = server_of(request)
    workspace, settings = state.workspace, state.settings
    values = [(name, value) for name, value in given if name not in RESERVED]
    bounds = {name: value for name, value in given if name in RESERVED}
    chosen = told.asked
    headers = {VIEW_HEADER: query.view}
    points = [geojson.MEDIA_TYPE] if query.points else []
    written = media_types_for(query.filled({p.name: p.sample() for p in query.parameters}))
    pages = [*points, FORMATS["html"]] if written == SOLUTIONS_TYPES else []
    pointless = not query.points and geojson.MEDIA_TYPE in (accept or "")
    why = f", whose rows name no points (those of {drawn} do)," if pointless else ""
    media_type = chosen_type(accept, [*written, *pages, FORMATS["rq"]], f"The answer to {query.name}{why}")
    shape = Shape(labelled(media_type), headers)
    if media_type == FORMATS["html"] and not query.complete(values):  # somebody opened its page, nothing filled in yet
        page = Shape(shape.media_type, {**headers, "vary": "Accept, Accept-Datetime", "cache-control": "no-cache"})
        return Ask(page, body=query_page(query, values, None, workspace.iris.base).encode())
    reach(workspace, position_of(bounds.get("min_position", "0")), settings.query_wait)
    reader = travelled(lambda: state.serving.reader(chosen.moment))
    try:
        terms = terms_of(query, values, asked=Named(reader, workspace.iris.absolute))
        text = query.filled(terms)
    except BadValue as bad:
        status = 404 if bad.kind == "unknown" and query.parameter(bad.parameter) is not None else 400
        raise Problem(status, f"{bad.kind}-parameter", f"{bad}.", parameter=bad.parameter[:80]) from None
    shape = Shape(shape.media_type, {**headers, **told.headers(reader.position())})
    if media_type == FORMATS["rq"]:
        return Ask(shape, body=text.encode())
    transform: Callable[[Answer, bool], bytes] | None = None
    rows = query.rows(terms)
    if media_type == geojson.MEDIA_TYPE:
        transform = _geojson
    elif media_type == FORMATS["html"]:
        transform = partial(_page, query, values, workspace.iris.base, rows)
    allowed = seconds_of(bounds["timeout"], settings) if "timeout" in bounds else settings.query_seconds
    engine_type = media_type if transform is None else SOLUTIONS_TYPES[0]
    seconds = min(allowed, settings.query_seconds)
    beyond = {} if rows is None else {TRUNCATED_HEADER: str(rows), HINT_HEADER: cut_short(query, rows)["en"]}
    return Ask(
        shape,
        query.one_more(terms),
        engine_type,
        reader,
        seconds=seconds,
        transform=transform,
        rows=rows,
        beyond=beyond,
    )


def _geojson(found: Answer, cut: bool) -> bytes:
    return b"".join(geojson.geojson(found, cut=cut))


def _page(
    query: SavedQuery, values: list[tuple[str, str]], base: str, rows: int | None, found: Answer, cut: bool
) -> bytes:
    return query_page(query, values, found, base, cut=rows if cut else None).encode()


def _accept(request: Request) -> str | None:
    return ", ".join(request.headers.getlist("accept")) or None


_FORMAT = {
    "name": "format",
    "in": "query",
    "required": False,
    "description": "The format, in the place of the Accept header; geojson where the answer has points",
    "schema": {"type": "string", "enum": list(FORMATS)},
}


def _openapi(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": {"integer": "integer", "decimal": "number"}.get(parameter.type, "string")}
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    for key, value in (("minimum", parameter.least), ("maximum", parameter.most), ("default", parameter.default)):
        if value is not None:
            schema[key] = int(value) if parameter.type == "integer" else value
    described = {
        "name": parameter.name,
        "in": "query",
        "required": not parameter.optional and parameter.default is None,
        "description": f"{parameter.meaning.get('en', '')}: {TYPES[parameter.type]}",
        "schema": schema,
    }
    return described if parameter.example is None else {**described, "example": parameter.example}
