"""The check of a log, row by row.

Invariant: a row passes only if its body is canonical, says what its columns say, and follows on the rows before it.
What looks whole and is not (a tail cut off, a log written anew) is beyond it: only a checkpoint kept elsewhere tells.
"""

from typing import Any

import orjson

from graph.log.drafts import Row, iso
from graph.log.errors import LogDamaged
from ontology.identity import NotCanonical, canonical_json

_COLUMNS = ("position", "stream", "version", "type", "key", "recorded")
_FIELDS = frozenset({*_COLUMNS, "v", "schema", "actor", "cause", "payload"})


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
        at, stream, version, _, key, recorded, body = row
        position = self.position + 1
        if at != position:
            raise LogDamaged(position, "the record is missing")
        record = _canonical(position, body)
        inside = tuple(map(record.__getitem__, _COLUMNS))
        outside = (*row[:5], _time(row))
        if inside != outside:
            for name, said, column in zip(_COLUMNS, inside, outside, strict=True):
                if said != column:
                    raise LogDamaged(position, f"the body says {name} {said!r}, the column {column!r}")
        if version != self._versions.get(stream, 0) + 1:
            raise LogDamaged(position, f"version {version} of {stream} is out of turn")
        if recorded <= self._moment:
            raise LogDamaged(position, "the record time does not grow")
        if key is not None:
            if self._key_ends.get(key, position - 1) != position - 1:
                raise LogDamaged(position, f"the key {key} names two batches")
            self._key_ends[key] = position
        self._versions[stream] = version
        self.position, self._moment = position, recorded


def _canonical(position: int, body: bytes) -> dict[str, Any]:
    """Return the record that `body` is the canonical JSON of."""
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise LogDamaged(position, f"the body is not a record ({error})") from error
    if not isinstance(record, dict) or record.keys() != _FIELDS:
        raise LogDamaged(position, "the body is not a record: it has other fields")
    try:
        if canonical_json(record) == body:
            return record
    except NotCanonical as error:
        raise LogDamaged(position, f"the body is not canonical JSON: {error}") from error
    raise LogDamaged(position, "the body is not canonical JSON")


def _time(row: Row) -> str:
    try:
        return iso(row.recorded)
    except OverflowError as error:
        raise LogDamaged(row.position, f"the column recorded holds {row.recorded}, which is no time") from error
