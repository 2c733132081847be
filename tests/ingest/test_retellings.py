"""An English article tells one happening in several sentences: as "the strike", as a toll, from another distance."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Claim
from tests.ingest.extracting import claims_of

LEAD = "Warplanes carried out an air strike on the town of Saraqib on Friday. "


def strikes(claims: tuple[Claim, ...]) -> list[Claim]:
    return [c for c in claims if c.type == "Airstrike"]


@pytest.mark.parametrize(
    "sequel",
    [
        "The strike killed nine people.",
        "The air raid killed nine people, residents said.",
        "The attack on the town of Saraqib killed nine people.",
        "At least nine people were killed.",
        "A hospital official said nine people were killed.",
    ],
)
def test_a_toll_told_later_is_the_toll_of_the_strike(pipeline: Pipeline, sequel: str) -> None:
    claims = claims_of(pipeline, LEAD + sequel, language="en")
    assert [c.type for c in claims] == ["Airstrike"]
    assert [(f.category, f.best) for f in claims[0].figures] == [("killed", 9)]


def test_the_strike_elsewhere_is_another_one(pipeline: Pipeline) -> None:
    claims = claims_of(pipeline, LEAD + "The air strikes on the town of Nubl killed four people.", language="en")
    assert len(strikes(claims)) == 2
    assert [[f.best for f in c.figures] for c in strikes(claims)] == [[], [4]]


def test_a_toll_after_two_strikes_joins_neither(pipeline: Pipeline) -> None:
    text = LEAD + "Air strikes hit the town of Nubl. Shops were shut. Nine people were killed on Friday."
    claims = claims_of(pipeline, text, language="en")
    assert all(not c.figures for c in strikes(claims))


def test_a_strike_without_an_earlier_one_stands(pipeline: Pipeline) -> None:
    (claim,) = claims_of(pipeline, "The air strike on the town of Saraqib killed nine people.", language="en")
    assert claim.type == "Airstrike"
