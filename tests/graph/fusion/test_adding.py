"""Stated totals that are the sum of other figures, of one article and of one source."""

from typing import Any

import pytest

from graph.fusion.adding import Sum, sums, sums_across
from graph.fusion.features import Count, Extent, Features, Spot, Teller
from tests.graph.fusion.claims import SPOTS, claim

MONITOR = Teller("monitor", "monitor")
VILLAGE, TOWN, QUARTER, CITY, *_ = SPOTS
NORTH = Spot("north", Extent.GOVERNORATE, (("land", Extent.COUNTRY),))
Event = tuple[str, tuple[Features, ...]]


def dead(name: str, value: int, **given: Any) -> Features:
    plain = {"article": f"a-{name}", "chain": (MONITOR,), "counts": (Count("killed", None, value, value, value),)}
    return claim(name, **{**plain, **given})


def total(name: str, value: int, **given: Any) -> Features:
    return dead(name, value, **{"type": "CasualtyReport", **given})


def across(*claims: Features) -> list[tuple[str, set[str]]]:
    events = [(one.claim, (one,)) for one in claims]
    forth, back = (
        sorted((found.total, set(found.parts)) for found in sums_across(es)) for es in (events, events[::-1])
    )
    assert forth == back
    return forth


def test_a_total_of_343_is_327_and_16() -> None:
    told = [
        total("c1", 343, article="a"),
        total("c2", 327, article="a"),
        dead("c3", 16, article="a"),
        total("c4", 155, article="a"),
    ]
    assert list(sums(told)) == [Sum("c1", ("c2", "c3"), "killed")]


def test_a_sum_that_two_choices_give_is_not_named() -> None:
    figures = zip("abcde", (30, 10, 20, 14, 16), strict=True)
    assert list(sums([total(name, value, article="a") for name, value in figures])) == []


ALL = total("all", 343, spots=(NORTH,), published=101)
PARTS = [dead("e1", 327, spots=(TOWN,)), dead("e2", 16, published=99)]


def test_a_total_of_a_source_is_the_sum_of_what_it_told_in_other_articles() -> None:
    assert across(ALL, *PARTS) == [("all", {"e1", "e2"})]
    assert across(ALL, *PARTS, dead("e3", 16, published=99)) == []  # two ways
    assert across(ALL, PARTS[0], dead("e2", 16, published=97)) == []  # too long ago
    assert across(ALL, PARTS[0], dead("e2", 16, published=102)) == []  # later
    assert across(ALL, PARTS[0], dead("e2", 16, spots=(CITY,))) == []  # elsewhere
    assert across(ALL, PARTS[0], dead("e2", 16, chain=())) == []  # not the source's
    assert list(sums_across([("e", (ALL,)), ("f", tuple(PARTS))], [Sum("all", ("x",), "killed")])) == []  # known


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_what_was_told_on_the_day_of_the_total_counts_whatever_the_ids_of_articles(names: str) -> None:
    parts = [dead("e1", 327, article="zz", published=101), dead("e2", 16, article=names[0], published=101)]
    assert across(total("all", 343, article=names[1], published=101), *parts) == [("all", {"e1", "e2"})]


def test_an_event_of_which_a_source_tells_two_figures_on_its_last_day_is_no_part() -> None:
    def of(*rivals: Features) -> list[Sum]:
        return list(sums_across([("all", (ALL,)), ("e1", (PARTS[0],)), ("e2", rivals)]))

    (found,) = of(dead("x", 12, published=99), dead("y", 16, published=100))
    assert set(found.parts) == {"e1", "y"}
    assert of(dead("x", 12, published=100), dead("y", 16, published=100)) == []
    assert of(dead("y", 12, published=100), dead("x", 16, published=100)) == []
