"""The audit of a whole graph: every triple of the default graph traced to a field of a record, or named as a finding.

Invariant: records and graph are streamed, and memory does not grow with them: lines that have to be compared in another
order lie in sorted runs on the disk. The projection is not run: what a record says is read from its fields (`saying`),
so a fault of the projection is found as well. A finding is never passed over because there are many. What is found,
and in which order, does not depend on how many processes look for it.

The log is audited in stretches (`ranges`), then what the records say of places, actors and sources as a whole. All
triples that were read on the way are counted; only where the graph holds others, these are looked for one by one.
"""

from collections.abc import Callable, Iterator
from itertools import groupby, islice
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from graph.audit.findings import MISSING, ORPHAN, UNEXPLAINED, Counts, Finding
from graph.audit.held import Held
from graph.audit.merged import renamed, renames
from graph.audit.ranges import Content, Part, RangeAudit, choose
from graph.audit.spreading import Opening, spread
from graph.iris import Identified
from graph.log import EventLog, Record
from graph.reviews import exact_matches
from graph.store import Reader
from graph.store.sorting import SortedLines
from graph.terms import Term, terms, wq, written
from graph.upcasting import PresentLog
from ontology.records import CLAIMS_EXTRACTED

_STRETCH: Final = 128  # records that are audited by one process at a time
_EACH: Final = 4  # stretches for each process, so none is idle while another ends
_AT_ONCE: Final = 500  # places, actors and sources that are compared together


