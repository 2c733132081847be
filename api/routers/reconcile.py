"""`/reconcile`: the Reconciliation API of the W3C Entity Reconciliation Community Group, 0.2 and 1.0-draft.

Invariant: nothing here writes or asks another server. Both versions are answered from the same candidates; what 0.2
takes as a form at the root, 1.0-draft takes as JSON under its own routes.
Sources: https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/ and
https://reconciliation-api.github.io/specs/1.0-draft/.
"""

from collections.abc import Callable
from importlib.metadata import version as version_of
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import negotiation
from api.boundary import POSITION_HEADER
from api.operations import FORM_TYPE, parse_parameters
from api.problems import Problem
from api.reconciliation import extend, manifest, preview, suggest
from api.reconciliation.candidates import Candidate
from api.reconciliation.entities import Entity, entities
from api.reconciliation.properties import property_named
from api.reconciliation.queries import Limits, batch_02, batch_10, single_02, wanted_language
from api.reconciliation.things import values
from api.reconciliation.types import type_label, type_named
from api.state import ServerState, server_of
from api.threads import in_thread
from graph.iris import is_iri
from ontology.vocabulary import WQ, Vocabulary

router = APIRouter()

_T = TypeVar("_T")
_JSON = "application/json"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "A query that is not as the specification says; `field` names what is wrong"},
    413: {"description": "More queries than `batchSize` of the manifest"},
    503: {"description": "The batch took longer than the server allows"},
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Nobody knows an entity with this id"}}
_FORM = {
    "required": True,
    "content": {
        FORM_TYPE: {
            "schema": {
                "type": "object",
                "properties": {
                    "queries": {"type": "string", "description": "A batch of queries, as JSON"},
                    "extend": {"type": "string", "description": "A data extension query, as JSON"},
                },
            }
        }
    },
}
_BATCH_10 = {
    "required": True,
    "content": {
        _JSON: {
            "schema": {"type": "object", "required": ["queries"], "properties": {"queries": {"type": "array"}}},
            "example": {
                "queries": [
                    {
                        "type": f"{WQ}Place",
                        "limit": 3,
                        "conditions": [
                            {"matchType": "name", "propertyValue": "سراقب"},
                            {"matchType": "property", "propertyId": "within", "propertyValue": "إدلب"},
                        ],
                    }
                ]
            },
        }
    },
}
_EXTEND_10 = {
    "required": True,
    "content": {
        _JSON: {
            "schema": {
                "type": "object",
                "required": ["ids", "properties"],
                "properties": {"ids": {"type": "array"}, "properties": {"type": "array"}},
            }
        }
    },
}
Prefix = Annotated[str, Query(description="What has been typed so far, or an id; empty gives all types and properties")]
Limit = Annotated[int | None, Query(ge=1, le=1_000_000_000, description="Most suggestions")]
Offset = Annotated[int | None, Query(ge=0, le=10_000, description="Suggestions to skip (1.0-draft)")]
Cursor = Annotated[int | None, Query(ge=0, le=10_000, description="Suggestions to skip (0.2)")]
Id = Annotated[str, Query(description="IRI of an entity")]


@router.get(
    "/reconcile",
    summary="Reconciliation: the manifest, or a batch of queries (0.2)",
    response_model=dict[str, Any],
    responses=_ANSWERS,
    openapi_extra={
        "parameters": [
            {"name": name, "in": "query", "required": False, "description": about, "schema": {"type": "string"}}
            for name, about in (
                ("queries", "A batch of queries, as JSON: an object of queries by names of your choice"),
                ("query", "One query: a name, or a JSON object"),
                ("extend", "A data extension query, as JSON"),
            )
        ]
    },
)
@router.get("/reconcile/", include_in_schema=False)
async def reconcile_get(request: Request) -> Response:
    """Describe the service, or answer queries in the address.

    Without parameters the answer is the manifest: version 0.2, with what version 1.0-draft adds. An endpoint that
    speaks 1.0-draft alone is `/reconcile/1.0-draft`. Names come in the language of `Accept-Language` (Arabic or
    English), candidates in that of the query.
    """
    parameters = dict(parse_parameters(request.scope["query_string"], "the address"))
    if parameters.keys() & {"queries", "query", "extend"}:
        return await _answer_02(request, parameters)
    _no_callback(parameters)
    return await _manifest(request, draft=False)


