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
ACLED_GEO_PRECISION: Final = "https://w3id.org/waqai/alignment/acled/geo-precision/scheme"
UCDP_WHERE_PREC: Final = "https://w3id.org/waqai/alignment/ucdp/where-prec/scheme"
_RELATIONS: Final = frozenset({SKOS + "closeMatch", SKOS + "broadMatch"})  # relatedMatch: never convert by it


def codes(scheme: str) -> Mapping[str, str]:
    """Return the code of each term of ours that has one in `scheme`, from IRI to notation.

    Raises:
        OntologyUnreadable: `alignments.ttl` is missing or is no Turtle.
    """
    return _codes((ontology_folder() / ALIGNMENTS_FILE).resolve(), scheme)


@cache
def _codes(path: Path, scheme: str) -> Mapping[str, str]:
    import pyoxigraph

    try:
        quads = list(pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE))
    except (OSError, SyntaxError) as error:
        raise OntologyUnreadable(path, str(error)) from None
    stated = [(q.subject.value, q.predicate.value, q.object.value) for q in quads]  # the file has no blank nodes
    members = {s for s, p, o in stated if p == SKOS + "inScheme" and o == scheme}
    notations = {s: o for s, p, o in stated if p == SKOS + "notation" and s in members}
    return MappingProxyType({s: notations[o] for s, p, o in stated if p in _RELATIONS and o in notations})
