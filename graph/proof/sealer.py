"""The sealer: from the log to tiles, the map of subjects and a signed checkpoint.

Invariant: the last signed checkpoint is the state; what was written after it is made again from the log and comes out
the same. Before a checkpoint is signed, the tree was found to begin with every earlier one that is known here, so one
size never has two roots. The sealer appends nothing to the log.
"""

import base64
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.log import EventLog, LogDamaged, canonical_record
from graph.proof.keys import Signer, add_public_key, public_keys
from graph.proof.published import ALL, NEWEST, BadCheckpoint, Checkpoints
from graph.proof.subjects import Subjects, Touched
from graph.proof.tiles import Edge, ProofError, Tiles
from graph.proof.verify_bundle import (
    SUBJECTS_LINE,
    Checkpoint,
    Key,
    Rejected,
    leaf_hash,
    open_checkpoint,
    read_checkpoint,
)

SUBJECTS_FILE: Final = "subjects.sqlite"
_LOCK: Final = "lock"
_BATCH: Final = 4096  # records whose leaves are added at a time


class LogBehind(ProofError):
    """The log holds fewer records than a checkpoint says; `where` is where that stands."""

    def __init__(self, head: int, size: int, where: Path) -> None:
        super().__init__(
            f"the log is behind: it holds {head} records, and the checkpoint {where} vouches for {size}. It seems to "
            "be restored from an old backup: restore a newer one; if there is none, see 'When records are lost' in "
            "docs/proof.md"
        )
        self.head, self.size, self.where = head, size, where


class LogInconsistent(ProofError):
    """The first `size` records of the log are not those that a checkpoint was signed for."""

    def __init__(self, size: int, where: Path) -> None:
        super().__init__(
            f"the log is not the one that was signed: its first {size} records do not give the root of the checkpoint "
            f"{where}. waqai log verify names the first record that differs; restore the log from a backup, or see "
            "'When records are lost' in docs/proof.md"
        )
        self.size, self.where = size, where


class FalseMap(ProofError):
    """The map that follows from the log is not the one of a signed checkpoint."""

    def __init__(self, size: int, where: Path) -> None:
        super().__init__(
            f"the map of subjects in the checkpoint {where} does not follow from the first {size} records: it was "
            "signed by a fault or on purpose, and cannot be taken back; keep it, and see 'When records are lost' in "
            "docs/proof.md"
        )
        self.size, self.where = size, where


class NothingToSeal(ProofError):
    """The log is empty."""

    def __init__(self) -> None:
        super().__init__("the log is empty: ingest something first")


class SealerBusy(ProofError):
    """Another process seals this log."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another process is sealing in {folder}: try again when it is done")
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed checkpoint; `since` is the size of the one before, `new` is false where the log has not grown since."""

    note: str
    checkpoint: Checkpoint
    since: int
    new: bool


