"""The tables of an index file, and how raw rows become them.

Invariant: the tables follow from the raw rows, whatever their order; they are written in the order of their keys, so
that building them takes memory for sorting and no more.

What a draft is found by: its names without type words ("مدينة", "Governorate") and without parentheses too, its folded
forms, and its sound. Only places with an Arabic name have folded forms, and one that more than eight places of a file
share is left out as saying nothing.
"""

import sqlite3
from collections.abc import Iterable, Iterator

import orjson

from ingest.gazetteer.draft import Draft
from ingest.gazetteer.folding import folded_keys
from ingest.gazetteer.names import division_keys, spelling_keys
from ingest.gazetteer.sound import sound_of
from ontology.identity import derived_id
from ontology.model import GazetteerSource

_NUMBER_BYTES = 8
_PLACE = "CREATE TABLE place (id INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (id, n)) WITHOUT ROWID;"
_PLACES = "INSERT INTO place SELECT number_of_key(key), n FROM identity WHERE own = 1 ORDER BY 1, 2"
SCHEMA = f"""
CREATE TABLE entry (n INTEGER PRIMARY KEY, source INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE name (key TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (key, n)) WITHOUT ROWID;
CREATE TABLE identity (
    key TEXT NOT NULL, n INTEGER NOT NULL, own INTEGER NOT NULL, PRIMARY KEY (key, n)
) WITHOUT ROWID;
{_PLACE}
CREATE TABLE opening (first TEXT NOT NULL, second TEXT NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID;
CREATE TABLE sound (key TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (key, name)) WITHOUT ROWID;
CREATE TABLE source (
    n INTEGER PRIMARY KEY, rank INTEGER NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, licence TEXT NOT NULL,
    attribution TEXT NOT NULL, url TEXT NOT NULL, version TEXT NOT NULL
);
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
"""
_RAW = """
CREATE {kind} TABLE {raw}raw_name (key TEXT NOT NULL, n INTEGER NOT NULL);
CREATE {kind} TABLE {raw}raw_fold (key TEXT NOT NULL, n INTEGER NOT NULL);
CREATE {kind} TABLE {raw}raw_identity (key TEXT NOT NULL, n INTEGER NOT NULL, own INTEGER NOT NULL);
CREATE {kind} TABLE {raw}raw_sound (key TEXT NOT NULL, name TEXT NOT NULL);
"""
# A folded form that many places share says nothing. Pairs of first words come sorted from the names, nearly.
_FINISH = (
    """INSERT INTO raw_name SELECT key, n FROM raw_fold
    WHERE key IN (SELECT key FROM raw_fold GROUP BY key HAVING count(*) <= 8)""",
    "INSERT OR IGNORE INTO name SELECT key, n FROM raw_name ORDER BY key, n",
    """INSERT OR IGNORE INTO opening SELECT first, substr(rest, 1, instr(rest || ' ', ' ') - 1) FROM (
        SELECT substr(key, 1, instr(key, ' ') - 1) AS first, substr(key, instr(key, ' ') + 1) AS rest
        FROM name WHERE instr(key, ' ') > 0)""",
    "INSERT OR IGNORE INTO identity SELECT key, n, own FROM raw_identity ORDER BY key, n, own DESC",
    _PLACES,
    "INSERT OR IGNORE INTO sound SELECT key, name FROM raw_sound ORDER BY key, name",
)


def create(connection: sqlite3.Connection, raw: str | None = None) -> None:
    """Create the tables, and those for raw rows: temporary ones, or in the attached database `raw`."""
    connection.executescript(SCHEMA)
    create_raw(connection, raw)


def create_raw(connection: sqlite3.Connection, raw: str | None = None) -> None:
    """Create the tables for raw rows only."""
    kind, prefix = ("TEMP", "") if raw is None else ("", f"{raw}.")
    connection.executescript(_RAW.format(kind=kind, raw=prefix))


def add_sources(connection: sqlite3.Connection, sources: Iterable[GazetteerSource]) -> None:
    """Write the sources of the file, numbered from 0 in the order given."""
    connection.executemany(
        "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(n, s.rank, s.id, s.title, s.licence, s.attribution, s.url, s.version) for n, s in enumerate(sources)],
    )


def add_names(connection: sqlite3.Connection, drafts: Iterable[tuple[int, Draft]]) -> int:
    """Write what the drafts are found by; return how many names these are."""
    name_rows: list[tuple[str, int]] = []
    fold_rows: list[tuple[str, int]] = []
    identities: list[tuple[str, int, int]] = []
    sounds: list[tuple[str, str]] = []
    for n, draft in drafts:
        keys = {key for spelling in draft.spellings for key in spelling_keys(spelling, draft.typed)}
        if draft.kind == "governorate":
            keys |= {key for name in keys for key in division_keys(name)}
        name_rows += [(key, n) for key in keys]
        if "ar" in draft.names:
            fold_rows += [(fold, n) for fold in {fold for key in keys for fold in folded_keys(key)}]
        sounds += [(sound, key) for key in keys if (sound := sound_of(key))]
        identities.append((draft.key, n, 1))
        identities += [(key, n, 0) for key in draft.same]
    connection.executemany("INSERT INTO raw_name VALUES (?, ?)", name_rows)
    connection.executemany("INSERT INTO raw_fold VALUES (?, ?)", fold_rows)
    connection.executemany("INSERT INTO raw_identity VALUES (?, ?, ?)", identities)
    connection.executemany("INSERT INTO raw_sound VALUES (?, ?)", sounds)
    return len(name_rows)


def finish(connection: sqlite3.Connection) -> Iterator[str]:
    """Turn raw rows into the tables, one step each time that the iterator is asked."""
    _know_numbers(connection)
    for step in _FINISH:
        connection.execute(step)
        yield step
    connection.execute("INSERT INTO meta VALUES ('schemes', ?)", (orjson.dumps(_schemes(connection)),))


def find_by_ids(connection: sqlite3.Connection) -> None:
    """Add what an index of before places were found by their ids lacks."""
    _know_numbers(connection)
    connection.execute(_PLACE)
    connection.execute(_PLACES)


def number_of_id(id_: str) -> int | None:
    """Return the number under which a place with this id is found, None where it is no id.

    It is half of the id: two places may have one number, so what is found is compared.
    """
    try:
        return int.from_bytes(bytes.fromhex(id_)[:_NUMBER_BYTES], "big", signed=True)
    except ValueError:
        return None


def _know_numbers(connection: sqlite3.Connection) -> None:
    def number_of_key(key: str) -> int | None:
        return number_of_id(derived_id("place", key))

    connection.create_function("number_of_key", 1, number_of_key, deterministic=True)


def _schemes(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
    """Return the schemes of the identities, and those of which two listings have the same one."""
    found: list[str] = []
    shared: list[str] = []
    while row := connection.execute(
        "SELECT key FROM identity WHERE key >= ? ORDER BY key LIMIT 1", (f"{found[-1]};" if found else "",)
    ).fetchone():
        found.append(row[0].partition(":")[0])
        twice = "SELECT 1 FROM identity WHERE key >= ? AND key < ? GROUP BY key HAVING count(*) > 1 LIMIT 1"
        if connection.execute(twice, (f"{found[-1]}:", f"{found[-1]};")).fetchone():
            shared.append(found[-1])
    return found, shared


def duplicate(connection: sqlite3.Connection) -> tuple[str, int, int] | None:
    """Return a key that two drafts have as their own, with the numbers of both, or None."""
    row = connection.execute(
        "SELECT key, min(n), max(n) FROM identity WHERE own = 1 GROUP BY key HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2])
