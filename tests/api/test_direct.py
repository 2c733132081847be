"""A short cut answers as the app would: problems are told, a crash is one too, and what has begun is broken off."""

import asyncio
from typing import Any

import orjson
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message

from api.direct import Direct
from api.problems import Problem


async def _whole(request: Request) -> Response:
    assert request.app.title == "the app"
    return Response(await request.body(), headers={"x-way": "short"})


async def _refusing(_: Request) -> Response:
    raise Problem(404, "no-graph", "There is none.")


async def _crashing(_: Request) -> Response:
    raise ValueError("a secret")


async def _breaking(_: Request) -> Response:
    async def blocks() -> Any:
        yield b"begun"
        raise ValueError("broken")

    return StreamingResponse(blocks())


HANDLERS = {("/whole", "POST"): _whole, ("/refusing", "GET"): _refusing, ("/crashing", "GET"): _crashing}


def ask(path: str, method: str = "GET", handlers: Any = HANDLERS) -> tuple[int, dict[bytes, bytes], bytes]:
    app = FastAPI(title="the app")

    @app.get("/whole")
    async def long_way() -> str:
        return "long"

    sent: list[Message] = []

    said: list[Message] = [{"type": "http.request", "body": b"said", "more_body": False}]

    async def receive() -> Message:
        if not said:
            await asyncio.Event().wait()  # the client stays
        return said.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    scope |= {"server": ("localhost", 80), "scheme": "http", "root_path": "", "http_version": "1.1"}
    asyncio.run(Direct(app, handlers)(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_only_what_is_named_takes_the_short_cut() -> None:
    status, headers, body = ask("/whole", "POST")
    assert (status, headers[b"x-way"], body) == (200, b"short", b"said")
    assert ask("/whole")[2] == b'"long"'
    assert ask("/nothing")[0] == 404


@pytest.mark.parametrize(("path", "status", "kind"), [("/refusing", 404, "no-graph"), ("/crashing", 500, "internal")])
def test_what_goes_wrong_is_a_problem(path: str, status: int, kind: str) -> None:
    found, headers, body = ask(path)
    assert (found, headers[b"content-type"]) == (status, b"application/problem+json")
    assert orjson.loads(body)["type"] == f"urn:waqai:problem:{kind}"
    assert b"secret" not in body


def test_what_has_begun_is_broken_off() -> None:
    with pytest.raises((ValueError, ExceptionGroup)):
        ask("/breaking", handlers={("/breaking", "GET"): _breaking})
