import json
from pathlib import Path

import pytest

from ingest.gazetteer.formats.reading import Limits, SourceFile
from ingest.gazetteer.formats.recognising import UnknownFormat, format_of
from tests.ingest.gazetteer.formats.test_features import LINKED
from tests.ingest.gazetteer.formats.test_opensyria import SUBDISTRICT
from tests.ingest.gazetteer.samples import collection, feature, village


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("SY.txt", village(1), "geonames"),
        ("alternateNamesV2.txt", "", "geonames-names"),
        ("admin1CodesASCII.txt", "", "geonames-admin"),
        ("admin2Codes.txt", "", "geonames-admin"),
        ("hierarchy.txt", "", "geonames-hierarchy"),
        ("mine.csv", "", "csv"),
        ("mine.tsv.gz", "", "csv"),
        ("mine.json", json.dumps(collection(feature(1, "A"))), "geojson"),
        ("mine.geojsonl", json.dumps(feature(1, "A")), "geojson"),
        ("mine.json", json.dumps(collection(LINKED)), "lpf"),
        ("mine.json", json.dumps([SUBDISTRICT]), "open-syria"),
    ],
)
def test_a_format_is_told_from_name_and_beginning(tmp_path: Path, name: str, text: str, found: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert format_of(SourceFile(file, Limits())) == found


@pytest.mark.parametrize("text", ["", "name lat lon\n", '{"a": 1}', "\x00\x01"])
def test_a_format_that_cannot_be_told_is_asked_for(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnknownFormat, match="say it with --as"):
        format_of(SourceFile(file, Limits()))
