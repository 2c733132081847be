"""An index file that is read: what a source lists under a name, under an identity, behind a first word.

Invariant: nothing here writes. One question takes one statement, however many names it is about. A connection never
crosses a fork. What was damaged on the disk is never an answer.
"""

import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from ingest.gazetteer.draft import Listing, listing_of
from ingest.gazetteer.seal import Damaged
from ingest.gazetteer.tables import number_of_id
from ontology.identity import derived_id
from ontology.model import GazetteerSource

# One statement for a whole article: the names come in as one JSON array.
_NAMED = """
SELECT asked.value, entry.n, entry.source, entry.data FROM json_each(?) AS asked
CROSS JOIN name ON name.key = asked.value JOIN entry ON entry.n = name.n ORDER BY asked.id, entry.n
"""
_IDENTIFIED = """
SELECT asked.value, identity.n FROM json_each(?) AS asked
CROSS JOIN identity ON identity.key = asked.value ORDER BY asked.id, identity.n
"""
_PLACED = """
SELECT asked.value, entry.n, entry.source, entry.data FROM json_each(?) AS asked
CROSS JOIN place ON place.id = asked.value JOIN entry ON entry.n = place.n ORDER BY asked.id, entry.n
"""
_ENTRIES = "SELECT NULL, n, source, data FROM entry WHERE n IN (SELECT value FROM json_each(?))"
# Common sounds are not read to their end: the bound is the last name that is wanted; a blob stands behind every text.
_SOUNDING = """
SELECT sound.name, asked.value FROM json_each(?) AS asked CROSS JOIN sound ON sound.key = asked.value
AND sound.name <= coalesce((SELECT name FROM sound WHERE key = asked.value LIMIT 1 OFFSET ?), x'')
"""
_MAPPED = 1 << 31  # bytes of the file that are read as memory, so that the system's cache is not copied
_OPENING = "SELECT asked.value, second FROM json_each(?) AS asked CROSS JOIN opening ON opening.first = asked.value"


def connect(file: Path) -> sqlite3.Connection:
    """Return a connection that reads the index file and nothing else; the file must not change under it."""
    uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
    return connection


class Index:
    """One index, of the project's own sources or of one imported file.

    `schemes` are those of the identities that it holds (`geonames`, `admin1`); `shared` those of which two of its
    listings may have one. Asking for an identity of another scheme gives nothing, and nothing else, respectively.
    `finds_ids` tells whether a place is found by its id without reading all.
    """

    def __init__(self, connection: sqlite3.Connection, file: Path | None) -> None:
        self.file = file
        self.adopt(connection)

    def adopt(self, connection: sqlite3.Connection) -> None:
        """Read from this connection from now on."""
        self._connection = connection
        self._process = os.getpid()
        rows = connection.execute(
            "SELECT n, rank, id, title, licence, attribution, url, version FROM source ORDER BY n"
        ).fetchall()
        self._sources = {row[0]: GazetteerSource(*row[1:]) for row in rows}
        self._ranks = {n: (source.id, source.rank) for n, source in self._sources.items()}
        self.finds_ids = bool(self.run("SELECT 1 FROM sqlite_master WHERE name = 'place'"))
        schemes = orjson.loads(self.meta("schemes") or b"[[],[]]")
        self.schemes, self.shared = (frozenset(found) for found in schemes)

    @property
    def sources(self) -> tuple[GazetteerSource, ...]:
        """The sources whose entries the index holds."""
        return tuple(self._sources.values())

    def named(self, names: Iterable[str]) -> list[tuple[str, Listing]]:
        """Return what bears each of the names, name by name."""
        asked = list(names)
        return self._listings(_NAMED, _array(asked)) if asked else []

    def identified(
        self, keys: Iterable[str], held: Mapping[tuple[int, int], Listing] | None = None
    ) -> list[tuple[str, Listing]]:
        """Return what is known under each of the keys, key by key; what is `held` by its mark is not read again."""
        asked_for = list(keys)
        rows = self.run(_IDENTIFIED, _array(asked_for)) if asked_for else []
        own = id(self)
        known = {} if held is None else {n: x for _, n in rows if (x := held.get((own, n))) is not None}
        missing = [n for n in dict.fromkeys(n for _, n in rows) if n not in known]
        if missing:
            known |= {x.mark[1]: x for _, x in self._listings(_ENTRIES, _array(missing))}
        return [(asked, known[n]) for asked, n in rows]

    def sounding(self, sounds: Iterable[str], limit: int) -> list[tuple[str, str]]:
        """Return at most `limit` names of each of the sounds, each with its sound."""
        return self.run(_SOUNDING, _array(sounds), limit - 1)

    def openings(self, words: Iterable[str]) -> list[tuple[str, str]]:
        """Return the second words of names that begin with one of the words."""
        return self.run(_OPENING, _array(words))

    def keys_of(self, ids: Iterable[str]) -> list[str]:
        """Return the keys of places among which are all that have these ids."""
        numbers = [number for id_ in ids if (number := number_of_id(id_)) is not None]
        if self.finds_ids:
            return [listing.key for _, listing in self._listings(_PLACED, _array(numbers))]
        wanted, keys = set(numbers), self.run("SELECT key FROM identity WHERE own = 1")
        return [key for (key,) in keys if number_of_id(derived_id("place", key)) in wanted]

    def meta(self, key: str) -> Any:
        """Return a value that describes the index, None where it has none of that name."""
        row = self.run("SELECT value FROM meta WHERE key = ?", key)
        return row[0][0] if row else None

    def close(self) -> None:
        """Close the index; a closed one answers nothing any more."""
        self._connection.close()

    def run(self, sql: str, *parameters: object) -> list[Any]:
        """Ask the file."""
        if self.file is not None and self._process != os.getpid():  # SQLite connections must not cross a fork
            self.adopt(connect(self.file))
        return self._connection.execute(sql, parameters).fetchall()

    def mend(self, error: sqlite3.DatabaseError) -> None:
        """Do what can be done about a file that turned out to be damaged, or raise."""
        raise error

    def _listings(self, sql: str, *parameters: object) -> list[tuple[str, Listing]]:
        try:
            return self._read(sql, *parameters)
        except Damaged as error:
            self.mend(error)
            return self._read(sql, *parameters)

    def _read(self, sql: str, *parameters: object) -> list[tuple[str, Listing]]:
        rows = self.run(sql, *parameters)
        ranks, own = self._ranks, id(self)
        return [(asked, listing_of(data, *ranks[source], (own, n))) for asked, n, source, data in rows]


def _array(values: Iterable[object]) -> str:
    return orjson.dumps(list(values)).decode()
