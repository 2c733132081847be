"""Over HTTP: what `waqai export` writes of incidents, crates and reviews is the same, and bounded."""

import csv
import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.exporting import acled, ucdp
from api.settings import Settings
from api.workspace import Workspace
from tests.api.conftest import TestClient


def exported(workspace: Workspace, *arguments: str) -> bytes:
    result = CliRunner().invoke(app, ["export", *arguments, "--data", str(workspace.data)])
    assert result.exit_code == 0, result.stderr
    return result.stdout_bytes


def client_of(workspace: Workspace, **more: int) -> httpx.Client:
    settings = Settings(data=workspace.data, **more)  # type: ignore[arg-type]
    return TestClient(create_app(workspace, settings), base_url="http://localhost:8000")


@pytest.mark.parametrize("form", ["acled", "ucdp", "ftm", "ftm-statements"])
def test_incidents_are_those_of_the_command_and_say_what_goes_beside_them(
    client: httpx.Client, filled: Workspace, form: str
) -> None:
    found = client.get("/export/events", params={"as": form})
    assert found.status_code == 200
    assert found.content == exported(filled, "events", "--as", form)
    assert found.headers["waqai-position"] == "4"
    assert found.headers["content-disposition"].startswith(f'attachment; filename="events-{form}-4.')
    beside = client.get(found.headers["link"].partition("<")[2].partition(">")[0]).json()
    columns = [column["name"] for column in beside.get("tableSchema", {}).get("columns", [])]
    assert columns == list({"acled": acled.COLUMNS, "ucdp": ucdp.COLUMNS}.get(form, ()))
    assert beside["url"] in found.headers["content-disposition"]
    assert "as read by Waqai" in beside["dc:description"]


def test_incidents_of_a_type_and_a_place_with_a_mark_for_excel(client: httpx.Client) -> None:
    found = client.get("/export/events", params={"as": "acled", "type": "Takeover", "bom": "true"})
    assert found.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"), newline="")))
    assert [row["waqai_type"] for row in rows] == ["Takeover"]
    none = client.get("/export/events", params={"as": "acled", "at": "1"})
    assert none.text.count("\n") == 1
    for wrong, status in (
        ({}, 400),
        ({"as": "xlsx"}, 400),
        ({"as": "acled", "type": "Nonsense"}, 400),
        ({"as": "acled", "within": "XX99"}, 400),
        ({"as": "acled", "at": "99"}, 404),
    ):
        answer = client.get("/export/events", params=wrong)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        assert answer.status_code == status, answer.text


def test_a_crate_is_the_one_of_the_command(client: httpx.Client, filled: Workspace, tmp_path: Path) -> None:
    claim = client.get("/claims").json()["claims"][0]["claim"]
    found = client.get("/crate", params={"claim": claim})
    assert (found.status_code, found.headers["content-type"]) == (200, "application/zip")
    exported(filled, "crate", "--claims", claim, "--output", str(tmp_path / "one.zip"))
    assert found.content == (tmp_path / "one.zip").read_bytes()
    names = zipfile.ZipFile(io.BytesIO(found.content)).namelist()
    assert f"claims/{claim.rpartition('/')[2]}.trig" in names
    assert not [name for name in names if name.startswith("texts/")]


def test_what_is_no_crate_is_a_problem(client: httpx.Client, filled: Workspace) -> None:
    for wrong, status in (({}, 400), ({"claim": "c-00"}, 404), ({"event": "> <"}, 404), ({"event": "\x7f¹"}, 404)):
        answer = client.get("/crate", params=wrong)
        assert (answer.status_code, answer.json()["detail"][-1]) == (status, "."), answer.text
    articles = [("article", claim["article"]) for claim in client.get("/claims").json()["claims"]]
    with client_of(filled, download_claims=1) as bounded:
        answer = bounded.get("/crate", params=articles)
        assert answer.status_code == 413
        assert "WAQAI_DOWNLOAD_CLAIMS allows 1" in answer.json()["detail"]


def test_what_is_too_large_or_too_much_is_refused(filled: Workspace) -> None:
    with client_of(filled, max_result_bytes=100) as bounded:
        assert bounded.get("/export/events", params={"as": "acled"}).status_code == 413
    with client_of(filled, ledger_claims=1) as bounded:
        answer = bounded.get("/export/events", params={"as": "acled"})
        assert (answer.status_code, "WAQAI_LEDGER_CLAIMS" in answer.json()["detail"]) == (503, True)


def test_reviews_of_claims_are_those_of_the_command(client: httpx.Client, filled: Workspace) -> None:
    claim = client.get("/claims").json()["claims"][0]["claim"].rpartition("/")[2]
    assert client.get("/claimreview").json()["@graph"] == []
    nobody = client.get(f"/claimreview/{claim}")
    assert (nobody.status_code, "Nobody judged" in nobody.json()["detail"]) == (404, True)
    arguments = ["retract", claim, "--reason", "a typing error", "--by", "clerk", "--data", str(filled.data)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    filled.project()
    for path in ("/claimreview", f"/claimreview/{claim}"):
        found = client.get(path)
        assert found.headers["content-type"] == "application/ld+json"
        assert found.json() == json.loads(exported(filled, "claimreview"))
        assert found.json()["@graph"][0]["reviewBody"] == "a typing error"
    assert client.get(f"/claimreview/{claim}", params={"at": "4"}).status_code == 404


def test_they_are_described(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/export/events", "/crate", "/claimreview", "/claimreview/{claim}"):
        assert paths[path]["get"]["summary"]
