"""What a person decides on the places that names were linked to, and how a LinkReviewed record holds it.

Invariant: a review holds everything that the graph shows of it, so no gazetteer is asked when the graph is made again,
and no words of an article: names in it are those of a gazetteer, and the name that a decision is remembered for is a
digest of its normal form. The reason is the reviewer's own, and stays in the log for ever.

A place is what a mention is said to mean; the mention keeps its characters, its role and the rule that found it.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import TypeAdapter

from ontology.identity import canonical_json, sha256_hex
from ontology.model import Area, Claim, Link, Place, Precision

LINK_REVIEWED: Final = "LinkReviewed"
LINK_REVIEWED_SCHEMA: Final = 1
REVIEWS_STREAM: Final = "links"  # all reviews are in one stream, so that of two writers one sees what the other wrote
PLACE: Final = "place"  # the slot that can be reviewed so far


class Decision(StrEnum):
    """What was decided: `RELINK` takes over what a newer gazetteer says, `UNDO` takes another review back."""

    ACCEPT = "accept"
    CHOOSE = "choose"
    REJECT = "reject"
    LOCAL = "local"
    RELINK = "relink"
    UNDO = "undo"

    @property
    def vouches(self) -> bool:
        """True where a person says which place of a gazetteer is meant: that is an exact match."""
        return self in (Decision.ACCEPT, Decision.CHOOSE)


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """One slot of one claim: the `number`-th of its places, from 1."""

    article: str
    claim: str
    number: int
    slot: str = PLACE


@dataclass(frozen=True, slots=True)
class Meant:
    """A place as something that a mention may mean; `key` is that of the gazetteer, None for a local place."""

    id: str
    key: str | None = None
    kind: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    lat: str | None = None
    lon: str | None = None
    precision: Precision = Precision.UNKNOWN
    within: tuple[Area, ...] = ()
    links: tuple[Link, ...] = ()
    codes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, place: Place, key: str | None = None) -> Self:
        """Return what `place` says of the place itself."""
        return cls(
            place.id,
            key,
            place.kind,
            dict(place.names),
            place.lat,
            place.lon,
            place.precision,
            place.within,
            place.links,
            place.codes,
        )

    def shows_as(self, other: "Meant") -> bool:
        """Tell whether both are the same place at the same point in the same areas, with the same links."""
        return self._shown == other._shown

    @property
    def _shown(self) -> tuple[object, ...]:
        areas = tuple(area.id for area in self.within)
        links = {link.identifier for link in self.links}
        return self.id, self.kind, self.lat, self.lon, self.precision, areas, links

    def at(self, place: Place) -> Place:
        """Return the mention `place` as one of this place; what the machine said of the link goes."""
        return replace(
            place,
            id=self.id,
            kind=self.kind,
            names=dict(self.names),
            lat=self.lat,
            lon=self.lon,
            precision=self.precision,
            within=self.within,
            links=self.links,
            codes=self.codes,
            linking=None,
        )


@dataclass(frozen=True, slots=True)
class Relinked:
    """Mentions that meant the place with the id `was`, and what they mean now."""

    mentions: tuple[Mention, ...]
    was: str
    now: Meant


@dataclass(frozen=True, slots=True)
class Remembered:
    """For which names of later articles a decision holds: those whose normal form has this digest (`name_digest`).

    `country` (ISO 3166-1 alpha-2): in articles that speak of this country. `within` (id of a place): where the text
    puts the name into this place. One of the two is given. `place` and `key` are the place that is meant, or by a
    rejection is not meant; both are None where no gazetteer has the place. `meant` is the place of an outside service
    that no gazetteer has; it is read from the links of the review, and not written a second time.
    """

    name: str
    country: str | None = None
    within: str | None = None
    place: str | None = None
    key: str | None = None
    meant: Meant | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """What an outside service offered: a candidate, by rank from 1, of the CandidatesReceived record at `record`."""

    record: int
    rank: int


@dataclass(frozen=True, slots=True)
class LinkReview:
    """One decision. `undoes` is the position of the record that an undo takes back; else `links` says what changes.

    `offer` is the candidate of an outside service that the reviewer took over.

    `gazetteer` is the version that the decision was made with, None where none was asked.
    """

    decision: Decision
    reason: str
    links: tuple[Relinked, ...] = ()
    remembered: Remembered | None = None
    undoes: int | None = None
    gazetteer: str | None = None
    offer: Offered | None = None


def name_digest(key: str) -> str:
    """Return the digest under which the normal form of a name is remembered.

    It is not salted, because a later article has nothing but the name to find it by; so it hides no name from somebody
    who guesses it, but puts no words into the log.
    """
    return sha256_hex(canonical_json(["name", key]))


_REVIEW: TypeAdapter[LinkReview] = TypeAdapter(LinkReview)


def link_reviewed(review: LinkReview) -> dict[str, Any]:
    """Return the LinkReviewed payload of `review`; empty fields are left out."""
    data: dict[str, Any] = _REVIEW.serializer.to_python(review, mode="json", exclude_defaults=True)
    return data


def decode_link_reviewed(payload: object) -> LinkReview:
    """Return the review that `link_reviewed` wrote.

    Raises:
        pydantic.ValidationError: where `payload` is none.
    """
    return _REVIEW.validate_python(payload)


def reviewed(claim: Claim, meant: dict[int, Meant]) -> Claim:
    """Return `claim` with what its places mean by review, by number of the place; the id stays that of the claim."""
    if not meant:
        return claim
    places = tuple(
        meant[number].at(place) if number in meant else place for number, place in enumerate(claim.places, start=1)
    )
    return replace(claim, places=places)
