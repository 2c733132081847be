"""The text of a correction, read as every other text is.

Invariant: what `waqai ingest` would refuse is refused here with the same words, and a correction has one text.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from api.deciding import Refused

if TYPE_CHECKING:
    from ingest.readers import Limits, Overrides, Rejected
    from ontology.model import Article

SUFFIXES: Final = {"text/plain": ".txt", "text/html": ".html", "application/json": ".json"}


def corrected_file(path: Path, language: str, max_bytes: int) -> "Article":
    """Return the article that a file holds, in the language of the one that it corrects.

    Raises:
        Refused: it cannot be read, or holds several.
    """
    from ingest.readers import read_path

    return _only(str(path), read_path(path, *_bounds(language, max_bytes)))


def corrected_stream(stream: BinaryIO, language: str, max_bytes: int) -> "Article":
    """Return the article that a stream holds. Raises as `corrected_file` does."""
    from ingest.readers import read_stream

    return _only("<stdin>", read_stream(stream, "<stdin>", *_bounds(language, max_bytes)))


def corrected_bytes(data: bytes, language: str, max_bytes: int, suffix: str = "") -> "Article":
    """Return the article that bytes hold; `suffix` is one of `SUFFIXES`. Raises as `corrected_file` does."""
    from ingest.readers import read_bytes

    return _only("the text", read_bytes(data, "the text", *_bounds(language, max_bytes), suffix))


def _bounds(language: str, max_bytes: int) -> "tuple[Overrides, Limits]":
    from ingest.readers import Limits, Overrides

    return Overrides(language=language), Limits(max_bytes=max_bytes, max_line=max_bytes)


def _only(where: str, found: "Iterable[Article | Rejected]") -> "Article":
    from ontology.model import Article

    read = None
    for item in found:
        if not isinstance(item, Article):
            line = "" if item.line is None else f", line {item.line}"
            raise Refused(f"{item.where}{line}: {item.reason}")
        if read is not None:
            raise Refused(f"{where} holds several articles: a correction has one text")
        read = item
    if read is None:
        raise Refused(f"{where} holds no article")
    return read
