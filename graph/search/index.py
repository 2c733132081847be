"""The index of words: which things of the graph have texts with which words, beside the database that it belongs to.

Invariant: at each position from the one that it was made at up to its own, it holds exactly what the graph has there:
each text with the position that brought it in and the one that took it out. It holds words in normal form and no text,
and lies in the folder of the database: a graph that is made anew, as after an erasure, takes the file along when it
goes. It can be thrown away at any time. Words are written before the graph is, so a graph is never ahead of it.
"""

import contextlib
import hashlib
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from graph.iris import Iris
from graph.projection import Change, Triple
from graph.search.wording import Term, Wording
from graph.terms import Term as Terms
from ontology.normal import normal_words

FILE: Final = "words.sqlite"
_VERSION: Final = 1  # raised whenever the same texts would be indexed otherwise
_BATCH: Final = 2_000
_CACHE: Final = 32_768  # kilobytes that a reader may keep of it

_SCHEMA: Final = """
CREATE TABLE state(version INTEGER NOT NULL, made INTEGER NOT NULL, position INTEGER NOT NULL);
CREATE TABLE texts(id INTEGER PRIMARY KEY, thing TEXT NOT NULL, digest INTEGER NOT NULL, since INTEGER NOT NULL,
                   until INTEGER);
CREATE UNIQUE INDEX present ON texts(digest) WHERE until IS NULL;
CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize="ascii tokenchars '_'");
"""
# A word of a text is a token as it is: `ascii` takes all letters beyond ASCII for parts of words.

_QUOTE: Final = re.compile(r"(.*/id/claim/[^/]+)/evidence/[0-9]+/quote")
_NAMES: Final = (Terms.HEADLINE, Terms.PREF_LABEL, Terms.ALT_LABEL)
_INDEXED: Final = frozenset(map(str, (Terms.EXACT, *_NAMES)))


class IndexUnusable(Exception):
    """The index is not there, is damaged, or does not go with the graph: search without it."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the graph: the IRI of the thing that has it, and a digest that tells it from all others."""

    thing: str
    words: str
    digest: int


def text_of(subject: str, predicate: str, value: str) -> Text | None:
    """Return the text that a triple of the default graph holds, None where it is none that is searched.

    The quotes of a claim are the claim's; headlines and names are those of their subject.

    >>> text_of("http://a/id/claim/c-1/evidence/2/quote", str(Terms.EXACT), "قُصفت حلب").thing
    'http://a/id/claim/c-1'
    """
    if predicate not in _INDEXED:
        return None
    thing = subject
    if predicate == _EXACT:
        match = _QUOTE.fullmatch(subject)
        if match is None:
            return None
        thing = match[1]
    name = f"{subject}\0{predicate}\0{value}".encode("utf-8", "surrogatepass")
    digest = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)
    return Text(thing, " ".join(normal_words(value)), digest)


def texts_of(triples: Iterable[Triple]) -> Iterator[Text]:
    """Yield the texts that triples of the default graph hold."""
    for triple in triples:
        subject, predicate, value = triple.split(" ", 2)
        if predicate in _INDEXED:
            text = text_of(subject[1:-1], predicate, _unescaped(value[1 : value.rindex('"')]))
            if text is not None:
                yield text


def texts_in(store: Store) -> Iterator[tuple[str, str]]:
    """Yield each thing of a store with one of its texts as it is written."""
    for predicate in (Terms.EXACT, *_NAMES):
        for quad in store.quads_for_pattern(None, predicate, None, DefaultGraph()):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                match = _QUOTE.fullmatch(quad.subject.value) if predicate == Terms.EXACT else None
                if predicate != Terms.EXACT or match is not None:
                    yield quad.subject.value if match is None else match[1], quad.object.value


