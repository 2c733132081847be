"""Repeats: what is told again is one claim, what is told of something else stays apart."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Modality
from tests.ingest.extracting import claims_of, counts, of_type, place_words, the_only

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


def test_dozens_in_the_headline_give_way_to_the_count() -> None:
    headline = "عشرات القتلى في غارة على مدينة سراقب"
    text = f"{headline}\n\n{headline}\n\nقتل 52 مدنيا في غارة على مدينة سراقب، بحسب الدفاع المدني السوري."
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert counts(claim) == {"killed": 52}


def test_a_fall_told_as_history_stays_history() -> None:
    text = (
        "سقطت مدينة سراقب بيد هيئة تحرير الشام عام 2015.\n\nوقال المحقق إن سقوط مدينة سراقب بيد هيئة تحرير الشام"
        " سببه انهيار القيادة."
    )
    claim = the_only(claims_of(PIPELINE, text, published="2024-11-30"), "Takeover")
    assert claim.modality is Modality.BACKGROUND


def test_dead_and_wounded_in_one_number_are_a_figure_of_neither() -> None:
    text = "مقتل وجرح 110 من عناصر التنظيم في غارات على مدينة سراقب."
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert not {"killed", "injured"} & set(counts(claim))


def test_two_voices_that_say_the_same_of_one_doer_are_two_claims() -> None:
    text = (
        "أعلن الجيش السوري انسحابه من مدينة سراقب.\n\nوقال المرصد السوري لحقوق الإنسان إن القوات السورية انسحبت من"
        " مدينة سراقب."
    )
    claims = of_type(claims_of(PIPELINE, text), "Withdrawal")
    assert [[s.span.of(text) for s in claim.sources] for claim in claims] == [
        ["الجيش السوري"],
        ["المرصد السوري لحقوق الإنسان"],
    ]


def test_a_party_that_tells_its_own_version_stays_apart() -> None:
    text = (
        "قال الدفاع المدني السوري إن الطيران الروسي قصف مدينة سراقب.\n\nوقالت وزارة الدفاع السورية إن الطيران الروسي"
        " قصف مواقع المسلحين في مدينة سراقب."
    )
    assert len(of_type(claims_of(PIPELINE, text), "Airstrike")) == 2


def test_a_later_count_of_the_same_strike_replaces_the_earlier_one() -> None:
    text = (
        "مقتل ثمانية مدنيين وإصابة 15 في قصف روسي استهدف سوقا في مدينة سراقب.\n\n"
        "مقتل ثلاثة مدنيين وإصابة 12 في قصف روسي استهدف سوقا في مدينة سراقب."
    )
    assert counts(the_only(claims_of(PIPELINE, text), "Shelling")) == {"killed": 8, "injured": 15}


def test_another_strike_on_the_same_place_keeps_its_own_count() -> None:
    text = "مقتل ثمانية مدنيين في قصف روسي على مدينة سراقب.\n\nومقتل ثلاثة مدنيين في قصف روسي آخر على مدينة سراقب."
    assert len(of_type(claims_of(PIPELINE, text), "Shelling")) == 2


def test_raids_on_several_areas_are_the_one_that_hit_a_town() -> None:
    text = "تعرضت عدة مناطق في محافظة إدلب لغارات من الطيران الروسي، حيث استهدفت إحدى الغارات سوقا في مدينة سراقب."
    assert place_words(the_only(claims_of(PIPELINE, text), "Airstrike"), text) == {"سراقب"}


def test_a_toll_of_two_places_whose_parts_follow_is_a_report_of_its_own() -> None:
    text = (
        "قتل سبعة مدنيين في غارات روسية على محافظة إدلب.\n\nوقتل خمسة مدنيين في غارة روسية على مدينة سراقب.\n\n"
        "كما قتل مدنيان في غارة روسية على بلدة أريحا."
    )
    claims = claims_of(PIPELINE, text)
    assert counts(the_only(claims, "CasualtyReport")) == {"killed": 7}
    assert [counts(c) for c in of_type(claims, "Airstrike")] == [{"killed": 5}, {"killed": 2}]


def test_there_means_the_place_told_before() -> None:
    text = "دخل مسلحون مدينة سراقب.\n\nوغادر السكان المدينة بعد ساعات من دخول مقاتلي المعارضة أحياء واسعة هناك."
    assert place_words(the_only(claims_of(PIPELINE, text), "Offensive"), text) == {"سراقب"}


def test_the_headline_names_the_province_in_short() -> None:
    headline = "شهداء في غارة للعدوان على صعدة"
    text = (
        f"{headline}\n\n{headline}\n\nاستشهد مواطنان جراء غارة لطيران العدوان استهدفت محافظة صعدة.\n\n"
        "وشن طيران العدوان غارة على قرية تل الزنبق، ما أدى إلى استشهاد مواطنين اثنين."
    )
    claim = the_only(claims_of(PIPELINE, text, title=headline), "Airstrike")
    assert place_words(claim, text) == {"تل الزنبق"}
