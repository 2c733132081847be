"""Dating: the day of an event is that of its clause, else the day that frames the news, else none."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Article, EventDate, Span
from tests.ingest.extracting import claims_of

PUBLISHED = "2024-11-30"


def day(pipeline: Pipeline, text: str, title: str | None = None) -> EventDate | None:
    (claim,) = pipeline.extract(Article(text, "ar", title=title, published=PUBLISHED)).claims
    return claim.date


@pytest.mark.parametrize("title", ["ميدانيات 30 تشرين الثاني 2024", "حصاد يوم 30/11/2024", "أحداث 30 نوفمبر"])
def test_a_day_that_only_the_title_states_frames_the_news_and_has_no_characters(pipeline: Pipeline, title: str) -> None:
    when = day(pipeline, "شن الطيران الروسي غارات على مدينة سراقب.", title)
    assert when is not None
    assert (when.start, when.anchor, when.span) == (PUBLISHED, "title", Span(0, 0))


@pytest.mark.parametrize("title", ["ذكرى 30 تشرين الثاني 2016", "ميدانيات تشرين الثاني 2024", "أخبار اليوم", None])
def test_a_title_that_states_no_day_near_publication_frames_nothing(pipeline: Pipeline, title: str | None) -> None:
    assert day(pipeline, "شن الطيران الروسي غارات على مدينة سراقب.", title) is None


def test_the_words_of_the_event_go_before_the_title(pipeline: Pipeline) -> None:
    when = day(pipeline, "شن الطيران الروسي غارات على مدينة سراقب أمس.", "ميدانيات 30 تشرين الثاني 2024")
    assert when is not None
    assert when.start == "2024-11-29"


def test_a_day_counted_in_a_war_dates_the_news(pipeline: Pipeline) -> None:
    when = day(pipeline, "في اليوم الـ421 من الحرب على غزة، شن الطيران الإسرائيلي غارات على مدينة رفح.")
    assert when is not None
    assert (when.start, when.anchor, when.rule) == (PUBLISHED, None, "ar.date.counted")


def test_what_news_measures_by_is_no_date(pipeline: Pipeline) -> None:
    assert day(pipeline, "شن الطيران الروسي الغارات الأعنف هذا العام على مدينة سراقب.") is None


@pytest.mark.parametrize("day", ["اليوم الأحد", "اليوم السبت", "صباح اليوم الاثنين", "أمس الأحد"])
def test_what_is_told_as_of_today_is_news_whatever_day_the_page_is_dated(pipeline: Pipeline, day: str) -> None:
    text = f"قصف الجيش بلدة سرمين {day}."  # published on a Saturday
    assert [c.modality.value for c in claims_of(pipeline, text)] == ["asserted"]


def test_tomorrow_is_no_news_of_today(pipeline: Pipeline) -> None:
    text = "يبدأ انسحاب الجيش من بلدة سرمين غدا الأحد."
    assert [c.modality.value for c in claims_of(pipeline, text)] == ["planned"]


SUNDAY, TUESDAY = "2024-12-01", "2024-12-03"


def days(pipeline: Pipeline, text: str, language: str) -> set[str | None]:
    """The days of all claims of a text that was published on a Tuesday."""
    claims = claims_of(pipeline, text, language=language, published=TUESDAY)
    assert claims
    return {claim.date.start if claim.date is not None else None for claim in claims}


@pytest.mark.parametrize(
    "text",
    [
        "قال المرصد السوري لحقوق الإنسان اليوم الثلاثاء إن حصيلة الغارة على مدينة أريحا يوم الأحد ارتفعت إلى 15 قتيلاً.",
        "قال المرصد السوري لحقوق الإنسان الثلاثاء إن حصيلة الغارة على مدينة أريحا الأحد ارتفعت إلى 15 قتيلاً.",
        "قَالَ المرصدُ السوريُّ لحقوق الإنسان اليومَ الثُّلاثاءَ إنَّ غارةً على مدينةِ أريحا يومَ الأحدِ قتلتْ 15 مدنياً.",
        "أعلن الدفاع المدني السوري، اليوم الثلاثاء، في بيان أن غارة استهدفت مدينة أريحا يوم الأحد قتلت 15 مدنياً.",
        "أعلنت وزارة الصحة في بيان أصدرته أمس الاثنين أن غارة على بلدة سرمين وقعت الأحد قتلت سبعة أشخاص.",
        "وأوضح بيان للجيش صدر مساء الاثنين أن طائراته شنت يوم الأحد غارات على مدينة سراقب.",
        "أفاد المرصد السوري لحقوق الإنسان اليوم (الثلاثاء) بمقتل خمسة مدنيين في غارة على مدينة أريحا أول من أمس.",
        "اليوم الثلاثاء، أعلن المرصد السوري لحقوق الإنسان أن غارة الأحد على مدينة أريحا قتلت 15 مدنياً.",
        "قتل تسعة مدنيين في غارة على مدينة أريحا الأحد، حسبما أفاد الدفاع المدني السوري الثلاثاء.",
        "نقلت رويترز عن المرصد السوري لحقوق الإنسان يوم الثلاثاء أن قصفاً جوياً استهدف مدينة سراقب الأحد.",
        "قال المرصد السوري، الذي يتخذ من بريطانيا مقراً له، الثلاثاء إن قصفاً جوياً على مدينة أريحا الأحد قتل ستة.",
        (
            "أعلن المرصد السوري لحقوق الإنسان اليوم الثلاثاء ارتفاع حصيلة الغارة على مدينة أريحا إلى 15 قتيلاً. "
            "وكانت الغارة قد استهدفت سوق المدينة يوم الأحد."
        ),
    ],
)
def test_the_day_of_an_arabic_saying_is_not_that_of_what_is_told(pipeline: Pipeline, text: str) -> None:
    assert days(pipeline, text, "ar") == {SUNDAY}


@pytest.mark.parametrize(
    "text",
    [
        "The White Helmets said Tuesday that an airstrike on the town of Ariha killed nine civilians on Sunday.",
        "The White Helmets said in a statement on Tuesday that the Sunday airstrike on the town of Ariha killed nine.",
        "In a statement released on Tuesday, the army said an airstrike on Sunday killed nine in the town of Ariha.",
        "According to a statement on Tuesday, an airstrike on the town of Ariha killed nine civilians on Sunday.",
        "On Tuesday, the White Helmets said an airstrike on the town of Ariha on Sunday killed nine civilians.",
        "The White Helmets on Tuesday said an airstrike on the town of Ariha on Sunday killed nine civilians.",
        "A rescuer told reporters in Idlib on Tuesday that Sunday's airstrike on the town of Ariha killed nine people.",
        "An airstrike on the town of Ariha killed nine civilians on Sunday, the White Helmets told Reuters on Tuesday.",
    ],
)
def test_the_day_of_an_english_saying_is_not_that_of_what_is_told(pipeline: Pipeline, text: str) -> None:
    assert days(pipeline, text, "en") == {SUNDAY}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "أعلنت وزارة الدفاع اليوم الثلاثاء أن ثلاثة جنود قتلوا في قصف مدفعي على مدينة سراقب."),
        ("ar", "أعلنت هيئة تحرير الشام الثلاثاء سيطرتها على مدينة معرة النعمان."),
        ("ar", "رصد المرصد السوري لحقوق الإنسان، الثلاثاء، غارات على مدينة سراقب ثم على قرى تقصف منذ الأحد."),
        ("en", "The Syrian army said on Tuesday that an airstrike killed nine soldiers in the town of Ariha."),
        ("en", "The Syrian army said in a statement that warplanes on Tuesday struck the town of Ariha."),
        ("en", "On Tuesday, residents said, warplanes struck the town of Ariha."),
    ],
)
def test_the_day_of_saying_dates_what_is_told_without_a_day(pipeline: Pipeline, language: str, text: str) -> None:
    assert days(pipeline, text, language) == {TUESDAY}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "ar",
            (
                "قال المرصد السوري لحقوق الإنسان الثلاثاء إن غارة على مدينة أريحا قتلت خمسة مدنيين، "
                "وإن غارة أخرى على مدينة سراقب يوم الأحد قتلت سبعة."
            ),
        ),
        (
            "en",
            (
                "The White Helmets said on Tuesday that an airstrike killed five civilians in the town of Ariha, "
                "and an airstrike on Sunday killed two in the town of Saraqib."
            ),
        ),
    ],
)
def test_the_day_of_another_happening_is_not_taken(pipeline: Pipeline, language: str, text: str) -> None:
    assert days(pipeline, text, language) == {SUNDAY, TUESDAY}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "قال المرصد السوري لحقوق الإنسان الثلاثاء إن الغارات قتلت 74 مدنياً في محافظة إدلب منذ بدء الهجوم."),
        ("ar", "قالت وزارة الصحة اليوم الثلاثاء إن 450 مدنياً قتلوا في الغارات على محافظة إدلب منذ تشرين الأول."),
        ("en", "The monitor said on Tuesday that airstrikes have killed 74 civilians in Idlib province since October."),
        (
            "en",
            (
                "The Syrian Observatory for Human Rights said on Tuesday that airstrikes have killed 74 civilians "
                "in Idlib province since the start of the offensive."
            ),
        ),
    ],
)
def test_what_counts_on_from_some_time_is_not_of_the_day_of_saying(
    pipeline: Pipeline, language: str, text: str
) -> None:
    assert days(pipeline, text, language) == {None}


def test_the_deadliest_since_is_of_the_day_of_saying(pipeline: Pipeline) -> None:
    text = "قال المرصد السوري لحقوق الإنسان الثلاثاء إن غارة على مدينة أريحا قتلت 15 مدنياً، وهي الأعنف منذ أشهر."
    assert days(pipeline, text, "ar") == {TUESDAY}
