"""What the records of the log do to the graph, as members of an event stream.

Invariant: the graph at a position is the union of the newest version, up to there, of every part that was not deleted.
A part is what one record says in one graph, of one claim or of the rest, or what one event states; its versions are
numbered by the positions of the records that changed it. So what several records say stays until none of them says it,
and the members of a record follow from that record, from those that it changes, and from the events that it turns.

The terms are those of ActivityStreams: a member is a Create, an Update or a Delete of its `object`, the part, whose
`target` is the graph that the part stands in, and which is the default graph where there is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from pyoxigraph import Literal, NamedNode

from graph.events.contract import Event
from graph.iris import Iris
from graph.log import EventLog, Record
from graph.projection import Projector, Triple, time_literal
from graph.terms import Node, Term, wq
from graph.upcasting import present
from ontology.erasures import CONTENT_ERASED, CONTENT_RESTORED
from ontology.records import CLAIMS_EXTRACTED, article_stream, decode_claims_extracted

AS: Final = "https://www.w3.org/ns/activitystreams#"
OBJECT: Final = NamedNode(AS + "object")
TARGET: Final = NamedNode(AS + "target")
PUBLISHED: Final = NamedNode(AS + "published")
CREATE: Final = NamedNode(AS + "Create")
UPDATE: Final = NamedNode(AS + "Update")
DELETE: Final = NamedNode(AS + "Delete")
POSITION: Final = wq("position")

_EVENT: Final = "event/"
_MARKER: Final = "log"
_REST: Final = "record"


@dataclass(frozen=True, slots=True)
class Part:
    """What the record at `record` says in the graph `target`, or (0) an event; `target` is empty for the default graph.

    `name` says of what: `c-…` of a claim, `c-…/said` in the graph of that claim, `graphs/…` in that curation graph,
    `record` of everything else. The part of an event is named `event/` with its first claim, the one that says how far
    the log goes `log`; both have the record 0.
    """

    @classmethod
    def of_event(cls, first: str) -> Self:
        """Return the part of the event whose first claim is `first`."""
        return cls(0, f"{_EVENT}{first}")

    record: int
    name: str
    target: Node = ""

    def iri(self, iris: Iris) -> NamedNode:
        """Return the IRI of the part, which its versions name as their object."""
        if self.name == _MARKER:
            return NamedNode(f"{iris.log().value}#position")
        if not self.record:
            return NamedNode(f"{iris.event(self.name.removeprefix(_EVENT)).value}#statements")
        return NamedNode(f"{iris.record(self.record).value}#{self.name}")


@dataclass(frozen=True, slots=True)
class Member:
    """A version of a part: what it says since the record at `position`, nothing where it was deleted.

    `change` is CREATE, UPDATE or DELETE, `recorded` the time of that record.
    """

    position: int
    recorded: str
    part: Part
    change: NamedNode
    triples: tuple[Triple, ...]

    def path(self) -> str:
        """Return what names the member within a view of the stream."""
        return f"{self.position}/{self.part.record}/{self.part.name}"

    def text(self, node: NamedNode, iris: Iris) -> str:
        """Return the member under the IRI `node`: what is said of it, then its triples in the graph of that name."""
        said = [(Term.TYPE, self.change), (OBJECT, self.part.iri(iris))]
        lines = [f"{node} {predicate} {value} .\n" for predicate, value in said]
        if self.part.target:
            lines.append(f"{node} {TARGET} {self.part.target} .\n")
        lines.append(f"{node} {PUBLISHED} {time_literal(self.recorded)} .\n")
        lines.append(f"{node} {POSITION} {Literal(self.position)} .\n")
        end = f" {node} .\n"
        return "".join(lines) + "".join(f"{triple}{end}" for triple in self.triples)


Parts = dict[Part, tuple[Triple, ...]]


class Members:
    """The members that the records of a log give under a projection."""

    def __init__(self, log: EventLog, projector: Projector) -> None:
        self._log = log
        self._projector = projector

    def of(self, record: Record) -> Iterator[Member]:
        """Yield the members of one record: its own parts, the parts of others that it changes, the end of the log.

        Raises:
            graph.projection.ProjectionError: the record, or one that it changes, cannot be projected.
        """
        position = record.position
        self._projector.erasures.refresh()  # what was erased behind the record is gone there too

        def member(part: Part, change: NamedNode, triples: tuple[Triple, ...]) -> Member:
            return Member(position, record.recorded, part, change, triples)

        for part, triples in self._parts(record, position).items():
            yield member(part, CREATE, triples)
        if record.type in (CONTENT_ERASED, CONTENT_RESTORED):
            # What was erased is gone for every position, so nobody can say what changed: all is told again.
            for other in self._log.read_stream(article_stream(record.payload["article"])):
                if other.position < position:
                    now = self._parts(other, position)
                    for part in dict.fromkeys([*now, *self._possible(other)]):
                        yield member(part, UPDATE if part in now else DELETE, now.get(part, ()))
        for changed in self._reached(record):
            for other in self._log.read(after=changed - 1, upto=changed):
                before, now = self._parts(other, position - 1), self._parts(other, position)
                for part, triples in now.items():
                    if part not in before:
                        yield member(part, CREATE, triples)
                    elif set(before[part]) != set(triples):
                        yield member(part, UPDATE, triples)
                for part in before:
                    if part not in now:
                        yield member(part, DELETE, ())
        for part, change, triples in self._events(record):
            yield member(part, change, triples)
        log = str(self._projector.iris.log())
        change = CREATE if position == 1 else UPDATE
        yield member(Part(0, _MARKER, log), change, (f"{log} {POSITION} {Literal(position)}",))

    def _events(self, record: Record) -> Iterator[tuple[Part, NamedNode, tuple[Triple, ...]]]:
        """Yield the parts of the events that a record turns, with what it does to them."""
        position = record.position
        if record.type in (CONTENT_ERASED, CONTENT_RESTORED):
            yield from self._all_events(record)
            return
        for part in present(record):
            ended, begun = self._projector.turned(part)
            before = {event.id: event for event in ended}
            for event in begun:
                old = before.pop(event.id, None)
                now = self._triples(event, position)
                if old is None or set(self._triples(old, position - 1)) != set(now):
                    yield Part.of_event(event.id), UPDATE if old is not None else CREATE, now
            for gone in before:
                yield Part.of_event(gone), DELETE, ()

    def _all_events(self, record: Record) -> Iterator[tuple[Part, NamedNode, tuple[Triple, ...]]]:
        """Yield all events anew, and that none is named by a claim that is not the first of one."""
        gone: dict[str, None] = {}
        for other in self._projector.extracted(record.payload["article"], record.position):
            gone.update((claim["id"], None) for claim in other.payload["claims"])
        for event in self._projector.events.at(record.position):
            gone.update((member.claim, None) for member in event.members)
            del gone[event.id]
            yield Part.of_event(event.id), UPDATE, self._triples(event, record.position)
        for claim in gone:
            yield Part.of_event(claim), DELETE, ()

    def _triples(self, event: Event, at: int) -> tuple[Triple, ...]:
        return tuple(dict.fromkeys(triple for triple, _ in self._projector.of_event(event, at).each()))

    def _possible(self, record: Record) -> list[Part]:
        """Return the parts that a record has as long as nothing is erased."""
        found = []
        for extracted in present(record):
            if extracted.type == CLAIMS_EXTRACTED:
                for claim in decode_claims_extracted(extracted.payload).claims:
                    graph = str(self._projector.iris.claim(claim.id))
                    found += [Part(record.position, claim.id), Part(record.position, f"{claim.id}/said", graph)]
        return found

    def _reached(self, record: Record) -> list[int]:
        """Return the positions of the earlier records whose statements a record may change, in order."""
        found: set[int] = set()
        for part in present(record):
            reach = self._projector.reach(part)
            found.update(reach.decisions)
            for article in reach.claims:
                found |= {holder.position for holder in self._projector.extracted(article, record.position - 1)}
        return sorted(found)

    def _parts(self, record: Record, at: int) -> Parts:
        """Return the parts of a record as of position `at`, none of them empty."""
        statements = self._projector.statements(record, at)
        parse = self._projector.iris.parse
        owners: dict[Node, str] = {}
        found: dict[Part, list[Triple]] = {}
        for triple in statements.default:
            subject = triple.partition(" ")[0]
            owner = owners.get(subject)
            if owner is None:
                named = parse(subject[1:-1])
                owner = owners[subject] = named.id if named is not None and named.kind == "claim" else _REST
            found.setdefault(Part(record.position, owner), []).append(triple)
        found.setdefault(Part(record.position, _REST), []).extend(statements.common)
        for graph, triples in statements.named:
            claim = parse(graph[1:-1])
            name = f"{claim.id}/said" if claim is not None else graph[1:-1].removeprefix(self._projector.iris.base)
            found.setdefault(Part(record.position, name, graph), []).extend(triples)
        return {part: tuple(dict.fromkeys(triples)) for part, triples in found.items() if triples}
