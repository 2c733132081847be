"""What an outside reconciliation service offered for a question, and how a CandidatesReceived record holds it.

Invariant: a record holds everything that the graph shows of an answer, so no service is asked when the graph is made
again. The words of the question lie in the content store under their SHA-256, like those of an article. What a service
offers says nothing of the world: it is a link only when a person has accepted it.
"""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

CANDIDATES_RECEIVED: Final = "CandidatesReceived"
CANDIDATES_RECEIVED_SCHEMA: Final = 1
CANDIDATES_STREAM: Final = "candidates"


@dataclass(frozen=True, slots=True)
class Offer:
    """One candidate as the service gave it. `score` is a decimal string, None where it gave none.

    `iri` is the web address that the service's manifest makes of the id, None where it makes none.
    """

    id: str
    name: str
    iri: str | None = None
    score: str | None = None
    match: bool = False
    types: tuple[str, ...] = ()
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What a service answered to one question, best candidate first.

    `service` is its endpoint, `name` what its manifest calls it, `version` that of the API which was spoken;
    `asked_sha256` is the digest of the question in canonical JSON, which lies in the content store.
    """

    service: str
    name: str
    version: str
    asked_sha256: str
    offers: tuple[Offer, ...] = ()


_RECEIVED: TypeAdapter[Received] = TypeAdapter(Received)


def candidates_received(received: Received) -> dict[str, Any]:
    """Return the CandidatesReceived payload; empty fields are left out."""
    data: dict[str, Any] = _RECEIVED.serializer.to_python(received, mode="json", exclude_defaults=True)
    return data


def decode_candidates_received(payload: object) -> Received:
    """Return the answer that `candidates_received` wrote.

    Raises:
        pydantic.ValidationError: where `payload` is no such answer.
    """
    return _RECEIVED.validate_python(payload)
