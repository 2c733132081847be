"""What outside services have offered for names, so that a person may take it over.

Invariant: an offer is one that a CandidatesReceived record of the log holds; it says nothing until it is accepted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from ontology.candidates import (
    CANDIDATES_RECEIVED,
    CANDIDATES_STREAM,
    Offer,
    decode_candidates_received,
)
from ontology.reviews import Offered

if TYPE_CHECKING:
    from api.workspace import Workspace
    from ingest.gazetteer import Entry, Gazetteer

_GIVEN: Final = re.compile(r"([1-9][0-9]{0,15})(?::([1-9][0-9]{0,3}))?")
# Which key of a gazetteer an address stands for.
_KEYS: Final = (
    (re.compile(r"https?://(?:sws\.|www\.)?geonames\.org/([0-9]+)(?:/.*)?"), "geonames"),
    (re.compile(r"https?://www\.wikidata\.org/(?:entity|wiki)/(Q[0-9]+)"), "wikidata"),
)


class UnknownOffer(ValueError):
    """There is no such candidate, or nothing can be linked to it; the message says why."""


@dataclass(frozen=True, slots=True)
class OutsideOffer:
    """One candidate, what the service calls itself, and where it stands in the log."""

    at: Offered
    service: str
    offer: Offer

    @property
    def shown(self) -> str:
        """How a person names it: the record and, behind a colon, the rank."""
        return f"{self.at.record}:{self.at.rank}"

    @property
    def iri(self) -> str:
        """The web address of the candidate.

        Raises:
            UnknownOffer: the service gave none.
        """
        iri = self.offer.iri
        if iri is None or not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", iri):
            raise UnknownOffer(f"candidate {self.shown} has no web address that a link could name")
        return iri


def offers(workspace: "Workspace", keys: Iterable[str]) -> dict[str, list[OutsideOffer]]:
    """Return what was offered for names with these normal forms, newest record first, best candidate first."""
    from ontology.normal import name_key

    wanted, found = set(keys), dict[str, list[OutsideOffer]]()
    for record in reversed(list(workspace.log.read_stream(CANDIDATES_STREAM))):
        if record.type != CANDIDATES_RECEIVED:
            continue
        received = decode_candidates_received(record.payload)
        asked = workspace.undamaged(received.asked_sha256)
        key = name_key(str(orjson.loads(asked)["name"])) if asked is not None else ""
        if key in wanted:
            found.setdefault(key, []).extend(
                OutsideOffer(Offered(record.position, rank), received.name, offer)
                for rank, offer in enumerate(received.offers, start=1)
            )
    return found


def offer_at(workspace: "Workspace", given: str) -> OutsideOffer:
    """Return the candidate that a person names by record and rank (`12:2`); the only one of a record by `12`.

    Raises:
        UnknownOffer
    """
    parts = _GIVEN.fullmatch(given)
    if parts is None:
        raise UnknownOffer(f"{given!r} names no candidate: give record and rank, such as 12:1")
    position = int(parts[1])
    record = next(workspace.log.read(after=position - 1, upto=position), None)
    if record is None or record.type != CANDIDATES_RECEIVED:
        raise UnknownOffer(f"record {position} holds no candidates: waqai reconcile asks a service for some")
    received = decode_candidates_received(record.payload)
    count = len(received.offers)
    if parts[2] is None and count != 1:
        raise UnknownOffer(f"record {position} holds {count} candidates: say which, such as {position}:1")
    rank = int(parts[2] or 1)
    if rank > count:
        raise UnknownOffer(f"record {position} holds {count} candidates, and none of rank {rank}")
    return OutsideOffer(Offered(position, rank), received.name, received.offers[rank - 1])


def listed(gazetteer: "Gazetteer", iri: str) -> "Entry | None":
    """Return the place that a gazetteer has under a web address of GeoNames or Wikidata, or None."""
    for pattern, scheme in _KEYS:
        if found := pattern.fullmatch(iri):
            return gazetteer.known_as(f"{scheme}:{found[1]}")
    return None
