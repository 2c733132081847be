"""`waqai replicate`: a copy of somebody's graph, kept up to date from its event stream.

Invariant: nothing is asked but the stream that was named and what it leads to on the same server; a run that is killed
is gone on with by the next one.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from api.commands.options import FormatOption, one_of, settings_of
from api.commands.progress import progress
from api.failures import Failure

if TYPE_CHECKING:
    from api.settings import Settings
    from graph.stream.replica import Fetch, Fetched

_ACCEPT = "application/n-quads, application/trig;q=0.9"


def replicate(
    address: Annotated[str, typer.Argument(metavar="URL", help="The stream: the address of a server, with /ldes.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the replica lies, or is to be made.")],
    quads: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Also write it as sorted N-Quads.", show_default=False),
    ] = None,
    output: FormatOption = "text",
) -> None:
    """Make a replica of a graph from its event stream, or bring one up to date.

    Pages that never change are fetched once. The replica has the fingerprint of the origin at its position, which is
    the SHA-256 of its quads as sorted N-Quads. The file holds the whole graph and can be loaded into any RDF store.

    Example: waqai replicate http://localhost:8000/ldes copy --output graph.nq
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of()
    from api.commands.export import write
    from api.reconciliation.fetching import Unreachable
    from graph.stream.replica import Replica

    with Replica(folder) as replica, progress("replicating") as step:
        before = replica.position()
        try:
            position = replica.follow(address, _fetching(address, settings), step)
        except Unreachable as error:
            raise Failure(f"{urlsplit(address).netloc or address} {error}.") from None
        if quads is not None:
            write(replica.lines(), quads)
        found = replica.fingerprint()
    if output == "json":
        import orjson

        body = {"position": position, "since": before, "quads": found.quads, "sha256": found.sha256}
        typer.echo(orjson.dumps(body).decode())
        return
    typer.echo(f"the replica is at position {position}: {found.quads} quads, sha256 {found.sha256}")


def _fetching(address: str, settings: "Settings") -> "Fetch":
    from api.reconciliation.fetching import Bounds, Unreachable, fetch, same_server
    from graph.stream.replica import Fetched

    bounds = Bounds(settings.replicate_seconds, settings.replicate_bytes, redirects=5)
    allowed = [address]

    def fetched(at: str, tag: str | None) -> "Fetched | None":
        if not any(same_server(at, known) for known in allowed):
            raise Unreachable(f"leads to another server, {at}: name a stream there if that is the one you want")
        headers = {"accept": _ACCEPT} | ({} if tag is None else {"if-none-match": tag})
        got = fetch(at, bounds, headers)
        if len(allowed) == 1:
            allowed.append(got.address)  # where a first redirect went, a person's address meant to go
        if got.status == 304:
            return None
        kept = got.headers.get("cache-control", "")
        return Fetched(
            got.address,
            got.headers.get("content-type", ""),
            got.body,
            got.headers.get("etag"),
            closed="immutable" in kept,
        )

    return fetched
