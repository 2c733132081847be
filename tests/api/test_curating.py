"""Decisions by command and over HTTP: reasons, stale screens, second persons, undo, tombstones and audits."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app
from api.settings import Settings
from api.workspace import Workspace
from ontology.model import Article
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article, english_article

TOKEN = "a-token-of-enough-length"
BEARER = {"authorization": f"Bearer {TOKEN}"}
WHY = ["--reason", "the agency took it back"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAQAI_REVIEWER", "clerk")
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
    return tmp_path / "data"


def claims(data: Path) -> list[tuple[str, str]]:
    """The claims that the graph reports, with their events."""
    found = waqai("query", "SELECT ?c ?e { ?e wq:claim ?c } ORDER BY ?c", "--format", "json", "--data", data)
    rows = json.loads(found.stdout)["results"]["bindings"]
    return [(row["c"]["value"], row["e"]["value"]) for row in rows]


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def decided(*arguments: object) -> dict[str, Any]:
    result = waqai(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def served(data: Path) -> Iterator[httpx.Client]:
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        settings = Settings(data=data, poll_interval=0.02, token=SecretStr(TOKEN))
        with TestClient(create_app(workspace, settings), base_url="http://localhost:8000") as client:
            yield client


# ---------------------------------------------------------------------- by command


def test_a_claim_is_retracted_and_an_undo_of_the_batch_gives_it_back(data: Path) -> None:
    before = claims(data)
    done = decided("retract", before[0][0], *WHY, "--data", data)
    assert claims(data) == before[1:]
    again = decided("retract", before[0][0], *WHY, "--data", data)
    assert (again["again"], again["records"]) == (True, done["records"])
    decided("undo", "--batch", done["batch"], "--reason", "the wrong claim", "--data", data)
    assert claims(data) == before
    nothing = waqai("undo", "--batch", done["batch"], "--reason", "again", "--data", data)
    assert nothing.exit_code == 1
    assert "were taken back already" in nothing.stderr


def test_an_event_is_retracted_by_the_claims_that_are_about_it(data: Path) -> None:
    before = claims(data)
    decided("retract", before[0][1], *WHY, "--data", data)
    assert claims(data) == before[1:]
    decided("reinstate", before[0][1], "--reason", "it did happen", "--data", data)
    assert claims(data) == before


def test_all_runs_of_an_extractor_are_retracted_in_one_batch_of_several_records(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAQAI_CURATION_RUNS", "1")
    found = waqai("query", "SELECT DISTINCT ?v { ?r wq:extractorVersion ?v }", "--format", "csv", "--data", data)
    version = found.stdout.split()[1].strip('"')
    before = claims(data)
    done = decided("retract", "--extractor", version, "--reason", "a bad lexicon", "--data", data)
    assert len(done["records"]) == 2
    assert claims(data) == []
    decided("undo", "--batch", done["batch"], "--reason", "it was good", "--data", data)
    assert claims(data) == before


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["retract", "c-0", *WHY], 1, "the graph holds no claim c-0"),
        (["retract", "http://elsewhere.example/x", *WHY], 1, "is no IRI of this graph"),
        (["retract", "record/1", *WHY], 1, "is a record: name claims"),
        (["retract"], 2, "name what to retract"),
        (["retract", "c-0"], 2, "a decision needs --reason"),
        (["retract", "c-0", "--reason", "  "], 2, "a decision needs --reason"),
        (["retract", "--extractor", "9.9", *WHY], 1, "no run of this extractor"),
        (["correct", "abc", "--kind", "withdrawn", *WHY], 1, "the log holds no article abc"),
        (["correct", "abc", "--kind", "vanished", *WHY], 2, "is not one of notice, silent, withdrawn"),
        (["approve", "1", *WHY], 1, "is no decision that could be approved"),
        (["undo", "1", *WHY], 1, "is no decision that could be taken back"),
        (["undo", *WHY], 2, "name the record of one decision, or --batch"),
        (["history", "claim/c-0"], 1, "the graph holds nothing under"),
        (["undo", "--batch", "nope", *WHY], 1, "no decision has the batch id"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_nothing_is_written(
    data: Path, arguments: list[str], code: int, told: str
) -> None:
    result = waqai(*arguments, "--data", data)
    assert result.exit_code == code
    assert told in result.stderr
    assert json.loads(waqai("log", "show", "--format", "json", "--data", data, 5).stdout or "{}") == {}


def test_what_somebody_else_decided_is_told_and_not_overruled(data: Path) -> None:
    claim = claims(data)[0][0]
    seen = 4
    decided("retract", claim, *WHY, "--data", data)
    decided("reinstate", claim, "--reason", "it was confirmed", "--by", "judge", "--data", data)
    stale = waqai("retract", claim, *WHY, "--seen", seen, "--data", data)
    assert stale.exit_code == 1
    assert "has changed since position 4" in stale.stderr
    assert "it was confirmed" in stale.stderr
    decided("retract", claim, *WHY, "--seen", 6, "--data", data)
    other = waqai("retract", claim, "--reason", "I too", "--by", "judge", "--data", data)
    assert other.exit_code == 1
    assert "is out of force already, by" in other.stderr
    back = waqai("reinstate", claims(data)[0][0], *WHY, "--data", data)
    assert back.exit_code == 1
    assert "is in force: there is nothing to reinstate" in back.stderr


def test_with_four_eyes_a_decision_holds_once_somebody_else_approves(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAQAI_FOUR_EYES", "true")
    before = claims(data)
    done = decided("retract", before[0][0], *WHY, "--data", data)
    assert done["waits"]
    assert claims(data) == before
    twice = waqai("retract", before[0][0], *WHY, "--by", "judge", "--data", data)
    assert "waits for approval (waqai approve)" in twice.stderr
    own = waqai("approve", done["records"][0], *WHY, "--data", data)
    assert own.exit_code == 1
    assert "somebody else has to approve it" in own.stderr
    decided("approve", done["records"][0], "--reason", "read the note", "--by", "judge", "--data", data)
    assert claims(data) == before[1:]


def test_with_four_eyes_what_waits_is_withdrawn_or_rejected_at_once_and_never_proposed_twice(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAQAI_FOUR_EYES", "true")
    before, (one, other) = claims(data), places(data)[:2]
    for verb in (["retract", before[0][0]], ["merge", one, other], ["keep-apart", one, other]):
        waits = decided(*verb, *WHY, "--data", data)["records"][0]
        twice = waqai(*verb, "--reason", "I too", "--by", "judge", "--data", data)
        assert (twice.exit_code, f"in record {waits} of" in twice.stderr) == (1, True), verb
        rejected = decided("undo", waits, "--reason", "it is not so", "--by", "judge", "--data", data)
        assert not rejected["waits"]
        late = waqai("approve", waits, *WHY, "--by", "judge", "--data", data)
        assert "waits for nobody's approval" in late.stderr
        assert not decided("undo", decided(*verb, *WHY, "--data", data)["records"][0], *WHY, "--data", data)["waits"]
    assert claims(data) == before


def test_with_four_eyes_an_undo_of_what_holds_waits_and_is_proposed_once(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = claims(data)
    holds = decided("retract", before[0][0], *WHY, "--data", data)["records"][0]
    monkeypatch.setenv("WAQAI_FOUR_EYES", "true")
    undo = decided("undo", holds, *WHY, "--data", data)
    assert undo["waits"]
    twice = waqai("undo", holds, *WHY, "--by", "judge", "--data", data)
    assert (twice.exit_code, "it waits for approval" in twice.stderr) == (1, True)
    for name in ("Clerk", " clerk "):
        own = waqai("approve", undo["records"][0], *WHY, "--by", name, "--data", data)
        assert "somebody else has to approve it" in own.stderr
    decided("approve", undo["records"][0], *WHY, "--by", "judge", "--data", data)
    assert claims(data) == before


def test_what_contradicts_a_decision_taken_since_it_was_proposed_is_not_approved(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, other), (claim, second) = places(data)[:2], [claim for claim, _ in claims(data)[:2]]
    monkeypatch.setenv("WAQAI_FOUR_EYES", "true")
    of_places = decided("merge", one, other, *WHY, "--data", data)["records"][0]
    of_events = decided("merge", claim, second, *WHY, "--data", data)["records"][0]
    monkeypatch.delenv("WAQAI_FOUR_EYES")
    decided("keep-apart", one, other, "--reason", "two villages", "--data", data)
    decided("split", "--part", claim, "--part", second, "--reason", "two strikes", "--data", data)
    for proposed, told in ((of_places, "are to be kept apart, by"), (of_events, "about several events, by")):
        refused = waqai("approve", proposed, *WHY, "--by", "judge", "--data", data)
        assert (refused.exit_code, told in refused.stderr) == (1, True)
    monkeypatch.setenv("WAQAI_FOUR_EYES", "true")
    first, third = places(data)[0], places(data)[2]
    apart = decided("keep-apart", first, third, *WHY, "--data", data)["records"][0]
    monkeypatch.delenv("WAQAI_FOUR_EYES")
    decided("merge", first, third, "--reason", "one town", "--data", data)
    refused = waqai("approve", apart, *WHY, "--by", "judge", "--data", data)
    assert (refused.exit_code, "they are merged, by" in refused.stderr) == (1, True)


def test_an_event_is_not_retracted_before_a_screen_that_shows_fewer_claims(data: Path) -> None:
    (one, event), (other, _) = claims(data)[:2]
    joined = decided("merge", one, other, "--reason", "one strike", "--data", data)["records"][0]
    stale = waqai("retract", event, *WHY, "--seen", joined - 1, "--data", data)
    assert stale.exit_code == 1
    assert f"joined it, in record {joined}. Look at it again" in stale.stderr
    decided("undo", joined, "--reason", "they were two", "--data", data)
    more = "قال المرصد إن غارة على دوار الباسل في حلب قتلت 16 شخصا، بحسب المسعفين."
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        before = workspace.log.head()
        workspace.ingest(replace(arabic_article(), text=more, publisher="صحيفة أخرى", url=None, external_id=None))
    told = [event for _, event in claims(data)]
    (grown,) = {event for event in told if told.count(event) == 2}
    stale = waqai("retract", grown, *WHY, "--seen", before, "--data", data)
    assert f"joined it, in record {before + 2}" in stale.stderr
    decided("retract", grown, *WHY, "--seen", before + 2, "--data", data)
    ahead = waqai("reinstate", grown, *WHY, "--seen", 99, "--data", data)
    assert (ahead.exit_code, "nobody has seen position 99" in ahead.stderr) == (1, True)


def test_a_text_that_did_not_change_is_no_correction(data: Path, tmp_path: Path) -> None:
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        text = workspace.text(arabic_article().id) or ""
    new = tmp_path / "new.txt"
    new.write_text(text, encoding="utf-8")
    same = waqai("correct", arabic_article().id, new, *WHY, "--data", data)
    assert same.exit_code == 1
    assert "nothing was corrected" in same.stderr


NEW = "An airstrike on the city of Aleppo killed 9 civilians on 30 November 2024, the observatory said. "
PAGE = f"<html><body><article><p>{NEW}</p><p>Nobody has said who it was, the paper adds.</p></article></body></html>"


@pytest.mark.parametrize(
    ("article", "name", "content"),
    [
        (arabic_article(), "new.txt", (arabic_article().text + " غارة أخرى على حلب.").encode("windows-1256")),
        (
            english_article(),
            "new.html",
            PAGE.encode(),
        ),
        (english_article(), "new.json", json.dumps({"text": NEW, "id": "7"}).encode()),
    ],
)
def test_a_correction_is_read_as_every_text_is_and_undone_without_a_trace(
    data: Path, tmp_path: Path, article: Article, name: str, content: bytes
) -> None:
    before = claims(data)
    (tmp_path / name).write_bytes(content)
    done = decided("correct", article.id, tmp_path / name, *WHY, "--data", data)
    after = claims(data)
    assert set(after) - set(before)
    assert set(before) - set(after)
    decided("undo", *done["records"], "--reason", "another article", "--data", data)
    assert claims(data) == before
    again = decided("correct", article.id, tmp_path / name, *WHY, "--data", data)
    assert claims(data) == after
    decided("undo", *again["records"], "--reason", "another article", "--data", data)
    assert claims(data) == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \n", "holds nothing but white space"),
        (b"%PDF-1.4 ...", "looks like"),
        (b'{"text": "a"}\n{"text": "b"}\n', "several articles"),
        (b"<html><body><a href='/'>home</a></body></html>", "holds no article text"),
        (b"words " * 100, "raise WAQAI_MAX_ARTICLE_BYTES"),
    ],
)
def test_a_correction_that_cannot_be_read_is_refused_as_ingest_refuses_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, told: str
) -> None:
    monkeypatch.setenv("WAQAI_MAX_ARTICLE_BYTES", "500")
    (tmp_path / "new").write_bytes(content)
    refused = waqai("correct", arabic_article().id, tmp_path / "new", *WHY, "--data", data)
    assert refused.exit_code == 1
    assert told in refused.stderr
    assert json.loads(waqai("log", "show", "--format", "json", "--data", data, 5).stdout or "{}") == {}


def test_with_four_eyes_a_corrected_text_waits_with_its_correction(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAQAI_FOUR_EYES", "true")
    before = claims(data)
    (tmp_path / "new.txt").write_text(NEW, encoding="utf-8")
    done = decided("correct", english_article().id, tmp_path / "new.txt", *WHY, "--data", data)
    assert claims(data) == before
    twice = waqai("correct", english_article().id, tmp_path / "new.txt", *WHY, "--data", data)
    assert "waits for approval" in twice.stderr
    decided("approve", done["records"][0], "--reason", "read the note", "--by", "judge", "--data", data)
    assert claims(data) != before


def test_a_text_that_was_ingested_by_itself_outlives_an_undone_correction(data: Path, tmp_path: Path) -> None:
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(replace(english_article(), text=NEW))
    (tmp_path / "new.txt").write_text(NEW, encoding="utf-8")
    before = claims(data)
    done = decided("correct", english_article().id, tmp_path / "new.txt", *WHY, "--data", data)
    assert set(claims(data)) < set(before)
    decided("undo", *done["records"], "--reason", "another article", "--data", data)
    assert claims(data) == before


def test_ingesting_a_text_again_that_does_not_hold_says_so(data: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    (tmp_path / "new.txt").write_text(NEW, encoding="utf-8")
    done = decided("correct", english_article().id, tmp_path / "new.txt", *WHY, "--data", data)
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        assert "it was corrected, by record" in (workspace.ingest(english_article()).warning or "")
    decided("undo", *done["records"], "--reason", "another article", "--data", data)
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        assert workspace.ingest(english_article()).warning is None
        warned = workspace.ingest(replace(english_article(), text=NEW)).warning or ""
    assert "no correction to it stands" in warned


def test_an_article_that_was_withdrawn_holds_no_more(data: Path) -> None:
    before = claims(data)
    with Workspace(data, create=False) as workspace:
        of = {
            f"{workspace.iris.base}id/claim/{claim['id']}"
            for record in workspace.projector.extracted(arabic_article().id, 4)
            for claim in record.payload["claims"]
        }
    decided("correct", arabic_article().id, "--kind", "withdrawn", "--reason", "taken offline", "--data", data)
    assert claims(data) == [pair for pair in before if pair[0] not in of]
    twice = waqai("correct", arabic_article().id, "--kind", "withdrawn", *WHY, "--data", data)
    assert "is corrected already, by" in twice.stderr


def test_the_audit_of_a_retracted_claim_says_who_why_and_when(data: Path) -> None:
    claim = claims(data)[0][0]
    done = decided("retract", claim, *WHY, "--data", data)
    told = waqai("audit", claim, "--data", data)
    assert told.exit_code == 0, told.output
    assert f"RETRACTED, by record {done['records'][0]}" in told.stdout
    assert "because: \u2068the agency took it back\u2069" in told.stdout
    assert "by \u2068clerk\u2069" in told.stdout
    of_record = json.loads(waqai("audit", f"record/{done['records'][0]}", "--format", "json", "--data", data).stdout)
    assert [one["iri"] for one in of_record["claims"]] == [claim]
    assert of_record["passed"]


def places(data: Path) -> list[str]:
    found = waqai("query", "SELECT ?a { ?a a wq:Place } ORDER BY ?a", "--format", "json", "--data", data)
    return [row["a"]["value"] for row in json.loads(found.stdout)["results"]["bindings"]]


def graph(data: Path) -> set[str]:
    with Workspace(data, create=False) as workspace:
        return {str(quad) for quad in workspace.graph().quads() if "id/record/" not in str(quad)}


def test_places_are_merged_and_parted_again_without_loss(data: Path) -> None:
    one, other = places(data)[:2]
    before = graph(data)
    done = decided("merge", one, other, "--reason", "two spellings", "--data", data)
    assert other not in places(data)
    again = waqai("merge", other, one, "--reason", "once more", "--data", data)
    assert again.exit_code == 1
    assert "they are one place already, by" in again.stderr
    apart = waqai("keep-apart", one, other, "--reason", "they are two", "--data", data)
    assert f"waqai undo {done['records'][0]} first" in apart.stderr
    decided("undo", done["records"][0], "--reason", "two villages", "--data", data)
    assert {quad for quad in graph(data) if "id/log" not in quad} == {q for q in before if "id/log" not in q}
    kept = decided("keep-apart", one, other, "--reason", "they are two", "--data", data)["records"][0]
    refused = waqai("merge", one, other, "--reason", "two spellings", "--data", data)
    assert refused.exit_code == 1
    assert "are to be kept apart, by" in refused.stderr
    decided("undo", kept, "--reason", "they are one", "--data", data)
    decided("merge", one, other, "--reason", "two spellings", "--data", data)


def test_events_are_merged_and_split_by_records(data: Path) -> None:
    (one, _), (other, event) = claims(data)[:2]
    decided("merge", one, event, "--reason", "one strike", "--data", data)
    decided("split", "--part", one, "--part", other, "--reason", "two strikes", "--data", data)
    with Workspace(data, create=False) as workspace:
        found = workspace.curations.events(workspace.log.head())
    assert [len(claims) for _, claims in found.together] == [2]
    assert [len(parts) for _, parts in found.apart] == [2]
    assert len({event for claim, event in claims(data) if claim in (one, other)}) == 2
    twice = waqai("split", "--part", one, "--part", one, *WHY, "--data", data)
    assert "a claim stands in two parts" in twice.stderr


def test_what_was_split_is_merged_only_once_that_is_undone_and_a_split_takes_effect_over_a_merge(data: Path) -> None:
    one, other, third = [claim for claim, _ in claims(data)[:3]]
    split = decided("split", "--part", one, "--part", other, "--reason", "two strikes", "--data", data)["records"][0]
    decided("merge", other, third, "--reason", "one strike", "--data", data)
    for pair in ((one, other), (one, third)):  # the second over the claim that both decisions name
        refused = waqai("merge", *pair, *WHY, "--data", data)
        assert refused.exit_code == 1
        assert f"several events, by \u2068clerk\u2069 in record {split}" in refused.stderr
        assert f"waqai undo {split} first" in refused.stderr
    decided("undo", split, "--reason", "it was one", "--data", data)
    decided("merge", one, third, "--reason", "all one", "--data", data)
    assert len({event for claim, event in claims(data) if claim in (one, other, third)}) == 1
    again = decided("split", "--part", one, "--part", f"{other},{third}", *WHY, "--data", data)["records"][0]
    assert len({event for claim, event in claims(data) if claim in (one, other, third)}) == 2
    mixed = waqai("split", "--part", f"{one},{other}", "--part", third, *WHY, "--data", data)
    assert f"waqai undo {again} first" in mixed.stderr


def test_decisions_on_events_and_entities_are_recognised_again_and_never_taken_before_a_stale_screen(
    data: Path,
) -> None:
    one, other, third = [claim for claim, _ in claims(data)[:3]]
    first = decided("merge", one, other, *WHY, "--data", data)
    again = decided("merge", other, one, *WHY, "--data", data)
    assert (again["records"], again["again"]) == (first["records"], True)
    judge = waqai("merge", one, other, *WHY, "--by", "judge", "--data", data)
    assert (judge.exit_code, "one event already, by" in judge.stderr) == (1, True)
    for arguments in (["merge", other, third], ["split", "--part", other, "--part", third]):
        stale = waqai(*arguments, *WHY, "--seen", 4, "--data", data)
        assert stale.exit_code == 1
        assert "has changed since position 4" in stale.stderr
    apart = ["split", "--part", other, "--part", third, *WHY, "--seen", first["records"][0], "--data", data]
    assert [decided(*apart)["again"], decided(*apart[:-4], "--data", data)["again"]] == [False, True]
    query = "SELECT ?p { ?p a wq:Place FILTER NOT EXISTS { ?p wq:mergedInto ?q } } ORDER BY ?p LIMIT 2"
    places = waqai("query", query, "--format", "csv", "--data", data).stdout.split()[1:]
    for verb in ("keep-apart", "merge"):
        done = decided(verb, *places, *WHY, "--data", data)
        assert decided(verb, *places, *WHY, "--data", data) == {**done, "again": True, "batch": None}
        decided("undo", done["records"][0], "--reason", "no", "--data", data)


def test_a_conflict_names_the_decision_that_said_it_and_not_a_later_one(data: Path) -> None:
    three = [claim for claim, _ in claims(data)][:3]
    merged = decided("merge", *three, "--reason", "one strike", "--by", "ann", "--data", data)["records"][0]
    decided("split", "--part", three[0], "--part", three[2], *WHY, "--by", "bob", "--data", data)
    again = waqai("merge", *three[:2], "--reason", "again", "--by", "cat", "--data", data)
    assert again.exit_code == 1
    assert f"ann in record {merged} " in again.stderr.replace("\u2068", "").replace("\u2069", "")
    assert "bob" not in again.stderr


def test_a_conflict_of_places_names_the_merge_that_said_it(data: Path) -> None:
    rows = waqai("query", "SELECT ?p { ?p a wq:Place } ORDER BY ?p", "--format", "csv", "--data", data).stdout.split()
    one, other, third = rows[1:4]
    decided("merge", one, third, "--reason", "one town", "--by", "ann", "--data", data)
    said = decided("merge", one, other, "--reason", "one town", "--by", "bob", "--data", data)["records"][0]
    for decision in ("merge", "keep-apart"):
        refused = waqai(decision, one, other, "--reason", "again", "--by", "cat", "--data", data)
        assert refused.exit_code == 1
        assert f"bob in record {said} " in refused.stderr.replace("\u2068", "").replace("\u2069", "")


def test_two_names_of_one_event_are_kept_apart_by_a_split(data: Path) -> None:
    one, other = [claim for claim, _ in claims(data)][:2]
    decided("merge", one, other, *WHY, "--data", data)
    rows = waqai("query", f"SELECT ?e {{ ?e wq:claim <{one}> }}", "--format", "csv", "--data", data).stdout
    refused = waqai("keep-apart", rows.split()[1], one, *WHY, "--data", data)
    assert refused.exit_code == 1
    assert "are of one event: waqai split" in " ".join(refused.stderr.split())


def test_a_correction_without_its_text_withdraws_nothing_unasked(data: Path) -> None:
    before = claims(data)
    for kind in ("notice", "silent"):
        refused = waqai("correct", english_article().id, "--kind", kind, *WHY, "--data", data)
        assert refused.exit_code == 1
        assert "needs the text as it is now (FILE" in refused.stderr
        assert "withdrawn, give the kind withdrawn" in " ".join(refused.stderr.split())
    assert claims(data) == before


def test_what_is_retracted_in_part_is_retracted_whole_by_a_second_command(data: Path) -> None:
    one, other = [claim for claim, _ in claims(data)[:2]]
    decided("retract", one, *WHY, "--data", data)
    both = decided("retract", one, other, *WHY, "--data", data)
    assert not both["again"]
    assert {one, other}.isdisjoint(claim for claim, _ in claims(data))
    assert decided("retract", one, other, *WHY, "--data", data)["again"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["merge", "actor/0a", "place/0a"], "the graph holds no actor 0a"),
        (["merge", "record/1", "record/2"], "is none of an actor, place, event or claim"),
        (["keep-apart", "c-0", "c-0"], "name two or more"),
    ],
)
def test_what_cannot_be_merged_is_named(data: Path, arguments: list[str], told: str) -> None:
    result = waqai(*arguments, *WHY, "--data", data)
    assert result.exit_code == 1
    assert told in result.stderr


# ---------------------------------------------------------------------- over HTTP


def post(client: httpx.Client, **body: object) -> httpx.Response:
    return client.post("/curation/decisions", json={"actor": "clerk", "reason": "as seen", **body}, headers=BEARER)


def reported(client: httpx.Client) -> list[tuple[str, str]]:
    query = "SELECT ?c ?e { ?e wq:claim ?c } ORDER BY ?c"
    found = client.get("/sparql", params={"query": query}, headers={"accept": "application/sparql-results+json"})
    return [(row["c"]["value"], row["e"]["value"]) for row in found.json()["results"]["bindings"]]


def test_a_retracted_claim_and_its_event_are_gone_with_the_reason(served: httpx.Client) -> None:
    claim, event = reported(served)[0]
    done = post(served, decision="retract", about=[claim], reason="the agency took it back")
    assert done.status_code == 201, done.text
    assert done.json()["waits"] is False
    for iri in (claim, event):
        page = served.get(iri, headers={"accept": "text/html"})
        assert page.status_code == 410
        assert "the agency took it back" in page.text
        assert "clerk" in page.text
        turtle = served.get(iri, headers={"accept": "text/turtle"})
        assert turtle.status_code == 410
        assert '"the agency took it back"' in turtle.text
        assert served.get(f"{iri}?at=4").status_code == 200, "as it was"
    assert served.get(claim.replace("/c-", "/c-0")).status_code == 404, "what never was"
    assert post(served, decision="reinstate", about=[claim]).status_code == 201
    assert served.get(claim).status_code == 200
    assert served.get(event).status_code == 200


def test_an_event_whose_first_claim_was_retracted_leads_to_where_its_others_are(served: httpx.Client) -> None:
    served.follow_redirects = False
    three = [claim for claim, _ in reported(served)]
    assert post(served, decision="merge", about=three).status_code == 201
    (event,) = {event for _, event in reported(served)}
    first = next(c for c in three if served.get(f"{event}.nt?at=4").text.count(c.rpartition("/")[2]))
    one, other = (claim for claim in three if claim != first)
    before = served.get("/health").json()["position"]
    assert post(served, decision="retract", about=[first]).status_code == 201
    (after,) = {event for _, event in reported(served)}
    assert after != event
    at = served.get("/health").json()["position"]
    path = after.partition("8000")[2]
    for asked, leads in (
        ("", path),
        (".ttl", f"{path}.ttl"),
        (f"?at={at}", f"{path}?at={at}"),
        (f".nt?fingerprint=true&at={at}", f"{path}.nt?fingerprint=true&at={at}"),
    ):
        answer = served.get(f"{event}{asked}")
        assert (answer.status_code, answer.headers["location"]) == (308, leads)
    assert served.get(event, params={"at": before}).status_code == 200
    audit = f"/audit/{event.partition('/id/')[2]}"
    for asked in ("", ".json", f".html?at={at}", "?format=jsonld", "?format=bundle"):
        answer = served.get(f"{audit}{asked}")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/audit/{after.partition('/id/')[2]}{asked}")
    assert served.get(f"{audit}.json", params={"at": before}).json()["subject"] == event
    followed = served.get(f"{audit}.json", follow_redirects=True)
    assert (followed.status_code, followed.json()["subject"]) == (200, after)

    assert post(served, decision="split", parts=[[one], [other]]).status_code == 201
    both = sorted(event for _, event in reported(served))
    page = served.get(event, headers={"accept": "text/html"})
    assert page.status_code == 300
    for told in ("as seen", *(iri.partition("8000")[2] for iri in both)):
        assert told in page.text
    turtle = served.get(event, headers={"accept": "application/n-triples"})
    assert turtle.status_code == 300
    for iri in both:
        assert f"<{event}> <http://purl.org/dc/terms/isReplacedBy> <{iri}>" in turtle.text
    assert served.get(event, params={"at": at}).status_code == 308, "as it was"
    audited = served.get(audit, headers={"accept": "application/json"})
    assert (audited.status_code, audited.json()["instead"]) == (300, both)
    refused = post(served, decision="retract", about=[event])
    assert (refused.status_code, refused.json()["detail"].count(" goes on in ")) == (400, 1)
    assert all(iri in refused.json()["detail"] for iri in both)

    assert post(served, decision="retract", about=[one, other]).status_code == 201
    assert served.get(event).status_code == 410
    for iri, told in ((event, 3), (first, 1)):
        gone = served.get(f"/audit/{iri.partition('/id/')[2]}.txt")
        assert (gone.status_code, gone.text.count("RETRACTED, by record")) == (410, told)


@pytest.mark.parametrize("decision", ["retract", "merge", "keep-apart"])
def test_a_decision_on_an_event_that_went_on_is_about_what_it_became(served: httpx.Client, decision: str) -> None:
    three = [claim for claim, _ in reported(served)]
    first = next(claim for claim in three if claim_event(served, claim) == min(claim_event(served, c) for c in three))
    one, other = (claim for claim in three if claim != first)
    assert post(served, decision="merge", about=[first, one]).status_code == 201
    (event,) = {event for claim, event in reported(served) if claim in (first, one)}
    began = first if claim_event(served, first) == event else one
    goes_on = one if began == first else first
    assert post(served, decision="retract", about=[began]).status_code == 201
    about = [event] if decision == "retract" else [event, other]
    done = post(served, decision=decision, about=about)
    assert done.status_code == 201, done.text
    decided = served.get("/curation/decisions", params={"limit": 1}, headers=BEARER).text
    assert goes_on.rpartition("/")[2] in decided
    assert began.rpartition("/")[2] not in decided


def claim_event(client: httpx.Client, claim: str) -> str:
    """The IRI of the event that the claim has in its own graph."""
    query = f"SELECT ?e {{ GRAPH <{claim}> {{ ?e wq:claim <{claim}> }} }}"
    found = client.get("/sparql", params={"query": query}, headers={"accept": "application/sparql-results+json"})
    return str(found.json()["results"]["bindings"][0]["e"]["value"])


def test_reinstating_an_event_that_went_on_means_the_claim_that_is_gone(served: httpx.Client) -> None:
    one, other = [claim for claim, _ in reported(served)][:2]
    assert post(served, decision="merge", about=[one, other]).status_code == 201
    (event,) = {event for claim, event in reported(served) if claim in (one, other)}
    began = one if claim_event(served, one) == event else other
    assert post(served, decision="retract", about=[began]).status_code == 201
    assert post(served, decision="reinstate", about=[event]).status_code == 201
    assert began in {claim for claim, _ in reported(served)}


def test_the_command_line_audits_what_an_event_became_and_says_so(data: Path) -> None:
    rows = waqai("query", "SELECT ?e ?c { ?e wq:claim ?c } ORDER BY ?c", "--format", "csv", "--data", data).stdout
    (_, one), (_, other) = [line.split(",") for line in rows.split()[1:]][:2]
    assert waqai("merge", one, other, *WHY, "--data", data).exit_code == 0
    own = waqai(
        "query", f"SELECT ?e {{ GRAPH ?c {{ ?e wq:claim <{other}> }} }}", "--format", "csv", "--data", data
    ).stdout.split()[1]
    mine = waqai(
        "query", f"SELECT ?e {{ GRAPH ?c {{ ?e wq:claim <{one}> }} }}", "--format", "csv", "--data", data
    ).stdout.split()[1]
    rows = waqai("query", f"SELECT ?e {{ ?e wq:claim <{one}> }}", "--format", "csv", "--data", data).stdout
    event = rows.split()[1]
    moved = own if event == mine else mine
    found = waqai("audit", moved, "--data", data)
    assert f"{moved} is part of {event} now" in found.stderr
    assert one in found.stdout
    assert other in found.stdout


def test_the_page_of_an_event_shows_every_claim_in_its_words_and_what_they_differ_in(served: httpx.Client) -> None:
    killed = [claim for claim, _ in reported(served) if served.get(f"{claim}.nt").text.count("/figure/1>")]
    assert post(served, decision="merge", about=killed).status_code == 201
    (event,) = {event for claim, event in reported(served) if claim in killed}
    page = served.get(event, headers={"accept": "text/html"}).text
    for told in (
        '<blockquote dir="auto">قال المرصد إن غارة على دوار الباسل في حلب قتلت 16 شخصا</blockquote>',
        "The observatory said an airstrike in Aleppo killed 20 people",
        '<bdi dir="auto">The Test Post</bdi>',
        '<span class="pill">denied</span>',
        "Denied by (1)",
        "Claims (2)",
        "<th>best</th>",
        "supersedes",
        "is superseded by",
        "Known before as",
    ):
        assert told in page, told
    whole = served.get("/events").json()
    assert whole["total"] == len(whole["events"]) == len({one["event"] for one in whole["events"]}) == 2
    (told,) = (one for one in whole["events"] if one["event"] == event)
    assert (len(told["claims"]), len(told["denials"]), len(told["aliases"])) == (2, 1, 1)
    pages = [served.get("/events", params={"limit": 1, "offset": at}).json()["events"] for at in range(3)]
    assert [one["event"] for page in pages for one in page] == [one["event"] for one in whole["events"]]
    start = served.get("/", headers={"accept": "text/html"}).text
    assert start.count('rowspan="2"') == 1


def test_requests_that_cannot_be_followed_say_why(served: httpx.Client) -> None:
    claim = reported(served)[0][0]
    expected: list[tuple[dict[str, object], int, str]] = [
        ({"decision": "retract", "about": [claim], "reason": " "}, 400, "needs a reason"),
        ({"decision": "retract", "about": []}, 400, "name the claims"),
        ({"decision": "retract", "about": [claim], "reason": "a\x00b"}, 400, "the control character U+0000"),
        ({"decision": "retract", "about": ["c-0"]}, 404, "holds no claim c-0"),
        ({"decision": "forget", "about": [claim]}, 400, "must be one of retract"),
        ({"decision": "undo"}, 400, "give the record"),
        ({"decision": "undo", "record": 1}, 409, "no decision that could be taken back"),
        ({"decision": "retract", "about": [claim], "more": 1}, 400, "more"),
        ({"decision": "correct", "about": [claim, claim]}, 400, "one article"),
        ({"decision": "correct", "about": [english_article().id]}, 400, "needs the text as it is now"),
    ]
    for body, status, told in expected:
        answer = post(served, **body)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert told in answer.json()["detail"], answer.text
    without = {"decision": "retract", "reason": "x", "about": [claim]}
    assert served.post("/curation/decisions", json=without).status_code == 401


def test_a_correction_over_http_is_read_as_every_text_is(served: httpx.Client) -> None:
    about = [arabic_article().id]
    new = (arabic_article().text + " غارة أخرى على حلب.").encode("windows-1256")
    expected: list[tuple[dict[str, object], str]] = [
        ({"text": ""}, "is empty"),
        ({"content": "AAEC"}, "is binary, not text"),
        ({"content": "no base64!"}, "the content cannot be read"),
        ({"text": "a", "content": "YQ=="}, "not both"),
        ({"text": NEW, "media_type": "image/png"}, "is one of text/plain"),
        ({"text": arabic_article().text}, "nothing was corrected"),
    ]
    for body, told in expected:
        refused = post(served, decision="correct", about=about, kind="silent", **body)
        assert (refused.status_code, told in refused.json()["detail"]) == (400, True), refused.text
    content = base64.b64encode(new).decode()
    assert post(served, decision="correct", about=about, kind="silent", content=content).status_code == 201


def test_a_claim_of_a_corrected_text_is_gone_and_leads_to_what_holds_instead(served: httpx.Client) -> None:
    before = dict(reported(served))
    done = post(served, decision="correct", about=[english_article().id], text=NEW, reason="note of the paper")
    assert done.status_code == 201, done.text
    after = dict(reported(served))
    ended = before[next(claim for claim in before if claim not in after)]
    audited = served.get(f"/audit/{ended.partition('/id/')[2]}.json")
    assert (audited.status_code, {one["retracted_by"] for one in audited.json()["claims"]}) == (
        410,
        {done.json()["records"][0]},
    )
    (old, *_), (new, *_) = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    page = served.get(old, headers={"accept": "text/html"})
    assert (page.status_code, "note of the paper" in page.text) == (410, True)
    assert "/id/article/" in page.text.split("note of the paper")[1], "where the corrected text is"
    again = post(served, decision="correct", about=[english_article().id], kind="withdrawn")
    assert (again.status_code, again.json()["record"]) == (409, done.json()["records"][0])
    undone = post(served, decision="undo", record=done.json()["records"][0], reason="that was another paper")
    assert undone.status_code == 201
    assert served.get(old).status_code == 200
    gone = served.get(new, headers={"accept": "text/turtle"})
    assert (gone.status_code, "that was another paper" in gone.text) == (410, True)
    assert dict(reported(served)) == before


def test_a_merge_of_what_is_kept_apart_is_a_conflict_and_unknown_things_are_named(served: httpx.Client) -> None:
    query = {"query": "SELECT ?a { ?a a wq:Place } ORDER BY ?a"}
    found = served.get("/sparql", params=query, headers={"accept": "application/sparql-results+json"}).json()
    pair = [row["a"]["value"] for row in found["results"]["bindings"]][:2]
    kept = post(served, decision="keep-apart", about=pair).json()["records"][0]
    merged = post(served, decision="merge", about=pair)
    assert (merged.status_code, merged.json()["record"]) == (409, kept)
    for about, told in (
        ([pair[0], pair[0].replace("/id/place/", "/id/place/0")], "the graph holds no place 0"),
        (["http://elsewhere.example/a", pair[0]], "is none of an actor, place"),
    ):
        unknown = post(served, decision="merge", about=about)
        assert (unknown.status_code, told in unknown.json()["detail"]) == (404, True), unknown.text
    assert post(served, decision="approve", record=kept).status_code == 409
    assert served.get(pair[0].replace("/id/place/", "/id/place/0")).status_code == 404


def test_a_stale_screen_and_a_contradiction_are_conflicts_that_name_the_record(served: httpx.Client) -> None:
    claim = reported(served)[0][0]
    first = post(served, decision="retract", about=[claim]).json()["records"][0]
    other = post(served, decision="retract", about=[claim], reason="another", actor="judge")
    assert (other.status_code, other.json()["record"]) == (409, first)
    stale = post(served, decision="reinstate", about=[claim], seen=4)
    assert (stale.status_code, stale.json()["record"]) == (409, first)
    again = post(served, decision="retract", about=[claim])
    assert (again.status_code, again.json()["again"]) == (200, True)
    listed = served.get("/curation/decisions", headers=BEARER).json()["decisions"]
    assert [(one["record"], one["type"], one["in_force"]) for one in listed] == [(first, "ClaimRetracted", True)]


def test_a_merged_place_leads_to_the_one_that_stands_for_it(served: httpx.Client) -> None:
    query = {"query": "SELECT ?a { ?a a wq:Place } ORDER BY ?a"}
    found = served.get("/sparql", params=query, headers={"accept": "application/sparql-results+json"}).json()
    one, other = [row["a"]["value"] for row in found["results"]["bindings"]][:2]
    assert post(served, decision="merge", about=[one, other]).status_code == 201
    moved = served.get(other, follow_redirects=False)
    assert moved.status_code == 308
    assert one.endswith(moved.headers["location"])
    assert served.get(other, follow_redirects=True).status_code == 200
    assert served.get(f"{other}?at=4", follow_redirects=False).status_code == 200
