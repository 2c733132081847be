"""Which contents are erased, by whom and why.

Invariant: a content is erased from its last ContentErased record on, until a ContentRestored record gives it back, and
for every position of the log: what was erased is gone for the past as well. An erased content is never handed out,
whether or not its bytes are still on the disk, where a process that was killed may have left them.

A graph, a snapshot or a copy that was made of the log before its last such record holds words that it may not hold, or
lacks words that are back: it has to be made anew, and its files removed (`changed_since`).
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from graph.log import EventLog, Record
from ontology.erasures import (
    CONTENT_ERASED,
    CONTENT_RESTORED,
    ERASURES_STREAM,
    Erasure,
    decode_content_erased,
    decode_content_restored,
)

Content = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure with its record: where it stands in the log, when it was written and by whom."""

    position: int
    recorded: str
    actor: str
    erasure: Erasure


@dataclass(frozen=True, slots=True)
class _Turn:
    """A record as it changes one content: erased by `by`, or given back (None)."""

    position: int
    by: Erased | None


class Erasures:
    """The erasures of a log. May be used by several threads."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._guard = threading.Lock()
        self._version = 0
        self._known = 0  # every erasure up to this position has been taken
        self._turns: dict[str, list[_Turn]] = defaultdict(list)  # by digest
        self._articles: dict[str, list[Erased]] = defaultdict(list)
        self._positions: list[int] = []

    def erased(self, digest: str) -> Erased | None:
        """Return what erased the content of this digest, None where it is not erased."""
        self.refresh()
        return self._by(digest)

    def of_article(self, article: str) -> tuple[Erased, ...]:
        """Return the erasures of an article that still hold for one of their contents, oldest first."""
        self.refresh()
        return tuple(one for one in self._articles.get(article, ()) if self._holds(one))

    def without_claims(self, article: str) -> bool:
        """Tell whether an erasure takes the claims of the article out of the graph, as far as the log has been read."""
        return any(one.erasure.with_claims and self._holds(one) for one in self._articles.get(article, ()))

    def digests(self) -> frozenset[str]:
        """Return the digests of all contents that are erased."""
        self.refresh()
        return frozenset(digest for digest in list(self._turns) if self._by(digest) is not None)

    def changed_since(self, position: int, upto: int | None = None) -> bool:
        """Tell whether the log erases something or gives it back behind `position`, up to `upto` or its end.

        What was made of the log when it ended at `position` (not: for that position) has then to be made anew.
        """
        self.refresh(upto)
        return any(position < p and (upto is None or p <= upto) for p in reversed(self._positions))

    def last(self, *, fresh: bool = True) -> int:
        """Return the position of the last record that erased something or gave it back, 0 where there is none.

        Unless `fresh`, of those that are known already: the log is not asked.
        """
        if fresh:
            self.refresh()
        return self._positions[-1] if self._positions else 0

    def masked(self, content: Content) -> Content:
        """Return `content` without what is erased, as far as the log has been read (`refresh`)."""
        return lambda digest: None if self._by(digest) is not None else content(digest)

    def refresh(self, position: int | None = None) -> None:
        """Take what the log holds up to `position` at least, by default its end; nothing is read twice."""
        self._catch_up(self._log.head() if position is None else position)

    def _by(self, digest: str) -> Erased | None:
        turns = self._turns.get(digest)
        return turns[-1].by if turns else None

    def _holds(self, one: Erased) -> bool:
        return any(
            all(turn.by is not None for turn in self._turns[content.digest] if turn.position > one.position)
            for content in one.erasure.contents
        )

    def _catch_up(self, position: int) -> None:
        with self._guard:
            if self._known >= position:
                return
            head = self._log.head()
            for record in self._log.read_stream(ERASURES_STREAM, after=self._version):
                self._version = record.version
                self._take(record)
            self._known = head

    def _take(self, record: Record) -> None:
        if record.type == CONTENT_ERASED:
            erasure = decode_content_erased(record.payload)
            one = Erased(record.position, record.recorded, record.actor, erasure)
            self._articles[erasure.article].append(one)
            turn, contents = _Turn(record.position, one), erasure.contents
        elif record.type == CONTENT_RESTORED:
            turn, contents = _Turn(record.position, None), decode_content_restored(record.payload).contents
        else:
            return
        self._positions.append(record.position)
        for content in contents:
            self._turns[content.digest].append(turn)
