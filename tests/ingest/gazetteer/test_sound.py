import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gazetteer.names import DOUBLED
from ingest.gazetteer.sound import nearby_sounds, sound_of
from ontology.normal import name_key

_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآةىءئؤ "


@pytest.mark.parametrize(
    "spellings",
    [
        ("معرة النعمان", "Ma'arrat al-Nu'man", "Maarat Numan", "Maarrat an-Nu‘mān"),
        ("خان شيخون", "Khan Sheikhoun", "Khan Shaykhun", "Xan Sheikhun"),
        ("دير الزور", "Deir ez-Zor", "Dayr az-Zawr"),
        ("كفر زيتا", "Kafr Zita", "Kafr Zayta", "كفرزيتا"),
    ],
)
def test_spellings_of_one_name_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({sound_of(name_key(spelling)) for spelling in spellings}) == 1


@given(st.text(alphabet=string.ascii_letters + " -'", max_size=40) | st.text(alphabet=_ARABIC, max_size=40))
def test_a_sound_is_of_consonants_in_one_alphabet(name: str) -> None:
    sound = sound_of(name_key(name))
    assert sound == "" or 3 <= len(sound) <= 24
    assert not sound or sound[0] == "+" or not set(sound) - set("bdfgjklmnrstz")


@given(st.text(alphabet="bdfgjklmnrstz", min_size=4, max_size=10))
def test_nearness_of_sounds_goes_both_ways(sound: str) -> None:
    sound = DOUBLED.sub(r"\1", sound)
    assert all(sound in nearby_sounds(near) for near in nearby_sounds(sound)) or len(sound) < 5
