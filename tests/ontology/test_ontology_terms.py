"""What is true of every term of the ontology and of every alignment."""

import re
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS

import ontology

FOLDER = Path(ontology.__file__).parent
WQ = rdflib.Namespace("https://w3id.org/waqai/ontology#")
SSSOM = rdflib.Namespace("https://w3id.org/sssom/")
TERM_TYPES = (
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.NamedIndividual,
    RDFS.Datatype,
)
ARABIC = re.compile(r"[\u0621-\u064a]")


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    return rdflib.Graph().parse(FOLDER / "waqai.ttl")


@pytest.fixture(scope="module")
def alignments() -> rdflib.Graph:
    return rdflib.Graph().parse(FOLDER / "alignments.ttl")


def texts(graph: rdflib.Graph, subject: rdflib.term.Node | None, predicate: rdflib.URIRef) -> list[rdflib.Literal]:
    return [text for text in graph.objects(subject, predicate) if isinstance(text, rdflib.Literal)]


def terms(graph: rdflib.Graph) -> list[rdflib.URIRef]:
    found = {s for kind in TERM_TYPES for s in graph.subjects(RDF.type, kind) if isinstance(s, rdflib.URIRef)}
    return sorted(s for s in found if s.startswith(WQ))


def test_every_subject_of_our_namespace_is_declared(graph: rdflib.Graph) -> None:
    used = {node for triple in graph for node in triple if isinstance(node, rdflib.URIRef) and node.startswith(WQ)}
    assert used == set(terms(graph))


@pytest.mark.parametrize("predicate", [RDFS.label, SKOS.definition], ids=["label", "definition"])
def test_every_term_has_one_text_in_each_language(graph: rdflib.Graph, predicate: rdflib.URIRef) -> None:
    for term in terms(graph):
        found = texts(graph, term, predicate)
        assert sorted(str(text.language) for text in found) == ["ar", "en"], term
        for text in found:
            assert bool(ARABIC.search(text)) == (text.language == "ar"), (term, text)


def test_definitions_are_sentences(graph: rdflib.Graph) -> None:
    assert [text for text in texts(graph, None, SKOS.definition) if not text.endswith(".")] == []


@pytest.mark.parametrize("language", ["ar", "en"])
def test_no_two_event_types_share_a_label(graph: rdflib.Graph, language: str) -> None:
    events = set(graph.transitive_subjects(RDFS.subClassOf, WQ.Event))
    labels = [str(label) for event in events for label in texts(graph, event, RDFS.label) if label.language == language]
    assert len(labels) == len(set(labels)) > 30


def test_the_header_names_version_licence_and_titles(graph: rdflib.Graph) -> None:
    iri = rdflib.URIRef("https://w3id.org/waqai/ontology")
    version = graph.value(iri, OWL.versionInfo)
    assert graph.value(iri, OWL.versionIRI) == rdflib.URIRef(f"{iri}/{version}")
    assert graph.value(iri, rdflib.DCTERMS.license) is not None
    for predicate in (rdflib.DCTERMS.title, rdflib.DCTERMS.description):
        assert sorted(str(text.language) for text in texts(graph, iri, predicate)) == ["ar", "en"]


def test_nothing_is_imported(graph: rdflib.Graph) -> None:
    assert list(graph.triples((None, OWL.imports, None))) == []


@pytest.mark.parametrize("name", ["waqai.ttl", "inferred.ttl", "alignments.ttl", "shapes.ttl"])
def test_rdflib_and_oxigraph_read_the_same_triples(name: str) -> None:
    graph = rdflib.Graph().parse(FOLDER / name)
    quads = list(pyoxigraph.parse(path=FOLDER / name))
    assert len(graph) == len(set(quads)) > 0


def test_every_mapping_has_relation_versions_and_note(alignments: rdflib.Graph) -> None:
    mappings = list(alignments.subjects(RDF.type, SSSOM.Mapping))
    assert len(mappings) >= 40
    for mapping in mappings:
        assert isinstance(mapping, rdflib.URIRef)
        for predicate in (
            SSSOM.subject_id,
            SSSOM.predicate_id,
            SSSOM.object_id,
            SSSOM.mapping_justification,
            SSSOM.subject_source_version,
            SSSOM.object_source_version,
            OWL.versionInfo,
            RDFS.comment,
        ):
            assert len(list(alignments.objects(mapping, predicate))) == 1, (mapping, predicate)


def test_mappings_and_plain_triples_agree(graph: rdflib.Graph, alignments: rdflib.Graph) -> None:
    relations = {SKOS.closeMatch, SKOS.broadMatch, SKOS.relatedMatch}
    stated = {(s, p, o) for s, p, o in alignments if p in relations}
    rows = set()
    for mapping in alignments.subjects(RDF.type, SSSOM.Mapping):
        subject, predicate, object_ = (
            alignments.value(mapping, p) for p in (SSSOM.subject_id, SSSOM.predicate_id, SSSOM.object_id)
        )
        assert subject is not None
        assert predicate is not None
        assert object_ is not None
        assert subject in terms(graph)
        if predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
            assert (subject, predicate, object_) in graph  # what is said of SEM stands in the ontology itself
        elif object_ != SSSOM.NoTermFound:
            assert (object_, RDF.type, SKOS.Concept) in alignments
            rows.add((subject, predicate, object_))
    assert rows == stated


def test_alignments_have_no_blank_node_and_claim_no_exact_match(alignments: rdflib.Graph) -> None:
    assert not any(isinstance(node, rdflib.BNode) for triple in alignments for node in triple)
    assert list(alignments.subject_objects(SKOS.exactMatch)) == []


def test_codes_that_mean_something_else_are_only_related(alignments: rdflib.Graph) -> None:
    plover = "https://w3id.org/waqai/alignment/plover#"
    for type_, code in (
        ("Takeover", "COERCE-seize"),
        ("NonStateTakeover", "COERCE-seize"),
        ("Evacuation", "SANCTION-expel"),
    ):
        relations = set(alignments.predicates(WQ[type_], rdflib.URIRef(plover + code)))
        assert relations == {SKOS.relatedMatch}
