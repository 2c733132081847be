"""A real server on a real socket: start, answer, follow the log, end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article

ROOT = Path(__file__).resolve().parents[2]
_REAL = ("-c", "from api.cli import main; main()")
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


@contextmanager
def serving(*arguments: str, real: bool = False) -> Iterator[tuple[str, subprocess.Popen[str], list[str]]]:
    """Run a command that serves, its folder made; give its address, the process and what it printed until then.

    Claims are made by the fake extractor, unless it is to be `real`.
    """
    if arguments[0] == "serve":
        Path(arguments[-1]).mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, *(_REAL if real else ("-m", "tests.api.fake_cli")), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "WAQAI_POLL_INTERVAL": "0.05"},
        text=True,
    )
    assert process.stdout is not None
    printed: list[str] = []
    try:
        for line in process.stdout:
            printed.append(line)
            found = ADDRESS.search(line)
            if found and "serv" in line:
                yield found.group(), process, printed
                break
        else:
            assert process.stderr is not None
            pytest.fail("".join(printed) + process.stderr.read())
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_serve_answers_follows_the_log_and_ends_cleanly(tmp_path: Path) -> None:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
    port = free_port()
    with serving("serve", "--port", str(port), "--data", str(tmp_path / "data")) as (address, process, _):
        assert address == f"http://127.0.0.1:{port}/"
        with httpx.Client(base_url=address, timeout=20) as client:
            health = client.get("/health")
            assert health.json()["position"] == 2
            assert "server" not in health.headers
            assert client.head("/").status_code == 200
            assert client.head("/sparql", params={"query": "ASK {}"}).content == b""
            assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
            with Workspace(tmp_path / "data", extractor=FakeExtractor()) as other:
                other.ingest(english_article())
            for _ in range(200):
                if client.get("/health").json()["position"] == 4:
                    break
                time.sleep(0.05)
            answer = client.get("/sparql", params={"query": "ASK { ?e a wq:Takeover }"})
            assert answer.json()["boolean"] is True
            assert answer.headers["waqai-position"] == "4"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_killed_server_leaves_a_graph_that_the_next_one_completes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
    with serving("serve", "--port", str(free_port()), "--data", str(data)) as (_, process, _):
        other = Workspace(data, extractor=FakeExtractor())
        other.ingest(english_article())
        process.kill()
        process.wait()
        other.close()
    with Workspace(data) as workspace:
        workspace.project()
        assert workspace.graph().position() == 4
        assert workspace.compare().identical


def test_a_client_that_goes_away_does_not_block_the_server(tmp_path: Path) -> None:
    numbers = " ".join(str(number) for number in range(300))
    query = f"SELECT ?a ?b ?c {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} VALUES ?c {{ {numbers} }} }}"
    served = serving("serve", "--port", str(free_port()), "--data", str(tmp_path / "data"))
    with served as (address, _, _), httpx.Client(base_url=address, timeout=20) as client:
        for _ in range(6):  # more than there are threads for queries
            with client.stream("GET", "/sparql", params={"query": query}) as response:
                assert response.status_code == 200
                assert next(response.iter_bytes())
        assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True


@pytest.mark.slow
def test_a_query_without_end_does_not_keep_the_server_from_ending(tmp_path: Path) -> None:
    numbers = " ".join(str(number) for number in range(400))
    query = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{n} {{ {numbers} }}" for n in range(6)) + " }"
    with serving("serve", "--port", str(free_port()), "--data", str(tmp_path / "data")) as (address, process, _):
        with httpx.Client(base_url=address, timeout=0.5) as client:
            with pytest.raises(httpx.ReadTimeout):
                client.post("/sparql", data={"query": query})
            assert client.get("/health", timeout=10).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        assert workspace.ingest(arabic_article()).new
        assert workspace.compare().identical


def test_the_demo_takes_the_next_port_and_serves(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving("demo", "--port", str(port), "--data", str(tmp_path / "demo")) as (address, _, printed):
            assert address != f"http://127.0.0.1:{port}/"
            assert f"port {port} is in use" in "".join(printed)
            with httpx.Client(base_url=address, timeout=20) as client:
                assert "Newest events" in client.get("/").text
                assert client.get("/events").json()["total"] > 0
