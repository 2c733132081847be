"""`waqai update`, and its undo: changing curation graphs, each time with one record of who, why and what exactly.

Invariant: what is printed as changed is in the log; exit code 1 and one sentence where nothing was written.
"""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DataOption, FormatOption, note, one_of, open_workspace, settings_of
from api.commands.query import sparql_text
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.patching import Patched
    from api.settings import Settings
    from api.workspace import Workspace
    from graph.updates.running import UpdateLimits

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it stays in the log for ever.")]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who does it (WAQAI_REVIEWER; default: you).")
]


def update(
    reason: ReasonOption,
    sparql: Annotated[
        str | None, typer.Argument(metavar="[SPARQL|-]", help="The update, or - for standard input.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read it from a file, or - for standard input.")
    ] = None,
    since: Annotated[
        int | None,
        typer.Option("--since", metavar="POSITION", help="Refuse it if curation graphs were changed after this one."),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Under the same key the same update is carried out once.")
    ] = None,
    by: ByOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Change curation graphs, named graphs below graphs/ of the base IRI, by a SPARQL 1.1 update.

    The pattern sees the whole graph. The exact quads that come and go are one record, which waqai undo takes back.
    Relative IRIs are those of the base: <graphs/reviewed>, <id/event/…>.

    Example: waqai update 'DELETE WHERE { GRAPH <graphs/reviewed> { ?event ?p ?o } }' --reason "begun anew"
    """
    one_of("--format", output, ("text", "json"))
    from api.loading import loader
    from api.patching import NoReason, PatchRefused, patch
    from graph.updates.errors import UpdateFault
    from graph.updates.evaluating import Update

    settings = settings_of(data=data, reviewer=by)
    text = sparql_text(sparql, file, "update")
    if len(text.encode()) > settings.max_update_bytes:
        raise Failure(f"the update is longer than {settings.max_update_bytes} bytes (WAQAI_MAX_UPDATE_BYTES).")
    actor = settings.reviewer or getpass.getuser()
    with open_workspace(settings, create=False, actor=actor) as workspace:
        try:
            patched = patch(
                workspace,
                Update(text),
                actor=actor,
                reason=reason,
                key=key,
                unchanged_since=since,
                limits=limits_of(settings),
                reason_chars=settings.review_reason_chars,
                fetch=loader(settings),
            )
        except NoReason as error:
            raise Misuse(f"{error}.") from None
        except (UpdateFault, PatchRefused) as error:
            raise Failure(f"{error}.") from None
        _told(output, patched, workspace.iris.base)


def undo_patch(
    workspace: "Workspace", settings: "Settings", position: int, *, actor: str, reason: str, rest: bool, output: str
) -> None:
    """Take a change of curation graphs back and print what became of it.

    Raises:
        Misuse, Failure: nothing was written.
    """
    from api.patching import NoReason, NotAsLeft, PatchRefused, undo

    longest = settings.review_reason_chars
    try:
        patched = undo(workspace, position, actor=actor, reason=reason, rest=rest, reason_chars=longest)
    except NoReason as error:
        raise Misuse(f"{error}.") from None
    except NotAsLeft as error:
        raise Failure(f"{error} (--rest)." if error.rest else f"{error}.") from None
    except PatchRefused as error:
        raise Failure(f"{error}.") from None
    _told(output, patched, workspace.iris.base)


def limits_of(settings: "Settings") -> "UpdateLimits":
    """Return the bounds of one update."""
    from graph.updates.running import UpdateLimits

    return UpdateLimits(settings.update_seconds, settings.update_quads, settings.query_memory)


def _told(output: str, patched: "Patched", base: str) -> None:
    from api.patching import patched_json

    if output == "json":
        import orjson

        typer.echo(orjson.dumps(patched_json(patched, base)).decode())
    elif patched.position is None:
        note("nothing was to change, so nothing was written.")
    else:
        again = " already" if patched.again else ""
        typer.echo(f"added {patched.added}, removed {patched.removed}; this is{again} record {patched.position}.")
