"""`waqai log`: look at the log itself, and move it.

Invariant: only `migrate` writes, and only into an empty log or one that is the beginning of the log that is moved.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import DataOption, FormatOption, note, one_of, open_log_at, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Failure

if TYPE_CHECKING:
    from graph.custody import LostContent

app = typer.Typer(
    help="Look at the log, the append-only sequence of records that everything else follows from, and move it.\n\n"
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
    with open_workspace(settings_of(data=data), create=False, guarded=False) as workspace:
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

    with open_workspace(settings_of(data=data), create=False, guarded=False) as workspace:
        records = list(workspace.log.read(after=position - 1, upto=position))
        if not records:
            raise Failure(f"there is no record {position}: the log is at position {workspace.log.head()}.")
        body: dict[str, Any] = orjson.loads(records[0].body)
        typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())


@app.command("verify")
def verify(
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Parse also the records that a checkpoint vouches for; twice as slow.")
    ] = False,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Read the whole log and check every record, then that every text it names is there, byte for byte.

    Where checkpoints were signed, the records are compared with all of them, also with those that were published; the
    first record that is not the one that was signed for is named. That a signed record is canonical JSON was seen to
    when it was signed; --thorough sees to it again, for who does not trust the signer. The log is sound by itself: a
    text that is lost or damaged is named, and the exit code is then 1. What a record says was erased counts as such.

    Example: waqai log verify
    """
    one_of("--format", output, ("text", "json"))
    from graph.custody import check_contents
    from graph.proof.verification import verify_log

    settings = settings_of(data=data)
    with open_workspace(settings, create=False, guarded=False) as workspace:
        for sentence in workspace.log.advice():
            note(f"warning: {sentence}.")
        with progress("verifying", workspace.log.head()) as step:
            records, sealed = verify_log(
                workspace.log, settings.proof_folder, settings.checkpoint_publish, thorough=thorough, progress=step
            )
        with progress("checking the texts", records) as step:
            contents = check_contents(workspace.log, workspace.content.get, progress=step)
    if output == "json":
        import orjson

        lost = {state: _listed(getattr(contents, state)) for state in ("missing", "damaged", "left", "erased")}
        signed = None
        if sealed is not None:
            signed = {
                "origin": sealed.checkpoint.origin,
                "size": sealed.checkpoint.size,
                "compared": sealed.compared,
                "unsealed": sealed.unsealed,
            }
        body = {
            "sound": True,
            "records": records,
            "checkpoint": signed,
            "contents": {"checked": contents.checked, **lost},
        }
        typer.echo(orjson.dumps(body).decode())
    else:
        typer.echo(f"the log is sound: {records} records.")
        if sealed is None:
            typer.echo("no checkpoint was signed: that nobody rewrote the log cannot be shown.")
        else:
            last = f"the last at position {sealed.checkpoint.size} of {sealed.checkpoint.origin}"
            agree = f"{sealed.compared} of {sealed.compared} checkpoints agree"
            typer.echo(f"it is the one that was signed for: {agree}, {last}.")
        if contents.sound:
            erased = f", {len(contents.erased)} of them erased" if contents.erased else ""
            typer.echo(f"the contents are sound: {contents.checked} checked{erased}.")
    for state, found in (("missing", contents.missing), ("damaged", contents.damaged), ("not erased", contents.left)):
        for content in found:
            where = ", ".join(map(str, content.positions))
            note(f"{state} {content.kind} {content.sha256} of position {where}: {content.reason}.")
    if contents.left:
        raise Failure(f"{len(contents.left)} of the erased contents are still there: run waqai erase --finish.")
    if not contents.sound:
        raise Failure(
            f"{len(contents.missing)} of the contents that the log names are missing and {len(contents.damaged)} are "
            "damaged: restore them from a backup of the folder content."
        )


@app.command("migrate")
def migrate(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Data folder, log file or postgresql://… address.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Log file or postgresql://… address.")],
    output: FormatOption = "text",
) -> None:
    """Move a log to another place: the same records, byte for byte, verified before they count.

    The target must be empty, or the beginning of the same log: then only the rest is copied. It is all or nothing;
    killed half way, it leaves the target as it was and may be run again. FROM is not changed. A password is better kept
    in ~/.pgpass than in the address, which other users of the computer may see.

    Example: waqai log migrate waqai-data postgresql://ingest@db.example.org/news
    """
    one_of("--format", output, ("text", "json"))
    from pathlib import Path

    from api.datafolder import LOG_FILE
    from graph.log import is_database
    from graph.log.migration import migrate as migrate_log

    settings = settings_of()
    if not is_database(source) and Path(source).is_dir():
        source = str(Path(source) / LOG_FILE)
    if not is_database(target) and Path(target).is_dir():
        target = str(Path(target) / LOG_FILE)
    with (
        open_log_at(source, settings, create=False) as old,
        open_log_at(target, settings, create=True) as new,
        progress("moving", 2 * old.head()) as step,
    ):
        done = migrate_log(old, new, step)
        places = old.place, new.place
    if output == "json":
        import orjson

        body = {"records": done.records, "copied": done.copied, "digest": f"sha256:{done.digest}"}
        typer.echo(orjson.dumps({**body, "meanwhile": done.meanwhile}).decode())
    else:
        typer.echo(f"{places[1]} holds the {done.records} records of {places[0]}, {done.copied} of them copied now.")
        typer.echo(f"SHA-256 over all bodies, the same in both: {done.digest}")
    if done.meanwhile:
        raise Failure(
            f"{places[0]} got {done.meanwhile} more records meanwhile: end what writes there and run it again."
        )
    if is_database(target):
        note("name it with WAQAI_LOG from now on, and put the old log away: nothing writes there any more.")


@app.command("sql")
def sql(
    writer: Annotated[str, typer.Option("--writer", help="Role that ingests: it may SELECT and INSERT.")],
    reader: Annotated[str | None, typer.Option("--reader", help="Role that reads: it may SELECT.")] = None,
) -> None:
    """Print the SQL that makes the tables of a log in PostgreSQL and lets roles use them.

    Run it as the owner of the database, who is then the only one that could change a record. The roles must exist.

    Example: waqai log sql --writer waqai_writer --reader waqai_reader > log.sql
    """
    from graph.log.postgres_schema import TABLES, rights

    for name, role in (("--writer", writer), ("--reader", reader)):
        if role is not None and not role.strip():
            raise typer.BadParameter("it names no role.", param_hint=name)
    typer.echo(f"BEGIN;\n{TABLES}\n{rights(writer, reader)}\nCOMMIT;")


def _listed(contents: "tuple[LostContent, ...]") -> list[dict[str, Any]]:
    return [{"sha256": c.sha256, "kind": c.kind, "positions": list(c.positions), "reason": c.reason} for c in contents]
