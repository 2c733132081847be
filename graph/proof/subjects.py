"""The map of subjects: for each article, claim, run and stream, the chain of all records that name it.

Invariant: the map follows from the records 1 to `size` alone. What names a subject is decided by `named_subjects` and
`named_positions` and by nothing else: a record has the subjects that it names and those of the earlier records that it
names by position. So whatever stream a later retraction or review is in, it is in the chain of what it is about. The
file is a cache that the log makes again.

The map is a sparse Merkle tree over SHA-256 of the subject; a part with one subject has the hash of that subject. Each
key has one place, so each root has one answer for it, also where the keeper of the log is dishonest.
"""

import json
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

import orjson

from graph.log import EventLog, LogDamaged
from graph.proof.tiles import ProofError
from graph.proof.verify_bundle import (
    EMPTY,
    bit,
    chained,
    map_leaf,
    map_node,
    subject_key,
)

FIELDS: Final = (
    "article",
    "claim",
    "run",
)  # that name a subject; with an s, each string of a list that begins with one
POSITION_FIELD: Final = "undoes"  # of the payload, names an earlier record, as `cause` of the envelope does

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS subject(key BLOB PRIMARY KEY, chain BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS touch(key BLOB, position INTEGER, PRIMARY KEY(key, position)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part(
  prefix BLOB PRIMARY KEY, hash BLOB NOT NULL, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state(one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, root BLOB) STRICT;
INSERT OR IGNORE INTO state VALUES (1, 0, NULL);
"""
_VERSION: Final = 1
_UNWRITABLE: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_DEPTH: Final = 2  # bytes of the key by which parts are kept

_Part = tuple[bytes, int]  # the hash of a part of the map, and how many subjects it holds: 0, 1 or more
_NONE: Final[_Part] = (EMPTY, 0)


class MapDamaged(ProofError):
    """The file of the map cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be used ({reason}): delete it and run waqai log checkpoint, which makes it again"
        )
        self.path, self.reason = path, reason


class MapUnwritable(ProofError):
    """The file of the map cannot be written; what it holds is as it was."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be written ({reason}): nothing was signed; check the room on the disk and the rights of "
            "the folder, of the file and of those beside it (-wal, -shm), and seal again"
        )
        self.path, self.reason = path, reason


@dataclass(frozen=True, slots=True)
class Looked:
    """What the map says of one subject: the positions of all records that name it, and the way to the root.

    `other` is key and chain of the subject that stands alone where this one would be; then there are no positions.
    """

    subject: str
    positions: tuple[int, ...]
    siblings: tuple[bytes, ...]
    other: tuple[bytes, bytes] | None


class Subjects:
    """The map in one SQLite file, at one size of the log. One process at a time writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in (0, _VERSION):
                raise MapDamaged(path, f"it is of version {version}")
            if version == 0:
                self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def state(self) -> tuple[int, bytes | None]:
        """Return the size of the log that the map is of, and the root of the hash tree at that size."""
        with self._errors():
            size, root = self._db.execute("SELECT size, root FROM state").fetchone()
        return int(size), root

    def reset(self) -> None:
        """Forget everything."""
        with self._errors(), self._transaction():
            for table in ("subject", "touch", "part"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608
            self._db.execute("UPDATE state SET size = 0, root = NULL")

    def extend(self, touched: Iterable[tuple[int, bytes, set[str]]], size: int, root: Callable[[], bytes]) -> None:
        """Add records, given by position, leaf hash and subjects, and put the map at `size`; all of it or nothing.

        `root` is asked at the end for the root of the hash tree at this size.
        """
        with self._errors(), self._transaction():
            changed: set[bytes] = set()
            fresh = self._db.execute("SELECT 1 FROM subject LIMIT 1").fetchone() is None
            chains: dict[bytes, bytes] = {}
            touches: list[tuple[bytes, int]] = []
            for position, leaf, subjects in touched:
                for subject in subjects:
                    key = subject_key(subject)
                    chain = chains.get(key)
                    if chain is None and not fresh:
                        row = self._db.execute("SELECT chain FROM subject WHERE key = ?", (key,)).fetchone()
                        chain = None if row is None else row[0]
                    chains[key] = chained(chain or EMPTY, leaf)
                    touches.append((key, position))
                if len(chains) > _BATCH:
                    self._put(chains, touches, changed)
                    fresh = False
            self._put(chains, touches, changed)
            self._renew(changed)
            self._db.execute("UPDATE state SET size = ?, root = ?", (size, root()))

    def _put(self, chains: dict[bytes, bytes], touches: list[tuple[bytes, int]], changed: set[bytes]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO subject VALUES (?, ?)", sorted(chains.items()))
        self._db.executemany("INSERT INTO touch VALUES (?, ?)", sorted(touches))
        changed.update(key[:_DEPTH] for key in chains)
        chains.clear()
        touches.clear()

    def _renew(self, changed: set[bytes]) -> None:
        """Compute the parts anew whose prefixes are given, and those above them."""
        parts = [(prefix, *_over(self._leaves(prefix), 8 * _DEPTH)) for prefix in sorted(changed)]
        self._db.executemany("INSERT OR REPLACE INTO part VALUES (?, ?, ?)", parts)
        for depth in range(_DEPTH - 1, 0, -1):
            above = sorted({prefix[:depth] for prefix in changed})
            self._db.executemany(
                "INSERT OR REPLACE INTO part VALUES (?, ?, ?)",
                [(prefix, *_joined(self._row(prefix))) for prefix in above],
            )

    def root(self) -> bytes:
        """Return the root of the map."""
        with self._errors():
            return _joined(self._row(b""))[0]

    def positions(self, subject: str) -> list[int]:
        """Return the positions of the records that have a subject."""
        query = "SELECT position FROM touch WHERE key = ? ORDER BY position"
        with self._errors():
            return [position for (position,) in self._db.execute(query, (subject_key(subject),))]

    def look(self, subject: str) -> Looked:
        """Return what the map says of a subject, with the proof."""
        key = subject_key(subject)
        positions = tuple(self.positions(subject))
        with self._errors():
            rows = {depth: self._row(key[:depth]) for depth in range(_DEPTH)}
            leaves = self._leaves(key[:_DEPTH])
        siblings: list[bytes] = []
        depth = 0
        while depth < 256 and self._at(key, depth, rows, leaves)[1] > 1:
            siblings.append(self._at(_turned(key, depth), depth + 1, rows, leaves)[0])
            depth += 1
        alone = self._alone(key, depth)
        return Looked(subject, positions, tuple(siblings), None if alone is None or alone[0] == key else alone)

    def _at(self, key: bytes, depth: int, rows: dict[int, list[_Part]], leaves: list[tuple[bytes, bytes]]) -> _Part:
        """Return the part of the map at `depth` on the path of `key`, which shares all whole bytes with `rows`."""
        if depth > 8 * _DEPTH:
            return _over([leaf for leaf in leaves if _shares(leaf[0], key, depth)], depth)
        byte = max(0, depth - 1) >> 3
        width = 256 >> depth - 8 * byte
        first = key[byte] & ~(width - 1)
        return _joined(rows[byte][first : first + width])

    def _alone(self, key: bytes, depth: int) -> tuple[bytes, bytes] | None:
        """Return the first subject on the path of `key` down to `depth`, None where there is none."""
        low = (int.from_bytes(key, "big") >> 256 - depth << 256 - depth).to_bytes(32, "big") if depth else bytes(32)
        query = "SELECT key, chain FROM subject WHERE key >= ? ORDER BY key LIMIT 1"
        with self._errors():
            row = self._db.execute(query, (low,)).fetchone()
        return (row[0], row[1]) if row is not None and _shares(row[0], key, depth) else None

    def _leaves(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """Return key and chain of the subjects whose keys begin with `prefix`, in the order of the keys."""
        low, high = prefix.ljust(32, b"\0"), prefix.ljust(32, b"\xff")
        return self._db.execute(
            "SELECT key, chain FROM subject WHERE key BETWEEN ? AND ? ORDER BY key", (low, high)
        ).fetchall()

    def _row(self, prefix: bytes) -> list[_Part]:
        """Return the 256 parts one byte below `prefix`."""
        found = self._db.execute(
            "SELECT prefix, hash, count FROM part WHERE prefix BETWEEN ? AND ? AND length(prefix) = ?",
            (prefix + b"\0", prefix + b"\xff", len(prefix) + 1),
        ).fetchall()
        row = [_NONE] * 256
        for key, digest, count in found:
            row[key[-1]] = (digest, count)
        return row

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0)
            if code & 0xFF in _UNWRITABLE or code == sqlite3.SQLITE_IOERR_WRITE:
                raise MapUnwritable(self.path, str(error)) from error
            raise MapDamaged(self.path, str(error)) from error


_BATCH: Final = 50_000  # subjects held in memory while a log is read
_REPEATED: Final = 1024  # subjects whose keys are remembered, because the next records often have them again
_FEW: Final = 8  # subjects that are looked through one by one
_IN_MEMORY: Final = 200_000  # the same where the map is not kept, some 40 MB


def _shares(one: bytes, two: bytes, depth: int) -> bool:
    """Tell whether two keys agree in their first `depth` bits."""
    return int.from_bytes(one, "big") >> 256 - depth == int.from_bytes(two, "big") >> 256 - depth


def _turned(key: bytes, depth: int) -> bytes:
    """Return `key` with the bit at `depth` turned."""
    return (int.from_bytes(key, "big") ^ 1 << 255 - depth).to_bytes(32, "big")


def _over(leaves: list[tuple[bytes, bytes]], depth: int, start: int = 0, end: int | None = None) -> _Part:
    """Return the part at `depth` that holds the subjects `[start, end)`, which are in order and share `depth` bits."""
    end = len(leaves) if end is None else end
    if end - start <= 1:
        return (map_leaf(*leaves[start]), 1) if end > start else _NONE
    if end - start > _FEW:
        middle = bisect_left(leaves, 1, start, end, key=lambda leaf: bit(leaf[0], depth))
    else:
        middle, byte, mask = start, depth >> 3, 128 >> (depth & 7)
        while middle < end and not leaves[middle][0][byte] & mask:
            middle += 1
    left, right = _over(leaves, depth + 1, start, middle), _over(leaves, depth + 1, middle, end)
    return map_node(left[0], right[0]), 2


def _joined(parts: list[_Part]) -> _Part:
    """Return the part over a row of parts, whose number is a power of two."""
    while len(parts) > 1:
        parts = [_pair(parts[i], parts[i + 1]) for i in range(0, len(parts), 2)]
    return parts[0]


def _pair(left: _Part, right: _Part) -> _Part:
    if left[1] + right[1] <= 1:
        return left if left[1] else right
    return map_node(left[0], right[0]), 2


def root_of(touched: Iterable[tuple[int, bytes, set[str]]], folder: Path) -> bytes:
    """Return the root of the map of records, given by position, leaf hash and subjects, without keeping the map.

    Where there are many subjects, `folder` takes a temporary file.
    """
    chains: dict[bytes, bytes] = {}
    spilled: sqlite3.Connection | None = None
    try:
        key_of = lru_cache(_REPEATED)(subject_key)
        for _, leaf, subjects in touched:
            for subject in subjects:
                key = key_of(subject)
                chain = chains.get(key)
                if chain is None and spilled is not None:
                    row = spilled.execute("SELECT chain FROM subject WHERE key = ?", (key,)).fetchone()
                    chain = None if row is None else row[0]
                chains[key] = chained(chain or EMPTY, leaf)
            if len(chains) > _IN_MEMORY:
                if spilled is None:
                    spilled = sqlite3.connect(folder / "subjects.sqlite", isolation_level=None)
                    spilled.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_SCHEMA}")
                _spill(spilled, chains)
        if spilled is None:
            return _over(sorted(chains.items()), 0)[0]
        _spill(spilled, chains)
        parts = [_NONE] * (1 << 8 * _DEPTH)
        rows = spilled.execute("SELECT key, chain FROM subject ORDER BY key")
        for prefix, leaves in groupby(rows, key=lambda row: row[0][:_DEPTH]):
            parts[int.from_bytes(prefix, "big")] = _over(list(leaves), 8 * _DEPTH)
        return _joined(parts)[0]
    finally:
        if spilled is not None:
            spilled.close()


def _spill(database: sqlite3.Connection, chains: dict[bytes, bytes]) -> None:
    database.execute("BEGIN")
    database.executemany("INSERT OR REPLACE INTO subject VALUES (?, ?)", sorted(chains.items()))
    database.execute("COMMIT")
    chains.clear()


def named_subjects(body: bytes) -> set[str]:
    """Return the subjects that a record names, given its body: its stream, and what fields of its payload say.

    Raises:
        ValueError: the body is no record in canonical JSON; where it is one, nothing is decoded but what is looked for.
    """
    stream = _STREAM.match(body, max(0, body.rfind(_STREAM_NAME)))
    if stream is None:
        raise ValueError("the body is not a record")
    found = {_decoded(stream[1])}
    for kind, name in _NAMES:
        at = body.find(name)
        while at >= 0:
            after = at + len(name)
            field = _FIELD.match(body, after)
            if field is not None and body[at - 1] != _ESCAPE:  # with it, inside a string
                if (value := field[1]) is not None:
                    found.add(kind + _decoded(value))
                else:
                    values = _STRING.findall(body, field.start(2), field.end(2))
                    if body[field.end(2) : field.end(2) + 1] != b"]":  # other things follow in the list
                        values = [orjson.dumps(v) for v in _list_at(body, field.start(2) - 1) if isinstance(v, str)]
                    found.update(kind + _decoded(value) for value in values)
            at = body.find(name, after)
    return found


def named_positions(body: bytes) -> set[int]:
    """Return the positions of the earlier records that a record names, given its body; it has their subjects too.

    Raises:
        ValueError: the body is no record in canonical JSON.
    """
    cause = _CAUSE.match(body)
    if cause is None:
        raise ValueError("the body is not a record")
    if cause[1] == b"null" and _POSITION_NAME not in body:
        return set()
    record = orjson.loads(body)
    payload = record["payload"]
    named = (record["cause"], payload.get(POSITION_FIELD) if isinstance(payload, dict) else None)
    return {at for at in named if isinstance(at, int) and not isinstance(at, bool) and 0 < at < record["position"]}


_NAMES: Final = tuple((f"{kind}/", b'"%s' % kind.encode()) for kind in FIELDS)
_POSITION_NAME: Final = b'"%s":' % POSITION_FIELD.encode()
_STREAM_NAME: Final = b',"stream":'  # the last in a body is that of the envelope: what follows it are three more fields
_STREAM: Final = re.compile(rb',"stream":("(?:[^"\\]|\\.)*"),"type":"(?:[^"\\]|\\.)*","v":\d+,"version":\d+\}\Z')
_CAUSE: Final = re.compile(rb'\{"actor":"(?:[^"\\]|\\.)*","cause":(null|-?\d+),"key":')
_ESCAPE: Final = ord("\\")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
# Behind the name of a field in canonical JSON: a string, or the strings that a list begins with.
_FIELD: Final = re.compile(rb's?":(?:("(?:[^"\\]|\\.)*")|\[("(?:[^"\\]|\\.)*"(?:,"(?:[^"\\]|\\.)*")*))')


def _decoded(value: bytes) -> str:
    """Return what a string of a JSON text says."""
    return str(orjson.loads(value)) if _ESCAPE in value else value[1:-1].decode()


def _list_at(body: bytes, start: int) -> list[object]:
    """Return the list that begins at `start` of a JSON text."""
    found, _ = json.JSONDecoder().raw_decode(body[start:].decode("utf-8"))
    return list(found)


class Touched:
    """The subjects of records, also of those that name earlier records."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def subjects(self, position: int, body: bytes) -> set[str]:
        """Return the subjects of a record, given its body.

        Raises:
            LogDamaged: the body is no record in canonical JSON, or an earlier record that it names is missing.
        """
        try:
            found, named = named_subjects(body), named_positions(body)
            pending, seen = sorted(named), {position, *named}
            for at in pending:  # grows while it is walked: an undo may undo an undo
                earlier = self._body(at)
                found |= named_subjects(earlier)
                further = sorted(named_positions(earlier) - seen)
                pending += further
                seen.update(further)
        except ValueError as error:
            raise LogDamaged(position, str(error)) from error
        return found

    def _body(self, position: int) -> bytes:
        for _, body in self._log.bodies(position - 1, position):
            return body
        raise LogDamaged(position, "the record is missing")
