"""A graph that follows a log, against the one that is made from the whole log at once."""

import io
from pathlib import Path

from pyoxigraph import Store

from graph.projection import Projector
from graph.store import GraphStore, rebuild
from tests.graph.articles import World


def dumped(store: GraphStore) -> bytes:
    out = io.BytesIO()
    store.dump(out)
    return out.getvalue()


def fresh(world: World) -> Projector:
    """The projection as another process has it, which knows no decision yet."""
    return Projector.of(world.log, world.content.get)


def replayed(world: World, upto: int | None = None) -> bytes:
    return dumped(GraphStore.in_memory(world.log, fresh(world), upto))


def check_following(folder: Path, world: World, batches: list[int]) -> None:
    """Assert that the graph that takes the log in batches has, after each, the bytes of a replay and of a rebuild.

    Also where each batch is taken by a process that has just begun, and where all are by one that keeps what it knows.
    """
    database, steady = Store(), GraphStore(Store(), fresh(world))
    for size in batches:
        store = GraphStore(database, fresh(world))
        store.apply(world.log.read(after=store.position(), limit=size))
        steady.apply(world.log.read(after=steady.position(), limit=size))
        assert dumped(store) == dumped(steady) == replayed(world, store.position())
    followed = replayed(world)
    store.catch_up(world.log)
    assert dumped(store) == followed
    rebuild(folder / "graph", world.log, world.projector)
    with GraphStore.open(folder / "graph", world.projector) as store:
        assert dumped(store) == followed
