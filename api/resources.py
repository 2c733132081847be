"""What the graph holds about one IRI, for dereferencing.

Invariant: a description is the default graph's triples about the thing and its own parts (`…/evidence/1`), never what
a claim's graph says, unless the caller asks for quads; so a description of a denied event does not state it.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

import pyoxigraph as ox

from api.turtle import sorted_prefixes
from graph.iris import Identified, Iris
from graph.store import Answer
from ontology.vocabulary import PREFIXES, RDFS, local_name

MEDIA_TYPES = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "trig": "application/trig",
    "nq": "application/n-quads",
}
HTML = "text/html"
_FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}
_WITH_GRAPHS = ("application/trig", "application/n-quads")
_DEPTH = 4  # claim → evidence → selector, and one to spare
_LINKS_SHOWN = 200


class Asked(Protocol):
    """Whatever answers queries: a workspace."""

    def query(self, sparql: str) -> Answer:
        """Ask the graph."""
        ...


@dataclass(slots=True)
class Resource:
    """A thing with everything a page says about it. Terms are pyoxigraph terms; they may cross threads.

    `facts` are the triples about it, `parts` those about its parts, `said` those of its own graph (claims),
    `incoming` (subject, predicate) pairs of what links to it, `labels` names of everything linked by language.
    """

    iri: str
    identified: Identified
    position: int
    facts: list[tuple[Any, Any]] = field(default_factory=list)
    parts: dict[str, list[tuple[Any, Any]]] = field(default_factory=dict)
    said: list[tuple[Any, Any, Any]] = field(default_factory=list)
    incoming: list[tuple[str, str]] = field(default_factory=list)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    def values(self, predicate: str, of: str | None = None) -> list[Any]:
        """Return the objects of `predicate`, of the thing or of one of its parts."""
        pairs = self.facts if of is None else self.parts.get(of, [])
        return [value for name, value in pairs if name.value == predicate]

    def value(self, predicate: str, of: str | None = None) -> Any:
        """Return the first object of `predicate`, or None."""
        return next(iter(self.values(predicate, of)), None)


def find(asked: Asked, iris: Iris, path: str) -> Resource | None:
    """Return what the graph holds about `id/{path}`, or None where it holds nothing."""
    iri = f"{iris.base}id/{path}"
    identified = iris.parse(iri)
    if identified is None:
        return None
    try:
        ox.NamedNode(iri)
    except ValueError:
        return None
    answer = asked.query(f"SELECT ?p ?o {{ <{iri}> ?p ?o }} ORDER BY ?p ?o")
    found = Resource(iri, identified, answer.position, facts=_pairs(answer))
    _add_parts(asked, found)
    own = asked.query(f"SELECT ?s ?p ?o {{ GRAPH <{iri}> {{ ?s ?p ?o }} }} ORDER BY ?s ?p ?o")
    found.said = [(s, p, o) for s, p, o in own.rows()]
    links = asked.query(
        f"SELECT ?s ?p {{ ?s ?p <{iri}> FILTER(!STRSTARTS(STR(?s), '{iri}/')) }} ORDER BY ?p ?s LIMIT {_LINKS_SHOWN}"
    )
    found.incoming = [(_value(s), _value(p)) for s, p in links.rows()]
    if not (found.facts or found.said or found.incoming):
        return None
    _add_labels(asked, found, iris.base)
    return found


def serialize(found: Resource, media_type: str) -> bytes:
    """Return the description in one of MEDIA_TYPES; with the claim's own graph where the format knows graphs."""
    triples: list[Any] = [
        ox.Triple(ox.NamedNode(subject), predicate, value)
        for subject, pairs in ((found.iri, found.facts), *found.parts.items())
        for predicate, value in pairs
    ]
    if media_type in _WITH_GRAPHS:
        graph = ox.NamedNode(found.iri)
        triples = [ox.Quad(t.subject, t.predicate, t.object) for t in triples]
        triples += [ox.Quad(s, p, o, graph) for s, p, o in found.said]
    prefixes = dict(PREFIXES) if media_type in ("text/turtle", "application/trig") else None
    data = ox.serialize(triples, format=_FORMATS[media_type], prefixes=prefixes)
    assert data is not None
    return data if prefixes is None else sorted_prefixes(data)


def _add_parts(asked: Asked, found: Resource) -> None:
    frontier = _own_parts(found.iri, found.facts)
    for _ in range(_DEPTH):
        new = [part for part in frontier if part not in found.parts]
        if not new:
            return
        for part in new:
            found.parts[part] = []
        values = " ".join(f"<{part}>" for part in new)
        for subject, predicate, value in asked.query(
            f"SELECT ?s ?p ?o {{ VALUES ?s {{ {values} }} ?s ?p ?o }} ORDER BY ?s ?p ?o"
        ).rows():
            found.parts[_value(subject)].append((predicate, value))
        frontier = [part for pair in new for part in _own_parts(found.iri, found.parts[pair])]


def _own_parts(iri: str, pairs: list[tuple[Any, Any]]) -> list[str]:
    return [o.value for _, o in pairs if isinstance(o, ox.NamedNode) and o.value.startswith(f"{iri}/")]


def _add_labels(asked: Asked, found: Resource, base: str) -> None:
    terms = {o.value for pairs in (found.facts, *found.parts.values()) for _, o in pairs if isinstance(o, ox.NamedNode)}
    terms |= {o.value for _, _, o in found.said if isinstance(o, ox.NamedNode)}
    terms |= {subject for subject, _ in found.incoming} | {found.iri}
    ours = sorted(term for term in terms if term.startswith(base))
    if not ours:
        return
    values = " ".join(f"<{term}>" for term in ours)
    for thing, label in asked.query(
        f"SELECT ?thing ?label {{ VALUES ?thing {{ {values} }} ?thing <{RDFS}label> ?label }} ORDER BY ?thing ?label"
    ).rows():
        literal: Any = label
        found.labels.setdefault(_value(thing), {}).setdefault(literal.language or "", literal.value)


def _pairs(answer: Answer) -> list[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in answer.rows()]


def _value(term: Any) -> str:
    return str(term.value)


def short(iri: str, base: str) -> str:
    """Return an IRI for people: a path under the base, or prefix and name, or the IRI itself.

    >>> short("https://w3id.org/waqai/ontology#place", "http://localhost:8000/")
    'wq:place'
    """
    if iri.startswith(base):
        return iri[len(base) :]
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and iri != namespace and local_name(iri) == iri[len(namespace) :]:
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri
