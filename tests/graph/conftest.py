"""The log on each of its backends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.log import StoredLog
from tests.graph.backends import KINDS, Backend, postgres_on, sqlite_in


@pytest.fixture(params=KINDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """An empty place for a log, on SQLite and on PostgreSQL in turn."""
    if request.param == "sqlite":
        return sqlite_in(tmp_path)
    return postgres_on(request.getfixturevalue("postgres"))


@pytest.fixture
def log(backend: Backend) -> Iterator[StoredLog]:
    """An empty log, on SQLite and on PostgreSQL in turn."""
    with backend.open() as log:
        yield log
