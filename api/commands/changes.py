"""`waqai diff` and `waqai history`: what changed in the graph, and which records did it.

Invariant: only the answer goes to stdout; which moments were meant is said in it.
"""

import itertools
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AtOption, DataOption, moment_at, one_of, open_workspace, settings_of
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.workspace import Workspace
    from graph.store import Reader
    from graph.travel.moments import Moment

FORMATS = ("text", "json", "nquads-patch")
LinesOption = Annotated[
    int, typer.Option("--lines", min=0, metavar="N", help="Triples of one record that the text shows.")
]


def diff(
    start: Annotated[str, typer.Argument(metavar="FROM", help="A position of the log, a time, or a day (its end).")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Another one; it may be the earlier of the two.")],
    about: Annotated[
        str | None,
        typer.Option("--about", metavar="IRI", help="Only what is said about this thing.", show_default=False),
    ] = None,
    output: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "text",
    most: LinesOption = 20,
    data: DataOption = None,
) -> None:
    """Show what was added to the graph and removed from it between two moments, each quad with its record.

    nquads-patch is an RDF Patch that makes the sorted N-Quads of TO out of those of FROM.

    Example: waqai diff 2024-11-30 2024-12-01 --format json
    """
    one_of("--format", output, FORMATS)
    settings = settings_of(data=data)
    from api.changing import difference_json, difference_text
    from graph.travel.changes import difference, patch

    with open_workspace(settings, create=False) as workspace:
        first, last = _moment(workspace, "FROM", start), _moment(workspace, "TO", end)
        iri = None if about is None else workspace.resolve(about)
        found = difference(
            workspace.past,
            workspace.log,
            workspace.projector,
            first.position,
            last.position,
            about=iri,
            limit=settings.change_records,
        )
        if output == "json":
            _json(difference_json(found, first, last, iri))
            return
        if output == "nquads-patch":
            lines = patch(found, workspace.projector, whole=iri is None)
        else:
            lines = difference_text(found, first, last, workspace.iris.base, most)
        for line in lines:
            typer.echo(line)


def history(
    name: Annotated[str, typer.Argument(metavar="IRI", help="An IRI, a path such as id/claim/c-…, or a bare id.")],
    at: AtOption = None,
    output: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    most: LinesOption = 20,
    data: DataOption = None,
) -> None:
    """Show every record that changed what the graph says about something: when, who, why, and what.

    Only the records that touch it are read.

    Example: waqai history c-0123456789abcdef0123
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of(data=data)
    from api.changing import history_json, history_text
    from graph.travel import changes
    from graph.travel.moments import at_position

    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        iri = workspace.resolve(name, moment)
        if moment is None:
            reader: Reader = workspace.graph()
            moment = at_position(workspace.log, reader.position())
        else:
            reader = workspace.past.at(moment.position)
        found = iter(changes.history(reader, workspace.log, workspace.projector, iri, limit=settings.change_records))
        first = next(found, None)
        if first is None:
            raise Failure(f"the graph holds nothing under {iri}, and held nothing up to {moment}.")
        steps = itertools.chain([first], found)
        if output == "json":
            _json(history_json(iri, moment, steps))
            return
        for line in history_text(steps, iri, workspace.iris.base, most):
            typer.echo(line)


def _moment(workspace: "Workspace", which: str, text: str) -> "Moment":
    from graph.travel.errors import BadMoment, BeyondTheHead

    try:
        return workspace.moment(text)
    except (BadMoment, BeyondTheHead) as error:
        raise Misuse(f"{which}: {error}.") from None


def _json(found: object) -> None:
    import orjson

    typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
