"""Which claims of one voice do not go together, and what that is: a contradiction, a change, or not to be told.

Invariant: what is found is a smallest set of claims, of which each is needed. What was said at once (in one article) is
judged first and by itself, so a change of mind never hides a contradiction. What was not judged in time is named.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Protocol

from graph.consistency.axioms import Aspect, Statement, statements
from graph.consistency.counts import changed, too_many
from graph.consistency.sayings import Told, Verdict, verdict
from ontology.onevoice import OutOfTime

_AT_A_TIME: Final = 16  # batches that are judged in one go
_FORESEEN: Final = 64  # sets that are judged in one go, before anybody asks
_FEW, _SOME = 5, 10  # claims of which all sets, or all pairs, are judged in one go
_FROM_ONE_PART: Final = 20  # contradictions that are looked for in claims that hang together
# What has to be known with an aspect for a reasoner to see anything in it.
_NEEDS: Final = {
    Aspect.TYPE: (Aspect.TYPE,),
    Aspect.OCCURRENCE: (Aspect.OCCURRENCE,),
    Aspect.DAY: (Aspect.DAY,),
    Aspect.FIGURE: (Aspect.FIGURE,),
    Aspect.ROLE: (Aspect.TYPE, Aspect.ROLE),
    Aspect.HOLD: (Aspect.TYPE, Aspect.ROLE, Aspect.HOLD),
}


class Judging(Protocol):
    """Says which of several sets of statements (N-Triples) contradict themselves; see `ontology.onevoice.Judge`."""

    def first(self, sets: Sequence[bytes]) -> int | None:
        """Return the number, from 0, of the first that does, None where none does. Raises OutOfTime."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """Claims of one voice that do not go together, in canonical order, none of them to spare, and in what.

    `category` is that of the figures concerned, where arithmetic found it.
    """

    verdict: Verdict
    aspect: Aspect
    claims: tuple[str, ...]
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one voice: what was found, the number of batches that were reasoned over, and what was not judged.

    `undecided` are sets of claims that hang together and for which the time did not suffice.
    """

    findings: tuple[Finding, ...]
    batches: int
    undecided: tuple[tuple[str, ...], ...] = ()


class _Known:
    """A judge that is not asked twice, and knows at once of what was foreseen."""

    def __init__(self, judge: Judging) -> None:
        self._judge = judge
        self._bad: dict[bytes, bool] = {}

    def foresee(self, sets: Iterable[bytes]) -> None:
        """Judge sets of several voices in few goes, as far as the time goes; each is still judged by itself."""
        waiting = list(dict.fromkeys(sets))
        for start in range(0, len(waiting), _FORESEEN):
            try:
                self.all(waiting[start : start + _FORESEEN])
            except OutOfTime:
                return

    def first(self, sets: Sequence[bytes]) -> int | None:
        """See `Judging`."""
        for number, one in enumerate(sets):
            if one not in self._bad:
                new = [other for other in dict.fromkeys(sets[number:]) if other not in self._bad]
                found = self._judge.first(new)
                self._bad.update(dict.fromkeys(new[:found], False))
                if found is not None:
                    self._bad[new[found]] = True
            if self._bad[one]:
                return number
        return None

    def all(self, sets: Sequence[bytes]) -> list[int]:
        """Return the numbers of all that contradict themselves. Raises OutOfTime."""
        found: list[int] = []
        start = 0
        while (first := self.first(sets[start:])) is not None:
            found.append(start + first)
            start += first + 1
        return found


def check(said: Told, judge: Judging, *, batch: int) -> Checked:
    """Return what in the claims of one voice does not go together, reasoning over about `batch` claims at a time.

    Raises:
        ontology.reasoning.ReasoningFailed
    """
    return check_each({"": said}, judge, batch=batch)[""]


def check_each(voices: Mapping[str, Told], judge: Judging, *, batch: int) -> dict[str, Checked]:
    """Return what `check` returns of each voice. No two voices are ever reasoned over together. Raises as `check`."""
    known = _Known(judge)
    plans = {key: _Plan(said) for key, said in voices.items()}
    known.foresee(document for plan in plans.values() for document in plan.documents(batch))
    return {key: _checked(plan, known, batch) for key, plan in plans.items()}


