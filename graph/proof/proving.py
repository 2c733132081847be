"""Proofs for others: of one record's place in the log, and of one checkpoint's following from another.

Invariant: a proof is checked here, by the code that its reader has, before it is handed out.
"""

import base64
from pathlib import Path

from graph.log import EventLog, LogDamaged
from graph.proof.keys import needed_keys
from graph.proof.merkle import check_consistency
from graph.proof.published import Checkpoints
from graph.proof.sealer import LogInconsistent
from graph.proof.tiles import ProofError, Tiles
from graph.proof.verify_bundle import (
    PROOF_FORMAT,
    Checkpoint,
    Key,
    Rejected,
    open_checkpoint,
    verify_proof,
)

PROOF_SUFFIX = ".tlog-proof"


class NotSealed(ProofError):
    """No checkpoint covers what is to be proven."""

    def __init__(self, wanted: int, size: int) -> None:
        until = f"the last checkpoint ends at position {size}" if size else "there is no checkpoint"
        super().__init__(f"position {wanted} cannot be proven: {until}; run waqai log checkpoint first")
        self.wanted, self.size = wanted, size


class NoSuchCheckpoint(ProofError):
    """What was given names no checkpoint of this log."""

    def __init__(self, given: str, reason: str) -> None:
        super().__init__(f"{given} is no checkpoint of this log ({reason}): name a file, or the size of a sealed one")
        self.given, self.reason = given, reason


def newest(folder: Path) -> tuple[str, Checkpoint] | None:
    """Return the newest checkpoint of the log whose tiles lie in `folder`: the note and what it says.

    Raises:
        BadCheckpoint, NoPublicKey, KeyUnusable
    """
    checkpoints = Checkpoints(folder)
    note = checkpoints.newest()
    checkpoint = None if note is None else checkpoints.opened(needed_keys(folder))
    return None if note is None or checkpoint is None else (note, checkpoint)


def prove(log: EventLog, folder: Path, position: int) -> str:
    """Return the `.tlog-proof` of a record (c2sp.org/tlog-proof), with its body as the extra data.

    Raises:
        NotSealed: no checkpoint covers the position yet.
        LogInconsistent, TileMissing, LogDamaged
    """
    found = newest(folder)
    size = found[1].size if found is not None else 0
    if found is None or not 0 < position <= size:
        raise NotSealed(position, size)
    note = found[0]
    bodies = [body for _, body in log.bodies(position - 1, position)]
    if not bodies:
        raise LogDamaged(position, "the record is missing")
    path = Tiles(folder).tree(size).inclusion(position - 1)
    lines = [
        PROOF_FORMAT,
        f"extra {base64.b64encode(bodies[0]).decode()}",
        f"index {position - 1}",
        *(base64.b64encode(one).decode() for one in path),
    ]
    proof = "\n".join(lines) + f"\n\n{note}"
    try:
        verify_proof(proof.encode(), needed_keys(folder))
    except Rejected:
        raise LogInconsistent(size, folder / "checkpoint") from None
    return proof


def checkpoint_named(folder: Path, given: str, keys: list[Key]) -> tuple[Checkpoint, str]:
    """Return the checkpoint that `given` names, a file or a size, with its note.

    Raises:
        NoSuchCheckpoint
    """
    try:
        if given.isdecimal() and not Path(given).exists():
            note = Checkpoints(folder).of_size(int(given))
            if note is None:
                sizes = ", ".join(map(str, Checkpoints(folder).sizes()[-8:])) or "none"
                raise NoSuchCheckpoint(given, f"of this size there is none; the newest are {sizes}")
        else:
            with Path(given).open("rb") as file:
                note = file.read(1_000_000).decode("utf-8")
        return open_checkpoint(note, keys), note
    except Rejected as reason:
        raise NoSuchCheckpoint(given, str(reason)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise NoSuchCheckpoint(given, getattr(error, "strerror", None) or "it is no text") from None


def consistency(folder: Path, old: Checkpoint, new: Checkpoint) -> list[bytes]:
    """Return the proof that the log at `new` begins with the log at `old`, both covered by the tiles in `folder`.

    Raises:
        Rejected: they do not follow from each other.
        TileMissing: the tiles do not reach that far.
    """
    if old.size > new.size:
        raise Rejected(f"the older checkpoint has the larger size {old.size}")
    path = Tiles(folder).tree(new.size).consistency(old.size)
    check_consistency(old.size, old.root, new.size, new.root, path)
    return path


def witness_request(folder: Path, old: int) -> str:
    """Return the body of an add-checkpoint request (c2sp.org/tlog-witness) to a witness that knows the size `old`.

    Raises:
        NotSealed, TileMissing
    """
    found = newest(folder)
    size = found[1].size if found is not None else 0
    if found is None or not 0 <= old <= size:
        raise NotSealed(old, size)
    path = Tiles(folder).tree(size).consistency(old)
    return "".join([f"old {old}\n", *(base64.b64encode(one).decode() + "\n" for one in path), "\n", found[0]])
