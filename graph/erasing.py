"""Erasing contents of articles: what would go, and the act.

Invariant: killed at any moment, either nothing was done or the erasure is in the log and is brought to its end by
whoever opens the folder next (`finish`). The order is: set the contents aside, append the records, remove the contents.
What cannot be removed is found out in the first step, so no record says that something was erased which is still there.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from graph.content import ContentStore
from graph.durable import alone
from graph.erasures import Erased, Erasures
from graph.log import Appended, EventLog, LogError, NewRecord
from graph.stored import StoredArticle
from graph.upcasting import PresentLog
from ontology.erasures import (
    CONTENT_ERASED,
    CONTENT_ERASED_SCHEMA,
    CONTENT_RESTORED,
    CONTENT_RESTORED_SCHEMA,
    ERASURES_STREAM,
    ErasedContent,
    Erasure,
    Restoration,
    content_erased,
    content_restored,
)
from ontology.reasons import refusal
from ontology.records import ARTICLE_INGESTED, ORIGIN, ORIGINAL, TEXT, TITLE, article_stream
from ontology.sealing import Sealed

WORDS: Final = (TEXT, TITLE, ORIGINAL)  # what is erased of an article unless more is asked for
_SHARED: Final = (TEXT, ORIGINAL)  # what articles with the same words have in common
_LOCK: Final = "lock"


class ErasureRefused(Exception):
    """An erasure cannot be done as it was asked for; the base of the classes below."""


class NoSuchArticle(ErasureRefused):
    """The log holds no such article."""

    def __init__(self, asked: str) -> None:
        super().__init__(f"the log holds no article {asked}: name its id as `waqai ingest` printed it, or its IRI")
        self.asked = asked


class ErasedAlready(ErasureRefused):
    """All that was asked for is erased."""

    def __init__(self, article: str, by: Erased) -> None:
        super().__init__(
            f"the article {article} is erased already, by {by.actor} in the record {by.position} of {by.recorded}, "
            f"basis: {by.erasure.basis}"
        )
        self.article, self.by = article, by


@dataclass(frozen=True, slots=True)
class Doomed:
    """An article of a plan with what would go, and what people know it by. `asked` is false where it shares its text.

    `in_the_log` are fields that its record holds in the clear (schema 1 did), which nothing can erase.
    """

    erasure: Erasure
    asked: bool
    title: str | None
    publisher: str | None
    url: str | None
    published: str | None
    text_length: int
    in_the_log: tuple[str, ...]


def plan(
    log: EventLog,
    content: Callable[[str], bytes | None],
    erasures: Erasures,
    articles: Iterable[str],
    *,
    basis: str,
    reason: str,
    with_origin: bool = False,
    with_claims: bool = False,
) -> tuple[Doomed, ...]:
    """Return what erasing `articles` (ids) would take: first those, then others that hold the same text.

    `content` gives what is not erased. Nothing is written.

    Raises:
        NoSuchArticle, ErasedAlready
        ErasureRefused: the basis or the reason has a control character.
    """
    for name, given in (("the basis", basis), ("the reason", reason)):
        if (refused := refusal(given, name)) is not None:
            raise ErasureRefused(refused)
    log = PresentLog(log)
    kinds = (*WORDS, ORIGIN) if with_origin else WORDS
    found: dict[str, Doomed] = {}
    for article in dict.fromkeys(articles):
        stored = _stored(log, content, article)
        if stored is None:
            raise NoSuchArticle(article)
        found[article] = _doomed(stored, kinds, basis, reason, with_claims, asked=True)
    shared = {c.digest for one in found.values() for c in one.erasure.contents if c.kind in _SHARED}
    for record in log.read(types=(ARTICLE_INGESTED,)) if shared else ():
        stored = StoredArticle(record.payload, content)
        own = [naming for kind in _SHARED if (naming := stored.naming(kind)) is not None and naming.digest in shared]
        if own and stored.id not in found:
            found[stored.id] = _doomed(stored, _SHARED, basis, reason, False, asked=False)
    return tuple(left for one in found.values() if (left := _not_yet(one, erasures)) is not None)


def select(
    log: EventLog, content: Callable[[str], bytes | None], *, url: str | None = None, publisher: str | None = None
) -> list[str]:
    """Return the ids of the articles of this address and publisher, as far as those are not erased themselves."""
    found = []
    for record in PresentLog(log).read(types=(ARTICLE_INGESTED,)):
        stored = StoredArticle(record.payload, content)
        if (url is None or stored.url == url) and (publisher is None or stored.publisher == publisher):
            found.append(stored.id)
    return found


def erase(
    log: EventLog, content: ContentStore, erasures: Erasures, doomed: Sequence[Doomed], *, actor: str
) -> Appended | None:
    """Do what `plan` said, and return where the records stand; None for an empty plan.

    Raises:
        graph.content.ContentUnremovable: nothing was erased.
        graph.log.LogError: nothing was erased, or (LogUncertain and its like) whoever opens the folder next settles it.
    """
    if not doomed:
        return None
    digests = list(dict.fromkeys(c.digest for one in doomed for c in one.erasure.contents))
    records = [NewRecord(CONTENT_ERASED, CONTENT_ERASED_SCHEMA, content_erased(one.erasure)) for one in doomed]
    content.aside.mkdir(parents=True, exist_ok=True)
    with alone(content.aside / _LOCK, wait=True):
        content.set_aside(digests)
        try:
            appended = log.append(ERASURES_STREAM, records, actor=actor)
        except BaseException:
            with contextlib.suppress(LogError):  # a log that cannot be asked now is asked by `finish`
                _settle(content, erasures, digests)
            raise
        for digest in digests:
            content.remove(digest)
    return appended


def finish(content: ContentStore, erasures: Erasures, *, thoroughly: bool = False) -> int:
    """Bring to its end what a killed process has begun, and return the number of contents that were removed.

    Nothing is done while another process is at it. `thoroughly` looks for every content that was ever erased.

    Raises:
        graph.content.ContentUnremovable, graph.content.ContentUnwritable
    """
    if not thoroughly and not content.waiting():
        return 0
    content.aside.mkdir(parents=True, exist_ok=True)
    with alone(content.aside / _LOCK, wait=thoroughly) as held:
        if not held:
            return 0
        return _settle(content, erasures, [*content.waiting(), *(erasures.digests() if thoroughly else ())])


def restore(
    log: EventLog,
    content: ContentStore,
    erasures: Erasures,
    article: str,
    contents: Iterable[tuple[str, Sealed]],
    *,
    reason: str,
    actor: str,
) -> Appended | None:
    """Store contents of an article again that were erased, with a record of it; None where none of them was.

    `contents` are kind and content; those that the article's record does not name are passed over.

    Raises:
        graph.log.LogError, graph.content.ContentError
    """
    named = {c.digest for one in erasures.of_article(article) for c in one.erasure.contents}
    back = [(kind, one) for kind, one in contents if one.digest in named and erasures.erased(one.digest) is not None]
    if not back:
        return None
    content.aside.mkdir(parents=True, exist_ok=True)
    with alone(content.aside / _LOCK, wait=True):
        for _, one in back:
            content.put(one.data)
        content.set_aside(one.digest for _, one in back)  # a killed process leaves them to `finish`
        told = Restoration(article, tuple(ErasedContent(kind, one.digest) for kind, one in back), reason)
        try:
            record = NewRecord(CONTENT_RESTORED, CONTENT_RESTORED_SCHEMA, content_restored(told))
            return log.append(ERASURES_STREAM, [record], actor=actor)
        finally:
            _settle(content, erasures, [one.digest for _, one in back])


def _settle(content: ContentStore, erasures: Erasures, digests: Iterable[str]) -> int:
    """Remove those of `digests` that the log says were erased, and put the others back."""
    erasures.refresh()
    removed = 0
    for digest in dict.fromkeys(digests):
        if erasures.erased(digest) is None:
            content.take_back([digest])
        elif digest in content:
            content.remove(digest)
            removed += 1
    return removed


def _stored(log: EventLog, content: Callable[[str], bytes | None], article: str) -> StoredArticle | None:
    for record in log.read_stream(article_stream(article)):
        if record.type == ARTICLE_INGESTED:
            return StoredArticle(record.payload, content)
    return None


def _doomed(
    stored: StoredArticle, kinds: Iterable[str], basis: str, reason: str, with_claims: bool, *, asked: bool
) -> Doomed:
    contents = tuple(ErasedContent(kind, naming.digest) for kind in kinds if (naming := stored.naming(kind)))
    return Doomed(
        Erasure(stored.id, contents, basis, reason, with_claims),
        asked,
        stored.title,
        stored.publisher,
        stored.url,
        stored.published,
        stored.payload["text_length"],
        stored.in_the_clear,
    )


def _not_yet(one: Doomed, erasures: Erasures) -> Doomed | None:
    """Return what of `one` is not erased yet, None for an article that nobody asked for and that has nothing left.

    Raises:
        ErasedAlready: the article was asked for, and all of it is erased.
    """
    asked = one.erasure
    left = tuple(content for content in asked.contents if erasures.erased(content.digest) is None)
    if left:
        more = asked.with_claims and not erasures.without_claims(asked.article)
        return replace(one, erasure=replace(asked, contents=asked.contents if more else left))
    if asked.with_claims and not erasures.without_claims(asked.article):
        return one
    before = erasures.of_article(asked.article)
    if one.asked and before:
        raise ErasedAlready(asked.article, before[-1])
    return None
