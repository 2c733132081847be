"""The event index: the events of a log as of every position, kept in a database beside the graph.

Invariant: it holds, for each position up to its own, the events that the log has there, and goes on through the log
when a later one is asked for. Its content follows from the log, the contents that are not erased and the version of
the fusion, so any process may write it on, and it can be thrown away at any time. Where something was erased or given
back, or the fusion brings together otherwise, it is made again from nothing, in another file, and the old file goes.

It may be killed at any moment: what a record does is written in one transaction with its position.
"""

import contextlib
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, TypeVar

from graph.curations import Curations
from graph.events.contract import Event, Events, Member, Possibly, Turn
from graph.events.deciding import pairs
from graph.events.tables import SCHEMA, Tables
from graph.events.telling import Telling
from graph.fusion.clustering import FUSION_VERSION
from graph.fusion.decisions import Decisions
from graph.fusion.upkeep import Upkeep
from graph.log import EventLog, Record
from graph.lookups import Mentioning
from graph.reach import reach
from ontology.curations import CURATION_TYPES, EVENT_SPLIT, EVENTS_MERGED
from ontology.records import CLAIMS_EXTRACTED, article_stream
from ontology.reviews import LINK_REVIEWED

FORMAT: Final = 3  # raised whenever the tables are others
_TYPES: Final = (CLAIMS_EXTRACTED, LINK_REVIEWED, *sorted(CURATION_TYPES))
_BATCH: Final = 512  # positions of a transaction
_PAGE: Final = 512  # events that are read at a time
_PATIENCE: Final = 60.0  # seconds without progress of another process that writes
_CACHE: Final = 65_536  # kilobytes of the file
_ANEW: Final = "anew-"  # what folders are called in which an index is made beside the one that answers
_T = TypeVar("_T")


class EventsUnusable(Exception):
    """The event index can be neither read nor written; the message says what to do."""

    def __init__(self, place: str, error: Exception) -> None:
        super().__init__(
            f"the index of events in {place} cannot be used: {error}. Make room on the disk or mend the permissions; "
            "it may be deleted at any time and is made again."
        )


