"""Places as features: GeoJSON (RFC 7946) and Linked Places Format (https://github.com/LinkedPasts/linked-places-format).

Invariant: a point is one that the file gives as such: of a line or a surface none is computed. A Linked Places link
of another kind than `exactMatch` and `closeMatch` says nothing about which place it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ingest.gazetteer.draft import Draft
from ingest.gazetteer.entry import DIVISIONS
from ingest.gazetteer.formats.fields import (
    Assumed,
    BadColumn,
    columns_of,
    draft_of,
    identifiers,
    key_of,
    kind_of,
    language_of,
)
from ingest.gazetteer.formats.reading import SourceFile

_MATCHES = ("exactMatch", "closeMatch")
_GEONAMES = re.compile(r"(?:gn:|https?://(?:sws\.|www\.)?geonames\.org/)(\d+)/?")
_WIKIDATA = re.compile(r"(?:wd:|https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/)(Q[1-9]\d*)")
_FEATURE_CLASSES = {"P": "unspecified", "A": "region"}
_BROADER = ("gvp:broaderPartitive", "broaderPartitive", "gvp:broader_partitive")


def geojson(file: SourceFile, source: str, assumed: Assumed) -> Iterator[tuple[int, Draft | None]]:
    """Yield the features of a FeatureCollection, or of one feature a line."""
    for number, feature in file.items("features"):
        yield file.row(number, partial(_feature, file, number, source, assumed, feature))


def _feature(file: SourceFile, number: int, source: str, assumed: Assumed, feature: Any) -> Draft | None:
    properties = _properties(file, number, feature)
    values = {name: str(value) for name, value in properties.items() if isinstance(value, str | int | float)}
    if isinstance(feature.get("id"), str | int):
        values.setdefault("id", str(feature["id"]))
    try:
        columns = columns_of(values, replace(assumed, columns=_present(assumed.columns, values)))
    except BadColumn as error:
        raise file.fault(number, "properties", str(error).rstrip(".")) from None
    fields = {name: values[header] for name, header in columns.items()}
    lat, lon = _point(file, number, feature.get("geometry"))
    if lat:
        fields |= {"lat": lat, "lon": lon}
        columns |= {"lat": "geometry/coordinates/1", "lon": "geometry/coordinates/0"}
    return draft_of(file, number, source, fields, columns, assumed)


def linked_places(file: SourceFile, source: str, assumed: Assumed) -> Iterator[tuple[int, Draft | None]]:
    """Yield the places of a Linked Places file."""
    for number, feature in file.items("features"):
        yield file.row(number, partial(_linked_place, file, number, source, assumed, feature))


def _linked_place(file: SourceFile, number: int, source: str, assumed: Assumed, feature: Any) -> Draft | None:
    properties = _properties(file, number, feature)
    key = feature.get("@id") or feature.get("id")
    if not isinstance(key, str) or not key:
        raise file.fault(number, "@id", "there is none")
    names, spellings = _toponyms(file, number, feature, properties)
    codes = properties.get("ccodes") or []
    country = str(codes[0]) if isinstance(codes, list) and len(codes) == 1 else assumed.country
    country = file.country(number, "properties/ccodes", country.upper())
    point = _point(file, number, feature.get("geometry"))
    lat, lon = file.point(number, *point, ("geometry/coordinates/1", "geometry/coordinates/0"))
    kind = _kind(feature, properties, assumed)
    if kind is None:
        return None
    same, links = _links(feature)
    pointless = kind in ("governorate", "country")
    return Draft(
        key=key_of(source, key),
        kind=kind,
        country=country,
        lat=None if pointless else lat,
        lon=None if pointless else lon,
        names=names,
        spellings=spellings,
        within=[*_broader(feature, source), *([f"country:{country}"] if country else [])],
        links=links,
        same=same,
    )


def _properties(file: SourceFile, number: int, feature: Any) -> Mapping[str, Any]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise file.fault(number, "type", "it is no Feature")
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        raise file.fault(number, "properties", "there are none")
    return properties


def _present(columns: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Features need not have all properties that the caller names."""
    return {name: header for name, header in columns.items() if header in values}


