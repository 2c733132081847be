"""Reading a graph from Python: `graph.open`, safe beside a server that owns the folder.

Invariant: nothing of the data folder changes but a folder `reading-…` beside the database, which is there while the
graph is open. It is a checkpoint by hard links: what the server writes, compacts or rebuilds meanwhile does not reach
it, so it stays at the position that it says. No query gets out: SERVICE is refused, and nothing is fetched. A past
state is one of the folder `past`, where it is made and kept like any that is asked for.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store

from graph.iris import Iris
from graph.search.finding import find
from graph.search.index import FILE
from graph.search.wording import Wording
from graph.store.errors import StoreDamaged, StoreError
from graph.store.folder import read_manifest
from graph.store.reader import evaluation, marked
from graph.travel.leases import Lease, abandoned
from ontology.vocabulary import PREFIXES

if TYPE_CHECKING:
    from rdflib import Dataset

_READING: Final = "reading-"
_DATABASE: Final = "quads"
_IN_DATA: Final = "graph"  # what the folder of the graph is called in a data folder
_TRIES: Final = 50
_PAUSE: Final = 0.02  # seconds between two tries


class NoGraph(StoreError):
    """There is no graph at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"there is no graph at {path}: name a data folder, or the folder graph in one")
        self.path = path


class NoLog(StoreError):
    """There is no log at `place`, which a past state is made from."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"there is no log at {place} to make a past state from: name it, open(path, at=…, log=ADDRESS)"
        )
        self.place = place


class GraphClosed(StoreError):
    """The graph was closed; what it held cannot be asked any more."""

    def __init__(self, position: int) -> None:
        super().__init__(f"the graph at position {position} is closed: ask within the with block, or open it again")
        self.position = position


class OpenGraph:
    """A graph opened for reading, as it was at `position` of the log; close it, or use it in a `with` block.

    `store` is it as a `pyoxigraph.Store`, `dataset` as an `rdflib.Dataset`. Use it in the thread that opened it.

    Raises (whatever asks it once it is closed, its dataset too):
        GraphClosed
    """

    def __init__(
        self,
        store: Store,
        iris: Iris,
        lease: Lease | None,
        folder: Path | None,
        index: Path | None = None,
        closing: Callable[[], None] = lambda: None,
    ) -> None:
        self._store: Store | None = store
        self.iris = iris
        found = marked(store, iris)
        self.position = found[-1] if found else 0
        self._lease = lease
        self._folder = folder
        self._index = index
        self._closing = closing
        self._dataset: Dataset | None = None

    @property
    def store(self) -> Store:
        """The graph as a pyoxigraph.Store."""
        if self._store is None:
            raise GraphClosed(self.position)
        return self._store

    @property
    def dataset(self) -> "Dataset":
        """The graph as an rdflib.Dataset, which asks Oxigraph and not rdflib; the prefixes of the ontology are bound.

        Its default graph is that of the graph: what is reported to have happened, and what is known of every claim.
        """
        if self._store is None:
            raise GraphClosed(self.position)
        if self._dataset is None:
            from graph.rdflib_store import dataset_of

            self._dataset = dataset_of(self)
        return self._dataset

    def query(
        self,
        sparql: str,
        *,
        prefixes: Mapping[str, str] = PREFIXES,
        only: NamedNode | None = None,
    ) -> QuerySolutions | QueryBoolean | QueryTriples:
        """Ask in SPARQL; unless others are given, the `prefixes` of the ontology are known.

        `only` is a graph to take as the default graph.

        Raises:
            graph.sparql.QueryRefused: it is malformed, an update, too deep, or asks another server.
        """
        graphs = None if only is None else [only.value]
        return evaluation(self.store, sparql, self.iris, prefixes=prefixes, default_graph=graphs, find=self._find)()

    def _find(self, wording: Wording, most: int) -> list[str]:
        return find(self.store, self.iris, self.position, self._index, wording, most)

    def close(self) -> None:
        """Let the graph go, and the checkpoint with it; once is enough."""
        self._store = None
        self._dataset = None
        if self._lease is not None:
            self._lease.release()
            self._lease = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        closing, self._closing = self._closing, lambda: None
        closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        return (
            f"<graph at position {self.position}: {'closed' if self._store is None else f'{len(self._store)} quads'}>"
        )


def open_graph(path: str | os.PathLike[str], at: int | str | None = None, log: str | None = None) -> OpenGraph:
    """Open the graph of a data folder, or of the folder `graph` in one, for reading.

    `at` is a position of the log, a time with its zone or a day (its end, UTC): the graph as it was then. `log` names
    the log, where that is not in the data folder.

    Raises:
        NoGraph: there is none.
        StoreDamaged: it cannot be read.
        NoLog: a past state is asked for, and there is no log.
        graph.travel.errors.TravelError: `at` names no moment, or one that the log does not reach.
    """
    return _newest(path) if at is None else _past(Path(path), str(at), log)


def _past(path: Path, at: str, address: str | None) -> OpenGraph:
    from graph.content import ContentStore
    from graph.log import LogMissing, open_log
    from graph.projection import Projector
    from graph.travel.moments import moment_of
    from graph.travel.past import Past

    folder = path / _IN_DATA if (path / _IN_DATA).is_dir() else path
    data, manifest = folder.parent, read_manifest(folder)
    if manifest is None:
        raise NoGraph(path)
    place = address or str(data / "log.sqlite")
    try:
        log = open_log(place, create=False)
    except LogMissing:
        raise NoLog(place) from None
    try:
        events = data / "events"
        iris = Iris(manifest["base"])
        content = ContentStore(data / "content").get
        projector = Projector.of(log, content, iris, events if events.is_dir() else None)
        past = Past(data / "past", log, projector)
        reader = past.at(moment_of(log, at).position)
    except BaseException:
        log.close()
        raise

    def closing() -> None:
        reader.close()
        past.close()
        log.close()

    return OpenGraph(reader.engine(), iris, None, None, closing=closing)


def _newest(path: str | os.PathLike[str]) -> OpenGraph:
    folder = Path(path)
    if (folder / _IN_DATA).is_dir():
        folder /= _IN_DATA
    for _ in range(_TRIES):
        manifest = read_manifest(folder)
        if manifest is None:
            raise NoGraph(Path(path))
        iris = Iris(manifest["base"])
        database = folder / manifest["store"]
        try:
            opened = _checkpoint(folder, database, iris)
        except OSError as error:
            failure: Exception = error  # most often the server has just moved on
        else:
            if opened is not None:
                return opened
            failure = OSError("it changes too fast")
        time.sleep(_PAUSE)
    raise StoreDamaged(folder, str(failure))


def _checkpoint(folder: Path, database: Path, iris: Iris) -> OpenGraph | None:
    """Open a checkpoint of a database, None where it changed meanwhile. Raises OSError."""
    place = folder / f"{_READING}{secrets.token_hex(8)}"
    try:
        place.mkdir()
        lease = Lease.make(place)
    except OSError:  # a folder that we may not write is read as it is
        shutil.rmtree(place, ignore_errors=True)
        return OpenGraph(Store.read_only(str(database)), iris, None, None, database / FILE)
    try:
        with contextlib.suppress(OSError):
            _sweep(folder)
        copy = place / _DATABASE
        copy.mkdir()
        if _linked(database, copy):
            return OpenGraph(Store.read_only(str(copy)), iris, lease, place, database / FILE)
    except BaseException:
        lease.release()
        shutil.rmtree(place, ignore_errors=True)
        raise
    lease.release()
    shutil.rmtree(place, ignore_errors=True)
    return None


def _linked(database: Path, copy: Path) -> bool:
    """Link the files of a database into `copy`; return whether they belong together.

    Tables never change once written, and logs only grow; both are removed only after the engine's own manifest has said
    so. A manifest that is the same before and after was true of all of them. It grows too, so it is copied.
    """
    name = (database / "CURRENT").read_text(encoding="ascii").strip()
    manifest = (database / name).read_bytes()
    (copy / name).write_bytes(manifest)
    (copy / "CURRENT").write_text(f"{name}\n", encoding="ascii")
    for path in sorted(database.iterdir()):
        if path.suffix in (".sst", ".log", ".blob") or path.name.startswith("OPTIONS-"):
            with contextlib.suppress(FileNotFoundError):
                _link(path, copy / path.name)
    after = (database / "CURRENT").read_text(encoding="ascii").strip()
    return after == name and (database / name).stat().st_size == len(manifest)


def _link(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copyfile(path, other)


def _sweep(folder: Path) -> None:
    """Remove what killed processes have left behind."""
    for path in folder.glob(f"{_READING}*"):
        if time.time() - path.stat().st_mtime > _MAKING_SECONDS and abandoned(path):
            shutil.rmtree(path, ignore_errors=True)


_MAKING_SECONDS: Final = 10.0  # between making a folder and taking its lease there is nothing to see
