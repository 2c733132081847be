"""From what went wrong to one sentence for a person and an exit code.

Invariant: the sentence names what is wrong and what to do next, and fits one line.
"""

import errno
import os

DEBUG_VARIABLE = "WAQAI_DEBUG"
_OURS = frozenset({"ontology", "ingest", "graph", "api"})


class Failure(Exception):
    """A command could not do its work; the message is the sentence that the person sees."""


class Misuse(Failure):
    """A command was asked wrongly."""


def is_ours(error: Exception) -> bool:
    """Return whether `error` is of a class of this project; those say what is wrong and what to do."""
    return type(error).__module__.partition(".")[0] in _OURS


def debugging() -> bool:
    """Return whether the person asked for tracebacks."""
    return bool(os.environ.get(DEBUG_VARIABLE))


def explained(error: Exception) -> tuple[str | None, int]:
    """Return the sentence and the exit code for `error`; the sentence is None for the command line's own errors.

    >>> explained(Misuse("give one query."))
    ('give one query.', 2)
    """
    import typer

    if isinstance(error, typer.Exit | typer.Abort | typer.TyperException | BrokenPipeError):
        return None, 0
    from api.settings import BadSetting  # only now: after --help, too, an exit comes by here

    if isinstance(error, Misuse | BadSetting):
        return _line(error), 2
    if is_ours(error):
        return _line(error), 1
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        advice = " Free some space and run the command again." if error.errno == errno.ENOSPC else ""
        return f"{where}{error.strerror or error}.{advice}", 1
    return f"unexpected {type(error).__name__}: {_line(error)} (WAQAI_DEBUG=1 shows where)", 1


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
