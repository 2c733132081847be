"""What is negated, denied, planned, feared or conditional never counts as having happened."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.lexicon import DEFAULT_FOLDER
from ingest.pipeline import Pipeline
from ontology.model import Modality
from tests.ingest.extracting import claims_of, happened, of_type

PIPELINE = Pipeline()
english = pytest.mark.skipif(
    not (DEFAULT_FOLDER / "en" / "events.yaml").exists(), reason="the en lexicon has no events.yaml yet"
)

# Who; the verb in its perfect, jussive, subjunctive and imperfect; the verbal noun; what; the type it gives.
VERBAL = [
    ("الجيش", "انسحب", "ينسحب", "ينسحب", "ينسحب", "الانسحاب", "من مدينة سراقب", "Withdrawal"),
    ("الجيش", "قصف", "يقصف", "يقصف", "يقصف", "قصف", "بلدة أريحا", "Shelling"),
    ("الجيش", "سيطر", "يسيطر", "يسيطر", "يسيطر", "السيطرة", "على بلدة كفرنبل", "Takeover"),
    ("الجيش", "استعاد", "يستعد", "يستعيد", "يستعيد", "استعادة", "بلدة مورك", "Takeover"),
    ("الجيش", "استولى", "يستول", "يستولي", "يستولي", "الاستيلاء", "على بلدة مورك", "Takeover"),
    ("الجيش", "اقتحم", "يقتحم", "يقتحم", "يقتحم", "اقتحام", "مدينة جنين", "Offensive"),
    ("الفصائل", "انسحبت", "تنسحب", "تنسحب", "تنسحب", "الانسحاب", "من مدينة سراقب", "Withdrawal"),
    ("الفصائل", "قصفت", "تقصف", "تقصف", "تقصف", "قصف", "بلدة أريحا", "Shelling"),
    ("الفصائل", "سيطرت", "تسيطر", "تسيطر", "تسيطر", "السيطرة", "على بلدة كفرنبل", "Takeover"),
    ("الفصائل", "حررت", "تحرر", "تحرر", "تحرر", "تحرير", "مدينة سراقب", "Takeover"),
    ("الفصائل", "أخلت", "تخل", "تخلي", "تخلي", "إخلاء", "مواقعها في بلدة مورك", "Withdrawal"),
    ("الطائرات الحربية", "قصفت", "تقصف", "تقصف", "تقصف", "قصف", "مدينة سراقب", "Airstrike"),
]
ROWS = st.sampled_from(VERBAL)
CONJUNCTION = st.sampled_from(["", "و"])


def modalities(text: str, language: str = "ar") -> list[tuple[str, str]]:
    return [(c.type, c.modality.value) for c in claims_of(PIPELINE, text, language=language)]


def nothing_happened(text: str, language: str = "ar") -> None:
    assert not happened(claims_of(PIPELINE, text, language=language)), (text, modalities(text, language))


@pytest.mark.parametrize("row", VERBAL, ids=lambda row: f"{row[1]} {row[6]}")
def test_the_plain_sentence_has_happened(row: tuple[str, ...]) -> None:
    who, perfect, _, _, _, _, what, kind = row
    for text in (f"{perfect} {who} {what}.", f"{who} {perfect} {what}."):
        assert of_type(tuple(happened(claims_of(PIPELINE, text))), kind), (text, modalities(text))


@settings(deadline=None)
@given(ROWS, CONJUNCTION, st.booleans())
def test_lam_with_the_jussive_negates(row: tuple[str, ...], conjunction: str, subject_first: bool) -> None:
    who, _, jussive, _, _, _, what, _ = row
    nothing_happened(
        f"{who} {conjunction}لم {jussive} {what}." if subject_first else f"{conjunction}لم {jussive} {who} {what}."
    )


@settings(deadline=None)
@given(ROWS, CONJUNCTION, st.booleans())
def test_lan_with_the_subjunctive_negates(row: tuple[str, ...], conjunction: str, subject_first: bool) -> None:
    who, _, _, subjunctive, _, _, what, _ = row
    nothing_happened(
        f"{who} {conjunction}لن {subjunctive} {what}."
        if subject_first
        else f"{conjunction}لن {subjunctive} {who} {what}."
    )


@settings(deadline=None)
@given(
    ROWS,
    st.sampled_from(
        ["أكد المتحدث عدم {noun} {what}.", "قال إن {who} فضل عدم {noun} {what}.", "مضى اليوم دون {noun} {what}."]
    ),
)
def test_adam_and_duna_before_the_verbal_noun_negate(row: tuple[str, ...], frame: str) -> None:
    who, _, _, _, _, noun, what, _ = row
    nothing_happened(frame.format(who=who, noun=noun, what=what))


@settings(deadline=None)
@given(
    ROWS,
    st.sampled_from(
        [
            "نفى {who} {noun} {what}.",
            "نفى المتحدث باسم الجيش {noun} {what}.",
            "نفت وزارة الدفاع {noun} {what}.",
            "ونفى مصدر عسكري أنباء {noun} {what}.",
            "ينفي {who} {noun} {what}.",
            "وأكد {who} أنه لا صحة لأنباء {noun} {what}.",
        ]
    ),
)
def test_a_denial_is_no_event(row: tuple[str, ...], frame: str) -> None:
    who, _, _, _, _, noun, what, _ = row
    nothing_happened(frame.format(who=who, noun=noun, what=what))


@settings(deadline=None)
@given(ROWS, st.sampled_from(["سوف ", "س", "وسوف ", "وس"]), st.booleans())
def test_the_future_is_a_plan(row: tuple[str, ...], mark: str, subject_first: bool) -> None:
    who, _, _, _, imperfect, _, what, kind = row
    text = f"{who} {mark}{imperfect} {what}." if subject_first else f"{mark}{imperfect} {who} {what}."
    nothing_happened(text)
    assert (kind, Modality.PLANNED.value) in modalities(text)


@settings(deadline=None)
@given(
    ROWS,
    st.sampled_from(["يعتزم {who}", "قرر الجيش", "يستعد {who} ل", "يخطط {who} ل", "تعهد الجيش ب", "وضع {who} خطة ل"]),
)
def test_an_intention_is_a_plan(row: tuple[str, ...], lead: str) -> None:
    who, _, _, _, _, noun, what, _ = row
    lead = lead.format(who=who)
    if lead.endswith((" ل", " ب")):
        joined = f"ل{noun[1:]}" if lead.endswith("ل") and noun.startswith("ال") else f"{lead[-1]}{noun}"
        nothing_happened(f"{lead[:-2]} {joined} {what}.")
    else:
        nothing_happened(f"{lead} {noun} {what}.")


@settings(deadline=None)
@given(
    ROWS,
    st.sampled_from(
        [
            "سترد الدول في حال {perfect} {who} {what}.",
            "سترد الدول إذا {perfect} {who} {what}.",
            "إذا {perfect} {who} {what} فإن الدول سترد.",
            "في حال {noun} {what} سترد الدول.",
            "سترد الدول في حالة {noun} {what}.",
        ]
    ),
)
def test_a_condition_is_no_event(row: tuple[str, ...], frame: str) -> None:
    who, perfect, _, _, _, noun, what, _ = row
    nothing_happened(frame.format(who=who, perfect=perfect, noun=noun, what=what))


@settings(deadline=None)
@given(
    ROWS,
    st.sampled_from(
        [
            "قد {imperfect} {who} {what} قريبا.",
            "ربما {imperfect} {who} {what}.",
            "حذر المراقبون من {noun} {what}.",
            "أغلقت المدارس خشية {noun} {what}.",
            "تحدث المحلل عن احتمال {noun} {what}.",
        ]
    ),
)
def test_what_may_happen_is_no_event(row: tuple[str, ...], frame: str) -> None:
    who, _, _, _, imperfect, noun, what, _ = row
    nothing_happened(frame.format(who=who, imperfect=imperfect, noun=noun, what=what))


@settings(deadline=None)
@given(ROWS)
def test_qad_with_the_perfect_has_happened(row: tuple[str, ...]) -> None:
    who, perfect, _, _, _, _, what, kind = row
    auxiliary = "كانت" if perfect.endswith("ت") else "كان"
    text = f"و{auxiliary} {who} قد {perfect} {what}."
    assert of_type(tuple(happened(claims_of(PIPELINE, text))), kind), (text, modalities(text))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("لم يعلق الجيش، لكن الفصائل سيطرت على بلدة كفرنبل.", "Takeover"),
        ("بعد أن نفى ذلك أمس؛ انسحب الجيش من مدينة سراقب.", "Withdrawal"),
        ("لن تتوقف المعارك، وقد انسحب الجيش من مدينة سراقب.", "Withdrawal"),
    ],
)
def test_a_negation_ends_with_its_clause(text: str, kind: str) -> None:
    assert of_type(tuple(happened(claims_of(PIPELINE, text))), kind), modalities(text)


def test_what_did_not_stop_went_on() -> None:
    text = "لم تتوقف الغارات على مدينة سراقب طوال الليل."
    assert of_type(tuple(happened(claims_of(PIPELINE, text))), "Airstrike"), modalities(text)


def test_nine_is_a_number_and_no_cue() -> None:
    """تسعة is not تسع, "she seeks", with a pronoun."""
    text = "قتل تسعة مدنيين في غارة على مدينة سراقب."
    assert modalities(text) == [("Airstrike", "asserted")]


def test_a_jussive_alone_is_no_event() -> None:
    """يستعد is "prepares"; as a form of "regains" it stands only after لم."""
    text = "يستعد الجيش لقصف بلدة أريحا."
    assert modalities(text) == [("Shelling", "planned")]


def test_a_cue_that_decides_stands_in_the_claim_with_its_characters() -> None:
    text = "يعتزم الجيش الانسحاب من مدينة سراقب."
    claim = claims_of(PIPELINE, text)[0]
    assert claim.modality is Modality.PLANNED
    assert [(c.span.of(text), c.rule, c.effect) for c in claim.cues] == [("يعتزم", "ar.cue.azm", Modality.PLANNED)]


def test_a_purpose_drops_and_the_act_itself_stays() -> None:
    text = "شنت الطائرات الحربية غارات على مدينة سراقب بهدف السيطرة على بلدة النيرب."
    assert [(c.type, c.modality.happened) for c in claims_of(PIPELINE, text)] == [("Airstrike", True)]


def test_what_lies_long_before_publication_is_background() -> None:
    text = "سيطر الجيش على مدينة حلب عام 2016."
    assert modalities(text) == [("Takeover", "background")]
    assert [c.modality.value for c in claims_of(PIPELINE, text, published="2016-12-23")] == ["asserted"]


def test_without_a_publication_date_an_old_year_is_not_read_as_news_of_the_day() -> None:
    claim = claims_of(PIPELINE, "سيطر الجيش على مدينة حلب عام 2016.", published=None)[0]
    assert claim.date is not None
    assert (claim.date.edtf, claim.date.anchor) == ("2016", None)


@pytest.mark.parametrize(
    "text",
    [
        "لا تزال المدينة تحت سيطرة الجيش.",
        "وصلت المساعدات إلى مناطق سيطرة الحكومة في ريف حلب.",
        "ينتشر الجيش في المناطق الخاضعة لسيطرته في ريف حماة.",
        "تقع البلدة في منطقة تخضع لسيطرة الفصائل.",
    ],
)
def test_a_state_of_control_is_no_takeover(text: str) -> None:
    assert not of_type(tuple(happened(claims_of(PIPELINE, text))), "Takeover"), modalities(text)


ENGLISH = [
    ("The army", "withdrew", "withdraw", "withdrawal", "from Saraqib", "Withdrawal"),
    ("Rebels", "captured", "capture", "capture", "the town of Kafr Nabl", "Takeover"),
    ("The army", "shelled", "shell", "shelling", "the town of Ariha", "Shelling"),
]


@english
@pytest.mark.parametrize("row", ENGLISH, ids=lambda row: row[1])
def test_the_plain_english_sentence_has_happened(row: tuple[str, ...]) -> None:
    who, past, _, _, what, kind = row
    claims = claims_of(PIPELINE, f"{who} {past} {what}.", language="en")
    assert of_type(tuple(happened(claims)), kind)


@english
@settings(deadline=None)
@given(
    st.sampled_from(ENGLISH),
    st.sampled_from(
        [
            "{who} did not {base} {what}.",
            "{who} will {base} {what}.",
            "{who} plans to {base} {what}.",
            "{who} denied the {noun} {what}.",
            "{who} might {base} {what}.",
            "If {who} {past} {what}, neighbours would respond.",
            "{who} failed to {base} {what}.",
            "{who} threatened to {base} {what}.",
        ]
    ),
)
def test_an_english_sentence_that_is_not_so_has_not_happened(row: tuple[str, ...], frame: str) -> None:
    who, past, base, noun, what, _ = row
    nothing_happened(frame.format(who=who, past=past, base=base, noun=noun, what=what), "en")
