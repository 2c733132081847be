"""`/ledger`: figures of a place and a period, with their rules, in JSON or CSV."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.asking import AT, list_headers, travelled, wanted
from api.declared import ONLY_DECLARED
from api.exporting import accompanying
from api.fusing import TooManyClaims
from api.ledger.asking import Question, scope
from api.ledger.forms import COLUMNS, as_csv, as_json
from api.problems import Problem
from api.queries.parameters import BadValue
from api.state import server_of
from api.threads import in_thread

router = APIRouter(dependencies=ONLY_DECLARED)
_METADATA = "application/csvm+json"


@router.get("/ledger", summary="Figures of a place and a period", response_model=dict[str, Any])
async def show(
    request: Request,
    place: Annotated[
        str | None, Query(description="Only in this place: its name, a code (SY07), an id or an IRI", max_length=1000)
    ] = None,
    since: Annotated[str | None, Query(description="From this day, month or year on", max_length=10)] = None,
    until: Annotated[str | None, Query(description="Up to this day, month or year", max_length=10)] = None,
    by: Annotated[
        Literal["category", "month", "place", "event"], Query(description="How the figures are divided")
    ] = "category",
    history: Annotated[bool, Query(description="Also how the figures of each source moved (JSON)")] = False,
    format: Annotated[Literal["json", "csv"], Query(description="csv has a row for each figure")] = "json",  # noqa: A002
    bom: Annotated[bool, Query(description="Begin CSV with a byte order mark, for Excel")] = False,
    metadata: Annotated[
        bool, Query(description="In place of the table what goes beside it: what it is, licence, sources, columns")
    ] = False,
    at: Annotated[str | None, Query(description=AT, max_length=100)] = None,
) -> Response:
    """Sum the figures of incidents by category and population, and list apart from them the totals that sources state.

    Each figure has low, best and high, the rule that made it, and the claims, sources and words behind it. Whoever
    passes the CSV on needs what `metadata=true` gives: the header `Link` names it.
    """
    state = server_of(request)
    workspace = state.workspace

    def make() -> tuple[bytes, str, dict[str, str]]:
        chosen = wanted(request, workspace, at)
        try:
            asked = travelled(lambda: scope(workspace, chosen.moment, place=place, since=since, until=until))
            found = state.books.at(None if chosen.moment is None else chosen.moment.position)
        except BadValue as bad:
            status = 404 if bad.kind == "unknown" else 400
            raise Problem(status, f"{bad.kind}-parameter", f"{bad}.", parameter=bad.parameter) from None
        except TooManyClaims as error:
            detail = f"The ledger cannot be made: {error}. Raise WAQAI_LEDGER_CLAIMS, or use `waqai ledger`."
            raise Problem(503, "too-many-claims", detail) from None
        question = Question(asked, by, history)
        headers = list_headers(workspace, chosen, found.position, fingerprint=False)
        if metadata:
            source = travelled(lambda: workspace.as_of(chosen.moment))
            told = accompanying.metadata(
                "ledger",
                COLUMNS,
                file=f"ledger-{found.position}.csv",
                position=found.position,
                licence=state.settings.data_license,
                asked=source,
            )
            return orjson.dumps(told, option=orjson.OPT_INDENT_2), _METADATA, headers
        if format == "csv":
            headers["link"] = f'</ledger?metadata=true&at={found.position}>; rel="describedby"; type="{_METADATA}"'
            return b"".join(as_csv(found, question, workspace, bom=bom)), "text/csv; charset=utf-8", headers
        return orjson.dumps(as_json(found, question, workspace)), "application/json", headers

    body, media_type, headers = await in_thread(request, make)
    return Response(body, headers=headers, media_type=media_type)
