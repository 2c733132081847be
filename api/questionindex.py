"""Which mentions belong to which question, remembered beside the log, so that it is not read anew for each list.

Invariant: what is remembered follows from the log up to a position, from the gazetteer and from this code; what was
remembered of another log, or with another gazetteer, is thrown away, and so is all where a content was erased. There
are ids, digests and positions in it, and no words of an article. It can be deleted at any time.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

if TYPE_CHECKING:
    from graph.log import EventLog

FORMAT: Final = 1  # raise it where the same log gives other rows
_ERASED: Final = "ContentErased"
_WAIT: Final = 60.0  # seconds for another process that brings the same file up to date
_TABLES: Final = """
DROP TABLE IF EXISTS question; DROP TABLE IF EXISTS mention; DROP TABLE IF EXISTS claim; DROP TABLE IF EXISTS state;
CREATE TABLE question (id TEXT PRIMARY KEY, country TEXT NOT NULL, doubt TEXT NOT NULL, margin INTEGER) WITHOUT ROWID;
CREATE TABLE mention (
    at INTEGER PRIMARY KEY, question TEXT NOT NULL, record INTEGER NOT NULL, article TEXT NOT NULL,
    claim TEXT NOT NULL, number INTEGER NOT NULL, linked TEXT NOT NULL
);
CREATE INDEX mention_question ON mention (question, at);
CREATE INDEX mention_claim ON mention (claim);
CREATE TABLE claim (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE state (made TEXT NOT NULL, position INTEGER NOT NULL, body TEXT NOT NULL);
"""


class Asked(NamedTuple):
    """A question as far as the machine's link decides it: why it is doubtful, and by how much it was ahead."""

    id: str
    country: str
    doubt: str
    margin: int | None


class Told(NamedTuple):
    """A mention of a question: the position of the record of its claim, its slot, what the machine linked it to."""

    record: int
    article: str
    claim: str
    number: int
    linked: str


Reading = Callable[[int, Callable[[str], bool]], Iterator[tuple[Asked, Told]]]


class QuestionIndex:
    """The remembered questions of one data folder. Close it when it is no longer needed."""

    def __init__(self, file: Path) -> None:
        try:
            self._connection = _opened(file)
        except (sqlite3.DatabaseError, OSError):  # damaged, or the folder cannot be written
            try:
                file.unlink(missing_ok=True)
                self._connection = _opened(file)
            except (sqlite3.DatabaseError, OSError):
                self._connection = _opened(None)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def follow(self, log: "EventLog", head: int, made: str, reading: Reading) -> None:
        """Bring the index up to `head`; `made` says by what, and `reading` yields what is behind a position.

        `reading` is given the position, and a function that tells whether a claim is met for the first time.
        """
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        try:
            position = self._position(log, head, f"{FORMAT}:{made}")
            if position < head:
                for asked, told in reading(position, self._is_new):
                    run("INSERT OR IGNORE INTO question VALUES (?, ?, ?, ?)", asked)
                    run("INSERT INTO mention VALUES (NULL, ?, ?, ?, ?, ?, ?)", (asked.id, *told))
                run("DELETE FROM state")
                run("INSERT INTO state VALUES (?, ?, ?)", (f"{FORMAT}:{made}", head, _body(log, head)))
            run("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                run("ROLLBACK")
            raise

    def counted(self) -> list[tuple[Asked, int]]:
        """Return every question with the number of its mentions."""
        rows = self._connection.execute(
            "SELECT id, country, doubt, margin, count(*) FROM question JOIN mention ON question = id GROUP BY id"
        )
        return [(Asked(*row[:4]), row[4]) for row in rows]

    def question(self, id_: str) -> Asked | None:
        """Return the question with this id, None where there is none."""
        row = self._connection.execute("SELECT * FROM question WHERE id = ?", (id_,)).fetchone()
        return None if row is None else Asked(*row)

    def mentions(self, id_: str) -> list[Told]:
        """Return the mentions of a question, oldest record first."""
        rows = self._connection.execute(
            "SELECT record, article, claim, number, linked FROM mention WHERE question = ? ORDER BY at", (id_,)
        )
        return [Told(*row) for row in rows]

    def of_claims(self, claims: Iterable[str]) -> set[str]:
        """Return the questions of which one of these claims has a mention."""
        rows = self._connection.execute(
            "SELECT DISTINCT question FROM mention WHERE claim IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(claims)).decode(),),
        )
        return {row[0] for row in rows}

    def _position(self, log: "EventLog", head: int, made: str) -> int:
        """Return up to where the log is known; all is forgotten first where it cannot be relied on."""
        row = self._connection.execute("SELECT made, position, body FROM state").fetchone()
        if row is not None and row[0] == made and row[1] <= head and _body(log, row[1]) == row[2]:
            position = int(row[1])
            if not any(True for _ in log.read(after=position, upto=head, types=(_ERASED,))):
                return position
        for statement in _TABLES.split(";"):  # within the transaction
            self._connection.execute(statement)
        return 0

    def _is_new(self, claim: str) -> bool:
        return self._connection.execute("INSERT OR IGNORE INTO claim VALUES (?)", (claim,)).rowcount == 1


def _body(log: "EventLog", position: int) -> str:
    """Return the digest of the record at a position, empty for that before the first."""
    record = next(log.read(after=position - 1, upto=position), None) if position else None
    return record.body_sha256 if record is not None else ""


def _opened(file: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(file or ":memory:", timeout=_WAIT, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # what is lost is read again
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
            connection.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection
