"""The query endpoint as it describes itself: SPARQL 1.1 Service Description, and VoID for what it holds.

Invariant: it says only what is so. A function is named because the engine has it, a licence because the settings name
one, a figure because it was counted, with the position of the log that it holds for.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from api.census import Counts
from api.turtle import sorted_prefixes
from graph import wellformed
from graph.store import GRAPH_TYPES, SOLUTIONS_TYPES
from ontology.vocabulary import PREFIXES

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
VOID: Final = "http://rdfs.org/ns/void#"
FORMATS: Final = "http://www.w3.org/ns/formats/"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
_GEOF: Final = PREFIXES["geof"]
_SIMPLE: Final = "http://www.w3.org/ns/entailment/Simple"
_FORMAT_NAMES: Final = {
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
DESCRIPTION_TYPES: Final = GRAPH_TYPES
_TOPOLOGICAL: Final = (
    *(f"sf{name}" for name in ("Equals", "Disjoint", "Intersects", "Touches", "Crosses", "Within", "Contains")),
    *(f"eh{name}" for name in ["Equals", "Disjoint", "Meet", "Overlap", "Covers", "CoveredBy", "Inside", "Contains"]),
    *(f"rcc8{name}" for name in ["eq", "dc", "ec", "po", "tppi", "tpp", "ntpp", "ntppi"]),
)
_OTHERS: Final = (
    "sfOverlaps",
    *("asGeoJSON", "centroid", "convexHull", "coordinateDimension", "dimension", "distance", "envelope"),
    *("getSRID", "isEmpty", "isSimple", "spatialDimension"),
)
EXTENSION_FUNCTIONS: Final = tuple(f"{_GEOF}{name}" for name in (*_TOPOLOGICAL, *_OTHERS))
"""IRIs of the functions that a query may call beside those of SPARQL 1.1."""
PROPERTY_FUNCTIONS: Final = (f"{PREFIXES['wq']}text",)
"""IRIs of properties that a query may use though no triple has them."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is described: the addresses under which the server was asked, and the dataset.

    `root` is the address of the server with its slash, `base` the base IRI, `licence` the IRI of the licence of the
    dataset, where there is one; `counts` are there where something was counted. `federated` says that queries may ask
    some other server.
    """

    root: str
    base: str
    licence: str | None = None
    counts: Counts | None = None
    federated: bool = False

    @property
    def endpoint(self) -> str:
        """The address of the query endpoint."""
        return f"{self.root}sparql"

    @property
    def dataset(self) -> ox.NamedNode:
        """The IRI of the dataset."""
        return ox.NamedNode(f"{self.base}.well-known/void#dataset")


def service_description(described: Described, media_type: str) -> bytes:
    """Return the description of the endpoint in one of DESCRIPTION_TYPES."""
    return _written(_service(described), media_type)


def void_description(described: Described, media_type: str) -> bytes:
    """Return the description of the dataset in one of DESCRIPTION_TYPES."""
    return _written(_dataset(described), media_type)


def _written(triples: Iterator[ox.Triple], media_type: str) -> bytes:
    """Return triples with those of one subject together, in the order in which the subjects come."""
    subjects: dict[str, list[ox.Triple]] = {}
    for triple in triples:
        subjects.setdefault(str(triple.subject), []).append(triple)
    ordered = [triple for of_one in subjects.values() for triple in of_one]
    with_prefixes = media_type in ("text/turtle", "application/trig")
    used = {"sd": SD, "void": VOID, "formats": FORMATS, "foaf": FOAF}
    prefixes = {**used, **{name: PREFIXES[name] for name in ("dcterms", "rdf", "rdfs", "wq", "xsd", "geof")}}
    form = ox.RdfFormat.from_media_type(media_type)
    out = io.BytesIO()
    shown = prefixes if with_prefixes else None
    wellformed.write(out, media_type, lambda to: ox.serialize(ordered, to, form, prefixes=shown))
    return sorted_prefixes(out.getvalue()) if with_prefixes else out.getvalue()


def _rdf(name: str) -> ox.NamedNode:
    return ox.NamedNode(PREFIXES["rdf"] + name)


def _rdfs(name: str) -> ox.NamedNode:
    return ox.NamedNode(PREFIXES["rdfs"] + name)


def _dcterms(name: str) -> ox.NamedNode:
    return ox.NamedNode(PREFIXES["dcterms"] + name)


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(SD + name)


def _void(name: str) -> ox.NamedNode:
    return ox.NamedNode(VOID + name)


def _service(described: Described) -> Iterator[ox.Triple]:
    endpoint = described.endpoint
    service, default = ox.NamedNode(f"{endpoint}#service"), ox.NamedNode(f"{endpoint}#default")
    yield ox.Triple(service, _rdf("type"), _sd("Service"))
    yield ox.Triple(service, _sd("endpoint"), ox.NamedNode(endpoint))
    yield ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    yield ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Update"))
    for media_type in (*SOLUTIONS_TYPES, *GRAPH_TYPES):
        yield ox.Triple(service, _sd("resultFormat"), ox.NamedNode(FORMATS + _FORMAT_NAMES[media_type]))
    if described.federated:
        yield ox.Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    for function in EXTENSION_FUNCTIONS:
        yield ox.Triple(service, _sd("extensionFunction"), ox.NamedNode(function))
        yield ox.Triple(ox.NamedNode(function), _rdf("type"), _sd("Function"))
    for function in PROPERTY_FUNCTIONS:
        yield ox.Triple(service, _sd("propertyFeature"), ox.NamedNode(function))
        yield ox.Triple(ox.NamedNode(function), _rdf("type"), _sd("Feature"))
    yield ox.Triple(service, _sd("defaultEntailmentRegime"), ox.NamedNode(_SIMPLE))
    yield ox.Triple(ox.NamedNode(_SIMPLE), _rdf("type"), _sd("EntailmentRegime"))
    yield ox.Triple(service, _sd("defaultDataset"), described.dataset)
    yield ox.Triple(described.dataset, _rdf("type"), _sd("Dataset"))
    yield ox.Triple(described.dataset, _sd("defaultGraph"), default)
    yield ox.Triple(default, _rdf("type"), _sd("Graph"))
    if described.counts is not None:
        yield ox.Triple(default, _void("triples"), ox.Literal(described.counts.triples))
        yield ox.Triple(default, ox.NamedNode(f"{PREFIXES['wq']}position"), ox.Literal(described.counts.position))
    for language, text in _GRAPHS_TOLD.items():
        yield ox.Triple(described.dataset, _rdfs("comment"), ox.Literal(text, language=language))
    store = ox.NamedNode(f"{described.root}graphs")
    yield ox.Triple(service, _rdfs("seeAlso"), store)
    for language, text in _STORE_TOLD.items():
        yield ox.Triple(store, _rdfs("comment"), ox.Literal(text, language=language))
    for name in (".well-known/void", "openapi.json", "queries"):
        yield ox.Triple(service, _rdfs("seeAlso"), ox.NamedNode(f"{described.root}{name}"))


_GRAPHS_TOLD: Final = {
    "en": "The default graph holds what is reported to have happened, with all superclasses stated. Each claim has a "
    "named graph under its own IRI, which holds what it says, also where it denies or plans. The default graph is no "
    "union of these: ask with GRAPH ?g. They are too many to be listed here.",
    "ar": "في البيان الأساسي ما ورد أنه وقع، مع كل الأصناف العليا. ولكل إفادة بيان باسمها فيه ما تقوله، وإن كان نفياً "
    "أو خطة. وليس البيان الأساسي اتحاداً لها: اسأل بعبارة GRAPH ?g. وهي أكثر من أن تُعدّ هنا.",
}
_STORE_TOLD: Final = {
    "en": "Graph Store HTTP Protocol: ?default, ?graph=IRI, or the address of a graph under this path. Graphs are read "
    "without a token; curation graphs can be written with one.",
    "ar": "بروتوكول مخزن البيانات: ?default أو ?graph=IRI أو عنوان بيان تحت هذا المسار. القراءة بلا رمز دخول، "
    "والكتابة في بيانات التحرير برمز.",
}


def _dataset(described: Described) -> Iterator[ox.Triple]:
    dataset, document = described.dataset, ox.NamedNode(f"{described.base}.well-known/void")
    yield ox.Triple(document, _rdf("type"), _void("DatasetDescription"))
    yield ox.Triple(document, ox.NamedNode(f"{FOAF}primaryTopic"), dataset)
    yield ox.Triple(dataset, _rdf("type"), _void("Dataset"))
    yield ox.Triple(dataset, _rdf("type"), _sd("Dataset"))
    for language, text in _TITLES.items():
        yield ox.Triple(dataset, _dcterms("title"), ox.Literal(text, language=language))
    for language, text in _GRAPHS_TOLD.items():
        yield ox.Triple(dataset, _dcterms("description"), ox.Literal(text, language=language))
    yield ox.Triple(dataset, ox.NamedNode(f"{FOAF}homepage"), ox.NamedNode(described.root))
    yield ox.Triple(dataset, _void("sparqlEndpoint"), ox.NamedNode(described.endpoint))
    yield ox.Triple(dataset, _void("uriSpace"), ox.Literal(f"{described.base}id/"))
    yield ox.Triple(dataset, _rdfs("seeAlso"), ox.NamedNode(f"{described.root}ldes"))
    for media_type in GRAPH_TYPES:
        yield ox.Triple(dataset, _void("feature"), ox.NamedNode(FORMATS + _FORMAT_NAMES[media_type]))
    if described.licence is not None:
        yield ox.Triple(dataset, _dcterms("license"), ox.NamedNode(described.licence))
    if described.counts is not None:
        yield from _figures(dataset, described.counts)


_TITLES: Final = {"en": "What happened, and who says so", "ar": "ما وقع ومن يقوله"}


def _figures(dataset: ox.NamedNode, counts: Counts) -> Iterator[ox.Triple]:
    """Yield the figures: those of the dataset are of the default graph, as VoID is read by clients that ask there."""
    yield ox.Triple(dataset, ox.NamedNode(f"{PREFIXES['wq']}position"), ox.Literal(counts.position))
    for name, figure in (
        ("triples", counts.triples),
        ("entities", counts.entities),
        ("distinctSubjects", counts.subjects),
        ("distinctObjects", counts.objects),
        ("properties", len(counts.properties)),
        ("classes", len(counts.classes)),
    ):
        yield ox.Triple(dataset, _void(name), ox.Literal(figure))
    named = _part(dataset, "named-graphs")
    yield ox.Triple(dataset, _void("subset"), named)
    yield ox.Triple(named, _rdf("type"), _void("Dataset"))
    yield ox.Triple(named, _void("triples"), ox.Literal(counts.named))
    yield ox.Triple(named, _dcterms("title"), ox.Literal(f"{counts.graphs} named graphs", language="en"))
    for namespace in sorted(PREFIXES.values()):
        if any(term.startswith(namespace) for term in (*counts.properties, *counts.classes)):
            yield ox.Triple(dataset, _void("vocabulary"), ox.NamedNode(namespace))
    for kind, unit, figures in (
        ("property", "triples", counts.properties),
        ("class", "entities", counts.classes),
    ):
        for term, figure in figures.items():
            part = _part(dataset, f"{kind}-{quote(term, safe='')}")
            yield ox.Triple(dataset, _void(f"{kind}Partition"), part)
            yield ox.Triple(part, _void(kind), ox.NamedNode(term))
            yield ox.Triple(part, _void(unit), ox.Literal(figure))


def _part(dataset: ox.NamedNode, name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{dataset.value.partition('#')[0]}#{name}")
