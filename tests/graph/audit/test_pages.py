"""Claims in pages, each examined with the others of its article and as if it were alone."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from graph.audit import Audit, AuditedClaim, explain
from graph.audit.looking import Looking, holding
from graph.log import NewRecord
from graph.store import GraphStore
from ontology.curations import CLAIM_RETRACTED, ClaimOf
from ontology.model import Extraction, Modality, PossiblySame
from ontology.records import CLAIMS_EXTRACTED, article_stream, claims_extracted
from tests.graph.articles import EXTRACTOR, GAZETTEERS, World, article, random_claims, strike
from tests.graph.curations import curate

PLACE = "id/place/" + "b1" * 10


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Articles of one place, more than an audit remembers at a time; one has claims that are possibly the same."""
    world = World.at(tmp_path_factory.mktemp("world"))
    chance = random.Random(3)
    for number in range(24):
        one = article(number)
        world.ingest(one, strike(one), *(claim for claim in random_claims(one, chance) if claim.id != strike(one).id))
    one = article(99)
    claims = (strike(one), strike(one, Modality.DENIED), strike(one, Modality.CLAIMED))
    pairs = (PossiblySame(claims[0].id, claims[1].id, ("place",)), PossiblySame(claims[1].id, claims[2].id, ("date",)))
    world.ingest(one)
    extraction = Extraction(one, EXTRACTOR, claims, pairs, gazetteers=GAZETTEERS)
    record = NewRecord(CLAIMS_EXTRACTED, 1, claims_extracted(extraction))
    world.log.append(article_stream(one.id), [record], actor="test", key="pairs")
    curate(world, CLAIM_RETRACTED, claims=(ClaimOf(article(3).id, strike(article(3)).id),))
    return world


@pytest.fixture(scope="module")
def store(world: World) -> GraphStore:
    return GraphStore.in_memory(world.log, world.projector)


@pytest.fixture(scope="module")
def whole(world: World, store: GraphStore) -> Audit:
    return explain(store, world.log, world.content.get, PLACE)


def test_all_claims_are_explained_where_nothing_else_is_asked(whole: Audit) -> None:
    assert len(whole.claims) > 24
    assert (whole.total, whole.omitted, whole.following, whole.shown) == (len(whole.claims), 0, None, "")
    assert whole.passed
    assert whole.retracted == 1 == sum(claim.retracted_by is not None for claim in whole.claims)


@settings(max_examples=20, deadline=None)
@given(limit=st.integers(1, 40))
def test_pages_of_any_size_hold_what_the_whole_audit_does(
    world: World, store: GraphStore, whole: Audit, limit: int
) -> None:
    found: list[AuditedClaim] = []
    offset = 0
    while True:
        page = explain(store, world.log, world.content.get, PLACE, limit=limit, offset=offset)
        found += page.claims
        assert (page.total, page.offset, page.retracted) == (whole.total, offset, whole.retracted)
        assert bool(page.shown) == (page.total > len(page.claims))
        if page.following is None:
            break
        offset = page.following
    assert tuple(found) == whole.claims


def test_what_a_record_states_of_a_claim_does_not_depend_on_its_other_claims(
    world: World, store: GraphStore, whole: Audit
) -> None:
    looking = Looking(store, world.log, world.content.get)
    for claim in whole.claims:
        node = NamedNode(claim.iri)
        record = looking.record_of(node)
        alone = looking.projected_of(holding(record, claim.iri.rpartition("/")[2]), node)
        assert sorted(map(str, alone)) == sorted(map(str, looking.projected_of(record, node)))


def test_a_pair_that_is_possibly_the_same_is_missed_in_the_audit_of_both(world: World, tmp_path: Path) -> None:
    store = GraphStore.in_memory(world.log, world.projector)
    pairs = [quad for quad in store.quads() if "possiblySameAs" in str(quad.predicate)]
    assert len(pairs) == 4
    for quad in pairs:
        store._store.remove(quad)
        assert not explain(store, world.log, world.content.get, str(quad.subject.value)).passed  # type: ignore[union-attr]
        store._store.add(quad)
