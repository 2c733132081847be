"""What changed from one text of an article to the next, as lines for the terminal.

Invariant: words of an article are isolated, so that Arabic stands right to left within a line and never turns it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from api.revisions import Revision

_SHOWN: Final = 12  # sentences and claims of each kind
_CHARACTERS: Final = 300


def revision_lines(revision: "Revision") -> Iterator[str]:
    """Yield the lines of a revision: changed sentences, then claims that went, came, and figures that moved."""
    how = "changed without a word" if revision.notice is None else "changed, and says so"
    kept = "1 sentence stands" if revision.text.kept == 1 else f"{revision.text.kept} sentences stand"
    yield f"  a later text of {revision.earlier} ({how}; {kept})"
    if revision.notice is not None:
        yield f"    notice: {_short(revision.notice)}"
    yield from _listed("- ", [_short(sentence) for sentence in revision.text.gone])
    yield from _listed("+ ", [_short(sentence) for sentence in revision.text.new])
    for moved in revision.moved:
        yield f"    figure ({moved.category}): {_short(moved.before)} is {_short(moved.after)} now"
    stand = "1 claim stands" if revision.stands == 1 else f"{revision.stands} claims stand"
    if not revision.matters:
        yield f"    {stand}, none went and none came"
        return
    yield f"    {stand}"
    yield from _listed("gone: ", [f"{one.claim} {one.type} {_short(one.quote)}" for one in revision.gone])
    yield from _listed("new:  ", [f"{one.claim} {one.type} {_short(one.quote)}" for one in revision.new])


def _listed(mark: str, lines: list[str]) -> Iterator[str]:
    yield from (f"    {mark}{line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"    {mark}and {len(lines) - _SHOWN} more"


def _short(words: str) -> str:
    from graph.audit.text import isolate

    whole = " ".join(words.split())
    return isolate(whole if len(whole) <= _CHARACTERS else whole[: _CHARACTERS - 1] + "…")
