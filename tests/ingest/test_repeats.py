"""Repeats: what is told again is one claim, what is told of something else stays apart."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import claims_of, of_type, place_words, the_only

PIPELINE = Pipeline()


@pytest.mark.parametrize(
    "later",
    [
        "وأوقعت الغارات أضرارا كبيرة في المنازل.",
        "وقال سكان إن الغارات تواصلت حتى المساء.",
    ],
)
def test_a_definite_noun_without_a_place_refers_back(later: str) -> None:
    text = f"شن الطيران الروسي غارات على مدينة سراقب.\n\n{later}"
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert place_words(claim, text) == {"سراقب"}
    assert len(claim.evidence) == 2


def test_a_force_and_the_state_it_belongs_to_are_one_side() -> None:
    text = "شن الطيران الروسي غارات على مدينة سراقب.\n\nواستهدفت غارات روسية مدينة سراقب صباحا."
    assert len(of_type(claims_of(PIPELINE, text), "Airstrike")) == 1


def test_two_sides_that_shell_one_town_are_two_claims() -> None:
    text = "قصفت قوات النظام مدينة سراقب بالمدفعية.\n\nوقصفت هيئة تحرير الشام مدينة سراقب بالصواريخ."
    assert len(of_type(claims_of(PIPELINE, text), "Shelling")) == 2


def test_raids_on_two_towns_are_two_claims() -> None:
    text = "شن الطيران الروسي غارات على مدينة سراقب.\n\nوشن الطيران الروسي غارات على بلدة أريحا."
    assert [place_words(c, text) for c in of_type(claims_of(PIPELINE, text), "Airstrike")] == [{"سراقب"}, {"أريحا"}]


def test_the_lead_names_the_province_and_the_next_sentence_its_village() -> None:
    text = "شن الطيران الروسي غارات على ريف إدلب.\n\nوشن الطيران الروسي غارات على قرية تل الزنبق صباحا."
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert place_words(claim, text) == {"تل الزنبق"}
