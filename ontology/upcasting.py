"""How payloads of older schemas are read as those of the present one.

Invariant: the log is never rewritten. Every schema that a released version has written has a step here that leads to
newer ones, and a step drops nothing that the present schema can say. One payload may become several, or none.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class Payload(NamedTuple):
    """The payload of a record with its type and the version of its schema."""

    type: str
    schema: int
    payload: Mapping[str, Any]


Step = Callable[[Mapping[str, Any]], Sequence[Payload]]
Steps = Mapping[tuple[str, int], Step]

# By type and schema. Schema 2 of ArticleIngested may name contents by plain digests and hold publisher and address, as
# schema 1 always did: what was written in the clear stays so.
STEPS: Steps = {("ArticleIngested", 1): lambda old: [Payload("ArticleIngested", 2, old)]}


def upcast(type_: str, schema: int, payload: Mapping[str, Any], steps: Steps = STEPS) -> list[Payload]:
    """Return what `payload` says in the present schemas; itself where no step leads on from its schema.

    >>> steps = {("Born", 1): lambda old: [Payload("Born", 2, {"name": old["n"]})]}
    >>> upcast("Born", 1, {"n": "x"}, steps)
    [Payload(type='Born', schema=2, payload={'name': 'x'})]
    """
    step = steps.get((type_, schema))
    if step is None:
        return [Payload(type_, schema, payload)]
    return [newest for newer in step(payload) for newest in upcast(*newer, steps)]
