"""Who and what a text names: registered names, composed names, populations, facilities."""

import pytest

from ingest.mentions import ACTOR, FACILITY, PEOPLE, SOURCE, Mention
from ingest.pipeline import Pipeline
from tests.ingest.extracting import read


def mentions(pipeline: Pipeline, text: str, language: str = "ar") -> list[tuple[str, str]]:
    return [(m.kind, m.span.of(text)) for m in read(pipeline, text, language=language).mentions]


def mention(pipeline: Pipeline, text: str, words: str) -> Mention:
    found = [m for m in read(pipeline, text).mentions if m.span.of(text) == words]
    assert found, [(m.kind, m.span.of(text)) for m in read(pipeline, text).mentions]
    return found[0]


@pytest.mark.parametrize(
    ("text", "words", "entry"),
    [
        ("تقدمت هيئة تحرير الشام في المدينة.", "هيئة تحرير الشام", "hts"),
        ("وقال مسؤول إن لهيئة تحرير الشام مقرات.", "هيئة تحرير الشام", "hts"),
        ("انسحبت قوات سوريا الديمقراطية من القرية.", "قوات سوريا الديمقراطية", "sdf"),
        ("قصفت قسد البلدة.", "قسد", "sdf"),
        ("والجيش السوري ينتشر في البلدة.", "الجيش السوري", None),
    ],
)
def test_registered_actors_are_found_behind_proclitics(
    pipeline: Pipeline, text: str, words: str, entry: str | None
) -> None:
    found = mention(pipeline, text, words)
    assert found.kind == ACTOR
    assert found.entry is not None
    assert entry is None or found.entry.id.endswith(entry)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("تقدم مسلحون موالون لإيران في البلدة.", "مسلحون موالون لإيران"),
        ("اندلعت اشتباكات مع فصائل مسلحة في الريف.", "فصائل مسلحة"),
        ("قتل مقاتلو حركة حماس في الغارة.", "مقاتلو حركة حماس"),
        ("استهدف القصف رتل عسكري تابع لهيئة تحرير الشام.", "رتل عسكري تابع لهيئة تحرير الشام"),
        ("أغارت طائرات حربية روسية على البلدة.", "طائرات حربية روسية"),
    ],
)
def test_an_actor_that_nobody_listed_is_found_under_its_own_words(pipeline: Pipeline, text: str, words: str) -> None:
    assert (ACTOR, words) in mentions(pipeline, text)


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("قتل المدنيون في السوق.", "المدنيون", PEOPLE),
        ("نزح سكان القرية.", "سكان", PEOPLE),
        ("طالت الغارة المستشفى ليلا.", "المستشفى", FACILITY),
        ("أكدت رويترز ذلك.", "رويترز", SOURCE),
        ("أكد المرصد السوري لحقوق الإنسان ذلك.", "المرصد السوري لحقوق الإنسان", SOURCE),
    ],
)
def test_kinds_of_mentions(pipeline: Pipeline, text: str, words: str, kind: str) -> None:
    assert (kind, words) in mentions(pipeline, text)


@pytest.mark.parametrize(
    ("words", "gender", "number"),
    [
        ("الفصائل المسلحة", "f", "s"),
        ("المسلحون", "m", "p"),
        ("الجيش السوري", "m", "s"),
        ("القوات الكردية", "f", "s"),
        ("جماعة الحوثي", "f", "s"),
    ],
)
def test_a_mention_carries_what_agreement_needs(pipeline: Pipeline, words: str, gender: str, number: str) -> None:
    found = mention(pipeline, f"أعلن المتحدث أن {words} في المدينة.", words)
    assert (found.gender, found.number) == (gender, number)


@pytest.mark.parametrize(
    "text",
    [
        "احتج الطلاب على رسوم الجامعة.",
        "فاز المنتخب في المباراة.",
        "سقطت طائرة ركاب مدنية.",
        "خرجت مسيرة احتجاجية سلمية.",
        "ارتفعت أسعار الحركة التجارية.",
        "افتتحت وحدة سكنية جديدة.",
    ],
)
def test_no_actor_is_invented(pipeline: Pipeline, text: str) -> None:
    assert not [words for kind, words in mentions(pipeline, text) if kind == ACTOR]


def test_proclitics_that_can_be_cut_are_no_part_of_the_mention(pipeline: Pipeline) -> None:
    text = "دارت اشتباكات بقوات سوريا الديمقراطية وبالفصائل المسلحة."
    words = {w for _, w in mentions(pipeline, text)}
    assert {"قوات سوريا الديمقراطية", "الفصائل المسلحة"} <= words


def test_the_surface_form_is_kept_apart_from_the_entity(pipeline: Pipeline) -> None:
    text = "قصفت الطائرات مواقع جبهة النصرة في إدلب."
    found = mention(pipeline, text, "جبهة النصرة")
    assert found.entry is not None
    assert found.entry.get("names")["ar"] != "جبهة النصرة"