class WholeAudit:
    """One run over a graph and its log. `findings` may be read once; `counts` grow meanwhile.

    `claims` are those that were chosen for the shapes: the `shaped` ones with the lowest digest under `seed`.
    With `opening`, which opens the same graph at the same position in another process, so many `processes` share the
    work. `progress` is called with the position that has been reached.
    """

    def __init__(
        self,
        store: Reader,
        log: EventLog,
        content: Content,
        *,
        shaped: int = 0,
        seed: int = 0,
        progress: Callable[[int], None] | None = None,
        processes: int = 1,
        opening: Opening | None = None,
        stretch: int | None = None,
    ) -> None:
        self.counts = Counts()
        self._store, self._log, self._content = store, log, content
        self._iris, self._at, self._held = store.iris, store.position(), Held(store)
        projector = store.projector
        self._reviews, self._curations, self._patches = projector.reviews, projector.curations, projector.patches
        self._articles, self._erasures = projector.articles, projector.erasures
        self._names = renames(self._curations.survivors(self._at), self._iris)
        self._claims = f"{self._iris.base}id/claim/"
        self._records = f"{self._iris.base}id/record/"
        self._progress = progress
        self._shaped, self._seed = shaped, seed
        self._processes, self._opening = processes, opening
        self._stretch = stretch or min(_STRETCH, max(1, self._at // (_EACH * processes)))
        self._chosen: list[tuple[str, str]] = []
        self._quads = 0  # read so far
        self._unread = False

    @property
    def chosen(self) -> list[str]:
        """The claims that were chosen for the shapes, in order."""
        return sorted(claim for _, claim in self._chosen)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong, in the order of the log and then of the graph.

        Raises:
            graph.audit.spreading.AuditStopped: a process ended before its work was done.
            graph.audit.spreading.AuditFailed: a process met an error.
        """
        with SortedLines() as facts, SortedLines() as known:
            for fact in self._decided_facts():
                facts.write(f"{fact}\n".encode())
            for part in self._parts():
                self._take(part)
                facts.write(part.facts)
                yield from part.findings
                if self._progress is not None:
                    self._progress(part.upto)
            yield from self._compared(facts, known)
            if self._unread or len(self._store) != self._quads + self._beside():
                yield from self._surplus(known)

    def _parts(self) -> Iterator[Part]:
        stretches = [(after, min(after + self._stretch, self._at)) for after in range(0, self._at, self._stretch)]
        if self._opening is not None and self._processes > 1 and len(stretches) > 1:
            processes = min(self._processes, len(stretches))
            yield from spread(self._opening, stretches, processes, shaped=self._shaped, seed=self._seed)
            return
        audit = RangeAudit(self._store, self._log, self._content, shaped=self._shaped, seed=self._seed)
        for after, upto in stretches:
            yield audit.part(after, upto)

    def _take(self, part: Part) -> None:
        self.counts.add(part.counts)
        self._quads += part.quads
        self._unread = self._unread or part.unread
        for one in part.chosen:
            choose(self._chosen, self._shaped, one)

    # -- places, actors, sources ---------------------------------------------------------------------------------------

    def _compared(self, facts: SortedLines, known: SortedLines) -> Iterator[Finding]:
        """Compare what the records say of places, actors, sources and gazetteers with what the graph does."""
        groups = groupby(_distinct(facts), key=lambda line: line[: line.index(b" ")])
        things = ((subject.decode(), {line.decode() for line in lines}) for subject, lines in groups)
        while some := list(islice(things, _AT_ONCE)):
            known.write("".join(f"{subject[1:-1]}\n" for subject, _ in some).encode())
            said = set().union(*(lines for _, lines in some))
            there = set(self._held.about(subject for subject, _ in some))
            self._quads += len(there)
            self.counts.triples += len(there)
            for line in sorted(said ^ there):
                if line in said:
                    yield Finding(MISSING, line, "a record says so")
                else:
                    yield Finding(UNEXPLAINED, line, "no record says so")
            for subject, _ in some:
                node = NamedNode(subject[1:-1])
                yield from self._referred(node, self._iris.parse(node.value))

    def _referred(self, node: NamedNode, named: Identified | None) -> Iterator[Finding]:
        if named is None or named.kind not in ("place", "actor", "source", "gazetteer"):
            return
        self.counts.entities += 1
        if named.kind == "gazetteer" and not named.part:
            return  # of an extraction that found nothing
        if next(self._store.quads(None, None, node), None) is None:
            yield Finding(ORPHAN, str(node), "it is described, and nothing refers to it")

    def _decided_facts(self) -> Iterator[str]:
        """Yield what decisions say of entities: merges, identifiers that a reviewer vouched for, curation graphs."""
        for old, new in self._names.items():
            yield f"{old} {written('mergedInto')} {new}"
        for position in self._reviews.positions(self._at):
            if not self._reviews.undone_by(position, self._at):
                review = self._reviews.review(position)
                for link in review.links:
                    place = self._iris.place(link.now.id)
                    for exact in exact_matches(review, link):
                        yield from renamed(f"{place} {Term.EXACT_MATCH} <{exact}>", self._names)
        for name in sorted(self._curated_graphs()):
            for cls in terms().classes("CurationGraph"):
                yield f"<{name}> {Term.TYPE} {cls}"

    def _curated_graphs(self) -> set[str]:
        return {
            f"{self._iris.base}{graph.graph}"
            for position in self._patches.positions(self._at)
            for graph in self._patches.patch(position).graphs
        }

    # -- what no record led to -----------------------------------------------------------------------------------------

    def _beside(self) -> int:
        """Return how many quads are in graphs that are no claim's: of the log, and of curation graphs."""
        count = 0
        for graph in self._store.engine().named_graphs():
            if isinstance(graph, NamedNode) and not graph.value.startswith(self._claims):
                count += self._count(f"GRAPH {graph} {{ ?s ?p ?o }}")
        return count

    def _surplus(self, known: SortedLines) -> Iterator[Finding]:
        """Name what the graph holds and no record led to; `known` are the places, actors and sources that one did."""
        found = False
        for finding in self._strangers(known):
            found = True
            yield finding
        if not found and not self._unread:
            count = len(self._store) - self._quads - self._beside()
            detail = f"the graph holds {count} triples that no record led to"
            yield Finding(UNEXPLAINED, str(self._iris.log()), detail)

    def _strangers(self, known: SortedLines) -> Iterator[Finding]:
        yield from self._strange("claim", self._claims)
        yield from self._strange("record", self._records)
        yield from self._others(known)
        for name in self._store.engine().named_graphs():
            if isinstance(name, NamedNode) and name.value.startswith(self._claims) and not self._known(name):
                yield Finding(UNEXPLAINED, str(name), "a graph of a claim that no record holds")

    def _others(self, known: SortedLines) -> Iterator[Finding]:
        """Go through the subjects of the default graph that are no claim's and no record's."""
        described = _distinct(known)
        last = next(described, None)
        for line in self._subjects_but(self._claims, self._records):
            while last is not None and last < line:
                last = next(described, None)
            node = NamedNode(line.decode())
            named = self._iris.parse(node.value)
            if named is not None and named.kind == "event":
                yield from self._event(node, named)
            elif named is not None and named.kind == "article":
                if named.part or self._articles(named.id) is None:
                    yield from self._unexplained(node, "no record brought such an article")
            elif named is not None and named.kind == "run":
                if named.part or not self._ran(node):
                    yield from self._unexplained(node, "no record holds such a run")
            elif line != last:
                yield from self._unexplained(node, "no record says so")
                yield from self._referred(node, named)

    def _event(self, node: NamedNode, named: Identified) -> Iterator[Finding]:
        event = NamedNode(f"{self._iris.base}id/event/{named.id}")
        if named.part:
            if next(self._store.quads(event, None, node, DefaultGraph()), None) is None:
                yield Finding(ORPHAN, str(node), "it is a part of an event that does not name it")
            return
        own = self._store.quads(node, wq("claim"))
        graphs = {quad.graph_name for quad in own if isinstance(quad.graph_name, NamedNode)}
        if not any(self._known(graph) for graph in graphs if isinstance(graph, NamedNode)):
            yield from self._unexplained(node, "no claim that a record holds gave it its name")

    def _ran(self, run: NamedNode) -> bool:
        return any(
            record.payload.get("run") == run.value.rpartition("/")[2]
            for quad in self._default(run, wq("record"))
            if isinstance(quad.object, NamedNode)
            for record in self._record_of(quad.object)
        )

    def _strange(self, kind: str, stem: str) -> Iterator[Finding]:
        """Yield the subjects of a kind that are no part of what the log holds, or that nothing leads to."""
        last = ""
        answer = self._store.query(f'SELECT ?s {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{stem}")) }}')
        for (node,) in answer.rows():
            if not isinstance(node, NamedNode) or node.value == last:
                continue
            last = node.value
            named = self._iris.parse(last)
            if named is None:
                yield from self._unexplained(node, "its IRI is none that is made")
            elif named.part:
                if next(self._store.quads(None, None, node), None) is None:
                    yield Finding(ORPHAN, str(node), f"it is a part of a {kind}, and nothing refers to it")
            elif kind == "record" and not 0 < int(named.id if named.id.isdecimal() else 0) <= self._at:
                yield from self._unexplained(node, "the log has no such record")
            elif kind == "claim" and not self._known(node):
                yield from self._unexplained(node, "no record of the log holds this claim")

    def _known(self, claim: NamedNode) -> bool:
        """Tell whether a record of the log holds a claim that has not been erased."""
        named = self._iris.parse(claim.value)
        for quad in self._default(claim, wq("record")):
            for record in self._record_of(quad.object) if isinstance(quad.object, NamedNode) else ():
                if record.type == CLAIMS_EXTRACTED and named is not None:
                    holds = any(one.get("id") == named.id for one in record.payload["claims"])
                    if holds and not self._erasures.without_claims(record.payload["article"]):
                        return True
        return False

    def _record_of(self, node: NamedNode) -> Iterator[Record]:
        named = self._iris.parse(node.value)
        if named is not None and named.kind == "record" and not named.part and named.id.isdecimal():
            position = int(named.id)
            if 0 < position <= self._at:
                yield from PresentLog(self._log).read(after=position - 1, upto=position)

    # -- reading -------------------------------------------------------------------------------------------------------

    def _default(self, subject: NamedNode, predicate: NamedNode | None = None) -> Iterator[Quad]:
        return self._store.quads(subject, predicate, None, DefaultGraph())

    def _subjects_but(self, *stems: str) -> Iterator[bytes]:
        """Yield the subjects of the default graph that begin with none of some IRIs, each once, in order."""
        without = " && ".join(f'!STRSTARTS(STR(?s), "{stem}")' for stem in stems)
        with SortedLines() as lines:
            last = ""
            for (node,) in self._store.query(f"SELECT ?s {{ ?s ?p ?o FILTER({without}) }}").rows():
                if isinstance(node, NamedNode) and node.value != last:
                    last = node.value
                    lines.write(f"{last}\n".encode())
            yield from _distinct(lines)

    def _count(self, pattern: str) -> int:
        for (number,) in self._store.query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}").rows():
            if isinstance(number, Literal):
                return int(number.value)
        return 0

    def _unexplained(self, node: NamedNode, detail: str) -> Iterator[Finding]:
        for line in sorted(f"{quad.subject} {quad.predicate} {quad.object}" for quad in self._default(node)):
            yield Finding(UNEXPLAINED, line, detail)


def _distinct(lines: SortedLines) -> Iterator[bytes]:
    last = b""
    for line in lines:
        if line != last:
            last = line
            yield line.rstrip(b"\n")
