"""Writes in SPARQL: updates, PUT, POST, PATCH and DELETE of the Graph Store Protocol, and taking them back.

Invariant: nothing is changed but by one record, which a token with the scope `curate` and a reason led to; what is
acknowledged is in the log and in the graph that answers.
"""

import email.parser
import email.policy
import re
from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import unquote

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyoxigraph import NamedNode
from starlette.responses import Response

from api import negotiation
from api.asking import travelled
from api.loading import loader
from api.operations import UpdateOperation, graph_iri, one_of, parse_parameters, unread
from api.patching import (
    Contended,
    KeyInUse,
    NoReason,
    NoSuchPatch,
    NotAsLeft,
    Overtaken,
    Patched,
    PatchRefused,
    listed,
    patch,
    patched_json,
    shown,
)
from api.patching import undo as take_back
from api.problems import Problem
from api.state import ServerState, server_of
from api.threads import in_thread
from api.tokenfile import Scope
from api.tokens import TOKEN_ANSWERS, authorize
from api.wire import told
from graph.updates.errors import UpdateFault
from graph.updates.evaluating import Update
from graph.updates.graphstore import BODY_TYPES, PATCH_TYPES, GraphWrite
from graph.updates.running import UpdateLimits

router = APIRouter()

_WRITES: Final = {
    "PUT": ("replace", "Replace a curation graph"),
    "POST": ("add_to", "Add to a curation graph"),
    "PATCH": ("patch", "Change quads of a curation graph"),
    "DELETE": ("remove", "Remove a curation graph"),
}
REASON_HEADER: Final = "Waqai-Reason"
KEY_HEADER: Final = "Idempotency-Key"
_FORM: Final = "multipart/form-data"
_ACTOR: Final = "the token of the settings"
_STATUS: Final = {
    "not-a-curation-graph": 403,
    "load-refused": 403,
    "load-failed": 502,
    "load-timeout": 504,
    "words-of-articles": 403,
    "no-such-graph": 404,
    "too-many-quads": 413,
    "update-timeout": 503,
    "update-ended": 503,
}
_REFUSED: Final[tuple[tuple[type[PatchRefused], int, str], ...]] = (
    (NoReason, 400, "reason-needed"),
    (Overtaken, 412, "changed-since"),
    (KeyInUse, 409, "key-in-use"),
    (NotAsLeft, 409, "changed-since"),
    (NoSuchPatch, 404, "no-such-patch"),
    (Contended, 503, "contended"),
)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The `record` that was written, null where nothing was to change"},
    201: {"description": "The graph was not there, and is now"},
    400: {"description": "The body cannot be read, or there is no reason"},
    **TOKEN_ANSWERS,
    404: {"description": "There is no graph of this name"},
    409: {"description": "The key stands for another request, or what is to be undone was changed since"},
    412: {"description": "If-Match or If-None-Match does not hold: curation graphs were changed since"},
    413: {"description": "It is too large, or changes too many quads"},
    415: {"description": "The body has a type that cannot be read"},
    502: {"description": "A document that LOAD names cannot be had or read"},
    503: {"description": "It took too long, or others write all the time"},
    504: {"description": "A document that LOAD names did not come in time"},
}
_HEADERS: Final = {
    "parameters": [
        {"name": name, "in": "header", "required": False, "description": meaning, "schema": {"type": "string"}}
        for name, meaning in (
            (REASON_HEADER, "Why, percent-encoded UTF-8 (or the parameter reason); needed"),
            (KEY_HEADER, "The same request under the same key is carried out once"),
            ("If-Match", 'A position of the log in quotes ("42"), or an entity tag: nobody may have written since'),
        )
    ]
}


async def update(request: Request, asked: UpdateOperation) -> Response:
    """Carry out an update operation.

    Raises:
        Problem
    """
    using = asked.using if asked.using or asked.using_named else None
    status, body = await _patched(request, Update(asked.update, using, asked.using_named), asked.reason)
    return _answer(status, body)


