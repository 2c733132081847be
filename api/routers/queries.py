"""`/queries`: the saved queries, each an address with parameters.

Invariant: a saved query runs as any other query does, under the same limits, and its answer comes in the same formats;
what it takes stands in the OpenAPI document as it stands in its file.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api import negotiation
from api.answers import AnswerWriter, Shape, answer
from api.boundary import POSITION_HEADER
from api.pages.queries import list_page, query_page
from api.problems import Problem
from api.queries import geojson
from api.queries.parameters import TYPES, BadValue, Parameter
from api.queries.saved import SavedQuery, terms_of
from api.routers.sparql import refusal
from api.state import ServerState, server_of
from graph.sparql import QueryRefused
from graph.store import SOLUTIONS_TYPES

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

    for query in saved.values():
        router.add_api_route(
            f"/queries/{query.name}",
            _endpoint(query),
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
    }


def _endpoint(query: SavedQuery) -> Any:
    async def run(request: Request) -> Response:
        state = server_of(request)
        given = list(request.query_params.multi_items())
        formats = [value for name, value in given if name == "format"]
        if len(formats) > 1 or (formats and formats[0] not in FORMATS):
            detail = f"format={', '.join(formats)[:80]} is none of {', '.join(FORMATS)}."
            raise Problem(400, "bad-parameter", detail)
        accept = FORMATS[formats[0]] if formats else _accept(request)
        values = [(name, value) for name, value in given if name != "format"]

        def work(writer: AnswerWriter) -> None:
            _write(state, query, values, accept, writer)

        head = bool(request.scope.get("waqai.head"))
        return await answer(work, state.queries, limit=state.settings.max_result_bytes, head=head)

    return run


def _write(
    state: ServerState, query: SavedQuery, values: list[tuple[str, str]], accept: str | None, writer: AnswerWriter
) -> None:
    """Fill in the parameters, ask and write; all in the calling thread.

    Raises:
        Problem: for a bad value, and where no format fits.
    """
    workspace = state.workspace
    headers = {"vary": "Accept", "cache-control": "no-cache", VIEW_HEADER: query.view}
    wanted = negotiation.choose(accept, tuple(FORMATS.values()))
    unfilled = wanted == FORMATS["html"] and any(
        not p.optional and p.default is None and not any(name == p.name and value for name, value in values)
        for p in query.parameters
    )
    if unfilled:  # a person has opened its page and has filled in nothing yet
        writer.shape = Shape("text/html; charset=utf-8", headers)
        writer.write(query_page(query, values, None, workspace.iris.base).encode())
        return
    try:
        text = query.filled(terms_of(query, values, asked=workspace))
        found = workspace.query(text)
    except BadValue as bad:
        status = 404 if bad.kind == "unknown" and query.parameter(bad.parameter) is not None else 400
        raise Problem(status, f"{bad.kind}-parameter", f"{bad}.", parameter=bad.parameter[:80]) from None
    except QueryRefused as refused:
        raise refusal(refused) from None
    points = [geojson.MEDIA_TYPE] if geojson.has_points(found) else []
    offers = [*SOLUTIONS_TYPES, *points, FORMATS["html"], FORMATS["rq"]]
    media_type = negotiation.choose(accept, offers)
    if media_type is None:
        detail = f"The answer to {query.name} cannot be given as {accept}: it can be {', '.join(offers)}."
        raise Problem(406, "not-acceptable", detail, headers={"vary": "Accept"}, offered=offers)
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    writer.shape = Shape(media_type + charset, {**headers, POSITION_HEADER: str(found.position)})
    if media_type == geojson.MEDIA_TYPE:
        for block in geojson.geojson(found):
            writer.write(block)
    elif media_type == "text/html":
        writer.write(query_page(query, values, found, workspace.iris.base).encode())
    elif media_type == FORMATS["rq"]:
        writer.write(text.encode())
    else:
        found.write(writer, media_type)  # type: ignore[arg-type]  # it needs no more of a file than write and flush


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
