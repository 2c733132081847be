"""A claim as a nanopublication: what it says, where it has that from, and who published it when.

Invariant: the assertion holds what the graph of the claim says. What is denied, planned, feared or background is not
asserted: of such a claim the assertion says that it was made, in which modality, and nothing of its event. The IRI is a
trusty URI: it ends in a digest of all that the nanopublication holds, so the same state gives the same one. It holds
what the claim says and where it has that from, about the event of its own: not which other claims are about that event
too, nor how it stands to them, which any further article may change.

Form: https://nanopub.net/guidelines/working_draft/. Nothing is sent anywhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from api import resources
from api.exporting.trusty import code_of
from api.resources import Asked, Resource
from api.turtle import sorted_prefixes
from graph.iris import Iris
from graph.proof.published import Checkpoints
from ontology.identity import sha256_hex
from ontology.vocabulary import PREFIXES, PROV, RDF, RDFS, SCHEMA, WQ, XSD

NP: Final = "http://www.nanopub.org/nschema#"
_DCTERMS: Final = "http://purl.org/dc/terms/"

_FORMATS: Final = {
    "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_UNNAMED: Final = "x"  # where the code will stand, before it is known
_LINKS: Final = 500  # neighbours that are described together


class NoClaim(Exception):
    """The graph knows no such claim."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The graph holds no claim {name}: waqai query 'SELECT ?c {{ ?c a wq:Claim }}' lists them.")


@dataclass(frozen=True, slots=True)
class Nanopub:
    """A nanopublication: its IRI, its claim, the position of the graph that it was made from, its quads, sorted."""

    iri: str
    claim: str
    position: int
    quads: tuple[ox.Quad, ...]

    def write(self, format_: str) -> bytes:
        """Return it in one of `trig`, `nq` and `jsonld`."""
        prefixes = {**PREFIXES, "np": NP, "this": self.iri, "sub": f"{self.iri}#"} if format_ == "trig" else None
        data = ox.serialize(self.quads, format=_FORMATS[format_], prefixes=prefixes)
        assert data is not None
        return data if prefixes is None else sorted_prefixes(data)


