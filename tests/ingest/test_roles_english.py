"""Roles in English: who stands behind a force, what "its" and "the militants" mean, lists of what was hit."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import actor_words, claims_of, of_type


def roles(pipeline: Pipeline, text: str, kind: str) -> tuple[set[str], set[str]]:
    claim = of_type(claims_of(pipeline, text, language="en"), kind)[-1]
    return actor_words(claim, text, "agent"), actor_words(claim, text, "target")


@pytest.mark.parametrize(
    ("text", "kind", "agents"),
    [
        (
            "Government troops backed by Hezbollah fighters captured the town of Daraya on Friday.",
            "Takeover",
            {"Government troops", "Hezbollah fighters"},
        ),
        (
            "Clashes continued between the army and rebels backed by Hezbollah around the town of Saraqib.",
            "ArmedClash",
            {"army", "rebels", "Hezbollah"},
        ),
        (
            "Kurdish militia fought fierce street battles with advancing ISIS militants in the town of Suran.",
            "ArmedClash",
            {"Kurdish militia", "advancing ISIS militants"},
        ),
        (
            "The rebels were killed in battles against Boko Haram in the town of Bama.",
            "ArmedClash",
            {"Boko Haram"},
        ),
        (
            "Shelling between Turkey and its proxies and the YPG hit the town of Suran.",
            "Shelling",
            {"Turkey", "YPG"},
        ),
        (
            "Al-Shabaab has lost towns, even as its fighters mounted an attack on the town of Bardale.",
            "ArmedClash",
            {"Al-Shabaab"},
        ),
        (
            "Boko Haram militants attacked the town of Bama. Residents left after the militants entered Konduga.",
            "Offensive",
            {"Boko Haram militants"},
        ),
        (
            "Jets thought to belong to the Syrian government struck the town of Suran.",
            "Airstrike",
            {"Jets thought to belong to the Syrian government"},
        ),
        (
            "Families were evacuated and the army took control of the town of Suran.",
            "Takeover",
            {"army"},
        ),
    ],
)
def test_the_doer_is_found(pipeline: Pipeline, text: str, kind: str, agents: set[str]) -> None:
    assert roles(pipeline, text, kind)[0] == agents


@pytest.mark.parametrize(
    ("text", "kind", "targets"),
    [
        (
            "Air strikes hit a school a bakery and a castle in the town of Suran.",
            "Airstrike",
            {"school", "bakery", "castle"},
        ),
        (
            "Russian jets targeted a school, a bakery and two hospitals in the town of Suran.",
            "Airstrike",
            {"school", "bakery", "hospitals"},
        ),
        (
            "The air strike targeted militants and a weapons depot in the town of Suran.",
            "Airstrike",
            {"militants", "weapons depot"},
        ),
        ("A clinic was hit by an air strike in the town of Suran.", "Airstrike", {"clinic"}),
        (
            "The deal would see fighters evacuated and the army take control of the town of Suran.",
            "Evacuation",
            {"fighters"},
        ),
    ],
)
def test_the_target_is_found(pipeline: Pipeline, text: str, kind: str, targets: set[str]) -> None:
    assert roles(pipeline, text, kind)[1] == targets


def test_of_two_groups_the_militants_are_neither(pipeline: Pipeline) -> None:
    text = (
        "Boko Haram militants and Islamic State militants fought in the town of Bama. "
        "Residents left after the militants entered Konduga."
    )
    assert roles(pipeline, text, "Offensive")[0] == {"militants"}


@pytest.mark.parametrize(
    ("text", "holders"),
    [
        ("Government forces captured the rebel-held town of Saraqib on Friday.", {"rebel"}),
        ("Iraqi troops retook the Islamic State-held city of Hawija.", {"Islamic State"}),
        ("The SDF captured the Islamic State stronghold of Manbij.", {"Islamic State"}),
        ("Rebels took the town of Morek, which had been held by government forces.", {"government forces"}),
        ("The army withdrew from the town of Morek. Rebels took the town of Morek on Friday.", {"army"}),
        (
            "Fighting between the SDF and Islamic State went on in the town of Suran. The SDF took the town of Suran.",
            {"Islamic State"},
        ),
        ("Rebels took the town of Morek. The army shelled the town of Suran.", set()),
        ("Rebels took the town of Morek. Rebels withdrew from the town of Suran.", set()),
    ],
)
def test_the_previous_holder_is_told_in_or_outside_the_sentence(
    pipeline: Pipeline, text: str, holders: set[str]
) -> None:
    assert roles(pipeline, text, "Takeover")[1] == holders
