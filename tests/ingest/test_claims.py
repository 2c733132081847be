"""Claims: slots with their characters, figures with their happening, repeats merged and contradictions kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pipeline import Pipeline
from ontology.model import Modality
from tests.ingest.extracting import actor_words, claims_of, counts, of_type, place_words, the_only

PIPELINE = Pipeline()
ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

NUMBER_WORDS = {3: "ثلاثة", 4: "أربعة", 5: "خمسة", 6: "ستة", 7: "سبعة", 8: "ثمانية", 9: "تسعة", 10: "عشرة"}


TOLLS = [
    "قتل {n} مدنيا في غارة على مدينة سراقب.",
    "مقتل {n} شخصا وإصابة {n} آخرين في غارة على سراقب.",
    "أسفرت غارة على سراقب عن مقتل {n} مدنيا.",
    "بلغت حصيلة الغارات على سراقب {n} قتيلا.",
]


@settings(deadline=None)
@given(st.integers(11, 999), st.sampled_from(TOLLS))
def test_arabic_indic_digits_never_change_figures(number: int, frame: str) -> None:
    western = claims_of(PIPELINE, frame.format(n=number))
    eastern = claims_of(PIPELINE, frame.format(n=str(number).translate(ARABIC_INDIC)))
    assert [(c.type, c.modality, counts(c)) for c in western] == [(c.type, c.modality, counts(c)) for c in eastern]
    assert [f.best for c in western for f in c.figures if f.category == "killed"] == [number]


@pytest.mark.parametrize(("value", "word"), NUMBER_WORDS.items())
@pytest.mark.parametrize(
    "frame", ["قتل {n} مدنيين في غارة على مدينة سراقب.", "أسفرت غارة على سراقب عن مقتل {n} مدنيين."]
)
def test_number_words_equal_digits(value: int, word: str, frame: str) -> None:
    spelt = claims_of(PIPELINE, frame.format(n=word))
    digits = claims_of(PIPELINE, frame.format(n=value))
    assert (
        [(c.type, counts(c)) for c in spelt]
        == [(c.type, counts(c)) for c in digits]
        == [("Airstrike", {"killed": value})]
    )


def test_a_strike_with_place_doer_and_toll() -> None:
    text = "شن الطيران الروسي غارات على مدينة سراقب، ما أسفر عن مقتل ستة مدنيين وإصابة 14 آخرين."
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert claim.trigger.span.of(text) == "غارات"
    assert claim.trigger.lemma == "غارة"
    assert place_words(claim, text) == {"سراقب"}
    assert actor_words(claim, text, "agent") == {"الطيران الروسي"}
    assert counts(claim) == {"killed": 6, "injured": 14}


def test_a_withdrawal_has_a_from_and_a_to() -> None:
    text = "انسحبت قوات سوريا الديمقراطية من بلدة مورك نحو مدينة حماة."
    claim = the_only(claims_of(PIPELINE, text), "Withdrawal")
    assert place_words(claim, text, "movedFrom") == {"مورك"}
    assert place_words(claim, text, "movedTo") == {"حماة"}
    assert actor_words(claim, text, "agent") == {"قوات سوريا الديمقراطية"}


def test_flight_and_evacuation_are_two_subtypes() -> None:
    flight = the_only(claims_of(PIPELINE, "نزحت مئات العائلات من بلدة مورك نحو مدينة حماة."), "Evacuation")
    organised = the_only(claims_of(PIPELINE, "أجلت فرق الدفاع المدني مئات المدنيين من بلدة مورك."), "Evacuation")
    assert (flight.subtype, organised.subtype) == ("Flight", "OrganisedEvacuation")


def test_vague_words_have_no_best_value() -> None:
    claim = the_only(claims_of(PIPELINE, "قتل عشرات المدنيين في غارة على مدينة سراقب."), "Airstrike")
    figure = next(f for f in claim.figures if f.category == "killed")
    assert (figure.best, figure.high) == (None, None)
    assert figure.low is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("سيطرت على بلدة مورك قوات سوريا الديمقراطية.", {"قوات سوريا الديمقراطية"}),
        ("سيطرت قوات سوريا الديمقراطية على بلدة مورك.", {"قوات سوريا الديمقراطية"}),
        ("قوات سوريا الديمقراطية سيطرت على بلدة مورك.", {"قوات سوريا الديمقراطية"}),
        ("تمت السيطرة على بلدة مورك من قبل قوات سوريا الديمقراطية.", {"قوات سوريا الديمقراطية"}),
        ("تمكنت قوات سوريا الديمقراطية من السيطرة على بلدة مورك.", {"قوات سوريا الديمقراطية"}),
        ("سقطت بلدة مورك بيد قوات سوريا الديمقراطية.", {"قوات سوريا الديمقراطية"}),
        ("تمت السيطرة على بلدة مورك.", set()),
    ],
)
def test_the_doer_is_found_in_every_word_order(text: str, expected: set[str]) -> None:
    claim = the_only(claims_of(PIPELINE, text), "Takeover")
    assert actor_words(claim, text, "agent") == expected
    assert place_words(claim, text) == {"مورك"}


def test_a_new_clause_takes_its_own_actor() -> None:
    text = "هيئة تحرير الشام تدخل مدينة سراقب والجيش السوري ينسحب."
    claims = claims_of(PIPELINE, text)
    assert actor_words(the_only(claims, "Withdrawal"), text, "agent") == {"الجيش السوري"}
    assert actor_words(the_only(claims, "Offensive"), text, "agent") == {"هيئة تحرير الشام"}


def test_a_noun_with_its_pronoun_takes_the_actor_that_agrees() -> None:
    text = "أكد مصدران من الفصائل المسلحة سيطرتها على بلدة كفرنبل."
    claim = the_only(claims_of(PIPELINE, text), "Takeover")
    assert actor_words(claim, text, "agent") == {"الفصائل المسلحة"}


def test_an_indefinite_nationality_is_an_adjective_and_no_place() -> None:
    text = "رصد المرصد السوري لحقوق الإنسان هجوما جويا روسيا على مدينة سراقب."
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert place_words(claim, text) == {"سراقب"}


def test_a_repeated_headline_is_one_claim_with_further_evidence() -> None:
    headline = "مقتل ستة مدنيين في غارة على مدينة سراقب"
    text = f"{headline}\n\nمنذ يومين\n{headline}\n\nقتل ستة مدنيين في غارة على مدينة سراقب، بحسب الدفاع المدني السوري."
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert counts(claim) == {"killed": 6}
    assert [s.kind for s in claim.sources] == ["rescue"]
    assert [span.of(text) for span in claim.evidence[1:]] == [headline, headline]


def test_two_tolls_of_one_strike_are_two_claims() -> None:
    text = (
        "قالت رويترز إن غارة على مدينة سراقب قتلت ستة مدنيين.\n\n"
        "وقال المرصد السوري لحقوق الإنسان إن غارة على مدينة سراقب قتلت تسعة مدنيين."
    )
    claims = of_type(claims_of(PIPELINE, text), "Airstrike")
    assert sorted(str(counts(c)) for c in claims) == ["{'killed': 6}", "{'killed': 9}"]
    assert {c.sources[0].kind for c in claims} == {"agency", "monitor"}


def test_the_same_said_by_two_sources_is_two_claims() -> None:
    text = (
        "قالت رويترز إن الجيش السوري سيطر على بلدة كفرنبل.\n\n"
        "وقال المرصد السوري لحقوق الإنسان إن الجيش السوري سيطر على بلدة كفرنبل."
    )
    assert len(of_type(claims_of(PIPELINE, text), "Takeover")) == 2


def test_a_sum_and_its_parts_stay_apart() -> None:
    text = (
        "قتل ستة مدنيين في غارة على مدينة سراقب. وقتل تسعة مدنيين في غارة على بلدة أريحا.\n\n"
        "وارتفع عدد القتلى في إدلب إلى 15."
    )
    claims = claims_of(PIPELINE, text)
    assert sorted(f.best or 0 for c in claims for f in c.figures) == [6, 9, 15]
    assert len({c.id for c in claims}) == 3


def test_the_toll_of_two_happenings_together_belongs_to_none() -> None:
    text = "سقوط 40 قتيلا خلال غارات ومواجهات في حلب وإدلب."
    report = the_only(claims_of(PIPELINE, text), "CasualtyReport")
    assert counts(report) == {"killed": 40}
    assert place_words(report, text) == {"حلب", "إدلب"}


def test_two_counts_of_two_sides_are_two_reports() -> None:
    text = "أفاد المرصد السوري لحقوق الإنسان بمقتل 15 عنصرا من هيئة تحرير الشام و9 عناصر من الجيش السوري."
    reports = of_type(claims_of(PIPELINE, text), "CasualtyReport")
    assert [(counts(r), actor_words(r, text, "target")) for r in reports] == [
        ({"killed": 15}, {"هيئة تحرير الشام"}),
        ({"killed": 9}, {"الجيش السوري"}),
    ]


def test_a_denial_is_a_claim_and_no_event() -> None:
    text = "نفت تركيا مشاركتها في القتال في حلب."
    claim = the_only(claims_of(PIPELINE, text), "Denial")
    assert claim.modality is Modality.DENIED
    assert actor_words(claim, text, "agent") == {"تركيا"}
    assert place_words(claim, text) == {"حلب"}


def test_a_recapture_long_ago_is_background() -> None:
    text = "دخلت هيئة تحرير الشام مدينة حلب للمرة الأولى منذ استعادة الجيش السوري السيطرة على المدينة عام 2016."
    claims = of_type(claims_of(PIPELINE, text), "Takeover")
    assert claims, "the history is kept"
    assert {c.modality for c in claims} == {Modality.BACKGROUND}


@pytest.mark.parametrize(("published", "edtf"), [("2025-03-15", "2025-03-15"), (None, None)])
def test_a_relative_day_is_resolved_only_against_a_publication_date(published: str | None, edtf: str | None) -> None:
    text = "انسحب الجيش السوري من مدينة سراقب اليوم السبت."
    claim = the_only(claims_of(PIPELINE, text, published=published), "Withdrawal")
    assert claim.date is not None
    assert (claim.date.span.of(text), claim.date.edtf) == ("اليوم السبت", edtf)
    assert claim.date.anchor == ("published" if edtf else None)


def test_no_date_is_made_of_the_publication_date_alone() -> None:
    claim = the_only(claims_of(PIPELINE, "انسحب الجيش السوري من مدينة سراقب."), "Withdrawal")
    assert claim.date is None


@pytest.mark.parametrize(
    "text",
    [
        "فاز الفريق بثلاثة أهداف وأصيب لاعب في المباراة.",
        "قتل أربعة أشخاص في حادث سير على طريق المطار.",
        "انسحب المنتخب من البطولة.",
        "سيطرت فرق الإطفاء على حريق في السوق.",
        "أخلت البلدية سوق المدينة بسبب الفيضانات.",
        "هاجم النائب سياسة الحكومة في البرلمان.",
        "",
    ],
)
def test_peaceful_news_gives_nothing(text: str) -> None:
    assert claims_of(PIPELINE, text, conflict=False) == ()


def test_the_paragraph_that_makes_an_article_one_of_conflict_is_no_event_itself() -> None:
    assert claims_of(PIPELINE, "") == ()
    assert claims_of(PIPELINE, "", language="en") == ()


def test_an_unknown_place_is_a_local_place_without_coordinates() -> None:
    text = "سيطرت قوات سوريا الديمقراطية على قرية تل الزنبق في ريف حلب."
    place = the_only(claims_of(PIPELINE, text), "Takeover").places[0]
    assert place.span.of(text) == "تل الزنبق"
    assert (place.lat, place.lon, place.links) == (None, None, ())
    assert "Aleppo" in {area.names.get("en") for area in place.within}


def test_part_of_a_place_is_kept() -> None:
    text = "سيطرت هيئة تحرير الشام على معظم أجزاء مدينة حلب."
    place = the_only(claims_of(PIPELINE, text), "Takeover").places[0]
    assert (place.span.of(text), place.extent) == ("حلب", "most")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Turkish forces shelled Jishan, Softak and Qoran villages on Friday.", {"Jishan", "Softak", "Qoran"}),
        ("Turkish forces shelled the villages of Softak and al-Qoran on Friday.", {"Softak", "al-Qoran"}),
        ("The Syrian army recaptured the eastern Ghouta town of Mesraba.", {"Mesraba"}),
        ("The Libyan National Army captured the oil port of Ras Lanuf.", {"Ras Lanuf"}),
        ("Rebels captured Khan Tuman and Al-Eis on Friday.", {"Khan Tuman", "Al-Eis"}),
        ("BEIRUT Air strikes on Syrias Idlib killed nine people.", {"Idlib"}),
        ("An air strike killed nine people a day after Moscow's envoy arrived in Geneva.", set()),
        ("Airstrikes hit a school in the town of al-Mayadin near Deir az-Zour.", {"al-Mayadin"}),
        ("The army ordered residents of Khiam to leave their homes.", {"Khiam"}),
        ("Mortar shells hit the Mazzeh district of Damascus.", {"Mazzeh"}),
        ("Fighting between the army and rebels has forced 900 residents to flee the town of Suran.", {"Suran"}),
        ("Saraqib fell to opposition fighters on Friday.", {"Saraqib"}),
        ("Heavy air strikes killed nine people in the worst bloodshed since Aleppo.", set()),
    ],
)
def test_english_places_are_the_finest_named(pipeline: Pipeline, text: str, places: set[str]) -> None:
    claims = claims_of(pipeline, text, language="en")
    assert place_words(claims[0], text) == places


@pytest.mark.parametrize(
    ("text", "role", "names"),
    [
        ("The regime's helicopters dropped barrel bombs on Dael.", "agent", {"regime's helicopters"}),
        ("Rockets hit a market and a school in Nubl, the White Helmets said.", "target", {"market", "school"}),
        ("Warplanes struck positions of the rebels near Hama.", "target", {"rebels"}),
        ("Iraqi forces drove Islamic State fighters out of Rawa.", "target", {"Islamic State fighters"}),
        ("Unidentified warplanes bombed the town of Nubl.", "agent", set()),
        ("The Syrian army killed nine people in an air strike on Idlib.", "agent", {"Syrian army"}),
        ("The army ordered residents of Khiam to leave their homes.", "target", {"residents"}),
    ],
)
def test_english_roles(pipeline: Pipeline, text: str, role: str, names: set[str]) -> None:
    claims = claims_of(pipeline, text, language="en")
    assert actor_words(claims[0], text, role) == names


@pytest.mark.parametrize(
    "text",
    [
        "The agency helps people fleeing violence.",
        "The school is a shelter for families displaced by the fighting.",
        "Russia and its allies are carrying out separate air strikes in Syria.",
    ],
)
def test_what_is_said_in_passing_is_no_event(text: str) -> None:
    assert not {c.type for c in claims_of(PIPELINE, text, language="en")} & {"Evacuation", "Airstrike"}


def test_people_of_two_names_are_counted_once() -> None:
    text = "More than 50 rebels and jihadists were killed in fighting near Saraqib."
    claim = the_only(claims_of(PIPELINE, text, language="en"), "ArmedClash")
    assert [(f.category, f.low) for f in claim.figures] == [("killed", 50)]


def test_a_list_goes_on_through_names_that_no_gazetteer_has() -> None:
    text = "سيطرت قوات سوريا الديمقراطية على قرى تل الزنبق، حيان، الشيخ علي، أم الورد، وكفر الريحان."
    claim = the_only(claims_of(PIPELINE, text), "Takeover")
    assert place_words(claim, text) == {"تل الزنبق", "حيان", "الشيخ علي", "أم الورد", "كفر الريحان"}


def test_the_province_around_a_village_is_no_place_of_the_event() -> None:
    text = "قصفت قوات النظام قريتي تل الزنبق وكفر الريحان بالمدفعية في ريف إدلب."
    claim = the_only(claims_of(PIPELINE, text), "Shelling")
    assert place_words(claim, text) == {"تل الزنبق", "كفر الريحان"}


def test_what_the_article_is_about_is_no_place_of_each_event() -> None:
    text = "في اليوم العاشر من الحرب على اليمن، شن الطيران غارات على مدينة تعز."
    assert place_words(the_only(claims_of(PIPELINE, text), "Airstrike"), text) == {"تعز"}


def test_a_name_in_quotation_marks_behind_its_type_word_is_a_place() -> None:
    text = 'قصفت قوات النظام قرية "كراتين" بالمدفعية.'
    assert place_words(the_only(claims_of(PIPELINE, text), "Shelling"), text) == {"كراتين"}


def test_a_small_town_right_behind_the_doer_is_the_place() -> None:
    text = "قصفت قوات النظام أريحا بالمدفعية."
    assert place_words(the_only(claims_of(PIPELINE, text), "Shelling"), text) == {"أريحا"}


def test_a_woman_is_no_order() -> None:
    text = "قتلت امرأة إثر قصف قوات النظام مدينة سراقب بالمدفعية."
    assert the_only(claims_of(PIPELINE, text), "Shelling").modality is Modality.ASSERTED


@pytest.mark.parametrize(
    ("language", "full", "bare"),
    [
        ("ar", "قصفت قوات النظام بلدة سرمين بالمدفعية.", "وقال سكان إن قصفا سمع حتى الصباح."),
        ("en", "Government forces shelled the town of Sarmin.", "Heavy shelling was heard until the morning."),
    ],
)
def test_a_bare_statement_counts_only_where_no_other_of_its_type_says_more(
    pipeline: Pipeline, language: str, full: str, bare: str
) -> None:
    assert len(claims_of(pipeline, f"{full}\n\n{bare}", language=language)) == 1
    assert len(claims_of(pipeline, bare, language=language)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "تتواصل المواجهات بين الجيش وقوات الدعم السريع، وقتل مدني في أم درمان.",
        "اشتدت المعارك بين الجانبين في دارفور.",
        "مع تصاعد الاشتباكات في السودان.",
    ],
)
def test_fighting_that_goes_on_nowhere_in_particular_is_no_event(text: str) -> None:
    assert not of_type(claims_of(PIPELINE, text), "ArmedClash")


@pytest.mark.parametrize(
    "text",
    [
        "تتواصل الاشتباكات على أطراف مدينة حلب.",
        "تستمر المعارك بين الجيش والفصائل في محيط بلدة مورك.",
    ],
)
def test_fighting_that_goes_on_at_a_place_is_one(text: str) -> None:
    assert the_only(claims_of(PIPELINE, text), "ArmedClash").modality is Modality.ASSERTED


@pytest.mark.parametrize(
    "text",
    [
        "دفعت المعارك آلاف السكان للنزوح من مدينة الفاشر.",
        "توافد الطلاب إلى محطة الحافلات لمغادرة مدينة حلب.",
    ],
)
def test_people_that_are_driven_out_are_on_their_way(text: str) -> None:
    assert the_only(claims_of(PIPELINE, text), "Evacuation").modality is Modality.ASSERTED


@pytest.mark.parametrize(
    "text",
    ["رفض السكان مغادرة مدينة صعدة.", "ووصلت التعزيزات لاستكمال السيطرة على مدينة سراقب."],
)
def test_what_is_refused_or_still_to_come_did_not_happen(text: str) -> None:
    assert not [c for c in claims_of(PIPELINE, text) if c.type in ("Evacuation", "Takeover") and c.modality.happened]


def test_the_fight_for_a_town_was_fought_there() -> None:
    text = "سيطر الجيش على بلدة مورك بعد اشتباكات مع الفصائل."
    assert place_words(the_only(claims_of(PIPELINE, text), "ArmedClash"), text) == {"مورك"}


def test_the_area_is_the_town_told_before() -> None:
    text = "دخل الجيش مدينة سراقب وذلك بعد انسحاب الفصائل من المنطقة."
    assert place_words(the_only(claims_of(PIPELINE, text), "Withdrawal"), text) == {"سراقب"}


def test_what_is_condemned_was_told() -> None:
    text = "قتل مدني في قصف على مدينة كركوك.\n\nوندد رئيس الحكومة بالهجمات التي استهدفت مدينة كركوك."
    assert [c.type for c in claims_of(PIPELINE, text)] == ["Shelling"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("قتل ستة مدنيين في هجوم بقذائف هاون استهدف بلدة العظيم.", "Shelling"),
        ("هاجم مسلحون قرى عدة تابعة لغرب مدينة منبج وأحرقوا منازل السكان فيها بالأسلحة الثقيلة.", "Shelling"),
        ("هاجم مسلحون حاجزا للجيش قرب مدينة تدمر بالأسلحة الخفيفة.", "ArmedClash"),
        ("استهدف المقاتلون دبابة بقذيفة الياسين شرق مدينة رفح.", "ArmedClash"),
    ],
)
def test_the_means_say_what_an_attack_was(text: str, kind: str) -> None:
    assert {c.type for c in claims_of(PIPELINE, text)} == {kind}


def test_a_campaign_that_is_commented_on_is_no_news_of_it() -> None:
    assert not claims_of(PIPELINE, "وقال القائد إن عمليات تحرير نينوى تتم بتخطيط عراقي.")


def test_what_was_held_before_is_no_second_gain() -> None:
    text = "استعادت الفصائل السيطرة على بلدة مورك التي كانت قوات النظام قد سيطرت عليها سابقا."
    assert len(of_type(claims_of(PIPELINE, text), "Takeover")) == 1


@pytest.mark.parametrize(
    ("text", "agent", "killed"),
    [
        ("قتل 20 شخصا في هجوم شنته قوات الدعم السريع على قرية الدموكية.", "قوات الدعم السريع", 20),
        ("الهجوم الذي شنه الجيش على بلدة الطينة أدى إلى مقتل ثلاثة أشخاص.", "الجيش", 3),
    ],
)
def test_an_attack_that_somebody_launched_is_a_clash(text: str, agent: str, killed: int) -> None:
    (claim,) = claims_of(PIPELINE, text)
    assert claim.type == "ArmedClash"
    assert actor_words(claim, text, "agent") == {agent}
    assert counts(claim) == {"killed": killed}


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("أودت غارة بحياة خمسة أشخاص في بلدة الطينة.", {"killed": 5}),
        ("حصدت الغارة أرواح سبعة مدنيين في بلدة الطينة.", {"killed": 7}),
    ],
)
def test_a_happening_that_kills_has_the_toll(text: str, figures: dict[str, int]) -> None:
    (claim,) = claims_of(PIPELINE, text)
    assert (claim.type, counts(claim)) == ("Airstrike", figures)


def test_the_toll_of_a_whole_war_is_of_no_happening_in_it() -> None:
    text = (
        "أدت غارة على سوق الطينة إلى إصابة ستة أشخاص، وتأتي ضمن حرب أسفرت عن مقتل أكثر من 27 ألف شخص وتشريد 14 مليون "
        "شخص منذ أبريل 2023."
    )
    claims = claims_of(PIPELINE, text)
    assert [counts(c) for c in claims] == [{"injured": 6}]


def test_with_what_is_neither_doer_nor_target() -> None:
    text = "استهدفت قوات الدعم السريع أمس، ولليوم الثاني على التوالي، مدينة سراقب باستخدام المسيرات."
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert actor_words(claim, text, "agent") == {"قوات الدعم السريع"}
    assert actor_words(claim, text, "target") == set()
    assert place_words(claim, text) == {"سراقب"}


def test_a_war_that_enters_its_next_month_is_no_offensive() -> None:
    assert claims_of(PIPELINE, "دخلت الحرب بين الجيش وقوات الدعم السريع في السودان شهرها الثامن عشر.") == ()


@pytest.mark.parametrize(
    "text",
    [
        "قالت المصادر إن 65 شخصا على الأقل من الطرفين قتلوا خلال الساعات الماضية في مأرب.",
        "أعلنت الحكومة أن 65 مقاتلا موالين لها لقوا مصرعهم في مأرب.",
    ],
)
def test_a_plural_verb_tells_what_became_of_those_counted_before_it(text: str) -> None:
    (claim,) = claims_of(PIPELINE, text)
    assert counts(claim) == {"killed": 65}


def test_some_of_the_dead_are_no_displaced() -> None:
    text = "أسفرت المعارك في مأرب عن 47 قتيلا بينهم 16 من القوات الحكومية، منهم ستة ضباط."
    claim = the_only(claims_of(PIPELINE, text), "ArmedClash")
    assert counts(claim) == {"killed": 47}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("وتصاعدت الحرب منذ عام 2014، عندما سيطر الحوثيون على صنعاء.", "ar"),
        ("The war has raged since 2014, when the Houthis seized Sanaa.", "en"),
    ],
)
def test_a_clause_of_when_is_of_the_time_named_before_it(text: str, language: str) -> None:
    claim = the_only(claims_of(PIPELINE, text, language=language), "Takeover")
    assert claim.date is not None
    assert (claim.date.edtf, claim.date.start, claim.date.end) == ("2014", "2014-01-01", "2014-12-31")
    assert claim.modality is Modality.BACKGROUND


def test_the_numeral_one_behind_a_noun_counts_it_only_behind_a_word_of_harm() -> None:
    part = "أسفرت غارة على رفح عن مقتل أربعة مدنيين، بينهم رئيس بلدية وضابط شرطة واحد على الأقل."
    assert counts(the_only(claims_of(PIPELINE, part), "Airstrike")) == {"killed": 4}
    assert counts(the_only(claims_of(PIPELINE, "قتل شخص واحد في غارة على رفح."), "Airstrike")) == {"killed": 1}


def test_those_who_met_their_end_are_counted_behind_at_least_and_a_verb_later_counts_others() -> None:
    text = "لقي ما لا يقل عن 12 جنديا مصرعهم، كما فقد سبعة آخرون، في هجوم وقع قرب مدينة سراقب."
    claim = the_only(claims_of(PIPELINE, text), "ArmedClash")
    assert counts(claim)["killed"] == 12
    assert [f.best for f in claim.figures if f.category == "killed"] == [12]


def test_attackers_that_no_entry_knows_are_counted() -> None:
    text = "قالت المصادر إن 85 من المهاجمين قتلوا في اشتباكات مع القوات الحكومية قرب سراقب."
    assert counts(the_only(claims_of(PIPELINE, text), "ArmedClash")) == {"killed": 85}


def test_an_adjective_of_the_attack_is_nobody() -> None:
    text = "واستهدف الهجوم الإرهابي وحدة عسكرية قرب سراقب وأسفر عن مقتل أربعة جنود."
    for claim in claims_of(PIPELINE, text):
        assert "الإرهابي" not in actor_words(claim, text, "agent")


def test_part_of_the_dead_is_no_toll_of_its_own() -> None:
    text = "قتل 16 شخصا في غارة على سراقب من بينهم 12 شخصا قتلوا قرب مدرسة."
    claim = the_only(claims_of(PIPELINE, text), "Airstrike")
    assert [f.best for f in claim.figures if f.category == "killed"] == [16]
