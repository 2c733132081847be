"""What one source says: its claims, which of them are about one event, and which deny it.

Invariant: whose word a claim is follows from the claim and its article. Who is known by a description only speaks as
one voice within one article and no further; claims of two voices never come together here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from graph.fusion.clustering import fuse
from graph.fusion.decisions import UNDECIDED, Decisions
from graph.fusion.features import Extent, Features
from graph.fusion.origins import origin
from ontology.model import Claim, Modality
from ontology.retelling import retelling

_NOT_HELD: Final = frozenset({"movedTo", "route"})  # where somebody goes is not what he gains or leaves


@dataclass(frozen=True, slots=True)
class Saying:
    """A claim as far as it matters here.

    `published` is the date or time of its article as given; `whole` are the ids of the places of which it does not
    say that only a part is meant.
    """

    features: Features
    published: str | None = None
    whole: frozenset[str] = frozenset()

    @property
    def claim(self) -> str:
        """The id of the claim."""
        return self.features.claim


def saying(told: Features, claim: Claim, published: str | None) -> Saying:
    """Return the saying of a claim of which `told` are the features, with what it was merged into."""
    places = [place for place in claim.places if place.role not in _NOT_HELD]
    parts = {spot.id for spot, place in zip(told.spots, places, strict=True) if place.extent is not None}
    return Saying(told, published, frozenset(spot.id for spot in told.spots) - parts)


def voice(told: Features, outlet: str | None) -> str:
    """Return the key of whose word a claim is: `source/ID`, where no source is named its outlet, else its article.

    An outlet that speaks for itself (`ontology.publishers`) is the source that others quote.
    `outlet` is the id of the outlet as a source, None where it is unknown. A source that is only described has the key
    of its article too.
    """
    if told.chain:
        innermost = told.chain[-1]
        return f"source/{innermost.id}" if innermost.named else f"article/{told.article}/source/{innermost.id}"
    own = origin(told).id or outlet
    return f"article/{told.article}" if own is None else f"source/{own}"


@dataclass(frozen=True, slots=True)
class Told:
    """What one voice says: its sayings by claim, its events as ids of claims, the first of which names the event.

    `denied` are pairs: a claim that denies, and the name of the event that it denies. `perhaps` are pairs of claims:
    a denial that does not say what it denies, and a report that it may be about.
    """

    sayings: Mapping[str, Saying]
    events: tuple[tuple[str, ...], ...]
    denied: tuple[tuple[str, str], ...] = ()
    perhaps: tuple[tuple[str, str], ...] = ()


def told(sayings: Iterable[Saying], decisions: Decisions = UNDECIDED) -> Told:
    """Return what a voice says in `sayings`, which are all of that one voice; the order makes no difference."""
    by_claim = {one.claim: one for one in sorted(sayings, key=lambda one: one.features.order)}
    groups = fuse((one.features for one in by_claim.values()), decisions).groups
    events = tuple(tuple(member.claim for member in group.members) for group in groups)
    return Told(by_claim, events, tuple(_denied(by_claim, events)), tuple(_perhaps(by_claim)))


def _denied(sayings: Mapping[str, Saying], events: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    name = {claim: event[0] for event in events for claim in event}
    for denial, reported in _at_one_place(sayings):
        denied = (name[other] for other in reported if denies(sayings[denial].features, sayings[other].features))
        for event in dict.fromkeys(denied):
            yield denial, event


def _perhaps(sayings: Mapping[str, Saying]) -> Iterator[tuple[str, str]]:
    for denial, reported in _at_one_place(sayings):
        for other in reported:
            if may_deny(sayings[denial].features, sayings[other].features):
                yield denial, other


def _at_one_place(sayings: Mapping[str, Saying]) -> Iterator[tuple[str, list[str]]]:
    """Yield each claim that denies, with those that report something at a place of it, in canonical order."""
    at: dict[str, list[str]] = defaultdict(list)
    for claim, one in sayings.items():
        if one.features.modality.happened:
            for place in _small(one.features):
                at[place].append(claim)
    order = {claim: number for number, claim in enumerate(sayings)}
    for claim, one in sayings.items():
        if one.features.modality is Modality.DENIED:
            near = {other for place in _small(one.features) for other in at[place]}
            yield claim, sorted(near, key=order.__getitem__)


def denies(denial: Features, other: Features) -> bool:
    """Tell whether a denial is about the happening that another claim reports: nothing is left open between the two.

    Both name the type, a place no larger than a city and the same day; the denial names nobody and no number that the
    report does not name. A denial that does not say what kind of happening it denies is about none for certain.
    """
    return (
        denial.modality is Modality.DENIED
        and other.modality.happened
        and denial.type not in retelling().denials
        and denial.type == other.type
        and denial.subtype in (None, other.subtype)
        and not _small(denial).isdisjoint(_small(other))
        and denial.days is not None
        and denial.days[0] == denial.days[1]
        and denial.days == other.days
        and denial.agents <= other.agents
        and denial.targets <= other.targets
        and set(denial.counts) <= set(other.counts)
    )


def may_deny(denial: Features, other: Features) -> bool:
    """Tell whether a denial that does not say what it denies may be about the happening that another claim reports.

    Both name a place no larger than a city, the same day, and somebody who did it, or did not.
    """
    return (
        denial.type in retelling().denials
        and other.modality.happened
        and other.type not in retelling().denials
        and not _small(denial).isdisjoint(_small(other))
        and denial.days is not None
        and denial.days[0] == denial.days[1]
        and denial.days == other.days
        and not denial.agents.isdisjoint(other.agents)
    )


def _small(told: Features) -> frozenset[str]:
    return frozenset(spot.id for spot in told.spots if spot.extent <= Extent.CITY)


class Verdict(StrEnum):
    """What sayings of one voice that do not go together are."""

    CONTRADICTION = "contradiction"  # said at once, so no later word can have replaced an earlier one
    CHANGE = "change"  # said at different times: the later took the place of the earlier
    OPEN = "open"  # nothing says which was said later, or both may hold of one day, one after the other


def verdict(sayings: Iterable[Saying]) -> Verdict:
    """Return what it is that `sayings`, which do not go together, were said when they were said."""
    said = list(sayings)
    if len({one.features.article for one in said}) == 1:
        return Verdict.CONTRADICTION
    times = [_time(one.published) for one in said]
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        return Verdict.OPEN
    days = {time[:10] for time in known}
    if len(days) > 1:
        return Verdict.CHANGE
    moments = {moment for time in known if (moment := _moment(time)) is not None}
    return Verdict.CHANGE if len(moments) > 1 else Verdict.OPEN


def _time(published: str | None) -> str | None:
    """Return a publication time where it names at least a day."""
    if published is None:
        return None
    try:
        datetime.fromisoformat(published)
    except ValueError:
        return None
    return published if len(published) >= len("2024-11-30") else None


def _moment(published: str) -> datetime | None:
    """Return the moment of a publication, None where only its day is given or no zone says which moment it was."""
    moment = datetime.fromisoformat(published)
    return moment if "T" in published and moment.tzinfo is not None else None
