"""Places in English: names that only the words around them show to be places, lists, type words behind names."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import claims_of, place_words


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Two people were killed when a drone hit Ed Babiker in the Sharg El Nile locality.", {"Ed Babiker"}),
        ("Soldiers were killed in an RSF drone strike on Abu Jubeiha in the Nuba Mountains.", {"Abu Jubeiha"}),
        ("Jets struck Idlib city, Benin town and the village of Suran.", {"Idlib", "Benin", "Suran"}),
        ("Shells hit the city of Idlib city, in the eastern Idlib countryside.", {"Idlib"}),
        ("Shelling hit the village of Rityan north of second city Aleppo.", {"Rityan"}),
        ("Air strikes hit areas of Saraqib on Friday.", {"Saraqib"}),
        ("Air strikes hit both Jabaliya and the Nuseirat refugee camp.", {"Jabaliya", "Nuseirat refugee camp"}),
        ("Jets bombed a home near the Omar Mosque in northern Jabaliya.", {"Jabaliya"}),
        ("The air raids hit a Homs neighbourhood on Friday.", {"Homs"}),
        ("Artillery shelled Jurin Town in the al-Ghab Plain.", {"Jurin Town"}),
        # An apposition says that what stands before it is a place, and where; the near town is no second place.
        ("The army bombed a market in Kabkabiya, north of El Fasher.", {"Kabkabiya"}),
        ("Jets bombed a clinic in Zabarmari, a village near Maiduguri, on Friday.", {"Zabarmari"}),
        ("Jets bombed the village of Zabarmari near Maiduguri on Friday.", {"Zabarmari"}),
        # What stands between commas before the verb parts the weapon from it no more than it does.
        ("A drone, said to be Turkish, targeted a farm near the town of Tal Abyad.", {"Tal Abyad"}),
        # Between two towns is near both, also where the gazetteer has only one of them; around a town is near it.
        ("A drone strike hit a car on the road between Khiam and Marjayoun.", {"Khiam", "Marjayoun"}),
        ("Warplanes bombed positions around Tel Rifaat and the Menagh airbase.", {"Tel Rifaat", "Menagh airbase"}),
        # In a headline in capitals a verb stands in the run of them.
        ("Army Shells Key Northwest Town", set()),
        ("Islamic State militants have recaptured gas fields in central Syria.", set()),
    ],
)
def test_the_places_of_a_sentence(pipeline: Pipeline, text: str, places: set[str]) -> None:
    found = claims_of(pipeline, text + " The Syrian army shelled nobody.", language="en")[0]
    assert place_words(found, text) == places


def test_the_nearby_town_is_another_place(pipeline: Pipeline) -> None:
    text = (
        "Russian drones struck a block of flats in Kharkiv overnight, killing four people, officials said. "
        "In the nearby town of Chuhuiv, two people were injured when a glide bomb hit a market."
    )
    struck = [c for c in claims_of(pipeline, text, language="en") if c.type == "Airstrike"]
    assert [place_words(c, text) for c in struck] == [{"Kharkiv"}, {"Chuhuiv"}]


def test_what_lies_in_a_province_of_a_country_lies_in_the_province(pipeline: Pipeline) -> None:
    text = "A drone hit an oil terminal at Nishtun port in Yemen's Mahra province on Tuesday."
    (claim,) = [c for c in claims_of(pipeline, text, language="en") if c.type == "Airstrike"]
    (place,) = claim.places
    assert [area.names.get("en") for area in place.within] == ["Al Mahrah", "Yemen"]


@pytest.mark.parametrize(
    ("text", "name", "point"),
    [
        # A name ends in the small type word of what it names.
        ("Forces of Khalifa Haftar shelled Mitiga airport on Monday.", "Mitiga airport", "32.8942"),
        ("Israeli strikes hit Hmeimim air base in Syria.", "Hmeimim air base", "35.4008"),
        # A city that another place, far smaller, has among its further names.
        ("Russian forces shelled the city of Kherson on Sunday.", "Kherson", "46.63695"),
        # The governorate bears the name in one more spelling than its town.
        ("An air strike hit a house in Deir al-Balah, Gaza.", "Dayr al Balaḩ", "31.41834"),
    ],
)
def test_names_that_are_linked(pipeline: Pipeline, text: str, name: str, point: str) -> None:
    (found,) = [p for c in claims_of(pipeline, text, language="en", conflict=False) for p in c.places]
    assert (found.names["en"], found.lat) == (name, point)


@pytest.mark.parametrize(
    ("text", "words", "within"),
    [
        ("Shelling hit farms in Idlib's southern countryside.", "Idlib's southern countryside", ["Idlib", "Syria"]),
        ("Jets bombed depots in Damascus's countryside.", "Damascus's countryside", ["Rif Dimashq", "Syria"]),
    ],
)
def test_the_countryside_of_a_city_is_not_the_city(
    pipeline: Pipeline, text: str, words: str, within: list[str]
) -> None:
    (found,) = [p for c in claims_of(pipeline, text, language="en") for p in c.places]
    assert (found.span.of(text), found.kind, found.lat) == (words, "countryside", None)
    assert [area.names["en"] for area in found.within] == within


def test_a_plural_type_word_says_what_all_names_of_its_list_are(pipeline: Pipeline) -> None:
    text = "Air strikes hit farms in Idlib and Aleppo provinces."
    places = [p for c in claims_of(pipeline, text, language="en") for p in c.places]
    assert [(p.names["en"], p.kind, p.lat) for p in places] == [
        ("Idlib", "governorate", None),
        ("Aleppo", "governorate", None),
    ]
