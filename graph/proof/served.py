"""The proof as others fetch it: the checkpoint, the tiles and the entries of c2sp.org/tlog-tiles, by their paths.

Invariant: a tile or an entry goes out only where the newest signed checkpoint covers it, so what went out never
changes. An entry of 64 KiB and more fits in no bundle of entries: that is refused, and the entry is given by itself.
"""

import re
import struct
from pathlib import Path
from typing import Final, NamedTuple

from graph.log import EventLog, LogDamaged
from graph.proof.proving import newest
from graph.proof.tiles import WIDTH, ProofError, TileMissing, Tiles

LARGEST_ENTRY: Final = 0xFFFF  # bytes of an entry in a bundle: its length is written in two
_NAME: Final = re.compile(r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_LEVELS: Final = 64


class NotServed(ProofError):
    """There is no such tile or entry, or no checkpoint covers it yet."""


class Tile(NamedTuple):
    """A tile or bundle of entries by its place; the level of entries is None."""

    level: int | None
    number: int
    width: int


def tile_named(name: str) -> Tile:
    """Return what the path behind `tile/` names.

    Raises:
        NotServed: it is no such path.

    >>> tile_named("0/x001/x234/067")
    Tile(level=0, number=1234067, width=256)
    >>> tile_named("entries/000.p/5")
    Tile(level=None, number=0, width=5)
    """
    match = _NAME.fullmatch(name)
    if match is not None:
        level = None if match[1] == "entries" else int(match[1])
        number = int(re.sub("[x/]", "", match[2]))
        width = WIDTH if match[3] is None else int(match[3])
        named = Tiles(Path()).path(level or 0, number, width).relative_to(f"tile/{level or 0}").as_posix()
        if named == name.partition("/")[2] and (level or 0) < _LEVELS:
            return Tile(level, number, width)
    raise NotServed(f"tile/{name} is no path of a tile: they are as in c2sp.org/tlog-tiles")


class Served:
    """What is served of the proof of a log, whose tiles lie in `folder`."""

    def __init__(self, log: EventLog, folder: Path) -> None:
        self._log = log
        self._tiles = Tiles(folder)

    def checkpoint(self) -> str:
        """Return the newest signed checkpoint.

        Raises:
            NotServed: there is none yet.
            BadCheckpoint, KeyUnusable
        """
        found = newest(self._tiles.folder)
        if found is None:
            raise NotServed("the log has no checkpoint yet: its keeper makes one with waqai log checkpoint")
        return found[0]

    def size(self) -> int:
        """Return the size of the newest checkpoint, 0 where there is none. Raises BadCheckpoint, KeyUnusable."""
        found = newest(self._tiles.folder)
        return 0 if found is None else found[1].size

    def tile(self, name: str) -> bytes:
        """Return the tile or the bundle of entries that the path behind `tile/` names.

        Raises:
            NotServed: the checkpoint does not cover it, it is no such path, or an entry is too large for a bundle.
            LogDamaged, BadCheckpoint, KeyUnusable
        """
        tile = tile_named(name)
        first, size = tile.number * WIDTH, self.size()
        if (size >> 8 * (tile.level or 0)) < first + tile.width:
            raise NotServed(f"the checkpoint, of size {size}, does not reach as far as tile/{name}")
        if tile.level is None:
            return b"".join(self._bundled(index, body) for index, body in self._bodies(first, first + tile.width))
        try:
            return self._tiles.read(tile.level, tile.number, tile.width)
        except TileMissing:
            raise NotServed(f"tile/{name} is not there: a partial tile is kept for the size of a checkpoint") from None

    def entry(self, index: int) -> bytes:
        """Return the entry of an index, from 0: the body of the record at the position index + 1.

        Raises:
            NotServed: the checkpoint does not cover it.
            LogDamaged, BadCheckpoint, KeyUnusable
        """
        size = self.size()
        if not 0 <= index < size:
            raise NotServed(f"the checkpoint, of size {size}, does not cover the entry {index}")
        return self._bodies(index, index + 1)[0][1]

    def _bodies(self, first: int, end: int) -> list[tuple[int, bytes]]:
        found = [(record.position - 1, record.body) for record in self._log.read(after=first, upto=end)]
        if [index for index, _ in found] != list(range(first, end)):
            raise LogDamaged(first + 1, "records are missing that a checkpoint vouches for")
        return found

    def _bundled(self, index: int, body: bytes) -> bytes:
        if len(body) > LARGEST_ENTRY:
            raise NotServed(
                f"the entry {index} has {len(body)} bytes, and a bundle of entries takes {LARGEST_ENTRY}: fetch the "
                "entries of this bundle one by one"
            )
        return struct.pack(">H", len(body)) + body
