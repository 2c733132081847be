"""The trace of a reading: what its components decided against, and which drafts became its claims.

Invariant: a trace only listens. A reading has none unless an explanation is wanted, and with one the claims are the
same as without. Entries hold rules, tokens and entries of the lexicon; sentences are made of them elsewhere.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.lexicon import Entry

if TYPE_CHECKING:
    from ingest.attribution import Attribution
    from ingest.context import CueHit
    from ingest.drafts import Draft
    from ingest.figures import FigureHit
    from ingest.placemention import PlaceMention
    from ontology.model import Claim


@dataclass(frozen=True, slots=True)
class Dropped:
    """A candidate at tokens [first, last) of which nothing came; `rule` names the decision (`drop.trigger.condition`).

    `conditions` are those of `entry` that decided, as `unless.near` or `require.object_kind`; `cue` is the cue that
    did; `instead` is the token of the candidate that was taken in its place.
    """

    rule: str
    first: int
    last: int
    entry: Entry | None = None
    conditions: tuple[str, ...] = ()
    cue: "CueHit | None" = None
    instead: int | None = None


@dataclass(slots=True)
class Trace:
    """What one reading's components report while they work, in the order in which they decide."""

    dropped: list[Dropped] = field(default_factory=list)
    places: "list[PlaceMention]" = field(default_factory=list)
    cues: "list[CueHit]" = field(default_factory=list)
    figures: "list[FigureHit]" = field(default_factory=list)
    attributions: "list[Attribution]" = field(default_factory=list)
    claims: "list[tuple[Claim, Draft]]" = field(default_factory=list)

    def drop(
        self,
        rule: str,
        first: int,
        last: int | None = None,
        *,
        entry: Entry | None = None,
        conditions: tuple[str, ...] = (),
        cue: "CueHit | None" = None,
        instead: int | None = None,
    ) -> None:
        """Keep that the candidate at tokens [first, last), by default one token, came to nothing."""
        self.dropped.append(Dropped(rule, first, first + 1 if last is None else last, entry, conditions, cue, instead))
