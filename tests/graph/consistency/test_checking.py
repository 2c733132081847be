"""What one voice says, judged: with HermiT itself where the axioms matter, with a judge of three lines elsewhere."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.consistency.axioms import Aspect, statements
from graph.consistency.checking import Finding, check, check_each
from graph.consistency.sayings import Saying, Told, Verdict, told
from graph.fusion.clustering import Decisions
from graph.fusion.features import Count, Features
from ontology.model import Modality
from ontology.onevoice import Judge, OutOfTime
from tests.graph.fusion.claims import SPOTS, claim

ARMY, FACTION, GROUP = (frozenset({name}) for name in ("army", "faction", "group"))


def of_one_event(*claims: Features, whole: bool = True, **times: str) -> Told:
    """What a voice says in claims that a person said are about one event; `times` are publications by article."""
    pairs = frozenset(frozenset((one.claim, other.claim)) for one, other in itertools.pairwise(claims))
    sayings = [
        Saying(one, times.get(one.article, "2024-11-30"), frozenset(s.id for s in one.spots) if whole else frozenset())
        for one in claims
    ]
    return told(sayings, Decisions(together=pairs))


def separately(*claims: Features, whole: bool = True) -> Told:
    ids = [one.claim for one in claims]
    apart = frozenset(frozenset((one, other)) for one in ids for other in ids if one != other)
    sayings = [Saying(c, "2024-11-30", frozenset(s.id for s in c.spots) if whole else frozenset()) for c in claims]
    return told(sayings, Decisions(apart=apart))


def takeover(name: str, article: str = "a1", **given: object) -> Features:
    return claim(name, article, type="Takeover", **given)


def counting(name: str, count: int, of: str | None = None, article: str = "a1") -> Features:
    return claim(name, article, counts=(Count("killed", of, count, count, count),))


FLED, CAME_BACK = claim("c-1", type="Evacuation"), claim("c-2", type="Return")
CAME_BACK_LATER = replace(CAME_BACK, article="a2", published=101)
STRUCK = claim("c-1", agents=ARMY, targets=FACTION), claim("c-2", agents=FACTION)
CLASHED = tuple(replace(one, type="ArmedClash") for one in STRUCK)
TAKEN, BY_THE_OTHER = takeover("c-1", agents=ARMY, targets=FACTION), takeover("c-2", agents=FACTION)
LEFT = claim("c-2", type="Withdrawal", agents=ARMY)
BOTH_TOOK_IT = takeover("c-1", agents=ARMY), takeover("c-2", agents=FACTION)
FOUGHT = claim("c-0", type="ArmedClash", agents=ARMY, targets=FACTION)
NOT_SO = claim("c-2", modality=Modality.DENIED)
DENIAL = claim("c-2", type="Denial", modality=Modality.DENIED, agents=ARMY)
CONTRADICTION, CHANGE, OPEN = Verdict
TWO = ("c-1", "c-2")

CASES: dict[str, tuple[Told, list[Finding]]] = {
    "one voice says it": (separately(claim("c-1")), []),
    "and another one denies it": (separately(replace(NOT_SO, claim="c-1")), []),
    "asserted and denied": (separately(claim("c-1"), NOT_SO), [Finding(CONTRADICTION, Aspect.OCCURRENCE, TWO)]),
    "lower than itself": (
        separately(claim("c-1", counts=(Count("killed", "child", 9, None, 4),))),
        [Finding(CONTRADICTION, Aspect.FIGURE, ("c-1",))],
    ),
    "one claim of which the reading is wrong": (separately(claim("c-1", agents=ARMY, targets=ARMY)), []),
    "two sides of a clash": (of_one_event(*CLASHED), []),
    "days that meet": (of_one_event(claim("c-1", days=(100, 102)), claim("c-2", days=(102, 103))), []),
    "a total of several events": (
        of_one_event(counting("c-1", 5), replace(counting("c-2", 9), type="CasualtyReport")),
        [],
    ),
    "an announced withdrawal": (separately(TAKEN, replace(LEFT, subtype="AnnouncedWithdrawal")), []),
    "a recapture": (separately(TAKEN, replace(BY_THE_OTHER, subtype="Recapture")), []),
    "the next day": (separately(TAKEN, replace(BY_THE_OTHER, days=(101, 101))), []),
    "another place": (separately(TAKEN, replace(BY_THE_OTHER, spots=(SPOTS[3],))), []),
    "each holds a part": (separately(TAKEN, BY_THE_OTHER, whole=False), []),
    "nothing says that they are enemies": (separately(*BOTH_TOOK_IT), []),
    "enemies that both hold it": (
        separately(FOUGHT, *BOTH_TOOK_IT),
        [Finding(OPEN, Aspect.HOLD, ("c-0", "c-1", "c-2"))],
    ),
    "a contradiction beside a change": (
        of_one_event(FLED, CAME_BACK, claim("c-3", "a2", type="Airstrike", published=101), a2="2024-12-01"),
        [Finding(CONTRADICTION, Aspect.TYPE, TWO), Finding(CHANGE, Aspect.TYPE, ("c-1", "c-3"))],
    ),
    "more children than dead": (
        of_one_event(counting("c-1", 5), counting("c-2", 7, "child", article="a2")),
        [Finding(OPEN, Aspect.SUM, TWO, "killed")],
    ),
    "a denial that does not say of what": (
        separately(claim("c-1", agents=ARMY), DENIAL),
        [Finding(OPEN, Aspect.OCCURRENCE, TWO)],
    ),
}
MORE: dict[str, tuple[Told, list[Finding]]] = {
    "disjoint types": (of_one_event(FLED, CAME_BACK), [Finding(CONTRADICTION, Aspect.TYPE, TWO)]),
    "who strikes is not whom it hits": (of_one_event(*STRUCK), [Finding(CONTRADICTION, Aspect.ROLE, TWO)]),
    "days that exclude each other": (
        of_one_event(claim("c-1", days=(100, 101)), claim("c-2", days=(102, 103))),
        [Finding(CONTRADICTION, Aspect.DAY, TWO)],
    ),
    "two tolls": (
        of_one_event(counting("c-1", 5), counting("c-2", 9)),
        [Finding(CONTRADICTION, Aspect.FIGURE, TWO)],
    ),
    "driven out and holding": (separately(TAKEN, BY_THE_OTHER), [Finding(OPEN, Aspect.HOLD, TWO)]),
    "left and holding": (separately(TAKEN, LEFT), [Finding(OPEN, Aspect.HOLD, TWO)]),
    "said later": (of_one_event(FLED, CAME_BACK_LATER, a2="2024-12-01"), [Finding(CHANGE, Aspect.TYPE, TWO)]),
    "nobody knows which was later": (of_one_event(FLED, CAME_BACK_LATER), [Finding(OPEN, Aspect.TYPE, TWO)]),
}


@pytest.mark.parametrize("cases", [CASES, pytest.param(MORE, marks=pytest.mark.slow)], ids=["some", "more"])
def test_what_one_voice_cannot_say_is_found_with_its_claims(cases: dict[str, tuple[Told, list[Finding]]]) -> None:
    found = check_each({name: said for name, (said, _) in cases.items()}, Judge(seconds=300), batch=200)
    for name, (_, expected) in cases.items():
        assert list(found[name].findings) == expected, name
        assert not found[name].undecided, name


# --- how it is looked for


@dataclass
class Forbidding:
    """A judge to whom a set is bad where it mentions all of some events; it can run out of time."""

    forbidden: list[frozenset[str]]
    left: int = 10_000
    asked: list[int] = field(default_factory=list)

    def first(self, sets: Sequence[bytes]) -> int | None:
        self.left -= len(sets)
        if self.left < 0:
            raise OutOfTime(1)
        self.asked.append(len(sets))
        names = [{name for name in NAMES if f"urn:waqai:event:{name}>".encode() in one} for one in sets]
        return next((n for n, mentioned in enumerate(names) if any(f <= mentioned for f in self.forbidden)), None)


NAMES = [f"c-{number}" for number in range(8)]
HANGING = Told(  # eight takeovers of one place on one day hang together, but are eight events
    {name: Saying(takeover(name, f"a{name}", agents=ARMY), "2024-11-30", frozenset({"village"})) for name in NAMES},
    tuple((name,) for name in NAMES),
)


@given(st.lists(st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=4), max_size=3))
def test_every_finding_is_a_smallest_set_and_the_rest_is_consistent(forbidden: list[frozenset[str]]) -> None:
    found = check(HANGING, Forbidding(forbidden), batch=4)
    cores = [frozenset(finding.claims) for finding in found.findings]
    minimal = {one for one in forbidden if not any(other < one for other in forbidden)}
    assert set(cores) <= minimal
    assert all(any(f.claims[-1] in one for f in found.findings) for one in minimal)
    assert not found.undecided


def test_what_was_not_judged_in_time_is_named() -> None:
    found = check(HANGING, Forbidding([frozenset(NAMES[:2])], left=12), batch=1)
    undecided = {claim for unit in found.undecided for claim in unit}
    assert undecided == set(NAMES)  # over time; what was said at once was judged first


def test_batches_hold_whole_parts_and_are_judged_in_few_goes() -> None:
    apart = Told({name: Saying(claim(name, "a1", spots=())) for name in NAMES}, tuple((name,) for name in NAMES))
    judge = Forbidding([])
    assert check(apart, judge, batch=3).batches == 3
    assert judge.asked == [3]


def test_hermit_is_ended_when_its_time_is_over() -> None:
    with pytest.raises(OutOfTime, match=r"0\.05 seconds"):
        Judge(seconds=0.05).first([b""])


def test_statements_follow_from_what_is_said_whatever_the_order() -> None:
    claims = [claim("c-1", agents=ARMY, counts=(Count("killed", None, 3, 3, None),)), takeover("c-2", agents=GROUP)]
    one, other = (told([Saying(c) for c in order]) for order in (claims, claims[::-1]))
    assert statements(one) == statements(other)
