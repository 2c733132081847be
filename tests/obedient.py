"""Processes that obey the rights of files, whoever runs the tests: root gives up the power to pass over them.

The process stays root, so it still finds the interpreter where only root may look; what it owns with too few rights is
closed to it, as it is to anybody.
"""

import ctypes
import os
import sys

_CAPBSET_DROP = 24  # of prctl(2)
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2  # of capabilities(7)


def why_not() -> str | None:
    """Return why such processes cannot be had here, or None."""
    if sys.platform == "win32":
        return "there are no such rights"
    if os.geteuid() == 0 and sys.platform != "linux":
        return "root passes over rights here"
    return None


def obey() -> None:
    """Give to `subprocess` as `preexec_fn`: what the process runs next cannot pass over rights."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
            if libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "the power to pass over rights cannot be given up")
