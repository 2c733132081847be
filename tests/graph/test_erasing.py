"""Erasing: the words are in no file, the records and their proofs stay, and a kill leaves nothing half done."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal

import graph.content
from graph.audit import explain
from graph.audit.text import render
from graph.content import ContentStore, ContentUnremovable
from graph.custody import check_contents
from graph.erasing import Doomed, ErasedAlready, NoSuchArticle, erase, finish, plan, restore, select
from graph.erasures import Erasures
from graph.log import EventLog, SqliteLog
from graph.projection import Projector
from graph.store import GraphStore, RemakeDue, ServedGraph, rebuild
from graph.terms import Term, wq
from graph.travel.past import Past
from graph.travel.snapshots import Policy
from ontology.erasures import CONTENT_ERASED, CONTENT_RESTORED
from ontology.identity import sha256_hex
from ontology.model import Article, Claim, Modality
from ontology.records import ORIGIN, TEXT, TITLE, sealed_contents
from tests.graph.articles import KEY, STRIKE, World, article, digest, span, strike

no_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="a child that dies at a given step needs fork")
SAID: dict[str, str] = {"basis": "GDPR Art. 17(1)(d)", "reason": "request of 3 May"}


def secret(number: int) -> str:
    """A name that stands in one article alone, and that no compression makes something else of."""
    return sha256_hex(str(number).encode())[:24]


def told(number: int, **more: Any) -> tuple[Article, Claim]:
    """An article with a place and a source that no list has, so that their words are their names in the graph."""
    one = article(number, STRIKE.replace("مرصد الوادي", f"مرصد الوادي {secret(number)}"), **more)
    one = replace(one, title=f"عنوان {secret(number)}", original=f"<p>{secret(number)}</p>".encode())
    base = strike(one)
    named = span(one.text, secret(number))
    places = (replace(base.places[0], span=named, id=f"place{number}".ljust(20, "0")),)
    sources = (replace(base.sources[0], span=named, id=f"source{number}".ljust(20, "0")),)
    return one, strike(one, places=places, sources=sources)


def holding(folder: Path, words: str) -> list[str]:
    """The files under `folder` that hold the words, byte by byte."""
    found = []
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        with contextlib.suppress(FileNotFoundError):  # the engine merges its files while we look
            if words.encode() in path.read_bytes():
                found.append(str(path.relative_to(folder)))
    return found


def world_of(folder: Path, *numbers: int) -> World:
    world = World.at(folder)
    for number in numbers:
        one, claim = told(number)
        world.ingest(one, claim, strike(one, Modality.DENIED))
    return world


def planned(world: World, *articles: str, **more: Any) -> tuple[Doomed, ...]:
    projector = world.projector
    return plan(world.log, projector.content, projector.erasures, articles, **{**SAID, **more})


def erased(world: World, *articles: str, **more: Any) -> None:
    erase(world.log, world.content, world.projector.erasures, planned(world, *articles, **more), actor="mona")


def followed(store: GraphStore, world: World, batch: int = 32) -> GraphStore:
    """The store at the head of the log: itself, or one that was made anew because something was erased."""
    try:
        store.catch_up(world.log, batch=batch)
    except RemakeDue:
        folder = (store.path or Path()).parent
        store.close()
        rebuild(folder, world.log, world.projector)
        return GraphStore.open(folder, world.projector)
    return store


def replayed(world: World) -> GraphStore:
    return GraphStore.in_memory(world.log, Projector.of(world.log, world.content.get))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_of(tmp_path, 1, 2)


# ---------------------------------------------------------------------- what goes, and what stays


def test_no_file_of_the_folder_holds_the_words_and_the_graph_is_that_of_a_rebuild(world: World, tmp_path: Path) -> None:
    store = followed(GraphStore.open(tmp_path / "graph", world.projector), world)
    assert any(name.startswith("graph") for name in holding(tmp_path, secret(1)))
    assert any(name.startswith("content") for name in holding(tmp_path, secret(1)))
    erased(world, told(1)[0].id)
    with pytest.raises(RemakeDue) as due:
        store.catch_up(world.log)
    assert (due.value.position, store.position()) == (5, 4)
    store = followed(store, world)
    assert store.position() == 5
    assert holding(tmp_path, secret(1)) == []
    assert store.fingerprint() == replayed(world).fingerprint()
    assert any(secret(2) in quad.object.value for quad in store.quads() if isinstance(quad.object, Literal))
    store.close()
    assert {name.partition(os.sep)[0] for name in holding(tmp_path, secret(2))} == {"content", "graph"}
    assert len([path for path in (tmp_path / "graph").iterdir() if path.name.startswith("quads-")]) == 1


def test_a_served_graph_is_replaced_and_its_files_go_when_nobody_reads_them(world: World, tmp_path: Path) -> None:
    served = ServedGraph(tmp_path / "graph", world.log, world.projector)
    served.follow()
    old: object = served.reader
    erased(world, told(1)[0].id)
    assert served.follow() == 5
    assert served.reader is not old
    assert served.reader.fingerprint() == replayed(world).fingerprint()
    assert holding(tmp_path, secret(1)) != []  # somebody still reads the old graph
    old = None
    served.follow()
    assert holding(tmp_path, secret(1)) == []
    one, claim = told(3)
    world.ingest(one, claim)
    assert served.follow() == 7
    assert served.reader.fingerprint() == replayed(world).fingerprint()
    served.close()


def test_what_is_erased_while_the_graph_is_made_anew_is_not_in_it(world: World, tmp_path: Path) -> None:
    served = ServedGraph(tmp_path / "graph", world.log, world.projector)
    served.follow()

    def meanwhile(position: int) -> None:
        if position == 3 and world.log.head() == 4:
            erased(world, told(1)[0].id)

    served.replace(meanwhile)
    assert served.reader.position() == 5
    assert served.reader.fingerprint() == replayed(world).fingerprint()
    served.follow()
    assert holding(tmp_path, secret(1)) == []
    served.close()


def test_an_empty_store_follows_through_an_erasure(world: World, tmp_path: Path) -> None:
    """Nothing of what is erased by now gets in, so nothing has to be made anew."""
    erased(world, told(1)[0].id, with_claims=True)
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        assert store.catch_up(world.log, batch=1) == 5
        assert store.fingerprint() == replayed(world).fingerprint()
        assert holding(tmp_path, secret(1)) == []


def test_what_was_found_stays_as_structure(world: World) -> None:
    one, claim = told(1)
    before, iris = replayed(world), world.projector.iris
    erased(world, one.id)
    after = replayed(world)
    kept = {quad for quad in before.quads() if quad in after}
    event, node = iris.event(claim.id), iris.claim(claim.id)
    for subject, predicate in ((event, "place"), (event, "agent"), (event, "earliest"), (event, "figure")):
        assert list(after.quads(subject, wq(predicate)))
    assert list(after.quads(node, Term.DERIVED_FROM, iris.article(one.id)))
    gone = [quad for quad in before.quads() if quad not in kept]
    words = {str(quad.predicate).rpartition("#")[2].rpartition("/")[2].rstrip(">") for quad in gone}
    assert words >= {"asWritten", "exact", "prefix", "suffix", "headline", "altLabel", "textSha256", "label"}
    assert not any(secret(1) in str(quad) for quad in after.quads())
    assert list(after.quads(iris.article(one.id), wq("publisher"), None)) == []
    assert list(after.quads(iris.article(one.id), Term.PUBLISHER, None))  # the origin was not erased
    (erasure,) = (quad.object for quad in after.quads(iris.article(one.id), wq("erasure")))
    facts = {(quad.predicate, quad.object.value) for quad in after.quads(erasure) if isinstance(quad.object, Literal)}  # type: ignore[arg-type]
    assert facts == {
        (wq("legalBasis"), SAID["basis"]),
        (wq("reason"), SAID["reason"]),
        *((wq("concernsContent"), kind) for kind in ("text", "title", "original")),
    }


def test_the_record_says_who_what_why_and_holds_no_words(world: World) -> None:
    one = told(1)[0]
    bodies = [record.body for record in world.log.read()]
    erased(world, one.id)
    assert [record.body for record in world.log.read()][:4] == bodies
    record = list(world.log.read())[-1]
    sealed = sealed_contents(one, KEY)
    assert (record.type, record.actor, record.stream) == (CONTENT_ERASED, "mona", "erasures")
    assert record.payload == {
        "article": one.id,
        "contents": [{"kind": kind, "digest": sealed[kind].digest} for kind in ("text", "title", "original")],
        **SAID,
    }
    assert world.log.verify() == 5


def test_origin_and_claims_go_where_that_is_asked_for(world: World, tmp_path: Path) -> None:
    one, claim = told(1)
    iris = world.projector.iris
    erased(world, one.id, with_origin=True, with_claims=True)
    after = replayed(world)
    assert not list(after.quads(iris.claim(claim.id)))
    assert not list(after.quads(iris.event(claim.id)))
    assert not list(after.quads(None, None, None, iris.claim(claim.id)))
    for predicate in (Term.PUBLISHER, Term.URL, Term.HEADLINE):
        assert not list(after.quads(iris.article(one.id), predicate))
    assert list(after.quads(iris.claim(told(2)[1].id)))
    assert holding(tmp_path, one.url or "") == []
    with pytest.raises(ErasedAlready):
        planned(world, one.id, with_origin=True, with_claims=True)


def test_claims_can_be_taken_out_later(world: World) -> None:
    one, claim = told(1)
    erased(world, one.id)
    assert list(replayed(world).quads(world.projector.iris.claim(claim.id)))
    erased(world, one.id, with_claims=True)
    assert not list(replayed(world).quads(world.projector.iris.claim(claim.id)))


def test_the_same_text_elsewhere_goes_too_and_is_in_the_plan(world: World, tmp_path: Path) -> None:
    again, _ = told(1, publisher="صحيفة أخرى", title="عنوان آخر")
    world.ingest(again, strike(again))
    plain = planned(world, told(1)[0].id)
    assert [(one.erasure.article, one.asked) for one in plain] == [(told(1)[0].id, True), (again.id, False)]
    assert [content.kind for content in plain[1].erasure.contents] == ["text", "original"]
    erased(world, told(1)[0].id)
    assert [content.kind for content in planned(world, again.id)[0].erasure.contents] == ["title"]
    text = told(1)[0].text
    assert holding(tmp_path, text) == []


def test_what_is_not_there_or_erased_already_is_refused(world: World) -> None:
    with pytest.raises(NoSuchArticle, match="the log holds no article nowhere"):
        planned(world, "nowhere")
    erased(world, told(1)[0].id)
    with pytest.raises(ErasedAlready, match=r"erased already, by mona in the record 5 .*GDPR Art\. 17"):
        planned(world, told(1)[0].id)
    with pytest.raises(ErasedAlready):
        planned(world, told(2)[0].id, told(1)[0].id)
    assert world.log.head() == 5
    assert erase(world.log, world.content, world.projector.erasures, (), actor="mona") is None


def test_articles_are_selected_by_address_and_publisher(world: World) -> None:
    content = world.projector.content
    assert select(world.log, content, url=told(2)[0].url) == [told(2)[0].id]
    assert select(world.log, content, publisher="صحيفة النهر") == [told(1)[0].id, told(2)[0].id]
    assert select(world.log, content, url=told(2)[0].url, publisher="nobody") == []
    erased(world, told(2)[0].id, with_origin=True)
    assert select(world.log, content, url=told(2)[0].url) == []


def test_records_of_schema_1_lose_their_contents_and_keep_what_they_hold_in_the_clear(tmp_path: Path) -> None:
    from tests.graph import frozen

    with frozen.thawed("0.1.0") as log:
        content = ContentStore(tmp_path / "content")
        for data in frozen.contents("0.1.0").values():
            content.put(data)
        projector = Projector.of(log, content.get)
        first = next(log.read()).payload
        (one,) = plan(log, projector.content, projector.erasures, [first["article"]], **SAID)
        assert one.in_the_log == ("publisher", "url", "external_id")
        words = (content.get(first["text_sha256"]) or b"").decode()
        erase(log, content, projector.erasures, [one], actor="mona")
        assert words
        assert holding(tmp_path, words[:40]) == []
        report = check_contents(log, content.get)
        assert report.sound
        assert len(report.erased) == 2


# ---------------------------------------------------------------------- audits, custody, restoring


def test_an_audit_names_the_erasure_and_gives_no_words(world: World) -> None:
    one, claim = told(1)
    erased(world, one.id)
    store = replayed(world)
    audit = explain(store, world.log, world.content.get, store.iris.claim(claim.id).value)
    assert audit.passed
    (audited,) = audit.claims
    assert audited.passages[0].quote is None
    assert (audited.passages[0].start, audited.passages[0].end) == (0, len(one.text))
    assert audited.article.text_digest == digest(one)
    assert (audited.article.text_sha256, audited.article.title, audited.article.url) == (None, None, one.url)
    (erasure,) = audited.article.erasures
    assert (erasure.record.actor, erasure.record.position, erasure.basis) == ("mona", 5, SAID["basis"])
    assert {check.name for check in audit.checks() if check.passed is None} == {"text digest", "quotes", "article id"}
    written = render(audit)
    assert "erased: text, title, original, by" in written
    assert secret(1) not in written


def test_custody_tells_what_was_erased_from_what_is_lost_and_what_was_left(world: World) -> None:
    erased(world, told(1)[0].id)
    world.path(digest(told(2)[0], TITLE)).unlink()
    kept = sealed_contents(told(1)[0], KEY)[TITLE].data
    report = check_contents(world.log, world.content.get)
    assert {one.kind for one in report.erased} == {"text", "title", "original"}
    assert [(one.kind, one.positions) for one in report.missing] == [("title", (3,))]
    assert not report.sound
    world.content.put(sealed_contents(told(2)[0], KEY)[TITLE].data)
    assert check_contents(world.log, world.content.get).sound
    world.content.put(kept)  # as somebody does who copies a backup back
    report = check_contents(world.log, world.content.get)
    assert [(one.kind, one.reason) for one in report.left] == [("title", "it was erased by the record 5")]
    world.projector.erasures.refresh()
    assert world.projector.content(digest(told(1)[0], TITLE)) is None
    assert finish(world.content, world.projector.erasures, thoroughly=True) == 1
    assert check_contents(world.log, world.content.get).sound


def test_words_that_are_stored_again_are_those_that_were_erased(world: World, tmp_path: Path) -> None:
    one = told(1)[0]
    before = replayed(world).fingerprint()
    erased(world, one.id)
    with followed(GraphStore.open(tmp_path / "graph", world.projector), world) as store:
        erasures = world.projector.erasures
        other = sealed_contents(replace(one, title="another"), KEY).items()
        told_again = restore(world.log, world.content, erasures, one.id, other, reason="a mistake", actor="mona")
        assert told_again is not None
        assert list(world.log.read())[-1].type == CONTENT_RESTORED
        with followed(store, world) as again:
            assert again.fingerprint() == replayed(world).fingerprint() != before
        erasures.refresh()
        assert world.projector.content(digest(one)) is not None
        assert world.projector.content(digest(one, TITLE)) is None  # the words given were other ones
        assert restore(world.log, world.content, erasures, one.id, other, reason="x", actor="mona") is None
    assert check_contents(world.log, world.content.get).sound
    assert [content.kind for content in planned(world, one.id)[0].erasure.contents] == ["text", "original"]


# ---------------------------------------------------------------------- faults


def test_what_cannot_be_removed_is_not_said_to_be_erased(world: World, tmp_path: Path) -> None:
    one = told(1)[0]
    doomed = planned(world, one.id)
    in_the_way = world.content.aside / digest(one, TITLE) / "x"
    in_the_way.mkdir(parents=True)
    with pytest.raises(ContentUnremovable, match="cannot be removed"):
        erase(world.log, world.content, world.projector.erasures, doomed, actor="mona")
    assert world.log.head() == 4
    assert check_contents(world.log, world.content.get) == check_contents(world.log, world.content.get)
    assert check_contents(world.log, world.content.get).sound
    assert world.content.waiting() == [digest(one, TITLE)]  # what stands in the way, and nothing else
    in_the_way.rmdir()
    in_the_way.parent.rmdir()
    erase(world.log, world.content, world.projector.erasures, doomed, actor="mona")
    assert holding(tmp_path, secret(1)) == []


def test_a_log_that_refuses_the_records_leaves_the_contents_in_place(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doomed = planned(world, told(1)[0].id)
    before = sorted(holding(tmp_path, secret(1)))
    with monkeypatch.context() as patched:

        def refuse(*_: object, **__: object) -> None:
            raise OSError("the disk is full")

        patched.setattr(world.log, "append", refuse)
        with pytest.raises(OSError, match="full"):
            erase(world.log, world.content, world.projector.erasures, doomed, actor="mona")
    assert sorted(holding(tmp_path, secret(1))) == before
    assert world.content.waiting() == []


def test_what_a_killed_writer_left_half_written_goes_as_well(world: World, tmp_path: Path) -> None:
    data = sealed_contents(told(1)[0], KEY)[TEXT].data
    folder = world.path(digest(told(1)[0])).parent
    (folder / ".new-half").write_bytes(data[: len(data) * 2 // 3])
    (folder / ".new-other").write_bytes(b"of somebody else")
    erased(world, told(1)[0].id)
    assert holding(tmp_path, secret(1)) == []
    assert [path.name for path in folder.glob(".new-*")] == [".new-other"]


def steps_until_done(folder: Path) -> Iterator[tuple[int, World]]:
    """Worlds in which the erasure of article 1 was killed at its first, second … step, until none is left."""
    for step in range(1, 60):
        world = world_of(folder / str(step), 1, 2)
        pid = os.fork()
        if pid == 0:
            _die_at(step, folder / str(step))
        status = os.waitpid(pid, 0)[1]
        yield step, world
        if os.WEXITSTATUS(status) == 0:
            return
    raise AssertionError("the erasure never came to its end")


def _die_at(step: int, folder: Path) -> None:
    """In a child: erase article 1, and end without any clearing up at the given step."""
    left = step

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(9)

    code = 1
    try:
        log = SqliteLog(folder / "log.sqlite")
        content = ContentStore(folder / "content")
        projector = Projector.of(log, content.get)
        append, sync = log.append, graph.content.sync_folder

        def dying_append(*given: Any, **more: Any) -> Any:
            count()
            done = append(*given, **more)
            count()
            return done

        def dying_sync(path: Path) -> None:
            count()
            sync(path)
            count()

        log.append = dying_append  # type: ignore[method-assign]
        graph.content.sync_folder = dying_sync
        doomed = plan(log, projector.content, projector.erasures, [told(1)[0].id], **SAID)
        erase(log, content, projector.erasures, doomed, actor="child")
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


@no_fork
def test_a_kill_leaves_nothing_done_or_an_erasure_that_the_next_start_ends(tmp_path: Path) -> None:
    outcomes = set()
    for step, world in steps_until_done(tmp_path):
        folder = tmp_path / str(step)
        finish(world.content, world.projector.erasures)
        done = world.log.head() == 5
        outcomes.add(done)
        assert world.content.waiting() == []
        assert bool(holding(folder, secret(1))) is not done, step
        assert check_contents(world.log, world.content.get).sound, step
        with followed(GraphStore.open(folder / "graph", world.projector), world) as store:
            assert store.fingerprint() == replayed(world).fingerprint()
        assert bool(holding(folder, secret(1))) is not done, step
    assert outcomes == {False, True}


@no_fork
def test_who_opens_the_folder_leaves_a_living_eraser_alone(world: World) -> None:
    """The other process holds the lock from before its first step to behind its last."""
    one = told(1)[0]
    ready, ready_in = os.pipe()
    go_out, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        from graph.durable import alone

        world.content.aside.mkdir(exist_ok=True)
        with alone(world.content.aside / "lock", wait=True):
            world.content.set_aside([digest(one)])
            os.write(ready_in, b"x")
            os.read(go_out, 1)
            os._exit(0)
    os.read(ready, 1)
    assert finish(world.content, world.projector.erasures) == 0
    assert world.content.waiting() == [digest(one)]
    assert world.content.get(digest(one)) is not None  # found meanwhile
    os.write(go, b"x")
    os.waitpid(pid, 0)
    assert finish(world.content, world.projector.erasures) == 0  # nothing was erased, so it is put back
    assert world.content.waiting() == []
    assert world.content.get(digest(one)) is not None


# ---------------------------------------------------------------------- any order of things

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("ingest"), st.integers(1, 4)),
        st.tuples(st.just("erase"), st.integers(1, 4), st.booleans(), st.booleans()),
        st.tuples(st.just("restore"), st.integers(1, 4)),
        st.tuples(st.just("follow"), st.integers(1, 3)),
        st.tuples(st.just("reopen")),
        st.tuples(st.just("kill"), st.integers(1, 4), st.integers(1, 12)),
    ),
    min_size=2,
    max_size=9,
)


@no_fork
@given(OPERATIONS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_in_whatever_order_the_graph_is_that_of_a_rebuild_and_no_erased_word_is_left(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[Any, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    world = World.at(folder)
    store = GraphStore.open(folder / "graph", world.projector)
    there: set[int] = set()
    gone: set[int] = set()
    for name, *how in operations:
        number = how[0] if how else 0
        one = told(number)[0]
        if name == "ingest" and number not in there:
            world.ingest(*told(number))
            there.add(number)
        elif name == "erase" and number in there - gone:
            erased(world, one.id, with_origin=how[1], with_claims=how[2])
            gone.add(number)
        elif name == "restore" and number in gone:
            contents = sealed_contents(one, KEY).items()
            restore(world.log, world.content, world.projector.erasures, one.id, contents, reason="x", actor="y")
            gone.discard(number)
        elif name == "follow":
            store = followed(store, world, how[0])
        elif name == "reopen":
            store.close()
            world = World.at(folder)
            store = GraphStore.open(folder / "graph", world.projector)
        elif name == "kill" and number in there - gone:
            pid = os.fork()
            if pid == 0:
                _kill_erasing(folder, number, how[1])
            os.waitpid(pid, 0)
            finish(world.content, world.projector.erasures)
            if world.projector.erasures.erased(digest(one)) is not None:
                gone.add(number)
    store = followed(store, world)
    assert store.fingerprint() == replayed(world).fingerprint()
    for number in gone:
        assert holding(folder, secret(number)) == []
    for number in there - gone:
        assert any(path.startswith("graph") for path in holding(folder, secret(number)))
    assert check_contents(world.log, world.content.get).sound
    store.close()


def _kill_erasing(folder: Path, number: int, step: int) -> None:
    original = told
    globals()["told"] = lambda _: original(number)
    _die_at(step, folder)


# ---------------------------------------------------------------------- what a keeper of copies asks


def test_what_was_made_before_an_erasure_is_known_to_be_stale(world: World) -> None:
    erasures = Erasures(world.log)
    assert (erasures.last(), erasures.changed_since(0)) == (0, False)
    erased(world, told(1)[0].id)
    assert erasures.last() == 5
    assert [erasures.changed_since(position) for position in (0, 4, 5)] == [True, True, False]
    assert erasures.changed_since(0, upto=4) is False
    assert erasures.digests() == {digest(told(1)[0], kind) for kind in ("text", "title", "original")}
    assert ORIGIN not in {
        content.kind for one in erasures.of_article(told(1)[0].id) for content in one.erasure.contents
    }


def test_erasures_are_read_from_a_log_that_others_write(world: World) -> None:
    reader: EventLog = SqliteLog(world.content.folder.parent / "log.sqlite")
    theirs = Erasures(reader)
    assert theirs.erased(digest(told(1)[0])) is None
    erased(world, told(1)[0].id)
    by = theirs.erased(digest(told(1)[0]))
    assert by is not None
    assert (by.position, by.actor) == (5, "mona")


def test_snapshots_of_the_past_lose_the_words_for_every_position(world: World, tmp_path: Path) -> None:
    past = Past(tmp_path / "snapshots", world.log, world.projector, Policy())
    assert any(secret(1) in str(quad) for quad in past.at(3).quads())
    past.at(4)
    past.close()
    erased(world, told(1)[0].id)
    assert not any(secret(1) in str(quad) for quad in past.at(3).quads())
    assert past.fingerprint(5) == replayed(world).fingerprint()
    past.close()
    assert holding(tmp_path, secret(1)) == []


def test_a_graph_that_has_not_taken_in_an_erasure_gives_no_snapshot(world: World, tmp_path: Path) -> None:
    with followed(GraphStore.open(tmp_path / "graph", world.projector), world) as store:
        past = Past(tmp_path / "snapshots", world.log, world.projector, Policy(), live=lambda: store)
        erased(world, told(1)[0].id)
        assert past.keep(store) is None
        assert not any(secret(1) in str(quad) for quad in past.at(4).quads())
        past.close()
    assert holding(tmp_path / "snapshots", secret(1)) == []
