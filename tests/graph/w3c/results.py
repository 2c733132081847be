"""Results of queries as the suites' files give them, and whether two are the same.

Invariant: blank nodes are the same under one renaming for the whole result; terms are compared as terms, form and all.
What differs in the forms of literals only (`01` for `1`) is made the same by `as_values`.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from graph.updates.quads import as_stored

_RS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_FORMATS: Final = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}
RDF_FORMATS: Final = {".ttl": ox.RdfFormat.TURTLE, ".rdf": ox.RdfFormat.RDF_XML, ".nt": ox.RdfFormat.N_TRIPLES}

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = Mapping[str, Term]


@dataclass(frozen=True)
class Rows:
    """The rows of a SELECT; `numbered` where the file gives their order."""

    variables: frozenset[str]
    rows: tuple[Row, ...]
    numbered: bool = False


Result = Rows | bool | ox.Dataset


def read(content: bytes, suffix: str, base: str) -> Result:
    """Return what a file with this name suffix says: `.srx`, `.srj`, `.csv`, `.tsv`, or RDF."""
    if suffix == ".csv":
        return _csv(content)
    if suffix in _FORMATS:
        found = ox.parse_query_results(content, _FORMATS[suffix])
        if isinstance(found, ox.QueryBoolean):
            return bool(found)
        names = [variable.value for variable in found.variables]
        rows = tuple({name: term for name in names if (term := row[name]) is not None} for row in found)
        return Rows(frozenset(names), rows)
    graph = ox.Dataset(ox.parse(content, RDF_FORMATS[suffix], base_iri=base))
    return _of_vocabulary(graph) if any(q.predicate.value == _RS + "resultVariable" for q in graph) else _truth(graph)


def file(path: Path, base: str) -> Result:
    """Return what a file says."""
    return read(path.read_bytes(), path.suffix, base)


def same(one: Result, other: Result, *, ordered: bool = False, lax: bool = False) -> bool:
    """Return whether two results are the same; `lax` allows the second to hold rows less often, as REDUCED does."""
    if isinstance(one, ox.Dataset) and isinstance(other, ox.Dataset):
        return _canonical(one) == _canonical(other)
    if not (isinstance(one, Rows) and isinstance(other, Rows)):
        return type(one) is type(other) and one == other
    if one.variables != other.variables:
        return False
    if lax:
        given, found = Counter(map(_frozen, one.rows)), Counter(map(_frozen, other.rows))
        return given.keys() == found.keys() and found <= given
    return _matches(one.rows, other.rows, ordered=ordered)


def as_values(result: Result) -> Result:
    """Return a result with each literal in the form that the store keeps."""
    if isinstance(result, Rows):
        rows = tuple({name: _kept(term) for name, term in row.items()} for row in result.rows)
        return Rows(result.variables, rows, result.numbered)
    return ox.Dataset(as_stored(result)) if isinstance(result, ox.Dataset) else result


@cache
def _kept(term: Term) -> Term:
    (quad,) = as_stored([ox.Quad(ox.NamedNode("x:s"), ox.NamedNode("x:p"), term)])
    return quad.object


def _frozen(row: Row) -> frozenset[tuple[str, Term]]:
    return frozenset(row.items())


def _canonical(graph: ox.Dataset) -> ox.Dataset:
    copy = ox.Dataset(graph)
    copy.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return copy


def _matches(one: Sequence[Row], other: Sequence[Row], *, ordered: bool) -> bool:
    if len(one) != len(other):
        return False
    if ordered:
        return _paired(list(one), list(other), {}, ordered=True)
    ground = [[_frozen(row) for row in rows if not _blank(row)] for rows in (one, other)]
    if Counter(ground[0]) != Counter(ground[1]):
        return False
    rest = [[row for row in rows if _blank(row)] for rows in (one, other)]
    return _paired(rest[0], rest[1], {}, ordered=False)


def _blank(row: Row) -> bool:
    return any(isinstance(term, ox.BlankNode) for term in row.values())


def _paired(one: list[Row], other: list[Row], names: dict[Term, Term], *, ordered: bool) -> bool:
    """Return whether the rows can be paired by one renaming that goes on from `names`."""
    if not one:
        return True
    for number, row in enumerate(other[:1] if ordered else other):
        renamed = _renamed(one[0], row, names)
        if renamed is not None and _paired(one[1:], other[:number] + other[number + 1 :], renamed, ordered=ordered):
            return True
    return False


def _renamed(one: Row, other: Row, names: dict[Term, Term]) -> dict[Term, Term] | None:
    if one.keys() != other.keys():
        return None
    names = dict(names)
    for name, term in one.items():
        found = other[name]
        if isinstance(term, ox.BlankNode) and isinstance(found, ox.BlankNode):
            if names.setdefault(term, found) != found or sum(v == found for v in names.values()) > 1:
                return None
        elif term != found:
            return None
    return names


def _csv(content: bytes) -> Rows:
    head, *lines = csv.reader(io.StringIO(content.decode()))
    rows = []
    for line in lines:
        cells = {name: cell for name, cell in zip(head, line, strict=True) if cell}
        rows.append(
            {n: ox.BlankNode(c[2:]) if c.startswith("_:") else ox.Literal(c) for n, c in cells.items()},
        )
    return Rows(frozenset(head), tuple(rows))


def _truth(graph: ox.Dataset) -> bool | ox.Dataset:
    for quad in graph:
        if quad.predicate.value == _RS + "boolean" and isinstance(quad.object, ox.Literal):
            return quad.object.value == "true"
    return graph


def _of_vocabulary(graph: ox.Dataset) -> Rows:
    """Return the rows that a graph states in the vocabulary of result sets."""

    def objects(subject: Term, name: str) -> list[Term]:
        assert isinstance(subject, ox.NamedNode | ox.BlankNode)
        return [q.object for q in graph.quads_for_subject(subject) if q.predicate.value == _RS + name]

    variables = [q.object for q in graph if q.predicate.value == _RS + "resultVariable"]
    solutions = [q.object for q in graph if q.predicate.value == _RS + "solution"]
    numbers = {s: int(n.value) for s in solutions for n in objects(s, "index") if isinstance(n, ox.Literal)}
    rows = []
    for solution in sorted(solutions, key=lambda s: numbers.get(s, 0)):
        row = {}
        for binding in objects(solution, "binding"):
            (name,), (value,) = objects(binding, "variable"), objects(binding, "value")
            assert isinstance(name, ox.Literal)
            row[name.value] = value
        rows.append(row)
    names = frozenset(v.value for v in variables if isinstance(v, ox.Literal))
    return Rows(names, tuple(rows), bool(numbers))
