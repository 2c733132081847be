"""The graph in another server: what only a server brings with it. What every target does is in test_targets."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

import graph.store.folder as folders
from graph.iris import Iris
from graph.log import NewRecord
from graph.mirror.comparing import Differences, canonical, compared
from graph.mirror.errors import (
    MirrorApart,
    MirrorContended,
    MirrorElsewhere,
    MirrorForbidden,
    MirrorMixed,
    MirrorNoSparql,
    MirrorNotOurs,
    MirrorOccupied,
    MirrorOtherLog,
    MirrorOutdated,
    MirrorRedirects,
    MirrorUnreachable,
)
from graph.mirror.remote import Place, RemoteStore
from graph.mirror.server import Addresses, Manner, Server
from graph.mirror.writing import Bounds, escaped, pieces
from graph.projection import PROJECTION_VERSION
from graph.store import GraphStore
from tests.graph.articles import World
from tests.graph.mirror.answering import answering
from tests.sparql_servers import oxigraph

DEFAULT = "https://mirror.example/reported"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


@pytest.fixture
def addresses() -> Iterator[Addresses]:
    with oxigraph() as found:
        yield found


def local(world: World) -> GraphStore:
    return GraphStore.in_memory(world.log, world.projector)


def brief(addresses: Addresses, **more: object) -> Server:
    return Server(addresses, Manner(seconds=10, patience=0, **more))  # type: ignore[arg-type]


def holds(addresses: Addresses, pattern: str) -> bool:
    return Server(addresses).holds(pattern)


def test_it_goes_on_where_it_was(world: World, addresses: Addresses) -> None:
    world.fill(3)
    RemoteStore.open(Server(addresses), world.projector).catch_up(world.log)
    world.fill(6)
    remote = RemoteStore.open(Server(addresses), world.projector)
    assert remote.position() == 6
    assert remote.catch_up(world.log) == 12
    assert remote.fingerprint() == local(world).fingerprint()


@pytest.mark.parametrize("place", [Place(), Place(DEFAULT)])
def test_all_of_it_may_be_read_through_queries_or_as_a_dataset(
    world: World, addresses: Addresses, place: Place
) -> None:
    world.fill(4)
    asked = Addresses(addresses.query, addresses.update)
    remote = RemoteStore.open(Server(asked), world.projector, place)
    remote.catch_up(world.log)
    whole = RemoteStore.open(Server(addresses), world.projector, place)
    assert remote.fingerprint() == whole.fingerprint() == local(world).fingerprint()
    assert holds(addresses, "?s ?p ?o") is not bool(place.default_graph)


@given(
    changes=st.lists(
        st.tuples(st.booleans(), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)), max_size=9
    ),
    most=st.integers(1, 4),
    size=st.integers(1, 400),
)
def test_the_pieces_of_an_update_do_what_the_whole_would(changes: list[tuple[bool, str]], most: int, size: int) -> None:
    node = "<urn:n>"
    graph = "<urn:g>"
    said = [(there, (f"{node} {node} {Literal(text)}", graph if len(text) % 2 else "")) for there, text in changes]
    added = [one for there, one in said if there]
    removed = [one for there, one in said if not there and one not in added]
    store, wanted = Store(), Store()
    for target in (store, wanted):
        target.extend(quad for triple, g in removed for quad in parse(f"{triple} {g} .", RdfFormat.N_QUADS))
    texts = list(pieces(removed, added, Bounds(most, size), ""))
    for text in texts * 2:
        store.update(text)
    assert {str(quad) for quad in store} == {
        str(quad) for triple, g in added for quad in parse(f"{triple} {g} .", RdfFormat.N_QUADS)
    }
    assert len(texts) >= (len(added) + len(removed)) / most


@given(st.text('\\uU0041"n', max_size=12))
def test_no_escape_stands_behind_an_escaped_backslash(text: str) -> None:
    written = escaped(str(Literal(text)))
    before = written.replace("\\\\\\u0075", "").replace("\\\\\\u0055", "")
    assert "\\\\u" not in before
    assert "\\\\U" not in before
    store = Store()
    store.update(f"INSERT DATA {{ <urn:s> <urn:p> {written} }}")
    assert [quad.object for quad in store] == [Literal(text)]


def test_a_large_record_comes_in_several_requests(world: World, addresses: Addresses) -> None:
    world.fill(2)
    remote = RemoteStore.open(Server(addresses), world.projector, Place(bounds=Bounds(7, 3_000)))
    assert remote.catch_up(world.log) == 4
    assert remote.fingerprint() == local(world).fingerprint()


def test_a_dataset_that_holds_something_else_is_left_alone(world: World, addresses: Addresses) -> None:
    world.fill(1)
    server = Server(addresses)
    server.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> <urn:c> } }")
    with pytest.raises(MirrorOccupied, match="--beside"):
        RemoteStore.open(server, world.projector)
    server.update("INSERT DATA { <urn:a> <urn:b> <urn:c> }")
    with pytest.raises(MirrorOccupied, match=r"default graph, .*--default-graph"):
        RemoteStore.open(server, world.projector, Place(beside=True))
    server.update("INSERT DATA { GRAPH <http://localhost:8000/graphs/x> { <urn:a> <urn:b> <urn:c> } }")
    with pytest.raises(MirrorOccupied, match="below http://localhost:8000/"):
        RemoteStore.open(server, world.projector, Place(DEFAULT, beside=True))
    assert not server.holds("GRAPH <http://localhost:8000/id/log> { ?s ?p ?o }")


def test_beside_other_data_only_ours_is_touched_and_counted(world: World, addresses: Addresses) -> None:
    world.fill(2)
    server = Server(addresses)
    server.update("INSERT DATA { <urn:a> <urn:b> <urn:c> . GRAPH <urn:g> { <urn:a> <urn:b> 'x' } }")
    remote = RemoteStore.open(server, world.projector, Place(DEFAULT, beside=True))
    remote.catch_up(world.log)
    assert remote.fingerprint() == local(world).fingerprint()
    server.update(f"INSERT DATA {{ GRAPH <{DEFAULT}> {{ <urn:d> <urn:e> <urn:f> }} }}")
    found = remote.rebuild(local(world))
    assert (found.missing, found.extra) == (0, 1)
    assert remote.fingerprint() == local(world).fingerprint()
    assert server.holds("<urn:a> <urn:b> <urn:c> . GRAPH <urn:g> { <urn:a> <urn:b> 'x' }")


def test_the_place_of_the_default_graph_stays(world: World, addresses: Addresses) -> None:
    RemoteStore.open(Server(addresses), world.projector, Place(DEFAULT))
    with pytest.raises(MirrorElsewhere, match=f"--default-graph {DEFAULT}"):
        RemoteStore.open(Server(addresses), world.projector)
    with pytest.raises(ValueError, match="a graph of its own"):
        RemoteStore.open(Server(addresses), world.projector, Place("http://localhost:8000/id/claim/x"))


def test_a_default_graph_that_shows_all_graphs_is_refused(world: World) -> None:
    world.fill(2)
    with oxigraph("--union-default-graph") as addresses:
        with pytest.raises(MirrorMixed, match="only denies"):
            RemoteStore.open(Server(addresses), world.projector)
        assert not holds(addresses, "?s ?p ?o")
        remote = RemoteStore.open(Server(addresses), world.projector, Place(DEFAULT))
        remote.catch_up(world.log)
        assert remote.fingerprint() == local(world).fingerprint()


def test_another_log_is_found_out(world: World, addresses: Addresses, tmp_path: Path) -> None:
    world.fill(2, seed=1)
    RemoteStore.open(Server(addresses), world.projector).catch_up(world.log)
    (tmp_path / "other").mkdir()
    other = World.at(tmp_path / "other")
    other.fill(3, seed=2)
    remote = RemoteStore.open(Server(addresses), other.projector)
    with pytest.raises(MirrorOtherLog, match="--rebuild"):
        remote.catch_up(other.log)
    remote.rebuild(local(other))
    assert remote.catch_up(other.log) == 6
    assert remote.fingerprint() == local(other).fingerprint()


def test_a_graph_of_another_version_is_made_anew(
    world: World, addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill(1)
    RemoteStore.open(Server(addresses), world.projector).catch_up(world.log)
    monkeypatch.setattr(folders, "PROJECTION_VERSION", PROJECTION_VERSION + 1)
    with pytest.raises(MirrorOutdated, match="projection"):
        RemoteStore.open(Server(addresses), world.projector)
    remote = RemoteStore.open(Server(addresses), world.projector, old=True)
    found = remote.rebuild(local(world))
    assert (found.missing, found.extra) == (0, 0)
    assert RemoteStore.open(Server(addresses), world.projector).position() == 2


def test_a_rebuild_that_was_ended_is_known_as_such(world: World, addresses: Addresses) -> None:
    world.fill(3)
    remote = RemoteStore.open(Server(addresses), world.projector)
    remote.catch_up(world.log)
    remote._server.update("DELETE WHERE { ?s <https://w3id.org/waqai/ontology#position> ?o }")

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remote.rebuild(local(world), stop)
    with pytest.raises(MirrorOutdated, match="not ended"):
        RemoteStore.open(Server(addresses), world.projector)
    remote = RemoteStore.open(Server(addresses), world.projector, old=True)
    remote.rebuild(local(world))
    assert RemoteStore.open(Server(addresses), world.projector).position() == 6
    assert remote.fingerprint() == local(world).fingerprint()


def test_what_differs_is_counted_and_shown(world: World, addresses: Addresses) -> None:
    world.fill(2)
    remote = RemoteStore.open(Server(addresses), world.projector)
    remote.catch_up(world.log)
    remote._server.update(
        "DELETE DATA { GRAPH <http://localhost:8000/id/log> "
        "{ <http://localhost:8000/id/log> <https://w3id.org/waqai/ontology#position> 4 } } ;"
        "INSERT DATA { <http://localhost:8000/id/x> <urn:p> 'أحد' }"
    )
    found = remote.differences(local(world).lines())
    assert (found.missing, found.extra, found.rewritten) == (1, 1, 0)
    assert any("أحد" in example for example in found.examples)


def test_who_finds_another_writer_stops_and_the_next_one_mends_it(world: World, addresses: Addresses) -> None:
    world.fill(2)
    first = RemoteStore.open(Server(addresses), world.projector)
    first.catch_up(world.log)
    world.fill(4)
    second = RemoteStore.open(Server(addresses), world.projector)
    first.apply(world.log.read(after=4, upto=6))
    first.apply(world.log.read(after=6, upto=8))
    with pytest.raises(MirrorContended):
        second.apply(world.log.read(after=4, upto=7))
    again = RemoteStore.open(Server(addresses), world.projector)
    assert again.position() == 4, "the lowest mark counts"
    assert again.catch_up(world.log) == 12 or again.position() == world.log.head()
    assert again.fingerprint() == local(world).fingerprint()


@pytest.mark.parametrize("requests", [2, 5, 7])
def test_what_a_killed_process_left_half_way_is_undone_by_a_batch_with_other_bounds(
    world: World, addresses: Addresses, requests: int
) -> None:
    class Killed(Exception):
        pass

    class Dying(Server):
        left = requests

        def update(self, text: str) -> None:
            if not self.left:
                raise Killed
            self.left -= 1
            super().update(text)

    RemoteStore.open(Server(addresses), world.projector)
    world.fill(8)
    dying = RemoteStore.open(Dying(addresses), world.projector, Place(bounds=Bounds(100)))
    dying._room = None  # the whole batch in pieces of one request each
    with pytest.raises(Killed):
        dying.catch_up(world.log, batch=8)
    world.fill(12)
    last = RemoteStore.open(Server(addresses), world.projector)
    assert last.position() == 0, "it was not killed half way"
    last.catch_up(world.log)
    assert last.fingerprint() == local(world).fingerprint()


def test_two_writers_at_once_leave_the_graph_of_the_log(world: World, addresses: Addresses) -> None:
    world.fill(12)
    RemoteStore.open(Server(addresses), world.projector)
    found: list[BaseException] = []

    def work() -> None:
        mine = World.at(world.content.folder.parent)
        try:
            store = RemoteStore.open(Server(addresses), mine.projector, Place(bounds=Bounds(100)))
            store.catch_up(mine.log, batch=1)
        except BaseException as error:  # noqa: BLE001 - looked at below
            found.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(error, MirrorContended) for error in found), found
    last = RemoteStore.open(Server(addresses), world.projector)
    last.catch_up(world.log)
    assert last.fingerprint() == local(world).fingerprint()


def test_addresses_of_two_datasets_are_found_out(world: World, addresses: Addresses) -> None:
    with oxigraph() as other, pytest.raises(MirrorApart, match="one and the same dataset"):
        RemoteStore.open(Server(Addresses(addresses.query, other.update)), world.projector)


def test_nothing_is_begun_where_it_is_only_looked_at(world: World, addresses: Addresses) -> None:
    with pytest.raises(MirrorNotOurs, match="waqai mirror --once"):
        RemoteStore.open(Server(addresses), world.projector, begin=False)
    assert not holds(addresses, "GRAPH ?g { ?s ?p ?o }")


def test_another_base_iri_is_another_graph(world: World, addresses: Addresses, tmp_path: Path) -> None:
    world.fill(1)
    RemoteStore.open(Server(addresses), world.projector).catch_up(world.log)
    other = World.at(tmp_path, Iris("https://facts.example/"))
    with pytest.raises(MirrorOccupied):
        RemoteStore.open(Server(addresses), other.projector, Place(beside=True))
    beside = RemoteStore.open(Server(addresses), other.projector, Place(DEFAULT, beside=True))
    beside.catch_up(other.log)
    assert beside.fingerprint() == local(other).fingerprint()


def test_a_record_that_cannot_be_projected_leaves_its_batch_out(world: World, addresses: Addresses) -> None:
    world.fill(1)
    remote = RemoteStore.open(Server(addresses), world.projector)
    remote.catch_up(world.log)
    before = remote.fingerprint()
    world.log.append("s", [NewRecord("Unheard", 1, {})], actor="x")
    with pytest.raises(Exception, match="Unheard"):
        remote.catch_up(world.log)
    assert (remote.position(), remote.fingerprint()) == (2, before)


def test_a_server_that_is_away_is_waited_for(world: World) -> None:
    world.fill(2)
    told: list[str] = []
    with oxigraph() as addresses:
        port = int(addresses.query.rsplit(":", 1)[1].partition("/")[0])
        remote = RemoteStore.open(Server(addresses, Manner(patience=0)), world.projector)
    with pytest.raises(MirrorUnreachable, match="see whether the server runs"):
        remote.catch_up(world.log)
    holding: list[object] = []

    def back(_: float) -> None:
        running = oxigraph(port=port)
        running.__enter__()
        holding.append(running)

    server = Server(addresses, Manner(notice=told.append, sleep=back))
    try:
        assert RemoteStore.open(server, world.projector).catch_up(world.log) == 4
    finally:
        for running in holding:
            running.__exit__(None, None, None)  # type: ignore[attr-defined]
    assert "trying again" in told[0]
    assert "answers again" in told[1]


@pytest.mark.parametrize(
    ("literal", "stored"),
    [('"01"^^xsd:integer', "1"), ('"1.50"^^xsd:decimal', "1.5"), ('"2024-11-30T00:00:00+00:00"^^xsd:dateTime', "Z")],
)
def test_other_forms_of_a_value_are_the_same_quad(literal: str, stored: str) -> None:
    text, _, name = literal.partition("^^xsd:")
    term = Literal(text.strip('"'), datatype=NamedNode(f"http://www.w3.org/2001/XMLSchema#{name}"))
    assert stored in canonical(term)
    differences = Differences()
    wanted = f"<urn:a> <urn:a> {canonical(term)} ."
    raw = f"<urn:a> <urn:a> {term} ."
    assert list(compared([wanted.encode() + b"\n"], [(wanted.encode(), raw.encode())], differences)) == []
    assert (differences.missing, differences.extra, differences.rewritten) == (0, 0, 1)


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_the_differences_are_the_quads_of_one_side(wanted: set[int], found: set[int]) -> None:
    def line(number: int) -> bytes:
        return str(Quad(NamedNode("urn:a"), NamedNode("urn:a"), Literal(str(number)))).encode() + b" ."

    differences = Differences()
    changes = list(
        compared(sorted(line(n) + b"\n" for n in wanted), [(x, x) for x in sorted(map(line, found))], differences)
    )
    assert {text for missing, text in changes if missing} == {line(n) for n in wanted - found}
    assert {text for missing, text in changes if not missing} == {line(n) for n in found - wanted}
    assert len(changes) == differences.missing + differences.extra == len(wanted ^ found)


def test_redirects_refusals_and_other_pages_are_one_sentence(world: World) -> None:
    with (
        answering(307, {"location": "http://127.0.0.1:1/secret"}) as address,
        pytest.raises(MirrorRedirects, match="not followed"),
    ):
        RemoteStore.open(brief(Addresses.of(address)), world.projector)
    with answering(401) as address:
        with pytest.raises(MirrorForbidden, match="WAQAI_MIRROR_USER"):
            RemoteStore.open(brief(Addresses.of(address)), world.projector)
        with pytest.raises(MirrorForbidden, match="what the name or token") as caught:
            RemoteStore.open(brief(Addresses.of(address), authorization="Bearer s3cret"), world.projector)
        assert "s3cret" not in str(caught.value)
    with (
        answering(200, {"content-type": "text/html"}, b"<h1>Welcome</h1>") as address,
        pytest.raises(MirrorNoSparql, match="text/html"),
    ):
        RemoteStore.open(brief(Addresses.of(address)), world.projector)
    with answering(503, {"retry-after": "1"}) as address, pytest.raises(MirrorUnreachable, match="503"):
        RemoteStore.open(brief(Addresses.of(address)), world.projector)
    with answering(500, {}, b"echo: Bearer s3cret \x1b[31m" + b"x" * 999) as address:
        with pytest.raises(Exception, match="status 500") as failed:
            RemoteStore.open(brief(Addresses.of(address), authorization="Bearer s3cret"), world.projector)
        assert "s3cret" not in str(failed.value)
        assert "\x1b" not in str(failed.value)
        assert len(str(failed.value)) < 400


@pytest.mark.parametrize(
    "address", ["ftp://x.example/", "http://", "http://u:p@x.example/", "http://x.example/a b", "x", "http://[::1/"]
)
def test_addresses_that_are_none_are_refused(address: str) -> None:
    with pytest.raises(ValueError):
        Addresses.of(address)


def test_the_name_and_the_token_are_sent_to_the_server_only(world: World) -> None:
    with answering(401) as address:
        server = brief(Addresses.of(address), authorization="Basic eDp5")
        with pytest.raises(MirrorForbidden):
            server.holds("")
    assert answering.seen["authorization"] == "Basic eDp5"  # type: ignore[attr-defined]
    assert "eDp5" not in repr(server._manner)
