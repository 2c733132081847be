"""`/id/…`: what the graph holds about one thing, as a page or as RDF.

Invariant: a suffix (`.ttl .jsonld .nt .trig .nq .html`) decides the format and nothing else; without one the Accept
header does, and Vary says so.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import negotiation, resources
from api.asking import (
    AT,
    FINGERPRINT,
    Wanted,
    fingerprint_header,
    not_modified,
    path_of,
    state_headers,
    tag,
    travelled,
    wanted,
)
from api.boundary import POSITION_HEADER
from api.findings import event_that_was, events_of, passages
from api.html import Child
from api.pages.event import event_sections
from api.pages.resource import resource_page
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from api.tombstones import Tombstone, successor, tombstone, went_on
from api.workspace import Workspace
from graph.travel.changes import history
from graph.travel.moments import Moment
from ontology.vocabulary import PROV

router = APIRouter()

_OFFERS = (resources.HTML, *resources.MEDIA_TYPES.values())
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "The graph holds nothing under this IRI"},
    300: {
        "description": "An event whose claims are about several events by now: what is known of it, with links to these"
    },
    308: {"description": "It was merged, or goes on under another claim: the address of what stands for it"},
    410: {"description": "It was retracted: what is known of it, by whom it was retracted and why"},
    406: {"description": "None of the formats asked for can be given"},
}


def _page(
    found: resources.Resource, workspace: Workspace, gone: Tombstone | None, asked: Callable[[], resources.Asked]
) -> str:
    iris = workspace.iris

    def article(iri: str) -> resources.Resource | None:
        return resources.find(workspace, iris, iri.removeprefix(f"{iris.base}id/"))

    def text(iri: str) -> str | None:
        named = iris.parse(iri)
        return None if named is None else workspace.text(named.id)

    sections: list[Child] = []
    if found.identified.kind == "event" and not found.identified.part:
        source = asked()
        last = [str(claim.value) for claim in found.values(f"{PROV}wasDerivedFrom")] if gone is not None else []
        for event in [event_that_was(source, found.iri, last)] if last else events_of(source, [found.iri]):
            evidence = passages(source, (*event.claims, *event.denials))
            sections = event_sections(event, evidence, text, iris.base)
    return resource_page(found, iris.base, text, article, gone, sections)


@router.get("/id/{path:path}", summary="What the graph holds about one thing", responses=_ANSWERS)
async def dereference(
    request: Request,
    path: str,
    at: Annotated[str | None, Query(description=AT, max_length=100)] = None,
    fingerprint: Annotated[bool, Query(description=FINGERPRINT)] = False,
) -> Response:
    """Describe an article, claim, event, place, actor, source, run or record.

    HTML, Turtle, JSON-LD, N-Triples, TriG or N-Quads, by the Accept header or by a suffix such as `.ttl`. TriG and
    N-Quads of a claim hold the claim's own graph too: what it says, also where it denies or plans it. What was
    retracted is described with the status 410, and says why; an event that goes on without its first claim leads to
    where it does. It is the original resource and the TimeGate of
    RFC 7089; its states have addresses with `at`.
    """
    name, _, suffix = path.rpartition(".")
    ended = ""
    if name and (suffix == "html" or suffix in resources.MEDIA_TYPES):
        path, media_type, ended = name, resources.MEDIA_TYPES.get(suffix, resources.HTML), f".{suffix}"
    else:
        accept = ", ".join(request.headers.getlist("accept")) or None
        chosen = negotiation.choose(accept, _OFFERS)
        if chosen is None:
            detail = f"This can be given as {', '.join(_OFFERS)}."
            raise Problem(406, "not-acceptable", detail, headers={"vary": "Accept"}, offered=list(_OFFERS))
        media_type = chosen
    workspace = server_of(request).workspace
    ending = next((end for end, kind in resources.MEDIA_TYPES.items() if kind == media_type), "html")
    encoded = path_of("/id/", path)

    def headers(chosen: Wanted, position: int) -> dict[str, str]:
        found = state_headers(chosen, position, encoded, timemap=f"/timemap{encoded}")
        suffix = f"?at={position}" if chosen.moment is not None else ""
        others = [
            f'<{encoded}.{end}{suffix}>; rel="alternate"; type="{kind}"'
            for end, kind in {**resources.MEDIA_TYPES, "html": resources.HTML}.items()
            if kind != media_type
        ]
        charset = "; charset=utf-8" if media_type.startswith("text/") else ""
        return {
            **found,
            "content-type": media_type + charset,
            "content-location": f"{encoded}.{ending}{suffix}",
            "link": ", ".join([found["link"], *others]),
            "etag": tag(workspace, position, encoded, media_type, newest=chosen.moment is None),
        }

    def make() -> Response | None:
        chosen = wanted(request, workspace, at)
        position = workspace.graph().position() if chosen.moment is None else chosen.moment.position
        if not fingerprint:
            told = headers(chosen, position)
            unchanged = not_modified(request, told["etag"], told)
            if unchanged is not None:
                return unchanged
        found = _found(workspace, chosen, path)
        if found is None and chosen.negotiated:
            chosen = _first(workspace, path, server_of(request).settings.change_records)
            found = None if chosen.moment is None else _found(workspace, chosen, path)
        if found is None:
            _refuse_part_of_gone(workspace, chosen, path)
            return None

        def asked() -> resources.Asked:
            return travelled(lambda: workspace.as_of(chosen.moment))

        other = successor(found)
        if other is not None and not found.identified.part:
            return _moved(request, other, workspace.iris.base, ended, chosen, headers(chosen, found.position))
        gone = tombstone(asked(), found, workspace.projector.events, workspace.iris)
        others = () if gone is None else went_on(found, workspace.projector.events, workspace.iris)
        if len(others) == 1:
            return _moved(request, others[0], workspace.iris.base, ended, chosen, headers(chosen, found.position))
        if gone is not None and others:
            gone = replace(gone, instead=others)
        body = _page(found, workspace, gone, asked).encode() if media_type == resources.HTML else None
        more = fingerprint_header(workspace, chosen, found.position) if fingerprint else {}
        return Response(
            resources.serialize(found, media_type) if body is None else body,
            200 if gone is None else 300 if others else 410,
            headers={**headers(chosen, found.position), **more},
        )

    made = await in_thread(request, make)
    if made is None:
        then = "" if at is None else " as of that moment"
        raise Problem(404, "not-found", f"The graph holds nothing under {workspace.iris.base}id/{path}{then}.")
    return made


def _moved(request: Request, other: str, base: str, ended: str, chosen: Wanted, headers: dict[str, str]) -> Response:
    """Return the way to what stands for a merged thing, of the same moment and in the form that was asked for."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "at"]
    if chosen.moment is not None:
        asked.append(("at", str(chosen.moment.position)))
    query = f"?{urlencode(asked)}" if asked else ""
    kept = {name: value for name, value in headers.items() if name in ("waqai-position", POSITION_HEADER, "vary")}
    location = f"/{other.removeprefix(base)}{ended}{query}"
    body = f"What stands for it is <{other}>.\n".encode()
    return Response(body, 308, {**kept, "location": location}, "text/plain; charset=utf-8")


