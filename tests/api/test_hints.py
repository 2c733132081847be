"""Terms that a query misspells are named with the nearest ones; what is no term is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.hints import hint
from api.queries.saved import examples
from ontology.vocabulary import WQ, Vocabulary, local_name


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ASK { ?e a wq:Airstrik }", "The ontology has no wq:Airstrik; the nearest is wq:Airstrike."),
        ("ASK { ?e wq:plase ?p }", "The ontology has no wq:plase; the nearest is wq:place."),
        ("ASK { ?e a wq:airstrike }", "The ontology has no wq:airstrike; the nearest is wq:Airstrike."),
        ("ASK{?e a wq:Evnt.?e wq:place ?p}", "The ontology has no wq:Evnt; the nearest is wq:Event."),
        (f"ASK {{ ?e a <{WQ}Takover> }}", "The ontology has no wq:Takover; the nearest is wq:Takeover."),
        (f"PREFIX w: <{WQ}> ASK {{ ?e a w:Takover }}", "The ontology has no wq:Takover; the nearest is wq:Takeover."),
        (f"prefix : <{WQ}> ASK {{ ?e a :Takover }}", "The ontology has no wq:Takover; the nearest is wq:Takeover."),
        ("ASK { ?e a wq:Xyzzyplugh }", "The ontology has no wq:Xyzzyplugh."),
    ],
)
def test_a_misspelt_term_is_named_with_the_nearest(query: str, expected: str) -> None:
    assert hint(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        *examples().values(),
        "",
        "ASK { ?e a wq:Event } # not wq:Evnt",
        "ASK { ?e rdfs:label 'wq:Evnt', \"a \\\" wq:Evnt\", '''wq:Evnt ' wq:Evnt''', \"\"\"wq:Evnt\"\"\" }",
        "PREFIX wq: <http://example.org/> ASK { ?e a wq:Evnt }",
        "ASK { ?e rdfs:lable ?wq }",
        f"ASK {{ GRAPH <{WQ}> {{ ?s ?p ?o }} }}",
    ],
)
def test_nothing_is_said_where_nothing_is_misspelt(query: str) -> None:
    assert hint(query) is None


def test_every_declared_term_is_known() -> None:
    vocabulary = Vocabulary.load()
    terms = (*vocabulary.classes, *vocabulary.properties, *vocabulary.individuals)
    names = [local_name(iri) for iri in terms if iri.startswith(WQ)]
    assert len(names) > 200
    assert hint(" ".join(f"wq:{name}" for name in names)) is None


def test_many_misspelt_terms_are_counted() -> None:
    said = hint(" ".join(f"wq:Nothing{n}" for n in range(10)))
    assert said is not None
    assert said.count("The ontology has no") == 3
    assert said.endswith("It lacks 7 more terms of the query.")


@given(st.text(alphabet="wq:AEvent <>\"'\\#.-?{}\n", max_size=200))
def test_any_text_is_read(text: str) -> None:
    said = hint(text)
    assert said is None or "The ontology has no wq:" in said


@pytest.mark.parametrize("piece", ['"', "'''", "a-", "wq:", "<", "'\\", "PREFIX ", "wq:a.-", "#", '"""a'])
def test_long_texts_are_read_once(piece: str) -> None:
    # With a pattern that looks back, these take minutes.
    said = hint(piece * 30_000)
    assert said is None or len(said) < 1000
