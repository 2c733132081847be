"""Roles in Arabic: doers and targets by the constructions of news, and silence where none of them holds."""

import pytest

from ingest.lexicon import load_lexicon
from ingest.pipeline import Pipeline
from ontology.vocabulary import Vocabulary
from tests.ingest.extracting import actor_words, claims_of, of_type


def roles(pipeline: Pipeline, text: str, kind: str) -> tuple[set[str], set[str]]:
    claim = of_type(claims_of(pipeline, text), kind)[-1]
    return actor_words(claim, text, "agent"), actor_words(claim, text, "target")


@pytest.mark.parametrize(
    ("text", "kind", "agents"),
    [
        ("تقدم الجيش السوري في الريف حيث سيطر على بلدة مورك.", "Takeover", {"الجيش السوري"}),
        ("استهدفت قوات النظام بالقصف المدفعي أطراف بلدة سرمين.", "Shelling", {"قوات النظام"}),
        ("قصفت قوات النظام بلدة سرمين. وأسفر القصف عن مقتل ستة مدنيين.", "Shelling", {"قوات النظام"}),
        ("استهدفت غارات روسية وسورية مدينة سراقب.", "Airstrike", {"روسية", "سورية"}),
        ('شنت قوات "الجيش الوطني" و"المقاومة الشعبية" هجوما واسعا على مدينة لحج.', "Offensive", {"المقاومة الشعبية"}),
        (
            "قال المصدر إن مسلحين من تنظيم داعش شنوا هجوما على حاجز للجيش قرب الرمادي.",
            "ArmedClash",
            {"مسلحين من تنظيم داعش"},
        ),
        ('قال المتحدث باسم الفصائل: "سيطرنا على مدينة معرة النعمان".', "Takeover", {"الفصائل"}),
        (
            "أعلن البيان أن الجيش الروسي والجيش السوري استهدفا بالغارات بلدة آفس.",
            "Airstrike",
            {"الجيش الروسي", "الجيش السوري"},
        ),
        ("قتل ستة مدنيين في هجوم لقوات الدعم السريع على قرية الهلالية.", "ArmedClash", {"قوات الدعم السريع"}),
        ("استعادت دمشق السيطرة على بلدة مورك.", "Takeover", {"دمشق"}),
        ("قال الناشط إن الطيران الحربي قصف منزلا في بلدة سرمين.", "Airstrike", {"الطيران الحربي"}),
        ("سيطرت الفرقة السادسة مشاة على معسكر الدمازين.", "Takeover", {"الفرقة السادسة مشاة"}),
        ("قصف مسلحو كلهر الأحياء السكنية في مدينة غريان.", "Shelling", {"مسلحو كلهر"}),
        (
            "قتل مدنيون باستهداف الطيران المروحي والحربي بالبراميل المتفجرة بلدة سرمين.",
            "Airstrike",
            {"الطيران المروحي والحربي"},
        ),
        ("ألقى الطيران المروحي براميل متفجرة على بلدة سرمين.", "Airstrike", {"الطيران المروحي"}),
        ("قتل مدنيان في هجوم بطائرة مسيرة لقوات الدعم السريع على قرية الهلالية.", "Airstrike", {"قوات الدعم السريع"}),
        ("أعلن الجيش السوداني أن قواته استعادت السيطرة على مدينة سنجة.", "Takeover", {"الجيش السوداني"}),
        ("أعلنت قوات الجيش العراقي تمكنها من تحرير حي الكرامة في الموصل.", "Takeover", {"قوات الجيش العراقي"}),
        (
            "سيطرت القوات العراقية على حي الكرامة في الموصل بعد مواجهات مع عناصر تنظيم داعش.",
            "ArmedClash",
            {"القوات العراقية", "عناصر تنظيم داعش"},
        ),
        (
            "قتل 15 من عناصر قوات النظام في اشتباكات مع فصائل المعارضة في بلدة سرمين.",
            "ArmedClash",
            {"عناصر قوات النظام", "فصائل المعارضة"},
        ),
        ("أعلنت وزارة الدفاع الروسية السيطرة على بلدة أفدييفكا.", "Takeover", {"وزارة الدفاع الروسية"}),
        ("تمكنت الفصائل من طرد قوات النظام من بلدة كفرنبل.", "Takeover", {"الفصائل"}),
        ("أعلن الجيش طرد المسلحين من بلدة مورك.", "Takeover", {"الجيش"}),
        ("أعلن حزب الله، اليوم السبت، استهداف ثكنة زرعيت بالصواريخ.", "Shelling", {"حزب الله"}),
        ("قال العمدة إن القنابل الروسية استهدفت مبنى سكنيا في خاركيف.", "Shelling", {"الروسية"}),
        ("سيطرت حركة الشباب على بلدة مهداي التي سقطت سابقا بأيدي المتمردين.", "Takeover", {"حركة الشباب"}),
        (
            "أغار الطيران الإسرائيلي على منزل قرب «اليونيفيل»، كما أغار على بلدة الجبين.",
            "Airstrike",
            {"الطيران الإسرائيلي"},
        ),
        ("وتقدمت قوات الدعم السريع، أثناء توغلها في مدينة الفاشر، نحو السوق.", "Offensive", {"قوات الدعم السريع"}),
        ("ينوي الجيش الانسحاب من مطار النيرب.", "Withdrawal", {"الجيش"}),
        ("نزح آلاف المدنيين من رفح بعد أوامر إخلاء أصدرها الجيش الإسرائيلي.", "Evacuation", {"الجيش الإسرائيلي"}),
    ],
)
def test_the_doer_is_found(pipeline: Pipeline, text: str, kind: str, agents: set[str]) -> None:
    assert agents <= roles(pipeline, text, kind)[0]


