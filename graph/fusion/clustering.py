"""Claims brought together into events.

Invariant: the events follow from the set of claims and decisions alone, whatever the order in which they came; what is
added or taken away changes nothing but the components of compared claims that it touches.

Pairs that score `SAME` and more make components. Within each, the likest pair comes together first, then the next, as
long as nothing in the two groups rules it out: types that no event is told under, days or places that exclude each
other, two happenings that one article tells apart, or a person's decision.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from graph.fusion.blocking import Blocks, fill
from graph.fusion.decisions import UNDECIDED, Decisions
from graph.fusion.denying import attached, denying
from graph.fusion.features import Features, Order, Spot
from graph.fusion.scoring import APART, POSSIBLY, SAME, score, where
from ontology.model import Modality
from ontology.retelling import retelling

FUSION_VERSION: Final = 3  # raised whenever the same claims and decisions would come together otherwise

_SETS_OF_PLACES: Final = 12  # of a group that are kept to compare with

Rank = tuple[int, Order, Order]


@dataclass(frozen=True, slots=True)
class Link:
    """Two claims that were compared, the earlier first, and what speaks for one event, in thousandths."""

    first: str
    second: str
    value: int

    @property
    def same(self) -> bool:
        """Whether it says that both are about one event."""
        return self.value >= SAME


@dataclass(frozen=True, slots=True)
class Group:
    """Claims about one event, in canonical order; the first one gives the event its id. `denials` deny it."""

    members: tuple[Features, ...]
    denials: tuple[Features, ...] = ()

    @property
    def first(self) -> Features:
        """The claim that gives the event its id."""
        return self.members[0]

    @property
    def core(self) -> "Core":
        """The event by the ids of its claims."""
        return Core(tuple(member.claim for member in self.members), tuple(denial.claim for denial in self.denials))


@dataclass(frozen=True, slots=True)
class Core:
    """An event by the ids of its claims, in canonical order, without its possible matches, which follow from links."""

    members: tuple[str, ...]
    denials: tuple[str, ...] = ()

    @property
    def claims(self) -> tuple[str, ...]:
        """All claims that it is told or denied by."""
        return self.members + self.denials


@dataclass(frozen=True, slots=True)
class Told:
    """An event by the ids of its claims, in canonical order.

    `possibly` are links to claims of other events: the own claim, the other one, the score.
    """

    members: tuple[str, ...]
    denials: tuple[str, ...] = ()
    possibly: tuple[tuple[str, str, int], ...] = ()


@dataclass(slots=True)
class Growing:
    """Claims that came together so far, and what of them may rule out further ones."""

    members: list[Features]
    types: set[str] = field(default_factory=set)
    articles: dict[str, list[Features]] = field(default_factory=dict)
    first_day: int | None = None
    last_day: int | None = None
    places: dict[tuple[Spot, ...], None] = field(default_factory=dict)

    @classmethod
    def of(cls, claim: Features) -> "Growing":
        """Return a claim by itself."""
        day = claim.days if claim.days is not None and claim.days[0] == claim.days[1] else None
        return cls(
            [claim],
            {claim.type},
            {claim.article: [claim]},
            None if day is None else day[0],
            None if day is None else day[1],
            {claim.spots: None} if claim.spots else {},
        )

    def takes(self, other: "Growing") -> bool:
        """Tell whether nothing rules out that both are about one event."""
        if not self.agrees(other):
            return False
        for article in self.articles.keys() & other.articles.keys():
            for a in self.articles[article]:
                for b in other.articles[article]:
                    if score(a, b).conflict is not None:
                        return False
        return True

    def agrees(self, other: "Growing") -> bool:
        """Tell whether types, days and places of both may be those of one event."""
        if not all(retelling().alike(one, two) for one in self.types for two in other.types):
            return False
        days = [d for d in (self.first_day, self.last_day, other.first_day, other.last_day) if d is not None]
        if days and max(days) != min(days):
            return False
        for one in self.places:
            for two in other.places:
                if one is not two and ((found := where(one, two)) is None or found[1] < APART):
                    return False
        return True

    @property
    def crowded(self) -> bool:
        """Whether some of its sets of places may not be kept, so that what is ruled out depends on the order."""
        return len(self.places) >= _SETS_OF_PLACES

    def take(self, other: "Growing") -> None:
        """Let those of `other` come too."""
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


def agglomerate(claims: Mapping[str, Features], links: Iterable[Link], decisions: Decisions) -> list[Group]:
    """Return the groups of `claims` (by id) that `links` and `decisions` make, each in canonical order."""
    groups = Groups(claims, decisions)
    components = _Components(claims)
    strong = [link for link in links if link.same]
    for link in strong:
        components.join(link.first, link.second)
    for one, other in forced(claims, decisions):
        components.join(one, other)
        groups.join(one, other, forced=True)
    touched = {components.find(claim) for claim in claims if claim in decisions.partners or claim in decisions.rivals}
    disputed: dict[str, list[Link]] = {}
    for root, members in components.all():
        if root in touched or not _harmonious([claims[claim] for claim in members]):
            disputed[root] = []
        else:
            groups.gather(members)
    if disputed:
        for link in strong:
            found = disputed.get(components.find(link.first))
            if found is not None:
                found.append(link)
    for found in disputed.values():
        found.sort(key=lambda link: rank(link.value, claims[link.first].order, claims[link.second].order))
        for link in found:
            groups.join(link.first, link.second, forced=False)
    return groups.made()


def rank(value: int, one: Order, other: Order) -> Rank:
    """Return the place of a link among others: the likest come first, then the first in canonical order."""
    return (-value, one, other) if one < other else (-value, other, one)


def forced(claims: Mapping[str, Features], decisions: Decisions) -> Iterator[tuple[str, str]]:
    """Yield the pairs that decisions bring together: first those of one decision, then those over claims not there.

    Of claims that decisions bring together, all that take part are in `claims`, or none.
    """
    decided = sorted({claim for claim in claims if claim in decisions.partners})
    for one in decided:
        for other in sorted(decisions.partners[one]):
            if one < other and other in claims:
                yield one, other
    seen: set[str] = set()
    for one in decided:
        for absent in sorted(decisions.partners[one] - claims.keys() - seen):
            beyond, pending, reached = {absent}, [absent], set()
            while pending:
                for other in decisions.partners[pending.pop()]:
                    if other in claims:
                        reached.add(other)
                    elif other not in beyond:
                        beyond.add(other)
                        pending.append(other)
            seen |= beyond
            chain = sorted(reached)
            yield from pairwise(chain)


class _Components:
    """Claims that hang together."""

    def __init__(self, claims: Iterable[str]) -> None:
        self._home = {claim: claim for claim in claims}

    def find(self, claim: str) -> str:
        home = self._home
        while (near := home[claim]) != claim:
            home[claim] = claim = home[near]
        return claim

    def join(self, one: str, other: str) -> None:
        a, b = self.find(one), self.find(other)
        if a != b:
            self._home[b] = a

    def all(self) -> Iterable[tuple[str, list[str]]]:
        found: dict[str, list[str]] = defaultdict(list)
        for claim in self._home:
            found[self.find(claim)].append(claim)
        return found.items()


class Groups:
    """Groups as they grow: links have to come in their order, forced ones first."""

    def __init__(self, claims: Mapping[str, Features], decisions: Decisions) -> None:
        self._claims = claims
        self._components = _Components(claims)
        self._groups: dict[str, Growing] = {}
        self._gathered: list[list[str]] = []
        self._apart = decisions.rivals
        self._excluded: dict[str, set[str]] = defaultdict(set)  # what excludes two groups does so when they have grown

    def gather(self, members: list[str]) -> None:
        """Let claims be one group that nothing else touches."""
        self._gathered.append(members)

    def join(self, one: str, other: str, *, forced: bool) -> None:
        """Bring the groups of two claims together, unless something rules it out."""
        a, b = self._components.find(one), self._components.find(other)
        if a == b or (not forced and b in self._excluded[a]):
            return
        ours, theirs = self._of(a), self._of(b)
        if self._apart and self._kept_apart(ours, theirs):
            return
        if not forced and not ours.takes(theirs):
            self._excluded[a].add(b)
            self._excluded[b].add(a)
            return
        if len(theirs.members) > len(ours.members):
            a, b, ours, theirs = b, a, theirs, ours
        ours.take(theirs)
        self._components.join(a, b)
        del self._groups[b]
        for other in self._excluded.pop(b, ()):
            self._excluded[other].remove(b)
            self._excluded[other].add(a)
            self._excluded[a].add(other)

    def around(self, claim: str) -> tuple[str, Growing]:
        """Return the group of a claim as it is by now, and its name, which no other group ever bears."""
        root = self._components.find(claim)
        return root, self._of(root)

    def made(self) -> list[Group]:
        """Return all groups in canonical order."""
        known = {member.claim for group in self._groups.values() for member in group.members}
        known.update(claim for members in self._gathered for claim in members)
        made = [group.members for group in self._groups.values()]
        made += [[self._claims[claim] for claim in members] for members in self._gathered]
        made += [[member] for claim, member in self._claims.items() if claim not in known]
        groups = [Group(tuple(sorted(members, key=_canonical))) for members in made]
        return sorted(groups, key=lambda group: group.first.order)

    def _of(self, root: str) -> Growing:
        found = self._groups.get(root)
        if found is None:
            found = self._groups[root] = Growing.of(self._claims[root])
        return found

    def _kept_apart(self, a: Growing, b: Growing) -> bool:
        apart = self._apart
        return any(not apart[m.claim].isdisjoint(o.claim for o in b.members) for m in a.members if m.claim in apart)


def _canonical(claim: Features) -> Order:
    return claim.order


class _Harmony:
    """What of many claims may rule out that they are one event."""

    def __init__(self) -> None:
        self.types: set[str] = set()
        self.day: int | None = None
        self.places: dict[tuple[Spot, ...], None] = {}
        self.articles: dict[str, list[Features]] = {}

    def takes(self, claim: Features) -> bool:
        """Tell whether nothing in a claim rules out that it is about one event with any of those before."""
        if claim.type not in self.types:
            if not all(retelling().alike(claim.type, other) for other in self.types):
                return False
            self.types.add(claim.type)
        if claim.days is not None and claim.days[0] == claim.days[1]:
            if self.day is not None and self.day != claim.days[0]:
                return False
            self.day = claim.days[0]
        if claim.spots and claim.spots not in self.places:
            if len(self.places) >= _SETS_OF_PLACES:
                return False  # not looked into
            for other in self.places:
                if (found := where(claim.spots, other)) is None or found[1] < APART:
                    return False
            self.places[claim.spots] = None
        beside = self.articles.setdefault(claim.article, [])
        if any(score(claim, other).conflict is not None for other in beside):
            return False
        beside.append(claim)
        return True


def _harmonious(claims: list[Features]) -> bool:
    """Tell whether nothing among `claims` rules out one event of any of them, so that their order does not matter."""
    harmony = _Harmony()
    return len(claims) == 1 or all(harmony.takes(claim) for claim in claims)


@dataclass(frozen=True, slots=True)
class Fusion:
    """The events of a set of claims: their groups in canonical order, and pairs that may be about one event."""

    groups: tuple[Group, ...]
    possibly: tuple[Link, ...]

    def told(self) -> Iterator[Told]:
        """Yield the events by the ids of their claims, in canonical order."""
        order = {claim.claim: claim.order for group in self.groups for claim in group.members}
        near: dict[str, dict[str, int]] = defaultdict(dict)
        for link in self.possibly:
            near[link.first][link.second] = near[link.second][link.first] = link.value
        for group in self.groups:
            yield told(group.core, near.__getitem__ if near else lambda _: {}, order.__getitem__)


def told(core: Core, links: Callable[[str], Mapping[str, int]], order: Callable[[str], Order]) -> Told:
    """Return an event with its possible matches; `links` are those of a member, also within the event."""
    inside = frozenset(core.members)
    possibly = [
        (member, other, links_of[other])
        for member in core.members
        for links_of in (links(member),)
        for other in sorted(links_of.keys() - inside, key=order)
    ]
    return Told(core.members, core.denials, tuple(possibly))


def fuse(claims: Iterable[Features], decisions: Decisions = UNDECIDED) -> Fusion:
    """Return the events of `claims`. Those that do not say that something happened, or did not, are passed over."""
    given = list(claims)
    happened = {claim.claim: claim for claim in given if claim.modality.happened}
    blocks = fill(happened.values())
    links = list(compared(blocks))
    groups = agglomerate(happened, links, decisions)
    of = {member.claim: number for number, group in enumerate(groups) for member in group.members}
    denied: dict[int, list[Features]] = defaultdict(list)
    denials = {claim.claim: claim for claim in given if claim.modality is Modality.DENIED}
    for denial in sorted(denials.values(), key=_canonical):
        found: dict[str, int] = {}
        for claim in blocks.beside(denial):
            value = denying(denial, claim)
            if value is not None:
                found[claim.claim] = value
        member = attached(
            denial,
            found,
            lambda name: happened[name].order,
            lambda name: [member.claim for member in groups[of[name]].members] if name in of else (),
            decisions,
        )
        if member is not None:
            denied[of[member]].append(denial)
    for number, deniers in denied.items():
        groups[number] = Group(groups[number].members, tuple(deniers))
    return Fusion(tuple(groups), tuple(link for link in links if of[link.first] != of[link.second]))


def compared(blocks: Blocks) -> Iterator[Link]:
    """Yield the pairs of all blocks that are or may be about one event, each once."""
    seen: set[tuple[str, str]] = set()
    for one, other in blocks.pairs():
        pair = one.claim, other.claim
        if pair not in seen:
            seen.add(pair)
            value = likeness(one, other)
            if value is not None:
                first, second = pair if one.order < other.order else (other.claim, one.claim)
                yield Link(first, second, value)


def likeness(one: Features, other: Features) -> int | None:
    """Return what speaks for one event of two claims that are or may be about one, else None."""
    found = score(one, other)
    return None if found.conflict is not None or found.value < POSSIBLY else found.value
