"""The text of a correction, read as every other text is.

Invariant: what `waqai ingest` would refuse is refused here with the same words, and a correction has one text.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from api.deciding import Refused

if TYPE_CHECKING:
    from ingest.readers import Limits, Overrides, Rejected
    from ontology.model import Article

SUFFIXES: Final = {"text/plain": ".txt", "text/html": ".html", "application/json": ".json"}


def corrected_file(path: Path, before: "Article", max_bytes: int) -> "Article":
    """Return the text that a file holds as an article of the same publisher, address, date and language as `before`.

    Raises:
        Refused: it cannot be read, or holds several.
    """
    from ingest.readers import read_path

    return as_later_text(before, _only(str(path), read_path(path, *_bounds(before, max_bytes))))


def corrected_stream(stream: BinaryIO, before: "Article", max_bytes: int) -> "Article":
    """Return the text that a stream holds. Raises as `corrected_file` does."""
    from ingest.readers import read_stream

    return as_later_text(before, _only("<stdin>", read_stream(stream, "<stdin>", *_bounds(before, max_bytes))))


def corrected_bytes(data: bytes, before: "Article", max_bytes: int, suffix: str = "") -> "Article":
    """Return the text that bytes hold; `suffix` is one of `SUFFIXES`. Raises as `corrected_file` does."""
    from ingest.readers import read_bytes

    read = _only("the text", read_bytes(data, "the text", *_bounds(before, max_bytes), suffix))
    return as_later_text(before, read)


def as_later_text(before: "Article", read: "Article") -> "Article":
    """Return what was read as a later text of the article `before`."""
    return replace(
        before, text=read.text, title=read.title or before.title, media_type=read.media_type, original=read.original
    )


def _bounds(before: "Article", max_bytes: int) -> "tuple[Overrides, Limits]":
    from ingest.readers import Limits, Overrides

    return Overrides(language=before.language), Limits(max_bytes=max_bytes, max_line=max_bytes)


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
