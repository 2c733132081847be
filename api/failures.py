"""From what went wrong to one sentence for a person and an exit code.

Invariant: the sentence names what is wrong and what to do next, and fits one line.
"""

import errno


class Failure(Exception):
    """A command could not do its work; the message is the sentence that the person sees."""


class Misuse(Failure):
    """A command was asked wrongly."""


def explained(error: Exception) -> tuple[str | None, int]:
    """Return the sentence and the exit code for `error`; the sentence is None for the command line's own errors."""
    import typer

    if isinstance(error, typer.Exit | typer.Abort | typer.TyperException | BrokenPipeError):
        return None, 0
    if isinstance(error, Misuse):
        return _line(error), 2
    if isinstance(error, Failure):
        return _line(error), 1
    return _known(error) or (f"unexpected {type(error).__name__}: {_line(error)} (WAQAI_DEBUG=1 shows where)", 1)


def _known(error: Exception) -> tuple[str, int] | None:
    from api.settings import BadSetting
    from api.workspace import WorkspaceError
    from graph import store as stores
    from graph.audit import NothingToAudit
    from graph.content import ContentError
    from graph.log import LogError
    from graph.sparql import QueryRefused

    if isinstance(error, BadSetting):
        return _line(error), 2
    if isinstance(error, QueryRefused):
        return f"line {error.line}, column {error.column}: {error.reason}", 1
    if isinstance(error, WorkspaceError | LogError | ContentError | stores.StoreError | NothingToAudit):
        return _line(error), 1
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        advice = " Free some space and run the command again." if error.errno == errno.ENOSPC else ""
        return f"{where}{error.strerror or error}.{advice}", 1
    return None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
