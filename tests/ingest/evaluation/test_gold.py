import json
from pathlib import Path
from typing import Any

import pytest

from ingest.evaluation.gold import Unusable, read_gold, read_predictions
from ingest.evaluation.incidents import read_incidents
from tests.ingest.evaluation.samples import RAID, gold, gold_event, place, predicted, predicted_event

TYPES = {"Airstrike", "Takeover", "Shelling"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gold.jsonl"


def write(path: Path, *lines: Any) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def refused(path: Path, *parts: str) -> Unusable:
    with pytest.raises(Unusable) as caught:
        read_gold(path, TYPES)
    for part in parts:
        assert part in str(caught.value)
    return caught.value


def test_a_gold_is_read_in_its_order(path: Path) -> None:
    write(path, gold(gold_event(), name="b"), "", gold(name="a"))
    assert [article["id"] for article in read_gold(path, TYPES)] == ["b", "a"]


def test_a_text_may_lie_beside_it(path: Path) -> None:
    (path.parent / "b.txt").write_text(RAID, encoding="utf-8")
    article = {key: value for key, value in gold(gold_event()).items() if key != "text"}
    write(path, article | {"text_file": "b.txt"})
    assert read_gold(path, TYPES)[0]["text"] == RAID
    write(path, article | {"text_file": "c.txt"})
    refused(path, "line 1", "c.txt is not there")


def test_an_empty_gold_is_refused(path: Path) -> None:
    refused(write(path, "", "  "), "the file is empty")


def test_every_bad_line_is_named(path: Path) -> None:
    write(path, gold(name="a"), "{", "[]", gold(name="a"), {"id": "c", "events": []})
    problems = refused(path, "line 2", "not JSON", "column 2", "(3 more)").problems
    assert [line for line, _ in problems] == [2, 3, 4, 5]
    assert [
        next(part for part in ("no JSON object", "stands in line 1 already", "has no `text`") if part in reason)
        for _, reason in problems[1:]
    ] == ["no JSON object", "stands in line 1 already", "has no `text`"]


def test_bytes_that_are_not_utf8_are_named(path: Path) -> None:
    path.write_bytes(json.dumps(gold(), ensure_ascii=False).encode() + b"\n" + "غارة".encode("cp1256"))
    refused(path, "line 2", "not UTF-8")


@pytest.mark.parametrize(
    ("event", "parts"),
    [
        (gold_event("Airstrik"), ["'Airstrik' is unknown", "the nearest is Airstrike"]),
        (gold_event("Football"), ["'Football' is unknown", "there are Airstrike, Shelling, Takeover"]),
        (gold_event(modality="maybe"), ["'maybe' is unknown", "past-background"]),
        (gold_event(quote="ليس في النص"), ["is not in the text", "letter by letter"]),
        (gold_event(killed="6"), ["`killed` is '6'", "integer"]),
        (gold_event(date="30.11.2024"), ["'30.11.2024'", "YYYY-MM-DD"]),
        (gold_event(places=["كفرنبل"]), ["has no `text`"]),
        (gold_event(agents="روسيا"), ["`agents` is no list"]),
        ("Airstrike", ["it is no object"]),
    ],
)
def test_what_is_wrong_with_an_event_is_said(path: Path, event: Any, parts: list[str]) -> None:
    refused(
        write(path, gold(name="good"), gold(gold_event(places=[place("كفرنبل")]), event)), "line 2", "event 2", *parts
    )


def test_predictions_go_by_their_id(path: Path) -> None:
    write(path, predicted(predicted_event(), name="x"), predicted(name="y"))
    assert list(read_predictions(path)) == ["x", "y"]
    with pytest.raises(Unusable, match="line 1: article x: it has no list `events`"):
        read_predictions(write(path, {"id": "x"}))


def test_incidents_need_text_and_incident(path: Path) -> None:
    row = {"source_id": "s", "text": "t", "lang": "ar", "incident": {}}
    assert read_incidents(write(path, row)) == [row]
    with pytest.raises(Unusable, match="line 2: it has no `incident`"):
        read_incidents(write(path, row, row | {"incident": None}))
    with pytest.raises(Unusable, match="is empty"):
        read_incidents(write(path))
