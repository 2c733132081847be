from pathlib import Path

import pytest

from ingest.gazetteer import Gazetteer
from tests.ingest.gazetteer.finding import SMALL


@pytest.fixture(scope="session")
def world() -> Gazetteer:
    return Gazetteer.open()


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("gazetteer")
    Gazetteer.open(cache=cache, min_population=SMALL).close()
    return cache


@pytest.fixture(scope="session")
def small(small_cache: Path) -> Gazetteer:
    return Gazetteer.open(cache=small_cache, min_population=SMALL)
