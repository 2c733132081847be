"""Claims brought together into events.

Invariant: the events follow from the set of claims and decisions alone, whatever the order in which they came; what is
added or taken away changes nothing but the components of compared claims that it touches.

Pairs that score `SAME` and more make components. Within each, the likest pair comes together first, then the next, as
long as nothing in the two groups rules it out: types that no event is told under, days or places that exclude each
other, two happenings that one article tells apart, or a person's decision.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from graph.fusion.blocking import Blocks, fill
from graph.fusion.features import Features, Spot
from graph.fusion.scoring import APART, POSSIBLY, SAME, Score, score, where
from ontology.retelling import retelling

_SETS_OF_PLACES: Final = 12  # of a group that are kept to compare with


@dataclass(frozen=True, slots=True)
class Link:
    """Two claims that were compared, the earlier first, and what that gave."""

    first: str
    second: str
    score: Score

    @property
    def same(self) -> bool:
        """Whether it says that both are about one event."""
        return self.score.value >= SAME


@dataclass(frozen=True, slots=True)
class Group:
    """Claims about one event, in canonical order; the first one gives the event its id."""

    members: tuple[Features, ...]

    @property
    def first(self) -> Features:
        """The claim that gives the event its id."""
        return self.members[0]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided: pairs of claims that are about one event, and pairs that are not (ids, in any order)."""

    together: frozenset[frozenset[str]] = frozenset()
    apart: frozenset[frozenset[str]] = frozenset()


@dataclass(slots=True)
class _Growing:
    members: list[Features]
    types: set[str] = field(default_factory=set)
    articles: dict[str, list[Features]] = field(default_factory=dict)
    first_day: int | None = None
    last_day: int | None = None
    places: dict[tuple[Spot, ...], None] = field(default_factory=dict)

    @classmethod
    def of(cls, claim: Features) -> "_Growing":
        day = claim.days if claim.days is not None and claim.days[0] == claim.days[1] else None
        return cls(
            [claim],
            {claim.type},
            {claim.article: [claim]},
            None if day is None else day[0],
            None if day is None else day[1],
            {claim.spots: None} if claim.spots else {},
        )

    def takes(self, other: "_Growing") -> bool:
        """Tell whether nothing rules out that both are about one event."""
        if not all(retelling().alike(one, two) for one in self.types for two in other.types):
            return False
        days = [d for d in (self.first_day, self.last_day, other.first_day, other.last_day) if d is not None]
        if days and max(days) != min(days):
            return False
        for one in self.places:
            for two in other.places:
                if one is not two and ((found := where(one, two)) is None or found[1] < APART):
                    return False
        for article in self.articles.keys() & other.articles.keys():
            for a in self.articles[article]:
                for b in other.articles[article]:
                    if score(a, b).conflict is not None:
                        return False
        return True

    def take(self, other: "_Growing") -> None:
        self.members += other.members
        self.types |= other.types
        for article, claims in other.articles.items():
            self.articles.setdefault(article, []).extend(claims)
        first = [d for d in (self.first_day, other.first_day) if d is not None]
        last = [d for d in (self.last_day, other.last_day) if d is not None]
        self.first_day, self.last_day = min(first, default=None), max(last, default=None)
        for spots in other.places:
            if len(self.places) >= _SETS_OF_PLACES:
                break
            self.places.setdefault(spots)


def agglomerate(claims: Iterable[Features], links: Iterable[Link], decisions: Decisions) -> list[Group]:
    """Return the groups of `claims` that `links` and `decisions` make, each in canonical order."""
    by_id = {claim.claim: claim for claim in claims}
    home = {claim: claim for claim in by_id}
    groups = {claim.claim: _Growing.of(claim) for claim in by_id.values()}
    apart: dict[str, set[str]] = defaultdict(set)
    for pair in decisions.apart:
        one, other = sorted(pair)
        apart[one].add(other)
        apart[other].add(one)

    def find(claim: str) -> str:
        while home[claim] != claim:
            home[claim] = home[home[claim]]
            claim = home[claim]
        return claim

    def kept_apart(a: _Growing, b: _Growing) -> bool:
        return any(not apart[m.claim].isdisjoint(o.claim for o in b.members) for m in a.members if m.claim in apart)

    def join(one: str, other: str, *, forced: bool) -> None:
        a, b = find(one), find(other)
        if a == b:
            return
        ours, theirs = groups[a], groups[b]
        if apart and kept_apart(ours, theirs):
            return
        if not forced and not ours.takes(theirs):
            return
        if len(theirs.members) > len(ours.members):
            a, b, ours, theirs = b, a, theirs, ours
        ours.take(theirs)
        home[b] = a
        del groups[b]

    for first, second in sorted(sorted(pair) for pair in decisions.together):
        if first in by_id and second in by_id:
            join(first, second, forced=True)
    ranked = sorted(
        (link for link in links if link.same),
        key=lambda link: (-link.score.value, by_id[link.first].order, by_id[link.second].order),
    )
    for link in ranked:
        join(link.first, link.second, forced=False)
    made = [Group(tuple(sorted(group.members, key=lambda m: m.order))) for group in groups.values()]
    return sorted(made, key=lambda group: group.first.order)


@dataclass(frozen=True, slots=True)
class Fusion:
    """The events of a set of claims: their groups in canonical order, and pairs that may be about one event."""

    groups: tuple[Group, ...]
    possibly: tuple[Link, ...]


UNDECIDED: Final = Decisions()


def fuse(claims: Iterable[Features], decisions: Decisions = UNDECIDED) -> Fusion:
    """Return the events of `claims`. Those that do not say that something happened are passed over."""
    told = [claim for claim in claims if claim.modality.happened]
    blocks = fill(told)
    links = list(compared(blocks))
    groups = agglomerate(told, links, decisions)
    of = {member.claim: number for number, group in enumerate(groups) for member in group.members}
    return Fusion(tuple(groups), tuple(link for link in links if of[link.first] != of[link.second]))


def compared(blocks: Blocks) -> Iterator[Link]:
    """Yield the pairs of all blocks that are or may be about one event, each once."""
    seen: set[tuple[str, str]] = set()
    for one, other in blocks.pairs():
        pair = one.claim, other.claim
        if pair not in seen:
            seen.add(pair)
            link = linked(one, other)
            if link is not None:
                yield link


def linked(one: Features, other: Features) -> Link | None:
    """Return the link of two claims that are or may be about one event, else None."""
    found = score(one, other)
    if found.conflict is not None or found.value < POSSIBLY:
        return None
    first, second = (one, other) if one.order < other.order else (other, one)
    return Link(first.claim, second.claim, found)
