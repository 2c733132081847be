"""The events of a set of claims that changes.

Invariant: after any claims were added and taken away and any decisions made, in any order, the events are those that
`fuse` makes of the set and the decisions at once. A change costs the comparisons of what it touches and the components
that these are in.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from graph.fusion import blocking
from graph.fusion.blocking import Key, keys
from graph.fusion.clustering import Core, Told, likeness
from graph.fusion.decisions import UNDECIDED, Decisions
from graph.fusion.denying import attached, denying
from graph.fusion.features import Features, Order
from graph.fusion.keeping import InMemory, Keeping
from graph.fusion.regrouping import Regrouping
from graph.fusion.scoring import SAME
from ontology.model import Modality


@dataclass(slots=True)
class _Touched:
    """What a change touches.

    `members` may be in other groups now, `denials` may deny other events; `fresh` have come, `gone` went away; `linked`
    are pairs of members whose link may be another one than before, with what it was.
    """

    members: set[str] = field(default_factory=set)
    denials: set[str] = field(default_factory=set)
    fresh: dict[str, Features] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    linked: dict[tuple[str, str], int | None] = field(default_factory=dict)

    def link(self, one: str, other: str, before: int | None) -> None:
        """Note that the link of two members is about to change."""
        self.linked.setdefault((one, other) if one < other else (other, one), before)


class Upkeep:
    """Claims and their events, kept up to date. Claims take part that say that something happened, or deny it."""

    def __init__(self, keeping: Keeping | None = None, decisions: Decisions = UNDECIDED) -> None:
        self._kept = keeping if keeping is not None else InMemory()
        self._decisions = decisions
        self._regrouping = Regrouping(self._kept)

    def add(self, claims: Iterable[Features]) -> None:
        """Take in claims; those that are there already are passed over."""
        self.change(claims)

    def remove(self, claims: Iterable[str]) -> None:
        """Take claims away, by id."""
        self.change((), claims)

    def decide(self, decisions: Decisions) -> None:
        """Take these decisions for all that are in force."""
        self.change((), (), decisions)

    def change(
        self, added: Iterable[Features], removed: Iterable[str] = (), decisions: Decisions | None = None
    ) -> None:
        """Take claims away, take others in, take `decisions` for those in force, and keep what that makes of events."""
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
        self._settle(touched)

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
                touched.link(name, other, value)
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
                touched.link(claim.claim, name, None)

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
                touched.link(claim.claim, other, value)
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

    def _settle(self, touched: _Touched) -> None:
        drafts = _Drafts(self._kept)
        anew = self._apart(touched, drafts)
        waiting = dict.fromkeys(touched.fresh)
        claims: set[str] = set()
        if anew:
            claims.update(self._made(anew, drafts, waiting))
        for name, claim in touched.fresh.items():
            del waiting[name]
            home = self._regrouping.home(claim, drafts.event, waiting, self._decisions)
            if home is False:
                claims.update(self._made((name,), drafts, waiting))
            elif home is True:
                drafts.begins(Core((name,)))
            else:
                joined = Core(_with(home.members, name, self._order), home.denials)
                self._regrouping.joined(home, claim, joined)
                drafts.changes(home.members[0], joined)
                drafts.takes(name, home.members[0])
        self._deny(touched, claims, drafts)
        ended, begun = drafts.made()
        self._kept.replace(ended, begun, self._again(touched, drafts, frozenset(begun)))

    def _apart(self, touched: _Touched, drafts: "_Drafts") -> set[str]:
        """Return the claims of which it is not known that their groups stay as they are, without those that come."""
        anew = set(touched.members).difference(touched.fresh)
        for name in touched.gone:
            told = self._kept.event(name)
            if told is not None and name in told.members:
                self._regrouping.forget(told)
                drafts.ends(name)
                anew.update(told.members)
        anew -= touched.gone
        for (one, other), before in touched.linked.items():
            if one in touched.gone or other in touched.gone or one in touched.fresh or other in touched.fresh:
                continue
            now = self._kept.links(one).get(other)
            if now == before:
                continue
            if now is not None and now >= SAME:
                anew.update((one, other))
            elif before is not None and before >= SAME and one not in anew:
                event = drafts.event(one)
                # Without a link between two groups nothing changes, for it was refused, nor without one that was not
                # the first to bring its two claims together.
                if other in event.members and not self._regrouping.bridged(one, other, before, event):
                    anew.add(one)
        return anew

    def _made(self, seeds: Iterable[str], drafts: "_Drafts", waiting: Collection[str]) -> Iterable[str]:
        """Make the groups of claims anew, and return all claims that this touched."""
        claims, groups = self._regrouping.anew(seeds, drafts.event, drafts.ends, waiting, self._decisions)
        for group in groups:
            drafts.begins(Core(tuple(member.claim for member in group.members)))
        return claims

    def _again(self, touched: _Touched, drafts: "_Drafts", begun: AbstractSet[Core]) -> list[Core]:
        """Return the events that have other possible matches than before, but the same claims."""
        found: dict[Core, None] = {}
        for (one, other), before in touched.linked.items():
            if self._kept.links(one).get(other) == before:
                continue
            for own, far in ((one, other), (other, one)):
                if own in touched.gone and own not in touched.fresh:
                    continue
                event = drafts.event(own)
                if event not in begun and far not in event.members:
                    found[event] = None
        return list(found)

    def _deny(self, touched: _Touched, claims: Iterable[str], drafts: "_Drafts") -> None:
        """Let the denials that may deny other events than before stand beside the right ones."""
        names = touched.denials | touched.gone
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
                drafts.changes(member, Core(event.members, _with(event.denials, name, self._order)))

    def _order(self, name: str) -> Order:
        return self._present(name).order


class _Drafts:
    """Events as a change leaves them, beside those from before."""

    def __init__(self, kept: Keeping) -> None:
        self._kept = kept
        self._before: dict[str, Core] = {}  # by their first members
        self._after: dict[str, Core] = {}  # by their first members before the change, or where they are new, now
        self._home: dict[str, str] = {}  # of claims whose event is another one than before

    def before(self) -> list[Core]:
        """Return the events that may have ended."""
        return list(self._before.values())

    def ends(self, name: str) -> Core | None:
        """Let the event of a claim end, as it is by now, and return it where it had not ended yet."""
        key = self._home.get(name)
        if key is not None:
            return self._after.pop(key, None)
        event = self._kept.event(name)
        if event is None:
            return None
        first = event.members[0]
        if first in self._before:
            return self._after.pop(first, None)
        self._before[first] = event
        return event

    def begins(self, event: Core) -> None:
        """Let an event begin."""
        self._after[event.members[0]] = event
        self._home.update(dict.fromkeys(event.members, event.members[0]))

    def takes(self, name: str, into: str) -> None:
        """Note that a claim is in the event of another one."""
        self._home[name] = self._key(into)

    def event(self, member: str) -> Core:
        """Return the event of a member as it is by now."""
        key = self._home.get(member)
        if key is not None:
            return self._after[key]
        event = self._kept.event(member)
        if event is None:
            raise KeyError(member)
        return self._after.get(event.members[0], event)

    def changes(self, member: str, event: Core) -> None:
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
        if first not in self._before:
            self._before[first] = self._after[first] = event
        now = self._after.get(first)
        if now is not None and denial in now.denials:
            self._after[first] = Core(now.members, tuple(name for name in now.denials if name != denial))

    def made(self) -> tuple[tuple[Core, ...], tuple[Core, ...]]:
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
