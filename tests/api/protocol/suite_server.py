"""The server that the suites are run against: a real one on a real socket, whose store holds the suites' graphs too."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from api.patching import patch
from api.tokenfile import Scope, TokenFile
from api.workspace import Workspace
from graph.updates.evaluating import Update
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

FOAF = "http://xmlns.com/foaf/0.1/"


def table(name: str) -> dict[str, Any]:
    """One of the tables beside this file."""
    found = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@contextmanager
def suite_server(folder: Path, graphs: str = "") -> Iterator[httpx.Client]:
    """Serve two articles; `graphs` with the numbers 1 to 3 are further graphs, each with a triple of its own."""
    data = folder / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
        workspace.project()
        if graphs:
            named = [graphs % number for number in (1, 2, 3)]
            block = " ".join(f"GRAPH <{name}> {{ <{name}> a <{FOAF}Document> }}" for name in named)
            patch(workspace, Update(f"INSERT DATA {{ {block} }}"), actor="suite", reason="graphs of the suite")
    _, token = TokenFile(data / "tokens.json").create("suite", [Scope.CURATE], None, datetime.now(UTC))
    headers = {"authorization": f"Bearer {token}", "waqai-reason": "the suite asks for it"}
    with (
        serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, _, _),
        httpx.Client(base_url=address, timeout=30, headers=headers) as client,
    ):
        yield client
