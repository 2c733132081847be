import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.settings import Settings
from api.tokenfile import BadToken, NoSuchToken, Scope, TokenFile, TokensUnreadable
from api.workspace import Workspace
from tests.api.conftest import TestClient
from tests.api.fakes import arabic_article

NOW = datetime.now(UTC)
TEXT = {"content-type": "text/plain; charset=utf-8"}
SETTING = "a-token-of-enough-length"


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "data" / "tokens.json")


@pytest.fixture
def server(workspace: Workspace, tmp_path: Path) -> Iterator[httpx.Client]:
    with TestClient(create_app(workspace, Settings(data=tmp_path / "data", poll_interval=0.02))) as opened:
        yield opened


def made(tokens: TokenFile, *scopes: Scope, name: str = "Desk", expires: datetime | None = None) -> dict[str, str]:
    """The header of a new token."""
    tokens.path.parent.mkdir(exist_ok=True)
    return {"authorization": f"Bearer {tokens.create(name, scopes, expires, NOW)[1]}"}


def ingest(server: httpx.Client, headers: dict[str, str]) -> httpx.Response:
    return server.post("/ingest", content=arabic_article().text.encode(), headers={**TEXT, **headers})


def kind_of(response: httpx.Response) -> str:
    return str(response.json()["type"]).rpartition(":")[2]


def test_without_any_token_writes_are_refused_with_what_to_do(server: httpx.Client) -> None:
    response = ingest(server, {"authorization": "Bearer x"})
    assert (response.status_code, kind_of(response)) == (403, "writes-refused")
    assert "waqai token create" in response.json()["detail"]


def test_records_say_the_name_of_the_token(server: httpx.Client, workspace: Workspace, tokens: TokenFile) -> None:
    assert ingest(server, made(tokens, Scope.INGEST, name="مكتب حلب")).status_code == 201
    assert {record.actor for record in workspace.log.read()} == {"مكتب حلب"}


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        (Scope.READ, "POST", "/ingest", False),
        (Scope.CURATE, "POST", "/ingest", False),
        (Scope.INGEST, "POST", "/ingest", True),
        (Scope.ADMIN, "POST", "/ingest", True),
        (Scope.READ, "GET", "/curation/links", True),
        (Scope.INGEST, "GET", "/curation/links", True),
        (Scope.READ, "POST", "/curation/links", False),
        (Scope.INGEST, "POST", "/curation/links", False),
        (Scope.CURATE, "POST", "/curation/links", True),
        (Scope.READ, "GET", "/curation/decisions", True),
        (Scope.READ, "POST", "/curation/decisions", False),
        (Scope.INGEST, "POST", "/curation/decisions", False),
        (Scope.CURATE, "POST", "/curation/decisions", True),
        (Scope.INGEST, "POST", "/ingest?revisions=accept&reason=seen", False),
        (Scope.READ, "GET", "/curation/erasures", True),
        (Scope.CURATE, "POST", "/curation/erasures", False),
        (Scope.ADMIN, "POST", "/curation/erasures", True),
    ],
)
def test_a_scope_allows_what_it_says(
    server: httpx.Client, tokens: TokenFile, scope: Scope, method: str, path: str, allowed: bool
) -> None:
    response = server.request(method, path, headers=made(tokens, scope))
    if allowed:  # and what is wrong then is the request
        assert response.status_code not in (401, 403), response.text
        return
    assert (response.status_code, kind_of(response)) == (403, "insufficient-scope")
    missing = response.json()["scope"]
    assert f"needs the scope {missing}" in response.json()["detail"]
    assert f'scope="{missing}", error="insufficient_scope"' in response.headers["www-authenticate"]


def test_wrong_revoked_and_expired_tokens_are_told_apart(server: httpx.Client, tokens: TokenFile) -> None:
    good = made(tokens, Scope.INGEST)
    wrong = ingest(server, {"authorization": good["authorization"][:-1] + "~"})
    assert (wrong.status_code, kind_of(wrong)) == (401, "token-needed")
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    assert ingest(server, {}).status_code == 401
    expired = ingest(server, made(tokens, Scope.INGEST, expires=NOW + timedelta(microseconds=1)))
    assert (expired.status_code, kind_of(expired)) == (401, "token-ended")
    assert "expired" in expired.json()["detail"]
    tokens.revoke("Desk", datetime.now(UTC))  # while the server runs
    revoked = ingest(server, good)
    assert (revoked.status_code, kind_of(revoked)) == (401, "token-ended")
    assert "revoked" in revoked.json()["detail"]


