"""Sums over a place and a period, and the totals that stand beside them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graph.fusion.features import Count, Extent, Features, Spot, Teller
from graph.ledger.accounts import Account, Event, Total, account, background, tallies
from graph.ledger.histories import histories
from graph.ledger.scopes import Page, Scope, Sum, Summed, page
from ontology.model import Modality
from tests.graph.fusion.claims import SPOTS, claim

MONITOR = Teller("monitor", "monitor")
VILLAGE, TOWN, QUARTER, CITY, *_ = SPOTS
NORTH = Spot("north", Extent.GOVERNORATE, (("land", Extent.COUNTRY),))


def killed(low: int | None, best: int | None = None, high: int | None = None, of: str | None = None) -> Count:
    return Count("killed", of, low, best, high)


def event(name: str, *counts: Count, **given: Any) -> Event:
    plain = {"article": f"a-{name}", "counts": counts, "chain": (MONITOR,)}
    return Event(name, (claim(f"c-{name}", **{**plain, **given}),))


def dead(name: str, value: int, **given: Any) -> Event:
    return event(name, killed(value, value, value), **given)


def shown(*events: Event, scope: Scope | None = None, possibly: tuple[tuple[str, str], ...] = ()) -> Page:
    return page(map(account, events), scope or Scope(), possibly)


def of(found: Page, population: str | None = None) -> Sum:
    (one,) = [one for one in found.sums if one.of == population and one.category == "killed"]
    return one


def test_a_sum_adds_lows_bests_and_highs_and_says_of_what() -> None:
    found = shown(dead("e1", 3), event("e2", killed(10), spots=(TOWN,)), event("e3", spots=(TOWN,)))
    one = of(found)
    assert (one.low, one.best, one.high, one.rule) == (13, 13, None, Summed.BESTS_AND_LOWS)
    assert (one.incidents, one.unsettled, one.open, one.without) == (("e1", "e2"), 1, 1, 1)
    assert found.incidents == 3


def test_the_toll_of_a_governorate_is_not_added_to_that_of_its_village() -> None:
    one = of(shown(dead("village", 3), dead("all", 9, spots=(NORTH,))))
    assert (one.best, one.incidents, one.containing) == (3, ("village",), ("all",))
    apart = of(shown(dead("village", 3), dead("all", 9, spots=(NORTH,), days=(104, 104))))
    assert (apart.best, apart.containing) == (12, ())
    less = of(shown(dead("village", 30), dead("all", 9, spots=(NORTH,))))
    assert (less.best, less.containing) == (39, ())


def test_a_report_of_several_places_contains_the_strike_on_one_of_them() -> None:
    assert of(shown(dead("one", 3), dead("both", 9, spots=(VILLAGE, TOWN)))).containing == ("both",)


def test_two_words_for_one_place_are_one_place() -> None:
    local = Spot("local", Extent.POINT, VILLAGE.within, name="حي")
    both = Event("e1", (claim("c1"), claim("c2", article="a2", spots=(local,), type="CasualtyReport")))
    assert not account(both).scattered
    assert account(both).total is None


def test_tolls_over_days_over_governorates_and_of_history_are_totals_and_stand_apart() -> None:
    report: dict[str, Any] = {"type": "CasualtyReport"}
    totals = [
        account(dead("days", 90, days=(95, 100))),
        account(dead("wide", 80, spots=(NORTH,), **report)),
        account(dead("undated", 70, spots=(CITY,), days=None, **report)),
        account(dead("sum", 60, **report), frozenset({"c-sum"})),
        account(dead("nowhere", 50, spots=(), **report)),
    ]
    history = background(claim("c-old", modality=Modality.BACKGROUND, counts=(killed(400, 400, 400),), days=None))
    assert history is not None
    found = page([account(dead("e1", 3)), *totals, history], Scope())
    assert of(found).best == 3
    assert {(one.why, one.entry.best, one.difference) for one in found.stated} == {
        (Total.PERIOD, 90, 87),
        (Total.WIDE, 80, 77),
        (Total.UNDATED, 70, 67),
        (Total.SUM, 60, 57),
        (Total.BACKGROUND, 400, None),
        (Total.PLACELESS, 50, None),
    }


def test_what_counts_from_some_time_on_is_a_total_unless_somebody_tells_of_the_incident_itself() -> None:
    tally, strike = dead("e1", 40).claims[0], dead("e2", 3).claims[0]
    assert account(Event("e1", (tally,), frozenset({tally.claim}))).total is Total.TALLY
    both = Event("e1", (tally, strike), frozenset({tally.claim}))
    assert account(both).total is None
    assert [entry.best for entry in account(both).entries] == [3]
    assert [(one.total, one.entries[0].best) for one in tallies(both)] == [(Total.TALLY, 40)]
    assert account(Event("e1", (claim("c1", counts=()),), frozenset({"c1"}))).total is None


def test_what_follows_from_parts_is_stated_by_nobody() -> None:
    found = shown(event("e1", killed(7, 7, 7, "child"), days=(90, 100)))
    assert [(one.entry.of, one.entry.best) for one in found.stated] == [("child", 7)]


def test_a_report_of_a_village_on_a_day_is_an_incident() -> None:
    assert account(dead("e1", 3, type="CasualtyReport")).total is None
    assert account(dead("e1", 3, type="CasualtyReport", spots=(CITY,))).total is None


def test_a_scope_is_a_place_and_a_period_and_what_may_lie_within_is_counted_apart() -> None:
    events = [
        dead("in", 1),
        dead("later", 2, days=(104, 104)),
        dead("south", 4, spots=(CITY,)),
        dead("both", 8, spots=(VILLAGE, CITY)),
        dead("night", 16, days=(100, 101)),
        dead("undated", 32, days=None, published=101),
        dead("old", 64, days=None, published=90),
        dead("nowhere", 128, spots=()),
    ]
    found = shown(*events, scope=Scope("north", 99, 100))
    assert (of(found).incidents, found.incidents) == (("in",), 1)
    assert (found.across, found.undated, found.placeless) == (2, 1, 1)
    assert set(of(shown(*events, scope=Scope("north"))).incidents) == {"in", "later", "night", "undated", "old"}


def test_pairs_that_may_be_one_event_are_counted() -> None:
    found = shown(dead("e1", 3), dead("e2", 3), dead("e3", 3), possibly=(("e1", "e2"), ("e3", "gone")))
    assert (of(found).best, of(found).maybe_twice) == (9, 1)


def test_a_source_that_tells_more_later_has_a_history() -> None:
    told = [
        claim(f"c{n}", article=f"a{n}", published=100 + n, chain=(MONITOR,), counts=(killed(v, v, v, "civilian"),))
        for n, v in enumerate((4, 4, 6))
    ]
    (one,) = histories([account(Event("e1", tuple(told)))])
    assert [(step.said.best, [again.claim for again in step.again]) for step in one.steps] == [(4, ["c1"]), (6, [])]
    assert (one.source, one.event, one.of) == ("monitor", "e1", "civilian")


def test_totals_of_one_source_and_place_have_a_history_together() -> None:
    totals = [
        dead(f"e{n}", value, type="CasualtyReport", spots=(NORTH,), published=100 + n, days=(100 + n, 100 + n))
        for n, value in enumerate((255, 327, 343))
    ]
    (one,) = histories(map(account, totals))
    assert [step.said.best for step in one.steps] == [255, 327, 343]
    assert one.event is None


def test_a_day_on_which_a_source_tells_several_totals_is_no_step() -> None:
    report: dict[str, Any] = {"type": "CasualtyReport", "spots": (NORTH,)}
    told = [(343, 100), (327, 100), (350, 101)]
    totals = [dead(f"e{n}", v, published=day, days=(day, day), **report) for n, (v, day) in enumerate(told)]
    assert histories(map(account, totals)) == ()


@st.composite
def accounts(draw: st.DrawFn) -> list[Account]:
    made = []
    for n in range(draw(st.integers(0, 8))):
        counts = []
        for _ in range(draw(st.integers(0, 2))):
            low = draw(st.none() | st.integers(0, 9))
            best = draw(st.none() | st.integers(low or 0, 12))
            high = draw(st.none() | st.integers(best if best is not None else low or 0, 15))
            counts.append(killed(low, best, high, draw(st.sampled_from((None, "civilian", "child", "fighter")))))
        day = draw(st.none() | st.integers(98, 102))
        days = None if day is None else (day, day + draw(st.integers(0, 3)))
        spots = draw(st.sampled_from(((), (VILLAGE,), (TOWN,), (QUARTER,), (CITY,), (NORTH,), (VILLAGE, TOWN))))
        kind = draw(st.sampled_from(("Airstrike", "Shelling", "CasualtyReport", "Takeover")))
        made.append(account(event(f"e{n}", *counts, days=days, spots=spots, type=kind)))
    return made


SCOPES = st.sampled_from((Scope(), Scope("north"), Scope("town", 99, 101), Scope(None, 100, 100)))


@given(accounts(), SCOPES)
def test_a_sum_is_that_of_its_incidents_each_once(found: list[Account], scope: Scope) -> None:
    by_id = {one.event: one for one in found}
    for one in page(found, scope).sums:
        assert len(set(one.incidents)) == len(one.incidents)
        assert not set(one.incidents) & set(one.containing)
        kept = [by_id[event].entry(one.category, one.of) for event in one.incidents]
        entries = [entry for entry in kept if entry is not None]
        assert len(entries) == len(kept)
        assert all(by_id[event].total is None and by_id[event].ways for event in one.incidents)
        assert one.low == sum(entry.low or 0 for entry in entries)
        assert one.best == sum(entry.low or 0 if entry.best is None else entry.best for entry in entries)
        highs = [entry.high for entry in entries]
        assert one.high == (None if None in highs else sum(high or 0 for high in highs))
        assert one.low <= one.best
        assert one.high is None or one.best <= one.high


@given(accounts(), SCOPES, st.randoms())
def test_the_order_of_accounts_changes_nothing(found: list[Account], scope: Scope, chance: Any) -> None:
    again = list(found)
    chance.shuffle(again)
    assert page(again, scope) == page(found, scope)


@given(accounts())
def test_days_add_up_to_the_period(found: list[Account]) -> None:
    """Sums of single days never exceed that of all: what lies across days is in none of them."""
    days = [page(found, Scope(None, day, day)) for day in range(97, 107)]
    whole = page(found, Scope())
    assert sum(day.incidents for day in days) <= whole.incidents


def test_a_claim_of_no_figure_is_no_history_of_its_own() -> None:
    old: Features = claim("c-old", modality=Modality.BACKGROUND)
    assert background(old) is None
    assert background(claim("c-new", counts=(killed(3, 3, 3),))) is None
