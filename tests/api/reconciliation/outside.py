"""An outside reconciliation service on a socket of this machine, which behaves as a test tells it to."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

MANIFEST: dict[str, Any] = {
    "versions": ["0.2"],
    "name": "Places of the test",
    "identifierSpace": "http://places.example/id/",
    "schemaSpace": "http://places.example/schema/",
    "view": {"url": "http://places.example/id/{{id}}"},
}
DRAFT: dict[str, Any] = {"versions": ["1.0-draft"], "name": "Draft", "view": {"url": "http://places.example/id/{id}"}}
CANDIDATE: dict[str, Any] = {"id": "Q1", "name": "سراقب", "type": [{"id": "T"}], "score": 87.5, "match": True}


@dataclass
class Outside:
    """What the service answers, and what it was asked."""

    manifest: Any = field(default_factory=lambda: dict(MANIFEST))
    candidates: list[dict[str, Any]] = field(default_factory=lambda: [dict(CANDIDATE)])
    answer: Callable[["Request"], None] | None = None  # in place of the usual one
    asked: list[Any] = field(default_factory=list)
    address: str = ""


class Request(BaseHTTPRequestHandler):
    outside: Outside

    def do_GET(self) -> None:
        if self.outside.answer is not None:
            self.outside.answer(self)
            return
        self.send_json(self.outside.manifest)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.outside.answer is not None:
            self.outside.answer(self)
            return
        if self.path.endswith("/match"):
            queries = json.loads(body)["queries"]
            self.outside.asked.append(queries)
            self.send_json({"results": [{"candidates": self.outside.candidates} for _ in queries]})
        else:
            queries = json.loads(parse_qs(body)["queries"][0])
            self.outside.asked.append(queries)
            self.send_json({name: {"result": self.outside.candidates} for name in queries})

    def send_json(self, value: Any, status: int = 200) -> None:
        self.send_bytes(json.dumps(value, ensure_ascii=False).encode(), status)

    def send_bytes(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever asked may have heard enough
            self.wfile.write(data)

    def drip(self, total: int, pause: float) -> None:
        """Send a byte at a time, so that no single read waits for long."""
        self.send_response(200)
        self.end_headers()
        for _ in range(total):
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(pause)
        self.outside.asked.append("all of it")

    def redirect(self, target: str, status: int = 302) -> None:
        self.send_response(status)
        self.send_header("location", target)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def outside_service(**behaviour: Any) -> Iterator[Outside]:
    outside = Outside(**behaviour)
    handler = type("Handler", (Request,), {"outside": outside})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    outside.address = f"http://127.0.0.1:{server.server_address[1]}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield outside
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
