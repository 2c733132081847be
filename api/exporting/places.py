"""The places that the graph knows, with everything that an export says of them.

Invariant: coordinates are those of the graph, and a place without any has none here. Places are read in batches, so
memory does not grow with their number.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from pyoxigraph import Literal, NamedNode

from graph.store import Answer
from ontology.alignments import ACLED_GEO_PRECISION, UCDP_WHERE_PREC, codes
from ontology.model import Precision
from ontology.vocabulary import PREFIXES, RDF, RDFS, SCHEMA, SKOS, Vocabulary, local_name

BATCH: Final = 200  # places that are read at a time
PROLOGUE: Final = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
_POINT = re.compile(r"POINT\((\S+) (\S+)\)")
_NAMED_BY: Final = (
    "SELECT ?place (COUNT(DISTINCT ?claim) AS ?claims) (MIN(?day) AS ?first) (MAX(?day) AS ?last) "
    "(MIN(STR(?article)) AS ?cited) { %s GRAPH ?claim { ?location wq:ofPlace %s } "
    "?claim prov:wasDerivedFrom ?article ; wq:record/wq:recorded ?recorded "
    "OPTIONAL { ?article schema:datePublished ?published } "
    "BIND(SUBSTR(STR(COALESCE(?published, ?recorded)), 1, 10) AS ?day) } GROUP BY ?place"
)
_NARROW_TO_WIDE: Final = ("subdistrict", "district", "governorate", "region", "country")
_FINEST_FIRST: Final = tuple(precision.value for precision in Precision)


class Asked(Protocol):
    """Whatever answers queries: a workspace."""

    def query(self, sparql: str) -> Answer:
        """Ask the graph."""
        ...


class UnknownArea(ValueError):
    """No place of the graph has this code or IRI."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"no place of the graph has the code or IRI {name!r}: give a code such as SY07, or the IRI of a place that "
            "an article names or that contains one"
        )
        self.name = name


