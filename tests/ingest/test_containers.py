"""What contains a place that no gazetteer has: the division that bears the name of the town it lies around."""

from pathlib import Path

import pytest

from ingest.gazetteer import Gazetteer
from ingest.pipeline import Pipeline
from ontology.model import Place, Precision
from tests.ingest.extracting import claims_of
from tests.ingest.gazetteer.samples import imported, write

# Invented divisions in real governorates: "Zaanoun" is a district with a seat, "Tal Zabad" a subdistrict of it.
DIVISIONS = """pcode,name_en,name_ar,lat,lon,kind,parent_pcode,country
SY0290,Zaanoun,زعنون,36.50,37.90,district,SY02,SY
SY029001,Zaanoun,زعنون,36.55,37.95,subdistrict,SY0290,SY
SY029002,Tal Zabad,تل زبد,36.30,37.80,subdistrict,SY0290,SY
C1,Zaanoun,زعنون,36.56,37.96,town,SY02,SY
C2,Wadi Nuwas,وادي نواس,36.20,37.00,town,SY02,SY
SY0291,Barmana,برمانا,36.05,37.90,district,SY02,SY
C3,Barmana,برمانا,36.50,37.95,town,SY02,SY
C4,Sahl Barq,سهل برق,36.10,38.40,village,SY02,SY
SY0590,Wadi Nuwas,وادي نواس,35.10,37.10,district,SY05,SY
"""


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    folder = tmp_path_factory.mktemp("divisions")
    imported(write(folder / "divisions.csv", [DIVISIONS]), folder, "divisions")
    return Pipeline(gazetteer=Gazetteer.open(imports=folder))


def place(pipeline: Pipeline, text: str, language: str = "ar") -> Place:
    found = [p for c in claims_of(pipeline, text, language=language) for p in c.places]
    assert len(found) == 1, [(p.span.of(text), p.rule) for p in found]
    return found[0]


def around(found: Place) -> list[str]:
    return [area.names.get("en", "") for area in found.within]


@pytest.mark.parametrize(
    ("text", "precision", "within"),
    [
        # The countryside of a town lies in the district of its name, which holds the subdistrict of its name.
        ("قصفت المدفعية ريف زعنون بعشرات القذائف.", Precision.ADMIN2, ["Zaanoun", "Aleppo", "Syria"]),
        (
            "قصفت المدفعية ريف تل زبد الغربي بعشرات القذائف.",
            Precision.ADMIN3,
            ["Tal Zabad", "Zaanoun", "Aleppo", "Syria"],
        ),
        # So does a village in that countryside, or in a direction from the town.
        ("قصفت المدفعية قرية أم الحصى بريف تل زبد.", Precision.ADMIN3, ["Tal Zabad", "Zaanoun", "Aleppo", "Syria"]),
        ("قصفت المدفعية قرية أم الحصى في ريف زعنون الشرقي.", Precision.ADMIN2, ["Zaanoun", "Aleppo", "Syria"]),
        ("قصفت المدفعية قرية أم الحصى جنوب زعنون.", Precision.ADMIN2, ["Zaanoun", "Aleppo", "Syria"]),
        # Where the text says "the city of", the city's own point stands for what is around it.
        *(
            (text, Precision.ADMIN2, ["Surroundings of Zaanoun", "Zaanoun", "Aleppo", "Syria"])
            for text in (
                "قصفت المدفعية الريف الشمالي لمدينة زعنون.",
                "قصفت المدفعية قرية أم الحصى بريف مدينة زعنون.",
                "قصفت المدفعية قرية أم الحصى جنوب مدينة زعنون.",
            )
        ),
        # The middle of a wide district is far from the countryside of its seat, for which the seat's own point stands.
        *(
            (text, Precision.ADMIN2, ["Surroundings of Barmana", "Barmana", "Aleppo", "Syria"])
            for text in (
                "قصفت المدفعية ريف برمانا بعشرات القذائف.",
                "قصفت المدفعية قرية أم الحصى في ريف برمانا الشرقي.",
                "قصفت المدفعية قرية أم الحصى جنوب مدينة برمانا.",
            )
        ),
        # A seat that no gazetteer has lies in its own division, whatever town that lies near.
        (
            "قصفت المدفعية قرية أم الحصى التابعة لمدينة تل زبد جنوب مدينة برمانا.",
            Precision.ADMIN3,
            ["Tal Zabad", "Zaanoun", "Aleppo", "Syria"],
        ),
        # What bears a governorate's name means the governorate.
        ("قصفت المدفعية ريف حلب بعشرات القذائف.", Precision.ADMIN1, ["Aleppo", "Syria"]),
        ("قصفت المدفعية قرية أم الحصى شرق حلب.", Precision.ADMIN1, ["Aleppo", "Syria"]),
        # A division in another governorate than the town of its name is not the town's: only what is around the town.
        (
            "قصفت المدفعية قرية أم الحصى شرق مدينة وادي نواس.",
            Precision.ADMIN3,
            ["Surroundings of Wadi Nuwas", "Aleppo", "Syria"],
        ),
    ],
)
def test_the_division_of_the_town_contains_it(
    placed: Pipeline, text: str, precision: Precision, within: list[str]
) -> None:
    found = place(placed, text)
    assert (found.precision, around(found)) == (precision, within)
    assert found.lat is None, "the point of a container is not that of the place"


