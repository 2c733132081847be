"""Names that an English text itself makes known: forces in full, and acronyms."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import actor_words, claims_of, of_type

PIPELINE = Pipeline()


@pytest.mark.parametrize(
    "name",
    ["Arakan Army", "47th Brigade", "Golan Brigade", "Karen National Liberation Army", "Infantry Battalion"],
)
def test_a_force_that_no_registry_has_keeps_its_name(name: str) -> None:
    text = f"On Monday the {name} seized the town of Saraqib."
    claim = of_type(claims_of(PIPELINE, text, language="en"), "Takeover")[0]
    assert actor_words(claim, text, "agent") == {name}


def test_what_merely_opens_a_sentence_is_no_part_of_the_name() -> None:
    text = "Meanwhile Army units seized the town of Saraqib."
    claim = of_type(claims_of(PIPELINE, text, language="en"), "Takeover")[0]
    assert not any("Meanwhile" in words for words in actor_words(claim, text, "agent"))


@pytest.mark.parametrize("beside", ["Arakan Army (AA)", "Arakan Army, or AA,"])
def test_an_acronym_is_whom_it_stands_for(beside: str) -> None:
    text = f"The {beside} captured the town of Nubl. On Friday the AA seized the town of Saraqib."
    claims = of_type(claims_of(PIPELINE, text, language="en"), "Takeover")
    assert [actor_words(c, text, "agent") for c in claims] == [{"Arakan Army"}, {"AA"}]
    assert len({p.id for c in claims for p in c.participants if p.role == "agent"}) == 1


def test_letters_that_stand_beside_no_name_are_nobody() -> None:
    text = "The AA seized the town of Saraqib."
    (claim,) = of_type(claims_of(PIPELINE, text, language="en"), "Takeover")
    assert actor_words(claim, text, "agent") == set()


def test_fighters_called_by_the_acronym_are_named() -> None:
    text = "The Arakan Army (AA) captured the town of Nubl. On Friday AA fighters seized the town of Saraqib."
    claim = of_type(claims_of(PIPELINE, text, language="en"), "Takeover")[1]
    assert actor_words(claim, text, "agent") == {"AA fighters"}
