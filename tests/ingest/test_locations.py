"""Locations in Arabic: where a happening took place, and what only says where that place lies."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import claims_of, of_type, place_words


@pytest.mark.parametrize(
    ("text", "kind", "places"),
    [
        ("استهدفت مسيرة سيارة في مدينة منبج بريف حلب، في شمال سوريا.", "Airstrike", {"منبج"}),
        (
            "انسحبت جماعة تنشط في سوريا من خطوط المواجهة في شمالي محافظة حلب.",
            "Withdrawal",
            {"محافظة حلب"},
        ),
        ("استهدفت غارات جوية مواقع في سوريا ولبنان.", "Airstrike", {"سوريا", "لبنان"}),
        ("قصف مدفعي للنظام وروسيا استهدف منازل في قرية آفس.", "Shelling", {"آفس"}),
        # A state beside any other doer is a doer too.
        ("قصف لطائرات حلف النظام وروسيا استهدف قرية الحصى.", "Airstrike", {"الحصى"}),
        # Where an aircraft, a missile or a person comes from is not where it fell.
        ("نفذت القصف طائرة أقلعت من مطار حميميم.", "Airstrike", set()),
        ("استهدفت الغارة تاجرا ينحدر من مدينة الباب، وذلك قرب قرية الحصى.", "Airstrike", {"الحصى"}),
        ("استهدفت الغارة شابا من أبناء بلدة مورك.", "Airstrike", set()),
        # With what it was hit stands behind what was hit.
        ("تستهدف القوات أطراف النهر شرقي مدينة جرابلس بقذائف المدفعية.", "Shelling", {"شرقي مدينة جرابلس"}),
        # Pictures of, no town of that name.
        ("صور من الدمار الذي خلفته طائرات الاحتلال بقصفها مداجن للدجاج.", "Airstrike", set()),
        ("غارات على صور جنوبي لبنان.", "Airstrike", {"صور"}),
        ("استعادت دمشق السيطرة على بلدة مورك.", "Takeover", {"مورك"}),
        ('وجه القائد عبر "الرياض" نداء إلى الحوثيين بالانسحاب من قاعدة العند.', "Withdrawal", {"قاعدة العند"}),
        ("قصفت المدفعية بلدة مورك، والعديد من قرى ريف إدلب الشرقي.", "Shelling", {"مورك", "ريف إدلب الشرقي"}),
        (
            "استهدفت بالغارات الجوية العديد من المناطق على مدار الأيام الماضية، أبرزها بلدة مورك ومدينة سراقب.",
            "Airstrike",
            {"مورك", "سراقب"},
        ),
        ("قصفت مقاتلات رتلا في منطقة كرش، الواقعة بين محافظتي لحج وتعز.", "Airstrike", {"منطقة كرش"}),
        ("نفذت طائرات تركية غارات على جبال قنديل شمالي العراق.", "Airstrike", {"جبال قنديل"}),
        ("انسحبت القوات من مدينة الرياض.", "Withdrawal", {"الرياض"}),
        # A name is taken whole: the quarter of a station, a compound, two words before "in the countryside of".
        ("قصفت الطائرات حي محطة الحجاز.", "Airstrike", {"محطة الحجاز"}),
        ("قصفت المدفعية قرية ملا زبد بريف القامشلي.", "Shelling", {"ملا زبد"}),
        ("قصفت المدفعية قرية زانا سوري في ريف القامشلي.", "Shelling", {"زانا سوري"}),
        ("قصفت المدفعية قرية بندر خان بريف القامشلي.", "Shelling", {"بندر خان"}),
        ("قصفت المدفعية ريف تل زبدين الغربي.", "Shelling", {"ريف تل زبدين الغربي"}),
        ("قصفت المدفعية ريف زبكان.", "Shelling", {"ريف زبكان"}),
        ("قصفت المدفعية قرية حاس سقطت فيها قذائف.", "Shelling", {"حاس"}),
        # The area of what has a name of its own.
        ("قصفت المدفعية منطقة سد النورس.", "Shelling", {"سد النورس"}),
        # Quotation marks around a name.
        ('قصف مدفعي على "عفرين".', "Shelling", {"عفرين"}),
        # A word that says what a place is, and the name of somebody's father, name none.
        ("قصفت دولة الاحتلال قرية حاس.", "Shelling", {"حاس"}),
        ("قصفت المدفعية قرية حاس ما أدى إلى إصابة فيصل غازي الزبيدان.", "Shelling", {"حاس"}),
        ("برداً وسلاماً على الأهالي، قصف مدفعي على قرية حاس.", "Shelling", {"حاس"}),
        # What the shelling hit stands behind the verb, however far from the noun.
        (
            "قصف صاروخي مصدره المناطق التي تسيطر عليها قوات النظام بريف حلب الشرقي، استهدف قرية الحصى.",
            "Shelling",
            {"الحصى", "ريف حلب الشرقي"},
        ),
        # Two states that strike each other are sides and no places.
        ("سقوط بقايا صاروخ نتيجة الضربات المتبادلة بين إسرائيل وإيران.", "Shelling", set()),
        ("قصفت المدفعية منطقة “زبكان-سرمود” في ريف إدلب.", "Shelling", {"منطقة “زبكان-سرمود"}),
    ],
)
def test_where_it_happened(pipeline: Pipeline, text: str, kind: str, places: set[str]) -> None:
    assert place_words(of_type(claims_of(pipeline, text), kind)[-1], text) == places


def test_what_an_operation_is_for_is_no_gain_beside_it(pipeline: Pipeline) -> None:
    claims = claims_of(pipeline, "أعلنت قوات النظام إطلاق عمليات تحرير محافظة إدلب.")
    assert [c.type for c in claims] == ["Offensive"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            "شن الطيران الحربي غارات على بلدات (كفرنبل وحزارين والدار الكبيرة) بريف إدلب الجنوبي.",
            {"كفرنبل", "حزارين", "الدار الكبيرة"},
        ),
        (
            "قصفت المدفعية قرى الريف الجنوبي (الفطيرة وكنصفرة وسفوهن) في محافظة إدلب.",
            {"الفطيرة", "كنصفرة", "سفوهن"},
        ),
        (
            "قصفت مدفعية الاحتلال عدة بلدات جنوب لبنان، أبرزها عيتا الشعب، ورامية، ويارون.",
            {"عيتا الشعب", "رامية", "يارون"},
        ),
        ("قصف الجيش مواقع المسلحين في أحياء: الكلاكلة، والصحافة، وجبرة بالخرطوم.", {"الكلاكلة", "الصحافة", "جبرة"}),
        ("قصف مدفعي على بلدتي الناقورة و علما الشعب جنوبي لبنان.", {"الناقورة", "علما الشعب"}),
        ("قصفت القوات قطعات في منطقتي الفلاحات غربي الفلوجة وصبيحات شرقيها.", {"منطقتي الفلاحات", "صبيحات"}),
    ],
)
def test_a_plural_type_word_announces_names_behind_an_opener(pipeline: Pipeline, text: str, places: set[str]) -> None:
    assert {w for c in claims_of(pipeline, text) for w in place_words(c, text)} == places


@pytest.mark.parametrize("gloss", ["(شمال المدينة)", "(بريف حماة)", "(بينهم أطفال)", "(12 قرية)"])
def test_what_only_explains_in_brackets_is_no_list(pipeline: Pipeline, gloss: str) -> None:
    text = f"قصفت المدفعية قرى عدة {gloss} صباح اليوم."
    assert not {w for c in claims_of(pipeline, text) for w in place_words(c, text)} & {"شمال", "بينهم", "12"}


def test_and_joins_places_through_what_locates_the_first(pipeline: Pipeline) -> None:
    text = "شن الطيران غارات على بلدة كنصفرة بريف إدلب الجنوبي وأطراف مدينة سراقب ومحيط قرية الناجية."
    assert place_words(of_type(claims_of(pipeline, text), "Airstrike")[0], text) == {"كنصفرة", "سراقب", "الناجية"}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("تعرضت قريتا الفارات وعرب حسن لقصف مدفعي، ما أدى إلى مقتل مدني في قرية الفارات.", {"الفارات", "عرب حسن"}),
        (
            "شهدت بلدات الخيام والطيبة وكفركلا قصفا مدفعيا، ما أسفر عن أضرار قرب مدينة صور.",
            {"الخيام", "الطيبة", "كفركلا"},
        ),
    ],
)
def test_what_undergoes_an_attack_is_where_it_happened(pipeline: Pipeline, text: str, places: set[str]) -> None:
    assert {w for c in of_type(claims_of(pipeline, text), "Shelling") for w in place_words(c, text)} == places


def test_joined_means_hit_the_same_places(pipeline: Pipeline) -> None:
    text = "استهدفت القوات بالغارات الجوية والقصف المدفعي بلدات كفر نوران والأتارب."
    claims = claims_of(pipeline, text)
    assert [place_words(c, text) for c in claims] == [{"كفر نوران", "الأتارب"}] * 2
    assert {c.type for c in claims} == {"Airstrike", "Shelling"}


def test_a_mosque_has_a_name_of_its_own_or_is_no_place(pipeline: Pipeline) -> None:
    named, plain = "قصفت الطائرات مسجد النور في بلدة حيش.", "قصفت الطائرات مسجد القرية في بلدة حيش."
    assert "مسجد النور" in place_words(claims_of(pipeline, named)[0], named)
    assert "مسجد القرية" not in place_words(claims_of(pipeline, plain)[0], plain)


def test_the_city_is_not_the_village_west_of_it(pipeline: Pipeline) -> None:
    text = "قصفت المدفعية بلدة مورك وقرب قرية خربة مرتين غرب المدينة.\n\nوأسفر القصف على المدينة عن مقتل تسعة مدنيين."
    assert [place_words(c, text) for c in claims_of(pipeline, text)] == [{"مورك", "خربة مرتين"}]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("وقع القصف في منطقة مكتظة بالنازحين.", set()),
        ("استهدف القصف خيمة بجوار مدرسة لإيواء النازحين في مدينة خان يونس.", {"خان يونس"}),
        ("قصفت الطائرات منزلا في قرية الجميلة، في أحد جبال محافظة صعدة.", {"الجميلة"}),
        ("شن طيران العدوان غارة على قرية تل الزنبق.", {"تل الزنبق"}),
        ("استعاد الجيش بلدات الزيارة والمنصورة وذلك خلال ساعات.", {"الزيارة", "المنصورة"}),
        ("اندلعت اشتباكات بين ثوار الغوطة الشرقية وقوات النظام على جبهة حرستا.", {"جبهة حرستا"}),
    ],
)
def test_what_describes_or_names_fighters_is_no_place(pipeline: Pipeline, text: str, places: set[str]) -> None:
    assert {w for c in claims_of(pipeline, text) for w in place_words(c, text)} == places
