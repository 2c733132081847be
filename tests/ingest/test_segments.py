"""Zones and sentences: every token is in one of each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pipeline import Pipeline
from ingest.reading import Reading
from ingest.segments import BODY, DATELINE, FOOTER, REPEATED_TITLE, TITLE
from tests.ingest.extracting import read

PIPELINE = Pipeline()
HEADLINE = "غارات على ريف إدلب .. ونزوح مئات العائلات"
ARTICLE = f"""{HEADLINE}

منذ 3 أيام
{HEADLINE}

قتل ستة مدنيين في غارة على مدينة سراقب. ونزحت مئات العائلات من البلدة.. وأغلقت المدارس.

وقال السكان إن القصف “لم يتوقف”. وأضافوا أن الطريق مغلق!

المصدر: وكالات

شارك"""


def zones(text: str, title: str | None = None) -> dict[str, str]:
    """Line → the zone of its first word."""
    reading = read(PIPELINE, text, title=title)
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n")):
        at = sum(len(earlier) + 1 for earlier in text.split("\n")[:number])
        inside = [reading.zones[i] for i in range(len(reading)) if at <= reading.starts[i] < at + len(line)]
        if inside:
            assert len(set(inside)) == 1, (line, inside)
            found[f"{number}: {line[:20]}"] = inside[0]
    return found


def sentences(text: str, title: str | None = None) -> list[str]:
    reading = read(PIPELINE, text, title=title)
    return [text[reading.starts[a] : reading.ends[b - 1]] for a, b in reading.sentences]


def check(reading: Reading) -> None:
    assert len(reading.zones) == len(reading.sentence_of) == len(reading)
    covered = [i for a, b in reading.sentences for i in range(a, b)]
    assert covered == sorted(set(covered)), "sentences overlap or are out of order"
    for number, (a, b) in enumerate(reading.sentences):
        assert a < b
        assert reading.sentence_of[a:b] == [number] * (b - a)
        assert "\n" not in reading.text[reading.starts[a] : reading.ends[b - 1]].strip()
        assert len(set(reading.zones[a:b])) == 1, "a sentence stands in one zone"
    words = {i for i in range(len(reading)) if not reading.punct[i]}
    assert words <= set(covered), "every word is in a sentence"


def test_headline_dateline_repeat_body_and_footer_are_told_apart() -> None:
    assert list(zones(ARTICLE).values()) == [TITLE, DATELINE, REPEATED_TITLE, BODY, BODY, FOOTER, FOOTER]


def test_the_sentences_of_an_article() -> None:
    assert sentences(ARTICLE) == [
        HEADLINE,
        "منذ 3 أيام",
        HEADLINE,
        "قتل ستة مدنيين في غارة على مدينة سراقب.",
        "ونزحت مئات العائلات من البلدة..",
        "وأغلقت المدارس.",
        "وقال السكان إن القصف “لم يتوقف”.",
        "وأضافوا أن الطريق مغلق!",
        "المصدر: وكالات",
        "شارك",
    ]


def test_two_points_are_a_dash_in_the_headline_and_an_end_in_the_body() -> None:
    body = f"مقدمة الخبر.\n{HEADLINE}\nتتمة."
    assert HEADLINE in sentences(ARTICLE)
    assert "غارات على ريف إدلب .." in sentences(body)


def test_a_given_title_marks_the_headline_even_where_it_ends_in_a_full_stop() -> None:
    title = "مقتل ستة مدنيين في غارة على سراقب."
    assert list(zones(f"{title}\nوقال السكان إن الغارة وقعت ليلا.", title).values()) == [TITLE, BODY]


def test_a_text_of_one_line_is_body() -> None:
    assert list(zones("مقتل ستة مدنيين في غارة على سراقب").values()) == [BODY]


def test_a_first_line_that_ends_in_a_full_stop_is_body() -> None:
    assert list(zones("قتل ستة مدنيين في غارة.\nوقال السكان إن الغارة وقعت ليلا.").values()) == [BODY, BODY]


@pytest.mark.parametrize(
    "line",
    [
        "المصدر: وكالات",
        "المصدر : رويترز",
        "شارك",
        "طباعة",
        "اقرأ أيضاً: غارات جديدة",
        "كلمات مفتاحية: حلب",
        "Source: agencies",
        "Read more: airstrikes",
        "Tags: Aleppo",
    ],
)
def test_footers(line: str) -> None:
    assert list(zones(f"قتل ستة مدنيين في غارة.\n\n{line}").values())[-1] == FOOTER


@pytest.mark.parametrize("heading", ["مقالات ذات صلة", "أخبار متعلقة:", "Related articles"])
def test_the_headlines_of_other_articles_are_no_part_of_this_one(heading: str) -> None:
    text = f"قتل ستة مدنيين في غارة على سراقب.\n\n{heading}\n\nالفصائل تسيطر على مورك\n\nقصف على آفس"
    assert list(zones(text).values())[1:] == [FOOTER, FOOTER, FOOTER]


@pytest.mark.parametrize("heading", ["السابق", "المقال التالي", "Next Post", "previous post: Clashes near Afis"])
def test_behind_the_way_to_the_next_article_stand_headlines_of_others(heading: str) -> None:
    text = f"قتل ستة مدنيين في غارة على سراقب.\n\n{heading}\n\nغارة على مورك\n\nبعبوة ناسفة.. مقتل 5 من الفرقة…"
    assert set(list(zones(text).values())[1:]) == {FOOTER}


def test_a_page_of_nothing_but_related_headlines_tells_nothing() -> None:
    assert set(zones("مقالات ذات صلة\n\nقصف على آفس\n\nالفصائل تسيطر على مورك").values()) == {FOOTER}


def test_related_headlines_may_stand_between_the_headline_and_the_lead() -> None:
    text = "\n\n".join(
        [
            "Date:",
            "Two children injured in the shelling of Saraqib, October 20",
            "Related News",
            "Man killed in an air strike on Nubl, September 3",
            "A rocket attack on the city of Saraqib on October 20 injured two children.",
            "The rockets landed near a school",
        ]
    )
    assert list(zones(text).values()) == [BODY, TITLE, FOOTER, FOOTER, BODY, BODY]


def test_the_headline_behind_read_also_is_of_another_article() -> None:
    text = "قتل ستة مدنيين في غارة على سراقب.\n\nاقرأ أيضًا:\n\nغارة على مورك\n\nوأضاف السكان أن القصف مستمر."
    assert list(zones(text).values()) == [BODY, FOOTER, FOOTER, BODY]


def test_news_that_open_a_text_are_no_related_articles() -> None:
    assert list(zones("أخبار متعلقة\n\nقتل ستة مدنيين في غارة على سراقب.").values())[-1] == BODY


@pytest.mark.parametrize(
    "line",
    [
        "منذ شهرين",
        "منذ 2 شهور",
        "نشر في 30 نوفمبر 2024",
        "آخر تحديث: 14:30",
        "30/11/2024",
        "2024-11-30 14:30",
        "Updated 3 hours ago",
    ],
)
def test_datelines(line: str) -> None:
    assert list(zones(f"غارات على إدلب\n{line}\nقتل ستة مدنيين في غارة.").values())[1] == DATELINE


def test_a_sentence_of_the_body_is_no_footer_and_no_dateline() -> None:
    text = (
        "غارات على إدلب\n"
        "منذ سنوات والقصف يطال المدينة وريفها وقتل ستة مدنيين في غارة أمس على السوق.\n"
        "شارك الجيش في المعركة."
    )
    assert list(zones(text).values()) == [TITLE, BODY, BODY]


def test_closing_quotes_stay_with_their_sentence() -> None:
    assert sentences("قال إن القصف “توقف.” وانسحب الجيش.") == ["قال إن القصف “توقف.”", "وانسحب الجيش."]


def test_an_abbreviation_ends_no_sentence() -> None:
    assert sentences("وقال د. سامر إن القصف توقف.") == ["وقال د. سامر إن القصف توقف."]


def test_figures_before_a_full_stop_end_a_sentence() -> None:
    assert sentences("ارتفع العدد إلى 327. وانسحب الجيش عام 2016. ثم عاد") == [
        "ارتفع العدد إلى 327.",
        "وانسحب الجيش عام 2016.",
        "ثم عاد",
    ]


def test_points_apart_make_no_sentence_of_their_own() -> None:
    assert sentences("تحت سيطرة المسلحين. .\nوانسحب الجيش.") == ["تحت سيطرة المسلحين. .", "وانسحب الجيش."]


PIECES = st.sampled_from(
    [
        "غارة",
        "على",
        "حلب",
        "قتل",
        "16",
        "٣٤٣",
        "،",
        ".",
        "..",
        "؟",
        "!",
        "؛",
        ":",
        "“",
        "”",
        "(",
        ")",
        "\n",
        "\n\n",
        " ",
        "د",
        "#",
        "المصدر:",
        "شارك",
        "منذ",
        "\t",
        "\r\n",
        "\u200f",
        "|",
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_every_token_is_in_one_zone_and_every_word_in_one_sentence(pieces: list[str]) -> None:
    check(read(PIPELINE, " ".join(pieces)))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_segmented(text: str) -> None:
    check(read(PIPELINE, text))


def test_the_article_is_covered() -> None:
    check(read(PIPELINE, ARTICLE))


def test_what_a_crawler_ran_into_the_lead_is_no_part_of_it() -> None:
    lead = "Army jets bombed Saraqib on Sunday."
    for furniture in ("Published October 29 2014", "Date of publication 5 July 2016", "AFP Sunday 30 Mar 2014"):
        reading = read(PIPELINE, f"{furniture} {lead}", language="en")
        assert [reading.zones[a] for a, _ in reading.sentences] == [DATELINE, BODY], furniture
    reading = read(PIPELINE, f"Tags Syria Idlib Deir az-Zour Air raids {lead}", language="en")
    assert [reading.zones[a] for a, _ in reading.sentences] == [FOOTER, BODY]
    title = "Air raids kill nine in Saraqib"
    reading = read(PIPELINE, f"October 5 2017 {title} {lead}", title=f"{title} - The Daily Paper", language="en")
    assert [reading.zones[a] for a, _ in reading.sentences] == [DATELINE, REPEATED_TITLE, BODY]
    running_on = read(PIPELINE, f"{title} on Sunday. {lead}", title=title, language="en")
    assert running_on.zones[0] == BODY


def test_a_date_within_a_sentence_opens_no_dateline() -> None:
    for text in ("On 5 July 2016 Syrian jets bombed Saraqib.", "Since October 5 2017 the road is closed."):
        assert set(read(PIPELINE, text, language="en").zones) == {BODY}
