"""One SPARQL query over HTTP against the same query in process: medians of the same run, side by side.

The server is uvicorn on loopback with keep-alive; in process means the same store, asked and serialised in one thread.
"""

import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import uvicorn

from api.app import create_app
from api.commands.serve import address_of, bind
from api.queries.saved import examples
from api.settings import Settings
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article

ARTICLES = 200
ROUNDS = 200
SMALL = "SELECT ?claim ?source { ?claim wq:position 2 ; wq:attributedTo ?source }"
JSON = "application/sparql-results+json"


def run() -> list[str]:
    """Measure and return the lines to print."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with Workspace(data, extractor=FakeExtractor()) as workspace, _serving(workspace, data) as address:
            for number in range(ARTICLES):
                article = arabic_article() if number % 2 else english_article()
                workspace.ingest(replace(article, publisher=f"outlet {number}"))
            lines = [f"SPARQL over HTTP against in process ({len(workspace.graph())} quads, median of {ROUNDS})"]
            with httpx.Client(base_url=address, headers={"accept": JSON}) as client:
                for name, query in (("one claim", SMALL), ("the first example", next(iter(examples().values())))):
                    lines.append(_compare(name, query, workspace, client))
            return lines


def _compare(name: str, query: str, workspace: Workspace, client: httpx.Client) -> str:
    def in_process() -> bytes:
        return workspace.query(query).serialize(JSON)

    def over_http() -> bytes:
        return client.get("/sparql", params={"query": query}).raise_for_status().content

    if in_process() != over_http():
        raise AssertionError(f"{name}: the two ways give different answers")
    inside, outside = [], []
    for _ in range(ROUNDS):  # in turn, so that other load meets both
        inside.append(_milliseconds(in_process))
        outside.append(_milliseconds(over_http))
    here, there = statistics.median(inside), statistics.median(outside)
    return (
        f"  {name}: in process {here:.2f} ms, over HTTP {there:.2f} ms, "
        f"ratio {there / here:.1f}, difference {there - here:.2f} ms"
    )


def _milliseconds(action: Callable[[], bytes]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


class _serving:  # noqa: N801 - reads as a verb where it is used
    def __init__(self, workspace: Workspace, data: Path) -> None:
        self._listening: socket.socket = bind("127.0.0.1", 0)
        settings = Settings(data=data)
        config = uvicorn.Config(create_app(workspace, settings), log_level="warning", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]}, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return address_of(self._listening)

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()


if __name__ == "__main__":
    print("\n".join(run()))
