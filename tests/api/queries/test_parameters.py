"""From what somebody types to a term: every type, its edges, and names of things."""

from datetime import UTC, datetime

import pytest

from api.queries.parameters import LONGEST, BadValue, Parameter, read
from api.workspace import Workspace

NOW = datetime(2024, 12, 3, 10, 0, tzinfo=UTC)


def parameter(type_: str, **more: object) -> Parameter:
    return Parameter("p", type_, {"en": "x"}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("type_", "value", "term"),
    [
        ("integer", "+12", "12"),
        ("integer", "-3", "-3"),
        ("decimal", "36.50", "36.50"),
        ("text", "غارة ٣", "غارة ٣"),
        ("integer", "١٢", "12"),
        ("decimal", "٣٦٫٥", "36.5"),
        ("date-to", "٢٠٢٤-٠٢", "2024-02-29"),
        ("time", "٢٠٢٤-١١-٣٠", "2024-11-30T00:00:00Z"),
        ("event-type", "airstrike", "https://w3id.org/waqai/ontology#Airstrike"),
        ("event-type", "غاره جويّة", "https://w3id.org/waqai/ontology#Airstrike"),
        ("event-type", "Drone strike", "https://w3id.org/waqai/ontology#DroneStrike"),
        ("event-type", "wq:DroneStrike", "https://w3id.org/waqai/ontology#DroneStrike"),
        ("date-from", "2024-02", "2024-02-01"),
        ("date-to", "2024-02", "2024-02-29"),
        ("date-to", "2023", "2023-12-31"),
        ("date-from", "2023", "2023-01-01"),
        ("date-to", "2024-11-30", "2024-11-30"),
        ("time", "2024-11-30T10:00:00+03:00", "2024-11-30T07:00:00Z"),
        ("time", "2024-11-30", "2024-11-30T00:00:00Z"),
        ("time", "PT24H", "2024-12-02T10:00:00Z"),
        ("time", "P1M", "2024-11-03T10:00:00Z"),
    ],
)
def test_values_of_each_type(type_: str, value: str, term: str) -> None:
    assert read(parameter(type_), value, now=lambda: NOW).value == term


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("integer", "1.5"),
        ("integer", "٣x"),
        ("integer", "9" * 30),
        ("decimal", "NaN"),
        ("decimal", "1e3"),
        ("event-type", "Airstrik"),
        ("event-type", "غارة"),
        ("date-from", "30.11.2024"),
        ("date-from", "2024-13"),
        ("date-to", "9999-12"),
        ("date-to", "2024-02-30"),
        ("time", "yesterday"),
        ("time", "P"),
        ("time", "P99999999Y"),
        ("text", "x" * (LONGEST + 1)),
    ],
)
def test_values_of_no_type(type_: str, value: str) -> None:
    with pytest.raises(BadValue, match=r"\w+ "):
        read(parameter(type_), value, now=lambda: NOW)


def test_bounds_and_choices_are_kept() -> None:
    with pytest.raises(BadValue, match="from 1 to 10"):
        read(parameter("integer", least=1, most=10), "11")
    with pytest.raises(BadValue, match="none of en, ar"):
        read(parameter("choice", choices=("en", "ar")), "fr")
    assert read(parameter("choice", choices=("Killed",)), "killed").value.endswith("#Killed")


@pytest.mark.parametrize("name", ["Aleppo", "حلب", "aleppo", "https://sws.geonames.org/170063/"])
def test_a_place_by_any_of_its_names(filled: Workspace, name: str) -> None:
    assert read(parameter("place"), name, asked=filled) == read(parameter("place"), "Aleppo", asked=filled)


def test_an_id_and_an_iri_stand_for_themselves(filled: Workspace) -> None:
    iri = read(parameter("place"), "Aleppo", asked=filled).value
    assert read(parameter("place"), iri, asked=filled).value == iri
    assert read(parameter("place"), iri.removeprefix("http://localhost:8000/id/"), asked=filled).value == iri
    assert read(parameter("thing"), iri, asked=filled).value == iri


@pytest.mark.parametrize("type_", ["place", "actor", "source"])
@pytest.mark.parametrize("name", ["nowhere at all", "", '"', "} ASK {", "http://x y/"])
def test_a_name_that_the_graph_does_not_know(filled: Workspace, type_: str, name: str) -> None:
    with pytest.raises(BadValue, match=r"the graph has no|is not"):
        read(parameter(type_), name, asked=filled)


def test_an_iri_that_is_no_place_is_no_place(filled: Workspace) -> None:
    with pytest.raises(BadValue, match="has no place place/none"):
        read(parameter("place"), "place/none", asked=filled)


@pytest.mark.parametrize("value", ["none", "event/none", "http://localhost:8000/id/event/none", "claim/c-0"])
def test_what_the_graph_says_nothing_of_is_no_thing(filled: Workspace, value: str) -> None:
    with pytest.raises(BadValue, match=f"the graph has nothing called {value}: give an id") as refused:
        read(parameter("thing"), value, asked=filled)
    assert refused.value.kind == "unknown"


@pytest.mark.parametrize(("type_", "name", "near"), [("place", "Alepo", "Aleppo"), ("actor", "الفصايل المسلحة", None)])
def test_a_misspelt_name_is_told_the_nearest(filled: Workspace, type_: str, name: str, near: str | None) -> None:
    with pytest.raises(BadValue) as refused:
        read(parameter(type_), name, asked=filled)
    assert str(refused.value).partition("; the nearest is ")[2] == (near or "")


def test_a_name_of_several_things_is_refused_with_all_of_them() -> None:
    class Two:
        """A graph in which every name has two bearers, none within the other."""

        def query(self, sparql: str) -> object:
            from pyoxigraph import Store

            from graph.store import Answer
            from ontology.vocabulary import PREFIXES

            store = Store()
            store.update(
                "PREFIX wq: <https://w3id.org/waqai/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
                "INSERT DATA { <x:1> a wq:Place ; rdfs:label 'Hama' . <x:2> a wq:Place ; rdfs:label 'Hama' }"
            )
            return Answer(store.query(sparql, prefixes=dict(PREFIXES)), 1, None)  # type: ignore[arg-type]

        def resolve(self, name: str) -> str:
            return name

    with pytest.raises(BadValue, match=r"2 places .*x:1, x:2") as refused:
        read(parameter("place"), "Hama", asked=Two())  # type: ignore[arg-type]
    assert refused.value.kind == "ambiguous"
