"""Events as GeoJSON, CSV and JSON Lines: one row for each event and place, with all that its claims say of it.

Invariant: only what is reported to have happened is here; an event that no place is known of is a row without one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from api.exporting.placeformats import point
from api.exporting.places import BATCH, PROLOGUE, Asked, PlaceFound, acled_code, places_of, ucdp_code
from api.exporting.writing import Decimal, collection, lines, table
from api.findings import ClaimFound, EventFound, Named, event_json, events_of
from ontology.vocabulary import Vocabulary

COLUMNS: Final = (
    "event", "types", "label_en", "label_ar", "date", "earliest", "latest", "role", "place", "place_id", "as_written",
    "lat", "lon", "precision", "acled_geo_precision", "ucdp_where_prec", "within", "participants", "figures", "sources",
    "modality", "claim", "article", "published", "publisher", "position",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """What one claim says of one event and one place; `named` and `place` are None where it names no place."""

    event: str
    claim: ClaimFound
    named: Named | None
    place: PlaceFound | None


def happenings(asked: Asked, events: Sequence[EventFound]) -> Iterator[Happening]:
    """Yield each event with each claim and place."""
    named = dict.fromkeys(place.iri for event in events for claim in event.claims for place in claim.places)
    known = places_of(asked, named)
    for event in events:
        for claim in event.claims:
            if not claim.places:
                yield Happening(event.event, claim, None, None)
            for place in claim.places:
                yield Happening(event.event, claim, place, known[place.iri])


def all_events(asked: Asked, *, type_: str | None = None, within: str | None = None) -> Iterator[list[EventFound]]:
    """Return all events that are reported to have happened, in batches that are read as they are asked for.

    Args:
        asked: answers queries.
        type_: an event type; its subtypes count too.
        within: the IRI of a place: only events in it.

    Raises:
        UnknownTerm: for an event type that the ontology does not have.
    """
    cls = Vocabulary.load().event_type(type_ or "Event")
    inside = "" if within is None else f"?event wq:place/schema:containedInPlace* <{within}> ."
    distinct = "" if within is None else "DISTINCT "
    return _batches(asked, f"{PROLOGUE}SELECT {distinct}?event {{ {inside} ?event a <{cls}> }}")


def _batches(asked: Asked, query: str) -> Iterator[list[EventFound]]:
    listed = asked.query(query).rows()
    while batch := [str(row[0].value) for row in islice(listed, BATCH)]:  # type: ignore[attr-defined]
        yield events_of(asked, batch)


def geojson(found: Iterable[Happening]) -> Iterator[bytes]:
    """Yield a FeatureCollection of GeoJSON (RFC 7946)."""
    return collection(map(feature, found), {})


def csv(found: Iterable[Happening], *, bom: bool = False) -> Iterator[bytes]:
    """Yield a table with the columns COLUMNS."""
    return table(COLUMNS, map(row, found), bom=bom)


def jsonl(events: Iterable[EventFound]) -> Iterator[bytes]:
    """Yield one event a line, as `/events` gives it."""
    return lines(map(event_json, events))


def feature(found: Happening) -> dict[str, Any]:
    """Return a row as a feature of GeoJSON."""
    values = dict(zip(COLUMNS, row(found), strict=True))
    place = found.place
    for name in ("lat", "lon"):
        values.pop(name)
    return {
        "type": "Feature",
        "geometry": None if place is None else point(place.lat, place.lon),
        "properties": values,
    }


def row(found: Happening) -> list[object]:
    """Return the cells of COLUMNS; lists where there may be several."""
    claim, named, place = found.claim, found.named, found.place
    precision = None if named is None else named.precision
    return [
        found.event,
        claim.types,
        claim.labels.get("en"),
        claim.labels.get("ar"),
        claim.date,
        claim.earliest,
        claim.latest,
        None if named is None else named.role,
        None if named is None else named.name(),
        None if named is None else named.iri,
        None if named is None else named.as_written,
        None if place is None or place.lat is None else Decimal(place.lat),
        None if place is None or place.lon is None else Decimal(place.lon),
        precision,
        acled_code(precision),
        ucdp_code(precision),
        [] if place is None else [name for _, name in place.within],
        [f"{participant.role}: {participant.name()}" for participant in claim.participants],
        [str(figure) for figure in claim.figures],
        [source.name() for source in claim.sources],
        claim.modality,
        claim.claim,
        claim.article,
        claim.published,
        None if claim.outlet is None else claim.outlet.name(),
        claim.position,
    ]