@pytest.mark.parametrize(
    ("text", "kind", "targets"),
    [
        (
            "شن الطيران الروسي غارات على مواقع لقوات النظام والميليشيات في سراقب.",
            "Airstrike",
            {"قوات النظام", "الميليشيات"},
        ),
        ("قصفت طائرات تركية أهدافا لتنظيم الدولة في مدينة الباب.", "Airstrike", {"تنظيم الدولة"}),
        ("كثفت قوات النظام قصفها لمواقع المعارضة في بلدة مورك.", "Shelling", {"المعارضة"}),
        ("أطلقت قوات النظام قذائف الهاون على الأحياء السكنية في سراقب.", "Shelling", {"الأحياء السكنية"}),
        ("تعرضت الأحياء السكنية لقصف مدفعي من قبل قوات النظام في سراقب.", "Shelling", {"الأحياء السكنية"}),
        ("مقتل ثمانية من تنظيم داعش في غارة جوية على بلدة جويبة.", "Airstrike", {"تنظيم داعش"}),
        ("أصدر الجيش أوامر إخلاء للسكان والنازحين في جباليا.", "Evacuation", {"للسكان", "النازحين"}),
        ("استهدفت غارة جوية رتلا عسكريا تابعا لهيئة تحرير الشام قرب سراقب.", "Airstrike", {"هيئة تحرير الشام"}),
        ("قتل مدنيان جراء قصف طيران الاحتلال منزلا في مدينة رفح.", "Airstrike", {"منزلا"}),
        ("حررت القوات العراقية حي الكرامة في الموصل من قبضة مسلحي تنظيم داعش.", "Takeover", {"مسلحي تنظيم داعش"}),
        ("تمكنت الفصائل من طرد قوات النظام من بلدة كفرنبل.", "Takeover", {"قوات النظام"}),
        ("طردت القوات العراقية مسلحي داعش من حي الكرامة في الموصل.", "Takeover", {"مسلحي داعش"}),
        ("استهدف قصف مدفعي مسجدا ومنازل في قرية آفس.", "Shelling", {"مسجدا", "منازل"}),
        ("قصفت طائرات التحالف مبنى يتجمع فيه المتمردون في صنعاء.", "Airstrike", {"مبنى"}),
        ("دعا الجيش الإسرائيلي سكان بلدة الخيام إلى إخلاء منازلهم.", "Evacuation", {"سكان"}),
    ],
)
def test_the_target_is_found(pipeline: Pipeline, text: str, kind: str, targets: set[str]) -> None:
    assert targets <= roles(pipeline, text, kind)[1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("قصف مدفعي طال بلدة سرمين ومسجد عمر في بلدة آفس.", "Shelling"),
        ("قصفت الطائرات مدينة الباب، فيما وعد الرئيس بإجراءات ضد الأكراد.", "Airstrike"),
        ("قصفت المدفعية وفق الموقع بلدة سرمين.", "Shelling"),
        ("قصفت المدفعية بلدة سرمين وأصيب سبعة مدنيين بينهم نساء وأطفال.", "Shelling"),
    ],
)
def test_no_target_is_invented(pipeline: Pipeline, text: str, kind: str) -> None:
    assert roles(pipeline, text, kind)[1] == set()


