"""The commands on proofs: keys, checkpoints, bundles; what the start of every other command refuses."""

import json
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import extraction
from api.cli import app
from tests.api.fakes import FakeExtractor, arabic_article, english_article

KEY = ("--key", "waqai-data/proof/checkpoint.pub")


@pytest.fixture(autouse=True)
def fake_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "load_extractor", FakeExtractor)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def done(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def as_json(*arguments: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(done(*arguments, "--format", "json"))
    return body


def refused(result: Result, *parts: str, code: int = 1) -> None:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1 or code == 2, result.stderr
    for part in ("waqai: " if code == 1 else "", *parts):
        assert part in result.stderr


@pytest.fixture
def ingested(tmp_path: Path) -> None:
    for number, article in enumerate((arabic_article(), english_article())):
        path = tmp_path / f"{number}.txt"
        path.write_text(article.text, encoding="utf-8")
        done("ingest", path, "--published", "2024-11-30", "--publisher", "P", "--language", article.language)


@pytest.fixture
def sealed(ingested: None) -> None:
    done("log", "key", "--origin", "example.org/news")
    done("log", "checkpoint", "--publish", "pub")


def claim() -> str:
    (first, *_) = json.loads(done("log", "list", "--after", 1, "--limit", 1, "--format", "json"))["payload"]["claims"]
    found: str = first["id"]
    return found


def test_a_key_is_made_once_and_is_readable_by_its_owner_only(ingested: None) -> None:
    first = done("log", "key", "--origin", "example.org/news")
    path = Path("waqai-data/proof/checkpoint.key")
    assert first.startswith("example.org/news+")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert done("log", "key") == first
    assert as_json("log", "key") == {"key": first.strip(), "file": str(path)}
    assert "PRIVATE" in path.read_text(encoding="utf-8")
    assert "PRIVATE" not in first
    refused(run("log", "key", "--origin", "example.org/other"), "already called example.org/news")


def test_the_name_of_a_log_comes_from_the_settings(ingested: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_CHECKPOINT_ORIGIN", "a b")
    refused(run("log", "key"), "WAQAI_CHECKPOINT_ORIGIN", "without spaces", code=2)
    monkeypatch.delenv("WAQAI_CHECKPOINT_ORIGIN")
    monkeypatch.setenv("WAQAI_CHECKPOINT_KEY", "keys/mine")
    assert done("log", "key").startswith("localhost:8000/log+")
    assert Path("keys/mine").is_file()


def test_without_a_key_nothing_is_sealed(ingested: None) -> None:
    refused(run("log", "checkpoint"), "there is no key", "waqai log key")
    refused(run("log", "checkpoint", "--push"), "--push needs a folder", code=2)
    refused(run("log", "prove", 1), "there is no checkpoint", "waqai log checkpoint")
    refused(run("audit", claim(), "--bundle", "b.json"), "waqai log checkpoint")
    refused(run("log", "consistency", "4"), "there is no checkpoint: run waqai log checkpoint first")
    assert not Path("b.json").exists()


def test_a_checkpoint_is_printed_published_and_repeated(sealed: None) -> None:
    note = done("log", "checkpoint")
    assert note.splitlines()[:2] == ["example.org/news", "4"]
    assert note == Path("pub/checkpoint").read_text(encoding="utf-8")
    body = as_json("log", "checkpoint")
    assert (body["size"], body["new"], body["since"], body["note"]) == (4, False, 4, note)
    request = done("log", "checkpoint", "--witness", 1)
    assert request.startswith("old 1\n")
    assert request.endswith(f"\n\n{note}")
    refused(run("log", "checkpoint", "--witness", 9), "position 9 cannot be proven")


def test_a_bundle_is_written_and_checked(sealed: None) -> None:
    done("audit", claim(), "--bundle", "claim.json")
    assert done("verify-bundle", "claim.json", *KEY).startswith(f"verified: the claim {claim()}")
    assert as_json("verify-bundle", "claim.json", *KEY)["size"] == 4
    text = Path("claim.json").read_text(encoding="utf-8")
    Path("claim.json").write_text(text.replace("Airstrike", "Takeover", 1), encoding="utf-8")
    refused(run("verify-bundle", "claim.json", *KEY), "REJECTED: ")
    refused(run("verify-bundle", "claim.json", "--key", "nonsense"), "--key", "nor a file", code=2)
    refused(run("verify-bundle", "none.json", *KEY), "cannot be read")


def test_the_size_of_bundles_is_bounded_by_a_setting(sealed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    done("audit", claim(), "--bundle", "claim.json")
    monkeypatch.setenv("WAQAI_MAX_BUNDLE_BYTES", "1000")
    refused(run("verify-bundle", "claim.json", *KEY), "larger than 1,000 bytes")
    result = run("audit", claim(), "--bundle", "other.json")
    assert (result.exit_code, "WAQAI_MAX_BUNDLE_BYTES" in result.stderr) == (1, True)
    assert not Path("other.json").exists()


def test_a_proof_of_a_record_and_of_two_checkpoints(sealed: None, tmp_path: Path) -> None:
    kept = shutil.copy("pub/checkpoint", "kept")
    path = tmp_path / "more.txt"
    path.write_text("قصف الطيران مدينة أخرى.", encoding="utf-8")
    done("ingest", path, "--language", "ar")
    done("log", "checkpoint", "--publish", "pub")
    done("log", "prove", 3, "--output", "3.tlog-proof")
    assert done("verify-bundle", "3.tlog-proof", *KEY).startswith("verified: position 3 of example.org/news, size 6")
    assert as_json("log", "prove", 3)["proof"] == Path("3.tlog-proof").read_text(encoding="utf-8")
    refused(run("log", "prove", 99), "position 99 cannot be proven", "ends at position 6")
    assert as_json("log", "consistency", kept)["consistent"] is True
    assert done("log", "consistency", 4, 6).startswith("consistent: the log of size 6 begins with the one of size 4")
    refused(run("log", "consistency", 6, 4), "larger size")
    refused(run("log", "consistency", 5), "of this size there is none; the newest are 4, 6")


def test_a_key_is_rotated(sealed: None) -> None:
    old = done("log", "key").strip()
    said = done("log", "key", "--rotate").splitlines()
    assert said[2:5] == ["waqai key rotation", old, said[0]]
    assert done("log", "key").strip() == said[0] != old
    assert done("log", "verify").startswith("the log is sound: 4 records.\nit is the one that was signed for")


def cut(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER log_no_delete")
        connection.execute("DELETE FROM log WHERE position > 2")
    connection.close()


def test_a_log_behind_its_checkpoint_is_refused_by_every_command_that_uses_it(
    sealed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim_id = claim()
    cut(Path("waqai-data/log.sqlite"))
    commands = [
        ("query", "ASK {}"),
        ("audit", claim_id),
        ("ingest", tmp_path / "0.txt", "--language", "ar"),
        ("rebuild",),
        ("log", "checkpoint"),
        ("log", "verify"),
        ("log", "prove", 1),
    ]
    for command in commands:
        refused(run(*command), "the log is behind: it holds 2 records", "vouches for 4", "restore a newer one")
    assert len(done("log", "list").splitlines()) == 2  # what is left can be looked at
    shutil.rmtree("waqai-data/proof")
    shutil.rmtree("waqai-data/graph")
    assert run("query", "ASK {}").exit_code == 0  # nothing here knows better
    monkeypatch.setenv("WAQAI_CHECKPOINT_PUBLISH", "pub")
    refused(run("query", "ASK {}"), "the log is behind", "pub/checkpoint")


def test_an_edited_record_is_named_by_verify(sealed: None) -> None:
    with sqlite3.connect("waqai-data/log.sqlite") as connection:
        connection.execute("DROP TRIGGER log_no_update")
        connection.execute(
            "UPDATE log SET body = CAST(replace(CAST(body AS TEXT), '\"ar\"', '\"en\"') AS BLOB) WHERE position = 1"
        )
    connection.close()
    refused(run("log", "verify"), "the log was altered at position 1")


def test_verify_says_what_was_compared_as_json(sealed: None) -> None:
    expected = {"origin": "example.org/news", "size": 4, "compared": 1, "unsealed": 0}
    assert as_json("log", "verify")["checkpoint"] == expected
