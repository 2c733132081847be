"""What goes out packed, and what that does to the headers."""

import asyncio
import gzip
import random
import zlib
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from api.compression import Compression

Sent = list[dict[str, Any]]


def sent(blocks: Iterable[bytes], accepted: str | None, breaks: bool = False, **headers: str) -> Sent:
    """What goes out where the app sends `blocks`, in one message if there is one block."""
    parts = list(blocks)
    found: Sent = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        told = {"content-type": "text/csv; charset=utf-8", **{k.replace("_", "-"): v for k, v in headers.items()}}
        raw = [(k.encode(), v.encode()) for k, v in told.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        for number, part in enumerate(parts, 1):
            more = breaks or number < len(parts)
            await send({"type": "http.response.body", "body": part, "more_body": more})
        if breaks:
            raise ConnectionAbortedError

    async def run() -> None:
        async def receive() -> Any:
            raise AssertionError("nothing is read")

        async def send(message: Any) -> None:
            found.append(dict(message))

        raw = [] if accepted is None else [(b"accept-encoding", accepted.encode())]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": raw}
        try:
            await Compression(app)(scope, receive, send)
        except ConnectionAbortedError:
            assert breaks

    asyncio.run(run())
    return found


def headers_of(found: Sent) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in found[0]["headers"]}


def body(found: Sent) -> bytes:
    return b"".join(message.get("body", b"") for message in found[1:])


def unpacked(found: Sent) -> bytes:
    coding = headers_of(found).get("content-encoding")
    if coding == "gzip":
        return gzip.decompress(body(found))
    return zstandard.ZstdDecompressor().decompressobj().decompress(body(found)) if coding else body(found)


@given(
    st.lists(st.binary(max_size=3_000).map(lambda data: data * 20), min_size=1, max_size=5),
    st.sampled_from(["gzip", "zstd", "gzip, zstd;q=0.5", "identity", "br", "*"]),
)
def test_unpacked_it_is_what_the_app_sent(blocks: list[bytes], accepted: str) -> None:
    found = sent(blocks, accepted)
    assert unpacked(found) == b"".join(blocks)
    told = headers_of(found)
    assert "content-length" not in told or int(told["content-length"]) == len(body(found))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("deflate, gzip, br, zstd", "zstd"),
        ("gzip;q=1, zstd;q=0.9", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("GZIP", "gzip"),
        ("*;q=0", None),
        ("identity, gzip;q=0.1", None),
        ("br", None),
        ("", None),
        (None, None),
    ],
)
def test_the_coding_is_the_one_that_the_client_likes_best(accepted: str | None, coding: str | None) -> None:
    told = headers_of(sent([b"x" * 5_000], accepted))
    assert told.get("content-encoding") == coding
    assert told["vary"] == "Accept-Encoding"


def test_what_is_small_packed_or_no_text_stays_as_it_is() -> None:
    for found in (
        sent([b"x" * 999], "gzip"),
        sent([b"x" * 5_000], "gzip", content_type="application/octet-stream"),
        sent([b"x" * 5_000], "gzip", content_encoding="gzip"),
        sent([b"x" * 5_000], "gzip", cache_control="no-transform"),
    ):
        assert body(found) in (b"x" * 999, b"x" * 5_000)


def test_a_tag_of_bytes_becomes_one_of_the_content() -> None:
    assert headers_of(sent([b"x" * 5_000], "gzip", etag='"a"'))["etag"] == 'W/"a"'
    assert headers_of(sent([b"x" * 5_000], "gzip", etag='W/"a"'))["etag"] == 'W/"a"'
    assert headers_of(sent([b"x" * 5_000], None, etag='"a"'))["etag"] == '"a"'
    assert headers_of(sent([b"x" * 5_000], "gzip", vary="Accept"))["vary"] == "Accept, Accept-Encoding"


def test_what_is_streamed_goes_out_as_it_comes() -> None:
    chance = random.Random(1)
    blocks = [chance.randbytes(300_000) for _ in range(4)]
    for accepted in ("gzip", "zstd"):
        found = sent(blocks, accepted, content_length="1200000")
        assert "content-length" not in headers_of(found)
        assert len(found) == 5
        assert len(found[2]["body"]) > 1_000, "nothing waits for the end"


@pytest.mark.parametrize("accepted", ["gzip", "zstd"])
def test_what_breaks_off_lacks_its_end(accepted: str) -> None:
    found = sent([b"abc" * 50_000, b"def" * 50_000], accepted, breaks=True)
    assert found[-1]["more_body"] is True
    whole = (
        zlib.decompressobj(16 + zlib.MAX_WBITS) if accepted == "gzip" else zstandard.ZstdDecompressor().decompressobj()
    )
    whole.decompress(body(found))
    assert not whole.eof


def test_answers_of_the_graph_are_packed(client: httpx.Client) -> None:
    query = {"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o", "format": "csv"}
    plain = client.get("/sparql", params=query, headers={"accept-encoding": "identity"})
    packed = client.get("/sparql", params=query, headers={"accept-encoding": "gzip"})
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert plain.content == packed.content
    assert plain.headers["etag"] == packed.headers["etag"], "a weak tag is one of the content"
    assert "Accept-Encoding" in plain.headers["vary"]
    again = client.get("/sparql", params=query, headers={"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.headers["vary"]) == (304, packed.headers["vary"])
    head = client.head("/sparql", params=query, headers={"accept-encoding": "gzip"})
    assert head.headers["content-length"] == packed.headers["content-length"]
    assert client.get("/health", headers={"accept-encoding": "gzip"}).json()["status"] == "ok"
