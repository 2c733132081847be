"""Statements as lines of N-Quads: no value ends its own term, and the lines are those that the store gives back."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, Store, parse

from graph.projection import Statements
from graph.projection.literals import below, integer, outside, plain, tagged, typed
from graph.projection.statements import quads
from graph.terms import Term

WORDS = st.text(st.characters(exclude_categories=("Cs",)))
S, P = "<https://x.example/s>", "<https://x.example/p>"


def value(node: str) -> object:
    (quad,) = quads([(f"{S} {P} {node}", "")])
    return quad.object


@given(WORDS)
def test_any_words_come_back_as_they_were(words: str) -> None:
    assert value(plain(words)) == Literal(words)
    assert value(tagged(words, "AR")) == Literal(words, language="ar")
    assert value(typed(words, str(Term.EDTF))) == Literal(words, datatype=Term.EDTF)


@given(st.integers(-(2**53), 2**53))
def test_an_integer_is_written_as_the_store_writes_it(number: int) -> None:
    assert integer(number) == str(Literal(number))


@given(st.text(st.sampled_from(string.ascii_letters + string.digits + "-_ \t@\"'<>."), max_size=12))
def test_a_tag_that_is_none_costs_the_tag_and_not_the_words(tag: str) -> None:
    found = value(tagged("غارة", tag))
    assert isinstance(found, Literal)
    assert found.value == "غارة"
    assert found.language in (None, tag.lower())


@given(WORDS)
def test_what_is_no_iri_is_refused_and_nothing_gets_out_of_its_brackets(words: str) -> None:
    for made in (lambda: outside(f"https://x.example/{words}"), lambda: below(S, words)):
        try:
            node = made()
        except ValueError:
            continue
        assert value(node) == NamedNode(node[1:-1])


@given(st.lists(st.tuples(WORDS, st.sampled_from(["", "<https://x.example/g>", "<https://x.example/h>"]))))
def test_what_is_loaded_as_text_is_what_is_said(said: list[tuple[str, str]]) -> None:
    statements = Statements()
    for words, graph in said:
        statements.take(f"{S} {P} {plain(words)}", graph)
    store = Store()
    store.load(statements.text(), RdfFormat.N_QUADS, lenient=True)
    expected = {(words, graph) for words, graph in said}
    found = {(q.object.value, "" if isinstance(q.graph_name, DefaultGraph) else str(q.graph_name)) for q in store}  # type: ignore[union-attr]
    assert found == expected
    assert set(store) == set(statements.quads())
    assert len(statements.quads()) == len(expected), "none twice"
    assert set(parse(statements.text(), RdfFormat.N_QUADS)) == set(store)


def test_without_leaves_out_exactly_what_is_removed() -> None:
    statements = Statements(["a", "b"], ["c"], [("<g>", ["a", "d"]), ("<h>", ["a"])])
    left = statements.without({"": {"a"}, "<g>": {"d"}, "<h>": {"c"}})
    assert set(left.each()) == {("b", ""), ("c", ""), ("a", "<g>"), ("a", "<h>")}


def test_an_iri_that_a_record_holds_is_checked() -> None:
    with pytest.raises(ValueError):
        outside("https://x.example/a b")
    with pytest.raises(ValueError):
        below("<https://x.example/a>", "b> <c")
