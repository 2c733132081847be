"""`/sparql`: the SPARQL 1.1 Protocol.

Invariant: a query changes nothing, whatever it comes in; what is refused is refused with its reason and, for a query,
its line and column. Answers are serialised by the engine and negotiated by quality. Updates are handed on whole.
"""

import time
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import negotiation, querytext
from api.answers import Shape
from api.asking import (
    ACCEPT_DATETIME,
    AT,
    FINGERPRINT,
    LONGEST_LOCATION,
    StateTold,
    Wanted,
    check_reached,
    fingerprint_header,
    travelled,
    wanted,
)
from api.boundary import HINT_HEADER
from api.direct import Handler
from api.operations import (
    FORM_TYPE,
    QUERY_TYPE,
    UPDATE_TYPE,
    Operation,
    parse_parameters,
    query_operation,
    update_operation,
    utf8,
)
from api.problems import Problem
from api.querytext import QueryText
from api.routers.service import describe
from api.routers.updates import update
from api.state import server_of
from api.threads import in_thread
from api.tokenfile import Scope
from api.tokens import authorize
from api.workers.answering import Ask, chosen_type, graph_answer, labelled, text_of
from api.workspace import Workspace
from graph.store import Reader

router = APIRouter()

ALLOWED: Final = "GET, HEAD, POST, QUERY, OPTIONS"
_POSTED: Final = f"{FORM_TYPE}, {QUERY_TYPE}, {UPDATE_TYPE}"
_QUERIED: Final = f'"{QUERY_TYPE}", "{FORM_TYPE}"'
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Malformed query (with `line` and `column`), or a parameter with a bad value"},
    401: {"description": "An update without a token that counts"},
    403: {"description": "An update of graphs that cannot be written, or a token without the scope curate"},
    404: {"description": "`at` is a position beyond the head of the log, which is in `head`"},
    406: {"description": "None of the formats asked for can be given"},
    413: {"description": "The query is too long"},
    415: {"description": "The request body is neither a form nor application/sparql-query"},
    502: {"description": "Another server that the query asks by SERVICE gave no answer that can be read"},
    503: {"description": "All workers are busy (Retry-After says when to ask again), or the time of the query is up"},
    504: {"description": "Another server that the query asks by SERVICE did not answer in time"},
}
_PARAMETERS: Final = {
    "query": "A SPARQL 1.1 query; the prefixes of the ontology need not be declared",
    "default-graph-uri": "A graph to take as (part of) the default graph",
    "named-graph-uri": "A graph that GRAPH may name",
    "format": "json, xml, csv, tsv, turtle, nt, nq, trig, rdf or json-ld, in the place of the Accept header",
    "timeout": "Seconds after which the query is to be ended; the server may end it earlier",
    "min_position": "A position of the log that the answer must include; the server waits for it for a moment",
    "at": AT,
    "fingerprint": FINGERPRINT,
}
_LONG_FORM = 10_000  # bytes


