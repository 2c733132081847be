"""What people have decided on links, at any position of the log.

Invariant: what is in force at a position follows from the LinkReviewed records up to that position. A review is in
force unless an undo of it is; an undo is a review and can be undone. Of several reviews in force, a mention is decided
by the last one.

Only positions and ids are kept in memory; the records themselves are read again when they are needed.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NamedTuple

from graph.log import EventLog, LogDamaged, Record
from graph.standing import Standing
from ontology.model import Claim
from ontology.reviews import (
    LINK_REVIEWED,
    PLACE,
    REVIEWS_STREAM,
    Decision,
    LinkReview,
    Meant,
    Relinked,
    Remembered,
    decode_link_reviewed,
    reviewed,
)

_DECODED: Final = 256  # reviews that are kept decoded


@dataclass(frozen=True, slots=True)
class SlotReview:
    """A review as it touches one place of a claim; `undone_by` are the positions of the undos that are in force."""

    position: int
    number: int
    review: LinkReview
    link: Relinked
    undone_by: tuple[int, ...]
    decides: bool


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was decided on the places of one claim, oldest first."""

    slots: tuple[SlotReview, ...] = ()

    @property
    def meant(self) -> dict[int, Meant]:
        """What the reviewed places mean, by number from 1."""
        return {slot.number: slot.link.now for slot in self.slots if slot.decides}

    def deciding(self, number: int) -> SlotReview | None:
        """Return the review that decides the place of this number."""
        return next((slot for slot in self.slots if slot.number == number and slot.decides), None)

    def claim(self, claim: Claim) -> Claim:
        """Return the claim with what its places mean by review."""
        return reviewed(claim, self.meant)


NOT_REVIEWED: Final = Reviewed()


class _Touch(NamedTuple):
    """That the `link`-th link of the review at `position` is about the `number`-th place of a claim."""

    position: int
    link: int
    number: int


