"""The events of a set of claims that changes.

Invariant: after any claims were added and taken away and any decisions made, in any order, the events are those that
`fuse` makes of the set and the decisions at once. A change costs the comparisons of what it touches and the components
that these are in.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from graph.fusion import blocking
from graph.fusion.blocking import Key, keys
from graph.fusion.clustering import Group, Harmony, Link, Told, agglomerate, likeness, told
from graph.fusion.decisions import UNDECIDED, Decisions
from graph.fusion.denying import attached, denying
from graph.fusion.features import Features
from graph.fusion.keeping import InMemory, Keeping, Order
from graph.fusion.scoring import SAME
from ontology.model import Modality

_HARMONIES: Final = 4096  # events of which is kept what rules out further members


@dataclass(frozen=True, slots=True)
class Turned:
    """The events that ended with a change, and those that began, each in no particular order."""

    ended: tuple[Told, ...] = ()
    begun: tuple[Told, ...] = ()


NOTHING_TURNED: Final = Turned()


@dataclass(slots=True)
class _Touched:
    """What a change touches.

    `members` may be in other groups now, `denials` may deny other events; `fresh` have come, `gone` went away; `near`
    are pairs that may be about one event now, or may not any more.
    """

    members: set[str] = field(default_factory=set)
    denials: set[str] = field(default_factory=set)
    fresh: dict[str, Features] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    near: list[tuple[str, str]] = field(default_factory=list)

    def linked(self, one: str, other: str, value: int) -> None:
        """Note that two members were linked by `value`, or are no more."""
        if value < SAME:
            self.near.append((one, other))
        else:
            self.members.update((one, other))


class Upkeep:
    """Claims and their events, kept up to date. Claims take part that say that something happened, or deny it."""

    def __init__(self, keeping: Keeping | None = None, decisions: Decisions = UNDECIDED) -> None:
        self._kept = keeping if keeping is not None else InMemory()
        self._decisions = decisions
        self._harmonies: dict[str, tuple[tuple[str, ...], Harmony]] = {}

    def add(self, claims: Iterable[Features]) -> Turned:
        """Take in claims; those that are there already are passed over."""
        return self.change(claims)

    def remove(self, claims: Iterable[str]) -> Turned:
        """Take claims away, by id."""
        return self.change((), claims)

    def decide(self, decisions: Decisions) -> Turned:
        """Take these decisions for all that are in force."""
        return self.change((), (), decisions)

    def change(
        self, added: Iterable[Features], removed: Iterable[str] = (), decisions: Decisions | None = None
    ) -> Turned:
        """Take claims away, take others in, take `decisions` for those in force, and return what that changes."""
        touched = _Touched()
        for name in removed:
            claim = self._kept.claim(name)
            if claim is not None:
                self._remove(claim, touched)
        for claim in added:
            if self._kept.claim(claim.claim) is None and takes_part(claim):
                self._add(claim, touched)
        if decisions is not None and decisions != self._decisions:
            before, self._decisions = self._decisions, decisions
            changed = (before.together ^ decisions.together) | (before.apart ^ decisions.apart)
            named = {name for pair in changed for name in pair}
            for name in list(named):
                named |= before.circle(name) | decisions.circle(name)
            self._touch(named, touched)
        return self._settle(touched)

    def events(self) -> Iterable[Told]:
        """Return all events, in no particular order."""
        return self._kept.events()

    # -- what is compared ------------------------------------------------------------------------------------------

    def _add(self, claim: Features, touched: _Touched) -> None:
        kept = self._kept
        kept.put(claim)
        if claim.claim in self._decisions.partners:
            self._touch(self._decisions.circle(claim.claim), touched)
        if not claim.modality.happened:
            touched.denials.add(claim.claim)
            self._compare_denial(claim, (order for key in keys(claim) for order in _first(kept.head(key))), touched)
            return
        near: dict[Order, None] = {}
        denials: dict[Order, None] = {}
        for key in keys(claim):
            head = kept.head(key)
            if not _ahead(claim, head):
                near.update(dict.fromkeys(_first(head)))
                continue
            near.update(dict.fromkeys(kept.block(key)))
            denials.update(dict.fromkeys(kept.denials(key)))
            if len(head) > blocking.COMPARED:
                self._put_out(key, head[blocking.COMPARED], touched)
        touched.fresh[claim.claim] = claim
        self._compare(claim, near, touched)
        for order in denials:
            self._compare_denial(self._present(order[2]), (claim.order,), touched)

    def _remove(self, claim: Features, touched: _Touched) -> None:
        kept, name = self._kept, claim.claim
        touched.gone.add(name)
        self._touch(self._decisions.circle(name), touched)
        for other, value in list(kept.links(name).items()):
            kept.link(claim, self._present(other), None)
            if claim.modality.happened:
                touched.linked(name, other, value)
        for denial in list(kept.denied(name)):
            kept.link(self._present(denial), claim, None)
            touched.denials.add(denial)
        ahead = [key for key in keys(claim) if _ahead(claim, kept.head(key))] if claim.modality.happened else []
        kept.drop(claim)
        for key in ahead:
            head = kept.head(key)
            if len(head) >= blocking.COMPARED:
                self._let_in(key, head[blocking.COMPARED - 1], touched)
        touched.members.discard(name)
        touched.denials.discard(name)

    def _compare(self, claim: Features, others: Iterable[Order], touched: _Touched) -> None:
        """Link `claim` with those of `others` that it is not linked with yet."""
        links = self._kept.links(claim.claim)
        for _, _, name in others:
            if name == claim.claim or name in links:
                continue
            other = self._present(name)
            value = likeness(claim, other)
            if value is not None:
                self._kept.link(claim, other, value)
                links = self._kept.links(claim.claim)
                if value < SAME or (claim.claim not in touched.fresh and name not in touched.fresh):
                    touched.linked(claim.claim, name, value)

    def _compare_denial(self, denial: Features, others: Iterable[Order], touched: _Touched) -> None:
        links = self._kept.links(denial.claim)
        for _, _, name in others:
            if name in links:
                continue
            other = self._present(name)
            value = denying(denial, other)
            if value is not None:
                self._kept.link(denial, other, value)
                links = self._kept.links(denial.claim)
                touched.denials.add(denial.claim)

    def _put_out(self, key: Key, order: Order, touched: _Touched) -> None:
        """Part the first claim that is not among the first of its block any more from those behind it and denials."""
        claim = self._present(order[2])
        for other, value in list(self._kept.links(claim.claim).items()):
            behind = self._present(other)
            if not self._compares(claim, behind):
                self._kept.link(claim, behind, None)
                touched.linked(claim.claim, other, value)
        denials = self._kept.denials(key)
        linked = self._kept.denied(claim.claim) if denials else ()
        for _, _, name in denials:
            if name in linked and not self._finds(denial := self._present(name), claim):
                self._kept.link(denial, claim, None)
                touched.denials.add(name)

    def _let_in(self, key: Key, order: Order, touched: _Touched) -> None:
        """Compare a claim that is among the first of its block now with those behind it and with denials."""
        claim = self._present(order[2])
        self._compare(claim, self._kept.block(key)[blocking.COMPARED :], touched)
        for _, _, name in self._kept.denials(key):
            self._compare_denial(self._present(name), (claim.order,), touched)

    def _compares(self, a: Features, b: Features) -> bool:
        shared = set(keys(a)) & set(keys(b))
        return any(_ahead(a, head) or _ahead(b, head) for head in map(self._kept.head, shared))

    def _finds(self, denial: Features, claim: Features) -> bool:
        return any(_ahead(claim, self._kept.head(key)) for key in set(keys(denial)) & set(keys(claim)))

    def _touch(self, names: Iterable[str], touched: _Touched) -> None:
        for name in names:
            claim = self._kept.claim(name)
            if claim is not None:
                (touched.members if claim.modality.happened else touched.denials).add(name)

    def _present(self, name: str) -> Features:
        claim = self._kept.claim(name)
        if claim is None:
            raise KeyError(name)
        return claim

    # -- what follows ----------------------------------------------------------------------------------------------

    def _settle(self, touched: _Touched) -> Turned:
        drafts = _Drafts(self._kept)
        simple = self._joining(touched)
        for name in touched.gone:
            drafts.ends(name)
        claims = self._reach(touched, drafts)
        for group in self._grouped(claims):
            drafts.begins(told(group, self._kept.links, self._order))
        for name, into in simple.items():
            if name not in claims:
                self._joined(name, into, drafts)
        near = {(own, other) for pair in touched.near for own, other in (pair, pair[::-1])}
        kept = [p for p in near if p[0] not in claims and p[0] not in touched.fresh and p[0] not in touched.gone]
        for own, other in kept:
            self._parted(own, other, drafts)
        for own, other in kept:
            self._linked(own, other, drafts)
        self._deny(touched, claims, drafts)
        ended, begun = drafts.made()
        self._kept.replace(ended, begun)
        return Turned(ended, begun)

    def _joining(self, touched: _Touched) -> dict[str, str | None]:
        """Return the claims that came of which is known at once what becomes of them, with a member of their event.

        One without links to what is said to have happened is an event of its own (None). One all of whose links are to
        members of one event, in all of which nothing rules it out, joins it, and the other groups stay as they are:
        what kept them apart from the event keeps them apart still. Others are `touched`.
        """
        simple: dict[str, str | None] = {}
        grown: set[str] = set()
        for name, claim in touched.fresh.items():
            near = [other for other, value in self._kept.links(name).items() if value >= SAME]
            if not near and not self._decided((name,)):
                simple[name] = None
                continue
            events = {event.members[0]: event for event in map(self._kept.event, near) if event is not None}
            if len(events) == 1 and not touched.gone and all(other not in touched.fresh for other in near):
                ((first, event),) = events.items()
                if first not in grown and not self._decided((name, *event.members)):
                    grown.add(first)
                    if self._in_harmony(claim, event):
                        simple[name] = near[0]
                        continue
            touched.members.add(name)
        return simple

    def _decided(self, names: Iterable[str]) -> bool:
        partners, rivals = self._decisions.partners, self._decisions.rivals
        return bool(partners or rivals) and any(name in partners or name in rivals for name in names)

    def _in_harmony(self, claim: Features, event: Told) -> bool:
        """Tell whether nothing rules out that `claim` and any member of `event` are about one event."""
        members, harmony = self._harmonies.pop(event.members[0], ((), None))
        if harmony is None or members != event.members:
            harmony = Harmony()
            if not all(harmony.takes(self._present(member)) for member in event.members):
                return False
        if not harmony.takes(claim):
            return False
        members = _with(event.members, claim.claim, self._order)
        if len(self._harmonies) >= _HARMONIES:
            self._harmonies.clear()
        self._harmonies[members[0]] = members, harmony
        return True

    def _joined(self, name: str, into: str | None, drafts: "_Drafts") -> None:
        links = self._kept.links(name)
        if into is None:
            drafts.begins(told(Group((self._present(name),)), self._kept.links, self._order))
            return
        event = drafts.event(into)
        members = _with(event.members, name, self._order)
        at = members.index(name)
        before = frozenset(members[:at])
        own = [(name, other, links[other]) for other in sorted(links.keys() - set(members), key=self._order)]
        ahead = sum(1 for member, _, _ in event.possibly if member in before)
        possibly = (*event.possibly[:ahead], *own, *event.possibly[ahead:])
        drafts.changes(into, replace(event, members=members, possibly=possibly))
        drafts.takes(name, into)

    def _parted(self, own: str, other: str, drafts: "_Drafts") -> None:
        event = drafts.event(own)
        possibly = tuple(found for found in event.possibly if found[0] != own or found[1] != other)
        if len(possibly) < len(event.possibly):
            drafts.changes(own, replace(event, possibly=possibly))

    def _linked(self, own: str, other: str, drafts: "_Drafts") -> None:
        event, value = drafts.event(own), self._kept.links(own).get(other)
        if value is not None and other not in event.members:
            possibly = list(event.possibly)
            insort(possibly, (own, other, value), key=self._pair)
            drafts.changes(own, replace(event, possibly=tuple(possibly)))

    def _pair(self, found: tuple[str, str, int]) -> tuple[Order, Order]:
        return self._order(found[0]), self._order(found[1])

    def _deny(self, touched: _Touched, claims: Mapping[str, Features], drafts: "_Drafts") -> None:
        """Let the denials that may deny other events than before stand beside the right ones."""
        names = set(touched.denials)
        names.update(name for event in drafts.before() for name in event.denials)
        for name in claims:
            names.update(self._kept.denied(name))
            if name in self._decisions.partners:
                names.update(self._decisions.circle(name))
        found = {name: claim for name in names if (claim := self._kept.claim(name)) and not claim.modality.happened}
        for name in names:
            drafts.without(name)
        for name, claim in sorted(found.items()):
            links = self._kept.links(name)
            member = attached(claim, links, self._order, drafts.members, self._decisions)
            if member is not None:
                event = drafts.event(member)
                drafts.changes(member, replace(event, denials=_with(event.denials, name, self._order)))

    def _reach(self, touched: _Touched, drafts: "_Drafts") -> dict[str, Features]:
        """Return all claims of the components that are touched, before or after the change, by id; their events end."""
        claims: dict[str, Features] = {}
        pending = list(touched.members)
        for ended in drafts.before():  # of what is gone
            pending += ended.members
        circled = bool(self._decisions.partners)
        while pending:
            name = pending.pop()
            claim = None if name in claims else self._kept.claim(name)
            if claim is None or not claim.modality.happened:
                continue
            claims[name] = claim
            pending += [other for other, value in self._kept.links(name).items() if value >= SAME]
            if circled:
                pending += self._decisions.circle(name)
            event = drafts.ends(name)
            if event is not None:
                pending += event.members
        return claims

    def _grouped(self, claims: Mapping[str, Features]) -> list[Group]:
        if not claims:
            return []
        links = [
            Link(name, other, value)
            for name, claim in claims.items()
            for other, value in self._kept.links(name).items()
            if value >= SAME and claim.order < claims[other].order
        ]
        return agglomerate(claims, links, self._decisions)

    def _order(self, name: str) -> Order:
        return self._present(name).order


class _Drafts:
    """Events as a change leaves them, beside those from before."""

    def __init__(self, kept: Keeping) -> None:
        self._kept = kept
        self._before: dict[str, Told] = {}  # by their first members
        self._after: dict[str, Told] = {}  # by their first members before the change, or where they are new, now
        self._home: dict[str, str] = {}  # of claims whose event is another one than before

    def before(self) -> list[Told]:
        """Return the events that may have ended."""
        return list(self._before.values())

    def ends(self, name: str) -> Told | None:
        """Let the event of a claim end, as it was before, and return it where it had not ended yet."""
        event = self._kept.event(name)
        if event is None or event.members[0] in self._before:
            return None
        self._before[event.members[0]] = event
        return event

    def begins(self, event: Told) -> None:
        """Let an event begin."""
        self._after[event.members[0]] = event
        self._home.update(dict.fromkeys(event.members, event.members[0]))

    def takes(self, name: str, into: str) -> None:
        """Note that a claim is in the event of another one."""
        self._home[name] = self._key(into)

    def event(self, member: str) -> Told:
        """Return the event of a member as it is after the change, which may change further."""
        return self._after[self._key(member)]

    def changes(self, member: str, event: Told) -> None:
        """Let the event of a member be this one."""
        self._after[self._key(member)] = event

    def members(self, name: str) -> tuple[str, ...]:
        """Return the members of the event of a claim, none where it is a member of none."""
        key = self._home.get(name)
        if key is not None:
            return self._after[key].members
        event = self._kept.event(name) if self._kept.claim(name) is not None else None
        if event is None or name not in event.members:
            return ()
        return self._after.get(event.members[0], event).members

    def without(self, denial: str) -> None:
        """Let a denial deny no event."""
        event = self._kept.event(denial)
        if event is None or denial in event.members:
            return
        first = event.members[0]
        now = self._after.get(first) if first in self._before else self.event(first)
        if now is not None and denial in now.denials:
            self._after[first] = replace(now, denials=tuple(name for name in now.denials if name != denial))

    def made(self) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
        """Return the events that ended and those that began."""
        old, new = set(self._before.values()), set(self._after.values())
        return (
            tuple(event for event in self._before.values() if event not in new),
            tuple(event for event in self._after.values() if event not in old),
        )

    def _key(self, member: str) -> str:
        key = self._home.get(member)
        if key is not None:
            return key
        event = self._kept.event(member)
        if event is None:
            raise KeyError(member)
        first = event.members[0]
        if first not in self._after:
            self._before[first] = self._after[first] = event
        return first


def _with(names: tuple[str, ...], name: str, order: Callable[[str], Order]) -> tuple[str, ...]:
    """Return claims in canonical order with one more."""
    at = bisect_left(names, order(name), key=order)
    return (*names[:at], name, *names[at:])


def takes_part(claim: Features) -> bool:
    """Tell whether a claim says that something happened, or denies it."""
    return claim.modality.happened or claim.modality is Modality.DENIED


def _ahead(claim: Features, head: Sequence[Order]) -> bool:
    """Tell whether a claim of a block is among the first, which are compared with all others."""
    return len(head) <= blocking.COMPARED or claim.order < head[blocking.COMPARED]


def _first(head: Sequence[Order]) -> Sequence[Order]:
    return head[: blocking.COMPARED]
