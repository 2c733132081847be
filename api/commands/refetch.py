"""`waqai refetch`: the addresses of ingested articles asked again.

Invariant: nothing is asked but addresses of articles that were named or chosen with --all or --since, and no article is
corrected without --revisions accept and a reason.
"""

import getpass
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.differences import revision_lines
from api.commands.options import DataOption, FormatOption, note, one_of, open_workspace, settings_of
from api.failures import Misuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.reconciliation.fetching import Got
    from api.refetching import Asked, Fetch
    from api.settings import Settings


def refetch(
    articles: Annotated[
        list[str] | None, typer.Argument(metavar="[ARTICLE]...", help="Articles, by id or IRI.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every article with a web address.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Every one that was ingested since (a day or an ISO 8601 time).")
    ] = None,
    revisions: Annotated[
        str,
        typer.Option(help="A later text: report what changed and keep both, or accept it as a correction."),
    ] = "report",
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why later texts are accepted; it stays in the log for ever.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who decides (WAQAI_REVIEWER; default: you).")
    ] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Ask for the addresses of articles again, and say which texts changed, and what that changes of their claims.

    One request an article, with what the server said of the text before (ETag, Last-Modified), one a second for a
    host (WAQAI_FETCH_PAUSE). A page that is gone is told; waqai correct --kind withdrawn records it. The exit code is
    1 where an address could not be asked or read.

    Example: waqai refetch --since 2024-11-01
    """
    one_of("--format", output, ("text", "json"))
    one_of("--revisions", revisions, ("report", "accept"))
    if sum((bool(articles), everything, since is not None)) != 1:
        raise Misuse("name articles, or say --all or --since TIME.")
    if revisions == "accept" and not (reason or "").strip():
        raise Misuse("--revisions accept decides on articles, so it needs --reason.")
    start = None if since is None else _start(since)
    settings = settings_of(data=data, reviewer=by)
    from api.decisions import order_of
    from api.refetching import Pace, State, Validators, chosen
    from api.refetching import refetch as asked_again
    from api.revisions import Revisions
    from ingest.readers import Limits

    actor = settings.reviewer or getpass.getuser()
    order = order_of(settings, reason, actor) if revisions == "accept" else None
    counts: Counter[State] = Counter()
    with open_workspace(settings, create=False, actor=actor) as workspace:
        wanted = chosen(workspace, articles or None, start)
        validators = Validators(settings.data)
        try:
            for asked in asked_again(
                workspace,
                wanted,
                _fetching(settings),
                validators,
                Limits(max_bytes=settings.max_article_bytes),
                pace=Pace(settings.fetch_pause),
                policy=Revisions(revisions),
                order=order,
            ):
                counts[asked.state] += 1
                _tell(asked, output)
        finally:
            validators.close()
        behind = workspace.project() is None
        head = workspace.log.head()
    if output == "json":
        _print({**{state.value: counts[state] for state in State}, "position": head})
    else:
        told = ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])
        typer.echo(f"{told or 'no article has a web address to ask'}; the log is at position {head}.")
    if behind:
        note("another process serves this folder: its graph follows by itself.")
    if counts[State.UNREACHABLE] or counts[State.UNREADABLE]:
        raise typer.Exit(1)


def _start(since: str) -> str:
    from ingest.readers import published_problem

    if published_problem(since) is not None:
        raise Misuse(f"--since: {since!r} is neither a day (2024-11-30) nor a time (2024-11-30T18:05:00Z).")
    moment = datetime.fromisoformat(since)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).isoformat()


def _fetching(settings: "Settings") -> "Fetch":
    from api.reconciliation.fetching import Bounds
    from api.webpages import got_page

    bounds = Bounds(settings.fetch_seconds, settings.max_article_bytes, settings.fetch_redirects)

    def fetched(address: str, validators: "Mapping[str, str]") -> "Got":
        return got_page(address, bounds, validators, inward=settings.fetch_private)

    return fetched


def _tell(asked: "Asked", output: str) -> None:
    if output == "json":
        _print(asked.json())
        return
    told = f": {asked.told}" if asked.told else ""
    typer.echo(f"{asked.state.value:<12} {asked.article}  {asked.address}{told}")
    if asked.revision is not None:
        typer.echo("\n".join(revision_lines(asked.revision)))
    if asked.state == "gone":
        typer.echo(f"  waqai correct {asked.article} --kind withdrawn --reason … takes it out of what holds")


def _print(value: object) -> None:
    import orjson

    typer.echo(orjson.dumps(value).decode())
