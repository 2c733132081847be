"""The service description of the query endpoint (SPARQL 1.1 Service Description).

Invariant: it says only what is so: query language and result formats that the endpoint gives, no update, no union
default graph, no federation.
"""

from collections.abc import Iterator

import pyoxigraph as ox

from graph.store import GRAPH_TYPES, SOLUTIONS_TYPES

SD = "http://www.w3.org/ns/sparql-service-description#"
FORMATS = "http://www.w3.org/ns/formats/"
_RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_FORMAT_NAMES = {
    "application/sparql-results+json": "SPARQL_Results_JSON",
    "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV",
    "text/tab-separated-values": "SPARQL_Results_TSV",
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/n-quads": "N-Quads",
    "application/trig": "TriG",
    "application/rdf+xml": "RDF_XML",
    "application/ld+json": "JSON-LD",
}
_RDF_FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
DESCRIPTION_TYPES = tuple(_RDF_FORMATS)


def service_description(endpoint: str, media_type: str) -> bytes:
    """Return the description of the endpoint at the address `endpoint` in one of DESCRIPTION_TYPES."""
    data = ox.serialize(
        _triples(endpoint),
        format=_RDF_FORMATS[media_type],
        prefixes={"sd": SD, "formats": FORMATS} if media_type == "text/turtle" else None,
    )
    assert data is not None
    return data


def _triples(endpoint: str) -> Iterator[ox.Triple]:
    service, dataset, default = (ox.NamedNode(f"{endpoint}#{name}") for name in ("service", "dataset", "default"))

    def sd(name: str) -> ox.NamedNode:
        return ox.NamedNode(SD + name)

    yield ox.Triple(service, _RDF_TYPE, sd("Service"))
    yield ox.Triple(service, sd("endpoint"), ox.NamedNode(endpoint))
    yield ox.Triple(service, sd("supportedLanguage"), sd("SPARQL11Query"))
    for media_type in (*SOLUTIONS_TYPES, *GRAPH_TYPES):
        yield ox.Triple(service, sd("resultFormat"), ox.NamedNode(FORMATS + _FORMAT_NAMES[media_type]))
    yield ox.Triple(service, sd("defaultDataset"), dataset)
    yield ox.Triple(dataset, _RDF_TYPE, sd("Dataset"))
    yield ox.Triple(dataset, sd("defaultGraph"), default)
    yield ox.Triple(default, _RDF_TYPE, sd("Graph"))
