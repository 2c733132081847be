"""The command line with the fake extractor, for tests that need a process: `python -m tests.api.fake_cli`."""

from api import extraction
from tests.api.fakes import FakeExtractor

if __name__ == "__main__":
    extraction.load_extractor = FakeExtractor
    from api.cli import main

    main()
