"""The pipeline as a whole: exact characters, determinism, and texts that nobody expects."""

import gc
import json
import os
import subprocess
import sys
import time
import weakref
from itertools import permutations

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pipeline import COMPONENTS, Pipeline, UnsupportedLanguage, _knowledge_of
from ontology.model import Article, Claim, Extraction, decode_claim, encode_claim
from tests.ingest.extracting import claims_of, spans_of

PIPELINE = Pipeline()

ARTICLES = (
    Article(
        "غارات على ريف إدلب .. ونزوح مئات العائلات\n\n"
        "منذ يومين\n"
        "غارات على ريف إدلب .. ونزوح مئات العائلات\n\n"
        "شن الطيران الروسي، اليوم السبت، غارات على مدينة سراقب، "
        "ما أسفر عن مقتل ستة مدنيين وإصابة ١٤ آخرين، بحسب الدفاع المدني السوري.\n\n"
        "وأعلن الجيش السوري انسحابه من بلدة مورك استعدادا لهجوم مضاد، فيما نفت تركيا مشاركتها في القتال.\n\n"
        "وقال ثلاثة سكان لرويترز إن مئات العائلات نزحت من بلدة كفرنبل نحو مدينة إدلب.\n\n"
        "وأضاف المرصد السوري لحقوق الإنسان أن “هيئة تحرير الشام” والفصائل "
        "سيطرت على قرية تل الزنبق (شمال حماة) و79 موقعا آخر.\n\n"
        "المصدر: وكالات",
        "ar",
        published="2025-03-15",
    ),
    Article(
        "قَصَفَت الطَّائراتُ الحربيّة مدينة سَراقِب مساء الجمعة 14 آذار 2025. وبلغت حصيلة القتلى في إدلب 40 قتيلاً.",
        "ar",
        published="2025-03-16",
        publisher="سانا",
    ),
    Article("سيطرت قوات سوريا الديمقراطية على بلدة مورك.\r\n\r\nولم ينسحب الجيش من مدينة حماة.", "ar"),
    Article("", "ar"),
)


def encoded(extraction: Extraction) -> str:
    return json.dumps([encode_claim(claim) for claim in extraction.claims], ensure_ascii=False, sort_keys=True)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a.text[:15])
def test_every_span_lies_in_the_text_and_has_words(article: Article) -> None:
    for claim in PIPELINE.extract(article).claims:
        for slot, span in spans_of(claim):
            assert 0 <= span.start < span.end <= len(article.text), (slot, span)
            words = span.of(article.text)
            assert words.strip() == words != "", (slot, words)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a.text[:15])
def test_the_evidence_holds_the_trigger_and_stays_in_its_line(article: Article) -> None:
    for claim in PIPELINE.extract(article).claims:
        evidence = claim.evidence[0]
        assert evidence.start <= claim.trigger.span.start < claim.trigger.span.end <= evidence.end
        assert "\n" not in evidence.of(article.text)
        assert len(set(claim.evidence)) == len(claim.evidence)


def test_the_articles_of_these_tests_give_claims_of_many_types() -> None:
    types = {claim.type for article in ARTICLES for claim in PIPELINE.extract(article).claims}
    assert types >= {"Airstrike", "Withdrawal", "Offensive", "Denial", "Evacuation", "Takeover", "CasualtyReport"}


@pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a.text[:15])
def test_every_slot_names_its_rule(article: Article) -> None:
    for claim in PIPELINE.extract(article).claims:
        assert claim.trigger.rule
        for slots in (claim.participants, claim.places, claim.figures, claim.sources, claim.cues):
            assert all(slot.rule for slot in slots)
        assert claim.date is None or claim.date.rule


@pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a.text[:15])
def test_claims_survive_the_log_and_keep_their_ids(article: Article) -> None:
    for claim in PIPELINE.extract(article).claims:
        assert decode_claim(json.loads(json.dumps(encode_claim(claim)))) == claim
        assert claim.with_id(article.id).id == claim.id


