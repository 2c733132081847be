"""The ontology's terms as the projection writes them and as queries name them; closures are looked up once.

Invariant: no event type, kind, role or category is named here; they are the vocabulary's, and one that it does not know
is an error, never a guess.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from pyoxigraph import Literal, NamedNode

from ontology.vocabulary import DCTERMS, EDTF, GEO, OA, PROV, RDF, RDFS, SCHEMA, SKOS, WQ, XSD, Vocabulary

Node = str  # a term as N-Quads write it: `<iri>`, `"words"@ar`, `"5"^^<…integer>`


@cache
def wq(name: str) -> NamedNode:
    """Return the node of a term of our ontology.

    >>> wq("about")
    <NamedNode value=https://w3id.org/waqai/ontology#about>
    """
    return NamedNode(WQ + name)


@cache
def written(name: str) -> Node:
    """Return a term of our ontology as N-Quads write it.

    >>> written("about")
    '<https://w3id.org/waqai/ontology#about>'
    """
    return str(wq(name))


class Term:
    """The terms of other vocabularies that the projection writes."""

    TYPE: Final = NamedNode(RDF + "type")
    LABEL: Final = NamedNode(RDFS + "label")
    PREF_LABEL: Final = NamedNode(SKOS + "prefLabel")
    ALT_LABEL: Final = NamedNode(SKOS + "altLabel")
    DERIVED_FROM: Final = NamedNode(PROV + "wasDerivedFrom")
    GENERATED_BY: Final = NamedNode(PROV + "wasGeneratedBy")
    INVALIDATED: Final = NamedNode(PROV + "invalidatedAtTime")
    USED: Final = NamedNode(PROV + "used")
    HAS_SOURCE: Final = NamedNode(OA + "hasSource")
    HAS_SELECTOR: Final = NamedNode(OA + "hasSelector")
    QUOTE_SELECTOR: Final = NamedNode(OA + "TextQuoteSelector")
    POSITION_SELECTOR: Final = NamedNode(OA + "TextPositionSelector")
    EXACT: Final = NamedNode(OA + "exact")
    PREFIX: Final = NamedNode(OA + "prefix")
    SUFFIX: Final = NamedNode(OA + "suffix")
    START: Final = NamedNode(OA + "start")
    END: Final = NamedNode(OA + "end")
    HAS_GEOMETRY: Final = NamedNode(GEO + "hasGeometry")
    GEOMETRY: Final = NamedNode(GEO + "Geometry")
    AS_WKT: Final = NamedNode(GEO + "asWKT")
    WKT: Final = NamedNode(GEO + "wktLiteral")
    HEADLINE: Final = NamedNode(SCHEMA + "headline")
    DATE_PUBLISHED: Final = NamedNode(SCHEMA + "datePublished")
    PUBLISHER: Final = NamedNode(SCHEMA + "publisher")
    URL: Final = NamedNode(SCHEMA + "url")
    IN_LANGUAGE: Final = NamedNode(SCHEMA + "inLanguage")
    CONTAINED_IN: Final = NamedNode(SCHEMA + "containedInPlace")
    LICENSE: Final = NamedNode(SCHEMA + "license")
    CREDIT_TEXT: Final = NamedNode(SCHEMA + "creditText")
    VERSION: Final = NamedNode(SCHEMA + "version")
    IDENTIFIER: Final = NamedNode(SCHEMA + "identifier")
    NOTATION: Final = NamedNode(SKOS + "notation")
    REPLACED_BY: Final = NamedNode(DCTERMS + "isReplacedBy")
    DATE: Final = NamedNode(XSD + "date")
    DATE_TIME: Final = NamedNode(XSD + "dateTime")
    DECIMAL: Final = NamedNode(XSD + "decimal")
    ANY_URI: Final = NamedNode(XSD + "anyURI")
    EDTF: Final = NamedNode(EDTF + "EDTF")
    CLOSE_MATCH: Final = NamedNode(SKOS + "closeMatch")
    EXACT_MATCH: Final = NamedNode(SKOS + "exactMatch")
    BROAD_MATCH: Final = NamedNode(SKOS + "broadMatch")
    NARROW_MATCH: Final = NamedNode(SKOS + "narrowMatch")
    RELATED_MATCH: Final = NamedNode(SKOS + "relatedMatch")


LINKS: Final[Mapping[str, Node]] = {
    "closeMatch": str(Term.CLOSE_MATCH),
    "exactMatch": str(Term.EXACT_MATCH),
    "broadMatch": str(Term.BROAD_MATCH),
    "narrowMatch": str(Term.NARROW_MATCH),
    "relatedMatch": str(Term.RELATED_MATCH),
}


class Terms:
    """The vocabulary as N-Quads write it.

    Each method raises ontology.vocabulary.UnknownTerm for a name that it does not know.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._types: dict[tuple[str, str], tuple[Node, ...]] = {}
        self._events: dict[tuple[str, str | None, frozenset[tuple[str, str]]], tuple[Node, ...]] = {}
        self._roles: dict[tuple[str, str, str | None], tuple[str, ...]] = {}
        self._role_nodes: dict[tuple[str, str, str | None], tuple[Node, ...]] = {}
        self._individuals: dict[tuple[str, str], Node] = {}
        self._labels: dict[tuple[str, str], str] = {}

    def classes(self, name: str) -> tuple[Node, ...]:
        """Return a class of ours by its local name and all its superclasses."""
        return self._closure("class", name)

    def event_classes(self, type_: str, subtype: str | None, parts: Iterable[tuple[str, str]]) -> tuple[Node, ...]:
        """Return what an event is: its type, subtype, their superclasses and the types defined by who takes part.

        `parts` are pairs of a role and an actor kind.
        """
        key = (type_, subtype, frozenset(parts))
        known = self._events.get(key)
        if known is None:
            known = self._events[key] = tuple(_node(iri) for iri in self._event_types(*key))
        return known

    def apart(self, types: Iterable[Node], others: Iterable[Node]) -> bool:
        """Tell whether nothing can be of all these classes, which are named with all above them."""
        return self._vocabulary.apart((one[1:-1] for one in types), (other[1:-1] for other in others))

    def _event_types(self, type_: str, subtype: str | None, parts: Iterable[tuple[str, str]]) -> dict[str, None]:
        vocabulary = self._vocabulary
        found = dict.fromkeys(vocabulary.types_of(vocabulary.event_type(type_)))
        if subtype is not None:
            found.update(dict.fromkeys(vocabulary.types_of(vocabulary.event_type(subtype))))
        played = {
            (prop, cls)
            for role, kind in parts
            for prop in self._role_properties(role, type_, subtype)
            for cls in vocabulary.types_of(vocabulary.actor_kind(kind))
        }
        for defined in vocabulary.defined_types:
            if defined.genus in found and (defined.prop, defined.filler) in played:
                found.update(dict.fromkeys(vocabulary.types_of(defined.iri)))
        return found

    def actor_classes(self, kind: str | None) -> tuple[Node, ...]:
        """Return the classes of an actor of this kind."""
        return self._closure("actor", kind or "unspecified")

    def source_classes(self, kind: str) -> tuple[Node, ...]:
        """Return the classes of a source of this kind."""
        return self._closure("source", kind)

    def place_classes(self, kind: str | None) -> tuple[Node, ...]:
        """Return the classes of a place of this kind."""
        return self._closure("place", kind or "unspecified")

    def role(self, code: str, type_: str, subtype: str | None) -> tuple[Node, ...]:
        """Return the property of a role, all that it implies, and the ones that say it of an event of this type."""
        key = (code, type_, subtype)
        found = self._role_nodes.get(key)
        if found is None:
            self._role_nodes[key] = found = tuple(_node(iri) for iri in self._role_properties(*key))
        return found

    def _role_properties(self, code: str, type_: str, subtype: str | None) -> tuple[str, ...]:
        key = (code, type_, subtype)
        found = self._roles.get(key)
        if found is None:
            vocabulary = self._vocabulary
            prop = vocabulary.role(code)
            types = [vocabulary.event_type(name) for name in (type_, subtype) if name is not None]
            refined = [narrower for cls in types for narrower in vocabulary.refined(prop, cls)]
            found = tuple(dict.fromkeys((*vocabulary.properties_of(prop), *refined)))
            self._roles[key] = found
        return found

    def category(self, code: str) -> Node:
        """Return the individual of a figure category."""
        return self._individual("category", code)

    def modality(self, code: str) -> Node:
        """Return the individual of a modality."""
        return self._individual("modality", code)

    def precision(self, code: str) -> Node:
        """Return the individual of a place precision."""
        return self._individual("precision", code)

    def notation(self, kind: str) -> Node | None:
        """Return the datatype of codes of this kind (`pcode`), None where the ontology has none."""
        iri = self._vocabulary.notations.get(kind)
        return None if iri is None else _node(iri)

    def label(self, event_type: str, language: str) -> str:
        """Return the label of an event type in `language`, its local name where it has none."""
        key = (event_type, language)
        found = self._labels.get(key)
        if found is None:
            found = self._vocabulary.label(self._vocabulary.event_type(event_type), language) or event_type
            self._labels[key] = found
        return found

    def _closure(self, family: str, name: str) -> tuple[Node, ...]:
        found = self._types.get((family, name))
        if found is None:
            vocabulary = self._vocabulary
            lookup = {
                "class": WQ.__add__,
                "actor": vocabulary.actor_kind,
                "source": vocabulary.source_kind,
                "place": vocabulary.place_kind,
            }[family]
            self._types[family, name] = found = tuple(_node(iri) for iri in vocabulary.types_of(lookup(name)))
        return found

    def _individual(self, family: str, code: str) -> Node:
        found = self._individuals.get((family, code))
        if found is None:
            vocabulary = self._vocabulary
            lookup = {
                "category": vocabulary.figure_category,
                "modality": vocabulary.modality,
                "precision": vocabulary.precision,
            }[family]
            self._individuals[family, code] = found = _node(lookup(code))
        return found


def web_address(url: str) -> Node:
    """Return the address as an IRI where it is one that a browser may be sent to, else as a literal."""
    if url.lower().startswith(("http://", "https://")):
        try:
            return str(NamedNode(url))
        except ValueError:
            pass
    return str(Literal(url, datatype=Term.ANY_URI))


@cache
def _node(iri: str) -> Node:
    return str(NamedNode(iri))


@cache
def terms() -> Terms:
    """Return the terms of the project's ontology."""
    return Terms(Vocabulary.load())