class EventIndex(Events):
    """The events of `log`, from an index in `folder`, or in memory without one. May be used by several threads.

    A folder that cannot be written is read as far as it goes; the rest is made in memory.

    Raises (each question):
        EventsUnusable
        graph.content.ContentDamaged
    """

    def __init__(self, log: EventLog, telling: Telling, mentioning: Mentioning, folder: Path | None = None) -> None:
        self._log = log
        self._telling = telling
        self._mentioning = mentioning
        self._folder = folder
        self._lock = threading.RLock()
        self._file: _File | None = None

    def at(self, position: int) -> Iterator[Event]:
        """See `Events.at`."""
        tables, numbers = self._ask(position, lambda tables: (tables, tables.standing(position)))
        for start in range(0, len(numbers), _PAGE):
            with self._lock:
                try:
                    page = [_event(tables, number) for number in numbers[start : start + _PAGE]]
                except sqlite3.DatabaseError as error:
                    self._let_go(remove=_damaged(error))
                    raise EventsUnusable(self._place(), error) from error
            yield from page

    def turn(self, position: int) -> Turn:
        """See `Events.turn`."""
        return self.between(position - 1, position)

    def between(self, after: int, upto: int) -> Turn:
        """See `Events.between`."""

        def read(tables: Tables) -> Turn:
            ended, begun = tables.turned(after, upto)
            return Turn(
                tuple(_event(tables, number) for number in ended), tuple(_event(tables, number) for number in begun)
            )

        return self._ask(upto, read)

    def of(self, claim: str, position: int) -> Event | None:
        """See `Events.of`."""

        def read(tables: Tables) -> Event | None:
            number = tables.of(claim, position)
            return None if number is None else _event(tables, number)

        return self._ask(position, read)

    def turns(self, claim: str, upto: int) -> Iterator[tuple[int, Turn]]:
        """See `Events.turns`; only the positions that turned something are asked."""
        for position in self._ask(upto, lambda tables: tables.turnings(claim, upto)):
            yield position, self.turn(position)

    def there(self, claim: str, position: int) -> int | None:
        """See `Events.there`."""

        def read(tables: Tables) -> int | None:
            if tables.of(claim, position) is not None:
                return position
            left = tables.left(claim, position)
            return None if left is None else left - 1

        return self._ask(position, read)

    @contextlib.contextmanager
    def anew(self) -> Iterator[Events]:
        """See `Events.anew`. For one process at a time, which owns the graph."""
        if self._folder is None:
            yield self
            return
        with contextlib.suppress(OSError):
            for left in self._folder.glob(f"{_ANEW}*"):  # of a run that was killed
                shutil.rmtree(left, ignore_errors=True)
        folder = self._folder / f"{_ANEW}{secrets.token_hex(4)}"
        fresh = EventIndex(self._log, self._telling, self._mentioning, folder)
        try:
            yield fresh
            fresh.close()
            self._take_over(folder)
        finally:
            fresh.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _take_over(self, folder: Path) -> None:
        """Let the file that was made in `folder` be this index from now on."""
        with self._lock:
            for path in folder.glob("events-*.sqlite"):
                place = folder.parent / path.name
                if self._file is None or self._file.path == place:
                    self._file = None  # who goes through it still reads it
                    try:
                        _remove(place)
                        path.replace(place)
                    except OSError as error:
                        raise EventsUnusable(self._place(), error) from error

    def close(self) -> None:
        """Let the file go; the next question opens it again."""
        with self._lock:
            if self._file is not None:
                self._file.connection.close()
                self._file = None

    def _ask(self, position: int, read: Callable[[Tables], _T]) -> _T:
        with self._lock:
            for last in (False, True):
                try:
                    file = self._opened()
                    if file.reached < position:
                        self._follow(min(position, self._log.head()))
                        file = self._opened()
                    return read(file.tables)
                except sqlite3.DatabaseError as error:
                    damaged = _damaged(error)
                    self._let_go(remove=damaged)
                    if last or not damaged:
                        raise EventsUnusable(self._place(), error) from error
                except OSError as error:
                    raise EventsUnusable(self._place(), error) from error
        raise AssertionError

    def _place(self) -> str:
        return "memory" if self._folder is None else str(self._folder)

    # -- the file --------------------------------------------------------------------------------------------------

    def _opened(self) -> "_File":
        manifest = f"{FORMAT}-{FUSION_VERSION}-{self._telling.erasures.last()}"
        if self._file is not None and self._file.manifest != manifest:
            self._file = None  # who goes through it still reads it; the file goes as another one is opened
        if self._file is None:
            self._file = self._open(manifest)
        return self._file

    def _let_go(self, *, remove: bool) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(sqlite3.Error):
                file.connection.close()
        if remove and self._folder is not None:
            for path in self._folder.glob("events-*.sqlite"):
                _remove(path)

    def _open(self, manifest: str) -> "_File":
        if self._folder is None:
            return _File.made(None, manifest)
        path = self._folder / f"events-{manifest}.sqlite"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in self._folder.glob("events-*.sqlite"):
                if old != path:
                    _remove(old)
            file = _File.made(path, manifest)
        except (OSError, sqlite3.OperationalError) as error:
            if not _unwritable(error):
                raise
            return _File.copied(path, manifest)
        if not self._goes_with_the_log(file):
            file.connection.close()
            _remove(path)
            file = _File.made(path, manifest)
        return file

    def _goes_with_the_log(self, file: "_File") -> bool:
        """Tell whether the log holds what the index was made of; one from a backup may end earlier."""
        position, record = file.state()
        return position == 0 or record == self._record(position)

    def _record(self, position: int) -> str:
        return next((found.body_sha256 for found in self._log.read(after=position - 1, upto=position)), "")

    # -- following the log -----------------------------------------------------------------------------------------

    def _follow(self, upto: int) -> None:
        """Go on through the log up to `upto`, in transactions; another process may do a part of it."""
        waited = time.monotonic()
        while True:
            file = self._opened()
            before = file.reached
            try:
                file.connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if _unwritable(error) and file.path is not None:
                    self._file = _File.copied(file.path, file.manifest)
                    continue
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() - waited > _PATIENCE:
                    raise
                if file.read_reached() > before:
                    waited = time.monotonic()
                if file.reached >= upto:
                    return
                continue
            try:
                position, _ = file.state()
                if position < upto:
                    self._take(file, position, upto)
                file.connection.execute("COMMIT")
            except BaseException:
                file.forget()
                with contextlib.suppress(sqlite3.Error):
                    file.connection.execute("ROLLBACK")
                raise
            if file.read_reached() >= upto:
                return

    def _take(self, file: "_File", position: int, upto: int) -> None:
        """Take in what follows `position`, no further than `upto` and no more than a transaction holds."""
        curations = self._telling.curations
        if file.upkeep is None or file.known != position:
            file.tables.forget()
            file.upkeep = Upkeep(file.tables, pairs(curations.events(position)))
        upto = min(upto, position + _BATCH)  # positions, not records: of old schemas others are read than come out
        records = self._log.read(after=position, upto=upto, types=_TYPES)
        for at, parts in groupby(records, key=lambda record: record.position):
            file.tables.position = at
            self._change(file.tables, file.upkeep, at, list(parts))
        file.connection.execute("UPDATE state SET position = ?, record = ?", (upto, self._record(upto)))
        file.known = upto

    def _change(self, tables: Tables, upkeep: Upkeep, position: int, parts: Sequence[Record]) -> None:
        """Take in what the record at `position` changes, given in its present schemas."""
        articles: dict[str, list[Record] | None] = {}
        decisions: Decisions | None = None
        curations = self._telling.curations
        for record in parts:
            if record.type == CLAIMS_EXTRACTED:
                article = record.payload["article"]
                first = record.version <= 2 and record.stream == article_stream(article)  # of its runs
                articles[article] = [record] if first and article not in articles and len(parts) == 1 else None
            elif record.type in CURATION_TYPES:
                if curations.type_of(position) is None:
                    continue  # of a schema that nobody knows
                if _on_events(curations, position):
                    decisions = pairs(curations.events(position))
                    continue
            for article in reach(record, self._telling.reviews, curations, self._mentioning).claims:
                articles.setdefault(article, None)
        removed: list[str] = []
        added = []
        for article, runs in articles.items():
            before = tables.of_article(article)
            now = self._telling.compared(article, position, runs)
            removed += [name for name, claim in before.items() if now.get(name) != claim]
            added += [claim for name, claim in now.items() if before.get(name) != claim]
        if removed or added or decisions is not None:
            upkeep.change(added, removed, decisions)


