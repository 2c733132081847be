"""`/sparql`: the SPARQL 1.1 Protocol, query half.

Invariant: nothing that comes in here can change the graph; what is refused is refused with its reason and, for a
query, its line and column. Answers are serialised by the engine and negotiated by quality.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import negotiation
from api.answers import Shape
from api.asking import (
    AT,
    FINGERPRINT,
    Wanted,
    fingerprint_header,
    not_modified,
    state_headers,
    tag,
    travelled,
    wanted,
    with_at,
)
from api.boundary import HINT_HEADER, POSITION_HEADER
from api.description import DESCRIPTION_TYPES, service_description
from api.hints import hint
from api.problems import Problem
from api.routers.home import home
from api.settings import Settings
from api.state import server_of
from api.threads import in_thread
from api.workers.answering import UPDATE_REFUSED, Ask, chosen_type, graph_answer, labelled, media_types_for
from api.workspace import Workspace

router = APIRouter()

QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"
FORM_TYPE = "application/x-www-form-urlencoded"
_ALLOW = "GET, HEAD, POST, OPTIONS"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Malformed query (with `line` and `column`), or an update, which is refused"},
    406: {"description": "None of the formats asked for can be given"},
    413: {"description": "The query is too long"},
    404: {"description": "`at` is a position beyond the head of the log, which is in `head`"},
    415: {"description": "The request body is neither a form nor application/sparql-query"},
    503: {"description": "All query threads are busy; Retry-After says when to ask again"},
}


_PARAMETERS = {
    "query": "A SPARQL 1.1 query; the prefixes of the ontology need not be declared",
    "default-graph-uri": "A graph to take as (part of) the default graph",
    "named-graph-uri": "A graph that GRAPH may name",
    "timeout": "Seconds after which the query is to be ended; the server may end it earlier",
    "min_position": "A position of the log that the answer must include; the server waits for it for a moment",
    "at": AT,
    "fingerprint": FINGERPRINT,
}


def _parameter(name: str, meaning: str) -> dict[str, Any]:
    """Return a query parameter for the OpenAPI document; the protocol's own reading of them is `operation`."""
    schema: dict[str, Any] = {"type": "string"}
    if name.endswith("-uri"):
        schema = {"type": "array", "items": schema}
    return {"name": name, "in": "query", "required": False, "description": meaning, "schema": schema}


@dataclass(frozen=True, slots=True)
class Operation:
    """One query operation of the protocol; the graph lists are None where the request names no dataset.

    `at` is the moment that it asks about, as written; `fingerprint` whether that of the dataset is asked for too;
    `timeout` the seconds that the client allows; `min_position` a position that the answer must not be older than.
    """

    query: str
    default_graph: list[str] | None
    named_graphs: list[str] | None
    at: str | None = None
    fingerprint: bool = False
    timeout: float | None = None
    min_position: int = 0


@router.get(
    "/sparql",
    summary="Ask in SPARQL, or describe the service",
    responses=_ANSWERS,
    openapi_extra={"parameters": [_parameter(name, meaning) for name, meaning in _PARAMETERS.items()]},
)
async def sparql_get(request: Request) -> Response:
    """Answer the query in `query`; `default-graph-uri` and `named-graph-uri` may be repeated.

    Without a query the answer is the service description, or for browsers the page with the query box. SELECT and
    ASK come as JSON, XML, CSV or TSV; CONSTRUCT and DESCRIBE as Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD,
    by the Accept header. With `at`, or with the header Accept-Datetime (RFC 7089), the graph answers as it was then;
    `Waqai-Position` says which position that is. `Waqai-Hint` names terms of the query that the ontology does not
    declare.
    """
    parameters = parse_parameters(request.scope["query_string"], "the address")
    if not any(name in ("query", "update") for name, _ in parameters):
        return await _describe(request)
    return await _answer(request, operation(parameters, server_of(request).settings))


@router.post(
    "/sparql",
    summary="Ask in SPARQL",
    responses=_ANSWERS,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {QUERY_TYPE: {"schema": {"type": "string"}}, FORM_TYPE: {"schema": {"type": "object"}}},
        }
    },
)
async def sparql_post(request: Request) -> Response:
    """Answer a query sent as a form or as application/sparql-query. Updates are refused."""
    kind = negotiation.essence_of(request.headers.get("content-type", ""))
    settings = server_of(request).settings
    in_address = parse_parameters(request.scope["query_string"], "the address")
    if kind == UPDATE_TYPE:
        raise Problem(400, "update-refused", UPDATE_REFUSED)
    if kind == FORM_TYPE:
        parameters = parse_parameters(await request.body(), "the form")
        return await _answer(request, operation([*in_address, *parameters], settings))
    if kind == QUERY_TYPE:
        if any(name in ("query", "update") for name, _ in in_address):
            raise Problem(400, "two-queries", "There is a query in the address and one in the body: send one.")
        text = _utf8(await request.body(), "the body")
        return await _answer(request, operation([*in_address, ("query", text)], settings))
    detail = f"The body is {kind or 'of no stated type'}: send a form ({FORM_TYPE}) or {QUERY_TYPE}."
    raise Problem(415, "wrong-media-type", detail, headers={"accept-post": f"{FORM_TYPE}, {QUERY_TYPE}"})


@router.options("/sparql", include_in_schema=False)
async def sparql_options() -> Response:
    """Say which methods there are."""
    return Response(status_code=204, headers={"allow": _ALLOW, "accept-post": f"{FORM_TYPE}, {QUERY_TYPE}"})


def parse_parameters(data: bytes, where: str) -> list[tuple[str, str]]:
    """Return the fields of a query string or form.

    Raises:
        Problem: where they are not UTF-8, or too many.
    """
    try:
        return parse_qsl(
            data.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=1000
        )
    except UnicodeDecodeError:
        raise Problem(400, "not-utf-8", f"The text in {where} is not percent-encoded UTF-8.") from None
    except ValueError:
        raise Problem(400, "bad-form", f"There are too many fields in {where}, or they cannot be read.") from None


def operation(parameters: Sequence[tuple[str, str]], settings: Settings) -> Operation:
    """Return the query operation that `parameters` ask for.

    Raises:
        Problem: for an update, no query, more than one, one that is too long, or a parameter that is not supported.
    """

    def all_of(name: str) -> list[str]:
        return [value for key, value in parameters if key == name]

    queries = all_of("query")
    if all_of("update"):
        both = "A request holds a query or an update, and this one holds both. " if queries else ""
        raise Problem(400, "update-refused", both + UPDATE_REFUSED)
    if len(queries) != 1:
        found = "no query" if not queries else f"{len(queries)} queries"
        raise Problem(400, "not-one-query", f"The request holds {found}: send exactly one in the parameter query.")
    moments = all_of("at")
    if len(moments) > 1:
        raise Problem(400, "two-moments", f"The request names {len(moments)} moments with at: name one.")
    at = moments[0] if moments else None
    told = [value.lower() for value in all_of("fingerprint")]
    if any(value not in _YES + _NO for value in told):
        raise Problem(400, "bad-parameter", "fingerprint is true or false.")
    fingerprint = any(value in _YES for value in told)
    if len(queries[0].encode("utf-8", "replace")) > settings.max_query_bytes:
        raise Problem(413, "query-too-long", f"The query is longer than {settings.max_query_bytes} bytes.")
    timeouts, positions = all_of("timeout"), all_of("min_position")
    if len(timeouts) > 1 or len(positions) > 1:
        raise Problem(400, "bad-parameter", "timeout and min_position may be given once each.")
    default_graph, named_graphs = all_of("default-graph-uri"), all_of("named-graph-uri")
    dataset = bool(default_graph or named_graphs)
    return Operation(
        queries[0],
        _iris(default_graph) if dataset else None,
        _iris(named_graphs) if dataset else None,
        at,
        fingerprint,
        seconds_of(timeouts[0]) if timeouts else None,
        position_of(positions[0]) if positions else 0,
    )


def seconds_of(text: str) -> float:
    """Return what `timeout` says. Raises Problem (400)."""
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text) or float(text) == 0:
        raise Problem(400, "bad-parameter", f"timeout={text[:40]} is no number of seconds above 0.")
    return float(text)


