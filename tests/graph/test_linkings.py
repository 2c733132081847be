"""How names were linked, as the graph has it: evidence, reasons, gazetteers with their licences."""

from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Store

from ontology.model import Claim, Modality
from ontology.vocabulary import PREFIXES
from tests.graph.articles import CITY, LINKED, World, article, strike


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def stored(world: World) -> Store:
    store = Store()
    for record in world.log.read():
        store.extend(world.projector.quads(record))
    for event in world.projector.happened(world.log.head()):
        store.extend(event.quads())
    return store


def ask(world: World, sparql: str) -> list[tuple[str | None, ...]]:
    rows = stored(world).query(sparql, prefixes=dict(PREFIXES))
    return sorted(tuple(None if term is None else term.value for term in row) for row in rows)  # type: ignore[union-attr]


def linked() -> Claim:
    one = article()
    (place,) = strike(one).places
    place = replace(place, lat="36.1", lon="37.2", linking=LINKED, codes={"pcode": "XX01010001"})
    return strike(one, places=(place,))


def test_a_link_has_score_features_margin_gazetteer_and_record(world: World) -> None:
    claim = linked()
    world.ingest(article(), claim)
    base = world.projector.iris.base
    rows = ask(
        world,
        """SELECT ?words ?key ?score ?margin ?version ?position {
        ?claim wq:linking ?link ; wq:record/wq:position ?position .
        ?link a wq:LinkMade ; wq:ofMention ?mention ; wq:entryKey ?key ; wq:score ?score ; wq:margin ?margin ;
        wq:inGazetteer/schema:version ?version ; wq:takenFor ?place .
        ?mention wq:ofPlace ?place ; wq:asWritten ?words }""",
    )
    assert rows == [("دوار النخيل", "villages:7", "700", "250", "cd" * 32, "2")]
    features = ask(world, "SELECT ?n ?v { ?f a wq:LinkFeature ; wq:featureName ?n ; wq:featureValue ?v }")
    assert features == [("country", "400"), ("name", "300")]
    assert sum(int(value or 0) for _, value in features) == LINKED.score
    listed = ask(
        world, "SELECT ?id ?licence { ?l wq:listedBy ?s . ?s schema:identifier ?id ; schema:license ?licence }"
    )
    assert listed == [("overlay", "Apache-2.0"), ("villages", "CC BY 4.0")]
    assert ask(world, "SELECT ?g { ?run wq:gazetteer ?g }") == [(f"{base}id/gazetteer/{'cd' * 32}",)]


def test_that_nothing_was_linked_is_an_outcome_with_its_reason(world: World) -> None:
    world.ingest(article(), strike(article()))
    rows = ask(
        world,
        """SELECT ?words ?reason { ?claim wq:linking ?none . ?none a wq:NoLink ; wq:notLinkedBecause ?reason ;
        wq:takenFor ?place ; wq:ofMention ?mention . ?mention wq:asWritten ?words . ?place a wq:Place
        FILTER NOT EXISTS { ?place geo:hasGeometry ?geometry } }""",
    )
    assert rows == [("دوار النخيل", "no gazetteer has the name")]


def test_an_actor_is_its_entry_of_the_registry(world: World) -> None:
    world.ingest(article(), strike(article()))
    rows = ask(world, "SELECT ?key ?entry { ?l wq:entryKey ?key ; wq:takenFor ?actor . ?actor skos:exactMatch ?entry }")
    assert rows == [("actors:valley-air-force", "https://w3id.org/waqai/lexicon/actors/valley-air-force")]


def test_a_machine_never_says_that_a_place_is_exactly_an_entry_or_the_same_thing(world: World) -> None:
    world.ingest(article(), linked())
    assert ask(world, "SELECT ?p ?e { ?p a wq:Place ; skos:exactMatch ?e }") == []
    assert ask(world, "SELECT ?p ?e { ?p owl:sameAs ?e }") == []
    assert ask(world, "SELECT ?e { ?p skos:closeMatch ?e }") == [("https://sws.geonames.org/170063/",)]


def test_codes_are_notations_typed_by_their_register(world: World) -> None:
    world.ingest(article(), linked())
    rows = stored(world).query("SELECT ?code { ?p skos:notation ?code } ORDER BY ?code", prefixes=dict(PREFIXES))
    assert [str(row[0]) for row in rows] == [  # type: ignore[union-attr]
        f'"{code}"^^<{PREFIXES["wq"]}Pcode>' for code in ("XX0101", "XX01010001")
    ]
    assert "postcode" in CITY.codes  # a register that the ontology does not know is left out


@pytest.mark.parametrize("modality", list(Modality))
def test_how_a_name_was_linked_says_nothing_of_what_happened(world: World, modality: Modality) -> None:
    world.ingest(article(), strike(article(), modality))
    assert len(ask(world, "SELECT ?l { ?c wq:linking ?l }")) == 2
    assert ask(world, "SELECT ?l { ?c wq:linking ?l . GRAPH ?c { ?l ?p ?o } }") == []
    assert bool(ask(world, "SELECT ?e { ?e a wq:Airstrike }")) == modality.happened


def test_a_gazetteer_is_described_once_however_many_articles_used_it(world: World) -> None:
    world.fill(4)
    assert len(ask(world, "SELECT ?g { ?g a wq:Gazetteer }")) == 1
    assert ask(
        world,
        "SELECT ?id ?credit ?url { ?s a wq:GazetteerSource ; schema:identifier ?id "
        "OPTIONAL { ?s schema:creditText ?credit ; schema:url ?url } }",
    ) == [
        ("overlay", None, None),
        ("villages", "The valley's surveyors", "https://v.example/"),
    ]


def test_a_claim_of_before_links_were_kept_has_none(world: World) -> None:
    one = article()
    claim = strike(one)
    old = strike(
        one,
        participants=tuple(replace(participant, linking=None) for participant in claim.participants),
        places=tuple(replace(place, linking=None) for place in claim.places),
    )
    world.ingest(one, old)
    assert ask(world, "SELECT ?l { ?c wq:linking ?l }") == []