def test_the_same_text_twice_gives_the_same_claims() -> None:
    for article in ARTICLES:
        assert PIPELINE.extract(article) == PIPELINE.extract(article)


def test_a_new_pipeline_gives_the_same_claims() -> None:
    other = Pipeline()
    assert other.extractor == PIPELINE.extractor
    for article in ARTICLES:
        assert encoded(other.extract(article)) == encoded(PIPELINE.extract(article))


def test_the_order_of_articles_changes_nothing() -> None:
    alone = {article.id: encoded(PIPELINE.extract(article)) for article in ARTICLES}
    for order in permutations(ARTICLES):
        assert {x.article.id: encoded(x) for x in PIPELINE.pipe(order)} == alone


def test_ids_of_claims_are_unique_in_an_article() -> None:
    for article in ARTICLES:
        ids = [claim.id for claim in PIPELINE.extract(article).claims]
        assert len(ids) == len(set(ids))


def test_claims_of_two_articles_never_share_an_id() -> None:
    text = "سيطرت قوات سوريا الديمقراطية على بلدة مورك."
    one, two = (PIPELINE.extract(Article(text, "ar", publisher=p)).claims for p in ("رويترز", "سانا"))
    assert one
    assert two
    assert not {c.id for c in one} & {c.id for c in two}


PROGRAM = """
import json, sys
from ingest.pipeline import Pipeline
from ontology.model import Article, encode_claim
pipeline = Pipeline()
texts = json.loads(sys.stdin.buffer.read())
articles = [Article(text, "ar", published=published) for text, published in texts]
out = [[encode_claim(c) for c in x.claims] for x in pipeline.pipe(articles)]
out.append(pipeline.extractor.lexicon)
sys.stdout.buffer.write(json.dumps(out, sort_keys=True).encode())
"""


def test_claims_do_not_depend_on_the_hash_seed() -> None:
    given_in = json.dumps([(a.text, a.published) for a in ARTICLES]).encode()
    outputs = []
    for seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Pacific/Apia" if seed == "0" else "UTC"}
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=given_in,
            capture_output=True,
            env=environment,
            timeout=120,
            check=True,
        )
        outputs.append(run.stdout)
    assert outputs[0] == outputs[1]
    assert b"c-" in outputs[0]


def essence(claim: Claim) -> tuple[object, ...]:
    """What a claim says and where, leaving out its id and further evidence."""
    return (
        claim.trigger.span,
        claim.type,
        claim.subtype,
        claim.modality,
        tuple((p.role, p.span, p.names.get("en")) for p in claim.participants),
        tuple((p.role, p.span, p.links) for p in claim.places),
        tuple((f.category, f.low, f.best, f.high) for f in claim.figures),
        tuple((s.kind, s.span) for s in claim.sources),
        claim.date.edtf if claim.date else None,
    )


@pytest.mark.parametrize(
    "paragraph",
    [
        "وافتتح الوزير معرض الكتاب في العاصمة بحضور عدد من الأدباء.",
        "وارتفعت أسعار الخبز والوقود خلال الأسبوع بنسبة 12 في المئة.",
        "وتوقعت الأرصاد هطول أمطار غزيرة يوم الثلاثاء.",
        "#سوريا #أخبار",
    ],
)
def test_a_paragraph_about_something_else_leaves_the_claims_alone(paragraph: str) -> None:
    text = (
        "شن الطيران الروسي غارات على مدينة سراقب، ما أسفر عن مقتل ستة مدنيين.\n\n"
        "وأعلن الجيش السوري انسحابه من بلدة مورك، بحسب المرصد السوري لحقوق الإنسان."
    )
    before = [essence(c) for c in claims_of(PIPELINE, text, conflict=False)]
    after = [essence(c) for c in claims_of(PIPELINE, f"{text}\n\n{paragraph}", conflict=False)]
    assert before
    assert after == before


