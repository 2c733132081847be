"""The graph store: the projected dataset in Oxigraph, on disk or in memory, and the position that it answers for.

Invariant: the quads of a batch and the position that they bring the store to are written in one transaction, so the
store always equals a replay of the log up to its own position, whenever the process dies.

A store on disk is a folder with a manifest (`graph.json`) that names the folder of the database and says with which
projection, ontology and base IRI it was made. Replacing the manifest is what swaps a rebuilt store in.
"""

import contextlib
import io
import json
import os
import secrets
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    serialize,
)

from graph.iris import Iris
from graph.log import EventLog, Record
from graph.projection import PROJECTION_VERSION, Projector
from graph.sparql import Limits, check_query, malformed
from graph.terms import wq
from ontology.vocabulary import PREFIXES, Vocabulary

_MANIFEST: Final = "graph.json"
_LOCK: Final = "lock"
_DATABASE: Final = "quads-"  # what the folders of databases are called, before a random part
_OLD_LOG: Final = "LOG.old."
_OLD_LOGS_KEPT: Final = 2
_POSITION: Final = wq("position")


class StoreError(Exception):
    """Something is wrong with the graph store; the base of the classes below."""


class StoreLocked(StoreError):
    """Another process (or another part of this one) owns the store at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the graph at {path} is in use by another waqai process, such as a running server")
        self.path = path


class StoreOutdated(StoreError):
    """The store was made by another projection version or from another ontology."""

    def __init__(self, path: Path, found: str, known: str) -> None:
        super().__init__(f"the graph at {path} was made with {found}, this is {known}: run `waqai rebuild`")
        self.path, self.found, self.known = path, found, known


class OtherBase(StoreError):
    """The store was made with another base IRI."""

    def __init__(self, path: Path, found: str, asked: str) -> None:
        super().__init__(
            f"the graph at {path} has the base IRI {found}, not {asked}: set WAQAI_BASE_IRI={found}, or run "
            "`waqai rebuild` to give it the new one"
        )
        self.path, self.found, self.asked = path, found, asked


class StoreDamaged(StoreError):
    """The folder does not hold a readable store of ours."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the graph at {path} cannot be read ({reason}): run `waqai rebuild`, the log has it all")
        self.path, self.reason = path, reason


class StoreUnwritable(StoreError):
    """The folder of the store cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the graph at {path} cannot be written ({reason}): check the rights and the room of the disk")
        self.path, self.reason = path, reason


class OtherLog(StoreError):
    """What the store holds at `position` is not what the log holds there: it follows another log."""

    def __init__(self, position: int) -> None:
        super().__init__(f"the graph follows another log (they part at position {position}): run `waqai rebuild`")
        self.position = position


class PositionGap(StoreError):
    """The records handed to `apply` do not follow on the store's position."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"position {expected} is due in the graph, not {found}")
        self.expected, self.found = expected, found


class NotAcceptable(StoreError):
    """An answer cannot be written in this media type; `offered` are the ones that it can be written in."""

    def __init__(self, media_type: str, offered: tuple[str, ...]) -> None:
        super().__init__(f"this answer cannot be written as {media_type}, only as {', '.join(offered)}")
        self.media_type, self.offered = media_type, offered


_RESULTS: Final = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
_GRAPHS: Final = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
}
SOLUTIONS_TYPES: Final = tuple(_RESULTS)
"""Media types of SELECT and ASK answers, the default first."""
GRAPH_TYPES: Final = tuple(_GRAPHS)
"""Media types of CONSTRUCT and DESCRIBE answers, the default first."""
_PREFIXED: Final = frozenset({"text/turtle", "application/trig", "application/rdf+xml"})


