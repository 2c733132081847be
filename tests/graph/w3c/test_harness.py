"""What runs the W3C's suites would notice a wrong answer, and takes nothing that the lock does not name."""

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.graph.w3c import fetching
from tests.graph.w3c.results import Rows, as_values, read, same

B, C, D = (ox.BlankNode(name) for name in "bcd")
ONE, TWO = ox.Literal(1), ox.Literal(2)


def rows(*found: dict[str, object]) -> Rows:
    return Rows(frozenset({"x", "y"}), found)  # type: ignore[arg-type]


def test_blank_nodes_are_the_same_under_one_renaming() -> None:
    assert same(rows({"x": B, "y": C}, {"x": C, "y": ONE}), rows({"x": D, "y": ONE}, {"x": B, "y": D}))
    assert not same(rows({"x": B, "y": C}), rows({"x": D, "y": D}))
    assert not same(rows({"x": B, "y": B}), rows({"x": C, "y": D}))
    assert not same(rows({"x": B}, {"x": B}), rows({"x": C}, {"x": D}))


def test_rows_count_and_have_an_order_only_where_one_is_asked_for() -> None:
    assert same(rows({"x": ONE}, {"x": TWO}), rows({"x": TWO}, {"x": ONE}))
    assert not same(rows({"x": ONE}, {"x": TWO}), rows({"x": TWO}, {"x": ONE}), ordered=True)
    assert not same(rows({"x": ONE}, {"x": ONE}), rows({"x": ONE}))
    assert same(rows({"x": ONE}, {"x": ONE}), rows({"x": ONE}), lax=True)
    assert not same(rows({"x": ONE}), rows({"x": ONE}, {"x": ONE}), lax=True)
    assert not same(rows({"x": ONE}), rows({"y": ONE}))
    assert not same(rows(), True)


def test_forms_are_told_from_values() -> None:
    written = ox.Literal("01", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
    assert not same(rows({"x": written}), rows({"x": ONE}))
    assert same(as_values(rows({"x": written})), as_values(rows({"x": ONE})))
    assert not same(as_values(rows({"x": written})), as_values(rows({"x": TWO})))


def test_the_same_rows_are_read_from_each_format() -> None:
    stated = """
        @prefix rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#> .
        [] a rs:ResultSet ; rs:resultVariable "x", "y" ;
           rs:solution [ rs:index 2 ; rs:binding [ rs:variable "x" ; rs:value 2 ] ] ,
                       [ rs:index 1 ; rs:binding [ rs:variable "x" ; rs:value 1 ] ,
                                                 [ rs:variable "y" ; rs:value _:b ] ] ."""
    found = read(stated.encode(), ".ttl", "http://e/")
    assert isinstance(found, Rows)
    assert found.numbered
    assert same(found, read(b"?x\t?y\n1\t_:n\n2\t\n", ".tsv", ""), ordered=True)
    assert same(
        rows({"x": ox.Literal("1"), "y": B}, {"x": ox.Literal("2")}), read(b"x,y\r\n1,_:n\r\n2,\r\n", ".csv", "")
    )


def archive(folder: Path, *names: str) -> tuple[Path, frozenset[str]]:
    path = folder / "some-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            entry = tarfile.TarInfo(f"some-1.0/test/data/suites/w3c/{name}")
            entry.size = 4
            tar.addfile(entry, io.BytesIO(b"text"))
    return path, frozenset({hashlib.sha256(path.read_bytes()).hexdigest()})


def test_only_the_suites_of_an_archive_are_unpacked(tmp_path: Path) -> None:
    path, hashes = archive(tmp_path, "sparql11/a/manifest.ttl", "dawg-data-r2/b.rq", "n3/c.n3")
    fetching.unpack(path, tmp_path / "out", hashes)
    found = {file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*") if file.is_file()}
    assert found == {"sparql11/a/manifest.ttl", "dawg-data-r2/b.rq"}


@pytest.mark.parametrize("names", [["sparql11/a", "dawg-data-r2/../../b"], ["sparql11/a"]])
def test_an_archive_that_would_write_elsewhere_or_has_no_suites_is_refused(tmp_path: Path, names: list[str]) -> None:
    path, hashes = archive(tmp_path, *names)
    with pytest.raises(fetching.NotFetched):
        fetching.unpack(path, tmp_path / "deep" / "out", hashes)
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / "deep" / "b").exists()


def test_an_archive_with_another_hash_is_refused(tmp_path: Path) -> None:
    path, _ = archive(tmp_path, "sparql11/a", "dawg-data-r2/b")
    with pytest.raises(fetching.NotFetched, match="hash"):
        fetching.unpack(path, tmp_path / "out", frozenset({"0" * 64}))
    assert not (tmp_path / "out").exists()


def test_the_lock_names_the_archive() -> None:
    version, hashes = fetching.locked()
    assert version[0].isdigit()
    assert hashes


def test_without_a_registry_the_reason_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAQAI_W3C_SUITES", str(tmp_path / "cache" / "suites"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    fetching.main()
    assert "will be skipped" in capsys.readouterr().err
    assert list((tmp_path / "cache").iterdir()) == []