def test_the_point_of_the_surroundings_is_that_of_the_seat(placed: Pipeline) -> None:
    found = place(placed, "قصفت المدفعية ريف برمانا بعشرات القذائف.")
    assert [area.lat for area in found.within[:2]] == ["36.5", "36.05"]


def test_ambiguous_names_are_decided_by_the_governorate_that_the_text_names(placed: Pipeline) -> None:
    found = place(placed, "قصفت المدفعية قرية أم الحصى في ريف وادي نواس بمحافظة حماة.")
    assert around(found)[0] == "Wadi Nuwas"
    assert around(found)[1] == "Hama"


def test_english_countryside_lies_in_the_division(placed: Pipeline) -> None:
    found = place(placed, "Artillery shelled farms in the Tal Zabad countryside.", "en")
    assert around(found)[:2] == ["Tal Zabad", "Zaanoun"]


@pytest.mark.parametrize(
    "text",
    ["قصفت المدفعية بلدة عين الورد بريف دمشق.", "قصفت المدفعية بلدة عين الورد في ريف دمشق الشرقي."],
)
def test_the_countryside_of_damascus_is_a_governorate(pipeline: Pipeline, text: str) -> None:
    assert around(place(pipeline, text)) == ["Rif Dimashq", "Syria"]


def test_the_countryside_of_damascus_itself(pipeline: Pipeline) -> None:
    found = place(pipeline, "قصفت المدفعية ريف دمشق.")
    assert (found.names["en"], found.kind) == ("Rif Dimashq", "governorate")


def test_east_of_a_city_a_town_of_its_governorate_is_found_however_far(pipeline: Pipeline) -> None:
    """Jarabulus is 110 km from Aleppo: "east of Aleppo" names the governorate that both lie in."""
    found = place(pipeline, "قصفت المدفعية مدينة جرابلس شرق حلب.")
    assert found.lat is not None


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("شن الجيش غارات على غزة. وقال مسؤول إن قطاع غزة يعاني.", "ar", "Gaza Strip"),
        ("Air strikes on Gaza killed 20 people. The Gaza Strip has been under siege.", "en", "Gaza Strip"),
        # The city is named as one, or nothing speaks of the strip.
        ("شن الجيش غارات على مدينة غزة. وقال مسؤول إن قطاع غزة يعاني.", "ar", "Gaza"),
        ("شن الجيش غارات على غزة.", "ar", "Gaza"),
        ("Air strikes on Gaza City killed 20 people. The Gaza Strip has been under siege.", "en", "Gaza"),
    ],
)
def test_a_short_name_means_the_region_that_the_text_names_in_full(
    pipeline: Pipeline, text: str, language: str, name: str
) -> None:
    found = place(pipeline, text, language)
    assert found.names["en"].removesuffix(" City") == name


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("Shelling killed three people in Ayn al-Ward in rural Damascus.", ["Rif Dimashq", "Syria"]),
        ("Shelling killed three people in the town of Ayn al-Ward in Damascus countryside.", ["Rif Dimashq", "Syria"]),
        ("Shelling hit the village of Umm Ward in northern Idlib.", ["Idlib", "Syria"]),
        ("Shelling hit the village of Umm Ward in rural Aleppo.", ["Aleppo", "Syria"]),
    ],
)
def test_in_english_the_countryside_and_a_compass_point_mean_the_governorate(
    pipeline: Pipeline, text: str, within: list[str]
) -> None:
    assert around(place(pipeline, text, "en")) == within


