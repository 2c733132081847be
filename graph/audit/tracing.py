"""From something in the graph to the claims and records that it rests on.

Invariant: which claims are about an event is what the graph says, and never follows from the event's id. A claim or a
record is named as stating a triple only where it was found in what it states.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad

from graph.audit.looking import Looking, is_claim
from graph.audit.terms import AskedTriple
from graph.events.contract import Event
from graph.reviews import affected
from graph.terms import Term, wq
from ontology.curations import EntityKind

EXAMINED: Final = 200  # claims that name an entity and are looked at one by one for what they say of it


@dataclass(frozen=True, slots=True)
class Stated:
    """Who states a triple: claims and records by position, lowest first.

    `unexamined` claims name its subject too, and were not looked at. With `together`, no claim states it by itself:
    it follows from all claims of an event, or from those of a sum; `because` says how, where that is one sentence.
    """

    claims: tuple[str, ...] = ()
    records: tuple[int, ...] = ()
    unexamined: int = 0
    together: bool = False
    because: str = ""


class Tracing:
    """The ways back from a thing, over what one audit has read."""

    def __init__(self, looking: Looking) -> None:
        self._looking = looking
        self._iris = looking.iris
        self._ended: dict[str, tuple[int, Event] | None] = {}

    def claims_of(self, iri: str) -> list[str]:
        """Return the IRIs of the claims that `iri` rests on, lowest position first."""
        named, node = self._iris.parse(iri), _node(iri)
        if named is None or node is None:
            return []
        if named.kind == "claim":
            claim = self._iris.claim(named.id)
            return [claim.value] if self._about(claim) is not None else []
        if named.part:
            whole = iri[: -len(named.part) - 1]
            ended = self.ended(iri)
            if ended is not None and node not in self._stated(ended):
                return []
            return self.claims_of(whole)
        if named.kind == "record":
            position = int(named.id) if named.id.isascii() and named.id.isdigit() else 0
            decided = self._claims_reviewed(position) or self._claims_decided(position)
            if decided:
                return decided
        naming = {one for one in self._naming(named.kind, node) if is_claim(self._iris, one)}
        if (ended := self.ended(iri)) is not None:
            naming.update(self._iris.claim(one.claim).value for one in (*ended[1].members, *ended[1].denials))
        return self._looking.ordered(naming)

    def ended(self, iri: str) -> tuple[int, Event] | None:
        """Return an event of which nothing is reported any more as it was last, and the position at which that was.

        `iri` is its own or that of a part. None for an event that is there, and for all else.
        """
        if iri not in self._ended:
            self._ended[iri] = self._end_of(iri)
        return self._ended[iri]

    def _end_of(self, iri: str) -> tuple[int, Event] | None:
        named, looking = self._iris.parse(iri), self._looking
        if named is None or named.kind != "event":
            return None
        node = NamedNode(f"{self._iris.base}id/event/{named.id}")
        if any(looking.default(node, None, None)):
            return None
        about = (self._iris.parse(claim) for claim in looking.subjects(_ABOUT, node))
        own = sorted(one.id for one in about if one is not None and self._iris.event(one.id) == node)
        events = looking.store.projector.events
        return next((found for claim in own if (found := events.ended(claim, looking.at)) is not None), None)

    def _stated(self, ended: tuple[int, Event]) -> set[object]:
        """Return what an event that is gone stated things of when it was last there: itself and its parts."""
        return {quad.subject for quad in self._looking.store.projector.of_event(ended[1], ended[0]).quads()}

    def _naming(self, kind: str, node: NamedNode) -> Iterator[str]:
        """Yield the claims that name a thing, perhaps with others."""
        looking = self._looking
        if kind in _REFERENCES:
            for predicate in _REFERENCES[kind]:
                yield from looking.subjects(predicate, node)
        if kind == "event":  # also where a claim's own graph alone has it: what is denied, or named otherwise since
            yield from (
                one.object.value for one in looking.store.quads(node, _CLAIM) if isinstance(one.object, NamedNode)
            )
        elif kind == "source":  # a publisher is the source of no claim, but of the articles
            for article in looking.subjects(Term.PUBLISHER, node):
                yield from looking.subjects(Term.DERIVED_FROM, NamedNode(article))
        elif kind == "gazetteer":
            for run in looking.subjects(wq("gazetteer"), node):
                yield from looking.subjects(Term.GENERATED_BY, NamedNode(run))
        if kind in ("place", "actor"):
            for quad in looking.store.quads(None, None, node):
                if isinstance(quad.graph_name, NamedNode):
                    yield quad.graph_name.value
            for inner in looking.subjects(Term.CONTAINED_IN, node):
                yield from self.claims_of(inner)
        if kind in tuple(EntityKind):
            for merged in looking.subjects(_MERGED_INTO, node):
                yield from self._naming(kind, NamedNode(merged))

    def _claims_reviewed(self, position: int) -> list[str]:
        """Return the claims that a review is about, or the one that it takes back."""
        looking = self._looking
        if position not in looking.reviews.positions(looking.at):
            return []
        claims = itertools.chain.from_iterable(affected(looking.reviews, position).values())
        return looking.ordered(self._iris.claim(claim).value for claim in claims)

    def _claims_decided(self, position: int) -> list[str]:
        """Return the claims that a decision is about; of a merge, those that name what it joins."""
        looking = self._looking
        curations, at = looking.curations, looking.at
        if position > at or curations.type_of(position) is None:
            return []
        found: list[str] = []
        for article, claims in curations.affected(position).items():
            holders = looking.store.projector.extracted(article, at)
            there = {claim["id"] for holder in holders for claim in holder.payload["claims"]}
            found += (self._iris.claim(claim).value for claim in (there if claims is None else there & claims))
        decided = curations.curation(curations.roots(position)[-1])
        for claim in (*decided.claims, *itertools.chain.from_iterable(decided.parts)):
            found.append(self._iris.claim(claim.claim).value)
        if decided.entity is not None:
            for one in (decided.into, *decided.merged, *decided.apart):
                if one is not None:
                    found += self.claims_of(f"{self._iris.base}id/{decided.entity.value}/{one}")
        return looking.ordered(one for one in found if self._about(NamedNode(one)) is not None)

    def records_of(self, iri: str) -> list[int]:
        """Return the positions of the records that brought `iri`, or that it names."""
        node, named = _node(iri), self._iris.parse(iri)
        if node is None or named is None:
            return []
        nodes = [node]
        if named.kind == "record" and named.part:
            nodes = [NamedNode(f"{self._iris.base}id/record/{named.id}")]
        elif named.kind == "source":
            nodes = [NamedNode(article) for article in self._looking.subjects(Term.PUBLISHER, node)]
        elif named.kind == "gazetteer":
            nodes = [NamedNode(run) for run in self._looking.subjects(wq("gazetteer"), node)]
        return sorted({self._looking.position(one) for one in nodes} - {0})

    # -- triples -------------------------------------------------------------------------------------------------------

    def stating(self, asked: AskedTriple) -> Stated:
        """Return the claims, or else the records, that state a triple which the graph holds."""
        graphs = [
            quad.graph_name
            for quad in self._looking.store.quads(asked.subject, asked.predicate, asked.object, asked.graph)
        ]
        own = [one.value for one in graphs if isinstance(one, NamedNode) and is_claim(self._iris, one.value)]
        if own:
            return Stated(tuple(self._looking.ordered(own)))
        if not any(isinstance(one, DefaultGraph) for one in graphs):
            return Stated()
        named = self._iris.parse(asked.subject.value)
        quad = Quad(asked.subject, asked.predicate, asked.object)
        claims = self.claims_of(asked.subject.value)
        if named is not None and named.kind == "event":
            stated = Stated() if named.part else self._of_event(asked)
            return stated if stated.claims else self._together(claims, quad)
        giving = [claim for claim in claims[:EXAMINED] if self._gives(claim, quad)]
        if giving:
            return Stated(tuple(giving), unexamined=max(0, len(claims) - EXAMINED))
        together = self._together(claims, quad)
        if together.claims:
            return together
        return Stated(records=tuple(self._records_giving(asked.subject.value, quad)))

    def _of_event(self, asked: AskedTriple) -> Stated:
        """Return the claims of an event that say the triple in their own graphs, each under the name that it has."""
        claims = self.claims_of(asked.subject.value)
        saying = [claim for claim in claims if self._says(claim, asked)]
        if saying or asked.predicate not in _BOUNDS:
            return Stated(tuple(saying))
        bounding = [claim for claim in claims if self._bounds(claim, asked.object)]
        return Stated(tuple(bounding), together=bool(bounding))

    def _together(self, claims: Iterable[str], quad: Quad) -> Stated:
        """Return the claims of the event that states `quad` of one of `claims`, or of itself: it follows from all."""
        projector, at = self._looking.store.projector, self._looking.at
        for claim in itertools.islice(claims, EXAMINED):
            named = self._iris.parse(claim)
            event = None if named is None else projector.events.of(named.id, at)
            if event is not None and quad in projector.of_event(event, at).quads():
                if summed := self._summed(claim, quad):
                    return summed
                told = (self._iris.claim(one.claim).value for one in (*event.members, *event.denials))
                return Stated(tuple(self._looking.ordered(told)), together=True)
        return Stated()

    def _summed(self, total: str, quad: Quad) -> Stated | None:
        """Return the claims behind a sum of which `quad` says something: its total and its parts; None for another."""
        looking, node = self._looking, NamedNode(total)
        sums = sorted({str(one.object)[1:-1] for one in looking.default(node, _SUM, None)})
        value = quad.object.value if isinstance(quad.object, NamedNode) else ""
        said = [one for one in sums if quad.subject == NamedNode(one) or value == one]
        if not said and quad.predicate != _SUMS_OVER:
            return None
        claims, because = [total], []
        for one in said or sums:
            parts = self._figures(one, _PART_FIGURE)
            if not said and value not in (claim for claim, _ in parts):
                continue
            ((_, best),) = self._figures(one, _TOTAL_FIGURE)
            claims += [claim for claim, _ in parts]
            numbers = " + ".join(sorted((number for _, number in parts), key=int, reverse=True))
            because.append(f"{best} = {numbers} ({one.rpartition('/')[2]})")
        why = f"{'; '.join(because)}: no other figures of the article, as few, add up to it"
        return Stated(tuple(looking.ordered(claims)), together=True, because=why)

    def _figures(self, of: str, predicate: NamedNode) -> list[tuple[str, str]]:
        """Return the claims of the figures of a sum, and their numbers."""
        found = []
        for quad in self._looking.default(NamedNode(of), predicate, None):
            figure = str(quad.object)[1:-1]
            claim = figure.partition("/figure/")[0]
            found.append((claim, self._looking.value(NamedNode(figure), wq("best")) or ""))
        return found

    def _bounds(self, claim: str, value: object) -> bool:
        """Tell whether a claim states a number as a bound of one of its figures."""
        graph = NamedNode(claim)
        return any(
            quad.object == value
            for predicate in (wq("low"), wq("best"), wq("high"))
            for quad in self._looking.store.quads(None, predicate, None, graph)
        )

    def _says(self, claim: str, asked: AskedTriple) -> bool:
        graph = NamedNode(claim)
        if asked.predicate == _CLAIM:
            return asked.object == graph
        for own in self._looking.store.quads(None, _CLAIM, graph, graph):
            if isinstance(own.subject, NamedNode):
                said = self._looking.store.quads(own.subject, asked.predicate, None, graph)
                if any(self.stands_for(quad.object) == asked.object for quad in said):
                    return True
        return False

    def stands_for(self, term: object) -> object:
        """Return what a term of a claim's own graph is in the default graph: of a merged entity, the one that stays."""
        return self._survivors.get(term.value, term) if isinstance(term, NamedNode) else term

    @cached_property
    def _survivors(self) -> Mapping[str, NamedNode]:
        base = f"{self._iris.base}id/"
        survivors = self._looking.curations.survivors(self._looking.at)
        return {f"{base}{kind.value}/{old}": NamedNode(f"{base}{kind.value}/{new}") for (kind, old), new in survivors}

    def _gives(self, claim: str, quad: Quad) -> bool:
        """Tell whether the record of `claim`, or of its article, states `quad`."""
        looking = self._looking
        position = looking.position(NamedNode(claim))
        if quad in looking.projected(position):
            return True
        article = looking.record(position).payload["article"]
        return quad in looking.projected(looking.article_record(article, position).position)

    def _records_giving(self, iri: str, quad: Quad) -> Iterable[int]:
        from graph.travel.touching import touching  # which itself asks for patches of this package

        looking = self._looking
        positions = dict.fromkeys([*self.records_of(iri), *looking.reviews.positions(looking.at)])
        found = [position for position in positions if quad in looking.projected(position)]
        if found:
            return found
        return [one for one in touching(looking.store, iri)[:EXAMINED] if quad in looking.projected(one)]

    def _about(self, claim: NamedNode) -> NamedNode | None:
        return next((NamedNode(one) for one in self.about(claim)), None)

    def about(self, claim: NamedNode) -> list[str]:
        """Return the IRIs of what the graph has the claim to be about."""
        quads = self._looking.default(claim, wq("about"), None)
        return sorted(quad.object.value for quad in quads if isinstance(quad.object, NamedNode))


_ABOUT: Final = wq("about")
_CLAIM: Final = wq("claim")
_BOUNDS: Final = frozenset(wq(name) for name in ("fatalitiesLow", "fatalitiesBest", "fatalitiesHigh"))
_MERGED_INTO: Final = wq("mergedInto")
_PART_FIGURE: Final = wq("partFigure")
_SUM: Final = wq("sum")
_SUMS_OVER: Final = wq("sumsOver")
_TOTAL_FIGURE: Final = wq("totalFigure")
_REFERENCES: Final = {
    "event": (wq("about"), wq("denies")),
    "article": (Term.DERIVED_FROM,),
    "run": (Term.GENERATED_BY,),
    "record": (wq("record"),),
    "source": (wq("attributedTo"), wq("reportedVia")),
}


def _node(iri: str) -> NamedNode | None:
    try:
        return NamedNode(iri)
    except ValueError:
        return None
