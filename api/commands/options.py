"""Options that several commands share, and how they become settings and a workspace.

Invariant: every command resolves its settings the same way: command line first, then environment, file, default.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.failures import Misuse

if TYPE_CHECKING:
    from api.datafolder import LogOpener
    from api.settings import Settings
    from api.workspace import Workspace
    from graph.log import StoredLog
    from graph.travel.moments import Moment
    from graph.travel.snapshots import Policy


def folder(value: str) -> Path:
    """Return the folder that an option names.

    Raises:
        typer.BadParameter: for a blank one, which is what a shell makes of an unset variable.
    """
    if not value.strip():
        raise typer.BadParameter("it names no folder (. is the current one).")
    return Path(value)


DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        parser=folder,
        help="Data folder (WAQAI_DATA; default ./waqai-data).",
        show_default=False,
    ),
]
HostOption = Annotated[
    str | None, typer.Option("--host", help="Address to listen on (WAQAI_HOST; default 127.0.0.1).", show_default=False)
]
PortOption = Annotated[
    int | None, typer.Option("--port", help="Port to listen on (WAQAI_PORT; default 8000).", show_default=False)
]
AtOption = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="POSITION|TIME",
        help="As the graph was at a position of the log or at a time (2024-11-30T10:00:00Z; a day means its end, UTC).",
        show_default=False,
    ),
]
FormatOption = Annotated[str, typer.Option("--format", help="text or json.")]


def settings_of(**given: Any) -> "Settings":
    """Return the settings, with the values given on the command line first; unknown variables are named on stderr."""
    from api.settings import load_settings, unknown_variables
    from ontology.location import use_ontology

    for sentence in unknown_variables():
        note(f"warning: {sentence}")
    settings = load_settings(**given)
    use_ontology(settings.ontology)
    return settings


def open_workspace(
    settings: "Settings", *, create: bool, actor: str = "waqai ingest", guarded: bool = True
) -> "Workspace":
    """Open the data folder for `actor`, as records will name it; notices go to stderr.

    A log that is not the one of its checkpoints is refused, unless `guarded` is false.
    """
    from api.workspace import Workspace

    return Workspace(
        settings.data,
        base_iri=settings.base_iri,
        actor=actor,
        notice=note,
        create=create,
        batch=settings.max_batch,
        article_seconds=settings.article_seconds,
        imports=settings.gazetteer_folder,
        log=log_opener(settings),
        published=settings.checkpoint_publish,
        guarded=guarded,
        policy=policy_of(settings),
        things=settings.search_things,
    )


def policy_of(settings: "Settings") -> "Policy":
    """Return when snapshots of the graph are made, and what of the past is kept."""
    from graph.travel.snapshots import Policy

    return Policy(
        every_records=settings.snapshot_records,
        every_seconds=settings.snapshot_seconds,
        recent=settings.snapshots_recent,
        daily=settings.snapshots_daily,
        monthly=settings.snapshots_monthly,
        cached=settings.past_copies,
        cached_bytes=settings.past_copy_bytes,
        replay_records=settings.past_records,
        memory_records=settings.past_memory_records,
    )


def open_log_at(address: str, settings: "Settings", *, create: bool) -> "StoredLog":
    """Open the log at `address`, a file or a database, with the limits of the settings."""
    from graph.log import Limits, open_log

    limits = Limits(settings.log_record_bytes, settings.log_batch_bytes, settings.log_batch_records)
    return open_log(
        address,
        create=create,
        limits=limits,
        busy_seconds=settings.log_busy_seconds,
        idle_seconds=settings.log_idle_seconds,
    )


def log_opener(settings: "Settings") -> "LogOpener":
    """Return how the log of the settings is opened."""
    from api.datafolder import LOG_FILE, LogOpener

    in_folder = str(settings.data / LOG_FILE)
    address = in_folder if settings.log is None else settings.log.get_secret_value()
    return LogOpener(lambda create: open_log_at(address, settings, create=create), in_the_folder=settings.log is None)


def note(sentence: str) -> None:
    """Say something to the person, beside the output."""
    sys.stderr.write(f"waqai: {sentence}\n")


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return `value` if it is allowed.

    Raises:
        typer.BadParameter: otherwise, naming what is.
    """
    if value not in allowed:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(allowed)}.", param_hint=name)
    return value


def isolated(text: str) -> str:
    """Return `text` in Unicode isolates, so that its direction does not disturb the line around it."""
    return f"\u2068{text}\u2069" if text and not text.isascii() else text


def moment_at(workspace: "Workspace", at: str | None) -> "Moment | None":
    """Return the moment that --at names, and say on stderr which one that is; None where it names none.

    Raises:
        Misuse: it names no moment, or one that the log does not reach.
    """
    if at is None:
        return None
    from graph.travel.errors import BadMoment, BeyondTheHead

    try:
        moment = workspace.moment(at)
    except (BadMoment, BeyondTheHead) as error:
        raise Misuse(f"--at: {error}.") from None
    note(f"as of {moment}.")
    return moment
