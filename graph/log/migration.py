"""Moving a log to another place, byte for byte.

Invariant: all or nothing, in one transaction of the target: it is committed only after every body of the source was
checked and every body of the target was read back and compared. A target that holds something else is left as it is.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from graph.log.checking import Checker
from graph.log.errors import LogDamaged, LogsDiffer
from graph.log.stored import StoredLog, Writing

_CHUNK = 1000  # records that are copied at a time


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did: the records of both logs, those that were `copied` now, and what the source got meanwhile.

    `digest` is SHA-256, in hex, over all bodies in order, each after its length as 8 bytes, big endian.
    """

    records: int
    copied: int
    digest: str
    meanwhile: int


def migrate(source: StoredLog, target: StoredLog, progress: Callable[[int], None] | None = None) -> Migrated:
    """Bring `target`, which is empty or the beginning of `source`, up to `source`, and verify it.

    `progress` is called with each position twice: when it was copied, and (plus the number of records) when it was
    read back.

    Raises:
        LogsDiffer: the target holds another record than the source, or more of them; it was left as it was.
        LogDamaged: the source is damaged; the target was left as it was.
        LogFull, LogReadOnly, LogBusy, LogUnreachable: the target was left as it was.
    """
    step = progress or (lambda _: None)
    with target.writing() as transaction:
        last = source.head()
        there, _ = transaction.last()
        if there > last:
            raise LogsDiffer(source.place, target.place, last + 1)
        read = _copy(source, target, transaction, there, last, step)
        kept = hashlib.sha256()
        position = 0
        while rows := transaction.rows(position, _CHUNK):
            for row in rows:
                _add(kept, row.body)
                position = row.position
                step(last + position)
        if (position, kept.digest()) != (last, read.digest()):
            raise LogDamaged(position, f"{target.place} does not give back what was written")
    return Migrated(last, last - there, kept.hexdigest(), source.head() - last)


def _copy(
    source: StoredLog, target: StoredLog, transaction: Writing, there: int, last: int, step: Callable[[int], None]
) -> "hashlib._Hash":
    """Check every row of `source`, compare the first `there` with the target's, insert the rest; digest the bodies."""
    checker, read = Checker(), hashlib.sha256()
    while checker.position < last:
        after = checker.position
        rows = source.rows(after, min(_CHUNK, (there if after < there else last) - after))
        if not rows:
            raise LogDamaged(after + 1, "the record is missing")
        for row in rows:
            checker.check(row)
            _add(read, row.body)
        if after < there:
            for mine, theirs in zip(rows, transaction.rows(after, len(rows)), strict=True):
                if mine != theirs:
                    raise LogsDiffer(source.place, target.place, mine.position)
        else:
            transaction.insert(rows)
        step(checker.position)
    return read


def _add(digest: "hashlib._Hash", body: bytes) -> None:
    digest.update(len(body).to_bytes(8, "big"))
    digest.update(body)
