"""Pages and other bounded work with the graph run in threads, beside the event loop and beside the queries of clients.

Invariant: an exception never crosses into the event loop with its traceback, because the frames in it may hold results
of the engine, which belong to the thread that made them. What went wrong crosses as a `Problem` without a past.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from fastapi import Request

from api.problems import Problem
from api.state import server_of
from graph.log import LogBusy, LogFull, LogUnreachable, OutcomeUnknown

_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)


def internal() -> Problem:
    """Return the problem that says no more than that the log knows more."""
    return Problem(500, "internal", "The server failed to answer; its log says why.")


async def in_thread(request: Request, work: Callable[[], _T], executor: Executor | None = None) -> _T:
    """Run `work` in a thread of `executor` (default: those for pages) and return what it returns.

    Raises:
        Problem: the one that `work` raised, or an internal one for anything else, which is logged.
    """

    def run() -> tuple[_T | None, Problem | None]:
        try:
            return work(), None
        except Problem as problem:
            return None, problem.plain()
        except (LogBusy, LogFull, LogUnreachable, OutcomeUnknown) as error:  # it may pass: the client is told to repeat
            _LOG.error("%s %s failed: %s", request.method, request.url.path, error)
            detail = f"The log cannot be used now: {error}."
            return None, Problem(503, "log-unavailable", detail, headers={"retry-after": "5"})
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and this thread lets go of it
            _LOG.exception("%s %s failed", request.method, request.url.path)
            return None, internal()

    threads = executor or server_of(request).pages
    result, problem = await asyncio.get_running_loop().run_in_executor(threads, run)
    if problem is not None:
        raise problem
    return result  # type: ignore[return-value]  # None only where _T has None
