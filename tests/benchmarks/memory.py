"""Resident memory of one process while it extracts 10,000 articles, each with words that no other one has."""

import os
from pathlib import Path

from ingest.pipeline import Pipeline
from tests.benchmarks.newsroom import articles

ARTICLES = 10_000
STEP = 2_000


def run() -> list[str]:
    """Return the lines to print: memory after each step, and its growth over the first of them."""
    pipeline = Pipeline()
    lines = [f"{ARTICLES:,} made-up articles in one process"]
    at_first = 0.0
    for number, _ in enumerate(pipeline.batch(articles(ARTICLES)), 1):
        if number % STEP == 0:
            now = resident()
            at_first = at_first or now
            lines.append(f"after {number:>6,} articles {now:>7.1f} MB, {now / at_first:.3f} of that after {STEP:,}")
    return lines


def resident() -> float:
    """Return the resident memory of this process in megabytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    print("\n".join(run()))
