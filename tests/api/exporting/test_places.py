"""Places of the graph in Linked Places Format, GeoJSON and CSV."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from api.exporting import placeformats
from api.exporting import places as reading
from api.exporting.places import PlaceFound, UnknownArea, acled_code, area, places, ucdp_code
from ingest.gazetteer.formats.features import linked_places
from ingest.gazetteer.formats.fields import Assumed
from ingest.gazetteer.formats.reading import Limits, SourceFile
from ontology.identity import derived_id
from ontology.model import Area, Modality, Precision
from tests.api.exporting.world import VALLEY, Asked, place, strike_on, unknown_place
from tests.graph.articles import World

SCHEMA = json.loads(Path(__file__).with_name("linked_places.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    filled = World.at(tmp_path)
    strike_on(filled, 1, place(1))
    strike_on(filled, 2, place(1), unknown_place(2))
    strike_on(filled, 3, place(3, precision=Precision.NEAR), modality=Modality.DENIED)
    return filled


def written(pieces: Any) -> Any:
    return orjson.loads(b"".join(pieces))


def by_title(collection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {feature["properties"]["title"]: feature for feature in collection["features"]}


def test_linked_places_are_as_the_format_asks(world: World) -> None:
    made = written(placeformats.lpf(places(Asked(world))))
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(made)] == []
    village = by_title(made)["Village 1"]
    assert village["geometry"] == {"type": "Point", "coordinates": [37.1, 36.1], "certainty": "certain"}
    assert village["properties"] == {
        "title": "Village 1",
        "fclasses": ["P"],
        "precision": "locality",
        "acled_geo_precision": 1,
        "ucdp_where_prec": 1,
        "pcode": "XX010001",
    }
    assert {name["toponym"]: name["lang"] for name in village["names"]} == {
        "Village 1": "en",
        "القرية 1": "ar",
        "دوار النخيل": "ar",
    }
    assert village["links"] == [{"type": "closeMatch", "identifier": "https://sws.geonames.org/1/"}]
    assert [relation["label"] for relation in village["relations"]] == ["in The Valley", "in The Land"]
    assert village["when"]["timespans"] == [{"start": {"in": "2024-11-30"}, "end": {"in": "2024-11-30"}}]


def test_linked_places_name_the_country_by_its_iso_code(world: World) -> None:
    syria = Area(id=derived_id("place", "geonames:163843"), names={"en": "Syria"}, kind="country")
    strike_on(world, 90, place(9, within=(VALLEY, syria)))
    made = written(placeformats.lpf(places(Asked(world))))
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(made)] == []
    found = {f["properties"]["title"]: f["properties"].get("ccodes") for f in made["features"]}
    assert (found["Village 9"], found["Syria"], found["Village 1"]) == (["SY"], ["SY"], None)


def test_the_check_of_linked_places_can_fail() -> None:
    feature = {"@id": "x", "type": "Feature", "properties": {"title": "X"}, "geometry": {}, "names": []}
    found = {"type": "FeatureCollection", "@context": "https://x.example/", "features": [feature]}
    assert len(list(Draft202012Validator(SCHEMA).iter_errors(found))) >= 5


def test_linked_places_can_be_imported_again(world: World, tmp_path: Path) -> None:
    file = tmp_path / "places.json"
    file.write_bytes(b"".join(placeformats.lpf(places(Asked(world)))))
    drafts = [draft for _, draft in linked_places(SourceFile(file, Limits()), "mine", Assumed()) if draft is not None]
    found = {draft.names.get("en") or draft.names["ar"]: draft for draft in drafts}
    assert set(found) == {"Village 1", "Village 3", "The Valley", "The Land", "دوار النخيل"}
    village, unknown = found["Village 1"], found["دوار النخيل"]
    assert (village.kind, village.lat, village.lon) == ("village", "36.1", "37.1")
    assert village.names == {"en": "Village 1", "ar": "القرية 1"}
    assert village.links == ["https://sws.geonames.org/1/"]
    assert (unknown.lat, unknown.lon) == (None, None)


def test_a_place_without_a_point_has_no_geometry_in_any_format(world: World) -> None:
    for make in (placeformats.lpf, placeformats.geojson):
        features = by_title(written(make(places(Asked(world)))))
        assert {title for title, feature in features.items() if feature["geometry"] is None} == {
            "دوار النخيل",
            "The Valley",
            "The Land",
        }
    rows = list(csv.DictReader(io.StringIO(b"".join(placeformats.csv(places(Asked(world)))).decode())))
    assert {(row["lat"], row["lon"]) for row in rows} == {("36.1", "37.1"), ("36.3", "37.3"), ("", "")}


def test_geojson_counts_what_names_a_place_and_what_happened_there(world: World) -> None:
    features = by_title(written(placeformats.geojson(places(Asked(world)))))
    counts = {title: (f["properties"]["claims"], f["properties"]["events"]) for title, f in features.items()}
    assert counts["Village 1"] == (2, 1)  # both papers tell of one strike
    assert counts["Village 3"] == (1, 0)  # the strike there is denied
    assert counts["The Valley"] == (0, 0)
    assert features["Village 3"]["properties"]["precision"] == "near"
    assert features["Village 1"]["properties"]["codes"] == {"pcode": "XX010001"}


def test_a_table_has_a_row_for_each_place(world: World) -> None:
    rows = list(csv.DictReader(io.StringIO(b"".join(placeformats.csv(places(Asked(world)))).decode())))
    assert list(rows[0]) == list(placeformats.COLUMNS)
    (village,) = [row for row in rows if row["name_en"] == "Village 1"]
    assert (village["name_ar"], village["other_names"], village["kind"]) == ("القرية 1", "دوار النخيل", "village")
    assert (village["within"], village["pcode"], village["ucdp_where_prec"]) == (
        "The Valley; The Land",
        "XX010001",
        "1",
    )


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_every_place_comes_once_whatever_the_batches(world: World, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sorted(found.iri for found in places(Asked(world)))
    monkeypatch.setattr(reading, "BATCH", batch)
    assert sorted(found.iri for found in places(Asked(world))) == whole
    assert len(whole) == len(set(whole)) == 5


@pytest.mark.parametrize("name", ["XX01", "https://sws.geonames.org/169387/", "valley"])
def test_places_in_an_area_are_found_by_code_link_or_iri(world: World, name: str) -> None:
    valley = world.projector.iris.place(VALLEY.id).value
    asked = Asked(world)
    within = area(asked, valley if name == "valley" else name)
    assert within == valley
    assert sorted(found.title for found in places(asked, within=within)) == [
        "The Valley", "Village 1", "Village 3", "دوار النخيل",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["XX99", "http://localhost:8000/id/place/none", "http://a b/", '" } #', "\ud800", ""])
def test_an_area_that_is_not_there_is_named(world: World, name: str) -> None:
    with pytest.raises(UnknownArea, match="no place of the graph has the code or IRI"):
        area(Asked(world), name)


@given(
    names=st.dictionaries(st.sampled_from(["ar", "en"]), st.text(max_size=8), max_size=2),
    spellings=st.lists(st.tuples(st.text(max_size=8), st.just("ar")), max_size=2),
    kinds=st.lists(st.sampled_from(["city", "river", "governorate", "unspecified", "hospital"]), max_size=2),
    precision=st.none() | st.sampled_from([precision.value for precision in Precision]),
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_names_every_format_can_be_read_again(
    names: dict[str, str], spellings: list[tuple[str, str]], kinds: list[str], precision: str | None
) -> None:
    found = PlaceFound("https://x.example/1", names, spellings, kinds, precision=precision)
    assert written(placeformats.lpf([found]))["features"][0]["properties"]["fclasses"]
    assert written(placeformats.geojson([found]))["features"][0]["geometry"] is None
    header, row = csv.reader(io.StringIO(b"".join(placeformats.csv([found])).decode(), newline=""))
    assert len(header) == len(row)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_precision_codes_never_say_more_than_the_coarser_ones() -> None:
    in_order = [precision.value for precision in Precision]
    for code in (acled_code, ucdp_code):
        given_codes = [found for found in map(code, in_order) if found is not None]
        assert given_codes == sorted(given_codes)
    assert [acled_code(p) for p in in_order] == [1, 1, 1, 2, 2, 3, None, None]
    assert [ucdp_code(p) for p in in_order] == [1, 1, 1, 3, 3, 4, 6, None]
