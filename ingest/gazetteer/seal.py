"""Checksums of what an index file says, so that what was damaged on the disk is never read as something else.

Invariant: bytes come back as they were sealed, or as damaged. A row carries its own checksum, read with it; a file
carries one in the four bytes that SQLite leaves to the application (`user_version`), over all other bytes.
"""

import sqlite3
import zlib
from pathlib import Path

_RESIDUE = 0x2144DF1C  # CRC-32 of anything with its own CRC-32 behind it
_USER_VERSION = 60  # https://www.sqlite.org/fileformat2.html, section 1.3
_CHUNK = 1 << 20


class Damaged(sqlite3.DatabaseError):
    """What stands in the file is not what was written."""


def sealed(data: bytes) -> bytes:
    """Return the bytes with their checksum."""
    return data + zlib.crc32(data).to_bytes(4, "little")


def unsealed(data: bytes) -> bytes:
    """Return what was sealed.

    >>> unsealed(sealed(b"[1]"))
    b'[1]'

    Raises:
        Damaged: where the bytes are not those that were written.
    """
    if zlib.crc32(data) != _RESIDUE:
        raise Damaged("a row does not have the checksum that it was written with")
    return data[:-4]


def seal_file(file: Path) -> None:
    """Write the checksum of a closed SQLite file into it."""
    checksum = _checksum(file)
    with file.open("r+b") as stream:
        stream.seek(_USER_VERSION)
        stream.write(checksum.to_bytes(4, "big"))


def is_sealed(file: Path) -> bool:
    """Tell whether the file is as it was sealed; reads all of it."""
    with file.open("rb") as stream:
        stream.seek(_USER_VERSION)
        return int.from_bytes(stream.read(4), "big") == _checksum(file)


def _checksum(file: Path) -> int:
    with file.open("rb") as stream:
        head = stream.read(_CHUNK)
        found = zlib.crc32(head[:_USER_VERSION] + head[_USER_VERSION + 4 :])
        while chunk := stream.read(_CHUNK):
            found = zlib.crc32(chunk, found)
    return found
