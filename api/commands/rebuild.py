"""`waqai rebuild`: the graph anew from the log.

Invariant: the log is only read; the old graph stays in place until the new one is whole.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from api.commands.options import DataOption, note, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Failure


def rebuild(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing: compare the graph with a replay of the log.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Make the graph again from the log, or prove with --check that this would change nothing.

    Where a server has the folder, it makes the new graph beside the one that it serves, and then serves that one.

    Example: waqai rebuild --check
    """
    settings = settings_of(data=data)
    from graph.store import StoreLocked

    with open_workspace(settings, create=False) as workspace:
        if check:
            try:
                compared = workspace.compare()
            except StoreLocked as locked:
                raise Failure(
                    f"{locked}: end that first, or compare the header Waqai-Fingerprint of its answer to "
                    "/sparql?fingerprint=true with what waqai query --fingerprint replays."
                ) from None
            if not compared.identical:
                raise Failure(
                    f"the graph differs from the log at position {compared.position} ({compared.found.quads} quads, a "
                    f"replay gives {compared.replayed.quads}): run waqai rebuild."
                )
            typer.echo(
                f"identical: {compared.found.quads} quads at position {compared.position}, "
                f"sha256 of the sorted N-Quads {compared.found.sha256}"
            )
            return
        with progress("rebuilding", workspace.log.head()) as step:
            rebuilt = workspace.rebuild(progress=step, waiting=_told())
        typer.echo(f"rebuilt: {rebuilt.quads} quads at position {rebuilt.position}")


def _told() -> Callable[[], None]:
    """Return what says once that a server does the work."""
    told = False

    def waiting() -> None:
        nonlocal told
        if not told:
            note(
                "a server has this folder: it rebuilds the graph while it goes on answering. Ctrl-C leaves it at that."
            )
            told = True

    return waiting
