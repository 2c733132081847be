"""Tables on the terminal.

Invariant: every cell of foreign text is isolated in its direction, so Arabic words never move the columns of a line.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from api.commands.options import isolated

if TYPE_CHECKING:
    from rich.box import Box
    from rich.console import Console

    from graph.store import Answer

_WIDE = 200  # columns where the output is no terminal and nothing need be folded


def console() -> "Console":
    """Return a console on stdout; wide where stdout is a file or a pipe."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False, soft_wrap=False, file=sys.stdout)


def answer_table(answer: "Answer", base: str, most: int | None = None) -> bool:
    """Print the answer to a SELECT or ASK query, its first `most` rows; return whether it has more."""
    from rich.table import Table
    from rich.text import Text

    if answer.kind == "boolean":
        sys.stdout.write(f"{'true' if bool(answer) else 'false'}\n")
        return False
    table = Table(box=_box(), show_edge=False, pad_edge=False)
    for name in answer.variables:
        table.add_column(name, overflow="fold")
    count, cut = 0, False
    for row in answer.rows():
        if count == most:
            cut = True
            break
        table.add_row(*(Text(term_text(term, base)) for term in row))
        count += 1
    if count:
        console().print(table)
    counted = f"{count} {'row' if count == 1 else 'rows'} at log position {answer.position}"
    sys.stdout.write(f"the first {counted}; there are more\n" if cut else f"{counted}\n")
    return cut


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under a header, the first column to the left and the others to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=_box(), show_edge=False, pad_edge=False)
    for number, title in enumerate(header):
        table.add_column(title, overflow="fold", justify="right" if number else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def term_text(term: object, base: str) -> str:
    """Return a term for people: IRIs of ours without the base, known ones with their prefix, literals as they are."""
    from pyoxigraph import Literal, NamedNode

    from ontology.vocabulary import PREFIXES

    if term is None:
        return ""
    if isinstance(term, Literal):
        return isolated(term.value)
    if isinstance(term, NamedNode):
        iri = term.value
        if iri.startswith(base):
            return iri[len(base) :]
        for prefix, namespace in PREFIXES.items():
            local = iri[len(namespace) :]
            if iri.startswith(namespace) and local and "/" not in local:
                return f"{prefix}:{local}"
        return iri
    return str(term)


def _box() -> "Box":
    from rich import box

    return box.SIMPLE_HEAD
