"""What the upkeep of events keeps: claims in their blocks, what comparing them gave, and the events that follow.

Invariant: whatever keeps it gives back what it was given; it decides nothing. Links of a claim lead both ways.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from graph.fusion import blocking
from graph.fusion.blocking import Key, keys
from graph.fusion.clustering import Core, Told, told
from graph.fusion.features import Features, Order

_NO_LINKS: Final[Mapping[str, int]] = {}


class Keeping(Protocol):
    """Claims that take part, members and denials, by id; blocks of each of both sorts; links with their scores."""

    def claim(self, name: str) -> Features | None:
        """Return a claim that takes part, None where none of this id does."""
        ...

    def put(self, claim: Features) -> None:
        """Let a claim take part, and stand in its blocks."""
        ...

    def drop(self, claim: Features) -> None:
        """Let a claim take part no longer. Its links must be gone."""
        ...

    def head(self, key: Key) -> Sequence[Order]:
        """Return the first members of a block in canonical order, one more than are compared with all others."""
        ...

    def block(self, key: Key) -> Sequence[Order]:
        """Return all members of a block in canonical order."""
        ...

    def denials(self, key: Key) -> Sequence[Order]:
        """Return the denials in a block."""
        ...

    def links(self, name: str) -> Mapping[str, int]:
        """Return what a claim is linked to: a member to members, a denial to the members that it may deny."""
        ...

    def denied(self, name: str) -> Mapping[str, int]:
        """Return the denials that are linked to a member."""
        ...

    def link(self, claim: Features, other: Features, value: int | None) -> None:
        """Link two claims of which the second is a member, or part them (None)."""
        ...

    def event(self, name: str) -> Core | None:
        """Return the event that a claim is a member or a denial of, None where there is none."""
        ...

    def replace(self, ended: Sequence[Core], begun: Sequence[Core], again: Sequence[Core]) -> None:
        """Put events in the place of others; no claim is in two. Those `again` have other possible matches only."""
        ...

    def events(self) -> Iterable[Told]:
        """Return all events."""
        ...


class InMemory:
    """What is kept, in dictionaries."""

    def __init__(self) -> None:
        self._claims: dict[str, Features] = {}
        self._blocks: dict[Key, list[Order]] = {}
        self._denials: dict[Key, list[Order]] = {}
        self._links: dict[str, dict[str, int]] = defaultdict(dict)
        self._denied: dict[str, dict[str, int]] = defaultdict(dict)
        self._home: dict[str, Core] = {}

    def claim(self, name: str) -> Features | None:
        """See `Keeping.claim`."""
        return self._claims.get(name)

    def put(self, claim: Features) -> None:
        """See `Keeping.put`."""
        self._claims[claim.claim] = claim
        blocks = self._blocks if claim.modality.happened else self._denials
        for key in keys(claim):
            insort(blocks.setdefault(key, []), claim.order)

    def drop(self, claim: Features) -> None:
        """See `Keeping.drop`."""
        del self._claims[claim.claim]
        blocks = self._blocks if claim.modality.happened else self._denials
        for key in keys(claim):
            block = blocks[key]
            del block[bisect_left(block, claim.order)]
            if not block:
                del blocks[key]

    def head(self, key: Key) -> Sequence[Order]:
        """See `Keeping.head`."""
        return self._blocks.get(key, ())[: blocking.COMPARED + 1]

    def block(self, key: Key) -> Sequence[Order]:
        """See `Keeping.block`."""
        return self._blocks.get(key, ())

    def denials(self, key: Key) -> Sequence[Order]:
        """See `Keeping.denials`."""
        return self._denials.get(key, ())

    def links(self, name: str) -> Mapping[str, int]:
        """See `Keeping.links`."""
        return self._links.get(name, _NO_LINKS)

    def denied(self, name: str) -> Mapping[str, int]:
        """See `Keeping.denied`."""
        return self._denied.get(name, _NO_LINKS)

    def link(self, claim: Features, other: Features, value: int | None) -> None:
        """See `Keeping.link`."""
        back = self._links if claim.modality.happened else self._denied
        for links, one, two in ((self._links, claim.claim, other.claim), (back, other.claim, claim.claim)):
            if value is not None:
                links[one][two] = value
            elif links[one].pop(two, None) is not None and not links[one]:
                del links[one]

    def event(self, name: str) -> Core | None:
        """See `Keeping.event`."""
        return self._home.get(name)

    def replace(self, ended: Sequence[Core], begun: Sequence[Core], again: Sequence[Core]) -> None:
        """See `Keeping.replace`."""
        for event in ended:
            for name in event.claims:
                del self._home[name]
        for event in begun:
            for name in event.claims:
                self._home[name] = event

    def events(self) -> Iterator[Told]:
        """See `Keeping.events`."""
        for name, event in self._home.items():
            if name == event.members[0]:
                yield told(event, self.links, lambda one: self._claims[one].order)
