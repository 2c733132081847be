"""A rebuild against the engine's bulk load of the ready N-Quads of the same log, side by side, each in its own process.

WAQAI_BENCH_CLAIMS sets how many claims the log holds (default 1,000): the claims of the demo articles as the extractor
reads them, again and again under other articles.
"""

import dataclasses
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, Store

from graph.content import ContentStore
from graph.log import NewRecord, SqliteLog
from graph.projection import Projector
from graph.store import rebuild
from ontology.model import Article, Extraction
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    SCHEMA,
    article_ingested,
    article_stream,
    claims_extracted,
)

ROUNDS = 3


def run() -> Iterator[str]:
    """Yield the lines of the report; rates are lines of the ready file a second, ratios those of the same round."""
    claims = int(os.environ.get("WAQAI_BENCH_CLAIMS", "1000"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = fill(folder, claims)
        lines = _write(folder)
        size = (folder / "ready.nq").stat().st_size
        yield f"{made:,} claims, {lines:,} lines of N-Quads, {size / 1e6:,.0f} MB, median of {ROUNDS} rounds"
        found: dict[str, list[dict[str, Any]]] = {"bulk load": [], "rebuild": []}
        for _ in range(ROUNDS):
            for what, kept in found.items():
                kept.append(_child(what, folder))
        peers, own = found["bulk load"], found["rebuild"]
        for what, part, kept in (
            ("bulk load", "loaded", peers),
            ("bulk load and optimize", "whole", peers),
            ("rebuild, which optimizes", "whole", own),
        ):
            rate = statistics.median(lines / one[part] for one in kept)
            memory = statistics.median(one["memory"] for one in kept)
            yield f"{what:<26} {rate:>10,.0f} lines/s   peak {memory:,.0f} MB"
        for what, peer, mine in (
            ("load and optimize", "whole", "whole"),
            ("the load alone", "loaded", "whole"),
            ("load and optimize, by CPU time", "cpu", "cpu"),
        ):
            ratio = statistics.median(other[peer] / one[mine] for other, one in zip(peers, own, strict=True))
            yield f"rate of the rebuild against {what}: {ratio:.2f} x"


def fill(folder: Path, claims: int) -> int:
    """Make a log of at least so many claims and return how many it holds."""
    from api.commands.demo import ARTICLES
    from api.extraction import extract, load_extractor
    from ingest.readers import Limits, Overrides, read_path

    pipeline = load_extractor()
    read = [item for item in read_path(ARTICLES, Overrides(), Limits()) if isinstance(item, Article)]
    patterns = [(one, extract(pipeline, one)) for one in read]
    made = 0
    for count in append(folder, patterns):
        made += count
        if made >= claims:
            break
    return made


def append(folder: Path, patterns: Sequence[tuple[Article, Extraction]], first: int = 0) -> Iterator[int]:
    """Append the patterns to a log, in turn and under other articles from number `first`; yield each one's claims."""
    with SqliteLog(folder / "log.sqlite") as log:
        content = ContentStore(folder / "content")
        for number in itertools.count(first):
            one, extraction = patterns[number % len(patterns)]
            copy = dataclasses.replace(one, url=f"https://paper.example/{number}", external_id=str(number))
            again = tuple(claim.with_id(copy.id) for claim in extraction.claims)
            ids = {claim.id: other.id for claim, other in zip(extraction.claims, again, strict=True)}
            pairs = tuple(
                dataclasses.replace(pair, first=ids[pair.first], second=ids[pair.second])
                for pair in extraction.possibly_same
            )
            told = Extraction(copy, extraction.extractor, again, pairs, gazetteers=extraction.gazetteers)
            payload, contents = article_ingested(copy, content.key())
            for data in contents:
                content.put(data)
            records = [
                NewRecord(ARTICLE_INGESTED, SCHEMA[ARTICLE_INGESTED], payload),
                NewRecord(CLAIMS_EXTRACTED, SCHEMA[CLAIMS_EXTRACTED], claims_extracted(told)),
            ]
            log.append(article_stream(copy.id), records, actor="bench", key=f"ingest:{copy.id}")
            yield len(again)


def _projector(folder: Path, log: SqliteLog) -> Projector:
    return Projector.of(log, ContentStore(folder / "content").get)


def _write(folder: Path) -> int:
    """Write what the log states into a file and return the number of its lines."""
    lines = 0
    with SqliteLog(folder / "log.sqlite") as log, (folder / "ready.nq").open("wb") as file:
        projector = _projector(folder, log)
        for record in log.read():
            text = projector.statements(record).text()
            lines += text.count("\n")
            file.write(text.encode())
    return lines


def _child(what: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.rebuild", what, str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _bulk_load(folder: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = Store(Path(place) / "loaded")
        started, cpu = time.perf_counter(), time.process_time()
        store.bulk_load(path=folder / "ready.nq", format=RdfFormat.N_QUADS, lenient=True)
        loaded = time.perf_counter() - started
        store.optimize()
        whole = time.perf_counter() - started
        del store
        return {"loaded": loaded, "whole": whole, "cpu": time.process_time() - cpu}


def _rebuild(folder: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as place, SqliteLog(folder / "log.sqlite") as log:
        projector = _projector(folder, log)
        for record in log.read(limit=2):  # the ontology is read once, however long the log is
            projector.statements(record)
        started, cpu = time.perf_counter(), time.process_time()
        rebuild(Path(place) / "graph", log, projector)
        return {"whole": time.perf_counter() - started, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    if len(sys.argv) == 3:
        work = {"bulk load": _bulk_load, "rebuild": _rebuild}[sys.argv[1]]
        told: dict[str, float] = work(Path(sys.argv[2]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(json.dumps({**told, "memory": peak}))
    else:
        print("\n".join(run()))
