"""Makes system calls of a process fail, without a compiler and without strace: a seccomp filter set through ctypes."""

import ctypes
import errno
import platform
import struct
import sys

_NUMBERS = {"x86_64": {"fsync": 74, "fdatasync": 75}, "aarch64": {"fsync": 82, "fdatasync": 83}}
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # of prctl(2)
_LOAD_NUMBER, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # of BPF
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000


def why_not() -> str | None:
    """Return why no call can be made to fail here, or None."""
    if sys.platform != "linux" or platform.machine() not in _NUMBERS:
        return "seccomp filters are written here for Linux on x86-64 and ARM64 only"
    return None


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


class Failing:
    """Makes every call of these `names` fail with EIO, from `begin` on, in this process and those that it starts."""

    def __init__(self, *names: str) -> None:
        numbers = [_NUMBERS[platform.machine()][name] for name in names]
        steps = [(_LOAD_NUMBER, 0, 0, 0)]
        steps += [(_EQUAL, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
        steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _FAIL | errno.EIO)]
        self._buffer = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
        self._program = _Program(len(steps), ctypes.addressof(self._buffer))
        self._library = ctypes.CDLL(None, use_errno=True)

    def begin(self) -> None:
        """Set the filter, which cannot be taken away again; fit for a child between fork and exec."""
        if self._library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or self._library.prctl(
            _SECCOMP, _FILTER, ctypes.byref(self._program), 0, 0
        ):
            raise OSError(ctypes.get_errno(), "no seccomp filter can be set here")
