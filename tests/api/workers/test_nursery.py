"""Workers are born at once, outlive the process that forks them, and none outlives the pool."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api.workers.nursery import Nursery
from api.workers.worker import FRAME


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(0.01)


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


def _fails(nursery: Nursery) -> bool:
    try:
        nursery.birth()
    except OSError:
        return True
    return False


def test_each_is_ready_by_itself_and_ends_alone() -> None:
    nursery = Nursery(0)
    try:
        born = [nursery.birth() for _ in range(3)]
        for one in born:
            one.channel.setblocking(True)
            assert one.channel.recv(FRAME) == b"R\0\0\0\0"
        born[0].kill()
        born[0].kill()
        until(lambda: gone(born[0].pid))
        assert not gone(born[1].pid)
    finally:
        nursery.close()
    until(lambda: all(gone(one.pid) for one in born))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not say whose child a process is")
def test_where_the_process_that_forks_has_ended_the_born_live_and_another_one_forks() -> None:
    nursery = Nursery(0)
    try:
        first = nursery.birth()
        before = parent(first.pid)
        os.kill(before, signal.SIGKILL)
        until(lambda: gone(before) or _fails(nursery))
        assert parent(nursery.birth().pid) != before
        assert not gone(first.pid)
    finally:
        nursery.close()
    until(lambda: gone(first.pid))


def test_a_closed_one_gives_none() -> None:
    nursery = Nursery(0)
    nursery.close()
    with pytest.raises(OSError, match="closed"):
        nursery.birth()
