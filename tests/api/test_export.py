"""`waqai export` and `/events` with formats and filters."""

import csv
import io
import json
from pathlib import Path

import httpx
import orjson
import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.exporting import placeformats
from api.workspace import Workspace


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


@pytest.fixture
def data(filled: Workspace) -> Path:
    filled.close()
    return filled.data


@pytest.mark.parametrize("format_", ["lpf", "geojson"])
def test_places_are_written_as_features(data: Path, format_: str) -> None:
    done = run("places", "--format", format_, "--data", data)
    assert done.exit_code == 0, done.stderr
    features = json.loads(done.stdout)["features"]
    points = {f["properties"]["title"]: f["geometry"] for f in features}
    assert points["دوار الباسل"] is None
    assert points["Aleppo"]["coordinates"] == [37.16117, 36.20124]


def test_a_file_has_what_would_be_printed(data: Path, tmp_path: Path) -> None:
    printed = run("places", "--format", "csv", "--data", data)
    written = run("places", "--format", "csv", "--data", data, "--output", tmp_path / "places.csv")
    assert written.stdout == ""
    assert (tmp_path / "places.csv").read_bytes() == printed.stdout_bytes
    rows = list(csv.DictReader(io.StringIO(printed.stdout, newline="")))
    assert {row["name_en"] for row in rows} >= {"Aleppo", "Idlib"}
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("format_", ["geojson", "csv", "jsonl"])
def test_events_are_written_and_denied_ones_are_not(data: Path, format_: str) -> None:
    done = run("events", "--format", format_, "--data", data)
    assert done.exit_code == 0, done.stderr
    assert "Airstrike" in done.stdout
    if format_ == "jsonl":
        events = [orjson.loads(line) for line in done.stdout.splitlines()]
        assert {claim["modality"] for event in events for claim in event["claims"]} == {"asserted"}
        assert {claim["modality"] for event in events for claim in event["denials"]} == {"denied"}
    else:
        assert "denied" not in done.stdout.replace(",denials,", "")
    assert "Airstrike" not in run("events", "--format", format_, "--type", "Takeover", "--data", data).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["places", "--format", "kml"], 2, "'kml' is not one of lpf, geojson, csv"),
        (["events", "--format", "lpf"], 2, "'lpf' is not one of geojson, csv, jsonl"),
        (["events", "--type", "Party"], 2, "no event type 'Party'"),
        (["places", "--within", "XX99"], 1, "no place of the graph has the code or IRI 'XX99'"),
        (["places", "--output", "nowhere/places.json"], 1, "nowhere/places.json cannot be written"),
        (["places", "--data", "nothing"], 1, "no data folder nothing"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(data: Path, arguments: list[str], code: int, sentence: str) -> None:
    done = run(*arguments, *([] if "--data" in arguments else ["--data", data]))
    assert done.exit_code == code
    assert sentence in done.stderr
    assert done.stdout == ""


def test_a_fault_on_the_way_leaves_the_file_as_it_was(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "places.json"
    file.write_text("before", encoding="utf-8")

    def broken(_: object) -> object:
        raise OSError("no room")

    monkeypatch.setattr(placeformats, "lpf_feature", broken)
    assert run("places", "--data", data, "--output", file).exit_code == 1
    assert file.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.glob("*.part")) == []


def test_the_endpoint_gives_features_and_tables(client: httpx.Client) -> None:
    whole = client.get("/events").json()
    features = client.get("/events", params={"format": "geojson"})
    assert features.headers["content-type"] == "application/geo+json"
    assert features.headers["Waqai-Total"] == str(whole["total"])
    assert features.headers["Waqai-Position"] == str(whole["position"])
    named = {feature["properties"]["event"] for feature in features.json()["features"]}
    assert named == {event["event"] for event in whole["events"]}
    table = client.get("/events", params={"format": "csv", "type": "Airstrike"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert {row["types"] for row in csv.DictReader(io.StringIO(table.text, newline=""))} == {"Airstrike"}


def test_the_endpoint_asks_for_places(client: httpx.Client) -> None:
    def count(**parameters: str) -> int:
        return int(orjson.loads(client.get("/events", params=parameters).content)["total"])

    assert count(bbox="37,36,37.5,36.5") == count() == 3  # two of them are in Aleppo, all at its point
    assert count(bbox="0,0,1,1") == 0
    assert 0 < count(within="https://sws.geonames.org/170063/") < count()


@pytest.mark.parametrize(
    ("parameters", "status", "sentence"),
    [
        ({"bbox": "1,2,3"}, 400, "bbox=1,2,3 is no box"),
        ({"bbox": "10,0,5,1"}, 400, "is no box"),
        ({"bbox": "0,0,0,95"}, 400, "is no box"),
        ({"bbox": "nan,0,1,1"}, 400, "is no box"),
        ({"within": "SY99"}, 400, "no place of the graph has the code or IRI 'SY99'"),
        ({"within": "http://a b/> } #"}, 400, "no place of the graph"),
        ({"format": "kml"}, 422, ""),
    ],
)
def test_what_the_endpoint_cannot_answer_is_a_problem(
    client: httpx.Client, parameters: dict[str, str], status: int, sentence: str
) -> None:
    answer = client.get("/events", params=parameters)
    assert answer.status_code in (status, 400)
    assert answer.headers["content-type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]
