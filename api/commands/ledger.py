"""`waqai ledger`: how many were killed, injured, displaced …, by incident, place and period, and who says so.

Invariant: nothing is written; only the report goes to standard output.
"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import (
    AtOption,
    DataOption,
    isolated,
    moment_at,
    note,
    one_of,
    open_workspace,
    settings_of,
)
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.ledger.asking import Question
    from api.ledger.book import Book

_FORMATS = ("table", "csv", "json")


def ledger(
    place: Annotated[
        str | None,
        typer.Option(
            "--place", help="Only in this place: its name, a code (SY07), an id or an IRI.", show_default=False
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="From this day, month or year on.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Up to this day, month or year.", show_default=False)
    ] = None,
    by: Annotated[str, typer.Option("--by", help="category, month, place or event.")] = "category",
    history: Annotated[
        bool, typer.Option("--history", help="Also how the figures of each source moved (table and json).")
    ] = False,
    format_: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    bom: Annotated[bool, typer.Option("--bom", help="Begin CSV with a byte order mark, for Excel.")] = False,
    at: AtOption = None,
    data: DataOption = None,
) -> None:
    """Show figures of a place and a period: sums over incidents, and apart from them the totals that sources state.

    Each figure names its rule and, in csv and json, the claims, the sources and the words behind it. The
    incidents are the events of the graph; all claims are held in memory.

    Example: waqai ledger --place Idlib --since 2024-11 --by month
    """
    one_of("--format", format_, _FORMATS)
    one_of("--by", by, ("category", "month", "place", "event"))
    from api.ledger.asking import Question, scope
    from api.ledger.book import book
    from api.ledger.forms import as_csv, as_json
    from api.queries.parameters import BadValue

    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        try:
            question = Question(scope(workspace, moment, place=place, since=since, until=until), by, history)
        except BadValue as bad:
            option = "--" if str(bad).startswith(bad.parameter) else ""
            raise (Failure if bad.kind == "unknown" else Misuse)(f"{option}{bad}.") from None
        found = book(workspace, None if moment is None else moment.position)
        if format_ == "json":
            import orjson

            typer.echo(orjson.dumps(as_json(found, question, workspace), option=orjson.OPT_INDENT_2).decode())
        elif format_ == "csv":
            from api.exporting.accompanying import sentences

            sys.stdout.flush()
            for sentence in sentences("ledger", settings.data_license, workspace.as_of(moment)):
                note(sentence)
            for piece in as_csv(found, question, workspace, bom=bom):
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        else:
            _show(found, question)


def _show(found: "Book", question: "Question") -> None:
    from api.commands.tables import print_table
    from api.ledger.forms import counted, day, incidents, sum_rows, who, why

    groups = found.pages(question.scope, question.by)
    if question.by == "event":
        for one in incidents(found, question.scope):
            where = ", ".join(isolated(found.place(way[0][0])) for way in one.ways)
            typer.echo(f"{one.event}  {where}  {day(one.days[0]) if one.days else 'undated'}")
            for entry in one.entries:
                voices = ", ".join(dict.fromkeys(isolated(who(said, found)) for said in entry.said))
                counts = entry.category if entry.of is None else f"{entry.category} ({entry.of})"
                disputed = ", disputed" if entry.disputed else ""
                typer.echo(f"    {counts}: {counted(entry)} ({entry.rule.value}{disputed})  {voices}")
    else:
        grouped = question.by != "category"
        rows = [(isolated(group), *rest) if grouped else tuple(rest) for group, *rest in sum_rows(groups)]
        if rows:
            header = ("sum of", "number", "rule", "incidents", "remarks")
            print_table((question.by, *header) if grouped else header, rows)
    stated = list(dict.fromkeys((s.account.event, s.entry.category, s.entry.of) for _, p in groups for s in p.stated))
    if stated:
        typer.echo("stated as totals, not added:")
    shown: set[tuple[str, str, str | None]] = set()
    for _, page in groups:
        for total in page.stated:
            key = (total.account.event, total.entry.category, total.entry.of)
            if key in shown:
                continue
            shown.add(key)
            entry = total.entry
            counts = entry.category if entry.of is None else f"{entry.category} ({entry.of})"
            voices = ", ".join(dict.fromkeys(isolated(who(said, found)) for said in entry.said))
            words = "; ".join(dict.fromkeys(f"“{isolated(w)}”" for s in entry.said if (w := found.words(s))))
            more = total.difference
            beside = "" if more is None else f"; {abs(more)} {'fewer' if more < 0 else 'more'} than the sum"
            typer.echo(f"    {counts}: {counted(entry)} ({why(total, found)}{beside})  {voices}  {words}")
    if question.histories:
        _show_histories(found, question)
    _, first = groups[0] if groups else (None, None)
    if first is not None and len(groups) == 1:
        left = {"undated": first.undated, "partly outside": first.across, "without a place": first.placeless}
        told = "".join(f", {number} {what} and not added" for what, number in left.items() if number)
        typer.echo(f"{first.incidents} {'incident' if first.incidents == 1 else 'incidents'}{told}")
    typer.echo(f"at log position {found.position}")


def _show_histories(found: "Book", question: "Question") -> None:
    from api.ledger.forms import counted, day
    from graph.fusion.tolls import Rule
    from graph.ledger.entries import Entry

    for one in found.histories(question.scope):
        counts = one.category if one.of is None else f"{one.category} ({one.of})"
        where = one.event or f"totals, {', '.join(isolated(found.place(place)) for place in one.places) or 'no place'}"
        values = (Entry(one.category, one.of, *step.said.value, Rule.ONLY, ()) for step in one.steps)
        days = (day(step.said.published) or "undated" for step in one.steps)
        steps = " → ".join(f"{counted(value)} ({told})" for value, told in zip(values, days, strict=True))
        typer.echo(f"{isolated(found.sources.get(one.source, one.source))} on {counts}, {where}: {steps}")
