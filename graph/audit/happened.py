"""What the graph says of events, held against what their claims say in their own graphs.

Invariant: an event is read with the claim that gave it its IRI, so each is read one time. Which claims are about an
event, and what follows from all of them, is not computed anew: it is looked at for what it may be.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from pyoxigraph import NamedNode

from graph.audit.findings import DATE, MISSING, RETRACTED, UNEXPLAINED, Finding
from graph.audit.held import Held, Tail, Triple
from graph.store import Reader
from graph.terms import Term, written
from ontology.vocabulary import DCTERMS, WQ

_AT_ONCE: Final = 1_000  # claims of one event that are looked at together


@dataclass(slots=True)
class Happening:
    """What the default graph says of an event, or of what was one: of itself, and of its parts."""

    node: str
    tails: set[Tail] = field(default_factory=set)
    parts: list[Triple] = field(default_factory=list)

    @property
    def claims(self) -> list[str]:
        """The claims that it names, in order."""
        return sorted(tail.split(" ", 1)[1] for tail in self.tails if tail.startswith(f"{_CLAIM} "))

    @property
    def is_event(self) -> bool:
        """Whether any claim tells it."""
        return any(tail.startswith(f"{_CLAIM} ") for tail in self.tails)


class Happenings:
    """Reads events and judges them. `quads` are the triples of the last reading."""

    def __init__(self, store: Reader, held: Held, names: Mapping[str, str]) -> None:
        self._store, self._held, self._names = store, held, names
        self.quads = 0

    def read(self, nodes: Sequence[str]) -> dict[str, Happening]:
        """Return what the default graph says of those of some events that it knows, and of their parts."""
        found: dict[str, Happening] = {}
        lines = set(self._held.about(dict.fromkeys(nodes)))
        self.quads = len(lines)
        parts: dict[str, Happening] = {}
        for line in lines:
            subject, _, tail = line.partition(" ")
            one = found.get(subject)
            if one is None:
                one = found[subject] = Happening(subject)
            one.tails.add(tail)
            value = tail.split(" ", 1)[1]
            if value.startswith(f"{subject[:-1]}/"):
                parts[value] = one
        for line in set(self._held.about(parts)):
            parts[line[: line.index(" ")]].parts.append(line)
            self.quads += 1
        return found

    def judge(self, event: Happening, told: set[Tail], *, withdrawn: bool) -> Iterator[Finding]:
        """Yield what is wrong with an event; `told` is what the claim says that gave it its IRI, by its record.

        `withdrawn` tells whether that claim is retracted.
        """
        claims = event.claims
        if not claims:
            yield from self._alias(event)
            return
        said: set[Tail] = set()
        loosely: set[Tail] = set()  # by claims whose type excludes that of a better-told one: their roles are broader
        alone = len(claims) == 1 and f"{_CLAIM} {claims[0]}" in told
        each = [(claims[0], self._renamed(told))] if alone else self._told(claims)
        out = set(claims if withdrawn else ()) if alone else self._held.having(claims, _RETRACTED)
        for claim, tails in each:
            passed_over = len(claims) > 1 and any(tail.startswith(_TYPED) for tail in tails - event.tails)
            (loosely if passed_over else said).update(tails)
            if claim in out:
                yield Finding(RETRACTED, f"{event.node} {_CLAIM} {claim}", "the claim is retracted, and still counted")
        bounds = cache(lambda: self._held.bounds(claims, _FIGURES))
        yield from self._compared(event, said, loosely, claims, bounds)
        yield from self._of_parts(event, bounds)

    def _alias(self, event: Happening) -> Iterator[Finding]:
        """An IRI that no claim in force tells may say what stands for it, where a claim in its own graph has it."""
        aliased = all(tail.startswith(f"<{DCTERMS}isReplacedBy> ") for tail in event.tails)
        if aliased and self._somewhere(event.node):
            return
        for line in sorted([*(f"{event.node} {tail}" for tail in event.tails), *event.parts]):
            yield Finding(UNEXPLAINED, line, "no claim in force is about it")

    def _somewhere(self, node: str) -> bool:
        return next(self._store.quads(NamedNode(node[1:-1]), _CLAIM_NODE), None) is not None

    def _told(self, claims: list[str]) -> Iterator[tuple[str, set[Tail]]]:
        for start in range(0, len(claims), _AT_ONCE):
            some = claims[start : start + _AT_ONCE]
            found = self._held.told(some)
            for claim in some:
                yield claim, self._renamed(tail for tail in found.get(claim, ()) if not tail.startswith(_LABELLED))

    def _renamed(self, tails: Iterable[Tail]) -> set[Tail]:
        if not self._names:
            return set(tails)
        pairs = (tail.split(" ", 1) for tail in tails)
        return {f"{predicate} {self._names.get(value, value)}" for predicate, value in pairs}

    def _compared(
        self, event: Happening, said: set[Tail], loosely: set[Tail], claims: list[str], bounds: Callable[[], set[str]]
    ) -> Iterator[Finding]:
        there, node = event.tails, event.node
        for tail in sorted(there - said - loosely):
            predicate, value = tail.split(" ", 1)
            if predicate == _LABEL or _follows(predicate, value, claims, bounds):
                continue
            if predicate in _DATES:
                detail = "no claim of the event gives this date; the day of publication is none"
                yield Finding(DATE, f"{node} {tail}", detail)
            else:
                yield Finding(UNEXPLAINED, f"{node} {tail}", "no claim of the event says so")
        one = len(claims) == 1
        for tail in sorted(said - there):
            predicate = tail.split(" ", 1)[0]
            other = predicate in _TOLLS and any(known.startswith(f"{predicate} ") for known in there)
            if not other and (one or predicate not in _CHOSEN):
                yield Finding(MISSING, f"{node} {tail}", "a claim of the event says so")
        values = {tail.split(" ", 1)[1] for tail in there} if loosely else set()
        for tail in sorted(loosely - said - there):
            predicate, value = tail.split(" ", 1)
            if predicate not in _CHOSEN and predicate not in _TOLLS and value not in values:
                yield Finding(MISSING, f"{node} {tail}", "a claim of the event says so")
        for language in ("ar", "en"):
            if not any(tail.startswith(_LABELLED) and tail.endswith(f"@{language}") for tail in there):
                yield Finding(MISSING, f"{node} {_LABEL}", f"it has no label in {language}")

    def _of_parts(self, event: Happening, bounds: Callable[[], set[str]]) -> Iterator[Finding]:
        """Look at what follows from the claims of an event and is a node: a toll, how its denials stand."""
        for line in sorted(line for line in event.parts if line.split(" ", 2)[1] in _FIGURES):
            if line.split(" ", 2)[2] not in bounds():
                yield Finding(UNEXPLAINED, line, "no figure of a claim of the event has this bound")


def _follows(predicate: str, value: str, claims: list[str], bounds: Callable[[], set[str]]) -> bool:
    """Tell whether what follows from all claims of an event can be so: counts, a chosen bound, its parts.

    `bounds` returns the values that their figures have, and asks for them one time.
    """
    if predicate in _TOLLS:
        return value in bounds()
    if predicate in _STANDING:
        number = value[1:].partition('"')[0]
        return number.isdecimal() and int(number) <= len(claims)
    return predicate in _COMPUTED


_CLAIM: Final = written("claim")
_CLAIM_NODE: Final = NamedNode(_CLAIM[1:-1])
_LABEL: Final = str(Term.LABEL)
_LABELLED: Final = f"{_LABEL} "
_RETRACTED: Final = written("retracted")
_TYPED: Final = f"{Term.TYPE} "
_TOLLS: Final = frozenset(written(f"fatalities{bound}") for bound in ("Low", "Best", "High"))
_DATES: Final = frozenset(written(name) for name in ("date", "earliest", "latest", "datePrecision"))
_CHOSEN: Final = (
    _DATES | _TOLLS | {_LABEL, str(Term.TYPE)}
)  # of which an event of several claims says what fits all of them
_STANDING: Final = frozenset(
    f"<{WQ}{name}>"
    for name in (
        "claimCount",
        "outletCount",
        "namedOrigins",
        "interestedOrigins",
        "unknownOrigins",
        "originsAtLeast",
        "originsAtMost",
    )
)
_COMPUTED: Final = frozenset(f"<{WQ}{name}>" for name in ("contested", "toll", "denialStanding"))
_FIGURES: Final = tuple(written(name) for name in ("low", "best", "high"))
