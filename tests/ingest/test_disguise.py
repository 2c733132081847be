"""Words hidden from moderation are read, the stored text stays what it is, and ordinary text is left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.disguise import readable
from ingest.pipeline import Pipeline
from ontology.model import Article
from ontology.normal import normal_word

WORDS = frozenset(
    normal_word(word) for word in ("غارات", "العدوان", "داعش", "إصابات", "الإسرائيلي", "صاروخ", "ميليشيا")
)


def known(word: str) -> bool:
    return normal_word(word) in WORDS


def words(text: str) -> list[str]:
    return [normal_word(word) for word in readable(text, known).split()]


@pytest.mark.parametrize(
    ("hidden", "plain"),
    [
        ("غـ.ـارات", "غارات"),
        ("الـ ـقـ ـصـ ـف", "القصف"),
        ("قُـ ـ ـتل", "قتل"),
        ("مسـ ـيـ ـّرة", "مسيرة"),
        ("قــ،ــوات", "قوات"),
        ("الإسـ.رائـ.يلي", "الإسرائيلي"),
        ("عد*وان", "عدوان"),
        ("غا.رات", "غارات"),
        ("إصا..بات", "إصابات"),
        ("العد9ان", "العدوان"),
        ("د1عش", "داعش"),
        ("د!عش", "داعش"),
        ("ميليـ شيا", "ميليشيا"),
    ],
)
def test_a_hidden_word_is_read(hidden: str, plain: str) -> None:
    assert words(f"سمعنا {hidden} أمس") == [normal_word(w) for w in ("سمعنا", plain, "أمس")]


@pytest.mark.parametrize(
    "text",
    [
        "انتهى القصف.وقال الشهود",
        "في حلب..ومقتل اثنين",
        "القامشلي ـ مراسلنا",
        "الرقيب1احمد",
        "تابعة لـ قوات محلية",
        "قال لـ”الوكالة“ إنه",
        "عاجل!قصف",
        "بلدة كفر نبل 12.5 كلم",
    ],
)
def test_ordinary_punctuation_stays(text: str) -> None:
    assert readable(text, known) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("قصف على #ريف_حلب_الشمالي اليوم", "قصف على  ريف حلب الشمالي اليوم"),
        ("#عاجل قصف", "#عاجل قصف"),
        ("في المدينة. #حلب #ريف_حماة", "في المدينة. #حلب #ريف حماة"),
    ],
)
def test_a_hashtag_inside_a_sentence_is_words_of_it(text: str, plain: str) -> None:
    assert readable(text, known) == plain


@settings(deadline=None)
@given(st.text(alphabet="قصفغارتـ .*_#!1٩،\n\u064f", max_size=40))
def test_the_copy_has_the_same_length_and_lines(text: str) -> None:
    plain = readable(text, known)
    assert len(plain) == len(text)
    assert [i for i, c in enumerate(plain) if c == "\n"] == [i for i, c in enumerate(text) if c == "\n"]


@pytest.mark.parametrize(
    "text",
    [
        "غـ.ـارة إسـ.ـرائيلية على بلدة #كفر_شوبا",
        "🔴قصـ ـف  تركي على #ريف_حلب_الشمالي #سوريا",
        "عاجل||إصا..بات جراء غا*رة إسرا..ئيلية على حلب",
    ],
)
def test_offsets_are_those_of_the_stored_text(pipeline: Pipeline, text: str) -> None:
    article = Article(text, "ar")
    doc = pipeline.process(article)
    assert doc.text == text
    extraction = pipeline.extract(article)
    assert extraction.claims
    for claim in extraction.claims:
        assert claim.trigger.span.of(text)
        assert "\n" not in claim.trigger.span.of(text)


def test_a_hidden_strike_gives_the_same_claim(pipeline: Pipeline) -> None:
    plain = pipeline.extract(Article("قتل 3 مدنيين في غارة إسرائيلية على بلدة ميس الجبل", "ar")).claims
    hidden = pipeline.extract(Article("قُـ ـتل 3 مد.نيين في غـ.ـارة إسرا..ئيلية على بلدة #ميس_الجبل", "ar")).claims
    assert [(c.type, c.modality, [f.best for f in c.figures], len(c.participants), len(c.places)) for c in hidden] == [
        (c.type, c.modality, [f.best for f in c.figures], len(c.participants), len(c.places)) for c in plain
    ]
