"""What blank tokenizers hide from rules is split here, and nothing else: the text can be put together again."""

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from ingest.tokenizing import install_arabic_rules, install_english_rules


def arabic() -> Language:
    nlp = spacy.blank("ar")
    install_arabic_rules(nlp)
    return nlp


def english() -> Language:
    nlp = spacy.blank("en")
    install_english_rules(nlp)
    return nlp


NLP = {"ar": arabic(), "en": english()}


def tokens(text: str, language: str = "ar") -> list[str]:
    return [token.text for token in NLP[language].make_doc(text) if not token.is_space]


def test_proclitics_stay_with_their_word() -> None:
    words = ["وإدلب", "للمدنيين", "بحلب", "سيطرتها", "فللقوات", "كمواقع"]
    assert tokens(" ".join(words)) == words


def test_a_full_stop_after_digits_is_a_token() -> None:
    assert tokens("بلغ العدد 327. ثم عام 2016.") == ["بلغ", "العدد", "327", ".", "ثم", "عام", "2016", "."]


@pytest.mark.parametrize("close", ["”", '"', "»", "’", ")"])
def test_a_full_stop_after_a_closing_quote_is_a_token(close: str) -> None:
    assert tokens(f"إعادة تنظيم صفوفه{close}.") == ["إعادة", "تنظيم", "صفوفه", close, "."]


@pytest.mark.parametrize("quote", ['"', "“", "«"])
def test_a_quote_after_a_clitic_is_a_token(quote: str) -> None:
    assert tokens(f"و{quote}هتش في حلب") == ["و", quote, "هتش", "في", "حلب"]


@pytest.mark.parametrize("number", ["79", "٧٩", "1200", "۳۰"])
def test_waw_before_a_number_is_a_token(number: str) -> None:
    assert tokens(f"155 عنصرا و{number} عنصرا") == ["155", "عنصرا", "و", number, "عنصرا"]


@pytest.mark.parametrize("clitic", ["ب", "ل", "ك"])
def test_a_preposition_before_a_number_is_a_token(clitic: str) -> None:
    assert tokens(f"مقتل {clitic}16 شخصا")[1:3] == [clitic, "16"]


def test_two_points_stay_together() -> None:
    assert tokens("في حلب .. وموجة فرار") == ["في", "حلب", "..", "وموجة", "فرار"]
    assert tokens("في حلب.. وموجة") == ["في", "حلب", "..", "وموجة"]


def test_points_apart_are_two_tokens() -> None:
    assert tokens("تحت السيطرة. .") == ["تحت", "السيطرة", ".", "."]


def test_line_ends_are_tokens_of_their_own() -> None:
    found = [token.text for token in NLP["ar"].make_doc("سقوط قتلى\n\nمنذ شهرين\nسقوط قتلى")]
    assert [t for t in found if not t.strip()] == ["\n\n", "\n"]


@pytest.mark.parametrize("word", ["قتيلًا", "قتيلاً", "شَخْصاً", "غــارة"])
def test_diacritics_and_tatweel_do_not_cut_a_word(word: str) -> None:
    assert tokens(f"سقوط {word} في") == ["سقوط", word, "في"]


@pytest.mark.parametrize("number", ["٣٤٣", "343", "1,200", "1.5", "١٬٢٠٠", "۱۲"])
def test_a_number_is_one_token(number: str) -> None:
    assert tokens(f"نحو {number} شخصا") == ["نحو", number, "شخصا"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("حلب،إدلب", ["حلب", "،", "إدلب"]),
        ("حلب/إدلب", ["حلب", "/", "إدلب"]),
        ("انتهى.وقال", ["انتهى", ".", "وقال"]),
        ("2016.وقال", ["2016", ".", "وقال"]),
        ("(قسد)", ["(", "قسد", ")"]),
        ("قتلى؟!", ["قتلى", "؟", "!"]),
        ("#حلب", ["#", "حلب"]),
        ("15%", ["15", "%"]),
        ("حلب:مقتل", ["حلب", ":", "مقتل"]),
        ("https://example.org/a.b?c=d", ["https://example.org/a.b?c=d"]),
        ("14:30", ["14:30"]),
        ("على ريف عين عيسىإصابة طفل", ["على", "ريف", "عين", "عيسى", "إصابة", "طفل"]),
        ("قصف ريف كوبانيإصابة طفل", ["قصف", "ريف", "كوباني", "إصابة", "طفل"]),
        ("غارة على حلب9:41 AM", ["غارة", "على", "حلب", "9:41", "AM"]),
        ("والإصابات بإصابة لإنقاذ فإن كإعلام", ["والإصابات", "بإصابة", "لإنقاذ", "فإن", "كإعلام"]),
    ],
)
def test_letters_glued_to_punctuation_come_free(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("al-Bab and Deir ez-Zor", ["al-Bab", "and", "Deir", "ez-Zor"]),
        ("killed 327. Then", ["killed", "327", ".", "Then"]),
        ("“withdrew”.", ["“", "withdrew", "”", "."]),
        ("Idlib—Hama", ["Idlib", "—", "Hama"]),
        ("Syria's army", ["Syria", "'s", "army"]),
        ("U.S. forces", ["U.S.", "forces"]),
    ],
)
def test_english_names_keep_their_hyphens(text: str, expected: list[str]) -> None:
    assert tokens(text, "en") == expected


@pytest.mark.parametrize("language", ["ar", "en"])
@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_tokens_make_up_the_text(language: str, text: str) -> None:
    doc = NLP[language].make_doc(text)
    assert "".join(token.text_with_ws for token in doc) == text
    assert all(text[token.idx : token.idx + len(token)] == token.text for token in doc)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["و79", "غارات،", "“هيئة", "الشام”.", "..", "327.", "\n", " ", "٣٤٣", "(قسد)", "حلب"]),
        max_size=20,
    )
)
def test_tokens_make_up_a_text_of_news_words(pieces: list[str]) -> None:
    text = " ".join(pieces)
    doc = NLP["ar"].make_doc(text)
    assert "".join(token.text_with_ws for token in doc) == text
    ends = [0, *(token.idx + len(token) for token in doc)]
    assert all(text[end : token.idx].strip(" ") == "" for end, token in zip(ends, doc, strict=False))
