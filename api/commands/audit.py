"""`waqai audit`: why the graph says what it says about something."""

import typer

from api.commands.options import DataOption, FormatOption, one_of, open_workspace, settings_of


def audit(
    name: str = typer.Argument(
        metavar="IRI", help="An IRI, a path such as id/claim/c-…, or a bare id of a claim, event, article …"
    ),
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Explain something in the graph: its claims, the exact words, who says so, the record, and checks of all that.

    The exit code is 1 where a check fails.

    Example: waqai audit c-0123456789abcdef0123
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        found = workspace.audit(name)
        if output == "json":
            import orjson

            typer.echo(orjson.dumps(found.to_json(), option=orjson.OPT_INDENT_2).decode())
        else:
            from graph.audit_text import render

            typer.echo(render(found))
    if not found.passed:
        raise typer.Exit(1)
