"""Drafts: claims under way, until repeats are folded and the slots are put in their final form.

Invariant: a draft keeps the tokens and the rule behind each of its slots; it never becomes a claim before every rule
that may still change it has run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.attribution import Attribution
from ingest.context import CueHit
from ingest.dates import DateExpression
from ingest.doers import Filler
from ingest.figures import FigureHit
from ingest.locations import PlaceFiller
from ingest.reading import Reading
from ingest.triggers import TriggerHit
from ontology.model import Modality, Span


@dataclass(slots=True, eq=False)
class Draft:
    """A claim under way."""

    type: str
    subtype: str | None
    at: int
    sentence: int
    span: Span
    lemma: str
    rule: str
    modality: Modality = Modality.ASSERTED
    modality_rule: str = "modality.plain"
    fillers: list[Filler] = field(default_factory=list)
    places: list[PlaceFiller] = field(default_factory=list)
    figures: list[FigureHit] = field(default_factory=list)
    date: DateExpression | None = None
    attribution: Attribution | None = None
    cues: list[CueHit] = field(default_factory=list)
    trigger: TriggerHit | None = None
    merged: list["Draft"] = field(default_factory=list)
    echo: bool = False  # "the strike": a happening that the article told of before
    joint: bool = False  # a toll of several happenings at once


def with_content(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts without those that add nothing: no place, participant or figure, beside one that has some.

    A bare statement stays where the article tells of no other event of its type. To be asked after repeats are folded,
    which may fill the slots.
    """
    full = {draft.type for draft in drafts if says_more(draft)}
    kept = []
    for draft in drafts:
        if says_more(draft) or draft.type not in full:
            kept.append(draft)
        elif reading.trace is not None and draft.trigger is not None:
            reading.trace.drop("drop.claim.bare", draft.trigger.i, entry=draft.trigger.entry)
    return kept


def says_more(draft: Draft) -> bool:
    """Tell whether a draft has a place, a participant or a figure."""
    return bool(draft.places or draft.fillers or draft.figures)
