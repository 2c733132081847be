import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.normal import name_key, normal_word, normal_words

DIACRITICS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0640"
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
ARABIC = st.text(LETTERS, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("إِدْلِـــب", "ادلب"),
        ("قتيلًا", "قتيلاً"),
        ("وعلي", "وعلى"),
        ("الأشرفية", "الاشرفيه"),
        ("مسؤول", "مسوول"),
        ("طائرة", "طايره"),
        ("ﻏﺎﺭﺓ", "غارة"),
        ("گراد", "كراد"),
        ("حلب\u200f", "حلب"),
        ("\u202bحلب\u202c", "حلب"),
        ("٣٤٣", "343"),
        ("۳۴۳", "343"),
        ("Ma‘arrat", "maarrat"),
        ("Idlīb", "idlib"),
        ("ŞANLIURFA", "sanliurfa"),
    ],
)
def test_spellings_of_one_word_are_one(a: str, b: str) -> None:
    assert normal_word(a) == normal_word(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [("حلب", "جلب"), ("قتل", "قتال"), ("سيطر", "سيطرة"), ("مدني", "مدينة"), ("Homs", "Hums"), ("16", "61")],
)
def test_different_words_stay_different(a: str, b: str) -> None:
    assert normal_word(a) != normal_word(b)


@settings(deadline=None)
@given(ARABIC, st.data())
def test_diacritics_and_tatweel_never_count(word: str, data: st.DataObject) -> None:
    marked = "".join(c + data.draw(st.text(DIACRITICS, max_size=3)) for c in word)
    assert normal_word(marked) == normal_word(word)


@settings(deadline=None)
@given(ARABIC)
def test_a_word_without_variants_is_its_own_normal_form(word: str) -> None:
    assert normal_word(word) == word


@settings(deadline=None)
@given(ARABIC, st.lists(st.sampled_from("أإآٱا"), min_size=1, max_size=4))
def test_hamza_seats_never_count(word: str, alifs: list[str]) -> None:
    forms = {normal_word(alif + word) for alif in alifs}
    assert forms == {"ا" + word}


@settings(deadline=None)
@given(st.text(max_size=30))
def test_the_normal_form_is_stable(word: str) -> None:
    once = normal_word(word)
    assert normal_word(once) == once


@settings(deadline=None)
@given(st.text("ابتحلمويهة0123456789٠١٢٣٤٥٦٧٨٩abcXYZéüşİı’‘", max_size=20))
def test_the_normal_form_of_a_word_does_not_depend_on_composition(word: str) -> None:
    assert normal_word(unicodedata.normalize("NFD", word)) == normal_word(unicodedata.normalize("NFC", word))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("معرّة النعمان", ("معره", "النعمان")),
        ("غارات، ومواجهات في حلب!", ("غارات", "ومواجهات", "في", "حلب")),
        ("Tal Rif‘at", ("tal", "rifat")),
        ("... ،؛", ()),
        ("", ()),
    ],
)
def test_words_of_a_text(text: str, words: tuple[str, ...]) -> None:
    assert normal_words(text) == words


@pytest.mark.parametrize(
    ("a", "b"),
    [("Deir ez-Zor", "deir ez zor"), ("Al-Bāb", "al bab"), (" خان  شيخون ", "خان شيخون"), ("«رويترز»", "رويترز")],
)
def test_a_name_has_one_key(a: str, b: str) -> None:
    assert name_key(a) == name_key(b)


def test_a_hashtag_names_what_its_words_name() -> None:
    assert name_key("كفر_تخاريم") == name_key("كفر تخاريم")
