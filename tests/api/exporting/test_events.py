"""Events of the graph as GeoJSON, CSV and JSON Lines."""

import csv
import io
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.exporting import events as exported
from ontology.model import Modality
from ontology.vocabulary import UnknownTerm
from tests.api.exporting.world import VALLEY, Asked, place, strike_on, unknown_place
from tests.graph.articles import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    filled = World.at(tmp_path)
    strike_on(filled, 1, place(1), place(2))
    strike_on(filled, 2, unknown_place(3), day="2024-11-23")
    strike_on(filled, 3, day="2024-11-16")
    strike_on(filled, 4, place(4, within=()), modality=Modality.CLAIMED, day="2024-11-09")
    strike_on(filled, 5, place(5), modality=Modality.DENIED, day="2024-11-02")
    return filled


def rows(world: World, **restricted: Any) -> list[exported.Happening]:
    asked = Asked(world)
    return [row for batch in exported.all_events(asked, **restricted) for row in exported.happenings(asked, batch)]


def test_an_event_has_a_row_for_each_place_and_one_where_it_has_none(world: World) -> None:
    features = orjson.loads(b"".join(exported.geojson(rows(world))))["features"]
    where = sorted((str(f["properties"]["place"]), f["geometry"] and f["geometry"]["coordinates"]) for f in features)
    assert where == [
        ("None", None),
        ("Village 1", [37.1, 36.1]),
        ("Village 2", [37.2, 36.2]),
        ("Village 4", [37.4, 36.4]),
        ("دوار النخيل", None),
    ]


def test_what_is_denied_is_not_exported(world: World) -> None:
    written = b"".join(exported.geojson(rows(world)))
    assert b"Village 5" not in written
    assert "القرية 5".encode() not in written
    assert {claim.modality for row in rows(world) for claim in row.event.claims} == {"asserted", "claimed"}


def test_a_row_says_who_what_when_where_and_how_surely(world: World) -> None:
    found = list(csv.DictReader(io.StringIO(b"".join(exported.csv(rows(world))).decode(), newline="")))
    assert list(found[0]) == list(exported.COLUMNS)
    (row,) = [row for row in found if row["place"] == "Village 1"]
    assert (row["types"], row["earliest"], row["role"], row["modality"]) == (
        "Airstrike",
        "2024-11-30",
        "place",
        "asserted",
    )
    assert (row["precision"], row["acled_geo_precision"], row["ucdp_where_prec"]) == ("locality", "1", "1")
    assert (row["participants"], row["figures"]) == ("agent: Air Force", "16 killed")
    assert row["as_written"] == "دوار النخيل"
    (local,) = [row for row in found if row["precision"] == "admin1"]
    assert (local["lat"], local["acled_geo_precision"], local["ucdp_where_prec"]) == ("", "3", "4")


def test_only_events_in_an_area(world: World) -> None:
    valley = world.projector.iris.place(VALLEY.id).value
    assert sorted({row.named.name() for row in rows(world, within=valley) if row.named}) == [
        "Village 1",
        "Village 2",
        "دوار النخيل",
    ]


def test_only_events_of_a_type(world: World) -> None:
    assert rows(world, type_="Takeover") == []
    assert len(rows(world, type_="ArmedConflictEvent")) == 5
    with pytest.raises(UnknownTerm):
        exported.all_events(Asked(world), type_="Party")  # before anything is written


def test_json_lines_have_one_event_each(world: World) -> None:
    asked = Asked(world)
    written = b"".join(exported.jsonl(event for batch in exported.all_events(asked) for event in batch))
    events = [orjson.loads(line) for line in written.splitlines()]
    assert len(events) == len({event["event"] for event in events}) == 4


@pytest.mark.parametrize("batch", [1, 3])
def test_every_event_comes_once_whatever_the_batches(world: World, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sorted(orjson.dumps(exported.feature(row)) for row in rows(world))
    monkeypatch.setattr(exported, "BATCH", batch)
    assert sorted(orjson.dumps(exported.feature(row)) for row in rows(world)) == whole


@pytest.fixture
def contested(tmp_path: Path) -> World:
    """Three papers on one strike, one of them with another toll, and one that denies it."""
    filled = World.at(tmp_path)
    for number, killed in ((1, 16), (2, 16), (3, 23)):
        strike_on(filled, number, place(1), killed=killed)
    strike_on(filled, 4, place(1), modality=Modality.DENIED)
    return filled


def test_what_several_claims_tell_is_one_event_with_one_date_and_all_of_them(contested: World) -> None:
    (event,) = (one for batch in exported.all_events(Asked(contested)) for one in batch)
    told = orjson.loads(b"".join(exported.jsonl([event])))
    assert (len(told["claims"]), len(told["denials"]), told["date"]) == (3, 1, "2024-11-30")
    assert (told["types"], set(told["label"])) == (["Airstrike"], {"ar", "en"})
    assert {key: told["reported_by"][key] for key in ("claims", "outlets")} == {"claims": 3, "outlets": 3}
    assert told["denied_by"]["claims"] == 1
    assert told["contested"] is True
    assert "killed" in told["contested_in"]
    (toll,) = told["tolls"]
    assert (toll["category"], toll["of"], toll["low"], toll["high"]) == ("killed", "civilian", 16, 23)
    assert set(toll["claims"]) | set(toll["replaced"]) == {claim["claim"] for claim in told["claims"]}
    pairs = {(one["kind"], *sorted((one["claim"], one["other"]))) for one in told["relations"]}
    assert len(pairs) == len(told["relations"])
    assert len(told["aliases"]) == 2


def test_a_table_has_one_row_for_an_event_and_place_however_many_tell_it(contested: World) -> None:
    (row,) = csv.DictReader(io.StringIO(b"".join(exported.csv(rows(contested))).decode(), newline=""))
    assert (row["place"], row["date"], row["outlets"], row["contested"]) == ("Village 1", "2024-11-30", "3", "yes")
    assert row["tolls"].startswith("killed (civilian) 16–23")
    assert len(row["claims"].split("; ")) == 3
    assert row["publishers"] == "Paper 1; Paper 2; Paper 3"
    assert row["figures"] == "16 killed; 23 killed"
    (feature,) = orjson.loads(b"".join(exported.geojson(rows(contested))))["features"]
    assert (feature["properties"]["contested"], len(feature["properties"]["denials"])) == (True, 1)
