"""`waqai query`: SPARQL over the graph, serialised by the engine.

Invariant: only the answer goes to stdout, as bytes of the format asked for; everything else goes to stderr.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DataOption, note, one_of, open_workspace, settings_of
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from graph.store import Answer

SOLUTIONS_FORMATS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
GRAPH_FORMATS = {
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "nquads": "application/n-quads",
    "trig": "application/trig",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}
FORMATS = ("table", *SOLUTIONS_FORMATS, *GRAPH_FORMATS)


def query(
    sparql: Annotated[
        str | None, typer.Argument(metavar="[SPARQL|-]", help="The query, or - for standard input.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read it from a file, or - for standard input.")
    ] = None,
    output: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "table",
    data: DataOption = None,
) -> None:
    """Ask the graph in SPARQL 1.1. CONSTRUCT and DESCRIBE print Turtle unless --format says otherwise.

    Example: waqai query 'SELECT ?event ?place WHERE { ?event a wq:Airstrike ; wq:place ?place }'
    """
    one_of("--format", output, FORMATS)
    text = _query_text(sparql, file)
    settings = settings_of(data=data)
    from api.hints import hint

    with open_workspace(settings, create=False) as workspace:
        answer = workspace.query(text)
        about_terms = hint(text)
        if about_terms is not None:
            note(about_terms)
        if output == "table" and answer.kind != "graph":
            from api.commands.tables import answer_table

            answer_table(answer, workspace.iris.base)
            return
        media_type = "text/turtle" if output == "table" else _media_type(answer, output)
        sys.stdout.flush()
        answer.write(sys.stdout.buffer, media_type)
        if media_type not in ("text/csv", "text/tab-separated-values", "application/n-triples", "application/n-quads"):
            sys.stdout.buffer.write(b"\n")
        sys.stdout.buffer.flush()


def _query_text(sparql: str | None, file: Path | None) -> str:
    if (sparql is None) == (file is None):
        raise Misuse("give the query as an argument, with --file, or with - from standard input: exactly one of them.")
    try:
        if sparql == "-" or file == Path("-"):
            return sys.stdin.buffer.read().decode("utf-8")
        return file.read_text(encoding="utf-8") if file is not None else str(sparql)
    except UnicodeDecodeError as error:
        raise Failure(f"the query is not UTF-8 text (byte {error.start}): save it as UTF-8.") from None


def _media_type(answer: "Answer", output: str) -> str:
    formats = GRAPH_FORMATS if answer.kind == "graph" else SOLUTIONS_FORMATS
    media_type = formats.get(output)
    if media_type is None or media_type not in answer.media_types:
        fitting = [name for name, media in formats.items() if media in answer.media_types]
        raise Misuse(f"the answer to this query cannot be written as {output}: choose {', '.join(fitting)}.")
    return media_type
