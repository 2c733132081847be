"""A query worker: a process that evaluates one query after the other on checkpoints of the graph.

Invariant: it opens checkpoints for reading only and never the graph itself, so it may be killed at any moment; it ends
with the process that started it. What it writes is either a whole answer, closed by its last frame, or cut off.

Started as a script, `worker.py SOCKET ALIVE MEMORY`, the process is the nursery: it opens nothing and has one thread,
so it may fork, which takes a millisecond where a new Python takes forty. It inherits a stream socket, and the reading
end of a pipe whose other end only the parent has. It imports nothing of the project. For each socket that the parent
sends it (one byte with one descriptor) it forks a worker, which has that socket, and answers with its process id (four
bytes, big-endian).

A frame is a letter, four bytes of length (big-endian), and so many bytes. To a worker comes `Q` (a job as JSON). To the
parent go `R` once (it is ready), then `D` (bytes of the answer), `E` (the answer is complete), `S` (what the engine
says of a query that is none), `X` (why there is no answer), `N` (what of it XML cannot hold) and `F` (which other
server failed, as JSON; then there is no answer, whatever came before). The next job is sent after the end of the one
before.

Only for a job that asks other servers or wants XML is something of the project imported, in the worker that does it.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

FRAME = 5  # bytes before the content of a frame
NICE = 5  # priority: the server goes first
_BLOCK = 1 << 16
_OPEN = 4  # checkpoints that are kept open


def main() -> None:
    """Fork workers until the parent closes the socket, or is no more."""
    control = socket.socket(fileno=int(sys.argv[1]))
    alive, limit = int(sys.argv[2]), int(sys.argv[3])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a worker ended
    _go_first()
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not asked:
            return
        child = os.fork()
        if child == 0:
            try:
                control.close()
                _work(socket.socket(fileno=descriptors[0]), alive, limit)
            finally:
                os._exit(0)
        os.close(descriptors[0])
        control.sendall(child.to_bytes(4, "big"))


def _work(channel: socket.socket, alive: int, limit: int) -> None:
    """Answer jobs until the parent closes the socket, or is no more."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()
    stores: OrderedDict[str, ox.Store] = OrderedDict()
    out = _Out(channel)
    out.frame(b"R", b"")
    while (job := _receive(channel)) is not None:
        _answer(job, stores, out, limit)
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
    """Return the next job, None where there will be no more."""
    data = bytearray()
    size = FRAME
    while len(data) < size:
        block = channel.recv(1 << 16)
        if not block:
            return None
        data += block
        if len(data) >= FRAME:
            size = FRAME + int.from_bytes(data[1:FRAME], "big")
    found: dict[str, Any] = json.loads(data[FRAME:])
    return found


def _answer(job: dict[str, Any], stores: "OrderedDict[str, ox.Store]", out: Any, limit: int) -> None:
    """Do one job and write what comes of it; every object of the engine is gone when this returns."""
    if job["outside"] is None:
        kind, body = _evaluated(job, job["query"], stores, out, limit)
        out.close(kind, body)
        return
    with _gateway(job["outside"], out) as gateway:
        kind, body = _evaluated(job, gateway.inside(job["query"]), stores, out, limit)
        out.close(kind, body)


def _gateway(outside: dict[str, Any], out: Any) -> Any:
    """Return what asks other servers for the engine; with the first failure this process says so and ends."""

    def failed(failure: dict[str, Any]) -> None:
        try:
            out.last(b"F", json.dumps(failure).encode())
        finally:
            os._exit(0)

    _find_project()
    from api.reconciliation.fetching import Bounds
    from api.workers.gateway import Clause, Gateway

    bounds = Bounds(outside["seconds"], outside["bytes"], redirects=0)
    clauses = [Clause(**clause) for clause in outside["clauses"]]
    return Gateway(outside["secret"], clauses, bounds, outside["requests"], failed)


