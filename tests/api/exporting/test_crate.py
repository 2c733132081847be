"""An investigation as an RO-Crate: read by the public library, checked with what is in it."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article

EVENTS = "SELECT ?e { ?e a wq:Airstrike }"


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def done(*arguments: object) -> Result:
    result = waqai(*arguments)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAQAI_REVIEWER", "clerk")
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
    return tmp_path / "data"


@pytest.fixture
def sealed(data: Path) -> Path:
    done("log", "key", "--origin", "example.org/log", "--data", data)
    done("log", "checkpoint", "--data", data)
    return data


def crate(data: Path, name: str, *options: object) -> Path:
    output = data.parent / name
    done("export", "crate", *options, "--output", output, "--data", data)
    return output


def test_the_public_library_reads_it_and_every_file_is_described(sealed: Path) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate")
    folder = crate(sealed, "out", "--query", EVENTS)
    read = rocrate.ROCrate(folder)
    described = {entity.id for entity in read.data_entities}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert described == files - {"ro-crate-metadata.json", "manifest-sha256.txt"}
    assert read.root_dataset["license"]
    assert read.root_dataset["datePublished"]
    assert {entity.type for entity in read.contextual_entities} >= {"NewsArticle", "CreateAction"}
    articles = read.root_dataset["mentions"]
    assert {article.id.rpartition("/")[2] for article in articles} == {arabic_article().id, english_article().id}


def test_the_manifest_names_every_file_with_its_digest(sealed: Path) -> None:
    folder = crate(sealed, "out", "--query", EVENTS)
    rows = dict(line.split("  ")[::-1] for line in (folder / "manifest-sha256.txt").read_text().splitlines())
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    files.pop("manifest-sha256.txt")
    assert rows == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def test_the_proofs_are_checked_with_what_is_in_it_alone(sealed: Path) -> None:
    for name, options in (("without", ()), ("with", ("--with-texts",))):
        folder = crate(sealed, name, "--query", EVENTS, *options)
        proofs = sorted((folder / "proofs").glob("c-*.json"))
        assert len(proofs) == len(list((folder / "claims").iterdir()))
        (line,) = [line for line in (folder / "README.md").read_text().splitlines() if "verify_bundle.py" in line]
        program, *arguments = line.split()
        assert program == "python"
        checked = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, encoding="utf-8")
        assert checked.returncode == 0, checked.stderr
        assert "verified" in checked.stdout


def test_texts_are_in_it_only_where_they_are_asked_for_and_never_erased_ones(sealed: Path) -> None:
    text = arabic_article().text
    without = crate(sealed, "without", "--query", EVENTS)
    everything = b"".join(path.read_bytes() for path in without.rglob("*") if path.is_file()).decode()
    assert text not in everything
    assert json.dumps(text, ensure_ascii=False)[1:-1] not in everything
    with_texts = crate(sealed, "with", "--query", EVENTS, "--with-texts")
    assert (with_texts / "texts" / f"{arabic_article().id}.txt").read_text(encoding="utf-8") == text
    done("erase", arabic_article().id, "--basis", "a law", "--reason", "asked", "--yes", "--data", sealed)
    erased = crate(sealed, "erased", "--articles", arabic_article().id, "--with-texts")
    assert not (erased / "texts").exists()
    (article,) = [json.loads(line) for line in (erased / "articles.jsonl").read_text().splitlines()]
    assert article["text_erased"]


def test_the_same_gives_the_same_bytes_as_a_zip_too(sealed: Path) -> None:
    first, again = (crate(sealed, f"{name}.zip", "--query", EVENTS) for name in ("first", "again"))
    assert first.read_bytes() == again.read_bytes()
    folder = crate(sealed, "out", "--query", EVENTS)
    with zipfile.ZipFile(first) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }


def test_events_articles_and_claims_choose_and_the_log_slice_has_what_was_decided(data: Path) -> None:
    by_article = crate(data, "article", "--articles", arabic_article().id)
    names = {path.name for path in (by_article / "claims").iterdir()}
    assert len(names) == 2
    name = sorted(names)[0].removesuffix(".trig")
    done("retract", name, "--reason", "taken back", "--data", data)
    by_claim = crate(data, "claim", "--claims", name)
    assert [path.stem for path in (by_claim / "claims").iterdir()] == [name]
    types = [json.loads(line)["type"] for line in (by_claim / "log.jsonl").read_text().splitlines()]
    assert types == ["ArticleIngested", "ClaimsExtracted", "ClaimRetracted"]
    (review,) = json.loads((by_claim / "reviews.jsonld").read_text())["@graph"]
    assert review["reviewBody"] == "taken back"
    assert "no checkpoint was signed" in (by_claim / "README.md").read_text()
    before = crate(data, "before", "--claims", name, "--at", "4")
    assert not (before / "reviews.jsonld").exists()


def test_bad_input_is_refused_and_nothing_is_left(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = data.parent / "out"
    assert waqai("export", "crate", "--output", output, "--data", data).exit_code == 2
    for options in (("--claims", "c-0"), ("--events", "no such"), ("--query", "SELECT ?e { ?e a wq:Flight }")):
        refused = waqai("export", "crate", *options, "--output", output, "--data", data)
        assert refused.exit_code == 1, options
        assert len(refused.stderr.splitlines()) == 1
    assert "is no SELECT" in waqai("export", "crate", "--query", "ASK {}", "--output", output, "--data", data).stderr
    monkeypatch.setenv("WAQAI_CRATE_CLAIMS", "1")
    refused = waqai("export", "crate", "--query", EVENTS, "--output", output, "--data", data)
    assert "WAQAI_CRATE_CLAIMS" in refused.stderr
    assert not output.exists()
    monkeypatch.delenv("WAQAI_CRATE_CLAIMS")
    crate(data, "out", "--query", EVENTS)
    again = waqai("export", "crate", "--query", EVENTS, "--output", output, "--data", data)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert not list(data.parent.glob("*.part"))
