"""Settings that all tests share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres_server import Server, why_not

# A busy machine is slow to make examples; that says nothing about the code under test. What a run tells of a change it
# tells of the same examples; new ones are looked for where time is, by `make test-all`.
settings.register_profile(
    "waqai",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("WAQAI_TEST_RANDOM") != "1",
)
settings.load_profile("waqai")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of its own for each process that runs tests; skipped only where none can be had."""
    with _running() as server:
        yield server


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server for one test, which may crash it or take its disk away."""
    with _running({"restart_after_crash": "off"}) as server:
        yield server


@contextmanager
def _running(settings: dict[str, str] | None = None) -> Iterator[Server]:
    reason = why_not()
    if reason is not None:
        pytest.skip(f"no PostgreSQL server here: {reason}")
    server = Server(settings)
    try:
        yield server
    finally:
        server.remove()
