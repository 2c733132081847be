"""`waqai fuse`: claims of several articles on one event, as a report."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.workspace import Workspace
from ontology.model import Article
from tests.api.fakes import FakeExtractor, arabic_article, english_article


def told(text: str, publisher: str) -> Article:
    return Article(text=text, language="en", published="2024-11-30", publisher=publisher)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAQAI_REVIEWER", "clerk")
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
        workspace.ingest(told("The observatory said an airstrike in Aleppo killed 16 people.", "The Quoting Post"))
        workspace.ingest(told("An airstrike in Aleppo killed 20 people.", "The Other Post"))
    return tmp_path / "data"


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def fused(data: Path, *options: str) -> dict[str, Any]:
    result = waqai("fuse", *options, "--format", "json", "--data", data)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_three_outlets_tell_of_one_strike_from_one_named_origin_and_perhaps_another(data: Path) -> None:
    (event,) = fused(data, "--several")["events"]
    standing = event["standing"]
    assert (standing["claims"], standing["outlets"], standing["namedOrigins"]) == (3, 3, 1)
    assert (standing["originsAtLeast"], standing["originsAtMost"]) == (1, 2)
    (toll,) = event["figures"]
    assert (toll["low"], toll["best"], toll["high"], toll["rule"]) == (16, 16, 20, "most")
    assert {(r["relation"], r["in"]) for r in event["relations"]} == {("repeats", None), ("contradicts", "killed")}


def test_what_is_denied_is_about_no_event_and_filters_choose(data: Path) -> None:
    events = fused(data)["events"]
    assert sum(event["standing"]["claims"] for event in events) == 5  # and not the denial of the first article
    assert [len(event["claims"]) for event in fused(data, "--contested")["events"]] == [3]
    (alone,) = fused(data, "--one-origin")["events"]
    assert alone["claims"][0]["sources"] == ["The Observatory"]


def test_a_retracted_claim_takes_no_part_and_did_before(data: Path) -> None:
    (before,) = fused(data, "--several")["events"]
    gone = before["claims"][-1]["claim"]
    position = fused(data)["position"]
    assert waqai("retract", gone, "--reason", "taken back", "--data", data).exit_code == 0
    (after,) = fused(data, "--several")["events"]
    assert gone not in {claim["claim"] for claim in after["claims"]}
    assert fused(data, "--several", "--at", str(position))["events"] == [before]


def test_the_text_names_origins_figures_and_relations(data: Path) -> None:
    shown = waqai("fuse", "--several", "--data", data).stdout
    assert "3 claims, origins: 1 to 2" in shown
    assert "killed: 16–20, best 16 (most)" in shown
    assert "contradicts (killed): 2 pairs" in shown
    assert "1 of 3 events" in shown


def test_another_format_is_refused(data: Path) -> None:
    assert waqai("fuse", "--format", "csv", "--data", data).exit_code == 2
