"""Events as GeoJSON, CSV and JSON Lines: one row for each event and place, with all that its claims say of it.

Invariant: only what is reported to have happened is here, and an event has one row for each of its places, however many
claims tell it; one that no place is known of is a row without one. Date and label are those of the event.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from api.exporting.placeformats import point
from api.exporting.places import BATCH, PROLOGUE, Asked, PlaceFound, acled_code, places_of, ucdp_code
from api.exporting.writing import Decimal, collection, lines, table
from api.findings import EventFound, Named, event_json, events_of
from ontology.eventtypes import event_type_called

COLUMNS: Final = (
    "event", "types", "label_en", "label_ar", "date", "earliest", "latest", "role", "place", "place_id", "as_written",
    "lat", "lon", "precision", "acled_geo_precision", "ucdp_where_prec", "within", "participants", "figures", "tolls",
    "sources", "outlets", "origins_at_least", "origins_at_most", "interested_origins", "contested", "contested_in",
    "modality", "claims", "denials", "articles", "published", "publishers", "position",
)  # fmt: skip


_INEXACT: Final = 99


@dataclass(frozen=True, slots=True)
class Happening:
    """An event and one of its places in one role, as each claim that says so names it; none where none names any."""

    event: EventFound
    mentions: tuple[Named, ...] = ()
    place: PlaceFound | None = None

    @property
    def named(self) -> Named | None:
        """The most exact mention of the place, of those the first one."""
        return min(self.mentions, key=lambda one: ucdp_code(one.precision) or _INEXACT, default=None)


def happenings(asked: Asked, events: Sequence[EventFound]) -> Iterator[Happening]:
    """Yield each event with each of its places."""
    named = dict.fromkeys(place.iri for event in events for claim in event.claims for place in claim.places)
    known = places_of(asked, named)
    for event in events:
        mentions: dict[tuple[str, str | None], list[Named]] = {}
        for claim in event.claims:
            for place in claim.places:
                mentions.setdefault((place.iri, place.role), []).append(place)
        if not mentions:
            yield Happening(event)
        for (iri, _), of in mentions.items():
            yield Happening(event, tuple(of), known[iri])


def all_events(asked: Asked, *, type_: str | None = None, within: str | None = None) -> Iterator[list[EventFound]]:
    """Return all events that are reported to have happened, in batches that are read as they are asked for.

    Args:
        asked: answers queries.
        type_: an event type; its subtypes count too.
        within: the IRI of a place: only events in it.

    Raises:
        UnknownTerm: for an event type that the ontology does not have.
    """
    cls = event_type_called(type_ or "Event")
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
    values: dict[str, Any] = {**dict(zip(COLUMNS, row(found), strict=True)), "contested": found.event.whole.contested}
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
    event, whole, named, place = found.event, found.event.whole, found.named, found.place
    claims = event.claims
    precision = None if named is None else named.precision
    return [
        event.event,
        whole.types,
        whole.labels.get("en"),
        whole.labels.get("ar"),
        whole.date,
        whole.earliest,
        whole.latest,
        None if named is None else named.role,
        None if named is None else named.name(),
        None if named is None else named.iri,
        _once(mention.as_written for mention in found.mentions),
        None if place is None or place.lat is None else Decimal(place.lat),
        None if place is None or place.lon is None else Decimal(place.lon),
        precision,
        acled_code(precision),
        ucdp_code(precision),
        [] if place is None else [name for _, name in place.within],
        _once(f"{participant.role}: {participant.name()}" for claim in claims for participant in claim.participants),
        _once(str(figure) for claim in claims for figure in claim.figures),
        [str(toll) for toll in whole.tolls],
        _once(source.name() for claim in claims for source in claim.sources),
        whole.voices.outlets,
        whole.voices.origins_at_least,
        whole.voices.origins_at_most,
        whole.voices.interested,
        "yes" if whole.contested else "no",
        whole.contested_in,
        _once(claim.modality for claim in claims),
        [claim.claim for claim in claims],
        [claim.claim for claim in event.denials],
        _once(claim.article for claim in claims),
        _once(claim.published for claim in claims),
        _once(None if claim.outlet is None else claim.outlet.name() for claim in claims),
        max(claim.position for claim in claims),
    ]


def _once(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value is not None))
