"""Real processes on one data folder: a server beside a writer, two writers, and each of them killed without warning."""

import io
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import httpx
import pytest

from api.workspace import Workspace
from ontology.vocabulary import WQ

ROOT = Path(__file__).resolve().parents[1]
WAQAI = Path(sys.executable).with_name("waqai")
ARTICLES = ROOT / "api" / "demo"
# What follows from the time of a run, and nothing else does.
TIMED = (f"<{WQ}recorded> ".encode(), f"<{WQ}bodySha256> ".encode())
PATIENCE = 60.0


class Command:
    """A running `waqai`, whose output can be read line by line with a deadline. It dies with the `with` block."""

    def __init__(self, *arguments: object) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("WAQAI_")}
        self.process = subprocess.Popen(
            [str(WAQAI), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**clean, "PYTHONPATH": str(ROOT), "WAQAI_POLL_INTERVAL": "0.1"},
        )
        self._lines: Queue[str | None] = Queue()
        self._errors: list[str] = []
        self._readers = [threading.Thread(target=target, daemon=True) for target in (self._read, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.extend(self.process.stderr)

    def line(self) -> str | None:
        """Return the next line, None at the end."""
        try:
            return self._lines.get(timeout=PATIENCE)
        except Empty:
            pytest.fail(f"no line within {PATIENCE} s: {''.join(self._errors)}")

    def lines(self) -> list[str]:
        """Return what is left, when the process has ended."""
        return [*iter(self.line, None)]

    def end(self, expected: int = 0) -> list[str]:
        """Wait for the end; return the lines that were left, and check exit code and stderr."""
        lines = self.lines()
        assert self.process.wait(PATIENCE) == expected, "".join(self._errors)
        self._readers[1].join(PATIENCE)
        assert "Traceback" not in "".join(self._errors)
        return lines

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def __enter__(self) -> "Command":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def ingesting(data: Path, *paths: Path) -> Iterator[Command]:
    with Command("ingest", *(paths or (ARTICLES,)), "--data", data, "--format", "json") as command:
        yield command


@contextmanager
def serving(data: Path) -> Iterator[tuple[httpx.Client, Command]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data.mkdir(exist_ok=True)
    with Command("serve", "--port", port, "--data", data) as command:
        line = command.line()
        assert line is not None
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert address, line
        with httpx.Client(base_url=address.group(), timeout=PATIENCE) as client:
            yield client, command


def acknowledged(lines: list[str]) -> list[str]:
    """Return the articles that a line of `waqai ingest --format json` said are stored."""
    rows = [json.loads(line) for line in lines]
    return [row["article"] for row in rows if "article" in row]


def stored(data: Path) -> list[str]:
    """Return the articles of the log in their order, each with its claims, after checking all of it."""
    with Workspace(data, create=False) as workspace:
        assert workspace.log.verify() == workspace.log.head()
        records = list(workspace.log.read())
    assert [record.type for record in records] == ["ArticleIngested", "ClaimsExtracted"] * (len(records) // 2)
    articles = [record.payload["article"] for record in records]
    assert articles[::2] == articles[1::2], "an article and its claims go in together"
    return articles[::2]


def timeless(data: Path) -> list[bytes]:
    """Return the sorted N-Quads of the folder's graph without what a run's time gives, and check it against the log."""
    with Workspace(data, create=False) as workspace:
        assert workspace.compare().identical
        buffer = io.BytesIO()
        workspace.graph().dump(buffer)
    return [line for line in buffer.getvalue().splitlines() if not any(name in line for name in TIMED)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo articles, ingested in peace."""
    data = tmp_path_factory.mktemp("undisturbed") / "data"
    with ingesting(data) as command:
        assert len(acknowledged(command.end())) == 13
    return data


def kill_after(data: Path, count: int, delay: float) -> list[str]:
    """Ingest and kill the process `delay` seconds after the `count`th article; return what it acknowledged."""
    with ingesting(data) as command:
        seen = [command.line() for _ in range(count)]
        time.sleep(delay)
        command.kill()
        lines = [line for line in [*seen, *command.lines()] if line]
    return acknowledged([line for line in lines if line.endswith("}")])


def survives(data: Path, count: int, delay: float, undisturbed: Path) -> None:
    said = kill_after(data, count, delay)
    assert len(said) >= count
    there = stored(data) if (data / "log.sqlite").exists() else []
    assert there[: len(said)] == said, "what was acknowledged is there"
    with ingesting(data) as command:
        rows = [json.loads(line) for line in command.end()]
    assert rows[-1] == {"ingested": 13 - len(there), "already": len(there), "rejected": 0, "position": 26}
    assert stored(data) == stored(undisturbed)
    assert timeless(data) == timeless(undisturbed)


def test_a_killed_ingest_loses_nothing_acknowledged(tmp_path: Path, undisturbed: Path) -> None:
    survives(tmp_path / "data", 4, 0.05, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_an_ingest_killed_at_any_moment_can_be_completed(tmp_path: Path, undisturbed: Path, seed: int) -> None:
    chance = random.Random(seed)
    survives(tmp_path / "data", chance.randrange(13), chance.random() * 0.4, undisturbed)


@pytest.mark.slow
def test_an_ingest_killed_again_and_again_ends_up_the_same(tmp_path: Path, undisturbed: Path) -> None:
    data, chance = tmp_path / "data", random.Random(7)
    for _ in range(5):
        with ingesting(data) as command:
            time.sleep(chance.uniform(0.3, 3.0))
            command.kill()
    with ingesting(data) as command:
        command.end()
    assert timeless(data) == timeless(undisturbed)


def test_two_ingests_at_once_of_the_same_articles_store_each_once(tmp_path: Path, undisturbed: Path) -> None:
    data = tmp_path / "data"
    with ingesting(data) as one, ingesting(data) as other:
        rows = [[json.loads(line) for line in command.end()] for command in (one, other)]
    totals = [run[-1] for run in rows]
    assert sum(total["ingested"] for total in totals) == 13
    assert all(total["ingested"] + total["already"] == 13 and not total["rejected"] for total in totals)
    assert stored(data) == stored(undisturbed)
    with Command("query", "ASK {}", "--data", data) as query:  # whoever comes next brings the graph up to the log
        assert query.end() == ["true"]
    assert timeless(data) == timeless(undisturbed)


def test_a_server_shows_what_another_process_ingests_and_its_death_loses_nothing(
    tmp_path: Path, undisturbed: Path
) -> None:
    data, ask = tmp_path / "data", "ASK { <http://localhost:8000/id/article/%s> a schema:NewsArticle }"

    def shows(client: httpx.Client, article: str) -> int:
        """Wait until the article is in the answers; return the position that the answer is for."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            response = client.get("/sparql", params={"query": ask % article})
            assert response.status_code == 200
            if response.json()["boolean"]:
                return int(response.headers["waqai-position"])
            time.sleep(0.05)
        pytest.fail(f"{article} is not shown within {PATIENCE} s")

    with serving(data) as (client, server):
        assert client.get("/health").json()["position"] == 0
        with ingesting(data) as writer:
            first = writer.line()
            assert first is not None
            row = json.loads(first)
            assert shows(client, row["article"]) >= row["last"]
            server.kill()  # while the writer goes on
            lines = [first, *writer.end()]
    said = acknowledged(lines)
    assert len(said) == 13
    assert stored(data) == said
    with serving(data) as (client, server):
        for article in said:
            assert shows(client, article) == 26
        health = client.get("/health").json()
        assert (health["head"], health["position"], health["behind"]) == (26, 26, 0)
        server.process.send_signal(signal.SIGTERM)
        server.lines()
        assert server.process.wait(PATIENCE) in (0, -signal.SIGTERM)
    assert timeless(data) == timeless(undisturbed)


def test_queries_without_end_do_not_keep_the_rest_of_the_server_from_answering(undisturbed: Path) -> None:
    numbers = " ".join(str(number) for number in range(400))
    endless = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{n} {{ {numbers} }}" for n in range(6)) + " }"
    with serving(undisturbed) as (client, _):
        for _ in range(4):
            with pytest.raises(httpx.ReadTimeout):
                client.post("/sparql", data={"query": endless}, timeout=0.5)
        for address in ("/", "/events", "/claims", "/sparql"):
            assert client.get(address, timeout=10).status_code == 200, address
        assert client.get("/sparql", params={"query": "ASK {}"}, timeout=10).json()["boolean"] is True
        deadline = time.monotonic() + 10  # below the 30 seconds that each query may take
        while (health := client.get("/health", timeout=10).json())["queries"]["busy"]:
            assert time.monotonic() < deadline, "who left did not take the query along"
            time.sleep(0.1)
        assert health["position"] == 26
