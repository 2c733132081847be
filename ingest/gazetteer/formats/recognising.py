"""Which format a file of places has.

Invariant: a format follows from the file's name and its beginning; one that cannot be told is asked for.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ingest.gazetteer.draft import Draft
from ingest.gazetteer.formats import delimited, features, geonames, opensyria
from ingest.gazetteer.formats.fields import Assumed
from ingest.gazetteer.formats.reading import BadSourceFile, SourceFile

Rows = Iterator[tuple[int, Draft | None]]


@dataclass(frozen=True, slots=True)
class Format:
    """How the rows of a file become drafts. `adds` is true where rows add to places and a key may come again."""

    read: Callable[[SourceFile, str, Assumed], Rows]
    unit: str = "line"
    adds: bool = False


FORMATS: Mapping[str, Format] = {
    "geonames": Format(lambda file, _, __: geonames.places(file)),
    "geonames-names": Format(lambda file, _, __: geonames.alternate_names(file), adds=True),
    "geonames-admin": Format(lambda file, _, __: geonames.admin_codes(file)),
    "geonames-hierarchy": Format(lambda file, _, __: geonames.hierarchy(file), adds=True),
    "open-syria": Format(lambda file, source, _: opensyria.places(file, source), unit="item"),
    "csv": Format(delimited.places),
    "geojson": Format(features.geojson, unit="feature"),
    "lpf": Format(features.linked_places, unit="feature"),
}
_TABLES = (".csv", ".tsv")


class UnknownFormat(BadSourceFile):
    """A file whose format cannot be told."""


def format_of(file: SourceFile) -> str:
    """Return the name of the format of `file`.

    Raises:
        UnknownFormat: where it cannot be told.
    """
    name = file.path.name.lower()
    for pattern, found in (
        (r"^admin[12]codes", "geonames-admin"),
        (r"^alternatenames", "geonames-names"),
        (r"^hierarchy", "geonames-hierarchy"),
    ):
        if re.match(pattern, name):
            return found
    if any(suffix in _TABLES for suffix in (s.lower() for s in file.path.suffixes)):
        return "csv"
    head = file.head().lstrip()
    if head[:1] in ("{", "["):
        if re.search(r'"(?:toponym|@context|relationType)"\s*:', head):
            return "lpf"
        if '"FeatureCollection"' in head or re.search(r'"type"\s*:\s*"Feature"', head):
            return "geojson"
        if '"externalIds"' in head or '"governorateId"' in head:
            return "open-syria"
    if head.partition("\n")[0].count("\t") >= 10:
        return "geonames"
    raise UnknownFormat(
        f"{file.path.name}: its format cannot be told; say it with --as: {', '.join(FORMATS)}. "
        f"It begins with {json.dumps(head[:40])}."
    )
