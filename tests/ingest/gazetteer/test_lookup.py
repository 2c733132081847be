import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gazetteer import (
    Gazetteer,
)
from ontology.identity import derived_id
from ontology.model import Precision
from tests.ingest.gazetteer.finding import found, keys


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("حلب", "geonames:170063"),
        ("مدينة حلب", "geonames:170063"),
        ("إدلب", "geonames:169389"),
        ("ادلب", "geonames:169389"),
        ("معرّة النعمان", "geonames:167611"),
        ("Ma'arrat al-Nu'man", "geonames:167611"),
        ("Maarat al-Numan", "geonames:167611"),
        ("Maaret Numan", "geonames:167611"),
        ("خان شيخون", "geonames:168325"),
        ("Khan Sheikhoun", "geonames:168325"),
        ("نبل", "geonames:166331"),
        ("اللاذقية", "geonames:173576"),
        ("سلمية", "geonames:164947"),
        ("السلمية", "geonames:164947"),
        ("كفرزيتا", "geonames:168620"),
        ("كفر زيتا", "geonames:168620"),
        ("عين العرب", "geonames:172256"),
        ("كوباني", "geonames:172256"),
        ("الخرطوم", "geonames:379252"),
        ("سوريا", "geonames:163843"),
        ("سورية", "geonames:163843"),
        ("محافظة حلب", "overlay:sy-aleppo"),
        ("Idlib province", "overlay:sy-idlib"),
        ("ريف دمشق", "overlay:sy-rif-dimashq"),
        ("قطاع غزة", "overlay:ps-gaza-strip"),
        ("مخيم جباليا", "overlay:ps-jabalia-camp"),
        ("Sheikh Maqsoud", "overlay:sy-aleppo-sheikh-maqsoud"),
    ],
)
def test_a_name_as_the_news_write_it_finds_its_place_first(world: Gazetteer, name: str, key: str) -> None:
    assert keys(found(world, name))[:1] == [key]


def test_a_bare_name_finds_city_and_governorate(world: Gazetteer) -> None:
    assert keys(found(world, "حلب")) == ["geonames:170063", "overlay:sy-aleppo"]


@pytest.mark.parametrize("name", ["ريف حلب", "مخيم حلب", "الزهراء قرب نبل", "ALP", "hlb", "xa lep po", "LTK"])
def test_what_is_not_a_name_of_the_place_does_not_find_it(world: Gazetteer, name: str) -> None:
    assert not {"geonames:170063", "geonames:173576"} & set(keys(found(world, name)))


def test_a_state_named_after_a_sea_is_not_called_so_bare(world: Gazetteer) -> None:
    assert keys(found(world, "ولاية البحر الأحمر")) == ["overlay:sd-red-sea"]
    assert "overlay:sd-red-sea" not in keys(found(world, "البحر الأحمر")) + keys(found(world, "Red Sea"))
    assert not {"lb-south", "lb-north"} & {
        k.removeprefix("overlay:") for n in ("South", "الشمال") for k in keys(found(world, n))
    }


def test_an_entry_says_what_the_sources_say(world: Gazetteer) -> None:
    aleppo = world.entry("geonames:170063")
    assert aleppo is not None
    assert aleppo.id == derived_id("place", "geonames:170063")
    assert (aleppo.names["ar"], aleppo.kind, aleppo.country) == ("حلب", "city", "SY")
    assert (aleppo.lat, aleppo.lon, aleppo.precision) == ("36.20124", "37.16117", Precision.LOCALITY)
    assert [link.identifier for link in aleppo.links] == ["https://sws.geonames.org/170063/"]
    assert {link.relation for link in aleppo.links} == {"closeMatch"}
    assert [area.names["en"] for area in aleppo.within] == ["Aleppo", "Syria"]
    assert aleppo.within[0].id == derived_id("place", "overlay:sy-aleppo")
    assert aleppo.within[0].links[0].identifier == "https://sws.geonames.org/170062/"


def test_a_governorate_has_no_point(world: Gazetteer) -> None:
    governorate = world.entry("overlay:sy-aleppo")
    assert governorate is not None
    assert (governorate.lat, governorate.lon, governorate.precision) == (None, None, Precision.ADMIN1)


def test_a_quarter_lies_in_city_governorate_and_country(world: Gazetteer) -> None:
    quarter = world.entry("overlay:sy-aleppo-sheikh-maqsoud")
    assert quarter is not None
    assert [a.names["en"] for a in quarter.within] == ["Aleppo", "Aleppo", "Syria"]
    assert quarter.within[0].lat == "36.20124"


@pytest.mark.parametrize(
    ("key", "name"),
    [("2643743", "لندن"), ("360630", "القاهرة"), ("250441", "عمان"), ("108410", "الرياض"), ("2210247", "طرابلس")],
)
def test_the_arabic_name_shown_is_arabic(world: Gazetteer, key: str, name: str) -> None:
    entry = world.entry(f"geonames:{key}")
    assert entry is not None
    assert entry.names["ar"] == name


def test_entries_come_by_population_then_id(world: Gazetteer) -> None:
    entries = found(world, "Tripoli")
    assert len(entries) > 2
    assert list(entries) == sorted(entries, key=lambda e: (-e.population, e.id))


def test_unknown_names_are_absent_and_repeated_ones_answered_once(world: Gazetteer) -> None:
    assert list(world.find(["حلب", "no such place anywhere", "حلب"])) == ["حلب"]
    assert world.entry("geonames:0") is None


def test_exact_search_leaves_folded_spellings_out(world: Gazetteer) -> None:
    assert world.find(["maaret numan"])
    assert not world.find(["maaret numan"], folded=False)


@given(st.lists(st.text(alphabet=st.characters(), max_size=20), max_size=8))
def test_find_answers_any_string(small: Gazetteer, names: list[str]) -> None:
    answer = small.find(names)
    assert set(answer) <= set(names)
    assert all(answer.values())
    assert [small.entry(name) for name in names] == [None] * len(names)


def test_what_contains_places_is_read_once(small: Gazetteer) -> None:
    countries = [found(small, name)[0].within[-1] for name in ("حلب", "إدلب", "حماة")]
    assert all(country is countries[0] for country in countries)
