"""Two worker processes against one process on the same articles, in turn; workers are started and warm in neither."""

import os
import statistics
import time

from ingest.pipeline import Pipeline
from tests.benchmarks.newsroom import articles

ARTICLES = 4000
ROUNDS = 3


def run() -> list[str]:
    """Return the lines to print: articles a second of both, and the ratio of the whole and of all but the first."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    later: dict[int, list[float]] = {1: [], 2: []}
    for number in range(ROUNDS):
        for processes in (1, 2) if number % 2 else (2, 1):
            started = time.perf_counter()
            outcomes = Pipeline().batch(articles(ARTICLES, first=number * ARTICLES), processes)
            for at, _ in enumerate(outcomes):
                if at == ARTICLES // 4:
                    warm = time.perf_counter()
            ended = time.perf_counter()
            rates[processes].append(ARTICLES / (ended - started))
            later[processes].append((ARTICLES - ARTICLES // 4) / (ended - warm))
    lines = [f"{ARTICLES} made-up articles, {ROUNDS} rounds in turn, {os.cpu_count()} cores, medians"]
    for name, found in (("with starting the workers", rates), ("when they are warm", later)):
        ratio = statistics.median(two / one for one, two in zip(found[1], found[2], strict=True))
        one, two = statistics.median(found[1]), statistics.median(found[2])
        lines.append(f"{name:<26} one {one:>6.0f} articles/s, two {two:>6.0f}: {ratio:.2f} times")
    return lines


if __name__ == "__main__":
    print("\n".join(run()))
