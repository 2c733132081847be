"""The shapes of the ontology held against a batch of claims, and all that these claims name.

Invariant: what is validated is what the store holds of the batch, whole nodes only; who asks says how large it is. Of
a claim beside the batch no more is looked at than whether it happened, and nothing is found wrong about it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode

from graph.audit.findings import SHAPE, Finding
from graph.store import Reader
from ontology.vocabulary import WQ

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
    nodes, beside = _nodes(store, batch)
    report = validate(nodes)
    for result in report.results:
        if result.value is not None and result.value.strip("<>") in beside:
            continue  # that it is a claim is said where it is looked at itself
        where = result.focus if result.path is None else f"{result.focus} {result.path}"
        value = "" if result.value is None else f": {result.value}"
        yield Finding(SHAPE, where, f"{result.message}{value}")


def _nodes(store: Reader, claims: list[str]) -> tuple[bytes, set[str]]:
    """Return the triples of the claims and of what they lead to, as N-Quads, and the claims beside them.

    An event leads to all of its claims, and each of those to as much as one of the batch: of them stands there only
    their modality, by which an event has happened.
    """
    base, batch = store.iris.base, set(claims)
    lines: dict[str, None] = {}
    seen, beside = set(claims), set[str]()
    nodes = claims
    for step in range(_STEPS + 1):
        further: list[str] = []
        for node in nodes:
            for quad in store.quads(NamedNode(node), None, None, DefaultGraph()):
                lines[f"{quad} .\n"] = None
                value = quad.object.value if isinstance(quad.object, NamedNode) else ""
                if not value.startswith(base) or value in seen:
                    continue
                if _other_claim(store, value, batch):
                    beside.add(value)
                elif step < _STEPS:  # what is at the edge is whole as well, and leads no further
                    seen.add(value)
                    further.append(value)
        nodes = further
    for claim in sorted(beside):
        for quad in store.quads(NamedNode(claim), NamedNode(f"{WQ}modality"), None, DefaultGraph()):
            lines[f"{quad} .\n"] = None
    return "".join(lines).encode(), beside


def _other_claim(store: Reader, iri: str, batch: set[str]) -> bool:
    """Tell whether an IRI is that of a claim, or of a part of one, which is not of the batch."""
    named = store.iris.parse(iri)
    return named is not None and named.kind == "claim" and store.iris.claim(named.id).value not in batch
