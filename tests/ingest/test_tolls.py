"""Those who died of their wounds are part of the toll that their deaths raised, and never the toll of the strike."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import claims_of, counts, of_type

ENGLISH = (
    "The death toll from an airstrike on the town of Binnish rose to 11 after two people died of their wounds.",
    "Two civilians died of wounds they sustained in an airstrike on the town of Binnish, bringing the toll to 11.",
    "Two people died of injuries from an airstrike on the town of Binnish, raising the toll to 11.",
)
ARABIC = (
    "ارتفعت حصيلة الغارة الجوية على بلدة بنش إلى 11 قتيلا بعد وفاة شخصين متأثرين بجراحهما.",
    "ارتفاع حصيلة قتلى الغارة الجوية على بلدة بنش إلى 11 بعد وفاة مدنيين اثنين متأثرين بجراحهما.",
    "وثق المرصد وفاة مدنيين اثنين متأثرين بجراحهما، ليرتفع إلى 11 عدد الذين قضوا في الغارة على مدينة إدلب.",
)


@pytest.mark.parametrize(("language", "text"), [*(("en", one) for one in ENGLISH), *(("ar", one) for one in ARABIC)])
def test_the_raised_toll_is_that_of_the_strike(pipeline: Pipeline, language: str, text: str) -> None:
    claims = claims_of(pipeline, text, language=language)
    (strike,) = of_type(claims, "Airstrike")
    assert counts(strike) == {"killed": 11}
    assert [figure.best for claim in claims for figure in claim.figures if figure.category == "killed"] == [11]


def test_a_toll_that_is_told_apart_stays_apart(pipeline: Pipeline) -> None:
    text = (
        "An airstrike on the town of Binnish killed nine people. Two more people died of their wounds overnight, the "
        "Civil Defense said, which put the toll at 11."
    )
    claims = claims_of(pipeline, text, language="en")
    assert [counts(claim) for claim in claims if claim.figures] == [{"killed": 9}, {"killed": 11}]


@pytest.mark.parametrize(
    ("language", "text", "dead"),
    [
        ("en", "Two people died of their wounds after an airstrike on the town of Binnish.", 2),
        ("en", "An airstrike on the town of Binnish killed two people, and the toll may rise to 11.", 2),
        ("ar", "وفاة مدنيين اثنين متأثرين بجراحهما جراء غارة جوية على بلدة بنش.", 2),
    ],
)
def test_without_wounds_or_a_raised_toll_the_count_stands(
    pipeline: Pipeline, language: str, text: str, dead: int
) -> None:
    (strike,) = of_type(claims_of(pipeline, text, language=language), "Airstrike")
    assert dead in [figure.best for figure in strike.figures]
