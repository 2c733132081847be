"""The graphs that people may write: their names, and terms with our own IRIs made relative and absolute.

Invariant: a graph is a curation graph exactly where its IRI is the base IRI, `graphs/` and a path; no projection of an
article, a claim or a review writes into one. A term that was made relative and then absolute under the same base is the
same term.
"""

import re
from typing import Final

from graph.iris import Iris

GRAPHS: Final = "graphs/"  # what the relative name of every curation graph begins with
GENID: Final = ".well-known/genid/"  # where blank nodes get their IRIs, as RDF 1.1 section 3.5 has it
_OURS: Final = ("id/", GRAPHS, GENID)
_LONGEST: Final = 400  # characters of a path
_PATH: Final = re.compile(r"[^/?#\s]+(?:/[^/?#\s]+)*")


class NotACurationGraph(Exception):
    """A graph may not be written; the message says which, why and what to do instead."""

    def __init__(self, graph: str | None, iris: Iris) -> None:
        super().__init__(_refusal(graph, iris))
        self.graph = graph


def relative_name(graph: str | None, iris: Iris) -> str:
    """Return the relative name (`graphs/reviewed`) of the curation graph with this IRI; None is the default graph.

    Raises:
        NotACurationGraph
    """
    prefix = iris.base + GRAPHS
    if graph is None or not graph.startswith(prefix):
        raise NotACurationGraph(graph, iris)
    path = graph[len(prefix) :]
    parts = path.split("/")
    if len(path) > _LONGEST or _PATH.fullmatch(path) is None or "." in parts or ".." in parts:
        raise NotACurationGraph(graph, iris)
    return GRAPHS + path


def relative(term: str, base: str) -> str:
    """Return a term of N-Quads with an IRI of ours made relative.

    >>> relative("<http://localhost:8000/id/event/0a>", "http://localhost:8000/")
    '<id/event/0a>'
    """
    if term.startswith("<" + base) and term.startswith(_OURS, len(base) + 1):
        return "<" + term[len(base) + 1 :]
    return term


def absolute(triple: str, base: str) -> str:
    """Return a triple of N-Quads with relative IRIs made absolute.

    >>> absolute("<id/event/0a> <http://e/p> <graphs/x>", "http://h/")
    '<http://h/id/event/0a> <http://e/p> <http://h/graphs/x>'
    """
    subject, predicate, object_ = triple.split(" ", 2)
    return f"{_absolute(subject, base)} {_absolute(predicate, base)} {_absolute(object_, base)}"


def _absolute(term: str, base: str) -> str:
    return f"<{base}{term[1:]}" if term.startswith(_OURS, 1) and term[0] == "<" else term


def _refusal(graph: str | None, iris: Iris) -> str:
    ours = f"{iris.base}{GRAPHS}"
    if graph is None:
        return (
            "The default graph follows the log and cannot be written: put statements of your own into a curation "
            f"graph, GRAPH <{ours}NAME> {{ … }}; what is wrong there is put right by retracting a claim, reviewing a "
            "link or correcting an article"
        )
    if graph.startswith(ours):
        return (
            f"<{graph[:200]}> cannot name a curation graph: behind {ours} comes a path of 1 to {_LONGEST} characters "
            "without ?, #, empty parts, . and .."
        )
    named = iris.parse(graph)
    if named is not None and named.kind == "claim":
        return (
            f"The graph of the claim {named.id} holds what its article says and cannot be written: retract the claim, "
            f"review its links, or write about it in a curation graph, GRAPH <{ours}NAME> {{ … }}"
        )
    return f"The graph <{graph[:200]}> is no curation graph and cannot be written: these are named {ours}NAME"
