"""Codes of other schemes for terms of ours, read from `alignments.ttl`.

Invariant: a code is one that the file states, with its relation; a term without one has no code, and none is derived.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ontology.location import ontology_folder
from ontology.vocabulary import SKOS, OntologyUnreadable

ALIGNMENTS_FILE: Final = "alignments.ttl"
ACLED: Final = "https://w3id.org/waqai/alignment/acled#scheme"
ACLED_GEO_PRECISION: Final = "https://w3id.org/waqai/alignment/acled/geo-precision/scheme"
UCDP_WHERE_PREC: Final = "https://w3id.org/waqai/alignment/ucdp/where-prec/scheme"
_RELATIONS: Final = frozenset({SKOS + "closeMatch", SKOS + "broadMatch"})  # relatedMatch: never convert by it


def codes(scheme: str) -> Mapping[str, str]:
    """Return the code of each term of ours that has one in `scheme`, from IRI to notation.

    Raises:
        OntologyUnreadable: `alignments.ttl` is missing or is no Turtle.
    """
    return _codes((ontology_folder() / ALIGNMENTS_FILE).resolve(), scheme)


def chains(scheme: str) -> Mapping[str, tuple[str, ...]]:
    """Return by IRI the code of each term of ours that has one in `scheme`, with the wider codes above it.

    Raises:
        OntologyUnreadable: `alignments.ttl` is missing or is no Turtle.
    """
    path = (ontology_folder() / ALIGNMENTS_FILE).resolve()
    stated = _stated(path)
    wider = {s: o for s, p, o in stated if p == SKOS + "broader"}
    notations = {s: o for s, p, o in stated if p == SKOS + "notation"}
    members = {s for s, p, o in stated if p == SKOS + "inScheme" and o == scheme}
    found: dict[str, tuple[str, ...]] = {}
    for term, relation, concept in stated:
        if relation not in _RELATIONS or concept not in members:
            continue
        codes_above = [notations[concept]]
        while concept in wider and len(codes_above) <= len(members):
            concept = wider[concept]
            codes_above.append(notations[concept])
        found[term] = tuple(codes_above)
    return MappingProxyType(found)


@cache
def _stated(path: Path) -> tuple[tuple[str, str, str], ...]:
    import pyoxigraph

    try:
        quads = list(pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE))
    except (OSError, SyntaxError) as error:
        raise OntologyUnreadable(path, str(error)) from None
    return tuple((q.subject.value, q.predicate.value, q.object.value) for q in quads)  # the file has no blank nodes


@cache
def _codes(path: Path, scheme: str) -> Mapping[str, str]:
    stated = _stated(path)
    members = {s for s, p, o in stated if p == SKOS + "inScheme" and o == scheme}
    notations = {s: o for s, p, o in stated if p == SKOS + "notation" and s in members}
    return MappingProxyType({s: notations[o] for s, p, o in stated if p in _RELATIONS and o in notations})
