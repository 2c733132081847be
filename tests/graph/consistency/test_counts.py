"""Counts that do not go together."""

from graph.consistency.counts import changed, too_many
from graph.fusion.features import Count, Features, Teller
from tests.graph.fusion.claims import claim


def counting(name: str, *counts: tuple[int | None, int | None, str | None], article: str = "a1") -> Features:
    return claim(name, article, counts=tuple(Count("killed", of, low, low, high) for low, high, of in counts))


def test_more_children_than_dead() -> None:
    claims = [counting("c-1", (5, 5, None)), counting("c-2", (7, 7, "child"), article="a2")]
    assert list(too_many(claims)) == [(("c-2", "c-1"), "killed")]


def test_civilians_and_fighters_are_more_than_everybody() -> None:
    whole, civilians = counting("c-1", (9, 9, None)), counting("c-2", (5, 5, "civilian"), article="a2")
    fighters = counting("c-3", (6, 6, "fighter"), article="a3")
    assert list(too_many([whole, civilians, fighters])) == [(("c-2", "c-3", "c-1"), "killed")]
    assert not list(too_many([whole, civilians, counting("c-3", (4, 4, "fighter"), article="a3")]))
    assert not list(too_many([whole, civilians, counting("c-3", (6, 6, "child"), article="a3")]))  # may be the same


def test_nothing_is_too_many_within_one_claim_or_below_an_open_bound() -> None:
    assert not list(too_many([counting("c-1", (5, 5, None), (8, 8, "child"))]))
    assert not list(too_many([counting("c-1", (5, None, None)), counting("c-2", (8, 8, "child"))]))
    assert not list(too_many([counting("c-1", (5, 5, None), (6, 6, None)), counting("c-2", (8, 8, "child"))]))
    assert not list(too_many([counting("c-1", (5, 5, None)), counting("c-2", (None, 8, "child"))]))


def test_a_toll_that_rises_changes_step_by_step() -> None:
    chain = (Teller("monitor", "monitor"),)
    told = [
        claim(f"c-{n}", f"a{n}", published=100 + n, chain=chain, counts=(Count("killed", None, n, n, n),))
        for n in (1, 2, 3)
    ]
    assert list(changed(told)) == [("c-2", "c-1"), ("c-3", "c-2")]
    assert not list(changed(told[:1] * 1))
