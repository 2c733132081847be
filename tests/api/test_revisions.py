"""A text that differs from the one known of its address: told, accepted as a correction, or taken by itself."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from api.addresses import SHARED, Addresses, variants
from api.app import create_app
from api.cli import app
from api.curating import retract, undo
from api.decisions import Order
from api.revisions import Revisions, ingest
from api.settings import Settings
from api.workspace import Workspace
from ontology.curations import CorrectionKind
from ontology.model import Article
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor

ORDER = Order("the page says so now", "clerk")
REST = "The road to the market stayed closed. Nobody has said who was to blame. Schools will open on Sunday."
FIRST = Article(
    f"An airstrike in Aleppo killed 16 people. The factions captured Idlib. {REST}",
    "en",
    published="2024-11-30",
    publisher="The Test Post",
    url="https://post.example/1",
)
LATER = replace(FIRST, text=FIRST.text.replace("16", "14"), url="http://www.post.example/1/?utm_source=feed#top")
LONGER = replace(FIRST, text=f"{FIRST.text} Share this with a friend.")


def killed(workspace: Workspace) -> set[str]:
    rows = workspace.query("SELECT ?n { ?e a wq:Airstrike ; wq:fatalitiesBest ?n }").rows()
    return {row[0].value for row in rows}  # type: ignore[attr-defined]


def take(workspace: Workspace, article: Article, policy: Revisions = Revisions.REPORT) -> Any:
    return ingest(workspace, Addresses(workspace), article, policy=policy, order=ORDER)


def test_a_later_text_is_told_and_both_hold(workspace: Workspace) -> None:
    take(workspace, FIRST)
    outcome, revision = take(workspace, LATER)
    assert outcome.new
    assert (revision.earlier, revision.kind) == (FIRST.id, CorrectionKind.SILENT)
    assert [one.type for one in revision.gone] == [one.type for one in revision.new] == ["Airstrike"]
    assert [(one.before, one.after) for one in revision.moved] == [("16", "14")]
    assert revision.text.kept == 4
    assert revision.stands == 1
    assert killed(workspace) == set(), "one event, and nobody says which number holds"
    bounds = workspace.query("SELECT ?low ?high { ?e wq:fatalitiesLow ?low ; wq:fatalitiesHigh ?high }").rows()
    assert [tuple(value.value for value in row) for row in bounds] == [("14", "16")]  # type: ignore[attr-defined]


def test_an_accepted_one_is_a_correction_that_can_be_undone(workspace: Workspace) -> None:
    take(workspace, FIRST)
    outcome, _ = take(workspace, LATER, Revisions.ACCEPT)
    assert "recorded as a correction (silent)" in outcome.warning
    assert killed(workspace) == {"14"}
    again, none = take(workspace, LATER, Revisions.ACCEPT)
    assert (again.new, none) == (False, None)
    old, none = take(workspace, FIRST, Revisions.ACCEPT)
    assert (old.new, none) == (False, None)
    assert "it was corrected, by record" in old.warning
    assert killed(workspace) == {"14"}, "an old file turns nothing back"
    (position,) = workspace.curations.positions(workspace.log.head())
    undo(workspace, [position], ORDER)
    assert killed(workspace) == {"16"}


def test_a_text_that_says_that_it_was_corrected_is_no_silent_one(workspace: Workspace) -> None:
    take(workspace, FIRST)
    noted = replace(LATER, text=f"{LATER.text} Correction: the paper first wrote 16.")
    _, revision = take(workspace, noted, Revisions.ACCEPT)
    assert revision.kind is CorrectionKind.NOTICE
    assert revision.notice == "Correction: the paper first wrote 16."


def test_words_around_the_claims_that_change_correct_nothing(workspace: Workspace) -> None:
    take(workspace, FIRST)
    before = workspace.log.head()
    outcome, revision = take(workspace, LONGER, Revisions.ACCEPT)
    assert not outcome.new
    assert not revision.matters
    assert revision.text.new == ("Share this with a friend.",)
    assert workspace.log.head() == before


def test_another_article_at_the_address_is_no_later_text(workspace: Workspace) -> None:
    take(workspace, FIRST)
    other = replace(FIRST, text="Ministers met in Aleppo after an airstrike and spoke of bread, of oil and of rent.")
    outcome, revision = take(workspace, other, Revisions.ACCEPT)
    assert (outcome.new, revision) == (True, None)
    assert killed(workspace) == {"16"}


def test_an_address_that_many_share_is_none_of_an_article(workspace: Workspace) -> None:
    for number in range(SHARED + 1):
        workspace.ingest(replace(FIRST, text=f"{FIRST.text} Post {number}."))
    outcome, revision = take(workspace, LATER, Revisions.ACCEPT)
    assert (outcome.new, revision) == (True, None)


def test_separate_looks_at_nothing(workspace: Workspace) -> None:
    take(workspace, FIRST)
    outcome, revision = take(workspace, LATER, Revisions.SEPARATE)
    assert (outcome.new, revision) == (True, None)


def test_what_a_person_retracted_stays_retracted_in_the_later_text(workspace: Workspace) -> None:
    take(workspace, FIRST)
    wrong = next(claim.id for claim in FakeExtractor().extract(FIRST).claims if claim.type == "Takeover")
    retract(workspace, [wrong], Order("it was another town", "judge"))
    take(workspace, LATER, Revisions.ACCEPT)
    assert not bool(workspace.query("ASK { ?e a wq:Takeover }"))
    assert killed(workspace) == {"14"}
    found = workspace.query('SELECT ?c { ?c wq:retraction/wq:reason "it was another town" }').rows()
    assert len(list(found)) == 2


def test_an_address_is_one_however_it_is_written() -> None:
    assert "https://post.example/1" in variants(LATER.url or "")
    assert "http://www.post.example/1/" in variants(FIRST.url or "")
    assert variants("catalogue 7") == variants("http://[") == []


# ---------------------------------------------------------------------- by command, and over HTTP


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        workspace.ingest(FIRST)
    return tmp_path / "data"


def given(tmp_path: Path) -> Path:
    line = {"text": LATER.text, "url": LATER.url, "published": LATER.published, "publisher": LATER.publisher}
    (tmp_path / "later.jsonl").write_text(json.dumps(line), encoding="utf-8")
    return tmp_path / "later.jsonl"


def test_the_command_says_what_changed(data: Path, tmp_path: Path) -> None:
    told = waqai("ingest", given(tmp_path), "--data", data)
    assert told.exit_code == 0, told.stderr
    assert f"a later text of {FIRST.id} (changed without a word; 4 sentences stand)" in told.stdout
    assert "- \u2068An airstrike in Aleppo killed 16 people.\u2069" in told.stdout
    assert "+ \u2068An airstrike in Aleppo killed 14 people.\u2069" in told.stdout


def test_to_accept_is_a_decision_and_needs_a_reason(data: Path, tmp_path: Path) -> None:
    refused = waqai("ingest", given(tmp_path), "--revisions", "accept", "--data", data)
    assert (refused.exit_code, "needs --reason" in refused.stderr) == (2, True)
    unknown = waqai("ingest", given(tmp_path), "--revisions", "maybe", "--data", data)
    assert unknown.exit_code == 2
    done = waqai(
        "ingest", given(tmp_path), "--revisions", "accept", "--reason", "seen", "--format", "json", "--data", data
    )
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["revision"]["kind"] == "silent"
    with Workspace(data, create=False) as workspace:
        assert killed(workspace) == {"14"}


def test_over_http_accepting_needs_a_reason_too(data: Path) -> None:
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        token = "a-token-of-enough-length"
        settings = Settings(data=data, poll_interval=0.02, token=SecretStr(token))
        with TestClient(create_app(workspace, settings), base_url="http://localhost:8000") as client:
            answers = [post(client, token, {}), post(client, token, {"reason": "seen"})]
        assert [answer.status_code for answer in answers] == [400, 201]
        (article,) = answers[1].json()["articles"]
        assert article["revision"]["earlier"] == FIRST.id
        assert killed(workspace) == {"14"}


def post(client: httpx.Client, token: str, more: dict[str, str]) -> httpx.Response:
    about = {"url": LATER.url or "", "published": LATER.published or "", "publisher": LATER.publisher or ""}
    return client.post(
        "/ingest",
        params={**about, "revisions": "accept", "actor": "clerk", **more},
        content=LATER.text,
        headers={"authorization": f"Bearer {token}", "content-type": "text/plain"},
    )
