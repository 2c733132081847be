"""Places as Linked Places Format 1.3, GeoJSON and CSV.

Invariant: what the graph does not know is null or empty, never filled in; a geometry is a point of the graph, or null.

Linked Places Format: https://github.com/LinkedPasts/linked-places-format (1.3: `fclasses` are required). `when` holds
the days between which articles named the place or what lies in it: nothing else is known of when it has been there.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from api.exporting.places import PlaceFound, acled_code, ucdp_code
from api.exporting.writing import Decimal, collection, table
from ontology.vocabulary import Vocabulary, local_name

LPF_CONTEXT: Final = (
    "https://raw.githubusercontent.com/LinkedPasts/linked-places/master/linkedplaces-context-v1.1.jsonld"
)
# Feature classes of GeoNames by kind of place; what is of no known kind may be of several.
_ADMINISTRATIVE, _POPULATED, _AREA, _SITE, _ROAD, _WATER = "A", "P", "L", "S", "R", "H"
_CLASSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("country", "governorate", "district", "subdistrict"), _ADMINISTRATIVE),
    **dict.fromkeys(("city", "town", "village", "neighbourhood", "camp"), _POPULATED),
    **dict.fromkeys(("region", "countryside"), _AREA),
    **dict.fromkeys(("road", "roundabout"), _ROAD),
    "river": _WATER,
}
_OF_NO_KNOWN_KIND: Final = [_ADMINISTRATIVE, _AREA, _POPULATED, _SITE]
_CERTAINTY: Final[Mapping[str | None, str]] = {
    **dict.fromkeys(("exact", "near", "locality"), "certain"),
    **dict.fromkeys(("admin3", "admin2", "admin1"), "less-certain"),
}
COLUMNS: Final = (
    "id", "name_en", "name_ar", "other_names", "kind", "lat", "lon", "precision", "acled_geo_precision",
    "ucdp_where_prec", "within", "within_ids", "exact_match", "close_match", "pcode", "iso3166_2", "events", "claims",
    "first_named", "last_named",
)  # fmt: skip


def lpf(places: Iterable[PlaceFound]) -> Iterator[bytes]:
    """Yield a FeatureCollection in Linked Places Format."""
    return collection(map(lpf_feature, places), {"@context": LPF_CONTEXT})


def geojson(places: Iterable[PlaceFound]) -> Iterator[bytes]:
    """Yield a FeatureCollection of GeoJSON (RFC 7946)."""
    return collection(map(geojson_feature, places), {})


def csv(places: Iterable[PlaceFound]) -> Iterator[bytes]:
    """Yield a table with the columns COLUMNS; several values in a cell are parted by a semicolon."""
    return table(COLUMNS, map(row, places))


def lpf_feature(place: PlaceFound) -> dict[str, Any]:
    """Return a place as a feature of Linked Places Format."""
    kinds = [kind for kind in place.kinds if kind != "unspecified"]
    cited = [{"@id": place.cited, "label": "named in a news article"}] if place.cited else []
    feature: dict[str, Any] = {
        "@id": place.iri,
        "type": "Feature",
        "properties": {
            "title": place.title,
            **({"ccodes": ccodes} if (ccodes := _countries(place)) else {}),
            "fclasses": sorted({_CLASSES.get(kind, _SITE) for kind in kinds}) or _OF_NO_KNOWN_KIND,
            **_precision(place),
            **place.codes,
        },
        "geometry": _certain(place),
        "names": [
            {"toponym": name, **({"lang": language} if language else {}), **({"citations": cited} if cited else {})}
            for name, language in place.spellings or [(place.title, "")]
        ],
        "types": [_type(kind) for kind in kinds],
        "links": [
            *({"type": "exactMatch", "identifier": iri} for iri in place.exact),
            *({"type": "closeMatch", "identifier": iri} for iri in place.close),
        ],
        "relations": [
            {"relationType": "gvp:broaderPartitive", "relationTo": iri, "label": f"in {name}"}
            for iri, name in place.within
        ],
    }
    if place.first is not None:
        feature["when"] = {
            "timespans": [{"start": {"in": place.first}, "end": {"in": place.last}}],
            "label": "named in articles of these days, or what lies in it",
        }
    return feature


def geojson_feature(place: PlaceFound) -> dict[str, Any]:
    """Return a place as a feature of GeoJSON."""
    return {
        "type": "Feature",
        "id": place.iri,
        "geometry": point(place.lat, place.lon),
        "properties": {
            "title": place.title,
            "names": place.names,
            "kind": place.kinds,
            **_precision(place),
            "within": [{"id": iri, "name": name} for iri, name in place.within],
            "exactMatch": place.exact,
            "closeMatch": place.close,
            "codes": place.codes,
            "events": place.events,
            "claims": place.claims,
            "first_named": place.first,
            "last_named": place.last,
        },
    }


def row(place: PlaceFound) -> list[object]:
    """Return a place as the cells of COLUMNS."""
    main = set(place.names.values())
    return [
        place.iri,
        place.names.get("en"),
        place.names.get("ar"),
        list(dict.fromkeys(name for name, _ in place.spellings if name not in main)),
        place.kinds,
        None if place.lat is None else Decimal(place.lat),
        None if place.lon is None else Decimal(place.lon),
        *_precision(place).values(),
        [name for _, name in place.within],
        [iri for iri, _ in place.within],
        place.exact,
        place.close,
        place.codes.get("pcode"),
        place.codes.get("iso3166-2"),
        place.events,
        place.claims,
        place.first,
        place.last,
    ]


def point(lat: str | None, lon: str | None) -> dict[str, Any] | None:
    """Return a GeoJSON point, longitude first, or None where there is none."""
    if lat is None or lon is None:
        return None
    return {"type": "Point", "coordinates": [float(lon), float(lat)]}


def _precision(place: PlaceFound) -> dict[str, Any]:
    return {
        "precision": place.precision,
        "acled_geo_precision": acled_code(place.precision),
        "ucdp_where_prec": ucdp_code(place.precision),
    }


def _certain(place: PlaceFound) -> dict[str, Any] | None:
    geometry = point(place.lat, place.lon)
    return None if geometry is None else {**geometry, "certainty": _CERTAINTY.get(place.precision, "uncertain")}


def _countries(place: PlaceFound) -> list[str]:
    """Return the ISO 3166-1 codes of the countries that the place is or lies in."""
    from ingest.gazetteer.defaults import countries_by_id

    known = countries_by_id()
    ids = (iri.rpartition("/")[2] for iri in (place.iri, *(iri for iri, _ in place.within)))
    return sorted({known[id_] for id_ in ids if id_ in known})


def _type(kind: str) -> dict[str, Any]:
    vocabulary = Vocabulary.load()
    iri = vocabulary.place_kind(kind)
    arabic = vocabulary.label(iri, "ar")
    return {
        "identifier": iri,
        "label": vocabulary.label(iri, "en") or local_name(iri),
        **({"sourceLabels": [{"label": arabic, "lang": "ar"}]} if arabic else {}),
    }
