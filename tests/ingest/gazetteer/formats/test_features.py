from pathlib import Path
from typing import Any

import pytest

from ingest.gazetteer.draft import Draft
from ingest.gazetteer.formats import features
from ingest.gazetteer.formats.fields import Assumed
from ingest.gazetteer.formats.reading import BadSourceFile, Limits, SourceFile
from tests.ingest.gazetteer.samples import collection, feature, write_json

LINKED = {
    "@id": "https://example.org/places/17",
    "type": "Feature",
    "properties": {"title": "Kafr Zabad", "ccodes": ["SY"]},
    "names": [{"toponym": "كفر زبد", "lang": "ar"}, {"toponym": "Kafr Zabd", "lang": "en-GB"}, {"toponym": "Zabad"}],
    "types": [{"identifier": "aat:300008372", "label": "village"}],
    "geometry": {"type": "Point", "coordinates": [36.5, 35.5]},
    "links": [
        {"type": "exactMatch", "identifier": "gn:7"},
        {"type": "closeMatch", "identifier": "wd:Q17"},
        {"type": "seeAlso", "identifier": "https://example.org/photo"},
    ],
    "relations": [{"relationType": "gvp:broaderPartitive", "relationTo": "gn:169387", "label": "Idlib"}],
}


def read(path: Path, value: Any, reader: Any = features.geojson, assumed: Assumed | None = None) -> list[Draft | None]:
    file = SourceFile(write_json(path / "mine.json", value), Limits())
    return [draft for _, draft in reader(file, "mine", assumed or Assumed())]


def test_a_feature_is_a_place(tmp_path: Path) -> None:
    given = feature(17, "Kafr Zabad", name_ar="كفر زبد", type="town", population=12_000, geonames=7, country="sy")
    (draft,) = read(tmp_path, collection(given, name="a layer"))
    assert draft is not None
    assert (draft.key, draft.kind, draft.lat, draft.lon) == ("mine:17", "town", "35.5", "36.5")
    assert draft.names == {"en": "Kafr Zabad", "ar": "كفر زبد"}
    assert (draft.country, draft.population, draft.same) == ("SY", 12_000, ["geonames:7"])
    assert draft.links == ["https://sws.geonames.org/7/"]


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Polygon", "coordinates": [[[36, 35], [37, 35], [37, 36], [36, 35]]]},
        {"type": "LineString", "coordinates": [[36, 35], [37, 35]]},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_no_point_is_made_of_what_is_none(tmp_path: Path, geometry: Any) -> None:
    (draft,) = read(tmp_path, collection({**feature(1, "Zabad"), "geometry": geometry}))
    assert draft is not None
    assert (draft.lat, draft.lon) == (None, None)


def test_a_linked_place(tmp_path: Path) -> None:
    given = collection(LINKED, **{"@context": "https://example.org/linkedplaces.jsonld"})
    (draft,) = read(tmp_path, given, features.linked_places)
    assert draft is not None
    assert (draft.key, draft.kind, draft.country) == ("https://example.org/places/17", "village", "SY")
    assert draft.names == {"ar": "كفر زبد", "en": "Kafr Zabd"}
    assert draft.spellings == ["Kafr Zabad", "كفر زبد", "Kafr Zabd", "Zabad"]
    assert (draft.lat, draft.lon) == ("35.5", "36.5")
    assert draft.same == ["geonames:7"], "a close match is not the same"
    assert draft.links == ["https://sws.geonames.org/7/", "http://www.wikidata.org/entity/Q17"]
    assert draft.within == ["geonames:169387", "country:SY"]


@pytest.mark.parametrize(
    ("types", "fclasses", "kind"),
    [
        ([{"label": "settlement"}], [], "unspecified"),
        ([{"label": "waterfall"}], [], None),
        ([], ["P"], "unspecified"),
        ([], [], "unspecified"),
        ([{"label": "waterfall", "sourceLabel": "مخيم"}], [], "camp"),
    ],
)
def test_the_kind_of_a_linked_place(tmp_path: Path, types: list[Any], fclasses: list[str], kind: str | None) -> None:
    given = {**LINKED, "types": types, "properties": {"title": "Zabad", "fclasses": fclasses}}
    (draft,) = read(tmp_path, collection(given), features.linked_places)
    assert (draft.kind if draft else None) == kind


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"@id": ""}, "@id: there is none"),
        ({"type": "Place"}, "type: it is no Feature"),
        ({"properties": {}}, "properties/title: there is none"),
        ({"names": [{"toponym": 5}]}, "names/0/toponym: there is none"),
        ({"geometry": {"type": "Point", "coordinates": [36.5, 95]}}, "geometry/coordinates/1: 95 is out of range"),
        ({"geometry": {"type": "Point", "coordinates": ["36", 35]}}, "geometry/coordinates: they are no numbers"),
        ({"geometry": {"type": "Point", "coordinates": [36]}}, "geometry/coordinates: a point has two"),
    ],
)
def test_faults_are_named_with_feature_and_field(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    given = collection(LINKED, {**LINKED, "@id": "b", **change})
    with pytest.raises(BadSourceFile, match=rf"^mine\.json, line 2, {says}"):
        read(tmp_path, given, features.linked_places)
