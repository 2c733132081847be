import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.inflection import Form, arabic_adjective, arabic_noun, arabic_verb, english_noun, english_verb
from ontology.normal import normal_word

STRONG = st.text("بتثجحخدرزسشصضطظعغفقكلمنه", min_size=3, max_size=3)


def words(forms: object) -> set[str]:
    return {form.word for form in forms}  # type: ignore[attr-defined]


def features(forms: object, word: str) -> set[tuple[str, str, int, str]]:
    return {(f.gender, f.number, f.person, f.tense) for f in forms if f.word == normal_word(word)}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("perfect", "imperfect", "expected"),
    [
        ("قصف", "يقصف", "قصف قصفت قصفوا قصفنا يقصف تقصف يقصفون نقصف يقصفوا"),
        ("قال", "يقول", "قال قالت قالوا قلنا يقول تقول يقولون يقل"),
        ("نفى", "ينفي", "نفى نفت نفوا نفينا ينفي تنفي ينفون ينف"),
        ("دعا", "يدعو", "دعا دعت دعوا يدعو تدعو يدعون يدع"),
        ("سيطر", "يسيطر", "سيطر سيطرت سيطروا سيطرنا يسيطر تسيطر يسيطرون"),
        ("استعاد", "يستعيد", "استعاد استعادت استعادوا استعدنا يستعيد تستعيد يستعيدون يستعد"),
        ("أجلى", "يجلي", "أجلى أجلت أجلوا يجلي تجلي يجلون"),
        ("فر", "يفر", "فر فرت فروا يفر تفر يفرون"),
        ("بدأ", "يبدأ", "بدأ بدأت بدؤوا يبدأ تبدأ"),
        ("استولى", "يستولي", "استولى استولت استولوا يستولي تستولي يستولون"),
    ],
)
def test_forms_of_an_arabic_verb(perfect: str, imperfect: str, expected: str) -> None:
    assert {normal_word(word) for word in expected.split()} <= words(arabic_verb(perfect, imperfect))


@pytest.mark.parametrize(
    ("form", "feature"),
    [
        ("انسحب", ("m", "s", 3, "perfect")),
        ("انسحبت", ("f", "s", 3, "perfect")),
        ("انسحبوا", ("m", "p", 3, "perfect")),
        ("انسحبا", ("m", "d", 3, "perfect")),
        ("انسحبنا", ("", "p", 1, "perfect")),
        ("ينسحب", ("m", "s", 3, "imperfect")),
        ("تنسحب", ("f", "s", 3, "imperfect")),
        ("ينسحبون", ("m", "p", 3, "imperfect")),
        ("ينسحبان", ("m", "d", 3, "imperfect")),
    ],
)
def test_a_verb_form_carries_what_agreement_needs(form: str, feature: tuple[str, str, int, str]) -> None:
    assert feature in features(list(arabic_verb("انسحب", "ينسحب")), form)


@settings(deadline=None)
@given(STRONG)
def test_a_strong_verb_has_each_cell_of_the_paradigm_once(root: str) -> None:
    forms = list(arabic_verb(root, "ي" + root))
    cells = [(f.gender, f.number, f.person, f.tense, f.construct) for f in forms]
    assert len({(f.word, *cell) for f, cell in zip(forms, cells, strict=True)}) == len(forms)
    assert {f.word for f in forms if f.tense == "perfect"} >= {root, root + "ت", root + "وا"}
    assert all(f.word[0] in "يتن" for f in forms if f.tense == "imperfect")


@pytest.mark.parametrize(
    ("singular", "gender", "plurals", "human", "expected"),
    [
        ("غارة", "f", ("غارات",), False, "غارة غارات غارتان غارتين غارتي"),
        ("قتيل", "m", ("قتلى",), True, "قتيل قتيلا قتلى قتيلان قتيلين"),
        ("مسلح", "m", ("مسلحون",), True, "مسلح مسلحون مسلحين مسلحو مسلحي"),
        ("مدينة", "f", ("مدن",), False, "مدينة مدينتي مدينتين مدن"),
        ("مشفى", "m", ("مشافي",), False, "مشفى مشافي"),
    ],
)
def test_forms_of_an_arabic_noun(
    singular: str, gender: str, plurals: tuple[str, ...], human: bool, expected: str
) -> None:
    assert {normal_word(w) for w in expected.split()} <= words(arabic_noun(singular, gender, plurals, human))


def test_plurals_of_things_agree_as_feminine_singular_and_those_of_people_do_not() -> None:
    thing = next(f for f in arabic_noun("صاروخ", "m", ("صواريخ",)) if f.word == "صواريخ")
    people = next(f for f in arabic_noun("مقاتل", "m", ("مقاتلون",), human=True) if f.word == "مقاتلون")
    assert (thing.gender, thing.number, thing.plural) == ("f", "s", True)
    assert (people.gender, people.number, people.plural) == ("m", "p", True)


def test_a_feminine_noun_before_a_pronoun_is_a_construct_form() -> None:
    forms = list(arabic_noun("سيطرة", "f", ()))
    assert [f.construct for f in forms if f.word == "سيطرت"] == [True]
    assert [f.construct for f in forms if f.word == "سيطره"] == [False]


def test_forms_of_an_arabic_adjective() -> None:
    forms = list(arabic_adjective("مسلح"))
    assert words(forms) >= {"مسلح", "مسلحه", "مسلحون", "مسلحين", "مسلحات", "مسلحا"}
    assert {(f.gender, f.number) for f in forms if f.word == "مسلحه"} == {("f", "s")}


@pytest.mark.parametrize(
    ("base", "irregular", "double", "expected"),
    [
        ("shell", (), False, "shell shells shelled shelling"),
        ("seize", (), False, "seize seizes seized seizing"),
        ("carry", (), False, "carry carries carried carrying"),
        ("deploy", (), False, "deploy deploys deployed deploying"),
        ("withdraw", ("withdrew", "withdrawn"), False, "withdraw withdraws withdrew withdrawn withdrawing"),
        ("hit", ("hit",), True, "hit hits hitting"),
        ("flee", ("fled",), False, "flee flees fled fleeing"),
        ("clash", (), False, "clash clashes clashed clashing"),
        ("grab", (), True, "grab grabs grabbed grabbing"),
    ],
)
def test_forms_of_an_english_verb(base: str, irregular: tuple[str, ...], double: bool, expected: str) -> None:
    assert words(english_verb(base, irregular, double=double)) == set(expected.split())


@pytest.mark.parametrize(
    ("singular", "plurals", "expected"),
    [
        ("airstrike", (), "airstrike airstrikes"),
        ("clash", (), "clash clashes"),
        ("city", (), "city cities"),
        ("convoy", (), "convoy convoys"),
        ("child", ("children",), "child children"),
    ],
)
def test_forms_of_an_english_noun(singular: str, plurals: tuple[str, ...], expected: str) -> None:
    forms = list(english_noun(singular, plurals))
    assert words(forms) == set(expected.split())
    assert all(f.plural == (f.number == "p") for f in forms)


@pytest.mark.parametrize(
    "forms",
    [
        list(arabic_verb("أخلى", "يخلي")),
        list(arabic_noun("إجلاء", "m", ("إخلاءات",))),
        list(arabic_adjective("روسي", ("روس",))),
        list(english_verb("Evacuate")),
    ],
)
def test_every_form_is_in_the_normal_form(forms: list[Form]) -> None:
    assert all(normal_word(form.word) == form.word for form in forms)
