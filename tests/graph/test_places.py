"""Places in the graph: containment in full, a geometry where a point is known, and what can be asked of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.store import GraphStore
from ontology.model import Area
from ontology.vocabulary import PREFIXES
from tests.graph.articles import CITY, World, article, strike

GOVERNORATE = Area(id="f1" * 10, names={"en": "The Valley"}, kind="governorate", codes={"pcode": "XX01"})
DEGREES = st.integers(-89_000, 89_000).map(lambda thousandths: f"{thousandths / 1000:.3f}")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def ask(world: World, sparql: str) -> list[tuple[str, ...]]:
    answer = GraphStore.in_memory(world.log, world.projector).query(sparql, prefixes=PREFIXES)
    return sorted(tuple(term.value for term in row) for row in answer.rows())  # type: ignore[attr-defined]


def located(world: World, number: int, lat: str | None, lon: str | None) -> str:
    """Ingest a strike on a place of its own with this point, in the governorate, and return the IRI of the place."""
    one = article(number)
    (place,) = strike(one).places
    place = replace(place, id=f"{number:020x}", lat=lat, lon=lon, within=(GOVERNORATE,))
    world.ingest(one, strike(one, places=(place,)))
    return world.projector.iris.place(place.id).value


def test_events_are_found_in_the_governorate_whether_or_not_their_place_has_a_point(world: World) -> None:
    with_point, without = located(world, 1, "36.1", "37.1"), located(world, 2, None, None)
    one = article(3)
    (place,) = strike(one).places
    world.ingest(one, strike(one, places=(replace(place, id=GOVERNORATE.id, kind="governorate", within=()),)))
    world.ingest(article(4), strike(article(4)))  # in Al-Mina, which is not said to be in the valley
    found = ask(
        world,
        """SELECT DISTINCT ?place { ?g a wq:Governorate ; skos:notation "XX01"^^wq:Pcode .
        ?event a wq:Airstrike ; wq:place ?place . ?place schema:containedInPlace* ?g }""",
    )
    governorate = world.projector.iris.place(GOVERNORATE.id).value
    assert found == sorted([(with_point,), (without,), (governorate,)])


@given(points=st.lists(st.none() | st.tuples(DEGREES, DEGREES), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_place_has_a_geometry_exactly_where_its_point_is_known(
    points: list[tuple[str, str] | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    known = []
    for number, point in enumerate(points):
        place = located(world, number, *(point or (None, None)))
        if point is not None:
            known.append((place,))
    assert ask(world, "SELECT ?place { ?place geo:hasGeometry/geo:asWKT ?wkt }") == sorted(known)


def test_distance_is_in_metres_or_kilometres_and_points_have_longitude_first(world: World) -> None:
    near = located(world, 1, "36.0", "37.1")
    located(world, 2, "37.1", "36.0")  # its mirror image
    located(world, 3, None, None)
    pattern = """SELECT ?place { ?place geo:hasGeometry/geo:asWKT ?wkt
        FILTER(geof:distance(?wkt, "POINT(37.0 36.0)"^^geo:wktLiteral, uom:%s) < %s) }"""
    assert ask(world, pattern % ("metre", 20_000)) == [(near,)]
    assert ask(world, pattern % ("kilometre", 20)) == [(near,)]
    assert ask(world, pattern % ("degree", 20)) == []


def test_a_polygon_holds_what_the_numbers_hold(world: World) -> None:
    inside = located(world, 1, "36.0", "37.1")
    located(world, 2, "35.0", "37.1")
    located(world, 3, None, None)
    box = "POLYGON((37 35.5, 37.5 35.5, 37.5 36.5, 37 36.5, 37 35.5))"
    by_polygon = f'?place geo:hasGeometry/geo:asWKT ?w FILTER(geof:sfWithin(?w, "{box}"^^geo:wktLiteral))'
    by_numbers = """?place geo:hasGeometry ?g . ?g wq:lat ?lat ; wq:long ?long
        FILTER(35.5 < ?lat && ?lat < 36.5 && 37 < ?long && ?long < 37.5)"""
    assert ask(world, f"SELECT ?place {{ {by_polygon} }}") == [(inside,)]
    assert ask(world, f"SELECT ?place {{ {by_numbers} }}") == [(inside,)]


def test_what_contains_a_place_has_its_kind_and_code(world: World) -> None:
    world.ingest(article(), strike(article()))
    city = world.projector.iris.place(CITY.id).value
    assert ask(world, "SELECT ?c { ?p a wq:Roundabout ; schema:containedInPlace ?c . ?c a wq:City }") == [(city,)]


def test_a_point_that_a_gazetteer_moved_lends_its_degrees_to_no_other(world: World) -> None:
    for number, (lat, lon) in enumerate((("36.1", "37.1"), ("36.2", "37.2"))):
        one = article(number)
        (place,) = strike(one).places
        world.ingest(one, strike(one, places=(replace(place, lat=lat, lon=lon, within=()),)))
    points = ask(world, "SELECT ?lat ?long { ?p geo:hasGeometry ?g . ?g wq:lat ?lat ; wq:long ?long }")
    assert points == [("36.1", "37.1"), ("36.2", "37.2")]
