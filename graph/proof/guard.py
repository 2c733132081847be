"""The look at the log before it is used, whether it is the one that checkpoints were signed for.

Invariant: a log that holds fewer records than a known checkpoint, or others, is refused before anything is read from it
or appended to it. The look costs two tiles and one record, however long the log; only where the published checkpoint
is newer than the tiles is the rest of the log read.
"""

from pathlib import Path

from graph.log import EventLog, LogDamaged
from graph.proof.published import NEWEST, BadCheckpoint, Checkpoints
from graph.proof.tiles import TileMissing, Tiles
from graph.proof.verify_bundle import Checkpoint, leaf_hash


def check_start(log: EventLog, folder: Path, published: Path | None = None) -> None:
    """Compare the log with the newest checkpoints in `folder`, where its tiles lie, and in `published`.

    Raises:
        LogBehind, LogInconsistent: the log is not the one that was signed for.
        BadCheckpoint: a checkpoint is not signed by a key of this log, or is of another log.
        ProofError, LogDamaged
    """
    places = [place for place in (folder, published) if place is not None and (place / NEWEST).exists()]
    if not places:
        return
    from graph.proof.keys import public_keys
    from graph.proof.sealer import LogBehind

    keys, head, sealed = public_keys(folder), log.head(), None
    for place in places:
        found = Checkpoints(place).opened(keys)
        if found is None or not found.size:
            continue
        if place == folder:
            sealed = found
        elif sealed is not None and sealed.origin != found.origin:
            raise BadCheckpoint(place / NEWEST, f"it is of the log {found.origin}, not of {sealed.origin}")
        if found.size > head:
            raise LogBehind(head, found.size, place / NEWEST)
        _compare(log, folder, sealed, found, place / NEWEST)


def _compare(log: EventLog, folder: Path, sealed: Checkpoint | None, found: Checkpoint, where: Path) -> None:
    from graph.proof.sealer import LogInconsistent, leaves
    from graph.proof.tiles import Edge

    tiles = Tiles(folder)
    try:
        if sealed is not None and sealed.size >= found.size:
            tree = tiles.tree(found.size)
            root = tree.root()
            last = [body for _, body in log.bodies(found.size - 1, found.size)]
            if not last:
                raise LogDamaged(found.size, "the record is missing")
            if leaf_hash(last[0]) != tree.leaf(found.size - 1):
                raise LogInconsistent(found.size, where)
        else:
            edge = Edge(None) if sealed is None else tiles.tree(sealed.size).edge(keep=False)
            for batch in leaves(log, edge.size, found.size):
                edge.add(batch)
            root = edge.root()
    except TileMissing:  # the tiles can be made again; the log itself decides
        edge = Edge(None)
        for batch in leaves(log, 0, found.size):
            edge.add(batch)
        root = edge.root()
    if root != found.root:
        raise LogInconsistent(found.size, where)