def _evaluated(
    job: dict[str, Any], query: str, stores: "OrderedDict[str, ox.Store]", out: Any, limit: int
) -> tuple[bytes, bytes]:
    """Evaluate one job and write the answer; return the letter and the content of the last frame."""
    try:
        store = _store(job["database"], stores)
        if limit:  # the threads and caches of the engine are there by now
            _bound_memory(limit)
        if job["dump"] is not None:
            return _dump(job, store, out)
        result = store.query(
            query,
            base_iri=job["base"],
            prefixes=job["prefixes"],
            default_graph=_graphs(job["default_graph"]),
            named_graphs=_graphs(job["named_graphs"]),
        )
        if isinstance(result, ox.QueryTriples):
            media_type = job["graph_type"]
            form = ox.RdfFormat.from_media_type(media_type)
            prefixes = _prefixes(job, media_type)
            return _written(out, media_type, lambda to: ox.serialize(result, to, form, prefixes=prefixes))
        media_type = job["solutions_type"]
        results = ox.QueryResultsFormat.from_media_type(media_type)
        return _written(out, media_type, lambda to: result.serialize(to, results))
    except SyntaxError as error:
        return b"S", str(error).encode()
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        if isinstance(error, BrokenPipeError | ConnectionResetError):
            os._exit(1)
        return b"X", f"{type(error).__name__}: {error}".encode()


def _dump(job: dict[str, Any], store: ox.Store, out: Any) -> tuple[bytes, bytes]:
    """Write one graph whole, the default graph where its name is empty; return the last frame."""
    graph = ox.NamedNode(job["dump"]) if job["dump"] else ox.DefaultGraph()
    media_type = job["graph_type"]
    form, prefixes = ox.RdfFormat.from_media_type(media_type), _prefixes(job, media_type)
    return _written(out, media_type, lambda to: store.dump(to, form, from_graph=graph, prefixes=prefixes))


def _written(out: Any, media_type: str, serialize: Callable[[Any], object]) -> tuple[bytes, bytes]:
    """Let the engine write in a form; return the last frame."""
    if not media_type.endswith("xml"):
        serialize(out)
        return b"E", b""
    _find_project()
    from graph.wellformed import NotInXml, write

    try:
        write(out, media_type, serialize)
    except NotInXml as error:
        return b"N", str(error).encode()
    return b"E", b""


def _find_project() -> None:
    """Let modules of the project be found."""
    root = str(Path(__file__).parents[2])
    if root not in sys.path:
        sys.path.insert(0, root)


def _prefixes(job: dict[str, Any], media_type: str) -> dict[str, str] | None:
    return job["prefixes"] if media_type in ("text/turtle", "application/trig", "application/rdf+xml") else None


def _store(database: str, stores: "OrderedDict[str, ox.Store]") -> ox.Store:
    if not database:  # a graph that holds nothing has no checkpoint
        return ox.Store()
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
        self._turn = threading.Lock()  # of a frame

    def write(self, data: bytes) -> int:
        self._buffer += data
        if len(self._buffer) >= _BLOCK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        if self._buffer:
            self.frame(b"D", bytes(self._buffer))

    def close(self, kind: bytes, body: bytes) -> None:
        """Send the last frame, and where it says that all is there what is left before it, in one piece."""
        rest = _framed(b"D", bytes(self._buffer)) if self._buffer and kind == b"E" else b""
        self._buffer.clear()
        with self._turn:
            self._channel.sendall(rest + _framed(kind, body))

    def last(self, kind: bytes, body: bytes) -> None:
        """Send a frame from another thread; no other will follow it."""
        self._turn.acquire()
        self._channel.sendall(_framed(kind, body))

    def frame(self, kind: bytes, body: bytes) -> None:
        """Send a frame; after one that says why there is no answer, nothing is left of the answer."""
        self._buffer.clear()
        with self._turn:
            self._channel.sendall(_framed(kind, body))


def _framed(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "big") + body


if __name__ == "__main__":
    main()
