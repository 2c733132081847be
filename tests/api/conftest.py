import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks for a successor of httpx that nothing else here needs
    from starlette.testclient import TestClient


@pytest.fixture(autouse=True)
def clean_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches a test, and no test writes into the project."""
    for name in [name for name in os.environ if name.startswith("WAQAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as opened:
        yield opened


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    workspace.ingest(arabic_article())
    workspace.ingest(english_article())
    return workspace


@pytest.fixture
def client(filled: Workspace, tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(data=tmp_path / "data", poll_interval=0.02)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as opened:
        yield opened
