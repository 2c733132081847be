"""GeoNames dumps: `XX.zip`, `allCountries.txt`, `alternateNamesV2.txt`, `admin1CodesASCII.txt`, `admin2Codes.txt`,
`hierarchy.txt` (https://download.geonames.org/export/dump/readme.txt).

Invariant: a place's kind follows from its feature code, and from its people where the code only says "populated"; what
the pipeline has no kind for (streams, hills, shops) is left out. A governorate or country has no point, and the people
of a division are not those of a town of its name.
"""

import re
from collections.abc import Iterator
from functools import partial

from ingest.gazetteer.draft import GEONAMES, Draft, wikidata_iri
from ingest.gazetteer.entry import DIVISIONS, size_of
from ingest.gazetteer.formats.reading import SourceFile
from ingest.gazetteer.names import display_arabic, is_name

_COLUMNS = 19
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_KINDS = {
    "ADM1": "governorate",
    "ADM2": "district",
    "ADM3": "subdistrict",
    "PCLI": "country",
    "PCLD": "country",
    "PCLF": "country",
    "PCLS": "country",
    "RGN": "region",
    "PPLX": "neighbourhood",
    "AIRP": "airport",
    "AIRF": "airport",
    "AIRB": "base",
    "MILB": "base",
    "INSM": "base",
    "HSP": "hospital",
    "CMPRF": "camp",
    "DAM": "dam",
    "PSTB": "crossing",
}
_NO_SETTLEMENT = frozenset({"PPLH", "PPLCH"})  # of the past
_NAME_LANGUAGES = frozenset({"", "ar", "en", "fr", "ku", "tr"})  # what news in Arabic and English writes
_ITEM = re.compile(r"Q[1-9]\d*", re.ASCII)


def places(file: SourceFile) -> Iterator[tuple[int, Draft | None]]:
    """Yield the places of a dump of a country or of all, None for a feature without a kind."""
    for number, line in file.lines():
        yield file.row(number, partial(_place, file, number, line))


def _place(file: SourceFile, number: int, line: str) -> Draft | None:
    fields = line.split("\t")
    if len(fields) != _COLUMNS:
        raise file.fault(number, None, f"{len(fields)} columns where a GeoNames dump has {_COLUMNS}")
    if not _DATE.fullmatch(fields[18]):
        raise file.fault(number, "modification date", f"{fields[18][:20]!r} is not a date; was the file cut off?")
    key = _key(file, number, "geonameid", fields[0])
    code, country = fields[7], file.country(number, "country code", fields[8])
    people = file.people(number, "population", fields[14])
    lat, lon = file.point(number, fields[4], fields[5], ("latitude", "longitude"))
    kind = _KINDS.get(code)
    if kind is None and fields[6] == "P" and code not in _NO_SETTLEMENT:
        kind = size_of(people)
    name = file.name(number, "name", fields[1])
    if _CONTROL.search(line):
        file.name(number, "asciiname", fields[2])
        file.name(number, "alternatenames", fields[3])
    if kind is None or not name:
        return None
    others = file.several(number, "alternatenames", fields[3].split(",")) if fields[3] else []
    own = [n for n in dict.fromkeys((name, fields[2], *others)) if n and len(n) <= file.limits.name and is_name(n)]
    names = {"en": name}
    if not fields[3].isascii() and (arabic := display_arabic(own)):
        names["ar"] = file.name(number, "alternatenames", arabic)
    pointless = kind in ("governorate", "country")
    within, same = _divisions(country, fields, kind)
    return Draft(
        key=key,
        kind=kind,
        country=country,
        population=0 if kind in DIVISIONS and kind != "country" else people,
        lat=None if pointless else lat,
        lon=None if pointless else lon,
        names=names,
        spellings=own or [name],
        within=within,
        same=same,
        capital=code == "PPLC" and people >= 10_000,
    )


