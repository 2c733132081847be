"""Proofs: one record's proof in a tree of a million, and the whole log verified against reading and hashing it."""

import statistics
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from graph.log import EventLog, NewRecord
from graph.proof.bundle import make_bundle
from graph.proof.guard import check_start
from graph.proof.keys import Signer
from graph.proof.sealer import seal
from graph.proof.tiles import Edge, Tiles
from graph.proof.verification import verify_log, verify_sealed
from graph.proof.verify_bundle import root_by_inclusion, verify
from ontology.model import Extraction
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, article_ingested, claims_extracted
from tests.graph.articles import EXTRACTOR, World, article, strike

LEAVES = 1_000_000
RECORDS = 20_000  # in the log that is verified: two of each article
CLAIMS = 4  # an article
PROOFS = 400
ROUNDS = 5


def run() -> list[str]:
    """Return the lines of the report; times are medians, ratios medians of the rounds' ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*_inclusion(folder / "million"), *_whole(folder)]


def _inclusion(folder: Path) -> list[str]:
    tiles = Tiles(folder)
    edge = Edge(tiles)
    started = time.perf_counter()
    for start in range(0, LEAVES, 4096):
        edge.add([sha256(number.to_bytes(8, "big")).digest() for number in range(start, min(LEAVES, start + 4096))])
    edge.write()
    built, root, times = time.perf_counter() - started, edge.root(), []
    for number in range(PROOFS):
        index = number * 2_503 % LEAVES
        started = time.perf_counter()
        path = tiles.tree(LEAVES).inclusion(index)  # a new tree each time: nothing is remembered
        times.append(time.perf_counter() - started)
        if root_by_inclusion(index, LEAVES, sha256(index.to_bytes(8, "big")).digest(), path) != root:
            raise AssertionError("the proof is wrong")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return [
        f"tree of {LEAVES:,} leaves: {LEAVES / built:,.0f} leaves/s into tiles, {size / LEAVES:.2f} bytes a leaf",
        f"inclusion proof          {statistics.median(times) * 1000:6.2f} ms (aim: 2), worst {max(times) * 1000:.2f}",
    ]


def _whole(folder: Path) -> list[str]:
    world = World.at(folder)
    for number in range(RECORDS // 2 // 100):
        _articles(world, number)
    log, proof, signer = world.log, folder / "proof", Signer.new("example.org/log")
    lines = []
    started = time.perf_counter()
    checkpoint = seal(log, proof, signer).checkpoint
    lines.append(
        f"sealing {RECORDS:,} records for the first time: {RECORDS / (time.perf_counter() - started):,.0f} records/s"
    )
    peers: dict[str, Callable[[], object]] = {
        "log.read and SHA-256": lambda: _read(log),
        "raw bodies and SHA-256": lambda: _hash(log),
    }
    ways: dict[str, Callable[[], object]] = {
        "tiles, checkpoints and map": lambda: verify_sealed(log, proof),
        "waqai log verify": lambda: verify_log(log, proof),
        "waqai log verify --thorough": lambda: verify_log(log, proof, thorough=True),
    }
    rates: dict[str, list[float]] = {name: [] for name in (*peers, *ways)}
    for _ in range(ROUNDS):
        for name, way in (*peers.items(), *ways.items()):
            started = time.perf_counter()
            way()
            rates[name].append(RECORDS / (time.perf_counter() - started))
    for name, found in rates.items():
        ratios = [statistics.median(own / peer for own, peer in zip(found, rates[one], strict=True)) for one in peers]
        said = ", ".join(f"{ratio:5.2f} x {one}" for ratio, one in zip(ratios, peers, strict=True))
        lines.append(f"{name:<28} {statistics.median(found):>9,.0f} records/s  {said if name in ways else ''}".rstrip())
    lines.append(f"look at the start        {_median(lambda: check_start(log, proof)):6.2f} ms")
    first = next(iter(log.read(after=1, limit=1)))
    claim = first.payload["claims"][0]["id"]
    data = make_bundle(log, proof, world.content.get, claim, first.position).data
    made = _median(lambda: make_bundle(log, proof, world.content.get, claim, first.position))
    checked = _median(lambda: verify(data, [signer.public()]))
    lines.append(f"bundle of {len(data):,} bytes   {made:6.2f} ms, checked in {checked:.2f} ms")
    one = article(10**6)
    times = []
    for number in range(20):
        log.append("s", [NewRecord("T", 1, {"article": one.id, "n": number})], actor="x")
        started = time.perf_counter()
        checkpoint = seal(log, proof, signer).checkpoint
        times.append(time.perf_counter() - started)
    lines.append(f"one more checkpoint      {statistics.median(times) * 1000:6.2f} ms at {checkpoint.size:,} records")
    return lines


def _articles(world: World, hundred: int) -> None:
    """Append a hundred articles with claims as one batch; one for each would measure the disk."""
    records = []
    for number in range(hundred * 100, hundred * 100 + 100):
        one = article(number)
        first = strike(one)
        claims = [strike(one, evidence=first.evidence * n) for n in range(1, CLAIMS + 1)]
        if number == 0:
            world.ingest(one, *claims)
            continue
        payload, _ = article_ingested(one)
        records.append(NewRecord(ARTICLE_INGESTED, 1, payload))
        records.append(NewRecord(CLAIMS_EXTRACTED, 1, claims_extracted(Extraction(one, EXTRACTOR, tuple(claims)))))
    world.log.append("articles", records, actor="x")


def _read(log: EventLog) -> bytes:
    digest = b""
    for record in log.read():
        digest = sha256(record.body).digest()
    return digest


def _hash(log: EventLog) -> bytes:
    digest = b""
    for _, body in log.bodies():
        digest = sha256(body).digest()
    return digest


def _median(what: Callable[[], object]) -> float:
    times = []
    for _ in range(50):
        started = time.perf_counter()
        what()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    print("\n".join(run()))
