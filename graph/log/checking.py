"""The check of a log, row by row.

Invariant: a row passes only if its body is canonical, says what its columns say, and follows on the rows before it.
What looks whole and is not (a tail cut off, a log written anew) is beyond it: only a checkpoint kept elsewhere tells.
"""

import orjson

from graph.log.drafts import Row, iso, record_of
from graph.log.errors import LogDamaged
from ontology.identity import NotCanonical, canonical_json

_COLUMNS = ("position", "stream", "version", "type", "key", "recorded")


class Checker:
    """Takes the rows of a log in order from the first; `position` is the last that passed."""

    def __init__(self) -> None:
        self.position = 0
        self._moment = -1
        self._versions: dict[str, int] = {}
        self._key_ends: dict[str, int] = {}

    def check(self, row: Row) -> None:
        """Take the next row.

        Raises:
            LogDamaged: where it is not what an untouched log holds there.
        """
        position = self.position + 1
        if row.position != position:
            raise LogDamaged(position, "the record is missing")
        record = record_of(position, row.body)
        if not _is_canonical(row.body):
            raise LogDamaged(position, "the body is not canonical JSON")
        inside = (record.position, record.stream, record.version, record.type, record.key, record.recorded)
        outside = (*row[:5], _time(row))
        for name, said, column in zip(_COLUMNS, inside, outside, strict=True):
            if said != column:
                raise LogDamaged(position, f"the body says {name} {said!r}, the column {column!r}")
        if record.version != self._versions.get(record.stream, 0) + 1:
            raise LogDamaged(position, f"version {record.version} of {record.stream} is out of turn")
        if row.recorded <= self._moment:
            raise LogDamaged(position, "the record time does not grow")
        if record.key is not None:
            if self._key_ends.get(record.key, position - 1) != position - 1:
                raise LogDamaged(position, f"the key {record.key} names two batches")
            self._key_ends[record.key] = position
        self._versions[record.stream] = record.version
        self.position, self._moment = position, row.recorded


def _is_canonical(body: bytes) -> bool:
    try:
        return canonical_json(orjson.loads(body)) == body
    except NotCanonical:
        return False


def _time(row: Row) -> str:
    try:
        return iso(row.recorded)
    except OverflowError as error:
        raise LogDamaged(row.position, f"the column recorded holds {row.recorded}, which is no time") from error
