"""What is wrong with a graph, one thing at a time, with what to do about it.

Invariant: a finding names the triple or the thing that it is about, and what to do; no finding is about nothing.
"""

from dataclasses import dataclass, fields
from typing import Final

UNEXPLAINED: Final = "unexplained"
MISSING: Final = "missing"
QUOTE: Final = "quote"
TEXT: Final = "text"
ORPHAN: Final = "orphan"
DATE: Final = "date"
RETRACTED: Final = "retracted"
SHAPE: Final = "shape"
RECORD: Final = "record"

_WHAT_TO_DO: Final = {
    UNEXPLAINED: "no record states it: run waqai rebuild, and find out who wrote into the graph behind the log's back",
    MISSING: "a record states it: run waqai rebuild",
    QUOTE: "the graph does not say what the stored text says there: run waqai rebuild, then waqai log verify",
    TEXT: "restore the content from a backup, and run waqai log verify",
    ORPHAN: "nothing refers to it: run waqai rebuild; if it stays, it is a fault of the projection",
    DATE: "a date has to stand on words of the text: retract the claim (waqai retract), or run waqai rebuild",
    RETRACTED: "a retracted claim counts for nothing: run waqai rebuild",
    SHAPE: "run waqai rebuild; if it stays, it is a fault of the extractor or of the shapes",
    RECORD: "run waqai log verify, and restore the log from a backup",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: its kind, the triple or IRI in N-Triples syntax, what is wrong, and the record that it is about."""

    kind: str
    what: str
    detail: str
    record: int | None = None

    @property
    def todo(self) -> str:
        """What to do about it."""
        return _WHAT_TO_DO[self.kind]


@dataclass(slots=True)
class Counts:
    """What was looked at."""

    records: int = 0
    claims: int = 0
    triples: int = 0
    quotes: int = 0
    words: int = 0
    events: int = 0
    entities: int = 0
    erased: int = 0
    shaped: int = 0

    def add(self, other: "Counts") -> None:
        """Take in what was looked at elsewhere."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
