"""Counting beside the answering: exact, of one position, and not again and again."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

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
                found.append(await census.counts(wait))
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


def test_a_graph_that_moves_is_not_counted_again_at_once(filled: Workspace) -> None:
    first, second = counted(filled, again=True)
    assert first is not None
    assert second is first, "the figures stay those of the position that they say"
    assert filled.graph().position() == 6


def test_nobody_waits_longer_than_is_said_and_what_fails_gives_no_figures(filled: Workspace) -> None:
    assert counted(filled, wait=0.0) == [None]
    assert counted(filled, seconds=1e-9) == [None]


def test_the_licence_is_the_one_of_the_settings(filled: Workspace, tmp_path: Path) -> None:
    from api.app import create_app

    licence = "https://creativecommons.org/licenses/by/4.0/"
    with TestClient(create_app(filled, Settings(data=tmp_path / "data", data_license=licence))) as client:
        assert f"dcterms:license <{licence}>" in client.get("/.well-known/void").text
    with pytest.raises(BadSetting, match="must be the address of a licence"):
        load_settings(data_license="CC BY")
