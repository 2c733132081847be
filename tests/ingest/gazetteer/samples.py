"""Files of places that were never anywhere, in the formats of gazetteers."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ingest.gazetteer import Gazetteer
from ingest.gazetteer.importing import Imported, import_file
from ingest.gazetteer.source import described
from tests.ingest.gazetteer.finding import SMALL


def geonames_row(
    number: int,
    name: str,
    *,
    arabic: str = "",
    also: str = "",
    lat: object = "35.5",
    lon: object = "36.5",
    code: str = "P.PPL",
    country: str = "SY",
    admin: tuple[str, ...] = ("12",),
    people: object = 0,
    date: str = "2024-01-15",
) -> str:
    """One line of a GeoNames dump."""
    kind, _, feature = code.partition(".")
    codes = [*admin, "", "", "", ""][:4]
    others = ",".join(n for n in (arabic, also) if n)
    fields = [
        number,
        name,
        name,
        others,
        lat,
        lon,
        kind,
        feature,
        country,
        "",
        *codes,
        people,
        "",
        300,
        "Asia/Damascus",
    ]
    return "\t".join(map(str, [*fields, date])) + "\n"


def village(number: int) -> str:
    """A line of a village with a name that no other number has."""
    letters = "abdfghjklmnrstz"
    syllables = [letters[number // len(letters) ** k % len(letters)] + "a" for k in range(4)]
    return geonames_row(50_000_000 + number, f"Kafr {''.join(syllables).title()}", lat=f"{30 + number % 700 / 100:.2f}")


def write(path: Path, rows: Iterable[str]) -> Path:
    """Write lines to a file."""
    path.write_text("".join(rows), encoding="utf-8")
    return path


def write_json(path: Path, value: Any) -> Path:
    """Write a value as JSON."""
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def feature(
    number: object, name: str, lat: float | None = 35.5, lon: float = 36.5, **properties: Any
) -> dict[str, Any]:
    """A GeoJSON feature."""
    point = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "id": number, "properties": {"name": name, **properties}, "geometry": point}


def collection(*features: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A collection of features."""
    return {"type": "FeatureCollection", **members, "features": list(features)}


def imported(file: Path, folder: Path, source: str = "geonames", rank: int | None = None, **options: Any) -> Imported:
    """Import a file as a source that may be used freely."""
    whose = described(source, title=None, licence="CC0-1.0", attribution=None, url=None, rank=rank)
    return import_file(file, folder, whose, **options)


def opened(cache: Path, imports: Path) -> Gazetteer:
    """The small gazetteer with imports."""
    return Gazetteer.open(cache=cache, min_population=SMALL, imports=imports)
