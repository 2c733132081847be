"""The content store: bytes on the file system under their SHA-256.

Invariant: what `get` returns has the digest that it was asked by; damaged bytes are reported, never returned. When
`put` returns, the bytes are on the disk (file and folders synced), so a record that names them may be appended. When
`remove` returns, no file of the folder holds them.

Contents that are being erased are first set aside (`set_aside`), which needs the same rights as removing them, and can
be taken back: so the record of an erasure is written only where the erasure can be done. They are found meanwhile.

The key of the folder makes the salts (`ontology.sealing`). It is no part of any record, bundle or export. Without it
the contents are as good as ever; only a text that is there under another address, or was erased, is not recognised any
more, so a key that was lost is missed and not replaced.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from graph.durable import TEMPORARY, sync_folder, write_whole
from ontology.identity import sha256_hex
from ontology.sealing import KEY_BYTES

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY: Final = "key"
_ASIDE: Final = ".erasing"  # folder of contents that are set aside


class ContentError(Exception):
    """Something is wrong with a stored content; the base of the classes below."""


class NotADigest(ContentError):
    """The name is not 64 lower-case hex digits."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not a SHA-256 digest of 64 lower-case hex digits")
        self.name = name


class ContentDamaged(ContentError):
    """The stored bytes have another digest than their name; `found` is theirs."""

    def __init__(self, sha256: str, path: Path, found: str) -> None:
        super().__init__(f"the content {sha256} is damaged: {path} has the digest {found}; restore it from a backup")
        self.sha256, self.path, self.found = sha256, path, found


class ContentUnwritable(ContentError):
    """The folder cannot take the content (read-only, full); `reason` is the system's word for it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the content cannot be written to {path}: {reason}")
        self.path, self.reason = path, reason


class ContentUnremovable(ContentError):
    """A stored content cannot be removed; `reason` is the system's word for it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the content {path} cannot be removed: {reason}")
        self.path, self.reason = path, reason


class KeyUnusable(ContentError):
    """The file of the key does not hold one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not the key of the contents ({KEY_BYTES} bytes): restore it from a backup, or move it away to "
            "go on with a new one, which recognises no text that was stored before"
        )
        self.path = path


class KeyLost(ContentError):
    """The folder has no key although records name contents that were sealed with one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the key of the contents, {path}, is gone: restore it from a backup. If there is none, put {KEY_BYTES} "
            "random bytes there; texts that were stored or erased before are then not recognised when they come again"
        )
        self.path = path


class ContentStore:
    """Bytes by digest under one folder, which is made by the first `put`.

    A content lies at `ab/cdef…`: two digits of the digest as the folder, the other 62 as the file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def key(self, used: Callable[[], bool] = lambda: False) -> bytes:
        """Return the key of this folder, 32 bytes, which is made where there is none.

        `used` is asked where the folder holds contents and no key: whether there was one.

        Raises:
            KeyUnusable, ContentUnwritable
            KeyLost: there was one.
        """
        path = self.folder / _KEY
        try:
            if not path.exists():
                if any(self.folder.glob("[0-9a-f][0-9a-f]/*")) and used():
                    raise KeyLost(path)
                self._make_key(path)
            key = path.read_bytes()
        except OSError as error:
            raise ContentUnwritable(path, error.strerror or str(error)) from error
        if len(key) != KEY_BYTES:
            raise KeyUnusable(path)
        return key

    def _make_key(self, path: Path) -> None:
        """Write a new key; of two processes that do so at once, one wins and both read its key."""
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f".{_KEY}-{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(self.folder)

    def put(self, data: bytes) -> str:
        """Store `data` durably and return its SHA-256; a repeat changes nothing, a damaged copy is replaced.

        Raises:
            ContentUnwritable
        """
        sha256 = sha256_hex(data)
        path = self._path(sha256)
        try:
            if not _holds(path, sha256):
                self._write(path, data)
            # A writer that was killed may have left the file without its folder's entry on the disk.
            sync_folder(path.parent)
        except OSError as error:
            raise ContentUnwritable(self.folder, error.strerror or str(error)) from error
        return sha256

    def get(self, sha256: str) -> bytes | None:
        """Return the bytes with this digest, None where there are none (never stored, or erased).

        Raises:
            NotADigest, ContentDamaged
        """
        path = self._path(sha256)
        data = None
        for place in (path, self.aside / sha256, path):  # a content may be set aside and taken back meanwhile
            with contextlib.suppress(FileNotFoundError):
                data = place.read_bytes()
                break
        if data is None:
            return None
        found = sha256_hex(data)
        if found != sha256:
            raise ContentDamaged(sha256, path, found)
        return data

    def __contains__(self, sha256: object) -> bool:
        if not isinstance(sha256, str) or _DIGEST.fullmatch(sha256) is None:
            return False
        return self._path(sha256).is_file() or (self.aside / sha256).is_file()

    @property
    def aside(self) -> Path:
        """The folder of what is set aside; it need not be there."""
        return self.folder / _ASIDE

    def set_aside(self, digests: Iterable[str]) -> None:
        """Set contents aside, all or none; what is not there is passed over.

        Raises:
            NotADigest
            ContentUnremovable: one of them cannot be moved; all are where they were.
        """
        done: list[str] = []
        for digest in digests:
            path = self._path(digest)
            try:
                self.aside.mkdir(exist_ok=True)
                self._remove_leftovers(path)
                path.replace(self.aside / digest)
                sync_folder(path.parent)
            except FileNotFoundError:
                continue
            except OSError as error:
                self.take_back(done)
                raise ContentUnremovable(path, error.strerror or str(error)) from error
            done.append(digest)
        if done:
            sync_folder(self.aside)

    def take_back(self, digests: Iterable[str]) -> None:
        """Put contents that were set aside back in their place; what is not aside is passed over.

        Raises:
            ContentUnwritable
        """
        for digest in digests:
            path = self._path(digest)
            try:
                (self.aside / digest).replace(path)
                sync_folder(path.parent)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ContentUnwritable(path, error.strerror or str(error)) from error

    def waiting(self) -> list[str]:
        """Return the digests of what is set aside, by a process that is at it or that was killed."""
        try:
            return sorted(path.name for path in self.aside.iterdir() if _DIGEST.fullmatch(path.name))
        except FileNotFoundError:
            return []

    def remove(self, digest: str) -> None:
        """Remove a content for good, wherever it lies; what is not there is passed over.

        Raises:
            NotADigest, ContentUnremovable
        """
        path = self._path(digest)
        for place in (self.aside / digest, path):  # in this order: nobody can put it back behind this loop
            try:
                if place == path:
                    self._remove_leftovers(path)
                place.unlink()
                sync_folder(place.parent)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ContentUnremovable(place, error.strerror or str(error)) from error

    def _remove_leftovers(self, path: Path) -> None:
        """Remove what a writer of this content left half written when it was killed."""
        leftovers = list(path.parent.glob(f"{TEMPORARY}*"))
        if not leftovers or not path.is_file():
            return
        data = path.read_bytes()
        for leftover in leftovers:
            with contextlib.suppress(FileNotFoundError):
                if data.startswith(leftover.read_bytes()):
                    leftover.unlink()

    def _path(self, sha256: str) -> Path:
        if _DIGEST.fullmatch(sha256) is None:
            raise NotADigest(sha256)
        return self.folder / sha256[:2] / sha256[2:]

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder)
            sync_folder(self.folder.parent)
        write_whole(path, data)


def _holds(path: Path, sha256: str) -> bool:
    try:
        return sha256_hex(path.read_bytes()) == sha256
    except FileNotFoundError:
        return False
