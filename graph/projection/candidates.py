"""What the graph says of the candidates that an outside service offered.

Invariant: nothing is said of any thing in the world, and nothing is linked: there are the record with the question's
digest, the service, and what it offered. A closeMatch or exactMatch comes from a person's review only.
"""

from decimal import InvalidOperation
from typing import Final

from graph.iris import Iris
from graph.log import Record
from graph.projection.literals import FALSE, TRUE, decimal, integer, outside, plain, typed
from graph.projection.statements import Triple
from graph.terms import Node, Term, terms, written
from ontology.candidates import Offer, decode_candidates_received


def offered(to: list[Triple], record: Record, iris: Iris) -> None:
    """Add the triples of a CandidatesReceived record, beside those of every record."""
    received = decode_candidates_received(record.payload)
    node = str(iris.record(record.position))
    to.append(f"{node} {written('askedSha256')} {plain(received.asked_sha256)}")
    service = _node(received.service)
    if service is not None:
        to.append(f"{node} {written('askedService')} {service}")
    for rank, offer in enumerate(received.offers, start=1):
        part = str(iris.offer(record.position, rank))
        to.append(f"{node} {written('offers')} {part}")
        to += [f"{part} {Term.TYPE} {cls}" for cls in terms().classes("CandidateOffer")]
        to += [f"{part} {predicate} {value}" for predicate, value in _said(offer, rank)]


def _said(offer: Offer, rank: int) -> list[tuple[Node, Node]]:
    said = [
        (str(Term.LABEL), plain(offer.name)),
        (written("offeredRank"), integer(rank)),
        (written("offeredId"), plain(offer.id)),
        (written("offeredMatch"), TRUE if offer.match else FALSE),
    ]
    entity = _node(offer.iri) if offer.iri is not None else None
    if entity is not None:
        said.append((written("offeredEntity"), entity))
    score = _score(offer.score) if offer.score is not None else None
    if score is not None:
        said.append((written("offeredScore"), score))
    return said


def _score(text: str) -> Node | None:
    try:
        return typed(decimal(text), _DECIMAL)
    except InvalidOperation:
        return None


def _node(iri: str) -> Node | None:
    try:
        return outside(iri)
    except ValueError:
        return None


_DECIMAL: Final = str(Term.DECIMAL)