@router.post(
    "/reconcile",
    summary="Reconciliation: a batch of queries, or data extension (0.2)",
    response_model=dict[str, Any],
    responses={**_ANSWERS, 415: {"description": "The body is no form"}},
    openapi_extra={"requestBody": _FORM},
)
@router.post("/reconcile/", include_in_schema=False)
async def reconcile_post(request: Request) -> Response:
    """Answer what OpenRefine sends: `queries` or `extend` as a form.

    Candidates come best first. `score` goes from 0 to 100, `features` say what it was made of, and `match` is true only
    where one entity alone is beyond doubt.
    """
    kind = negotiation.essence_of(request.headers.get("content-type", ""))
    if kind != FORM_TYPE:
        detail = f"The body is {kind or 'of no stated type'}: send a form ({FORM_TYPE}); JSON goes to /reconcile/match."
        raise Problem(415, "wrong-media-type", detail, headers={"accept-post": FORM_TYPE})
    parameters = dict(parse_parameters(request.scope["query_string"], "the address"))
    parameters |= dict(parse_parameters(await request.body(), "the form"))
    if not parameters.keys() & {"queries", "query", "extend"}:
        raise Problem(400, "no-queries", "The form holds neither queries nor extend: send one of them as JSON.")
    return await _answer_02(request, parameters)


@router.get(
    "/reconcile/1.0-draft",
    summary="Reconciliation: the manifest of an endpoint that speaks 1.0-draft alone",
    response_model=dict[str, Any],
)
async def draft_manifest(request: Request) -> Response:
    """Describe the service in the words of version 1.0-draft. Its routes lie below this address, and /reconcile."""
    return await _manifest(request, draft=True)


@router.post(
    "/reconcile/match",
    summary="Reconciliation: a batch of queries (1.0-draft)",
    response_model=dict[str, Any],
    responses=_ANSWERS,
    openapi_extra={"requestBody": _BATCH_10},
)
@router.post("/reconcile/1.0-draft/match", include_in_schema=False)
async def match(request: Request) -> Response:
    """Answer a batch of queries, results in the same order. Names carry `lang` and `dir`."""
    state = server_of(request)
    language = wanted_language(request.headers.get("accept-language"))
    queries = batch_10(await _json_body(request), _limits(state), language)

    def work() -> dict[str, Any]:
        found = state.matching.answer(dict(enumerate(queries)))
        return {
            "results": [
                {"candidates": _candidates(found[n], query.language, directions=True)}
                for n, query in enumerate(queries)
            ]
        }

    return await _json(request, work, language)


@router.get(
    "/reconcile/suggest/entity",
    summary="Reconciliation: entities for a text that is being typed",
    response_model=dict[str, Any],
    responses={400: _ANSWERS[400]},
)
@router.get("/reconcile/1.0-draft/suggest/entity", include_in_schema=False)
async def suggest_entity(
    request: Request, prefix: Prefix = "", limit: Limit = None, offset: Offset = None, cursor: Cursor = None
) -> Response:
    """Suggest entities; an IRI as prefix gives the entity itself."""
    state = server_of(request)
    language = wanted_language(request.headers.get("accept-language"))
    if len(prefix) > state.settings.reconcile_characters:
        most = state.settings.reconcile_characters
        detail = f"prefix is longer than {most} characters (WAQAI_RECONCILE_CHARACTERS)."
        raise Problem(400, "text-too-long", detail, field="prefix")

    def work() -> dict[str, Any]:
        most, skipped = _window(state, limit, offset, cursor)
        return {"result": suggest.suggested_entities(state.matching, prefix, language, most, skipped)}

    return await _json(request, work, language)


@router.get(
    "/reconcile/suggest/type",
    summary="Reconciliation: types",
    response_model=dict[str, Any],
    responses={400: _ANSWERS[400]},
)
@router.get("/reconcile/1.0-draft/suggest/type", include_in_schema=False)
async def suggest_type(
    request: Request, prefix: Prefix = "", limit: Limit = None, offset: Offset = None, cursor: Cursor = None
) -> Response:
    """Suggest types with the wider ones above them; an empty prefix gives all."""
    language = wanted_language(request.headers.get("accept-language"))
    most, skipped = _window(server_of(request), limit, offset, cursor, everything=not prefix.strip())
    return await _json(request, lambda: {"result": suggest.suggested_types(prefix, language, most, skipped)}, language)


@router.get(
    "/reconcile/suggest/property",
    summary="Reconciliation: properties to match by",
    response_model=dict[str, Any],
    responses={400: _ANSWERS[400]},
)
@router.get("/reconcile/1.0-draft/suggest/property", include_in_schema=False)
async def suggest_property(
    request: Request, prefix: Prefix = "", limit: Limit = None, offset: Offset = None, cursor: Cursor = None
) -> Response:
    """Suggest properties that queries may have conditions on; an empty prefix gives all."""
    language = wanted_language(request.headers.get("accept-language"))
    most, skipped = _window(server_of(request), limit, offset, cursor, everything=not prefix.strip())
    return await _json(
        request, lambda: {"result": suggest.suggested_properties(prefix, language, most, skipped)}, language
    )


