import calendar
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.checking.examples import date_fault
from ingest.dates import DateExpression, DateGrammar
from ingest.datespans import Spans
from ingest.quantities import atoms
from ontology.normal import normal_word

LEXICON = Path(__file__).parents[2] / "ontology" / "lexicon"
GRAMMARS = {language: DateGrammar.load(LEXICON, language) for language in ("ar", "en")}
RULES = {
    language: yaml.safe_load((LEXICON / language / "dates.yaml").read_text(encoding="utf-8"))["rules"]
    for language in GRAMMARS
}
SATURDAY = date(2024, 11, 30)
DAYS = st.dates(date(1950, 1, 1), date(2098, 12, 31))
LEVANT = [
    "كانون الثاني",
    "شباط",
    "آذار",
    "نيسان",
    "أيار",
    "حزيران",
    "تموز",
    "آب",
    "أيلول",
    "تشرين الأول",
    "تشرين الثاني",
    "كانون الأول",
]
GULF = ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"]
MAGHREB = ["جانفي", "فيفري", "مارس", "أفريل", "ماي", "جوان", "جويلية", "أوت", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"]
WEEKDAYS = ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"]
ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def find(language: str, text: str, published: date | None = SATURDAY) -> list[DateExpression]:
    return GRAMMARS[language].find([normal_word(word) for word in text.split(" ")], published)


def only(language: str, text: str, published: date | None = SATURDAY) -> DateExpression:
    found = find(language, text, published)
    assert len(found) == 1, (text, found)
    return found[0]


def cases(key: str) -> list[object]:
    return [
        pytest.param(language, rule["id"], case, id=f"{rule['id']}-{n}")
        for language, rules in RULES.items()
        for rule in rules
        for n, case in enumerate(rule[key])
    ]


@pytest.mark.parametrize(("language", "rule", "case"), cases("examples"))
def test_examples_of_a_rule_match(language: str, rule: str, case: dict[str, str | None]) -> None:
    assert date_fault(GRAMMARS[language], rule, case) is None


@pytest.mark.parametrize(("language", "rule", "text"), cases("not"))
def test_counterexamples_of_a_rule_do_not_match(language: str, rule: str, text: str) -> None:
    assert date_fault(GRAMMARS[language], rule, text) is None


@pytest.mark.parametrize("language", GRAMMARS)
def test_rule_ids_are_unique(language: str) -> None:
    ids = [rule["id"] for rule in RULES[language]]
    assert len(ids) == len(set(ids))


# The strings on which a general date library failed or was right, with a Saturday as publication date.
STRINGS = {
    "منذ 2 شهور": "2024-09/..",
    "منذ شهرين": "2024-09/..",
    "منذ شهور": None,
    "قبل ثلاثة أيام": "2024-11-27",
    "منذ ساعة": "2024-11-29/..",
    "اليوم السبت": "2024-11-30",
    "يوم السبت": "2024-11-30",
    "الليلة الماضية": "2024-11-29/2024-11-30",
    "أمس الجمعة": "2024-11-29",
    "فجر اليوم": "2024-11-30",
    "30 تشرين الثاني 2024": "2024-11-30",
    "٣٠ تشرين الثاني/نوفمبر ٢٠٢٤": "2024-11-30",
    "الخميس الماضي": "2024-11-28",
    "السبت": "2024-11-30",
    "عام 2016": "2016",
    "اليوم": "2024-11-30",
    "أمس": "2024-11-29",
    "غداً": "2024-12-01",
    "مساء أمس": "2024-11-29",
    "منذ يومين": "2024-11-28/..",
    "قبل 3 ساعات": "2024-11-29/2024-11-30",
    "الأسبوع الماضي": "2024-11-23/2024-11-29",
    "الشهر الماضي": "2024-10",
    "30 نوفمبر 2024": "2024-11-30",
    "2024/11/30": "2024-11-30",
}
ABSOLUTE = {"30 تشرين الثاني 2024", "٣٠ تشرين الثاني/نوفمبر ٢٠٢٤", "عام 2016", "30 نوفمبر 2024", "2024/11/30"}


@pytest.mark.parametrize("text", STRINGS)
def test_known_strings(text: str) -> None:
    found = only("ar", text)
    assert (found.first, found.last) == (0, len(text.split(" ")))
    assert found.edtf == STRINGS[text]
    assert found.anchor == ("published" if text not in ABSOLUTE and found.edtf else None)


@pytest.mark.parametrize("text", sorted(set(STRINGS) - ABSOLUTE))
def test_without_publication_date_relative_words_stay_unresolved(text: str) -> None:
    found = only("ar", text, None)
    assert (found.edtf, found.start, found.end, found.anchor) == (None, None, None, None)


@pytest.mark.parametrize("text", sorted(ABSOLUTE))
def test_absolute_dates_need_no_publication_date(text: str) -> None:
    assert only("ar", text, None) == only("ar", text, SATURDAY)


@given(day=DAYS, months=st.sampled_from([LEVANT, GULF, MAGHREB]), style=st.integers(0, 7), indic=st.booleans())
def test_every_arabic_day_parses_back(day: date, months: list[str], style: int, indic: bool) -> None:
    name, other = months[day.month - 1], GULF[day.month - 1]
    text = (
        f"{day.day} {name} {day.year}",
        f"الـ{day.day} من {name} {day.year}",
        f"{day.day} {LEVANT[day.month - 1]}/{other} {day.year}",
        f"{WEEKDAYS[day.weekday()]} {day.day} {name} عام {day.year}",
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day} - {day.month} - {day.year}",
        f"{day.day} {LEVANT[day.month - 1]} / {other} {day.year}",
    )[style]
    found = only("ar", text.translate(ARABIC_INDIC) if indic else text, SATURDAY)
    assert (found.edtf, found.start, found.end) == (day.isoformat(),) * 3
    assert (found.precision, found.anchor, found.kind) == ("day", None, "point")
    assert (found.first, found.last) == (0, len(text.split(" ")))


