"""Queries that ask other servers, without a server of one's own: for the command line.

Invariant: such a query runs in a worker, as one of the endpoint does, with the same refusals and bounds; its answer is
there whole or not at all.
"""

import asyncio
from typing import TYPE_CHECKING

from pyoxigraph import QueryResultsFormat, QueryTriples, RdfFormat, Store, parse_query_results

from api import querytext
from api.answers import Shape
from api.problems import Problem
from api.workers.answering import Ask, job_of, prepared, problem_of
from api.workers.pool import Job, WorkerError, Workers
from api.workers.serving import Serving
from graph.store import GRAPH_TYPES, SOLUTIONS_TYPES, Answer

if TYPE_CHECKING:
    from api.settings import Settings
    from api.workspace import Workspace
    from graph.travel.moments import Moment

_TRIPLES = "application/n-triples"


class NotAnswered(Exception):
    """There is no answer; the message is one sentence or several, for people."""


def asked(workspace: "Workspace", text: str, moment: "Moment | None", settings: "Settings") -> Answer:
    """Return the answer to a query that asks other servers; make, write and drop it in one thread.

    Raises:
        NotAnswered
        graph.sparql.QueryRefused: for text that is no query, and for updates.
        graph.travel.errors.TravelError: that state cannot be given.
    """
    graph = querytext.read(text).offers == GRAPH_TYPES
    reader = Serving(workspace).reader(moment)
    media_type = _TRIPLES if graph else SOLUTIONS_TYPES[0]
    try:
        ask = prepared(Ask(Shape(media_type, {}), text, media_type, reader, seconds=settings.query_seconds), settings)
        job = job_of(ask)
        assert job is not None, "what asks others is done in workers"
        data = asyncio.run(_done(job, ask, settings))
    except Problem as problem:
        told, place = problem.detail, problem.more
        if "reason" in place:  # as the engine's own refusals are told
            told = f"line {place['line']}, column {place['column']}: {place['reason']}."
        raise NotAnswered(told) from None
    if not graph:
        return Answer(parse_query_results(data, QueryResultsFormat.JSON), reader.position(), reader)
    store = Store()
    store.load(data, RdfFormat.N_TRIPLES)
    triples = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert isinstance(triples, QueryTriples)
    return Answer(triples, reader.position(), reader)


async def _done(job: Job, ask: Ask, settings: "Settings") -> bytes:
    """Return the whole answer to a job. Raises Problem."""
    workers = Workers(1, memory=settings.query_memory, wait=60.0)
    found = bytearray()
    try:
        async with await workers.turn("", long=True) as turn:
            async for block in turn.blocks(job, ask.seconds):
                found += block
                if len(found) > settings.max_result_bytes:
                    raise NotAnswered("The answer is larger than WAQAI_MAX_RESULT_BYTES: ask for less.")
    except WorkerError as error:
        raise problem_of(error, ask) from None
    finally:
        workers.close()
    return bytes(found)
