"""`/events`: events as a simple list in JSON, as GeoJSON or as CSV."""

import math
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.asking import AT, FINGERPRINT, list_headers, travelled, wanted
from api.declared import ONLY_DECLARED
from api.exporting import events as exported
from api.exporting.places import UnknownArea, area
from api.findings import EventsFound, event_json, events
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from ontology.vocabulary import UnknownTerm

router = APIRouter(dependencies=ONLY_DECLARED)
TOTAL_HEADER = "Waqai-Total"
_MEDIA_TYPES = {"geojson": "application/geo+json", "csv": "text/csv; charset=utf-8"}


@router.get("/events", summary="Events, newest first", response_model=dict[str, Any])
async def list_events(
    request: Request,
    type: Annotated[  # noqa: A002
        str | None, Query(description="An event type, e.g. Airstrike or غارة جوية; its subtypes count too")
    ] = None,
    within: Annotated[
        str | None, Query(description="Only events in this place: a code (SY07), a link or an IRI", max_length=2000)
    ] = None,
    bbox: Annotated[
        str | None, Query(description="Only events at a point in this box: west,south,east,north", max_length=200)
    ] = None,
    format: Annotated[  # noqa: A002
        Literal["json", "geojson", "csv"], Query(description="geojson and csv have a row for each place of an event")
    ] = "json",
    limit: Annotated[int, Query(ge=1, le=500, description="Events on this page")] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Events to leave out before it")] = 0,
    at: Annotated[str | None, Query(description=AT, max_length=100)] = None,
    fingerprint: Annotated[bool, Query(description=FINGERPRINT)] = False,
) -> Response:
    """List what is reported to have happened, with each claim that says so.

    Denied, planned, feared and historical claims are not in this list. `total` counts the events of all pages.
    """
    workspace = server_of(request).workspace

    box = None if bbox is None else _box(bbox)

    def make() -> tuple[EventsFound, bytes | None, dict[str, str]]:
        chosen = wanted(request, workspace, at)
        source = travelled(lambda: workspace.as_of(chosen.moment))
        try:
            inside = None if within is None else area(source, within)
            page = events(source, type_=type, within=inside, box=box, limit=limit, offset=offset)
        except UnknownTerm as error:
            raise Problem(400, "unknown-type", f"{error}.") from None
        except UnknownArea as error:
            raise Problem(400, "unknown-place", f"{error}.") from None
        headers = list_headers(workspace, chosen, page.position, fingerprint=fingerprint)
        if format == "json":
            return page, None, headers
        rows = exported.happenings(source, page.events)
        return page, b"".join(exported.geojson(rows) if format == "geojson" else exported.csv(rows)), headers

    page, written, headers = await in_thread(request, make)
    if written is not None:
        headers = {**headers, TOTAL_HEADER: str(page.total)}
        return Response(written, headers=headers, media_type=_MEDIA_TYPES[format])
    body = {
        "position": page.position,
        "total": page.total,
        "limit": limit,
        "offset": offset,
        "events": [event_json(event) for event in page.events],
    }
    return Response(orjson.dumps(body), headers=headers, media_type="application/json")


def _box(text: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees. Raises Problem (400) for anything else."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        detail = (
            f"bbox={text} is no box: give west,south,east,north in degrees, such as 36.5,35.3,37,35.9; a box across "
            "the 180th meridian is asked for in two."
        )
        raise Problem(400, "bad-box", detail)
    return west, south, east, north
