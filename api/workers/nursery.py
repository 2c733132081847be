"""Where workers come from: a process that forks them, started at the first need and again where it has ended.

Invariant: whoever is born here ends when told so or with this process, and no other process is ever ended in its place.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Final

from api.workers import worker

_SECONDS: Final = 30.0  # for a process to start on a machine that is busy


@dataclass(eq=False, slots=True)
class Born:
    """A worker: its process and the socket to it, which does not block."""

    pid: int
    channel: socket.socket
    handle: int | None  # a descriptor of the process itself (Linux): a number may come to name another one
    killed: bool = False

    def kill(self) -> None:
        """End it now; once is enough."""
        if self.killed:
            return
        self.killed = True
        with contextlib.suppress(OSError):
            if self.handle is None:
                os.kill(self.pid, signal.SIGKILL)
            else:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        if self.handle is not None:
            os.close(self.handle)
        self.channel.close()

    def __del__(self) -> None:
        """No process outlives the pool that nobody has closed."""
        self.kill()


class Nursery:
    """Gives workers that may each have `memory` bytes beyond what they start with, 0 for no bound; for threads."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._alive: tuple[int, int] | None = None  # both ends: workers live on where the one that forks has ended
        self._guard = threading.Lock()
        self._closed = False

    def birth(self) -> Born:
        """Return a new worker, which says when it is ready. Raises OSError."""
        with self._guard:
            if self._closed:
                raise OSError("the pool is closed")
            try:
                return self._forked(self._running())
            except BaseException:
                self._end()  # the next one is born by another
                raise

    def close(self) -> None:
        """Have no more workers; those that live are ended, because their parent is."""
        with self._guard:
            self._closed = True
            self._end()
            if self._alive is not None:
                for end in self._alive:
                    os.close(end)
                self._alive = None

    def _forked(self, control: socket.socket) -> Born:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(control, [b"F"], [theirs.fileno()])
            told = b""
            while len(told) < 4:
                block = control.recv(4 - len(told))
                if not block:
                    raise OSError("the process that forks workers ended")
                told += block
            pid = int.from_bytes(told, "big")
            ours.setblocking(False)
            return Born(pid, ours, os.pidfd_open(pid) if sys.platform == "linux" else None)
        except BaseException:
            ours.close()
            raise

    def _running(self) -> socket.socket:
        if self._control is not None:
            return self._control
        ours, theirs = socket.socketpair()
        if self._alive is None:
            self._alive = os.pipe()
        alive = self._alive[0]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", worker.__file__, str(theirs.fileno()), str(alive), str(self._memory)],
                pass_fds=(theirs.fileno(), alive),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C is for the server, which lets its workers end. A session of its own would do for that, but
                # where the kernel schedules sessions as groups, priorities count within a session only.
                process_group=0,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.settimeout(_SECONDS)
        self._control = ours
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            threading.Thread(target=process.wait, daemon=True).start()

    def __del__(self) -> None:
        """No process outlives the pool that nobody has closed."""
        self.close()
