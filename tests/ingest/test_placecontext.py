"""What an article says about where it plays."""

from dataclasses import replace

import pytest

from ingest.gazetteer import Entry, Gazetteer
from ingest.placecontext import Hints, context_of
from ontology.identity import derived_id
from ontology.model import Precision
from ontology.normal import name_key

ARAB = frozenset({"SY", "IQ"})


@pytest.fixture(scope="module")
def world() -> Gazetteer:
    return Gazetteer.open()


def candidates(world: Gazetteer, name: str) -> tuple[Entry, ...]:
    return world.find([name_key(name)]).get(name_key(name), ())


def village(n: int, lat: str, lon: str, country: str = "SY", population: int = 0) -> Entry:
    return Entry(
        id=derived_id("place", f"test:{n}"),
        key=f"test:{n}",
        names={"en": f"Village {n}"},
        kind="village",
        lat=lat,
        lon=lon,
        country=country,
        population=population,
        precision=Precision.LOCALITY,
        within=(),
    )


def test_context_counts_countries_and_sure_places(world: Gazetteer) -> None:
    found = [candidates(world, name) for name in ("حلب", "إدلب", "سوريا", "طرابلس", "لا شيء")]
    context = context_of(found)
    assert context.countries == {"SY": 7}
    assert {e.key for e in context.nearby} == {"geonames:170063", "geonames:169389"}
    assert context.share("SY") == 1000
    assert context.spoken == {"SY"}
    assert context_of(found, hints=Hints(states={"RU": 3})).countries == {"RU": 3, "SY": 7}


def test_context_without_places_is_empty() -> None:
    assert context_of([]) == context_of([()])
    assert context_of([]).share("SY") == 0
    assert not context_of([]).placed


def test_forces_of_a_state_are_no_word_on_where_it_happened() -> None:
    context = context_of([], hints=Hints(states={"RU": 3}))
    assert context.countries == {"RU": 3}
    assert not context.placed
    assert context_of([], hints=Hints(local={"SY": 1})).placed


def test_local_voices_count_beside_the_states_that_act() -> None:
    assert context_of([], hints=Hints(states={"TR": 3}, local={"SY": 1})).countries == {"SY": 1, "TR": 3}


def test_a_place_goes_before_states_that_only_act(world: Gazetteer) -> None:
    manbij = candidates(world, "منبج")
    assert context_of([manbij], hints=Hints(states={"TR": 3})).countries == {"SY": 2, "TR": 3}


NEIGHBOURS = ((village(1, "36.10", "37.10"), village(2, "33.0", "44.0", "IQ")), (village(3, "36.30", "37.20"),))


def test_names_with_places_near_each_other_confirm_each_other() -> None:
    first, second = NEIGHBOURS
    context = context_of([first, second], hints=Hints(home=ARAB))
    assert [e.key for e in context.nearby] == ["test:3", "test:1"]
    assert context.countries == {"SY": 3}


def test_a_name_is_confirmed_by_other_names_only() -> None:
    first, _ = NEIGHBOURS
    assert not context_of([first, first, first], hints=Hints(home=ARAB)).nearby


def test_two_places_of_one_name_that_are_confirmed_alike_stay_open() -> None:
    first = (village(1, "36.10", "37.10"), village(2, "33.0", "44.0", "IQ"))
    second = (village(3, "36.30", "37.20"), village(4, "33.2", "44.1", "IQ"))
    assert not context_of([first, second], hints=Hints(home=ARAB)).nearby


def test_where_a_language_is_not_at_home_two_other_names_must_confirm() -> None:
    first, second = NEIGHBOURS
    third = (village(5, "36.20", "37.30"), village(6, "10", "10", "NG"))
    assert not context_of([first, second]).nearby
    assert [e.key for e in context_of([first, second, third]).nearby] == ["test:3", "test:1", "test:5"]


def test_names_at_home_are_read_without_their_namesakes_abroad() -> None:
    name = (village(1, "36.10", "37.10", population=20_000), village(2, "50.0", "5.0", "BE"))
    told = Hints(local={"SY": 1})
    assert context_of([name], hints=told).countries == {"SY": 1}
    assert context_of([name], hints=replace(told, home=ARAB)).countries == {"SY": 2}
    assert not context_of([name], hints=Hints(home=ARAB)).countries