class WordIndex:
    """The index of one database, for who writes it; readers open the file at `path` by themselves (`things`)."""

    def __init__(self, path: Path, iris: Iris, connection: sqlite3.Connection) -> None:
        self.path = path
        self._base = iris.base
        self._connection = connection
        self._writing = threading.Lock()
        self.made, self.position = _state(connection)

    @classmethod
    def beside(cls, database: Path, store: Store, iris: Iris, position: int) -> "WordIndex":
        """Return the index of a database that stands at `position`; one that does not go with it is made anew.

        Raises:
            IndexUnusable: it can neither be read nor made.
        """
        path = database / FILE
        try:
            if path.exists():
                with contextlib.suppress(IndexUnusable, sqlite3.Error):
                    found = cls(path, iris, _writable(path))
                    if found.position == position:
                        return found
                    found.close()
            return cls._made(path, store, iris, position)
        except (OSError, sqlite3.Error) as error:
            raise IndexUnusable(str(error)) from error

    @classmethod
    def _made(cls, path: Path, store: Store, iris: Iris, position: int) -> "WordIndex":
        for old in path.parent.glob(f"{FILE}*"):
            old.unlink()
        connection = _writable(path)
        connection.executescript(_SCHEMA)
        connection.execute("BEGIN")
        connection.execute("INSERT INTO state VALUES (?, ?, ?)", (_VERSION, position, position))
        waiting: list[Text] = []
        for predicate in (Terms.EXACT, *_NAMES):
            for quad in store.quads_for_pattern(None, predicate, None, DefaultGraph()):
                if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, Literal):
                    continue
                text = text_of(quad.subject.value, str(predicate), quad.object.value)
                if text is not None:
                    waiting.append(text)
                if len(waiting) >= _BATCH:
                    _insert(connection, waiting, position, iris.base)
                    waiting = []
        _insert(connection, waiting, position, iris.base)
        connection.execute("COMMIT")
        return cls(path, iris, connection)

    def take(self, changes: Iterable[tuple[int, Change]], position: int) -> None:
        """Take in what records change, each with its position, and be at `position`; what it has is passed over.

        Raises:
            IndexUnusable: it could not be written; do without it from now on.
        """
        try:
            with self._writing:
                self._connection.execute("BEGIN")
                for reached, change in changes:
                    if reached <= self.position:
                        continue
                    gone = [text.digest for text in texts_of(t for t, graph in change.removed if not graph)]
                    self._connection.executemany(
                        "UPDATE texts SET until = ? WHERE digest = ? AND until IS NULL",
                        [(reached, digest) for digest in gone],
                    )
                    added = change.added
                    news = {
                        text.digest: text for triples in (added.default, added.common) for text in texts_of(triples)
                    }
                    _insert(self._connection, list(news.values()), reached, self._base)
                self._connection.execute("UPDATE state SET position = max(position, ?)", (position,))
                self._connection.execute("COMMIT")
                self.position = max(self.position, position)
        except sqlite3.Error as error:
            raise IndexUnusable(str(error)) from error

    def close(self) -> None:
        """Let the file go."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


def things(path: Path, iris: Iris, wording: Wording, position: int, most: int) -> list[str]:
    """Return the IRIs of the things that have a text with the words at `position`; no more than `most`.

    Raises:
        IndexUnusable: it is damaged, or does not know that position.
    """
    try:
        connection = _readable(path)
    except sqlite3.Error as error:
        raise IndexUnusable(str(error)) from error
    try:
        made, reached = _state(connection)
        if not made <= position <= reached:
            raise IndexUnusable(f"it answers for positions from {made} to {reached}, not for {position}")
        rows = connection.execute(
            "SELECT DISTINCT thing FROM words JOIN texts ON texts.id = words.rowid WHERE words MATCH ? "
            "AND since <= ? AND (until IS NULL OR until > ?) LIMIT ?",
            (expression(wording), position, position, most),
        ).fetchall()
    except sqlite3.Error as error:
        raise IndexUnusable(str(error)) from error
    finally:
        connection.close()
    return [thing if "://" in thing else iris.base + thing for (thing,) in rows]


def expression(wording: Wording) -> str:
    """Return what is looked for as FTS5 writes it: words in quotation marks, which hold letters and digits only."""
    wanted = " AND ".join(f"({' OR '.join(map(_alternatives, terms))})" for terms in wording.wanted)
    if not wording.unwanted:
        return wanted
    return f"({wanted}) NOT ({' OR '.join(map(_alternatives, wording.unwanted))})"


def _alternatives(term: Term) -> str:
    end = "*" if term.open else ""
    return " OR ".join(f'"{" ".join((first, *term.words[1:]))}"{end}' for first in term.firsts)


def _insert(connection: sqlite3.Connection, texts: Iterable[Text], position: int, base: str) -> None:
    for text in texts:
        thing = text.thing.removeprefix(base)
        done = connection.execute(
            "INSERT OR IGNORE INTO texts(thing, digest, since) VALUES (?, ?, ?)", (thing, text.digest, position)
        )
        if done.rowcount:
            connection.execute("INSERT INTO words(rowid, text) VALUES (?, ?)", (done.lastrowid, text.words))


def _writable(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # a lost end is noticed by its position
    connection.execute(f"PRAGMA cache_size = -{_CACHE}")
    return connection


def _readable(path: Path) -> sqlite3.Connection:
    address = path.absolute().as_uri()
    try:
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None, timeout=10)
        connection.execute("SELECT 1 FROM state").fetchone()
    except sqlite3.OperationalError:  # a folder that cannot be written: nobody writes the file either
        connection = sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
    connection.execute(f"PRAGMA cache_size = -{_CACHE}")
    return connection


def _state(connection: sqlite3.Connection) -> tuple[int, int]:
    found = connection.execute("SELECT version, made, position FROM state").fetchone()
    if found is None or found[0] != _VERSION:
        raise IndexUnusable("another version of Waqai has made it")
    return found[1], found[2]


_EXACT: Final = str(Terms.EXACT)
_ESCAPE: Final = re.compile(r"\\(.)")
_MEANT: Final = {"n": "\n", "r": "\r"}


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), text) if "\\" in text else text
