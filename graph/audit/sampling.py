"""Some triples of the default graph, chosen by a seed and by nothing else.

Invariant: the same graph and seed give the same triples, whatever the order in which the store gives them; memory does
not grow with the graph.
"""

import hashlib
import heapq
from collections.abc import Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode

from graph.audit.answer import Audit
from graph.audit.explaining import explain_asked
from graph.audit.findings import QUOTE, UNEXPLAINED, Finding
from graph.audit.looking import Content
from graph.audit.terms import AskedTriple
from graph.log import EventLog
from graph.store import Reader

_SHOWN = 3  # claims that are examined behind each triple


def sampled(store: Reader, number: int, seed: int) -> list[AskedTriple]:
    """Return `number` triples of the default graph: those with the lowest digest under `seed`, in that order."""
    heap: list[tuple[int, str, AskedTriple]] = []
    prefix = f"{seed} ".encode()
    for quad in store.quads(graph=DefaultGraph()):
        if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, NamedNode | Literal):
            continue
        text = f"{quad.subject} {quad.predicate} {quad.object}"
        rank = -int.from_bytes(hashlib.blake2b(prefix + text.encode(), digest_size=16).digest())
        if len(heap) < number:
            heapq.heappush(heap, (rank, text, AskedTriple(quad.subject, quad.predicate, quad.object, DefaultGraph())))
        elif rank > heap[0][0]:
            triple = AskedTriple(quad.subject, quad.predicate, quad.object, DefaultGraph())
            heapq.heapreplace(heap, (rank, text, triple))
    return [triple for _, _, triple in sorted(heap, key=lambda one: -one[0])]


def audited_sample(
    store: Reader, log: EventLog, content: Content, number: int, seed: int
) -> Iterator[tuple[AskedTriple, Audit, list[Finding]]]:
    """Yield triples with their audits, and what is wrong with each: unexplained, or a check that failed."""
    for triple in sampled(store, number, seed):
        audit = explain_asked(store, log, content, triple, limit=_SHOWN)
        text = f"{triple.subject} {triple.predicate} {triple.object}"
        findings = []
        if not (audit.claims or audit.records or audit.patches):
            findings.append(Finding(UNEXPLAINED, text, "no claim, record or patch states it"))
        findings += [
            Finding(QUOTE, text, f"{check.name}: {check.detail}") for check in audit.checks() if check.passed is False
        ]
        yield triple, audit, findings
