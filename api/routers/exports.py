"""`/export/events`, `/crate`, `/claimreview`: what `waqai export` writes, as downloads.

Invariant: a download holds what the command writes, of one position, and of a text no more than is evidence.
"""

import io
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.asking import AT, list_headers, travelled, wanted
from api.declared import ONLY_DECLARED
from api.exporting import accompanying, acled, ftm, ucdp
from api.exporting.claimreview import claim_reviews, document
from api.exporting.crate import CrateFailed, CrateTooLarge, Wanted, files, write_zip
from api.exporting.happened import Happenings
from api.exporting.places import UnknownArea, area
from api.fusing import TooManyClaims
from api.problems import Problem
from api.state import ServerState, server_of
from api.threads import in_thread
from ontology.eventtypes import event_type_called
from ontology.vocabulary import UnknownTerm

router = APIRouter(dependencies=ONLY_DECLARED)
_COLUMNS: dict[str, tuple[str, ...]] = {"acled": acled.COLUMNS, "ucdp": ucdp.COLUMNS, "ftm": (), "ftm-statements": ()}
_Names = Annotated[list[str], Query(max_length=200)]
_At = Annotated[str | None, Query(description=AT, max_length=100)]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "The graph knows nothing of that name"},
    413: {"description": "It is more than a download may hold; the command has no such bound"},
}


@router.get(
    "/export/events",
    summary="Incidents in the columns of ACLED or UCDP GED, or as FollowTheMoney",
    responses={
        200: {"content": {"text/csv": {}, "application/jsonl": {}, "application/csvm+json": {}}},
        503: {"description": "There are more claims than WAQAI_LEDGER_CLAIMS"},
    },
)
async def export_events(
    request: Request,
    as_: Annotated[Literal["acled", "ucdp", "ftm", "ftm-statements"], Query(alias="as", description="In which form")],
    type_: Annotated[
        str | None,
        Query(
            alias="type",
            description="An event type, e.g. Airstrike or غارة جوية; its subtypes count too",
            max_length=200,
        ),
    ] = None,
    within: Annotated[
        str | None, Query(description="Only in this place: a code (SY07), a link or an IRI", max_length=2000)
    ] = None,
    bom: Annotated[bool, Query(description="Begin CSV with a byte order mark, for Excel")] = False,
    metadata: Annotated[
        bool, Query(description="In place of the file what goes beside it: what it is, licence, sources, columns")
    ] = False,
    at: _At = None,
) -> Response:
    """Write incidents as `waqai export events --as` does: one a row, with all claims about it; no stated totals.

    Whoever passes the file on needs what `metadata=true` gives: the header `Link` names it.
    """
    state = server_of(request)

    def make() -> Response:
        chosen = wanted(request, state.workspace, at)
        asked = travelled(lambda: state.workspace.as_of(chosen.moment))
        try:
            cls = None if type_ is None else event_type_called(type_)
            place = None if within is None else area(asked, within).rpartition("/")[2]
            book = state.books.at(None if chosen.moment is None else chosen.moment.position)
        except UnknownTerm as error:
            raise Problem(400, "unknown-type", f"{error}.") from None
        except UnknownArea as error:
            raise Problem(400, "unknown-place", f"{error}.") from None
        except TooManyClaims as error:
            detail = f"The incidents cannot be made: {error}. Raise WAQAI_LEDGER_CLAIMS, or use `waqai export events`."
            raise Problem(503, "too-many-claims", detail) from None
        headers = list_headers(state.workspace, chosen, book.position, fingerprint=False)
        file = f"events-{as_}-{book.position}.{'csv' if _COLUMNS[as_] else 'jsonl'}"
        if metadata:
            told = accompanying.metadata(
                as_,
                _COLUMNS[as_],
                file=file,
                position=book.position,
                licence=state.settings.data_license,
                asked=asked,
            )
            return _file(
                orjson.dumps(told, option=orjson.OPT_INDENT_2),
                f"{file}{accompanying.ENDING}",
                "application/csvm+json",
                headers,
            )
        happenings = Happenings(state.workspace, book)
        found = happenings.all(type_=cls, within=place)
        if as_ == "acled":
            pieces = acled.csv(found, bom=bom)
        elif as_ == "ucdp":
            pieces = ucdp.csv(found, bom=bom)
        else:
            pieces = (ftm.entities if as_ == "ftm" else ftm.statements)(found, happenings)
        beside = f"/export/events?as={as_}&metadata=true&at={book.position}"
        headers["link"] = f'<{beside}>; rel="describedby"; type="application/csvm+json"'
        media_type = "text/csv; charset=utf-8" if _COLUMNS[as_] else "application/jsonl"
        return _file(_bounded(pieces, state), file, media_type, headers)

    return await in_thread(request, make)


