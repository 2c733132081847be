"""The process that evaluates one update and ends.

Invariant: it opens a checkpoint for reading, and writes nothing but copies in a folder that its parent removes; so it
may be killed at any moment, and what a request costs in time and memory ends with it.

It is started as a script, `worker.py ROOT`, where ROOT is the folder of the packages. On standard input comes a job as
JSON, on standard output goes the answer as JSON: `graphs`, `fault`, or `wanted`: documents to come with the same job.
"""

import base64
import contextlib
import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Evaluate the update that comes on standard input."""
    sys.path.insert(0, sys.argv[1])
    job = json.loads(sys.stdin.buffer.read())
    try:
        answer = _evaluated(job)
    except MemoryError:
        reason = "the update needs more memory than it may have (WAQAI_QUERY_MEMORY): ask for less"
        answer = {"fault": ["update-ended", reason, None, None]}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())


def _evaluated(job: dict[str, Any]) -> dict[str, Any]:
    from pyoxigraph import NamedNode, Store

    from graph.iris import Iris
    from graph.updates.documents import Document
    from graph.updates.errors import UpdateFault
    from graph.updates.evaluating import DocumentsWanted, Update, evaluate
    from graph.updates.graphstore import GraphWrite, write
    from graph.updates.quads import Net

    store = Store() if job["database"] is None else Store.read_only(job["database"])
    _bound_memory(job["memory"])  # now that the threads of the engine are there: each takes address space
    iris = Iris(job["base"])
    words = [NamedNode(iri) for iri in job["words"]]
    net = Net(store, iris, limit=job["limit"], scratch=Path(job["scratch"]), words=words)
    documents = None
    if job["documents"] is not None:
        documents = {
            address: Document(kind, base64.b64decode(body), fetched, None if fault is None else tuple(fault))
            for address, (kind, body, fetched, fault) in job["documents"].items()
        }
    try:
        if "update" in job:
            using = None if job["using"] is None else tuple(job["using"])
            update = Update(job["update"], using, tuple(job["using_named"]))
            evaluate(update, net, base=iris.base, prefixes=job["prefixes"], documents=documents)
        else:
            parts = tuple((kind, base64.b64decode(body)) for kind, body in job["parts"])
            write(GraphWrite(job["method"], job["graph"], parts), net, iris.base, job["prefixes"], documents)
        return {"graphs": net.payload()}
    except DocumentsWanted as wanted:
        return {"wanted": wanted.addresses}
    except UpdateFault as fault:
        return {"fault": [fault.kind, fault.reason, fault.line, fault.column]}


def _bound_memory(more: int) -> None:
    """Let this process have `more` bytes of address space beyond what it has by now (Linux), 0 for no bound."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if more:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            limit = pages * resource.getpagesize() + more
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
