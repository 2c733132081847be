"""How claims about one event stand to each other, who stands behind them, and what they count."""

from dataclasses import replace
from typing import Any

import pytest

from graph.fusion.features import Count, Features, Teller
from graph.fusion.origins import origin, standing
from graph.fusion.relations import Kind, Relation, relations
from graph.fusion.tolls import Rule, Toll, tolls
from ontology.identity import derived_id
from ontology.model import Modality
from tests.graph.fusion.claims import claim

MONITOR, RESCUE = Teller("monitor", "monitor"), Teller("rescue", "rescue")
ARMY, RESIDENTS = Teller("army", "party", party=True), Teller("some", "resident", named=False)


def killed(value: int, of: str | None = None) -> Count:
    return Count("killed", of, value, value, value)


def told(name: str, day: int, *chain: Teller, dead: int | None = None, **given: Any) -> Features:
    plain = {"article": f"a-{name}", "publisher": f"outlet {name}", "published": day, "chain": chain}
    return claim(name, **{**plain, "counts": () if dead is None else (killed(dead),), **given})


def test_five_outlets_that_quote_one_monitor_are_one_origin() -> None:
    found = standing([told(f"c{n}", 100, Teller(f"agency {n}", "agency"), MONITOR) for n in range(5)])
    assert (found.claims, found.outlets, found.named, found.at_most) == (5, 5, 1, 1)


def test_unknown_origins_stay_unknown_and_parties_are_marked() -> None:
    found = standing([told("c1", 100), told("c2", 100, RESIDENTS), told("c3", 100, ARMY), told("c4", 100, MONITOR)])
    assert (found.named, found.interested, found.unknown) == (2, 1, 2)
    assert (found.at_least, found.at_most) == (2, 4)


def test_an_outlet_without_a_source_is_at_least_one_voice() -> None:
    assert (standing([told("c1", 100)]).at_least, standing([]).at_least) == (1, 0)


def test_versions_at_one_address_are_one_outlet_where_nobody_says_who_published_them() -> None:
    given = [told(f"c{n}", 100, publisher=None, address=f"https://example.org/{n % 2}") for n in range(4)]
    assert (standing(given).outlets, standing(given).unknown) == (2, 2)
    assert standing([told("c1", 100, publisher=None), told("c2", 100, publisher=None)]).outlets == 2


def test_the_own_page_of_a_monitor_is_the_origin_that_others_quote() -> None:
    sohr = derived_id("source", "sohr")
    quoted = told("c1", 100, Teller(sohr, "monitor"), dead=3)
    own = told("c2", 100, publisher="المرصد السوري لحقوق الإنسان", dead=3)
    assert (standing([quoted, own]).named, standing([quoted, own]).unknown) == (1, 0)
    assert [r.kind for r in relations([quoted, own])] == [Kind.REPEATS]
    assert origin(told("c3", 100, publisher="Amaq")).interested
    assert origin(told("c4", 100, publisher="Reuters")).id is None  # it passes on what others say


def test_a_later_toll_of_one_source_supersedes_and_does_not_contradict() -> None:
    assert list(relations([told("c1", 100, MONITOR, dead=3), told("c2", 101, MONITOR, dead=5)])) == [
        Relation(Kind.SUPERSEDES, "c2", "c1")
    ]


@pytest.mark.parametrize("days", [(100, 100), (None, None), (100, None)])
def test_of_two_tolls_of_one_source_without_an_order_none_takes_the_place_of_the_other(
    days: tuple[int | None, int | None],
) -> None:
    pair = [
        replace(told(n, 100, MONITOR, dead=dead), published=day)
        for n, dead, day in zip("ab", (3, 5), days, strict=True)
    ]
    assert list(relations(pair)) == []
    (found,) = tolls(pair)
    assert (found.low, found.best, found.high, found.rule, found.replaced) == (3, None, 5, Rule.OPEN, ())
    (same,) = tolls([replace(claim, claim=other) for claim, other in zip(pair, "ba", strict=True)])
    assert (same.low, same.best, same.high, same.rule) == (3, None, 5, Rule.OPEN)


