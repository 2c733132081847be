"""Importing a file of places: rows are staged batch by batch, and appear all at once or not at all.

Invariant: what the pipeline sees changes in one step, the renaming of a whole index file; until then, and for ever
where the file has a fault, nothing of it is there. A run that was killed goes on behind its last committed batch. The
same file with the same options again changes nothing. Memory is that of a batch and of SQLite's sorting, whatever the
size of the file.

Rows are staged in two SQLite files, so that the second one, with the raw names, can be thrown away and leaves no holes
in the first, which becomes the index.
"""

import contextlib
import hashlib
import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from ingest.gazetteer import tables
from ingest.gazetteer.draft import Draft, row_of
from ingest.gazetteer.formats.fields import Assumed
from ingest.gazetteer.formats.reading import BadRow, BadSourceFile, Limits, SourceFile
from ingest.gazetteer.formats.recognising import FORMATS, format_of
from ingest.gazetteer.imports import STAGING, Part, UnusableImport, key_fingerprint, part_path
from ingest.gazetteer.seal import seal_file
from ontology.identity import canonical_json, sha256_hex
from ontology.model import GazetteerSource

_CACHE_KIB = 48 * 1024
_READ = 1 << 20
_SHOWN_FAULTS = 10
Step = Callable[[str, int, int], None]


class ImportRunning(ValueError):
    """Another process is importing into the same place."""


class ImportStopped(ValueError):
    """What was read could not be written; the rows that were staged before are kept."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `rows` were listed, `left_out` are of kinds that the pipeline has none for."""

    source: GazetteerSource
    format: str
    path: Path
    rows: int
    names: int
    left_out: int
    faults: int
    unchanged: bool
    resumed: int
    replaced: str | None

    def json(self) -> dict[str, object]:
        """Return it as plain data."""
        return {**asdict(self), "source": self.source.json(), "path": str(self.path)}


@dataclass(slots=True)
class _Progress:
    last: int = 0
    rows: int = 0
    names: int = 0
    left_out: int = 0
    faults: int = 0
    read: bool = False


def import_file(
    file: Path,
    folder: Path,
    source: GazetteerSource,
    *,
    format: str | None = None,  # noqa: A002 (the word of the command line)
    assumed: Assumed | None = None,
    limits: Limits | None = None,
    batch: int = 20_000,
    skip_faulty: bool = False,
    step: Step = lambda what, done, total: None,
    fault: Callable[[str], None] = lambda sentence: None,
) -> Imported:
    """Import the file into the folder of imported sources, as a part of `source`.

    Args:
        file: what to read; `.zip` and `.gz` are unpacked on the way.
        folder: folder of imported sources, made where it is not there.
        source: who lists the places, and under which licence.
        format: a name of `FORMATS`; by default told from the file.
        assumed: where the fields of a table stand, and what its rows do not say.
        limits: what is too much.
        batch: rows of a transaction.
        skip_faulty: leave rows with a fault out, and say so, in place of refusing the file.
        step: told what is done and how many bytes of how many, or 0 of 0.
        fault: told of the first faulty rows that were left out.

    Raises:
        BadSourceFile: where the file cannot be used; nothing of it is imported.
        ImportStopped: where there is no room to write to.
        ImportRunning: where another process imports the same file.
    """
    assumed, limits = assumed or Assumed(), limits or Limits()
    if not (size := file.stat().st_size):
        raise BadSourceFile(f"{file.name}: the file is empty.")
    reading = SourceFile(file, limits)
    name = format or format_of(reading)
    if name not in FORMATS:
        raise BadSourceFile(f"{name} is no format of places; known are {', '.join(FORMATS)}.")
    reading.unit = FORMATS[name].unit
    digest = _digest(file, lambda done: step("reading", done, size))
    described = replace(source, version=source.version or digest[:20])
    options = {"format": name, "assumed": asdict(assumed), "source": described.json(), "skip_faulty": skip_faulty}
    version = sha256_hex(canonical_json([digest, options, key_fingerprint()]))
    path = part_path(folder, source.id, file.name)
    before = _before(path)
    if before is not None and before["version"] == version:
        counts = {key: before[key] for key in ("rows", "names", "left_out", "faults")}
        if not before["finds_ids"]:
            step("indexing", 0, 0)
            _complete(path, folder / STAGING, file.name)
        return Imported(described, name, path, **counts, unchanged=True, resumed=0, replaced=None)
    folder.mkdir(parents=True, exist_ok=True)
    staging: _Staging | None = None
    try:
        staging = _Staging(folder / STAGING / path.stem, version)
        resumed = staging.progress.last
        if not staging.progress.read:
            reading.behind = resumed
            if skip_faulty:
                reading.forgive = partial(_forgive, staging.progress, fault)
            for number in staging.fill(FORMATS[name].read(reading, source.id, assumed), batch, reading):
                step("importing", reading.done, size)
                if number > limits.rows:
                    raise reading.fault(number, None, f"more than {limits.rows} rows (WAQAI_GAZETTEER_ROWS)")
        for _ in staging.finish(unique=not FORMATS[name].adds, reading=reading):
            step("indexing", 0, 0)
        progress = staging.progress
        counts = {key: getattr(progress, key) for key in ("rows", "names", "left_out", "faults")}
        staging.describe(
            described,
            {
                "source": source.id,
                "file": file.name,
                "sha256": digest,
                "bytes": size,
                "format": name,
                "version": version,
                "keys": key_fingerprint(),
                **counts,
            },
        )
        staging.publish(path)
    except BadSourceFile:
        if staging is not None:
            staging.discard()
        raise
    except sqlite3.OperationalError as error:
        raise ImportStopped(
            f"{file.name}: the rows cannot be written ({error}); free some space in {folder} and in "
            f"{tempfile.gettempdir()}, and run the same command again: it goes on where it stopped."
        ) from error
    finally:
        if staging is not None:
            staging.close()
    replaced = None if before is None else str(before["version"])
    return Imported(described, name, path, **counts, unchanged=False, resumed=resumed, replaced=replaced)


