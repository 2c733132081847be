"""`waqai fuse`: claims of several articles on one event, as a report."""

import contextlib
import json
import sqlite3
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


def test_an_index_that_names_a_claim_of_no_log_is_told_and_made_anew(data: Path) -> None:
    before = fused(data)
    (index,) = (data / "events").glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(index)) as connection, connection:
        connection.execute("UPDATE claims SET claim = 'c-0' WHERE id = (SELECT MIN(claim) FROM homes)")
    for command in (["fuse"], ["ledger"]):
        broken = waqai(*command, "--data", data)
        assert broken.exit_code == 1
        assert "names the claim c-0, which the log does not report: run `waqai rebuild`" in broken.stderr
    assert waqai("rebuild", "--data", data).exit_code == 0
    assert fused(data) == before


def test_three_outlets_tell_of_one_strike_from_one_named_origin_and_perhaps_another(data: Path) -> None:
    (event,) = fused(data, "--several")["events"]
    standing = event["standing"]
    assert (standing["claims"], standing["outlets"], standing["namedOrigins"]) == (3, 3, 1)
    assert (standing["originsAtLeast"], standing["originsAtMost"]) == (1, 2)
    (toll,) = event["figures"]
    assert (toll["low"], toll["best"], toll["high"], toll["rule"]) == (16, 16, 20, "most")
    assert {(r["relation"], r["in"]) for r in event["relations"] if r["in"] != "occurrence"} == {
        ("repeats", None),
        ("contradicts", "killed"),
    }


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
    assert "contradicts (killed): 1 pair\n" in shown
    assert "contradicts (occurrence): 2 pairs" in shown
    assert shown.count("denies it") == 1
    assert "1 of 3 events" in shown


def test_report_and_graph_say_the_same_of_every_event(data: Path) -> None:
    def value(row: dict[str, Any], name: str) -> Any:
        found = row[name]["value"] if name in row else None
        return int(found) if found is not None and found.isdigit() else found

    def asked(sparql: str) -> list[dict[str, Any]]:
        result = waqai("query", sparql, "--format", "json", "--data", data)
        assert result.exit_code == 0, result.stderr
        rows: list[dict[str, Any]] = json.loads(result.stdout)["results"]["bindings"]
        return rows

    def rows(sparql: str, *names: str) -> set[tuple[Any, ...]]:
        return {tuple(value(row, name) for name in names) for row in asked(sparql)}

    place, other = sorted(iri for (iri,) in rows("SELECT DISTINCT ?p { ?e wq:place ?p }", "p") if iri is not None)[:2]
    first = fused(data)["events"]
    decided = (
        ("merge", place, other, "--reason", "one place"),
        ("merge", first[0]["event"], first[-1]["event"], "--reason", "one happening"),
        ("retract", first[0]["claims"][0]["claim"], "--reason", "misread"),
    )
    for step in ((), *decided):
        if step:
            result = waqai(*step, "--data", data)
            assert result.exit_code == 0, result.stderr
        events = fused(data)["events"]
        assert rows("SELECT ?e ?c { ?e wq:claim ?c }", "e", "c") == {
            (event["event"], claim["claim"]) for event in events for claim in event["claims"]
        }
        assert rows("SELECT ?e ?c { ?c wq:denies ?e }", "e", "c") == {
            (event["event"], claim["claim"]) for event in events for claim in event["denials"]
        }
        counted = ("claimCount", "outletCount", "namedOrigins", "unknownOrigins", "originsAtLeast", "originsAtMost")
        pattern = " ; ".join(f"wq:{name} ?{name}" for name in counted)
        assert rows(f"SELECT * {{ ?e wq:claim [] ; {pattern} }}", "e", *counted) == {
            (event["event"], who["claims"], who["outlets"], *(who[name] for name in counted[2:]))
            for event in events
            for who in [event["standing"]]
        }
        pattern = "?e wq:toll ?t . ?t wq:tollRule ?rule ; wq:category ?k . OPTIONAL { ?t wq:population ?of } "
        pattern += "".join(f"OPTIONAL {{ ?t wq:{name} ?{name} }} " for name in ("low", "best", "high"))
        given = rows(f"SELECT * {{ {pattern} }}", "e", "k", "of", "low", "best", "high", "rule")
        assert {(e, k.rpartition("#")[2].lower(), *rest) for e, k, *rest in given} == {
            (event["event"], *(toll[name] for name in ("category", "of", "low", "best", "high", "rule")))
            for event in events
            for toll in event["figures"]
        }
        for name in ("contradicts", "repeats", "corroborates", "supersedes"):
            assert rows(f"SELECT ?a ?b {{ ?a wq:{name} ?b }}", "a", "b") == {
                (one["claim"], one["to"]) for event in events for one in event["relations"] if one["relation"] == name
            }


def test_another_format_is_refused(data: Path) -> None:
    assert waqai("fuse", "--format", "csv", "--data", data).exit_code == 2
