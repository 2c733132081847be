"""The shapes of the ontology held against a batch of claims, and all that these claims name.

Invariant: what is validated is what the store holds of the batch, whole nodes only; who asks says how large it is.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode

from graph.audit.findings import SHAPE, Finding
from graph.store import Reader

_STEPS: Final = 4  # from the claim over a part of it and what that names to what contains this


def shape_findings(store: Reader, claims: Iterable[str]) -> Iterator[Finding]:
    """Yield what does not conform about claims, their parts, and the things that they lead to.

    Raises:
        ontology.vocabulary.OntologyUnreadable
    """
    from ontology.validation import validate

    batch = list(claims)
    if not batch:
        return
    report = validate(_nodes(store, batch))
    for result in report.results:
        where = result.focus if result.path is None else f"{result.focus} {result.path}"
        value = "" if result.value is None else f": {result.value}"
        yield Finding(SHAPE, where, f"{result.message}{value}")


def _nodes(store: Reader, claims: list[str]) -> bytes:
    """Return the triples of the claims and of what they lead to, as N-Quads; a claim that is another's is left out."""
    base, batch = store.iris.base, set(claims)
    lines: dict[str, None] = {}
    seen = set(claims)
    nodes = claims
    for _ in range(_STEPS):
        further: list[str] = []
        for node in nodes:
            for quad in store.quads(NamedNode(node), None, None, DefaultGraph()):
                lines[f"{quad} .\n"] = None
                value = quad.object.value if isinstance(quad.object, NamedNode) else ""
                if value.startswith(base) and value not in seen and not _other_claim(store, value, batch):
                    seen.add(value)
                    further.append(value)
        nodes = further
    for node in nodes:  # what is at the edge is whole as well
        for quad in store.quads(NamedNode(node), None, None, DefaultGraph()):
            lines[f"{quad} .\n"] = None
    return "".join(lines).encode()


def _other_claim(store: Reader, iri: str, batch: set[str]) -> bool:
    named = store.iris.parse(iri)
    return named is not None and named.kind == "claim" and store.iris.claim(named.id).value not in batch
