"""SPARQL servers of other makers, for tests of what is written to them."""

import contextlib
import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from graph.mirror.server import Addresses
from tests.api.test_server import free_port

OXIGRAPH = Path(sys.executable).parent / "oxigraph"


@contextlib.contextmanager
def oxigraph(*options: str, port: int | None = None) -> Iterator[Addresses]:
    """Run Oxigraph's own server, in memory unless the options name a folder."""
    chosen = port or free_port()
    process = subprocess.Popen(
        [str(OXIGRAPH), "serve", "--bind", f"127.0.0.1:{chosen}", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answers(chosen)
        here = f"http://127.0.0.1:{chosen}"
        yield Addresses.of(f"{here}/query", dataset=f"{here}/store")
    finally:
        process.kill()
        process.wait()


def answers(port: int, seconds: float = 60) -> None:
    """Wait until something listens at a port."""
    until = time.monotonic() + seconds
    while True:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
