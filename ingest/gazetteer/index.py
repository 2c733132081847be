"""The index file: drafts become rows, once, and the file is opened read-only afterwards.

Invariant: a file of the cache folder is whole or is not there; it is opened only by the code and for the sources that
made it. The same drafts give the same rows.

Names are stored without type words ("مدينة", "Governorate") and without parentheses too. Only places with an Arabic
name have folded forms, and one that more than eight places share is left out as saying nothing.
"""

import itertools
import logging
import os
import sqlite3
import tempfile
from functools import lru_cache
from pathlib import Path

import orjson

from ingest import normal
from ingest.gazetteer.defaults import default_sources
from ingest.gazetteer.draft import Draft, containers
from ingest.gazetteer.entry import precision_of
from ingest.gazetteer.folding import folded_keys
from ingest.gazetteer.names import division_keys, spelling_keys
from ontology.identity import sha256_hex

_LOG = logging.getLogger(__name__)
_MAKERS = ("defaults", "draft", "entry", "folding", "index", "names")  # the modules that decide what the rows are
_SHARED_FOLD_LIMIT = 8
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE entry (n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, data BLOB NOT NULL);
CREATE TABLE name (key TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (key, n)) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TEMP TABLE raw_name (key TEXT NOT NULL, n INTEGER NOT NULL);
CREATE TEMP TABLE raw_fold (key TEXT NOT NULL, n INTEGER NOT NULL);
"""
# A folded form that many places share says nothing.
_KEEP_FOLDS = """
INSERT INTO raw_name SELECT key, n FROM raw_fold
WHERE key IN (SELECT key FROM raw_fold GROUP BY key HAVING count(*) <= ?)
"""


def _cache_folder() -> Path:
    if chosen := os.environ.get("WAQAI_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "waqai"


def cache_file(version: str, cache: Path | None = None) -> Path:
    """Return where the index of these sources lies, made by this code."""
    folder = cache if cache is not None else _cache_folder()
    return folder / f"gazetteer-{version[:20]}-{_code_digest()[:8]}.sqlite"


@lru_cache(maxsize=1)
def _code_digest() -> str:
    # Code that makes keys is not data, but an index made by other code must not be opened.
    here = Path(__file__)
    made_by = [*(here.with_name(f"{module}.py") for module in _MAKERS), Path(normal.__file__)]
    return sha256_hex(b"".join(file.read_bytes() for file in made_by))


def connect(file: Path) -> sqlite3.Connection:
    """Return a connection that reads the index file and nothing else; the file must not change under it."""
    uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


def open_file(file: Path, version: str) -> sqlite3.Connection | None:
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
        if pages * page == size and row and areas and row[0] == version:
            return connection
    except sqlite3.DatabaseError:
        pass
    connection.close()
    _LOG.warning("the gazetteer index %s is damaged and is built again", file)
    return None


def build_cached(
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
    if temporary is None:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        _fill(connection, version, overlay, min_population)
        return connection, None
    try:
        connection = sqlite3.connect(temporary)
        try:
            _fill(connection, version, overlay, min_population)
        finally:
            connection.close()
        temporary.replace(file)  # atomic: a second process that builds at the same time replaces it by an equal one
    finally:
        temporary.unlink(missing_ok=True)
    return connect(file), file


def _fill(connection: sqlite3.Connection, version: str, overlay: Path, min_population: int) -> None:
    held, cities = default_sources(overlay, min_population)
    areas: dict[str, object] = {}
    connection.executescript(_SCHEMA)
    connection.execute("BEGIN")
    for n, draft in enumerate(itertools.chain(held.values(), cities), 1):
        within = containers(draft, held)
        for key in within:
            if key not in areas and (area := held.get(key)):
                areas[key] = {"id": area.id, "names": area.names, "lat": area.lat, "lon": area.lon, "links": area.links}
        names = {key for spelling in draft.spellings for key in spelling_keys(spelling, draft.typed)}
        if draft.kind == "governorate":
            names |= {key for name in names for key in division_keys(name)}
        keys = sorted(names)
        connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (n, draft.key, orjson.dumps(_data(draft, within))))
        connection.executemany("INSERT INTO raw_name VALUES (?, ?)", [(key, n) for key in keys])
        if "ar" in draft.names:
            folds = sorted({fold for key in keys for fold in folded_keys(key)})
            connection.executemany("INSERT INTO raw_fold VALUES (?, ?)", [(fold, n) for fold in folds])
    connection.execute(_KEEP_FOLDS, (_SHARED_FOLD_LIMIT,))
    connection.execute("INSERT INTO name SELECT DISTINCT key, n FROM raw_name ORDER BY key, n")
    connection.execute("INSERT INTO meta VALUES ('areas', ?)", (orjson.dumps(areas, option=orjson.OPT_SORT_KEYS),))
    connection.execute("INSERT INTO meta VALUES ('version', ?)", (version,))
    connection.execute("COMMIT")
    # Dropping a temporary table needs no space in the file; a main one would leave holes.
    connection.executescript("DROP TABLE temp.raw_name; DROP TABLE temp.raw_fold;")


def _data(draft: Draft, within: list[str]) -> list[object]:
    return [
        draft.key,
        draft.names,
        draft.kind,
        draft.lat,
        draft.lon,
        draft.country,
        draft.population,
        precision_of(draft.kind).value,
        within,
        draft.links,
        draft.capital,
    ]
