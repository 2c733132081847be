"""Events follow from the set of claims, whatever the order, and are kept up to date piece by piece."""

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.events.tables import SCHEMA, Tables
from graph.fusion import blocking
from graph.fusion.clustering import Fusion, Told, fuse
from graph.fusion.decisions import Decisions
from graph.fusion.features import Count, Features, Teller
from graph.fusion.upkeep import Upkeep
from ontology.model import Modality
from tests.graph.fusion.claims import SPOTS, claim

_HIT = frozenset({"Airstrike", "Shelling"})


@st.composite
def claims(draw: st.DrawFn) -> list[Features]:
    """Several claims of few articles, places, days and figures, so that many are alike."""
    made = []
    for number in range(draw(st.integers(1, 14))):
        day = draw(st.integers(100, 102))
        kind = draw(st.sampled_from(["Airstrike", "Shelling", "ArmedClash", "Takeover", "Denial"]))
        speech = kind == "Denial"
        happened = [Modality.ASSERTED, Modality.CLAIMED, Modality.DENIED, Modality.FEARED]
        made.append(
            Features(
                claim=f"c{number}",
                article=draw(st.sampled_from(["a1", "a2", "a3", "a4", "a5", "a6"])),
                type=kind,
                denies=draw(st.sampled_from([frozenset(), _HIT, frozenset({"Takeover"})])) if speech else frozenset(),
                modality=Modality.DENIED if speech else draw(st.sampled_from(happened)),
                published=draw(st.sampled_from([day, day + 1, None])),
                spots=tuple(draw(st.lists(st.sampled_from(SPOTS), max_size=2, unique=True))),
                days=draw(st.sampled_from([None, (day, day), (day, day + 1)])),
                agents=draw(st.sampled_from([frozenset(), frozenset({"x"}), frozenset({"y"})])),
                counts=tuple(
                    Count("killed", None, value, value, value)
                    for value in draw(st.lists(st.integers(1, 12), max_size=1))
                ),
                chain=draw(st.sampled_from([(), (Teller("monitor", "monitor"),), (Teller("rescue", "rescue"),)])),
            )
        )
    return made


def groups(fusion: Fusion) -> list[list[str]]:
    return [[member.claim for member in group.members] for group in fusion.groups]


