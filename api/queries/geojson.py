"""The answer to a query as GeoJSON (RFC 7946): a feature for each row, at the point that the row names.

Invariant: a row without a point has the geometry null; no point is made up, and no row is left out.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from api.exporting.writing import collection
from graph.store import Answer
from ontology.vocabulary import GEO, XSD

MEDIA_TYPE: Final = "application/geo+json"
_WKT: Final = re.compile(r"\s*POINT\s*\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)\s*")
_NUMBERS: Final = frozenset(f"{XSD}{name}" for name in ("integer", "decimal", "double", "float"))


def has_points(answer: Answer) -> bool:
    """Return whether the columns of an answer may name points: `wkt`, or `lat` and `long`."""
    return answer.kind == "solutions" and ("wkt" in answer.variables or {"lat", "long"} <= set(answer.variables))


def geojson(answer: Answer, *, cut: bool = False) -> Iterator[bytes]:
    """Yield a FeatureCollection with `position`, the log position that it answers for.

    It also has `truncated`, true, where rows were `cut` off.
    """
    return collection(_features(answer), {"position": answer.position, **({"truncated": True} if cut else {})})


def _features(answer: Answer) -> Iterator[dict[str, Any]]:
    names = answer.variables
    for row in answer.rows():
        values = dict(zip(names, row, strict=True))
        yield {
            "type": "Feature",
            "geometry": _geometry(values),
            "properties": {name: _plain(term) for name, term in values.items() if name != "wkt"},
        }


def _geometry(values: dict[str, Any]) -> dict[str, Any] | None:
    wkt, lat, long = values.get("wkt"), values.get("lat"), values.get("long")
    if wkt is not None and getattr(wkt, "datatype", None) is not None and wkt.datatype.value == f"{GEO}wktLiteral":
        point = _WKT.fullmatch(wkt.value)
        return None if point is None else _point(point[1], point[2])
    return None if lat is None or long is None else _point(long.value, lat.value)


def _point(long: str, lat: str) -> dict[str, Any] | None:
    try:
        return {"type": "Point", "coordinates": [float(long), float(lat)]}
    except ValueError:
        return None


def _plain(term: Any) -> str | int | float | bool | None:
    if term is None:
        return None
    datatype = getattr(getattr(term, "datatype", None), "value", "")
    text = str(term.value)
    if datatype == f"{XSD}boolean":
        return text in ("true", "1")
    if datatype in _NUMBERS:
        try:
            return int(text) if datatype.endswith("integer") else float(text)
        except ValueError:
            return text
    return text
