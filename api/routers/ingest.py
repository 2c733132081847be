"""`/ingest`: the one endpoint that writes.

Invariant: nothing is read of a request before its token has been found right; without a token in the settings every
write is refused. What is acknowledged is on disk.
"""

import logging
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import negotiation
from api.addresses import Addresses
from api.boundary import POSITION_HEADER
from api.deciding import Refused
from api.decisions import order_of
from api.declared import ONLY_DECLARED
from api.extraction import ExtractorFailed
from api.failures import debugging
from api.problems import Problem
from api.revisions import Revisions
from api.revisions import ingest as ingest_one
from api.state import server_of
from api.threads import in_thread
from api.tokenfile import Scope
from api.tokens import TOKEN_ANSWERS, authorize
from api.workspace import ErasedBefore
from ingest.readers import Limits, Overrides, Rejected, override_problem, read_bytes

router = APIRouter(dependencies=ONLY_DECLARED)
_LOG = logging.getLogger(__name__)
_SUFFIXES = {
    "text/plain": ".txt",
    "text/html": ".html",
    "application/json": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    201: {"description": "At least one article is new"},
    400: {"description": "A parameter has a bad value"},
    **TOKEN_ANSWERS,
    413: {"description": "The body is too large"},
    415: {"description": "The body is neither text, HTML nor JSON lines"},
    422: {"description": "No article could be read; `rejected` says why"},
    500: {"description": "The extractor failed on every article that could be read; `rejected` says how"},
}


@router.post("/ingest", summary="Add articles (needs a token)", responses=_ANSWERS, response_model=dict[str, Any])
async def ingest(
    request: Request,
    published: Annotated[str | None, Query(description="When it was published, ISO 8601")] = None,
    publisher: Annotated[str | None, Query(description="Who published it")] = None,
    language: Annotated[str | None, Query(description="ar or en; detected where not given")] = None,
    url: Annotated[str | None, Query(description="Where it was published")] = None,
    title: Annotated[str | None, Query(description="Its headline, for a plain text")] = None,
    policy: Annotated[
        str,
        Query(
            alias="revisions",
            description="A later text of a known address: report what changed and keep both, accept it as a correction "
            "(needs the scope curate and a reason), or separate: do not look",
            pattern="^(report|accept|separate)$",
        ),
    ] = "report",
    reason: Annotated[str | None, Query(description="Why later texts are accepted")] = None,
    actor: Annotated[str | None, Query(description="Who accepts them; unset: the token's name", max_length=200)] = None,
) -> Response:
    """Add the article in the body (text/plain, text/html) or the articles (JSON lines: application/x-ndjson).

    The same article again adds nothing and is not an error. Lines that cannot be read are named in `rejected`, and the
    others go in. A text that differs from the one known of its address comes with `revision`: what changed.
    """
    state = server_of(request)
    bearer = authorize(request, Scope.INGEST)
    order = None
    if policy == Revisions.ACCEPT:
        authorize(request, Scope.CURATE)
        if not (reason or "").strip():
            raise Problem(400, "refused", "To accept later texts is a decision, and needs a reason.")
        order = order_of(state.settings, reason, bearer.actor(actor))
    kind = negotiation.essence_of(request.headers.get("content-type", ""))
    if kind not in _SUFFIXES:
        detail = f"The body is {kind or 'of no stated type'}: send {', '.join(_SUFFIXES)}."
        raise Problem(415, "wrong-media-type", detail, headers={"accept-post": ", ".join(_SUFFIXES)})
    overrides = Overrides(published=published, publisher=publisher, language=language, url=url, title=title)
    problem = override_problem(overrides)
    if problem is not None:
        raise Problem(400, "bad-request", f"The request has a bad value. {problem[0]}: {problem[1]}.")
    body = await request.body()
    limits = Limits(max_bytes=state.settings.max_article_bytes)
    workspace = state.workspace

    def work() -> tuple[int, dict[str, Any]]:
        articles: list[dict[str, Any]] = []
        rejected: list[dict[str, Any]] = []
        faults = 0
        addresses = Addresses(workspace)
        for item in read_bytes(body, "the body", overrides, limits, _SUFFIXES[kind]):
            if isinstance(item, Rejected):
                rejected.append({"line": item.line, "offset": item.offset, "reason": item.reason})
                continue
            try:
                outcome, revision = ingest_one(
                    workspace, addresses, item, policy=Revisions(policy), order=order, actor=bearer.name
                )
            except (ErasedBefore, Refused) as refused:
                rejected.append({"line": None, "offset": None, "reason": str(refused)})
                continue
            except ExtractorFailed as failed:
                _LOG.error("%s", failed, exc_info=failed.__cause__ if debugging() else None)
                rejected.append({"line": None, "offset": None, "reason": str(failed)})
                faults += 1
                continue
            articles.append(
                {
                    "article": outcome.article,
                    "iri": workspace.iris.article(outcome.article).value,
                    "new": outcome.new,
                    "positions": [outcome.first, outcome.last],
                    "claims": outcome.claims,
                    "warning": outcome.warning,
                    **({} if revision is None else {"revision": revision.json()}),
                }
            )
        if not articles and faults:
            detail = f"No article went in: {rejected[-1]['reason']}."
            raise Problem(500, "extractor-failed", detail, rejected=rejected)
        if not articles:
            why = rejected[0]["reason"] if rejected else "the body is empty"
            raise Problem(422, "no-article", f"No article could be read: {why}.", rejected=rejected)
        status = 201 if any(article["new"] for article in articles) else 200
        return status, {"position": workspace.log.head(), "articles": articles, "rejected": rejected}

    status, answer = await in_thread(request, work, state.writes)
    headers = {POSITION_HEADER: str(answer["position"]), "cache-control": "no-store"}
    return Response(orjson.dumps(answer), status, headers, "application/json")
