"""`/curation/erasures`: erase the words of articles, and list what was erased.

Invariant: nothing is read of a request before its token has been found right. An erasure that is acknowledged is in the
log, its contents are gone, and the graph that answers holds no word of them.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from api.declared import ONLY_DECLARED
from api.erasing import erasure_json
from api.problems import Problem
from api.state import ServerState, server_of
from api.threads import in_thread
from api.tokenfile import Scope
from api.tokens import TOKEN_ANSWERS, Bearer, authorize
from api.wire import read_body, told
from graph.erasing import ErasedAlready, ErasureRefused, NoSuchArticle
from ontology.erasures import CONTENT_ERASED, CONTENT_RESTORED, ERASURES_STREAM

router = APIRouter(dependencies=ONLY_DECLARED)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "With `dry_run`: what would go"},
    201: {"description": "The erasure is in the log, and done"},
    400: {"description": "The body is no erasure, or gives no basis or no reason"},
    **TOKEN_ANSWERS,
    404: {"description": "There is no such article, or none of that address or publisher"},
    409: {"description": "All that was asked for is erased already"},
}
_Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class ErasureBody(BaseModel):
    """Which articles lose their words, on what basis and why."""

    model_config = ConfigDict(extra="forbid")

    articles: Annotated[list[str], Field(description="Ids or IRIs of articles")] = []
    url: Annotated[str | None, Field(description="All articles of this address")] = None
    publisher: Annotated[str | None, Field(description="All articles of this publisher")] = None
    basis: Annotated[_Said, Field(description="The law, contract or rule that asks for it; it stays in the log")]
    reason: Annotated[_Said, Field(description="Who asked and why; it stays in the log for ever")]
    eraser: Annotated[
        _Said | None, Field(description="Who erases, as the record says it; unset: the token's name", max_length=200)
    ] = None
    with_origin: Annotated[bool, Field(description="Publisher, address and the input's id go as well")] = False
    with_claims: Annotated[bool, Field(description="What was found in them leaves the graph as well")] = False
    dry_run: Annotated[bool, Field(description="Say what would go, and erase nothing")] = False


@router.get(
    "/curation/erasures",
    summary="What was erased (needs a token)",
    responses={code: _ANSWERS[code] for code in (401, 403)},
    response_model=dict[str, Any],
)
async def list_erasures(request: Request) -> Response:
    """List every erasure and restoration, oldest first: who, when, on what basis and why, and which contents."""
    state = server_of(request)
    authorize(request, Scope.READ)

    def work() -> dict[str, Any]:
        log = state.workspace.log
        position = log.head()
        listed = [
            {
                "position": record.position,
                "type": record.type,
                "recorded": record.recorded,
                "actor": record.actor,
                **record.payload,
            }
            for record in log.read_stream(ERASURES_STREAM)
            if record.type in (CONTENT_ERASED, CONTENT_RESTORED)
        ]
        return {"position": position, "erasures": listed}

    return told(await in_thread(request, work), 200)


@router.post(
    "/curation/erasures",
    summary="Erase the words of articles (needs a token)",
    responses=_ANSWERS,
    response_model=dict[str, Any],
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": ErasureBody.model_json_schema()}}, "required": True}
    },
)
async def erase(request: Request) -> Response:
    """Erase text, title and original bytes of articles for good; the records and the proofs of them stay.

    Other articles that hold the same text lose it too, and are in the answer. The graph is made anew without the words,
    which takes as long as a rebuild.
    """
    state = server_of(request)
    bearer = authorize(request, Scope.ADMIN)
    body = _body(await request.body(), state.settings.review_reason_chars)
    status, answer = await in_thread(request, lambda: _erased(state, body, bearer), state.writes)
    return told(answer, status)


def _erased(state: ServerState, body: ErasureBody, bearer: Bearer) -> tuple[int, dict[str, Any]]:
    workspace = state.workspace
    eraser = bearer.actor(body.eraser)
    try:
        doomed = workspace.plan_erasure(
            body.articles,
            url=body.url,
            publisher=body.publisher,
            basis=body.basis,
            reason=body.reason,
            with_origin=body.with_origin,
            with_claims=body.with_claims,
        )
    except NoSuchArticle as error:
        raise Problem(404, "unknown-article", f"{error}.") from None
    except ErasedAlready as error:
        raise Problem(409, "erased-already", f"{error}.", record=error.by.position) from None
    except ErasureRefused as error:
        raise Problem(400, "refused", f"{error}.") from None
    if not doomed:
        raise Problem(404, "unknown-article", "No article of this address or publisher has words that are not erased.")
    done = None if body.dry_run else workspace.erase(doomed, actor=eraser)
    articles = [erasure_json(one) for one in doomed]
    answer = {"position": workspace.log.head(), "erased": done is not None, "articles": articles}
    return (200 if done is None else 201), answer


def _body(given: bytes, longest: int) -> ErasureBody:
    body = read_body(ErasureBody, given, "erasure")
    for name, value in (("basis", body.basis), ("reason", body.reason)):
        if len(value) > longest:
            raise Problem(400, "bad-request", f"{name} has more than {longest} characters.")
    if not body.articles and body.url is None and body.publisher is None:
        raise Problem(400, "bad-request", "Name what is to be erased: articles, url or publisher.")
    return body
