"""Who says it: chains outermost first, agreement, and an unknown speaker rather than a wrong one."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Claim, Modality
from tests.ingest.extracting import claims_of, of_type, place_words, the_only

EVENT = "غارة على مدينة سراقب"


def chain(pipeline: Pipeline, text: str, kind: str = "Airstrike") -> list[tuple[str, str]]:
    """Source kinds and words of the first claim of a kind."""
    claim = first(pipeline, text, kind)
    return [(s.kind, s.span.of(text)) for s in claim.sources]


def first(pipeline: Pipeline, text: str, kind: str = "Airstrike", publisher: str | None = None) -> Claim:
    claims = claims_of(pipeline, text, publisher=publisher, conflict=False)
    found = of_type(claims, kind)
    assert found, [(c.type, c.modality.value) for c in claims]
    return found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"قال المرصد السوري لحقوق الإنسان إن {EVENT} قتلت ستة مدنيين.", [("monitor", "المرصد السوري لحقوق الإنسان")]),
        (f"وذكرت وكالة رويترز أن {EVENT} قتلت ستة مدنيين.", [("agency", "وكالة رويترز")]),
        (f"قتل ستة مدنيين في {EVENT}، وفقا للدفاع المدني السوري.", [("rescue", "للدفاع المدني السوري")]),
        (f"قتل ستة مدنيين في {EVENT} بحسب ناشطين.", [("collective", "ناشطين")]),
        (f"المرصد السوري: مقتل ستة مدنيين في {EVENT}.", [("monitor", "المرصد السوري")]),
        (f"قال ثلاثة سكان لرويترز إن {EVENT} قتلت ستة مدنيين.", [("agency", "رويترز"), ("resident", "ثلاثة سكان")]),
        (f"نقلت رويترز عن شهود عيان أن {EVENT} قتلت ستة مدنيين.", [("agency", "رويترز"), ("eyewitness", "شهود عيان")]),
        (
            f"قتل ستة مدنيين في {EVENT}، بحسب ما نقلته رويترز عن مصادر طبية.",
            [("agency", "رويترز"), ("medical", "مصادر طبية")],
        ),
        (f"قتل ستة مدنيين في {EVENT}.", []),
    ],
)  # fmt: skip
def test_the_chain_stands_outermost_first(pipeline: Pipeline, text: str, expected: list[tuple[str, str]]) -> None:
    assert chain(pipeline, text) == expected


@pytest.mark.parametrize(
    ("text", "kind", "modality"),
    [
        ("أعلن الجيش السوري سيطرته على بلدة كفرنبل.", "Takeover", Modality.CLAIMED),
        ("أكد مصدران من الفصائل المسلحة سيطرتها على بلدة كفرنبل.", "Takeover", Modality.CLAIMED),
        ("قال المتحدث باسم الجيش إن القوات سيطرت على بلدة كفرنبل.", "Takeover", Modality.CLAIMED),
        ("قال المرصد السوري لحقوق الإنسان إن الجيش سيطر على بلدة كفرنبل.", "Takeover", Modality.ASSERTED),
        ("قالت رويترز إن الجيش سيطر على بلدة كفرنبل.", "Takeover", Modality.ASSERTED),
        ("سيطر الجيش على بلدة كفرنبل.", "Takeover", Modality.ASSERTED),
        ("أعلنت وزارة الدفاع الروسية السيطرة على بلدة أفدييفكا.", "Takeover", Modality.CLAIMED),
        ("تقول الحكومة الليبية إنها قصفت بلدة غريان.", "Shelling", Modality.CLAIMED),
        ("ذكرت الوكالة الوطنية للإعلام أن غارة استهدفت بلدة يارون.", "Airstrike", Modality.ASSERTED),
    ],
)
def test_what_only_a_party_says_is_claimed(pipeline: Pipeline, text: str, kind: str, modality: Modality) -> None:
    assert first(pipeline, text, kind).modality is modality


def test_the_verb_of_saying_is_kept_with_its_characters(pipeline: Pipeline) -> None:
    text = f"وأكدت وكالة رويترز أن {EVENT} قتلت ستة مدنيين."
    source = first(pipeline, text).sources[0]
    assert source.verb is not None
    assert source.verb.of(text) == "أكدت"


def test_two_sources_are_counted(pipeline: Pipeline) -> None:
    claim = first(pipeline, "أكد مصدران من الفصائل المسلحة سيطرتها على بلدة كفرنبل.", "Takeover")
    assert [(s.count, s.party) for s in claim.sources] == [(2, True)]


def test_a_verb_without_a_subject_goes_on_with_the_speaker_that_agrees(pipeline: Pipeline) -> None:
    text = f"قال المرصد السوري لحقوق الإنسان إن الوضع صعب. وأضاف أن {EVENT} قتلت ستة مدنيين."
    assert chain(pipeline, text) == [("monitor", "المرصد السوري لحقوق الإنسان")]


@pytest.mark.parametrize(
    "text",
    [
        f"تحدثت وسائل إعلام عن الوضع في البلدة. كما أكد أن {EVENT} قتلت ستة مدنيين.",
        f"قال المرصد السوري لحقوق الإنسان إن الوضع صعب. كما أشارت إلى أن {EVENT} قتلت ستة مدنيين.",
    ],
)
def test_a_verb_that_agrees_with_nobody_leaves_the_source_unknown(pipeline: Pipeline, text: str) -> None:
    assert chain(pipeline, text) == []


def test_a_source_of_one_sentence_does_not_answer_for_the_next(pipeline: Pipeline) -> None:
    text = f"قال المرصد السوري لحقوق الإنسان إن الوضع صعب. وقتل ستة مدنيين في {EVENT}."
    assert chain(pipeline, text) == []


def test_the_complementiser_bounds_the_search_for_the_speaker(pipeline: Pipeline) -> None:
    text = "أكدت أن قوات سوريا الديمقراطية سيطرت على بلدة كفرنبل."
    assert first(pipeline, text, "Takeover").sources == ()


def test_the_target_of_a_strike_is_not_its_source(pipeline: Pipeline) -> None:
    text = "استهدفت غارة وكالة رويترز في مدينة غزة."
    assert chain(pipeline, text) == []


def test_an_outlet_of_a_party_only_claims(pipeline: Pipeline) -> None:
    text = "سيطر الجيش السوري على بلدة كفرنبل."
    claims = claims_of(pipeline, text, publisher="سانا")
    assert [c.modality for c in of_type(claims, "Takeover")] == [Modality.CLAIMED]


def test_unnamed_sources_of_two_articles_are_not_one_source(pipeline: Pipeline) -> None:
    one = first(pipeline, f"قالت مصادر طبية إن {EVENT} قتلت ستة مدنيين.")
    two = first(pipeline, f"قالت مصادر طبية إن {EVENT} قتلت سبعة مدنيين.")
    assert one.sources[0].id != two.sources[0].id


def test_named_sources_of_two_articles_are_one_source(pipeline: Pipeline) -> None:
    one = first(pipeline, f"قالت رويترز إن {EVENT} قتلت ستة مدنيين.")
    two = first(pipeline, f"قالت وكالة رويترز إن {EVENT} قتلت سبعة مدنيين.")
    assert one.sources[0].id == two.sources[0].id


def test_what_one_announced_and_another_confirmed_has_both_for_sources(pipeline: Pipeline) -> None:
    text = "The capture of the town of Suran was announced by the rebels and confirmed by the Syrian Observatory."
    claim = the_only(claims_of(pipeline, text, language="en"), "Takeover")
    assert len(claim.sources) == 2
    assert claim.modality.value == "asserted"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("said Syria's civil defence", "Syria's civil defence"),
        ("rescue workers said", "rescue workers"),
        ("state TV reported", "state TV"),
    ],
)
def test_a_source_of_several_words_is_taken_whole(pipeline: Pipeline, said: str, words: str) -> None:
    text = f"Nine people were killed in shelling on the town of Douma, {said}."
    claim = the_only(claims_of(pipeline, text, language="en"), "Shelling")
    assert [s.span.of(text) for s in claim.sources] == [words]


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ("قُتل سبعة مدنيين في غارة على مدينة الفاشر، حسبما أعلنت شبكة أطباء السودان.", ["شبكة أطباء السودان"]),
        ("قتل سبعة مدنيين في غارة على مدينة سراقب، على ما أفاد ناشطون.", ["ناشطون"]),
        ("وأفاد الدفاع المدني بأن غارة استهدفت مدينة صيدا.", ["الدفاع المدني"]),
        ("تزامن ذلك مع إعلان وكالة الأونروا أن غارة استهدفت مدينة رفح.", ["وكالة الأونروا"]),
        ("اعترفت قناة المسيرة بأن مقاتلات التحالف شنت غارات على مدينة صنعاء.", ["قناة المسيرة"]),
        ("قالت مصادر طبية سودانية إن الوضع صعب. وأضافت المصادر أن غارة استهدفت الفاشر.", ["مصادر طبية سودانية"]),
        ("قال فضل حسن إن غارة استهدفت مدينة سراقب.", ["فضل حسن"]),
        ("وقال رئيس بلدية القرية خالد عمر إن غارة استهدفت مدينة سراقب.", ["رئيس بلدية القرية خالد عمر"]),
        ("دمشق (رويترز) - شن الطيران الروسي غارات على مدينة سراقب.", ["رويترز"]),
        ("قصفت طائرات حربية مدينة سراقب أمس.\nبحسب رويترز.", ["رويترز"]),
    ],
)
def test_speakers_as_news_names_them(pipeline: Pipeline, text: str, speakers: list[str]) -> None:
    assert [words for _, words in chain(pipeline, text)] == speakers


@pytest.mark.parametrize(
    "text", ["وأضاف في بيان أن غارة استهدفت مدينة سراقب.", "وأكد اليوسف أن غارة استهدفت مدينة سراقب."]
)
def test_a_statement_or_half_a_name_is_no_speaker(pipeline: Pipeline, text: str) -> None:
    assert chain(pipeline, text) == []


def test_a_quotation_of_several_sentences_has_one_speaker(pipeline: Pipeline) -> None:
    text = "قال المرصد السوري لحقوق الإنسان: «الوضع صعب. استهدفت غارة مدينة سراقب». وقصفت الطائرات مدينة حماة."
    by_place = {place_words(c, text).pop(): [s.span.of(text) for s in c.sources] for c in claims_of(pipeline, text)}
    assert by_place == {"سراقب": ["المرصد السوري لحقوق الإنسان"], "حماة": []}


def test_the_outlet_under_a_longer_name_is_no_source(pipeline: Pipeline) -> None:
    text = "قال مراسل الجزيرة إن غارة استهدفت مدينة رفح."
    assert not first(pipeline, text, "Airstrike", "Al Jazeera Mubasher").sources
    assert first(pipeline, text, "Airstrike", "Reuters").sources


def test_a_source_within_a_house_named_before_speaks_for_it(pipeline: Pipeline) -> None:
    text = "أعلنت خلية الإعلام الأمني بدء العملية. وقال مصدر في الخلية في بيان إن غارة استهدفت مدينة الرمادي."
    claim = first(pipeline, text)
    assert [s.span.of(text) for s in claim.sources] == ["خلية الإعلام الأمني", "مصدر في الخلية"]
    assert claim.modality is Modality.CLAIMED


def test_a_statement_goes_on_with_its_issuer(pipeline: Pipeline) -> None:
    text = "قالت وزارة الدفاع التركية إن العملية مستمرة. وأضاف البيان أن غارة استهدفت مدينة الباب."
    assert [words for _, words in chain(pipeline, text)] == ["وزارة الدفاع التركية"]


def test_what_is_announced_behind_a_clause_is_not_what_stood_before_it(pipeline: Pipeline) -> None:
    text = "يواصل الجيش الإسرائيلي غاراته على مدينة رفح، كما أعلن سيطرته على مدينة جباليا."
    assert first(pipeline, text).modality is Modality.ASSERTED
    assert first(pipeline, text, "Takeover").modality is Modality.CLAIMED


@pytest.mark.parametrize(
    "text",
    [
        "An NGO said an airstrike hit Saraqib. The Syrian Observatory for Human Rights said nine people died.",
        "The Syrian Observatory for Human Rights said rebels fled. The group said an airstrike hit Saraqib.",
    ],
)
def test_a_monitor_named_once_is_meant_by_its_description(pipeline: Pipeline, text: str) -> None:
    source = the_only(claims_of(pipeline, text, language="en"), "Airstrike").sources[0]
    named = "The Syrian Observatory for Human Rights said an airstrike hit Saraqib."
    assert source.id == the_only(claims_of(pipeline, named, language="en"), "Airstrike").sources[0].id


def test_a_description_of_two_monitors_means_neither(pipeline: Pipeline) -> None:
    text = (
        "An NGO said an airstrike hit Saraqib. The Syrian Observatory for Human Rights said nine people died. "
        "The Syrian Network for Human Rights said seven died."
    )
    sources = the_only(claims_of(pipeline, text, language="en"), "Airstrike").sources
    assert [s.span.of(text) for s in sources] == ["NGO"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("on Sunday residents said", "residents"),
        ("according to a statement released Saturday by the White Helmets", "White Helmets"),
    ],
)
def test_a_day_is_no_speaker_and_a_statement_is_of_its_issuer(pipeline: Pipeline, said: str, words: str) -> None:
    text = f"Army jets bombed the town of Saraqib {said}."
    sources = the_only(claims_of(pipeline, text, language="en"), "Airstrike").sources
    assert [s.span.of(text) for s in sources] == [words]


@pytest.mark.parametrize(
    "said",
    [
        '", said Rami Abdel Rahman, head of the Syrian Observatory for Human Rights',
        " tweeted the Syrian Observatory for Human Rights",
        '", the head of the Syrian Observatory for Human Rights Rami Abdel Rahman said',
    ],
)
def test_the_head_of_a_house_speaks_for_it(pipeline: Pipeline, said: str) -> None:
    text = f"An airstrike hit the town of Saraqib{said}."
    sources = the_only(claims_of(pipeline, text, language="en"), "Airstrike").sources
    assert [s.span.of(text) for s in sources] == ["Syrian Observatory for Human Rights"]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        (f'أفادت قناة "النهرين" بأن {EVENT} قتلت ستة مدنيين.', 'قناة "النهرين"'),
        (f"وقالت قناة (صوت الوادي) إن {EVENT} قتلت ستة مدنيين.", "قناة (صوت الوادي)"),
        (f'قال رئيس البلدية خالد عمر عبر تطبيق "تلغرام" إن {EVENT} قتلت ستة.', "رئيس البلدية خالد عمر"),
        (f"قال حاكم منطقة خاركيف إن {EVENT} قتلت ستة مدنيين.", "حاكم منطقة خاركيف"),
    ],
)
def test_a_name_in_quotation_marks_or_before_a_means_is_the_speakers(
    pipeline: Pipeline, text: str, speaker: str
) -> None:
    assert [words for _, words in chain(pipeline, text)] == [speaker]
