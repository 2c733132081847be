"""The terms of the ontology as plain Python data, read from the Turtle files.

Invariant: types, kinds, roles and categories are data. Nothing here names an event type, an actor kind or a place
kind: a class added to `waqai.ttl` (and classified by `python -m ontology.reasoning`) is known without a change of code.
The superclasses come from `inferred.ttl`, and only as long as that file was computed from the `waqai.ttl` beside it.

Importing this module reads nothing and imports no RDF library.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ontology.location import PROJECT, ontology_folder

if TYPE_CHECKING:
    import pyoxigraph

WQ: Final = "https://w3id.org/waqai/ontology#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"
PROV: Final = "http://www.w3.org/ns/prov#"
SCHEMA: Final = "https://schema.org/"
SEM: Final = "http://semanticweb.cs.vu.nl/2009/11/sem/"
OA: Final = "http://www.w3.org/ns/oa#"
GEO: Final = "http://www.opengis.net/ont/geosparql#"
GEOF: Final = "http://www.opengis.net/def/function/geosparql/"
UOM: Final = "http://www.opengis.net/def/uom/OGC/1.0/"
EDTF: Final = "http://id.loc.gov/datatypes/edtf/"
LEXICON: Final = "https://w3id.org/waqai/lexicon/"  # entries of the lexicon, and of its registry of actors and sources
SH: Final = "http://www.w3.org/ns/shacl#"

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dcterms": DCTERMS,
        "edtf": EDTF,
        "geo": GEO,
        "geof": GEOF,
        "oa": OA,
        "owl": OWL,
        "prov": PROV,
        "rdf": RDF,
        "rdfs": RDFS,
        "schema": SCHEMA,
        "sem": SEM,
        "skos": SKOS,
        "uom": UOM,
        "wq": WQ,
        "xsd": XSD,
    }
)
"""The prefixes that queries, pages and serialisations of the project use."""

FOLDER: Final = PROJECT
ONTOLOGY_FILE: Final = "waqai.ttl"
INFERRED_FILE: Final = "inferred.ttl"


class OntologyUnreadable(Exception):
    """A file of the ontology is missing or is no Turtle; `path` says which one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")
        self.path = path


class InferencesStale(Exception):
    """`inferred.ttl` was not computed from the `waqai.ttl` beside it."""

    def __init__(self, folder: Path) -> None:
        option = "" if folder == FOLDER else f" --folder {folder}"
        super().__init__(
            f"{folder / INFERRED_FILE} was not computed from the present {ONTOLOGY_FILE}; "
            f"run `python -m ontology.reasoning{option}` to classify the ontology anew"
        )
        self.folder = folder