@router.get(
    "/reconcile/flyout/{kind}",
    summary="Reconciliation: a few lines on a suggestion (0.2)",
    response_model=dict[str, Any],
    responses=_UNKNOWN,
)
async def flyout(request: Request, kind: str, id: Id) -> Response:  # noqa: A002 - the specification's name
    """Give `html` for an entity, a type or a property."""
    language = wanted_language(request.headers.get("accept-language"))
    if kind not in ("entity", "type", "property"):
        raise Problem(404, "not-found", f"There are flyouts of entity, type and property, and none of {kind!r}.")

    def work() -> dict[str, Any]:
        return {"id": id, "html": _flyout(server_of(request), kind, id, language)}

    return await _json(request, work, language)


@router.get(
    "/reconcile/preview",
    summary="Reconciliation: a small page on one entity",
    responses={**_UNKNOWN, 200: {"content": {"text/html": {}}, "description": "HTML for a frame"}},
)
@router.get("/reconcile/1.0-draft/preview", include_in_schema=False)
async def preview_entity(request: Request, id: Id) -> Response:  # noqa: A002 - the specification's name
    """Show an entity: names in both languages, what it is, where, and what tells it from others."""
    language = wanted_language(request.headers.get("accept-language"))
    page = await in_thread(request, lambda: preview.preview_page(_entity(server_of(request), id, language), language))
    headers = {"content-security-policy": preview.POLICY, "content-language": language, "vary": "Accept-Language"}
    return Response(page, headers=headers, media_type="text/html; charset=utf-8")


@router.get(
    "/reconcile/view",
    summary="Reconciliation: the page of an entity",
    responses={303: {"description": "To the page of what the graph holds"}, **_UNKNOWN},
)
async def view(request: Request, id: Id) -> Response:  # noqa: A002 - the specification's name
    """Go to the page of an entity; one that only the gazetteer or the registry knows has its preview for a page."""
    state = server_of(request)

    def work() -> str | None:
        if not is_iri(id) or state.workspace.iris.parse(id) is None:
            raise _unknown(id)
        held = bool(state.workspace.query(f"ASK {{ VALUES ?s {{ {values([id])} }} ?s ?p ?o }}"))
        if held:
            return "/" + id.removeprefix(state.workspace.iris.base)
        _entity(state, id, "en")
        return None

    path = await in_thread(request, work)
    location = path if path is not None else f"{manifest.ROOT}/preview?id={quote(id, safe='')}"
    return Response(status_code=303, headers={"location": location})


@router.post(
    "/reconcile/extend",
    summary="Reconciliation: values of properties for matched entities (1.0-draft)",
    response_model=dict[str, Any],
    responses={400: _ANSWERS[400], 413: _ANSWERS[413]},
    openapi_extra={"requestBody": _EXTEND_10},
)
@router.post("/reconcile/1.0-draft/extend", include_in_schema=False)
async def extend_entities(request: Request) -> Response:
    """Fetch values: rows and columns in the order of the question, empty where nothing is known."""
    state = server_of(request)
    language = wanted_language(request.headers.get("accept-language"))
    asked = extend.wanted(await _json_body(request), "the body", _limits(state))
    return await _json(
        request, lambda: extend.extended_10(asked, _entities(state, asked.ids, language), language), language
    )


@router.get(
    "/reconcile/extend/propose",
    summary="Reconciliation: properties that can be fetched for a type",
    response_model=dict[str, Any],
    responses={400: _ANSWERS[400]},
)
@router.get("/reconcile/1.0-draft/extend/propose", include_in_schema=False)
async def propose(
    request: Request,
    type: Annotated[str | None, Query(description="A type; without one the properties of all types come")] = None,  # noqa: A002
    limit: Limit = None,
) -> Response:
    """Propose properties for data extension."""
    language = wanted_language(request.headers.get("accept-language"))
    return await _json(request, lambda: extend.proposed(type, language, limit), language)


@router.options("/reconcile", include_in_schema=False)
@router.options("/reconcile/{path:path}", include_in_schema=False)
async def options() -> Response:
    """Say which methods there are; a browser's preflight was answered before it came here."""
    return Response(status_code=204, headers={"allow": "GET, HEAD, POST, OPTIONS"})


