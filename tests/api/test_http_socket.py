"""What only a real socket shows: HEAD and what follows on the same connection, long addresses, large bodies."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.protocol.suite_server import suite_server

QUERY = "application/sparql-query"
PATHS = (
    "/",
    "/sparql",
    "/sparql?query=ASK%20%7B%7D",
    "/sparql?query=SELECT%20%2A%20%7B%20%3Fa%20%3Fb%20%3Fc%20.%20%3Fd%20%3Fe%20%3Ff%20%7D",  # streamed
    "/sparql?query=nonsense",
    "/graphs?default",
    "/graphs?graph=x:none",
    "/events",
    "/claims",
    "/queries",
    "/queries/events?type=Airstrike",
    "/health",
    "/docs",
    "/openapi.json",
    "/static/app.css",
    "/reconcile",
    "/log/checkpoint",
    "/ldes",
    "/nothing",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with suite_server(tmp_path_factory.mktemp("socket")) as client:
        yield client


class Connection:
    """One connection that is kept, read by hand: what a body of HEAD would do to the next answer shows."""

    def __init__(self, server: httpx.Client) -> None:
        parts = urlsplit(str(server.base_url))
        self.host = parts.netloc
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)
        self.file = self.socket.makefile("rb")

    def ask(self, method: str, path: str, *headers: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
        head = "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {self.host}", *headers, "", ""])
        self.socket.sendall(head.encode() + body)
        status = int(self.file.readline().split()[1])
        told = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(":")
            told[name.lower()] = value.strip()
        if method == "HEAD" or status in (204, 304):
            return status, told, b""
        if told.get("transfer-encoding") != "chunked":
            return status, told, self.file.read(int(told["content-length"]))
        blocks = []
        while size := int(self.file.readline(), 16):
            blocks.append(self.file.read(size))
            self.file.readline()
        self.file.readline()
        return status, told, b"".join(blocks)


@pytest.mark.parametrize("packed", ["identity", "gzip"])
def test_head_says_what_get_says_and_leaves_the_connection_whole(server: httpx.Client, packed: str) -> None:
    connection = Connection(server)
    for path in PATHS:
        headers = (f"Accept-Encoding: {packed}",)
        status, told, _ = connection.ask("HEAD", path, *headers)
        got, headers_of_get, body = connection.ask("GET", path, *headers)
        assert (path, status) == (path, got)
        for each in (told, headers_of_get):
            each.pop("date")
            each.pop("waqai-graph", None)
        if path == "/health":  # it counts what runs
            told.pop("content-length")
            headers_of_get.pop("content-length")
        assert told == headers_of_get, path
        assert body or status in (307, 204), path


def test_a_preflight_is_answered_on_every_path(server: httpx.Client) -> None:
    connection = Connection(server)
    asked = ("Origin: https://page.example", "Access-Control-Request-Method: QUERY")
    for path in (*PATHS, "/graphs"):
        status, told, _ = connection.ask("OPTIONS", path, *asked)
        assert (status, told["access-control-allow-origin"]) == (204, "*")
        assert "QUERY" in told["access-control-allow-methods"]
        assert "If-None-Match" in told["access-control-allow-headers"]
        assert "Authorization" not in told["access-control-allow-headers"], "pages of others do not write"


def test_a_repeat_says_the_same_on_the_socket(server: httpx.Client) -> None:
    connection = Connection(server)
    path = "/sparql?query=ASK%20%7B%7D"
    _, told, _ = connection.ask("GET", path)
    first = connection.ask("GET", path, f"If-None-Match: {told['etag']}")
    second = connection.ask("GET", path, f"If-None-Match: {told['etag']}")
    first[1].pop("date")
    second[1].pop("date")
    assert first == second
    assert (first[0], first[1]["vary"]) == (304, told["vary"])
    assert connection.ask("GET", path)[0] == 200


def problem(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, dict[str, Any]]:
    status, told, body = answer
    assert told["content-type"] == "application/problem+json"
    return status, json.loads(body)


def test_an_address_as_long_as_a_query_may_be_is_read(server: httpx.Client) -> None:
    connection = Connection(server)
    assert connection.ask("GET", f"/sparql?query=ASK%7B%7D{'%23' * 90_000}")[0] == 200
    status, told = problem(connection.ask("GET", f"/sparql?query=ASK%7B%7D{'%23' * 110_000}"))
    assert (status, told["type"]) == (413, "urn:waqai:problem:query-too-long")


def test_a_body_of_ten_megabytes_is_refused_and_the_refusal_arrives(server: httpx.Client) -> None:
    for kind in (QUERY, "application/x-www-form-urlencoded"):
        sent = {"content": b"#" * 10_000_000, "headers": {"content-type": kind}}
        answer = httpx.post(f"{server.base_url}sparql", **sent, timeout=30)  # without the token, which allows more
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:waqai:problem:body-too-large")
        told = "The request body is larger than 1000000 bytes (see WAQAI_MAX_QUERY_BYTES): send less."
        assert answer.json()["detail"] == told
    assert server.post("/sparql", content=b"ASK {}", headers={"content-type": QUERY}).status_code == 200
