"""What is written fast and read slowly comes out as it went in."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.workers.spool import Spool, TooMuch


@given(st.lists(st.binary(max_size=300_000), max_size=8))
def test_all_that_was_written_comes_out_in_order(blocks: list[bytes]) -> None:
    async def whole() -> bytes:
        spool = Spool(10_000_000)

        async def write() -> None:
            for block in blocks:
                spool.write(block)
                await asyncio.sleep(0)
            spool.end()

        writing = asyncio.create_task(write())
        found = b"".join([block async for block in spool.blocks()])
        await writing
        return found

    assert asyncio.run(whole()) == b"".join(blocks)


def test_nobody_reads_on_where_something_is_missing() -> None:
    async def whole() -> bytes:
        spool = Spool(100)
        spool.write(b"begun")
        spool.end(ValueError("broken"))
        found = b""
        with pytest.raises(ValueError, match="broken"):  # noqa: PT012 - what came before it counts too
            async for block in spool.blocks():
                found += block
        with pytest.raises(ValueError, match="broken"):
            await spool.some()
        return found

    assert asyncio.run(whole()) == b"begun"


def test_more_than_the_limit_is_not_taken() -> None:
    async def whole() -> None:
        spool = Spool(10)
        spool.write(b"0123456789")
        with pytest.raises(TooMuch):
            spool.write(b"x")

    asyncio.run(whole())


def test_the_beginning_is_waited_for_and_so_is_the_whole() -> None:
    async def whole() -> tuple[int, int]:
        spool = Spool(1_000_000)
        asyncio.get_running_loop().call_later(0.01, spool.write, bytes(200_000))
        first = await spool.some()
        asyncio.get_running_loop().call_later(0.01, spool.write, bytes(100))
        asyncio.get_running_loop().call_later(0.02, spool.end)
        return first, await spool.some(whole=True)

    assert asyncio.run(whole()) == (200_000, 200_100)