class Answer:
    """The answer to one query: `kind` is `solutions`, `boolean` or `graph`; `position` is what it answers for.

    Make, write and drop it in one thread, and write or iterate it once: the engine's results belong to the thread that
    asked and run through only once.
    """

    def __init__(self, result: QuerySolutions | QueryBoolean | QueryTriples, position: int) -> None:
        self._result = result
        self.position = position

    @property
    def kind(self) -> str:
        """`solutions`, `boolean` or `graph`."""
        if isinstance(self._result, QuerySolutions):
            return "solutions"
        return "boolean" if isinstance(self._result, QueryBoolean) else "graph"

    @property
    def media_types(self) -> tuple[str, ...]:
        """The media types that it can be written in, the default first."""
        return GRAPH_TYPES if self.kind == "graph" else SOLUTIONS_TYPES

    def write(self, out: IO[bytes], media_type: str | None = None) -> str:
        """Write the answer into `out` as it is found, and return the media type.

        Raises:
            NotAcceptable
        """
        chosen = media_type or self.media_types[0]
        if chosen not in self.media_types:
            raise NotAcceptable(chosen, self.media_types)
        if not isinstance(self._result, QueryTriples):
            self._result.serialize(out, _RESULTS[chosen])
        elif chosen in _PREFIXED:
            serialize(self._result, out, _GRAPHS[chosen], prefixes=dict(PREFIXES))
        else:
            self._result.serialize(out, _GRAPHS[chosen])
        return chosen

    def serialize(self, media_type: str | None = None) -> bytes:
        """Return the whole answer as bytes. Raises NotAcceptable."""
        buffer = io.BytesIO()
        self.write(buffer, media_type)
        return buffer.getvalue()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the columns, without the question mark; empty but for `solutions`."""
        if not isinstance(self._result, QuerySolutions):
            return ()
        return tuple(variable.value for variable in self._result.variables)

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield the solutions as tuples of pyoxigraph terms, None where a variable is not bound."""
        if isinstance(self._result, QuerySolutions):
            names = self.variables
            for solution in self._result:
                yield tuple(solution[name] for name in names)

    def __bool__(self) -> bool:
        """Tell the answer to ASK; for the other forms true."""
        return bool(self._result) if isinstance(self._result, QueryBoolean) else True


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What `rebuild` made: the position of the new store and its number of quads.

    `contents_missing` counts the contents (texts, titles) that were not in the content store, by digest: their words
    are not in the graph. That is right where they were erased, and else a loss; `graph.custody` names them.
    """

    position: int
    quads: int
    contents_missing: int = 0


class GraphStore:
    """The dataset and its position. Made by `open` (on disk, one owner at a time) or `in_memory`.

    `apply` and `catch_up` are for one thread at a time; queries may run in other threads meanwhile.
    """

    def __init__(
        self, store: Store, projector: Projector, *, path: Path | None = None, lock: "_Lock | None" = None
    ) -> None:
        self._store = store
        self._projector = projector
        self._path = path
        self._lock = lock
        self._writing = threading.Lock()
        self._turn = 0  # odd while a batch is being written
        self._node = projector.iris.log()
        self._position = self._settle()

    @classmethod
    def open(cls, folder: Path, projector: Projector) -> Self:
        """Open the store at `folder` for reading and writing, or make an empty one; `close` gives it free.

        Raises:
            StoreLocked, StoreOutdated, OtherBase, StoreDamaged, StoreUnwritable
        """
        folder = Path(folder)
        lock = _Lock(folder)
        try:
            manifest = _read_manifest(folder)
            if manifest is None:
                name = _new_database(folder)
                store = _open_database(folder, name)
                _write_manifest(folder, name, projector.iris)
            else:
                _check_manifest(folder, manifest, projector.iris)
                name = manifest["store"]
                if not (folder / name).is_dir():
                    raise StoreDamaged(folder, f"the folder {name} is missing")
                store = _open_database(folder, name)
            _remove_others(folder, name)
            return cls(store, projector, path=folder, lock=lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def in_memory(cls, log: EventLog, projector: Projector, upto: int | None = None) -> Self:
        """Return a store of its own in memory: the replay of `log` up to the position `upto` (default: its head)."""
        store = Store()
        _load(store, log, projector, log.head() if upto is None else min(upto, log.head()), None)
        return cls(store, projector)

    @property
    def iris(self) -> Iris:
        """The IRIs that the store was made with."""
        return self._projector.iris

    @property
    def projector(self) -> Projector:
        """The projection that fills the store."""
        return self._projector

    def position(self) -> int:
        """Return the log position that the store has reached, 0 for an empty one."""
        return self._position

    def apply(self, records: Iterable[Record]) -> int:
        """Add the quads of `records` in one transaction and return the new position; records it has are passed over.

        Raises:
            PositionGap: a record is missing in between; nothing was added.
            graph.projection.ProjectionError: a record cannot be projected; nothing was added.
        """
        with self._writing:
            position = self._position
            quads: list[Quad] = []
            removed: set[Quad] = set()
            for record in records:
                if record.position <= position:
                    continue
                if record.position != position + 1:
                    raise PositionGap(position + 1, record.position)
                change = self._projector.change(record)
                if change.removed:
                    quads = [quad for quad in quads if quad not in change.removed]
                    removed |= change.removed
                if removed:
                    removed.difference_update(change.added)
                quads += change.added
                position = record.position
            if position > self._position:
                self._turn += 1
                try:
                    self._write(quads, removed, position)
                finally:
                    self._turn += 1
            return self._position

    def catch_up(self, log: EventLog, *, batch: int = 32, progress: Callable[[int], None] | None = None) -> int:
        """Apply what `log` holds beyond the store, `batch` records to a transaction, and return the new position.

        Raises:
            OtherLog: the store was made from another log.
            graph.projection.ProjectionError, StoreUnwritable
        """
        self._same_log(log)
        waiting: list[Record] = []
        for record in log.read(after=self._position):
            waiting.append(record)
            if len(waiting) >= batch:
                self.apply(waiting)
                waiting = []
                if progress is not None:
                    progress(self._position)
        if waiting:
            self.apply(waiting)
            if progress is not None:
                progress(self._position)
        return self._position

    def query(
        self,
        sparql: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        default_graph: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """Ask a SPARQL query; `prefixes` are known beside its own, the graphs restrict what it sees (full IRIs).

        Raises:
            graph.sparql.QueryRefused: it is malformed, an update, over `limits`, or asks another server.
            ValueError: a graph is not a valid IRI.
        """
        check_query(sparql, prefixes=prefixes, limits=limits)
        default: list[NamedNode | BlankNode | DefaultGraph] | None = None
        named: list[NamedNode | BlankNode] | None = None
        if default_graph is not None:
            default = [NamedNode(iri) for iri in default_graph]
        if named_graphs is not None:
            named = [NamedNode(iri) for iri in named_graphs]

        def evaluate() -> QuerySolutions | QueryBoolean | QueryTriples:
            return self._store.query(
                sparql,
                prefixes=None if prefixes is None else dict(prefixes),
                default_graph=default,
                named_graphs=named,
            )

        try:
            # Results see the store as it was when the query started. Where a batch was written meanwhile, nobody knows
            # which side of it that was, and the query starts again while no batch can be written.
            turn = self._turn
            answer = Answer(evaluate(), self._position)
            if turn % 2 or turn != self._turn:
                with self._writing:
                    answer = Answer(evaluate(), self._position)
        except SyntaxError as error:
            raise malformed(sparql, error) from None
        return answer

    def quads(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | Literal | None = None,
        graph: NamedNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads that match; None matches everything, every graph included."""
        yield from self._store.quads_for_pattern(subject, predicate, object_, graph)

    def dump(self, out: IO[bytes]) -> int:
        """Write the dataset as N-Quads, sorted by bytes, and return the number of quads."""
        buffer = io.BytesIO()
        self._store.dump(buffer, RdfFormat.N_QUADS)
        lines = buffer.getvalue().split(b"\n")
        lines = sorted(line for line in lines if line)
        for line in lines:
            out.write(line + b"\n")
        return len(lines)

    def __contains__(self, quad: Quad) -> bool:
        return quad in self._store

    def __len__(self) -> int:
        return len(self._store)

    def close(self) -> None:
        """Give the store free for other processes; it may not be used afterwards."""
        self._store = Store()
        self._position = 0
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, quads: list[Quad], removed: set[Quad], position: int) -> None:
        """Remove and add quads, and write the marker of `position`, in one transaction.

        One `extend` is one transaction. It can only add, so the new marker stands beside the old one for a moment: the
        highest counts, and `_settle` removes what a killed process left behind. One update, which is slower, is one
        transaction too, and can remove.
        """
        before = self._position
        marker = _marker(self._node, position)
        with self._clear_errors():
            if removed:
                gone = [*removed, _marker(self._node, before)] if before else list(removed)
                self._store.update(f"DELETE DATA {{ {_data(gone)} }} ;\nINSERT DATA {{ {_data([*quads, marker])} }}")
                self._position = position
                return
            self._store.extend([*quads, marker])
            self._position = position
            if before:
                self._store.remove(_marker(self._node, before))

    def _settle(self) -> int:
        """Return the highest position marker and remove lower ones."""
        markers = list(self._store.quads_for_pattern(self._node, _POSITION, None, self._node))
        positions = sorted(int(marker.object.value) for marker in markers if isinstance(marker.object, Literal))
        if not positions:
            if len(self._store) and self._path is not None:
                raise StoreDamaged(self._path, "it does not say its position")
            return 0
        for position in positions[:-1]:
            self._store.remove(_marker(self._node, position))
        return positions[-1]

    def _same_log(self, log: EventLog) -> None:
        position = self._position
        if position == 0:
            return
        record = next(log.read(after=position - 1, upto=position), None)
        digest = None if record is None else Literal(record.body_sha256)
        known = [quad.object for quad in self.quads(self.iris.record(position), wq("bodySha256"), None, DefaultGraph())]
        if known != [digest]:
            raise OtherLog(position)

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnwritable(self._path or Path(), str(error)) from error