def test_the_spacy_pipeline_can_be_inspected() -> None:
    assert PIPELINE.language("ar").pipe_names == [f"waqai_{name}" for name in COMPONENTS]


def test_a_text_can_be_handed_to_the_spacy_pipeline_itself() -> None:
    text = "انسحبت القوات من مدينة سراقب. وقصف الطيران بلدة مورك."
    doc = PIPELINE.language("ar")(text)
    assert [sentence.text for sentence in doc.sents] == ["انسحبت القوات من مدينة سراقب.", "وقصف الطيران بلدة مورك."]
    assert (doc[0].lemma_, doc[0].norm_, doc[4].lemma_) == ("انسحب", "انسحبت", "")
    assert {(span.text, span.label_) for span in doc.spans["mentions"]} >= {
        ("مدينة سراقب", "place"),
        ("القوات", "actor"),
    }
    assert doc.text == text


def test_a_pipeline_that_nobody_holds_is_gone_with_all_it_knows() -> None:
    pipeline = Pipeline(gazetteer=PIPELINE.gazetteer)
    pipeline.extract(ARTICLES[2])
    held = weakref.ref(pipeline.language("ar")), weakref.ref(_knowledge_of(pipeline.language("ar")))
    del pipeline
    gc.collect()
    assert [ref() for ref in held] == [None, None]


def test_the_components_can_be_put_into_a_pipeline_by_hand() -> None:
    nlp = spacy.blank("en")
    for name in COMPONENTS:
        nlp.add_pipe(f"waqai_{name}")
    doc = nlp("Rebels captured Aleppo. The army withdrew.")
    assert [sentence.text for sentence in doc.sents] == ["Rebels captured Aleppo.", "The army withdrew."]


@pytest.mark.parametrize("language", ["fr", "", "AR", "und"])
def test_a_language_without_a_lexicon_is_refused(language: str) -> None:
    with pytest.raises(UnsupportedLanguage, match="no extraction for the language"):
        PIPELINE.extract(Article("Bonjour.", language))


@pytest.mark.parametrize(
    "published", [None, "", "yesterday", "2025", "2025-13-45", "2025-03-15T10:00:00Z", "15/03/2025"]
)
def test_a_publication_date_that_is_none_is_not_used(published: str | None) -> None:
    claims = PIPELINE.extract(
        Article("انسحب الجيش السوري من مدينة سراقب اليوم السبت.", "ar", published=published)
    ).claims
    dates = [claim.date.edtf for claim in claims if claim.date is not None]
    assert dates == (["2025-03-15"] if published == "2025-03-15T10:00:00Z" else [None])


# ---------------------------------------------------------------------- texts that nobody expects

ODD = [
    "",
    " ",
    "\n",
    "\n\n\n",
    "\r\n",
    "\t",
    "ح",
    "و",
    "1",
    ".",
    "..",
    "؟",
    "،،،،،",
    ".......",
    "“”«»()[]",
    "!?؟!،؛:",
    "#حلب #إدلب #سوريا",
    "#عاجل",
    "@user @other",
    "https://example.org/a/b",
    "ـــــــ",
    "\u064b\u064c\u064d",
    "\u200f\u200e\u202a\u202b\u202c\u2066\u2069",
    "\u202eغارة على حلب\u202c",
    "غارة\u0000على\u0007حلب\u001b[31m",
    "🔴 عاجل | غارة على حلب 🇸🇾",
    "ﻏﺎﺭﺓ ﻋﻠﻰ ﺣﻠﺐ",
    "و79",
    'و"',
    "٪",
    "99999999999999999999999999999999 قتيلا",
    "قتل " * 50,
    "على على على على",
    "المصدر: وكالات",
    "أكد أكد أكد أن أن أن",
    "سيطرت على",
    "انسحابه",
    "نفى",
    "أن",
    "غارات، غارات، غارات",
    "(" * 200,
    "قال:" * 40,
    "مقاتلو " * 500,
    "قوات مقاتلي فصائل " * 200,
    "7" * 5000,
    "غارةعلىحلب" * 500,
    "#حلب#غارة" * 200,
    "Le président a déclaré que les forces ont quitté la ville.",
    "Президент заявил, что войска покинули город Алеппо.",
    "無人機が都市を攻撃し、16人が死亡した。",
    "غارة raid على Aleppo حلب بـdrone",
    "\u202eغارة\u202c على \u2066حلب\u2069 قتلت \u202d16\u202c شخصا",
    "ﷺ " * 50,
]


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("text", ODD, ids=lambda t: repr(t)[:24])
def test_an_odd_text_breaks_nothing(text: str, language: str) -> None:
    nlp_ready(language)
    article_text = text
    for claim in extract(article_text, language):
        for _, span in spans_of(claim):
            assert 0 <= span.start < span.end <= len(article_text)


