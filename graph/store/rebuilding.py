"""Making a store from the whole log: streamed into a new database, beside the old one.

Invariant: the old store stays as it was until the new one is whole on the disk; only then does the manifest name it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import Quad, Store

from graph.log import EventLog
from graph.projection import Projector
from graph.store.errors import StoreUnwritable
from graph.store.folder import FolderLock, new_database, open_database, remove_others, write_manifest
from graph.store.reader import marker


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What `rebuild` made: the position of the new store and its number of quads.

    `contents_missing` counts the contents (texts, titles) that were not in the content store, by digest: their words
    are not in the graph. That is right where they were erased, and else a loss; `graph.custody` names them.
    """

    position: int
    quads: int
    contents_missing: int = 0


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
    lock = FolderLock(folder)
    try:
        try:
            name = new_database(folder)
            store = open_database(folder, name)
            missing: set[str] = set()

            def content(sha256: str) -> bytes | None:
                found = projector.content(sha256)
                if found is None:
                    missing.add(sha256)
                return found

            position = load(store, log, replace(projector, content=content), log.head(), progress)
            store.optimize()
            quads = len(store)
            del store  # closes the database: it is complete on the disk before the manifest names it
            write_manifest(folder, name, projector.iris)
            remove_others(folder, name)
        except OSError as error:
            raise StoreUnwritable(folder, str(error)) from error
        return Rebuilt(position, quads, len(missing))
    finally:
        lock.release()


def load(store: Store, log: EventLog, projector: Projector, upto: int, progress: Callable[[int], None] | None) -> int:
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
            yield marker(projector.iris.log(), position)

    store.bulk_extend(quads())
    return position
