import pytest

from ingest.pipeline import Pipeline


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """One pipeline a session: building it takes longer than reading a hundred sentences."""
    return Pipeline()
