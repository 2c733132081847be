"""Open-Syria's administrative levels: JSON lists of governorates, districts and subdistricts, with OCHA p-codes.

Invariant: the level of a place follows from what the file says contains it. A governorate has no point; the centroid of
a district or subdistrict is a point of which the kind says how little it means.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from ingest.gazetteer.draft import GEONAMES, Draft, geonames_iri, wikidata_iri
from ingest.gazetteer.formats.reading import SourceFile
from ingest.gazetteer.names import is_name

_COUNTRY = "SY"


def places(file: SourceFile, source: str) -> Iterator[tuple[int, Draft | None]]:
    """Yield the divisions of one file."""
    for number, item in file.items("places"):
        yield file.row(number, partial(_division, file, source, number, item))


def _division(file: SourceFile, source: str, number: int, item: Any) -> Draft:
    if not isinstance(item, dict) or not isinstance(item.get("name"), dict):
        raise file.fault(number, "name", "it is no place of Open-Syria: there is no name in English and Arabic")
    key = _text(file, number, "id", item.get("id"))
    names = {
        language: file.name(number, f"name/{language}", _text(file, number, f"name/{language}", item["name"][language]))
        for language in ("en", "ar")
        if language in item["name"]
    }
    aliases = item.get("aliases", [])
    if not isinstance(aliases, list):
        raise file.fault(number, "aliases", "it is no list")
    spellings = list(names.values())
    for place, alias in enumerate(file.several(number, "aliases", aliases)):
        field = f"aliases/{place}/value"
        value = _text(file, number, field, alias.get("value") if isinstance(alias, dict) else None)
        if alias.get("language") in ("en", "ar") and is_name(name := file.name(number, field, value)):
            spellings.append(name)
    kind = "governorate"
    above: list[str] = []
    for level, field in (("district", "governorateId"), ("subdistrict", "districtId")):
        if field in item:
            kind = level
            above.insert(0, f"{source}:{_text(file, number, field, item[field])}")
    outside = item.get("externalIds", {})
    codes: dict[str, str] = {}
    same: list[str] = []
    links: list[str] = []
    if "geonames" in outside:
        number_there = _text(file, number, "externalIds/geonames", outside["geonames"])
        same.append(f"{GEONAMES}{number_there}")
        links.append(geonames_iri(same[-1]))
    if "wikidata" in outside:
        q = _text(file, number, "externalIds/wikidata", outside["wikidata"])
        same.append(f"wikidata:{q}")
        links.append(wikidata_iri(q))
    if "ochaPcode" in outside:
        codes["pcode"] = _text(file, number, "externalIds/ochaPcode", outside["ochaPcode"])
        same.append(f"pcode:{codes['pcode']}")
        above += [f"pcode:{codes['pcode'][:digits]}" for digits in (6, 4) if digits < len(codes["pcode"])]
    if "iso31662" in item:
        codes["iso3166-2"] = _text(file, number, "iso31662", item["iso31662"])
    centroid = item.get("centroid") or {}
    lat, lon = file.point(
        number,
        _decimal(centroid.get("latitude")),
        _decimal(centroid.get("longitude")),
        ("centroid/latitude", "centroid/longitude"),
    )
    return Draft(
        key=f"{source}:{key}",
        kind=kind,
        country=_COUNTRY,
        lat=None if kind == "governorate" else lat,
        lon=None if kind == "governorate" else lon,
        names=names,
        spellings=list(dict.fromkeys(spellings)),
        within=[*above, f"country:{_COUNTRY}"],
        links=links,
        codes=codes,
        same=same,
    )


def _text(file: SourceFile, number: int, field: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise file.fault(number, field, "there is no text")
    return value.strip()


def _decimal(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    return format(value, ".10f").rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
