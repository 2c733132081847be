"""The event stream as files that any web server can give away.

Invariant: pages are written before what leads to them, each whole or not at all; one that never changes is written
once; of other views and of the time before an erasure nothing stays.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.workspace import Workspace
from graph.durable import write_whole
from graph.stream.nodes import Node, Sizes, Stream, is_view

ENDINGS: Final = {"nquads": "nq", "trig": "trig", "jsonld": "jsonld"}
_MEDIA_TYPES: Final = {"nq": "application/n-quads", "trig": "application/trig", "jsonld": "application/ld+json"}
_HEAD: Final = 8192  # bytes at the beginning of a node in which it says whether it is immutable
FOLDER: Final = "ldes"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote: the address of the root, the position, and how many files were new or other."""

    root: str
    position: int
    written: int


def export(
    workspace: Workspace,
    folder: Path,
    *,
    ending: str,
    sizes: Sizes,
    address: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write the stream into a folder that will be given away under `address`, by default the base IRI of the graph.

    `ending` is one of ENDINGS; `progress` takes each position.

    Raises:
        OSError: what was written stays, and the next export goes on.
        graph.projection.ProjectionError: a record cannot be projected.
    """
    stream = Stream(workspace.log, workspace.projector, sizes=sizes, suffix=f".{ending}", address=address)
    view = stream.view()
    start, written = len(view.address), 0
    for node in _nodes(stream):
        path = folder / node.iri.value[start:]
        if not (node.full and _is_closed(path, node.iri.value)):
            written += _put(path, node.write(_MEDIA_TYPES[ending]).body)
        progress(node.position)
    root = stream.root()
    body = root.write(_MEDIA_TYPES[ending]).body
    for path in (folder / root.iri.value[start:], folder / f"{FOLDER}.{ending}"):
        written += _put(path, body)
    _remove_others(folder / FOLDER, view.name, str(view.epoch))
    return Exported(f"{view.address}{FOLDER}.{ending}", root.position, written)


def _nodes(stream: Stream) -> Iterator[Node]:
    for first in stream.pages():
        yield stream.page(first)
    for number in stream.indexes():
        yield stream.index(number)


def _is_closed(path: Path, iri: str) -> bool:
    """Tell whether the node of this IRI is there already, and will never be another."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            return b"immutable" in head and iri.encode() in head
    except FileNotFoundError:
        return False


def _put(path: Path, body: bytes) -> int:
    if path.is_file() and path.read_bytes() == body:
        return 0
    write_whole(path, body)
    return 1


def _remove_others(folder: Path, name: str, epoch: str) -> None:
    for path in folder.iterdir():
        if path.is_dir() and is_view(path.name):
            if path.name != name:
                shutil.rmtree(path)
            else:
                for older in path.iterdir():
                    if older.is_dir() and older.name != epoch:
                        shutil.rmtree(older)
        elif path.stem != name and is_view(path.stem):
            path.unlink()