def _point(file: SourceFile, number: int, geometry: Any) -> tuple[str, str]:
    if geometry is None:
        return "", ""
    if not isinstance(geometry, dict):
        raise file.fault(number, "geometry", "it is no geometry")
    if geometry.get("type") == "GeometryCollection":
        points = [g for g in geometry.get("geometries", ()) if isinstance(g, dict) and g.get("type") == "Point"]
        return _point(file, number, points[0]) if len(points) == 1 else ("", "")
    if geometry.get("type") != "Point":
        return "", ""
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) not in (2, 3):
        raise file.fault(number, "geometry/coordinates", "a point has two")
    lon, lat = (_degrees(file, number, value) for value in coordinates[:2])
    return lat, lon


def _degrees(file: SourceFile, number: int, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise file.fault(number, "geometry/coordinates", "they are no numbers")
    return format(value, ".10f").rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _toponyms(
    file: SourceFile, number: int, feature: Mapping[str, Any], properties: Mapping[str, Any]
) -> tuple[dict[str, str], list[str]]:
    title = properties.get("title")
    if not isinstance(title, str) or not title.strip():
        raise file.fault(number, "properties/title", "there is none")
    title = file.name(number, "properties/title", title)
    names: dict[str, str] = {}
    spellings = [title]
    given = feature.get("names", [])
    if not isinstance(given, list):
        raise file.fault(number, "names", "it is no list")
    for place, item in enumerate(file.several(number, "names", given)):
        toponym = item.get("toponym") if isinstance(item, dict) else None
        if not isinstance(toponym, str):
            raise file.fault(number, f"names/{place}/toponym", "there is none")
        name = file.name(number, f"names/{place}/toponym", toponym)
        language = str(item.get("lang", "")).partition("-")[0]
        if name:
            spellings.append(name)
            if language in ("ar", "en"):
                names.setdefault(language, name)
    names.setdefault(language_of(title), title)
    return names, list(dict.fromkeys(spellings))


def _kind(feature: Mapping[str, Any], properties: Mapping[str, Any], assumed: Assumed) -> str | None:
    types = [t for t in feature.get("types") or () if isinstance(t, dict)]
    labels = [str(t[name]) for t in types for name in ("label", "sourceLabel") if isinstance(t.get(name), str)]
    for label in labels:
        if (kind := kind_of(label)) is not None:
            return kind
    classes = properties.get("fclasses") or [t.get("fclass") for t in types]
    for letter in classes if isinstance(classes, list) else ():
        if letter in _FEATURE_CLASSES:
            return assumed.kind if letter == "P" and assumed.kind not in DIVISIONS else _FEATURE_CLASSES[letter]
    return None if labels else assumed.kind


def _links(feature: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    same: list[str] = []
    links: list[str] = []
    for item in feature.get("links") or ():
        if not isinstance(item, dict) or item.get("type") not in _MATCHES:
            continue
        given = str(item.get("identifier", ""))
        geonames, wikidata = _GEONAMES.fullmatch(given), _WIKIDATA.fullmatch(given)
        keys, iris, _ = identifiers(
            geonames=geonames.group(1) if geonames else "", wikidata=wikidata.group(1) if wikidata else ""
        )
        if item["type"] == "exactMatch":
            same += keys
        links += iris or ([given] if given.startswith(("http://", "https://")) else [])
    return same, list(dict.fromkeys(links))


def _broader(feature: Mapping[str, Any], source: str) -> list[str]:
    found = []
    for item in feature.get("relations") or ():
        if isinstance(item, dict) and item.get("relationType") in _BROADER:
            key = str(item.get("relationTo", ""))
            geonames = _GEONAMES.fullmatch(key)
            if key:
                found.append(f"geonames:{geonames.group(1)}" if geonames else key_of(source, key))
    return found
