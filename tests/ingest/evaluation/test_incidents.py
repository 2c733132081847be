from typing import Any

import pytest

from ingest.evaluation.incidents import NEAREST, Parties, compare, kilometres, read_mapping
from ingest.lexicon import load_lexicon
from ontology.vocabulary import Vocabulary
from tests.ingest.evaluation.samples import figure, predicted, predicted_event, who

BLANK = {"date": None, "deaths_min": None, "deaths_max": None, "lat": None, "lon": None, "belligerent": None}


@pytest.fixture(scope="module")
def parties() -> Parties:
    return Parties(read_mapping())


@pytest.fixture(scope="module")
def counted(parties: Parties) -> Any:
    def count(incident: dict[str, Any], *events: dict[str, Any]) -> dict[str, int]:
        row = {"source_id": "s", "lang": "ar", "incident": BLANK | incident}
        return dict(compare(row, predicted(*events), parties))

    return count


def test_the_mapping_names_what_there_is() -> None:
    mapping, registry = read_mapping(), load_lexicon("en").registry
    assert mapping.family <= set(Vocabulary.load().event_types)
    assert mapping.unless <= set(Vocabulary.load().modalities)
    for name, ids in mapping.belligerents.items():
        assert set(ids) <= set(registry), name


@pytest.mark.parametrize(
    ("type_", "modality", "family"),
    [
        ("Airstrike", "asserted", 1),
        ("Shelling", "claimed", 1),
        ("Shelling", "feared", 1),
        ("Airstrike", "denied", 0),
        ("Airstrike", "planned", 0),
        ("Airstrike", "background", 0),
        ("ArmedClash", "asserted", 0),
    ],
)
def test_family(counted: Any, type_: str, modality: str, family: int) -> None:
    assert counted({}, predicted_event(type_, modality=modality)).get("family", 0) == family


@pytest.mark.parametrize(
    ("low", "high", "killed", "right"),
    [(2, 4, 4, 1), (2, 4, 5, 0), (3, None, 3, 1), (3, None, 4, 0), (None, None, 3, None), (0, 2, None, None)],
)
def test_deaths(counted: Any, low: int | None, high: int | None, killed: int | None, right: int | None) -> None:
    event = predicted_event(figures=[figure("injured", 3), figure("killed", killed)])
    counts = counted({"deaths_min": low, "deaths_max": high}, event)
    assert (counts.get("deaths") if counts.get("with deaths") else None) == right


def test_one_right_value_is_enough(counted: Any) -> None:
    events = [predicted_event(figures=[figure("killed", value)]) for value in (9, 3)]
    assert counted({"deaths_min": 3}, *events)["deaths"] == 1


@pytest.mark.parametrize(
    ("day", "right"), [("2024-11-29", 1), ("2024-12-01", 1), ("2024-11-30", 1), ("2024-12-02", 0), (None, None)]
)
def test_date(counted: Any, day: str | None, right: int | None) -> None:
    date = None if day is None else {"start": day, "end": day}
    counts = counted({"date": "2024-11-30"}, predicted_event(date=date))
    assert (counts.get("date") if counts.get("with date") else None) == right


def test_a_span_of_time_is_no_day(counted: Any) -> None:
    counts = counted({"date": "2024-11-30"}, predicted_event(date={"start": "2024-11-01", "end": "2024-11-30"}))
    assert "with date" not in counts


def test_place(counted: Any) -> None:
    incident = {"lat": 35.0, "lon": 36.0}

    def near(*places: dict[str, Any]) -> list[int]:
        counts = counted(incident, predicted_event(places=list(places)))
        keys = ("place within 5 km", "place within 20 km", "place beyond 50 km", "place without coordinates")
        return [counts.get(key, 0) for key in keys]

    assert near({"lat": 35.01, "lon": 36.0}) == [1, 1, 0, 0]
    assert near({"lat": 35.1, "lon": 36.0}, {"lat": 38.0, "lon": 36.0}) == [0, 1, 0, 0]
    assert near({"lat": 36.0, "lon": 36.0}) == [0, 0, 1, 0]
    assert near({"lat": None, "lon": None}) == near() == [0, 0, 0, 1]
    assert near({"lat": None, "lon": None, "within": [{"lat": None, "lon": None}, {"lat": 35.0, "lon": 36.0}]})[0] == 1


def test_what_is_given_as_exact_or_near_is_counted_by_place(counted: Any) -> None:
    here, there = {"lat": 35.01, "lon": 36.0}, {"lat": 35.3, "lon": 36.0}
    places = [{**here, "precision": "near"}, {**there, "precision": "exact"}, {**there, "precision": "locality"}]
    counts = counted({"lat": 35.0, "lon": 36.0}, predicted_event(places=places))
    assert (counts["exact or near within 5 km"], counts["exact or near"]) == (1, 2)
    assert [name for name in NEAREST if counts.get(name)] == ["nearest near"]


def test_distances() -> None:
    assert kilometres((0, 0), (0, 180)) == pytest.approx(20015, abs=1)
    assert kilometres((35, 36), (35, 36)) == 0


@pytest.mark.parametrize(
    ("coded", "agent", "right"),
    [
        ("Russian Military", "طائرات روسية", 1),
        ("Russian Military", "الجيش التركي", 0),
        ("Russian Military, Turkish Military", "الجيش التركي", 1),
        ("YPG", "وحدات حماية الشعب", 1),
        ("Unknown", "الجيش التركي", None),
        (None, "الجيش التركي", None),
        ("Turkish Military", "مجهولون", None),
    ],
)
def test_belligerent(counted: Any, coded: str | None, agent: str, right: int | None) -> None:
    counts = counted(
        {"belligerent": coded}, predicted_event(participants=[who("agent", agent), who("target", "روسيا")])
    )
    assert (counts.get("belligerent") if counts.get("with belligerent") else None) == right
