"""What a stated total is the sum of, as the claim of the total says it of itself.

Invariant: nothing is added to anything: a total that other figures of its article add up to names them, as long as all
of these claims are in force. Where other claims of the article come or go, it is looked at anew.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from graph.events.contract import Event
from graph.events.telling import Telling
from graph.fusion.adding import may_be_sum, place_of, sums
from graph.fusion.features import Features
from graph.iris import Iris
from graph.projection.literals import below, plain
from graph.projection.statements import Triple
from graph.projection.tales import Tales
from graph.terms import Node, Term, terms, written

ONLY_WAY: Final = "onlyWay"  # of the figures of the article, no others, as few, add up to it


def sum_triples(event: Event, tales: Tales, telling: Telling, at: int, iris: Iris) -> Iterator[Triple]:
    """Yield what the totals among the claims of an event are sums of, as of position `at`. Raises as `Tales.of`."""
    for member in event.members:
        if not may_be_sum(tales.of(member, at).features):
            continue
        told = telling.compared(member.article, at)
        node = str(iris.claim(member.claim))
        for found in sums(told.values()):
            if found.total != member.claim:
                continue
            part = below(node, f"sum/{found.category}")
            yield f"{node} {_SUM} {part}"
            yield from (f"{part} {_TYPE} {cls}" for cls in terms().classes("Sum"))
            yield f"{part} {_CATEGORY} {terms().category(found.category)}"
            yield f"{part} {_SUM_RULE} {plain(ONLY_WAY)}"
            yield f"{part} {_TOTAL_FIGURE} {_figure(found.total, found.category, told, iris)}"
            for claim in found.parts:
                yield f"{node} {_SUMS_OVER} {iris.claim(claim)}"
                yield f"{part} {_PART_FIGURE} {_figure(claim, found.category, told, iris)}"


def _figure(claim: str, category: str, told: Mapping[str, Features], iris: Iris) -> Node:
    return below(str(iris.claim(claim)), f"figure/{place_of(told[claim], category)}")


_CATEGORY: Final = written("category")
_PART_FIGURE: Final = written("partFigure")
_SUM: Final = written("sum")
_SUM_RULE: Final = written("sumRule")
_SUMS_OVER: Final = written("sumsOver")
_TOTAL_FIGURE: Final = written("totalFigure")
_TYPE: Final = str(Term.TYPE)