def _before(path: Path) -> dict[str, Any] | None:
    """Return the description of what was imported to `path`, None where that is nothing or cannot be read."""
    if not path.exists():
        return None
    try:
        part = Part(path)
    except UnusableImport:
        return None
    part.close()
    return {**part.description, "finds_ids": part.finds_ids}


def _complete(path: Path, staging: Path, file: str) -> None:
    """Make places of an older import be found by their ids, in a copy that takes its place."""
    copy = staging / f"{path.stem}.copy"
    try:
        staging.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        connection = sqlite3.connect(copy)
        try:
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            tables.find_by_ids(connection)
            connection.commit()
        finally:
            connection.close()
        _publish(copy, path)
    except (OSError, sqlite3.OperationalError) as error:
        raise ImportStopped(
            f"{file}: the import made before cannot be completed ({error}); free some space."
        ) from error
    finally:
        for left in (copy, copy.with_name(f"{copy.name}-journal")):
            left.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            staging.rmdir()


def _publish(made: Path, path: Path) -> None:
    """Make a closed index visible, in one step."""
    seal_file(made)
    with made.open("rb") as written:
        os.fsync(written.fileno())
    made.replace(path)


def _digest(file: Path, step: Callable[[int], None]) -> str:
    found, done = hashlib.sha256(), 0
    with file.open("rb") as stream:
        while chunk := stream.read(_READ):
            found.update(chunk)
            done += len(chunk)
            step(done)
    return found.hexdigest()


def _forgive(progress: _Progress, fault: Callable[[str], None], bad: BadRow) -> None:
    progress.faults += 1
    if progress.faults <= _SHOWN_FAULTS:
        fault(str(bad))


