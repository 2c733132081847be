"""Measure all figures whose data is here: `python -m tests.quality [--write] [--fast]`."""

import argparse
import time

from tests.quality.figures import ROWS, falls, measure, stored, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="make them the floors and the tables of the documents")
    parser.add_argument("--fast", action="store_true", help="leave out the long file of coded incidents")
    options = parser.parse_args()
    measured, before = {}, stored()
    for row in ROWS:
        if not row.available or (options.fast and row.slow):
            print(f"not measured: {row.command}")
            continue
        start = time.perf_counter()
        measured[row.command] = measure(row)
        print(f"{row.name} ({time.perf_counter() - start:.0f} s): {measured[row.command]}")
        for fault in falls(before.get(row.command, {}), measured[row.command]):
            print(f"  fell: {fault}")
    if options.write:
        write(measured)


if __name__ == "__main__":
    main()
