"""What a sentence means does not hang on how it is spelt, and what it does not say it never comes to mean.

The sentences are the lexicon's own positive examples and the demo articles, so that every entry that is added later is
held to the same: negated, denied, planned or hedged it has not happened; other digits, number words, marks and seats
of hamza change nothing; what stands beside it in the article changes nothing.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.inflection import Form
from ingest.lexicon import Entry, Lexicon, load_lexicon
from ingest.pipeline import Pipeline
from ingest.readers import read_path
from ontology.model import Article, Claim, Span
from ontology.normal import normal_word
from tests.ingest.extracting import CONFLICT, counts, spans_of
from tests.ingest.number_words import arabic, english

PIPELINE = Pipeline()
DEMO = [item for item in read_path(Path(__file__).parents[2] / "api" / "demo") if isinstance(item, Article)]
# What stands behind these is presupposed, whatever is said of the clause that they are part of.
PRESUPPOSED = {"بعد", "عقب", "إثر", "منذ", "after", "following", "since", "as", "when", "before"}
WESTERN, INDIC, PERSIAN = "0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"
SEATS = "اأإآ"
LETTERS = frozenset("ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئ")
MARKS = "\u0651\u064c\u064d\u064e\u064f\u0650\u0652"  # without fathatan, which makes an adverb of a noun
JOINING = frozenset("بتثجحخسشصضطظعغفقكلمنهيئ")


@dataclass(frozen=True)
class Sentence:
    """A positive example of an entry that stands for one claim which happened."""

    text: str
    language: str
    entry: Entry
    trigger: Span

    def __str__(self) -> str:
        return f"{self.entry.id}: {self.text}"


def claims_of(text: str, language: str) -> tuple[Claim, ...]:
    return PIPELINE.extract(Article(text + CONFLICT[language], language, published="2025-03-15")).claims


@cache
def sentences(language: str) -> tuple[Sentence, ...]:
    found = []
    for entry in lexicon(language).entries:
        if entry.section != "events" or entry.get("type") == "Denial":
            continue
        for text in (entry.get("examples") or {}).get("match", ()):
            happened = [c for c in claims_of(text, language) if c.modality.happened]
            if len(happened) != 1 or happened[0].trigger.rule != entry.id:
                continue
            span = happened[0].trigger.span
            if PRESUPPOSED.isdisjoint(text[: span.start].lower().split()):
                found.append(Sentence(text, language, entry, span))
    return tuple(found)


@cache
def lexicon(language: str) -> Lexicon:
    return load_lexicon(language)


@cache
def forms(language: str) -> dict[str, list[Form]]:
    """Entry → its forms."""
    found: dict[str, list[Form]] = {}
    for known in lexicon(language).forms.values():
        for k in known:
            found.setdefault(k.entry.id, []).append(k.form)
    return found


def tenses_of(sentence: Sentence) -> dict[str, str]:
    """The trigger's verb in each tense, with the person, gender and number that it has in the sentence."""
    word = normal_word(sentence.trigger.of(sentence.text))
    all_forms = forms(sentence.language)[sentence.entry.id]
    here = next((f for f in all_forms if f.word == word and f.tense in ("perfect", "participle")), None)
    if here is None:
        return {}
    same = [f for f in all_forms if (f.person, f.gender, f.number) == (here.person, here.gender, here.number)]
    return {form.tense: form.word for form in reversed(same) if not form.construct}


@cache
def verbal(language: str) -> tuple[tuple[Sentence, tuple[tuple[str, str], ...]], ...]:
    """Sentences whose trigger is a finite verb in the past, with the words of its other tenses."""
    found = []
    for sentence in sentences(language):
        before = sentence.text[: sentence.trigger.start].split()
        if sentence.entry.pos != "verb" or {"was", "were", "is", "are", "been", "be"} & set(before):
            continue
        tenses = tenses_of(sentence)
        if {"perfect", "imperfect" if language == "ar" else "base"} <= set(tenses):
            found.append((sentence, tuple(sorted(tenses.items()))))
    return tuple(found)


@cache
def nominal() -> tuple[Sentence, ...]:
    """Arabic sentences whose trigger is a noun that stands without a proclitic."""
    nouns = [s for s in sentences("ar") if s.entry.pos == "noun"]
    return tuple(s for s in nouns if not s.trigger.start or s.text[s.trigger.start - 1] == " ")


def told_as_done(text: str, language: str, first: int, last: int) -> list[str]:
    """The claims that happened of triggers within the characters [first, last)."""
    return [
        f"{text} → {claim.type} by {claim.trigger.rule}"
        for claim in claims_of(text, language)
        if claim.modality.happened and first <= claim.trigger.span.start < last
    ]


# ---------------------------------------------------------------------- negated, denied, planned, hedged


