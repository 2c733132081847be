"""The folder of imported sources: one index file for each file that was imported.

Invariant: a file of this folder is whole, never changes, and was made by code that makes the same keys as this one.
Which sources there are follows from the files alone, so removing a source is removing its files, and the order of
imports leaves no trace.
"""

import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from ingest.gazetteer.folding import folded_keys
from ingest.gazetteer.index import Index, connect
from ingest.gazetteer.names import division_keys, spelling_keys
from ingest.gazetteer.seal import is_sealed
from ingest.gazetteer.sound import sound_of
from ontology.identity import canonical_json, sha256_hex
from ontology.normal import name_key

PART_FORMAT = 2  # raise it where tables or rows change
_CHECKED = 1 << 27  # bytes: a file up to this size is read to its end when it is opened, larger ones row by row
STAGING = "staging"  # the folder within the folder of imports where a file is put together
_SUFFIX = ".sqlite"
# Names whose keys show whether other code would make other ones.
_SAMPLES = (
    "معرّة النعمان", "محافظة إدلب", "كفر زيتا", "دير الزُّور", "قرية (الزهراء)", "Ma‘arrat an-Nu‘mān", "Khān Shaykhūn",
    "Idlib Governorate", "Şanlıurfa", "Deir ez-Zor City", "Tall Abyaḑ [old]", "القامشلي ٣", "Kafr Nabūdah",
)  # fmt: skip


class UnusableImport(ValueError):
    """An imported file that cannot be read; the message says what to do."""


class Part(Index):
    """One imported file, read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            connection = connect(path)
            size = path.stat().st_size
            pages, page = (connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("page_count", "page_size"))
            if pages * page != size or (size <= _CHECKED and not is_sealed(path)):
                raise UnusableImport(self._damaged())
            row = connection.execute("SELECT value FROM meta WHERE key = 'part'").fetchone()
            if row is None:
                raise UnusableImport(self._damaged())
            self.description: dict[str, Any] = orjson.loads(row[0])
            super().__init__(connection, path)
        except (sqlite3.DatabaseError, OSError, orjson.JSONDecodeError) as error:
            raise UnusableImport(self._damaged()) from error
        if self.description["keys"] != key_fingerprint():
            raise UnusableImport(
                f"{path} was imported by another version of Waqai, whose keys of names differ: import "
                f"{self.description['file']} again, or remove the source {self.description['source']}."
            )

    @property
    def version(self) -> str:
        """Digest of what was imported and how."""
        return str(self.description["version"])

    def run(self, sql: str, *parameters: object) -> list[Any]:
        """Ask the file."""
        try:
            return super().run(sql, *parameters)
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            self.mend(error)
            raise

    def mend(self, error: sqlite3.DatabaseError) -> None:
        """Say what to do."""
        raise UnusableImport(self._damaged()) from error

    def _damaged(self) -> str:
        return f"{self.path} is damaged: remove it and import its file again (waqai gazetteer import)."


def part_path(folder: Path, source: str, file: str) -> Path:
    """Return where the import of a file into a source lies.

    >>> part_path(Path("g"), "geonames", "SY.zip").as_posix()
    'g/geonames.sy.sqlite'
    """
    stem = re.sub(r"[^a-z0-9]+", "-", file.lower().rsplit(".", 1)[0]).strip("-")
    return folder / f"{source}.{stem[:60] or sha256_hex(file.encode())[:12]}{_SUFFIX}"


def open_parts(folder: Path) -> tuple[Part, ...]:
    """Open every imported file of the folder, in a fixed order.

    Raises:
        UnusableImport: where one is damaged, or made by code with other keys.
    """
    return tuple(Part(path) for path in sorted(folder.glob(f"*{_SUFFIX}"))) if folder.is_dir() else ()


def staged(folder: Path) -> list[Path]:
    """Return the files of imports that go on, or were interrupted."""
    return sorted((folder / STAGING).glob("*.*"))


def remove(folder: Path, source: str) -> list[Path]:
    """Remove all that was imported as `source`, also what an interrupted import left; return the files that went."""
    files = [*sorted(folder.glob(f"*{_SUFFIX}")), *staged(folder)]
    gone = [path for path in files if path.name.partition(".")[0] == source]
    for path in gone:
        path.unlink()
    return gone


def version_with(version: str, parts: Sequence[Part]) -> str:
    """Return the digest over the project's own sources and the imports, in whatever order they were made."""
    if not parts:
        return version
    return sha256_hex(canonical_json([version, sorted([part.path.name, part.version] for part in parts)]))


@lru_cache(maxsize=1)
def key_fingerprint() -> str:
    """Return a digest that differs where this code would make other keys of names, or other tables."""
    made = [
        [key, sorted(folded_keys(key)), sorted(division_keys(key)), sound_of(key)]
        for sample in _SAMPLES
        for key in (name_key(sample), *spelling_keys(sample, typed=False))
    ]
    return sha256_hex(canonical_json([PART_FORMAT, made]))[:20]
