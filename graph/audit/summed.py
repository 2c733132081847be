"""What the graph says of sums, held against the figures that they name.

Invariant: what a claim says to be a sum is found right only where the numbers add up, and all of them are figures of
claims of its article that are in force; by which choice they were found is not looked at again.
"""

from collections.abc import Iterable
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode

from graph.store import Reader
from graph.terms import Term, wq, written

SUMMING: Final = (written("sum"), written("sumsOver"))


def sums_that_hold(store: Reader, claim: NamedNode, held: Iterable[str]) -> set[str]:
    """Return which triples of a claim and its parts (`held`, as N-Triples) are of sums that are right."""
    own, stem = str(claim), f"{str(claim)[:-1]}/sum/"
    lines = [line.split(" ", 2) for line in held]
    nodes = {value for subject, predicate, value in lines if subject == own and predicate == SUMMING[0]}
    right: set[str] = set()
    for node in sorted(nodes):
        said = [(predicate, value) for subject, predicate, value in lines if subject == node]
        totals = [value for predicate, value in said if predicate == _TOTAL_FIGURE]
        parts = [value for predicate, value in said if predicate == _PART_FIGURE]
        numbers = [_best(store, figure) for figure in (*totals, *parts)]
        if not node.startswith(stem) or len(totals) != 1 or len(parts) < 2 or None in numbers:
            continue
        given = [number for number in numbers if number is not None]
        claims = [f"{part.partition('/figure/')[0]}>" for part in parts]
        if given[0] != sum(given[1:]) or not totals[0].startswith(f"{own[:-1]}/figure/"):
            continue
        if own in claims or {_article(store, one) for one in claims} != {_article(store, own)}:
            continue
        right.update(f"{node} {predicate} {value}" for predicate, value in said)
        right.add(f"{own} {SUMMING[0]} {node}")
        right.update(f"{own} {SUMMING[1]} {one}" for one in claims)
    return right


def _best(store: Reader, figure: str) -> int | None:
    values = [quad.object for quad in store.quads(NamedNode(figure[1:-1]), wq("best"), None, DefaultGraph())]
    return int(values[0].value) if len(values) == 1 and isinstance(values[0], Literal) else None


def _article(store: Reader, claim: str) -> str | None:
    """Return the article of a claim, None where it is not in force or is none."""
    node = NamedNode(claim[1:-1])
    if next(store.quads(node, wq("retracted"), None, DefaultGraph()), None) is not None:
        return None
    return next((str(quad.object) for quad in store.quads(node, Term.DERIVED_FROM, None, DefaultGraph())), None)


_PART_FIGURE: Final = written("partFigure")
_TOTAL_FIGURE: Final = written("totalFigure")
