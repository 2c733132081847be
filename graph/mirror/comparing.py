"""Two graphs side by side, as lines in order, whatever memory holds.

Invariant: each quad in which they differ comes out once, and nothing else. A quad that a server has written with
another form of the same value (`1.50` for `1.5`) is the same quad, and counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from graph.store.sorting import SortedLines

_NODE: Final = NamedNode("urn:x")
_APART: Final = b"\t"  # stands in no line of N-Quads that was written from terms
_EXAMPLES: Final = 3


@dataclass(slots=True)
class Differences:
    """What of a graph is missing in another, what that one has in addition, and what it writes in another form."""

    missing: int = 0
    extra: int = 0
    rewritten: int = 0
    examples: list[str] = field(default_factory=list)


class Found:
    """The quads that a server holds, in order by the forms that Oxigraph gives them."""

    def __init__(self) -> None:
        self._lines = SortedLines()

    def close(self) -> None:
        """Let the files go."""
        self._lines.__exit__(None, None, None)

    def take(self, subject: str, predicate: str, value: object, graph: str) -> None:
        """Take one quad, its terms as N-Quads write them, "" for the default graph."""
        end = f" {graph} .\n" if graph else " .\n"
        raw = f"{subject} {predicate} {value}"
        if isinstance(value, Literal):
            same = canonical(value)
            if same != str(value):
                self._lines.write(f"{subject} {predicate} {same}{end[:-1]}\t{raw}{end}".encode())
                return
        self._lines.write((raw + end).encode())

    def lines(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield each quad once, as Oxigraph writes it and as the server does; once through."""
        last = None
        for line in self._lines:
            same, apart, raw = line.rstrip(b"\n").partition(_APART)
            if same != last:
                yield same, raw if apart else same
            last = same


@lru_cache(maxsize=65_536)
def canonical(literal: Literal) -> str:
    """Return a literal in the form that Oxigraph stores it in.

    >>> canonical(Literal("01", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")))
    '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    """
    if literal.language is None and literal.datatype.value.endswith("#string"):
        return str(literal)
    store = Store()
    store.add(Quad(_NODE, _NODE, literal))
    (quad,) = store
    return str(quad.object)


def compared(
    wanted: Iterable[bytes], found: Iterable[tuple[bytes, bytes]], differences: Differences
) -> Iterator[tuple[bool, bytes]]:
    """Yield the quads that are missing, with True, and those that are too many, with False, as they are written there.

    `wanted` are sorted lines, with their ends. `differences` counts.
    """
    has = chain(found, [None])
    now = next(has)
    for line in wanted:
        want = line.rstrip(b"\n")
        while now is not None and now[0] < want:
            yield _differing(differences, now[1], missing=False)
            now = next(has)
        if now is not None and now[0] == want:
            differences.rewritten += now[0] != now[1]
            now = next(has)
        else:
            yield _differing(differences, want, missing=True)
    while now is not None:
        yield _differing(differences, now[1], missing=False)
        now = next(has)


def _differing(differences: Differences, line: bytes, *, missing: bool) -> tuple[bool, bytes]:
    if missing:
        differences.missing += 1
    else:
        differences.extra += 1
    if len(differences.examples) < _EXAMPLES:
        differences.examples.append(f"{'missing' if missing else 'too many'}: {line.decode()}")
    return missing, line


def terms(line: bytes) -> tuple[str, str]:
    """Return a line of N-Quads as its triple and its graph, "" for the default graph."""
    (quad,) = parse(line, RdfFormat.N_QUADS)
    graph = str(quad.graph_name) if isinstance(quad.graph_name, NamedNode) else ""
    return f"{quad.subject} {quad.predicate} {quad.object}", graph
