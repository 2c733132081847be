"""A disk that loses what was not synced when the power goes, without FUSE, a compiler or strace.

A process is watched through a seccomp filter that asks us before each write and each sync (Linux 5.5 and later). From
that record `Disk` makes the files as a power cut at any moment could leave them: what was synced is there, and of what
was not, any part is, in any order, a write torn at any sector. What a file system does to names (a new file that its
folder does not know yet) is not modelled.
"""

import ctypes
import errno
import fcntl
import os
import platform
import random
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.system_calls import no_new_privileges, program_of

_CALLS = {
    "x86_64": {"seccomp": 317, "write": 1, "pwrite64": 18, "fsync": 74, "fdatasync": 75, "ftruncate": 77},
    "aarch64": {"seccomp": 277, "write": 64, "pwrite64": 68, "fsync": 82, "fdatasync": 83, "ftruncate": 46},
}
_ASK = 0x7FC00000  # SECCOMP_RET_USER_NOTIF
_SET_FILTER, _NEW_LISTENER = 1, 8  # of seccomp(2)
_RECEIVE, _SEND = 0xC0502100, 0xC0182101  # ioctls of the listener
_QUESTION, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")
_GO_ON = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
_SECTOR = 512


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the watched process: `write` (at `offset`), `sync` or `truncate` of a file, or `say` into a pipe."""

    kind: str
    path: str
    offset: int = 0
    data: bytes = b""


def why_not() -> str | None:
    """Return why no process can be watched here, or None."""
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        return "calls are watched here on Linux on x86-64 and ARM64 only"
    try:
        list(watched([sys.executable, "-c", ""]))
    except OSError as error:
        return f"the kernel lets nobody watch calls here ({error.strerror})"
    return None


def watched(command: Sequence[str], **settings: Any) -> Iterator[Operation]:
    """Run `command` and yield what it does to files and says, in order, each just before it happens.

    Raises:
        OSError: the kernel does not let us watch.
        subprocess.CalledProcessError: the command failed.
    """
    calls = _CALLS[platform.machine()]
    program = program_of([number for name, number in calls.items() if name != "seccomp"], _ASK)
    library = ctypes.CDLL(None, use_errno=True)
    ours, theirs = socket.socketpair()

    def listen() -> None:
        no_new_privileges(library)
        listener = library.syscall(calls["seccomp"], _SET_FILTER, _NEW_LISTENER, ctypes.byref(program))
        if listener < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        socket.send_fds(theirs, [b"!"], [listener])

    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=listen, **settings
        )
    except subprocess.SubprocessError as error:
        raise OSError(errno.EPERM, "seccomp refused") from error
    theirs.close()
    _, (listener,), _, _ = socket.recv_fds(ours, 1, 1)
    names = {number: name for name, number in calls.items()}
    try:
        yield from _operations(listener, names)
    finally:
        os.close(listener)
        ours.close()
        out, err = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, out, err)


def _operations(listener: int, names: dict[int, str]) -> Iterator[Operation]:
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        ((_, events),) = poll.poll()
        if not events & select.POLLIN:
            return
        question = bytearray(_QUESTION.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, question)
        except FileNotFoundError:  # the process went away while it asked
            continue
        number, pid, _, call, _, _, file, second, third, fourth, *_ = _QUESTION.unpack(question)
        path = str(Path(f"/proc/{pid}/fd/{file}").readlink())
        name = names[call]
        if name in ("write", "pwrite64"):
            with open(f"/proc/{pid}/mem", "rb", 0) as memory:  # noqa: PTH123 - no file of a folder
                memory.seek(second)
                data = memory.read(third)
            if name == "pwrite64":
                yield Operation("write", path, fourth, data)
            elif path.startswith("pipe:"):
                yield Operation("say", path, 0, data)
        elif name == "ftruncate":
            yield Operation("truncate", path, second)
        else:
            yield Operation("sync", path)
        fcntl.ioctl(listener, _SEND, bytearray(_ANSWER.pack(number, 0, 0, _GO_ON)))


class Disk:
    """The files of a folder under `operations`; those whose name ends as in `ignored` are no part of it."""

    def __init__(self, folder: Path, operations: Sequence[Operation], ignored: Sequence[str] = ()) -> None:
        self._before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        inside = str(folder) + os.sep
        self._operations = [
            operation
            for operation in operations
            if operation.kind == "say"
            or (operation.path.startswith(inside) and not operation.path.endswith(tuple(ignored)))
        ]

    def __len__(self) -> int:
        return len(self._operations)

    def cut(self, after: int, chance: random.Random, target: Path) -> bytes:
        """Write the files as a power cut after so many operations could leave them; return what had been said."""
        synced = {name: bytearray(data) for name, data in self._before.items()}
        loose: dict[str, list[Operation]] = {}
        said = b""
        for operation in self._operations[:after]:
            name = Path(operation.path).name
            if operation.kind == "say":
                said += operation.data
            elif operation.kind == "sync":
                for one in loose.pop(name, []):
                    _apply(synced.setdefault(name, bytearray()), one)
            else:
                loose.setdefault(name, []).append(operation)
        survive: Callable[[], bool] = chance.choice([lambda: False, lambda: chance.random() < 0.5, lambda: True])
        for name, operations in loose.items():
            kept = [_torn(one, chance) if chance.random() < 0.1 else one for one in operations if survive()]
            chance.shuffle(kept)
            for one in kept:
                _apply(synced.setdefault(name, bytearray()), one)
        for name, data in synced.items():
            (target / name).write_bytes(data)
        return said


def _apply(file: bytearray, operation: Operation) -> None:
    end = operation.offset + len(operation.data)
    if operation.kind == "truncate":
        del file[operation.offset :]
    if len(file) < end:
        file.extend(bytes(end - len(file)))
    file[operation.offset : end] = operation.data


def _torn(operation: Operation, chance: random.Random) -> Operation:
    sectors = len(operation.data) // _SECTOR
    return Operation(
        operation.kind, operation.path, operation.offset, operation.data[: chance.randint(0, sectors) * _SECTOR]
    )
