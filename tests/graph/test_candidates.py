"""What outside services offered: the record and what the graph says of it."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from graph.log import NewRecord
from graph.terms import Term, wq
from ontology.candidates import (
    CANDIDATES_RECEIVED,
    CANDIDATES_RECEIVED_SCHEMA,
    CANDIDATES_STREAM,
    Offer,
    Received,
    candidates_received,
    decode_candidates_received,
)
from ontology.identity import canonical_json
from tests.graph.articles import World

_WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
_OFFERS = st.builds(
    Offer,
    id=_WORDS,
    name=_WORDS,
    iri=st.none() | st.just("http://places.example/id/1"),
    score=st.none() | st.decimals(-1000, 1000, places=3).map(str),
    match=st.booleans(),
    types=st.lists(_WORDS, max_size=3).map(tuple),
    description=st.none() | _WORDS,
)
_RECEIVED = st.builds(
    Received,
    service=st.just("https://service.example/api"),
    name=_WORDS,
    version=st.sampled_from(["0.2", "1.0-draft"]),
    asked_sha256=st.just("ab" * 32),
    offers=st.lists(_OFFERS, max_size=4).map(tuple),
)


@given(_RECEIVED)
def test_an_answer_survives_the_record(received: Received) -> None:
    payload = json.loads(canonical_json(candidates_received(received)))
    assert decode_candidates_received(payload) == received


@given(received=_RECEIVED)
@settings(max_examples=25, deadline=None)
def test_the_graph_says_each_offer_of_the_record_and_nothing_of_the_world(received: Received) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World.at(Path(folder))
        payload = candidates_received(received)
        record = NewRecord(CANDIDATES_RECEIVED, CANDIDATES_RECEIVED_SCHEMA, payload)
        world.log.append(CANDIDATES_STREAM, [record], actor="test")
        (stored,) = world.log.read()
        quads = world.projector.quads(stored)
        node = world.projector.iris.record(1)
        ours = {node.value, *(f"{node.value}/offer/{n}" for n in range(1, len(received.offers) + 1))}
        assert {quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)} == ours
        assert not {quad.predicate for quad in quads} & {Term.CLOSE_MATCH, Term.EXACT_MATCH}
        names = [q.object.value for q in quads if q.predicate == Term.LABEL and isinstance(q.object, Literal)]
        assert names == [offer.name for offer in received.offers]
        scores = [q for q in quads if q.predicate == wq("offeredScore")]
        assert len(scores) == sum(offer.score is not None for offer in received.offers)
        assert world.projector.quads(stored) == quads
        world.log.close()
