"""Trusty URIs of RDF: an IRI that ends in a digest of what stands under it.

Invariant: the code follows from the quads alone, in whatever order, and from nothing else. Module RA of
https://trustyuri.net/spec/v1.html: SHA-256 over the sorted statements with a blank where the code will stand.
"""

import base64
import hashlib
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode, Quad

from ontology.vocabulary import XSD


def code_of(quads: Iterable[Quad], stem: str) -> str:
    """Return the artefact code (`RA` and 43 characters) of quads whose own IRIs are `stem`, and `stem` with a fragment.

    Raises:
        ValueError: a quad has a blank node or no graph; the code would not follow from it.
    """
    rows = sorted({_row(quad, stem) for quad in quads})
    text = "".join(line for _, line in rows)
    digest = hashlib.sha256(text.encode()).digest()
    return "RA" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _row(quad: Quad, stem: str) -> tuple[tuple[object, ...], str]:
    """Return what a quad is sorted by, and its four lines."""
    if not isinstance(quad.subject, NamedNode) or not isinstance(quad.graph_name, NamedNode):
        raise ValueError(f"no trusty URI: {quad} has a blank node, or stands in no graph")
    names = [_name(term, stem) for term in (quad.graph_name, quad.subject, quad.predicate)]
    value = quad.object
    if isinstance(value, NamedNode):
        named = _name(value, stem)
        return (*names, False, named), "".join(f"{part}\n" for part in (*names, named))
    if not isinstance(value, Literal):
        raise ValueError(f"no trusty URI: {quad} has a blank node")
    escaped = value.value.replace("\\", "\\\\").replace("\n", "\\n")
    if value.language is not None:
        order = (*names, True, value.value, "", value.language)
        return order, "".join(f"{part}\n" for part in (*names, f"@{value.language.lower()} {escaped}"))
    kind = value.datatype.value or f"{XSD}string"
    return (*names, True, value.value, kind, ""), "".join(f"{part}\n" for part in (*names, f"^{kind} {escaped}"))


def _name(node: NamedNode, stem: str) -> str:
    """Return an IRI with a blank in place of the code that the IRIs of the quads themselves will have."""
    if node.value == stem or node.value.startswith(f"{stem}#"):
        return f"{stem.rpartition('/')[0]}/ {node.value[len(stem) :]}"
    return node.value
