"""Lines in order, more of them than memory holds.

Invariant: what comes out are the lines that were written, sorted by bytes, each as often as it was written. Memory
holds one run of them at a time; the others lie in files that have no name, so a killed process leaves none behind.
"""

import heapq
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Final, Self

RUN: Final = 256_000_000
"""Bytes of lines that are sorted in memory; the lines as objects take some three times as much."""


class SortedLines:
    """A file to write lines to, in pieces of any size, that is then read line by line in order, once."""

    def __init__(self, run: int = RUN) -> None:
        self._run = run
        self._pieces: list[bytes] = []
        self._size = 0
        self._runs: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for run in self._runs:
            run.close()

    def write(self, data: bytes) -> int:
        """Take the next piece. Raises OSError where a run cannot be put aside."""
        self._pieces.append(bytes(data))
        self._size += len(data)
        if self._size >= self._run:
            begun = self._put_aside()
            self._pieces, self._size = [begun], len(begun)
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written is taken at once."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines, each with its end; empty ones are left out."""
        last = [line + b"\n" for line in self._sorted(b"".join(self._pieces))]
        self._pieces = []
        for run in self._runs:
            run.seek(0)
        yield from heapq.merge(*self._runs, last) if self._runs else last

    def _put_aside(self) -> bytes:
        """Write the whole lines that are there to a run of their own and return what is begun behind them."""
        whole, _, begun = b"".join(self._pieces).rpartition(b"\n")
        if whole:
            run = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this object
            self._runs.append(run)
            run.writelines(line + b"\n" for line in self._sorted(whole))
        return begun

    @staticmethod
    def _sorted(data: bytes) -> list[bytes]:
        lines = [line for line in data.split(b"\n") if line]
        lines.sort()
        return lines
