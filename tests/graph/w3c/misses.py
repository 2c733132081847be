"""Which tests of the W3C's suites are known not to pass, and why."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.graph.w3c.running import Missed, OtherForms

_FILE = Path(__file__).with_name("misses.yaml")


@dataclass(frozen=True)
class Miss:
    """Why a test does not pass, and how that shows."""

    reason: str
    shown_by: type[Missed]


def misses() -> dict[str, Miss]:
    """Return the known misses by the id of the test."""
    found: dict[str, Miss] = {}
    for group in yaml.safe_load(_FILE.read_text(encoding="utf-8")):
        for test in group["tests"]:
            assert test not in found, f"{test} stands in {_FILE.name} twice"
            found[test] = Miss(group["reason"], OtherForms if group.get("forms") else Missed)
    return found
