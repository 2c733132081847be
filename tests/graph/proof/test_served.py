"""What is served of the proof: by the paths of tlog-tiles, and only what a checkpoint covers."""

import struct
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.proof import merkle
from graph.proof.served import LARGEST_ENTRY, NotServed, Served, Tile, tile_named
from graph.proof.tiles import Tiles
from tests.graph.proof.test_sealer import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("name", "tile"),
    [
        ("0/000", Tile(0, 0, 256)),
        ("63/000", Tile(63, 0, 256)),
        ("1/x001/234.p/17", Tile(1, 1234, 17)),
        ("2/x001/x234/067.p/255", Tile(2, 1234067, 255)),
        ("entries/255", Tile(None, 255, 256)),
    ],
)
def test_paths_are_those_of_the_specification(name: str, tile: Tile) -> None:
    assert tile_named(name) == tile


@pytest.mark.parametrize(
    "name",
    [
        *("", "0", "0/", "/0/000", "0/0", "0/0000", "00/000", "64/000", "-1/000", "0/-01", "0/x000/001", "0/001/234"),
        *("0/x001/x234", "0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/256", "0/000.p/007", "0/000.p/1/2", "0/000/1"),
        *("data/000", "entries", "entries/0", "../checkpoint", "0/../../checkpoint.key", "0/٠٠٠", "0/000\n", "x/000"),
        *("0/" + "x999/" * 6 + "999", "9" * 500 + "/000"),
    ],
)
def test_other_paths_are_refused(name: str) -> None:
    with pytest.raises(NotServed, match="no path of a tile"):
        tile_named(name)


@given(level=st.integers(0, 63), number=st.integers(0, 10**15 - 1), width=st.integers(1, 256))
def test_every_path_of_a_tile_on_the_disk_names_it(level: int, number: int, width: int) -> None:
    path = Tiles(Path()).path(level, number, width).relative_to("tile").as_posix()
    assert tile_named(path) == Tile(level, number, width)


def test_only_what_a_checkpoint_covers_is_served(bench: Bench) -> None:
    served = Served(bench.log, bench.proof)
    bench.grow(300)
    for refused in (served.checkpoint, lambda: served.tile("0/000"), lambda: served.entry(0)):
        with pytest.raises(NotServed):
            refused()
    sealed = bench.seal()
    bench.grow(300)
    assert served.checkpoint() == sealed.note
    assert len(served.tile("0/000")) == 8192
    assert len(served.tile("0/001.p/44")) == 44 * 32
    assert served.entry(299) == bench.bodies()[299]
    for name in ("0/001", "0/001.p/45", "0/002", "1/000", "1/000.p/2", "2/000.p/1", "entries/001", "entries/001.p/45"):
        with pytest.raises(NotServed, match="does not reach"):
            served.tile(name)
    for index in (300, -1, 10**30):
        with pytest.raises(NotServed, match="does not cover"):
            served.entry(index)


def test_tiles_and_entries_give_the_root_that_was_signed(bench: Bench) -> None:
    bench.grow(700)
    root = bench.seal().checkpoint.root
    served = Served(bench.log, bench.proof)
    leaves = b"".join(served.tile(name) for name in ("0/000", "0/001", "0/002.p/188"))
    hashes = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
    assert merkle.root(lambda level, index: merkle.fold(hashes[index << level : (index + 1) << level]), 700) == root
    found = []
    for name in ("entries/000", "entries/001", "entries/002.p/188"):
        rest = served.tile(name)
        while rest:
            (size,) = struct.unpack(">H", rest[:2])
            found.append(rest[2 : 2 + size])
            rest = rest[2 + size :]
    assert found == bench.bodies()
    assert [sha256(b"\0" + body).digest() for body in found] == hashes


def test_a_partial_tile_of_an_earlier_checkpoint_comes_from_the_full_one(bench: Bench) -> None:
    bench.grow(40)
    bench.seal()
    served = Served(bench.log, bench.proof)
    before = served.tile("0/000.p/40")
    bench.grow(300)
    bench.seal()
    assert served.tile("0/000.p/40") == before == served.tile("0/000")[: 40 * 32]
    with pytest.raises(NotServed, match="kept for the size of a checkpoint"):
        served.tile("0/001.p/7")


def test_an_entry_that_fits_in_no_bundle_is_given_by_itself(bench: Bench) -> None:
    bench.grow(2)
    bench.grow(1, "x" * LARGEST_ENTRY)
    bench.seal()
    served = Served(bench.log, bench.proof)
    with pytest.raises(NotServed, match="the entry 2 has"):
        served.tile("entries/000.p/3")
    assert len(served.tile("entries/000.p/2")) == sum(len(body) + 2 for body in bench.bodies()[:2])
    assert served.entry(2) == bench.bodies()[2]
