"""`waqai lexicon` on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from tests.ingest.checking.small import small_lexicon


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["lexicon", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_lexicon(tmp_path)


def test_a_sound_lexicon_ends_with_0(folder: Path) -> None:
    result = run("check", folder, "--no-examples")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("the lexicon is sound: 17 files, ")


def test_faults_end_with_1_and_stand_one_a_line(folder: Path) -> None:
    path = folder / "ar" / "words.yaml"
    path.write_text("entries:\n\t- a\n", encoding="utf-8")
    result = run("check", folder)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{path}:2:1: a tab indents this line; YAML wants spaces",
        "1 faults in 1 files.",
    ]
    data = json.loads(run("check", folder, "--format", "json").stdout)
    assert data["faults"] == [
        {
            "file": str(path),
            "line": 2,
            "column": 1,
            "entry": None,
            "reason": "a tab indents this line; YAML wants spaces",
        }
    ]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = run("check", tmp_path / "absent")
    assert result.exit_code == 2
    assert "is no folder; name the folder that holds actors.yaml, ar and en." in result.stderr


def test_the_export_goes_to_standard_output_or_to_a_file(folder: Path, tmp_path: Path) -> None:
    result = run("export", folder)
    assert result.exit_code == 0, result.output
    assert "ontolex:LexicalEntry" in result.stdout
    assert run("export", folder, "--output", tmp_path / "lexicon.ttl").exit_code == 0
    assert (tmp_path / "lexicon.ttl").read_text(encoding="utf-8") == result.stdout
