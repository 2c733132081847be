"""Counting beside the answering: exact, of one position, and not again and again."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from api.app import create_app
from api.census import Census, Counts
from api.settings import BadSetting, Settings, load_settings
from api.workers.pool import Workers
from api.workers.serving import Serving
from api.workspace import Workspace
from tests.api.conftest import TestClient
from tests.api.fakes import arabic_article


def counted(
    workspace: Workspace, *, seconds: float = 60.0, wait: float = 60.0, again: bool = False
) -> list[Counts | None]:
    async def run() -> list[Counts | None]:
        workers = Workers(2)
        census = Census(workspace, workers, Serving(workspace), seconds=seconds)
        try:
            found = [await census.counts(wait)]
            if again:
                workspace.ingest(replace(arabic_article(), publisher="another one"))
                found += [await census.counts(0.0), await census.counts(wait)]
            return found
        finally:
            await census.close()
            workers.close()

    return asyncio.run(run())


def test_what_is_counted_is_what_is_there(filled: Workspace) -> None:
    (counts,) = counted(filled)
    assert counts is not None
    quads = list(filled.graph().quads())
    named = [quad for quad in quads if str(quad.graph_name) != "DEFAULT"]
    assert counts.position == 4
    assert (counts.named, counts.triples) == (len(named), len(quads) - len(named))
    assert counts.graphs == len({quad.graph_name for quad in named})
    assert sum(counts.properties.values()) == counts.triples


def test_an_empty_graph_has_nothing(workspace: Workspace) -> None:
    (counts,) = counted(workspace)
    assert counts is not None
    assert (counts.position, counts.triples, counts.named, dict(counts.classes)) == (0, 0, 0, {})


def test_who_does_not_wait_gets_earlier_figures_and_who_waits_those_of_the_graph(filled: Workspace) -> None:
    first, second, third = counted(filled, again=True)
    assert first is not None
    assert second is first, "the figures stay those of the position that they say"
    assert third is not None
    assert third.position == filled.graph().position() == 6
    assert third.triples > first.triples


def test_a_description_of_the_endpoint_is_of_the_graph_that_queries_see(filled: Workspace) -> None:
    triples = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    with TestClient(create_app(filled, Settings(data=filled.data))) as client:
        assert "void:triples" in client.get("/.well-known/void").text  # it was counted once
        filled.ingest(replace(arabic_article(), publisher="another one"))
        rows = client.get("/sparql", params={"query": triples}).json()["results"]["bindings"]
        deadline = time.monotonic() + 60
        while "void:triples" not in (told := client.get("/sparql")).text:  # while they are not counted, there are none
            assert told.headers["waqai-position"] == "6"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert told.headers["waqai-position"] == "6"
        assert f"void:triples {rows[0]['n']['value']} " in told.text


def test_a_description_without_figures_is_not_kept(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(filled, Settings(data=filled.data))) as client:
        monkeypatch.setattr("api.routers.service._SHORT_WAIT", 0.0)
        first = client.get("/sparql")
        assert "void:triples" not in first.text
        assert "etag" not in first.headers
        monkeypatch.setattr("api.routers.service._SHORT_WAIT", 30.0)
        assert "void:triples" in client.get("/sparql").text


def test_nobody_waits_longer_than_is_said_and_what_fails_gives_no_figures(filled: Workspace) -> None:
    assert counted(filled, wait=0.0) == [None]
    assert counted(filled, seconds=1e-9) == [None]


def test_the_licence_is_the_one_of_the_settings(filled: Workspace, tmp_path: Path) -> None:
    licence = "https://creativecommons.org/licenses/by/4.0/"
    with TestClient(create_app(filled, Settings(data=tmp_path / "data", data_license=licence))) as client:
        assert f"dcterms:license <{licence}>" in client.get("/.well-known/void").text
    with pytest.raises(BadSetting, match="must be the address of a licence"):
        load_settings(data_license="CC BY")
