"""Short reports as social media write them: what is struck, with what, and what only sounds like a plan."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Article, Modality


def strikes(pipeline: Pipeline, text: str) -> list[tuple[str, str]]:
    claims = pipeline.extract(Article(text, "ar")).claims
    return [(c.type, str(c.modality)) for c in claims if c.type in ("Airstrike", "Shelling")]


@pytest.mark.parametrize(
    "text",
    [
        "استشهاد امرأة وطفلتها بقصف مدفعي على قرية النيرب",
        "قتيل وعدة إصابات بقصف مدفعي للنظام على بلدة كفرنبل",
        "إصابة امرأة جراء قصف استهدف بلدة كفرنبل",
    ],
)
def test_a_woman_and_several_are_no_plan(pipeline: Pipeline, text: str) -> None:
    """امرأة is not "his order" and وعدة not "he promised him": written ة is no pronoun."""
    assert strikes(pipeline, text) == [("Shelling", Modality.ASSERTED)]


def test_what_a_plan_speaks_of_has_happened(pipeline: Pipeline) -> None:
    text = "يحاول الأهالي الهرب من القذائف التي استهدفت مدينة سرمدا وأدت إلى مقتل 4 أشخاص"
    assert strikes(pipeline, text) == [("Shelling", Modality.ASSERTED)]
    planned = "دعا الجيش السكان إلى إخلاء البلدة بسبب القصف على مدينة سرمدا"
    assert strikes(pipeline, planned) == [("Shelling", Modality.ASSERTED)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("شهيدان جراء استهداف مدينة مارع بصواريخ الكاتيوشا", "Shelling"),
        ("جرحى إثر استهداف مشفى مدينة مارع", "Shelling"),
        ("ومسيرة تركية تقتل قياديا قرب مدينة الباب", "Airstrike"),
        ("سقوط أكثر من سبعة صواريخ على بلدة مارع", "Shelling"),
        ("أصيب مدنيان جراء عدوان جوي على بلدة الضمير", "Airstrike"),
    ],
)
def test_a_strike_has_means_or_a_toll(pipeline: Pipeline, text: str, kind: str) -> None:
    assert strikes(pipeline, text) == [(kind, Modality.ASSERTED)]


@pytest.mark.parametrize(
    "text",
    [
        "استهدفت الفصائل مواقع قوات النظام",
        "مقتل شاب بعد استهدافه برصاص مجهولين في بلدة مارع",
        "أدان الوزير العدوان على المدنيين في مدينة حمص",
        "سقوط مدينة سراقب بيد قوات النظام",
    ],
)
def test_targeting_alone_is_no_strike(pipeline: Pipeline, text: str) -> None:
    assert strikes(pipeline, text) == []


@pytest.mark.parametrize(
    ("text", "killed"),
    [
        ("استشهاد امرأة وطفلتها بقصف مدفعي على بلدة مارع", 2),
        ("قصف على بلدة مارع أدى إلى استشهاد رجلين وطفل وإصابة أربع نساء", 3),
        ("قتل رجل وزوجته بقصف مدفعي على بلدة مارع", 2),
        ("قتل 4 أطفال من عائلة واحدة بقصف مدفعي على بلدة مارع", 4),
        ("مقتل طفل بقصف مدفعي على بلدة مارع", 1),
    ],
)
def test_people_joined_by_and_are_one_count(pipeline: Pipeline, text: str, killed: int) -> None:
    claims = [c for c in pipeline.extract(Article(text, "ar")).claims if c.type == "Shelling"]
    assert [f.best for c in claims for f in c.figures if f.category == "killed"] == [killed]


def test_east_of_a_city_is_not_in_it(pipeline: Pipeline) -> None:
    text = "قصف مدفعي على قرية الشنهصة شرق حلب"
    (claim,) = pipeline.extract(Article(text, "ar")).claims
    (place,) = claim.places
    assert place.span.of(text) == "الشنهصة"
    assert place.within
    assert all(area.lat is None for area in place.within), "no point is given for what only lies east of it"


def test_the_name_of_a_saved_page_is_no_place(pipeline: Pipeline) -> None:
    text = "مركز إعلام الحسكة - سقوط صاروخ\nFacebookمركز إعلام الحسكة's Post\n\nسقوط صاروخ في بلدة مارع وإصابة طفل"
    places = [p.span.of(text) for c in pipeline.extract(Article(text, "ar")).claims for p in c.places]
    assert places == ["مارع"]


def test_what_belongs_to_a_district_is_not_in_its_city(pipeline: Pipeline) -> None:
    text = "قصف مدفعي على قرية الشنهصة التابعة لمدينة الرقة"
    (claim,) = pipeline.extract(Article(text, "ar")).claims
    assert [p.span.of(text) for p in claim.places] == ["الشنهصة"]
    assert all(area.lat is None for p in claim.places for area in p.within)


@pytest.mark.parametrize(
    ("text", "language", "told", "read_in"),
    [
        ("Copy link to post\n\nقصف مدفعي على مدينة مارع قبل قليل\n\n2 Likes", "en", ["Shelling"], "ar"),
        (
            "مشاركة المنشور\n\nThe shelling hit the town of Marea at dawn and after.",
            "ar",
            ["Shelling"],
            "en",
        ),
        # What tells of something in its own language is read in that one.
        ("Artillery shelled the town of Marea.\n\nقصف مدفعي على مدينة تدمر قبل قليل", "en", ["Shelling"], "en"),
        ("Nothing happened here today.\n\nعاد الأهالي إلى السوق صباح اليوم", "en", [], "en"),
    ],
)
def test_a_post_is_read_in_its_own_language(
    pipeline: Pipeline, text: str, language: str, told: list[str], read_in: str
) -> None:
    extraction = pipeline.extract(Article(text, language))
    assert [claim.type for claim in extraction.claims if claim.type != "RoadClosure"] == told
    assert extraction.article.language == read_in
    assert pipeline.explain(Article(text, language)).article.language == read_in


def test_a_weapon_belongs_to_its_noun_however_long_the_object_is(pipeline: Pipeline) -> None:
    text = "إصابة رجل جراء استهداف منزله على أطراف قرية أم الحصى بريف مدينة الباب شرق حلب بصاروخ موجه"
    assert strikes(pipeline, text) == [("Shelling", Modality.ASSERTED)]
    apart = "إصابة رجل جراء استهداف منزله على أطراف قرية أم الحصى، وفي السوق احتفل شبان بصاروخ ورقي"
    assert strikes(pipeline, apart) == strikes(pipeline, apart.split("،")[0])