async def write_indirectly(request: Request) -> Response:
    """Replace (PUT), add to (POST), remove (DELETE) or patch (PATCH) the curation graph `?graph=IRI`.

    A patch is an RDF Patch, or a SPARQL update whose default graph is this one and which writes no other.
    POST without a graph makes a new one and names it in `Location`. The exact quads that come and go are one record.
    """
    parameters = _parameters(request)
    default, named = one_of(parameters, "default"), one_of(parameters, "graph")
    if default is not None and named is not None:
        raise Problem(400, "not-one-graph", "The request names the default graph and another one: name one.")
    if default is not None:
        authorize(request, Scope.CURATE)
        raise Problem(403, "not-a-curation-graph", _NO_DEFAULT)
    if named is None and request.method != "POST":
        raise Problem(400, "not-one-graph", "The request names no graph: /graphs?graph= with the IRI of one.")
    return await _write(request, None if named is None else graph_iri(named), one_of(parameters, "reason"))


async def write_directly(request: Request, path: str) -> Response:
    """Do the same to the graph whose IRI is the base IRI, `graphs/` and this path."""
    parameters = _parameters(request)
    if any(name in ("default", "graph") for name, _ in parameters):
        raise Problem(400, "not-one-graph", "The path names a graph already: leave the parameter out.")
    iri = graph_iri(f"{server_of(request).workspace.iris.base}graphs/{path}")
    return await _write(request, iri, one_of(parameters, "reason"))


def _an_operation_for_each_method() -> None:
    """Declare the writes one by one: programs that make clients give each operation a function of its own name."""
    for method, (verb, summary) in _WRITES.items():
        for path, write, kind, address in (
            ("/graphs", write_indirectly, "graph", "?graph=IRI"),
            ("/graphs/{path:path}", write_directly, "graph_directly", "its own address"),
        ):
            router.add_api_route(
                path,
                write,
                methods=[method],
                summary=f"{summary}, by {address} (needs a token)",
                responses=_ANSWERS,
                openapi_extra=_HEADERS,
                operation_id=f"{verb}_{kind}",
                response_model=dict[str, Any],
            )


_an_operation_for_each_method()


