"""A small query, asked again and again, while others throw bombs: how long it takes, and what the server holds.

Server, bombers and the one who measures are processes of their own, so no event loop but the server's is measured. The
bombers send raw requests and read no more of an answer than it takes to count it, so that they leave the cores to the
server as far as they can. `WAQAI_BENCH_SECONDS` is the length of each scene (default 12).
"""

import json
import multiprocessing
import os
import random
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx

from api.workspace import Workspace
from tests.api.bombs import BOMBS, FLOOD, SMALL
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

SECONDS = float(os.environ.get("WAQAI_BENCH_SECONDS", "12"))
LIMITS = {"QUERY_SECONDS": "2", "QUERY_MEMORY": "300000000", "QUERY_WORKERS": "4", "MAX_RESULT_BYTES": "30000000"}
_PAUSE = 0.02  # seconds between two small queries


def run() -> Iterator[str]:
    """Yield the lines of the report."""
    os.environ.update({f"WAQAI_{name}": value for name, value in LIMITS.items()})
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        with Workspace(data, extractor=FakeExtractor()) as workspace:
            workspace.ingest(arabic_article())
            workspace.ingest(english_article())
            workspace.project()
        with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, process, _):
            port = int(address.rstrip("/").rpartition(":")[2])
            for _ in range(20):
                _Connection(port).ask(SMALL)
            yield f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {SECONDS:g} s each; times in ms"
            yield f"{'':<34} {'median':>7} {'99 %':>7} {'worst':>7} {'asked':>6} {'others':>7}   memory    all free"
            for title, others, work in (
                ("nothing else", 0, _bomb),
                ("8 clients with bombs", 8, _bomb),
                ("200 clients with bombs", 200, _bomb),
                ("50 clients that ask and leave", 50, _leave),
                ("50 clients that read 30 MB", 50, _flood),
                ("50 clients that do not read", 50, _idle),
            ):
                yield _scene(title, others, work, port, process.pid)


def _scene(title: str, others: int, work: "Callable[[int, int], bool]", port: int, server: int) -> str:
    end = time.time() + SECONDS + 1
    counted = multiprocessing.Value("i", 0)
    crowd = multiprocessing.Process(target=_crowd, args=(work, others, port, end, counted))
    crowd.start()
    time.sleep(0.5)
    taken: list[float] = []
    most = 0
    connection = _Connection(port)
    while time.time() < end:
        started = time.perf_counter()
        status, body = connection.ask(SMALL)
        taken.append((time.perf_counter() - started) * 1000)
        if status != 200 or json.loads(body)["boolean"] is not True:
            raise AssertionError(f"{title}: {status} {body[:200]!r}")
        most = max(most, _held(server)) if len(taken) % 10 == 0 else most
        time.sleep(_PAUSE)
    crowd.join()
    ended = time.perf_counter()
    while httpx.get(f"http://127.0.0.1:{port}/health", timeout=60).json()["queries"]["busy"]:
        time.sleep(0.02)
    free = time.perf_counter() - ended
    taken.sort()
    figures = (statistics.median(taken), taken[int(len(taken) * 0.99)], taken[-1])
    shown = " ".join(f"{figure:>7.1f}" for figure in figures)
    return f"{title:<34} {shown} {len(taken):>6} {counted.value:>7} {most / 1e6:>6.0f} MB {free:>11.1f} s"


def _crowd(work: "Callable[[int, int], bool]", others: int, port: int, end: float, counted: "object") -> None:
    threading.stack_size(1 << 18)

    def again(number: int) -> None:
        while time.time() < end:
            try:
                done = work(port, number)
            except OSError:
                done = False
                time.sleep(0.05)
            with counted.get_lock():  # type: ignore[attr-defined]
                counted.value += done  # type: ignore[attr-defined]
            number += 7

    threads = [threading.Thread(target=again, args=(number,)) for number in range(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _bomb(port: int, number: int) -> bool:
    queries = list(BOMBS.values())
    with _sent(port, queries[number % len(queries)]) as channel:
        while channel.recv(1 << 16):
            pass
    return True


def _leave(port: int, number: int) -> bool:
    queries = list(BOMBS.values())
    with _sent(port, queries[number % len(queries)]):
        time.sleep(0.2 + 0.2 * random.random())
    return True


def _flood(port: int, number: int) -> bool:
    with _sent(port, FLOOD) as channel:
        while channel.recv(1 << 18):
            pass
    return True


def _idle(port: int, number: int) -> bool:
    with _sent(port, FLOOD) as channel:
        channel.recv(1)
        time.sleep(2)
    return True


def _sent(port: int, query: str) -> socket.socket:
    channel = socket.create_connection(("127.0.0.1", port), timeout=60)
    body = urlencode({"query": query}).encode()
    kind = "application/x-www-form-urlencoded"
    head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n"
    channel.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return channel


class _Connection:
    """One connection that is kept, read by hand."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._file = self._socket.makefile("rb")

    def ask(self, query: str) -> tuple[int, bytes]:
        request = f"GET /sparql?{urlencode({'query': query})} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        self._socket.sendall(request)
        line = self._file.readline()
        if not line:  # the server closed it while it was idle
            self._open()
            self._socket.sendall(request)
            line = self._file.readline()
        length = 0
        while header := self._file.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(line.split()[1]), self._file.read(length)


def _held(server: int) -> int:
    """Bytes of memory of the server and of all processes below it; what they share counts once (Linux)."""
    size, below = 0, [server]
    while below:
        pid = below.pop()
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            size += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024
            below += [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _children(task)]
        except OSError:
            continue
    return size


def _children(task: Path) -> list[str]:
    return (task / "children").read_text(encoding="ascii").split()


if __name__ == "__main__":
    for line in run():
        print(line, flush=True)
