from pathlib import Path
from typing import Any

import pytest

from ingest.gazetteer.draft import Draft
from ingest.gazetteer.formats.opensyria import places
from ingest.gazetteer.formats.reading import BadSourceFile, Limits, SourceFile
from tests.ingest.gazetteer.samples import write_json

SUBDISTRICT = {
    "id": "sy-north-zabad-kafr",
    "governorateId": "sy-north",
    "districtId": "sy-north-zabad",
    "name": {"en": "Kafr Zabad", "ar": "كفر زبد"},
    "aliases": [
        {"value": "ناحية كفر زبد", "language": "ar", "type": "formal"},
        {"value": "nahyt kfr zbd", "language": "en", "type": "alternate_spelling"},
    ],
    "centroid": {"latitude": 35.5, "longitude": 36.5},
    "population": {"value": 40_000, "year": 2004},
    "externalIds": {"geonames": "7", "wikidata": "Q17", "ochaPcode": "SY990203", "geoboundaries": "1B2"},
}


def read(path: Path, *values: Any) -> list[Draft | None]:
    file = SourceFile(write_json(path / "places.json", list(values)), Limits())
    return [draft for _, draft in places(file, "open-syria")]


def test_a_subdistrict_with_its_codes(tmp_path: Path) -> None:
    (draft,) = read(tmp_path, SUBDISTRICT)
    assert draft is not None
    assert (draft.key, draft.kind, draft.country) == ("open-syria:sy-north-zabad-kafr", "subdistrict", "SY")
    assert (draft.lat, draft.lon, draft.population) == ("35.5", "36.5", 0)
    assert draft.spellings == ["Kafr Zabad", "كفر زبد", "ناحية كفر زبد"]
    assert draft.codes == {"pcode": "SY990203"}
    assert draft.same == ["geonames:7", "wikidata:Q17", "pcode:SY990203"]
    assert draft.within == [
        "open-syria:sy-north-zabad",
        "open-syria:sy-north",
        "pcode:SY9902",
        "pcode:SY99",
        "country:SY",
    ]


def test_the_level_follows_from_what_contains_it_and_a_governorate_has_no_point(tmp_path: Path) -> None:
    district = {k: v for k, v in SUBDISTRICT.items() if k != "districtId"}
    governorate = {k: v for k, v in district.items() if k != "governorateId"} | {"iso31662": "SY-XX"}
    drafts = [draft for draft in read(tmp_path, district, governorate) if draft]
    assert [(draft.kind, draft.lat) for draft in drafts] == [("district", "35.5"), ("governorate", None)]
    assert drafts[1].codes == {"pcode": "SY990203", "iso3166-2": "SY-XX"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Zabad"}, "name: it is no place of Open-Syria"),
        ({"id": ""}, "id: there is no text"),
        ({"centroid": {"latitude": 95.0, "longitude": 1.0}}, "centroid/latitude: 95 is out of range"),
        ({"centroid": {"latitude": "n", "longitude": 1.0}}, "centroid/latitude: 'n' is not a number"),
        ({"name": {"en": "Za\nbad"}}, "name/en: 'Za.nbad' has a control character"),
        ({"aliases": ["x"]}, "aliases/0/value: there is no text"),
    ],
)
def test_faults_are_named_with_item_and_field(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSourceFile, match=rf"^places\.json, line 2, {says}"):
        read(tmp_path, SUBDISTRICT, SUBDISTRICT | change)
