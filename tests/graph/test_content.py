"""The content store: what is stored comes back, what is damaged does not."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.content import ContentDamaged, ContentStore, ContentUnwritable, NotADigest
from ontology.identity import sha256_hex


@given(st.binary(max_size=200))
def test_what_is_put_is_got(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    store = ContentStore(tmp_path_factory.mktemp("content"))
    digest = store.put(data)
    assert digest == sha256_hex(data)
    assert store.get(digest) == data
    assert digest in store


def test_what_was_never_put_is_none(tmp_path: Path) -> None:
    store = ContentStore(tmp_path / "content")
    assert store.get("0" * 64) is None
    assert "0" * 64 not in store
    assert not (tmp_path / "content").exists()


def test_putting_twice_keeps_one_file_and_no_leftovers(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    assert store.put(b"news") == store.put(b"news")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_damaged_bytes_are_reported_and_repaired_by_putting_them_again(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    digest = store.put(b"news")
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    path.write_bytes(b"fake")
    with pytest.raises(ContentDamaged) as caught:
        store.get(digest)
    assert (caught.value.sha256, caught.value.found) == (digest, sha256_hex(b"fake"))
    assert store.put(b"news") == digest
    assert store.get(digest) == b"news"


@pytest.mark.parametrize(
    "name",
    ["", "abc", "../" * 21 + "x", "A" * 64, "0" * 63 + "/", "0" * 63 + "g", "0" * 65, "0" * 64 + "\n", "٠" * 64],
)
def test_only_digests_are_followed(tmp_path: Path, name: str) -> None:
    store = ContentStore(tmp_path)
    with pytest.raises(NotADigest):
        store.get(name)
    assert name not in store
    assert 7 not in store


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ContentUnwritable):
        ContentStore(tmp_path / "file" / "content").put(b"news")


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ContentStore(tmp_path)
    store.put(b"first")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ContentUnwritable, match="No space left"):
            store.put(b"news")
    assert store.get(sha256_hex(b"news")) is None
    assert [path.name for path in tmp_path.rglob(".new-*")] == []
