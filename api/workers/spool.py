"""A spool: bytes that come fast and go slowly.

Invariant: who writes never waits for who reads, so a worker is free as soon as its answer is made, however slow the
client is; what does not fit into memory lies in a file without a name, which is gone with the spool.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import Final

_IN_MEMORY: Final = 1 << 20
_BLOCK: Final = 1 << 17


class TooMuch(Exception):
    """More was written than the spool takes; `limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class Spool:
    """Up to `limit` bytes on their way; for one writer and one reader in one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - it goes with the spool
        self._written = self._read = 0
        self._ended = False
        self._error: BaseException | None = None
        self._news = asyncio.Event()

    def write(self, block: bytes) -> None:
        """Take a block. Raises TooMuch."""
        if self._written + len(block) > self._limit:
            raise TooMuch(self._limit)
        self._file.seek(self._written)
        self._file.write(block)
        self._written += len(block)
        self._news.set()

    def end(self, error: BaseException | None = None) -> None:
        """Say that no more will come, and why where something is missing."""
        self._ended, self._error = True, error
        self._news.set()

    async def some(self, *, whole: bool = False) -> int:
        """Wait until a block's worth is there, or all, or for all if `whole`; return how many bytes wait to be read.

        Raises:
            whatever `end` was given, where nothing has been read yet.
        """
        while not self._ended and (whole or self._written < _BLOCK):
            await self._wait()
        if self._error is not None:
            raise self._error
        return self._written

    @property
    def whole(self) -> bool:
        """Whether all of it is there."""
        return self._ended and self._error is None

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield what was written, in order; raises what `end` was given."""
        while True:
            if self._read < self._written:
                self._file.seek(self._read)
                block = self._file.read(min(_BLOCK, self._written - self._read))
                self._read += len(block)
                yield block
            elif self._ended:
                if self._error is not None:
                    raise self._error
                return
            else:
                await self._wait()

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()
