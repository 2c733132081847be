"""Differences and histories for people and for programs, on the command line and over HTTP.

Invariant: every quad that is shown stands under the record that caused it; words of articles never act on the terminal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from api.resources import short
from graph.audit.text import isolate
from graph.travel.changes import Cause, Changed, Difference, Step
from graph.travel.moments import Moment

TRIPLES_SHOWN: Final = 20  # of one record in text, unless told otherwise


def difference_json(found: Difference, start: Moment, end: Moment, iri: str | None) -> dict[str, Any]:
    """Return a difference as JSON; each quad is a line of N-Quads with the record that caused it."""
    return {
        "from": asdict(start),
        "to": asdict(end),
        "about": iri,
        "added": [_changed_json(changed) for changed in found.added],
        "removed": [_changed_json(changed) for changed in found.removed],
    }


def history_json(iri: str, upto: Moment, steps: Iterable[Step]) -> dict[str, Any]:
    """Return a history as JSON, oldest record first."""
    return {"iri": iri, "upto": asdict(upto), "steps": [step_json(step) for step in steps]}


def step_json(step: Step) -> dict[str, Any]:
    """Return what one record changed."""
    return {
        **asdict(step.cause),
        "added": [f"{quad} ." for quad in step.added],
        "removed": [f"{quad} ." for quad in step.removed],
    }


def difference_text(found: Difference, start: Moment, end: Moment, base: str, most: int) -> Iterator[str]:
    """Yield the lines of a difference by record; of each record at most `most` triples are shown."""
    yield f"from {start}"
    yield f"to   {end}"
    yield f"{_counted(len(found.added))} added, {len(found.removed)} removed"
    changes = [(changed, "-") for changed in found.removed] + [(changed, "+") for changed in found.added]
    changes.sort(key=lambda pair: pair[0].cause.position)
    for _, group in groupby(changes, key=lambda pair: pair[0].cause.position):
        of_record = list(group)
        yield ""
        yield _headline(of_record[0][0].cause)
        yield from _lines([(sign, changed.quad) for changed, sign in of_record], None, base, most)


def history_text(steps: Iterable[Step], iri: str, base: str, most: int) -> Iterator[str]:
    """Yield the lines of a history by record, oldest first; of each record at most `most` triples are shown."""
    count = 0
    for step in steps:
        count += 1
        yield _headline(step.cause)
        signed = [("-", quad) for quad in step.removed] + [("+", quad) for quad in step.added]
        yield from _lines(signed, iri, base, most)
        yield ""
    yield f"{count} {'record' if count == 1 else 'records'} changed what the graph says about {short(iri, base)}"


def _headline(cause: Cause) -> str:
    reason = f": {isolate(cause.reason)}" if cause.reason else ""
    return f"position {cause.position}, {cause.recorded}, {cause.type} by {isolate(cause.actor)}{reason}"


def _lines(signed: Iterable[tuple[str, Quad]], iri: str | None, base: str, most: int) -> Iterator[str]:
    """Yield a line for each triple; what the default graph says and a claim's graph says too is one line."""
    found: dict[tuple[str, str], list[Quad]] = {}
    for sign, quad in signed:
        found.setdefault((str(quad.triple), sign), []).append(quad)
    lines = sorted(found.items())
    for (_, sign), quads in lines[:most]:
        quad = quads[0]
        subject = _term(quad.subject, base)
        if iri is not None and isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(iri):
            subject = quad.subject.value[len(iri) :].lstrip("/")
        only = "" if any(isinstance(q.graph_name, DefaultGraph) for q in quads) else "  (in the claim's graph only)"
        words = [word for word in (subject, _term(quad.predicate, base), _term(quad.object, base)) if word]
        yield f"  {sign} {' '.join(words)}{only}"
    if len(lines) > most:
        yield f"    … and {len(lines) - most} more"


def _counted(number: int) -> str:
    return f"{number} {'quad' if number == 1 else 'quads'}"


def _term(term: object, base: str) -> str:
    if isinstance(term, NamedNode):
        return short(term.value, base)
    return isolate(term.value) if isinstance(term, Literal) else str(term)


def _changed_json(changed: Changed) -> dict[str, Any]:
    return {"quad": f"{changed.quad} .", "record": asdict(changed.cause)}
