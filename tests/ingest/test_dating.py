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