def _found(workspace: Workspace, chosen: Wanted, path: str) -> resources.Resource | None:
    source = travelled(lambda: workspace.as_of(chosen.moment))
    return resources.find(source, workspace.iris, path)


def _refuse_part_of_gone(workspace: Workspace, chosen: Wanted, path: str) -> None:
    """Say of a part of an event that is gone, its toll say, what became of the event. Raises Problem."""
    iris = workspace.iris
    named = iris.parse(f"{iris.base}id/{path}")
    if named is None or named.kind != "event" or not named.part:
        return
    event = f"event/{named.id}"
    whole = _found(workspace, chosen, event)
    source = travelled(lambda: workspace.as_of(chosen.moment))
    gone = None if whole is None else tombstone(source, whole, workspace.projector.events, iris)
    if gone is not None:
        detail = f"The event {iris.base}id/{event}, of which this would be a part, is gone. {gone.sentence}"
        raise Problem(410, "gone", detail, headers={"link": f'</id/{event}>; rel="up"'}, event=f"{iris.base}id/{event}")


def _first(workspace: Workspace, path: str, limit: int) -> Wanted:
    """Return the first state of a thing, which RFC 7089 wants for a time before it; the newest where it has none."""
    iri = f"{workspace.iris.base}id/{path}"
    steps = travelled(lambda: history(workspace.graph(), workspace.log, workspace.projector, iri, limit=limit))
    first = next(iter(steps), None)
    if first is None:
        return Wanted()
    return Wanted(Moment(first.cause.position, first.cause.recorded), negotiated=True)
