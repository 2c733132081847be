"""What is disputed of an incident, in sentences for notes.

Invariant: every denial and every kind of contradiction between its claims has a sentence, and an incident that nobody
contests has none.
"""

from collections.abc import Iterator

from api.exporting.happened import Happened, Voice
from api.ledger.forms import counted


def appeared(voice: Voice) -> str:
    """Return where and when a claim appeared."""
    day = None if voice.published is None else voice.published[:10]
    return ", ".join(part for part in (voice.outlet, day) if part) or "unknown outlet"


def denials(one: Happened) -> Iterator[tuple[Voice, str]]:
    """Yield each claim that denies it, with a sentence that says whose word that is and quotes it."""
    for voice in one.denials:
        quote = "" if voice.quote is None else f": “{voice.quote}”"
        yield voice, f"Denied by {' < '.join(voice.sources) or 'an unnamed source'}{quote} ({appeared(voice)})."


def contradictions(one: Happened) -> Iterator[str]:
    """Yield a sentence for each kind of dispute: whether it happened, who did it, when, each figure."""
    if number := len(one.denials):
        yield f"Whether it happened is disputed: {number} {'claim denies' if number == 1 else 'claims deny'} it."
    if one.disputed_doers or "actor" in one.contested_in:
        names = ", ".join(filter(None, (actor.name for actor in one.disputed_doers)))
        yield f"Who did it is disputed{f': {names}' if names else ''}."
    if "time" in one.contested_in:
        yield "When it happened is disputed."
    open_figures = [entry for entry in one.account.entries if entry.disputed]
    for entry in open_figures:
        population = "" if entry.of is None else f" ({entry.of})"
        yield f"The number of {entry.category}{population} is disputed: {counted(entry)}."
    named = {"occurrence", "actor", "time", *(entry.category for entry in open_figures)}
    for category in one.contested_in:
        if category not in named:  # a later word of a source ended it, or it is of claims whose figures are left out
            yield f"Claims contradict each other on the number of {category}."