class _Plan:
    """The parts of what a voice says that are reasoned over: what it says at once, then what it says over time."""

    def __init__(self, said: Told) -> None:
        self.said = said
        self.made = statements(said)
        articles: dict[str, list[str]] = defaultdict(list)
        for claim, one in said.sayings.items():
            articles[one.features.article].append(claim)
        at_once = [unit for claims in articles.values() for unit in _together(claims, self.made)]
        over_time = [
            unit
            for unit in _together(said.sayings, self.made, leaving_out=Aspect.FIGURE)
            if len({said.sayings[claim].features.article for claim in unit}) > 1
        ]
        self.passes = ((at_once, frozenset[Aspect]()), (over_time, frozenset((Aspect.FIGURE,))))

    def documents(self, batch: int) -> Iterator[bytes]:
        """Yield what is judged first, if nothing is found."""
        for units, without in self.passes:
            for packed in _packed(units, batch):
                yield document(_claims(packed), self.made, frozenset(Aspect) - without)


def _checked(plan: _Plan, judge: _Known, batch: int) -> Checked:
    said = plan.said
    findings: list[Finding] = []
    undecided: list[tuple[str, ...]] = []
    batches = 0
    for units, without in plan.passes:
        search = _Search(plan.made, judge, without)
        known = {finding.claims[-1] for finding in findings}  # without these the rest of each article is consistent
        rest = [kept for unit in units if (kept := tuple(claim for claim in unit if claim not in known))]
        packed = list(_packed(rest, batch))
        batches += len(packed)
        for core, aspect in search.run(packed):
            findings.append(_finding(said, core, aspect))
        undecided += search.undecided
    findings += _counted(said)
    findings += [_finding(said, pair, Aspect.OCCURRENCE) for pair in said.perhaps]
    order = {claim: number for number, claim in enumerate(said.sayings)}
    rank = {found: number for number, found in enumerate(Verdict)}
    findings = sorted(dict.fromkeys(findings), key=lambda f: (rank[f.verdict], order[f.claims[0]], f.aspect, f.claims))
    return Checked(tuple(findings), batches, tuple(undecided))


def _finding(said: Told, claims: Iterable[str], aspect: Aspect, category: str | None = None) -> Finding:
    chosen = sorted((said.sayings[claim] for claim in set(claims)), key=lambda one: one.features.order)
    # A day is long: a place may be taken, lost and taken again, and the words of two claims do not tell the hours.
    # Nor does a denial that does not say what it denies.
    pair = {(one.claim, other.claim) for one in chosen for other in chosen}
    left_open = aspect is Aspect.HOLD or (aspect is Aspect.OCCURRENCE and not pair.isdisjoint(said.perhaps))
    found = Verdict.OPEN if left_open else verdict(chosen)
    return Finding(found, aspect, tuple(one.claim for one in chosen), category)


def _counted(said: Told) -> Iterator[Finding]:
    for event in said.events:
        features = [said.sayings[claim].features for claim in event]
        if len(features) > 1:
            more = list(too_many(features))
            for claims, category in more:
                yield _finding(said, claims, Aspect.SUM, category)
            summed = {frozenset(claims) for claims, _ in more}  # who counts more of a part is told once, as such
            for pair in changed(features):
                if frozenset(pair) not in summed:
                    yield _finding(said, pair, Aspect.FIGURE)


def _together(
    claims: Iterable[str], made: Mapping[str, list[Statement]], leaving_out: Aspect | None = None
) -> list[tuple[str, ...]]:
    """Return the claims in parts that hang together: no statement of one part speaks of anything in another."""
    chosen = [claim for claim in claims if made[claim]]
    home = {claim: claim for claim in chosen}

    def find(claim: str) -> str:
        while home[claim] != claim:
            home[claim] = home[home[claim]]
            claim = home[claim]
        return claim

    first: dict[str, str] = {}
    for claim in chosen:
        for statement in made[claim]:
            if statement.aspect is not leaving_out:
                home[find(claim)] = find(first.setdefault(statement.subject, claim))
    parts: dict[str, list[str]] = defaultdict(list)
    for claim in chosen:
        parts[find(claim)].append(claim)
    return [tuple(part) for part in parts.values()]


