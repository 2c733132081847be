"""The figures of one event by category and population."""

from dataclasses import replace
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graph.fusion.features import Count, Features, Teller
from graph.fusion.tolls import Rule, Toll, tolls
from graph.ledger.entries import Entry, Made, entries
from ontology.model import Modality
from ontology.populations import populations
from tests.graph.fusion.claims import claim

MONITOR, RESCUE, ARMY = Teller("monitor", "monitor"), Teller("rescue", "rescue"), Teller("army", "party", party=True)
POPULATIONS = (None, "civilian", "child", "woman", "fighter", "soldier", "journalist", "family")


def of(value: int, population: str | None = None, category: str = "killed") -> Count:
    return Count(category, population, value, value, value)


def told(name: str, *counts: Count, chain: tuple[Teller, ...] = (), **more: Any) -> Features:
    return claim(name, **{"article": f"a-{name}", "counts": counts, "chain": chain, **more})


def entry(found: tuple[Entry, ...], population: str | None = None, category: str = "killed") -> Entry:
    (one,) = [e for e in found if e.of == population and e.category == category]
    return one


def bounds(one: Entry) -> tuple[int | None, int | None, int | None]:
    return one.low, one.best, one.high


def test_children_are_no_more_dead_beside_the_civilians_that_they_are_of() -> None:
    found = entries([told("c1", of(5, "civilian"), of(2, "child"), of(3, "fighter"))])
    assert bounds(entry(found)) == (8, 8, 8)
    assert entry(found).rule is Made.PARTS
    assert bounds(entry(found, "civilian")) == (5, 5, 5)
    assert bounds(entry(found, "child")) == (2, 2, 2)


def test_women_and_children_make_civilians_where_nobody_counts_those() -> None:
    found = entries([told("c1", of(2, "child"), of(1, "woman"))])
    assert bounds(entry(found, "civilian")) == bounds(entry(found)) == (3, 3, 3)
    assert [said.claim for said in entry(found).said] == ["c1", "c1"]


def test_populations_that_may_share_people_give_a_lower_bound_only() -> None:
    found = entries([told("c1", of(3, "woman"), of(2, "journalist"))])
    assert bounds(entry(found)) == (3, None, None)
    assert entry(found).rule is Made.LARGEST_PARTS


def test_a_stated_number_of_everybody_stands_and_parts_that_exceed_it_dispute_it() -> None:
    whole = entry(entries([told("c1", of(5), of(2, "child"))]))
    assert (bounds(whole), whole.rule, whole.disputed) == ((5, 5, 5), Rule.ONLY, False)
    more = entry(entries([told("c1", of(5)), told("c2", of(4, "civilian"), of(3, "fighter"))]))
    assert (bounds(more), more.disputed) == ((5, 5, 5), True)


def test_families_are_not_counted_as_people() -> None:
    found = entries([told("c1", of(40, "family", "displaced"))])
    assert [(one.category, one.of) for one in found] == [("displaced", "family")]


def test_two_sources_dispute_and_a_later_figure_of_one_replaces() -> None:
    found = entry(
        entries(
            [
                told("c1", of(4), chain=(MONITOR,)),
                told("c2", of(6), chain=(MONITOR,), published=101),
                told("c3", of(9), chain=(ARMY,), published=101),
            ]
        )
    )
    assert (found.disputed, found.low, found.best, found.high, found.rule) == (True, 6, None, 9, Rule.OPEN)
    assert [said.claim for said in found.replaced] == ["c1"]
    assert [(said.claim, said.origin.interested) for said in found.said] == [("c2", False), ("c3", True)]


def test_what_did_not_happen_counts_nothing() -> None:
    assert entries([told("c1", of(4), modality=Modality.DENIED)]) == ()


def test_more_dead_of_a_part_than_of_everybody_raise_the_high_and_leave_no_best_value() -> None:
    found = entries([told("c1", of(2)), told("c2", of(3, "civilian")), told("c3", of(2, "civilian"))])
    whole = entry(found)
    assert (bounds(whole), whole.rule, whole.disputed) == ((2, None, 3), Rule.OPEN, True)
    assert [said.claim for said in whole.said] == ["c1", "c2"]
    assert bounds(entry(found, "civilian")) == (2, None, 3)