def test_a_token_with_a_name_writes_under_no_other(server: httpx.Client, tokens: TokenFile) -> None:
    body = {"articles": ["x"], "basis": "b", "reason": "r"}
    other = {"decision": "undo", "record": 1, "reason": "r", "reviewer": "somebody else"}
    refused = server.post("/curation/links", json=other, headers=made(tokens, Scope.CURATE))
    assert (refused.status_code, kind_of(refused)) == (403, "not-your-name")
    admin = made(tokens, Scope.ADMIN)
    assert server.post("/curation/erasures", json=body, headers=admin).status_code == 404
    assert server.post("/curation/erasures", json={**body, "eraser": "S"}, headers=admin).status_code == 404


def test_the_token_of_the_settings_may_do_everything_for_whoever_it_names(
    workspace: Workspace, tmp_path: Path, tokens: TokenFile
) -> None:
    settings = Settings(data=tmp_path / "data", poll_interval=0.02, token=SecretStr(SETTING))
    bearer = {"authorization": f"Bearer {SETTING}"}
    with TestClient(create_app(workspace, settings)) as server:
        assert ingest(server, bearer).status_code == 201
        body = {"articles": ["x"], "basis": "b", "reason": "r"}
        assert server.post("/curation/erasures", json={**body, "eraser": "S"}, headers=bearer).status_code == 404
        nobody = server.post("/curation/erasures", json=body, headers=bearer)
        assert (nobody.status_code, kind_of(nobody)) == (400, "bad-request")
        assert ingest(server, made(tokens, Scope.INGEST)).status_code == 200  # and the others count beside it


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"id": "x"}]', "\udcff"])
def test_a_damaged_file_lets_nobody_in(server: httpx.Client, tokens: TokenFile, text: str) -> None:
    good = made(tokens, Scope.INGEST)
    tokens.path.write_bytes(text.encode("utf-8", "surrogateescape"))
    response = ingest(server, good)
    assert (response.status_code, kind_of(response)) == (503, "tokens-unreadable")
    with pytest.raises(TokensUnreadable):
        tokens.create("Desk", [Scope.READ], None, NOW)
    assert tokens.path.read_bytes() == text.encode("utf-8", "surrogateescape")


def test_the_file_is_its_owners_and_holds_no_token(tokens: TokenFile) -> None:
    text = made(tokens, Scope.READ)["authorization"].partition(" ")[2]
    assert text.rpartition("_")[2] not in tokens.path.read_text(encoding="utf-8")
    if os.name != "nt":
        assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_that_records_cannot_hold_is_refused(tokens: TokenFile, name: str) -> None:
    with pytest.raises(BadToken):
        tokens.create(name, [Scope.READ], None, NOW)
    assert not tokens.path.exists()


def test_what_is_revoked_stays_listed_and_cannot_be_revoked_twice(tokens: TokenFile) -> None:
    made(tokens, Scope.READ)
    made(tokens, Scope.INGEST, name="Other")
    (gone,) = tokens.revoke(tokens.all()[0].id, NOW)
    assert [token.revoked is None for token in tokens.all()] == [False, True]
    with pytest.raises(NoSuchToken):
        tokens.revoke(gone.name, NOW)


def test_the_command_line_makes_lists_and_revokes(tmp_path: Path, tokens: TokenFile) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["token", *arguments, "--data", str(tmp_path / "data")])
        return done.exit_code, done.stdout, done.stderr

    assert run("create", "Desk", "--scope", "curate")[0] == 1  # there is no such folder
    (tmp_path / "data").mkdir()
    code, out, _ = run("create", "Desk", "--scope", "curate", "--scope", "ingest", "--expires", "30")
    assert code == 0
    found = tokens.find(out.strip())
    assert found is not None
    assert found.scopes == (Scope.INGEST, Scope.CURATE)
    assert found.expires is not None
    assert timedelta(days=29) < datetime.fromisoformat(found.expires) - NOW < timedelta(days=31)
    _, out, _ = run("create", "x", "--scope", "read", "--expires", "never", "--format", "json")
    assert json.loads(out)["expires"] is None
    for bad in (["--scope", "write"], ["--scope", "read", "--expires", "soon"], ["--scope", "read", "--expires", "0"]):
        assert run("create", "x", *bad)[0] == 2
    assert [row["name"] for row in json.loads(run("list", "--format", "json")[1])] == ["Desk", "x"]
    assert run("revoke", "Desk")[0] == 0
    assert "revoked" in run("list")[1].splitlines()[0]
    code, _, error = run("revoke", "Desk")
    assert code == 1
    assert "waqai token list" in error