def seal(
    log: EventLog,
    folder: Path,
    signer: Signer,
    *,
    published: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sealed:
    """Bring tiles and map up to the head of the log and sign a checkpoint; `progress` takes each position.

    Tiles, map and checkpoints lie in `folder`; in `published` there may be a newer checkpoint than there.

    Raises:
        LogBehind, LogInconsistent: the log is not the one of an earlier checkpoint; nothing was signed.
        SealerBusy, NothingToSeal, ProofError, LogDamaged, OSError: nothing was signed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        add_public_key(folder, signer.public())
        keys = public_keys(folder)
        own = Checkpoints(folder)
        places = [own] if published is None else [own, Checkpoints(published)]
        known = [(place, found) for place in places if (found := place.opened(keys)) is not None]
        for place, found in known:
            if found.origin != signer.name:
                raise OtherOrigin(found.origin, signer.name, place.folder)
        last = known[0][1] if known and known[0][0] is own else None
        known += _half_written(own, keys, last)
        head = log.head()
        for place, found in known:
            if found.size > head:
                raise LogBehind(head, found.size, place.folder / NEWEST)
        if head == 0:
            raise NothingToSeal
        marks = {found.size: (found.root, place.folder / NEWEST) for place, found in known}
        tiles = Tiles(folder)
        edge = _start(tiles, last, folder)
        _check_last(log, tiles, last, folder)
        subjects = Subjects(folder / SUBJECTS_FILE)
        try:
            _extend(log, edge, subjects, head, marks, last, folder, progress)
            if last is not None and last.size == head and (newest := own.newest()) is not None:
                return Sealed(newest, last, last.size, new=False)
            text = _text(signer.name, head, edge.root(), subjects.root())
        finally:
            subjects.close()
        earlier = own.of_size(head)
        if earlier is not None:  # killed between the two files of a checkpoint
            if earlier.partition("\n\n")[0] + "\n" != text:
                raise LogInconsistent(head, own.folder / ALL / str(head))
            note = earlier
        else:
            note = signer.sign(text)
        checkpoint = open_checkpoint(note, keys)
        own.put(note)
        since = last.size if last is not None else 0
        edge.drop_partials(since)
        return Sealed(note, checkpoint, since, new=True)


class OtherOrigin(ProofError):
    """A checkpoint is of another log than the key."""

    def __init__(self, found: str, wanted: str, folder: Path) -> None:
        super().__init__(
            f"the checkpoint in {folder} is of the log {found}, the key of {wanted}: name the right key or folder"
        )
        self.found, self.wanted, self.folder = found, wanted, folder


def _half_written(own: Checkpoints, keys: list[Key], last: Checkpoint | None) -> list[tuple[Checkpoints, Checkpoint]]:
    """Return the signed checkpoints behind the last one: a kill left them without making them the last."""
    found = []
    for size in own.sizes():
        note = own.of_size(size) if last is None or size > last.size else None
        if note is not None:
            try:
                found.append((own, open_checkpoint(note, keys)))
            except Rejected as reason:
                raise BadCheckpoint(own.folder / ALL / str(size), str(reason)) from None
    return found


def _start(tiles: Tiles, last: Checkpoint | None, folder: Path) -> Edge:
    """Return the right edge of the tree at the last checkpoint, once the tiles are found to give its root."""
    if last is None:
        return Edge(tiles)
    tree = tiles.tree(last.size)
    if not (folder / "tile").exists():  # deleted to be made anew: the roots are compared on the way
        return Edge(tiles)
    if tree.root() != last.root:
        raise LogInconsistent(last.size, folder / NEWEST)
    return tree.edge()


def _check_last(log: EventLog, tiles: Tiles, last: Checkpoint | None, folder: Path) -> None:
    """Compare the last record that was signed for with its leaf: a log that began anew differs there."""
    if last is None or not last.size or not (folder / "tile").exists():
        return
    bodies = [body for _, body in log.bodies(last.size - 1, last.size)]
    if not bodies or leaf_hash(bodies[0]) != tiles.tree(last.size).leaf(last.size - 1):
        raise LogInconsistent(last.size, folder / NEWEST)


def _extend(
    log: EventLog,
    edge: Edge,
    subjects: Subjects,
    head: int,
    marks: dict[int, tuple[bytes, Path]],
    last: Checkpoint | None,
    folder: Path,
    progress: Callable[[int], None] | None,
) -> None:
    """Add the records up to `head` to the tree and the map; at each mark, compare the root."""
    size, root = subjects.state()
    trusted = size == 0 or (last is not None and (size, root) == (last.size, last.root) and edge.size == size)
    damaged = last is not None and size == last.size and subjects.root() != last.subjects
    if trusted and not damaged and edge.size == size < head and not any(size < mark < head for mark in marks):
        subjects.extend(_both(log, edge, head, progress), head, edge.root)  # the usual case: the log is read once
        if head in marks and edge.root() != marks[head][0]:
            raise LogInconsistent(head, marks[head][1])
        edge.write()
        return
    stops = sorted({mark for mark in marks if mark >= edge.size} | {head} | ({size} if size >= edge.size else set()))
    for stop in stops:
        if stop > head:
            break
        for batch in leaves(log, edge.size, stop, progress):
            edge.add(batch)
        if stop in marks and edge.root() != marks[stop][0]:
            raise LogInconsistent(stop, marks[stop][1])
        if stop == size and size and edge.root() == root:
            trusted = True
    edge.write()
    if damaged or not trusted:  # of another history, damaged, or of a size that cannot be compared any more
        subjects.reset()
        size = 0
    if last is not None and size < last.size:
        _fold(log, subjects, size, last.size, last.root)
        size = last.size
        if subjects.root() != last.subjects:
            raise FalseMap(last.size, folder / NEWEST)
    if size < head:
        _fold(log, subjects, size, head, edge.root())


def _both(
    log: EventLog, edge: Edge, upto: int, progress: Callable[[int], None] | None
) -> Iterator[tuple[int, bytes, set[str]]]:
    """Yield the records behind the edge for the map, and add each to the edge on the way."""
    touched = Touched(log)
    batch: list[bytes] = []
    for position, body in _bodies(log, edge.size, upto):
        leaf = leaf_hash(body)
        batch.append(leaf)
        if len(batch) == _BATCH or position == upto:
            edge.add(batch)
            batch = []
        if progress is not None:
            progress(position)
        yield position, leaf, touched.subjects(position, body)


def _fold(log: EventLog, subjects: Subjects, after: int, upto: int, root: bytes) -> None:
    """Add a stretch of the log to the map; `root` is that of the tree at its end."""
    touched = Touched(log)
    records = ((at, leaf_hash(body), touched.subjects(at, body)) for at, body in _bodies(log, after, upto))
    subjects.extend(records, upto, lambda: root)


def _bodies(log: EventLog, after: int, upto: int) -> Iterator[tuple[int, bytes]]:
    """Yield the bodies of a stretch of the log, none missing and each a record in canonical JSON."""
    position = after
    for at, body in log.bodies(after, upto):
        position += 1
        if at != position or canonical_record(at, body)["position"] != at:
            raise LogDamaged(position, "the record is missing")
        yield at, body
    if position != upto:
        raise LogDamaged(position + 1, "the record is missing")


def leaves(
    log: EventLog, after: int, upto: int, progress: Callable[[int], None] | None = None
) -> Iterator[list[bytes]]:
    """Yield the leaf hashes of a stretch of the log in batches; `progress` takes each position.

    Raises:
        LogDamaged: a record is missing, or is none in canonical JSON.
    """
    batch: list[bytes] = []
    for position, body in _bodies(log, after, upto):
        batch.append(leaf_hash(body))
        if len(batch) == _BATCH:
            yield batch
            batch = []
        if progress is not None:
            progress(position)
    if batch:
        yield batch


def _text(origin: str, size: int, root: bytes, subjects: bytes) -> str:
    encoded = [base64.b64encode(one).decode() for one in (root, subjects)]
    text = f"{origin}\n{size}\n{encoded[0]}\n{SUBJECTS_LINE} {encoded[1]}\n"
    read_checkpoint(text)
    return text


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of the sealer; it ends with the process, however that ends."""
    with (folder / _LOCK).open("ab") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SealerBusy(folder) from None
        yield
