"""The walk-through of docs/add-an-event-type.md, run as it stands: a new type by data alone, asked for in SPARQL."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_documentation import FENCE, ROOT, document, mismatch

PAGE = "docs/add-an-event-type.md"
PROGRAMS = {"waqai": [str(Path(sys.executable).parent / "waqai")], "python": [sys.executable]}


def commands(block: str) -> Iterator[tuple[list[str], list[str]]]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        more = next((n for n, line in enumerate(lines[1:], 1) if not line.startswith("> ")), len(lines))
        yield shlex.split("\n".join([lines[0], *(line.removeprefix("> ") for line in lines[1:more])])), lines[more:]


@pytest.mark.slow
def test_the_page_adds_a_type_as_it_stands(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAQAI_")}
    if "WAQAI_CACHE" in os.environ:
        environment["WAQAI_CACHE"] = os.environ["WAQAI_CACHE"]
    environment |= {"COLUMNS": "100", "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    edited, ran = set(), 0
    for kind, body in FENCE.findall(document(PAGE)):
        if kind == "sh":
            assert body.splitlines() == ["cp -r ontology my-ontology", "export WAQAI_ONTOLOGY=my-ontology"]
            shutil.copytree(ROOT / "ontology", tmp_path / "my-ontology")
            environment["WAQAI_ONTOLOGY"] = "my-ontology"
        elif kind in ("turtle", "yaml"):
            head, _, data = body.partition("\n")
            path = tmp_path / head.removeprefix("# append to ")
            path.write_text(path.read_text(encoding="utf-8") + data, encoding="utf-8")
            edited.add(path.suffix)
        elif kind == "text":
            (tmp_path / "siege.txt").write_text(body, encoding="utf-8")
        else:
            for (program, *arguments), expected in commands(body):
                done = subprocess.run(
                    [*PROGRAMS[program], *arguments],
                    cwd=tmp_path,
                    env=environment,
                    capture_output=True,
                    encoding="utf-8",
                    timeout=600,
                )
                assert done.returncode == 0, f"$ {program} {arguments}\n{done.stdout}\n{done.stderr}"
                assert mismatch(expected, done.stdout.splitlines()) is None
                ran += 1
    assert edited == {".ttl", ".yaml"}
    assert ran == 5


def test_the_type_of_the_page_is_new() -> None:
    for path in ("ontology/waqai.ttl", "ontology/lexicon/ar/events.yaml", "ontology/lexicon/en/events.yaml"):
        assert "Siege" not in document(path)