def test_there_are_sentences_enough() -> None:
    assert len(sentences("ar")) >= 60
    assert len(sentences("en")) >= 120
    assert len(verbal("ar")) >= 30
    assert len(verbal("en")) >= 60
    assert len(nominal()) >= 30


ARABIC_VERBS = {
    "negated": [
        "لم {jussive}",
        "ولم {jussive}",
        "لن {imperfect}",
        "لا {imperfect}",
        "لم ولن {imperfect}",
        "قد لا {imperfect}",
    ],
    "planned": [
        "س{imperfect}",
        "سوف {imperfect}",
        "من المقرر أن {imperfect}",
        "من المتوقع أن {imperfect}",
        "من المنتظر أن {imperfect}",
        "يجب أن {imperfect}",
        "ينبغي أن {imperfect}",
    ],
    "hedged": [
        "قد {imperfect}",
        "وقد {imperfect}",
        "ربما {imperfect}",
        "يمكن أن {imperfect}",
        "يحتمل أن {imperfect}",
        "من المحتمل أن {imperfect}",
        "كاد أن {imperfect}",
        "يكاد {imperfect}",
        "لو {perfect}",
        "إذا {perfect}",
        "في حال {perfect}",
    ],
}
ENGLISH_VERBS = {
    "negated": [
        "did not {base}",
        "didn't {base}",
        "never {perfect}",
        "has not {participle}",
        "could not {base}",
        "failed to {base}",
        "refused to {base}",
        "neither {perfect}",
        "has yet to {base}",
        "almost {perfect}",
        "nearly {perfect}",
        "won't {base}",
    ],
    "denied": ["denied {gerund}", "denied having {participle}", "denied that it {perfect}"],
    "planned": [
        "will {base}",
        "would {base}",
        "plans to {base}",
        "plan to {base}",
        "intends to {base}",
        "wants to {base}",
        "hopes to {base}",
        "is expected to {base}",
        "is about to {base}",
        "threatened to {base}",
        "is considering {gerund}",
        "should {base}",
        "must {base}",
        "vowed to {base}",
        "has been ordered to {base}",
        "is preparing to {base}",
    ],
    "hedged": [
        "may {base}",
        "might {base}",
        "could {base}",
        "may have {participle}",
        "is likely to {base}",
        "would have {participle}",
    ],
}


def ways(table: dict[str, list[str]]) -> list[object]:
    return [pytest.param(way, id=f"{kind}: {way}") for kind, rows in table.items() for way in rows]


def turned(language: str, way: str) -> Iterator[tuple[str, int, int]]:
    """Every verbal sentence with its verb turned that way, and where the turned verb stands."""
    for sentence, tenses in verbal(language):
        forms = dict(tenses)
        forms.setdefault("jussive", forms.get("imperfect", ""))
        forms.setdefault("participle", forms["perfect"])
        if "{gerund}" in way and "gerund" not in forms:
            continue
        said = way.format_map(forms)
        start = sentence.trigger.start
        yield f"{sentence.text[:start]}{said}{sentence.text[sentence.trigger.end :]}", start, start + len(said)


@pytest.mark.parametrize("way", ways(ARABIC_VERBS))
def test_an_arabic_verb_turned_so_has_not_happened(way: str) -> None:
    assert not [done for text, a, b in turned("ar", way) for done in told_as_done(text, "ar", a, b)]


@pytest.mark.parametrize("way", ways(ENGLISH_VERBS))
def test_an_english_verb_turned_so_has_not_happened(way: str) -> None:
    assert not [done for text, a, b in turned("en", way) for done in told_as_done(text, "en", a, b)]


NOUNS = {
    "negated": [
        "لم تقع {noun}",
        "لم تقع أي {noun}",
        "لم تشن إسرائيل {noun}",
        "لا توجد {noun}",
        "دون وقوع {noun}",
        "لم يسجل المرصد أي {noun}",
    ],
    "denied": [
        "نفى الجيش وقوع {noun}",
        "نفت الوزارة تنفيذ {noun}",
        "كذبت القيادة أنباء {noun}",
        "لا صحة لأنباء {noun}",
        "نفي {noun}",
    ],
    "planned": ["من المقرر بدء {noun}", "يعتزم الجيش تنفيذ {noun}", "هدد الجيش بشن {noun}", "خطة لتنفيذ {noun}"],
    "hedged": [
        "قد تقع {noun}",
        "قد تشن إسرائيل {noun}",
        "ربما تقع {noun}",
        "احتمال وقوع {noun}",
        "خشية وقوع {noun}",
        "لو وقعت {noun}",
        "إذا وقعت {noun}",
    ],
}


