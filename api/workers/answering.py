"""From a query to an HTTP answer by way of a worker.

Invariant: what goes wrong before the first byte is a problem; after it the connection is broken off, and no text of an
error is ever glued to an answer. A client that leaves takes its query along; one that reads slowly keeps no worker.
"""

import asyncio
import contextlib
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from fastapi import Request
from pyoxigraph import QueryResultsFormat, parse_query_results
from starlette.responses import Response

from api import negotiation, querytext
from api.allowed import Allowed
from api.answers import AnswerWriter, BreakableResponse, Shape, answer, no_body
from api.problems import Problem
from api.queries.firstrows import FirstRows
from api.querytext import QueryText
from api.settings import Settings
from api.state import server_of
from api.threads import in_thread, internal
from api.workers import gateway
from api.workers.pool import (
    EngineFailed,
    Job,
    NotAQuery,
    NotInXml,
    OutOfTime,
    PoolBusy,
    ServiceFailed,
    Turn,
    WorkerDied,
    WorkerError,
    Workers,
)
from api.workers.spool import Spool, TooMuch
from graph import wellformed
from graph.search.finding import SearchTooSlow
from graph.search.predicate import expanded
from graph.services import Service, routed, services_of
from graph.sparql import MalformedQuery, QueryRefused, ServiceRefused, UpdateRefused, malformed, place_of
from graph.store import GRAPH_TYPES, SOLUTIONS_TYPES, Answer, Reader
from graph.travel.past import LeasedReader
from ontology.vocabulary import PREFIXES

