import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.gazetteer import (
    OVERLAY,
    BadOverlay,
    Gazetteer,
    sources_version,
)
from ontology.identity import derived_id
from ontology.model import Precision
from tests.ingest.gazetteer.finding import SMALL, found


def test_the_version_follows_the_sources(tmp_path: Path) -> None:
    copy = tmp_path / "overlay"
    shutil.copytree(OVERLAY, copy)
    assert sources_version(copy) == sources_version(OVERLAY)
    assert sources_version(copy, SMALL) != sources_version(copy)
    (copy / "iraq.yaml").write_text("source: {title: Other, licence: CC0-1.0}\n", encoding="utf-8")
    assert sources_version(copy) != sources_version(OVERLAY)


def test_city_lists_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="15000"):
        Gazetteer.open(min_population=10)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("places: [", "is not YAML"),
        ("places: []", "'source' is a required property"),
        ("source: {title: My, licence: CC0-1.0}\nplaces: [{key: A b, kind: city, names: {ar: حلب}}]", "places/0/key"),
        ("source: {title: My, licence: CC0-1.0}\nplaces: [{key: a, kind: moon, names: {ar: حلب}}]", "places/0/kind"),
        ("source: {title: My, licence: CC0-1.0}\nplaces: [{key: a, kind: city, names: {ar: ''}}]", "places/0/names/ar"),
    ],
)
def test_a_bad_overlay_is_refused_with_file_and_field(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadOverlay, match=says) as caught:
        Gazetteer.open(cache=tmp_path / "cache", overlay=tmp_path, min_population=SMALL)
    assert "mine.yaml" in str(caught.value)
    assert not list((tmp_path / "cache").iterdir())


def sheets() -> list[dict[str, list[dict[str, object]]]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(OVERLAY.glob("*.yaml"))]


def test_every_id_of_the_overlay_is_that_of_a_place_in_its_country(world: Gazetteer) -> None:
    for sheet in sheets():
        for more in sheet.get("spellings", []):
            entry = world.entry(f"geonames:{more['geonames']}")
            assert entry is not None, more
            assert entry.country == more["country"], more


def test_overlay_places_have_one_key_each_and_lie_in_places_that_exist(world: Gazetteer) -> None:
    places = [place for sheet in sheets() for place in sheet.get("places", [])]
    assert len({p["key"] for p in places}) == len(places) > 150
    for place in places:
        entry = world.entry(f"overlay:{place['key']}")
        assert entry is not None, place
        wanted = place.get("within", [])
        assert isinstance(wanted, list)
        containers = [world.entry(w if ":" in w else f"overlay:{w}") for w in wanted]
        assert all(c is not None and c.country in ("", entry.country) for c in containers), place
        assert {c.id for c in containers if c} <= {a.id for a in entry.within}, place


def test_every_governorate_with_a_code_has_the_city_list_s_places_in_it(world: Gazetteer) -> None:
    for key, city in [("sy-idlib", "169389"), ("iq-nineveh", "99072"), ("ye-taiz", "70225"), ("ly-derna", "87205")]:
        entry = world.entry(f"geonames:{city}")
        assert entry is not None
        assert entry.within[0].id == derived_id("place", f"overlay:{key}")


@pytest.mark.parametrize("name", ["Benin", "تشاد", "عُمان", "الكونغو الديمقراطية", "Türkiye", "كوريا الشمالية"])
def test_countries_are_found_in_both_languages(world: Gazetteer, name: str) -> None:
    first = found(world, name)[0]
    assert first.kind == "country"
    assert set(first.names) == {"ar", "en"}
    assert first.precision is Precision.COUNTRY


def test_a_landmark_has_the_point_that_its_entry_states() -> None:
    gazetteer = Gazetteer.open(min_population=SMALL)
    rows = [row for path in sorted(OVERLAY.glob("*.yaml")) for row in read(path).get("places", ()) if "lat" in row]
    assert rows
    for row in rows:
        (entry,) = (e for e in found(gazetteer, row["names"]["en"]) if e.key == f"overlay:{row['key']}")
        assert (entry.lat, entry.lon, entry.country) == (row["lat"], row["lon"], row["country"])
        near = [e for e in found(gazetteer, row["names"]["ar"]) if e.key == entry.key]
        assert near, f"{row['key']} is not found by its Arabic name"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{key: a, kind: dam, names: {ar: سد}, lat: '36.1', lon: '37.1'}", "point_from"),
        ("{key: a, kind: dam, names: {ar: سد}, lat: '36.1', point_from: 'https://example.org/a'}", "lon"),
        (
            "{key: a, kind: governorate, names: {ar: سد}, lat: '36.1', lon: '37.1', point_from: 'https://example.org/a'}",
            "should not be valid",
        ),
    ],
)
def test_a_point_needs_both_numbers_and_a_page_and_no_governorate_has_one(tmp_path: Path, row: str, says: str) -> None:
    (tmp_path / "own.yaml").write_text(f"source: {{title: My, licence: CC0-1.0}}\nplaces: [{row}]", encoding="utf-8")
    with pytest.raises(BadOverlay, match=says):
        Gazetteer.open(overlay=tmp_path, min_population=SMALL)


def read(path: Path) -> dict[str, Any]:
    sheet: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return sheet
