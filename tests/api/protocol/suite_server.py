"""The server that the suites are run against: a real one on a real socket, whose store holds the suites' graphs too."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import yaml

from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

FOAF = "http://xmlns.com/foaf/0.1/"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


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
    if graphs:  # graphs that no record gives: only a store that is written past the log has them
        (database,) = (path.parent for path in (data / "graph").rglob("CURRENT"))
        store = ox.Store(str(database))
        for number in (1, 2, 3):
            graph = ox.NamedNode(graphs % number)
            store.add(ox.Quad(graph, _TYPE, ox.NamedNode(f"{FOAF}Document"), graph))
        store.flush()
        del store
    with (
        serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, _, _),
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client
