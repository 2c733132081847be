"""A triple as somebody types or pastes it.

Invariant: what is read is one triple, perhaps with its graph, each term as the graph would hold it; anything else is
refused with what to write.
"""

import re
from dataclasses import dataclass
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse

from graph.iris import Iris
from ontology.vocabulary import PREFIXES, RDF

_PREFIXES: Final = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
_BARE: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?|true|false")


class BadTerm(ValueError):
    """A term of a triple cannot be read."""

    def __init__(self, term: str) -> None:
        super().__init__(
            f"{term!r} is no term: write an IRI, a prefixed name such as wq:place, or a quoted literal; the object may "
            "be a number"
        )
        self.term = term


class BadTriple(ValueError):
    """A line is no triple."""

    def __init__(self, line: str) -> None:
        super().__init__(
            f"{line[:200]!r} is no triple: write one line of N-Triples, N-Quads or Turtle, such as "
            "'<id/event/…> wq:place <id/place/…>'"
        )
        self.line = line


@dataclass(frozen=True, slots=True)
class AskedTriple:
    """A triple, and the graph that it is asked for in: None for any, `DefaultGraph()` for the default graph."""

    subject: NamedNode
    predicate: NamedNode
    object: NamedNode | Literal
    graph: NamedNode | DefaultGraph | None = None

    def __str__(self) -> str:
        text = f"{self.subject} {self.predicate} {self.object}"
        return f"{text} {self.graph}" if isinstance(self.graph, NamedNode) else text


def is_triple(text: str) -> bool:
    """Tell whether a text is meant as a triple, and not as the name of one thing.

    >>> is_triple("<id/event/1> a wq:Airstrike"), is_triple("<id/event/1>"), is_triple("c-0a")
    (True, False, False)
    """
    words = text.split()
    return len(words) > 2 and (words[0].startswith("<") or ":" in words[0])


def read_triple(line: str, iris: Iris) -> AskedTriple:
    """Return the triple of one line of N-Triples, N-Quads or Turtle; our prefixes are known, IRIs may be relative.

    Raises:
        BadTriple
    """
    text = line.strip().removesuffix(".").rstrip()
    for whole, syntax in ((f"{text} .", RdfFormat.N_QUADS), (f"{_PREFIXES}{text} .", RdfFormat.TURTLE)):
        try:
            base = None if syntax is RdfFormat.N_QUADS else iris.base
            found = list(parse(whole, syntax, base_iri=base))
        except (SyntaxError, ValueError):
            continue
        if len(found) == 1:
            return _asked(found[0], line)
    raise BadTriple(line)


def triple_of(subject: str, predicate: str, object_: str, graph: str | None, iris: Iris) -> AskedTriple:
    """Return the triple of three terms: each an IRI, a path under the base, `wq:place`, `a` or a quoted literal.

    The object may be a number, `true` or `false` as Turtle writes them.

    `graph` is an IRI or a path, None for any graph, "" for the default graph.

    Raises:
        BadTerm
    """
    s, p = (term(text, iris) for text in (subject, predicate))
    o = _bare(object_) if _BARE.fullmatch(object_) else term(object_, iris)
    if not isinstance(s, NamedNode) or not isinstance(p, NamedNode):
        raise BadTerm(predicate if isinstance(s, NamedNode) else subject)
    return AskedTriple(s, p, o, _graph(graph, iris))


def _graph(text: str | None, iris: Iris) -> NamedNode | DefaultGraph | None:
    if text is None:
        return None
    named = term(text, iris) if text else DefaultGraph()
    if isinstance(named, Literal):
        raise BadTerm(text)
    return named


def _bare(text: str) -> Literal:
    (quad,) = parse(f"<a:a> <a:a> {text} .", format=RdfFormat.TURTLE)
    assert isinstance(quad.object, Literal)
    return quad.object


def _asked(quad: Quad, line: str) -> AskedTriple:
    subject, object_, graph = quad.subject, quad.object, quad.graph_name
    if isinstance(subject, NamedNode) and isinstance(object_, NamedNode | Literal):
        named = graph if isinstance(graph, NamedNode) else None
        return AskedTriple(subject, quad.predicate, object_, named)
    raise BadTriple(line)


def term(text: str, iris: Iris) -> NamedNode | Literal:
    """Return the term that `text` writes.

    Raises:
        BadTerm
    """
    if text == "a":
        return NamedNode(RDF + "type")
    prefix, colon, local = text.partition(":")
    try:
        if text.startswith('"'):
            line = text.replace("\n", "\\n").replace("\r", "\\r")  # who pastes a label pastes its line breaks
            (quad,) = parse(f"{_PREFIXES}<a:a> <a:a> {line} .", format=RdfFormat.TURTLE)
            if isinstance(quad.object, Literal):
                return quad.object
            raise BadTerm(text)
        if colon and prefix in PREFIXES:
            return NamedNode(PREFIXES[prefix] + local)
        if text.startswith("<") and text.endswith(">"):
            text = text[1:-1]
        return NamedNode(iris.absolute(text))
    except (SyntaxError, ValueError):
        raise BadTerm(text) from None
