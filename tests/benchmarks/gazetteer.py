"""Importing a generated dump in GeoNames' format, and looking its names up, against what a bare reader and SQLite do.

`GAZETTEER_ROWS=12000000 python -m tests.benchmarks gazetteer` is the size of all countries; it needs 12 GB of disk.
"""

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.gazetteer import Gazetteer
from ingest.gazetteer.imports import open_parts
from ingest.normal import name_key
from tests.ingest.gazetteer.samples import geonames_row

ROWS = int(os.environ.get("GAZETTEER_ROWS", "100000"))
ASKED = 20_000
SIMILAR = 200
_FIRST_WORDS = "Kafr=كفر Tall=تل Khirbat=خربة Umm=أم Bayt=بيت Dayr=دير Ayn=عين Wadi=وادي San=سان Villa=فيلا Bad=باد"
_PARTS = (
    "na=نا bu=بو dah=ده ra=را mi=مي sul=سل tan=تان za=زا wi=وي ya=يا ha=حا lab=لب dib=دب qa=قا mish=مش li=لي nu=نو "
    "man=مان ga=غا ro=رو te=ته ko=كو mar=مار del=دل sur=سور fe=في ton=تون"
)
_COUNTRIES = ("SY", "IQ", "YE", "SD", "LB", "US", "CN", "IN", "MX", "BR", "FR", "TR")
_ARABIC = 5  # so many of the countries write their names in Arabic too


def run() -> list[str]:
    """Return the lines of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dump = folder / "generated.txt"
        with dump.open("w", encoding="utf-8") as file:
            file.writelines(_rows(ROWS))
        read = _timed(lambda: sum(len(line.split("\t")) for line in dump.open(encoding="utf-8")))
        started = time.perf_counter()
        # A process of its own, so that its memory is that of the import.
        script = (
            "import resource\nfrom pathlib import Path\nfrom tests.ingest.gazetteer.samples import imported\n"
            f"imported(Path({str(dump)!r}), Path({name!r}) / 'imports')\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        took = time.perf_counter() - started
        lines = [
            f"{ROWS:,} rows of a generated dump, {dump.stat().st_size / 1e6:,.0f} MB",
            f"import   {ROWS / took:>12,.0f} rows/s  {took / read:8.1f} x the time of splitting the lines",
            f"memory   {int(done.stdout) / 1024:>12,.0f} MB at most",
        ]
        return lines + _lookups(folder / "imports")


def _lookups(imports: Path) -> list[str]:
    gazetteer = Gazetteer.open(imports=imports)
    (part,) = open_parts(imports)
    keys = _sample(part.path)
    bare = sqlite3.connect(part.path)
    found = _timed(lambda: [bare.execute("SELECT n FROM name WHERE key = ?", (key,)).fetchall() for key in keys])
    exact = _timed(lambda: [gazetteer.find(keys[n : n + 500], folded=False) for n in range(0, len(keys), 500)])
    times = sorted(_timed(lambda key=key: gazetteer.similar(f"{key[:-1]}x{key[-1:]}")) for key in keys[:SIMILAR])  # type: ignore[misc]
    middle, slow = (1000 * times[int(len(times) * part)] for part in (0.5, 0.95))
    return [
        f"exact    {len(keys) / exact:>12,.0f} names/s {exact / found:8.1f} x the time of bare SQLite, one core",
        f"similar  {middle:>12.1f} ms, median; {slow:.1f} ms at the 95th percentile",
    ]


def _sample(file: Path) -> list[str]:
    bare = sqlite3.connect(file)
    last = bare.execute("SELECT max(n) FROM entry").fetchone()[0]
    numbers = random.Random(1).sample(range(1, last + 1), min(ASKED, last))
    rows = (bare.execute("SELECT data FROM entry WHERE n = ?", (n,)).fetchone() for n in numbers)
    import orjson

    return [name_key(orjson.loads(row[0])[6]["en"]) for row in rows if row is not None]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _rows(count: int) -> Iterator[str]:
    chance = random.Random(7)
    firsts, syllables = ([tuple(pair.split("=")) for pair in words.split()] for words in (_FIRST_WORDS, _PARTS))
    for number in range(1, count + 1):
        first, *parts = chance.choice(firsts), *chance.choices(syllables, k=chance.randrange(3, 6))
        name, arabic = (f"{first[n]} {''.join(part[n] for part in parts).title()}" for n in (0, 1))
        land = number * len(_COUNTRIES) // (count + 1)
        others = [name.replace("a", "e")] if chance.random() < 0.5 else []
        yield geonames_row(
            20_000_000 + number,
            name,
            arabic=arabic if land < _ARABIC else "",
            also="".join(others),
            lat=f"{chance.uniform(-60, 75):.5f}",
            lon=f"{chance.uniform(-180, 180):.5f}",
            country=_COUNTRIES[land],
            admin=(f"{chance.randrange(1, 20):02}", str(chance.randrange(1, 90))),
            people=0 if chance.random() < 0.7 else int(10 ** chance.uniform(2, 5.5)),
        )
