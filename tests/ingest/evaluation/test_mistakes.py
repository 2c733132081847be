from typing import Any

import pytest

from ingest.evaluation.mistakes import Mistake, mistakes
from ingest.evaluation.scores import score_article
from tests.ingest.evaluation.samples import (
    RAID,
    REST,
    TAKEN,
    TEXT,
    figure,
    gold,
    gold_event,
    linked,
    place,
    predicted,
    predicted_event,
    who,
)


def listed(wanted: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[Mistake]:
    return list(mistakes(score_article(gold(*wanted), predicted(*found))))


def test_what_is_right_is_not_listed() -> None:
    assert listed([gold_event()], [predicted_event()]) == []
    assert listed([gold_event(modality="past-background")], [predicted_event(modality="background")]) == []


def test_missed_and_extra_events_quote_their_passage() -> None:
    missed, extra = listed(
        [gold_event("Takeover", TAKEN, places=[place("معرة النعمان", 5)])], [predicted_event(quote=REST)]
    )
    assert (missed.kind, missed.type, missed.quote) == ("missed", "Takeover", TAKEN)
    assert missed.gold is not None
    assert "معرة النعمان (5)" in missed.gold
    assert TEXT[missed.start :].startswith(TAKEN)
    assert (extra.kind, extra.quote, extra.rule, extra.outlet) == ("extra", REST, "some.rule", "صحيفة المثال")


def test_another_type_in_the_passage_of_a_missed_event_is_named() -> None:
    missed, _ = listed([gold_event()], [predicted_event("Shelling")])
    assert missed.beside == "Shelling"


@pytest.mark.parametrize(
    ("wanted", "found", "kind", "gold_value", "value", "rule"),
    [
        ({"agents": ["روسيا"]}, {"participants": [who("agent", "الفصائل")]}, "agent", "روسيا", "الفصائل", "agent.rule"),
        ({}, {"participants": [who("target", "الفصائل")]}, "target", None, "الفصائل", "target.rule"),
        ({"targets": ["الفصائل"]}, {}, "target", "الفصائل", None, None),
        ({"killed": 6}, {"figures": [figure("killed", 5)]}, "figures", "killed 6", "killed 5", "figure.rule"),
        ({"killed": 6}, {"figures": [figure("injured", 6)]}, "figures", "killed 6", None, None),
        ({"date": "2024-11-30"}, {}, "dates", "2024-11-30", None, None),
        (
            {"date": "2024-11-30"},
            {"date": {"start": "2024-11-29", "rule": "d.r"}},
            "dates",
            "2024-11-30",
            "2024-11-29",
            "d.r",
        ),
        ({"sources": ["المرصد"]}, {"sources": [{"name": "سانا", "rule": "s.r"}]}, "sources", "المرصد", "سانا", "s.r"),
        ({"modality": "claimed"}, {}, "modality", "claimed", "asserted", "some.rule"),
        (
            {"modality": "denied"},
            {"modality": "planned", "cues": [{"rule": "cue.1"}]},
            "modality",
            "denied",
            "planned",
            "cue.1",
        ),
        (
            {"places": [place("كفرنبل", 1)]},
            {"places": [linked("كفرنبل", 2)]},
            "places",
            "كفرنبل (1)",
            "كفرنبل (2)",
            "place.rule",
        ),
    ],
)
def test_a_wrong_slot_names_both_values_and_the_rule(
    wanted: dict[str, Any], found: dict[str, Any], kind: str, gold_value: str, value: str, rule: str
) -> None:
    (mistake,) = listed([gold_event(**wanted)], [predicted_event(**found)])
    assert (mistake.kind, mistake.gold, mistake.predicted, mistake.rule) == (kind, gold_value, value, rule)
    assert mistake.quote == RAID


def test_mistakes_come_in_the_order_of_the_text() -> None:
    wanted = [gold_event("Takeover", TAKEN, killed=1), gold_event(killed=1)]
    found = [predicted_event("Takeover", TAKEN), predicted_event()]
    assert [mistake.type for mistake in listed(wanted, found)] == ["Airstrike", "Takeover"]