@dataclass(slots=True)
class PlaceFound:
    """A place. `lat` and `lon` are decimal strings or both None; `within` pairs the IRI of a container with its name.

    `names` are the main names by language, `spellings` all pairs of a name and its language; `kinds` codes of place
    kinds; `precision` the finest that a claim gives it; `codes` go from the kind of a code to the code. `claims` and
    `events` count those that name the place, `first` and `last` are days (ISO 8601) on which articles did, or
    named what lies in it where none named itself; `cited` is
    the IRI of one of them.
    """

    iri: str
    names: dict[str, str] = field(default_factory=dict)
    spellings: list[tuple[str, str]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    lat: str | None = None
    lon: str | None = None
    precision: str | None = None
    within: list[tuple[str, str]] = field(default_factory=list)
    close: list[str] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    claims: int = 0
    events: int = 0
    first: str | None = None
    last: str | None = None
    cited: str | None = None

    @property
    def title(self) -> str:
        """The English name, else the Arabic one, else another, else the end of the IRI."""
        other = next((self.names[language] for language in sorted(self.names)), local_name(self.iri))
        return self.names.get("en") or self.names.get("ar") or other


def acled_code(precision: str | None) -> int | None:
    """Return ACLED's geo_precision (1 to 3) for a precision of ours, None where it has no such code."""
    return _code(precision, ACLED_GEO_PRECISION)


def ucdp_code(precision: str | None) -> int | None:
    """Return UCDP's where_prec (1 to 7) for a precision of ours, None where it has no such code."""
    return _code(precision, UCDP_WHERE_PREC)


def _code(precision: str | None, scheme: str) -> int | None:
    code = None if precision is None else codes(scheme).get(Vocabulary.load().precision(precision))
    return None if code is None else int(code)


def area(asked: Asked, name: str) -> str:
    """Return the IRI of the place that a code or an IRI names.

    Raises:
        UnknownArea: where the graph has none, or several have the code.
    """
    notations = Vocabulary.load().notations.values()
    try:
        if "://" in name:
            node = NamedNode(name)
            known = f"{{ VALUES ?place {{ {node} }} }} UNION {{ ?place skos:closeMatch|skos:exactMatch {node} }}"
        else:
            values = " ".join(str(Literal(name, datatype=NamedNode(iri))) for iri in notations)
            known = f"VALUES ?code {{ {values} }} ?place skos:notation ?code ."
    except ValueError:
        raise UnknownArea(name) from None
    found = _rows(asked, f"SELECT DISTINCT ?place {{ {known} ?place a wq:Place }} LIMIT 2")
    iris = [_text(row[0]) for row in found]
    if len(iris) != 1:
        raise UnknownArea(name)
    return iris[0]


def places(asked: Asked, *, within: str | None = None) -> Iterator[PlaceFound]:
    """Yield every place that an article names, and every place that contains one; with `within` those in an area.

    `within` is the IRI of a place, which counts as lying in itself.
    """
    inside = "" if within is None else f"?place schema:containedInPlace* <{within}> ."
    distinct = "" if within is None else "DISTINCT "
    listed = _rows(asked, f"SELECT {distinct}?place {{ {inside} ?place a wq:Place }}")
    while batch := [_text(row[0]) for row in itertools.islice(listed, BATCH)]:
        yield from places_of(asked, batch).values()


def places_of(asked: Asked, iris: Iterable[str]) -> dict[str, PlaceFound]:
    """Return these places by IRI, in their order."""
    found = {iri: PlaceFound(iri) for iri in iris}
    if not found:
        return found
    values = _values(found)
    containers = _facts(asked, values, found)
    for iri, name in _named(asked, containers):
        for place in containers[iri]:
            found[place].within.append((iri, name))
    for place, wkt in _rows(
        asked, f"SELECT ?place ?wkt {{ {values} ?place geo:hasGeometry/geo:asWKT ?wkt }} ORDER BY ?wkt"
    ):
        row = found[_text(place)]
        if row.lat is None and (point := _POINT.fullmatch(_text(wkt))):
            row.lon, row.lat = point.groups()
    _told(asked, values, found)
    return found


def _facts(asked: Asked, values: str, found: dict[str, PlaceFound]) -> dict[str, list[str]]:
    """Fill in what the graph states of the places; return what contains them, with the places that it contains."""
    vocabulary = Vocabulary.load()
    kinds = {iri: code for code, iri in vocabulary.place_kinds.items()}
    notations = {iri: code for code, iri in vocabulary.notations.items()}
    containers: dict[str, list[str]] = defaultdict(list)
    types: dict[str, set[str]] = defaultdict(set)
    predicates = ", ".join(
        f"<{p}>"
        for p in (
            RDF + "type",
            RDFS + "label",
            SKOS + "altLabel",
            SKOS + "closeMatch",
            SKOS + "exactMatch",
            SKOS + "notation",
            SCHEMA + "containedInPlace",
        )
    )
    for place, predicate, value in _rows(
        asked, f"SELECT ?place ?p ?o {{ {values} ?place ?p ?o FILTER(?p IN ({predicates})) }} ORDER BY ?place ?p ?o"
    ):
        iri, text = _text(place), _text(value)
        row, name = found[iri], local_name(_text(predicate))
        if name == "type":
            types[iri].add(text)
        elif name in ("label", "altLabel"):
            language = str(getattr(value, "language", None) or "")
            if name == "label":
                row.names.setdefault(language, text)
            if (text, language) not in row.spellings:
                row.spellings.append((text, language))
        elif name == "notation":
            row.codes[notations.get(str(value.datatype.value), "code")] = text
        elif name == "containedInPlace":
            containers[text].append(iri)
        else:
            (row.close if name == "closeMatch" else row.exact).append(text)
    for iri, classes in types.items():
        above = {upper for cls in classes for upper in vocabulary.superclasses.get(cls, ())}
        found[iri].kinds = sorted(kinds[cls] for cls in classes - above if cls in kinds)
    return containers


def _named(asked: Asked, iris: Iterable[str]) -> list[tuple[str, str]]:
    """Return each of these with a name, the widest last: a country behind its governorates."""
    listed = sorted(iris)
    described = {iri: PlaceFound(iri) for iri in listed}
    for start in range(0, len(listed), BATCH):
        _facts(asked, _values(listed[start : start + BATCH]), described)
    ordered = sorted(described.values(), key=lambda place: max(map(_width, place.kinds), default=0))
    return [(place.iri, place.title) for place in ordered]


def _width(kind: str) -> int:
    return _NARROW_TO_WIDE.index(kind) + 1 if kind in _NARROW_TO_WIDE else 0


def _told(asked: Asked, values: str, found: dict[str, PlaceFound]) -> None:
    """Fill in what claims say of the places, and how many do."""
    precisions = {iri: code for code, iri in Vocabulary.load().precisions.items()}
    for place, precision in _rows(
        asked,
        f"SELECT DISTINCT ?place ?precision {{ {values} "
        "GRAPH ?claim { ?location wq:ofPlace ?place ; wq:precision ?precision } }",
    ):
        row, code = found[_text(place)], precisions[_text(precision)]
        row.precision = min(code, row.precision or code, key=_FINEST_FIRST.index)
    for place, claims, first, last, cited in _rows(asked, _NAMED_BY % (values, "?place")):
        row = found[_text(place)]
        row.claims = int(_text(claims))
        row.first, row.last, row.cited = _text(first), _text(last), _text(cited)
    around = [iri for iri, row in found.items() if row.first is None]
    inside = f"{_values(around)} ?inner schema:containedInPlace ?place ."
    for place, _, first, last, _ in _rows(asked, _NAMED_BY % (inside, "?inner")) if around else ():
        row = found[_text(place)]
        row.first, row.last = _text(first), _text(last)
    for place, events in _rows(
        asked,
        f"SELECT ?place (COUNT(DISTINCT ?event) AS ?events) {{ {values} ?event wq:place ?place ; a wq:Event }} "
        "GROUP BY ?place",
    ):
        found[_text(place)].events = int(_text(events))


def _values(iris: Iterable[str]) -> str:
    return f"VALUES ?place {{ {' '.join(f'<{iri}>' for iri in iris)} }}"


def _rows(asked: Asked, query: str) -> Iterator[tuple[Any, ...]]:
    return asked.query(PROLOGUE + query).rows()


def _text(term: Any) -> str:
    return str(term.value)
