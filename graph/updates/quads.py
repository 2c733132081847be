"""The quads that an update adds and removes: made of templates and solutions, and what they amount to in the end.

Invariant: only quads of curation graphs get in, and of them only what differs from the store at the end: nothing is
added that is there, and nothing removed that is not. Terms are those that the store gives back. No blank node gets in:
each becomes an IRI that follows from the request, the operation and the solution.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from graph.curationgraphs import GENID, NotACurationGraph, relative, relative_name
from graph.iris import Iris
from graph.updates.errors import UpdateFault

Term = NamedNode | BlankNode | Literal | Triple
Solution = Mapping[str, Term]

_WORDS: Final = 5  # from so many words on, a text that stands in an article is taken for a passage of it
_SHOWN: Final = 80


class Template(NamedTuple):
    """A quad whose parts may be variables; `graph` is None for the graph that WITH names, else the default graph."""

    subject: Term | str
    predicate: Term | str
    object: Term | str
    graph: Term | str | None


def templates(trig: str, variable: str) -> list[Template]:
    """Return the quads of a block; IRIs that begin with `variable` stand for variables.

    Blank nodes come in the order of the text, numbered from 1.

    Raises:
        UpdateFault: it cannot be parsed.
    """
    numbers: dict[str, str] = {}

    def part(term: Term | DefaultGraph) -> Term | str | None:
        if isinstance(term, DefaultGraph):
            return None
        if isinstance(term, NamedNode) and term.value.startswith(variable):
            return term.value[len(variable) :]
        if isinstance(term, BlankNode):
            return BlankNode(numbers.setdefault(term.value, str(len(numbers) + 1)))
        return term

    found = []
    try:
        for quad in parse(trig, RdfFormat.TRIG):
            subject, predicate, object_ = part(quad.subject), part(quad.predicate), part(quad.object)
            assert subject is not None
            assert predicate is not None
            assert object_ is not None
            found.append(Template(subject, predicate, object_, part(quad.graph_name)))
    except (SyntaxError, ValueError) as error:
        raise UpdateFault("malformed-update", f"the quads cannot be read ({error})") from None
    return found


@dataclass(frozen=True, slots=True)
class Naming:
    """How blank nodes get IRIs: by the base and what the request, operation and solution are known by."""

    base: str
    seed: str

    def iri(self, *parts: object) -> NamedNode:
        """Return the IRI of a blank node."""
        text = "\0".join([self.seed, *(str(part) for part in parts)])
        return NamedNode(f"{self.base}{GENID}{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}")


def filled(
    template: Iterable[Template], solution: Solution, with_: str | None, name: Callable[[str], NamedNode]
) -> Iterator[tuple[Quad, bool]]:
    """Yield the quads of a template for one solution, each with whether its object came from the solution.

    Quads with a variable that is not bound, and those that would be no RDF, are left out, as SPARQL has it. `name`
    gives the IRI of a blank node by its label.
    """
    for one in template:
        terms: list[Term | None] = []
        for part in one:
            term = solution.get(part) if isinstance(part, str) else part
            terms.append(name(term.value) if isinstance(term, BlankNode) else term)
        subject, predicate, object_, graph = terms
        if not isinstance(subject, NamedNode) or not isinstance(predicate, NamedNode) or object_ is None:
            if isinstance(subject, Triple):
                raise UpdateFault("bad-term", "triple terms cannot be written: name the statement with an IRI")
            continue
        if one.graph is None:
            graph = NamedNode(with_) if with_ is not None else None
        elif not isinstance(graph, NamedNode):
            continue
        bound = isinstance(one.object, str)
        yield Quad(subject, predicate, object_, graph if graph is not None else DefaultGraph()), bound


def as_stored(quads: Iterable[Quad]) -> list[Quad]:
    """Return quads with their literals as the store keeps them (`01` as `1`), none twice, in no order."""
    store = Store()
    store.extend(quads)
    return list(store)


class Net:
    """What an update amounts to so far, over a store that does not change.

    `limit` bounds the number of quads; `scratch` is a folder for a copy of the store, which must be opened from a file
    or be empty; `word_predicates` are those whose objects are words of articles.
    """

    def __init__(self, store: Store, iris: Iris, *, limit: int, scratch: Path, words: Iterable[NamedNode] = ()) -> None:
        self._store = store
        self._iris = iris
        self._limit = limit
        self._scratch = scratch
        self._words = tuple(words)
        self._pending: dict[Quad, bool] = {}
        self._copy: Store | None = None
        self._copied: dict[Quad, bool] = {}
        self._names: dict[str | None, str] = {}
        self._only: str | None = None

    def confine(self, graph: NamedNode) -> None:
        """Let nothing be written from now on but this graph."""
        self._only = graph.value

    def writable(self, graph: NamedNode | DefaultGraph | BlankNode | Triple) -> str:
        """Return the relative name of a graph. Raises UpdateFault where it is no curation graph."""
        iri = graph.value if isinstance(graph, NamedNode) else None
        if self._only not in (None, iri):
            reason = f"the update writes {graph}, and this request is about <{self._only}>: send it to /sparql"
            raise UpdateFault("malformed-body", reason)
        name = self._names.get(iri)
        if name is None:
            try:
                name = self._names[iri] = relative_name(iri, self._iris)
            except NotACurationGraph as error:
                raise UpdateFault("not-a-curation-graph", str(error)) from None
        return name

    def change(self, removed: Iterable[Quad], added: Iterable[tuple[Quad, bool]]) -> None:
        """Remove quads and then add quads; of those to add it is told whether their object was found in the store.

        Raises:
            UpdateFault
        """
        gone = as_stored(removed)
        fresh = dict(added)
        for quad in gone:
            self.writable(quad.graph_name)
            if self._pending.get(quad) is True:
                del self._pending[quad]
            elif quad not in self._pending and quad in self._store:
                self._set(quad, there=False)
        for quad, bound in fresh.items():
            self.writable(quad.graph_name)
            self._check(quad.object, bound=bound)
        for quad in as_stored(fresh):
            if self._pending.get(quad) is False:
                del self._pending[quad]
            elif quad not in self._pending and quad not in self._store:
                self._set(quad, there=True)

    def of_graph(self, graph: NamedNode | DefaultGraph) -> list[Quad]:
        """Return the quads of a graph as it stands now."""
        found = [
            quad for quad in self._store.quads_for_pattern(None, None, None, graph) if self._pending.get(quad, True)
        ]
        return found + [quad for quad, there in self._pending.items() if there and quad.graph_name == graph]

    def graphs(self) -> list[NamedNode]:
        """Return the curation graphs that hold something, or did before the update."""
        prefix = self._iris.base + "graphs/"
        names = {graph for graph in self._store.named_graphs() if isinstance(graph, NamedNode)}
        names |= {quad.graph_name for quad in self._pending if isinstance(quad.graph_name, NamedNode)}
        return sorted((name for name in names if name.value.startswith(prefix)), key=lambda name: name.value)

    def store(self) -> Store:
        """Return a store that holds what stands now: the given one as long as nothing has changed."""
        if self._copy is None:
            if not self._pending:
                return self._store
            self._copy = self._copied_store()
        for quad in [*self._copied, *self._pending]:
            now, before = self._pending.get(quad), self._copied.get(quad)
            if now is before:
                continue
            there = now if now is not None else not before
            (self._copy.add if there else self._copy.remove)(quad)
        self._copied = dict(self._pending)
        return self._copy

    def payload(self) -> list[dict[str, object]]:
        """Return graphs, and triples that were removed and added, by relative names and in order."""
        found: dict[str, dict[bool, list[str]]] = {}
        base = self._iris.base
        for quad, there in self._pending.items():
            name = self.writable(quad.graph_name)
            triple = " ".join(relative(str(term), base) for term in (quad.subject, quad.predicate, quad.object))
            found.setdefault(name, {True: [], False: []})[there].append(triple)
        return [
            {"graph": name, "removed": sorted(found[name][False]), "added": sorted(found[name][True])}
            for name in sorted(found)
        ]

    def _set(self, quad: Quad, *, there: bool) -> None:
        self._pending[quad] = there
        if len(self._pending) > self._limit:
            reason = f"the update changes more than {self._limit} quads (WAQAI_UPDATE_QUADS): send it in parts"
            raise UpdateFault("too-many-quads", reason)

    def _check(self, term: Term, *, bound: bool) -> None:
        if isinstance(term, Triple):
            raise UpdateFault("bad-term", "triple terms cannot be written: name the statement with an IRI")
        if not isinstance(term, Literal):
            return
        if "\0" in term.value:
            raise UpdateFault(
                "bad-term", f"the literal {term.value[:_SHOWN]!r} holds a NUL character, which a log cannot keep"
            )
        if bound and len(term.value.split()) >= _WORDS and self._is_passage(term):
            reason = (
                f"{term.value[:_SHOWN]!r} is words of an article, which would stay in the log when the article is "
                "erased: write the IRI of the claim or of its evidence in its place"
            )
            raise UpdateFault("words-of-articles", reason)

    def _is_passage(self, literal: Literal) -> bool:
        return any(
            next(iter(self._store.quads_for_pattern(None, p, literal, None)), None) is not None for p in self._words
        )

    def _copied_store(self) -> Store:
        if not len(self._store):
            return Store()
        folder = self._scratch / "store"
        self._store.backup(str(folder))
        copy = Store(str(folder))
        log = self._iris.log()
        if set(copy.quads_for_pattern(None, None, None, log)) != set(
            self._store.quads_for_pattern(None, None, None, log)
        ):
            raise UpdateFault("update-ended", "the graph could not be copied: try again")
        return copy