class UndoBody(BaseModel):
    """Why a change of curation graphs is taken back, and whether what was changed since may stay."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(description="Why; it stays in the log for ever")]
    rest: Annotated[bool, Field(description="Leave what was changed since as it is, and take back the rest")] = False


@router.get(
    "/curation/patches",
    summary="What was changed in curation graphs, the last first (needs a token)",
    responses={code: _ANSWERS[code] for code in (401, 403)},
    response_model=dict[str, Any],
)
async def list_patches(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most changes on this page")] = 50,
    before: Annotated[
        int | None, Query(ge=1, le=2**53, description="Only what is before this position: `next` of the page before")
    ] = None,
) -> Response:
    """List who changed which graphs, why and by how much, and what was taken back; `next` leads to older ones."""
    authorize(request, Scope.READ)
    workspace = server_of(request).workspace
    return told(await in_thread(request, lambda: listed(workspace, before=before, limit=limit)), 200)


@router.get(
    "/curation/patches/{position}",
    summary="One change of curation graphs with its quads (needs a token)",
    responses={code: _ANSWERS[code] for code in (401, 403, 404)},
    response_model=dict[str, Any],
)
async def show_patch(
    request: Request, position: Annotated[int, Path(ge=1, le=2**53, description="The record of the change")]
) -> Response:
    """Give the triples that a change added and removed, by graph, as N-Triples without their full stops."""
    authorize(request, Scope.READ)
    workspace = server_of(request).workspace

    def work() -> dict[str, Any]:
        try:
            return shown(workspace, position)
        except NoSuchPatch as error:
            raise Problem(404, "no-such-patch", f"{_sentence(str(error))}.") from None

    return told(await in_thread(request, work), 200)


@router.post(
    "/curation/patches/{position}/undo",
    summary="Take a change of curation graphs back (needs a token)",
    responses={code: _ANSWERS[code] for code in (200, 400, 401, 403, 404, 409)},
    response_model=dict[str, Any],
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": UndoBody.model_json_schema()}}, "required": True}
    },
)
async def undo(
    request: Request, position: Annotated[int, Path(ge=1, le=2**53, description="The record that is taken back")]
) -> Response:
    """Write a record that reverses exactly what the record at `position` did; what was changed since is a conflict."""
    bearer = authorize(request, Scope.CURATE)
    state = server_of(request)
    try:
        body = UndoBody.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise Problem(400, "bad-request", f"The body is no undoing: {where}: {first['msg']}.") from None

    def work() -> dict[str, Any]:
        done = _refusing(
            lambda: take_back(
                state.workspace,
                position,
                actor=bearer.actor(None, _ACTOR),
                reason=body.reason,
                rest=body.rest,
                reason_chars=state.settings.review_reason_chars,
            )
        )
        return _told(state, done)

    return _answer(200, await in_thread(request, work, state.updates))


_NO_DEFAULT: Final = (
    "The default graph follows the log and cannot be written: write into a graph of its own, /graphs?graph= with an "
    "IRI below graphs/ of the base IRI."
)


def _parameters(request: Request) -> list[tuple[str, str]]:
    parameters = parse_parameters(request.scope["query_string"], "the address")
    known = ("default", "graph", "reason")
    if others := unread(parameters, known, ("_",)):
        detail = f"There is no parameter {others[0]} for writing; known are {', '.join(known)}."
        raise Problem(400, "unknown-parameter", detail, parameter=others[0], known=list(known))
    return parameters


async def _write(request: Request, graph: str | None, reason: str | None) -> Response:
    authorize(request, Scope.CURATE)  # before anything of the body is read
    state = server_of(request)
    kind = negotiation.essence_of(request.headers.get("content-type", ""))
    body = await request.body()
    parts = () if request.method == "DELETE" else _parts(kind, request.headers.get("content-type", ""), body, request)
    made = graph is None
    if graph is None:
        graph = f"{state.workspace.iris.base}graphs/{_new_name(parts)}"
    asked = GraphWrite(request.method, graph, parts)
    status, answer = await _patched(request, asked, reason, graph)
    headers = {"location": graph} if made or status == 201 else {}
    return _answer(201 if made else status, answer, headers)


def _new_name(parts: tuple[tuple[str, bytes], ...]) -> str:
    """Return a name for a graph that nobody named: the same for the same body, so that a repeat makes no second one."""
    from ontology.identity import derived_id

    return "new/" + derived_id("graph", *(f"{kind} {body!r}" for kind, body in parts))


def _parts(kind: str, content_type: str, body: bytes, request: Request) -> tuple[tuple[str, bytes], ...]:
    """Return what a body consists of, with media types. Raises Problem."""
    taken = PATCH_TYPES if request.method == "PATCH" else BODY_TYPES
    if kind == _FORM and request.method == "POST":
        parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace") + body
        )
        parts = tuple(
            (part.get_content_type(), bytes(part.get_payload(decode=True) or b"")) for part in parsed.iter_parts()
        )
    else:
        parts = ((kind, body),)
    for found, _ in parts:
        if found not in taken:
            detail = f"The body is {found or 'of no stated type'}: send {', '.join(taken)}."
            headers = {"accept-patch": ", ".join(PATCH_TYPES)}
            raise Problem(415, "wrong-media-type", detail, headers=headers, taken=list(taken))
    if not parts:
        raise Problem(400, "malformed-body", "The form has no parts.")
    return parts


async def _patched(
    request: Request, asked: Update | GraphWrite, reason: str | None, graph: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Carry out a write; return the status and what became of it. Raises Problem."""
    bearer = authorize(request, Scope.CURATE)
    state = server_of(request)
    why = reason if reason is not None else _header(request, REASON_HEADER)
    if why is None or not why.strip():
        detail = (
            f"Say why, in the header {REASON_HEADER} (percent-encoded UTF-8) or the parameter reason: it stands in the "
            "record."
        )
        raise Problem(400, "reason-needed", detail)
    key = _header(request, KEY_HEADER)
    settings = state.settings

    def work() -> tuple[int, dict[str, Any]]:
        workspace = state.workspace
        if workspace.answers_with(newest=True) != workspace.past.made():
            detail = "The graph is being made anew by this version of Waqai: write again when that is done (/health)."
            raise Problem(503, "graph-remade", detail, headers={"retry-after": "30"})
        reader = workspace.graph()
        there = graph is not None and next(iter(reader.quads(graph=NamedNode(graph))), None) is not None
        since = _unchanged_since(request, reader.position(), there=there, named=graph is not None)
        done = _refusing(
            lambda: patch(
                workspace,
                asked,
                actor=bearer.actor(None, _ACTOR),
                reason=why,
                key=key,
                unchanged_since=since,
                limits=UpdateLimits(settings.update_seconds, settings.update_quads, settings.query_memory),
                reason_chars=settings.review_reason_chars,
                fetch=loader(settings),
            )
        )
        new = graph is not None and not there and _method(asked) in ("PUT", "POST") and done.added > 0
        return (201 if new else 200), _told(state, done)

    return await in_thread(request, work, state.updates)


