"""Projection to N-Quads against the engine's bulk load of them, interleaved in one run."""

import dataclasses
import statistics
import tempfile
import time
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store

from graph.log import Record
from graph.store import GraphStore
from ontology.model import Claim, Span
from tests.graph.articles import STRIKE, World, article, strike

ARTICLES = 70
CLAIMS = 10  # an article
ROUNDS = 5


def run() -> list[str]:
    """Return the lines of the report; rates are lines a second, the ratio is the median of the rounds' ratios."""
    with tempfile.TemporaryDirectory() as folder:
        world = world_in(Path(folder))
        records = list(world.log.read())
        data = _written(world, records).encode()
        quads = data.count(b"\n")
        rates: dict[str, list[float]] = {"projection": [], "bulk load": [], "one article at a time": []}
        for number in range(ROUNDS):
            started = time.perf_counter()
            _written(world, records)
            rates["projection"].append(quads / (time.perf_counter() - started))

            store = Store(Path(folder) / f"loaded-{number}")
            started = time.perf_counter()
            store.bulk_load(data, format=RdfFormat.N_QUADS, lenient=True)
            rates["bulk load"].append(quads / (time.perf_counter() - started))
            del store

            with GraphStore.open(Path(folder) / f"followed-{number}", world.projector) as graph:
                started = time.perf_counter()
                graph.catch_up(world.log, batch=2)
                rates["one article at a time"].append(quads / (time.perf_counter() - started))
        lines = [f"{quads:,} lines of {ARTICLES} articles with {CLAIMS} claims each, median of {ROUNDS} rounds"]
        for name, found in rates.items():
            ratio = statistics.median(own / peer for own, peer in zip(found, rates["bulk load"], strict=True))
            lines.append(f"{name:<22} {statistics.median(found):>12,.0f} lines/s  {ratio:5.2f} x bulk load")
        return lines


def world_in(folder: Path) -> World:
    """Return a log of ARTICLES articles with CLAIMS claims each."""
    world = World.at(folder)
    for number in range(ARTICLES):
        one = article(number, text=f"{STRIKE} ({number})")
        world.ingest(one, *(_variant(strike(one), rule).with_id(one.id) for rule in range(CLAIMS)))
    return world


def _variant(claim: Claim, number: int) -> Claim:
    """Return a claim that differs from its siblings, as the claims of a real article do."""
    trigger = dataclasses.replace(claim.trigger, rule=f"airstrike.noun.{number}")
    return dataclasses.replace(claim, trigger=trigger, evidence=(*claim.evidence, Span(0, number + 1)))


def project(world: World, records: list[Record]) -> list[Quad]:
    """Return the quads of the records, each by itself."""
    return [quad for record in records for quad in world.projector.quads(record)]


def _written(world: World, records: list[Record]) -> str:
    return "".join(world.projector.statements(record).text() for record in records)


if __name__ == "__main__":
    print("\n".join(run()))
