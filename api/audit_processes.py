"""The graph of a data folder as several processes audit it.

Invariant: they read one checkpoint, which does not change, so what they find is of one position whatever is ingested
meanwhile. It is made of hard links where the file system has them, and goes with the audit; one that a killed process
left goes when the graph is opened next.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from api.datafolder import CONTENT_FOLDER
from api.settings import Settings
from graph.audit.spreading import Opened, Opening
from graph.content import ContentStore
from graph.iris import Iris
from graph.log import StoredLog
from graph.projection import Projector
from graph.store import GraphStore, Reader, StoreUnwritable
from graph.travel.past import LeasedReader

_WORTH: Final = 256  # records for which it pays to start a process


def processes_of(settings: Settings, records: int) -> int:
    """Return how many processes audit a graph of so many records.

    These are as many as the setting says, else one for each core that this process may use, fewer for few records.
    """
    if settings.audit_processes:
        return settings.audit_processes
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, records // _WORTH))


@contextlib.contextmanager
def elsewhere(reader: Reader, settings: Settings) -> Iterator[Opening | None]:
    """Give what opens the graph of `reader` in another process; None where it is in memory, or cannot be copied."""
    if isinstance(reader, LeasedReader):
        yield partial(_opened, settings, reader.database)
        return
    if not isinstance(reader, GraphStore) or reader.path is None:
        yield None
        return
    database = reader.path.parent / f"quads-{secrets.token_hex(4)}"  # as databases of the folder are named
    try:
        try:
            reader.backup(database)
        except StoreUnwritable:
            yield None
        else:
            yield partial(_opened, settings, database)
    finally:
        shutil.rmtree(database, ignore_errors=True)


@contextlib.contextmanager
def _opened(settings: Settings, database: Path) -> Iterator[Opened]:
    from api.commands.options import log_opener
    from ontology.location import use_ontology

    use_ontology(settings.ontology)
    log: StoredLog = log_opener(settings).open(False)
    content = ContentStore(settings.data / CONTENT_FOLDER)
    projector = Projector.of(log, content.get, Iris(settings.base_iri))
    projector.erasures.refresh()
    with contextlib.closing(log), Reader.of_checkpoint(database, projector) as reader:
        yield Opened(reader, log, content.get)
