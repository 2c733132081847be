"""`waqai export ldes`: files on any web server make the same replica as the server."""

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from api.workspace import Workspace
from tests.api.fakes import FakeExtractor
from tests.api.test_ldes_endpoint import more, origin
from tests.api.test_proof_commands import done, fake_extractor, refused, run

__all__ = ["fake_extractor"]  # a fixture


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def gives_away(folder: Path) -> Iterator[str]:
    """A plain web server that gives away a folder."""
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def website(tmp_path: Path) -> Iterator[str]:
    with gives_away(tmp_path / "public") as address:
        yield address


def grow(tmp_path: Path, *numbers: int) -> bytes:
    """Ingest articles into the data folder and return its graph."""
    with Workspace(tmp_path / "waqai-data", extractor=FakeExtractor()) as workspace:
        for number in numbers:
            more(workspace, number)
        return origin(workspace)


def files(tmp_path: Path) -> set[str]:
    return {path.relative_to(tmp_path / "public").as_posix() for path in (tmp_path / "public").rglob("*.*")}


@pytest.mark.parametrize(("form", "ending"), [("nquads", "nq"), ("trig", "trig")])
def test_a_replica_of_the_files_is_the_graph(
    tmp_path: Path, website: str, form: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAQAI_STREAM_RECORDS", "3")
    monkeypatch.setenv("WAQAI_STREAM_PAGES", "2")
    for numbers in (range(4), range(4, 9)):
        graph = grow(tmp_path, *numbers)
        said = done("export", "ldes", "public", "--format", form, "--address", website)
        assert said == f"{website}ldes.{ending}\n"
        done("replicate", f"{website}ldes.{ending}", "copy", "--output", "copy.nq")
        assert Path("copy.nq").read_bytes() == graph


def test_only_what_is_new_is_written(tmp_path: Path, website: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_STREAM_RECORDS", "3")
    grow(tmp_path, 1, 2)
    first = run("export", "ldes", "public")
    assert "at position 4; files written: 5" in first.stderr
    assert "files written: 0" in run("export", "ldes", "public").stderr
    grow(tmp_path, 3)
    assert "at position 6; files written: 2" in run("export", "ldes", "public").stderr
    assert "files written: 5" in run("export", "ldes", "public", "--address", website).stderr


def test_of_other_views_and_formats_before_it_nothing_misleads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, 1)
    done("export", "ldes", "public")
    (tmp_path / "public" / "ldes" / "mine.txt").write_text("kept", encoding="utf-8")
    view = next(path.stem for path in (tmp_path / "public" / "ldes").glob("p*.nq"))
    shutil.copytree(tmp_path / "public" / "ldes" / view / "0", tmp_path / "public" / "ldes" / view / "7")
    before = files(tmp_path)
    monkeypatch.setenv("WAQAI_STREAM_RECORDS", "7")
    done("export", "ldes", "public")
    after = files(tmp_path)
    assert before & after == {"ldes.nq", "ldes/mine.txt"}
    assert not any("/7/" in name for name in after)


def test_what_cannot_be_exported_is_one_sentence(tmp_path: Path) -> None:
    grow(tmp_path, 1)
    refused(run("export", "ldes", "public", "--format", "turtle"), "--format", code=2)
    refused(run("export", "ldes", "public", "--address", "example.org"), "--address", code=2)
    refused(run("export", "ldes", "public", "--data", "none"), "There is no data folder none")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    refused(run("export", "ldes", "file"), "file")
