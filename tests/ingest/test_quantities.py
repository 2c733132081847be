from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.checking.examples import quantity_fault
from ingest.dates import DateGrammar
from ingest.quantities import Quantity, QuantityGrammar
from ontology.normal import normal_word
from tests.ingest.number_words import arabic, english

LEXICON = Path(__file__).parents[2] / "ontology" / "lexicon"
GRAMMARS = {language: QuantityGrammar.load(LEXICON, language) for language in ("ar", "en")}


def groups(language: str) -> list[tuple[str, dict[str, list[object]]]]:
    lexicon = yaml.safe_load((LEXICON / language / "numbers.yaml").read_text(encoding="utf-8"))
    entries = [*lexicon["rules"], *lexicon["comparators"], lexicon["between"], lexicon["range"], *lexicon["vague"]]
    return [(e["id"] if "." in e["id"] else f"{language}.number.{e['id']}", e) for e in entries]


def cases(key: str) -> list[object]:
    return [
        pytest.param(language, rule, case, id=f"{rule}-{n}")
        for language in GRAMMARS
        for rule, entry in groups(language)
        for n, case in enumerate(entry[key])
    ]


def find(language: str, text: str) -> list[Quantity]:
    return GRAMMARS[language].find([normal_word(word) for word in text.split(" ")])


def value(language: str, text: str) -> int | None:
    found = find(language, text)
    assert len(found) == 1, (text, found)
    assert (found[0].first, found[0].last) == (0, len(text.split(" "))), (text, found)
    return found[0].best


@pytest.mark.parametrize(("language", "rule", "case"), cases("examples"))
def test_examples_of_a_rule_match(language: str, rule: str, case: dict[str, object]) -> None:
    assert quantity_fault(GRAMMARS[language], rule, case) is None


@pytest.mark.parametrize(("language", "rule", "text"), cases("not"))
def test_counterexamples_of_a_rule_do_not_match(language: str, rule: str, text: str) -> None:
    assert quantity_fault(GRAMMARS[language], rule, text) is None


@pytest.mark.parametrize(
    ("text", "best", "comparator"),
    [
        ("ست", 6, "="),
        ("ألفين", 2000, "="),
        ("خمسة عشر", 15, "="),
        ("ثلاثمئة وثلاثة وأربعين", 343, "="),
        ("احد عشر", 11, "="),
        ("مئتي", 200, "="),
        ("عشرات", None, ">="),
        ("مئات", None, ">="),
        ("آلاف", None, ">="),
        ("بضعة", None, ">="),
        ("مئات الآلاف", None, ">="),
    ],
)
def test_number_words(text: str, best: int | None, comparator: str) -> None:
    found = find("ar", text)[0]
    assert (found.best, found.comparator) == (best, comparator)
    assert found.last == len(text.split())


@pytest.mark.parametrize("oblique", [False, True])
def test_all_arabic_numbers_to_9999(oblique: bool) -> None:
    grammar = GRAMMARS["ar"]
    for number in range(1, 10_000):
        text = arabic(number, number % 4, oblique, old=oblique)
        words = [normal_word(word) for word in text.split()]
        assert [(q.best, q.last) for q in grammar.find(words)] == [(number, len(words))], text


@given(st.integers(1, 999_999), st.sampled_from(["-", " ", " - "]), st.sampled_from([" ", " and "]))
def test_english_numbers_in_words(number: int, hyphen: str, conjunction: str) -> None:
    assert value("en", english(number, hyphen, conjunction)) == number


@given(st.integers(0, 10**9), st.booleans(), st.sampled_from(sorted(GRAMMARS)))
def test_digits_keep_their_value(number: int, grouped: bool, language: str) -> None:
    if not grouped and 1900 <= number < 2100:
        return
    text = f"{number:,}" if grouped else str(number)
    if grouped and 1900 <= number < 2100:
        assert value(language, text) == number
    indic = text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert value(language, text) == number == value(language, indic)


@given(st.integers(1, 9999), st.integers(0, 3))
def test_a_conjunction_before_it_changes_nothing(number: int, pick: int) -> None:
    text = arabic(number, pick, oblique=True, old=False)
    plain, joined = find("ar", text), find("ar", "و" + text)
    assert [q.best for q in joined] == [q.best for q in plain] == [number]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "قتل 30 نوفمبر"),
        ("ar", "قبل ثلاثة أيام"),
        ("ar", "عام 2016"),
        ("ar", "24 ساعة"),
        ("en", "on November 30"),
        ("en", "for three days"),
        ("en", "in 2016"),
    ],
)
def test_dates_are_no_quantities(language: str, text: str) -> None:
    words = [normal_word(word) for word in text.split()]
    dates = DateGrammar.load(LEXICON, language).find(words, None)
    assert GRAMMARS[language].find(words, [(found.first, found.last) for found in dates]) == []


def test_an_excluded_range_parts_what_stands_around_it() -> None:
    words = ["خمسه", "وعشرين", "قتيلا", "و", "30", "نوفمبر"]
    assert [q.best for q in GRAMMARS["ar"].find(words, [(4, 6)])] == [25]
    assert [q.best for q in GRAMMARS["ar"].find(words, [(1, 2)])] == [5, 30]


def test_a_line_end_ends_a_quantity() -> None:
    assert [q.best for q in find("ar", "مئة \n وخمسة")] == [100, 5]
    assert [q.comparator for q in find("ar", "11 \n على الأقل")] == ["="]


WORDS = sorted({w for g in GRAMMARS for _, e in groups(g) for case in e["examples"] for w in str(case["text"]).split()})  # type: ignore[index]


@given(
    words=st.lists(st.sampled_from([*WORDS, "\n", "", "،", "-", "و", "and"]), max_size=12),
    language=st.sampled_from(sorted(GRAMMARS)),
)
def test_quantities_are_ordered_and_hold_together(words: list[str], language: str) -> None:
    at = 0
    for found in GRAMMARS[language].find([normal_word(word) for word in words]):
        assert at <= found.first < found.last <= len(words)
        bounds = [bound for bound in (found.low, found.best, found.high) if bound is not None]
        assert bounds
        assert bounds == sorted(bounds)
        assert (found.comparator == "=") == (len(bounds) == 3)
        at = found.last
