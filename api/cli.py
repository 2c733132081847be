"""The `waqai` command.

Invariant: every command ends with 0 (done), 1 (could not) or 2 (asked wrongly); what went wrong stands in one sentence
on stderr and never as a traceback (set WAQAI_DEBUG=1 to get one). Nothing heavy is imported before a command runs.
"""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from api.commands import (
    audit,
    changes,
    consistency,
    crate,
    curate,
    demo,
    erase,
    evaluate,
    export,
    extract,
    fuse,
    gazetteer,
    ingest,
    ledger,
    lexicon,
    log,
    mirror,
    proof,
    query,
    rebuild,
    reconcile,
    refetch,
    relink,
    replicate,
    review,
    serve,
    token,
    update,
)


class Commands(TyperGroup):
    """The command group; turns what commands raise into one sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            from api.failures import debugging, explained

            if debugging():
                raise
            sentence, code = explained(error)
            if sentence is None:  # the command line's own errors and exits
                raise
            sys.stderr.write(f"waqai: {sentence}\n")
            raise typer.Exit(code) from None


app = typer.Typer(
    name="waqai",
    cls=Commands,
    help="Turn Arabic and English news into an auditable knowledge graph: who did what, where, when, who says so.\n\n"
    "Example: waqai demo",
    epilog="Settings come from WAQAI_* variables and waqai.toml. Exit codes: 0 done, 1 could not, 2 asked wrongly.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command("demo")(demo.demo)
app.command("ingest")(ingest.ingest)
app.command("extract")(extract.extract)
app.command("refetch")(refetch.refetch)
app.command("evaluate")(evaluate.evaluate)
app.command("query")(query.query)
app.command("serve")(serve.serve)
app.command("reconcile")(reconcile.reconcile)
app.command("replicate")(replicate.replicate)
app.command("mirror")(mirror.mirror)
app.command("rebuild")(rebuild.rebuild)
app.command("audit")(audit.audit)
app.command("erase")(erase.erase)
app.command("update")(update.update)
app.command("retract")(curate.retract)
app.command("reinstate")(curate.reinstate)
app.command("correct")(curate.correct)
app.command("merge")(curate.merge)
app.command("keep-apart")(curate.keep_apart)
app.command("split")(curate.split)
app.command("approve")(curate.approve)
app.command("undo")(curate.undo)
app.command("fuse")(fuse.fuse)
app.command("ledger")(ledger.ledger)
app.command("consistency")(consistency.consistency)
app.command("diff")(changes.diff)
app.command("history")(changes.history)
app.command("verify-bundle")(proof.verify_bundle)
proof.add_to(log.app)
app.add_typer(log.app, name="log")
app.add_typer(lexicon.app, name="lexicon")
gazetteer.app.command("review")(review.review)
gazetteer.app.command("relink")(relink.relink)
app.add_typer(gazetteer.app, name="gazetteer")
export.app.command("crate")(crate.crate)
app.add_typer(export.app, name="export")
app.add_typer(token.app, name="token")


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.command("version")
def version() -> None:
    """Print the version.

    Example: waqai version
    """
    from importlib.metadata import version as version_of

    typer.echo(f"waqai {version_of('waqai')}")


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take what stands before the command."""


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):  # Arabic must come out whatever the locale says
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
