"""`/curation/decisions`: retract, reinstate, correct, merge, keep apart, split, approve, undo, and what was decided.

Invariant: nothing is read of a request before its token has been found right. A decision that is acknowledged is on
disk; one that contradicts another, or was taken before a stale screen, is refused and told what was decided.
"""

from base64 import b64decode
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import curating, decisions
from api.corrected import SUFFIXES, corrected_bytes
from api.deciding import NotUndoable, Refused
from api.declared import ONLY_DECLARED
from api.problems import Problem
from api.state import ServerState, server_of
from api.threads import in_thread
from api.tokenfile import Scope
from api.tokens import TOKEN_ANSWERS, Bearer, authorize
from api.wire import read_body, told
from ontology.curations import CorrectionKind
from ontology.model import Article

router = APIRouter(dependencies=ONLY_DECLARED)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same decision was there already"},
    201: {"description": "The decision is in the log"},
    400: {"description": "The body is no decision, or gives no reason"},
    **TOKEN_ANSWERS,
    404: {"description": "There is no such claim, event, run, article or record"},
    409: {"description": "Something else was decided; `detail` says what, `record` where it stands"},
}
_DECISIONS: Final = ("retract", "reinstate", "correct", "merge", "keep-apart", "split", "approve", "undo")


class CurationBody(BaseModel):
    """What is decided, on what, and why."""

    model_config = ConfigDict(extra="forbid")

    decision: Annotated[str, Field(description=", ".join(_DECISIONS))]
    reason: Annotated[str, Field(description="Why; it stays in the log for ever")]
    about: Annotated[
        list[str],
        Field(
            description="Ids or IRIs: claims, events, runs; of correct, one article; of merge, first what stays",
            max_length=10_000,
        ),
    ] = []
    actor: Annotated[
        str | None,
        Field(description="Who decides, as the record says it; unset: the token's name", min_length=1, max_length=200),
    ] = None
    seen: Annotated[
        int | None, Field(description="The Waqai-Position that was looked at; what was decided since is a 409", ge=0)
    ] = None
    record: Annotated[int | None, Field(description="The record, of approve and undo", ge=1)] = None
    batch: Annotated[str | None, Field(description="In place of a record: all that one request decided")] = None
    kind: Annotated[str, Field(description="Of correct: notice, silent or withdrawn")] = "notice"
    text: Annotated[str | None, Field(description="Of correct: the text as corrected")] = None
    content: Annotated[
        str | None,
        Field(description="In place of text: the bytes of the page or file as retrieved, in base64"),
    ] = None
    media_type: Annotated[str | None, Field(description=f"Of text or content: {', '.join(SUFFIXES)}")] = None
    parts: Annotated[list[list[str]], Field(description="Of split: claims of one event each")] = []
    claims: Annotated[list[str], Field(description="Of correct: only these claims hold no more")] = []


@router.get(
    "/curation/decisions",
    summary="What was decided, the last first (needs a token)",
    responses={code: _ANSWERS[code] for code in (401, 403)},
    response_model=dict[str, Any],
)
async def list_decisions(
    request: Request,
    waiting: Annotated[bool, Query(description="Only what waits for approval")] = False,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most decisions")] = 50,
) -> Response:
    """List decisions on claims, runs, articles and events with their reasons, and whether they are in force."""
    state = server_of(request)
    authorize(request, Scope.READ)

    def work() -> dict[str, Any]:
        found = curating.listed(state.workspace, waiting=waiting, limit=limit)
        return {"position": state.workspace.log.head(), "decisions": found}

    return told(await in_thread(request, work), 200)


@router.post(
    "/curation/decisions",
    summary="Decide on claims, runs, articles, actors, places or events (needs a token)",
    responses=_ANSWERS,
    response_model=dict[str, Any],
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": CurationBody.model_json_schema()}}, "required": True}
    },
)
async def decide(request: Request) -> Response:
    """Retract, reinstate, correct, merge, keep apart, split, approve a decision, or take decisions back.

    With `seen`, the decision is refused where something was decided on the same things behind that position.
    """
    state = server_of(request)
    bearer = authorize(request, Scope.CURATE)
    body = _body(await request.body())

    def work() -> tuple[int, dict[str, Any]]:
        try:
            done = _done(state, body, bearer)
        except decisions.Conflict as conflict:
            raise Problem(409, "conflicting-decision", f"{conflict}.", record=conflict.by) from None
        except decisions.UnknownSubject as unknown:
            raise Problem(404, "unknown-subject", f"{unknown}.") from None
        except NotUndoable as error:
            raise Problem(409, "not-undoable", f"{error}.") from None
        except Refused as refused:
            raise Problem(400, "refused", f"{refused}.") from None
        return (200 if done.again else 201), {"position": state.workspace.log.head(), **done.json()}

    status, answer = await in_thread(request, work, state.writes)
    return told(answer, status)


def _done(state: ServerState, body: CurationBody, bearer: Bearer) -> decisions.Done:
    settings, workspace = state.settings, state.workspace
    order = decisions.order_of(settings, body.reason, bearer.actor(body.actor), body.seen)
    if body.decision == "retract":
        return curating.retract(workspace, body.about, order)
    if body.decision == "reinstate":
        return curating.reinstate(workspace, body.about, order)
    if body.decision == "merge":
        return curating.merge(workspace, body.about, order)
    if body.decision == "keep-apart":
        return curating.keep_apart(workspace, body.about, order)
    if body.decision == "split":
        return curating.split(workspace, body.parts, order)
    if body.decision == "correct":
        if len(body.about) != 1:
            raise Refused("a correction is about one article: name it in about")
        kind, new = CorrectionKind(body.kind), _reading(body, settings.max_article_bytes)
        return curating.correct(workspace, body.about[0], order, kind=kind, corrected=new, claims=body.claims)
    if body.decision == "undo" and body.batch is not None:
        return curating.undo_batch(workspace, body.batch, order)
    if body.record is None:
        raise Refused(f"to {body.decision}, give the record of the decision")
    if body.decision == "approve":
        return curating.approve(workspace, body.record, order)
    return curating.undo_any(workspace, body.record, order)


def _reading(body: CurationBody, largest: int) -> Callable[[Article], Article] | None:
    if body.text is not None and body.content is not None:
        raise Refused("give the text or the content, not both")
    if body.text is None and body.content is None:
        return None
    suffix = SUFFIXES.get(body.media_type or "", "" if body.media_type is None else None)
    if suffix is None:
        raise Refused(f"a corrected text is one of {', '.join(SUFFIXES)}, not {body.media_type}")
    try:
        data = (body.text or "").encode("utf-8") if body.content is None else b64decode(body.content, validate=True)
    except ValueError as error:
        where = "text" if body.content is None else "content"
        raise Refused(f"the {where} cannot be read: {error}") from None
    return lambda before: corrected_bytes(data, before, largest, suffix)


def _body(given: bytes) -> CurationBody:
    body = read_body(CurationBody, given, "decision")
    kinds = tuple(kind.value for kind in CorrectionKind)
    for name, value, allowed in (("decision", body.decision, _DECISIONS), ("kind", body.kind, kinds)):
        if value not in allowed:
            raise Problem(400, "bad-request", f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
    return body
