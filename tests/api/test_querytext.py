"""What is known of a text holds for that text only, and a refusal is told each time."""

import pytest

from api import querytext
from graph.sparql import MalformedQuery
from graph.store import GRAPH_TYPES, SOLUTIONS_TYPES


def test_a_text_says_its_form_its_slips_and_whether_it_searches() -> None:
    for _ in range(2):
        assert querytext.read("ASK {}").offers == SOLUTIONS_TYPES
        assert querytext.read("CONSTRUCT WHERE { ?s ?p ?o }").offers == GRAPH_TYPES
        assert "wq:Airstrik" in (querytext.read("ASK { ?e a wq:Airstrik }").hint or "")
        assert querytext.read("ASK { ?e a wq:Airstrike }").hint is None
        assert querytext.read("ASK { ?e wq:text 'x' }").searches
        assert not querytext.read("ASK { ?e a wq:Airstrike }").searches


def test_what_is_refused_is_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(MalformedQuery):
            querytext.read("nonsense")


def test_answers_that_change_by_themselves_are_known() -> None:
    assert querytext.volatile("SELECT (now () AS ?n) {}")
    assert not querytext.volatile("SELECT ?now {}")


def test_half_characters_are_a_text_too() -> None:
    assert querytext.read("ASK {} # \ud800").offers == SOLUTIONS_TYPES


def test_only_short_texts_without_a_word_for_the_engine_are_light() -> None:
    assert querytext.is_light("ASK {}")
    assert not querytext.is_light("ASK { Service <x:y> {} }")
    assert not querytext.is_light("ASK {} #" + "x" * querytext.SHORT)
