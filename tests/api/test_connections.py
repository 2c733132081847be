"""Heads are bounded, long addresses are read, and what belongs together leaves together."""

import asyncio
import socket
from typing import Any

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.connections import protocol

LONGEST = 100_000


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    found = f"{scope['method']} {scope['path']} {len(scope['query_string'])} {len(scope['headers'])}"
    await Response(found)(scope, receive, send)


def talk(*parts: bytes) -> list[bytes]:
    """Send `parts` one after the other to a server, and return what comes, piece by piece as it was sent."""

    async def whole() -> list[bytes]:
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(echo, http=protocol(LONGEST), lifespan="off", log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        pieces: list[bytes] = []
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.01)
            while True:
                async with asyncio.timeout(30):
                    piece = await reader.read(1 << 16)
                if not piece:
                    break
                pieces.append(piece)
        except ConnectionError:
            pass
        finally:
            writer.close()
            server.should_exit = True
            await serving
        return pieces

    return asyncio.run(whole())


def head(target: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: x", *headers, "Connection: close", "", ""]).encode()


def test_head_and_body_of_an_answer_leave_in_one_piece() -> None:
    (answer,) = talk(head("/a?b=c"))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"\r\n\r\nGET /a 3 2")


@pytest.mark.parametrize("length", [59_000, 60_001, 70_000, 90_000])
def test_an_address_is_read_up_to_the_bound(length: int) -> None:
    assert b"".join(talk(head(f"/a?{'b' * length}"))).endswith(f"GET /a {length} 2".encode())


def test_the_method_query_is_one() -> None:
    request = b"QUERY /q HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    assert b"".join(talk(request)).endswith(b"QUERY /q 0 3")


@pytest.mark.parametrize("begun", [b"GET /a?", b"GET /a HTTP/1.1\r\nHost: x\r\nX-Long: "])
def test_a_head_beyond_the_bound_is_refused_before_it_ends(begun: bytes) -> None:
    answer = b"".join(talk(begun, *[b"y" * 50_000] * 4))
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")  # the refusal may be lost with the connection


def test_requests_sent_at_once_are_answered_in_turn() -> None:
    first: Any = head("/first").replace(b"Connection: close\r\n", b"")
    answer = b"".join(talk(first + head("/second")))
    assert answer.index(b"GET /first 0 1") < answer.index(b"GET /second 0 2")
