"""The whole log against its tiles, its map and every checkpoint that is known.

Invariant: what is reported as verified was computed from the bodies of the records just now. A record that differs is
named by its position where the tiles still vouch for it; where the tiles were changed along with the log, the stretch
between two checkpoints is named.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.log import EventLog, LogDamaged, StoredLog
from graph.proof.keys import needed_keys
from graph.proof.published import ALL, NEWEST, BadCheckpoint, Checkpoints
from graph.proof.sealer import FalseMap, LogBehind
from graph.proof.subjects import Touched, root_of
from graph.proof.tiles import HASH, Edge, ProofError, TileMissing, Tiles
from graph.proof.verify_bundle import Checkpoint, Rejected, leaf_hash, open_checkpoint

_BATCH: Final = 256


class LogAltered(ProofError):
    """The records are not those that were signed for; the first that differs lies in `[first, last]`."""

    def __init__(self, first: int, last: int, where: Path) -> None:
        named = f"position {first}" if first == last else f"one of the positions {first} to {last}"
        super().__init__(
            f"the log was altered at {named}: it does not give the root that was signed in {where}; restore the log "
            "from a backup, and keep the altered one as evidence"
        )
        self.first, self.last, self.where = first, last, where


class TilesAltered(ProofError):
    """The log is sound, and a tile is not."""

    def __init__(self, path: Path, folder: Path) -> None:
        super().__init__(
            f"the log is sound, but the tile {path} does not follow from it: delete {folder / 'tile'} and run waqai "
            "log checkpoint, which makes the tiles again"
        )
        self.path = path


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that is as it was signed: the newest checkpoint, how many were compared, and the records behind it."""

    checkpoint: Checkpoint
    compared: int
    unsealed: int


def verify_log(
    log: StoredLog,
    folder: Path,
    published: Path | None = None,
    *,
    thorough: bool = False,
    progress: Callable[[int], None] | None = None,
) -> tuple[int, Verified | None]:
    """Check every record by itself, and all of them as `verify_sealed` does; return how many there are, and its answer.

    The log is read once. A body that a checkpoint vouches for is hashed, compared with its columns and not parsed: the
    sealer signs nothing that is no record in canonical JSON, and for who does not trust the sealer there is `thorough`.
    Where anything is wrong every body is parsed, and what a record shows by itself is told before the rest.

    Raises:
        As `EventLog.verify` and `verify_sealed`.
    """
    signed = records = 0

    def checked() -> Iterator[tuple[int, bytes]]:
        nonlocal records
        for records, body in log.checked(signed):
            if progress is not None:
                progress(records)
            yield records, body

    bodies = checked()
    try:
        signed = 0 if thorough else max(_known(folder, published), default=0)
        sealed = verify_sealed(log, folder, published, bodies=bodies)
        for _ in bodies:
            pass
    except (ProofError, LogDamaged):
        log.verify(progress)
        raise
    return records, sealed