def _parameter(name: str, meaning: str) -> dict[str, Any]:
    """Return a query parameter for the OpenAPI document; the protocol's own reading of them is `query_operation`."""
    schema: dict[str, Any] = {"type": "string"}
    if name.endswith("-uri"):
        schema = {"type": "array", "items": schema}
    return {"name": name, "in": "query", "required": False, "description": meaning, "schema": schema}


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
    by the Accept header or by `format`. With `at`, or with the header Accept-Datetime (RFC 7089), the graph answers as
    it was then; `Waqai-Position` says which position that is. `Waqai-Hint` names terms of the query that the ontology
    does not declare, and parameters that nothing reads. The method QUERY takes what POST takes, but for updates.
    """
    parameters = parse_parameters(request.scope["query_string"], "the address")
    if not any(name in ("query", "update") for name, _ in parameters):
        return await describe(request)
    return await _answer(request, query_operation(parameters, server_of(request).settings))


@router.post(
    "/sparql",
    summary="Ask in SPARQL, or change curation graphs (needs a token)",
    responses=_ANSWERS,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                QUERY_TYPE: {"schema": {"type": "string"}},
                UPDATE_TYPE: {"schema": {"type": "string"}},
                FORM_TYPE: {"schema": {"type": "object"}},
            },
        }
    },
)
async def sparql_post(request: Request) -> Response:
    """Answer a query sent as a form or as application/sparql-query; an update comes as a form or as its own type.

    An update needs a token with the scope `curate` and a reason (header `Waqai-Reason` or parameter `reason`); it
    changes curation graphs, and the exact quads become one record, which the answer names.
    """
    if negotiation.essence_of(request.headers.get("content-type", "")) == UPDATE_TYPE:
        authorize(request, Scope.CURATE)  # before anything of the body is read
    parameters = await _sent(request, UPDATE_TYPE)
    settings = server_of(request).settings
    if any(name == "update" for name, _ in parameters):
        return await update(request, update_operation(parameters, settings))
    return await _answer(request, query_operation(parameters, settings))


@router.api_route("/sparql", methods=["QUERY"], include_in_schema=False)
async def sparql_query(request: Request) -> Response:
    """Answer a query in the body, as `sparql_post` does, by the method that says that nothing is changed."""
    return await _answer(request, query_operation(await _sent(request), server_of(request).settings))


@router.options("/sparql", include_in_schema=False)
async def sparql_options() -> Response:
    """Say which methods there are, and what they take."""
    headers = {"allow": ALLOWED, "accept-post": _POSTED, "accept-query": _QUERIED}
    return Response(status_code=204, headers=headers)


HANDLERS: Final[dict[str, Handler]] = {"GET": sparql_get, "POST": sparql_post, "QUERY": sparql_query}
"""What answers at `/sparql`, by method: for the short cut past the framework."""


async def _sent(request: Request, *others: str) -> list[tuple[str, str]]:
    """Return the parameters of a request with a body, the operation of a body that is none of a form among them.

    Raises:
        Problem: for a body of another type than a form, a query or `others`, and for one that is not UTF-8.
    """
    taken = {QUERY_TYPE: "query", **dict.fromkeys(others, "update")}
    content_type = request.headers.get("content-type", "")
    kind = negotiation.essence_of(content_type)
    offered = ", ".join([FORM_TYPE, *taken])
    headers = {"accept-post": _POSTED, "accept-query": _QUERIED}
    if kind != FORM_TYPE and kind not in taken:
        detail = f"The body is {kind or 'of no stated type'}: send a form ({FORM_TYPE}) or {' or '.join(taken)}."
        raise Problem(415, "wrong-media-type", detail, headers=headers, taken=offered)
    charset = negotiation.parameter_of(content_type, "charset")
    if charset is not None and charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, "wrong-charset", f"The body is in {charset[:40]}: send UTF-8.", headers=headers)
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        raise Problem(415, "packed-body", f"The body is packed with {packed[:40]}: send it as it is.", headers=headers)
    in_address = parse_parameters(request.scope["query_string"], "the address")
    if kind == FORM_TYPE:
        body = await request.body()
        if len(body) > _LONG_FORM:  # to decode it takes long enough that others would notice
            return [*in_address, *await in_thread(request, lambda: parse_parameters(body, "the form"))]
        return [*in_address, *parse_parameters(body, "the form")]
    name = taken[kind]
    if any(other in ("query", "update") for other, _ in in_address):
        raise Problem(400, "two-queries", f"There is an operation in the address and {name} in the body: send one.")
    return [*in_address, (name, utf8(await request.body(), "the body"))]


async def _answer(request: Request, asked: Operation) -> Response:
    state = server_of(request)
    workspace = state.workspace
    accept = ", ".join(request.headers.getlist("accept")) or None

    def told_of(chosen: Wanted) -> StateTold:
        stable = not querytext.volatile(asked.query)
        address = None if chosen.moment is None else _original(request)  # the newest state needs no other name
        federated = querytext.federated(asked.query)
        return StateTold(workspace, chosen, "/sparql", address, (accept, repr(asked)), stable, federated)

    def state_of() -> tuple[StateTold, int]:
        chosen = wanted(request, workspace, asked.at)
        check_reached(chosen, asked.min_position)
        position = chosen.moment.position if chosen.moment is not None else workspace.graph().position()
        return told_of(chosen), position

    past = asked.at is not None or ACCEPT_DATETIME in request.headers
    waits = past or asked.fingerprint or asked.min_position > 0 or not querytext.is_light(asked.query)
    live = None if waits else workspace.at_hand()
    told, position = await in_thread(request, state_of) if live is None else (told_of(Wanted()), live.position())
    if not asked.fingerprint:
        unchanged = told.unchanged(request, position)
        if unchanged is not None:
            return unchanged

    def asked_of(reader: Reader, text: QueryText, media_type: str) -> Ask:
        found = told.headers(reader.position())
        if asked.fingerprint:
            found |= fingerprint_header(workspace, told.asked, reader.position())
        hints = [text.hint, _not_read(asked.ignored)]
        if any(hints):
            found[HINT_HEADER] = " ".join(one for one in hints if one).encode("ascii", "replace").decode()
        return Ask(
            Shape(labelled(media_type), found),
            asked.query,
            media_type,
            reader,
            asked.default_graph,
            asked.named_graphs,
            min(state.settings.query_seconds, asked.timeout or state.settings.query_seconds),
        )

    def prepare() -> Ask:
        text = text_of(asked.query)
        media_type = _media_type(accept, asked, text)
        reach(workspace, asked.min_position, state.settings.query_wait)
        reader = travelled(lambda: state.serving.reader(told.asked.moment, asked.min_position))
        return asked_of(reader, text, media_type)

    def ready() -> Ask | None:
        text = text_of(asked.query)
        media_type = _media_type(accept, asked, text)
        reader = None if text.searches or text.services else state.serving.ready()
        return None if reader is None else asked_of(reader, text, media_type)

    return await graph_answer(
        request,
        prepare,
        query=asked.query,
        long=asked.at is not None or asked.min_position > 0 or told.federated,
        ready=None if live is None else ready,
    )


def _media_type(accept: str | None, asked: Operation, text: QueryText) -> str:
    """Return the media type of the answer: what the parameter format says, else the Accept header. Raises Problem."""
    if asked.formats is None:
        return chosen_type(accept, text.offers)
    return chosen_type(", ".join(asked.formats), text.offers)


def _not_read(names: tuple[str, ...]) -> str | None:
    if not names:
        return None
    shown = ", ".join("".join(c if c.isprintable() else "?" for c in name) for name in names[:5])
    return f"Nothing reads the parameter{'s' if len(names) > 1 else ''} {shown}."


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
    if request.method != "GET":
        return None
    parameters = [(k, v) for k, v in request.query_params.multi_items() if k not in ("at", "fingerprint")]
    address = f"/sparql?{urlencode(parameters)}"
    return address if len(address) <= LONGEST_LOCATION else None
