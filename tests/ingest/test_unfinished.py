"""A deadline is asked wherever a long text keeps a component busy, so no article holds up a person for long."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline
from ingest.unfinished import Deadline, TookTooLong
from ontology.model import Article

TOLD = (
    "An airstrike killed four people in Saraqib in Idlib province, Syria, on Saturday, the Valley Observatory said. "
    "The Syrian army shelled the town. The army denied it. "
)


def test_every_component_that_walks_the_text_asks_again_and_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    monkeypatch.setattr(Deadline, "check", lambda _: asked.update((Path(sys._getframe(1).f_code.co_filename).stem,)))
    times = 40
    pipeline.extract(Article(text=TOLD * times, language="en", published="2024-12-01"))
    assert {name for name, count in asked.items() if count >= times} >= {
        "attribution",
        "claims",
        "mentions",
        "places",
        "triggers",
    }


def test_a_deadline_passes_once_its_time_is_over_and_one_without_time_never_does() -> None:
    Deadline(None).check()
    Deadline(60).check()
    with pytest.raises(TookTooLong, match="longer than the 0 s"):
        Deadline(0).check()