@router.get(
    "/crate",
    summary="An investigation as an RO-Crate, in a zip",
    responses={**_ANSWERS, 200: {"content": {"application/zip": {}}}},
)
async def crate(
    request: Request,
    event: Annotated[_Names, Query(description="An event, by id or IRI; may be given again")] = [],  # noqa: B006
    article: Annotated[_Names, Query(description="An article; may be given again")] = [],  # noqa: B006
    claim: Annotated[_Names, Query(description="A claim; may be given again")] = [],  # noqa: B006
    at: _At = None,
) -> Response:
    """Put claims with their articles' metadata, records and proofs into a zip that others can check.

    It is the one that `waqai export crate` writes without texts; choosing by a query, and texts, are the command's.
    """
    state = server_of(request)
    settings = state.settings
    if not (event or article or claim):
        raise Problem(400, "nothing-named", "Name what goes in: event, article or claim.")
    named = Wanted(
        tuple(event), tuple(article), tuple(claim), most=settings.download_claims, bound="WAQAI_DOWNLOAD_CLAIMS"
    )

    def make() -> Response:
        chosen = wanted(request, state.workspace, at)
        asked = travelled(lambda: state.workspace.as_of(chosen.moment))
        position = state.workspace.graph().position() if chosen.moment is None else chosen.moment.position
        try:
            made = files(
                state.workspace,
                asked,
                named,
                position=position,
                proof=settings.proof_folder,
                licence=settings.data_license,
            )
        except CrateTooLarge as error:
            raise Problem(413, "too-many-claims", f"{error} Name fewer, or use waqai export crate.") from None
        except CrateFailed as error:
            raise Problem(404, "nothing-to-put-in", str(error)) from None
        headers = list_headers(state.workspace, chosen, position, fingerprint=False)
        packed = io.BytesIO()
        write_zip(made, packed)
        return _file(_bounded([packed.getvalue()], state), f"crate-{position}.zip", "application/zip", headers)

    return await in_thread(request, make)


@router.get("/claimreview", summary="What reviewers judged of claims, as ClaimReview", response_model=dict[str, Any])
async def reviews(request: Request, at: _At = None) -> Response:
    """List the decisions that stand to retract or to reinstate a claim, as `waqai export claimreview` does."""
    return await _reviews(request, None, at)


@router.get(
    "/claimreview/{claim}",
    summary="What reviewers judged of one claim, as ClaimReview",
    response_model=dict[str, Any],
    responses={404: {"description": "Nobody judged it"}},
)
async def review(request: Request, claim: str, at: _At = None) -> Response:
    """Give the decision that stands on a claim; 404 where nobody judged it."""
    return await _reviews(request, claim.removesuffix(".jsonld"), at)


async def _reviews(request: Request, claim: str | None, at: str | None) -> Response:
    state = server_of(request)

    def make() -> Response:
        chosen = wanted(request, state.workspace, at)
        position = state.workspace.graph().position() if chosen.moment is None else chosen.moment.position
        named = None if claim is None else {claim}
        made = claim_reviews(state.workspace, position, claims=named, licence=state.settings.data_license)
        found = document(made)
        if claim is not None and not found["@graph"]:
            raise Problem(404, "not-judged", f"Nobody judged {claim}: /claimreview lists the claims that somebody did.")
        headers = list_headers(state.workspace, chosen, position, fingerprint=False)
        body = _bounded([orjson.dumps(found, option=orjson.OPT_INDENT_2)], state)
        return Response(body, headers=headers, media_type="application/ld+json")

    return await in_thread(request, make)


def _bounded(pieces: Iterable[bytes], state: ServerState) -> bytes:
    """Return the pieces as one, as far as an answer may be large."""
    most, made, size = state.settings.max_result_bytes, list[bytes](), 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            detail = f"The file is larger than WAQAI_MAX_RESULT_BYTES ({most}): ask for less, or use waqai export."
            raise Problem(413, "too-large", detail)
        made.append(piece)
    return b"".join(made)


def _file(body: bytes, name: str, media_type: str, headers: dict[str, str]) -> Response:
    told = {**headers, "content-disposition": f'attachment; filename="{name}"', "content-type": media_type}
    return Response(body, headers=told)
