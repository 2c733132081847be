"""Groups made anew among groups that stay are those that fusing everything at once makes, in crowded stories too."""

import contextlib
import sqlite3
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.events.tables import SCHEMA, Tables
from graph.fusion import blocking, clustering
from graph.fusion.clustering import Rank, fuse, rank
from graph.fusion.decisions import Decisions
from graph.fusion.features import Count, Extent, Features, Spot, Teller
from graph.fusion.regrouping import Bonds
from graph.fusion.upkeep import Upkeep
from ontology.model import Modality

_LAND = ("land", Extent.COUNTRY)
_NORTH = (("north", Extent.GOVERNORATE), _LAND)
_CITY = Spot("city", Extent.CITY, _NORTH, 3600000, 3700000)
_QUARTERS = [Spot(f"quarter {n}", Extent.POINT, (("city", Extent.CITY), *_NORTH)) for n in range(18)]


def crowded(chance: Random, number: int) -> list[Features]:
    """Return claims of a city that is hit for days: many links, and much that keeps claims apart."""
    made = []
    for n in range(number):
        day = 100 + n * 3 // number
        spots = (_CITY,) if chance.random() < 0.7 else tuple(chance.sample(_QUARTERS, chance.choice((1, 2))))
        toll = chance.choice((1, 2, 3, 3, 16))
        made.append(
            Features(
                claim=f"c{chance.randrange(1 << 30):08x}",
                article=f"a{chance.randrange(number // 2):02}",
                type=chance.choice(("Airstrike", "Airstrike", "Shelling", "CasualtyReport", "Takeover")),
                modality=Modality.ASSERTED if chance.random() < 0.9 else Modality.DENIED,
                published=day + chance.choice((0, 0, 1)),
                spots=spots,
                days=chance.choice((None, (day, day))),
                agents=chance.choice((frozenset(), frozenset({"x"}), frozenset({"x"}), frozenset({"y"}))),
                counts=(Count("killed", None, toll, toll, toll),) if chance.random() < 0.5 else (),
                chain=chance.choice(((), (Teller("monitor", "monitor"),), (Teller("rescue", "rescue"),))),
            )
        )
    return list({claim.claim: claim for claim in made}.values())


@pytest.mark.parametrize("tables", [False, True], ids=["in dictionaries", "in tables"])
@given(
    seed=st.integers(0, 1 << 20), decided=st.booleans(), sets=st.sampled_from([3, 12]), first=st.sampled_from([4, 16])
)
@settings(max_examples=12, deadline=None)
def test_a_crowded_story_is_kept_up_as_fusing_at_once_makes_it(
    tables: bool, seed: int, decided: bool, sets: int, first: int
) -> None:
    chance = Random(seed)
    coming = crowded(chance, chance.choice((30, 90)))
    names = [claim.claim for claim in coming]
    with (
        pytest.MonkeyPatch.context() as patched,
        contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection,
    ):
        patched.setattr(clustering, "_SETS_OF_PLACES", sets)
        patched.setattr(blocking, "COMPARED", first)
        connection.executescript(SCHEMA)
        kept = Tables(connection) if tables else None
        upkeep, present, decisions = Upkeep(kept), dict[str, Features](), Decisions()
        wanted = {}
        for step in range(1, 2 * len(coming)):
            if kept is not None:
                kept.position = step
                if chance.random() < 0.1:
                    kept.forget()
            added, removed = [coming.pop() for _ in range(min(len(coming), chance.choice((1, 1, 2, 5))))], []
            if present and (not added or chance.random() < 0.15):
                removed = chance.sample(sorted(present), min(len(present), chance.choice((1, 3))))
                came = [name for name in removed if chance.random() < 0.5]
                added += [replace(present[name], agents=frozenset({chance.choice("xy")})) for name in came]
            taken = None
            if decided and chance.random() < 0.1:
                together, apart = (
                    frozenset(frozenset(chance.sample(names, 2)) for _ in range(chance.randrange(3))) for _ in range(2)
                )
                taken = decisions = Decisions(together, apart)
            upkeep.change(added, removed, taken)
            present = {name: claim for name, claim in present.items() if name not in removed}
            present.update((claim.claim, claim) for claim in added)
            if chance.random() < 0.2 or not coming:
                wanted[step] = list(fuse(present.values(), decisions).told())
                assert set(upkeep.events()) == set(wanted[step])
            if not coming and chance.random() < 0.2:
                break
        if kept is not None:
            for step, events in wanted.items():
                assert [kept.told(number) for number in kept.standing(step)] == events


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(1, 9)), max_size=40), st.data())
def test_bonds_tell_what_links_before_any_one_bring_together(
    links: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    def name(number: int) -> str:
        return f"c{number}"

    def place(one: int, other: int, value: int) -> Rank:
        return rank(value, (0, "", name(one)), (0, "", name(other)))

    bonds, known = Bonds(), {(place(*link), name(link[0]), name(link[1])) for link in links if link[0] != link[1]}
    for at, one, other in data.draw(st.permutations(sorted(known))):
        bonds.link(one, other, at)
    before = data.draw(st.builds(place, st.integers(0, 11), st.integers(0, 11), st.integers(1, 9)))
    home = {name(number): name(number) for number in range(12)}
    for at, one, other in known:
        if at < before:
            old, new = home[one], home[other]
            home = {claim: new if group == old else group for claim, group in home.items()}
    for one in home:
        for other in home:
            assert (bonds.top(one, before) == bonds.top(other, before)) == (home[one] == home[other])


def test_a_link_that_is_known_changes_nothing() -> None:
    bonds, at = Bonds(), rank(5, (0, "", "c1"), (0, "", "c2"))
    for one, other in (("c1", "c2"), ("c2", "c1"), ("c1", "c2")):
        bonds.link(one, other, at)
    later = rank(4, (0, "", "c1"), (0, "", "c2"))
    assert bonds.top("c1", later) == bonds.top("c2", later)
    assert bonds.top("c1", at) != bonds.top("c2", at)
