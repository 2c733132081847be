"""What is known of an article: its record, and the contents that the record names, as far as they are still here.

Invariant: nothing stands in for words that were erased. A field is None where its content is gone, and where the
article never had it.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

import orjson

from ontology.identity import sha256_hex
from ontology.model import Article
from ontology.records import ORIGIN, ORIGIN_FIELDS, TEXT, TITLE, Naming, named_contents
from ontology.sealing import unsealed

Content = Callable[[str], bytes | None]

_FIELDS: Final = ("language", "published", "media_type")


class StoredArticle:
    """The article of an ArticleIngested payload; contents are read when they are first asked for.

    Raises (each property that reads a content):
        graph.content.ContentDamaged
    """

    def __init__(self, payload: Mapping[str, Any], content: Content) -> None:
        self.payload = payload
        self._content = content
        self._named = {naming.kind: naming for naming in named_contents(payload)}

    @property
    def id(self) -> str:
        """The id of the article."""
        article: str = self.payload["article"]
        return article

    @property
    def language(self) -> str:
        """The language tag."""
        language: str = self.payload["language"]
        return language

    @property
    def published(self) -> str | None:
        """When it was published, as the input said it."""
        return self.payload.get("published")

    @property
    def text_digest(self) -> str:
        """The digest that the record names the text by: salted, or of schema 1 the SHA-256 of its bytes."""
        return self._named[TEXT].digest

    @property
    def salted(self) -> bool:
        """Whether `text_digest` is salted."""
        return self._named[TEXT].salted

    @cached_property
    def text_sha256(self) -> str | None:
        """The SHA-256 of the text alone; None where it is gone and the record does not say it."""
        if not self.salted:
            return self.text_digest
        return None if self.text is None else sha256_hex(self.text.encode("utf-8"))

    def naming(self, kind: str) -> Naming | None:
        """Return how the record names a content, None where it has none of that kind."""
        return self._named.get(kind)

    @cached_property
    def text(self) -> str | None:
        """The stored text."""
        return self._words(TEXT)

    @cached_property
    def title(self) -> str | None:
        """The title."""
        return self._words(TITLE)

    @cached_property
    def origin(self) -> Mapping[str, str] | None:
        """Publisher, `url` and `external_id`, as far as the article has them; None where they are gone."""
        if ORIGIN not in self._named:  # of schema 1, or an article without any
            return {name: self.payload[name] for name in ORIGIN_FIELDS if name in self.payload}
        words = self._words(ORIGIN)
        return None if words is None else orjson.loads(words)

    @property
    def in_the_clear(self) -> tuple[str, ...]:
        """Fields of the origin that the record itself holds, as those of schema 1 did: nothing can erase them."""
        return tuple(name for name in ORIGIN_FIELDS if name in self.payload)

    @property
    def publisher(self) -> str | None:
        """Who published it."""
        return (self.origin or {}).get("publisher")

    @property
    def url(self) -> str | None:
        """Its address."""
        return (self.origin or {}).get("url")

    @property
    def external_id(self) -> str | None:
        """The id that the input gave."""
        return (self.origin or {}).get("external_id")

    def article(self) -> Article | None:
        """Return the article as it was read, without the original bytes; None where its text is gone."""
        if self.text is None:
            return None
        known: dict[str, Any] = {name: self.payload[name] for name in _FIELDS if name in self.payload}
        known |= self.origin or {}
        return Article(text=self.text, title=self.title, **known)

    def _words(self, kind: str) -> str | None:
        naming = self._named.get(kind)
        data = None if naming is None else self._content(naming.digest)
        if naming is None or data is None:
            return None
        return (unsealed(data) if naming.salted else data).decode("utf-8")
