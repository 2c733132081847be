"""`/audit/…`: why the graph says what it says about one thing, and the proof of it.

Invariant: the checks are computed for the request; a bundle is the one that `waqai audit --bundle` writes.
"""

from typing import Annotated, Any, Literal, Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import negotiation
from api.asking import AT, travelled, wanted
from api.auditing import FORMATS, Pages, report_of, written
from api.boundary import POSITION_HEADER
from api.bundles import NoBundle, bundle_of
from api.declared import ONLY_DECLARED
from api.pages.audit import POLICY
from api.problems import Problem
from api.settings import Settings
from api.state import server_of
from api.threads import in_thread
from api.tombstones import moved, retracted
from api.workspace import Workspace
from graph.audit import Audit, BadTerm, BadTriple, NothingToAudit, triple_of
from graph.proof.tiles import ProofError
from graph.travel.moments import Moment

router = APIRouter(dependencies=ONLY_DECLARED)
_SUFFIXES = {".json": "json", ".jsonld": "jsonld", ".html": "html", ".txt": "text"}
_OFFERS = ("application/json", "text/html", "application/ld+json", "text/plain")
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for media in _OFFERS}},
    300: {"description": "An event whose claims are about several events by now; the body names them"},
    308: {"description": "An event that became part of another one: the address of the audit of that"},
    400: {"description": "What is given is no triple, or all claims are asked for and are too many for one answer"},
    404: {"description": "The graph holds nothing of this name, and never held this triple"},
    409: {"description": "There is no proof of it: a check fails, it is not sealed yet, or it is not about one claim"},
    410: {
        "description": "The triple, claim or event does not hold any more; the body says since when, and by what record"
    },
}
_PAGING = ("limit", "offset")
_NAMED = 8  # claims that are looked at for a bundle, which is of one: a refusal names them
_Format = Annotated[
    Literal["json", "jsonld", "html", "text", "bundle"] | None,
    Query(alias="format", description="In place of Accept; bundle: the proof of the claim as one file"),
]
_At = Annotated[str | None, Query(description=AT, max_length=100)]
_Limit = Annotated[
    int | None,
    Query(ge=0, le=500, description="Claims on this page (WAQAI_AUDIT_CLAIMS); 0: all of them in one document"),
]
_Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Claims to leave out before it")]


class _Make(Protocol):
    """What makes an audit of so many claims, None for all, after the first ones."""

    def __call__(self, workspace: Workspace, moment: Moment | None, *, limit: int | None, offset: int) -> Audit: ...


@router.get("/audit", summary="Explain one triple, with the checks", responses=_ANSWERS)
async def audit_of_triple(
    request: Request,
    s: Annotated[str, Query(description="Its subject: an IRI or a path under the base", max_length=4000)],
    p: Annotated[str, Query(description="Its predicate: an IRI, a prefixed name, or `a`", max_length=4000)],
    o: Annotated[
        str, Query(description="Its object: an IRI, a prefixed name, or a literal in quotes", max_length=40000)
    ],
    graph: Annotated[
        str | None, Query(description="Only in this graph; empty for the default graph", max_length=4000)
    ] = None,
    format_: _Format = None,
    at: _At = None,
    limit: _Limit = None,
    offset: _Offset = 0,
) -> Response:
    """Go from a triple to the claims or records that state it; one that is gone answers 410 with who took it away.

    Where many claims state it, `limit` and `offset` choose which are shown; the answer says how many there are.
    """
    if format_ == "bundle":
        raise Problem(400, "no-bundle", "A bundle is of a claim: ask for /audit/claim/… with format=bundle.")

    def make(workspace: Workspace, moment: Moment | None, *, limit: int | None, offset: int) -> Audit:
        asked = triple_of(s, p, o, graph, workspace.iris)
        return workspace.audit_triple(asked, moment, limit=limit, offset=offset)

    return await _answer(request, make, format_, at, limit, offset)


@router.get("/audit/{name:path}", summary="Explain one thing, with the checks", responses=_ANSWERS)
async def audit(
    request: Request,
    name: str,
    format_: _Format = None,
    at: _At = None,
    limit: _Limit = None,
    offset: _Offset = 0,
) -> Response:
    """Go from something in the graph to its claims, their exact words, the reporting chain and the records.

    `name` is a path such as `claim/c-…`, a bare id, a full IRI, or a line of N-Triples; `.json`, `.jsonld`, `.html` or
    `.txt` behind a path say the format too. Every check is computed for this request. Of many claims some are shown at
    a time, in the order of the log: `total` says how many there are, `limit` and `offset` choose, and the header `Link`
    leads to the next ones. An event that became part of another one leads to the audit of that. A bundle
    (`format=bundle`) proves one claim as of the newest checkpoint to who has neither log nor server; `at` is for
    audits.
    """
    name, suffix = _parted(name)
    if format_ == "bundle":
        return await _bundle(request, name)
    form = _SUFFIXES[suffix] if suffix else format_

    def make(workspace: Workspace, moment: Moment | None, *, limit: int | None, offset: int) -> Audit:
        return workspace.audit(name, moment, limit=limit, offset=offset)

    return await _answer(request, make, form, at, limit, offset, suffix)


