"""Queries of a server whose graph follows a log that grows by 100 articles a second, against the same queries in peace.

Another process appends to the log: articles of the kind that agencies send, read by the extractor beforehand, again and
again under other articles. The server projects them. Phases of peace and of writing take turns; the ratio is the median
of those of the rounds. `WAQAI_BENCH_RATE` is articles a second (default 100), `WAQAI_BENCH_CLAIMS` what the log holds
at first (default 1,000), `WAQAI_BENCH_DATA` a data folder to copy in its place.
"""

import itertools
import json
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from tests.benchmarks.servers import _Client, _filled, _own

RATE = int(os.environ.get("WAQAI_BENCH_RATE", "100"))
SECONDS = 4.0
ROUNDS = 4
ASKED = ("one claim", "what a claim says", "events of a type in a place", "newest events", "deaths by place")
_PAUSE = 0.005


def run() -> Iterator[str]:
    """Yield the lines of the report."""
    with tempfile.TemporaryDirectory() as name:
        data = _data(Path(name))
        queries = {name: query for name, query in _filled(data).items() if name in ASKED}
        claims = _patterns(data.parent / "patterns")
        with _own(data) as (port, _):
            _asked(port, queries, 2.0)
            yield f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {claims:.1f} claims an article"
            peace, busy = [_asked(port, queries, SECONDS)], []
            behind: list[int] = []
            for number in range(ROUNDS):
                writer = _writer(data, 1_000_000 * (number + 1))
                time.sleep(1.0)
                busy.append(_asked(port, queries, SECONDS))
                position = _position(port)
                told, _ = writer.communicate(timeout=60)
                written = json.loads(told)
                behind.append(max(0, written["head"] - position))
                deadline = time.monotonic() + 60
                while _position(port) < written["head"] and time.monotonic() < deadline:
                    time.sleep(0.2)
                peace.append(_asked(port, queries, SECONDS))
            for name in queries:
                yield _line(name, [found[name] for found in peace], [found[name] for found in busy])
            whole = [[one for kind in found.values() for one in kind] for found in peace]
            yield _line("all", whole, [[one for kind in found.values() for one in kind] for found in busy])
            yield (
                f"{written['rate']:.0f} articles/s written; the graph was {max(behind)} records behind the log at most "
                f"when the writing ended; load {os.getloadavg()[0]:.1f} after"
            )


def _line(name: str, peace: list[list[float]], busy: list[list[float]]) -> str:
    """Compare each phase of writing with those of peace before and after it: the graph grows meanwhile."""
    quiet = [statistics.mean(map(statistics.median, pair)) for pair in itertools.pairwise(peace)]
    loud = list(map(statistics.median, busy))
    ratio = statistics.median(mine / other for mine, other in zip(loud, quiet, strict=True))
    shown = f"{statistics.median(quiet):>7.2f} ms, while writing {statistics.median(loud):>7.2f} ms, ratio {ratio:.2f}"
    every = sorted(itertools.chain.from_iterable(busy))
    return f"{name:<30} {shown}; 99 % {every[int(len(every) * 0.99)]:.0f} ms"


def _asked(port: int, queries: dict[str, str], seconds: float) -> dict[str, list[float]]:
    client = _Client((port, "/sparql"))
    end = time.perf_counter() + seconds
    found: dict[str, list[float]] = {name: [] for name in queries}
    for name in itertools.cycle(queries):
        started = time.perf_counter()
        if started > end and all(found.values()):
            return found
        status, body, _ = client.ask(queries[name])
        found[name].append((time.perf_counter() - started) * 1000)
        if status != 200:
            raise AssertionError(body[:200])
        time.sleep(_PAUSE)
    raise AssertionError


def _position(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/health") as answer:
        return int(json.load(answer)["position"])


def _data(folder: Path) -> Path:
    ready = os.environ.get("WAQAI_BENCH_DATA")
    data = folder / "data"
    if ready:
        shutil.copytree(ready, data, ignore=shutil.ignore_patterns("*.lock"))
        return data
    from tests.benchmarks.rebuild import fill

    data.mkdir()
    fill(data, int(os.environ.get("WAQAI_BENCH_CLAIMS", "1000")))
    command = "from api.cli import main; main()"
    subprocess.run([sys.executable, "-c", command, "rebuild", "--data", data], check=True, capture_output=True)
    return data


def _patterns(path: Path) -> float:
    """Have the extractor read some articles, and return how many claims it made of one."""
    from api.extraction import extract, load_extractor
    from tests.benchmarks.newsroom import articles

    pipeline = load_extractor()
    patterns = [(one, extract(pipeline, one)) for one in articles(60)]
    path.write_bytes(pickle.dumps(patterns))
    return statistics.mean(len(extraction.claims) for _, extraction in patterns)


def _writer(data: Path, first: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.benchmarks.following", str(data), str(first), str(SECONDS + 1)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _write(data: Path, first: int, seconds: float) -> None:
    """Append RATE articles a second; print where the log ends then."""
    from graph.log import SqliteLog
    from tests.benchmarks.rebuild import append

    patterns = pickle.loads((data.parent / "patterns").read_bytes())  # written by the parent
    started = time.perf_counter()
    for number, _ in enumerate(append(data, patterns, first), 1):
        spent = time.perf_counter() - started
        if spent > seconds:
            break
        time.sleep(max(0.0, number / RATE - spent))
    with SqliteLog(data / "log.sqlite") as log:
        print(json.dumps({"head": log.head(), "rate": number / (time.perf_counter() - started)}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _write(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    else:
        for line in run():
            print(line, flush=True)