@pytest.mark.parametrize("way", ways(NOUNS))
def test_an_arabic_noun_turned_so_has_not_happened(way: str) -> None:
    first = way.index("{noun}")
    done = []
    for sentence in nominal():
        rest = sentence.text[sentence.trigger.start :]
        done += told_as_done(way.format(noun=rest), "ar", first, first + len(sentence.trigger.of(sentence.text)))
    assert not done


ARABIC_FRAMES = {
    "denied": [
        "نفى المتحدث باسم الوزارة صحة الأنباء التي تقول إن {}",
        "نفت الوزارة أن {}",
        "نفت مصادر عسكرية أنباء مفادها أن {}",
        "لا صحة للأنباء التي تحدثت عن أن {}",
        "لا صحة لما يقال إن {}",
        "ليس صحيحا أن {}",
        "غير صحيح أن {}",
        "لم يثبت أن {}",
    ],
    "hedged": ["ربما {}", "إذا {}", "لو {}", "لو أن {}", "في حال {}", "من المحتمل أن {}", "يحتمل أن {}"],
}
ENGLISH_FRAMES = {
    "denied": [
        "The ministry denied that {}",
        "The army denied reports that {}",
        "There is no truth to reports that {}",
        "It is not true that {}",
        "The ministry dismissed claims that {}",
    ],
    "hedged": ["If {}", "Unless {}", "Perhaps {}", "Maybe {}", "It is possible that {}", "Officials fear that {}"],
}


@pytest.mark.parametrize("frame", ways(ARABIC_FRAMES))
def test_an_arabic_sentence_framed_so_has_not_happened(frame: str) -> None:
    framed("ar", frame)


@pytest.mark.parametrize("frame", ways(ENGLISH_FRAMES))
def test_an_english_sentence_framed_so_has_not_happened(frame: str) -> None:
    framed("en", frame)


def framed(language: str, frame: str) -> None:
    at = frame.index("{}")
    done = []
    for sentence in sentences(language):
        first = at + sentence.trigger.start
        done += told_as_done(frame.format(sentence.text), language, first, first + 1)
    assert not done


# ---------------------------------------------------------------------- spelling


@cache
def whole_texts(language: str) -> tuple[Article, ...]:
    """The demo articles of a language, and each sentence of the lexicon as an article of its own."""
    alone = [Article(s.text + CONFLICT[language], language, published="2025-03-15") for s in sentences(language)]
    return (*(article for article in DEMO if article.language == language), *alone)


def respelt(article: Article, text: str) -> Article:
    title = article.title
    return Article(text, article.language, title=title, published=article.published, publisher=article.publisher)


def said(article: Article) -> list[tuple[object, ...]]:
    """What the claims of an article say, in normal words; no id, which the text's own digest is part of."""

    def words(span: Span) -> tuple[str, ...]:
        return tuple(normal_word(word) for word in span.of(article.text).split())

    return [
        (
            claim.type,
            claim.subtype,
            claim.modality,
            words(claim.trigger.span),
            claim.trigger.rule,
            tuple(words(span) for span in claim.evidence),
            tuple((p.role, words(p.span), p.names) for p in claim.participants),
            tuple((p.role, words(p.span), p.names, p.links, p.precision, p.extent) for p in claim.places),
            claim.date and (claim.date.edtf, words(claim.date.span)),
            tuple((f.category, f.low, f.best, f.high, f.of) for f in claim.figures),
            tuple((s.kind, words(s.span), s.names, s.verb and words(s.verb)) for s in claim.sources),
            tuple((c.rule, words(c.span)) for c in claim.cues),
        )
        for claim in PIPELINE.extract(article).claims
    ]


@cache
def said_plainly(article: Article) -> list[tuple[object, ...]]:
    return said(article)


@pytest.mark.parametrize("digits", [WESTERN, INDIC, PERSIAN])
def test_no_kind_of_digits_changes_anything(digits: str) -> None:
    table = str.maketrans(WESTERN + INDIC + PERSIAN, digits * 3)
    for article in whole_texts("ar"):
        assert said(respelt(article, article.text.translate(table))) == said_plainly(article), article.text


@st.composite
def spelling(draw: st.DrawFn) -> Article:
    """A text with marks, tatweel and other seats of hamza at some of its letters."""
    article = draw(st.sampled_from(whole_texts("ar")))
    rate = draw(st.sampled_from([0.05, 0.3, 0.8]))
    chance = random.Random(draw(st.integers(0, 2**32 - 1)))
    kinds = draw(st.sets(st.sampled_from(["marks", "tatweel", "seats"]), min_size=1))
    text = article.text
    out = []
    for at, letter in enumerate(text):
        hit = letter in LETTERS and chance.random() < rate
        first = not at or not text[at - 1].isalpha()
        out.append(chance.choice(SEATS) if hit and "seats" in kinds and letter in SEATS and first else letter)
        if hit and "marks" in kinds:
            out.append(chance.choice(MARKS))
        if hit and "tatweel" in kinds and letter in JOINING and text[at + 1 : at + 2] in LETTERS:
            out.append("ـ" * chance.randint(1, 3))
    return respelt(article, "".join(out))


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_marks_tatweel_and_seats_of_hamza_change_nothing(data: st.DataObject) -> None:
    noisy = data.draw(spelling())
    plain = "".join(normal_word(c) or "" for c in noisy.text)
    article = next(a for a in whole_texts("ar") if "".join(normal_word(c) or "" for c in a.text) == plain)
    assert said(noisy) == said_plainly(article)


