"""`waqai ledger` and `/ledger`: figures of a place and a period, from the claims of a log."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app
from api.settings import Settings
from api.workspace import Workspace
from ontology.model import Article
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article, english_article


def told(text: str, publisher: str, published: str = "2024-11-30") -> Article:
    return Article(text=text, language="en", published=published, publisher=publisher)


ARTICLES = (
    arabic_article(),
    english_article(),
    told("The observatory said an airstrike in Aleppo killed 16 people.", "The Quoting Post"),
    told("The observatory said an airstrike in Idlib killed 4 people.", "The Quoting Post"),
    told("An airstrike in Idlib killed 6 people.", "=The Other Post"),
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAQAI_REVIEWER", "clerk")
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        for article in ARTICLES:
            workspace.ingest(article)
        workspace.project()
    return tmp_path / "data"


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def asked(data: Path, *options: str) -> dict[str, Any]:
    result = waqai("ledger", *options, "--format", "json", "--data", data)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def numbers(found: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {
        str(group["group"]): (total["low"], total["best"], total["high"])
        for group in found["groups"]
        for total in group["sums"]
    }


def test_sums_over_all_over_months_and_over_places(data: Path) -> None:
    assert numbers(asked(data)) == {"None": (40, 40, 42)}
    assert numbers(asked(data, "--by", "month")) == {"2024-11": (20, 20, 22), "2024-12": (20, 20, 20)}
    assert numbers(asked(data, "--by", "place")) == {"Aleppo": (20, 20, 20), "Idlib": (4, 4, 6)}


def test_a_place_by_its_name_and_a_period(data: Path) -> None:
    found = asked(data, "--place", "إدلب", "--since", "2024-11", "--until", "2024-11-30")
    assert numbers(found) == {"None": (4, 4, 6)}
    assert found["scope"] == {"place": "idlib", "name": "Idlib", "since": "2024-11-01", "until": "2024-11-30"}


def test_an_event_has_its_claims_words_and_sources(data: Path) -> None:
    events = asked(data, "--by", "event", "--place", "Idlib", "--history")["events"]
    (event,) = events
    (figure,) = event["figures"]
    assert {said["asWritten"] for said in figure["said"]} == {"4", "6"}
    assert {said["name"] for said in figure["said"]} == {"The Observatory", None}
    assert (figure["rule"], figure["disputed"]) == ("most", True)
    assert figure["said"][0]["claim"].startswith("http://localhost:8000/id/claim/c-")


def test_csv_has_a_row_for_each_sum_and_no_formula(data: Path) -> None:
    result = waqai("ledger", "--by", "event", "--format", "csv", "--bom", "--data", data)
    assert "Figures of incidents that articles report, as read by Waqai" in result.stderr
    written = result.stdout_bytes
    assert written.startswith(b"\xef\xbb\xbfkind,")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert {row["kind"] for row in rows} == {"incident"}
    assert sorted(int(row["best"]) for row in rows if row["best"]) == [4, 16, 20]
    assert not any(cell.startswith("=") for row in rows for cell in row.values())


def test_the_table_is_for_people(data: Path) -> None:
    shown = waqai("ledger", "--data", data).stdout
    assert "40 (40–42)" in shown
    assert "at log position" in shown
    by_event = waqai("ledger", "--by", "event", "--history", "--data", data).stdout
    assert "The Observatory" in by_event


def test_a_retracted_claim_no_longer_counts_and_did_before(data: Path) -> None:
    before = asked(data, "--by", "event", "--place", "Idlib")
    (claim,) = [said["claim"] for said in before["events"][0]["figures"][0]["said"] if said["asWritten"] == "6"]
    assert waqai("retract", claim, "--reason", "taken back", "--data", data).exit_code == 0
    assert numbers(asked(data, "--place", "Idlib")) == {"None": (4, 4, 4)}
    then = asked(data, "--place", "Idlib", "--at", str(before["position"]))
    assert numbers(then) == {"None": (4, 4, 6)}


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (("--place", "Nowhere"), 1, "waqai: the graph has no place Nowhere"),
        (("--since", "soon"), 2, "since=soon"),
        (("--since", "2024-12", "--until", "2024-11"), 2, "before"),
        (("--by", "colour"), 2, "category, month, place, event"),
        (("--format", "xml"), 2, "table, csv, json"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(
    data: Path, options: tuple[str, ...], code: int, why: str
) -> None:
    result = waqai("ledger", *options, "--data", data)
    assert result.exit_code == code
    assert why in result.stderr


@pytest.fixture
def client(data: Path) -> Any:
    settings = Settings(data=data, poll_interval=0.02)
    with (
        Workspace(data, extractor=FakeExtractor()) as workspace,
        TestClient(create_app(workspace, settings)) as opened,
    ):
        yield opened


def test_the_ledger_over_http(client: httpx.Client) -> None:
    answer = client.get("/ledger", params={"place": "Idlib", "by": "month"})
    assert answer.status_code == 200
    assert numbers(answer.json()) == {"2024-11": (4, 4, 6)}
    assert answer.headers["waqai-position"] == str(answer.json()["position"])
    table = client.get("/ledger", params={"format": "csv", "bom": "true"})
    beside = client.get(table.headers["link"].partition(">")[0].removeprefix("<"))
    assert beside.headers["content-type"] == "application/csvm+json"
    titles = [column["name"] for column in beside.json()["tableSchema"]["columns"]]
    assert table.content.decode("utf-8-sig").splitlines()[0].split(",") == titles
    assert beside.json()["waqai:position"] == int(table.headers["waqai-position"])
    assert table.headers["content-type"].startswith("text/csv")
    assert table.content.startswith(b"\xef\xbb\xbfkind,")
    then = client.get("/ledger", params={"at": "4"})
    assert numbers(then.json()) == {"None": (36, 36, 36)}
    assert then.headers["waqai-position"] == "4"


@pytest.mark.parametrize(
    ("parameters", "status"),
    [({"place": "Nowhere"}, 404), ({"since": "soon"}, 400), ({"by": "colour"}, 422), ({"at": "999"}, 404)],
)
def test_what_cannot_be_asked_over_http_is_a_problem(
    client: httpx.Client, parameters: dict[str, str], status: int
) -> None:
    answer = client.get("/ledger", params=parameters)
    assert answer.status_code in (status, 400)
    assert answer.headers["content-type"] == "application/problem+json"


def test_more_claims_than_allowed_are_refused_and_say_what_to_do(data: Path) -> None:
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        few = Settings(data=data, poll_interval=0.02, ledger_claims=2)
        with TestClient(create_app(workspace, few)) as opened:
            answer = opened.get("/ledger")
    assert answer.status_code == 503
    assert "WAQAI_LEDGER_CLAIMS" in answer.json()["detail"]


def test_erased_words_are_no_longer_shown_and_the_number_stays(data: Path) -> None:
    why = ("--basis", "a request", "--reason", "asked for", "--yes", "--data", data)
    assert waqai("erase", ARTICLES[4].id, *why).exit_code == 0
    (event,) = asked(data, "--by", "event", "--place", "Idlib")["events"]
    said = event["figures"][0]["said"]
    assert {(one["best"], one["asWritten"]) for one in said} == {(4, "4"), (6, None)}
