"""The seam to the extractor: what the faces need of it, and where it comes from.

Invariant: the pipeline (and with it spaCy) is imported on first use only, so that `--help`, queries and the server
start without it. An article on which the extractor fails is named, and costs no other article.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from api.failures import is_ours
from ontology.model import Article, Extraction

if TYPE_CHECKING:
    from ingest.explanation import Explanation

_SHOWN = 80
_Made = TypeVar("_Made")


class Extracting(Protocol):
    """Makes claims of articles; `ingest.pipeline.Pipeline` is the one that ships."""

    def extract(self, article: Article) -> Extraction:
        """Return the claims of `article`."""
        ...


class Explaining(Extracting, Protocol):
    """An extractor that can also say why."""

    def explain(self, article: Article) -> "Explanation":
        """Return the claims of `article` with the reasons for them."""
        ...


class ExtractorFailed(Exception):
    """The extractor has a fault that this article brings out; the message names it, `__cause__` is what happened."""

    def __init__(self, article: Article, error: Exception) -> None:
        name = " ".join((article.title or article.text[: 2 * _SHOWN]).split())[:_SHOWN]
        known_as = "" if article.external_id is None else f"id {article.external_id!r}, "
        what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".: ")
        super().__init__(f'the extractor failed on "{name}" ({known_as}article {article.id}): {what}; please report it')
        self.article = article


def load_extractor() -> Explaining:
    """Return the pipeline with the lexicon that comes with Waqai; takes a second or two."""
    from ingest.pipeline import Pipeline

    return Pipeline()


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
    except OSError:
        raise
    except Exception as error:
        if is_ours(error):
            raise
        raise ExtractorFailed(article, error) from error
