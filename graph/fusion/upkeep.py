"""The events of a set of claims that changes.

Invariant: after any claims were added and taken away and any decisions made, in any order, the groups are those that
`fuse` makes of the set and the decisions at once. A change costs the comparisons of what it touches and the components
that these are in.
"""

from collections import defaultdict
from collections.abc import Iterable

from graph.fusion.blocking import Blocks
from graph.fusion.clustering import UNDECIDED, Decisions, Fusion, Group, Link, agglomerate, linked
from graph.fusion.features import Features


class Upkeep:
    """Claims and their groups, kept up to date. Only claims that say that something happened take part."""

    def __init__(self, decisions: Decisions = UNDECIDED) -> None:
        self._claims: dict[str, Features] = {}
        self._blocks = Blocks()
        self._links: dict[str, dict[str, Link]] = defaultdict(dict)
        self._home: dict[str, Group] = {}
        self._decisions = decisions

    def add(self, claims: Iterable[Features]) -> tuple[Group, ...]:
        """Take in claims and return the groups that are new or otherwise than before, in canonical order."""
        touched: set[str] = set()
        for claim in claims:
            if claim.claim in self._claims or not claim.modality.happened:
                continue
            self._claims[claim.claim] = claim
            self._blocks.add(claim)
            touched.add(claim.claim)
            touched |= self._compare(claim, self._blocks.around(claim))
            touched |= self._displaced(claim, gone=False)
        return self._regroup(touched)

    def remove(self, claims: Iterable[str]) -> tuple[Group, ...]:
        """Take claims away, by id, and return the groups that are otherwise than before, in canonical order."""
        touched: set[str] = set()
        for gone in claims:
            claim = self._claims.pop(gone, None)
            if claim is None:
                continue
            touched |= {member.claim for member in self._home.pop(gone).members}
            for other in self._links.pop(gone, {}):
                del self._links[other][gone]
                touched.add(other)
            self._blocks.remove(claim)
            touched |= self._displaced(claim, gone=True)
        return self._regroup(touched & self._claims.keys())

    def decide(self, decisions: Decisions) -> tuple[Group, ...]:
        """Take these decisions for all that are in force, and return the groups that are otherwise than before."""
        before, self._decisions = self._decisions, decisions
        changed = (before.together ^ decisions.together) | (before.apart ^ decisions.apart)
        return self._regroup({claim for pair in changed for claim in pair if claim in self._claims})

    def group(self, claim: str) -> Group:
        """Return the group of a claim. Raises KeyError where it takes no part."""
        return self._home[claim]

    def fusion(self) -> Fusion:
        """Return all groups and the pairs that may be about one event."""
        groups = sorted({id(group): group for group in self._home.values()}.values(), key=lambda g: g.first.order)
        links = (link for first, found in self._links.items() for link in found.values() if link.first == first)
        return Fusion(tuple(groups), tuple(link for link in links if self._apart(link)))

    def _apart(self, link: Link) -> bool:
        return self._home[link.first] is not self._home[link.second]

    def _displaced(self, claim: Features, *, gone: bool) -> set[str]:
        """Bring up to date the links of those whose comparisons change as `claim` came or went."""
        touched: set[str] = set()
        for displaced, others in self._blocks.displaced(claim, gone=gone):
            touched |= self._compare(displaced, others, certain=False)
        return touched

    def _compare(self, claim: Features, others: Iterable[Features], *, certain: bool = True) -> set[str]:
        """Bring the links of `claim` and `others` up to date, and return the claims of those that changed.

        `certain` says that they are compared; else the blocks are asked.
        """
        touched: set[str] = set()
        links = self._links[claim.claim]
        for name, other in {other.claim: other for other in others}.items():
            old = links.get(name)
            new = (old or linked(claim, other)) if certain or self._blocks.compares(claim, other) else None
            if new is old:
                continue
            touched |= {claim.claim, name}
            if new is None:
                del links[name], self._links[name][claim.claim]
            else:
                links[name] = self._links[name][claim.claim] = new
        return touched

    def _regroup(self, touched: set[str]) -> tuple[Group, ...]:
        """Group anew the components that hold a claim of `touched`, before or after the change."""
        reach = set(touched)
        for claim in touched:
            if claim in self._home:
                reach |= {member.claim for member in self._home[claim].members if member.claim in self._claims}
        together: dict[str, set[str]] = defaultdict(set)
        for pair in self._decisions.together:
            for claim in pair & self._claims.keys():
                together[claim] |= pair & self._claims.keys()
        pending = list(reach)
        for claim in pending:  # grows while it is walked
            near = {other for other, link in self._links[claim].items() if link.same} | together[claim]
            near |= (
                {m.claim for m in self._home[claim].members if m.claim in self._claims}
                if claim in self._home
                else set()
            )
            for other in near - reach:
                reach.add(other)
                pending.append(other)
        links = {link.first + link.second: link for claim in reach for link in self._links[claim].values() if link.same}
        changed = []
        for group in agglomerate((self._claims[claim] for claim in reach), links.values(), self._decisions):
            if self._home.get(group.first.claim) == group:
                continue
            changed.append(group)
            for member in group.members:
                self._home[member.claim] = group
        return tuple(changed)