class _Staging:
    """The rows of one file on their way into an index."""

    def __init__(self, stem: Path, version: str) -> None:
        self._main, self._raw = stem.with_name(f"{stem.name}.index"), stem.with_name(f"{stem.name}.names")
        self.progress = _Progress()
        self._connection = self._opened()
        if self._version() != version:
            self.discard()
            self.progress = _Progress()
            self._connection = self._opened()
            tables.create(self._connection, "raw")
            self._connection.execute("CREATE TABLE raw.progress (version TEXT NOT NULL, data BLOB NOT NULL)")
            self._connection.execute("INSERT INTO raw.progress VALUES (?, ?)", (version, self._data()))

    def _opened(self) -> sqlite3.Connection:
        connection = self._connected()
        try:
            connection.execute("ATTACH ? AS raw", (str(self._raw),))
            for database in ("main", "raw"):
                connection.execute(f"PRAGMA {database}.journal_mode = TRUNCATE")
                connection.execute(f"PRAGMA {database}.synchronous = NORMAL")
                connection.execute(f"PRAGMA {database}.cache_size = -{_CACHE_KIB // 2}")
            connection.execute("PRAGMA temp_store = FILE")
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            connection.close()
            if "locked" in str(error):
                raise ImportRunning(f"another process is importing this file ({self._main}); wait for it.") from None
            raise
        return connection

    def _connected(self) -> sqlite3.Connection:
        for tries in (1, 2, 3):
            self._main.parent.mkdir(parents=True, exist_ok=True)
            try:
                return sqlite3.connect(self._main, isolation_level=None, timeout=0.2)
            except sqlite3.OperationalError:  # an import that ended meanwhile removed the folder, being empty
                if tries == 3:
                    raise
        raise AssertionError

    def _version(self) -> str | None:
        try:
            row = self._connection.execute("SELECT version, data FROM raw.progress").fetchone()
            if row is None or not self._connection.execute("SELECT 1 FROM main.sqlite_master LIMIT 1").fetchone():
                return None
        except sqlite3.DatabaseError:
            return None
        self.progress = _Progress(**orjson.loads(row[1]))
        return str(row[0])

    def _data(self) -> bytes:
        return orjson.dumps(asdict(self.progress))

    def fill(self, rows: Iterator[tuple[int, Draft | None]], batch: int, reading: SourceFile) -> Iterator[int]:
        """Stage the rows behind the last one that is staged; yield the number of the last row of each batch."""
        done, progress = self.progress.last, self.progress
        faulty = progress.faults
        left = (row for row in rows if row[0] > done)
        while taken := list(itertools.islice(left, batch)):
            drafts = [(number, draft) for number, draft in taken if draft is not None]
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT INTO entry VALUES (?, 0, ?)", [(number, row_of(draft)) for number, draft in drafts]
            )
            progress.names += tables.add_names(self._connection, drafts)
            progress.last = taken[-1][0]
            progress.rows += len(drafts)
            progress.left_out += len(taken) - len(drafts) - (progress.faults - faulty)
            faulty = progress.faults
            self._connection.execute("UPDATE raw.progress SET data = ?", (self._data(),))
            self._connection.execute("COMMIT")
            yield progress.last
        if not progress.rows:
            of = f"; the kinds of its {progress.left_out:,} rows are none of those that Waqai knows, or are not said"
            say = f"{of} (say them with --kind or --column kind=HEADER)" if progress.left_out else ""
            raise reading.fault(None, None, f"it lists no place{say}")
        progress.read = True
        self._connection.execute("UPDATE raw.progress SET data = ?", (self._data(),))

    def finish(self, *, unique: bool, reading: SourceFile) -> Iterator[None]:
        """Make the tables of the raw rows, in one transaction."""
        self._connection.execute("BEGIN")
        for table in ("name", "opening", "identity", "place", "sound", "source", "meta"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 (names of our own tables)
        for _ in tables.finish(self._connection):
            yield
        if unique and (found := tables.duplicate(self._connection)):
            key, first, second = found
            unit = reading.unit
            raise reading.fault(second, "id", f"{key.partition(':')[2]} is the id of {unit} {first} too")
        self._connection.execute("COMMIT")

    def describe(self, source: GazetteerSource, part: dict[str, object]) -> None:
        """Write whose places these are, and of which file."""
        self._connection.execute("BEGIN")
        self._connection.execute("DELETE FROM source")
        self._connection.execute("DELETE FROM meta WHERE key = 'part'")
        tables.add_sources(self._connection, [source])
        self._connection.execute("INSERT INTO meta VALUES ('part', ?)", (orjson.dumps(part),))
        self._connection.execute("COMMIT")

    def publish(self, path: Path) -> None:
        """Make the index visible, in one step."""
        self.close()
        _publish(self._main, path)
        self.discard()

    def close(self) -> None:
        """Let go of the files; what is committed stays for the next run."""
        self._connection.close()

    def discard(self) -> None:
        """Throw away what is staged."""
        self.close()
        for file in (self._main, self._raw):
            for suffix in ("", "-journal"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another import stages there, or has just removed it
            self._main.parent.rmdir()
