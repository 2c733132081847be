"""`waqai mirror`: the graph in a SPARQL server of one's own, kept up to date.

Invariant: the log is only read, and nothing is asked but the addresses that were named; a run that is killed is gone on
with by the next one. Name, password and token come from the settings, and are printed nowhere.
"""

import base64
import time
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from api.commands.options import DataOption, FormatOption, note, one_of, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.settings import Settings
    from api.workspace import Workspace
    from graph.mirror.comparing import Differences
    from graph.mirror.remote import RemoteStore
    from graph.mirror.server import Server

_LOG_PAUSE: Final = 5.0  # seconds between looks at a log that cannot be reached


def mirror(
    address: Annotated[
        str | None,
        typer.Argument(metavar="URL", help="Where the server takes queries (WAQAI_MIRROR).", show_default=False),
    ] = None,
    update: Annotated[
        str | None,
        typer.Option(
            "--update",
            metavar="URL",
            help="Where it takes updates (WAQAI_MIRROR_UPDATE); else what usual servers have beside the first one.",
            show_default=False,
        ),
    ] = None,
    graph_store: Annotated[
        str | None,
        typer.Option(
            "--graph-store",
            metavar="URL",
            help="Where it gives the whole dataset as N-Quads (WAQAI_MIRROR_GRAPH_STORE); else it is read by queries.",
            show_default=False,
        ),
    ] = None,
    default_graph: Annotated[
        str | None,
        typer.Option(
            "--default-graph",
            metavar="IRI",
            help="The graph that stands for the default graph there (WAQAI_MIRROR_DEFAULT_GRAPH).",
            show_default=False,
        ),
    ] = None,
    beside: Annotated[bool, typer.Option("--beside", help="Let the dataset hold graphs of others.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Bring it up to the log, and end.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Compare all of it with the log, write what differs, and end.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing: compare all of it with the log.")] = False,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Follow the log into a SPARQL 1.1 server of your own, until Ctrl-C.

    The server then holds the graph as Waqai itself does, and how far it has followed the log. Exit code 1 where --check
    finds a difference.

    Example: waqai mirror http://localhost:7878/query --once
    """
    one_of("--format", output, ("text", "json"))
    if rebuild and check:
        raise Misuse("--rebuild writes and --check does not: give one of them.")
    settings = settings_of(
        data=data,
        mirror=address,
        mirror_update=update,
        mirror_graph_store=graph_store,
        mirror_default_graph=default_graph,
    )
    server = _server(settings)
    try:
        with open_workspace(settings, create=False) as workspace:
            _mirror(workspace, settings, server, (beside, once, rebuild, check), output)
    finally:
        server.close()


def _mirror(
    workspace: "Workspace", settings: "Settings", server: "Server", asked: tuple[bool, bool, bool, bool], output: str
) -> None:
    from graph.mirror.remote import Place, RemoteStore
    from graph.mirror.writing import Bounds

    beside, once, rebuild, check = asked
    bounds = Bounds(settings.mirror_quads, settings.mirror_bytes)
    place = Place(settings.mirror_default_graph or "", beside, bounds)
    try:
        remote = RemoteStore.open(server, workspace.projector, place, begin=not check, old=rebuild)
    except ValueError as error:
        raise Misuse(f"--default-graph: {error}.") from None
    if check:
        _check(workspace, remote, output)
    elif rebuild:
        _tell(remote, _rebuilt(workspace, remote), output)
    else:
        _follow(workspace, remote, settings, once, output)


def _server(settings: "Settings") -> "Server":
    from graph.mirror.server import Addresses, Manner, Server

    if settings.mirror is None:
        raise Misuse("name the address where the server takes queries, as URL or in WAQAI_MIRROR.")
    try:
        addresses = Addresses.of(settings.mirror, settings.mirror_update, settings.mirror_graph_store)
    except ValueError as error:
        raise Misuse(f"the address of the server: {error}.") from None
    sent = _authorization(settings)
    for address in {addresses.query, addresses.update} if sent else set():
        parts = urlsplit(address)
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            note(f"warning: name or token go to {parts.netloc} over http, where others on the way can read them.")
    return Server(addresses, Manner(sent, settings.mirror_seconds, settings.mirror_patience, note))


def _authorization(settings: "Settings") -> str:
    user, password, token = settings.mirror_user, settings.mirror_password, settings.mirror_token
    if token is not None and (user is not None or password is not None):
        raise Misuse("WAQAI_MIRROR_TOKEN and WAQAI_MIRROR_USER are two ways to say who asks: set one of them.")
    if (user is None) != (password is None):
        raise Misuse("WAQAI_MIRROR_USER and WAQAI_MIRROR_PASSWORD go together: set both, or none.")
    if token is not None:
        return f"Bearer {token.get_secret_value()}"
    if user is None or password is None:
        return ""
    pair = f"{user}:{password.get_secret_value()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _follow(workspace: "Workspace", remote: "RemoteStore", settings: "Settings", once: bool, output: str) -> None:
    from graph.log import LogUnreachable
    from graph.store import RemakeDue

    told = None
    try:
        while True:
            try:
                if workspace.log.head() != remote.position():
                    with progress("mirroring", workspace.log.head()) as step:
                        remote.catch_up(workspace.log, batch=settings.max_batch, progress=step)
            except RemakeDue as due:
                note(f"{due.position} erases contents, or gives them back: the whole graph there is compared.")
                _rebuilt(workspace, remote)
            except LogUnreachable as error:
                if once:
                    raise
                note(f"{error}; looking again.")
                time.sleep(_LOG_PAUSE)
            if told != remote.position():
                told = remote.position()
                _tell(remote, None, output)
            if once:
                return
            time.sleep(settings.poll_interval)
    except KeyboardInterrupt:
        note(f"ended at position {remote.position()}; the next run goes on there.")


def _rebuilt(workspace: "Workspace", remote: "RemoteStore") -> "Differences":
    reader = workspace.past.at(workspace.log.head())
    with progress("rebuilding") as step:
        return remote.rebuild(reader, step)


def _tell(remote: "RemoteStore", found: "Differences | None", output: str) -> None:
    if output == "json":
        import orjson

        body: dict[str, object] = {"address": remote.address, "position": remote.position()}
        if found is not None:
            body |= {"added": found.missing, "removed": found.extra, "rewritten": found.rewritten}
        typer.echo(orjson.dumps(body).decode())
        return
    more = "" if found is None else f": {found.missing} quads added, {found.extra} removed"
    typer.echo(f"{remote.address} is at position {remote.position()}{more}")


def _check(workspace: "Workspace", remote: "RemoteStore", output: str) -> None:
    position = remote.position()
    if position > workspace.log.head():
        raise Failure(f"{remote.address} is at position {position}, which this log does not reach: it follows another.")
    reader = workspace.past.at(position)
    wanted = workspace.past.fingerprint(position) if position else reader.fingerprint()
    found = remote.differences(reader.lines())
    same = not found.missing and not found.extra
    if output == "json":
        import orjson

        body = {
            "address": remote.address,
            "position": position,
            "head": workspace.log.head(),
            "identical": same,
            "quads": wanted.quads,
            "sha256": wanted.sha256,
            "missing": found.missing,
            "extra": found.extra,
            "rewritten": found.rewritten,
            "examples": found.examples,
        }
        typer.echo(orjson.dumps(body).decode())
        if not same:
            raise typer.Exit(1)
        return
    if not same:
        shown = "; ".join(found.examples)
        raise Failure(
            f"{remote.address} differs at position {position}: {found.missing} quads missing, {found.extra} too many "
            f"({shown}): run waqai mirror --rebuild."
        )
    forms = f"; {found.rewritten} with literals in another form of the same value" if found.rewritten else ""
    typer.echo(
        f"identical: {wanted.quads} quads at position {position}, sha256 of the sorted N-Quads {wanted.sha256}{forms}"
    )