def test_two_sources_that_give_two_days_contradict_each_other_in_time() -> None:
    pair = [told("c1", 102, MONITOR, days=(100, 100)), told("c2", 102, RESCUE, days=(101, 101))]
    assert list(relations(pair)) == [Relation(Kind.CONTRADICTS, "c2", "c1", "time")]


def test_two_sources_with_two_tolls_contradict_in_the_category() -> None:
    pair = [told("c1", 100, MONITOR, dead=3), told("c2", 100, RESCUE, dead=5)]
    assert list(relations(pair)) == [Relation(Kind.CONTRADICTS, "c2", "c1", "killed")]


def test_bounds_that_meet_do_not_contradict() -> None:
    dozens = told("c2", 100, RESCUE, counts=(Count("killed", None, 2, None, None),))
    assert list(relations([told("c1", 100, MONITOR, dead=16), dozens])) == [Relation(Kind.CORROBORATES, "c2", "c1")]


def test_what_one_source_says_twice_is_a_repetition() -> None:
    assert [r.kind for r in relations([told("c1", 100, MONITOR, dead=3), told("c2", 100, MONITOR, dead=3)])] == [
        Kind.REPEATS
    ]


def test_nothing_is_said_of_claims_whose_origin_is_unknown() -> None:
    assert list(relations([told("c1", 100), told("c2", 100, MONITOR)])) == []


def test_a_denial_contradicts_the_occurrence() -> None:
    denial = told("c2", 100, ARMY, modality=Modality.DENIED)
    assert list(relations([told("c1", 100, MONITOR), denial])) == [Relation(Kind.CONTRADICTS, "c2", "c1", "occurrence")]


def test_two_doers_of_one_thing_contradict_each_other() -> None:
    pair = [told("c1", 100, MONITOR, agents=frozenset({"x"})), told("c2", 100, ARMY, agents=frozenset({"y"}))]
    assert list(relations(pair)) == [Relation(Kind.CONTRADICTS, "c2", "c1", "actor")]


def total(name: str, dead: int) -> Features:
    return replace(told(name, 100, MONITOR, dead=dead, article="a"), type="CasualtyReport")


def test_a_toll_names_its_rule_and_adds_nothing_up() -> None:
    pair = [told("c1", 100, MONITOR, dead=16), told("c2", 100, RESCUE, dead=20)]
    assert tolls(pair) == (Toll("killed", None, 16, None, 20, Rule.OPEN, ("c1", "c2")),)
    assert tolls([*pair, told("c3", 100, ARMY, dead=16)])[0].best == 16
    assert tolls(pair[:1])[0].rule is Rule.ONLY
    assert tolls([pair[0], told("c3", 101, RESCUE, dead=16)])[0].rule is Rule.AGREED


def test_what_a_source_told_later_takes_the_place_of_what_it_told_before() -> None:
    found = tolls([told("c1", 100, MONITOR, dead=3), told("c2", 101, MONITOR, dead=9)])
    assert (found[0].low, found[0].best, found[0].high, found[0].replaced) == (9, 9, 9, ("c1",))


def test_several_counts_of_one_claim_may_add_up_and_are_a_lower_bound() -> None:
    (found,) = tolls([told("c1", 100, MONITOR, counts=(killed(3), killed(5)))])
    assert (found.low, found.best, found.high) == (5, None, None)


def test_a_cumulative_total_is_no_toll_of_the_event_where_a_claim_gives_one() -> None:
    assert tolls([told("c1", 100, MONITOR, dead=16), total("c2", 343)])[0].high == 16


def test_more_dead_of_a_part_than_of_everybody_contradict_and_fewer_do_not() -> None:
    def found(civilians: int) -> list[str]:
        part = told("c2", 100, RESCUE, counts=(killed(civilians, "civilian"),))
        given = relations([told("c1", 100, MONITOR, dead=2), part])
        return [one.in_what for one in given if one.kind is Kind.CONTRADICTS]

    assert (found(3), found(2)) == (["killed"], [])
