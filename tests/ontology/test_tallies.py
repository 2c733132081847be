"""Words by which a figure is a tally: the examples of the file hold."""

import re
from pathlib import Path

import pytest
import yaml

from ontology.model import Span
from ontology.tallies import FILE, tallies

DATA = yaml.safe_load((Path(__file__).resolve().parents[2] / "ontology" / FILE).read_text(encoding="utf-8"))


def figure(text: str) -> Span:
    found = re.search(r"\d+", text)
    assert found
    return Span(*found.span())


@pytest.mark.parametrize("text", DATA["examples"]["match"])
def test_a_tally(text: str) -> None:
    assert tallies().counts_on(text, figure(text))


@pytest.mark.parametrize("text", DATA["examples"]["not"])
def test_no_tally(text: str) -> None:
    assert not tallies().counts_on(text, figure(text))


def test_spelling_does_not_matter() -> None:
    text = "قُتل 40 شخصا في القلعة مُنذُ بدايه الهجوم"
    assert tallies().counts_on(text, figure(text))


def test_an_empty_text_is_no_tally() -> None:
    assert not tallies().counts_on("40", Span(0, 2))
