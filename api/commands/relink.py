"""`waqai gazetteer relink`: what a newer gazetteer changes in stored articles, shown and then accepted.

Invariant: without `--accept` nothing is written, and with it only the plan that was shown.
"""

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import DataOption, FormatOption, isolated, one_of, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Misuse

if TYPE_CHECKING:
    from api.relinking import Difference, Plan
    from ontology.model import Place


def relink(
    accept: Annotated[
        str | None, typer.Option("--accept", metavar="PLAN", help="Write the changes of the plan with this id.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for the log: it stays there for ever.")] = None,
    reviewer: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who accepts (WAQAI_REVIEWER; default: you).")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most changes to list.")] = 50,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Link the places of all stored articles anew and list what would change; nothing changes before --accept.

    Links that a person has reviewed stay. Each change is a record that waqai gazetteer review --undo takes back.

    Example: waqai gazetteer relink --accept 3fa2c1d09b --reason "villages of the new import"
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of(data=data, reviewer=reviewer)
    if accept is not None and not (reason or "").strip():
        raise Misuse("accepting a plan needs --reason: say in a few words why.")
    by = settings.reviewer or getpass.getuser()
    with open_workspace(settings, create=False, actor=by) as workspace:
        from api import relinking

        with progress("linking anew", workspace.log.head()) as show:
            if accept is None:
                _print_plan(relinking.plan(workspace, show), output, limit)
                return
            longest = settings.review_reason_chars
            written = relinking.accept(workspace, accept, reason or "", by, reason_chars=longest, progress=show)
    if output == "json":
        _print_json({"plan": accept, "records": written})
    elif not written:
        typer.echo("nothing to change")
    else:
        where = f"record {written[0]}" if len(written) == 1 else f"records {written[0]} to {written[-1]}"
        typer.echo(f"plan {accept} is in the log: {where}")


def _print_plan(plan: "Plan", output: str, limit: int) -> None:
    if output == "json":
        _print_json(
            {
                "plan": plan.id,
                "gazetteer": plan.gazetteer,
                "articles": plan.articles,
                "reviewed": plan.reviewed,
                "unread": plan.unread,
                "failed": plan.failed,
                "total": len(plan.differences),
                "differences": [_difference_json(difference) for difference in plan.differences[:limit]],
            }
        )
        return
    from graph.audit.text import isolate

    for difference in plan.differences[:limit]:
        count = "1 mention" if difference.count == 1 else f"{difference.count:,} mentions"
        claims = "1 claim" if difference.claims == 1 else f"{difference.claims:,} claims"
        typer.echo(f"{isolate(difference.name)}  {count} in {claims}")
        typer.echo(f"  from {_told(difference.was)}")
        typer.echo(f"  to   {_told(difference.now)}")
    more = len(plan.differences) - limit
    if more > 0:
        typer.echo(f"and {more:,} more (--limit)")
    names = "1 name" if len(plan.differences) == 1 else f"{len(plan.differences):,} names"
    articles = "1 article" if plan.articles == 1 else f"{plan.articles:,} articles"
    typer.echo(f"{names} would mean another place, in {articles} read anew.")
    for number, what in (
        (plan.reviewed, "reviewed links stay as they are"),
        (plan.unread, "names are not found again, or mean several places, and stay as they are"),
        (plan.failed, "articles cannot be read anew"),
    ):
        if number:
            typer.echo(f"  {number:,} {what}")
    if plan.differences:
        typer.echo(f'waqai gazetteer relink --accept {plan.id} --reason "…"')


def _difference_json(difference: "Difference") -> dict[str, Any]:
    from api.questions import place_json

    return {
        "name": difference.name,
        "mentions": difference.count,
        "claims": difference.claims,
        "from": place_json(difference.was),
        "to": place_json(difference.now),
    }


def _told(place: "Place") -> str:
    around = ", ".join(area.names.get("en") or next(iter(area.names.values()), "?") for area in place.within)
    where = f" in {around}" if around else ""
    if not place.names:
        return f"a local place{where}"
    name = " / ".join(isolated(place.names[language]) for language in ("en", "ar") if language in place.names)
    key = f" [{place.linking.entry}]" if place.linking is not None and place.linking.entry is not None else ""
    point = f"; {place.lat}, {place.lon}" if place.lat is not None else ""
    return f"{name}{key}{where}{point}"


def _print_json(value: object) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