def rebuild(
    folder: Path,
    log: EventLog,
    projector: Projector,
    *,
    progress: Callable[[int], None] | None = None,
) -> Rebuilt:
    """Make the store at `folder` anew from the whole log, beside the old one, and swap it in when it is complete.

    `progress` is called with each position. Killed half way, it leaves the old store as it was.

    Raises:
        StoreLocked: a process owns the store; nothing was changed.
        graph.projection.ProjectionError, StoreUnwritable
    """
    folder = Path(folder)
    lock = _Lock(folder)
    try:
        try:
            name = _new_database(folder)
            store = _open_database(folder, name)
            missing: set[str] = set()

            def content(sha256: str) -> bytes | None:
                found = projector.content(sha256)
                if found is None:
                    missing.add(sha256)
                return found

            position = _load(store, log, replace(projector, content=content), log.head(), progress)
            store.optimize()
            quads = len(store)
            del store  # closes the database: it is complete on the disk before the manifest names it
            _write_manifest(folder, name, projector.iris)
            _remove_others(folder, name)
        except OSError as error:
            raise StoreUnwritable(folder, str(error)) from error
        return Rebuilt(position, quads, len(missing))
    finally:
        lock.release()


def _load(store: Store, log: EventLog, projector: Projector, upto: int, progress: Callable[[int], None] | None) -> int:
    """Stream the quads of the whole log up to `upto` into an empty store and return the position reached."""
    position = 0

    def quads() -> Iterator[Quad]:
        nonlocal position
        for record in log.read(upto=upto):
            yield from projector.quads(record, upto)
            position = record.position
            if progress is not None:
                progress(position)
        if position:
            yield _marker(projector.iris.log(), position)

    store.bulk_extend(quads())
    return position


