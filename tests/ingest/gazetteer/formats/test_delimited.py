from pathlib import Path

import pytest

from ingest.gazetteer.draft import Draft
from ingest.gazetteer.formats.delimited import places
from ingest.gazetteer.formats.fields import Assumed, BadColumn
from ingest.gazetteer.formats.reading import BadSourceFile, Limits, SourceFile


def read(path: Path, text: str, assumed: Assumed | None = None, name: str = "mine.csv") -> list[Draft | None]:
    file = path / name
    file.write_text(text, encoding="utf-8")
    return [draft for _, draft in places(SourceFile(file, Limits()), "mine", assumed or Assumed())]


def test_columns_are_known_by_their_headers(tmp_path: Path) -> None:
    text = (
        "PCODE,name_en,Name_AR,Latitude,longitude,type,aliases,population,parent_pcode\n"
        'C1,Kafr Zabad,كفر زبد,35.5,36.5,Village,"Zabad|Kafr Zabd",900,SY0702\n'
    )
    (draft,) = read(tmp_path, text, Assumed(country="SY"))
    assert draft is not None
    assert (draft.key, draft.kind, draft.country, draft.population) == ("mine:C1", "village", "SY", 900)
    assert draft.names == {"en": "Kafr Zabad", "ar": "كفر زبد"}
    assert draft.spellings == ["Kafr Zabad", "كفر زبد", "Zabad", "Kafr Zabd"]
    assert (draft.lat, draft.lon) == ("35.5", "36.5")
    assert (draft.codes, draft.same) == ({"pcode": "C1"}, ["pcode:C1"])
    assert draft.within == ["pcode:SY0702", "country:SY"]


def test_columns_may_be_named(tmp_path: Path) -> None:
    text = "objectid;label_of_it;Y_COORD;X_COORD\n17;مخفر الحدود;35.5;36.5\n"
    columns = {"id": "objectid", "name": "label_of_it", "lat": "Y_COORD", "lon": "X_COORD"}
    (draft,) = read(tmp_path, text, Assumed(columns, kind="crossing"))
    assert draft is not None
    assert (draft.key, draft.kind, draft.names, draft.lat) == ("mine:17", "crossing", {"ar": "مخفر الحدود"}, "35.5")


def test_tabs_quotes_and_parents(tmp_path: Path) -> None:
    text = 'id\tname\tkind\tpart_of\na\t"The ""Old"" Camp"\tcamp\tb\nb\tZabad\twaterfall\t\n'
    camp, waterfall = read(tmp_path, text, name="mine.tsv")
    assert camp is not None
    assert (camp.names, camp.within, camp.lat) == ({"en": 'The "Old" Camp'}, ["mine:b"], None)
    assert waterfall is None


def test_rows_without_an_id_have_one_of_their_content(tmp_path: Path) -> None:
    first, second = read(tmp_path, "name,lat,lon\nZabad,35.5,36.5\nZabad,35.6,36.5\n")
    assert first is not None
    assert second is not None
    assert first.key != second.key
    assert [first] == read(tmp_path, "lon,lat,name\n36.50,35.5,Zabad\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lat,lon\n1,2\n", "line 1: no column holds the name"),
        ("", "line 1: no column holds the name"),
        ("name,lat,lon\nZabad,35.5\n", "line 2: 2 fields where the header has 3"),
        ("name,lat,lon\nZabad,95.5,1\n", "line 2, lat: 95.5 is out of range"),
        ("name,Latitude,lon\nZabad,north,1\n", "line 2, Latitude: 'north' is not a number"),
        ("name,lat,lon\n,1,1\n", "line 2, name: there is no name"),
        ("name,lat,lon\nA,1,1\nZa\x00bad,1,1\n", "line 3"),
        ('name,lat,lon\nA,1,1\n"Zabad,1,1\n', "line 3: it is no row of a table"),
        ("name,country\nZabad,Syria\n", "line 2, country: 'SYRIA' is not a country code"),
    ],
)
def test_faults_are_named_with_line_and_column(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadSourceFile, match=rf"^mine\.csv, {says}"):
        read(tmp_path, text)


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadSourceFile, match="no column 'Y' for lat; the columns are name, lat"):
        read(tmp_path, "name,lat\nA,1\n", Assumed({"lat": "Y"}))
    with pytest.raises(BadColumn, match="latitude is no field"):
        Assumed({"latitude": "Y"})
    with pytest.raises(BadColumn, match="moon is no kind of place"):
        Assumed(kind="moon")
