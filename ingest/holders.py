"""Holders: from whom a place was taken, where another statement of the article tells it.

Invariant: a previous holder is named only where the article says that this side left the same place or fought for it
against the side that took it; who is merely spoken of holds nothing.
"""

from collections.abc import Iterable

from ingest.doers import Filler
from ingest.drafts import Draft
from ingest.reading import Reading
from ingest.repeats import COMPARED, places_of
from ontology.model import Modality

_SIDES = 4  # steps from a force to the state that it fights for


def name_holders(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Fill the targets of gains whose own sentence names no previous holder."""
    for at, gain in enumerate(drafts):
        if gain.type != "Takeover" or gain.modality not in (Modality.ASSERTED, Modality.CLAIMED):
            continue
        takers = [f for f in gain.fillers if f.role == "agent"]
        if not takers or any(f.role == "target" for f in gain.fillers):
            continue
        here = places_of(gain)
        others = [
            d for d in drafts[max(0, at - COMPARED) : at + COMPARED] if d is not gain and here & places_of(d) and _so(d)
        ]
        held = _left(reading, takers, others) or _fought(reading, takers, others)
        gain.fillers.extend(held)
    return drafts


def _so(draft: Draft) -> bool:
    return draft.modality in (Modality.ASSERTED, Modality.CLAIMED)


def _left(reading: Reading, takers: list[Filler], others: list[Draft]) -> list[Filler]:
    """The army withdrew from the town … the rebels took it: who left it held it."""
    for draft in others:
        gone = [f for f in draft.fillers if draft.type == "Withdrawal" and f.role == "agent"]
        if gone and not _allied(reading, gone, takers):
            return [_as_target(f, "seize.target.left") for f in gone]
    return []


def _fought(reading: Reading, takers: list[Filler], others: list[Draft]) -> list[Filler]:
    """Fighting for the town between X and Y … X took it: the side that lost it held it."""
    for draft in others:
        if draft.type not in ("ArmedClash", "Offensive"):
            continue
        agents = [f for f in draft.fillers if f.role == "agent"]
        ours = [f for f in agents if _allied(reading, [f], takers)]
        hit = [f for f in draft.fillers if f.role == "target" and f.mention is not None and f.mention.armed]
        theirs = [f for f in agents if f not in ours] if draft.type == "ArmedClash" else []
        if ours and (theirs or hit):
            return [_as_target(f, "seize.target.fought") for f in hit or theirs]
    return []


def _as_target(filler: Filler, rule: str) -> Filler:
    return filler._replace(role="target", rule=rule)


def _allied(reading: Reading, some: Iterable[Filler], others: Iterable[Filler]) -> bool:
    """Tell whether two groups of parties share a side, or one whose side nobody knows is among them by its words."""
    ours, theirs = (set().union(*(_sides(reading, f) for f in group)) for group in (some, others))
    return bool(ours & theirs)


def _sides(reading: Reading, filler: Filler) -> set[str]:
    mention = filler.mention
    entry = filler.entry or ((mention.of or mention.nation) if mention is not None else None)
    if entry is None:
        return {filler.span.of(reading.plain).casefold()}
    found = {entry.id}
    for _ in range(_SIDES):
        outer = reading.lexicon.registry.get(str(entry.get("side_of")))
        if outer is None:
            break
        entry = outer
        found.add(entry.id)
    return found
