"""A query worker: a process that evaluates one query after the other on checkpoints of the graph.

Invariant: it opens checkpoints for reading only and never the graph itself, so it may be killed at any moment; it ends
with the process that started it. What it writes is either a whole answer, closed by its last frame, or cut off.

It is started as a script, `worker.py SOCKET ALIVE MEMORY`, with two inherited descriptors: a stream socket, and the
reading end of a pipe whose other end only the parent has. It imports nothing of the project, to be there in a moment.

A frame is a letter, four bytes of length (big-endian), and so many bytes. From the parent comes `Q` (a job as JSON);
to it go `R` once (it is ready), then `D` (bytes of the answer), `E` (the answer is complete), `S` (the engine's message
on a query that is none) and `X` (why there is no answer).
"""

import contextlib
import json
import os
import socket
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pyoxigraph as ox

FRAME = 5  # bytes before the content of a frame
NICE = 5  # priority: the server goes first
_BLOCK = 1 << 16
_OPEN = 4  # checkpoints that are kept open


def main() -> None:
    """Answer jobs until the parent closes the socket, or is no more."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    threading.Thread(target=_end_with_parent, args=(int(sys.argv[2]),), daemon=True).start()
    _go_first()
    limit = int(sys.argv[3])
    stores: OrderedDict[str, ox.Store] = OrderedDict()
    _Out(channel).frame(b"R", b"")
    while (job := _receive(channel)) is not None:
        _answer(job, stores, _Out(channel), limit)
        limit = 0


def _end_with_parent(alive: int) -> None:
    os.read(alive, 1)  # nothing is ever written: it returns when the parent has gone, however that went
    os._exit(1)


def _go_first() -> None:
    """Where memory or time of the machine run short, this process is the one to end or to wait; it leaves no file."""
    with contextlib.suppress(OSError):  # not on every system
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _bound_memory(more: int) -> None:
    """Let this process have `more` bytes of address space beyond what it has by now (Linux)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _receive(channel: socket.socket) -> dict[str, Any] | None:
    head = _exactly(channel, FRAME)
    body = None if head is None else _exactly(channel, int.from_bytes(head[1:], "big"))
    return None if body is None else json.loads(body)


def _exactly(channel: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        block = channel.recv(size - len(data))
        if not block:
            return None
        data += block
    return bytes(data)


def _answer(job: dict[str, Any], stores: "OrderedDict[str, ox.Store]", out: Any, limit: int) -> None:
    """Evaluate one job and write the answer; every object of the engine is gone when this returns."""
    try:
        store = _store(job["database"], stores)
        if limit:  # the threads and caches of the engine are there by now
            _bound_memory(limit)
        if job["dump"] is not None:
            _dump(job, store, out)
            return
        result = store.query(
            job["query"],
            base_iri=job["base"],
            prefixes=job["prefixes"],
            default_graph=_graphs(job["default_graph"]),
            named_graphs=_graphs(job["named_graphs"]),
        )
        if isinstance(result, ox.QueryTriples):
            media_type = job["graph_type"]
            form = ox.RdfFormat.from_media_type(media_type)
            ox.serialize(result, out, form, prefixes=_prefixes(job, media_type))
        else:
            result.serialize(out, ox.QueryResultsFormat.from_media_type(job["solutions_type"]))
    except SyntaxError as error:
        out.frame(b"S", str(error).encode())
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        if isinstance(error, BrokenPipeError | ConnectionResetError):
            sys.exit(1)
        out.frame(b"X", f"{type(error).__name__}: {error}".encode())
    else:
        out.flush()
        out.frame(b"E", b"")


def _dump(job: dict[str, Any], store: ox.Store, out: Any) -> None:
    """Write one graph whole, the default graph where its name is empty."""
    graph = ox.NamedNode(job["dump"]) if job["dump"] else ox.DefaultGraph()
    form = ox.RdfFormat.from_media_type(job["graph_type"])
    store.dump(out, form, from_graph=graph, prefixes=_prefixes(job, job["graph_type"]))
    out.flush()
    out.frame(b"E", b"")


def _prefixes(job: dict[str, Any], media_type: str) -> dict[str, str] | None:
    return job["prefixes"] if media_type in ("text/turtle", "application/trig", "application/rdf+xml") else None


def _store(database: str, stores: "OrderedDict[str, ox.Store]") -> ox.Store:
    store = stores.pop(database, None) or ox.Store.read_only(database)
    stores[database] = store
    while len(stores) > _OPEN:
        stores.popitem(last=False)
    return store


def _graphs(iris: list[str] | None) -> Any:
    return None if iris is None else [ox.NamedNode(iri) for iri in iris]


class _Out:
    """The file that the engine writes into."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._buffer = bytearray()

    def write(self, data: bytes) -> int:
        self._buffer += data
        if len(self._buffer) >= _BLOCK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        if self._buffer:
            self.frame(b"D", bytes(self._buffer))
            self._buffer.clear()

    def frame(self, kind: bytes, body: bytes) -> None:
        self._channel.sendall(kind + len(body).to_bytes(4, "big") + body)


if __name__ == "__main__":
    main()
