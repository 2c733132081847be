"""Virtuoso as a target: not a server that does all of SPARQL 1.1, so what it makes of the graph is stated here."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.mirror.remote import Place, RemoteStore
from graph.mirror.server import Addresses, Manner, Server
from graph.mirror.writing import Bounds
from graph.store import GraphStore
from tests.api.test_server import free_port
from tests.graph.articles import World
from tests.sparql_servers import answers

PROGRAM, CONSOLE = shutil.which("virtuoso-t"), shutil.which("isql-vt")
SETTINGS = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = {console}
ServerThreads = 10
NumberOfBuffers = 4000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 5
[SPARQL]
ResultSetMaxRows = {rows}
"""
PLACE = Place("https://mirror.example/reported", beside=True, bounds=Bounds(500, 100_000))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        PROGRAM is None or CONSOLE is None, reason="Debian's virtuoso-opensource-7-bin is not installed"
    ),
]


@pytest.fixture
def virtuoso(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Addresses]:
    folder = tmp_path / "virtuoso"
    folder.mkdir()
    port, console = free_port(), free_port()
    rows = getattr(request, "param", 1_000_000)
    (folder / "virtuoso.ini").write_text(SETTINGS.format(port=port, console=console, rows=rows), encoding="ascii")
    process = subprocess.Popen(
        [str(PROGRAM), "-f", "-c", "virtuoso.ini"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        answers(port, 120)
        grant = 'exec=grant SPARQL_UPDATE to "SPARQL";'
        subprocess.run([str(CONSOLE), f"127.0.0.1:{console}", "dba", "dba", grant], capture_output=True, timeout=60)
        yield Addresses.of(f"http://127.0.0.1:{port}/sparql")
    finally:
        process.kill()
        process.wait()


def test_all_but_the_geometries_come_back(virtuoso: Addresses, tmp_path: Path) -> None:
    world = World.at(tmp_path)
    world.fill(6)
    RemoteStore.open(Server(virtuoso, Manner(patience=0)), world.projector, PLACE).apply(world.log.read(upto=5))
    remote = RemoteStore.open(Server(virtuoso, Manner(patience=0)), world.projector, PLACE)
    assert remote.position() == 5
    assert remote.catch_up(world.log) == 12
    local = GraphStore.in_memory(world.log, world.projector)
    found = remote.differences(local.lines())
    assert found.missing == found.extra == 1
    assert found.rewritten > 0
    assert all("#asWKT>" in example for example in found.examples)


@pytest.mark.parametrize("virtuoso", [50], indirect=True)
def test_an_answer_that_is_cut_off_is_found_out(virtuoso: Addresses, tmp_path: Path) -> None:
    from graph.mirror.errors import MirrorCut

    world = World.at(tmp_path)
    world.fill(3)
    remote = RemoteStore.open(Server(virtuoso, Manner(patience=0)), world.projector, PLACE)
    remote.catch_up(world.log)
    with pytest.raises(MirrorCut, match="--graph-store"):
        remote.fingerprint()
