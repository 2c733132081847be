"""The content store: bytes on the file system under their SHA-256.

Invariant: what `get` returns has the digest that it was asked by; damaged bytes are reported, never returned. When
`put` returns, the bytes are on the disk (file and folders synced), so a record that names them may be appended.
"""

import re
from pathlib import Path

from graph.durable import sync_folder, write_whole
from ontology.identity import sha256_hex

_DIGEST = re.compile(r"[0-9a-f]{64}")


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


class ContentStore:
    """Bytes by digest under one folder, which is made by the first `put`.

    A content lies at `ab/cdef…`: two digits of the digest as the folder, the other 62 as the file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

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
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        found = sha256_hex(data)
        if found != sha256:
            raise ContentDamaged(sha256, path, found)
        return data

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, str) and _DIGEST.fullmatch(sha256) is not None and self._path(sha256).is_file()

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
