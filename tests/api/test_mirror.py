"""`waqai mirror`: the graph in a server of one's own, over real connections."""

import base64
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import extraction
from graph.mirror.server import Addresses, Server
from tests.api.fakes import FakeExtractor
from tests.api.test_proof_commands import as_json, done, refused, run
from tests.api.test_proof_commands import ingested as ingested
from tests.api.test_server import ROOT, free_port
from tests.graph.mirror.answering import answering
from tests.sparql_servers import oxigraph


@pytest.fixture(autouse=True)
def fake_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "load_extractor", FakeExtractor)


@pytest.fixture
def addresses() -> Iterator[Addresses]:
    with oxigraph() as found:
        yield found


def test_it_is_filled_checked_and_put_right(ingested: None, addresses: Addresses) -> None:
    at = addresses.query
    refused(run("mirror", at, "--check"), "holds no graph under this base IRI", "waqai mirror --once")
    assert done("mirror", at, "--once") == f"{at} is at position 4\n"
    assert done("mirror", at, "--check").startswith("identical: ")
    body = as_json("mirror", at, "--check", "--graph-store", str(addresses.dataset))
    assert (body["identical"], body["position"], body["head"], body["missing"]) == (True, 4, 4, 0)
    assert body["sha256"] in run("rebuild", "--check").output
    Server(addresses).update("INSERT DATA { <urn:a> <urn:b> 'more' }")
    refused(run("mirror", at, "--check"), "0 quads missing, 1 too many", "'more'".replace("'", '"'), "--rebuild")
    failed = run("mirror", at, "--check", "--format", "json")
    assert (failed.exit_code, '"identical":false' in failed.stdout) == (1, True)
    assert done("mirror", at, "--rebuild") == f"{at} is at position 4: 0 quads added, 1 removed\n"
    assert done("mirror", at, "--check").startswith("identical: ")


def test_settings_stand_for_the_options(ingested: None, addresses: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_MIRROR", addresses.query)
    monkeypatch.setenv("WAQAI_MIRROR_DEFAULT_GRAPH", "https://mirror.example/reported")
    assert as_json("mirror", "--once")["position"] == 4
    assert as_json("mirror", "--check")["identical"] is True
    assert not Server(addresses).holds("?s ?p ?o")


def test_erased_words_leave_the_server_too(ingested: None, addresses: Addresses) -> None:
    at = addresses.query
    done("mirror", at, "--once")
    server = Server(addresses)
    quotes = "GRAPH ?g { ?s <http://www.w3.org/ns/oa#exact> ?words }"
    assert server.holds(quotes) or server.holds("?s <http://www.w3.org/ns/oa#exact> ?words")
    for article in {line.split()[-1] for line in _articles()}:
        done("erase", article, "--basis", "GDPR Art. 17", "--reason", "asked for", "--yes")
    result = run("mirror", at, "--once")
    assert result.exit_code == 0, result.output
    assert "the whole graph there is compared" in result.stderr
    assert not server.holds(quotes)
    assert not server.holds("?s <http://www.w3.org/ns/oa#exact> ?words")
    assert as_json("mirror", at, "--check")["identical"] is True


def _articles() -> list[str]:
    import json

    listed = [json.loads(line) for line in done("log", "list", "--format", "json").splitlines()]
    return [record["payload"]["article"] for record in listed if record["type"] == "ClaimsExtracted"]


def test_it_follows_until_it_is_told_to_end(ingested: None, addresses: Addresses, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.api.fake_cli", "mirror", addresses.query, "--data", str(tmp_path / "waqai-data")],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "WAQAI_POLL_INTERVAL": "0.05", "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{addresses.query} is at position 4\n"
        (tmp_path / "more.txt").write_text("قصف الطيران مدينة أخرى.", encoding="utf-8")
        done("ingest", tmp_path / "more.txt", "--language", "ar")
        assert process.stdout.readline() == f"{addresses.query} is at position 6\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "ended at position 6" in said
    finally:
        process.kill()
        process.communicate()
        time.sleep(0)


def test_what_is_asked_wrongly_is_one_sentence(ingested: None, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(run("mirror"), "WAQAI_MIRROR", code=2)
    refused(run("mirror", "ftp://x.example/"), "http or https", code=2)
    secret = run("mirror", "http://me:hidden@x.example/")
    refused(secret, "WAQAI_MIRROR_PASSWORD", code=2)
    refused(run("mirror", "http://x.example/", "--check", "--rebuild"), "one of them", code=2)
    refused(run("mirror", "http://x.example/", "--format", "yaml"), "--format", code=2)
    monkeypatch.setenv("WAQAI_MIRROR_PATIENCE", "0")
    refused(run("mirror", f"http://127.0.0.1:{free_port()}/query", "--once"), "cannot be reached")
    monkeypatch.setenv("WAQAI_MIRROR_USER", "me")
    refused(run("mirror", "http://x.example/"), "go together", code=2)
    monkeypatch.setenv("WAQAI_MIRROR_PASSWORD", "hidden")
    monkeypatch.setenv("WAQAI_MIRROR_TOKEN", "hidden too")
    refused(run("mirror", "http://x.example/"), "two ways", code=2)


def test_who_writes_is_told_to_the_server_and_to_nobody_else(ingested: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_MIRROR_USER", "me")
    monkeypatch.setenv("WAQAI_MIRROR_PASSWORD", "hidden")
    with answering(403) as address:
        result = run("mirror", address, "--once")
    refused(result, "status 403", "what the name or token")
    assert answering.seen["authorization"] == f"Basic {base64.b64encode(b'me:hidden').decode()}"
    assert "hidden" not in result.output