class UnknownTerm(KeyError):
    """The ontology has no term of this family under this name or code."""

    def __init__(self, family: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"the ontology has no {family} {name!r}; it has {', '.join(sorted(known))}")
        self.family = family
        self.name = name

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class DefinedType:
    """A class defined as `genus` with some `prop` that is a `filler`: full IRIs of named classes and a property.

    An individual that is a `genus` and has a `prop` that is a `filler` is one of `iri`: what a reasoner would infer.
    """

    iri: str
    genus: str
    prop: str
    filler: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All terms of one ontology folder. Maps are read-only; IRIs are full; tuples are sorted where no order is named.

    `superclasses` and `superproperties` hold the named ones above a term, nearest first where one is above the other,
    without the term; `disjoint` goes from a class to those that are stated to be apart from it. `refinements` goes from
    a property to the pairs (property stated to be just below it, its domain). `actor_kinds`, `source_kinds` and
    `place_kinds` go from a code to a class; `modalities`, `polarities`, `interests`, `precisions` and
    `figure_categories` from a code to an individual; `notations` from a code to the datatype of such codes; `roles`
    from a code to a property; `event_types` from a local name to a class.
    """

    labels: Mapping[str, Mapping[str, str]]
    definitions: Mapping[str, Mapping[str, str]]
    classes: tuple[str, ...]
    properties: tuple[str, ...]
    individuals: tuple[str, ...]
    superclasses: Mapping[str, tuple[str, ...]]
    superproperties: Mapping[str, tuple[str, ...]]
    disjoint: Mapping[str, frozenset[str]]
    refinements: Mapping[str, tuple[tuple[str, str], ...]]
    event_types: Mapping[str, str]
    actor_kinds: Mapping[str, str]
    source_kinds: Mapping[str, str]
    place_kinds: Mapping[str, str]
    roles: Mapping[str, str]
    modalities: Mapping[str, str]
    polarities: Mapping[str, str]
    interests: Mapping[str, str]
    precisions: Mapping[str, str]
    figure_categories: Mapping[str, str]
    notations: Mapping[str, str]
    defined_types: tuple[DefinedType, ...]
    version: str
    digest: str

    @classmethod
    def load(cls, folder: Path | None = None) -> Vocabulary:
        """Return the vocabulary of `folder` (default: the one in use), read once a process.

        Raises:
            OntologyUnreadable: a file is missing or is no Turtle.
            InferencesStale: `inferred.ttl` was computed from another `waqai.ttl`.
        """
        folder = folder or ontology_folder()
        return _load(_resolved(folder) if folder.is_absolute() else folder.resolve())

    def label(self, iri: str, language: str) -> str | None:
        """Return the label of a term in `language` (`ar` or `en`), or None."""
        return self.labels.get(iri, {}).get(language)

    def definition(self, iri: str, language: str) -> str | None:
        """Return the definition of a term in `language` (`ar` or `en`), or None."""
        return self.definitions.get(iri, {}).get(language)

    def types_of(self, iri: str) -> tuple[str, ...]:
        """Return a class and all its named superclasses: what an instance of it is typed with."""
        return (iri, *self.superclasses.get(iri, ()))

    def properties_of(self, iri: str) -> tuple[str, ...]:
        """Return a property and all its superproperties: what a statement with it also states."""
        return (iri, *self.superproperties.get(iri, ()))

    def apart(self, types: Iterable[str], others: Iterable[str]) -> bool:
        """Tell whether nothing can be of all these classes, which are named with all above them."""
        found = set(others)
        return any(not found.isdisjoint(self.disjoint.get(one, ())) for one in types)

    def refined(self, prop: str, cls: str) -> tuple[str, ...]:
        """Return the properties just below `prop` that are made for `cls`: their domain is `cls` or above it.

        What a subject of this class states with `prop`, it states with them too: the agent of a takeover took it.
        """
        types = self.types_of(cls)
        return tuple(narrower for narrower, domain in self.refinements.get(prop, ()) if domain in types)

    def event_type(self, name: str) -> str:
        """Return the class of an event type by its local name. Raises UnknownTerm."""
        return _lookup("event type", self.event_types, name)

    def actor_kind(self, code: str) -> str:
        """Return the class of an actor kind. Raises UnknownTerm."""
        return _lookup("actor kind", self.actor_kinds, code)

    def source_kind(self, code: str) -> str:
        """Return the class of a source kind. Raises UnknownTerm."""
        return _lookup("source kind", self.source_kinds, code)

    def place_kind(self, code: str) -> str:
        """Return the class of a place kind. Raises UnknownTerm."""
        return _lookup("place kind", self.place_kinds, code)

    def role(self, code: str) -> str:
        """Return the property of a role. Raises UnknownTerm."""
        return _lookup("role", self.roles, code)

    def modality(self, code: str) -> str:
        """Return the individual of a modality. Raises UnknownTerm."""
        return _lookup("modality", self.modalities, code)

    def precision(self, code: str) -> str:
        """Return the individual of a place precision. Raises UnknownTerm."""
        return _lookup("place precision", self.precisions, code)

    def figure_category(self, code: str) -> str:
        """Return the individual of a figure category. Raises UnknownTerm."""
        return _lookup("figure category", self.figure_categories, code)


def _lookup(family: str, table: Mapping[str, str], name: str) -> str:
    try:
        return table[name]
    except KeyError:
        raise UnknownTerm(family, name, table) from None


def local_name(iri: str) -> str:
    """Return what stands after the last `#` or `/` of an IRI.

    >>> local_name("https://w3id.org/waqai/ontology#Airstrike")
    'Airstrike'
    """
    return iri.rsplit("#", 1)[-1] if "#" in iri else iri.rsplit("/", 1)[-1]


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file of the ontology in hex; line ends do not count, so a checkout cannot change it.

    Raises:
        OntologyUnreadable: the file cannot be read.
    """
    return hashlib.sha256(_read(path).replace(b"\r\n", b"\n")).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OntologyUnreadable(path, error.strerror or str(error)) from None


def _parse(path: Path) -> list[pyoxigraph.Quad]:
    import pyoxigraph

    try:
        return list(pyoxigraph.parse(_read(path), format=pyoxigraph.RdfFormat.TURTLE))
    except SyntaxError as error:
        raise OntologyUnreadable(path, f"it is no Turtle: {error}") from None


class _Terms:
    """The triples of the Turtle files, by predicate and subject."""

    def __init__(self, quads: Iterable[pyoxigraph.Quad]) -> None:
        self.nodes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.texts: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        import pyoxigraph

        for quad in quads:
            # str() of a blank node is `_:x`, so it can never meet an IRI.
            subject = quad.subject.value if isinstance(quad.subject, pyoxigraph.NamedNode) else str(quad.subject)
            if isinstance(quad.object, pyoxigraph.Literal):
                self.texts[quad.predicate.value][subject][quad.object.language or ""] = quad.object.value
            else:
                target = quad.object.value if isinstance(quad.object, pyoxigraph.NamedNode) else str(quad.object)
                self.nodes[quad.predicate.value][subject].append(target)

    def one(self, predicate: str, subject: str) -> str | None:
        """Return the only object of `subject` that is a node, or None."""
        found = self.nodes[predicate].get(subject, [])
        return found[0] if len(found) == 1 else None

    def instances(self, *types: str) -> list[str]:
        """Return the IRIs that are stated to be of one of `types`, sorted."""
        table = self.nodes[RDF + "type"]
        return sorted(s for s, found in table.items() if not s.startswith("_:") and not set(types).isdisjoint(found))

    def items(self, head: str | None) -> list[str]:
        """Return the nodes of an RDF list."""
        found = []
        while head is not None and head != RDF + "nil":
            item = self.one(RDF + "first", head)
            if item is not None:
                found.append(item)
            head = self.one(RDF + "rest", head)
        return found

    def above(self, predicate: str, subject: str) -> tuple[str, ...]:
        """Return the IRIs above `subject`; what is itself below another one comes before it."""
        table = self.nodes[predicate]
        found = {o for o in table.get(subject, []) if not o.startswith("_:") and o != subject}
        return tuple(sorted(found, key=lambda iri: (-len(found.intersection(table.get(iri, []))), iri)))


