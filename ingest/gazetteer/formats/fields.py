"""Named fields of a table row or of a feature's properties, and the place that they describe.

Invariant: a field is taken for what the caller says that it is, or else for what its name plainly says; the first of
the known names of a field that the file has counts. What a kind is that the pipeline does not know is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.gazetteer.draft import GEONAMES, Draft, geonames_iri, wikidata_iri
from ingest.gazetteer.entry import DIVISIONS, KINDS, SETTLEMENTS, size_of
from ingest.gazetteer.formats.reading import SourceFile
from ingest.gazetteer.names import ARABIC, TYPE_WORDS
from ontology.identity import derived_id
from ontology.normal import name_key

# What each field may be called in a header, in small letters; the first that is there counts.
KNOWN_HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "@id", "place_id", "identifier", "uid", "code"),
    "name": ("name", "title", "toponym", "place", "placename", "label"),
    "name_en": ("name_en", "name:en", "english", "en", "english_name"),
    "name_ar": ("name_ar", "name:ar", "arabic", "ar", "arabic_name"),
    "names": ("names", "alternatenames", "alternate_names", "alt_name", "alt_names", "aliases", "variants"),
    "lat": ("lat", "latitude", "y", "point_y"),
    "lon": ("lon", "lng", "long", "longitude", "x", "point_x"),
    "kind": ("kind", "type", "place_type", "feature_type", "fclass"),
    "country": ("country", "country_code", "countrycode", "iso2", "iso_a2", "ccode", "ccodes", "cc"),
    "population": ("population", "pop"),
    "within": ("within", "parent", "parent_id", "part_of"),
    "pcode": ("pcode", "p_code", "p-code"),
    "parent_pcode": ("parent_pcode", "parent_p_code"),
    "geonames": ("geonames", "geonameid", "geonames_id"),
    "wikidata": ("wikidata", "wikidata_id", "qid"),
}
_OTHER_KINDS = {
    "hamlet": "village",
    "locality": "unspecified",
    "settlement": "unspecified",
    "populated place": "unspecified",
    "suburb": "neighbourhood",
    "quarter": "neighbourhood",
    "aerodrome": "airport",
    "refugee camp": "camp",
    "bridge": "crossing",
    "admin1": "governorate",
    "admin2": "district",
    "admin3": "subdistrict",
}
_SEPARATORS = ("|", ";", ",")


class BadColumn(ValueError):
    """A column that is asked for and is not there, or a field that no place has."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the caller says of a file of fields: where each field stands, and what its rows do not say."""

    columns: Mapping[str, str] = field(default_factory=dict)
    kind: str = "unspecified"
    country: str = ""

    def __post_init__(self) -> None:
        for name in self.columns:
            if name not in KNOWN_HEADERS:
                raise BadColumn(f"{name} is no field of a place; known are {', '.join(KNOWN_HEADERS)}.")
        if self.kind not in KINDS:
            raise BadColumn(f"{self.kind} is no kind of place; known are {', '.join(sorted(KINDS))}.")


def columns_of(headers: Iterable[str], assumed: Assumed) -> dict[str, str]:
    """Return which header holds which field.

    Raises:
        BadColumn: where a header that the caller names is not there, or no header can be a name.
    """
    given = list(headers)
    by_name = {header.strip().lower(): header for header in reversed(given)}
    for name, header in assumed.columns.items():
        if header not in given:
            raise BadColumn(f"there is no column {header!r} for {name}; the columns are {', '.join(given)}.")
    taken = set(assumed.columns.values())
    found = dict(assumed.columns)
    for name, known in KNOWN_HEADERS.items():
        free = [by_name[h] for h in known if h in by_name and by_name[h] not in taken]
        if name not in found and free:
            found[name] = free[0]
    if not any(name in found for name in ("name", "name_en", "name_ar")):
        raise BadColumn(f"no column holds the name: say --column name=HEADER; the columns are {', '.join(given)}.")
    return found