def _parted(name: str) -> tuple[str, str]:
    """Return a name and the suffix that says the format, empty where there is none; other IRIs keep theirs."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and dot + suffix in _SUFFIXES and "://" not in name else (name, "")


async def _answer(
    request: Request, make: _Make, form: str | None, at: str | None, limit: int | None, offset: int, suffix: str = ""
) -> Response:
    accept = ", ".join(request.headers.getlist("accept")) or None
    media_type = FORMATS[form] if form is not None else negotiation.choose(accept, _OFFERS)
    if media_type is None:
        raise Problem(406, "not-acceptable", f"An audit can be {' or '.join(_OFFERS)}.", headers={"vary": "Accept"})
    chosen = next(name for name, media in FORMATS.items() if media == media_type)
    server = server_of(request)
    workspace = server.workspace

    def made() -> Response:
        moment = wanted(request, workspace, at).moment
        position = workspace.graph().position() if moment is None else moment.position
        found = _found(workspace, make, moment, _claims(workspace, server.settings, make, moment, limit), offset)
        others = moved(found, workspace.iris)
        headers = {POSITION_HEADER: str(position), "vary": "Accept", "cache-control": "no-cache"}
        if len(others) == 1:
            return _onwards(request, others[0], workspace.iris.base, suffix, headers)
        gone = not found.stands or retracted(found, workspace.iris)
        charset = "; charset=utf-8" if media_type.startswith("text/") else ""
        headers["content-type"] = media_type + charset
        if media_type == "text/html":
            headers["content-security-policy"] = f"{POLICY}; frame-ancestors 'none'"
        pages = _pages(request, found, server.settings.audit_claims if limit is None else limit)
        if pages is not None:
            named = (("prev", pages.previous), ("next", pages.next))
            headers["link"] = ", ".join(f'<{href}>; rel="{rel}"' for rel, href in named if href is not None)
        body = written(report_of(found, server.settings, workspace.reader(moment), pages), chosen).encode()
        return Response(body, 300 if others else 410 if gone else 200, headers=headers)

    return await in_thread(request, made)


def _onwards(request: Request, other: str, base: str, suffix: str, headers: dict[str, str]) -> Response:
    """Return the way to the audit of what an event became, asked in the same way."""
    query = f"?{request.url.query}" if request.url.query else ""
    location = f"/audit/{other.removeprefix(f'{base}id/')}{suffix}{query}"
    body = f"It is part of <{other}> now.\n".encode()
    return Response(body, 308, {**headers, "location": location}, "text/plain; charset=utf-8")


def _claims(
    workspace: Workspace, settings: Settings, make: _Make, moment: Moment | None, limit: int | None
) -> int | None:
    """Return how many claims are explained, None for all of them.

    Raises:
        Problem: all are asked for, and they are too many for one answer.
    """
    if limit is None:
        return settings.audit_claims
    if limit:
        return limit
    total = _found(workspace, make, moment, 0, 0).total
    if total > settings.audit_most:
        detail = (
            f"There are {total:,} claims, and one answer shows {settings.audit_most:,} (WAQAI_AUDIT_MOST): ask for "
            "them with limit and offset, or write all into one document with `waqai audit --limit 0`."
        )
        raise Problem(400, "too-many-claims", detail, total=total)
    return None


def _pages(request: Request, found: Audit, limit: int) -> Pages | None:
    """Return the addresses of the other claims, None where all are shown."""
    if not found.omitted:
        return None

    def address(offset: int, limit: int) -> str:
        others = [(name, value) for name, value in request.query_params.multi_items() if name not in _PAGING]
        return f"{request.url.path}?{urlencode([*others, ('limit', limit), ('offset', offset)])}"

    before = max(0, found.offset - limit)
    return Pages(
        previous=address(before, limit) if found.offset else None,
        next=None if found.following is None else address(found.following, limit),
        all=address(0, 0),
    )


def _found(workspace: Workspace, make: _Make, moment: Moment | None, limit: int | None, offset: int) -> Audit:
    try:
        return travelled(lambda: make(workspace, moment, limit=limit, offset=offset))
    except (BadTerm, BadTriple) as error:
        raise Problem(400, "no-triple", f"{error}.") from None
    except (NothingToAudit, ValueError) as error:
        text = str(error).removesuffix(".")
        raise Problem(404, "nothing-to-audit", f"{text[0].upper()}{text[1:]}.") from None


async def _bundle(request: Request, name: str) -> Response:
    server = server_of(request)

    def make(workspace: Workspace, moment: Moment | None, *, limit: int | None, offset: int) -> Audit:
        return workspace.audit(name, moment, limit=limit, offset=offset)

    def made() -> Response:
        found = _found(server.workspace, make, None, _NAMED, 0)
        if len(others := moved(found, server.workspace.iris)) == 1:
            return _onwards(request, others[0], server.workspace.iris.base, "", {})
        if not found.passed:
            detail = f"A check of {found.subject} fails, so there is no proof of it: ask without format=bundle."
            raise Problem(409, "not-sound", detail)
        try:
            bundle = bundle_of(server.workspace, server.settings, found)
        except (NoBundle, ProofError) as error:
            text = str(error).removesuffix(".")
            raise Problem(409, "no-bundle", f"{text[0].upper()}{text[1:]}.") from None
        headers = {
            POSITION_HEADER: str(bundle.size),
            "content-type": "application/json",
            "content-disposition": f'attachment; filename="{found.claims[0].iri.rpartition("/")[2]}.json"',
            "cache-control": "no-cache",
        }
        return Response(bundle.data, headers=headers)

    return await in_thread(request, made)
