"""Evaluating a write in a process of its own, on a checkpoint of the graph, within bounds.

Invariant: what is returned is what the request amounts to on the graph at that position; a request that takes too long
or too much is ended, and leaves nothing behind.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graph.iris import Iris
from graph.terms import Term, wq
from graph.updates import worker
from graph.updates.documents import Document
from graph.updates.errors import UpdateFault
from graph.updates.evaluating import Update
from graph.updates.graphstore import GraphWrite
from ontology.patches import GraphPatch

# The objects of these are words of articles, which may be erased.
_WORDS: Final = (Term.EXACT, Term.PREFIX, Term.SUFFIX, Term.HEADLINE, wq("asWritten"))


@dataclass(frozen=True, slots=True)
class UpdateLimits:
    """Bounds of one write: seconds, quads that it changes, bytes of memory beside the process (0: no bound)."""

    seconds: float = 30.0
    quads: int = 100_000
    memory: int = 1_000_000_000


Fetch = Callable[[str], Document]
"""Returns what is at an address, or why it cannot be had. Raises UpdateFault where it may not be asked for."""


def evaluated(
    asked: Update | GraphWrite,
    database: Path | None,
    iris: Iris,
    *,
    scratch: Path,
    prefixes: Mapping[str, str],
    limits: UpdateLimits,
    fetch: Fetch | None = None,
    documents: dict[str, Document] | None = None,
) -> tuple[GraphPatch, ...]:
    """Return what `asked` adds and removes in the graph in `database`, None for an empty one.

    Copies are made in `scratch`, an empty folder on the file system of the database, so that they are hard links. What
    LOAD needs is fetched by `fetch`, where there is one, and put among `documents`.

    Raises:
        UpdateFault: it is refused, or was ended.
        OSError: no process can be made.
    """
    job: dict[str, Any] = {
        "database": None if database is None else str(database),
        "base": iris.base,
        "scratch": str(scratch),
        "limit": limits.quads,
        "memory": limits.memory,
        "words": [term.value for term in _WORDS],
        "prefixes": dict(prefixes),
    }
    known = {} if documents is None else documents
    if isinstance(asked, Update):
        job |= {"update": asked.text, "using": asked.using, "using_named": asked.using_named}
    else:
        parts = [(kind, base64.b64encode(body).decode("ascii")) for kind, body in asked.parts]
        job |= {"method": asked.method, "graph": asked.graph, "parts": parts}
    answer = _run(job | {"documents": _documents(fetch, known)}, limits.seconds)
    if "wanted" in answer and fetch is not None:
        for address, place in answer["wanted"].items():
            try:
                known[address] = fetch(address)
            except UpdateFault as fault:
                raise UpdateFault(fault.kind, fault.reason, *place) from None
        answer = _run(job | {"documents": _documents(fetch, known)}, limits.seconds)
    if "fault" in answer:
        raise UpdateFault(*answer["fault"])
    return tuple(
        GraphPatch(graph["graph"], tuple(graph["removed"]), tuple(graph["added"])) for graph in answer["graphs"]
    )


def _documents(fetch: Fetch | None, known: Mapping[str, Document]) -> dict[str, Any] | None:
    """Return documents as the worker takes them."""
    if fetch is None:
        return None
    return {
        address: [one.media_type, base64.b64encode(one.body).decode("ascii"), one.fetched, one.fault]
        for address, one in known.items()
    }


def _run(job: dict[str, Any], seconds: float) -> dict[str, Any]:
    script = Path(worker.__file__)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(script), str(script.parents[2])],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        reason = f"the update was not done after {seconds:g} seconds and was ended (WAQAI_UPDATE_SECONDS): ask for less"
        raise UpdateFault("update-timeout", reason) from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        reason = (
            f"the process that evaluated the update ended ({said or f'status {done.returncode}'}): most often one "
            "needs more memory than it may have (WAQAI_QUERY_MEMORY), or brackets stand too deep in it"
        )
        raise UpdateFault("update-ended", reason) from None
    return answer
