"""Short reports whose one place stands apart from the happening, and texts where it must not be joined to it."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Article, Claim
from tests.ingest.extracting import place_words


def strikes(pipeline: Pipeline, text: str, language: str = "ar") -> list[Claim]:
    claims = pipeline.extract(Article(text, language, published="2025-03-15")).claims
    return [c for c in claims if c.type in ("Airstrike", "Shelling")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#جسر_الشغور\nاستشهاد طفل بقصف مدفعي خلال رعيه للأغنام في الأراضي الزراعية.", {"جسر_الشغور"}),
        ("عاجل | غارة جوية جديدة.\nبلدة كفرنبل", {"كفرنبل"}),
        ("اليوم في #سرمين\nأب يبكي دموع القهر\nإصابة نساء بسبب قصف مدفعي", {"سرمين"}),
        # The province around the place is no second place.
        ("#إدلب | #سرمين\nإصابة نساء بسبب قصف مدفعي", {"سرمين"}),
    ],
)
def test_the_only_place_of_a_short_report(pipeline: Pipeline, text: str, words: set[str]) -> None:
    (claim,) = strikes(pipeline, text)
    assert place_words(claim, text) == words
    assert all(place.rule.startswith("post.place.lone+") for place in claim.places)


@pytest.mark.parametrize(
    "text",
    [
        # Two places apart from each other.
        "#سرمين\nإصابة نساء بسبب قصف مدفعي.\n#كفرنبل",
        # A country is no place.
        "#سوريا\nإصابة عائلة بقصف مدفعي",
        # What is only planned has no place of its own.
        "#سرمين\nهدد الجيش بقصف مدفعي",
    ],
)
def test_what_is_no_place_of_the_happening(pipeline: Pipeline, text: str) -> None:
    assert [place_words(c, text) for c in strikes(pipeline, text)] in ([set()], [])


FILLER = "\nقال الأهالي إن الموسم كان جيدا وإن الأمطار كانت وفيرة هذا العام." * 15


def test_a_longer_text_places_what_is_told_right_behind_its_only_place(pipeline: Pipeline) -> None:
    text = "#سرمين\nإصابة نساء بسبب قصف مدفعي." + FILLER
    (claim,) = strikes(pipeline, text)
    assert place_words(claim, text) == {"سرمين"}
    assert all(place.rule.startswith("post.place.told+") for place in claim.places)
    apart = "#سرمين" + FILLER + "\nإصابة نساء بسبب قصف مدفعي."
    assert [place_words(c, apart) for c in strikes(pipeline, apart)] == [set()]


def test_another_place_anywhere_in_a_longer_text_leaves_it_open(pipeline: Pipeline) -> None:
    text = "#سرمين\nإصابة نساء بسبب قصف مدفعي." + FILLER + "\nعاد التجار إلى مدينة تدمر."
    assert [place_words(c, text) for c in strikes(pipeline, text)] == [set()]


def test_two_happenings_of_a_report_with_one_place_share_it(pipeline: Pipeline) -> None:
    text = "#سرمين\nإصابة نساء بسبب قصف مدفعي.\nمقتل رجل إثر غارة جوية روسية."
    assert [place_words(c, text) for c in strikes(pipeline, text)] == [{"سرمين"}, {"سرمين"}]


def test_the_place_that_the_only_one_lies_in_is_no_second_place(pipeline: Pipeline) -> None:
    text = "مداهمة منزل في مدينة الميادين شرقي ديرالزور\nواستهدف قصف مدفعي منزلا آخر." + FILLER + "\n#ديرالزور"
    assert [place_words(c, text) for c in strikes(pipeline, text)] == [{"الميادين"}]


def test_the_toll_of_the_only_happening_says_where_it_was(pipeline: Pipeline) -> None:
    text = "عاجل | قصفت طائرة حربية منزلا.\nإصابة 10 مدنيين في بلدة كفرنبل."
    assert [place_words(c, text) for c in strikes(pipeline, text)] == [{"كفرنبل"}]


@pytest.mark.parametrize(
    ("text", "language", "words", "within"),
    [
        ("إصابة عائلة بقصف مدفعي لقوات النظام شرق إدلب.", "ar", {"شرق إدلب"}, "Idlib"),
        ("مقتل شخص بغارات روسية جنوب مدينة كفرنبل.", "ar", {"جنوب مدينة كفرنبل"}, "Surroundings of Kafr Nubl"),
        (
            "Warplanes bombed three farms to the west of Kafr Nabl town in Idlib.",
            "en",
            {"west of Kafr Nabl"},
            "Surroundings",
        ),
    ],
)
def test_a_direction_is_a_place_of_its_own_where_nothing_nearer_is_named(
    pipeline: Pipeline, text: str, language: str, words: set[str], within: str
) -> None:
    (claim,) = strikes(pipeline, text, language)
    assert place_words(claim, text) == words
    (place,) = claim.places
    assert place.lat is None
    assert place.within[0].names["en"].startswith(within.split(" of ", maxsplit=1)[0])


def test_a_direction_beside_a_place_only_locates_it(pipeline: Pipeline) -> None:
    text = "قصفت المدفعية قرية حاس شرق إدلب."
    assert [place_words(c, text) for c in strikes(pipeline, text)] == [{"حاس"}]


def test_the_east_of_another_place_goes_on_with_none(pipeline: Pipeline) -> None:
    """غرب X وشرق Y: two directions, not a part of Y."""
    text = "جرحى بقصف مدفعي غرب إدلب وشرق حلب."
    assert all("حلب" not in place_words(c, text) for c in strikes(pipeline, text))


def test_what_names_a_place_of_its_own_takes_no_other(pipeline: Pipeline) -> None:
    text = "قصفت المدفعية منزلا في بلدة كفرنبل.\nوأغار الطيران على خرائب الدويسة." + FILLER
    assert [place_words(c, text) for c in strikes(pipeline, text)] == [{"كفرنبل"}, set()]
