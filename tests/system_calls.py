"""Makes system calls of a process fail, without a compiler and without strace: a seccomp filter set through ctypes."""

import ctypes
import errno
import platform
import struct
import sys
from collections.abc import Sequence

_NUMBERS = {"x86_64": {"fsync": 74, "fdatasync": 75}, "aarch64": {"fsync": 82, "fdatasync": 83}}
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # of prctl(2)
_LOAD_NUMBER, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # of BPF
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000


def why_not() -> str | None:
    """Return why no call can be made to fail here, or None."""
    if sys.platform != "linux" or platform.machine() not in _NUMBERS:
        return "seccomp filters are written here for Linux on x86-64 and ARM64 only"
    return None


class Program(ctypes.Structure):
    """A filter as the kernel takes it; it keeps its instructions alive."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def program_of(numbers: Sequence[int], verdict: int) -> Program:
    """Return the filter that gives `verdict` on the calls of these numbers and allows every other."""
    steps = [(_LOAD_NUMBER, 0, 0, 0)]
    steps += [(_EQUAL, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, verdict)]
    buffer = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = Program(len(steps), ctypes.addressof(buffer))
    program.buffer = buffer
    return program


def no_new_privileges(library: ctypes.CDLL) -> None:
    """Give up what a program with a set-user-id bit could gain; without it only root may set a filter."""
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


class Failing:
    """Makes every call of these `names` fail with EIO, from `begin` on, in this process and those that it starts."""

    def __init__(self, *names: str) -> None:
        numbers = [_NUMBERS[platform.machine()][name] for name in names]
        self._program = program_of(numbers, _FAIL | errno.EIO)
        self._library = ctypes.CDLL(None, use_errno=True)

    def begin(self) -> None:
        """Set the filter, which cannot be taken away again; fit for a child between fork and exec."""
        no_new_privileges(self._library)
        if self._library.prctl(_SECCOMP, _FILTER, ctypes.byref(self._program), 0, 0):
            raise OSError(ctypes.get_errno(), "no seccomp filter can be set here")
