"""Groups made anew among groups that stay.

Invariant: the groups are those that `agglomerate` makes of all claims and links at once, and only claims near a change
are gone through.

Why that holds: what rules out that two groups are one does so for good, however they grow. So of two claims of one
group no link was ever refused, and of two groups every link was. The other way round, a partition is the one that
`agglomerate` makes where, in the order of links, each link within a group joins and each between two is refused. A
change therefore goes through the links of the groups that it touches, and asks of each that leads out of them whether
the group there, as far as it had come together by then, still refuses it. If not, that group is made anew too.

Two sorts of groups do not follow from pairs of claims alone, and are made anew wherever one beside them is: those that
people decided on, and those with more sets of places than are kept to compare with.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from graph.fusion.clustering import Core, Group, Groups, Growing, Rank, forced, rank
from graph.fusion.decisions import Decisions
from graph.fusion.features import Features
from graph.fusion.keeping import Keeping
from graph.fusion.scoring import SAME, score

_KEPT: Final = 4096  # events of which is kept what rules out further members, and in which order they came together


class Bonds:
    """In which order claims come together by their links, which may be made known in any order.

    A tree in which each claim leads to one of a higher number by the link that joins what is below. Whatever links are
    passed over from some place in their order on, those that the others bring together lead to one and the same claim.
    """

    def __init__(self) -> None:
        self._up: dict[str, str] = {}
        self._at: dict[str, Rank] = {}

    def top(self, claim: str, before: Rank) -> str:
        """Return a claim that stands for all that links `before` one bring together with `claim`."""
        at = self._at
        while (link := at.get(claim)) is not None and link < before:
            claim = self._up[claim]
        return claim

    def link(self, one: str, other: str, at: Rank) -> None:
        """Take in a link; one that is known changes nothing."""
        while True:
            one, other = self.top(one, at), self.top(other, at)
            if one == other:
                return
            if _number(one) > _number(other):
                one, other = other, one
            before = self._at.get(one)
            if before == at:
                return  # a place in the order is that of one link: it is known
            further = self._up.get(one)
            self._up[one], self._at[one] = other, at
            if before is None or further is None:
                return
            other, at = further, before


def _number(claim: str) -> tuple[int, str]:
    """Return a number that has nothing to do with the order of claims, so that trees of them are not deep."""
    return crc32(claim.encode("utf-8", "surrogatepass")), claim


@dataclass(slots=True)
class _Known:
    core: Core
    growing: Growing
    bonds: Bonds | None = None


class Regrouping:
    """Groups of the claims that `kept` holds.

    In what is asked, `event` returns the event of a claim as it is by now, also amid a change. A claim that is
    `waiting` takes part in nothing yet, though its links are there.
    """

    def __init__(self, kept: Keeping) -> None:
        self._kept = kept
        self._known: dict[str, _Known] = {}

    def forget(self, core: Core) -> None:
        """Forget what was kept of an event: its claims or their links may be others."""
        self._known.pop(core.members[0], None)

    def joined(self, core: Core, claim: Features, now: Core) -> None:
        """Note that an event is `now` one with `claim` as well."""
        known = self._known.pop(core.members[0], None)
        if known is not None and known.core.members == core.members:
            known.core = now
            known.growing.take(Growing.of(claim))
            if known.bonds is not None:
                self._bind(known.bonds, claim.claim, frozenset(core.members))
            self._keep(known)

    def bridged(self, one: str, other: str, value: int, core: Core) -> bool:
        """Tell whether two claims of an event had come together before a link of this value, without that link."""
        bonds, at = self._bonds(self._of(core)), self._rank(one, other, value)
        return bonds.top(one, at) == bonds.top(other, at)

    def home(
        self, claim: Features, event: Callable[[str], Core], waiting: Collection[str], decisions: Decisions
    ) -> Core | bool:
        """Return the event that a claim which comes joins, so that all others stay as they are.

        True where it is an event of its own, False where groups have to be made anew.
        """
        name = claim.claim
        if _decided((name,), decisions):
            return False
        near = [
            (self._rank(name, other, value), other)
            for other, value in self._kept.links(name).items()
            if value >= SAME and other not in waiting
        ]
        near.sort()
        ours = Growing.of(claim)
        found: _Known | None = None
        joins: list[str] = []  # claims of the event that it joins, by the links to them so far
        refused: dict[str, list[str]] = {}  # claims of other events, by these
        for at, other in near:
            core = event(other)
            if found is not None and core.members[0] == found.core.members[0]:
                joins.append(other)
                continue
            known = self._of(core)
            if known.growing.crowded or _decided(core.members, decisions):
                return False
            if found is None and ours.takes(known.growing):
                found = known
                joins.append(other)
                ours.take(self._alone(other))  # of what it is with from here on, this is often enough to be refused for
                continue
            before = refused.setdefault(core.members[0], [])
            if not self._together(known, at, other, before):
                if not self._refused(ours, other, at, known) and (
                    found is None or not self._part_refused(found, joins, other, at, known)
                ):
                    return False
                before.append(other)
        return True if found is None else found.core

    def anew(
        self,
        seeds: Iterable[str],
        event: Callable[[str], Core],
        ends: Callable[[str], Core | None],
        waiting: Collection[str],
        decisions: Decisions,
    ) -> tuple[dict[str, Features], list[Group]]:
        """Return the claims whose groups were made anew, `seeds` among them, and their groups.

        `ends` is called with each of them, and returns their event where it had not ended yet.
        """
        claims: dict[str, Features] = {}
        pending = list(seeds)
        while pending:
            while pending:
                name = pending.pop()
                claim = None if name in claims or name in waiting else self._kept.claim(name)
                if claim is None or not claim.modality.happened:
                    continue
                claims[name] = claim
                if decisions.partners:
                    pending += decisions.circle(name)
                ended = ends(name)
                if ended is not None:
                    self.forget(ended)
                    pending += ended.members
            groups = self._grown(claims, event, waiting, decisions, pending)
        return claims, groups.made()

    def _grown(
        self,
        claims: dict[str, Features],
        event: Callable[[str], Core],
        waiting: Collection[str],
        decisions: Decisions,
        beyond: list[str],
    ) -> Groups:
        """Return the groups of `claims`; what has to be made anew with them is added to `beyond`, and they are void."""
        groups = Groups(claims, decisions)
        links: list[tuple[Rank, str, str]] = []
        around: dict[str, Core] = {}
        for name, claim in claims.items():
            for other, value in self._kept.links(name).items():
                if value < SAME or other in waiting:
                    continue
                inner = claims.get(other)
                if inner is None:
                    links.append((self._rank(name, other, value), name, other))
                    around[other] = event(other)
                elif claim.order < inner.order:
                    links.append(((-value, claim.order, inner.order), name, other))
        for core in {core.members[0]: core for core in around.values()}.values():
            if self._of(core).growing.crowded or _decided(core.members, decisions):
                beyond += core.members
        if beyond:
            return groups
        links.sort()
        for one, other in forced(claims, decisions):
            groups.join(one, other, forced=True)
        refused: dict[tuple[str, str], list[str]] = {}  # claims of other events, by our group and their event
        for at, name, other in links:
            if other in claims:
                groups.join(name, other, forced=False)
                continue
            root, ours = groups.around(name)
            known = self._of(around[other])
            before = refused.setdefault((root, known.core.members[0]), [])
            if not self._together(known, at, other, before):
                if not self._refuses(ours, other, at, known, decisions):
                    beyond += known.core.members
                    break
                before.append(other)
        return groups

    def _refuses(self, ours: Growing, other: str, at: Rank, known: _Known, decisions: Decisions) -> bool:
        if not ours.takes(self._alone(other)):
            return True
        if ours.crowded or _decided((member.claim for member in ours.members), decisions):
            return False  # perhaps: it is made anew to find out
        return self._refused(ours, other, at, known)

    def _together(self, known: _Known, at: Rank, claim: str, others: Collection[str]) -> bool:
        """Tell whether a claim of an event had come together with one of `others` before a link."""
        if not others:
            return False
        bonds = self._bonds(known)
        top = bonds.top(claim, at)
        return any(bonds.top(other, at) == top for other in others)

    def _refused(self, ours: Growing, other: str, at: Rank, known: _Known) -> bool:
        """Tell whether what had come together around a claim of an event before a link rules `ours` out."""
        theirs, bonds = known.growing, self._bonds(known)
        top = bonds.top(other, at)
        for article in ours.articles.keys() & theirs.articles.keys():
            for claim in theirs.articles[article]:
                if bonds.top(claim.claim, at) == top and _apart(claim, ours.articles[article]):
                    return True
        return not ours.agrees(theirs) and any(
            bonds.top(claim.claim, at) == top and not ours.agrees(Growing.of(claim)) for claim in theirs.members
        )

    def _part_refused(self, ours: _Known, joins: Iterable[str], other: str, at: Rank, known: _Known) -> bool:
        """Tell the same of what had come together around the claims `joins` of `ours` before that link."""
        bonds = self._bonds(ours)
        tops = {bonds.top(name, at) for name in joins}
        part: Growing | None = None
        for claim in ours.growing.members:
            if bonds.top(claim.claim, at) not in tops:
                continue
            if part is None:
                part = Growing.of(claim)
            else:
                part.take(Growing.of(claim))
        return part is not None and self._refused(part, other, at, known)

    def _of(self, core: Core) -> _Known:
        known = self._known.get(core.members[0])
        if known is not None and (known.core is core or known.core.members == core.members):
            known.core = core
            return known
        growing = self._alone(core.members[0])
        for member in core.members[1:]:
            growing.take(self._alone(member))
        known = _Known(core, growing)
        self._keep(known)
        return known

    def _bonds(self, known: _Known) -> Bonds:
        if known.bonds is None:
            known.bonds = Bonds()
            inside = set[str]()
            for member in known.core.members:
                self._bind(known.bonds, member, inside)
                inside.add(member)
        return known.bonds

    def _bind(self, bonds: Bonds, name: str, inside: Collection[str]) -> None:
        for other, value in self._kept.links(name).items():
            if value >= SAME and other in inside:
                bonds.link(name, other, self._rank(name, other, value))

    def _keep(self, known: _Known) -> None:
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[known.core.members[0]] = known

    def _alone(self, name: str) -> Growing:
        return Growing.of(self._present(name))

    def _rank(self, one: str, other: str, value: int) -> Rank:
        return rank(value, self._present(one).order, self._present(other).order)

    def _present(self, name: str) -> Features:
        claim = self._kept.claim(name)
        if claim is None:
            raise KeyError(name)
        return claim


def _apart(claim: Features, others: Iterable[Features]) -> bool:
    return any(score(claim, other).conflict is not None for other in others)


def _decided(names: Iterable[str], decisions: Decisions) -> bool:
    partners, rivals = decisions.partners, decisions.rivals
    return bool(partners or rivals) and any(name in partners or name in rivals for name in names)
