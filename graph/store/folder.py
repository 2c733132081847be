"""The folder of a store on disk: the lock, the manifest, and the databases that it names or has left behind.

Invariant: a folder has one owner at a time. The manifest (`graph.json`) names the folder of the database and says with
which projection, ontology and base IRI it was made; replacing it is what swaps a rebuilt database in.
"""

import contextlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from pyoxigraph import Store

from graph.iris import Iris
from graph.projection import PROJECTION_VERSION
from graph.store.errors import Doing, OtherBase, StoreDamaged, StoreLocked, StoreOutdated, StoreUnwritable
from ontology.vocabulary import Vocabulary

_MANIFEST: Final = "graph.json"
_LOCK: Final = "lock"
_DATABASE: Final = "quads-"  # what the folders of databases are called, before a random part
_OLD_LOG: Final = "LOG.old."
_OLD_LOGS_KEPT: Final = 2


class FolderLock:
    """Ownership of a store's folder by one process; it ends with the process, however that ends."""

    def __init__(self, folder: Path, doing: Doing = Doing.USING) -> None:
        """Take the folder, saying what for.

        Raises:
            StoreLocked: somebody has it, who says what for.
            StoreUnwritable
        """
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] | None = (folder / _LOCK).open("ab")
        except OSError as error:
            raise StoreUnwritable(folder, error.strerror or str(error)) from error
        if sys.platform != "win32":  # there the database's own lock has to do
            import fcntl

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._file.close()
                raise StoreLocked(folder, *_holder(folder)) from None
        self.tell(doing)

    def tell(self, doing: Doing) -> None:
        """Let others know what the folder is held for."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk costs others the reason, not us the folder
                self._file.truncate(0)
                self._file.write(json.dumps({"process": os.getpid(), "doing": doing.value}).encode())
                self._file.flush()

    def release(self) -> None:
        """Give the folder free; once is enough."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _holder(folder: Path) -> tuple[int | None, Doing]:
    try:
        told = json.loads((folder / _LOCK).read_bytes())
        return int(told["process"]), Doing(told["doing"])
    except (OSError, ValueError, TypeError, KeyError):  # taken this moment, or by an older version
        return None, Doing.USING


@dataclass(frozen=True, slots=True)
class Made:
    """What a store was made with, beside the base IRI: the version of the projection, and the ontology's digest."""

    projection: int
    ontology: str

    @classmethod
    def now(cls) -> "Made":
        """Return what a store would be made with now."""
        return cls(PROJECTION_VERSION, Vocabulary.load().digest)

    @classmethod
    def told(cls, manifest: Mapping[str, object]) -> "Made":
        """Return what a manifest says."""
        return cls(int(str(manifest["projection"])), str(manifest["ontology"]))


def read_manifest(folder: Path) -> dict[str, str] | None:
    """Return the manifest of the folder, None where it has none yet.

    Raises:
        StoreDamaged
    """
    try:
        data = json.loads((folder / _MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreDamaged(folder, f"{_MANIFEST}: {error}") from error
    if not isinstance(data, dict) or not {"store", "base", "projection", "ontology"} <= data.keys():
        raise StoreDamaged(folder, f"{_MANIFEST} is not a manifest")
    return data


def check_manifest(folder: Path, manifest: Mapping[str, object], iris: Iris) -> None:
    """Refuse a store that was made with something else than a new one would be.

    Raises:
        StoreOutdated, OtherBase
    """
    found, known = Made.told(manifest), Made.now()
    if found.projection != known.projection:
        raise StoreOutdated(folder, f"projection version {found.projection}", str(known.projection))
    if found.ontology != known.ontology:
        raise StoreOutdated(folder, f"ontology {found.ontology}", known.ontology)
    if manifest["base"] != iris.base:
        raise OtherBase(folder, str(manifest["base"]), iris.base)


def write_manifest(folder: Path, name: str, iris: Iris) -> None:
    """Name the database that the folder holds from now on, in one step."""
    temporary = folder / f".{_MANIFEST}-{secrets.token_hex(4)}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"store": name, "base": iris.base, **asdict(Made.now())}, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MANIFEST)


def new_database(folder: Path) -> str:
    """Make the folder of a new database and return its name."""
    name = _DATABASE + secrets.token_hex(4)
    (folder / name).mkdir()
    return name


def open_database(folder: Path, name: str) -> Store:
    """Open a database of the folder for reading and writing.

    Raises:
        StoreLocked, StoreDamaged
    """
    try:
        store = Store(folder / name)
    except (OSError, RuntimeError, ValueError) as error:
        if "lock" in str(error).lower():
            raise StoreLocked(folder) from error
        raise StoreDamaged(folder, str(error)) from error
    _prune_logs(folder / name)
    return store


def _prune_logs(database: Path) -> None:
    """Remove the database's own old log files but the newest; every opening leaves one behind, named by its time."""
    old = [path for path in database.glob(f"{_OLD_LOG}*") if path.name.removeprefix(_OLD_LOG).isdigit()]
    old.sort(key=lambda path: int(path.name.removeprefix(_OLD_LOG)))
    for path in old[:-_OLD_LOGS_KEPT]:
        with contextlib.suppress(OSError):  # they do no harm where they cannot be removed
            path.unlink()


def discard(database: Path) -> None:
    """Remove a database that no manifest names and nobody reads."""
    shutil.rmtree(database, ignore_errors=True)


def remove_others(folder: Path, name: str) -> None:
    """Remove the databases that the manifest does not name: left by a killed rebuild, or replaced by this one."""
    for other in sorted(folder.glob(f"{_DATABASE}*")):
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)
    for other in sorted(folder.glob(f".{_MANIFEST}-*")):
        other.unlink(missing_ok=True)