def test_a_part_of_more_than_everybody_is_disputed_too_and_one_that_fits_raises_the_low() -> None:
    found = entries([told("c1", of(2)), told("c2", of(3, "civilian"))])
    assert (bounds(entry(found, "civilian")), entry(found, "civilian").disputed) == ((3, 3, 3), True)
    at_least = Count("killed", None, 2, None, None)
    whole = entry(entries([told("c1", at_least), told("c2", of(3, "civilian"))]))
    assert (bounds(whole), whole.disputed) == ((3, None, None), False)


def test_dozens_of_a_part_leave_the_whole_open_only_where_they_are_more() -> None:
    dozens = Count("killed", "civilian", 10, None, None)
    assert bounds(entry(entries([told("c1", of(12)), told("c2", dozens)]))) == (12, 12, 12)
    assert bounds(entry(entries([told("c1", of(7)), told("c2", dozens)]))) == (7, None, None)


@st.composite
def counts(draw: st.DrawFn) -> Count:
    low = draw(st.none() | st.integers(0, 60))
    best = draw(st.none() | st.integers(low or 0, 80))
    high = draw(st.none() | st.integers(best if best is not None else low or 0, 99))
    return Count(draw(st.sampled_from(("killed", "injured"))), draw(st.sampled_from(POPULATIONS)), low, best, high)


@st.composite
def events(draw: st.DrawFn) -> list[Features]:
    number = draw(st.integers(1, 5))
    return [
        told(
            f"c{n}",
            *draw(st.lists(counts(), max_size=4)),
            article=f"a{draw(st.integers(0, 3))}",
            published=100 + draw(st.integers(0, 3)),
            chain=draw(st.sampled_from(((), (MONITOR,), (RESCUE,), (ARMY,)))),
            type=draw(st.sampled_from(("Airstrike", "CasualtyReport"))),
        )
        for n in range(number)
    ]


@given(events())
def test_low_is_at_most_best_and_best_at_most_high(claims: list[Features]) -> None:
    for one in entries(claims):
        given_ones = [value for value in bounds(one) if value is not None]
        assert given_ones == sorted(given_ones)


@given(events(), st.randoms())
def test_the_order_of_claims_changes_nothing(claims: list[Features], chance: Any) -> None:
    again = list(claims)
    chance.shuffle(again)
    assert entries(again) == entries(claims)


@given(events())
def test_no_figure_of_a_claim_stands_twice_in_an_entry(claims: list[Features]) -> None:
    for one in entries(claims):
        named = [(said.claim, said.at) for said in (*one.said, *one.replaced)]
        assert len(named) == len(set(named))


def test_an_open_bound_of_a_whole_is_closed_by_its_parts() -> None:
    up_to = Count("killed", "civilian", None, None, 9)
    found = entries([told("c1", up_to, of(2, "child"))])
    assert bounds(entry(found, "civilian")) == bounds(entry(found)) == (2, None, 9)


@given(events())
def test_who_is_counted_in_a_part_is_counted_in_the_whole_that_follows_from_it(claims: list[Features]) -> None:
    parts = [replace(c, counts=tuple(n for n in c.counts if n.of not in (None, "civilian"))) for c in claims]
    found = entries(parts)
    for part in found:
        wholes = [one for one in found if one.category == part.category and populations().part(part.of, one.of)]
        assert all((whole.low or 0) >= (part.low or 0) for whole in wholes)
        assert part.of == "family" or part.of is None or wholes


@given(events())
def test_bounds_of_a_whole_are_not_below_those_of_its_parts(claims: list[Features]) -> None:
    def within(one: Entry | Toll, other: Entry | Toll) -> bool:
        return one.category == other.category and populations().part(one.of, other.of)

    for found in (entries(claims), tolls(claims)):
        for part in found:
            least = part.low or 0
            wholes = [whole for whole in found if within(part, whole)]
            assert all(w.high is None or (least if part.high is None else part.high) <= w.high for w in wholes)
            if any(w.best is not None and w.best < least for w in wholes):
                continue  # whoever says that contradicts the part
            assert all(w.low is None or least <= w.low for w in wholes if isinstance(w, Entry) and not w.disputed)


def test_permutations_of_tellers_agree() -> None:
    tellers = [told("c1", of(4), chain=(MONITOR,)), told("c2", of(5), chain=(RESCUE,)), told("c3", of(5, "civilian"))]
    assert len({entries(order) for order in permutations(tellers)}) == 1
