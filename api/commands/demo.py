"""`waqai demo`: everything once, on the articles that come with Waqai.

Invariant: the demo deletes only a folder that bears its own mark, and touches nothing else.
"""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands import scenes
from api.commands.options import HostOption, PortOption, folder, isolated, open_workspace, settings_of
from api.failures import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.findings import ClaimFound, Named
    from api.settings import Settings
    from api.workspace import Workspace
    from ontology.model import Article

ARTICLES = Path(__file__).parent.parent / "demo"
MARK = ".waqai-demo"
PORT_TRIES = 20
_MARK_TEXT = "waqai demo made this folder and deletes it when it runs again.\n"


def demo(
    host: HostOption = None,
    port: PortOption = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after printing; start no server.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FOLDER",
            parser=folder,
            help="Folder for the demo, made anew (default: demo in the data folder).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Ingest the articles that come with Waqai into a fresh folder, print what was found, and serve it.

    If the port is in use, the next free one of 20 is taken.

    Example: waqai demo --no-serve
    """
    settings = settings_of(host=host, port=port)
    target = data if data is not None else settings.data / "demo"
    settings = settings.model_copy(update={"data": target, "log": None})  # what it makes up is no part of your log
    fresh_folder(target)
    listening = None
    if not no_serve:
        from api.commands.serve import bind

        listening = bind(settings.host, settings.port, tries=PORT_TRIES)
    with open_workspace(settings, create=True, actor="waqai demo") as workspace:
        _say(f"ingesting the articles of {ARTICLES} into {target}")
        _ingest(workspace, settings)
        _say("the events that were found")
        claim = _show_events(workspace)
        scenes.show_event(workspace)
        scenes.show_saved(workspace, "one-origin", [("type", "Airstrike")])
        scenes.show_saved(workspace, "conflicting-tolls")
        _show_query(workspace)
        if claim is not None:
            _say(f"one audit: waqai audit {claim.rpartition('/')[2]} --data {target}")
            from graph.audit.text import render

            typer.echo(render(workspace.audit(claim)))
        scenes.show_decisions(workspace, settings, _articles(settings))
        if listening is None:
            _say(f"done. To serve it: waqai serve --data {target}")
            return
        from api.commands.serve import address_of, run

        with listening:
            if listening.getsockname()[1] != settings.port:
                _say(f"port {settings.port} is in use, so the demo takes port {listening.getsockname()[1]}")
            _say(f"serving on {address_of(listening)} (Ctrl-C ends it)")
            sys.stdout.flush()
            run(workspace, settings, listening)


def fresh_folder(folder: Path) -> None:
    """Make `folder` anew, marked as the demo's.

    Raises:
        Failure: where it holds something that the demo did not make, or is in use, or cannot be made.
    """
    try:
        if folder.is_dir() and any(folder.iterdir()):
            if not (folder / MARK).is_file():
                raise Failure(f"{folder} was not made by the demo, so it stays as it is: choose another with --data.")
            if _in_use(folder) or _in_use(folder / scenes.COPY):
                raise Failure(f"another process serves {folder}: end it first, or choose another folder with --data.")
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text(_MARK_TEXT, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Failure(f"the demo folder {folder} cannot be made: {reason}; choose another with --data.") from None


def _in_use(folder: Path) -> bool:
    from api.datafolder import LOG_FILE
    from api.workspace import Workspace
    from graph.log import LogError
    from graph.store import StoreError, StoreLocked

    if not (folder / LOG_FILE).is_file():
        return False
    try:
        with Workspace(folder, create=False) as workspace:
            workspace.own_graph()
    except StoreLocked:
        return True
    except (StoreError, LogError):
        return False  # not usable, so not in use
    return False


def _say(what: str) -> None:
    typer.echo(f"\n== {what}")


def _articles(settings: "Settings") -> "Iterator[Article]":
    from ingest.readers import Limits, read_path
    from ontology.model import Article

    if not ARTICLES.is_dir():
        raise Failure(f"the demo articles are missing from {ARTICLES}: install Waqai anew.")
    for item in read_path(ARTICLES, limits=Limits(max_bytes=settings.max_article_bytes)):
        if not isinstance(item, Article):
            raise Failure(f"{item.where}: {item.reason}")
        yield item


def _ingest(workspace: "Workspace", settings: "Settings") -> None:
    typer.echo("loading the extractor")
    for item in _articles(settings):
        outcome = workspace.ingest(item)
        about = f"{item.language}, {isolated(item.publisher or 'no publisher')}, {item.published or 'no date'}"
        title = isolated(item.title or item.text[:60])
        typer.echo(f"  positions {outcome.first:>2}-{outcome.last:<2}  {outcome.claims:>2} claims  {title} ({about})")


def _show_events(workspace: "Workspace") -> str | None:
    """Print the events, and the claims that are none; return the claim that the audit shows."""
    from rich.table import Table

    from api.commands.tables import console
    from api.findings import events, other_claims

    found = events(workspace, limit=500, newest_first=False)
    claims = [claim for event in found.events for claim in event.claims]
    for title, rows in (
        (f"{found.total} events at log position {found.position}", claims),
        ("Claims that are no events: denied, planned, feared, or history", other_claims(workspace, limit=200)),
    ):
        table = Table(title=title, title_justify="left", show_lines=False, header_style="bold", expand=False)
        for name in ("type", "place", "date", "agent", "figures", "modality", "source", "outlet"):
            table.add_column(name, overflow="fold")
        for claim in rows:
            table.add_row(*_cells(claim))
        console().print(table)
        typer.echo("")
    if not claims:
        return None
    return max(claims, key=_worth_showing).claim


def _worth_showing(claim: "ClaimFound") -> tuple[int, bool, str]:
    """Order claims by how much an audit of them shows: a long reporting chain, a figure."""
    return (len(claim.sources), bool(claim.figures), claim.claim)


def _cells(claim: "ClaimFound") -> list[str]:
    figures = ", ".join(isolated(str(figure)) for figure in claim.figures)
    outlet = isolated(claim.outlet.name("ar")) if claim.outlet is not None else "–"
    return [
        ", ".join(claim.types),
        _joined(claim.places),
        claim.date or "–",
        _joined(claim.agents),
        figures or "–",
        claim.modality,
        " ← ".join(isolated(source.name("ar")) for source in claim.sources) or "none named",
        outlet,
    ]


def _joined(things: "list[Named]") -> str:
    return ", ".join(dict.fromkeys(isolated(thing.name("ar")) for thing in things)) or "–"


def _show_query(workspace: "Workspace") -> None:
    from api.commands.tables import answer_table
    from api.queries.saved import examples

    title, query = next(iter(examples().items()))
    _say(f"one SPARQL query: {title}")
    typer.echo(query)
    typer.echo("")
    answer_table(workspace.query(query), workspace.iris.base)
