"""A graph as an rdflib store, for reading: patterns and whole queries go to Oxigraph.

Invariant: nothing that rdflib is asked changes the graph or reaches another machine, and an answer is the one that
SPARQL over HTTP gives. rdflib's own evaluator, which is tens to hundreds of times slower, never runs.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pyoxigraph as ox
from rdflib import BNode, Dataset, Graph, Literal, URIRef, Variable
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.query import Result
from rdflib.store import Store
from rdflib.term import Identifier, Node

from graph.sparql_tokens import tokens
from ontology.vocabulary import PREFIXES

if TYPE_CHECKING:
    from graph.opening import OpenGraph

_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


class ReadOnlyGraph(TypeError):
    """Something would change a graph that was opened for reading."""

    def __init__(self) -> None:
        super().__init__(
            "the graph is open for reading: it follows the log, so ingest an article or append a record instead"
        )


def dataset_of(opened: "OpenGraph") -> Dataset:
    """Return an open graph as a dataset, with the prefixes of the ontology."""
    dataset = Dataset(store=ReadingStore(opened))
    for prefix, iri in PREFIXES.items():
        dataset.bind(prefix, iri, override=True, replace=True)
    return dataset


class ReadingStore(Store):
    """The quads of an `OpenGraph`; what would change them raises ReadOnlyGraph."""

    context_aware = True
    graph_aware = True
    formula_aware = False
    transaction_aware = False

    def __init__(self, opened: "OpenGraph") -> None:
        self._opened = opened
        self._namespaces: dict[str, URIRef] = {}
        super().__init__()

    def triples(
        self, triple_pattern: Any, context: Graph | None = None
    ) -> Iterator[tuple[Any, Iterator[Graph | None]]]:
        """Yield the triples that match, each with the one graph that it was found in."""
        subject, predicate, value = (None if term is None else _oxigraph(term) for term in triple_pattern)
        graph = None if context is None else _graph_name(context.identifier)
        if isinstance(subject, ox.Literal) or (predicate is not None and not isinstance(predicate, ox.NamedNode)):
            return
        for quad in self._opened.store.quads_for_pattern(subject, predicate, value, graph):
            triple = _rdflib(quad.subject), _rdflib(quad.predicate), _rdflib(quad.object)
            yield triple, iter((self._graph(quad.graph_name),))

    def __len__(self, context: Graph | None = None) -> int:
        store = self._opened.store
        if context is None:
            return len(store)
        return sum(1 for _ in store.quads_for_pattern(None, None, None, _graph_name(context.identifier)))

    def contexts(self, triple: Any = None) -> Generator[Graph, None, None]:
        """Yield the named graphs, or those graphs that hold a triple."""
        if triple is None or triple == (None, None, None):
            for name in self._opened.store.named_graphs():
                yield self._graph(name)
            return
        for _, graphs in self.triples(triple):
            for graph in graphs:
                if graph is not None:
                    yield graph

    def query(
        self,
        query: Any,
        initNs: Mapping[str, Any],  # noqa: N803 - rdflib's names
        initBindings: Mapping[str, Identifier],  # noqa: N803
        queryGraph: Any,  # noqa: N803
        **kwargs: object,
    ) -> Result:
        """Ask Oxigraph.

        Raises:
            TypeError: the query is a prepared one, or has options that there are not.
            graph.sparql.QueryRefused: it is malformed, an update, too deep, or asks another server.
        """
        if not isinstance(query, str):
            raise TypeError("give the query as text: rdflib's prepared queries would run in rdflib's own evaluator")
        if kwargs:
            raise TypeError(f"query() takes no {', '.join(sorted(kwargs))} here")
        only = None
        if isinstance(queryGraph, URIRef) and queryGraph != DATASET_DEFAULT_GRAPH_ID:
            only = ox.NamedNode(queryGraph)
        bound = {str(name).lstrip("?"): _oxigraph(value) for name, value in initBindings.items()}
        prefixes = {prefix: str(iri) for prefix, iri in {**self._namespaces, **initNs}.items()}
        return _result(self._opened.query(_bound(query, bound), prefixes=prefixes, only=only))

    def bind(self, prefix: str, namespace: URIRef, override: bool = True) -> None:
        """Bind a prefix, in this process."""
        if override or (prefix not in self._namespaces and namespace not in self._namespaces.values()):
            self._namespaces = {p: n for p, n in self._namespaces.items() if n != namespace}
            self._namespaces[prefix] = namespace

    def prefix(self, namespace: URIRef) -> str | None:
        """Return the prefix of a namespace."""
        return next((prefix for prefix, found in self._namespaces.items() if found == namespace), None)

    def namespace(self, prefix: str) -> URIRef | None:
        """Return the namespace of a prefix."""
        return self._namespaces.get(prefix)

    def namespaces(self) -> Iterator[tuple[str, URIRef]]:
        """Yield the prefixes that are bound."""
        yield from self._namespaces.items()

    def add_graph(self, graph: Graph) -> None:
        """Do nothing: `Dataset.graph(iri)` says that there be one, and a graph without triples is none."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise ReadOnlyGraph

    add = addN = remove = update = remove_graph = create = destroy = open = _refuse  # noqa: N815

    def _graph(self, name: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> Graph:
        identifier = DATASET_DEFAULT_GRAPH_ID if isinstance(name, ox.DefaultGraph) else URIRef(name.value)
        return Graph(self, identifier)


def _bound(query: str, values: Mapping[str, object]) -> str:
    """Return a query whose outermost group has `values` for variables.

    Raises:
        TypeError: it has no group that could have them.
    """
    if not values:
        return query
    if any(isinstance(value, ox.BlankNode) for value in values.values()):
        raise TypeError("initBindings cannot be blank nodes: the graph has none")
    outermost = [token for token in tokens(query) if token.text == "{" and token.kind == "other" and token.depth == 0]
    words = [token.text.upper() for token in tokens(query) if token.kind == "word" and token.depth == 0]
    if "CONSTRUCT" in words:  # its first group is the template
        outermost = outermost[1:]
    if not outermost:
        raise TypeError("initBindings need a query with a WHERE group of its own")
    names, terms = " ".join(f"?{name}" for name in values), " ".join(map(str, values.values()))
    behind = outermost[0].start + 1
    return f"{query[:behind]} VALUES ({names}) {{ ({terms}) }} {query[behind:]}"


def _graph_name(identifier: Node) -> ox.NamedNode | ox.DefaultGraph:
    return ox.DefaultGraph() if identifier == DATASET_DEFAULT_GRAPH_ID else ox.NamedNode(str(identifier))


def _oxigraph(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)
    raise TypeError(f"{term!r} is no IRI, blank node or literal")


def _rdflib(term: object) -> Identifier:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if not isinstance(term, ox.Literal):
        raise TypeError(f"rdflib has no term for {term}")
    if term.language:
        return Literal(term.value, lang=term.language)
    kind = term.datatype.value
    return Literal(term.value) if kind == _STRING else Literal(term.value, datatype=URIRef(kind))


def _result(found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Result:
    if isinstance(found, ox.QueryBoolean):
        result = Result("ASK")
        result.askAnswer = bool(found)
        return result
    if isinstance(found, ox.QueryTriples):
        result = Result("CONSTRUCT")
        graph = Graph()
        for triple in found:
            graph.add((_rdflib(triple.subject), _rdflib(triple.predicate), _rdflib(triple.object)))
        for prefix, iri in PREFIXES.items():
            graph.bind(prefix, iri, override=True, replace=True)
        result.graph = graph
        return result
    result = Result("SELECT")
    names = [Variable(variable.value) for variable in found.variables]
    result.vars = names
    result.bindings = _bindings(found, names)
    return result


def _bindings(found: ox.QuerySolutions, names: Iterable[Variable]) -> Any:
    for solution in found:
        yield {name: _rdflib(term) for name, term in zip(names, solution, strict=True) if term is not None}