def _marker(log: NamedNode, position: int) -> Quad:
    """Return the quad that says how far a store has followed the log; it lies in a graph of its own."""
    return Quad(log, _POSITION, Literal(position), log)


def _data(quads: Iterable[Quad]) -> str:
    """Return `quads` as the body of INSERT DATA and DELETE DATA."""
    lines = []
    for quad in quads:
        triple = f"{quad.subject} {quad.predicate} {quad.object} ."
        graph = quad.graph_name
        lines.append(triple if isinstance(graph, DefaultGraph) else f"GRAPH {graph} {{ {triple} }}")
    return "\n".join(lines)


class _Lock:
    """Ownership of a store's folder by one process; it ends with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] | None = (folder / _LOCK).open("ab")
        except OSError as error:
            raise StoreUnwritable(folder, error.strerror or str(error)) from error
        if sys.platform != "win32":  # there the database's own lock has to do
            import fcntl

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._file.close()
                raise StoreLocked(folder) from None

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _made_with() -> dict[str, object]:
    return {"projection": PROJECTION_VERSION, "ontology": Vocabulary.load().digest}


def _read_manifest(folder: Path) -> dict[str, str] | None:
    try:
        data = json.loads((folder / _MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreDamaged(folder, f"{_MANIFEST}: {error}") from error
    if not isinstance(data, dict) or not {"store", "base", "projection", "ontology"} <= data.keys():
        raise StoreDamaged(folder, f"{_MANIFEST} is not a manifest")
    return data


def _check_manifest(folder: Path, manifest: Mapping[str, object], iris: Iris) -> None:
    known = _made_with()
    for name, what in (("projection", "projection version"), ("ontology", "ontology")):
        if manifest[name] != known[name]:
            raise StoreOutdated(folder, f"{what} {manifest[name]}", str(known[name]))
    if manifest["base"] != iris.base:
        raise OtherBase(folder, str(manifest["base"]), iris.base)


def _write_manifest(folder: Path, name: str, iris: Iris) -> None:
    temporary = folder / f".{_MANIFEST}-{secrets.token_hex(4)}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"store": name, "base": iris.base, **_made_with()}, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MANIFEST)


def _new_database(folder: Path) -> str:
    name = _DATABASE + secrets.token_hex(4)
    (folder / name).mkdir()
    return name


def _open_database(folder: Path, name: str) -> Store:
    try:
        store = Store(folder / name)
    except (OSError, RuntimeError, ValueError) as error:
        if "lock" in str(error).lower():
            raise StoreLocked(folder) from error
        raise StoreDamaged(folder, str(error)) from error
    _prune_logs(folder / name)
    return store


def _prune_logs(database: Path) -> None:
    """Remove the database's own old log files but the newest; every opening leaves one behind, named by its time."""
    old = [path for path in database.glob(f"{_OLD_LOG}*") if path.name.removeprefix(_OLD_LOG).isdigit()]
    old.sort(key=lambda path: int(path.name.removeprefix(_OLD_LOG)))
    for path in old[:-_OLD_LOGS_KEPT]:
        with contextlib.suppress(OSError):  # they do no harm where they cannot be removed
            path.unlink()


def _remove_others(folder: Path, name: str) -> None:
    """Remove the databases that the manifest does not name: left by a killed rebuild, or replaced by this one."""
    for other in sorted(folder.glob(f"{_DATABASE}*")):
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)
    for other in sorted(folder.glob(f".{_MANIFEST}-*")):
        other.unlink(missing_ok=True)
