"""Our figures and those of the scoring script beside the project are the same numbers, whatever is compared."""

import importlib.util
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.evaluation.incidents import FIGURES, NEAREST, Parties, compare, read_mapping
from ingest.evaluation.names import same_name
from ingest.evaluation.scores import Tally, score_article, total
from ingest.evaluation.units import CORE
from ingest.pipeline import Pipeline
from ontology.model import Article
from ontology.wire import extraction_json
from tests.ingest.evaluation.samples import TEXT

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "eval"
DEMO = Path(__file__).parents[1] / "demo_gold.jsonl"
TYPES = {"all": None, "core": CORE}
NAN = float("nan")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (BESIDE / "score.py").is_file(), reason="the scoring script beside the project is absent"),
]


@cache
def script(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, BESIDE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def theirs() -> Any:
    return script("score")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline()


@cache
def extracted(pipeline: Pipeline, path: Path) -> dict[str, Any]:
    found = {}
    for row in lines(path):
        article = Article(
            row["text"],
            row["language"],
            title=row["title"],
            published=row["published"],
            publisher=row["publisher"],
            external_id=row["id"],
        )
        found[row["id"]] = extraction_json(pipeline.extract(article))
    return found


def same(gold: list[dict[str, Any]], predicted: dict[str, Any], types: frozenset[str] | None, theirs: Any) -> None:
    counts, by_type, errors = theirs.score(gold, predicted, types)
    scored = [score_article(article, predicted.get(article["id"], {}), types) for article in gold]
    ours: dict[str, Tally] = {}
    for article in scored:
        for name, part in article.by_type.items():
            ours.setdefault(name, Tally()).counts.update(part.counts)
    whole = total(ours.values())
    assert {name: (c["tp"], c["fp"], c["fn"]) for name, c in by_type.items()} == {
        name: tuple(part.counts[key] for key in ("found", "extra", "missed")) for name, part in ours.items()
    }
    for slot, key in (("places", "place"), ("figures", "figure"), ("sources", "source"), ("dates", "date")):
        assert (whole.counts[f"{slot} right"], whole.counts[slot]) == (counts[key], counts[f"{key}_n"]), slot
    assert (whole.counts["modality right"], whole.counts["modality"]) == (counts["modality"], counts["modality_n"])
    for ending, key in (("names", "gold"), ("found", "found"), ("filled", "predicted"), ("right", "right")):
        assert whole.counts[f"agent {ending}"] + whole.counts[f"target {ending}"] == counts[f"role_{key}"], ending
    wrong = Counter((e["article"], e["error"], e["type"]) for e in errors)
    listed = Counter(
        (article.article["id"], kind, unit.type)
        for article in scored
        for kind, units in (("missed", article.paired.missed), ("extra", article.paired.extra))
        for unit in units
    )
    assert wrong == listed


@pytest.mark.parametrize("types", TYPES)
@pytest.mark.parametrize("language", [None, "ar", "en"])
@pytest.mark.parametrize("path", [BESIDE / "dev.jsonl", DEMO], ids=["dev", "demo"])
def test_the_counts_are_the_same(pipeline: Pipeline, theirs: Any, path: Path, language: str | None, types: str) -> None:
    gold = [row for row in lines(path) if language in (None, row["language"])]
    same(gold, extracted(pipeline, path), TYPES[types], theirs)


@pytest.mark.parametrize("types", TYPES)
@pytest.mark.parametrize("language", [[], ["--lang", "ar"], ["--lang", "en"]], ids=["both", "ar", "en"])
def test_the_printed_figures_are_the_same(
    pipeline: Pipeline,
    theirs: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    language: list[str],
    types: str,
) -> None:
    from typer.testing import CliRunner

    from api.cli import app

    predicted = tmp_path / "predicted.jsonl"
    predicted.write_text("\n".join(json.dumps(p) for p in extracted(pipeline, DEMO).values()), encoding="utf-8")
    theirs.main([str(DEMO), str(predicted), "--types", types, *language])
    said = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    options = ["--predicted", str(predicted), "--types", types, "--format", "json", *language]
    result = CliRunner().invoke(app, ["evaluate", str(DEMO), *options])
    assert result.exit_code == 0, result.output
    ours = json.loads(result.stdout)
    assert f"{ours['overall']:.3f}" == said["overall"][0]
    for name, values in (("events", ours["events"]), ("roles", ours["slots"]["roles"])):
        assert [f"{values[key]:.3f}" for key in ("precision", "recall", "f1")] == said[name][1:6:2]
    for slot in ("places", "figures", "sources", "modality", "dates"):
        assert f"{ours['slots'][slot]['share']:.3f}" == said[slot][0]
    for name, part in ours["by"]["type"].items():
        shown = [
            f"{NAN if part['events'][k] is None else part['events'][k]:.2f}" for k in ("precision", "recall", "f1")
        ]
        assert shown == said[name][1:6:2], name


# ------------------------------------------------------------------ whatever is compared

TERMS = st.sampled_from(["الفصائل", "الجيش السوري", "للجيش", "روسيا", "Syrian Army", "the city", "مدينة حلب", "حلب"])
NAMES = st.lists(TERMS, max_size=2)
DAYS = st.sampled_from([None, "2024", "2024-11", "2024-11-30", "2024-11-29"])
COUNTS = st.sampled_from([None, 0, 2, 4, 6])
NUMBERS = st.sampled_from([None, 1, 2])
KINDS = st.sampled_from(["Airstrike", "Shelling", "Takeover"])
STARTS = st.integers(0, len(TEXT) - 2)


@st.composite
def gold_events(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(STARTS)
    return {
        "type": draw(KINDS),
        "sentence_quote": TEXT[start : start + draw(st.integers(1, 40))],
        "modality": draw(st.sampled_from(["asserted", "claimed", "past-background", "planned"])),
        "places": [{"text": draw(TERMS), "geonameid": draw(NUMBERS)} for _ in range(draw(st.integers(0, 2)))],
        "agents": draw(NAMES),
        "targets": draw(NAMES),
        "sources": draw(NAMES),
        "date": draw(DAYS),
        **{category: draw(COUNTS) for category in ("killed", "injured", "displaced")},
    }


@st.composite
def predicted_events(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(STARTS)
    place = st.builds(
        lambda text, number: {"text": text, "id": f"https://sws.geonames.org/{number}/" if number else "place/x"},
        TERMS,
        NUMBERS,
    )
    figure = st.fixed_dictionaries(
        {
            "category": st.sampled_from(["killed", "injured", "captured"]),
            "best": COUNTS,
            "of": st.sampled_from([None, "child", "woman"]),
        }
    )
    return {
        "type": draw(KINDS),
        "modality": draw(st.sampled_from(["asserted", "claimed", "background", "planned"])),
        "evidence": {"start": start, "end": start + draw(st.integers(1, 40))},
        "participants": [{"role": role, "text": name} for role in ("agent", "target") for name in draw(NAMES)],
        "places": draw(st.lists(place, max_size=2)),
        "figures": draw(st.lists(figure, max_size=3)),
        "sources": [{"text": name} for name in draw(NAMES)],
        "date": {"start": draw(DAYS)},
    }


@settings(max_examples=300, deadline=None)
@given(st.lists(gold_events(), max_size=5), st.lists(predicted_events(), max_size=5), st.sampled_from(sorted(TYPES)))
def test_the_counts_are_the_same_for_anything(
    theirs: Any, wanted: list[dict[str, Any]], found: list[dict[str, Any]], types: str
) -> None:
    gold = {"id": "a", "text": TEXT, "events": wanted}
    same([gold], {"a": {"id": "a", "events": found}}, TYPES[types], theirs)


@given(st.text(max_size=12), st.text(max_size=12))
def test_names_are_the_same_for_any_text(theirs: Any, one: str, other: str) -> None:
    assert same_name(one, other) == theirs.same_name(one, other)


# ------------------------------------------------------------------ incidents


@cache
def parties() -> Parties:
    return Parties(read_mapping())


COORDINATES = st.sampled_from([None, 35.0, 35.03, 35.1, 36.0])


@st.composite
def incidents(draw: st.DrawFn) -> dict[str, Any]:
    low, lat = draw(COUNTS), draw(COORDINATES)
    return {
        "source_id": "a",
        "lang": "ar",
        "incident": {
            "deaths_min": low,
            "deaths_max": draw(COUNTS),
            "lat": lat,
            "lon": None if lat is None else draw(st.sampled_from([36.0, 36.1])),
        },
    }


@st.composite
def located_events(draw: st.DrawFn) -> dict[str, Any]:
    lat = draw(COORDINATES)
    place = {
        "lat": lat,
        "lon": None if lat is None else 36.0,
        "within": draw(st.sampled_from([[], [{"lat": None, "lon": None}, {"lat": 36.2, "lon": 37.1}]])),
    }
    return draw(predicted_events()) | {"places": [place] if draw(st.booleans()) else [], "date": None}


@settings(deadline=None)
@given(incidents(), st.lists(located_events(), max_size=3))
def test_incidents_are_compared_the_same(row: dict[str, Any], events: list[dict[str, Any]]) -> None:
    if not (BESIDE / "score_airwars.py").is_file():
        pytest.skip("the script is absent")
    counts = script("score_airwars").score([row], {"a": {"events": events}})
    ours = compare(row, {"events": events}, parties())
    names = {
        "family": "family",
        "deaths": "deaths",
        "place within 5 km": "place_5",
        "place within 20 km": "place_20",
        "place beyond 50 km": "place_far",
        "place without coordinates": "place_none",
    }
    for name, key in names.items():
        assert ours[name] == counts[key], name
    assert (ours["texts"], ours["with deaths"], ours["with place"]) == (
        counts["texts"],
        counts["deaths_n"],
        counts["place_n"],
    )
    assert set(ours) <= {*FIGURES, *FIGURES.values(), *NEAREST}
