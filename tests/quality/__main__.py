"""Measure all figures whose data is here: `python -m tests.quality [--write] [--fast]`.

`python -m tests.quality gazetteers [--write] [--every N]` measures linking with one gazetteer or another instead,
`python -m tests.quality fusion [--write] [--every N]` which claims are taken to be about one event.
"""

import argparse
import time

from tests.quality import fusion, gazetteers
from tests.quality.figures import INCIDENTS, ROOT, ROWS, falls, measure, path, replaced, stored, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("figures", "gazetteers", "fusion"), default="figures")
    parser.add_argument("--write", action="store_true", help="make them the floors and the tables of the documents")
    parser.add_argument("--fast", action="store_true", help="leave out the long file of coded incidents")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="of the incidents, read every N-th")
    options = parser.parse_args()
    if options.what == "gazetteers":
        compare_gazetteers(every=options.every, keep=options.write)
    elif options.what == "fusion":
        compare_events(every=options.every, keep=options.write)
    else:
        measure_all(fast=options.fast, keep=options.write)


def compare_gazetteers(*, every: int, keep: bool) -> None:
    if not path(INCIDENTS).is_file():
        print(f"not measured: {path(INCIDENTS)} is not here")
        return
    for missing in (c.name for c in gazetteers.COMBINATIONS if not c.available):
        print(f"not measured: {missing}: the files are not in {gazetteers.LEVELS}")
    lines = []
    for line in gazetteers.table(every):
        print(line, flush=True)
        lines.append(line)
    if keep:
        file = ROOT / "docs" / "gazetteers.md"
        text = replaced(file.read_text(encoding="utf-8"), "gazetteers", "\n".join(lines), gazetteers.MARK)
        file.write_text(text, encoding="utf-8")


def compare_events(*, every: int, keep: bool) -> None:
    for name, file, rows in (
        ("happenings", fusion.DEV, fusion.happenings),
        ("coded incidents", INCIDENTS, lambda: fusion.incidents(every)),
    ):
        if not path(file).is_file():
            print(f"not measured: {path(file)} is not here")
            continue
        lines = []
        for line in rows():
            print(line, flush=True)
            lines.append(line)
        if keep:
            page = ROOT / "docs" / "fusion.md"
            text = replaced(page.read_text(encoding="utf-8"), name, "\n".join(lines), fusion.MARK)
            page.write_text(text, encoding="utf-8")


def measure_all(*, fast: bool, keep: bool) -> None:
    measured, before = {}, stored()
    for row in ROWS:
        if not row.available or (fast and row.slow):
            print(f"not measured: {row.command}")
            continue
        start = time.perf_counter()
        measured[row.command] = measure(row)
        print(f"{row.name} ({time.perf_counter() - start:.0f} s): {measured[row.command]}")
        for fault in falls(before.get(row.command, {}), measured[row.command]):
            print(f"  fell: {fault}")
    if keep:
        write(measured)


if __name__ == "__main__":
    main()