class Publisher:
    """Makes nanopublications of one graph.

    Args:
        asked: whatever answers queries.
        iris: the IRIs of the graph.
        licence: IRI of the licence of the data, if one is set.
        proof: folder of the checkpoints of the log; it need not be there.
    """

    def __init__(self, asked: Asked, iris: Iris, *, licence: str | None = None, proof: Path | None = None) -> None:
        self._asked = asked
        self._iris = iris
        self._licence = licence
        self._checkpoints = None if proof is None or not proof.is_dir() else Checkpoints(proof)
        self._sizes = [] if self._checkpoints is None else sorted(self._checkpoints.sizes())

    def claims(self) -> Iterator[str]:
        """Yield the ids of the claims in force, by position and id."""
        for row in self._asked.query(
            f"SELECT ?c {{ ?c a <{WQ}Claim> ; <{WQ}position> ?p "
            f"FILTER NOT EXISTS {{ ?c <{WQ}retracted> true }} }} ORDER BY ?p ?c"
        ).rows():
            yield _value(row[0]).rpartition("/")[2]

    def nanopub(self, claim: str) -> Nanopub:
        """Return the nanopublication of a claim, by its id or IRI; one that is out of force is said to be so.

        Raises:
            NoClaim
        """
        iri = self._iris.absolute(claim if "/" in claim else f"id/claim/{claim}")
        named = self._iris.parse(iri)
        if named is None or named.kind != "claim" or named.part:
            raise NoClaim(claim)
        known = resources.find(self._asked, self._iris, f"claim/{named.id}")
        if known is None or not known.facts:
            raise NoClaim(claim)
        found = _alone(known, ox.NamedNode(self._iris.event(named.id).value))
        made = sorted(set(self._quads(found, f"{self._iris.base}nanopub/{named.id}/{_UNNAMED}")), key=str)
        stem = f"{self._iris.base}nanopub/{named.id}/"
        code = code_of(made, f"{stem}{_UNNAMED}")
        quads = (_renamed(quad, f"{stem}{_UNNAMED}", f"{stem}{code}") for quad in made)
        rank = {f"{stem}{code}#{part}": number for number, part in enumerate(_GRAPHS)}
        ordered = sorted(quads, key=lambda quad: (rank[_value(quad.graph_name)], str(quad)))
        return Nanopub(f"{stem}{code}", named.id, found.position, tuple(ordered))

    def _quads(self, found: Resource, this: str) -> Iterator[ox.Quad]:
        head, assertion, provenance, pubinfo = (f"{this}#{part}" for part in _GRAPHS)
        yield _quad(this, f"{RDF}type", ox.NamedNode(f"{NP}Nanopublication"), head)
        for prop, graph in (("Assertion", assertion), ("Provenance", provenance), ("PublicationInfo", pubinfo)):
            yield _quad(this, f"{NP}has{prop}", ox.NamedNode(graph), head)
        for subject, predicate, value in _asserted(found):
            yield _quad(subject, predicate, value, assertion)
        yield from self._provenance(found, assertion, provenance)
        yield from self._pubinfo(found, this, pubinfo)

    def _provenance(self, found: Resource, assertion: str, graph: str) -> Iterator[ox.Quad]:
        for prop, ours in (
            ("wasDerivedFrom", f"{PROV}wasDerivedFrom"),
            ("wasGeneratedBy", f"{PROV}wasGeneratedBy"),
            ("wasAttributedTo", f"{WQ}attributedTo"),
        ):
            for value in found.values(ours):
                yield _quad(assertion, f"{PROV}{prop}", value, graph)
        for value in found.values(f"{WQ}evidence"):
            yield _quad(assertion, f"{PROV}wasQuotedFrom", value, graph)
        for subject, pairs in ((found.iri, found.facts), *found.parts.items()):
            for predicate, value in pairs:
                if subject != found.iri or predicate.value not in _SAID_OF_A_CLAIM:
                    yield _quad(subject, predicate.value, value, graph)
        near = [*found.values(f"{PROV}wasDerivedFrom"), *found.values(f"{PROV}wasGeneratedBy")]
        near += [value for pairs in found.parts.values() for name, value in pairs if name.value == f"{WQ}source"]
        for subject, predicate, value in self._described(near):
            yield _quad(subject, predicate, value, graph)

    def _pubinfo(self, found: Resource, this: str, graph: str) -> Iterator[ox.Quad]:
        (record,) = found.values(f"{WQ}record")[:1]
        known = {predicate: value for _, predicate, value in self._described([record])}
        runs: dict[str, Any] = {}
        for _, predicate, value in self._described(found.values(f"{PROV}wasGeneratedBy")):
            runs.setdefault(predicate, value)
        maker = f"{this}#extractor"
        name, version = (runs.get(f"{WQ}extractor{part}") for part in ("Name", "Version"))
        yield _quad(this, f"{_DCTERMS}creator", ox.NamedNode(maker), graph)
        yield _quad(maker, f"{RDF}type", ox.NamedNode(f"{PROV}SoftwareAgent"), graph)
        if name is not None and version is not None:
            yield _quad(maker, f"{RDFS}label", ox.Literal(f"{name.value} {version.value}"), graph)
            yield _quad(maker, f"{SCHEMA}softwareVersion", version, graph)
        recorded = known.get(f"{WQ}recorded")
        if recorded is not None:
            yield _quad(this, f"{_DCTERMS}created", recorded, graph)
        if self._licence is not None:
            yield _quad(this, f"{_DCTERMS}license", ox.NamedNode(self._licence), graph)
        yield _quad(this, f"{PROV}wasDerivedFrom", record, graph)
        for predicate, value in known.items():
            if predicate.startswith(WQ):
                yield _quad(record.value, predicate, value, graph)
        position = known.get(f"{WQ}position")
        note = None if position is None else self._checkpoint(int(position.value))
        if note is not None:
            checkpoint = f"{this}#checkpoint"
            yield _quad(this, f"{_DCTERMS}provenance", ox.NamedNode(checkpoint), graph)
            yield _quad(checkpoint, f"{RDF}type", ox.NamedNode(f"{PROV}Entity"), graph)
            yield _quad(checkpoint, f"{RDF}value", ox.Literal(note), graph)
            yield _quad(checkpoint, f"{SCHEMA}sha256", ox.Literal(sha256_hex(note.encode())), graph)

    def _checkpoint(self, position: int) -> str | None:
        """Return the first signed checkpoint that covers a position: it stays the same when the log grows."""
        size = next((size for size in self._sizes if size >= position), None)
        return None if size is None or self._checkpoints is None else self._checkpoints.of_size(size)

    def _described(self, nodes: Iterable[Any]) -> list[tuple[str, str, Any]]:
        names = sorted({node.value for node in nodes if isinstance(node, ox.NamedNode)})[:_LINKS]
        if not names:
            return []
        values = " ".join(f"<{name}>" for name in names)
        rows = self._asked.query(f"SELECT ?s ?p ?o {{ VALUES ?s {{ {values} }} ?s ?p ?o }} ORDER BY ?s ?p ?o").rows()
        return [(_value(subject), _value(predicate), value) for subject, predicate, value in rows]


