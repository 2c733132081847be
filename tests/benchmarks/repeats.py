"""Repeats with If-None-Match against a real server: how many a second, and what one costs the server.

The clients are processes of their own, on the same cores. So the time that the server itself takes for one is the
steadier figure; its reciprocal is what one core gives where the clients are elsewhere.
"""

import os
import socket
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

SECONDS = 3.0
QUERY = "query=SELECT%20%2A%20%7B%20%3Fs%20a%20wq%3AEvent%20%7D"


def run() -> list[str]:
    """Measure and return the lines to print."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with Workspace(data, extractor=FakeExtractor()) as workspace:
            workspace.ingest(arabic_article())
            workspace.ingest(english_article())
        lines = [f"repeats with If-None-Match, connections kept, {SECONDS:g} s each"]
        with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, process, _):
            tag = httpx.get(f"{address}sparql?{QUERY}").headers["etag"]
            for clients in (1, 2, 8):
                before = _processor_seconds(process.pid)
                with ProcessPoolExecutor(clients) as pool:
                    answered = sum(pool.map(_ask, [(address, tag)] * clients))
                each = (_processor_seconds(process.pid) - before) / answered
                rate = answered / SECONDS
                lines.append(
                    f"  {clients} clients: {rate:,.0f}/s; {each * 1e6:.0f} µs of the server each ({1 / each:,.0f}/s)"
                )
        return lines


def _ask(asked: tuple[str, str]) -> int:
    """Ask again and again, and return how often the answer was 304."""
    address, tag = asked
    parts = urlsplit(address)
    request = (
        f"GET /sparql?{QUERY} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: */*\r\nIf-None-Match: {tag}\r\n\r\n".encode()
    )
    answered = 0
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            connection.sendall(request)
            data = b""
            while not data.endswith(b"\r\n\r\n"):
                more = connection.recv(1 << 16)
                if not more:
                    raise ConnectionError("the server has closed the connection")
                data += more
            if not data.startswith(b"HTTP/1.1 304"):
                raise AssertionError(data[:200])
            answered += 1
    return answered


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
