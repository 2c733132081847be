"""`/curation/links`: doubtful links, and decisions on them.

Invariant: nothing is read of a request before its token has been found right, for the list as well, which shows
passages and reads the whole log. A decision that is acknowledged is on disk.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.deciding import (
    SCOPES,
    Answer,
    NotUndoable,
    Refused,
    Stale,
    UnknownQuestion,
    decide,
    undo,
)
from api.declared import ONLY_DECLARED
from api.doubts import Doubtful, questions
from api.offers import offers
from api.problems import Problem
from api.questions import question_json, taken_json
from api.state import ServerState, server_of
from api.threads import in_thread
from api.tokenfile import Scope
from api.tokens import TOKEN_ANSWERS, Bearer, authorize
from api.wire import read_body, told
from ontology.reviews import Decision

router = APIRouter(dependencies=ONLY_DECLARED)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same decision was there already"},
    201: {"description": "The decision is in the log"},
    400: {"description": "The body is no decision, or gives no reason"},
    **TOKEN_ANSWERS,
    404: {"description": "There is no such link or record"},
    409: {"description": "The link was reviewed since it was shown; `detail` says what it is now"},
}
_DECISIONS = tuple(d.value for d in Decision if d is not Decision.RELINK)


class DecisionBody(BaseModel):
    """What a reviewer decides on one link, or which record is taken back."""

    model_config = ConfigDict(extra="forbid")

    decision: Annotated[str, Field(description="accept, choose, reject, local or undo")]
    reason: Annotated[str, Field(description="How the reviewer knows; it stays in the log for ever")]
    reviewer: Annotated[
        str | None,
        Field(description="Who decides, as the record says it; unset: the token's name", min_length=1, max_length=200),
    ] = None
    question: Annotated[str | None, Field(description="The id of the link, as listed")] = None
    record: Annotated[int | None, Field(description="The record to take back, for undo")] = None
    key: Annotated[str | None, Field(description="The gazetteer's key of the place that is meant, for choose")] = None
    offer: Annotated[
        str | None,
        Field(description="In place of a key: what an outside service offered, as record and rank (12:1), for choose"),
    ] = None
    within: Annotated[str | None, Field(description="The key of what the place lies in, for reject and local")] = None
    remember: Annotated[str, Field(description="For later articles: country, within or mentions")] = "country"


@router.get(
    "/curation/links",
    summary="Doubtful links with their evidence (needs a token)",
    responses={code: _ANSWERS[code] for code in (401, 403)},
    response_model=dict[str, Any],
)
async def list_links(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200, description="Links on this page")] = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Links to leave out before it")] = 0,
    everything: Annotated[bool, Query(alias="all", description="Also what is beyond doubt or reviewed")] = False,
) -> Response:
    """List names whose links a person should look at: most mentions first, each with passages and candidates."""
    state = server_of(request)
    authorize(request, Scope.READ)

    def work() -> dict[str, Any]:
        gazetteer = state.matching.places.gazetteer
        doubtful = Doubtful(state.settings.review_margin, state.settings.review_mentions)
        position = state.workspace.log.head()
        with questions(state.workspace, gazetteer, doubtful, reviewed=everything) as asked:
            shown, total = asked.page(limit, offset), len(asked)
        offered = offers(state.workspace, (question.key for question in shown))
        page = [question_json(question, gazetteer, offered.get(question.key, ())) for question in shown]
        return {"position": position, "total": total, "questions": page}

    return told(await in_thread(request, work), 200)


@router.post(
    "/curation/links",
    summary="Decide on a link (needs a token)",
    responses=_ANSWERS,
    response_model=dict[str, Any],
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": DecisionBody.model_json_schema()}}, "required": True}
    },
)
async def decide_on_link(request: Request) -> Response:
    """Accept, reject or replace a link, keep the place local, or take a decision back.

    A decision holds for all mentions of the name that were linked alike. It is refused where the link was reviewed
    since it was shown. The same decision again changes nothing.
    """
    state = server_of(request)
    bearer = authorize(request, Scope.CURATE)
    body = _body(await request.body())

    def work() -> tuple[int, dict[str, Any]]:
        try:
            taken = _taken(state, body, bearer)
        except Stale as stale:
            raise Problem(409, "stale-link", f"{stale}.", question=stale.question.shown_id) from None
        except UnknownQuestion as unknown:
            raise Problem(404, "unknown-link", f"{unknown}.") from None
        except NotUndoable as error:
            raise Problem(409, "not-undoable", f"{error}.") from None
        except Refused as refused:
            raise Problem(400, "refused", f"{refused}.") from None
        return (200 if taken.again else 201), {"position": state.workspace.log.head(), **taken_json(taken)}

    status, answer = await in_thread(request, work, state.writes)
    return told(answer, status)


def _taken(state: ServerState, body: DecisionBody, bearer: Bearer) -> Any:
    reviewer = bearer.actor(body.reviewer)
    longest = state.settings.review_reason_chars
    if body.decision == Decision.UNDO.value:
        if body.record is None:
            raise Refused("to take a decision back, give its record")
        return undo(state.workspace, body.record, body.reason, reviewer, longest)
    if body.question is None:
        raise Refused("give the question that is decided, as GET /curation/links lists it")
    decision = Decision(body.decision)
    answer = Answer(
        body.question,
        decision,
        body.reason,
        reviewer,
        body.key,
        body.within,
        body.remember,
        longest,
        body.offer,
    )
    return decide(state.workspace, state.matching.places.gazetteer, answer)


def _body(given: bytes) -> DecisionBody:
    body = read_body(DecisionBody, given, "decision")
    for name, value, allowed in (("decision", body.decision, _DECISIONS), ("remember", body.remember, SCOPES)):
        if value not in allowed:
            raise Problem(400, "bad-request", f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
    return body