_LOG: Final = logging.getLogger(__name__)
_UNKNOWN_FUNCTION: Final = re.compile(r"The custom function <(.*)> is not supported")
_SMALL: Final = 1 << 20  # bytes of an answer that goes out in one piece, with its length
_LOOKED_AT: Final = 1 << 18  # bytes whose rows are counted in one go
_PREFIXES: Final = dict(PREFIXES)
UPDATE_REFUSED: Final = (
    "The graph is a projection of the log and takes no updates as a query. Curation graphs are changed by POST with "
    "the parameter update and a token, or by waqai update; to add articles use waqai ingest."
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked and how the answer goes out.

    `reader` is what it is asked of, `engine_type` the media type that the engine writes, `seconds` the time that it may
    take. Where `dump` is given, the graph of that name is the answer, for "" the default graph, and no query is asked.
    `transform` makes another form of the answer, where the engine does not write the one that is wanted; it is told
    whether rows were left out. Where `body` is given, it is the answer, and nothing is asked. Of a SELECT query that
    asks for one row more than `rows` the first `rows` go out, with the headers `beyond` where there are more. `routed`
    is the query as a worker gets it where it asks other servers, and `outside` what it may ask of them.
    """

    shape: Shape
    query: str = ""
    engine_type: str = ""
    reader: Reader | None = None
    default_graph: list[str] | None = None
    named_graphs: list[str] | None = None
    seconds: float = 30.0
    transform: Callable[[Answer, bool], bytes] | None = None
    body: bytes | None = None
    dump: str | None = None
    rows: int | None = None
    beyond: Mapping[str, str] = field(default_factory=dict)
    routed: str = ""
    outside: dict[str, Any] | None = None


async def graph_answer(
    request: Request,
    prepare: Callable[[], Ask],
    *,
    query: str | None = None,
    long: bool = False,
    ready: Callable[[], Ask | None] | None = None,
) -> Response:
    """Wait for a worker, then let `prepare` say (in a thread) what is asked, and answer that.

    The worker comes first, so that of a flood of queries none is even read before its turn. `query` tells queries apart
    (None: the address does); `long` says that it takes its time before anything is asked. `ready` says what is asked
    where that can be said without waiting for anything, and None where it cannot.

    Raises:
        Problem: from `prepare`, for a query that the engine does not take, and for one that reached a limit.
    """
    state = server_of(request)
    turn = await _turn(state.workers, request, query or str(request.url), long=long)
    try:
        ask = None if ready is None else ready()
        if ask is None:
            ask = await in_thread(request, lambda: prepared(prepare(), state.settings))
        job = None if ask.body is not None else job_of(ask)
    except BaseException:
        turn.give_back()
        raise
    limit = state.settings.max_result_bytes
    headers = {**ask.shape.headers, "content-type": ask.shape.media_type}
    absent = bool(request.scope.get("waqai.absent")) and "etag" in headers  # then no more than that it is there counts
    head = absent or bool(request.scope.get("waqai.head"))
    if job is None:
        turn.give_back()
        if ask.body is not None:
            return Response(ask.body, headers=headers)
        # An empty graph, or one that can be kept in memory only.
        return await answer(partial(_in_memory, ask), state.queries, limit=limit, head=head)
    try:
        found = await turn.at_once(job, ask.seconds)
    except BaseException:
        turn.give_up()
        raise
    if (
        found is not None
        and ask.transform is None
        and len(found) <= (limit if ask.rows is None else min(limit, _LOOKED_AT))
    ):
        first, cut = _first_rows(ask, found)
        return Response(first, headers={**headers, **ask.beyond} if cut else headers)
    spool = Spool(limit)
    kept = FirstRows(spool.write, ask.engine_type, ask.rows)
    pump = asyncio.create_task(_pump(turn, job, ask, spool, kept, found))
    try:
        await _first(request, spool, whole=ask.transform is not None or ask.outside is not None or ask.rows is not None)
    except Exception as error:  # noqa: BLE001 - each becomes what the client is told
        pump.cancel()
        raise problem_of(error, ask) from None
    except BaseException:
        pump.cancel()
        raise
    if kept.cut:  # known by now, because an answer with a bound of rows is waited for
        headers |= ask.beyond
    if ask.transform is not None:
        data = b"".join([block async for block in spool.blocks()])
        return Response(await in_thread(request, partial(_transformed, ask, data, kept.cut)), headers=headers)
    if head and not spool.whole:
        pump.cancel()
        return BreakableResponse(no_body(), headers=headers)
    if spool.whole and await spool.some() <= _SMALL:
        return Response(b"".join([block async for block in spool.blocks()]), headers=headers)
    return BreakableResponse(_blocks(spool, pump), headers=headers)


def text_of(query: str) -> QueryText:
    """Return what a query's text says of itself. Raises Problem for one that is not taken."""
    try:
        return querytext.read(query)
    except QueryRefused as refused:
        raise refusal(refused) from None


def media_types_for(query: str) -> tuple[str, ...]:
    """Return the media types that a query's answer can have, the default first. Raises Problem for one not taken."""
    return text_of(query).offers


def chosen_type(accept: str | None, offers: Sequence[str], what: str = "This answer") -> str:
    """Return the offer that the Accept header likes best. Raises Problem (406) where it takes none."""
    chosen = negotiation.choose(accept, offers)
    if chosen is None:
        detail = f"{what} cannot be given as {accept}: it can be {', '.join(offers)}."
        raise Problem(406, "not-acceptable", detail, headers={"vary": "Accept"}, offered=list(offers))
    return chosen


def labelled(media_type: str) -> str:
    """Return a media type with its character set, where it has one."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def refusal(refused: QueryRefused) -> Problem:
    """Return a refused query as a problem with its line and column."""
    where = f"Line {refused.line}, column {refused.column}: {refused.reason}"
    place: dict[str, Any] = {"line": refused.line, "column": refused.column, "reason": refused.reason}
    if isinstance(refused, UpdateRefused):
        return Problem(400, "update-refused", f"{where}. {UPDATE_REFUSED}", **place)
    if isinstance(refused, ServiceRefused):
        return Problem(400, "service-refused", where, **place)
    kind = "malformed-query" if isinstance(refused, MalformedQuery) else "query-refused"
    return Problem(400, kind, where, **place)


def prepared(ask: Ask, settings: Settings) -> Ask:
    """Return what is asked as a worker takes it: without searches for words, and with no way out but those allowed.

    Raises:
        Problem
    """
    return _routed(_searched(ask, settings.search_things), settings)


def _searched(ask: Ask, most: int) -> Ask:
    """Return what is asked with the things, `most` of them, in place of the words that it searches for.

    Raises:
        Problem
    """
    reader = ask.reader
    if not isinstance(reader, LeasedReader) or not ask.query:
        return ask
    deadline = time.monotonic() + ask.seconds
    dataset = ask.default_graph is not None or ask.named_graphs is not None
    try:
        query = expanded(
            ask.query, PREFIXES, lambda words, most: reader.find(words, most, deadline), most, dataset=dataset
        )
    except QueryRefused as refused:
        raise refusal(refused) from None
    except SearchTooSlow:
        raise _out_of_time(ask.seconds) from None
    return replace(ask, query=query)


def _routed(ask: Ask, settings: Settings) -> Ask:
    """Return what is asked with its SERVICE clauses led to where a worker asks for it.

    Raises:
        Problem: for a server that is not allowed, and for more clauses than a query may have.
    """
    if not ask.query:
        return ask
    try:
        services = services_of(ask.query, PREFIXES)
        if not services:
            return ask
        clauses = [_clause(ask.query, service, settings.allowed) for service in services]
        if len(clauses) > settings.service_requests:
            reason = f"a query may have {settings.service_requests} SERVICE clauses (WAQAI_SERVICE_REQUESTS)"
            raise ServiceRefused(reason, *place_of(ask.query, services[-1].start))
        secret = secrets.token_hex(16)
        text = routed(ask.query, services, gateway.addresses(secret, len(clauses)), PREFIXES)
    except QueryRefused as refused:
        raise refusal(refused) from None
    outside = {
        "secret": secret,
        "clauses": clauses,
        "seconds": min(settings.service_seconds, ask.seconds),
        "bytes": settings.service_bytes,
        "requests": settings.service_requests,
    }
    return replace(ask, routed=text, outside=outside)


def _clause(query: str, service: Service, allowed: Allowed) -> dict[str, Any]:
    """Return a clause as `gateway.Clause` takes it. Raises ServiceRefused."""
    address: str | None = service.address
    if service.outer:
        address = allowed.service(service.address)
    if address is None:
        if not allowed.services:
            reason = "SERVICE would ask another server, which is switched off (WAQAI_SERVICE_ALLOW)"
        else:
            reason = f"{service.address[:200]} is none of the servers that SERVICE may ask (WAQAI_SERVICE_ALLOW)"
        raise ServiceRefused(reason, *place_of(query, service.start))
    inward = service.outer and allowed.inward(address)
    return {"address": address, "silent": service.silent, "outer": service.outer, "inward": inward}


def _in_memory(ask: Ask, writer: AnswerWriter) -> None:
    """Answer in the calling thread. Raises Problem."""
    try:
        _write_in_memory(ask, writer)
    except wellformed.NotInXml as error:
        raise _not_in_xml(str(error), ask) from None


def _write_in_memory(ask: Ask, writer: AnswerWriter) -> None:
    assert ask.reader is not None
    if ask.dump is not None:
        writer.shape = ask.shape
        ask.reader.write_graph(writer, ask.dump, ask.engine_type)  # type: ignore[arg-type]
        return
    try:
        found = ask.reader.query(
            ask.query, prefixes=PREFIXES, default_graph=ask.default_graph, named_graphs=ask.named_graphs
        )
    except QueryRefused as refused:
        raise refusal(refused) from None
    writer.shape = ask.shape
    if ask.transform is not None or ask.rows is not None:
        data, cut = _first_rows(ask, found.serialize(ask.engine_type))
        writer.shape = Shape(ask.shape.media_type, {**ask.shape.headers, **(ask.beyond if cut else {})})
        writer.write(data if ask.transform is None else _transformed(ask, data, cut))
    else:
        found.write(writer, ask.engine_type)  # type: ignore[arg-type]  # it needs no more than write and flush


def _first_rows(ask: Ask, data: bytes) -> tuple[bytes, bool]:
    """Return the rows of a whole answer that go out, and whether there are more."""
    blocks: list[bytes] = []
    kept = FirstRows(blocks.append, ask.engine_type, ask.rows)
    kept.write(data)
    kept.end()
    return b"".join(blocks), kept.cut


def _transformed(ask: Ask, data: bytes, cut: bool) -> bytes:
    """Return another form of an answer in JSON; made in one thread, because the engine's results belong to it."""
    assert ask.transform is not None
    assert ask.reader is not None
    found = Answer(parse_query_results(data, QueryResultsFormat.JSON), ask.reader.position(), ask.reader)
    return ask.transform(found, cut)


async def _turn(workers: Workers, request: Request, query: str, *, long: bool) -> Turn:
    """Wait for a worker. Raises Problem (503) where none becomes free in time, or nobody waits any more."""
    client = request.client.host if request.client is not None else ""
    if (found := workers.turn_now(client, query, long=long)) is not None:
        return found
    turn = asyncio.ensure_future(workers.turn(client, query, long=long))
    gone = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({turn, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not turn.done():
            raise problem_of(ConnectionAbortedError(), None)
        return await turn
    except PoolBusy as busy:
        raise problem_of(busy, None) from None
    except asyncio.CancelledError:
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            turn.result().give_back()
        raise
    finally:
        for task in (turn, gone):
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task


def job_of(ask: Ask) -> Job | None:
    """Return the job of a worker, None where the graph is in no file and the answer is made here.

    Raises:
        Problem: it would ask other servers, which is done in workers only.
    """
    reader = ask.reader
    assert reader is not None
    if not isinstance(reader, LeasedReader) and (ask.outside is None or reader.position()):
        if ask.outside is not None:
            detail = "No copy of the graph can be made for the process that would ask other servers: free some space."
            raise Problem(503, "past-unavailable", detail, headers={"retry-after": "60"})
        return None
    return Job(
        str(reader.database) if isinstance(reader, LeasedReader) else "",
        ask.query if ask.outside is None else ask.routed,
        _PREFIXES,
        ask.default_graph,
        ask.named_graphs,
        ask.engine_type,
        ask.engine_type,
        reader.iris.base,
        ask.dump,
        ask.outside,
    )


async def _pump(turn: Turn, job: Job, ask: Ask, spool: Spool, kept: FirstRows, found: bytes | None) -> None:
    """Bring what the worker writes through `kept` into the spool; the reader of `ask` keeps the checkpoint meanwhile.

    `found` is the whole answer where it is there already.
    """
    try:
        if found is not None:
            for start in range(0, len(found), _LOOKED_AT):  # to count rows takes time that others shall not wait
                kept.write(found[start : start + _LOOKED_AT])
                await asyncio.sleep(0)
        else:
            async with turn:
                async for block in turn.blocks(job, ask.seconds):
                    kept.write(block)
        kept.end()
        spool.end()
    except Exception as error:  # noqa: BLE001 - whoever reads the spool gets it
        spool.end(error)
    except BaseException:
        spool.end(ConnectionAbortedError())
        raise


async def _first(request: Request, spool: Spool, *, whole: bool) -> None:
    """Wait for the beginning of the answer, or for all of it.

    Raises what went wrong, and ConnectionAbortedError where nobody waits any more.
    """
    some = asyncio.create_task(spool.some(whole=whole))
    gone = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({some, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not some.done():
            raise ConnectionAbortedError("the client has gone")
        some.result()
    finally:
        for task in (some, gone):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


async def _left(request: Request) -> None:
    """Return when the client has gone; its request was read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def problem_of(error: Exception, ask: Ask | None) -> Exception:
    """Return what a client is told where a worker gave no answer."""
    if isinstance(error, PoolBusy):
        detail = (
            f"All query workers are busy with other queries ({error}): ask again in a moment (WAQAI_QUERY_WORKERS says "
            "how many there are)."
        )
        return Problem(503, "queries-busy", detail, headers={"retry-after": "2"})
    if isinstance(error, NotAQuery) and ask is not None:
        return refusal(malformed(ask.query, SyntaxError(str(error))))
    if isinstance(error, NotInXml) and ask is not None:
        return _not_in_xml(str(error), ask)
    if isinstance(error, OutOfTime):
        return _out_of_time(error.seconds)
    if isinstance(error, WorkerDied):
        detail = (
            "The process that evaluated the query ended: most often a query needs more memory than it may have "
            "(WAQAI_QUERY_MEMORY). Ask for less."
        )
        return Problem(503, "query-ended", detail)
    if isinstance(error, TooMuch):
        detail = "The answer is larger than WAQAI_MAX_RESULT_BYTES: ask for less, for example with LIMIT."
        return Problem(422, "answer-too-large", detail)
    if isinstance(error, ServiceFailed):
        detail = (
            f"The service {error.service} {error.why}. Without it there is no answer; SERVICE SILENT goes on without."
        )
        status, kind = (504, "service-timeout") if error.late else (502, "service-failed")
        return Problem(status, kind, detail, service=error.service)
    if isinstance(error, EngineFailed):
        unknown = _UNKNOWN_FUNCTION.search(str(error))
        if unknown is not None:
            return Problem(400, "unknown-function", f"The engine has no function <{unknown[1]}>: see GET /sparql.")
        _LOG.error("a query failed: %s", error)
        return internal()
    if isinstance(error, ConnectionAbortedError):
        return Problem(503, "client-gone", "Nobody waits for this answer.")
    return error


def _not_in_xml(what: str, ask: Ask) -> Problem:
    forms = GRAPH_TYPES if ask.engine_type in GRAPH_TYPES else SOLUTIONS_TYPES
    others = [form for form in forms if form != ask.engine_type]
    detail = f"{what} cannot stand in {ask.engine_type}: the answer can be {', '.join(others)}."
    return Problem(406, "not-in-xml", detail, headers={"vary": "Accept"}, offered=others)


def _out_of_time(seconds: float) -> Problem:
    detail = (
        f"The query was not done after {seconds:g} seconds and was ended: ask for less, or allow more with "
        "timeout, as far as the server does (WAQAI_QUERY_SECONDS)."
    )
    return Problem(503, "query-timeout", detail, seconds=seconds)


async def _blocks(spool: Spool, pump: "asyncio.Task[None]") -> AsyncIterator[bytes]:
    try:
        async for block in spool.blocks():
            yield block
            await asyncio.sleep(0)  # a reader as fast as this would leave no turn to the others
    except (WorkerError, TooMuch) as error:
        raise ConnectionAbortedError(str(error) or type(error).__name__) from error
    finally:
        pump.cancel()
