"""Importing a generated dump in GeoNames' format, and looking its names up, against what a bare reader and SQLite do.

`GAZETTEER_ROWS=12000000 python -m tests.benchmarks gazetteer` is the size of all countries; it needs 12 GB of disk and
an hour. `GAZETTEER_FOLDER` keeps the imported file in a folder, and uses it where it is there already.

Names are asked in batches of 200, about what an article asks at once, and no name twice; the first half warms up and is
not counted. Of five rounds, each with a gazetteer that remembers nothing, the best one counts. Three ways of asking:

- `names`: every name that the dump gives to a place is as likely as any other. Some 1.4 places bear one.
- `places`: every place is as likely as any other, so that frequent names come first. Some 3 places bear one.
- `words`: four of five are no names, as in an article, where every word is asked for that may begin a name.
"""

import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ingest.gazetteer import Gazetteer
from ingest.gazetteer.draft import listing_of
from ingest.gazetteer.imports import open_parts
from ontology.normal import name_key
from tests.benchmarks.generated_dump import rows
from tests.ingest.gazetteer.misspellings import MISSPELT

ROWS = int(os.environ.get("GAZETTEER_ROWS", "100000"))
FOLDER = os.environ.get("GAZETTEER_FOLDER")
ASKED = 40_000
AT_ONCE = 200
SIMILAR = 200
ROUNDS = 5  # the best one counts: other work on the machine takes the caches away


def run() -> list[str]:
    """Return the lines of the report."""
    with _folder() as folder:
        lines = [] if list(folder.glob("imports/*.sqlite")) else _import(folder)
        return lines + _start(folder / "imports") + _lookups(folder / "imports")


@contextmanager
def _folder() -> Iterator[Path]:
    if FOLDER:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        yield Path(FOLDER)
    else:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)


def _import(folder: Path) -> list[str]:
    dump = folder / "generated.txt"
    with dump.open("w", encoding="utf-8") as file:
        file.writelines(rows(ROWS))
    read = _timed(lambda: sum(len(line.split("\t")) for line in dump.open(encoding="utf-8")))
    # A process of its own, so that its memory is that of the import.
    script = (
        "import resource, time\nfrom pathlib import Path\nfrom tests.ingest.gazetteer.samples import imported\n"
        f"imported(Path({str(dump)!r}), Path({str(folder)!r}) / 'imports')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    memory, took = map(float, done.stdout.split())
    lines = [
        f"{ROWS:,} rows of a generated dump, {dump.stat().st_size / 1e6:,.0f} MB",
        f"import   {ROWS / took:>12,.0f} rows/s  {took / read:8.1f} x the time of splitting the lines",
        f"memory   {memory / 1024:>12,.0f} MB at most",
    ]
    dump.unlink()
    return lines


def _start(imports: Path) -> list[str]:
    Gazetteer.open()  # the first use builds the index
    lines = []
    for what, options in (("default", "{}"), ("imports", f"{{'imports': Path({str(imports)!r})}}")):
        script = (
            "import time\nfrom pathlib import Path\nstarted = time.perf_counter()\n"
            "from ingest.gazetteer import Gazetteer\n"
            f"Gazetteer.open(**{options}).find(['حلب'])\nprint(time.perf_counter() - started)"
        )
        times = [
            float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)
            for _ in range(5)
        ]
        lines.append(f"start    {statistics.median(times):>12.2f} s to the first answer, {what}")
    return lines


def _lookups(imports: Path) -> list[str]:
    gazetteer = Gazetteer.open(imports=imports)
    (part,) = open_parts(imports)
    bare = sqlite3.connect(part.path)
    last = bare.execute("SELECT max(n) FROM entry").fetchone()[0]
    chance = random.Random(1)
    places = [_main_key(bare, n) for n in chance.sample(range(1, last + 1), min(ASKED, last))]
    # Each name with the same chance: a place stands for its name with a chance of one in the places that bear it.
    bearing = {name: bare.execute("SELECT count(*) FROM name WHERE key = ?", (name,)).fetchone()[0] for name in places}
    names = [name for name in places if chance.random() * bearing[name] < 1]
    words = [f"{name}{'' if n % 5 == 0 else 'q'}" for n, name in enumerate(places)]
    lines = [f"{last:,} rows; {len(gazetteer.files[2]) if gazetteer.files else 0} import beside the default"]
    for what, asked in (("names", names), ("places", list(dict.fromkeys(places))), ("words", words)):
        batches = [asked[n : n + AT_ONCE] for n in range(0, len(asked), AT_ONCE)]
        found = sum(len(bare.execute("SELECT n FROM name WHERE key = ?", (key,)).fetchall()) for key in asked)
        rate, median = max(_round(imports, batches) for _ in range(ROUNDS))
        places_a_name = found / len(asked)
        lines.append(
            f"{what:8} {rate:>12,.0f} names/s, {median:,.0f} in the median batch; {places_a_name:.2f} places a name"
        )
    misspelt = [*(f"{key[:-1]}x{key[-1:]}" for key in names[:SIMILAR]), *map(name_key, MISSPELT)]
    times = sorted(_timed(partial(gazetteer.similar, key)) for key in misspelt)
    middle, slow = (1000 * times[int(len(times) * part)] for part in (0.5, 0.95))
    return [*lines, f"similar  {middle:>12.1f} ms, median; {slow:.1f} ms at the 95th percentile"]


def _round(imports: Path, batches: list[list[str]]) -> tuple[float, float]:
    """Return the names a second of the second half of the batches, and of the median one of them."""
    fresh = Gazetteer.open(imports=imports)  # that remembers no name
    half = len(batches) // 2  # what contains places, and the pages of the file, are read when first asked for
    for batch in batches[:half]:
        fresh.find(batch, folded=False)
    rates = [len(batch) / _timed(partial(fresh.find, batch, folded=False)) for batch in batches[half:]]
    fresh.close()
    asked = sum(map(len, batches[half:]))
    return asked / sum(len(b) / r for b, r in zip(batches[half:], rates, strict=True)), statistics.median(rates)


def _main_key(bare: sqlite3.Connection, n: int) -> str:
    row = bare.execute("SELECT data FROM entry WHERE n >= ? ORDER BY n LIMIT 1", (n,)).fetchone()
    return name_key(listing_of(row[0], "", 0, (0, 0)).names["en"])


def _timed(work: Callable[[], object]) -> float:
    """Return the seconds of processor time: other processes of the machine do not count, but slow the caches."""
    started = time.process_time()
    work()
    return time.process_time() - started
