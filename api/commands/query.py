"""`waqai query`: SPARQL over the graph, serialised by the engine.

Invariant: only the answer goes to stdout, as bytes of the format asked for; everything else goes to stderr.
"""

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AtOption, DataOption, moment_at, note, one_of, open_workspace, settings_of
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.queries.saved import SavedQuery
    from api.settings import Settings
    from api.workspace import Workspace
    from graph.store import Answer
    from graph.travel.moments import Moment

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
FORMATS = ("table", *SOLUTIONS_FORMATS, "geojson", *GRAPH_FORMATS)


def query(
    sparql: Annotated[
        str | None, typer.Argument(metavar="[SPARQL|-]", help="The query, or - for standard input.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read it from a file, or - for standard input.")
    ] = None,
    saved: Annotated[
        str | None, typer.Option("--saved", "-s", metavar="NAME", help="A saved query; --list names them.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--with", "-w", metavar="NAME=VALUE", help="A parameter of the saved query.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the saved queries, or the parameters of one.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the saved query as SPARQL; do not run it.")] = False,
    output: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "table",
    at: AtOption = None,
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Also say what the whole dataset of the answer amounts to.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Ask the graph in SPARQL 1.1. CONSTRUCT and DESCRIBE print Turtle unless --format says otherwise.

    Example: waqai query 'SELECT ?event ?place WHERE { ?event a wq:Airstrike ; wq:place ?place }'

    Example: waqai query --at 2024-11-30 'SELECT (COUNT(*) AS ?claims) WHERE { ?claim a wq:Claim }'

    Example: waqai query --saved who-held --with place=سراقب --with day=2023-10-18
    """
    one_of("--format", output, FORMATS)
    settings = settings_of(data=data)
    if listed or saved is not None:
        plain = sparql is None and file is None
        _saved(saved, given or [], settings, output, at, fingerprint, listed=listed, show=show, plain=plain)
        return
    if given or show:
        raise Misuse("--with and --show belong to --saved NAME: `waqai query --list` names the saved queries.")
    text = sparql_text(sparql, file, "query")
    with open_workspace(settings, create=False) as workspace:
        _ask(workspace, settings, text, output, moment_at(workspace, at), fingerprint)


def _ask(
    workspace: "Workspace",
    settings: "Settings",
    text: str,
    output: str,
    moment: "Moment | None",
    fingerprint: bool,
    rows: int | None = None,
    more: str = "",
) -> None:
    """Ask a query and print its answer, or its first `rows` rows; where it has others, `more` is said of them."""
    from api.hints import hint
    from api.queries.firstrows import FirstRows
    from api.querytext import federated
    from graph.wellformed import NotInXml

    answer = _federated(workspace, settings, text, moment) if federated(text) else workspace.as_of(moment).query(text)
    if fingerprint:
        amounts = workspace.fingerprint(answer.position, newest=moment is None)
        note(f"position {answer.position}: {amounts.quads} quads, sha256 of the sorted N-Quads {amounts.sha256}.")
    if output == "geojson":
        if _geojson(answer, rows):
            note(more)
        return
    about_terms = hint(text)
    if about_terms is not None:
        note(about_terms)
    if output == "table" and answer.kind != "graph":
        from api.commands.tables import answer_table

        if answer_table(answer, workspace.iris.base, rows):
            note(more)
        return
    media_type = "text/turtle" if output == "table" else _media_type(answer, output)
    sys.stdout.flush()
    out = FirstRows(sys.stdout.buffer.write, media_type, rows)
    try:
        answer.write(out, media_type)  # type: ignore[arg-type]  # it needs no more than write and flush
    except NotInXml as error:
        raise Failure(f"{error} cannot stand in {output}: choose {_others(answer, output)}.") from None
    out.end()
    if media_type not in ("text/csv", "text/tab-separated-values", "application/n-triples", "application/n-quads"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()
    if out.cut:
        note(more)


def _federated(workspace: "Workspace", settings: "Settings", text: str, moment: "Moment | None") -> "Answer":
    """Ask a query that asks other servers too."""
    from api.federated import NotAnswered, asked

    try:
        return asked(workspace, text, moment, settings)
    except NotAnswered as error:
        raise Failure(str(error)) from None


def _geojson(answer: "Answer", rows: int | None) -> bool:
    """Print the answer as features, `rows` of them; return whether it has more."""
    from api.queries.firstrows import first_rows
    from api.queries.geojson import geojson, has_points

    if not has_points(answer):
        raise Misuse(
            "GeoJSON needs the columns ?wkt, or ?lat and ?long: name them in SELECT, or choose another format."
        )
    answer, cut = first_rows(answer, rows)
    sys.stdout.flush()
    sys.stdout.buffer.writelines(geojson(answer, cut=cut))
    sys.stdout.buffer.flush()
    return cut


def _saved(
    name: str | None,
    given: list[str],
    settings: "Settings",
    output: str,
    at: str | None,
    fingerprint: bool,
    *,
    listed: bool,
    show: bool,
    plain: bool,
) -> None:
    """List saved queries, or run one."""
    from api.queries.parameters import BadValue
    from api.queries.saved import BadQueryFile, cut_short, load, terms_of, with_points

    if not plain:
        raise Misuse("give a query or the name of a saved one: one of them.")
    try:
        known = load(settings.queries)
    except BadQueryFile as error:
        raise Failure(str(error)) from None
    if name is not None and name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        advice = f"the nearest is {near[0]}; " if near else ""
        raise Misuse(f"there is no saved query {name}: {advice}`waqai query --list` names them.")
    if listed:
        _list([known[name]] if name is not None else list(known.values()), output, parameters=name is not None)
        return
    query = known[str(name)]
    if output == "geojson" and not query.points and not show:
        raise Misuse(f"the rows of {name} name no points, so there is no GeoJSON: those of {with_points(known)} do.")
    values = []
    for pair in given:
        key, sign, value = pair.partition("=")
        if not sign:
            raise Misuse(f"--with {pair} has no =: write --with NAME=VALUE.")
        values.append((key.strip(), value))
    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        try:
            terms = terms_of(query, values, asked=workspace.as_of(moment))
            text = query.filled(terms)
        except BadValue as bad:
            raise Misuse(f"{bad}.") from None
        if show:
            typer.echo(text, nl=False)
        else:
            rows = query.rows(terms)
            more = "" if rows is None else cut_short(query, rows, "--with ")["en"]
            _ask(workspace, settings, query.one_more(terms), output, moment, fingerprint, rows, more)


def _list(queries: "list[SavedQuery]", output: str, *, parameters: bool) -> None:
    from api.commands.tables import print_table
    from api.queries.parameters import TYPES

    if output == "json":
        import orjson

        from api.routers.queries import query_json

        typer.echo(orjson.dumps([query_json(query) for query in queries], option=orjson.OPT_INDENT_2).decode())
    elif not parameters:
        for query in queries:
            typer.echo(f"{query.name:<24}{query.summary['en']}")
    else:
        typer.echo(f"{queries[0].summary['en']}. {queries[0].description.get('en', '')}".rstrip())
        rows = [
            (
                p.name,
                TYPES[p.type] if not p.choices else ", ".join(p.choices),
                p.default or ("" if p.optional else "needed"),
            )
            for p in queries[0].parameters
        ]
        print_table(("parameter", "value", "default"), rows)


def sparql_text(sparql: str | None, file: Path | None, what: str) -> str:
    """Return the query or update (`what`) that an argument gives, or a file, or standard input.

    Raises:
        Misuse: none of them, or several.
        Failure: it is not UTF-8.
    """
    if (sparql is None) == (file is None):
        raise Misuse(
            f"give the {what} as an argument, with --file, or with - from standard input: exactly one of them."
        )
    try:
        if sparql == "-" or file == Path("-"):
            return sys.stdin.buffer.read().decode("utf-8")
        return file.read_text(encoding="utf-8") if file is not None else str(sparql)
    except UnicodeDecodeError as error:
        raise Failure(f"the {what} is not UTF-8 text (byte {error.start}): save it as UTF-8.") from None


def _others(answer: "Answer", output: str) -> str:
    formats = GRAPH_FORMATS if answer.kind == "graph" else SOLUTIONS_FORMATS
    return ", ".join(name for name in formats if name != output)


def _media_type(answer: "Answer", output: str) -> str:
    formats = GRAPH_FORMATS if answer.kind == "graph" else SOLUTIONS_FORMATS
    media_type = formats.get(output)
    if media_type is None or media_type not in answer.media_types:
        fitting = [name for name, media in formats.items() if media in answer.media_types]
        raise Misuse(f"the answer to this query cannot be written as {output}: choose {', '.join(fitting)}.")
    return media_type
