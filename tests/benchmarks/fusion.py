"""Bringing claims together into events: rates at rising numbers of claims, and what one more article costs.

Asked for 10,000 claims and ten times as many, up to `WAQAI_BENCH_CLAIMS` (100,000 by default): fusing them at once, and
taking them into the tables of an event index article by article, as `waqai rebuild` does.

The claims are generated in the shape of real ones: some forty happenings a day wherever the number of claims comes from
years of days, most told by one or two outlets and few by very many, in villages, towns and a few cities that are hit
every day; a third undated, half with figures, some told with another toll.
"""

import contextlib
import math
import os
import random
import resource
import sqlite3
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.events.tables import SCHEMA, Tables
from graph.fusion.clustering import fuse
from graph.fusion.features import Count, Extent, Features, Spot, Teller
from graph.fusion.upkeep import Upkeep
from ontology.model import Modality

MOST = int(os.environ.get("WAQAI_BENCH_CLAIMS", "100000"))
SIZES = [size for size in (10_000, 100_000, 1_000_000) if size <= MOST] or [MOST]
ARTICLES = 200
_FIRST_DAY = 730_000
_A_DAY = 40
_IN_AN_ARTICLE = 3


def generated(number: int, seed: int = 1) -> Iterator[Features]:
    """Yield `number` claims; those of one article come together."""
    chance = random.Random(seed)
    land = ("land", Extent.COUNTRY)
    areas = [f"governorate {n}" for n in range(14)]
    spots = []
    for n in range(3000):
        area, extent = chance.choice(areas), (Extent.CITY if n < 30 else Extent.TOWN if n < 400 else Extent.POINT)
        within = ((area, Extent.GOVERNORATE), land)
        name = f"village {n}" if extent is Extent.POINT and n % 3 == 0 else ""
        lat = None if name else chance.randrange(3200000, 3700000)
        lon = None if name else chance.randrange(3600000, 4200000)
        spots.append(Spot(f"place {n}", extent, within, lat, lon, name))
    weights = [200 if s.extent is Extent.CITY else 20 if s.extent is Extent.TOWN else 1 for s in spots]
    types = ("Airstrike", "Shelling", "ArmedClash", "CasualtyReport", "Takeover", "Evacuation")
    sources = [Teller(f"source {n}", "monitor", n % 5 == 0) for n in range(40)]
    made = article = happening = 0
    while made < number:
        told: list[Features] = []
        day = _FIRST_DAY + happening // _A_DAY
        for _ in range(_A_DAY):
            happening += 1
            told += _tellings(chance, day, chance.choices(spots, weights)[0], types, sources)
        chance.shuffle(told)  # an article tells of several happenings of the day
        for claim in told[: number - made]:
            yield replace(claim, claim=f"c-{made:07}", article=f"a-{article:07}")
            made += 1
            article += made % _IN_AN_ARTICLE == 0


def _tellings(
    chance: random.Random, day: int, spot: Spot, types: tuple[str, ...], sources: list[Teller]
) -> Iterator[Features]:
    """Yield what is told of one happening."""
    kind, dead = chance.choices(types, (30, 40, 10, 12, 4, 4))[0], chance.choice((1, 1, 2, 3, 4, 6, 9, 16, 40))
    agent = frozenset({f"actor {chance.randrange(12)}"})
    for _ in range(min(int(chance.paretovariate(1.3)), 400)):
        late = chance.choice((0, 0, 0, 1))
        counts: tuple[Count, ...] = ()
        if chance.random() < 0.5:
            toll = dead + chance.choice((0, 0, 0, 1, 3))
            counts = (Count("killed", None, toll, toll, toll),)
        yield Features(
            claim="",
            article="",
            type=kind,
            modality=Modality.ASSERTED if chance.random() < 0.98 else Modality.DENIED,
            language="ar",
            publisher=f"outlet {chance.randrange(300)}",
            published=day + late,
            spots=(spot,),
            days=None if chance.random() < 0.33 else (day, day),
            agents=agent if chance.random() < 0.6 else frozenset(),
            counts=counts,
            chain=(chance.choice(sources),) if chance.random() < 0.6 else (),
        )


def run() -> Iterator[str]:
    """Yield lines of the report. What is at most in memory is so for all that ran up to there."""
    times = []
    for size in SIZES:
        yield kept(size)
    for size in SIZES:
        claims = list(generated(size))
        start = time.process_time()
        fused = fuse(claims)
        times.append(time.process_time() - start)
        largest = max(len(group.members) for group in fused.groups)
        grows = "" if len(times) < 2 else f", growing as the number to the power of {exponent(times, size):.2f}"
        yield (
            f"{size:>9,} claims at once: {size / times[-1]:,.0f} a second on one core{grows}; "
            f"{len(fused.groups):,} events, the largest of {largest} claims, {peak()}"
        )


def exponent(times: list[float], size: int) -> float:
    """Return to which power of the number of claims the time grows, from the first size on."""
    return math.log(times[-1] / times[0]) / math.log(size / SIZES[0])


def peak() -> str:
    """Return what the process had in memory at most."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB at most"


def kept(size: int) -> str:
    """Return the line of the report on `size` claims in the tables of an event index, article by article."""
    told = (list(told) for _, told in groupby(generated(size + ARTICLES * _IN_AN_ARTICLE), key=lambda c: c.article))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "events.sqlite"
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA cache_size = -65536")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(SCHEMA)
            tables = Tables(connection)
            upkeep = Upkeep(tables)
            took, made = 0.0, 0
            while made < size:
                batch = list(islice(told, 256))
                start = time.process_time()
                connection.execute("BEGIN")
                for article in batch:
                    tables.position += 1
                    upkeep.add(article)
                    made += len(article)
                    if made >= size:
                        break
                connection.execute("COMMIT")
                took += time.process_time() - start
                rest = batch[batch.index(article) + 1 :]
            further = [*rest, *told]
            warm = [_added(tables, upkeep, connection, article) for article in further[: ARTICLES // 2]]
            cold = []
            for article in further[ARTICLES // 2 :]:
                tables.forget()  # as a process that has just been started
                upkeep = Upkeep(tables)
                cold.append(_added(tables, upkeep, connection, article))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            on_disk = file.stat().st_size
    return (
        f"{size:>9,} claims in tables, article by article: {made / took:,.0f} a second on one core, "
        f"{on_disk >> 20:,} MB on disk ({on_disk // made:,} bytes a claim), {peak()}; one more article, of CPU: "
        f"{_spread(warm)}; with nothing in memory: {_spread(cold)}"
    )


def _added(tables: Tables, upkeep: Upkeep, connection: sqlite3.Connection, article: list[Features]) -> float:
    start = time.process_time()
    connection.execute("BEGIN IMMEDIATE")
    tables.position += 1
    upkeep.add(article)
    connection.execute("COMMIT")
    return (time.process_time() - start) * 1000


def _spread(times: list[float]) -> str:
    ordered = sorted(times)
    late = ordered[len(ordered) * 95 // 100]
    return f"median {statistics.median(ordered):.1f} ms, 95 % within {late:.0f} ms, worst {ordered[-1]:.0f} ms"
