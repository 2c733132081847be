"""`/graphs`: the SPARQL 1.1 Graph Store HTTP Protocol, as far as it reads; `routers/updates` writes.

Invariant: one request names one graph, as `?default`, as `?graph=IRI` or by the path of its own IRI, and gets exactly
the triples of that graph at one position; a graph that holds nothing is not there, but for the default graph.
"""

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pyoxigraph import NamedNode
from starlette.responses import Response

from api.answers import Shape
from api.asking import AT, StateTold, check_reached, path_of, travelled, wanted
from api.operations import formats_of, graph_iri, one_of, parse_parameters, position_of, unread
from api.problems import Problem
from api.routers.sparql import reach
from api.state import server_of
from api.threads import in_thread
from api.workers.answering import Ask, chosen_type, graph_answer, labelled
from graph.store import GRAPH_TYPES
from graph.updates.graphstore import PATCH_TYPES

router = APIRouter()

_KNOWN: Final = ("default", "graph", "at", "format", "min_position")
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "No graph is named, more than one, or one that is no absolute IRI"},
    404: {"description": "There is no graph of this name"},
    406: {"description": "None of the formats asked for can be given"},
    503: {"description": "All workers are busy; Retry-After says when to ask again"},
}
_PARAMETERS: Final = (
    ("default", "Ask for the default graph; it has no value"),
    ("graph", "Ask for the graph of this IRI"),
    ("format", "turtle, nt, nq, trig, rdf or json-ld, in the place of the Accept header"),
    ("at", AT),
)
_openapi: Final = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "description": meaning, "schema": {"type": "string"}}
        for name, meaning in _PARAMETERS
    ]
}


@router.get("/graphs", summary="One graph of the store, whole", responses=_ANSWERS, openapi_extra=_openapi)
async def indirectly(request: Request) -> Response:
    """Give the triples of the default graph (`?default`) or of the graph `?graph=IRI`.

    The Graph Store HTTP Protocol. Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD. A claim's graph has the IRI of
    the claim and holds what that claim says, also where it denies or plans it.
    """
    parameters = _parameters(request)
    default = one_of(parameters, "default")
    named = one_of(parameters, "graph")
    if (default is None) == (named is None):
        found = "no graph" if named is None else "the default graph and another one"
        detail = f"The request names {found}: ask for /graphs?default or for /graphs?graph= with the IRI of one graph."
        raise Problem(400, "not-one-graph", detail)
    if default:
        raise Problem(400, "bad-parameter", "The parameter default has no value: ask for /graphs?default.")
    address = f"/graphs?{urlencode({'graph': named})}" if named is not None else "/graphs?default"
    return await _answer(request, parameters, None if named is None else graph_iri(named), address)


@router.get("/graphs/{path:path}", summary="One graph under its own address", responses=_ANSWERS)
async def directly(request: Request, path: str) -> Response:
    """Give the triples of the graph whose IRI is the base IRI, `graphs/` and this path."""
    parameters = _parameters(request)
    if any(name in ("default", "graph") for name, _ in parameters):
        detail = "The path names a graph already: ask for it without a parameter, or for /graphs with one."
        raise Problem(400, "not-one-graph", detail)
    iri = graph_iri(f"{server_of(request).workspace.iris.base}graphs/{path}")
    return await _answer(request, parameters, iri, path_of("/graphs/", path))


@router.options("/graphs", include_in_schema=False)
@router.options("/graphs/{path:path}", include_in_schema=False)
async def options(path: str = "") -> Response:
    """Say which methods there are."""
    return Response(
        status_code=204,
        headers={"allow": "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS", "accept-patch": ", ".join(PATCH_TYPES)},
    )


def _parameters(request: Request) -> list[tuple[str, str]]:
    parameters = parse_parameters(request.scope["query_string"], "the address")
    others = unread(parameters, _KNOWN, ("_",))
    if others:
        detail = f"There is no parameter {others[0]}; known are {', '.join(_KNOWN)}."
        raise Problem(400, "unknown-parameter", detail, parameter=others[0], known=list(_KNOWN))
    return parameters


async def _answer(request: Request, parameters: list[tuple[str, str]], graph: str | None, address: str) -> Response:
    """Answer with a graph, None for the default one, in the state that is asked for."""
    state = server_of(request)
    workspace = state.workspace
    one_of(parameters, "format")
    accept = ", ".join(formats_of(parameters) or request.headers.getlist("accept")) or None
    media_type = chosen_type(accept, GRAPH_TYPES, "A graph")
    at = one_of(parameters, "at", "two-moments")
    at_least = position_of(one_of(parameters, "min_position") or "0")

    def state_of() -> tuple[StateTold, int]:
        chosen = wanted(request, workspace, at)
        check_reached(chosen, at_least)
        position = chosen.moment.position if chosen.moment is not None else workspace.graph().position()
        return StateTold(workspace, chosen, "/graphs", address, (media_type,)), position

    told, position = await in_thread(request, state_of)
    unchanged = told.unchanged(request, position)
    if unchanged is not None:
        return unchanged

    def prepare() -> Ask:
        reach(workspace, at_least, state.settings.query_wait)
        reader = travelled(lambda: state.serving.reader(told.asked.moment, at_least))
        if graph is not None and next(iter(reader.quads(graph=NamedNode(graph))), None) is None:
            raise Problem(404, "no-graph", f"There is no graph {graph} at log position {reader.position()}.")
        shape = Shape(labelled(media_type), told.headers(reader.position()))
        return Ask(
            shape,
            engine_type=media_type,
            reader=reader,
            seconds=state.settings.query_seconds,
            dump="" if graph is None else graph,
        )

    return await graph_answer(request, prepare)
