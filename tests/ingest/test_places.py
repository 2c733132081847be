"""What a text says of where a place lies: relations are not the place, and what is said once holds for the article."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Place, Precision
from tests.ingest.extracting import claims_of


def places(pipeline: Pipeline, text: str, language: str = "ar") -> list[Place]:
    return [p for c in claims_of(pipeline, text, language=language) for p in c.places]


def shown(place: Place) -> tuple[str | None, str, list[str]]:
    """The name of the linked place, how it is known, and what contains it."""
    return place.names.get("en"), place.precision.value, [a.names.get("en", "") for a in place.within]


SY = ["Aleppo", "Syria"]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        # The place itself.
        ("ar", "قصفت المدفعية مدينة منبج.", ("Manbij", "locality", SY)),
        ("en", "Artillery shelled the town of Manbij.", ("Manbij", "locality", SY)),
        # Its countryside is not the town, nor is what lies in a direction from it.
        ("ar", "قصفت المدفعية ريف منبج.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        ("en", "Artillery shelled the countryside of Manbij.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        ("ar", "قصفت المدفعية قرية أم الحصى شمال منبج.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        ("ar", "قصفت المدفعية قرية أم الحصى في ريف منبج.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        # "Near" is linked, and known less well.
        ("ar", "قصفت المدفعية مزرعة قرب منبج.", ("Manbij", "admin3", SY)),
        ("ar", "قصفت المدفعية مزرعة بالقرب من منبج.", ("Manbij", "admin3", SY)),
        ("en", "Artillery shelled farms near Manbij in Syria.", ("Manbij", "admin3", SY)),
        # A road between two towns lies around the first, not in it; one between two seats lies nowhere.
        ("ar", "قصفت المدفعية طريق منبج - جرابلس.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        ("ar", "قصفت المدفعية طريق حلب - دمشق.", (None, "unknown", [])),
        # City or governorate: by the word, else the city, known to the governorate.
        ("ar", "قصفت المدفعية حلب.", ("Aleppo", "admin1", SY)),
        ("ar", "قصفت المدفعية مدينة حلب.", ("Aleppo", "locality", SY)),
        ("ar", "قصفت المدفعية محافظة حلب.", ("Aleppo", "admin1", ["Syria"])),
        ("ar", "قصفت المدفعية ريف حلب.", (None, "admin1", SY)),
        ("en", "Artillery shelled the city of Aleppo.", ("Aleppo", "locality", SY)),
        ("en", "Artillery shelled Aleppo province.", ("Aleppo", "admin1", ["Syria"])),
    ],
)
def test_relations_to_a_place_are_not_the_place(
    pipeline: Pipeline, language: str, text: str, found: tuple[str | None, str, list[str]]
) -> None:
    (place,) = places(pipeline, text, language)
    assert shown(place) == found


def test_only_areas_around_have_points_that_are_not_their_own(pipeline: Pipeline) -> None:
    (place,) = places(pipeline, "قصفت المدفعية ريف منبج.")
    assert (place.lat, place.links) == (None, ())
    assert place.within[0].lat is not None


def test_the_article_calls_the_city_one_elsewhere(pipeline: Pipeline) -> None:
    found = places(pipeline, "قصفت المدفعية حلب. وكانت غارات قد استهدفت مدينة حلب أمس.")
    assert {p.precision for p in found} == {Precision.LOCALITY}


@pytest.mark.parametrize(
    "text",
    [
        "استهدفت غارة روسية مدينة مورك.",
        "قصف الطيران الحربي الروسي بلدة مورك وأصيب ثلاثة مدنيين.",
        "قتل مدني في قصف للجيش التركي على مدينة مورك.",
    ],
)
def test_a_town_is_found_though_only_a_foreign_army_is_named(pipeline: Pipeline, text: str) -> None:
    assert {p.names.get("en") for p in places(pipeline, text)} == {"Mūrak"}


def test_where_a_name_is_said_to_lie_holds_for_the_article(pipeline: Pipeline) -> None:
    """Tandelti is a name of El Fasher too: the state named in one sentence rules that out in the other."""
    text = "Drones struck Tandelti in White Nile State on Monday. Two people were killed in the strike on Tandelti."
    found = [p for p in places(pipeline, text, "en") if p.names.get("en") != "White Nile State"]
    assert {p.names.get("en") for p in found} == {"Tandalti"}


def test_a_name_shared_by_alias_links_nothing_alone(pipeline: Pipeline) -> None:
    found = places(pipeline, "RSF drones struck Tandelti on Monday, killing two people.", "en")
    assert "El Fasher" not in {p.names.get("en") for p in found}


# A direction from a city that the text calls one; from the bare name the governorate may be meant; its outskirts.
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("غارات على بلدة زردين شمال مدينة إدلب.", (None, "admin3", ["Surroundings of Idlib", "Idlib", "Syria"])),
        (
            "قصف مدفعي على قرية الطينة الواقعة جنوب مدينة إدلب.",
            (None, "admin3", ["Surroundings of Idlib", "Idlib", "Syria"]),
        ),
        ("غارات على بلدة زردين شمال إدلب.", (None, "admin1", ["Idlib", "Syria"])),
        ("القصف الصاروخي على مخيم مرام على أطراف مدينة إدلب.", (None, "locality", ["Idlib", "Idlib", "Syria"])),
    ],
)
def test_a_city_that_shares_its_governorates_name_is_meant_where_the_text_says_city(
    pipeline: Pipeline, text: str, found: tuple[str | None, str, list[str]]
) -> None:
    assert [shown(place) for place in places(pipeline, text)] == [found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Of two mentions the one that names the finer area says where the place lies.
        (
            "قصفت المدفعية قرية أم الحصى بريف حلب.\nوسقط صاروخ على قرية أم الحصى التابعة لمدينة منبج بريف حلب.",
            (None, "admin3", ["Surroundings of Manbij", *SY]),
        ),
        # Areas apart from each other are two stories: the first counts.
        (
            "قصفت المدفعية قرية أم الحصى بريف منبج.\nوعاد الأهالي إلى قرية أم الحصى بريف جرابلس.",
            (None, "admin3", ["Surroundings of Manbij", *SY]),
        ),
        # جبلة is no mountain with a pronoun, and two posts run into one another make no name.
        ("قصفت المدفعية بلدة جبلة.", ("Jablah", "locality", ["Latakia", "Syria"])),
        ("قصفت المدفعية قرية أم الحصى بريف منبجةالتفاصيل: عاد الهدوء.", (None, "unknown", [])),
        # A stroke between the type word and the name; a name in quotation marks behind the verb.
        ("قصفت المدفعية مدينة - منبج اليوم.", ("Manbij", "locality", SY)),
        ('قصفت المدفعية "منبج" اليوم.', ("Manbij", "locality", SY)),
        ('المدفعية تقصف "تفتناز" بقذائف الهاون.', ("Taftanāz", "locality", ["Idlib", "Syria"])),
        # Right behind a settlement a division says where it lies.
        ("قصفت المدفعية بلدة أم الحصى ريف منبج.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        ("قصفت المدفعية قرية أم الحصى محافظة حلب.", (None, "admin1", SY)),
        # Near a town is around it; between two towns is near both.
        ("قصفت المدفعية قرية أم الحصى قرب منبج.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        ("قصفت المدفعية رتلا بين بلدتي منبج وجرابلس.", ("Manbij", "admin3", SY)),
        # The only place of a post's line of hashtags contains what no gazetteer has.
        ("#عاجل #منبج\nقصفت المدفعية قرية أم الحصى.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        ("#منبج #تدمر\nقصفت المدفعية قرية أم الحصى.", (None, "unknown", [])),
        # So does the place that leads the post, or stands alone in its line.
        ("تفتناز: قصفت المدفعية قرية أم الحصى.", (None, "admin3", ["Surroundings of Taftanāz", "Idlib", "Syria"])),
        (
            "عين الشرقية\nقصفت المدفعية قرية أم الحصى.",
            (None, "admin3", ["Surroundings of ‘Ayn ash Sharqīyah", "Latakia", "Syria"]),
        ),
        # "The city" of a post is the place that its hashtag names.
        ("تجدد القصف الصاروخي على المدينة.\n#مارع", ("Marea", "locality", SY)),
        # A name ends where a link begins; one in quotation marks is that of the landmark.
        ("قصف على عفرينpic.example.com/a1", ("‘Afrīn", "locality", SY)),
        ('قصفت المدفعية محيط سد "تشرين" في ريف حلب.', ("Tishrin Dam", "near", SY)),
        ("قصفت المدفعية قرية أم الحصى الكبيرة شمال منبج.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        ("قصفت المدفعية قرية زرد هلام بريف منبج.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        # A hospital in an area is in the town of it whose name it bears; a road begins around the end that is known.
        ("قصفت المدفعية مشفى أعزاز بريف حلب.", (None, "locality", ["I‘zāz", *SY])),
        ("قصفت المدفعية طريق #الزبدون - #أريحا بسوريا.", (None, "admin3", ["Surroundings of Arīḩā", "Idlib", "Syria"])),
        # East of what the text calls a city is around it, also where nothing else is named there.
        ("قصفت المدفعية أطراف النهر شرقي مدينة حلب.", (None, "admin3", ["Surroundings of Aleppo", *SY])),
    ],
)
def test_what_words_elsewhere_say_of_a_place(
    pipeline: Pipeline, text: str, found: tuple[str | None, str, list[str]]
) -> None:
    assert shown(places(pipeline, text)[0]) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # A canton holds what lies in the governorate around it, and is no state of another country.
        ("قصفت المدفعية مدينة الشدادي في مقاطعة الجزيرة.", ("Al-Shaddadi", "locality", ["Al-Hasakah", "Syria"])),
        (
            "قصفت مسيرة تركية قرية أم الحصى في مقاطعة الجزيرة شمال سوريا.",
            (None, "admin1", ["Jazira Canton", "Al-Hasakah", "Syria"]),
        ),
        (
            "قصفت الطائرات الإسرائيلية مطار المزة العسكري في سوريا.",
            ("Mezzeh airbase", "locality", ["Rif Dimashq", "Syria"]),
        ),
        ("قصفت المدفعية بلدة كنصفرة.", ("Kansafra", "locality", ["Idlib", "Jabal al-Zawiya", "Syria"])),
    ],
)
def test_places_that_no_city_list_has(pipeline: Pipeline, text: str, found: tuple[str | None, str, list[str]]) -> None:
    assert [shown(p) for p in places(pipeline, text)] == [found]


def test_what_a_state_did_does_not_place_it(pipeline: Pipeline) -> None:
    text = "Haifa oil refinery shut down after heavy damage in Iran missile strike."
    assert [shown(p) for p in places(pipeline, text, "en")] == [("Haifa", "locality", ["Israel"])]


def test_a_hashtag_of_two_words_is_one_name(pipeline: Pipeline) -> None:
    text = "قصفت المدفعية قرية #أم_الحصى_الفوقا شمال منبج."
    (place,) = places(pipeline, text)
    assert place.span.of(text) == "أم_الحصى_الفوقا"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Of a direction and the area that holds it the direction is the place.
        ("قصفت المدفعية شرق مخيم البريج وسط قطاع غزة.", {"شرق مخيم البريج"}),
        ("قصفت المدفعية بلدة القرارة وسط قطاع غزة.", {"القرارة"}),
        # The name of a big town may be an adjective; behind "cities" it is that town.
        ("شنت طائرات حربية غارات على مدن الخرطوم وبحري وأم درمان.", {"الخرطوم", "بحري", "أم درمان"}),
        ("شنت طائرات حربية غارات على مدن الخرطوم ومروي، ونفذت وحدات بحرية دوريات.", {"الخرطوم", "مروي"}),
        # بين: two towns are places, two states are sides.
        ("استهدفت طائرة مسيرة سيارة بين بلدتي منبج وجرابلس.", {"منبج", "جرابلس"}),
        # Between two distant cities may be anywhere.
        ("قصفت الطائرات شاحنات على الطريق بين حلب ودمشق.", set()),
        # Plains and heights bear names; a stroke stands before the district.
        ("أغار الطيران على مرتفعات الهرمل وقصفت المدفعية سهل الغاب.", {"مرتفعات الهرمل", "سهل الغاب"}),
        ("غارة بمسيرة على سيارة في منطقة أبو الأسود - قضاء صور.", {"منطقة أبو الأسود"}),
    ],
)
def test_places_beside_each_other(pipeline: Pipeline, text: str, words: set[str]) -> None:
    assert {p.span.of(text) for p in places(pipeline, text)} == words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # A base, a camp or an airport of a city is seldom in it, what is near a town not in the town.
        ("قصفت الطائرات مطار تدمر العسكري.", (None, "admin3", ["Surroundings of Palmyra", "Homs", "Syria"])),
        ("قصفت المدفعية معسكر الطلائع قرب منبج.", (None, "admin3", ["Surroundings of Manbij", *SY])),
        # A quarter east of its city is one of its quarters.
        (
            "قصفت الطائرات حي الشجاعية شرق مدينة غزة.",
            ("Shujaiya", "locality", ["Gaza", "Gaza Strip", "Palestinian Territory"]),
        ),
        # A district lies in a governorate, not in the city that it is named after.
        (
            "قصفت الطائرات قرية في ناحية باتيفا بقضاء زاخو في دهوك.",
            (None, "admin3", ["Surroundings of Zaxo", "Duhok", "Iraq"]),
        ),
    ],
)
def test_what_is_not_in_the_town_beside_it(
    pipeline: Pipeline, text: str, found: tuple[str | None, str, list[str]]
) -> None:
    assert [shown(p) for p in places(pipeline, text)] == [found]


def test_among_governorates_a_bare_name_is_one_too(pipeline: Pipeline) -> None:
    text = "سقطت 12 غارة جوية على محافظة إدلب، وغارة جوية على اللاذقية، وغارتان على ريف حماة."
    assert [(p.kind, p.lat) for p in places(pipeline, text)] == [
        ("governorate", None),
        ("governorate", None),
        ("countryside", None),
    ]
