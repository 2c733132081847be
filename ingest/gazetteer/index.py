"""An index file that is read: what a source lists under a name, under an identity, behind a first word.

Invariant: nothing here writes. One question takes one statement, however many names it is about. A connection never
crosses a fork.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ingest.gazetteer.draft import Listing, listing_of
from ingest.gazetteer.source import GazetteerSource

# One statement for a whole article: the names come in as one JSON array.
_NAMED = """
SELECT asked.value, entry.n, entry.source, entry.data FROM json_each(?) AS asked
CROSS JOIN name ON name.key = asked.value JOIN entry ON entry.n = name.n ORDER BY asked.id, entry.n
"""
_IDENTIFIED = """
SELECT asked.value, identity.n FROM json_each(?) AS asked
CROSS JOIN identity ON identity.key = asked.value ORDER BY asked.id, identity.n
"""
_ENTRIES = "SELECT n, source, data FROM entry WHERE n IN (SELECT value FROM json_each(?))"
_SOUNDING = "SELECT ?1, n, source, data FROM entry WHERE n IN (SELECT n FROM sound WHERE key = ?1 ORDER BY n LIMIT ?2)"
_OPENING = "SELECT asked.value, second FROM json_each(?) AS asked CROSS JOIN opening ON opening.first = asked.value"


def connect(file: Path) -> sqlite3.Connection:
    """Return a connection that reads the index file and nothing else; the file must not change under it."""
    uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


class Index:
    """One index, of the project's own sources or of one imported file."""

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

    @property
    def sources(self) -> tuple[GazetteerSource, ...]:
        """The sources whose entries the index holds."""
        return tuple(self._sources.values())

    def named(self, names: Iterable[str]) -> list[tuple[str, Listing]]:
        """Return what bears each of the names, name by name."""
        return self._listings(_NAMED, json.dumps(list(names)))

    def identified(
        self, keys: Iterable[str], held: Mapping[tuple[int, int], Listing] | None = None
    ) -> list[tuple[str, Listing]]:
        """Return what is known under each of the keys, key by key; what is `held` by its mark is not read again."""
        rows = self.run(_IDENTIFIED, json.dumps(list(keys)))
        own, ranks = id(self), self._ranks
        known = {} if held is None else {n: x for _, n in rows if (x := held.get((own, n))) is not None}
        missing = [n for n in dict.fromkeys(n for _, n in rows) if n not in known]
        if missing:
            for n, source, data in self.run(_ENTRIES, json.dumps(missing)):
                known[n] = listing_of(data, *ranks[source], (own, n))
        return [(asked, known[n]) for asked, n in rows]

    def sounding(self, sounds: Iterable[str], limit: int) -> list[tuple[str, Listing]]:
        """Return at most `limit` of what sounds like one of these, sound by sound."""
        found: list[tuple[str, Listing]] = []
        for sound in sounds:  # a statement a sound: common ones must not be read to their end
            if len(found) >= limit:
                break
            found += self._listings(_SOUNDING, sound, limit - len(found))
        return found

    def openings(self, words: Iterable[str]) -> list[tuple[str, str]]:
        """Return the second words of names that begin with one of the words."""
        return self.run(_OPENING, json.dumps(list(words)))

    def own_keys(self) -> Iterator[str]:
        """Yield the key of every place of the index, in no promised order; this reads all of them."""
        if self.file is not None and self._process != os.getpid():
            self.adopt(connect(self.file))
        return (key for (key,) in self._connection.execute("SELECT key FROM identity WHERE own = 1"))

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

    def _listings(self, sql: str, *parameters: object) -> list[tuple[str, Listing]]:
        rows = self.run(sql, *parameters)
        ranks, own = self._ranks, id(self)
        return [(asked, listing_of(data, *ranks[source], (own, n))) for asked, n, source, data in rows]
