"""Checkpoints where the keeper of the log cannot quietly change them: a folder, or a git repository.

Invariant: a published checkpoint is never overwritten by another of its size, and the newest is never replaced by a
smaller one; nothing is sent anywhere unless a push was asked for.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

from graph.durable import sync_folder, write_whole
from graph.proof.tiles import ProofError
from graph.proof.verify_bundle import Checkpoint, Key, Rejected, open_checkpoint, read_checkpoint

NEWEST: Final = "checkpoint"
ALL: Final = "checkpoints"
_LARGEST: Final = 1_000_000  # bytes of a checkpoint that is read
_GIT_SECONDS: Final = 120
_OF_ANOTHER_REPOSITORY: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})


class BadCheckpoint(ProofError):
    """A checkpoint at `path` cannot be used; `reason` is half a sentence."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} is no checkpoint of this log: {reason}; if it was damaged restore it, if it is another log's name "
            "another folder"
        )
        self.path, self.reason = path, reason


class CheckpointUnreadable(BadCheckpoint):
    """The system does not let the checkpoint at `path` be read."""

    def __init__(self, path: Path, reason: str) -> None:
        ProofError.__init__(self, f"the checkpoint {path} cannot be read ({reason}): check its rights and its folder's")
        self.path, self.reason = path, reason


class CheckpointConflict(ProofError):
    """There is another checkpoint of the same size at `path`, or a larger one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{reason} stands at {path}: nothing was published; keep both files, they show what happened")
        self.path = path


class PublishFailed(ProofError):
    """git could not take the checkpoint."""

    def __init__(self, folder: Path, command: str, reason: str) -> None:
        super().__init__(
            f"git {command} failed in {folder} ({reason}): the checkpoint is signed and stands in the file; run waqai "
            "log checkpoint again when that is mended"
        )
        self.folder, self.command = folder, command


class Checkpoints:
    """Signed checkpoints in one folder: the newest as `checkpoint`, each by its size under `checkpoints`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def newest(self) -> str | None:
        """Return the newest note, None where there is none.

        Raises:
            BadCheckpoint: it cannot be read.
        """
        return self._read(self.folder / NEWEST)

    def of_size(self, size: int) -> str | None:
        """Return the note of a size, None where there is none.

        Raises:
            BadCheckpoint: it cannot be read.
        """
        return self._read(self.folder / ALL / str(size))

    def sizes(self) -> list[int]:
        """Return the sizes of which there is a checkpoint, smallest first."""
        folder = self.folder / ALL
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return sorted(int(name) for name in names if re.fullmatch("0|[1-9][0-9]{0,15}", name))

    def opened(self, keys: list[Key]) -> Checkpoint | None:
        """Return the newest checkpoint once its signature is found right; with no keys, without looking at it.

        Raises:
            BadCheckpoint
        """
        note = self.newest()
        if note is None:
            return None
        try:
            return open_checkpoint(note, keys) if keys else read_checkpoint(note.partition("\n\n")[0] + "\n")
        except Rejected as reason:
            raise BadCheckpoint(self.folder / NEWEST, str(reason)) from None

    def put(self, note: str) -> None:
        """Keep a signed checkpoint; the same one again changes nothing.

        Raises:
            CheckpointConflict, BadCheckpoint, OSError: nothing was changed.
        """
        size = _said(note)[1]
        path = self.folder / ALL / size
        newest = self.newest()
        if newest is not None:
            there = _said(newest)
            if int(there[1]) > int(size):
                raise CheckpointConflict(self.folder / NEWEST, f"a checkpoint of the larger size {there[1]}")
            if there[0] != _said(note)[0]:
                raise CheckpointConflict(self.folder / NEWEST, f"a checkpoint of the other log {there[0]}")
        earlier = self._read(path)
        if earlier is not None and _said(earlier) != _said(note):
            raise CheckpointConflict(path, f"another checkpoint of size {size}")
        if earlier is None:
            write_whole(path, note.encode("utf-8"))
            sync_folder(path.parent)
        if newest is None or _said(newest) != _said(note):
            write_whole(self.folder / NEWEST, note.encode("utf-8"))
            sync_folder(self.folder)

    def _read(self, path: Path) -> str | None:
        try:
            with path.open("rb") as file:
                return file.read(_LARGEST).decode("utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CheckpointUnreadable(path, error.strerror or str(error)) from None
        except UnicodeDecodeError:
            raise BadCheckpoint(path, "it is no text") from None


def _said(note: str) -> list[str]:
    """Return the lines that were signed, origin and size first; whether they are right is asked elsewhere."""
    lines = note.partition("\n\n")[0].split("\n")
    return lines if len(lines) > 1 and lines[1].isdecimal() else [lines[0], "0"]


def publish(folder: Path, note: str, *, push: bool = False) -> str:
    """Put a checkpoint into a folder, and commit it where that is a git repository; say what was done.

    Raises:
        CheckpointConflict, BadCheckpoint, PublishFailed, OSError
    """
    checkpoints = Checkpoints(folder)
    checkpoints.put(note)
    if not (folder / ".git").exists():
        if push:
            raise PublishFailed(folder, "push", "it is no git repository")
        return f"published to {folder}"
    size = _said(note)[1]
    _git(folder, "add", "--", NEWEST, f"{ALL}/{size}")
    if _git(folder, "status", "--porcelain", "--", NEWEST, ALL):
        _git(folder, "commit", "--quiet", "-m", f"Checkpoint {size}", "--", NEWEST, f"{ALL}/{size}")
    if push:
        _git(folder, "push", "--quiet")
    return f"published to {folder}, committed{' and pushed' if push else ''}"


def _git(folder: Path, *arguments: str) -> str:
    # Of a hook that runs this, git's own variables would name another repository; and nobody is there to be asked.
    mine = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_REPOSITORY}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={**mine, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"it did not end within {_GIT_SECONDS} s"
        raise PublishFailed(folder, arguments[0], reason) from None
    if done.returncode:
        raise PublishFailed(folder, arguments[0], _reason(done.stderr or done.stdout) or f"exit code {done.returncode}")
    return done.stdout


def _reason(said: str) -> str:
    """Return the line in which git says what is wrong; advice may stand before and behind it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for kind in ("! [", "fatal: ", "error: "):
        for line in lines:
            if line.startswith(kind):
                return line.removeprefix("fatal: ").removeprefix("error: ")
    return lines[-1] if lines else ""