async def _answer_02(request: Request, parameters: dict[str, str]) -> Response:
    _no_callback(parameters)
    state = server_of(request)
    limits, language = _limits(state), wanted_language(request.headers.get("accept-language"))
    given = [name for name in ("queries", "query", "extend") if name in parameters]
    if len(given) > 1:
        raise Problem(400, "two-questions", f"The request holds {' and '.join(given)}: send one of them.")
    if given == ["extend"]:
        asked = extend.wanted(parameters["extend"], "extend", limits)
        return await _json(
            request, lambda: extend.extended_02(asked, _entities(state, asked.ids, language), language), language
        )
    if given == ["query"]:
        query = single_02(parameters["query"], limits, language)

        def one() -> dict[str, Any]:
            return {"result": _candidates(state.matching.answer({"": query})[""], query.language, directions=False)}

        return await _json(request, one, language)
    queries = batch_02(parameters["queries"], limits, language)

    def all_of_them() -> dict[str, Any]:
        found = state.matching.answer(queries)
        return {
            name: {"result": _candidates(found[name], query.language, directions=False)}
            for name, query in queries.items()
        }

    return await _json(request, all_of_them, language)


async def _manifest(request: Request, *, draft: bool) -> Response:
    state = server_of(request)
    language = wanted_language(request.headers.get("accept-language"))
    server, batch = str(request.base_url).rstrip("/"), state.settings.reconcile_batch
    version = version_of("waqai")

    # Whoever reads the manifest asks next: what takes seconds to open the first time is opened meanwhile.
    state.pages.submit(state.matching.open)

    def work() -> dict[str, Any]:
        if draft:
            return manifest.manifest_10(server, version, batch, language)
        return manifest.manifest_02(server, state.workspace.iris.base, WQ, version, batch, language)

    return await _json(request, work, language)


async def _json(request: Request, work: Callable[[], _T], language: str) -> Response:
    """Run `work` beside the event loop and answer with what it returns, as JSON."""
    state = server_of(request)

    def run() -> tuple[bytes, int]:
        return orjson.dumps(work()), state.workspace.graph().position()

    body, position = await in_thread(request, run)
    headers = {
        POSITION_HEADER: str(position),
        "cache-control": "no-cache",
        "content-language": language,
        "vary": "Accept-Language",
    }
    return Response(body, headers=headers, media_type=_JSON)


async def _json_body(request: Request) -> bytes:
    kind = negotiation.essence_of(request.headers.get("content-type", ""))
    if kind != _JSON and not kind.endswith("+json"):
        detail = f"The body is {kind or 'of no stated type'}: send {_JSON}."
        raise Problem(415, "wrong-media-type", detail, headers={"accept-post": _JSON})
    return await request.body()


def _candidates(found: list[Candidate], language: str, *, directions: bool) -> list[dict[str, Any]]:
    return [candidate.json(language, directions=directions) for candidate in found]


def _limits(state: ServerState) -> Limits:
    settings = state.settings
    return Limits(
        batch=settings.reconcile_batch,
        candidates=settings.reconcile_candidates,
        characters=settings.reconcile_characters,
        conditions=settings.reconcile_conditions,
    )


def _window(
    state: ServerState, limit: int | None, offset: int | None, cursor: int | None, *, everything: bool = False
) -> tuple[int, int]:
    """Return how many suggestions to give and how many to skip."""
    most = 1_000 if everything else state.settings.reconcile_candidates
    return min(limit or (most if everything else 10), most), offset if offset is not None else cursor or 0


def _entities(state: ServerState, iris: tuple[str, ...], language: str) -> dict[str, Entity]:
    return entities(state.matching, state.workspace, state.workspace.iris, iris, language)


def _entity(state: ServerState, iri: str, language: str) -> Entity:
    found = _entities(state, (iri,), language).get(iri)
    if found is None:
        raise _unknown(iri)
    return found


def _unknown(iri: str) -> Problem:
    return Problem(
        404, "unknown-entity", f"Nobody here knows an entity with the id {iri!r}; ids are IRIs of this graph."
    )


def _flyout(state: ServerState, kind: str, id_: str, language: str) -> str:
    if kind == "entity":
        return preview.flyout(_entity(state, id_, language), language)
    if kind == "type" and (cls := type_named(id_)) is not None:
        return preview.flyout_of_term(type_label(cls, language), Vocabulary.load().definition(cls, language) or "", cls)
    if kind == "property" and (prop := property_named(id_)) is not None:
        return preview.flyout_of_term(prop.label(language), prop.description, prop.iri)
    raise Problem(404, f"unknown-{kind}", f"There is no {kind} {id_!r}; suggest/{kind} lists them.")


def _no_callback(parameters: dict[str, str]) -> None:
    if "callback" in parameters:
        detail = "JSONP (callback) is not offered: every answer here may be read from any origin by CORS."
        raise Problem(400, "no-jsonp", detail)
