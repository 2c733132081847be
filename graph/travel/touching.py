"""Which records may have changed what the graph says about one thing, without projecting all of them.

Invariant: every record whose projection adds or removes a quad about the thing is among the positions that are found,
as of the graph that is asked; others may be among them too. Things are found by the quads that name them: the graph
keeps describing what a claim or a review once named.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from graph.audit.patches import patches_about
from graph.iris import Identified, Iris
from graph.projection.statements import Statement
from graph.store import Reader
from graph.terms import Term, wq
from ontology.candidates import CANDIDATES_RECEIVED
from ontology.patches import QUADS_PATCHED
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, SCHEMA
from ontology.reviews import LINK_REVIEWED

_POSITION: Final = wq("position")
_RECORD: Final = wq("record")
# Records of these types name what they change in their quads; those of others are few, and are always looked at.
_FOUND: Final = frozenset({ARTICLE_INGESTED, CLAIMS_EXTRACTED, LINK_REVIEWED, CANDIDATES_RECEIVED, QUADS_PATCHED})
_OTHERS: Final = tuple(sorted(SCHEMA.keys() - _FOUND))


def is_about(quad: Quad, iri: str) -> bool:
    """Tell whether a quad is about what `iri` names: it or a part of it is the subject, or it is the graph."""
    subject, graph = quad.subject, quad.graph_name
    if isinstance(graph, NamedNode) and graph.value == iri:
        return True
    if not isinstance(subject, NamedNode):
        return False
    value = subject.value
    return value.startswith(iri) and (len(value) == len(iri) or value[len(iri)] == "/")


def states_about(statement: Statement, iri: str) -> bool:
    """Tell the same of a statement as the projection writes it."""
    triple, graph = statement
    return graph == f"<{iri}>" or triple.startswith((f"<{iri}>", f"<{iri}/"))


def touching(reader: Reader, iri: str) -> list[int]:
    """Return the positions of the records that may have changed what the graph says about `iri`, ascending.

    `reader` is the graph as of the position up to which they are wanted. An IRI that is not ours has those of patches.
    """
    thing = reader.iris.parse(iri)
    found = set() if thing is None else _Search(reader).positions(thing)
    patches = patches_about(reader.projector.patches, reader.iris, iri, reader.position())
    return sorted(found.union(patch.position for patch in patches))


class _Search:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._iris: Iris = reader.iris

    def positions(self, thing: Identified) -> set[int]:
        found = self._of_thing(thing)
        if not found:
            return found
        for kind in _OTHERS:
            for record in self._subjects(wq("recordType"), Literal(kind)):
                found |= self._numbers(record)
        return self._with_undos(found)

    def _of_thing(self, thing: Identified) -> set[int]:
        if thing.kind == "record":
            return self._numbers(self._iris.record(int(thing.id))) if thing.id.isdecimal() else set()
        if thing.kind == "claim":
            claim = self._iris.claim(thing.id)
            return self._of_claim(claim) | self._of_event(thing.id) | self._of_article(claim)
        node = NamedNode(f"{self._iris.base}id/{thing.kind}/{thing.id}")
        if thing.kind == "article":
            return self._numbers(node)
        if thing.kind == "run":
            return self._of_run(node)
        if thing.kind == "event":
            found = self._union(self._of_claim(claim) for claim in self._objects(node, wq("claim")))
            return found.union(*(self._of_event(claim) for claim in self._first_claims(node)))
        inner = set(self._subjects(Term.CONTAINED_IN, node)) if thing.kind == "place" else set()
        return self._union(self._naming(one) for one in {node, *inner})

    def _first_claims(self, event: NamedNode) -> list[str]:
        """Return the claims that have this event for their own in their graphs."""
        quads = self._reader.quads(event, wq("claim"))
        own = [quad.object for quad in quads if isinstance(quad.object, NamedNode) and quad.graph_name == quad.object]
        return [named.id for claim in own if (named := self._iris.parse(claim.value)) is not None]

    def _of_event(self, claim: str) -> set[int]:
        """Return the positions at which events with a claim turned, and of the reviews of claims of these events."""
        found: set[int] = set()
        others: set[str] = set()
        for position, turn in self._reader.projector.events.turns(claim, self._reader.position()):
            found.add(position)
            others.update(one.claim for event in (*turn.ended, *turn.begun) for one in event.members)
        return found.union(*(self._reviewed(self._iris.claim(other)) for other in sorted(others)))

    def _of_article(self, claim: NamedNode) -> set[int]:
        """Return the positions of the runs over the article of a claim: a later one may find the parts of a total."""
        articles = self._objects(claim, Term.DERIVED_FROM)
        return self._union(self._numbers(one) for of in articles for one in self._subjects(Term.DERIVED_FROM, of))

    def _naming(self, node: NamedNode) -> set[int]:
        """Return the positions of the records whose claims, articles or reviews name an entity."""
        owners: set[tuple[str, str]] = set()
        for quad in self._reader.quads(object_=node):
            if isinstance(quad.subject, NamedNode) and (owner := self._iris.parse(quad.subject.value)) is not None:
                owners.add((owner.kind, owner.id))
        for quad in self._reader.quads(subject=node, predicate=_RECORD):
            if isinstance(quad.object, NamedNode) and (owner := self._iris.parse(quad.object.value)) is not None:
                owners.add((owner.kind, owner.id))
        found: set[int] = set()
        for kind, name in sorted(owners):
            if kind in ("claim", "article", "record"):
                found |= self._numbers(NamedNode(f"{self._iris.base}id/{kind}/{name}"))
            elif kind == "run":
                found |= self._of_run(NamedNode(f"{self._iris.base}id/run/{name}"))
        return found

    def _of_claim(self, claim: NamedNode) -> set[int]:
        return self._numbers(claim) | self._reviewed(claim)

    def _reviewed(self, claim: NamedNode) -> set[int]:
        """Return the positions of the reviews of a claim's places."""
        locations = self._objects(claim, wq("location"))
        return self._union(self._reviews(self._subjects(wq("reviewedMention"), one)) for one in locations)

    def _of_run(self, run: NamedNode) -> set[int]:
        return self._union(self._numbers(record) for record in self._objects(run, _RECORD))

    def _reviews(self, nodes: Iterable[NamedNode]) -> set[int]:
        named = (self._iris.parse(node.value) for node in nodes)
        return {int(one.id) for one in named if one is not None and one.kind == "record" and one.id.isdecimal()}

    def _with_undos(self, positions: set[int]) -> set[int]:
        """Return `positions` with those of the reviews and patches that undo one of them, and what undoes those."""
        found, pending = set(positions), sorted(positions)
        for position in pending:  # grows while it is walked, and ends: an undo stands behind what it undoes
            undone = (self._iris.review(position), self._iris.patch(position))
            new = self._union(self._reviews(self._subjects(wq("undoes"), one)) for one in undone) - found
            found |= new
            pending += sorted(new)
        return found

    def _numbers(self, node: NamedNode) -> set[int]:
        return {
            int(quad.object.value)
            for quad in self._reader.quads(subject=node, predicate=_POSITION)
            if isinstance(quad.object, Literal)
        }

    def _objects(self, subject: NamedNode, predicate: NamedNode) -> Iterator[NamedNode]:
        for quad in self._reader.quads(subject=subject, predicate=predicate):
            if isinstance(quad.object, NamedNode):
                yield quad.object

    def _subjects(self, predicate: NamedNode, object_: NamedNode | Literal) -> Iterator[NamedNode]:
        for quad in self._reader.quads(predicate=predicate, object_=object_):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject

    @staticmethod
    def _union(sets: Iterable[set[int]]) -> set[int]:
        found: set[int] = set()
        return found.union(*sets)
