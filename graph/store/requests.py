"""Asking the process that serves a graph to make it anew.

Invariant: a request lies in the folder until it has been answered, whatever process dies meanwhile; there is one at a
time, and its answer is of it alone.
"""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from graph.durable import write_whole
from graph.store.errors import RebuildRunning, StoreError, StoreLocked, StoreUnwritable
from graph.store.folder import FolderLock

_ASKED: Final = "rebuild.asked"
_ANSWER: Final = "rebuild.answer"
_PAUSE: Final = 0.2  # seconds between two looks for an answer


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What `rebuild` made: the position of the new store and its number of quads.

    `contents_missing` counts the contents (texts, titles) that were not in the content store, by digest: their words
    are not in the graph, though nobody erased them; `graph.custody` names them.
    """

    position: int
    quads: int
    contents_missing: int = 0


class RebuildFailed(StoreError):
    """The process that was asked could not make the graph anew; the old one is as it was."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the server could not rebuild the graph, and goes on with the old one: {reason}")
        self.reason = reason


def ask(folder: Path) -> str:
    """Ask for a rebuild of the graph in `folder` and return the request's id.

    Raises:
        RebuildRunning: somebody has asked already.
        StoreUnwritable
    """
    request = secrets.token_hex(8)
    try:
        handle = os.open(folder / _ASKED, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(request)
    except FileExistsError:
        raise RebuildRunning(folder) from None
    except OSError as error:
        raise StoreUnwritable(folder, error.strerror or str(error)) from error
    return request


def asked(folder: Path) -> str | None:
    """Return the id of the request that waits, None where none does."""
    try:
        return (folder / _ASKED).read_text(encoding="ascii") or None
    except (OSError, ValueError):
        return None


def answer(folder: Path, request: str, outcome: Rebuilt | str) -> None:
    """Answer a request with what was made, or with the reason why nothing was.

    Raises:
        OSError
    """
    told = {"reason": outcome} if isinstance(outcome, str) else asdict(outcome)
    write_whole(folder / _ANSWER, json.dumps({"request": request, **told}).encode())
    withdraw(folder)


def answered(folder: Path, request: str) -> Rebuilt | None:
    """Return the answer to a request, None as long as there is none.

    Raises:
        RebuildFailed
    """
    try:
        told = json.loads((folder / _ANSWER).read_bytes())
    except (OSError, ValueError):
        return None
    if told.pop("request", None) != request:
        return None
    if "reason" in told:
        raise RebuildFailed(told["reason"])
    return Rebuilt(**told)


def hand_over(folder: Path, waiting: Callable[[], None]) -> Rebuilt | None:
    """Ask the process that serves the graph in `folder` for a rebuild, wait for it, and return what it made.

    None is returned where nobody serves it any more: make it yourself. `waiting` is called some times a second, and may
    raise; the request then stays.

    Raises:
        RebuildRunning, RebuildFailed, StoreUnwritable
    """
    request = ask(folder)
    while True:
        rebuilt = answered(folder, request)
        if rebuilt is not None:
            return rebuilt
        with contextlib.suppress(StoreLocked):
            FolderLock(folder).release()
            rebuilt = answered(folder, request)  # it may have answered and ended just now
            withdraw(folder)
            return rebuilt
        waiting()
        time.sleep(_PAUSE)


def withdraw(folder: Path) -> None:
    """Take back a request that waits, if one does."""
    (folder / _ASKED).unlink(missing_ok=True)
