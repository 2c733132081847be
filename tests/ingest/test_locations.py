"""Locations in Arabic: where a happening took place, and what only says where that place lies."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import claims_of, of_type, place_words


@pytest.mark.parametrize(
    ("text", "kind", "places"),
    [
        ("استهدفت مسيرة سيارة في مدينة منبج بريف حلب، في شمال سوريا.", "Airstrike", {"منبج"}),
        (
            "انسحبت جماعة تنشط في سوريا من خطوط المواجهة في شمالي محافظة حلب.",
            "Withdrawal",
            {"محافظة حلب"},
        ),
        ("استهدفت غارات جوية مواقع في سوريا ولبنان.", "Airstrike", {"سوريا", "لبنان"}),
        ("قصف مدفعي للنظام وروسيا استهدف منازل في قرية آفس.", "Shelling", {"آفس"}),
        ("استعادت دمشق السيطرة على بلدة مورك.", "Takeover", {"مورك"}),
        ('وجه القائد عبر "الرياض" نداء إلى الحوثيين بالانسحاب من قاعدة العند.', "Withdrawal", {"قاعدة العند"}),
        ("قصفت المدفعية بلدة مورك، والعديد من قرى ريف إدلب الشرقي.", "Shelling", {"مورك", "ريف إدلب الشرقي"}),
        (
            "استهدفت بالغارات الجوية العديد من المناطق على مدار الأيام الماضية، أبرزها بلدة مورك ومدينة سراقب.",
            "Airstrike",
            {"مورك", "سراقب"},
        ),
        ("قصفت مقاتلات رتلا في منطقة كرش، الواقعة بين محافظتي لحج وتعز.", "Airstrike", {"منطقة كرش"}),
        ("نفذت طائرات تركية غارات على جبال قنديل شمالي العراق.", "Airstrike", {"جبال قنديل"}),
        ("انسحبت القوات من مدينة الرياض.", "Withdrawal", {"الرياض"}),
    ],
)
def test_where_it_happened(pipeline: Pipeline, text: str, kind: str, places: set[str]) -> None:
    assert place_words(of_type(claims_of(pipeline, text), kind)[-1], text) == places


def test_what_an_operation_is_for_is_no_gain_beside_it(pipeline: Pipeline) -> None:
    claims = claims_of(pipeline, "أعلنت قوات النظام إطلاق عمليات تحرير محافظة إدلب.")
    assert [c.type for c in claims] == ["Offensive"]