def draft_of(
    file: SourceFile, number: int, source: str, values: Mapping[str, str], shown: Mapping[str, str], assumed: Assumed
) -> Draft | None:
    """Return the place that the fields describe, None where it is of a kind that the pipeline does not know.

    `values` holds the fields that are filled, `shown` how the file calls them.
    """

    def get(name: str) -> str:
        return values.get(name, "").strip()

    def called(name: str) -> str:
        return shown.get(name, name)

    people = file.people(number, called("population"), get("population"))
    kind: str | None = kind_of(get("kind")) if get("kind") else assumed.kind
    names = _names(file, number, values, called)
    if not names:
        raise file.fault(number, called("name"), "there is no name")
    if kind is None:
        return None
    if kind in SETTLEMENTS and people:
        kind = size_of(people)
    also = get("names")
    separator = next((s for s in _SEPARATORS if s in also), None)
    others = also.split(separator) if separator else [also] if also else []
    others = [file.name(number, called("names"), other) for other in file.several(number, called("names"), others)]
    country = file.country(number, called("country"), (get("country") or assumed.country).upper())
    lat, lon = file.point(number, get("lat"), get("lon"), (called("lat"), called("lon")))
    same, links, codes = identifiers(geonames=get("geonames"), wikidata=get("wikidata"), pcode=get("pcode"))
    own = get("id") or get("pcode") or derived_id("listing", sorted(names.items()), lat, lon, get("within"), kind)
    within = [key_of(source, get("within"))] if get("within") else []
    within += [f"pcode:{get('parent_pcode')}"] if get("parent_pcode") else []
    pointless = kind in ("governorate", "country")
    return Draft(
        key=key_of(source, own),
        kind=kind,
        country=country,
        population=0 if kind in DIVISIONS else people,
        lat=None if pointless else lat,
        lon=None if pointless else lon,
        names=names,
        spellings=[n for n in dict.fromkeys((*names.values(), *others)) if n],
        within=[*within, *([f"country:{country}"] if country else [])],
        links=links,
        codes=codes,
        same=same,
    )


def _names(file: SourceFile, number: int, values: Mapping[str, str], called: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for field_name, language in (("name_en", "en"), ("name_ar", "ar"), ("name", "")):
        value = values.get(field_name, "")
        if value.strip():
            name = file.name(number, called(field_name), value)
            found.setdefault(language or language_of(name), name)
    return found


def language_of(name: str) -> str:
    """Return the language under which a name is shown that says none.

    >>> language_of("حلب"), language_of("Halab")
    ('ar', 'en')
    """
    return "ar" if ARABIC.search(name) else "en"


def key_of(source: str, id_there: str) -> str:
    """Return the key of a place that a source calls so: an IRI stands for itself.

    >>> key_of("mine", "17"), key_of("mine", "https://example.org/17")
    ('mine:17', 'https://example.org/17')
    """
    return id_there if id_there.startswith(("http://", "https://")) else f"{source}:{id_there}"


def kind_of(word: str) -> str | None:
    """Return the kind that a word for one means, None for one that says nothing here.

    >>> kind_of("Village"), kind_of("محافظة"), kind_of("hamlet"), kind_of("waterfall")
    ('village', 'governorate', 'village', None)
    """
    key = name_key(word)
    if key in KINDS:
        return key
    return TYPE_WORDS.get(key) or _OTHER_KINDS.get(key)


def identifiers(
    *, geonames: str = "", wikidata: str = "", pcode: str = ""
) -> tuple[list[str], list[str], dict[str, str]]:
    """Return the keys, the links and the codes that identifiers of other registers give."""
    same: list[str] = []
    links: list[str] = []
    if geonames:
        same.append(f"{GEONAMES}{geonames}")
        links.append(geonames_iri(same[0]))
    if wikidata:
        same.append(f"wikidata:{wikidata}")
        links.append(wikidata_iri(wikidata))
    if pcode:
        same.append(f"pcode:{pcode}")
    return same, links, {"pcode": pcode} if pcode else {}
