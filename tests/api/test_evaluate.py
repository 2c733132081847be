"""`waqai evaluate` on small invented files."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import extraction
from api.cli import app
from api.evaluation import published_day
from tests.api.fakes import FakeExtractor
from tests.ingest.evaluation.samples import TAKEN, gold, gold_event, predicted, predicted_event

OTHER = "Daily Example, The"


@pytest.fixture(autouse=True)
def fake_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "load_extractor", FakeExtractor)


def write(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def gold_file(tmp_path: Path) -> Path:
    rows = [
        gold(gold_event("Takeover", TAKEN), name="a1"),
        gold(gold_event("Takeover", TAKEN), gold_event("Shelling"), name="a2", publisher=OTHER),
        gold(name="a3", publisher=None, language="en", lang="en", text="Rebels captured Idlib."),
    ]
    return write(tmp_path / "gold.jsonl", *rows)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def data(*arguments: object) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def counts(part: Any) -> tuple[int, int, int]:
    return part["events"]["found"], part["events"]["extra"], part["events"]["missed"]


def refused(result: Result, *parts: str, code: int = 1) -> None:
    assert result.exit_code == code, result.output
    assert "unexpected" not in result.stderr
    for part in parts:
        assert part in result.stderr.replace("\n", " ")


def test_articles_are_extracted_and_scored(gold_file: Path) -> None:
    found = data(gold_file, "--by", "type,outlet,language")
    assert counts(found) == (2, 1, 1)
    assert {name: counts(part) for name, part in found["by"]["type"].items()} == {
        "Takeover": (2, 1, 0),
        "Shelling": (0, 0, 1),
    }
    assert {name: part["articles"] for name, part in found["by"]["outlet"].items()} == {
        "(none)": 1,
        OTHER: 1,
        "صحيفة المثال": 1,
    }
    assert {name: counts(part) for name, part in found["by"]["language"].items()} == {"ar": (2, 0, 1), "en": (0, 1, 0)}


def test_what_is_found_where_nothing_is_is_counted(gold_file: Path) -> None:
    assert data(gold_file)["negatives"] == {"articles": 1, "extra": 1}
    assert data(gold_file, "--lang", "ar")["negatives"] == {"articles": 0, "extra": 0}


def test_parts_add_up_to_the_whole(gold_file: Path) -> None:
    found = data(gold_file, "--by", "type,outlet,language")
    for parts in found["by"].values():
        assert tuple(map(sum, zip(*map(counts, parts.values()), strict=True))) == counts(found)


def test_outlets_are_chosen_or_left_out(gold_file: Path) -> None:
    assert counts(data(gold_file, "--outlets", OTHER)) == (1, 0, 1)
    assert counts(data(gold_file, "--without-outlets", OTHER)) == (1, 1, 0)
    assert counts(data(gold_file, "--outlets", "صحيفة المثال,(none)")) == (1, 1, 0)
    assert counts(data(gold_file, "--outlets", OTHER, "--outlets", "(none)")) == (1, 1, 1)
    refused(run(gold_file, "--outlets", "صحيفة المثل"), "the nearest is صحيفة المثال", code=2)
    refused(run(gold_file, "--outlets", OTHER, "--lang", "en"), "no article")


def test_languages_and_types_restrict(gold_file: Path) -> None:
    assert counts(data(gold_file, "--lang", "en")) == (0, 1, 0)
    assert counts(data(gold_file, "--types", "core")) == (2, 1, 0)


def test_predictions_of_a_file_are_compared(gold_file: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "predicted.jsonl", predicted(predicted_event("Takeover", TAKEN), name="a1"))
    result = run(gold_file, "--predicted", file, "--format", "json")
    assert counts(json.loads(result.stdout)) == (1, 0, 2)
    assert json.loads(result.stdout)["withoutPrediction"] == ["a2", "a3"]
    assert "2 articles have no prediction and count as empty, such as a2, a3" in result.stderr
    refused(run(gold_file, "--predicted", write(file, predicted(name="x"))), "holds no article of the gold")
    refused(run(gold_file, "--predicted", write(file)), "the file is empty")


def test_text_has_a_table_for_each_dimension(gold_file: Path) -> None:
    result = run(gold_file, "--by", "type,slot,outlet,language", "--errors", "1")
    assert result.exit_code == 0, result.output
    for word in ("3 articles (2 ar, 1 en)", "type ", "slot ", "outlet ", "language ", "events ", "overall "):
        assert word in result.stdout
    assert "\u2068صحيفة المثال\u2069" in result.stdout
    assert "of Takeover: gold nothing predicted \u2068الفصائل\u2069, rule fake.actor" in result.stdout
    assert "more mistakes; --errors FILE writes all." in result.stdout


def test_quotes_never_act_on_the_terminal(tmp_path: Path) -> None:
    text = "\u202eسيطرت الفصائل\x1b[31m على حلب."
    file = write(tmp_path / "g.jsonl", gold(gold_event("Shelling", text), text=text))
    result = run(file, "--errors", "5")
    assert "\u2068سيطرت" in result.stdout
    assert not {"\x1b", "\u202e"} & set(result.stdout)


def test_mistakes_go_to_a_file(gold_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "mistakes.jsonl"
    result = run(gold_file, "--errors", file)
    assert result.exit_code == 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert f"{len(rows)} mistakes written to" in result.stderr
    assert {(row["article"], row["kind"], row["type"]) for row in rows} >= {
        ("a2", "missed", "Shelling"),
        ("a3", "extra", "Takeover"),
    }
    assert len(data(gold_file, "--errors", "2")["mistakes"]) == 2


def test_a_bad_gold_is_refused_with_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id": 1\n[]\n', encoding="utf-8")
    refused(run(file), "line 1: it is not JSON", "line 2: it is no JSON object")
    file.write_text("[" * 100_000, encoding="utf-8")
    refused(run(file), "line 1: it is JSON that is nested too deeply")
    refused(run(tmp_path / "absent.jsonl"), "absent.jsonl: No such file")
    refused(run(write(file, gold(gold_event("Football")))), "line 1: article a1: event 1: the type 'Football'")


def test_what_cannot_be_meant_is_refused(gold_file: Path) -> None:
    refused(run(), "give a gold file, or --incidents", code=2)
    refused(run(gold_file, "--incidents", gold_file), "give a gold file, or --incidents", code=2)
    refused(run("--incidents", gold_file, "--errors", "3"), "are for a gold file", code=2)
    refused(run(gold_file, "--dated"), "is for --incidents", code=2)
    refused(run(gold_file, "--by", "weather"), "'weather' is not one of", code=2)
    refused(run(gold_file, "--by", "belligerent"), "'belligerent' is not one of", code=2)
    refused(run(gold_file, "--lang", "fr"), "'fr' is not one of", code=2)


def test_an_article_on_which_the_extractor_fails_counts_as_empty(
    gold_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(FakeExtractor):
        def extract(self, article: Any) -> Any:
            if article.external_id == "a2":
                raise RuntimeError("boom")
            return super().extract(article)

    monkeypatch.setattr(extraction, "load_extractor", Failing)
    result = run(gold_file, "--format", "json")
    assert counts(json.loads(result.stdout)) == (1, 1, 2)
    refused(result, "boom", "failed on 1 articles, which count as empty")


def test_incidents(tmp_path: Path) -> None:
    incident = {"date": "2024-11-30", "belligerent": "Russian Military", "deaths_min": None, "lat": None, "lon": None}
    rows = [
        {"source_id": name, "lang": "ar", "publisher": "P", "text": text, "published_raw": "", "incident": incident}
        for name, text in (("s1", "غارة على حلب."), ("s2", "لا شيء."))
    ]
    file = write(tmp_path / "incidents.jsonl", *rows)
    found = data("--incidents", file, "--by", "outlet,belligerent,precision")
    assert found["family"] == {"share": 0.5, "right": 1, "of": 2}
    assert found["deaths"] == {"share": None, "right": 0, "of": 0}
    assert list(found["by"]["belligerent"]) == ["Russian Military"]
    assert list(found["by"]["precision"]) == ["(none)"]  # the incident has no coordinates
    shown = run("--incidents", file)
    assert shown.exit_code == 0
    assert "family                    0.500 (1/2)" in shown.stdout


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2025-02-26T14:42:39.000Z", "2025-02-26"),
        ("2024-12-22T15:24:26+00:00 2026-07-31T16:25:58+03:00", "2024-12-22"),
        ("28 نوفمبر 2025", "2025-11-28"),
        ("5 June 2025", "2025-06-05"),
        ("2025", None),
        ("", None),
        ("منذ يومين", None),
    ],
)
def test_the_day_of_publication_is_taken_where_it_is_stated(raw: str, day: str | None) -> None:
    assert published_day({"published_raw": raw}) == day
