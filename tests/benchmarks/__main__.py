"""Run the benchmarks: `python -m tests.benchmarks [NAME...]`. Ratios side by side in one run; nothing is asserted."""

import importlib
import sys

BENCHMARKS = (
    "extraction",
    "processes",
    "memory",
    "log",
    "proof",
    "projection",
    "rebuild",
    "ingest",
    "stream",
    "travel",
    "fusion",
    "ledger",
    "audit",
    "sparql_http",
    "repeats",
    "servers",
    "bombs",
    "following",
    "article_cost",
    "search",
    "gazetteer",
)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}\n")
        return 2
    for name in names or BENCHMARKS:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        for line in importlib.import_module(f"tests.benchmarks.{name}").run():
            sys.stdout.write(f"   {line}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
