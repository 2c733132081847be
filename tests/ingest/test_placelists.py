"""Lists of places: which names a list takes, where it is announced from afar, and where it ends."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Article
from ontology.wire import extraction_json


def places(pipeline: Pipeline, text: str, language: str = "ar") -> list[str]:
    """Names of all places of all events, in order."""
    extraction = extraction_json(pipeline.extract(Article(text, language, published="2024-11-30")))
    return [place["text"] for event in extraction["events"] for place in event["places"]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("شن الطيران غارات على مديريات رازح وشدا والظاهر وجبل ذي نمر.", ["رازح", "شدا", "الظاهر", "جبل ذي نمر"]),
        ("سيطر الجيش على أربع قرى هي الطيبة والعزيزية وتل الهوى.", ["الطيبة", "العزيزية", "تل الهوى"]),
        ("سيطرت الفصائل على قرى (الزربة، خلصة، القلعجية).", ["الزربة", "خلصة", "القلعجية"]),
    ],
)
def test_plural_type_words_announce_names_that_no_gazetteer_has(
    pipeline: Pipeline, text: str, wanted: list[str]
) -> None:
    assert places(pipeline, text) == wanted


def test_what_the_type_word_lies_in_its_names_lie_in(pipeline: Pipeline) -> None:
    text = "استعادت الفصائل السيطرة على ثلاث بلدات في ريف إدلب الجنوبي، وهي أم فحيل ورجيم ورسم العبد."
    extraction = extraction_json(pipeline.extract(Article(text, "ar", published="2018-01-06")))
    found = extraction["events"][0]["places"]
    assert [place["text"] for place in found] == ["أم فحيل", "رجيم", "رسم العبد"]
    assert {place["within"][0]["name"] for place in found} == {"Idlib"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("قصفت الطائرات مدينتي حلب وحماة، خصوصاً بعد الظهر.", ["حلب", "حماة"]),
        ("قصف الجيش محافظتي كركوك وديالى، ووصفها الناطق بالجبانة.", ["محافظتي كركوك", "ديالى"]),
        ("انسحبت القوات من بلدتي يارون وعيترون، وأكد الناطق ذلك.", ["يارون", "عيترون"]),
    ],
)
def test_a_list_ends_before_adverbs_pronouns_and_verbs_of_saying(
    pipeline: Pipeline, text: str, wanted: list[str]
) -> None:
    assert places(pipeline, text) == wanted


def test_who_helps_or_presses_is_no_place_of_a_withdrawal(pipeline: Pipeline) -> None:
    assert places(pipeline, "انسحبت القوات الحكومية من السويداء بوساطة من الولايات المتحدة وتركيا.") == ["السويداء"]


def test_places_of_a_list_never_contain_each_other_in_a_circle(pipeline: Pipeline) -> None:
    text = "قصفت القوات منطقة جبل الأربعين وقرية شنان. وقصفت مخيمي وطن ومرام قرب كفرجالس وقرب قرية مرتين غرب المدينة."
    assert places(pipeline, text)
