"""Many articles, in one process or in several.

Invariant: one outcome for each article, in the order of the articles, the same whatever the number of processes. An
article on which extraction fails, or with which a worker dies, is named with the reason and costs no other article.
"""

import itertools
import multiprocessing
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol

from ingest.unfinished import WorkerDied
from ontology.model import Article, Extraction

_CHUNK = 8  # articles handed to a worker at a time
_AHEAD = 4  # chunks under way for each worker


class Extracting(Protocol):
    """Makes claims of an article."""

    def extract(self, article: Article) -> Extraction:
        """Return the claims of `article`."""
        ...


@dataclass(frozen=True, slots=True)
class Failed:
    """An article without a result, and why."""

    article: Article
    error: Exception


Outcome = Extraction | Failed


def outcome_of(extractor: Extracting, article: Article) -> Outcome:
    """Return the claims of an article, or why there are none."""
    try:
        return extractor.extract(article)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this article's alone
        return Failed(article, error)


def outcomes(make: Callable[[], Extracting], articles: Iterable[Article], processes: int) -> Iterator[Outcome]:
    """Return the outcome of each article, from `processes` worker processes.

    Args:
        make: makes the extractor of a worker; it is pickled.
        articles: read as they are needed, a little ahead of the results.
        processes: how many workers, one or more.
    """
    if processes < 1:
        raise ValueError(f"processes must be 1 or more, not {processes}")
    workers = _Workers(make, processes)
    waiting: deque[tuple[Sequence[Article], Future[bytes]]] = deque()
    source = iter(articles)
    try:
        while True:
            while len(waiting) < _AHEAD * processes and (fresh := list(itertools.islice(source, _CHUNK))):
                waiting.append((fresh, workers.submit(fresh)))
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                yield from pickle.loads(future.result())  # noqa: S301 - from our own worker
            except BrokenProcessPool:
                suspects = [chunk, *(under_way for under_way, _ in waiting)]
                waiting.clear()
                workers.restart()
                for article in itertools.chain.from_iterable(suspects):
                    yield workers.alone(article)
    finally:
        workers.close()


class _Workers:
    """A pool that can be made again after one of its processes died."""

    def __init__(self, make: Callable[[], Extracting], processes: int) -> None:
        self._make, self._processes = make, processes
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # Spawned, not forked: the caller may have threads and open databases.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._processes, context, initializer=_prepare, initargs=(self._make,))

    def submit(self, chunk: Sequence[Article]) -> "Future[bytes]":
        try:
            return self._pool.submit(_work, chunk)
        except BrokenProcessPool as broken:  # a worker died meanwhile; whoever waits for the chunk hears of it
            future: Future[bytes] = Future()
            future.set_exception(broken)
            return future

    def alone(self, article: Article) -> Outcome:
        """One article with no other under way, so that it is known which one a worker dies of."""
        try:
            (outcome,) = pickle.loads(self.submit([article]).result())  # noqa: S301 - from our own worker
        except BrokenProcessPool:
            self.restart()
            return Failed(article, WorkerDied())
        found: Outcome = outcome
        return found

    def restart(self) -> None:
        self.close()
        self._pool = self._start()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


_MADE: list[Extracting | Exception] = []  # the extractor of this worker process, or why there is none


def _prepare(make: Callable[[], Extracting]) -> None:
    try:
        _MADE.append(make())
    except Exception as error:  # noqa: BLE001 - told with the first chunk; raised here, it would look like a death
        _MADE.append(error)


def _work(chunk: Sequence[Article]) -> bytes:
    (extractor,) = _MADE
    if isinstance(extractor, Exception):
        raise extractor
    return pickle.dumps([_portable(outcome_of(extractor, article)) for article in chunk], pickle.HIGHEST_PROTOCOL)


def _portable(outcome: Outcome) -> Outcome:
    """Errors must come through as they are; one that cannot be pickled comes as its description."""
    if isinstance(outcome, Failed):
        try:
            pickle.loads(pickle.dumps(outcome.error))  # noqa: S301 - made a line above
        except Exception:  # noqa: BLE001
            return Failed(outcome.article, RuntimeError(f"{type(outcome.error).__name__}: {outcome.error}"))
    return outcome
