"""Statements as the text of SPARQL updates, in pieces of bounded size.

Invariant: carried out in order, the pieces do what the whole would, and each may be carried out again. Every server
reads the text in the same way: the one thing that the recommendation leaves to order, an escape behind an escaped
backslash, does not occur in it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from graph.projection import Statement

_ESCAPES: Final = re.compile(r"\\(?:\\[uU]|.)")
_UNICODE: Final = {r"\\u": r"\\\u0075", r"\\U": r"\\\u0055"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many statements one request may change, and how many bytes it may have."""

    quads: int = 10_000
    size: int = 4_000_000


def pieces(removed: Iterable[Statement], added: Iterable[Statement], bounds: Bounds, default: str) -> Iterator[str]:
    """Yield updates that remove and add statements; `default` is where those of the default graph go, "" for there.

    One statement that is larger than the bound is a piece of its own.
    """
    waiting: list[tuple[str, Statement]] = []
    size = 0
    for word, statements in (("DELETE", removed), ("INSERT", added)):
        for triple, graph in statements:
            length = len(triple) * 2 + len(graph)  # bytes of Arabic
            if waiting and (len(waiting) >= bounds.quads or size + length > bounds.size):
                yield _text(waiting)
                waiting, size = [], 0
            waiting.append((word, (triple, graph or default)))
            size += length
    if waiting:
        yield _text(waiting)


def _text(changes: Iterable[tuple[str, Statement]]) -> str:
    operations = []
    for word, group in groupby(changes, key=lambda change: change[0]):
        blocks = []
        for graph, statements in groupby((statement for _, statement in group), key=lambda statement: statement[1]):
            lines = " .\n".join(escaped(triple) for triple, _ in statements)
            blocks.append(f"GRAPH {graph} {{\n{lines} .\n}}" if graph else f"{lines} .")
        operations.append(f"{word} DATA {{\n" + "\n".join(blocks) + "\n}")
    return " ;\n".join(operations)


def escaped(triple: str) -> str:
    r"""Return a triple of N-Quads for SPARQL, which undoes `\\u0041` before it reads the string that it stands in.

    >>> print(escaped(r'<urn:s> <urn:p> "a \\u0041 \u0041"'))
    <urn:s> <urn:p> "a \\\u00750041 \u0041"
    """
    if "\\\\" not in triple:
        return triple
    return _ESCAPES.sub(lambda found: _UNICODE.get(found[0], found[0]), triple)
