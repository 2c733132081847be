"""Documents of RDF as the quads of one graph: bodies that are sent, and what LOAD fetches.

Invariant: only quads of the graph that is meant come out, without blank nodes: each becomes an IRI that follows from
the document and its place there, so the same document again gives the same quads. Nothing else is fetched for it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, parse

from graph.updates.quads import Naming

TYPES: Final = (
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
    "application/trig",
    "application/n-quads",
)


class Unreadable(Exception):
    """A document is not what it says; the message is the end of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Document:
    """What an address held: its media type and bytes, and when it was fetched (ISO 8601, UTC).

    Where it could not be had, `fault` says why: a kind of `UpdateFault`, and a reason.
    """

    media_type: str
    body: bytes
    fetched: str
    fault: tuple[str, str] | None = None


def quads_of(
    media_type: str, body: bytes, graph: NamedNode, base: str, *, relative_to: str, number: int = 0
) -> Iterator[Quad]:
    """Yield the quads of a document in `graph`.

    `base` is ours, for names of blank nodes; `number` tells several documents of one request apart. Relative IRIs are
    relative to `relative_to`.

    Raises:
        Unreadable
    """
    form = RdfFormat.from_media_type(media_type)
    if form is None or media_type not in TYPES:
        raise Unreadable(f"of {media_type} cannot be read: it must be {', '.join(TYPES)}")
    naming = Naming(base, f"{hashlib.sha256(body).hexdigest()}\0{number}")
    order: dict[str, NamedNode] = {}

    def named(term: object) -> object:
        if isinstance(term, BlankNode):
            return order.setdefault(term.value, naming.iri(len(order)))
        return term

    try:
        for quad in parse(body, form, base_iri=relative_to):
            if quad.graph_name not in (DefaultGraph(), graph):
                raise Unreadable(f"names the graph {quad.graph_name}, and this is about {graph}: triples are expected")
            yield Quad(named(quad.subject), quad.predicate, named(quad.object), graph)  # type: ignore[arg-type]
    except (SyntaxError, ValueError) as error:
        raise Unreadable(f"is no {media_type}: {error}") from None