def position_of(text: str) -> int:
    """Return what `min_position` says. Raises Problem (400)."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise Problem(400, "bad-parameter", f"min_position={text[:40]} is no position of the log.")
    return int(text)


_YES = ("true", "1", "yes", "on")
_NO = ("false", "0", "no", "off", "")
# What these functions give is another thing each time, whatever the graph holds.
_VOLATILE = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
_LONGEST_LOCATION = 4_000  # characters of an address that is repeated in a header


def _utf8(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, "not-utf-8", f"The text in {where} is not UTF-8 (byte {error.start}).") from None


def _iris(graphs: list[str]) -> list[str]:
    from pyoxigraph import NamedNode

    for graph in graphs:
        try:
            NamedNode(graph)
        except ValueError:
            raise Problem(400, "bad-iri", f"{graph!r} is no absolute IRI: it cannot name a graph.") from None
    return graphs


async def _answer(request: Request, asked: Operation) -> Response:
    state = server_of(request)
    workspace = state.workspace
    accept = ", ".join(request.headers.getlist("accept")) or None
    original = _original(request)
    parts = (original or "", accept, repr(asked))

    def state_of() -> tuple[Wanted, int]:
        chosen = wanted(request, workspace, asked.at)
        return chosen, (chosen.moment.position if chosen.moment is not None else workspace.graph().position())

    chosen, position = await in_thread(request, state_of)
    stable = _VOLATILE.search(asked.query) is None

    def entity_tag(position: int) -> str:
        return tag(workspace, position, *parts, newest=chosen.moment is None)

    def headers(position: int) -> dict[str, str]:
        found = state_headers(chosen, position, original or "/sparql")
        if chosen.moment is None or original is None:
            found.pop("link")
        elif chosen.negotiated:
            found["content-location"] = with_at(original, position)
        return {**found, "etag": entity_tag(position)} if stable else found

    if stable and not asked.fingerprint:
        unchanged = not_modified(request, entity_tag(position), headers(position))
        if unchanged is not None:
            return unchanged

    def prepare() -> Ask:
        media_type = chosen_type(accept, media_types_for(asked.query))
        reach(workspace, asked.min_position, state.settings.query_wait)
        reader = travelled(lambda: state.serving.reader(chosen.moment, asked.min_position))
        found = headers(reader.position())
        if asked.fingerprint:
            found |= fingerprint_header(workspace, chosen, reader.position())
        about_terms = hint(asked.query)
        if about_terms is not None:
            found[HINT_HEADER] = about_terms.encode("ascii", "replace").decode()
        return Ask(
            Shape(labelled(media_type), found),
            asked.query,
            media_type,
            reader,
            asked.default_graph,
            asked.named_graphs,
            min(state.settings.query_seconds, asked.timeout or state.settings.query_seconds),
        )

    return await graph_answer(request, prepare)


def reach(workspace: Workspace, position: int, seconds: float) -> None:
    """Wait until the graph is at `position`. Raises Problem (503) where it is not after `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := workspace.graph().position()) < position:
        if time.monotonic() >= deadline:
            detail = f"The graph is at position {found} and did not reach {position} in time: ask again in a moment."
            raise Problem(503, "position-not-reached", detail, headers={"retry-after": "1"}, position=found)
        time.sleep(0.02)


def _original(request: Request) -> str | None:
    """Return the address of a query without `at`; None where it is no address alone, or too long for a header."""
    if request.method not in ("GET", "HEAD"):
        return None
    parameters = [(k, v) for k, v in request.query_params.multi_items() if k not in ("at", "fingerprint")]
    address = f"/sparql?{urlencode(parameters)}"
    return address if len(address) <= _LONGEST_LOCATION else None


async def _describe(request: Request) -> Response:
    accept = ", ".join(request.headers.getlist("accept")) or None
    media_type = negotiation.choose(accept, (*DESCRIPTION_TYPES, "text/html"))
    if media_type is None:
        detail = (
            f"The service description can be {', '.join(DESCRIPTION_TYPES)}; a query goes into the parameter query."
        )
        raise Problem(406, "not-acceptable", detail, headers={"vary": "Accept"})
    if media_type == "text/html":
        page = await home(request)
        page.headers["vary"] = "Accept"
        return page
    workspace = server_of(request).workspace
    endpoint = str(request.url.replace(query="", fragment=""))
    body, position = await in_thread(
        request, lambda: (service_description(endpoint, media_type), workspace.graph().position())
    )
    headers = {"vary": "Accept", "content-type": media_type, POSITION_HEADER: str(position)}
    return Response(body, headers=headers)
