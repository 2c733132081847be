"""Custody: every content that the log names is looked at, and what is missing or damaged is named with its records."""

from pathlib import Path

import pytest

from graph.content import ContentStore
from graph.custody import LostContent, check_contents
from graph.log import NewRecord
from graph.store import GraphStore, rebuild
from ontology.identity import sha256_hex
from tests.graph.articles import World, article, digest, strike


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.at(tmp_path)
    for number in range(3):  # one text, three titles
        one = article(number)
        world.ingest(one, strike(one))
    return world


TEXT = digest(article())
TITLE = digest(article(1), "title")


def test_an_untouched_store_is_sound(world: World) -> None:
    seen: list[int] = []
    report = check_contents(world.log, world.content.get, progress=seen.append)
    assert report.sound
    assert (report.checked, report.missing, report.damaged) == (9, (), ())
    assert seen == [1, 2, 3, 4, 5, 6]


def test_the_contents_of_an_empty_log_are_sound(tmp_path: Path) -> None:
    empty = World.at(tmp_path)
    assert check_contents(empty.log, empty.content.get).sound


def test_missing_and_damaged_contents_are_named_with_the_records_that_name_them(world: World) -> None:
    world.path(TEXT).write_bytes(b"other words")
    world.path(TITLE).unlink()
    report = check_contents(world.log, world.content.get)
    assert not report.sound
    assert report.checked == 9
    assert report.missing == (
        LostContent(TITLE, "title", (3,), "it is not in the content store, and no record says that it was erased"),
    )
    assert report.damaged == (
        LostContent(TEXT, "text", (1, 3, 5), f"its bytes have the digest {sha256_hex(b'other words')}"),
    )


def test_every_blob_may_be_damaged_though_the_log_is_sound(world: World) -> None:
    for blob in world.content.folder.rglob("*"):
        if blob.is_file() and blob.name != "key":
            blob.write_bytes(blob.read_bytes() + b"\0")
    assert world.log.verify() == 6
    assert len(check_contents(world.log, world.content.get).damaged) == 7


def test_what_cannot_be_read_and_what_is_no_digest_are_reported_too(world: World) -> None:
    world.path(TEXT).unlink()
    world.path(TEXT).mkdir()
    world.log.append("article/x", [NewRecord("ArticleIngested", 1, {"text_sha256": "../../etc"})], actor="test")
    report = check_contents(world.log, world.content.get)
    assert [(lost.kind, lost.positions) for lost in report.damaged] == [("text", (1, 3, 5))]
    assert "cannot be read" in report.damaged[0].reason
    assert [(lost.sha256, lost.positions, lost.reason) for lost in report.missing] == [
        ("../../etc", (7,), "the record gives no SHA-256 digest")
    ]


def test_a_rebuild_counts_the_contents_that_it_had_to_do_without(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    assert rebuild(folder, world.log, world.projector).contents_missing == 0
    with GraphStore.open(folder, world.projector) as store:
        whole = len(store)
    world.path(TEXT).unlink()
    world.path(TITLE).unlink()
    rebuilt = rebuild(folder, world.log, world.projector)
    assert (rebuilt.position, rebuilt.contents_missing) == (6, 2)
    assert 0 < rebuilt.quads < whole
    assert len(check_contents(world.log, ContentStore(world.content.folder).get).missing) == 2
