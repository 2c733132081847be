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
    strike_on(filled, 2, unknown_place(3))
    strike_on(filled, 3)
    strike_on(filled, 4, place(4, within=()), modality=Modality.CLAIMED)
    strike_on(filled, 5, place(5), modality=Modality.DENIED)
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
    assert {row.claim.modality for row in rows(world)} == {"asserted", "claimed"}


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
