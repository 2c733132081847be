"""Workers that can be killed: bombs end in time, others are answered meanwhile, and all workers come back."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store

from api.workers.pool import EngineFailed, Job, NotAQuery, NotInXml, OutOfTime, PoolBusy, WorkerDied, Workers

BOMB = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SMALL = "SELECT ?o { <http://e/1> <http://e/p> ?o }"
FLOOD = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graph")
    store = Store(str(folder / "live"))
    predicate = NamedNode("http://e/p")
    store.extend(Quad(NamedNode(f"http://e/{n}"), predicate, NamedNode(f"http://e/{n + 1}")) for n in range(2000))
    store.backup(str(folder / "checkpoint"))
    return folder / "checkpoint"


@pytest.fixture
def job(checkpoint: Path) -> Job:
    return Job(str(checkpoint), SMALL, {}, None, None, "text/csv", "application/n-triples")


def run(work: Callable[[Workers], Coroutine[Any, Any, None]], **more: Any) -> None:
    async def whole() -> None:
        pool = Workers(**{"size": 4, **more})
        try:
            pool.start()
            await until(lambda: bool(pool.pids), 60)
            await work(pool)
        finally:
            pool.close()

    asyncio.run(whole())


async def answer(pool: Workers, job: Job, *, client: str = "a", seconds: float = 20.0) -> bytes:
    async with await pool.turn(client, job.query) as turn:
        return b"".join([block async for block in turn.blocks(job, seconds)])


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not become so in time"
        await asyncio.sleep(0.02)


def test_answers_are_those_of_the_engine(job: Job, checkpoint: Path) -> None:
    async def work(pool: Workers) -> None:
        assert await answer(pool, job) == b"o\r\nhttp://e/2\r\n"
        asked = replace(job, query="ASK {}", solutions_type="application/sparql-results+json")
        assert await answer(pool, asked) == b'{"head":{},"boolean":true}'
        built = replace(job, query="CONSTRUCT WHERE { <http://e/1> ?p ?o }")
        assert await answer(pool, built) == b"<http://e/1> <http://e/p> <http://e/2> .\n"
        turtle = replace(
            built, query="CONSTRUCT WHERE { e:1 ?p ?o }", prefixes={"e": "http://e/"}, graph_type="text/turtle"
        )
        assert b"e:1 e:p e:2" in await answer(pool, turtle)
        everything = replace(built, query="CONSTRUCT WHERE { ?s ?p ?o }")
        whole = await answer(pool, everything)
        expected = Store.read_only(str(checkpoint)).dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        assert expected is not None
        assert sorted(whole.split(b"\n")) == sorted(expected.split(b"\n"))

    run(work)


def test_a_query_that_is_none_and_a_checkpoint_that_is_gone_leave_the_worker_usable(job: Job) -> None:
    async def work(pool: Workers) -> None:
        with pytest.raises(NotAQuery, match="error at 1:"):
            await answer(pool, replace(job, query="SELECT"))
        with pytest.raises(EngineFailed):
            await answer(pool, replace(job, database="/nowhere/at/all"))
        (before,) = pool.pids[:1]
        assert await answer(pool, job)
        assert before in pool.pids

    run(work, size=1)


def test_a_graph_that_xml_cannot_hold_is_none_in_xml(job: Job, tmp_path: Path) -> None:
    with_number = Store(str(tmp_path / "live"))
    with_number.add(Quad(NamedNode("http://e/1"), NamedNode("http://e/1"), NamedNode("http://e/1")))
    with_number.backup(str(tmp_path / "checkpoint"))
    dump = replace(job, database=str(tmp_path / "checkpoint"), dump="")

    async def work(pool: Workers) -> None:
        with pytest.raises(NotInXml, match="<http://e/1>"):
            await answer(pool, replace(dump, graph_type="application/rdf+xml"))
        assert await answer(pool, dump)

    run(work, size=1)


def test_a_bomb_ends_in_time_and_the_pool_is_whole_again(job: Job) -> None:
    async def work(pool: Workers) -> None:
        started = time.monotonic()
        with pytest.raises(OutOfTime, match=r"0\.5 seconds"):
            await answer(pool, replace(job, query=BOMB), seconds=0.5)
        assert time.monotonic() - started < 5
        assert pool.busy == 0
        assert await answer(pool, job)

    run(work, size=1)


def test_while_one_client_holds_what_it_may_another_one_is_answered(job: Job) -> None:
    async def work(pool: Workers) -> None:
        bombs = [
            asyncio.create_task(answer(pool, replace(job, query=BOMB), client="bomber", seconds=4)) for _ in range(9)
        ]
        await until(lambda: pool.busy >= 3)
        for _ in range(5):
            assert await answer(pool, job, client="analyst")
        ends = await asyncio.gather(*bombs, return_exceptions=True)
        assert all(isinstance(end, OutOfTime | PoolBusy) for end in ends)
        assert any(isinstance(end, OutOfTime) for end in ends)
        await until(lambda: pool.busy == 0)
        assert await answer(pool, job)

    run(work, size=4, wait=1.0)


def test_of_one_client_too_long_queries_do_not_keep_short_ones_waiting(job: Job) -> None:
    async def work(pool: Workers) -> None:
        bombs = [
            asyncio.create_task(answer(pool, replace(job, query=f"{BOMB} LIMIT {n % 3 + 1}"), seconds=4))
            for n in range(30)
        ]
        await until(lambda: pool.busy >= 2)
        for _ in range(20):
            assert await answer(pool, job)
        assert not any(bomb.done() and bomb.exception() is None for bomb in bombs)
        for bomb in bombs:
            bomb.cancel()
        await asyncio.gather(*bombs, return_exceptions=True)
        await until(lambda: pool.busy == 0)

    run(work, size=4, wait=10.0)


def test_a_query_that_takes_its_time_gives_way_and_is_answered(job: Job) -> None:
    longer = replace(job, query="SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }")

    async def work(pool: Workers) -> None:
        answers = await asyncio.gather(*(answer(pool, longer, client=str(n), seconds=120) for n in range(4)))
        assert set(answers) == {b"n\r\n4000000\r\n"}

    run(work, size=2, wait=60.0)


def test_a_large_answer_is_whole_wherever_it_was_begun(job: Job) -> None:
    large = replace(job, query="SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 60000")

    async def work(pool: Workers) -> None:
        answers = await asyncio.gather(*(answer(pool, large, client=str(n), seconds=120) for n in range(4)))
        assert {one.count(b"\n") for one in answers} == {60001}

    run(work, size=2, wait=60.0)


def test_who_leaves_takes_the_query_along(job: Job) -> None:
    async def work(pool: Workers) -> None:
        task = asyncio.create_task(answer(pool, replace(job, query=BOMB), seconds=60))
        await until(lambda: pool.busy == 1)
        (pid,) = pool.pids[-1:]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not _runs(pid))
        assert await answer(pool, job)

    run(work, size=1)


def test_a_slow_reader_holds_no_memory_and_is_ended_in_time(job: Job) -> None:
    async def work(pool: Workers) -> None:
        async with await pool.turn("a") as turn:
            blocks = turn.blocks(replace(job, query=FLOOD), 2)
            assert len(await anext(blocks)) >= 1 << 16
            await asyncio.sleep(2.5)
            with pytest.raises(OutOfTime):
                async for _ in blocks:
                    pass

    run(work)


def test_a_worker_that_dies_fails_its_own_query_only(job: Job) -> None:
    async def work(pool: Workers) -> None:
        bomb = asyncio.create_task(answer(pool, replace(job, query=BOMB), client="b", seconds=60))
        await until(lambda: pool.busy == 1)
        (pid,) = pool.pids[-1:]
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await bomb
        assert await answer(pool, job)

    run(work)


@pytest.mark.skipif(sys.platform != "linux", reason="the system knows no bound for an address space")
def test_memory_is_bounded(job: Job) -> None:
    hungry = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"

    async def work(pool: Workers) -> None:
        with pytest.raises((WorkerDied, EngineFailed)):
            await answer(pool, replace(job, query=hungry), seconds=60)
        assert await answer(pool, job)

    run(work, memory=200_000_000)


def test_who_finds_none_in_time_is_told_so_and_nothing_is_started(job: Job) -> None:
    async def work(pool: Workers) -> None:
        bomb = asyncio.create_task(answer(pool, replace(job, query=BOMB), seconds=3))
        await until(lambda: pool.busy == 1)
        with pytest.raises(PoolBusy, match=r"0\.2 seconds"):
            await answer(pool, job, client="b")
        with pytest.raises(OutOfTime):
            await bomb
        assert await answer(pool, job, client="b")

    run(work, size=1, wait=0.2)


def test_no_more_wait_than_the_queue_holds(job: Job) -> None:
    async def work(pool: Workers) -> None:
        tasks = [asyncio.create_task(answer(pool, replace(job, query=BOMB), seconds=1)) for _ in range(6)]
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(end, PoolBusy) for end in ends) >= 3

    run(work, size=1, wait=0.5, queue=2)


def test_many_clients_at_once_all_get_their_answer(job: Job) -> None:
    async def work(pool: Workers) -> None:
        answers = await asyncio.gather(*(answer(pool, job, client=str(n % 7)) for n in range(200)))
        assert set(answers) == {b"o\r\nhttp://e/2\r\n"}
        assert pool.busy == 0
        assert len(pool.pids) <= 3 + 1

    run(work, size=3, wait=30.0, queue=300)


def test_workers_end_with_a_server_that_is_killed(job: Job) -> None:
    program = (
        "import asyncio, sys\n"
        "from api.workers.pool import Job, Workers\n"
        "async def main():\n"
        "    pool = Workers(2)\n"
        "    job = Job(sys.argv[1], sys.argv[2], {}, None, None, 'text/csv', 'text/turtle')\n"
        "    async with await pool.turn('a') as turn:\n"
        "        print(*pool.pids, flush=True)\n"
        "        async for _ in turn.blocks(job, 60): pass\n"
        "asyncio.run(main())\n"
    )
    server = subprocess.Popen([sys.executable, "-c", program, job.database, BOMB], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    pids = [int(pid) for pid in server.stdout.readline().split()]
    assert pids
    time.sleep(0.5)
    server.kill()
    server.wait()
    server.stdout.close()
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker outlives its server"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