_GRAPHS: Final = ("head", "assertion", "provenance", "pubinfo")
_SAID_OF_A_CLAIM: Final = (f"{RDF}type", f"{RDFS}label", f"{WQ}about", f"{WQ}modality", f"{WQ}polarity")


# What follows from a claim and others, and not from its own article and the decisions on it.
_AMONG_CLAIMS: Final = frozenset(
    f"{WQ}{name}"
    for name in (
        "contradiction", "contradicts", "contradictsActor", "contradictsOccurrence", "contradictsTime",
        "contradictsToll", "corroborates", "denies", "possibleMatch", "repeats", "sum", "sumsOver", "supersedes",
    )
)  # fmt: skip


def _alone(found: Resource, event: ox.NamedNode) -> Resource:
    """Return a claim without what follows from other claims; it is about `event`, that of its own."""
    facts, parts = [], set[str]()
    for predicate, value in found.facts:
        if predicate.value in _AMONG_CLAIMS:
            parts.add(_value(value))
        else:
            facts.append((predicate, event if predicate.value == f"{WQ}about" else value))
    kept = {
        name: pairs
        for name, pairs in found.parts.items()
        if not any(name == part or name.startswith(f"{part}/") for part in parts)
    }
    return replace(found, facts=facts, parts=kept)


def _asserted(found: Resource) -> Iterator[tuple[str, str, Any]]:
    for predicate, value in found.facts:
        if predicate.value in _SAID_OF_A_CLAIM:
            yield found.iri, predicate.value, value
    if any(_value(value) in _HAPPENED for value in found.values(f"{WQ}modality")):
        for subject, predicate, value in found.said:
            yield _value(subject), _value(predicate), value


_HAPPENED: Final = frozenset({f"{WQ}Asserted", f"{WQ}Claimed"})


def _quad(subject: str, predicate: str, value: Any, graph: str) -> ox.Quad:
    return ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), _plain(value), ox.NamedNode(graph))


def _value(node: Any) -> str:
    return str(node.value)


def _plain(value: Any) -> Any:
    """Return a time with the offset written out: libraries write `Z` so, and a digest is of what is written."""
    if isinstance(value, ox.Literal) and value.datatype.value == f"{XSD}dateTime" and value.value.endswith("Z"):
        return ox.Literal(datetime.fromisoformat(value.value).isoformat(), datatype=value.datatype)
    return value


def _renamed(quad: ox.Quad, old: str, new: str) -> ox.Quad:
    def named(term: Any) -> Any:
        if isinstance(term, ox.NamedNode) and (term.value == old or term.value.startswith(f"{old}#")):
            return ox.NamedNode(new + term.value[len(old) :])
        return term

    return ox.Quad(named(quad.subject), quad.predicate, named(quad.object), named(quad.graph_name))
