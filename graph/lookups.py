"""What is read of the log beside a record: the article that it names, the runs over it, who else names a thing.

Invariant: what a lookup returns follows from the log and the contents alone; what is kept is kept up to a bound.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any, Final

from graph.log import EventLog, Record
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, article_stream

Articles = Callable[[str], Mapping[str, Any] | None]
Content = Callable[[str], bytes | None]
Extracted = Callable[[str, int], Iterable[Record]]

Mentioning = Callable[[Set[str], int], Iterable[Record]]

_ARTICLES_KEPT: Final = 4096


def article_lookup(log: EventLog) -> Articles:
    """Return the lookup from an article's id to the payload of its ArticleIngested record, None where there is none."""
    known: dict[str, Mapping[str, Any]] = {}

    def lookup(article_id: str) -> Mapping[str, Any] | None:
        found = known.get(article_id)
        if found is None:
            for record in log.read_stream(article_stream(article_id)):
                if record.type == ARTICLE_INGESTED:
                    if len(known) >= _ARTICLES_KEPT:
                        known.clear()
                    known[article_id] = found = record.payload
                    break
        return found

    return lookup


def mention_lookup(log: EventLog) -> Mentioning:
    """Return the lookup of the records up to a position that name one of some ids, wherever in them.

    It reads every body up to there, and decodes those that hold an id only.
    """

    def lookup(ids: Set[str], upto: int) -> Iterator[Record]:
        if not ids:
            return
        named = re.compile(b"|".join(re.escape(f'"{identifier}"'.encode()) for identifier in sorted(ids)))
        for position, body in log.bodies(0, upto):
            if named.search(body):
                yield from log.read(after=position - 1, upto=position)

    return lookup


def extraction_lookup(log: EventLog) -> Extracted:
    """Return the lookup of the ClaimsExtracted records of an article, up to a position."""

    def lookup(article_id: str, upto: int) -> list[Record]:
        records = log.read_stream(article_stream(article_id))
        return [record for record in records if record.type == CLAIMS_EXTRACTED and record.position <= upto]

    return lookup
