"""`waqai audit`: why the graph says what it says about something."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import (
    AtOption,
    DataOption,
    FormatOption,
    moment_at,
    note,
    one_of,
    open_workspace,
    settings_of,
)
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.settings import Settings
    from api.workspace import Workspace
    from graph.audit import Audit


def audit(
    name: str = typer.Argument(
        metavar="IRI", help="An IRI, a path such as id/claim/c-…, or a bare id of a claim, event, article …"
    ),
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="FILE", help="Also write a proof of the claim that anybody can check."),
    ] = None,
    at: AtOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Explain something in the graph: its claims, the exact words, who says so, the record, and checks of all that.

    The exit code is 1 where a check fails. A bundle proves one claim as of the last checkpoint (waqai log checkpoint);
    waqai verify-bundle checks it without the log; a script that docs/proof.md names does so without this program.

    Example: waqai audit c-0123456789abcdef0123 --bundle claim.json
    """
    one_of("--format", output, ("text", "json"))
    if at is not None and bundle is not None:
        raise Misuse("a bundle is of the last checkpoint: leave out --at, or --bundle.")
    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        found = workspace.audit(name, moment_at(workspace, at))
        if bundle is not None and found.passed:
            _write_bundle(workspace, settings, found, bundle)
        if output == "json":
            import orjson

            typer.echo(orjson.dumps(found.to_json(), option=orjson.OPT_INDENT_2).decode())
        else:
            from graph.audit.text import render

            typer.echo(render(found))
    if not found.passed:
        raise typer.Exit(1)


def _write_bundle(workspace: "Workspace", settings: "Settings", found: "Audit", path: Path) -> None:
    """Write the bundle of the one claim that `found` explains."""
    from api.bundles import NoBundle, bundle_of
    from graph.durable import write_whole

    try:
        made = bundle_of(workspace, settings, found)
    except NoBundle as error:
        raise Failure(str(error)) from None
    write_whole(path, made.data)
    without = "" if made.text_included else "; its text is gone, so no quote can be checked"
    note(f"wrote {path}: proven as of checkpoint {made.size}{without}.")
