"""A lock that goes from hand to hand.

Invariant: whoever waits gets it before the one who has given it back gets it again, so a loop that takes it batch by
batch keeps nobody waiting for more than the batch that it is at.
"""

import threading
from types import TracebackType


class InTurn:
    """A lock to be used as a context; not to be taken twice by one thread."""

    def __init__(self) -> None:
        self._held = threading.Lock()
        self._gate = threading.Lock()  # held by the one who is next

    def __enter__(self) -> None:
        with self._gate:
            self._held.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.release()
