"""How claims about one event stand to each other.

Invariant: a relation says in what: a later toll of the same source takes the place of the earlier one and contradicts
nothing; nor do two that it told on one day, of which nobody knows which was told later; two tolls contradict each other
only where no number fits both; a sum is named only where it is the only one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from graph.fusion.features import Count, Features
from graph.fusion.origins import Voice, origin
from ontology.model import Modality
from ontology.retelling import retelling

_VOICES: Final = 16  # of an event that each claim is compared with
_PARTS: Final = 3  # of a sum, at most
SMALLEST_SUM: Final = 20  # below it, numbers add up by chance
_FIGURES: Final = 40  # of one article that are looked at


class Kind(StrEnum):
    """The relation of one claim to another."""

    CORROBORATES = "corroborates"
    CONTRADICTS = "contradicts"
    REPEATS = "repeats"
    SUPERSEDES = "supersedes"


@dataclass(frozen=True, slots=True)
class Relation:
    """That `subject` stands in `kind` to `object` (claim ids; the later one to the earlier), and `in_what`.

    In what they contradict each other: a category of figures, `actor`, `occurrence`, `time`.
    """

    kind: Kind
    subject: str
    object: str
    in_what: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """That the figure of `category` of the claim `total` is what those of `parts` add up to."""

    total: str
    parts: tuple[str, ...]
    category: str


def relations(claims: Iterable[Features]) -> Iterator[Relation]:
    """Yield how `claims`, which are about one event, stand to each other, the later one of a pair first.

    A claim that says what one of the same voice said before repeats that one, and nothing else is said of it: how it
    stands to others is how the first one does. The others are compared with the first `_VOICES` of such.
    """
    told = sorted(claims, key=lambda claim: claim.order)
    voices: list[Features] = []
    first: dict[tuple[object, ...], Features] = {}
    for later in told:
        said = _said(later)
        echoed = None if said is None else first.setdefault(said, later)
        if echoed is not None and echoed is not later:
            yield Relation(Kind.REPEATS, later.claim, echoed.claim)
            continue
        for earlier in voices:
            yield from _pair(earlier, later)
        if len(voices) < _VOICES:
            voices.append(later)


def _said(claim: Features) -> tuple[object, ...] | None:
    """Return what makes a claim the repetition of another one, None where nobody known says it, or that it happened."""
    voice = origin(claim)
    if voice.voice is not Voice.NAMED or not claim.modality.happened:
        return None
    return voice.id, frozenset(claim.counts), claim.agents, claim.days


def _pair(earlier: Features, later: Features) -> Iterator[Relation]:
    if (earlier.modality is Modality.DENIED) != (later.modality is Modality.DENIED):
        yield Relation(Kind.CONTRADICTS, later.claim, earlier.claim, "occurrence")
        return
    if not earlier.modality.happened or not later.modality.happened:
        return
    one, other = origin(earlier), origin(later)
    same_voice = one.voice is Voice.NAMED and one.id == other.id
    differing = list(_differing(earlier, later))
    if same_voice:
        if differing and _later(later, earlier):
            yield Relation(Kind.SUPERSEDES, later.claim, earlier.claim)
        elif not differing:
            yield Relation(Kind.REPEATS, later.claim, earlier.claim)
        return
    for category in differing:
        yield Relation(Kind.CONTRADICTS, later.claim, earlier.claim, category)
    if _exclude(earlier.days, later.days):
        yield Relation(Kind.CONTRADICTS, later.claim, earlier.claim, "time")
        return
    if earlier.agents and later.agents and not earlier.agents & later.agents:
        yield Relation(Kind.CONTRADICTS, later.claim, earlier.claim, "actor")
        return
    if not differing and one.voice is other.voice is Voice.NAMED:
        yield Relation(Kind.CORROBORATES, later.claim, earlier.claim)


def _later(one: Features, other: Features) -> bool:
    return one.published is not None and other.published is not None and one.published > other.published


def _exclude(a: tuple[int, int] | None, b: tuple[int, int] | None) -> bool:
    return a is not None and b is not None and (a[1] < b[0] or b[1] < a[0])


def _differing(a: Features, b: Features) -> Iterator[str]:
    """Yield the categories of which no number fits both claims, for everybody or for one population."""
    for category in sorted({c.category for c in a.counts} & {c.category for c in b.counts}):
        for population in sorted({c.of for c in a.counts} & {c.of for c in b.counts}, key=str):
            mine, theirs = _of(a, category, population), _of(b, category, population)
            if mine and theirs and not any(_fits(x, y) for x in mine for y in theirs):
                yield category
                break


def _of(claim: Features, category: str, population: str | None) -> list[Count]:
    return [count for count in claim.counts if count.category == category and count.of == population]


def _fits(a: Count, b: Count) -> bool:
    """Tell whether a number is within the bounds of both."""
    low = max(bound for bound in (a.low, b.low, 0) if bound is not None)
    highs = [bound for bound in (a.high, b.high) if bound is not None]
    return not highs or low <= min(highs)


def sums(claims: Iterable[Features]) -> Iterator[Sum]:
    """Yield the stated totals of one article that are the sum of other figures of it.

    A total is a figure of a claim that only counts; its parts, two or three, are figures of other claims. Where
    several choices of the fewest parts add up to it, nothing is said.
    """
    told = sorted((c for c in claims if c.modality.happened), key=lambda claim: claim.order)
    for category in sorted({count.category for claim in told for count in claim.counts}):
        values = {claim.claim: counted(claim, category) for claim in told[:_FIGURES]}
        for claim in told[:_FIGURES]:
            total = values[claim.claim]
            if total is None or total < SMALLEST_SUM or claim.type not in retelling().totals:
                continue
            parts = [(c, value) for c, value in values.items() if value and value < total and c != claim.claim]
            found = adding_up(total, parts)
            if found:
                yield Sum(claim.claim, found, category)


def adding_up(total: int, parts: list[tuple[str, int]]) -> tuple[str, ...]:
    """Return which of `parts` (claims and their figures) add up to `total`: two, else three, if only in one way."""
    for size in range(2, _PARTS + 1):
        found = [chosen for chosen in combinations(parts, size) if sum(value for _, value in chosen) == total]
        if found:
            return tuple(claim for claim, _ in found[0]) if len(found) == 1 else ()
    return ()


def counted(claim: Features, category: str) -> int | None:
    """Return how many of everybody the claim counts in a category, None where it gives no number or several."""
    values = [count.best for count in claim.counts if count.category == category and count.of is None]
    return values[0] if len(values) == 1 else None
