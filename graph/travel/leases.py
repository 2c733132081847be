"""Leases: who uses a folder that another process may want to remove.

Invariant: a folder is removed only by who has excluded every user of it, and a lease is worth something only while the
folder still has the name that it was taken under. Leases end with their process, however that ends. Where the system
has no such locks (Windows), files that are open cannot be removed anyway.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import IO, Final, Self

_LEASE: Final = "lease"


class Lease:
    """The use of a folder, until `release` or until nobody holds this object any more."""

    def __init__(self, folder: Path, file: IO[bytes]) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = file

    @classmethod
    def make(cls, folder: Path) -> Self:
        """Take the first lease of a folder that was just made. Raises OSError."""
        (folder / _LEASE).touch()
        lease = cls._locked(folder, exclusive=False)
        if lease is None:
            raise OSError(f"{folder} was taken away while it was made")
        return lease

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """Take a lease for reading, None where the folder is gone or going."""
        return cls._locked(folder, exclusive=False)

    @classmethod
    def alone(cls, folder: Path) -> Self | None:
        """Take a lease that excludes all others, None where somebody has one."""
        return cls._locked(folder, exclusive=True)

    @classmethod
    def _locked(cls, folder: Path, *, exclusive: bool) -> Self | None:
        try:
            file = (folder / _LEASE).open("rb")
        except OSError:
            return None
        try:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            lease = cls(folder, file)
            if lease.holds():
                return lease
        except OSError:
            pass
        file.close()
        return None

    def holds(self) -> bool:
        """Tell whether the folder is still there under its name."""
        try:
            return self._file is not None and os.path.samestat(
                os.fstat(self._file.fileno()), (self._folder / _LEASE).stat()
            )
        except OSError:
            return False

    def note_use(self) -> None:
        """Let `last_use` of the folder be now."""
        with contextlib.suppress(OSError):  # another user's folder; it is used all the same
            os.utime(self._folder / _LEASE)

    def release(self) -> None:
        """Give the folder free; once is enough."""
        if self._file is not None:
            self._file.close()
            self._file = None


def last_use(folder: Path) -> float:
    """Return when a use was last noted, in seconds since 1970; 0 where the folder is gone."""
    try:
        return (folder / _LEASE).stat().st_mtime
    except OSError:
        return 0.0


def abandoned(folder: Path) -> bool:
    """Tell whether nobody has a lease of a folder."""
    if not (folder / _LEASE).exists():
        return True
    lease = Lease.alone(folder)
    if lease is None:
        return False
    lease.release()
    return True
