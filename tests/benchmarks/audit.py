"""Audits: of one event against reading what its claims say, and of the whole graph against making it.

WAQAI_BENCH_CLAIMS sets how many claims the log holds (default 1,000), which are those of the benchmark `rebuild`.
"""

import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode

from graph.audit import explain
from graph.audit.whole import WholeAudit
from graph.content import ContentStore
from graph.log import SqliteLog
from graph.projection import Projector
from graph.store import GraphStore, rebuild
from graph.terms import wq
from tests.benchmarks.rebuild import fill

EVENTS = 100


def run() -> Iterator[str]:
    """Yield the lines of the report; ratios are of the same run."""
    claims = int(os.environ.get("WAQAI_BENCH_CLAIMS", "1000"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = fill(folder, claims)
        with SqliteLog(folder / "log.sqlite") as log:
            content = ContentStore(folder / "content")
            projector = Projector.of(log, content.get)
            built = _clocked(lambda: rebuild(folder / "graph", log, projector))
            with GraphStore.open(folder / "graph", projector) as store:
                yield f"{made:,} claims, {len(store):,} quads"
                yield from _events(store, log, content)
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                audit = WholeAudit(store, log, content.get)
                found: list[object] = []
                wall, cpu = _clocked(lambda: found.extend(audit.findings()))
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                yield f"the whole graph: {len(found)} findings in {wall:,.0f} s, {cpu:,.0f} s of CPU time"
                yield f"  {made / cpu:,.0f} claims and {len(store) / cpu:,.0f} quads a second of CPU time"
                yield f"  {cpu / built[1]:.2f} x the CPU time of a rebuild"
                yield f"  memory at most {peak:,.0f} MB, {memory:,.0f} MB before"


def _events(store: GraphStore, log: SqliteLog, content: ContentStore) -> Iterator[str]:
    """Yield what auditing some events takes, each against reading the graphs of its claims."""
    named = sorted({q.subject.value for q in store.quads(None, wq("claim"), None, DefaultGraph())})  # type: ignore[union-attr]
    chosen = random.Random(1).sample(named, min(EVENTS, len(named)))
    audits, reads = [], []
    for iri in chosen:
        started = time.perf_counter()
        found = explain(store, log, content.get, iri)
        between = time.perf_counter()
        for claim in found.claims:
            sum(1 for _ in store.quads(None, None, None, NamedNode(claim.iri)))
        audits.append(between - started)
        reads.append(time.perf_counter() - between)
    median, worst = statistics.median(audits), max(audits)
    yield f"one event: median {median * 1000:.1f} ms, at worst {worst * 1000:.1f} ms of {len(chosen)}"
    yield f"  {median / statistics.median(reads):.0f} x reading the graphs of its claims"


def _clocked(work: Callable[[], object]) -> tuple[float, float]:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu
