"""Evaluating an update: what it adds to and removes from the curation graphs of a store that stays as it is.

Invariant: the same request on the same store gives the same quads (but for NOW, RAND and the like). Patterns see the
whole graph, and what the operations before them did; only curation graphs are written. No other server is asked: what
LOAD needs is there, or is named.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryBoolean, QuerySolutions

from graph.sparql import Limits, QueryRefused, ServiceRefused, check_query, place_of
from graph.updates.documents import Document, Unreadable, quads_of
from graph.updates.errors import UpdateFault
from graph.updates.quads import Naming, Net, Solution, Template, filled, templates
from graph.updates.reading import (
    Data,
    GraphRef,
    Load,
    Manage,
    Modify,
    Operation,
    operations,
    quads_as_trig,
    with_variables,
)

LOADS: Final = 10  # documents of one request


@dataclass(frozen=True, slots=True)
class Update:
    """An update with the dataset that the protocol gives its patterns, None where it gives none.

    `graph` is the graph that stands for the default graph, where the request is about one, and what relative IRIs are
    relative to then.
    """

    text: str
    using: tuple[str, ...] | None = None
    using_named: tuple[str, ...] = ()
    graph: str | None = None


class DocumentsWanted(Exception):
    """Nothing was done: LOAD needs the documents at these `addresses`, each with line and column of its operation."""

    def __init__(self, addresses: Mapping[str, tuple[int, int]]) -> None:
        super().__init__(", ".join(addresses))
        self.addresses = dict(addresses)


def evaluate(
    update: Update,
    net: Net,
    *,
    base: str,
    prefixes: Mapping[str, str],
    documents: Mapping[str, Document] | None = None,
) -> None:
    """Carry out `update` on `net`; `documents` are those that LOAD may need, by address, None where it may load none.

    Raises:
        UpdateFault: nothing of it may be used.
        DocumentsWanted
    """
    found = operations(update.text, update.graph or base, prefixes)
    _check_loads(found, update, net, documents)
    variable = f"urn:waqai:{secrets.token_hex(8)}:"  # nobody can write one
    seed = hashlib.sha256(update.text.encode()).hexdigest()
    for number, operation in enumerate(found, start=1):
        _Step(operation, update, net, variable, Naming(base, f"{seed}\0{number}"), documents or {}).run()


def _check_loads(
    found: Sequence[Operation], update: Update, net: Net, documents: Mapping[str, Document] | None
) -> None:
    """Refuse what cannot be loaded before anything is fetched, and say what is to be."""
    wanted: dict[str, tuple[int, int]] = {}
    addresses = set()
    for operation in found:
        load = operation.what
        if not isinstance(load, Load):
            continue
        place = place_of(update.text, operation.start)
        if documents is None:
            reason = "LOAD would ask another server, which is switched off (WAQAI_LOAD_ALLOW): send the data itself"
            raise UpdateFault("load-refused", reason, *place)
        net.writable(_graph(load.target, update))
        addresses.add(load.address)
        if len(addresses) > LOADS:
            raise UpdateFault("too-many-operations", f"an update loads at most {LOADS} documents: send several", *place)
        if load.address not in documents:
            wanted.setdefault(load.address, place)
    if wanted:
        raise DocumentsWanted(wanted)


def _graph(ref: GraphRef, update: Update) -> NamedNode | DefaultGraph:
    if ref != "DEFAULT":
        return NamedNode(ref)
    return DefaultGraph() if update.graph is None else NamedNode(update.graph)


class _Step:
    """One operation."""

    def __init__(
        self,
        operation: Operation,
        update: Update,
        net: Net,
        variable: str,
        naming: Naming,
        documents: Mapping[str, Document],
    ) -> None:
        self._documents = documents
        self._operation = operation
        self._update = update
        self._net = net
        self._variable = variable
        self._naming = naming

    def run(self) -> None:
        what = self._operation.what
        if isinstance(what, Data):
            self._data(what)
        elif isinstance(what, Modify):
            self._modify(what)
        elif isinstance(what, Load):
            self._load(what)
        else:
            self._manage(what)

    def _data(self, data: Data) -> None:
        found = [quad for quad, _ in filled(self._templates(data.block), {}, self._update.graph, self._naming.iri)]
        if data.adds:
            self._net.change([], ((quad, False) for quad in found))
        else:
            self._net.change(found, [])

    def _modify(self, modify: Modify) -> None:
        if self._update.using is not None or self._update.using_named:
            if modify.with_ is not None or modify.using is not None:
                reason = "the request names a dataset (using-graph-uri), and the update another one (WITH or USING)"
                raise UpdateFault("two-datasets", reason)
        with_ = modify.with_ or self._update.graph
        delete, insert = self._templates(modify.delete), self._templates(modify.insert)
        for template in (*delete, *insert):
            self._check_target(template, with_)
        removed: list[Quad] = []
        added: dict[Quad, bool] = {}
        for number, solution in enumerate(self._solutions(modify, (*delete, *insert)), start=1):
            removed += (quad for quad, _ in filled(delete, solution, with_, self._naming.iri))

            def name(label: str, number: int = number, solution: Solution = solution) -> NamedNode:
                return self._naming.iri(label, *sorted(f"{key}={term}" for key, term in solution.items()), number)

            for quad, bound in filled(insert, solution, with_, name):
                added[quad] = added.get(quad, True) and bound
        self._net.change(removed, added.items())

    def _manage(self, manage: Manage) -> None:
        if manage.verb == "CREATE":
            self._net.writable(self._graph(manage.target))
        elif manage.verb in ("CLEAR", "DROP"):
            for graph in self._targets(manage.target):
                self._net.change(self._net.of_graph(graph), [])
        elif manage.source is not None and manage.source != manage.target:
            self._transfer(manage.verb, self._graph(manage.source), self._graph(manage.target), silent=manage.silent)

    def _load(self, load: Load) -> None:
        """Add the triples of a document; SILENT passes over one that could not be had or read, as a whole."""
        graph = self._graph(load.target)
        assert isinstance(graph, NamedNode)
        document = self._documents[load.address]
        place = place_of(self._update.text, self._operation.start)
        try:
            if document.fault is not None:
                raise UpdateFault(*document.fault, *place)
            try:
                given = quads_of(document.media_type, document.body, graph, self._naming.base, relative_to=load.address)
                quads = list(given)
            except Unreadable as error:
                raise UpdateFault("load-failed", f"the document {load.address} {error}", *place) from None
        except UpdateFault:
            if load.silent:
                return
            raise
        self._net.change([], ((quad, False) for quad in quads))

    def _graph(self, ref: GraphRef) -> NamedNode | DefaultGraph:
        return _graph(ref, self._update)

    def _targets(self, target: GraphRef) -> list[NamedNode]:
        """Return what CLEAR and DROP are about; of all graphs, those that can be written."""
        if target in ("ALL", "NAMED"):
            if self._update.graph is not None:
                raise UpdateFault(
                    "malformed-body", f"the request is about one graph: clear DEFAULT in place of {target}"
                )
            return self._net.graphs()
        graph = self._graph(target)
        self._net.writable(graph)
        assert isinstance(graph, NamedNode)
        return [graph]

    def _transfer(
        self, verb: str, source: NamedNode | DefaultGraph, target: NamedNode | DefaultGraph, *, silent: bool
    ) -> None:
        self._net.writable(target)
        if verb == "MOVE":
            self._net.writable(source)
        there = self._net.of_graph(source)
        if not there and not silent:
            raise UpdateFault("no-such-graph", f"there is no graph {source}: {verb} SILENT goes on without one")
        ours = isinstance(source, NamedNode) and source in self._net.graphs()
        before = self._net.of_graph(target) if verb != "ADD" else []
        copied = [(Quad(quad.subject, quad.predicate, quad.object, target), not ours) for quad in there]
        self._net.change(before, copied)
        if verb == "MOVE":
            self._net.change(there, [])

    def _templates(self, block: str | None) -> list[Template]:
        if block is None:
            return []
        return templates(
            self._operation.prologue + quads_as_trig(with_variables(block, self._variable)), self._variable
        )

    def _check_target(self, template: Template, with_: str | None) -> None:
        """Refuse what would write elsewhere, whether or not the pattern finds anything."""
        if template.graph is None:
            self._net.writable(NamedNode(with_) if with_ is not None else DefaultGraph())
        elif isinstance(template.graph, NamedNode):
            self._net.writable(template.graph)

    def _solutions(self, modify: Modify, wanted: tuple[Template, ...]) -> Iterator[Solution]:
        """Yield what the pattern finds, of the variables that the templates use."""
        names = sorted({part for template in wanted for part in template if isinstance(part, str)})
        fresh = any(isinstance(part, BlankNode) for template in wanted for part in template)
        # Blank nodes are new for each solution, so then each counts; else only what differs does.
        head = "SELECT *" if fresh else f"SELECT DISTINCT {' '.join('?' + n for n in names)}" if names else "ASK"
        query = f"{self._operation.prologue}{head} WHERE {modify.pattern}"
        result = self._query(query, modify)
        if isinstance(result, QueryBoolean):
            if result:
                yield {}
            return
        assert isinstance(result, QuerySolutions)
        columns = [variable.value for variable in result.variables]
        for row in result:
            yield {name: term for name in columns if (term := row[name]) is not None}

    def _query(self, query: str, modify: Modify) -> object:
        try:
            check_query(query, limits=Limits())
        except ServiceRefused:
            reason = "SERVICE is not taken in updates: ask first, by a query, and send the data"
            raise UpdateFault("service-refused", reason) from None
        except QueryRefused as refused:
            raise UpdateFault("query-refused", f"the pattern cannot be run: {refused.reason}") from None
        using = self._update.using if self._update.using is not None else modify.using
        named = self._update.using_named or modify.using_named
        store = self._net.store()
        try:
            if using is not None or named:
                default: list[NamedNode | BlankNode | DefaultGraph] = [NamedNode(iri) for iri in using or ()]
                return store.query(query, default_graph=default, named_graphs=[NamedNode(iri) for iri in named])
            if (with_ := modify.with_ or self._update.graph) is not None:
                return store.query(query, default_graph=[NamedNode(with_)])
            return store.query(query)
        except SyntaxError as error:
            raise UpdateFault("query-refused", f"the pattern cannot be run: {error}") from None
