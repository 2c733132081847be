"""How claims about one event stand to each other.

Invariant: a relation says in what: a later toll of the same source takes the place of the earlier one and contradicts
nothing; nor do two that it told on one day, of which nobody knows which was told later; two tolls contradict each other
only where no number fits both.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from graph.fusion.features import Count, Features
from graph.fusion.origins import Voice, origin
from ontology.model import Modality
from ontology.populations import populations

_VOICES: Final = 16  # of an event that each claim is compared with


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
    """Yield the categories of which no number fits both claims, for everybody or for one population.

    Nor does any where one counts more of a part than the other does of the whole.
    """
    for category in sorted({c.category for c in a.counts} & {c.category for c in b.counts}):
        if _exceeds(a, b, category) or _exceeds(b, a, category):
            yield category
            continue
        for population in sorted({c.of for c in a.counts} & {c.of for c in b.counts}, key=str):
            mine, theirs = _of(a, category, population), _of(b, category, population)
            if mine and theirs and not any(_fits(x, y) for x in mine for y in theirs):
                yield category
                break


def _exceeds(a: Features, b: Features, category: str) -> bool:
    """Tell whether `a` counts more of a part of a population than `b` does of all of it."""
    parts = {count.of for count in a.counts if count.category == category} - {None}
    wholes = {count.of for count in b.counts if count.category == category} if parts else set()
    return any(
        all((x.low or 0) > y.high if y.high is not None else False for x in mine for y in theirs)
        for part in parts
        for whole in wholes
        if populations().part(part, whole) and (mine := _of(a, category, part)) and (theirs := _of(b, category, whole))
    )


def _of(claim: Features, category: str, population: str | None) -> list[Count]:
    return [count for count in claim.counts if count.category == category and count.of == population]


def _fits(a: Count, b: Count) -> bool:
    """Tell whether a number is within the bounds of both."""
    low = max(bound for bound in (a.low, b.low, 0) if bound is not None)
    highs = [bound for bound in (a.high, b.high) if bound is not None]
    return not highs or low <= min(highs)