TOLLS = {
    "ar": [
        "مقتل {n} مدنيا في غارة على مدينة سراقب.",
        "أسفرت غارة جوية على سراقب عن مقتل {n} شخصا وإصابة آخرين.",
        "قتل {n} شخصا في قصف مدفعي على بلدة أريحا.",
        "ارتفعت حصيلة قتلى الغارات على حلب إلى {n} قتيلا.",
    ],
    "en": [
        "An airstrike on Saraqib killed {n} civilians.",
        "At least {n} people were killed in an airstrike on Saraqib.",
        "Shelling of the town of Ariha left {n} people dead.",
        "{n} civilians were wounded in an airstrike on Idlib.",
    ],
}


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(TOLLS["ar"]), st.integers(3, 999), st.integers(0, 3), st.booleans(), st.booleans())
def test_arabic_number_words_give_the_figure_of_digits(
    frame: str, number: int, pick: int, cased: bool, old: bool
) -> None:
    same_figures("ar", frame, number, arabic(number, pick, cased, old))


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(TOLLS["en"]), st.integers(2, 999), st.sampled_from(["-", " "]), st.sampled_from([" ", " and "]))
def test_english_number_words_give_the_figure_of_digits(frame: str, number: int, hyphen: str, conjunction: str) -> None:
    same_figures("en", frame, number, english(number, hyphen, conjunction))


def same_figures(language: str, frame: str, number: int, words: str) -> None:
    digits = [counts(claim) for claim in claims_of(frame.format(n=number), language)]
    assert number in {best for row in digits for best in row.values()}
    assert [counts(claim) for claim in claims_of(frame.format(n=words), language)] == digits


# ---------------------------------------------------------------------- what stands beside it

ELSEWHERE = {
    "ar": [
        "وافتتح الوزير معرض الكتاب في العاصمة بحضور عدد من الأدباء يوم الجمعة.",
        "#أخبار #عاجل",
        "وارتفعت أسعار الخبز والوقود خلال الأسبوع بنسبة 12 في المئة.",
        "قتل رجل في حادث سير على الطريق السريع، وأصيب طفلاه.",
        "وتوقعت الأرصاد هطول أمطار غزيرة يوم الثلاثاء المقبل.",
        "قال وزير الزراعة إن موسم القمح كان جيدا هذا العام.",
        "وفاز الفريق على ضيفه بثلاثة أهداف، وسيطر على مجريات المباراة منذ بدايتها.",
    ],
    "en": [
        "The minister opened a book fair in the capital on Friday.",
        "Bread prices rose by 12 percent during the week.",
        "Forecasters expect heavy rain next Tuesday.",
        "The agriculture minister said that the wheat harvest was good.",
        "Police said a man was killed and two children were injured in a car crash.",
        "The home team beat its rivals 3-1.",
    ],
}


@pytest.mark.parametrize(("language", "paragraph"), [(code, p) for code, rows in ELSEWHERE.items() for p in rows])
def test_a_paragraph_about_something_else_changes_no_claim(language: str, paragraph: str) -> None:
    """Without names of places: those say which country the article speaks of, and so which namesake is meant."""
    for article in whole_texts(language):
        longer = respelt(article, f"{article.text.rstrip()}\n\n{paragraph}")
        assert said(longer) == said_plainly(article), article.text


@settings(max_examples=10, deadline=None)
@given(st.permutations(DEMO))
def test_the_order_of_articles_never_matters(articles: list[Article]) -> None:
    for article in articles[:6]:
        assert PIPELINE.extract(article).claims == first_claims()[article.id]


@cache
def first_claims() -> dict[str, tuple[Claim, ...]]:
    return {article.id: PIPELINE.extract(article).claims for article in DEMO}


@settings(max_examples=60, deadline=None)
@given(spelling())
def test_every_offset_slices_back_to_words_of_the_text(article: Article) -> None:
    for claim in PIPELINE.extract(article).claims:
        for name, span in spans_of(claim):
            if name == "date" and not span.end:
                continue  # the day of a title beside the text
            words = span.of(article.text)
            assert words == words.strip()
            assert words
            assert 0 <= span.start < span.end <= len(article.text)