class Reviews:
    """The reviews of a log. May be used by several threads."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._guard = threading.Lock()
        self._version = 0
        self._known = 0  # every review up to this position has been taken
        self._claims: dict[tuple[str, str], list[_Touch]] = defaultdict(list)
        self._standing = Standing()
        self._vouching: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._positions: dict[int, None] = {}
        self._remembered: dict[int, tuple[Decision, Remembered]] = {}
        self._read = lru_cache(maxsize=_DECODED)(self._decoded)

    def of_claim(self, article: str, claim: str, position: int) -> Reviewed:
        """Return what was decided on the places of a claim of an article, as of `position`."""
        self._catch_up(position)
        touched = [touch for touch in self._claims.get((article, claim), ()) if touch.position <= position]
        if not touched:
            return NOT_REVIEWED
        undone = {touch.position: self.undone_by(touch.position, position) for touch in touched}
        last = {touch.number: at for at, touch in enumerate(touched) if not undone[touch.position]}
        slots = []
        for at, touch in enumerate(touched):
            review = self.review(touch.position)
            decides = last.get(touch.number) == at
            link = review.links[touch.link]
            slots.append(SlotReview(touch.position, touch.number, review, link, undone[touch.position], decides))
        return Reviewed(tuple(slots))

    def review(self, position: int) -> LinkReview:
        """Return the review that the record at `position` holds.

        Raises:
            graph.log.LogDamaged: there is none.
        """
        return self._read(position)

    def undone_by(self, position: int, upto: int) -> tuple[int, ...]:
        """Return the undos of the review at `position` that are in force as of `upto`; it is in force where none is."""
        self._catch_up(upto)
        return self._standing.undone_by(position, upto)

    def roots(self, position: int) -> tuple[int, ...]:
        """Return `position`, what it undoes, what that undoes, down to the review that decides something."""
        self._catch_up(position)
        found = [position]
        while (target := self.review(found[-1]).undoes) is not None:
            if target >= found[-1] or target not in self._positions:
                break  # written by somebody else's code: it undoes nothing
            found.append(target)
        return tuple(found)

    def vouched(self, place: str, identifier: str, upto: int) -> bool:
        """Tell whether a review in force as of `upto` says that a place is the one of this outside identifier."""
        self._catch_up(upto)
        positions = self._vouching.get((place, identifier), ())
        return any(p <= upto and not self.undone_by(p, upto) for p in positions)

    def positions(self, upto: int) -> Iterator[int]:
        """Yield the positions of all reviews up to `upto`, oldest first."""
        self._catch_up(upto)
        for position in list(self._positions):
            if position <= upto:
                yield position

    def remembered(self, upto: int) -> Iterator[tuple[int, Decision, Remembered]]:
        """Yield what is in force as of `upto` and remembered for later articles, with the positions, oldest first."""
        self._catch_up(upto)
        for position, (decision, remembered) in list(self._remembered.items()):
            if position <= upto and not self.undone_by(position, upto):
                yield position, decision, remembered

    def touched(self, upto: int) -> Iterator[tuple[str, str]]:
        """Yield article and claim of all that reviews up to `upto` are about, taken back or not."""
        self._catch_up(upto)
        for claim, touches in list(self._claims.items()):
            if any(touch.position <= upto for touch in touches):
                yield claim

    def last_touch(self, article: str, claim: str, number: int, upto: int) -> int:
        """Return the position of the last review or undo that is about a place of a claim, 0 where there is none."""
        last = 0
        for slot in self.of_claim(article, claim, upto).slots:
            if slot.number == number:
                last = max(last, *self._standing.following(slot.position, upto))
        return last

    def version(self) -> int:
        """Return the number of reviews in the log now: what `expected` has to be for the next one."""
        self._catch_up(self._log.head())
        return self._version

    def _catch_up(self, position: int) -> None:
        with self._guard:
            if self._known >= position:
                return
            head = self._log.head()
            for record in self._log.read_stream(REVIEWS_STREAM, after=self._version):
                self._version = record.version
                if record.type == LINK_REVIEWED:
                    self._take(record)
            self._known = head

    def _take(self, record: Record) -> None:
        review = decode_link_reviewed(record.payload)
        position = record.position
        self._positions[position] = None
        if review.remembered is not None:
            outside = review.links[0].now if review.offer is not None and review.links else None
            self._remembered[position] = review.decision, replace(review.remembered, meant=outside)
        if review.undoes is not None:
            self._standing.undo(review.undoes, position)
        for number, link in enumerate(review.links):
            for mention in link.mentions:
                if mention.slot == PLACE:
                    touch = _Touch(position, number, mention.number)
                    self._claims[mention.article, mention.claim].append(touch)
            for identifier in exact_matches(review, link):
                self._vouching[link.now.id, identifier].append(position)

    def _decoded(self, position: int) -> LinkReview:
        record = next(self._log.read(after=position - 1, upto=position), None)
        if record is None or record.type != LINK_REVIEWED:
            raise LogDamaged(position, "a review of a link is expected here")
        return decode_link_reviewed(record.payload)


def exact_matches(review: LinkReview, link: Relinked) -> tuple[str, ...]:
    """Return the outside identifiers that a reviewer says are exactly the place."""
    if not review.decision.vouches:
        return ()
    return tuple(found.identifier for found in link.now.links if found.relation == "exactMatch")


Lookup = Callable[[str, str], Reviewed]


def nothing_reviewed(article: str, claim: str) -> Reviewed:
    """Return what was decided on the places of a claim where nobody reviewed anything."""
    return NOT_REVIEWED


def affected(reviews: Reviews, position: int) -> dict[str, set[str]]:
    """Return the claims that the review at `position` may change, by the id of their article."""
    decided = reviews.review(reviews.roots(position)[-1])
    found: dict[str, set[str]] = {}
    for link in decided.links:
        for mention in link.mentions:
            found.setdefault(mention.article, set()).add(mention.claim)
    return found
