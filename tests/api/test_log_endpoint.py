"""`/log` and bundles: what somebody needs to check the log without trusting this server."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from api.workspace import Workspace
from graph.proof.keys import make_key
from graph.proof.sealer import seal
from graph.proof.verify_bundle import verify
from tests.api.test_ldes_endpoint import more, serve
from tests.api.test_proof_commands import run

__all__ = ["serve"]  # a fixture
YEAR = "public, max-age=31536000, immutable"


@pytest.fixture
def checked(filled: Workspace, serve: Callable[..., httpx.Client], tmp_path: Path) -> httpx.Client:
    """Four records under a checkpoint, and two more."""
    settings = Settings(data=tmp_path / "data", checkpoint_origin="example.org/log")
    seal_now(filled, settings)
    more(filled, 1)
    return serve(filled)


def seal_now(workspace: Workspace, settings: Settings) -> None:
    from graph.proof.keys import Signer

    if not settings.key_file.exists():
        make_key(settings.proof_folder, settings.key_file, settings.origin)
    seal(workspace.log, settings.proof_folder, Signer.load(settings.key_file))


def test_the_root_follows_from_what_is_served(checked: httpx.Client, filled: Workspace) -> None:
    """A client of its own: hashes the entries, compares them with the tile, and the tile with the checkpoint."""
    note = checked.get("/log/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.headers["cache-control"] == "public, max-age=5"
    origin, size, root = note.text.splitlines()[:3]
    assert (origin, size) == ("example.org/log", "4")
    tile = checked.get("/log/tile/0/000.p/4")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert tile.headers["cache-control"] == YEAR
    bodies = [checked.get(f"/log/entry/{index}").content for index in range(4)]
    assert bodies == [record.body for record in filled.log.read(upto=4)]
    leaves = [hashlib.sha256(b"\0" + body).digest() for body in bodies]
    assert tile.content == b"".join(leaves)

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\1" + left + right).digest()

    assert base64.b64decode(root) == node(node(*leaves[:2]), node(*leaves[2:]))
    bundled = b"".join(len(body).to_bytes(2, "big") + body for body in bodies)
    assert checked.get("/log/tile/entries/000.p/4").content == bundled


def test_what_a_client_has_already_is_not_sent_again(checked: httpx.Client) -> None:
    for path in ("/log/checkpoint", "/log/tile/0/000.p/4", "/log/tile/entries/000.p/4", "/log/entry/0"):
        tag = checked.get(path).headers["etag"]
        again = checked.get(path, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        head = checked.head(path)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/log/tile/0/000", 404),
        ("/log/tile/0/000.p/5", 404),
        ("/log/tile/0/0", 404),
        ("/log/tile/64/000", 404),
        ("/log/tile/0/%2e%2e/%2e%2e/checkpoint.key", 404),
        ("/log/tile/entries/001", 404),
        ("/log/entry/4", 404),
        ("/log/entry/-1", 404),
        ("/log/entry/99999999999999999999999", 404),
        ("/log/entry/one", 400),
        ("/log/checkpoint.key", 404),
        ("/log", 404),
    ],
)
def test_what_is_not_served_is_a_problem(checked: httpx.Client, path: str, status: int) -> None:
    answer = checked.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "immutable" not in answer.headers["cache-control"]


def test_a_log_without_a_checkpoint_says_who_makes_one(filled: Workspace, serve: Callable[..., httpx.Client]) -> None:
    client = serve(filled)
    for path in ("/log/checkpoint", "/log/tile/0/000.p/1", "/log/entry/0"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "checkpoint" in answer.json()["detail"]
    claim = client.get("/claims").json()["claims"][0]["claim"].rpartition("/")[2]
    refused = client.get(f"/audit/{claim}", params={"format": "bundle"})
    assert refused.status_code == 409
    assert "waqai log checkpoint" in refused.json()["detail"]


def test_the_bundle_is_the_one_of_the_command_line(checked: httpx.Client, filled: Workspace, tmp_path: Path) -> None:
    record = next(filled.log.read(after=1, upto=2))
    claim = record.payload["claims"][0]["id"]
    answer = checked.get(f"/audit/{claim}", params={"format": "bundle"})
    assert answer.status_code == 200
    assert answer.headers["waqai-position"] == "4"
    assert answer.headers["content-disposition"] == f'attachment; filename="{claim}.json"'
    assert run("audit", claim, "--bundle", "claim.json", "--data", tmp_path / "data").exit_code == 0
    assert Path("claim.json").read_bytes() == answer.content
    from graph.proof.keys import public_keys

    verify(answer.content, public_keys(tmp_path / "data" / "proof"))


def test_a_bundle_that_cannot_be_made_is_a_problem(checked: httpx.Client, filled: Workspace) -> None:
    article = next(filled.log.read(upto=1)).payload["article"]
    several = checked.get(f"/audit/{article}", params={"format": "bundle"})
    assert several.status_code == 409
    assert "name one" in several.json()["detail"]
    later = next(filled.log.read(after=5, upto=6)).payload["claims"][0]["id"]
    unsealed = checked.get(f"/audit/{later}", params={"format": "bundle"})
    assert unsealed.status_code == 409
    assert "the last checkpoint ends at position 4" in unsealed.json()["detail"]
    assert checked.get("/audit/c-none", params={"format": "bundle"}).status_code == 404
    assert checked.get(f"/audit/{article}", params={"format": "zip"}).status_code == 400
