"""A server whose graph is made anew while it answers: labelled while it is an old one, and no request is lost."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.datafolder import GRAPH_FOLDER
from api.rebuilding import BackgroundRebuild
from api.settings import Settings
from api.workspace import Workspace
from graph.projection import PROJECTION_VERSION
from graph.store import Rebuilt, ServedGraph
from graph.store.requests import answer, ask, asked
from ontology.vocabulary import WQ
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

QUERY = {"query": "SELECT (COUNT(?r) AS ?n) { ?r a wq:Record }"}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data folder whose graph another version of the projection has made, with two records that it lacks."""
    data = tmp_path / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
    manifest = data / GRAPH_FOLDER / "graph.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "projection": 1}))
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.project = lambda progress=None: None  # type: ignore[method-assign]
        workspace.ingest(english_article())
    return data


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What lets rebuilds begin; each waits for it."""
    go = threading.Event()
    replace = ServedGraph.replace
    monkeypatch.setattr(ServedGraph, "replace", lambda graph, progress=None: go.wait(30) and replace(graph, progress))
    yield go
    go.set()


def until(client: httpx.Client, **wanted: object) -> httpx.Response:
    """Ask /health until its `graph` says what is wanted."""
    for _ in range(400):
        health = client.get("/health")
        graph = health.json()["graph"]
        if graph is not None and all(graph[name] == value for name, value in wanted.items()):
            return health
        time.sleep(0.05)
    raise AssertionError(health.json())


def records(response: httpx.Response) -> tuple[int, int]:
    """Return what QUERY counted, and the position that the answer is for."""
    assert response.status_code == 200, response.text
    return int(response.json()["results"]["bindings"][0]["n"]["value"]), int(response.headers["waqai-position"])


def checks(audit: Any, name: str) -> list[Any]:
    """The checks of this name, wherever in an audit they stand."""
    if isinstance(audit, dict):
        own = [audit] if audit.get("name") == name and "passed" in audit else []
        return own + [found for value in audit.values() for found in checks(value, name)]
    return [found for value in audit for found in checks(value, name)] if isinstance(audit, list) else []


def test_an_old_graph_answers_with_a_label_until_the_new_one_does(old: Path, held: threading.Event) -> None:
    with Workspace(old, extractor=FakeExtractor()) as workspace:
        workspace.serve_graph()
        with TestClient(create_app(workspace, Settings(data=old, poll_interval=0.02))) as client:
            health = until(client, outdated=True)
            assert (health.status_code, health.json()["status"], health.json()["behind"]) == (200, "ok", 2)
            assert health.json()["graph"]["projection"] == 1
            answer = client.get("/sparql", params=QUERY)
            assert records(answer) == (2, 2)
            assert answer.headers["waqai-graph"].startswith("projection 1; ")
            assert "waqai-graph" in client.get("/").headers
            article = arabic_article().id
            audit = client.get(f"/audit/{article}").json()
            assert audit["passed"]
            assert {check["passed"] for check in checks(audit, "projection")} == {None}
            held.set()
            health = until(client, outdated=False, rebuilding=None)
            assert health.json()["graph"]["projection"] == PROJECTION_VERSION
            assert (health.json()["position"], health.json()["behind"]) == (4, 0)
            answer = client.get("/sparql", params=QUERY)
            assert records(answer) == (4, 4)
            assert "waqai-graph" not in answer.headers
            assert {check["passed"] for check in checks(client.get(f"/audit/{article}").json(), "projection")} == {True}


def test_a_rebuild_that_fails_is_said_and_not_begun_again_and_again(
    old: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[int] = []

    def fails(graph: ServedGraph, progress: object = None) -> None:
        tried.append(1)
        raise OSError("no room")

    replace = ServedGraph.replace
    monkeypatch.setattr(ServedGraph, "replace", fails)
    with Workspace(old, extractor=FakeExtractor()) as workspace:
        workspace.serve_graph()
        with TestClient(create_app(workspace, Settings(data=old, poll_interval=0.02))) as client:
            health = until(client, rebuild_error="OSError: no room")
            assert health.json()["graph"]["outdated"]
            assert client.get("/sparql", params=QUERY).headers["waqai-graph"] == "projection 1; rebuild needed"
            time.sleep(0.2)
            assert tried == [1]
            monkeypatch.setattr(ServedGraph, "replace", replace)
            ask(old / GRAPH_FOLDER)
            until(client, outdated=False, rebuild_error=None)
            assert asked(old / GRAPH_FOLDER) is None


def test_no_request_is_lost_while_graphs_are_exchanged(old: Path) -> None:
    wrong: list[object] = []
    positions: set[int] = set()
    stop = threading.Event()
    served = serving("serve", "--port", str(free_port()), "--data", str(old))
    with served as (address, process, _), httpx.Client(base_url=address, timeout=30) as client:

        def look() -> None:
            with httpx.Client(base_url=address, timeout=30) as own:
                while not stop.is_set():
                    answer = own.get("/sparql", params=QUERY)
                    if answer.status_code != 200 or len(set(records(answer))) != 1:
                        wrong.append((answer.status_code, answer.text))
                    positions.add(int(answer.headers["waqai-position"]))

        readers = [threading.Thread(target=look) for _ in range(2)]
        for reader in readers:
            reader.start()
        until(client, outdated=False)
        done = [rebuild(old) for _ in range(2)]
        stop.set()
        for reader in readers:
            reader.join()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert wrong == []
    assert 4 in positions
    for command in done:
        assert command.returncode == 0, command.stderr
        assert command.stdout.startswith("rebuilt: ")
        assert "a server has this folder" in command.stderr
    with Workspace(old) as workspace:
        workspace.project()
        assert workspace.compare().identical


def test_a_server_that_rebuilds_for_a_command_forgets_the_snapshots_once_and_keeps_those_made_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    with Workspace(data, extractor=FakeExtractor()) as server, Workspace(data) as command:
        server.ingest(arabic_article())
        background = BackgroundRebuild(server)
        server.past.newest()
        (before,) = whole(server)
        (before / "mark").touch()

        left: list[list[Path]] = []

        def answered(folder: Path, request: str, outcome: Rebuilt | str) -> None:
            left.append(whole(server))
            server.past.newest()
            answer(folder, request, outcome)

        monkeypatch.setattr("api.rebuilding.answer", answered)
        command.rebuild(waiting=background.look)
        assert left == [[]]
        (after,) = whole(server)
        assert not (after / "mark").exists()
        assert records_of(server) == 2


def whole(workspace: Workspace) -> list[Path]:
    """The folders of snapshots that are whole."""
    folder = workspace.past.snapshots.folder
    return [path for path in folder.iterdir() if (path / "snapshot.json").exists()] if folder.exists() else []


def records_of(workspace: Workspace) -> int:
    (row,) = workspace.past.at(2).query(f"PREFIX wq: <{WQ}> {QUERY['query']}").rows()
    return int(row[0].value)  # type: ignore[attr-defined]


def test_a_command_whose_server_dies_does_the_work_itself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
    with Workspace(data) as workspace:
        graph = workspace.serve_graph()  # a server that looks for no requests
        command = subprocess.Popen(
            [sys.executable, "-c", "from api.cli import main; main()", "rebuild", "--data", str(data)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        while asked(graph.folder) is None:
            assert command.poll() is None
            time.sleep(0.05)
    out, _ = command.communicate(timeout=60)
    assert (command.returncode, out.startswith("rebuilt: ")) == (0, True)
    assert asked(data / GRAPH_FOLDER) is None


def rebuild(data: Path) -> subprocess.CompletedProcess[str]:
    code = "from api.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "rebuild", "--data", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


ROOT = Path(__file__).resolve().parents[2]
