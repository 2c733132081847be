"""The database connections of a log: one for each thread of each process.

Invariant: a connection is used by the thread and the process that opened it only. One that a parent process opened
stays referenced after a fork and is never closed here: it is not ours, and closing it would reach into the parent's.
"""

import os
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class _Closable(Protocol):
    def close(self) -> None: ...


C = TypeVar("C", bound=_Closable)


class Connections(Generic[C]):
    """Hands out the connection of the calling thread, opened by `open_one` when first asked for.

    `lets_go` says that one which another thread may be using is let go of, not closed: it closes as that thread is done
    with it. SQLite crashes the process where a connection is closed in the middle of a statement.
    """

    def __init__(self, open_one: Callable[[], C], *, lets_go: bool = False) -> None:
        self._open_one = open_one
        self._lets_go = lets_go
        self._local = threading.local()
        self._opened: list[tuple[int, threading.Thread, C]] = []
        self._guard = threading.Lock()

    def get(self) -> C:
        """Return the connection of this thread in this process."""
        held: tuple[int, C] | None = getattr(self._local, "held", None)
        if held is not None and held[0] == os.getpid():
            return held[1]
        connection = self._open_one()
        self._local.held = (os.getpid(), connection)
        self._keep(connection)
        return connection

    def drop(self) -> None:
        """Close the connection of this thread, if any; the next `get` opens another."""
        held: tuple[int, C] | None = getattr(self._local, "held", None)
        if held is None or held[0] != os.getpid():
            return
        self._local.held = None
        with self._guard:
            self._opened = [entry for entry in self._opened if entry[2] is not held[1]]
        held[1].close()

    def close(self) -> None:
        """Close the connections of every thread of this process, or let go of them (`lets_go`)."""
        with self._guard:
            for pid, thread, connection in self._opened:
                used = thread is not threading.current_thread() and thread.is_alive()
                if pid == os.getpid() and not (self._lets_go and used):
                    connection.close()
            self._opened.clear()
            self._local = threading.local()

    def _keep(self, connection: C) -> None:
        """Remember `connection` for `close`, and close those of threads that are gone."""
        here = os.getpid()
        with self._guard:
            gone = [entry for entry in self._opened if entry[0] == here and not entry[1].is_alive()]
            for entry in gone:
                entry[2].close()
                self._opened.remove(entry)
            self._opened.append((here, threading.current_thread(), connection))
