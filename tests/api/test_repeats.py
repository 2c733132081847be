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
    """Answers at a position, with 304 or in parts, and counts how often it is asked."""

    def __init__(self, *parts: bytes, status: int = 304, ends: bool = True, **headers: str) -> None:
        self.asked = 0
        self.parts = parts or (b"",)
        self.status = status
        self.ends = ends
        self.stamp: Stamp | None = (1, 4, 0)
        self.headers = {"waqai_position": "4", "cache_control": "no-cache", **headers}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        for number, part in enumerate(self.parts, start=1):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(self.parts)})
            if not self.ends:
                raise ConnectionError


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
    for stamp in ((1, 5, 0), (2, 4, 0), (2, 4, 3), None):
        app.stamp = stamp
        ask(repeats)
    assert app.asked == 5


def test_queries_are_answered_again_while_their_checkpoint_is_in_use_and_all_else_as_long_as_the_graph_stays() -> None:
    app, moved = App(etag='"a"'), App(etag='"a"')
    repeats, other = (Repeats(one, lambda: (1, 9, 0), queried=lambda: (7, 4, 0)) for one in (app, moved))
    for path in ("/sparql?a", "/queries/a"):
        ask(repeats, path)
        ask(repeats, path)
    assert app.asked == 2
    for _ in range(2):
        ask(other, "/id/a")  # of position 4, where the graph is at 9
    assert moved.asked == 2


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


def whole(*parts: bytes, room: int = 1_000_000, **headers: str) -> tuple[App, Repeats]:
    app = App(*parts, status=200, **{"etag": '"a"', **headers})
    return app, Repeats(app, lambda: app.stamp, room)


def test_a_small_answer_is_given_again_until_the_graph_moves() -> None:
    app, repeats = whole(b"one,", b"two")
    answers = [ask(repeats) for _ in range(3)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"one,two")}
    assert (answers[0].headers, app.asked) == (answers[2].headers, 1)
    app.parts, app.stamp = (b"three",), (1, 5, 0)
    app.headers["waqai_position"] = "5"
    assert (ask(repeats).content, app.asked) == (b"three", 2)


def test_an_answer_that_may_be_another_next_time_is_not_kept() -> None:
    app = App(b"of this moment", status=200)  # without an entity tag
    repeats = Repeats(app, lambda: app.stamp, 1_000_000)
    ask(repeats)
    ask(repeats)
    assert app.asked == 2


@pytest.mark.parametrize(("size", "room"), [(70_000, 1_000_000), (600, 500), (1, 0)])
def test_an_answer_that_is_too_long_is_sent_and_not_kept(size: int, room: int) -> None:
    app, repeats = whole(b"x" * size, room=room)
    assert [len(ask(repeats).content) for _ in range(2)] == [size, size]
    assert app.asked == 2


def test_an_answer_that_broke_off_is_not_kept() -> None:
    app, repeats = whole(b"one,", b"two")
    app.ends = False
    for _ in range(2):
        with pytest.raises(ConnectionError):
            ask(repeats)
    app.ends = True
    assert (ask(repeats).content, app.asked) == (b"one,two", 3)


def test_of_answers_the_oldest_go_first() -> None:
    app, repeats = whole(b"x" * 400, room=1_000)
    for path in ("/sparql?a", "/sparql?b", "/sparql?a", "/sparql?c"):
        ask(repeats, path)
    assert app.asked == 3
    ask(repeats, "/sparql?a")
    assert app.asked == 3
    ask(repeats, "/sparql?b")
    assert app.asked == 4


def test_only_answers_of_queries_are_kept_whole(client: httpx.Client) -> None:
    query = {"query": "SELECT (COUNT(?e) AS ?n) { ?e a wq:Event }"}
    first, again = (client.get("/sparql", params=query) for _ in range(2))
    assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers)
    zipped = client.get("/sparql", params=query, headers={"accept-encoding": "identity"})
    assert zipped.json() == first.json()
    volatile = {"query": "SELECT (STRUUID() AS ?id) {}"}
    assert client.get("/sparql", params=volatile).content != client.get("/sparql", params=volatile).content


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