@given(day=DAYS, style=st.integers(0, 6))
def test_every_english_day_parses_back(day: date, style: int) -> None:
    month, short = calendar.month_name[day.month], calendar.month_abbr[day.month]
    text = (
        f"{month} {day.day} , {day.year}",
        f"{month} {day.day} {day.year}",
        f"{day.day} {month} {day.year}",
        f"{short}. {day.day} , {day.year}",
        f"{day.day} {short} {day.year}",
        f"{calendar.day_name[day.weekday()]} , {month} {day.day} , {day.year}",
        day.isoformat(),
    )[style]
    found = only("en", text, None)
    assert found.edtf == day.isoformat()
    assert (found.first, found.last) == (0, len(text.split(" ")))


@given(day=DAYS, weekday=st.integers(0, 6))
def test_weekdays_lie_where_their_words_say(day: date, weekday: int) -> None:
    name = WEEKDAYS[weekday]
    plain, past, coming = (
        date.fromisoformat(str(only("ar", text, day).start)) for text in (name, f"{name} الماضي", f"{name} المقبل")
    )
    assert {plain.weekday(), past.weekday(), coming.weekday()} == {weekday}
    assert timedelta(0) <= day - plain < timedelta(7)
    assert timedelta(0) < day - past <= timedelta(7)
    assert timedelta(0) < coming - day <= timedelta(7)


@given(day=DAYS, text=st.sampled_from(sorted(t for t in STRINGS if not normal_word(t[0]).isdigit())))
def test_a_conjunction_before_it_changes_nothing(day: date, text: str) -> None:
    assert only("ar", "و" + text, day) == only("ar", text, day)


@given(published=DAYS, day=DAYS)
def test_a_day_without_year_is_at_most_a_day_after_publication(published: date, day: date) -> None:
    found = only("ar", f"{day.day} {GULF[day.month - 1]}", published)
    resolved = date.fromisoformat(str(found.start))
    assert (resolved.month, resolved.day) == (day.month, day.day)
    assert resolved <= published + timedelta(1)
    assert found.anchor == "published"


WORDS = sorted(
    word for rules in RULES.values() for rule in rules for case in rule["examples"] for word in case["text"].split()
)


WHOLE = [word for word in WORDS if len(atoms([word])[0]) == 1]
# Words that open an expression only where a word of time or number comes next.
LEADING = [
    "في",
    "من",
    "على",
    "إلى",
    "ما",
    "كما",
    "بين",
    "خلال",
    "نحو",
    "غضون",
    "on",
    "the",
    "from",
    "for",
    "over",
    "at",
]


@given(
    words=st.lists(st.sampled_from([*WORDS, "\n", "قتلى", "", ".", "،"]), max_size=12),
    published=st.none() | DAYS,
    language=st.sampled_from(sorted(GRAMMARS)),
)
def test_expressions_are_ordered_and_hold_together(words: list[str], published: date | None, language: str) -> None:
    at = 0
    for found in GRAMMARS[language].find([normal_word(word) for word in words], published):
        assert at <= found.first < found.last <= len(words)
        assert "\n" not in words[found.first : found.last]
        assert (found.edtf is None) == (found.start is None and found.end is None)
        assert not (found.anchor and published is None)
        if found.start and found.end:
            assert found.start <= found.end
        at = found.last


@given(
    words=st.lists(st.sampled_from([*WHOLE, *LEADING, "قتلى", "people", "،", "27"]), max_size=8),
    language=st.sampled_from(sorted(GRAMMARS)),
)
def test_where_the_grammar_does_not_look_no_expression_begins(words: list[str], language: str) -> None:
    normal = [normal_word(word) for word in words]
    scan = Spans(GRAMMARS[language], normal, SATURDAY)
    wanted, at = [], 0
    for i in range(len(normal)):
        if i >= at and (hit := scan.match(i)) is not None:
            wanted.append((i, hit.end))
            at = hit.end
    assert [(found.first, found.last) for found in GRAMMARS[language].find(normal, SATURDAY)] == wanted


def test_a_line_end_ends_an_expression() -> None:
    assert [found.edtf for found in find("ar", "30 نوفمبر \n 2024", SATURDAY)] == ["2024-11-30"]
    assert [found.anchor for found in find("ar", "30 نوفمبر \n 2024", SATURDAY)] == ["published"]
