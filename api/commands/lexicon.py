"""`waqai lexicon`: check a lexicon, and write it in OntoLex-Lemon.

Invariant: a fault is one line with file, line, column and reason; the exit code is 1 where there is one.
"""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import FormatOption, one_of, settings_of
from api.commands.progress import progress
from api.failures import Misuse

app = typer.Typer(
    help="Check the lexicon, or write it in another format.\n\nExample: waqai lexicon check",
    no_args_is_help=True,
    rich_markup_mode=None,
)
FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FOLDER]", help="Folder of the lexicon; by default that of the ontology in use."),
]


@app.command("check")
def check(
    folder: FolderArgument = None,
    examples: Annotated[bool, typer.Option(help="Run the examples of all entries too.")] = True,
    output: FormatOption = "text",
) -> None:
    """Check every file of a lexicon: YAML, schemas, what the files say of each other, and that all examples hold.

    Each fault is named with file, line, column and reason. Examples run once nothing else is wrong.

    Example: waqai lexicon check ontology/lexicon
    """
    one_of("--format", output, ("text", "json"))
    settings_of()
    from graph.audit.text import isolate
    from ingest.checking.lexicon import check_lexicon, summary

    with progress("running examples") as step:
        checked = check_lexicon(_folder(folder), examples=examples, step=step)
    if output == "json":
        import orjson

        data = {
            "folder": str(checked.folder),
            "files": checked.files,
            "entries": checked.entries,
            "examples": checked.examples,
            "faults": [fault.json() for fault in checked.faults],
        }
        typer.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())
    else:
        for fault in checked.faults:
            place = f"{fault.file}:{fault.line}:{fault.column}" if fault.line else str(fault.file)
            entry = f"entry {fault.entry}: " if fault.entry else ""
            reason = fault.reason if fault.reason.isascii() else isolate(fault.reason)
            typer.echo(f"{place}: {entry}{reason}")
        typer.echo(summary(checked))
    if checked.faults:
        raise typer.Exit(1)


@app.command("export")
def export(
    folder: FolderArgument = None,
    target: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to FILE, not to standard output."),
    ] = None,
) -> None:
    """Write the lexicon in OntoLex-Lemon, as Turtle: words, their written forms, and what they refer to.

    Triggers refer to classes of events, cues to modalities, names to the actors and sources of the graph, whose IRIs
    begin with WAQAI_BASE_IRI.

    Example: waqai lexicon export --output lexicon.ttl
    """
    settings = settings_of()
    from graph.iris import Iris
    from ingest.ontolex import turtle

    iris = Iris(settings.base_iri)
    written = turtle(_folder(folder), iris.actor, iris.source)
    if target is None:
        typer.echo(written.decode(), nl=False)
    else:
        target.write_bytes(written)


def _folder(given: Path | None) -> Path:
    from ingest.lexicon import lexicon_folder

    folder = given if given is not None else lexicon_folder()
    if not folder.is_dir():
        raise Misuse(f"{folder} is no folder; name the folder that holds actors.yaml, ar and en.")
    return folder
