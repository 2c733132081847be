"""Writes of the Graph Store Protocol: one graph that is replaced, added to, removed or patched by a body.

Invariant: only the one graph that is named changes. Blank nodes of a body get IRIs that follow from the body and their
order in it, so the same body again changes nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, parse

from graph.updates.documents import TYPES, Document, Unreadable, quads_of
from graph.updates.errors import UpdateFault
from graph.updates.evaluating import Update, evaluate
from graph.updates.quads import Net

RDF_PATCH: Final = "application/rdf-patch"
SPARQL_UPDATE: Final = "application/sparql-update"
PATCH_TYPES: Final = (RDF_PATCH, SPARQL_UPDATE)
BODY_TYPES: Final = TYPES
_LINE: Final = re.compile(r"([A-Z]+)\s*(.*?)\s*(?:\.)?\s*$", re.DOTALL)
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class GraphWrite:
    """PUT (replace), POST (add), DELETE or PATCH of a graph, with the parts of its body and their media types."""

    method: str
    graph: str
    parts: tuple[tuple[str, bytes], ...] = ()


def write(
    asked: GraphWrite,
    net: Net,
    base: str,
    prefixes: Mapping[str, str] | None = None,
    documents: Mapping[str, Document] | None = None,
) -> None:
    """Carry out `asked` on `net`; `prefixes` are known to an update, and `documents` are as of `evaluate`.

    Raises:
        UpdateFault: nothing of it may be used.
        DocumentsWanted
    """
    graph = NamedNode(asked.graph)
    net.writable(graph)
    if asked.method == "DELETE":
        there = net.of_graph(graph)
        if not there:
            raise UpdateFault("no-such-graph", f"there is no graph {asked.graph}, so there is nothing to remove")
        net.change(there, [])
    elif asked.method == "PATCH":
        for kind, body in asked.parts:
            if kind == RDF_PATCH:
                _patch(_text(body), graph, net)
            elif kind == SPARQL_UPDATE:
                net.confine(graph)
                update = Update(_text(body), graph=graph.value)
                evaluate(update, net, base=base, prefixes=prefixes or {}, documents=documents)
            else:
                raise UpdateFault("malformed-body", f"a body of {kind} cannot be read: send {', '.join(PATCH_TYPES)}")
    else:
        given = [
            quad for number, (kind, body) in enumerate(asked.parts) for quad in _quads(kind, body, graph, base, number)
        ]
        before = net.of_graph(graph) if asked.method == "PUT" else []
        net.change(before, ((quad, False) for quad in given))


def _quads(kind: str, body: bytes, graph: NamedNode, base: str, number: int) -> Iterator[Quad]:
    try:
        yield from quads_of(kind, body, graph, base, relative_to=graph.value, number=number)
    except Unreadable as error:
        raise UpdateFault("malformed-body", f"the body {error}") from None


def _patch(text: str, graph: NamedNode, net: Net) -> None:
    """Apply an RDF Patch of rows `A` and `D`, whose terms are those of N-Quads, in its order."""
    for number, line in enumerate(text.split("\n"), start=1):
        match = _LINE.match(line.strip())
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        row = match[1] if match is not None else ""
        if row in ("H", "TX", "TC"):
            continue
        if row not in ("A", "D") or match is None:
            reason = f"the row {line[:_SHOWN]!r} is not one of A, D, TX, TC and H (IRIs are written out, without PA)"
            raise UpdateFault("malformed-body", reason, number, 1)
        try:
            (quad,) = parse(f"{match[2]} .", RdfFormat.N_QUADS)
        except (SyntaxError, ValueError) as error:
            raise UpdateFault("malformed-body", f"the row is not in N-Quads ({error})", number, 1) from None
        if quad.graph_name not in (DefaultGraph(), graph):
            reason = f"the row is of the graph {quad.graph_name}, and this request about {graph}"
            raise UpdateFault("malformed-body", reason, number, 1)
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
            raise UpdateFault("malformed-body", "a patch cannot name blank nodes: there are none here", number, 1)
        changed = Quad(quad.subject, quad.predicate, quad.object, graph)
        net.change([] if row == "A" else [changed], [(changed, False)] if row == "A" else [])


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UpdateFault("malformed-body", f"the body is not UTF-8 (byte {error.start})") from None