@given(claims(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_the_order_of_claims_does_not_matter(made: list[Features], random: object) -> None:
    shuffled = list(made)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert list(fuse(made).told()) == list(fuse(shuffled).told())


@pytest.mark.parametrize("tables", [False, True], ids=["in dictionaries", "in tables"])
@given(made=claims(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_keeping_up_gives_what_fusing_at_once_gives(tables: bool, made: list[Features], data: st.DataObject) -> None:
    made = [replace(claim, publisher=None, language="") for claim in made]
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(SCHEMA)
        kept = Tables(connection) if tables else None
        follow(kept, Upkeep(kept), made, data)


def follow(kept: Tables | None, upkeep: Upkeep, made: list[Features], data: st.DataObject) -> None:
    """Add, remove and decide, and compare with fusing at once after each step, and with each step afterwards."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blocking, "COMPARED", data.draw(st.sampled_from([1, 2, 3, 24])))
        pairs = (
            st.frozensets(st.frozensets(st.sampled_from([c.claim for c in made]), min_size=2, max_size=2), max_size=2)
            if len(made) > 1
            else st.just(frozenset())
        )
        present: dict[str, Features] = {}
        decisions = Decisions()
        wanted: list[list[Told]] = []
        for step in range(data.draw(st.integers(1, 12))):
            if kept is not None:
                kept.position = step
                if data.draw(st.booleans()):
                    kept.forget()
            match data.draw(st.sampled_from(["add", "add", "remove", "decide"])):
                case "add":
                    chosen = data.draw(st.lists(st.sampled_from(made), min_size=1, max_size=4))
                    upkeep.add(chosen)
                    present.update({c.claim: c for c in chosen})
                case "remove":
                    gone = data.draw(st.lists(st.sampled_from(made), min_size=1, max_size=2))
                    upkeep.remove(c.claim for c in gone)
                    for c in gone:
                        present.pop(c.claim, None)
                case _:
                    decisions = Decisions(data.draw(pairs), data.draw(pairs))
                    upkeep.decide(decisions)
            wanted.append(list(fuse(present.values(), decisions).told()))
            assert set(upkeep.events()) == set(wanted[-1])
        if kept is not None:
            for step, events in enumerate(wanted):
                assert [kept.told(number) for number in kept.standing(step)] == events


def together(made: Iterable[Features], decisions: Decisions | None = None) -> list[list[str]]:
    return [g for g in groups(fuse(made, decisions or Decisions())) if len(g) > 1]


def test_two_articles_on_one_strike_are_one_event_named_by_the_first() -> None:
    later = claim("c1", "a2", published=101)
    assert together([later, claim("c2", "a1")]) == [["c2", "c1"]]


def test_what_is_denied_or_planned_is_no_member_of_an_event() -> None:
    denied = claim("c2", "a2", modality=Modality.DENIED)
    assert groups(fuse([claim("c1"), denied])) == [["c1"]]


def denials(made: Iterable[Features], decisions: Decisions | None = None) -> dict[str, list[str]]:
    fused = fuse(made, decisions or Decisions())
    return {group.first.claim: [d.claim for d in group.denials] for group in fused.groups if group.denials}


def test_a_denial_stands_beside_the_event_that_it_is_likest_to_and_brings_none_together() -> None:
    army = frozenset({"army"})
    denial = claim("c9", "a9", modality=Modality.DENIED, agents=army)
    there, theirs = claim("c1"), claim("c2", "a2", agents=army, counts=(Count("killed", None, 3, 3, 3),))
    assert denials([denial]) == {}
    assert denials([there, denial]) == {"c1": ["c9"]}
    assert denials([claim("c3", spots=(SPOTS[3],)), denial]) == {}
    apart = Decisions(apart=frozenset({frozenset({"c1", "c2"})}))
    assert denials([there, theirs, denial], apart) == {"c2": ["c9"]}


def test_a_speech_that_denies_stands_beside_what_its_words_are_about_and_was_told_in_the_days_before() -> None:
    speech = claim("c9", "a9", type="Denial", modality=Modality.DENIED, days=None, published=103, denies=_HIT)
    fallen = claim("c2", "a2", type="Takeover")
    assert denials([claim("c1"), fallen, speech]) == {"c1": ["c9"]}
    assert denials([claim("c1"), fallen, replace(speech, denies=frozenset({"Takeover"}))]) == {"c2": ["c9"]}
    assert denials([claim("c1"), replace(speech, denies=frozenset())]) == {}
    assert denials([claim("c1"), replace(speech, published=108)]) == {}


def test_people_say_which_event_a_denial_denies() -> None:
    denial = claim("c9", "a9", modality=Modality.DENIED)
    near, far = claim("c1"), claim("c2", "a2", spots=(SPOTS[3],))
    moved = Decisions(together=frozenset({frozenset({"c2", "c9"})}))
    assert denials([near, far, denial], moved) == {"c2": ["c9"]}
    assert denials([near, far, denial], Decisions(apart=frozenset({frozenset({"c1", "c9"})}))) == {}


def test_a_claim_that_is_out_of_force_still_brings_together_what_a_decision_named_beside_it() -> None:
    one, far = claim("c1"), claim("c3", "a3", spots=(SPOTS[3],))
    chain = Decisions(together=frozenset({frozenset({"c1", "c2"}), frozenset({"c2", "c3"})}))
    assert together([one, far], chain) == [["c1", "c3"]]


@pytest.mark.parametrize(
    "other",
    [
        {"type": "Takeover"},
        {"days": (103, 103)},
        {"spots": (SPOTS[3],)},
        {"article": "a1", "counts": (Count("killed", None, 3, 3, 3),)},
    ],
    ids=["another type", "another day", "another place", "the same article, told apart"],
)
def test_what_excludes_one_event_keeps_claims_apart(other: dict[str, Any]) -> None:
    assert together([claim("c1"), claim("c2", **{"article": "a2", **other})]) == []


def test_a_day_does_not_chain_over_to_the_next() -> None:
    undated = claim("c2", "a2", days=None, published=101)
    assert together([claim("c1", days=(100, 100)), undated, claim("c3", "a3", days=(101, 101), published=101)]) in (
        [["c1", "c2"]],
        [["c2", "c3"]],
    )


def test_decisions_bring_together_and_keep_apart() -> None:
    one, two, far = claim("c1"), claim("c2", "a2"), claim("c3", "a3", spots=(SPOTS[3],))
    forced = Decisions(together=frozenset({frozenset({"c1", "c3"})}))
    assert together([one, far], forced) == [["c1", "c3"]]
    assert together([one, two, far], forced) == [["c1", "c3"]]  # what is about two places takes no third claim
    assert together([one, two], Decisions(apart=frozenset({frozenset({"c1", "c2"})}))) == []


def test_a_crowded_block_is_still_one_event_through_its_first_tellers() -> None:
    crowd = [claim(f"c{n:03}", f"a{n:03}") for n in range(100)]
    assert [len(g) for g in groups(fuse(crowd))] == [100]
    compared = sum(1 for _ in blocking.fill(crowd).pairs())
    assert compared <= blocking.COMPARED * len(crowd)
