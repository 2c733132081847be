"""`waqai fuse`: which claims of the log are about one event, and who stands behind it.

Invariant: nothing is written into the log; only the report goes to standard output.
"""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import (
    AtOption,
    DataOption,
    FormatOption,
    isolated,
    moment_at,
    one_of,
    open_workspace,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.fusing import Fused, Told


def fuse(
    several: Annotated[bool, typer.Option("--several", help="Only events that several claims are about.")] = False,
    one_origin: Annotated[
        bool, typer.Option("--one-origin", help="Only events known from one named origin and nobody else.")
    ] = False,
    contested: Annotated[
        bool, typer.Option("--contested", help="Only events whose claims contradict each other.")
    ] = False,
    at: AtOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Show which claims are about one event, from how many independent origins, and where they contradict each other.

    The events are those of the graph. All claims are held in memory; the log is left as it is.

    Example: waqai fuse --several --contested
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of(data=data)
    from api.fusing import event_json, report

    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        found = report(workspace, None if moment is None else moment.position)
        events = [
            event
            for event in found.events
            if (not several or len(event.claims) > 1)
            and (not one_origin or (event.standing.named == 1 and event.standing.unknown == 0))
            and (not contested or event.contested)
        ]
        if output == "json":
            import orjson

            totals = [
                {
                    "total": workspace.iris.claim(total.total).value,
                    "parts": [workspace.iris.claim(part).value for part in total.parts],
                    "category": total.category,
                }
                for total in found.sums
            ]
            body = {"position": found.position, "events": [event_json(e, workspace) for e in events], "sums": totals}
            typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())
            return
        for event in events:
            for line in _lines(event):
                typer.echo(line)
        typer.echo(f"{len(events)} of {len(found.events)} events at log position {found.position}")


def _lines(event: "Fused") -> "Iterator[str]":
    who = event.standing
    count = len(event.claims)
    origins = str(who.at_least) if who.at_least == who.at_most else f"{who.at_least} to {who.at_most}"
    interested = f", {who.interested} of them interested" if who.interested else ""
    yield (
        f"{event.claims[0].features.type} {event.id}: {count} {'claim' if count == 1 else 'claims'}, "
        f"origins: {origins}{interested}"
    )
    for toll in event.tolls:
        bounds = "–".join("" if bound is None else str(bound) for bound in dict.fromkeys((toll.low, toll.high)))
        best = "" if toll.best is None else f", best {toll.best} ({toll.rule.value})"
        yield f"    {toll.category}{'' if toll.of is None else f' ({toll.of})'}: {bounds}{best}"
    for told in event.claims:
        yield f"  {told.features.claim}  {_who(told)}  {', '.join(map(isolated, told.places))}"
    for told in event.denials:
        yield f"  {told.features.claim}  {_who(told)}  denies it"
    kinds = Counter((r.kind.value, r.in_what) for r in event.relations)
    for (kind, in_what), number in sorted(kinds.items()):
        yield f"    {kind}{f' ({in_what})' if in_what else ''}: {number} {'pair' if number == 1 else 'pairs'}"


def _who(told: "Told") -> str:
    chain = [told.outlet or "unknown outlet", *told.sources]
    return " < ".join(map(isolated, chain))
