"""`waqai log`: look at the log itself. Invariant: nothing here writes."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import DataOption, FormatOption, note, one_of, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Failure

if TYPE_CHECKING:
    from graph.custody import LostContent

app = typer.Typer(
    help="Look at the log, the append-only sequence of records that everything else follows from.\n\n"
    "Example: waqai log list --limit 10",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_records(
    after: Annotated[int, typer.Option("--after", min=0, help="Start after this position.")] = 0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many records.")] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """List records in order; as JSON, one whole record a line.

    Example: waqai log list --after 10 --limit 5 --format json
    """
    one_of("--format", output, ("text", "json"))
    with open_workspace(settings_of(data=data), create=False) as workspace:
        for record in workspace.log.read(after=after, limit=limit):
            if output == "json":
                typer.echo(record.body.decode())
            else:
                typer.echo(
                    f"{record.position:>8}  {record.recorded}  {record.type:<16}  {record.stream}  {record.actor}"
                )


@app.command("show")
def show(position: Annotated[int, typer.Argument(metavar="POSITION", min=1)], data: DataOption = None) -> None:
    """Print one record as indented JSON.

    Example: waqai log show 1
    """
    import orjson

    with open_workspace(settings_of(data=data), create=False) as workspace:
        records = list(workspace.log.read(after=position - 1, upto=position))
        if not records:
            raise Failure(f"there is no record {position}: the log is at position {workspace.log.head()}.")
        body: dict[str, Any] = orjson.loads(records[0].body)
        typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())


@app.command("verify")
def verify(output: FormatOption = "text", data: DataOption = None) -> None:
    """Read the whole log and check every record, then that every text it names is there, byte for byte.

    The log is sound by itself: a missing text (lost, or erased on purpose) is named, and so is a damaged one; the
    exit code is then 1.

    Example: waqai log verify
    """
    one_of("--format", output, ("text", "json"))
    from graph.custody import check_contents

    with open_workspace(settings_of(data=data), create=False) as workspace:
        with progress("verifying", workspace.log.head()) as step:
            records = workspace.log.verify(step)
        with progress("checking the texts", records) as step:
            contents = check_contents(workspace.log, workspace.content.get, progress=step)
    if output == "json":
        import orjson

        lost = {"missing": _listed(contents.missing), "damaged": _listed(contents.damaged)}
        body = {"sound": True, "records": records, "contents": {"checked": contents.checked, **lost}}
        typer.echo(orjson.dumps(body).decode())
    else:
        typer.echo(f"the log is sound: {records} records.")
        if contents.sound:
            typer.echo(f"the contents are sound: {contents.checked} checked.")
    for state, found in (("missing", contents.missing), ("damaged", contents.damaged)):
        for content in found:
            where = ", ".join(map(str, content.positions))
            note(f"{state} {content.kind} {content.sha256} of position {where}: {content.reason}.")
    if not contents.sound:
        raise Failure(
            f"{len(contents.missing)} of the contents that the log names are missing and {len(contents.damaged)} are "
            "damaged: restore them from a backup of the folder content."
        )


def _listed(contents: "tuple[LostContent, ...]") -> list[dict[str, Any]]:
    return [{"sha256": c.sha256, "kind": c.kind, "positions": list(c.positions), "reason": c.reason} for c in contents]