def test_a_name_is_taken_whole_in_an_english_list(pipeline: Pipeline) -> None:
    text = "Artillery shelled the villages of Tel Tamar and Abu Wardan."
    claims = claims_of(pipeline, text, language="en")
    assert {p.span.of(text) for c in claims for p in c.places} == {"Tel Tamar", "Abu Wardan"}


def test_a_town_under_another_name_lies_in_its_district(tmp_path: Path) -> None:
    """Kobani is listed as Ayn al-Arab, and so is its district."""
    rows = [
        "pcode,name_en,name_ar,lat,lon,kind,parent_pcode,country\n",
        "SY0299,Ayn al-Arab,عين العرب,36.60,38.35,district,SY02,SY\n",
    ]
    imported(write(tmp_path / "districts.csv", rows), tmp_path, "districts")
    placed = Pipeline(gazetteer=Gazetteer.open(imports=tmp_path))
    found = place(placed, "قصفت المدفعية قرية أم الحصى بريف كوباني.")
    assert around(found) == ["Surroundings of Kobani", "Ayn al-Arab", "Aleppo", "Syria"]


def test_a_landmark_with_a_point_lies_in_the_district_of_another_source(placed: Pipeline) -> None:
    """Tishrin Dam, of the project's own list, is 26 km from the middle of the invented district."""
    found = place(placed, "قصفت طائرات حربية سد تشرين في منطقة زعنون.")
    assert (found.lat, found.precision) == ("36.3814", Precision.NEAR)


@pytest.mark.parametrize(
    ("text", "language", "precision", "within"),
    [
        # A district that no gazetteer has lies around the town whose name it bears, where the text puts it.
        ("قصفت المدفعية مديرية حرض بمحافظة حجة.", "ar", Precision.ADMIN2, ["Surroundings of Ḩaraḑ", "Hajjah", "Yemen"]),
        (
            "قصفت الطائرات قضاء الحويجة بمحافظة كركوك.",
            "ar",
            Precision.ADMIN2,
            ["Surroundings of Al Ḩawījah", "Kirkuk", "Iraq"],
        ),
        # The governorate of a capital is seldom more than the city.
        (
            "A drone strike killed two people near the town of Umm Ward, south of Baghdad.",
            "en",
            Precision.ADMIN1,
            ["Surroundings of Baghdad", "Iraq"],
        ),
        # No source says what lies in a plain: what lies in its governorate may.
        ("قصفت المدفعية مدينة السقيلبية في سهل الغاب.", "ar", Precision.LOCALITY, ["Hama", "Syria"]),
        ("قصفت المدفعية مدينة سرمين في سهل الغاب.", "ar", Precision.ADMIN1, ["Al-Ghab Plain", "Hama", "Syria"]),
    ],
)
def test_what_lies_in_districts_plains_and_around_capitals(
    pipeline: Pipeline, text: str, language: str, precision: Precision, within: list[str]
) -> None:
    found = place(pipeline, text, language)
    assert (found.precision, around(found)) == (precision, within)


def test_an_oblast_is_a_governorate(pipeline: Pipeline) -> None:
    text = "قصفت المدفعية بلدة أم الورد في مقاطعة دنيبروبيتروفسك."
    (found,) = [p for c in claims_of(pipeline, text, conflict=False) for p in c.places]
    assert (found.precision, around(found)) == (Precision.ADMIN1, ["Dnipropetrovsk Oblast", "Ukraine"])


def test_a_name_that_one_place_bears_may_lie_beside_the_district_that_is_named(placed: Pipeline) -> None:
    found = place(placed, "قصفت المدفعية قرية سهل برق بريف زعنون.")
    assert found.names.get("en") == "Sahl Barq"