def verify_sealed(
    log: EventLog, folder: Path, published: Path | None = None, *, bodies: Iterator[tuple[int, bytes]] | None = None
) -> Verified | None:
    """Compare every record with the tiles in `folder` and with all checkpoints; None where there is none.

    The map of subjects is made anew in a temporary file and compared with that of the newest checkpoint. `bodies` are
    those of the log where they are read anyway; all are taken before the log is called right.

    Raises:
        LogBehind: records are missing at the end.
        LogAltered: a record differs.
        TilesAltered, TileMissing: the tiles differ, not the log.
        FalseMap: the map of the checkpoint is not that of the records.
        BadCheckpoint, NoPublicKey, KeyUnusable, LogDamaged
    """
    known = _known(folder, published)
    if not known:
        return None
    newest, where = known[max(known)]
    head = log.head()
    bodies = log.bodies() if bodies is None else bodies
    if newest.size > head:
        raise LogBehind(head, newest.size, where)
    sealed = Checkpoints(folder).opened(needed_keys(folder))
    tiles = _Compared(folder, sealed.size if sealed is not None else 0)
    edge = Edge(tiles)
    failed: int | None = None
    sound = read = 0

    def entries() -> Iterator[tuple[int, bytes, set[str]]]:
        """Feed the tree on the way to the map."""
        nonlocal failed, sound, read
        touched = Touched(log)
        batch: list[bytes] = []
        for position, body in bodies:
            if position > newest.size:
                continue
            read += 1
            if position != read:
                raise LogDamaged(read, "the record is missing")
            leaf = leaf_hash(body)
            batch.append(leaf)
            if len(batch) == _BATCH or position in known or position == tiles.size:
                edge.add(batch)
                batch = []
                if position == tiles.size:
                    edge.write()
                if position in known:
                    if edge.root() == known[position][0].root:
                        sound = position
                    elif failed is None:
                        failed = position
            yield position, leaf, touched.subjects(position, body)

    with tempfile.TemporaryDirectory(prefix="waqai-map-") as temporary:
        subjects = root_of(entries(), Path(temporary))
    if failed is None and read < newest.size:
        raise LogDamaged(read + 1, "the record is missing")
    if failed is not None:
        at = tiles.first_leaf
        if at is not None and sound < at <= failed and _tiles_give(tiles, known):
            raise LogAltered(at, at, known[failed][1])
        raise LogAltered(sound + 1, failed, known[failed][1])
    if tiles.different is not None:
        raise TilesAltered(tiles.different, folder)
    if subjects != newest.subjects:
        raise FalseMap(newest.size, where)
    return Verified(newest, len(known), head - newest.size)


def _known(folder: Path, published: Path | None) -> dict[int, tuple[Checkpoint, Path]]:
    """Return every checkpoint of these places by its size, with the file that it stands in."""
    found: dict[int, tuple[Checkpoint, Path]] = {}
    for place in [place for place in (folder, published) if place is not None]:
        checkpoints = Checkpoints(place)
        newest = checkpoints.newest()
        notes = [(place / NEWEST, newest)]
        notes += [(place / ALL / str(size), checkpoints.of_size(size)) for size in checkpoints.sizes()]
        for path, note in notes:
            if note is None:
                continue
            try:
                checkpoint = open_checkpoint(note, needed_keys(folder))
            except Rejected as reason:
                raise BadCheckpoint(path, str(reason)) from None
            there = found.setdefault(checkpoint.size, (checkpoint, path))[0]
            if (there.origin, there.root) != (checkpoint.origin, checkpoint.root):
                raise BadCheckpoint(path, f"{found[checkpoint.size][1]} says another root for the same size")
    return found


def _tiles_give(tiles: "_Compared", known: dict[int, tuple[Checkpoint, Path]]) -> bool:
    """Tell whether the leaves of the tiles give the root that was signed for them, so that they show what differs."""
    if tiles.size not in known:
        return False
    edge, width = Edge(None), 256
    tree = tiles.tree(tiles.size)
    try:
        for number in range(-(-tiles.size // width)):
            data = tree.tile(0, number)
            edge.add([data[at : at + HASH] for at in range(0, len(data), HASH)])
    except TileMissing:
        return False
    return edge.root() == known[tiles.size][0].root


class _Compared(Tiles):
    """Tiles that are compared with those on the disk instead of being written.

    `different` is the first file that differs, `first_leaf` the position of the first leaf that does.
    """

    def __init__(self, folder: Path, size: int) -> None:
        super().__init__(folder)
        self.size = size
        self.different: Path | None = None
        self.first_leaf: int | None = None

    def write(self, level: int, number: int, hashes: list[bytes]) -> None:
        """Compare a tile, as far as a checkpoint of these tiles covers it."""
        covered = min(len(hashes), (self.size >> 8 * level) - number * 256)
        if covered <= 0 or (self.different is not None and (level > 0 or self.first_leaf is not None)):
            return
        path = self.path(level, number, covered)
        try:
            data = self.read(level, number, covered)
        except TileMissing as missing:
            self.different = self.different or missing.path
            return
        if data == b"".join(hashes[:covered]):
            return
        self.different = self.different or path
        if level == 0:
            same = [data[n * HASH : (n + 1) * HASH] == hashes[n] for n in range(covered)]
            self.first_leaf = number * 256 + same.index(False) + 1

    def sync(self) -> None:
        """Write nothing."""
