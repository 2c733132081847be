"""The tree against its definition and the known vectors; the proofs hold, and no forged one does."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.proof import merkle
from graph.proof.tiles import Edge, TileMissing, Tiles
from graph.proof.verify_bundle import Rejected, leaf_hash, root_by_inclusion
from tests.graph.proof import naive

# The test vectors that implementations of RFC 6962 share: eight entries and the roots of their first 1 to 8.
ENTRIES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ENTRIES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
BODIES = [f"record {number}".encode() for number in range(1, 801)]
NAIVE_ROOTS: dict[int, bytes] = {}


def naive_root(size: int) -> bytes:
    if size not in NAIVE_ROOTS:
        NAIVE_ROOTS[size] = naive.mth(BODIES[:size])
    return NAIVE_ROOTS[size]


def nodes(level: int, index: int) -> bytes:
    return naive.mth(BODIES[index << level : (index + 1) << level])


def inclusion_holds(index: int, size: int, root: bytes, leaf: bytes, path: list[bytes]) -> bool:
    try:
        return root_by_inclusion(index, size, leaf, path) == root
    except Rejected:
        return False


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> bool:
    try:
        merkle.check_consistency(old, old_root, new, new_root, path)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_vectors(size: int) -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES[:size]]
    edge = Edge(None)
    edge.add(leaves)
    assert edge.root().hex() == merkle.fold(leaves).hex() == naive.mth(ENTRIES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree() -> None:
    assert merkle.root(nodes, 0) == Edge(None).root() == naive.mth([]) == sha256().digest()


def test_every_proof_up_to_a_size_is_the_defined_one_and_verifies() -> None:
    for size in range(1, 41):
        bodies, root = BODIES[:size], naive_root(size)
        assert merkle.root(nodes, size) == root
        for index in range(size):
            path = merkle.inclusion(nodes, index, size)
            assert path == naive.path(index, bodies)
            assert inclusion_holds(index, size, root, leaf_hash(bodies[index]), path)
        for old in range(1, size + 1):
            path = merkle.consistency(nodes, old, size)
            assert path == naive.proof(old, bodies)
            assert consistent(old, naive_root(old), size, root, path)
        assert consistent(0, naive_root(0), size, root, [])


def test_no_proof_verifies_for_another_leaf_index_root_or_size() -> None:
    for size in range(2, 20):
        root = naive_root(size)
        for index in range(size):
            path = merkle.inclusion(nodes, index, size)
            for other in range(size + 3):
                if other != index:
                    assert not inclusion_holds(other, size, root, leaf_hash(BODIES[index]), path)
                    assert not inclusion_holds(index, size, root, leaf_hash(BODIES[other]), path)
                if other != size:
                    assert not inclusion_holds(index, other, naive_root(other), leaf_hash(BODIES[index]), path)
        for old in range(1, size):
            path = merkle.consistency(nodes, old, size)
            for other in range(size + 3):
                if other not in (old, 0):
                    assert not consistent(other, naive_root(other), size, root, path)
                if other != size:
                    assert not consistent(old, naive_root(old), other, naive_root(other), path)


@st.composite
def forged(draw: st.DrawFn, path: list[bytes]) -> list[bytes]:
    """Another list of hashes than `path`."""
    at = draw(st.integers(0, len(path)))
    kind = draw(st.sampled_from(["insert", "drop", "flip", "swap"]))
    new = list(path)
    if kind == "insert" or not path:
        new.insert(at, draw(st.sampled_from([bytes(32), *path, draw(st.binary(min_size=32, max_size=32))])))
    elif kind == "drop":
        del new[at % len(path)]
    elif kind == "flip":
        bit = draw(st.integers(0, 255))
        new[at % len(path)] = (int.from_bytes(new[at % len(path)], "big") ^ 1 << bit).to_bytes(32, "big")
    else:
        new = new[::-1] if len(new) > 1 else []
    return new


@given(st.data())
def test_no_forged_proof_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    path = data.draw(forged(merkle.inclusion(nodes, index, size)))
    assert not inclusion_holds(index, size, naive_root(size), leaf_hash(BODIES[index]), path)
    old = data.draw(st.integers(1, size))
    path = data.draw(forged(merkle.consistency(nodes, old, size)))
    assert not consistent(old, naive_root(old), size, naive_root(size), path)


@given(st.data())
def test_a_history_that_was_rewritten_is_not_consistent(data: st.DataObject) -> None:
    old, new = sorted(data.draw(st.tuples(st.integers(1, 60), st.integers(1, 60))))
    changed = data.draw(st.integers(0, old - 1))
    bodies = [body if at != changed else b"rewritten" for at, body in enumerate(BODIES[:new])]
    assert not consistent(old, naive_root(old), new, naive.mth(bodies), naive.proof(old, bodies))


# ---------------------------------------------------------------------- tiles


def sealed(folder: Path, *sizes: int) -> Tiles:
    """Tiles of a tree that grew by these sizes, each time from the files alone."""
    tiles, size = Tiles(folder), 0
    for new in sizes:
        edge = tiles.tree(size).edge()
        edge.add([leaf_hash(body) for body in BODIES[size:new]])
        edge.write()
        assert edge.root() == naive_root(new)
        edge.drop_partials(size)
        size = new
    return tiles


def test_tiles_are_laid_out_as_specified(tmp_path: Path) -> None:
    tiles = Tiles(tmp_path)
    assert tiles.path(0, 1234067).relative_to(tmp_path).as_posix() == "tile/0/x001/x234/067"
    assert tiles.path(2, 5, 17).relative_to(tmp_path).as_posix() == "tile/2/005.p/17"
    edge = Edge(tiles)
    edge.add([bytes([n % 256]) * 32 for n in range(70_000)])  # the example of c2sp.org/tlog-tiles
    edge.write()
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    level = {n: sorted(name for name in files if name.startswith(f"tile/{n}/")) for n in range(4)}
    assert (len(level[0]), level[0][-1]) == (274, "tile/0/273.p/112")
    assert level[1] == ["tile/1/000", "tile/1/001.p/17"]
    assert level[2] == ["tile/2/000.p/1"]
    assert level[3] == []
    assert (tmp_path / "tile/0/000").stat().st_size == 8192


@pytest.mark.parametrize("sizes", [(1, 2, 3), (255, 256, 257), (200, 511, 512, 800), (800,), (300, 700)])
def test_a_tree_that_grew_in_steps_gives_every_root_and_proof(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    tiles, last = sealed(tmp_path, *sizes), sizes[-1]
    for size in {*sizes, last}:
        tree = tiles.tree(size)
        assert tree.root() == naive_root(size)
        for index in {0, size // 3, size - 1}:
            assert tree.leaf(index) == leaf_hash(BODIES[index])
            assert tree.inclusion(index) == naive.path(index, BODIES[:size])
    for old in sizes:
        assert tiles.tree(last).consistency(old) == naive.proof(old, BODIES[:last])


def test_partial_tiles_go_once_the_full_one_is_there(tmp_path: Path) -> None:
    sealed(tmp_path, 100, 200, 600)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"}


def test_a_tile_that_is_missing_or_cut_is_named(tmp_path: Path) -> None:
    tiles = sealed(tmp_path, 600)
    (tmp_path / "tile/0/001").write_bytes(b"x" * 100)
    with pytest.raises(TileMissing, match="has 100 bytes, not 8192"):
        tiles.tree(600).inclusion(300)
    (tmp_path / "tile/0/001").unlink()
    with pytest.raises(TileMissing, match="is not there"):
        tiles.tree(600).inclusion(300)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6))
def test_the_edge_gives_the_root_however_leaves_are_added(steps: list[int]) -> None:
    edge = Edge(None)
    for step in steps:
        edge.add([leaf_hash(body) for body in BODIES[edge.size : edge.size + step]])
    assert edge.root() == naive_root(edge.size)
