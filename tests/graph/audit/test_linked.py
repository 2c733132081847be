"""The JSON-LD of an audit: another library reads it, and finds there what the audit says."""

import json
from pathlib import Path

import rdflib
from rdflib.namespace import RDF

from graph.audit import Audit, explain
from graph.audit.linked import linked
from graph.store import GraphStore
from ontology.curations import CLAIM_RETRACTED, ClaimOf
from ontology.vocabulary import OA, PROV
from tests.graph.articles import World, article, strike
from tests.graph.curations import curate

EARL = rdflib.Namespace("http://www.w3.org/ns/earl#")
WEB_ANNOTATION = rdflib.Namespace(OA)
PROV_O = rdflib.Namespace(PROV)
DISJOINT = {PROV_O.Entity, PROV_O.Activity}  # PROV-O says that nothing is both


def world_at(folder: Path) -> World:
    world = World.at(folder)
    for number in range(2):
        one = article(number)
        world.ingest(one, strike(one))
    claims = (ClaimOf(article(1).id, strike(article(1)).id),)
    curate(world, CLAIM_RETRACTED, "taken back", "judge", claims=claims)
    return world


def audited(world: World, name: str) -> Audit:
    store = GraphStore.in_memory(world.log, world.projector)
    return explain(store, world.log, world.content.get, name)


def read(audit: Audit) -> rdflib.Graph:
    sentences = {"place.head": [("A place with its head.", "مكان مع رأسه.")]}
    return rdflib.Graph().parse(data=json.dumps(linked(audit, sentences)), format="json-ld")


def test_every_passage_is_an_annotation_of_the_article(tmp_path: Path) -> None:
    audit = audited(world_at(tmp_path), f"actor/{'a1' * 10}")
    graph = read(audit)
    assert len(audit.claims) == 2
    for claim in audit.claims:
        (annotation,) = graph.subjects(WEB_ANNOTATION.hasBody, rdflib.URIRef(claim.iri))
        target = graph.value(annotation, WEB_ANNOTATION.hasTarget)
        assert graph.value(target, WEB_ANNOTATION.hasSource) == rdflib.URIRef(claim.article.iri)
        selectors = {graph.value(one, RDF.type): one for one in graph.objects(target, WEB_ANNOTATION.hasSelector)}
        assert str(graph.value(selectors[WEB_ANNOTATION.TextQuoteSelector], WEB_ANNOTATION.exact)) == (
            claim.passages[0].quote
        )
        position = selectors[WEB_ANNOTATION.TextPositionSelector]
        assert int(graph.value(position, WEB_ANNOTATION.end).toPython()) == claim.passages[0].end  # type: ignore[union-attr]


def test_what_came_from_what_is_prov(tmp_path: Path) -> None:
    audit = audited(world_at(tmp_path), f"actor/{'a1' * 10}")
    graph = read(audit)
    kept, retracted = (rdflib.URIRef(claim.iri) for claim in audit.claims)
    for claim, node in zip(audit.claims, (kept, retracted), strict=True):
        assert graph.value(node, PROV_O.wasDerivedFrom) == rdflib.URIRef(claim.article.iri)
        assert graph.value(node, PROV_O.wasGeneratedBy) == rdflib.URIRef(claim.run.iri)
        agents = {graph.value(one, PROV_O.agent) for one in graph.objects(node, PROV_O.qualifiedAttribution)}
        assert agents == {rdflib.URIRef(link.iri) for link in claim.sources}
    assert graph.value(kept, PROV_O.wasInvalidatedBy) is None
    act = graph.value(retracted, PROV_O.wasInvalidatedBy)
    assert (act, RDF.type, PROV_O.Activity) in graph
    for node in set(graph.subjects()):
        assert not set(graph.objects(node, RDF.type)) >= DISJOINT, node


def test_each_check_is_an_assertion_with_its_outcome(tmp_path: Path) -> None:
    world = world_at(tmp_path)
    audit = audited(world, audited(world, f"actor/{'a1' * 10}").claims[0].iri)
    graph = read(audit)
    outcomes = [graph.value(one, EARL.outcome) for one in graph.subjects(RDF.type, EARL.TestResult)]
    assert outcomes == [EARL.passed] * len(list(audit.checks()))
    forged = Audit("urn:x", None, 1, (), 0, ())
    assert len(read(forged)) == 0


def test_a_sentence_of_a_rule_stands_in_both_languages(tmp_path: Path) -> None:
    graph = read(audited(world_at(tmp_path), f"place/{'b1' * 10}"))
    assert {str(value) for value in graph.objects(None, rdflib.RDFS.comment)} == {
        "A place with its head.",
        "مكان مع رأسه.",
    }
