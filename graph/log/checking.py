"""The check of a log, row by row.

Invariant: a row passes only if its body is canonical, says what its columns say, and follows on the rows before it.
What looks whole and is not (a tail cut off, a log written anew) is beyond it: only a checkpoint kept elsewhere tells.
"""

import re
from operator import itemgetter
from typing import Any

import orjson

from graph.log.drafts import Row, iso
from graph.log.errors import LogDamaged
from ontology.identity import NotCanonical, canonical_value

_COLUMNS = ("position", "stream", "version", "type", "key", "recorded")
_inside = itemgetter(*_COLUMNS)
_FIELDS = frozenset({*_COLUMNS, "v", "schema", "actor", "cause", "payload"})
# What stands before the payload in canonical JSON, and what the key is.
_HEAD = re.compile(rb'\{"actor":"(?:[^"\\]|\\.)*","cause":(?:null|\d+),"key":(null|"(?:[^"\\]|\\.)*"),"payload":\{')


class Checker:
    """Takes the rows of a log in order from the first; `position` is the last that passed."""

    def __init__(self) -> None:
        self.position = 0
        self._moment = -1
        self._versions: dict[str, int] = {}
        self._key_ends: dict[str, int] = {}

    def check(self, row: Row, *, signed: bool = False) -> None:
        """Take the next row; of a body that is `signed`, only what its columns repeat is looked at.

        Raises:
            LogDamaged: where it is not what an untouched log holds there.
        """
        at, stream, version, _, key, recorded, _ = row
        position = self.position + 1
        if at != position:
            raise LogDamaged(position, "the record is missing")
        if not (signed and _repeats(row)):
            check_body(row)
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


def check_body(row: Row) -> None:
    """Check that the body of a row is a record in canonical JSON and says what the columns say.

    Raises:
        LogDamaged: where it is not, or does not.
    """
    inside, outside = _inside(canonical_record(row.position, row.body)), (*row[:5], _time(row))
    if inside != outside:
        for name, said, column in zip(_COLUMNS, inside, outside, strict=True):
            if said != column:
                raise LogDamaged(row.position, f"the body says {name} {said!r}, the column {column!r}")


def canonical_record(position: int, body: bytes) -> dict[str, Any]:
    """Return the record that `body` is the canonical JSON of.

    Raises:
        LogDamaged: where it is none.
    """
    try:
        record = canonical_value(body)
    except NotCanonical as error:
        raise LogDamaged(position, f"the body is not canonical JSON: {error}") from error
    if not isinstance(record, dict) or record.keys() != _FIELDS:
        raise LogDamaged(position, "the body is not a record: it has other fields")
    return record


def _repeats(row: Row) -> bool:
    """Tell whether what stands around the payload says what the columns say; nothing is parsed."""
    at, stream, version, type_, key, _, body = row
    end = b',"stream":%s,"type":%s,"v":1,"version":%d}' % (orjson.dumps(stream), orjson.dumps(type_), version)
    begin = b',"position":%d,"recorded":"%s","schema":' % (at, _time(row).encode())
    found = body.rfind(begin)
    head = _HEAD.match(body)
    return (
        found > 0
        and body.endswith(end)
        and body[found + len(begin) : -len(end)].isdigit()
        and head is not None
        and head[1] == orjson.dumps(key)
    )


def _time(row: Row) -> str:
    try:
        return iso(row.recorded)
    except OverflowError as error:
        raise LogDamaged(row.position, f"the column recorded holds {row.recorded}, which is no time") from error
