"""Files that must survive a kill and a power cut, and what one process does at a time.

Invariant: a file that is written here appears whole or not at all, with its bytes on the disk; its name is there for
good once its folder is synced.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TEMPORARY: Final = ".new-"  # what files are called until they are whole, before a random part


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`, in place of what was there; the folder is made, and not synced.

    Raises:
        OSError: nothing was changed at `path`.
    """
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Write the entries of `folder` to the disk; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def alone(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock file at `path`, which is made, and yield whether it is held; False only without `wait`.

    The lock ends with the process, however that ends. Windows has no such lock; there it always counts as held.

    Raises:
        OSError: the file cannot be made.
    """
    with path.open("ab") as file:
        held = True
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held = False
        yield held
