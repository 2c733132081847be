"""Whose word a claim is, what it denies, and when sayings that do not go together were said."""

import pytest

from graph.consistency.sayings import Saying, Verdict, denies, may_deny, saying, told, verdict, voice
from graph.fusion.features import Count, Teller
from ontology.identity import derived_id
from ontology.model import Claim, Modality, Place, Span, Trigger
from tests.graph.fusion.claims import SPOTS, claim

MONITOR = Teller("monitor", "monitor")
RESIDENTS = Teller("residents", "resident", named=False)
VILLAGE, _, _, CITY, *_ = SPOTS
DENIED = {"modality": Modality.DENIED}


def test_a_claim_is_the_word_of_its_innermost_source_else_of_its_outlet_else_of_its_article() -> None:
    assert voice(claim("c-1", chain=(Teller("agency", "agency"), MONITOR)), "outlet") == "source/monitor"
    assert voice(claim("c-1"), "outlet") == "source/outlet"
    assert voice(claim("c-1", "a7"), None) == "article/a7"


def test_who_is_only_described_speaks_as_one_in_one_article() -> None:
    first, second = (claim("c-1", article, chain=(RESIDENTS,)) for article in ("a1", "a2"))
    assert voice(first, "outlet") != voice(second, "outlet")


def test_a_place_of_which_a_part_is_meant_is_not_meant_as_a_whole() -> None:
    span = Span(0, 1)
    places = (
        Place(span, "r", "village"),
        Place(span, "r", "city", extent="most"),
        Place(span, "r", "x", role="movedTo"),
    )
    whole = Claim("c-1", "Takeover", Modality.ASSERTED, Trigger(span, "take", "r"), (span,), places=places)
    assert saying(claim("c-1", spots=(VILLAGE, CITY)), whole, None).whole == {"village"}


def test_a_denial_is_about_what_is_reported_of_the_same_type_place_and_day() -> None:
    report = claim("c-1", agents=frozenset({"army"}))
    assert denies(claim("c-2", **DENIED), report)
    assert denies(claim("c-2", **DENIED, agents=frozenset({"army"})), report)


@pytest.mark.parametrize(
    "given",
    [
        {"type": "Shelling"},
        {"type": "Denial"},
        {"subtype": "DroneStrike"},
        {"spots": (CITY,)},
        {"spots": ()},
        {"days": (101, 101)},
        {"days": None},
        {"days": (99, 100)},
        {"agents": frozenset({"faction"})},
        {"targets": frozenset({"civilians"})},
        {"counts": (Count("killed", None, 5, 5, 5),)},
        {"modality": Modality.PLANNED},
    ],
)
def test_a_denial_that_leaves_anything_open_is_about_nothing_for_certain(given: dict[str, object]) -> None:
    assert not denies(claim("c-2", **{**DENIED, **given}), claim("c-1", agents=frozenset({"army"})))


def test_a_denial_that_does_not_say_of_what_may_be_about_what_the_same_ones_did_there() -> None:
    denial = claim("c-2", **DENIED, type="Denial", agents=frozenset({"army"}))
    assert may_deny(denial, claim("c-1", agents=frozenset({"army"})))
    assert not may_deny(denial, claim("c-1"))
    assert not may_deny(denial, claim("c-1", agents=frozenset({"army"}), days=(101, 101)))


def test_denials_come_with_the_event_that_they_deny() -> None:
    claims = [claim("c-1"), claim("c-3", "a2"), claim("c-2", "a3", **DENIED)]
    said = told([Saying(one) for one in reversed(claims)])
    assert said.events == (("c-1", "c-3"),)
    assert said.denied == (("c-2", "c-1"),)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2024-11-30", "2024-12-01", Verdict.CHANGE),
        ("2024-11-30T08:00:00Z", "2024-11-30T09:00:00Z", Verdict.CHANGE),
        ("2024-11-30T08:00:00Z", "2024-11-30T10:00:00+02:00", Verdict.OPEN),
        ("2024-11-30", "2024-11-30T09:00:00Z", Verdict.OPEN),
        ("2024-11-30", "2024-11-30", Verdict.OPEN),
        ("2024-11-30", None, Verdict.OPEN),
        ("2024", "2024-11-30", Verdict.OPEN),
    ],
)
def test_what_was_published_later_is_a_change_and_no_contradiction(
    first: str, second: str | None, expected: Verdict
) -> None:
    assert verdict([Saying(claim("c-1"), first), Saying(claim("c-2", "a2"), second)]) is expected


def test_what_stands_in_one_article_was_said_at_once() -> None:
    assert verdict([Saying(claim("c-1")), Saying(claim("c-2"))]) is Verdict.CONTRADICTION


def test_the_own_page_of_a_monitor_is_the_voice_that_others_quote() -> None:
    sohr = derived_id("source", "sohr")
    quoted = claim("c-1", chain=(Teller(sohr, "monitor"),), publisher="The Harbour Post")
    own = claim("c-2", publisher="SOHR")
    assert voice(own, "outlet") == voice(quoted, "other") == f"source/{sohr}"
    assert voice(claim("c-3", publisher="The Harbour Post"), "outlet") == "source/outlet"
    assert voice(claim("c-4", "a-4"), None) == "article/a-4"
