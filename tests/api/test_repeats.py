"""A repeat is answered without the app, and only as long as the app would say the same."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.repeats import Repeats, Stamp
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article

HEADERS = {"if-none-match": '"a"', "accept": "text/csv"}


class App:
    """Answers 304 at a position, and counts how often it is asked."""

    def __init__(self, **headers: str) -> None:
        self.asked = 0
        self.stamp: Stamp | None = (1, 4)
        self.headers = {"waqai_position": "4", "cache_control": "no-cache", **headers}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": 304, "headers": raw})
        await send({"type": "http.response.body", "body": b""})


def ask(repeats: Repeats, path: str = "/sparql?a", **headers: str) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(repeats)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.get(path, headers={**HEADERS, **told})

    return asyncio.run(run())


def test_the_app_is_asked_once_while_the_graph_stays_where_it_is() -> None:
    app = App(etag='"a"')
    repeats = Repeats(app, lambda: app.stamp)
    first = ask(repeats)
    assert [ask(repeats).headers for _ in range(3)] == [first.headers] * 3
    assert (first.status_code, app.asked) == (304, 1)
    app.stamp = (1, 5)
    ask(repeats)
    app.stamp = (2, 4)
    ask(repeats)
    app.stamp = None
    ask(repeats)
    assert app.asked == 4


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/sparql?b", {}),
        ("/other?a", {}),
        ("/sparql?a", {"accept": "text/html"}),
        ("/sparql?a", {"if_none_match": '"b"'}),
        ("/sparql?a", {"accept_encoding": "br"}),
        ("/curation/links?a", {"authorization": "Bearer x"}),
        ("/sparql?a", {"accept_datetime": "Sat, 30 Nov 2024 00:00:00 GMT"}),
    ],
)
def test_another_request_is_no_repeat(path: str, headers: dict[str, str]) -> None:
    app = App()
    repeats = Repeats(app, lambda: app.stamp)
    ask(repeats)
    ask(repeats, path, **headers)
    assert app.asked == 2


def test_a_token_makes_no_other_request_where_nothing_looks_at_it() -> None:
    app = App()
    repeats = Repeats(app, lambda: app.stamp)
    ask(repeats)
    ask(repeats, authorization="Bearer x")
    assert app.asked == 1
    for _ in range(2):
        ask(repeats, "/curation/links?a", authorization="Bearer x")
    assert app.asked == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"memento_datetime": "Sat, 30 Nov 2024 00:00:00 GMT"},
        {"waqai_position": "3"},
        {"cache_control": "public, max-age=5"},
    ],
)
def test_answers_that_are_not_about_the_newest_graph_are_left_to_the_app(headers: dict[str, str]) -> None:
    app = App(**headers)
    repeats = Repeats(app, lambda: app.stamp)
    ask(repeats)
    ask(repeats)
    assert app.asked == 2


def test_no_more_is_kept_than_fits() -> None:
    app = App()
    repeats = Repeats(app, lambda: app.stamp)
    for number in range(1_100):
        ask(repeats, f"/sparql?{number}")
    ask(repeats, "/sparql?1099")
    assert app.asked == 1_100
    ask(repeats, "/sparql?0")
    assert app.asked == 1_101
    ask(repeats, f"/sparql?{'x' * 20_000}")
    ask(repeats, f"/sparql?{'x' * 20_000}")
    assert app.asked == 1_103


def test_a_repeat_is_seen_through_as_soon_as_the_graph_moves(client: httpx.Client, filled: Workspace) -> None:
    query = {"query": "SELECT (COUNT(?e) AS ?n) { ?e a wq:Event }"}
    known = {"if-none-match": client.get("/sparql", params=query).headers["etag"]}
    answers = [client.get("/sparql", params=query, headers=known) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [304] * 3
    assert answers[0].headers == answers[2].headers
    with Workspace(filled.data, extractor=FakeExtractor()) as other:
        other.ingest(replace(arabic_article(), publisher="while it runs"))
    for _ in range(500):
        if client.get("/health").json()["position"] == 6:
            break
    fresh = client.get("/sparql", params=query, headers=known)
    assert (fresh.status_code, fresh.headers["waqai-position"]) == (200, "6")
