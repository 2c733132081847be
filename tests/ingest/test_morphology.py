"""Words keep every reading that the lexicon supports and none that it does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.lexicon import load_lexicon
from ingest.morphology import Morphology
from ingest.pipeline import Pipeline, reading_of
from ingest.reading import Analysis
from ontology.model import Article
from ontology.normal import normal_word
from tests.ingest.extracting import read

LEXICON = load_lexicon("ar")
MORPHOLOGY = Morphology(LEXICON)
FORMS = st.sampled_from(sorted(word for word in LEXICON.forms if len(word) > 2))

# Lemmas of words as news writes them. Names are found by gazetteer and registry, not by lemma: no reading may cut them
# up. Words that no rule asks for (هيئة, صف, سجن, دافع) are not in the lexicon at all.
LEMMAS = {
    "سيطرة": "سيطرتها بالسيطرة", "انسحب": "وانسحبت انسحبوا ينسحبون", "انسحاب": "انسحابه",
    "غارة": "للغارات غارات الغارات", "قتيل": "قتيلًا القتلى قتلى", "جريح": "وجرحى", "مواجهة": "ومواجهات",
    "مدني": "للمدنيين", "استهدف": "استهدفت", "سيطر": "سيطرت تسيطر", "أعلن": "وأعلنت أعلنت", "مقاتل": "مقاتلي",
    "مسلح": "المسلحين", "مجموعة": "والمجموعات", "فصيل": "للفصائل والفصائل", "ميليشيا": "ميليشيات", "مقتل": "بمقتل",
    "عنصر": "عنصرا", "قوة": "قواته القوات فللقوات", "اشتباك": "اشتباكات الاشتباكات", "هجوم": "لهجوم هجوما",
    "مدينة": "مدينتي", "حي": "حيي أحياء", "قرية": "قرى", "سيارة": "السيارات", "مركبة": "المركبات",
    "منطقة": "مناطقها", "غادر": "غادرت", "شخص": "شخصاً", "استعاد": "واستعادت", "قصف": "فقصفت وقصفوا سيقصفون",
    "قتل": "قُتل قتلوا", "أصيب": "وأصيب", "صاروخ": "بالصواريخ صواريخ", "برميل": "وبالبراميل", "طائرة": "طائراتها",
    "موقع": "كمواقع", "أجلى": "أجلت", "إجلاء": "ولإجلاء", "دخول": "دخول", "دخل": "تدخل", "خروج": "خروج",
    "إغلاق": "إغلاق", "نفى": "نفى ونفت", "وكالة": "وكالات", "سقوط": "سقوط", "وسط": "وسط", "فرار": "فرار",
}  # fmt: skip
NAMES = "وآشورية وحلب بحلب وإدلب بإدلب وسلمية واشنطن بيروت باريس كوباني لبنان وفد الرقة للاذقية"


def lemmas(word: str) -> list[str]:
    return [analysis.entry.lemma for analysis in MORPHOLOGY.analyse(normal_word(word))]


def readings(word: str) -> list[tuple[str, bool, str, str, str]]:
    return [(a.pro, a.article, a.entry.id, a.form.word, a.enclitic) for a in MORPHOLOGY.analyse(normal_word(word))]


@pytest.mark.parametrize(
    ("word", "lemma"), [(word, lemma) for lemma, words in LEMMAS.items() for word in words.split()]
)
def test_the_first_reading_of_a_word_is_its_lemma(word: str, lemma: str) -> None:
    found = lemmas(word)
    assert normal_word(found[0]) == normal_word(lemma)


@pytest.mark.parametrize("word", NAMES.split())
def test_a_name_is_never_cut_into_clitics_and_a_word(word: str) -> None:
    assert readings(word) == []


def test_wali_governor_is_read_as_the_preposition_with_a_conjunction() -> None:
    """والي is written like وإلى in many outlets; no entry knows the governor."""
    assert lemmas("والي") == ["إلى"]


@pytest.mark.parametrize(
    ("word", "pro", "article", "enclitic", "lemma"),
    [
        ("وسيطرتهم", "و", False, "هم", "سيطرة"),
        ("بالسيطرة", "ب", True, "", "سيطرة"),
        ("للسيطرة", "ل", True, "", "سيطرة"),
        ("فللغارات", "فل", True, "", "غارة"),
        ("وبالصواريخ", "وب", True, "", "صاروخ"),
        ("وكغارات", "وك", False, "", "غارة"),
        ("ستنسحب", "س", False, "", "انسحب"),
        ("وسينسحبون", "وس", False, "", "انسحب"),
        ("قصفوها", "", False, "ها", "قصف"),
        ("انسحابهما", "", False, "هما", "انسحاب"),
    ],
)
def test_clitics_are_named(word: str, pro: str, article: bool, enclitic: str, lemma: str) -> None:
    found = [(a.pro, a.article, a.enclitic, a.entry.lemma) for a in MORPHOLOGY.analyse(normal_word(word))]
    assert (pro, article, enclitic, lemma) in found


@pytest.mark.parametrize(
    ("word", "not_lemma"),
    [
        ("وصف", "صف"),
        ("باريس", "ريس"),
        ("السيطرتها", "سيطرة"),
        ("سغارة", "غارة"),
        ("بقصفت", "قصف"),
        ("سقصف", "قصف"),
        ("غارةها", "غارة"),
    ],
)
def test_what_cannot_stand_together_is_no_reading(word: str, not_lemma: str) -> None:
    for analysis in MORPHOLOGY.analyse(normal_word(word)):
        assert normal_word(analysis.entry.lemma) != normal_word(not_lemma) or analysis.entry.pos == "verb", analysis


@pytest.mark.parametrize(
    ("sentence", "kinds"),
    [
        ("خرج المدنيون من أجل المطالبة بحقوقهم.", {"Evacuation"}),
        ("تدخل الوسيط لأجل وقف القتال بين السكان.", {"Evacuation", "Offensive"}),
        ("وصف الوزير الوضع في المدينة بأنه صعب.", {"Shelling", "Airstrike"}),
        ("دعا الوزير إلى عدم تدخل الدول في شؤون البلاد.", {"Offensive", "Takeover"}),
        ("بدء العام الدراسي في المدارس.", {"Offensive"}),
        ("ناقش المجلس طرق الري في الريف.", {"RoadClosure"}),
        ("قام والي المدينة بزيارة الجامعة.", {"Takeover", "Evacuation"}),
    ],
)
def test_words_that_look_like_triggers_are_blocked(pipeline: Pipeline, sentence: str, kinds: set[str]) -> None:
    assert not {t.type for t in read(pipeline, sentence).triggers} & kinds


def same_reading(a: Analysis, b: Analysis, lead: str) -> bool:
    return (
        b.entry is a.entry
        and b.form == a.form
        and b.enclitic == a.enclitic
        and b.article == a.article
        and b.pro == lead + a.pro
    )


@settings(deadline=None)
@given(FORMS, st.sampled_from("وف"))
def test_a_conjunction_before_a_form_keeps_its_readings(word: str, lead: str) -> None:
    plain = [a for a in MORPHOLOGY.analyse(word) if a.pro[:1] not in ("و", "ف")]
    joined = MORPHOLOGY.analyse(lead + word)
    for analysis in plain:
        assert any(same_reading(analysis, other, lead) for other in joined), (analysis.entry.id, analysis.form)


@settings(deadline=None)
@given(FORMS)
def test_a_form_of_the_lexicon_has_the_reading_of_its_entry(word: str) -> None:
    found = {(a.entry.id, a.form) for a in MORPHOLOGY.analyse(word) if not a.pro and not a.enclitic and not a.article}
    assert {(k.entry.id, k.form) for k in LEXICON.forms[word]} <= found


@settings(deadline=None)
@given(FORMS, st.data())
def test_diacritics_tatweel_and_hamza_seats_never_change_the_readings(word: str, data: st.DataObject) -> None:
    marks = st.text("\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0640", max_size=2)
    marked = "".join(
        (data.draw(st.sampled_from("أإآٱا")) if letter == "ا" else letter) + data.draw(marks) for letter in word
    )
    assert readings(marked) == readings(word)


@settings(deadline=None)
@given(
    FORMS, st.sampled_from(["", "و", "ف", "ب", "ل", "وب", "فل", "ال", "وال", "بال"]), st.sampled_from(["", "ها", "هم"])
)
def test_the_parts_of_a_reading_make_up_the_word(word: str, before: str, after: str) -> None:
    for a in MORPHOLOGY.analyse(before + word + after):
        whole = before + word + after
        assert whole.startswith(a.pro if not (a.article and a.pro.endswith("ل")) else a.pro[:-1])
        assert whole.endswith(a.form.word + a.enclitic)
        assert a.tail == len(a.enclitic)
        assert a.skip <= len(whole) - len(a.form.word) - a.tail


@settings(deadline=None)
@given(st.text("ابتحخدرسصطعغفقكلمنهويةىأ", max_size=12))
def test_readings_are_ranked_by_their_clitics_and_repeatable(word: str) -> None:
    form = normal_word(word)
    first, again = MORPHOLOGY.analyse(form), Morphology(LEXICON).analyse(form) if len(form) < 3 else None
    costs = [len(a.pro) + 2 * bool(a.enclitic) for a in first]
    assert all(costs[0] <= cost + 1 for cost in costs)
    assert again is None or again == first


def test_the_tokens_of_the_pipeline_carry_lemma_and_host_form(pipeline: Pipeline) -> None:
    text = "وانسحبت القوات من المدينة."
    nlp = pipeline.language("ar")
    reading, _ = reading_of(pipeline, Article(text, "ar"))
    assert nlp.pipe_names[:3] == ["waqai_zones", "waqai_sentences", "waqai_morphology"]
    assert [a[0].entry.lemma if a else "" for a in reading.analyses] == ["انسحب", "قوة", "من", "مدينة", ""]
    assert reading.host_span(0, 1, reading.analyses[0][0].skip).of(text) == "انسحبت"
