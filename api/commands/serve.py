"""`waqai serve`: the HTTP server.

Invariant: the graph is opened and the port is bound before anything is announced, so an address that is printed
answers.
"""

import contextlib
import errno
import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

import typer

from api.commands.options import DataOption, HostOption, PortOption, note, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Failure

if TYPE_CHECKING:
    from api.settings import Settings
    from api.workspace import Workspace


_PATIENCE = 3  # seconds that requests and queries get to end by themselves
_SWITCH = 0.001  # seconds after which a thread that works in Python lets the one go on that answers


def serve(host: HostOption = None, port: PortOption = None, data: DataOption = None) -> None:
    """Serve the graph over HTTP: pages, SPARQL, linked data, audits. Ends with Ctrl-C.

    Example: waqai serve --port 8080
    """
    settings = settings_of(host=host, port=port, data=data)
    listening = bind(settings.host, settings.port)
    # An empty folder was made for this (a volume, say); one that is not there may be a slip of the pen.
    empty = settings.data.is_dir() and not any(settings.data.iterdir())
    with listening, open_workspace(settings, create=empty, actor="waqai serve") as workspace:
        own(workspace)
        typer.echo(f"Waqai serves {settings.data} (log position {workspace.log.head()}) on {address_of(listening)}")
        typer.echo("Ctrl-C ends it.")
        run(workspace, settings, listening)


def own(workspace: "Workspace") -> None:
    """Take the graph for this process and bring it up to the log; an old one stays as it is, and is said to be.

    Raises:
        Failure: where another process owns it.
    """
    from graph.store import Doing, StoreLocked

    try:
        served = workspace.serve_graph()
    except StoreLocked as locked:
        if locked.doing is Doing.REBUILDING:
            raise Failure(f"the graph of {workspace.data} is being rebuilt: wait for that to end.") from None
        raise Failure(
            f"another process serves {workspace.data}: end it first, or name another folder with --data."
        ) from None
    if served.outdated:
        note(
            f"the graph was made with projection {served.made.projection} of another version of Waqai: it answers for "
            f"position {served.reader.position()} while a new one is built, which then takes its place."
        )
        return
    with progress("projecting", workspace.log.head()) as step:
        workspace.project(step)


def bind(host: str, port: int, *, tries: int = 1) -> socket.socket:
    """Return a socket bound to `port`, or to the first free one of the `tries` ports from there.

    Raises:
        Failure: where none of them can be had.
    """
    for candidate in range(port, min(port + tries, 65536)):
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, candidate, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listening = socket.socket(family, kind, protocol)
        except OSError as error:
            raise Failure(
                f"{host} is no address to listen on ({error.strerror}): choose another with --host."
            ) from None
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(128)
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                reason = (error.strerror or str(error)).lower()
                raise Failure(f"cannot listen on {host} port {candidate}: {reason}.") from None
        else:
            return listening
    ports = f"port {port} on {host} is" if tries == 1 else f"ports {port} to {port + tries - 1} on {host} are all"
    raise Failure(f"{ports} in use: choose another with --port.")


def address_of(listening: socket.socket) -> str:
    """Return the web address of a bound socket."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


def run(workspace: "Workspace", settings: "Settings", listening: socket.socket) -> None:
    """Answer requests until Ctrl-C or SIGTERM."""
    import uvicorn

    from api.app import create_app
    from api.connections import protocol

    config = uvicorn.Config(
        create_app(workspace, settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
        lifespan="on",
        http=protocol(max(1 << 16, 4 * settings.max_query_bytes)),  # a query may stand in the address
    )
    sys.setswitchinterval(_SWITCH)
    # uvicorn passes Ctrl-C on after it has shut down; that is the way this command ends.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
    _leave_queries_behind(workspace)


def _leave_queries_behind(workspace: "Workspace") -> None:
    """End the process at once where queries still run: the engine cannot stop them, and Python would wait for them."""
    deadline = time.monotonic() + _PATIENCE
    while any(thread.name.startswith("waqai-") for thread in threading.enumerate()):
        if time.monotonic() > deadline:
            note("ended without waiting for queries or a rebuild that still ran.")
            workspace.log.close()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
        time.sleep(0.02)