def _method(asked: Update | GraphWrite) -> str | None:
    """Return the method of a write of one graph, None for an update."""
    return asked.method if isinstance(asked, GraphWrite) else None


def _unchanged_since(request: Request, position: int, *, there: bool, named: bool) -> int | None:
    """Return the position behind which nothing may have been written, by the conditions of the request.

    Raises:
        Problem (412): a condition does not hold already.
    """
    match, none_match = request.headers.get("if-match"), request.headers.get("if-none-match")
    if none_match is not None:
        if none_match.strip() != "*" or not named:
            raise Problem(400, "bad-condition", "If-None-Match can be * here, for a graph that is not to be there yet.")
        if there:
            raise Problem(412, "changed-since", "The graph is there already.")
        return position
    if match is None:
        return None
    if match.strip() == "*":
        if not there:
            raise Problem(412, "changed-since", "There is no graph of this name.")
        return position
    found = [int(number) for number in re.findall(r'(?:W/)?"(\d{1,15})(?:-[^"]*)?"', match)]
    if not found:
        raise Problem(412, "changed-since", 'If-Match names no position of the log: write it in quotes, as "42".')
    return max(found)


def _header(request: Request, name: str) -> str | None:
    """Return a header that may hold UTF-8, plain or percent-encoded."""
    value = request.headers.get(name)
    if value is None:
        return None
    try:
        return unquote(value.encode("latin-1").decode("utf-8"), errors="strict")
    except UnicodeDecodeError:
        raise Problem(400, "not-utf-8", f"The header {name} is not UTF-8.") from None


def _refusing(work: Callable[[], Patched]) -> Patched:
    """Return what `work` does; what it refuses is a Problem."""
    try:
        return travelled(work)
    except UpdateFault as fault:
        place: dict[str, Any] = {} if fault.line is None else {"line": fault.line, "column": fault.column}
        status = _STATUS.get(fault.kind, 400)
        raise Problem(status, fault.kind, f"{_sentence(str(fault))}.", reason=fault.reason, **place) from None
    except PatchRefused as refused:
        status, kind = next((status, kind) for cls, status, kind in _REFUSED if isinstance(refused, cls))
        headers = {"retry-after": "1"} if status == 503 else None
        partly = isinstance(refused, NotAsLeft) and refused.rest
        how = ' (with "rest": true in the body)' if partly else ""
        raise Problem(status, kind, f"{_sentence(str(refused))}{how}.", headers=headers) from None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(state: ServerState, done: Patched) -> dict[str, Any]:
    return {"position": state.workspace.log.head(), **patched_json(done, state.workspace.iris.base)}


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    response = told(body, status)
    response.headers.update(headers or {})
    return response
