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
        ("Islamic State militants have recaptured gas fields in central Syria.", set()),
    ],
)
def test_the_places_of_a_sentence(pipeline: Pipeline, text: str, places: set[str]) -> None:
    found = claims_of(pipeline, text + " The Syrian army shelled nobody.", language="en")[0]
    assert place_words(found, text) == places
