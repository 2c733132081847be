"""How the figures of a source moved as it told them again.

Invariant: the steps of a history are figures of one named source, in the order of the days of publication, and each
differs from the one before it. A day on which a source tells several gives no step.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from graph.fusion.origins import Voice
from graph.ledger.accounts import Account
from graph.ledger.entries import Made, Said


@dataclass(frozen=True, slots=True)
class Step:
    """A figure as a source told it for the first time after another one; `again` are the figures that repeat it."""

    said: Said
    again: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What a source (an id) counted, of an event, or as totals of a place (`event` is None), over time."""

    source: str
    event: str | None
    places: tuple[str, ...]
    category: str
    of: str | None
    steps: tuple[Step, ...]


def histories(accounts: Iterable[Account]) -> tuple[History, ...]:
    """Return the histories of at least two steps: of each incident, and of the totals of one source and place."""
    rows: dict[tuple[str, str, tuple[str, ...], str, str], list[Said]] = defaultdict(list)
    for one in sorted(accounts, key=lambda account: (account.first, account.event)):
        places = tuple(way[0][0] for way in one.ways)
        for entry in one.entries:
            if isinstance(entry.rule, Made):
                continue
            for figure in (*entry.replaced, *entry.said):
                if figure.origin.voice is not Voice.NAMED or figure.origin.id is None:
                    continue
                event = one.event if one.total is None else ""
                rows[figure.origin.id, event, places, entry.category, entry.of or ""].append(figure)
    found = []
    for (source, event, places, category, of), figures in sorted(rows.items()):
        steps = _steps(figures)
        if len(steps) > 1:
            found.append(History(source, event or None, places, category, of or None, steps))
    return tuple(found)


def _steps(figures: Iterable[Said]) -> tuple[Step, ...]:
    steps: list[Step] = []
    days: dict[int, list[Said]] = defaultdict(list)
    for one in figures:
        if one.published is not None:
            days[one.published].append(one)
    for one in (said for day in sorted(days) for said in _of_a_day(days[day])):
        if steps and steps[-1].said.value == one.value:
            steps[-1] = Step(steps[-1].said, (*steps[-1].again, one))
        else:
            steps.append(Step(one))
    return tuple(steps)


def _of_a_day(figures: Iterable[Said]) -> list[Said]:
    """Return the figures of a day, none where they differ: nobody knows which was told first, or of what."""
    found = sorted(figures, key=lambda said: (said.claim, said.at))
    return found if len({said.value for said in found}) == 1 else []
