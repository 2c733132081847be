"""A replica: what it folds is the graph of the origin, however often it was interrupted."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.store import GraphStore
from graph.stream.nodes import Node, Sizes, Stream
from graph.stream.replica import FILE, BadNode, Fetched, NoReplica, OtherStream, Replica
from tests.graph.articles import World, article
from tests.graph.reviews import STEPS, follow, told
from tests.graph.stream.test_members import erased
from tests.graph.test_reviews import replayed

SIZES = Sizes(page=3, index=2)


class Cut(Exception):
    """The connection broke."""


class Origin:
    """A stream as a server gives it, without a server; breaks the connection where `chance` says so."""

    def __init__(self, world: World, media_type: str = "application/n-quads", **more: object) -> None:
        self.stream = Stream(world.log, world.projector, sizes=SIZES, **more)  # type: ignore[arg-type]
        self.media_type = media_type
        self.fetched: list[str] = []
        self.chance: random.Random | None = None

    def fetch(self, address: str, tag: str | None) -> Fetched | None:
        if self.chance is not None and self.chance.random() < 0.3:
            raise Cut
        node = self._node(address)
        now = f"{node.iri} {node.position} {self.stream.view().epoch}"
        if tag == now:
            return None
        self.fetched.append(address)
        written = node.write(self.media_type)
        return Fetched(node.iri.value, self.media_type, written.body, now, written.closed)

    def _node(self, address: str) -> Node:
        match address.rpartition("/ldes")[2].removesuffix(".nq").split("/"):
            case [""] | ["", _]:
                return self.stream.root()
            case ["", _, _, "index", number]:
                return self.stream.index(int(number))
            case ["", _, _, "page", first]:
                return self.stream.page(int(first))
        raise AssertionError(address)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path / "origin")


def graph(replica: Replica) -> bytes:
    return b"".join(replica.lines())


ADDRESS = "http://localhost:8000/ldes"


@settings(max_examples=25)
@given(steps=STEPS, more=STEPS, seed=st.integers())
def test_a_replica_that_is_broken_off_and_gone_on_with_is_the_graph(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]], more: list[tuple[object, ...]], seed: int
) -> None:
    world = World.at(tmp_path_factory.mktemp("origin"))
    folder = tmp_path_factory.mktemp("replica")
    origin = Origin(world)
    origin.chance = random.Random(seed)
    for part in (steps, more):
        follow(world, part) if part is steps else follow_on(world, part)
        for _ in range(1000):
            with Replica(folder) as replica:
                try:
                    assert replica.follow(ADDRESS, origin.fetch) == world.log.head()
                except Cut:
                    continue
                assert graph(replica) == replayed(world)
                break
        else:
            pytest.fail("it never got through")


def follow_on(world: World, steps: list[tuple[object, ...]]) -> None:
    world.ingest(article(9), told(9)[1])
    follow(world, [step for step in steps if step[0] != "again"])


@pytest.mark.parametrize("media_type", ["application/n-quads", "application/trig", 'application/trig;profile="x"'])
def test_every_format_makes_the_same_replica(world: World, tmp_path: Path, media_type: str) -> None:
    world.fill(4)
    origin = Origin(world, media_type.partition(";")[0])
    origin.media_type = media_type.partition(";")[0]
    with Replica(tmp_path / "copy") as replica:
        replica.follow(ADDRESS, origin.fetch)
        assert graph(replica) == replayed(world)


def test_the_fingerprint_is_the_one_of_the_graph(world: World, tmp_path: Path) -> None:
    world.fill(4)
    with Replica(tmp_path / "copy") as replica:
        assert replica.position() == 0
        assert replica.follow(ADDRESS, Origin(world).fetch) == 8
        store = GraphStore.in_memory(world.log, world.projector)
        assert replica.fingerprint() == store.fingerprint()


def test_nodes_that_never_change_are_fetched_once(world: World, tmp_path: Path) -> None:
    world.fill(4)
    origin = Origin(world)
    with Replica(tmp_path / "copy") as replica:
        replica.follow(ADDRESS, origin.fetch)
        assert len(origin.fetched) == len(set(origin.fetched)) == 2 + 2 + 3
        origin.fetched.clear()
        world.ingest(article(9), told(9)[1])
        replica.follow(ADDRESS, origin.fetch)
        assert [address.rpartition("ldes")[2].partition("/0/")[2] for address in origin.fetched[2:]] == [
            "index/2",
            "page/7",
            "page/10",
        ]
        assert graph(replica) == replayed(world)


def test_a_copy_of_the_nodes_on_any_server_makes_the_same_replica(world: World, tmp_path: Path) -> None:
    world.fill(4)
    origin = Origin(world, suffix=".nq")
    with Replica(tmp_path / "copy") as replica:
        replica.follow(ADDRESS, origin.fetch)
        assert all(address.endswith(".nq") for address in origin.fetched[1:])
        assert graph(replica) == replayed(world)


def test_another_stream_is_refused(world: World, tmp_path: Path) -> None:
    world.fill(2)
    other = World.at(tmp_path / "other")
    other.fill(3, seed=2)
    with Replica(tmp_path / "copy") as replica:
        replica.follow(ADDRESS, Origin(world).fetch)
        before = graph(replica)
        with pytest.raises(OtherStream, match="another folder"):
            replica.follow(ADDRESS, Origin(other).fetch)
        assert graph(replica) == before


def test_after_an_erasure_the_words_are_gone_from_replicas_old_and_new(world: World, tmp_path: Path) -> None:
    """Nodes stand under a new epoch; a replica that held the words takes the nodes again, which lack them."""
    world.fill(4)
    origin = Origin(world)
    with Replica(tmp_path / "copy") as replica:
        replica.follow(ADDRESS, origin.fetch)
        assert "غارة على الميناء 2" in graph(replica).decode()
        erased(world, 2)
        replica.follow(ADDRESS, origin.fetch)
        assert "غارة على الميناء 2" not in graph(replica).decode()
        assert "غارة على الميناء 1" in graph(replica).decode()
        with Replica(tmp_path / "new") as new:
            new.follow(ADDRESS, origin.fetch)
            assert graph(new) == graph(replica) == replayed(world)


def served(body: str, media_type: str = "application/n-quads", **more: str) -> Callable[[str, str | None], Fetched]:
    return lambda address, _: Fetched(address, more.get(address, media_type), body.encode())


NODE = "<https://x.example/>"
STREAM = "<https://x.example/#s>"
VIEW = f"{STREAM} <https://w3id.org/tree#view> {NODE} .\n"
MEMBER = f"{STREAM} <https://w3id.org/tree#member> <https://x.example/m> .\n"
OBJECT = "<https://x.example/m> <https://www.w3.org/ns/activitystreams#object> <https://x.example/o> .\n"
RELATION = f"{NODE} <https://w3id.org/tree#relation> <https://x.example/r> .\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "it names 0 views"),
        (VIEW.replace("/>", "/2>") + VIEW.replace("/>", "/3>"), "it names 2 views"),
        (VIEW.replace("<https://x.example/> .", '"words" .'), "an IRI is expected"),
        ("no RDF at all", "is no node"),
        (VIEW + MEMBER + OBJECT, "does not say its position"),
        (VIEW + MEMBER + OBJECT + '<https://x.example/m> <https://w3id.org/waqai/ontology#position> "x" .', "position"),
        (
            VIEW + MEMBER + "<https://x.example/m> <https://w3id.org/waqai/ontology#position> "
            '"1"^^<http://www.w3.org/2001/XMLSchema#integer> .',
            "an IRI is expected",
        ),
        (VIEW + RELATION, "an IRI is expected where it has nothing"),
        (VIEW + "_:b <https://x.example/p> _:c .", "blank nodes"),
    ],
)
def test_what_is_no_node_of_such_a_stream_is_refused(tmp_path: Path, body: str, reason: str) -> None:
    with Replica(tmp_path) as replica:
        with pytest.raises(BadNode, match=reason):
            replica.follow("https://x.example/", served(body))
        assert graph(replica) == b""


def test_what_is_not_rdf_is_refused(tmp_path: Path) -> None:
    with Replica(tmp_path) as replica:
        with pytest.raises(BadNode, match="it is text/html, and not RDF"):
            replica.follow("https://x.example/", served("<html>", "text/html"))
        with pytest.raises(BadNode, match="nothing has changed"):
            replica.follow("https://x.example/", lambda *_: None)


def test_a_file_that_is_no_replica_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(NoReplica, match="name another folder"):
        Replica(tmp_path / "file")
    (tmp_path / FILE).write_text("this is no database of any kind, and long enough to show it" * 20, encoding="utf-8")
    with pytest.raises(NoReplica, match="name another folder"):
        Replica(tmp_path)


def test_a_member_of_an_older_record_never_replaces_a_newer_one(tmp_path: Path) -> None:
    def at(position: int, words: str) -> str:
        return (
            VIEW + MEMBER + OBJECT + f"<https://x.example/m> <https://w3id.org/waqai/ontology#position> "
            f'"{position}"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
            f'<https://x.example/s> <https://x.example/p> "{words}" <https://x.example/m> .\n'
        )

    with Replica(tmp_path) as replica:
        for position, words in ((5, "five"), (3, "three"), (5, "five again"), (4, "four")):
            replica.follow("https://x.example/", served(at(position, words)))
        assert graph(replica) == b'<https://x.example/s> <https://x.example/p> "five again" .\n'