def test_the_adjective_of_another_noun_is_no_doer(pipeline: Pipeline) -> None:
    text = "نفذ الجيش الأمريكي غارة شرقي العاصمة الصومالية."
    assert roles(pipeline, text, "Airstrike")[0] == {"الجيش الأمريكي"}


def test_those_who_are_killed_in_a_strike_did_not_launch_it(pipeline: Pipeline) -> None:
    text = "أعلن البيان القضاء على 13 عنصرا كانوا قرب مقديشو بغارة جوية شنها على البلدة."
    assert roles(pipeline, text, "Airstrike")[0] == set()


def test_forces_of_nobody_known_did_nothing(pipeline: Pipeline) -> None:
    text = "قال القائد إن قواته قصفت بلدة سرمين."
    assert roles(pipeline, text, "Shelling")[0] == set()


def test_a_state_that_only_says_where_did_nothing(pipeline: Pipeline) -> None:
    text = "قصفت مقاتلات مجهولة قاعدة الوطية غربي ليبيا."
    assert "ليبيا" not in roles(pipeline, text, "Airstrike")[0]


def test_who_condemns_an_attack_did_not_do_it(pipeline: Pipeline) -> None:
    text = "أصدرت وزارة الدفاع بيانا أدانت فيه القصف الجوي على سوق في مدينة سراقب."
    assert roles(pipeline, text, "Airstrike")[0] == set()


def test_a_definite_noun_after_another_happening_takes_no_doer_from_it(pipeline: Pipeline) -> None:
    text = "سيطرت الفصائل على بلدة مورك. وأسفر القصف عن مقتل ستة مدنيين في سرمين."
    assert roles(pipeline, text, "Shelling")[0] == set()


def test_members_counted_under_an_adjective_are_of_the_group_named_before(pipeline: Pipeline) -> None:
    text = "هاجم تنظيم داعش بلدة جويبة. وأسفرت غارات على الرمادي عن مقتل 52 داعشيا."
    assert roles(pipeline, text, "Airstrike")[1] == {"تنظيم داعش"}


def test_at_dawn_is_no_verb_between_the_doer_and_its_strikes(pipeline: Pipeline) -> None:
    text = "نفذت الطائرات التركية فجرا ثلاث ضربات جوية على مواقع داعش قرب مدينة الباب."
    assert roles(pipeline, text, "Airstrike")[0] == {"الطائرات التركية"}


def sources_of_each_kind(language: str) -> list[str]:
    """Return three names of sources of each kind that speak for an actor of the registry, and three of others."""
    entries = [entry for entry in load_lexicon(language).registry.values() if entry.section == "sources"]
    kept: dict[tuple[str, bool], list[str]] = {}
    for entry in sorted(entries, key=lambda entry: entry.id):
        name = entry.get("names", {}).get(language)
        if name:
            kept.setdefault((entry.get("kind"), entry.get("actor") is not None), []).append(name)
    return [name for names in kept.values() for name in names[:3]]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_whoever_denies_is_an_actor_that_the_ontology_has_a_kind_for(pipeline: Pipeline, language: str) -> None:
    sentences = {
        "ar": ["نفى {} قصف مدينة أريحا يوم الأحد.", "نفت {} قصف مدينة أريحا يوم الأحد."],
        "en": ["{} denied that its warplanes bombed the city of Ariha on Sunday."],
    }
    kinds = Vocabulary.load().actor_kinds
    denials = 0
    for name in sources_of_each_kind(language):
        for sentence in sentences[language]:
            for claim in claims_of(pipeline, sentence.format(name)):
                assert {one.kind for one in claim.participants} <= {*kinds, None}, name
                denials += claim.type == "Denial" and any(one.role == "agent" for one in claim.participants)
    assert denials > 20


def test_a_ministry_that_denies_is_the_actor_that_it_speaks_for(pipeline: Pipeline) -> None:
    for text in (
        "نفت وزارة الدفاع الروسية قصف مدينة أريحا.",
        "Russia's defence ministry denied that its warplanes bombed the city of Ariha.",
    ):
        claim = of_type(claims_of(pipeline, text), "Denial")[0]
        assert [(one.kind, one.names["en"]) for one in claim.participants] == [("stateForce", "Russian Armed Forces")]
