"""What was erased of an article and why, and how ContentErased and ContentRestored records hold it.

Invariant: a record of an erasure holds digests and none of the words. Basis and reason are those of whoever erases, and
stay in the log for ever.
"""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

CONTENT_ERASED: Final = "ContentErased"
CONTENT_ERASED_SCHEMA: Final = 1
CONTENT_RESTORED: Final = "ContentRestored"
CONTENT_RESTORED_SCHEMA: Final = 1
ERASURES_STREAM: Final = "erasures"  # one stream, so that of two writers one sees what the other wrote


@dataclass(frozen=True, slots=True, order=True)
class ErasedContent:
    """A content by its kind (`text`, `title`, `original`, `origin`) and the digest that the log names it by."""

    kind: str
    digest: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """Contents of one article that nobody may read any more.

    `basis` is the law, contract or rule that asks for it, as whoever erased it wrote it. `with_claims` takes what was
    found in the article out of the graph too; the records keep it.
    """

    article: str
    contents: tuple[ErasedContent, ...]
    basis: str
    reason: str
    with_claims: bool = False


@dataclass(frozen=True, slots=True)
class Restoration:
    """Contents of one article that were erased and are there again."""

    article: str
    contents: tuple[ErasedContent, ...]
    reason: str


_ERASURE: Final = TypeAdapter(Erasure)
_RESTORATION: Final = TypeAdapter(Restoration)


def content_erased(erasure: Erasure) -> dict[str, Any]:
    """Return the ContentErased payload; empty fields are left out."""
    data: dict[str, Any] = _ERASURE.serializer.to_python(erasure, mode="json", exclude_defaults=True)
    return data


def decode_content_erased(payload: object) -> Erasure:
    """Return the erasure that `content_erased` wrote.

    Raises:
        pydantic.ValidationError: where `payload` is none.
    """
    return _ERASURE.validate_python(payload)


def content_restored(restoration: Restoration) -> dict[str, Any]:
    """Return the ContentRestored payload."""
    data: dict[str, Any] = _RESTORATION.serializer.to_python(restoration, mode="json")
    return data


def decode_content_restored(payload: object) -> Restoration:
    """Return what `content_restored` wrote.

    Raises:
        pydantic.ValidationError: where `payload` is none.
    """
    return _RESTORATION.validate_python(payload)
