"""How much of what the graph holds: counted beside the answering, once a position.

Invariant: all figures of a census are of one position, and say which; none is estimated. Counting takes one worker at a
time, and no more than a tenth of its time, so a graph that grows is counted now and then.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson

from api.workers.pool import Job, Workers
from api.workers.serving import Serving
from api.workspace import Workspace
from graph.store import Reader
from graph.travel.past import LeasedReader
from graph.travel.snapshots import Made

_T = TypeVar("_T")
_LOG: Final = logging.getLogger(__name__)
_JSON: Final = "application/sparql-results+json"
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_PAUSE: Final = 10.0  # times that the last counting took, before the next one begins
_CLIENT: Final = "the census"  # as whom it waits for a worker
_QUERIES: Final = {
    "properties": "SELECT ?x (COUNT(*) AS ?n) { ?s ?x ?o } GROUP BY ?x",
    "classes": f"SELECT ?x (COUNT(*) AS ?n) {{ ?s <{_TYPE}> ?x }} GROUP BY ?x",
    "subjects": "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s { ?s ?p ?o } }",
    "entities": f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?s {{ ?s <{_TYPE}> ?c }} }}",
    "objects": "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?o { ?s ?p ?o } }",
    "named": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    "graphs": "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } }",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted at `position`: in the default graph triples, their distinct subjects and objects, `entities`
    (subjects with a type), triples by property and entities by class; `named` triples in `graphs` named graphs.
    """

    position: int
    triples: int
    subjects: int
    objects: int
    entities: int
    properties: Mapping[str, int]
    classes: Mapping[str, int]
    named: int
    graphs: int


class NotCounted(Exception):
    """The graph cannot be counted now; the message says why."""


class Census:
    """Counts the newest graph of `workspace`; a query may take `seconds`. For the event loop."""

    def __init__(self, workspace: Workspace, workers: Workers, serving: Serving, *, seconds: float) -> None:
        self._workspace = workspace
        self._workers = workers
        self._serving = serving
        self._seconds = seconds
        self._counts: Counts | None = None
        self._made: Made | None = None
        self._running: asyncio.Task[None] | None = None
        self._not_before = 0.0

    async def counts(self, wait: float) -> Counts | None:
        """Return the newest counts that there are within `wait` seconds; None where nothing was counted yet.

        Where the graph has moved on, a new counting begins, and goes on after this returns.
        """
        deadline = time.monotonic() + wait
        mine: asyncio.Task[None] | None = None  # one is enough: a graph that moves all the time is not run after
        while True:
            position, made = await _in_thread(self._stamp)
            if self._counts is not None and (self._counts.position, self._made) == (position, made):
                return self._counts
            now = time.monotonic()
            left, pause = deadline - now, self._not_before - now
            if self._running is None and mine is None and pause <= 0:
                mine = self._running = asyncio.create_task(self._count(made))
                mine.add_done_callback(self._done)
            if self._running is not None and left > 0:
                await asyncio.wait({self._running}, timeout=left)
            elif mine is None and 0 < pause <= left:
                await asyncio.sleep(pause)
            else:
                return self._counts if self._made == made else None

    async def close(self) -> None:
        """Call off a counting that runs."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    def _stamp(self) -> tuple[int, Made]:
        return self._workspace.graph().position(), self._workspace.answers_with(newest=True)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._running = None
        if not task.cancelled() and task.exception() is not None:
            _LOG.warning("the graph was not counted: %s", task.exception())

    async def _count(self, made: Made) -> None:
        began = time.monotonic()
        try:
            reader = await _in_thread(lambda: self._serving.reader(None))
            found = {name: await self._asked(reader, query) for name, query in _QUERIES.items()}
            properties, classes = found["properties"], found["classes"]
            self._counts = Counts(
                reader.position(),
                sum(properties.values()),
                found["subjects"][""],
                found["objects"][""],
                found["entities"][""],
                dict(sorted(properties.items())),
                dict(sorted(classes.items())),
                found["named"][""],
                found["graphs"][""],
            )
            self._made = made
        finally:
            ended = time.monotonic()
            self._not_before = ended + _PAUSE * (ended - began)

    async def _asked(self, reader: Reader, query: str) -> dict[str, int]:
        """Return the numbers that a query finds, by what they are of."""
        if isinstance(reader, LeasedReader):
            job = Job(str(reader.database), query, {}, None, None, _JSON, _JSON)
            turn = await self._workers.turn(_CLIENT, query, long=True)
            async with turn:
                data = b"".join([block async for block in turn.blocks(job, self._seconds)])
        else:
            data = await _in_thread(lambda: reader.query(query).serialize(_JSON))
        rows: list[dict[str, Any]] = orjson.loads(data)["results"]["bindings"]
        return {row["x"]["value"] if "x" in row else "": int(row["n"]["value"]) for row in rows}


async def _in_thread(work: Callable[[], _T]) -> _T:
    """Run `work` in a thread; an error comes back without its traceback, which might hold results of the engine."""

    def run() -> tuple[list[_T], str]:
        try:
            return [work()], ""
        except Exception as error:  # noqa: BLE001 - the counting is given up, and said to be
            return [], f"{type(error).__name__}: {error}"

    found, reason = await asyncio.to_thread(run)
    if not found:
        raise NotCounted(reason)
    return found[0]
