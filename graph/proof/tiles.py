"""The hash tree as files: 256 hashes a tile, in the layout of c2sp.org/tlog-tiles.

Invariant: a tile that a signed checkpoint covers never changes; a partial one may go once its full one is there. A
tile of level L holds the hashes of subtrees over 256**L leaves. The entries themselves are the records of the log;
entry bundles, which could not hold one of 64 KiB and more, are not written.
"""

from functools import lru_cache
from pathlib import Path
from typing import Final

from graph.durable import sync_folder, write_whole
from graph.proof import merkle

WIDTH: Final = 256
HASH: Final = 32
_CACHED: Final = 256  # tiles in memory, 2 MiB


class ProofError(Exception):
    """Something is wrong with proofs, tiles, checkpoints or keys; the base of the classes of this package."""


class TileMissing(ProofError):
    """A tile is not there, or is not of the size that it should have."""

    def __init__(self, folder: Path, path: Path, reason: str) -> None:
        super().__init__(
            f"the tile {path} {reason}: delete the folder {folder / 'tile'} and run waqai log checkpoint, which makes "
            "it again from the log and compares it with the last checkpoint"
        )
        self.path = path


class Tiles:
    """The tiles under one folder, which need not be there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: set[Path] = set()

    def path(self, level: int, number: int, width: int = WIDTH) -> Path:
        """Return the path of a tile; `width` below 256 is that of a partial one."""
        parts = [f"{number % 1000:03d}"]
        while number := number // 1000:
            parts.insert(0, f"x{number % 1000:03d}")
        path = self.folder.joinpath("tile", str(level), *parts)
        return path if width == WIDTH else path.with_name(f"{path.name}.p") / str(width)

    def write(self, level: int, number: int, hashes: list[bytes]) -> None:
        """Write a tile of 1 to 256 hashes; what is there already with the same bytes stays. `sync` ends the work."""
        path, data = self.path(level, number, len(hashes)), b"".join(hashes)
        if not path.is_file() or path.read_bytes() != data:
            write_whole(path, data)
        self._written.add(path.parent)

    def sync(self) -> None:
        """Write the entries of all folders that `write` touched to the disk, up to the folder itself."""
        folders = {self.folder}
        for folder in self._written:
            while folder != self.folder and folder not in folders:
                folders.add(folder)
                folder = folder.parent
        for folder in folders:
            sync_folder(folder)
        self._written.clear()

    def drop_partial(self, level: int, number: int) -> None:
        """Remove the partial forms of a tile that is there in full."""
        folder = self.path(level, number).with_name(f"{self.path(level, number).name}.p")
        if folder.is_dir():
            for path in folder.iterdir():
                path.unlink(missing_ok=True)
            folder.rmdir()

    def read(self, level: int, number: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile, from its partial form of this width or the full one.

        Raises:
            TileMissing
        """
        path = self.path(level, number, width)
        for found in (path, self.path(level, number)):
            try:
                data = found.read_bytes()
            except FileNotFoundError:
                continue
            wanted = (width if found == path else WIDTH) * HASH
            if len(data) != wanted:
                raise TileMissing(self.folder, found, f"has {len(data)} bytes, not {wanted}")
            return data[: width * HASH]
        raise TileMissing(self.folder, path, "is not there")

    def tree(self, size: int) -> "Tree":
        """Return the tree over the first `size` leaves; nothing is read yet."""
        return Tree(self, size)


class Tree:
    """The tree of one size, read from tiles as proofs need them."""

    def __init__(self, tiles: Tiles, size: int) -> None:
        self.tiles, self.size = tiles, size
        self.tile = lru_cache(_CACHED)(
            self._read
        )  # level and number → the hashes of a tile, as wide as this tree has it

    def _read(self, level: int, number: int) -> bytes:
        return self.tiles.read(level, number, min(WIDTH, (self.size >> 8 * level) - number * WIDTH))

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of the perfect subtree over 2**level leaves."""
        tile, inner = divmod(level, 8)
        first = index << inner
        data = self.tile(tile, first >> 8)
        start = (first & 255) * HASH
        return merkle.fold([data[at : at + HASH] for at in range(start, start + (HASH << inner), HASH)])

    def leaf(self, index: int) -> bytes:
        """Return the leaf hash at `index`."""
        return self.node(0, index)

    def root(self) -> bytes:
        """Return the root."""
        return merkle.root(self.node, self.size)

    def inclusion(self, index: int) -> list[bytes]:
        """Return the inclusion proof of a leaf."""
        return merkle.inclusion(self.node, index, self.size)

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that this tree begins with that of size `old`."""
        return merkle.consistency(self.node, old, self.size)

    def edge(self, *, keep: bool = True) -> "Edge":
        """Return the right edge of this tree, to which leaves can be added; only if `keep` are they written."""
        rows = []
        level = 0
        while (count := self.size >> 8 * level) > 0:
            width = count % WIDTH
            data = self.tile(level, count >> 8) if width else b""
            rows.append([data[at : at + HASH] for at in range(0, len(data), HASH)])
            level += 1
        return Edge(self.tiles if keep else None, self.size, rows)


class Edge:
    """The right edge of a growing tree: the hashes of each level that fill no tile yet.

    Without `tiles`, none is written.
    """

    def __init__(self, tiles: Tiles | None, size: int = 0, rows: list[list[bytes]] | None = None) -> None:
        self.tiles, self.size = tiles, size
        self._rows = rows or []

    def add(self, leaves: list[bytes]) -> None:
        """Add leaf hashes; each tile that fills is written."""
        self._add(0, self.size, leaves)
        self.size += len(leaves)

    def _add(self, level: int, count: int, hashes: list[bytes]) -> None:
        """Add hashes to a level that has `count` so far."""
        if level == len(self._rows):
            self._rows.append([])
        row = self._rows[level] + hashes
        number, filled = count >> 8, []
        while len(row) >= WIDTH:
            tile, row = row[:WIDTH], row[WIDTH:]
            if self.tiles is not None:
                self.tiles.write(level, number, tile)
            filled.append(merkle.fold(tile))
            number += 1
        self._rows[level] = row
        if filled:
            self._add(level + 1, count >> 8, filled)

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        below: list[bytes] = []
        for row in self._rows:
            entries = row + below
            below = [merkle.fold(entries)] if entries else []
        return below[0] if below else merkle.EMPTY_ROOT

    def write(self) -> None:
        """Write the partial tiles, and the folders of all tiles to the disk."""
        if self.tiles is None:
            return
        for level, row in enumerate(self._rows):
            if row:
                self.tiles.write(level, self.size >> 8 * (level + 1), row)
        self.tiles.sync()

    def drop_partials(self, since: int) -> None:
        """Remove the partial forms of tiles that have filled since the tree had the size `since`."""
        if self.tiles is None:
            return
        for level in range(len(self._rows)):
            for number in range(since >> 8 * (level + 1), self.size >> 8 * (level + 1)):
                self.tiles.drop_partial(level, number)