@pytest.mark.parametrize("text", ["غارة على \ud800 حلب", "\udfff", "قتل \ud83d ستة في غارة على حلب"], ids=ascii)
def test_a_lone_surrogate_is_refused_with_its_place(text: str) -> None:
    from ingest.pipeline import NotText

    with pytest.raises(NotText, match="unpaired surrogate at character") as caught:
        extract(text, "ar")
    assert "\ud800" <= text[caught.value.offset] <= "\udfff"


def nlp_ready(language: str) -> None:
    from ingest.lexicon import LexiconError

    try:
        PIPELINE.language(language)
    except LexiconError as missing:
        if language == "en" and "missing" in str(missing):
            pytest.skip("the en lexicon is not complete yet")
        raise


def extract(text: str, language: str) -> tuple[Claim, ...]:
    article = Article(text, language, published="2025-03-15")
    return PIPELINE.extract(article).claims


NEWS_WORDS = (
    "غارة غارات على مدينة حلب إدلب وإدلب بحلب قتل مقتل 16 ٣٤٣ شخصا ، . .. : “ ” ( ) سيطرت سيطرتها الجيش السوري"
    " الفصائل المسلحة انسحب انسحابه من إلى نحو أكد أن قال المرصد لم لن سوف عدم نفى في حال اليوم السبت عام 2016 قرى"
    " ست و79 نزح آلاف المدنيين طريق \n التي هيئة تحرير الشام تحت سيطرة المسلحين بيد من قبل استعدادا لهجوم مضاد"
    " منذ استعادة وكالة رويترز عن شهود عيان"
)
NEWS = st.sampled_from(NEWS_WORDS.split(" "))


@settings(max_examples=300, deadline=None)
@given(st.lists(NEWS, max_size=40))
def test_any_row_of_news_words_gives_sound_claims(words: list[str]) -> None:
    text = " ".join(words)
    for claim in extract(text, "ar"):
        for slot, span in spans_of(claim):
            assert 0 <= span.start < span.end <= len(text), slot
        assert all(f.low is None or f.high is None or f.low <= f.high for f in claim.figures)
        assert not (claim.type == "Denial" and claim.modality.happened)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_breaks_nothing(text: str) -> None:
    for claim in extract(text, "ar"):
        for _, span in spans_of(claim):
            assert 0 <= span.start < span.end <= len(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["قتل ستة مدنيين في غارة على مدينة سراقب ", "سيطرت الفصائل المسلحة على قرية مورك و", "كلمة أخرى بلا معنى خاص "],
    ids=["strikes", "takeovers", "nothing"],
)
def test_a_sentence_of_ten_thousand_words_ends(unit: str) -> None:
    words = unit.split()
    text = " ".join(words[i % len(words)] for i in range(10_000))
    started = time.perf_counter()
    extract(text, "ar")
    assert time.perf_counter() - started < 20
