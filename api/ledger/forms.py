"""The pages of a ledger as JSON, as a table of cells, and as lines for people.

Invariant: what is a sum says so with its rule; what sources state as totals stands beside it and is marked as stated.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from api.exporting.writing import table
from api.ledger.asking import Question
from api.ledger.book import Book
from api.workspace import Workspace
from graph.fusion.adding import counted as counted_by
from graph.ledger.accounts import Account, Total
from graph.ledger.entries import Entry, Said
from graph.ledger.histories import History
from graph.ledger.scopes import Page, Scope, Stated, Sum

COLUMNS: Final = (
    "kind", "group", "place", "since", "until", "category", "population", "low", "best", "high", "rule", "incidents",
    "unsettled", "open", "disputed", "without", "containing", "maybe_twice", "difference", "why", "event", "sources",
    "interested", "as_written", "claims",
)  # fmt: skip
NOTE: Final = (
    "A sum adds the figures of incidents, each once: low those of the lows, best of the bests (of the lows where there "
    "is no best), high of the highs. What sources state as totals is not in it."
)


def as_json(book: Book, question: Question, workspace: Workspace) -> dict[str, Any]:
    """Return what a book answers as plain data; events and claims by their IRIs."""
    groups = book.pages(question.scope, question.by)
    found: dict[str, Any] = {
        "position": book.position,
        "scope": _scope(question.scope, book),
        "by": question.by,
        "note": NOTE,
        "groups": [{"group": name, **_page_json(shown, book, workspace)} for name, shown in groups],
    }
    if question.by == "event":
        found["events"] = [
            {"event": one.event, **_when(one), "figures": [_entry_json(e, one, book, workspace) for e in one.entries]}
            for one in incidents(book, question.scope)
        ]
    if question.histories:
        found["histories"] = [_history_json(one, book, workspace) for one in book.histories(question.scope)]
    return found


def as_csv(book: Book, question: Question, workspace: Workspace, *, bom: bool = False) -> Iterator[bytes]:
    """Yield a table with the columns COLUMNS: `kind` is `sum`, `stated` (a source's total) or `incident`."""
    return table(COLUMNS, rows(book, question, workspace), bom=bom)


def rows(book: Book, question: Question, workspace: Workspace) -> Iterator[list[object]]:
    """Yield the cells of COLUMNS."""
    if question.by == "event":
        for one in incidents(book, question.scope):
            for entry in one.entries:
                yield ["incident", None, *_bounds_of(one, book), *_entry_cells(entry, one.event, None, book, workspace)]
    for name, shown in book.pages(question.scope, question.by):
        where = _cells_of(shown.scope, book)
        for found in shown.sums if question.by != "event" else ():
            yield [
                "sum", name, *where, found.category, found.of, found.low, found.best, found.high, found.rule.value,
                len(found.incidents), found.unsettled, found.open, found.disputed, found.without,
                len(found.containing), found.maybe_twice, *[None] * 7,
            ]  # fmt: skip
        for stated in shown.stated:
            one = stated.account
            cells = _entry_cells(stated.entry, one.event, stated, book, workspace)
            yield ["stated", name, *_bounds_of(one, book), *cells]


def incidents(book: Book, scope: Scope) -> list[Account]:
    """Return the incidents of a scope that count something, in canonical order."""
    (_, shown), *_ = book.pages(scope, "category")
    wanted = {event for found in shown.sums for event in (*found.incidents, *found.containing)}
    return sorted((one for one in book.within(scope) if one.event in wanted), key=lambda one: (one.first, one.event))


def counted(found: Sum | Entry) -> str:
    """Return bounds and best value for people.

    >>> from graph.ledger.scopes import Summed
    >>> counted(Sum("killed", None, 3, 5, None, Summed.BESTS, (), 0, 1, 0, 0, (), 0))
    '5 (3 or more)'
    """
    low, best, high = found.low, found.best, found.high
    if low == best == high:
        return str(best)
    if low is None and high is None:
        return f"about {best}" if best is not None else "an unknown number"
    bounds = f"{low if low is not None else 0} or more" if high is None else f"{low if low is not None else 0}–{high}"
    return bounds if best is None else f"{best} ({bounds})"


def _scope(scope: Scope, book: Book) -> dict[str, Any]:
    place, since, until = _cells_of(scope, book)
    return {"place": scope.place, "name": place, "since": since, "until": until}


def _cells_of(scope: Scope, book: Book) -> tuple[str | None, str | None, str | None]:
    return None if scope.place is None else book.place(scope.place), day(scope.since), day(scope.until)


def _bounds_of(one: Account, book: Book) -> tuple[list[str], str | None, str | None]:
    first, last = one.days or (None, None)
    return [book.place(way[0][0]) for way in one.ways], day(first), day(last)


def day(ordinal: int | None) -> str | None:
    """Return a day as ISO 8601."""
    return None if ordinal is None else date.fromordinal(ordinal).isoformat()


def _when(one: Account) -> dict[str, Any]:
    first, last = one.days or (None, None)
    return {"since": day(first), "until": day(last), "places": [way[0][0] for way in one.ways]}


def _page_json(shown: Page, book: Book, workspace: Workspace) -> dict[str, Any]:
    return {
        "scope": _scope(shown.scope, book),
        "incidents": shown.incidents,
        "undated": shown.undated,
        "across": shown.across,
        "placeless": shown.placeless,
        "sums": [
            {
                "category": found.category,
                "of": found.of,
                "low": found.low,
                "best": found.best,
                "high": found.high,
                "rule": found.rule.value,
                "incidents": list(found.incidents),
                "unsettled": found.unsettled,
                "open": found.open,
                "disputed": found.disputed,
                "without": found.without,
                "containing": list(found.containing),
                "maybeTwice": found.maybe_twice,
            }
            for found in shown.sums
        ],
        "stated": [
            {
                "event": stated.account.event,
                **_when(stated.account),
                **_entry_json(stated.entry, stated.account, book, workspace),
                "why": stated.why.value,
                "difference": stated.difference,
            }
            for stated in shown.stated
        ],
    }


def _entry_json(entry: Entry, one: Account, book: Book, workspace: Workspace) -> dict[str, Any]:
    made_of = _parts(entry, book)
    return {
        "category": entry.category,
        "of": entry.of,
        "low": entry.low,
        "best": entry.best,
        "high": entry.high,
        "rule": entry.rule.value,
        "disputed": entry.disputed,
        "said": [_said_json(said, book, workspace) for said in entry.said],
        "replaced": [_said_json(said, book, workspace) for said in entry.replaced],
        "sumOf": [workspace.iris.claim(part).value for part in made_of],
    }


def _parts(entry: Entry, book: Book) -> tuple[str, ...]:
    for said in entry.said if entry.of is None else ():
        found = book.sums.get((said.claim, entry.category))
        if found is not None:
            return found.parts
    return ()


def _said_json(said: Said, book: Book, workspace: Workspace) -> dict[str, Any]:
    return {
        "claim": workspace.iris.claim(said.claim).value,
        "low": said.low,
        "best": said.best,
        "high": said.high,
        "asWritten": book.words(said),
        "source": None if said.origin.id is None else workspace.iris.source(said.origin.id).value,
        "name": book.who(said),
        "interested": said.origin.interested,
        "outlet": said.outlet,
        "published": day(said.published),
    }


def _history_json(one: History, book: Book, workspace: Workspace) -> dict[str, Any]:
    return {
        "source": workspace.iris.source(one.source).value,
        "name": book.sources.get(one.source, one.source),
        "event": one.event,
        "places": list(one.places),
        "category": one.category,
        "of": one.of,
        "steps": [
            {
                **_said_json(step.said, book, workspace),
                "again": [workspace.iris.claim(said.claim).value for said in step.again],
            }
            for step in one.steps
        ],
    }


def _entry_cells(entry: Entry, event: str, stated: Stated | None, book: Book, workspace: Workspace) -> list[object]:
    said = entry.said
    return [
        entry.category,
        entry.of,
        entry.low,
        entry.best,
        entry.high,
        entry.rule.value,
        *[None] * 3,
        int(entry.disputed),
        *[None] * 3,
        None if stated is None else stated.difference,
        None if stated is None else stated.why.value,
        event,
        list(dict.fromkeys(who(one, book) for one in said)),
        int(any(one.origin.interested for one in said)),
        list(dict.fromkeys(words for one in said if (words := book.words(one)) is not None)),
        [workspace.iris.claim(claim).value for claim in dict.fromkeys(one.claim for one in said)],
    ]


def who(said: Said, book: Book) -> str:
    """Return whose word a figure is, for people: the source, else the outlet that gives it without one."""
    name = book.who(said)
    if name is not None:
        return f"{name} (interested)" if said.origin.interested else name
    return f"{said.outlet or 'unknown outlet'}, source unknown"


_WHY: Final = {
    Total.PERIOD: "over several days",
    Total.WIDE: "of a wide area",
    Total.PLACELESS: "of no known place",
    Total.UNDATED: "undated",
    Total.TALLY: "from some time on",
    Total.SUM: "a sum",
    Total.BACKGROUND: "history",
}


def why(stated: Stated, book: Book) -> str:
    """Return for people why figures are a total: of a sum, its parts."""
    category = stated.entry.category
    parts = [counted_by(book.told[part].features, category) for part in _parts(stated.entry, book)]
    return f"= {' + '.join(map(str, parts))}" if parts and None not in parts else _WHY[stated.why]


def sum_rows(groups: Iterable[tuple[str | None, Page]]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of sums for people: group, what is counted, number, rule, of how many incidents, remarks."""
    for name, shown in groups:
        for found in shown.sums:
            remarks = {
                "without a figure": found.without,
                "without a best value": found.unsettled,
                "disputed": found.disputed,
                "left out, may contain others": len(found.containing),
                "pairs may be one": found.maybe_twice,
            }
            told = ", ".join(f"{number} {what}" for what, number in remarks.items() if number)
            counts = found.category if found.of is None else f"{found.category} ({found.of})"
            yield (name or "", counts, counted(found), found.rule.value, str(len(found.incidents)), told)
