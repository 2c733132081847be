"""Language: Arabic and English are told from their neighbours, on headlines as on articles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.language import beside, detect, name, supported


@pytest.mark.parametrize(
    "text",
    [
        "حلب",
        "غارات على إدلب",
        "عاجل | قصف مدفعي",
        "مقتل ٩ مدنيين بغارة على دوار الزيتونة",
        "قصفت طائرات پوتين مدينة گازي عنتاب",  # foreign names with Persian letters
        "وقالت الوکالة إن القوات السوریة سیطرت علی حلب",  # typed on a Persian keyboard
        "قُتِلَ ثَلاثَةُ مَدَنِيّينَ",
        "ﻗﺼﻒ ﻋﻠﻰ ﺣﻠﺐ",  # presentation forms
        "Share Tweet عاجل: قصف صاروخي يستهدف مدينة جرابلس من مناطق السيطرة",
    ],
)
def test_arabic(text: str) -> None:
    assert detect(text) == "ar"


@pytest.mark.parametrize(
    "text",
    [
        "Rebels seize Nubl",
        "HTS takes Khan Shaykhun",
        "Idlib: 9 killed",
        "RUSSIA STRIKES IDLIB",
        "SDF, YPG deny shelling al-Bab",
        "Insurgents took the town of Ma‘arrat al-Nu‘mān on Tuesday, the Observatory said.",
        "Reuters (رويترز): The army said that it had left the town",
    ],
)
def test_english(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("نیروهای دولتی شهر حلب را تصرف کردند", "fa"),
        ("نيروهاي دولتي شهر حلب را تصرف كردند", "fa"),  # Persian on an Arabic keyboard
        ("فوج نے حلب پر قبضہ کر لیا", "ur"),
        ("هێزەکانی سوریا کۆنترۆڵی شاریان کرد", "ckb"),
        ("د سوریې اردو حلب ونیو", "ps"),
        ("Hêzên Sûriyeyê bajarê Helebê girtin", "ku"),
        ("Suriye ordusu Halep'te ilerledi", "tr"),
        ("L'armée syrienne a repris Alep", "fr"),
        ("Die syrische Armee hat Aleppo eingenommen", "de"),
        ("Сирийская армия вошла в город", "ru"),
        ("צבא סוריה נסוג מהעיר", "he"),
    ],
)
def test_other_languages_are_named(text: str, code: str) -> None:
    assert detect(text) == code


@pytest.mark.parametrize("text", ["", "  ", "12:40 — 13/10", "٢٠٢٤", "!؟،"])
def test_no_letters_no_language(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("ar", "ar"),
        ("AR-sy", "ar"),
        ("ar_SY", "ar"),
        ("Arabic", "ar"),
        ("eng", "en"),
        ("en-US", "en"),
        ("fr", None),
        ("", None),
        ("arz-x", None),
        ("enough", None),
    ],
)
def test_tags(tag: str, code: str | None) -> None:
    assert supported(tag) == code


def test_names() -> None:
    assert name("fa") == "Persian (fa)"
    assert name("xx") == "xx"


@given(st.text(max_size=60))
@settings(deadline=None)
def test_the_answer_is_always_the_same_and_never_an_error(text: str) -> None:
    assert detect(text) == detect(text)


@given(st.integers(0, 200))
def test_digits_and_marks_around_a_text_change_nothing(count: int) -> None:
    assert detect("٣٢ " * count + "غارات على إدلب" + "!" * count) == "ar"


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        ("Copy link\n\nقصف مدفعي على مدينة مارع قبل قليل\n\n2 Likes", "en", "ar"),
        ("مشاركة\nThe army said that shells hit the town of Marea at dawn.\nإعجاب", "ar", "en"),
        # A name or a quotation in another script is no line of that language.
        ("The channel wrote «قصف» on Monday.", "en", None),
        ("أعلنت شركة Acme Industrial Holding عن أرباحها", "ar", None),
        ("مشاركة\nBağımsız bir kaynak saldırının dün gerçekleştiğini söyledi\n", "ar", None),
        ("Share this\nنیروهای دولتی شهر حلب را تصرف کردند\n", "en", None),
        ("قصف مدفعي على مدينة مارع", "ar", None),
        ("Une ligne en français", "fr", None),
    ],
)
def test_lines_beside_the_language_of_the_page(text: str, language: str, other: str | None) -> None:
    assert beside(text, language) == other
