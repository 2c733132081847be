"""Stretches of a log audited by several processes.

Invariant: what comes out is in the order of the log, each stretch once, whatever the number of processes and whichever
is done first. No process is left behind: each ends with the work, with an error, and with the process that asked.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import islice
from multiprocessing.synchronize import Event
from typing import Final, NamedTuple

from graph.audit.ranges import Content, Part, RangeAudit
from graph.log import EventLog
from graph.store import Reader

_AHEAD: Final = 3  # stretches under way for each process; what they found is held until its turn


class Opened(NamedTuple):
    """A graph with its log and contents, as another process has opened them."""

    store: Reader
    log: EventLog
    content: Content


Opening = Callable[[], AbstractContextManager[Opened]]


class AuditStopped(Exception):
    """A process that audited a part of the log ended before it was done."""

    def __init__(self) -> None:
        super().__init__(
            "a process of the audit was ended from outside, perhaps for want of memory: ask again, with fewer of them "
            "(WAQAI_AUDIT_PROCESSES)"
        )


class AuditFailed(Exception):
    """A process could not open the graph, or not audit its part; the message tells what it was told."""


def spread(
    opening: Opening, stretches: Iterable[tuple[int, int]], processes: int, *, shaped: int, seed: int
) -> Iterator[Part]:
    """Yield what the audit of each stretch (`after`, `upto`) gives, in their order.

    `opening` is pickled; each process opens the graph one time.

    Raises:
        AuditStopped, AuditFailed
    """
    context = multiprocessing.get_context("spawn")  # the caller may have threads and open databases
    ending = context.Event()
    pool = ProcessPoolExecutor(processes, context, initializer=_prepare, initargs=(opening, shaped, seed, ending))
    waiting: deque[Future[Part]] = deque()
    rest = iter(stretches)
    try:
        with _uninterrupted():
            waiting.extend(pool.submit(_work, *one) for one in islice(rest, _AHEAD * processes))
        while waiting:
            part = waiting.popleft().result()
            with _uninterrupted():
                waiting.extend(pool.submit(_work, *one) for one in islice(rest, 1))
            yield part
    except BrokenProcessPool:
        raise AuditStopped from None
    finally:
        ending.set()
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put an interruption off; a process that is started meanwhile never gets one: who asked says when to end."""
    told: list[int] = []  # the mask is of this thread, and another one may be told
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, lambda number, _: told.append(number)) if main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if main:
            signal.signal(signal.SIGINT, signal.SIG_DFL if handler is None else handler)
        if told:
            signal.raise_signal(signal.SIGINT)


_OPEN: Final = ExitStack()
_AUDIT: list[RangeAudit | Exception] = []  # of this process, or why there is none


_ENDING: list[Event] = []  # set once nobody waits for what this process does


def _prepare(opening: Opening, shaped: int, seed: int, ending: Event) -> None:
    _ENDING.append(ending)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        opened = _OPEN.enter_context(opening())  # held as long as this process lives
        _AUDIT.append(RangeAudit(*opened, shaped=shaped, seed=seed))
    except Exception as error:  # noqa: BLE001 - told with the first stretch; raised here, it would look like a death
        _AUDIT.append(error)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _work(after: int, upto: int) -> Part:
    (audit,), (ending,) = _AUDIT, _ENDING
    if ending.is_set():
        return Part(upto)
    try:
        if isinstance(audit, Exception):
            raise audit
        return audit.part(after, upto)
    except Exception as error:  # one that cannot be pickled would look like a death
        raise AuditFailed(f"a process of the audit could not go on: {type(error).__name__}: {error}") from error
