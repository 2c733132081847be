"""What must not matter to the graph: hash seed, batches, the order of keys, and the order in which records arrive."""

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.log import NewRecord
from graph.projection import UnknownArticle
from graph.store import GraphStore
from ontology.model import Extraction
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, article_ingested, article_stream, claims_extracted
from ontology.reviews import Decision
from tests.graph.articles import EXTRACTOR, GAZETTEERS, KEY, World, article
from tests.graph.reviews import append, decided, follow, ingest_again, mention, told, undo
from tests.graph.test_store import dumped, replayed

ROOT = Path(__file__).resolve().parents[2]

PRINTS = """
import sys
from pathlib import Path
from tests.graph.articles import World
from graph.store import GraphStore, rebuild
folder, batch = Path(sys.argv[1]), int(sys.argv[2])
world = World.at(folder)
graph = folder / f"graph-{sys.argv[3]}"
if batch:
    with GraphStore.open(graph, world.projector) as store:
        store.catch_up(world.log, batch=batch)
else:
    rebuild(graph, world.log, world.projector)
with GraphStore.open(graph, world.projector) as store:
    print(store.position(), store.fingerprint())
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def reviewed(world: World) -> None:
    """Fill the log with articles, several runs over one, and reviews that undo each other."""
    world.fill(4)
    for number in (10, 11):
        world.ingest(article(number), told(number)[1])
    last = append(world, decided(Decision.ACCEPT, mention(10), mention(11)))
    append(world, undo(last))
    append(world, decided(Decision.CHOOSE, mention(10)))
    ingest_again(world, 10, told(10)[1])


def test_neither_hash_seed_nor_batches_change_the_fingerprint(world: World, tmp_path: Path) -> None:
    reviewed(world)
    printed = set()
    for number, (seed, batch) in enumerate([("0", 0), ("4242", 0), ("0", 1), ("4242", 1), ("0", 5), ("4242", 64)]):
        done = subprocess.run(
            [sys.executable, "-c", PRINTS, str(tmp_path), str(batch), str(number)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        printed.add(done.stdout)
    store = GraphStore.in_memory(world.log, world.projector)
    assert printed == {f"{store.position()} {store.fingerprint()}\n"}


def shuffled(data: Any, chance: random.Random) -> Any:
    """Return the same JSON data with the keys of every object in another order."""
    if isinstance(data, dict):
        keys = list(data)
        chance.shuffle(keys)
        return {key: shuffled(data[key], chance) for key in keys}
    return [shuffled(item, chance) for item in data] if isinstance(data, list) else data


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_keys_changes_nothing(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    reviewed(world)
    chance = random.Random(seed)
    for record in world.log.read():
        other = replace(record, payload=shuffled(record.payload, chance))
        assert set(world.projector.statements(other).each()) == set(world.projector.statements(record).each())
        change, changed = world.projector.change(record), world.projector.change(other)
        assert changed.removed == change.removed
        assert set(changed.added.each()) == set(change.added.each())


def test_claims_before_their_article_wait_and_are_not_passed_over(world: World, tmp_path: Path) -> None:
    world.fill(1)
    one, claim = article(7), told(7)[1]
    payload, contents = article_ingested(one, KEY)
    for data in contents:
        world.content.put(data)
    extraction = Extraction(one, EXTRACTOR, (claim,), gazetteers=GAZETTEERS)
    stream = article_stream(one.id)
    world.log.append(stream, [NewRecord(CLAIMS_EXTRACTED, 1, claims_extracted(extraction))], actor="x")
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        with pytest.raises(UnknownArticle, match="position 3") as caught:
            store.catch_up(world.log)
        assert (caught.value.article, store.position()) == (one.id, 0)
        store.apply(world.log.read(upto=2))
        with pytest.raises(UnknownArticle):
            store.catch_up(world.log)
        assert dumped(store) == replayed(world, 2)
        world.log.append(stream, [NewRecord(ARTICLE_INGESTED, 1, payload)], actor="x")
        assert store.catch_up(world.log, batch=1) == 4
        assert dumped(store) == replayed(world)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_whatever_arrives_first_the_graph_is_that_of_a_replay(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("world")
    world, chance = World.at(folder), random.Random(seed)
    steps: list[tuple[object, ...]] = [
        *(("ingest", number, told(number)[1].modality) for number in (1, 2, 3)),
        *(("again", number, told(number)[1].modality) for number in (1, 2)),
        ("decide", Decision.CHOOSE, [(1, 2), (2, 2)]),
        ("decide", Decision.REJECT, [(2, 2), (3, 2)]),
        *(("undo", chance.randint(1, 12)) for _ in range(3)),
    ]
    chance.shuffle(steps)  # reviews before the claims that they are about, undos before the reviews
    with GraphStore.open(folder / "graph", world.projector) as store:
        follow(world, steps)
        store.catch_up(world.log, batch=chance.randint(1, 4))
        assert store.position() == world.log.head()
        assert dumped(store) == replayed(world)