def _on_events(curations: Curations, position: int) -> bool:
    return curations.type_of(curations.roots(position)[-1]) in (EVENTS_MERGED, EVENT_SPLIT)


class _File:
    """The database in use. `reached` is a position that it has reached, `known` the one that `tables` remembers."""

    def __init__(self, path: Path | None, manifest: str, connection: sqlite3.Connection) -> None:
        self.path = path
        self.manifest = manifest
        self.connection = connection
        self.tables = Tables(connection)
        self.upkeep: Upkeep | None = None
        self.known = -1
        self.reached = self.state()[0]

    @classmethod
    def made(cls, path: Path | None, manifest: str) -> "_File":
        """Open the database at `path`, or one in memory; it is made where it is not there."""
        connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=1)
        try:
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
            if path is not None:
                connection.execute("PRAGMA busy_timeout = 10000")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")  # a lost end is made again
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute("INSERT INTO state VALUES (?, 0, '')", (manifest,))
            connection.execute("COMMIT")
            connection.execute("PRAGMA busy_timeout = 1000")
            return cls(path, manifest, connection)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def copied(cls, path: Path, manifest: str) -> "_File":
        """Return what a database that cannot be written holds, in memory."""
        if not path.exists():
            return cls.made(None, manifest)
        made = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        there = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
        try:
            there.backup(made)
            return cls(None, manifest, made)
        except sqlite3.DatabaseError:
            made.close()
            return cls.made(None, manifest)
        finally:
            there.close()

    def state(self) -> tuple[int, str]:
        """Return the position that it has reached, and the digest of the record there."""
        position, record = self.connection.execute("SELECT position, record FROM state").fetchone()
        return int(position), str(record)

    def read_reached(self) -> int:
        """Return the position that it has reached, whoever wrote it."""
        self.reached = self.state()[0]
        return self.reached

    def forget(self) -> None:
        """Forget what was read: a transaction failed."""
        self.tables.forget()
        self.upkeep, self.known = None, -1


def _event(tables: Tables, number: int) -> Event:
    told = tables.told(number)

    def member(claim: str) -> Member:
        return Member(claim, tables.article(claim))

    return Event(
        tuple(map(member, told.members)),
        tuple(map(member, told.denials)),
        tuple(Possibly(member(own), member(other), score) for own, other, score in told.possibly),
    )


def _damaged(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)  # what the module itself raises has none
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _unwritable(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
    return isinstance(error, PermissionError) or (isinstance(error, OSError) and error.errno == 30)  # EROFS


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