def _packed(units: Iterable[tuple[str, ...]], size: int) -> Iterator[list[tuple[str, ...]]]:
    batch: list[tuple[str, ...]] = []
    held = 0
    for unit in units:
        if batch and held + len(unit) > size:
            yield batch
            batch, held = [], 0
        batch.append(unit)
        held += len(unit)
    if batch:
        yield batch


class _Search:
    """Looks for smallest sets of claims that contradict each other; what it could not judge is in `undecided`."""

    def __init__(self, made: Mapping[str, list[Statement]], judge: _Known, without: frozenset[Aspect]) -> None:
        self._made = made
        self._judge = judge
        self._without = without
        self.undecided: list[tuple[str, ...]] = []

    def run(self, batches: list[list[tuple[str, ...]]]) -> Iterator[tuple[tuple[str, ...], Aspect]]:
        for start in range(0, len(batches), _AT_A_TIME):
            some = batches[start : start + _AT_A_TIME]
            try:
                bad = self._bad([_claims(batch) for batch in some])
            except OutOfTime:
                self.undecided += [unit for batch in batches[start:] for unit in batch]
                return
            for number in bad:
                yield from self._units(some[number])

    def _units(self, units: list[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], Aspect]]:
        try:
            bad = [units[number] for number in (self._bad(units) if len(units) > 1 else [0])]
        except OutOfTime:
            self.undecided += units
            return
        for unit in bad:
            try:
                yield from self._cores(unit)
            except OutOfTime:
                self.undecided.append(unit)

    def _cores(self, unit: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Aspect]]:
        left = list(unit)
        for _ in range(_FROM_ONE_PART):
            core = self._core(left)
            if core is None:
                return
            yield core, self._aspect(core)
            left.remove(core[-1])

    def _core(self, claims: list[str]) -> tuple[str, ...] | None:
        """Return a smallest set of `claims` that contradict each other, None where they do not.

        Most are of two claims, and to look at all pairs in one go takes less time than to narrow down one by one.
        """
        largest = len(claims) if len(claims) <= _FEW else 2 if len(claims) <= _SOME else 0
        sets = [chosen for size in range(1, largest + 1) for chosen in combinations(claims, size)]
        if largest < len(claims):
            sets.append(tuple(claims))
        found = self._judge.first([self._document(chosen) for chosen in sets])
        if found is None:
            return None
        if len(sets[found]) <= largest:
            return sets[found]
        return tuple(self._narrowed([], claims, grown=False))

    def _narrowed(self, known: list[str], among: list[str], *, grown: bool) -> list[str]:
        """Return claims of `among` that contradict each other with `known`, none to spare.

        `grown` says that `known` has grown since it was last judged. QuickXplain (Ulrich Junker, AAAI 2004).
        """
        if grown and self._bad([tuple(known)]):
            return []
        if len(among) == 1:
            return among
        half = len(among) // 2
        first, second = among[:half], among[half:]
        of_second = self._narrowed([*known, *first], second, grown=True)
        of_first = self._narrowed([*known, *of_second], first, grown=bool(of_second))
        return [*of_first, *of_second]

    def _aspect(self, claims: tuple[str, ...]) -> Aspect:
        """Return the first aspect in which they contradict each other."""
        aspects = [aspect for aspect in _NEEDS if aspect not in self._without]
        found = self._judge.first([document(claims, self._made, frozenset(_NEEDS[aspect])) for aspect in aspects])
        return Aspect.TYPE if found is None else aspects[found]

    def _bad(self, sets: Sequence[tuple[str, ...]]) -> list[int]:
        return self._judge.all([self._document(claims) for claims in sets])

    def _document(self, claims: Iterable[str]) -> bytes:
        return document(claims, self._made, frozenset(Aspect) - self._without)


def _claims(units: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(claim for unit in units for claim in unit)


def document(claims: Iterable[str], made: Mapping[str, list[Statement]], aspects: frozenset[Aspect]) -> bytes:
    """Return the statements of `claims` in these aspects as N-Triples, none twice."""
    lines = (
        line for claim in claims for statement in made[claim] if statement.aspect in aspects for line in statement.lines
    )
    return "".join(f"{line}\n" for line in dict.fromkeys(lines)).encode()
