"""Audits: of events over HTTP, few claims and hundreds of them, and of the whole graph by one process and by several.

WAQAI_BENCH_CLAIMS sets how many claims the log holds (default 1,000), which are those of the benchmark `rebuild`;
WAQAI_BENCH_DATA names a data folder that is there. CPU time is that of the server with its workers, or of the command
with all of its processes; the time of an answer is what a client waits for it, over HTTP with keep-alive.
"""

import contextlib
import http.client
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
from pyoxigraph import DefaultGraph, NamedNode

from graph.terms import wq
from tests.benchmarks.servers import _WAQAI, _data, _own

EVENTS = 100
ROUNDS = 15
PROCESSES = (1, 2)


def run() -> Iterator[str]:
    """Yield the lines of the report."""
    with tempfile.TemporaryDirectory() as name:
        data = _data(Path(name))
        sizes, quads = _events(data)
        claims = sum(sizes.values())
        yield f"{quads:,} quads, {len(sizes):,} events of {claims:,} claims"
        yield from _over_http(data, sizes)
        yield from _whole(data)


def _events(data: Path) -> tuple[Counter[str], int]:
    """Return the events with the numbers of their claims, and how many quads there are."""
    from api.workspace import Workspace

    with Workspace(data) as workspace:
        graph = workspace.graph()
        told = graph.quads(None, wq("claim"), None, DefaultGraph())
        return Counter(quad.subject.value for quad in told if isinstance(quad.subject, NamedNode)), len(graph)


def _over_http(data: Path, sizes: Counter[str]) -> Iterator[str]:
    chosen = random.Random(1).sample(sorted(sizes), min(EVENTS, len(sizes)))
    ((largest, claims),) = sizes.most_common(1)
    with _own(data) as (port, _):
        server = http.client.HTTPConnection("127.0.0.1", port)
        _asked(server, largest)  # words of rules are read one time
        used = _running()
        times = [_asked(server, iri) * 1000 for iri in chosen]
        cpu = (_running() - used) / len(chosen) * 1000
        yield f"one event: median {statistics.median(times):.1f} ms, at worst {max(times):.1f} ms of {len(chosen)};"
        yield f"  {cpu:.1f} ms of CPU time in the mean"
        yield f"the event that {claims} claims tell:"
        for what, query in (
            ("first page", ""),
            ("first page as HTML", "?format=html"),
            ("last page", f"?offset={claims - 10}"),
            ("all in one document", "?limit=0"),
        ):
            rounds, used = 3 if "limit" in query else ROUNDS, _running()
            median = statistics.median(_asked(server, f"{largest}{query}") for _ in range(rounds)) * 1000
            cpu = (_running() - used) / rounds * 1000
            yield f"  {what:<20} {median:>8.1f} ms, {cpu:>8.1f} ms of CPU time"
        server.close()


def _running() -> float:
    """Return the CPU time of the processes that run below this one, in hundredths of seconds that add up."""
    pending, ticks = [os.getpid()], 0
    for pid in pending:  # grows while it is walked
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                pending += map(int, (task / "children").read_text().split())
            if pid != os.getpid():
                ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _asked(server: http.client.HTTPConnection, name: str) -> float:
    """Return how long a client waits for an audit."""
    iri, _, query = name.partition("?")
    started = time.perf_counter()
    server.request("GET", f"/audit/event/{iri.rpartition('/')[2]}{f'?{query}' if query else ''}")
    answer = server.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{name}: {answer.status}")
    return time.perf_counter() - started


def _whole(data: Path) -> Iterator[str]:
    for processes in PROCESSES:
        cpu, started = _children(), time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _WAQAI, "audit", "--all", "--shapes", "0", "--format", "json", "--data", data],
            env={**os.environ, "WAQAI_AUDIT_PROCESSES": str(processes)},
            capture_output=True,
            text=True,
            check=False,
        )
        wall, cpu = time.perf_counter() - started, _children() - cpu
        found = orjson.loads(done.stdout)
        claims = found["counts"]["claims"]
        yield (
            f"the whole graph, {processes} process{'es' if processes > 1 else ''}: {len(found['findings'])} findings, "
            f"{cpu:,.1f} s of CPU time, {claims / cpu:,.0f} claims a second of it; done after {wall:,.1f} s"
        )


def _children() -> float:
    """Return the CPU time of the processes that were started and have ended, with those that they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print("\n".join(run()))