def _divisions(country: str, fields: list[str], kind: str) -> tuple[list[str], list[str]]:
    """Return the keys of what contains a place, innermost first, and the key that its own code gives it."""
    codes: list[str] = []
    for n in range(10, 13):
        if not fields[n] or fields[n] == "00":
            break
        codes.append(fields[n])
    keys = [f"admin{n}:{country}.{'.'.join(codes[:n])}" for n in range(len(codes), 0, -1)]
    level = {"governorate": 1, "district": 2, "subdistrict": 3}.get(kind)
    own = [f"country:{country}"] if kind == "country" else []
    if level is not None and len(codes) >= level:
        own = keys[len(codes) - level : len(codes) - level + 1]
        keys = keys[len(codes) - level + 1 :]
    elif level is not None:
        keys = []  # a division that does not know its own code
    if kind == "country":
        return [], own
    return ([*keys, f"country:{country}"] if country else keys), own


def admin_codes(file: SourceFile) -> Iterator[tuple[int, Draft | None]]:
    """Yield the divisions of `admin1CodesASCII.txt` or `admin2Codes.txt`; they have no points."""
    for number, line in file.lines():
        yield file.row(number, partial(_division, file, number, line))


def _division(file: SourceFile, number: int, line: str) -> Draft:
    fields = line.split("\t")
    if len(fields) != 4:
        raise file.fault(number, None, f"{len(fields)} columns where a list of admin codes has 4")
    codes = fields[0].split(".", 2)
    if len(codes) < 2 or not all(codes):
        raise file.fault(number, "code", f"{fields[0][:40]!r} is not like SY.09 or SY.09.123")
    country, level = file.country(number, "code", codes[0]), len(codes) - 1
    names = [file.name(number, f, v) for f, v in (("name", fields[1]), ("name ascii", fields[2]))]
    if not names[0]:
        raise file.fault(number, "name", "there is none")
    return Draft(
        key=_key(file, number, "geonameid", fields[3]),
        kind="governorate" if level == 1 else "district",
        country=country,
        names={"en": names[0]},
        spellings=[name for name in dict.fromkeys(names) if name],
        within=[*([f"admin1:{country}.{codes[1]}"] if level > 1 else []), f"country:{country}"],
        same=[f"admin{level}:{fields[0]}"],
    )


def alternate_names(file: SourceFile) -> Iterator[tuple[int, Draft | None]]:
    """Yield further names, in Arabic and in Latin script, and Wikidata items of places that another file describes."""
    for number, line in file.lines():
        yield file.row(number, partial(_alternate_name, file, number, line))


def _alternate_name(file: SourceFile, number: int, line: str) -> Draft | None:
    fields = line.split("\t")
    if len(fields) not in (8, 10):
        raise file.fault(number, None, f"{len(fields)} columns where alternateNamesV2 has 10")
    key, language = _key(file, number, "geonameid", fields[1]), fields[2]
    name = file.name(number, "alternate name", fields[3])
    if language == "wkdt" and _ITEM.fullmatch(name):
        return Draft(key=key, kind="", country="", links=[wikidata_iri(name)], same=[f"wikidata:{name}"])
    if language not in _NAME_LANGUAGES or fields[7] == "1" or not is_name(name):
        return None
    shown = {language: name} if language in ("ar", "en") and fields[6] != "1" else {}
    return Draft(
        key=key, kind="", country="", names=shown, spellings=[name], preferred=fields[4] == "1" and bool(shown)
    )


def hierarchy(file: SourceFile) -> Iterator[tuple[int, Draft | None]]:
    """Yield which place lies in which, where the relation is one of administration."""
    for number, line in file.lines():
        yield file.row(number, partial(_relation, file, number, line))


def _relation(file: SourceFile, number: int, line: str) -> Draft | None:
    fields = line.split("\t")
    if len(fields) not in (2, 3):
        raise file.fault(number, None, f"{len(fields)} columns where hierarchy has 3")
    parent, child = (_key(file, number, f, v) for f, v in (("parentId", fields[0]), ("childId", fields[1])))
    if len(fields) == 3 and fields[2] not in ("ADM", ""):
        return None
    return Draft(key=child, kind="", country="", within=[parent])


def _key(file: SourceFile, number: int, field: str, value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) <= 12):
        raise file.fault(number, field, f"{value[:40]!r} is not a number of GeoNames")
    return f"{GEONAMES}{value}"
