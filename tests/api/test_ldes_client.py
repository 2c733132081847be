"""The reference client of the LDES community, from npm, makes a replica of the graph."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.api.test_ldes_endpoint import more, origin
from tests.api.test_replicate import Live, live, review
from tests.graph.stream.folding import AS, TREE, Line, folded, lines

__all__ = ["live"]  # a fixture
CLIENT = "ldes-client@0.3.0"
XSD = "http://www.w3.org/2001/XMLSchema#"
_SHORT = re.compile(r"(?<=> )([-+]?[0-9][0-9.]*|true|false)(?=(?: <[^<>]*>)? \.$)")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="Node.js with npm is not installed"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", CLIENT]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"the npm registry does not give {CLIENT}: {done.stderr.strip().splitlines()[-1:]}")
    return folder / "node_modules" / ".bin" / "ldes-client"


def typed(match: re.Match[str]) -> str:
    """The client prints numbers and truth values as Turtle does, which is no N-Quads."""
    word = match[1]
    kind = "boolean" if word in ("true", "false") else "decimal" if "." in word else "integer"
    return f'"{word}"^^<{XSD}{kind}>'


def printed(program: Path, *arguments: str) -> list[Line]:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    quads = lines("\n".join(_SHORT.sub(typed, line) for line in done.stdout.splitlines() if line.startswith("<")))
    # It prints members without what links them to the stream.
    return quads + [
        ("<https://x.example/>", f"<{TREE}member>", subject, None)
        for subject, predicate, _, graph in quads
        if graph is None and predicate == f"<{AS}object>"
    ]


@pytest.mark.parametrize("order", ["none", "ascending", "descending"])
def test_what_the_reference_client_prints_folds_to_the_graph(live: Live, program: Path, order: str) -> None:
    for number in range(10):
        more(live.workspace, number)
    review(live.workspace)
    assert folded(printed(program, f"{live.address}ldes", "--ordered", order)) == origin(live.workspace)


def test_the_reference_client_goes_on_where_it_was(live: Live, program: Path, tmp_path: Path) -> None:
    first = printed(program, f"{live.address}ldes", "--save", str(tmp_path / "state"))
    assert folded(first) == origin(live.workspace)
    for number in range(4):
        more(live.workspace, number)
    review(live.workspace)
    second = printed(program, f"{live.address}ldes", "--save", str(tmp_path / "state"))
    assert {subject for subject, *_ in first if "/member/" in subject}.isdisjoint(subject for subject, *_ in second)
    assert folded([*first, *second]) == origin(live.workspace)
