"""What the graph says of the candidates that an outside service offered.

Invariant: nothing is said of any thing in the world, and nothing is linked: there are the record with the question's
digest, the service, and what it offered. A closeMatch or exactMatch comes from a person's review only.
"""

from decimal import Decimal, InvalidOperation

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from graph.iris import Iris
from graph.log import Record
from graph.terms import Term, terms, wq
from ontology.candidates import Offer, decode_candidates_received

_DEFAULT = DefaultGraph()


def offered(record: Record, iris: Iris) -> list[Quad]:
    """Return the quads of a CandidatesReceived record, beside those of every record."""
    received = decode_candidates_received(record.payload)
    node = iris.record(record.position)
    pairs: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
        (node, wq("askedSha256"), Literal(received.asked_sha256))
    ]
    service = _node(received.service)
    if service is not None:
        pairs.append((node, wq("askedService"), service))
    for rank, offer in enumerate(received.offers, start=1):
        part = NamedNode(f"{node.value}/offer/{rank}")
        pairs.append((node, wq("offers"), part))
        pairs += ((part, Term.TYPE, cls) for cls in terms().classes("CandidateOffer"))
        pairs += ((part, predicate, value) for predicate, value in _said(offer, rank))
    return [Quad(subject, predicate, value, _DEFAULT) for subject, predicate, value in pairs]


def _said(offer: Offer, rank: int) -> list[tuple[NamedNode, NamedNode | Literal]]:
    said: list[tuple[NamedNode, NamedNode | Literal]] = [
        (Term.LABEL, Literal(offer.name)),
        (wq("offeredRank"), Literal(rank)),
        (wq("offeredId"), Literal(offer.id)),
        (wq("offeredMatch"), Literal(offer.match)),
    ]
    entity = _node(offer.iri) if offer.iri is not None else None
    if entity is not None:
        said.append((wq("offeredEntity"), entity))
    score = _decimal(offer.score) if offer.score is not None else None
    if score is not None:
        said.append((wq("offeredScore"), Literal(score, datatype=Term.DECIMAL)))
    return said


def _decimal(text: str) -> str | None:
    """Return a decimal number in the form that the store would make of it anyway."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return "0" if number == 0 else format(number.normalize(), "f")


def _node(iri: str) -> NamedNode | None:
    try:
        return NamedNode(iri)
    except ValueError:
        return None