@cache
def _resolved(folder: Path) -> Path:
    """To resolve a path asks the system for each of its parts, and this is asked for at every request."""
    return folder.resolve()


@cache
def _load(folder: Path) -> Vocabulary:
    digest = file_digest(folder / ONTOLOGY_FILE)
    terms, inferred = _Terms(_parse(folder / ONTOLOGY_FILE)), _Terms(_parse(folder / INFERRED_FILE))
    if {text for texts in inferred.texts[WQ + "computedFrom"].values() for text in texts.values()} != {digest}:
        raise InferencesStale(folder)

    classes = terms.instances(OWL + "Class")
    properties = terms.instances(OWL + "ObjectProperty", OWL + "DatatypeProperty")
    individuals = terms.instances(OWL + "NamedIndividual")
    superclasses = {iri: inferred.above(RDFS + "subClassOf", iri) for iri in classes}
    superproperties = {iri: inferred.above(RDFS + "subPropertyOf", iri) for iri in properties}
    codes = {iri: code for iri, texts in terms.texts[WQ + "code"].items() for code in texts.values()}

    disjoint: dict[str, set[str]] = defaultdict(set)
    for one, others in terms.nodes[OWL + "disjointWith"].items():
        for other in others:
            disjoint[one].add(other)
            disjoint[other].add(one)

    refinements: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for iri in properties:
        domain = terms.one(RDFS + "domain", iri)
        if domain is not None and not domain.startswith("_:"):
            for wider in terms.nodes[RDFS + "subPropertyOf"].get(iri, []):
                refinements[wider].append((iri, domain))

    def kinds(root: str) -> Mapping[str, str]:
        family = (iri for iri in classes if iri == root or root in superclasses[iri])
        return MappingProxyType({codes[iri]: iri for iri in family if iri in codes})

    def members(family: str) -> Mapping[str, str]:
        # A list may be extended with a subclass of its own.
        types = [family, *(iri for iri in classes if family in superclasses[iri])]
        return MappingProxyType({codes[iri]: iri for iri in terms.instances(*types) if iri in codes})

    version = terms.texts[OWL + "versionInfo"]
    return Vocabulary(
        labels=_frozen(terms.texts[RDFS + "label"]),
        definitions=_frozen(terms.texts[SKOS + "definition"]),
        classes=tuple(classes),
        properties=tuple(properties),
        individuals=tuple(individuals),
        superclasses=MappingProxyType(superclasses),
        superproperties=MappingProxyType(superproperties),
        disjoint=MappingProxyType({iri: frozenset(found) for iri, found in disjoint.items()}),
        refinements=MappingProxyType({iri: tuple(found) for iri, found in refinements.items()}),
        event_types=MappingProxyType(
            {local_name(iri): iri for iri in classes if iri == WQ + "Event" or WQ + "Event" in superclasses[iri]}
        ),
        actor_kinds=kinds(WQ + "Actor"),
        source_kinds=kinds(WQ + "Source"),
        place_kinds=kinds(WQ + "Place"),
        roles=MappingProxyType({codes[iri]: iri for iri in properties if iri in codes}),
        modalities=members(WQ + "Modality"),
        polarities=members(WQ + "Polarity"),
        interests=members(WQ + "Interest"),
        precisions=members(WQ + "PlacePrecision"),
        figure_categories=members(WQ + "FigureCategory"),
        notations=MappingProxyType({codes[i]: i for i in terms.instances(RDFS + "Datatype") if i in codes}),
        defined_types=tuple(_defined(terms)),
        version=next((text for texts in version.values() for text in texts.values()), ""),
        digest=digest,
    )


def _frozen(texts: Mapping[str, dict[str, str]]) -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({iri: MappingProxyType(dict(by_language)) for iri, by_language in texts.items()})


def _defined(terms: _Terms) -> Iterable[DefinedType]:
    for iri, expressions in sorted(terms.nodes[OWL + "equivalentClass"].items()):
        for expression in expressions:
            parts = terms.items(terms.one(OWL + "intersectionOf", expression))
            if len(parts) != 2:
                continue
            genus, restriction = parts
            prop = terms.one(OWL + "onProperty", restriction)
            filler = terms.one(OWL + "someValuesFrom", restriction)
            if prop is not None and filler is not None and not genus.startswith("_:") and not filler.startswith("_:"):
                yield DefinedType(iri, genus, prop, filler)
