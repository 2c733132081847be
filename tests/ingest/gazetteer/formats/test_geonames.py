from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.gazetteer.draft import Draft
from ingest.gazetteer.formats import geonames
from ingest.gazetteer.formats.reading import BadRow, Limits, SourceFile
from tests.ingest.gazetteer.samples import geonames_row, write

Reader = Callable[[SourceFile], Iterator[tuple[int, Draft | None]]]


def read(path: Path, text: str, reader: Reader = geonames.places) -> list[Draft | None]:
    return [draft for _, draft in reader(SourceFile(write(path / "file.txt", [text]), Limits()))]


def place(path: Path, **fields: object) -> Draft:
    (draft,) = read(path, geonames_row(7, "Kafr Zabad", **fields))  # type: ignore[arg-type]
    assert draft is not None
    return draft


def test_a_village_says_what_the_row_says(tmp_path: Path) -> None:
    draft = place(tmp_path, arabic="كفر زبد", also="KFZ,kafr zbd,Kafar Zabad", lat="35.50", lon="-0.500", people=900)
    assert (draft.key, draft.kind, draft.country, draft.population) == ("geonames:7", "village", "SY", 900)
    assert (draft.lat, draft.lon) == ("35.5", "-0.5")
    assert draft.names == {"en": "Kafr Zabad", "ar": "كفر زبد"}
    assert draft.spellings == ["Kafr Zabad", "كفر زبد", "Kafar Zabad"]
    assert draft.within == ["admin1:SY.12", "country:SY"]


@pytest.mark.parametrize(
    ("code", "people", "kind"),
    [
        ("P.PPL", 0, "unspecified"),
        ("P.PPLA", 200_000, "city"),
        ("P.PPLL", 12_000, "town"),
        ("P.PPLX", 9_000, "neighbourhood"),
        ("A.ADM2", 0, "district"),
        ("A.ADM3", 0, "subdistrict"),
        ("S.AIRB", 0, "base"),
        ("S.HSP", 0, "hospital"),
        ("S.CMPRF", 0, "camp"),
    ],
)
def test_the_kind_follows_from_code_and_people(tmp_path: Path, code: str, people: int, kind: str) -> None:
    assert place(tmp_path, code=code, people=people, admin=("12", "3", "4")).kind == kind


@pytest.mark.parametrize("code", ["H.STM", "T.MT", "S.SHOP", "P.PPLH", "A.ADMD"])
def test_what_the_pipeline_has_no_kind_for_is_left_out(tmp_path: Path, code: str) -> None:
    assert read(tmp_path, geonames_row(7, "Kafr Zabad", code=code)) == [None]


def test_divisions_know_their_own_code_and_have_no_people(tmp_path: Path) -> None:
    governorate = place(tmp_path, code="A.ADM1", people=10**6)
    assert (governorate.same, governorate.within) == (["admin1:SY.12"], ["country:SY"])
    assert (governorate.lat, governorate.lon, governorate.population) == (None, None, 0)
    district = place(tmp_path, code="A.ADM2", admin=("12", "34"))
    assert (district.same, district.within) == (["admin2:SY.12.34"], ["admin1:SY.12", "country:SY"])
    assert district.lat == "35.5"
    country = place(tmp_path, code="A.PCLI", admin=("00",), people=10**7)
    assert (country.same, country.within, country.population) == (["country:SY"], [], 10**7)
    assert place(tmp_path, admin=("12", "34", "5")).within == [
        "admin3:SY.12.34.5",
        "admin2:SY.12.34",
        "admin1:SY.12",
        "country:SY",
    ]


def test_the_capital_is_one_of_which_the_code_says_so(tmp_path: Path) -> None:
    assert place(tmp_path, code="P.PPLC", people=50_000).capital
    assert not place(tmp_path, code="P.PPLA", people=50_000).capital


def test_further_names_and_items_of_wikidata(tmp_path: Path) -> None:
    rows = [
        "1\t7\tar\tكفر زبد\t1\t\t\t\t\t",
        "2\t7\ten\tKafr Zabd\t\t1\t\t\t\t",
        "3\t7\twkdt\tQ12345\t\t\t\t\t\t",
        "4\t7\tlink\thttps://example.org/\t\t\t\t\t\t",
        "5\t7\ten\tOld Zabd\t\t\t\t1\t\t",
        "6\t7\tru\tКафр\t\t\t\t\t\t",
    ]
    arabic, english, item, *others = read(tmp_path, "\n".join(rows) + "\n", geonames.alternate_names)
    assert arabic is not None
    assert (arabic.key, arabic.kind, arabic.names, arabic.preferred) == ("geonames:7", "", {"ar": "كفر زبد"}, True)
    assert english is not None
    assert (english.spellings, english.preferred) == (["Kafr Zabd"], False)
    assert item is not None
    assert (item.links, item.same) == (["http://www.wikidata.org/entity/Q12345"], ["wikidata:Q12345"])
    assert others == [None] * 3


def test_admin_codes_and_hierarchy(tmp_path: Path) -> None:
    (one,) = read(tmp_path, "SY.12\tIdlib\tIdlib\t169387\n", geonames.admin_codes)
    (two,) = read(tmp_path, "SY.12.34\tHarem\tHarem\t5\n", geonames.admin_codes)
    assert one is not None
    assert two is not None
    assert (one.kind, one.same, one.within) == ("governorate", ["admin1:SY.12"], ["country:SY"])
    assert (two.kind, two.same, two.within) == ("district", ["admin2:SY.12.34"], ["admin1:SY.12", "country:SY"])
    drafts = read(tmp_path, "1\t2\tADM\n3\t4\tdependency\n5\t6\t\n", geonames.hierarchy)
    assert [d and (d.key, d.within) for d in drafts] == [
        ("geonames:2", ["geonames:1"]),
        None,
        ("geonames:6", ["geonames:5"]),
    ]


@pytest.mark.parametrize(
    ("reader", "line", "says"),
    [
        (geonames.alternate_names, "1\t7\tar", "line 1: 3 columns where alternateNamesV2 has 10"),
        (geonames.admin_codes, "SY\tX\tX\t1", "line 1, code: 'SY' is not like SY.09"),
        (geonames.hierarchy, "1\tx\tADM", "line 1, childId: 'x' is not a number of GeoNames"),
    ],
)
def test_faults_of_the_smaller_files_are_named(tmp_path: Path, reader: Reader, line: str, says: str) -> None:
    with pytest.raises(BadRow, match=says):
        read(tmp_path, line + "\n", reader)
