"""Articles that come to no result: the time that one may take, and what else may end it.

Invariant: an article gets its whole result or none; a deadline that has passed never cuts a result short.
"""

import time


class Unfinished(Exception):
    """The extraction of an article ended before its result."""


class TookTooLong(Unfinished):
    """An article took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"extracting took longer than the {seconds:g} s that one article may take")
        self.seconds = seconds

    def __reduce__(self) -> tuple[type["TookTooLong"], tuple[float]]:
        return type(self), (self.seconds,)


class WorkerDied(Unfinished):
    """A worker process ended while it had an article in hand: killed, out of memory, or crashed."""

    def __init__(self) -> None:
        super().__init__("the worker process ended while it had the article in hand")

    def __reduce__(self) -> tuple[type["WorkerDied"], tuple[()]]:
        return type(self), ()


class Deadline:
    """Asked again and again while an article is under way; without `seconds` it never passes."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._end = None if seconds is None else time.monotonic() + seconds

    def check(self) -> None:
        """Go on, or give the article up.

        Raises:
            TookTooLong: where the time is over.
        """
        if self._end is not None and self._seconds is not None and time.monotonic() > self._end:
            raise TookTooLong(self._seconds)
