"""The seam to the extractor: what the faces need of it, and where it comes from.

Invariant: the pipeline (and with it spaCy) is imported on first use only, so that `--help`, queries and the server
start without it. An article on which the extractor fails is named, and costs no other article.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from api.failures import is_ours
from ingest.unfinished import TookTooLong, Unfinished
from ontology.model import Article, Extraction

if TYPE_CHECKING:
    from ingest.batch import Outcome
    from ingest.explanation import Explanation
    from ingest.remembered import Decisions
    from ontology.reviews import Decision, Remembered

_SHOWN = 80
_Made = TypeVar("_Made")
_Other = TypeVar("_Other")


class Extracting(Protocol):
    """Makes claims of articles; `ingest.pipeline.Pipeline` is the one that ships."""

    def extract(self, article: Article) -> Extraction:
        """Return the claims of `article`."""
        ...

    def batch(self, articles: Iterable[Article], processes: int) -> "Iterator[Outcome]":
        """Return the claims of many articles, or for each why there are none, from so many processes."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """An extractor that lets decisions of reviewers come before what it would decide itself."""

    def remember(self, decisions: "Decisions") -> None:
        """Take these decisions from the next article on, in place of the earlier ones."""
        ...


class Explaining(Extracting, Protocol):
    """An extractor that can also say why."""

    def explain(self, article: Article) -> "Explanation":
        """Return the claims of `article` with the reasons for them."""
        ...


class ExtractorFailed(Exception):
    """There are no claims of this article; the message names it and says why, `__cause__` is what happened.

    It took too long, a worker process died of it, or it brings out a fault of the extractor.
    """

    def __init__(self, article: Article, error: Exception) -> None:
        name = " ".join((article.title or article.text[: 2 * _SHOWN]).split())[:_SHOWN]
        known_as = "" if article.external_id is None else f"id {article.external_id!r}, "
        super().__init__(f'the extractor failed on "{name}" ({known_as}article {article.id}): {_reason(error)}')
        self.article = article


def _reason(error: Exception) -> str:
    if isinstance(error, TookTooLong):
        return f"it took longer than the {error.seconds:g} s of WAQAI_ARTICLE_SECONDS; allow more, or give it in parts"
    if isinstance(error, Unfinished):
        return f"{error}; see whether memory ran out, and give it once more with --processes 1"
    what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".: ")
    return f"{what}; please report it"


def load_extractor(seconds: float | None = None, imports: Path | None = None) -> Explaining:
    """Return the pipeline with the lexicon that comes with Waqai; takes a second or two.

    Args:
        seconds: how long one article may take; unbounded by default.
        imports: folder of imported gazetteers, which are used beside the project's own.
    """
    from ingest.gazetteer import Gazetteer
    from ingest.pipeline import Pipeline

    return Pipeline(gazetteer=Gazetteer.open(imports=imports), seconds=seconds)


def remember(extractor: Remembering, decisions: "Iterable[tuple[int, Decision, Remembered]]") -> None:
    """Give the extractor decisions of reviewers, each with the position of its record."""
    from ingest.remembered import Decisions, RememberedDecision

    extractor.remember(Decisions(RememberedDecision(*decision) for decision in decisions))


def extract(extractor: Extracting, article: Article) -> Extraction:
    """Return the claims of `article`.

    Raises:
        ExtractorFailed: for a fault in the extractor. What is no fault of its code (a disk that is full, lexicon data
            that cannot be read) comes through as it is, because the next article would fare no better.
    """
    return _guarded(extractor.extract, article)


def explain(extractor: Explaining, article: Article) -> "Explanation":
    """Return the claims of `article` with the reasons for them. Raises as `extract` does."""
    return _guarded(extractor.explain, article)


def _guarded(work: Callable[[Article], _Made], article: Article) -> _Made:
    try:
        return work(article)
    except Exception as error:
        raise _told(article, error) from error


def extract_all(
    load: Callable[[], Extracting], inputs: Iterable[tuple[str, Article | _Other]], processes: int
) -> Iterator[tuple[str, Article | _Other, Extraction | ExtractorFailed | None]]:
    """Return every input in its order, with the claims if it is an article. Raises as `extract` does.

    Args:
        load: returns the extractor; called when the first article comes.
        inputs: where each comes from, and an article or what is there instead of one; read as they are needed.
        processes: how many processes share the articles.
    """
    waiting: deque[tuple[str, Article | _Other]] = deque()

    def articles() -> Iterator[Article]:
        for where, item in inputs:
            waiting.append((where, item))
            if isinstance(item, Article):
                yield item

    source = articles()
    first = next(source, None)
    if first is not None:
        for outcome in load().batch(itertools.chain([first], source), processes):
            while not isinstance((told := waiting.popleft())[1], Article):
                yield *told, None
            where, item = told
            assert isinstance(item, Article)
            yield where, item, outcome if isinstance(outcome, Extraction) else _failed(item, outcome.error)
    yield from ((where, item, None) for where, item in waiting)


def explain_all(
    load: Callable[[], Explaining], inputs: Iterable[tuple[str, Article | _Other]]
) -> "Iterator[tuple[str, Article | _Other, Explanation | ExtractorFailed | None]]":
    """Return every input in its order, if it is an article with its claims explained. Raises as `explain` does."""
    extractor: Explaining | None = None
    for where, item in inputs:
        if not isinstance(item, Article):
            yield where, item, None
            continue
        extractor = extractor or load()
        try:
            yield where, item, explain(extractor, item)
        except ExtractorFailed as failed:
            yield where, item, failed


def _failed(article: Article, error: Exception) -> ExtractorFailed:
    told = _told(article, error)
    if not isinstance(told, ExtractorFailed):
        raise told
    told.__cause__ = error
    return told


def _told(article: Article, error: Exception) -> Exception:
    """Return the failure of this article; or the error itself where the next article would fare no better."""
    if isinstance(error, OSError) or (is_ours(error) and not isinstance(error, Unfinished)):
        return error
    return ExtractorFailed(article, error)
