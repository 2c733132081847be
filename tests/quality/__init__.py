"""The figures of quality: `python -m tests.quality` prints them, `--write` makes them floors of the tests."""
