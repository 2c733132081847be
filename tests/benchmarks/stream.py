"""The event stream: pages against the bare projection of the same records, and a replica made from them."""

import gzip
import statistics
import tempfile
import time
from pathlib import Path

from graph.stream.nodes import Stream
from graph.stream.replica import Fetched, Replica
from tests.benchmarks.projection import ARTICLES, CLAIMS, project, world_in

ROUNDS = 5
TYPE = "application/n-quads"


def run() -> list[str]:
    """Return the lines of the report; rates are quads a second, the ratio is the median of the rounds' ratios."""
    with tempfile.TemporaryDirectory() as folder:
        world = world_in(Path(folder))
        records = list(world.log.read())
        quads = len(project(world, records))
        stream = Stream(world.log, world.projector)
        rates: dict[str, list[float]] = {"projection": [], "pages": [], "pages, packed": [], "replica": []}
        for number in range(ROUNDS):
            started = time.perf_counter()
            for record in records:
                world.projector.statements(record).text()
            rates["projection"].append(quads / (time.perf_counter() - started))

            started = time.perf_counter()
            pages = [stream.page(first).write(TYPE).body for first in stream.pages()]
            rates["pages"].append(quads / (time.perf_counter() - started))

            packed = [gzip.compress(page, 6, mtime=0) for page in pages]
            rates["pages, packed"].append(quads / (time.perf_counter() - started))

            nodes = {node.iri.value: node.write(TYPE) for node in (stream.root(), stream.index(1))}
            bodies = {address: node.body for address, node in nodes.items()}
            bodies |= {stream.view().page(first).value: page for first, page in zip(stream.pages(), pages, strict=True)}

            def fetch(address: str, _: str | None, bodies: dict[str, bytes] = bodies) -> Fetched:
                return Fetched(address, TYPE, bodies[address])

            with Replica(Path(folder) / f"replica-{number}") as replica:
                started = time.perf_counter()
                replica.follow(stream.view().root.value, fetch)
                rates["replica"].append(quads / (time.perf_counter() - started))
        size, small = sum(map(len, pages)), sum(map(len, packed))
        lines = [
            f"{quads:,} quads of {ARTICLES} articles with {CLAIMS} claims each, median of {ROUNDS} rounds",
            f"{len(pages)} pages, {size // len(pages):,} bytes a page, {small // len(pages):,} packed",
        ]
        for name, found in rates.items():
            ratio = statistics.median(own / peer for own, peer in zip(found, rates["projection"], strict=True))
            lines.append(f"{name:<16} {statistics.median(found):>12,.0f} quads/s  {ratio:5.2f} x projection")
        return lines


if __name__ == "__main__":
    print("\n".join(run()))
