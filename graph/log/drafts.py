"""The canonical body of a record: made from a draft under the write lock, read back, and compared with a repeat.

Invariant: a body is the canonical JSON of its record (RFC 8785), and what takes time is done before the lock is held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from graph.log.contract import ENVELOPE, Appended, Limits, NewRecord, Record
from graph.log.errors import BatchTooLarge, KeyConflict, LogDamaged, RecordTooLarge
from ontology.identity import canonical_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Row(NamedTuple):
    """One row of the table, in the order of its columns; `recorded` is microseconds since 1970."""

    position: int
    stream: str
    version: int
    type: str
    key: str | None
    recorded: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A record in canonical JSON but for what is known only under the write lock."""

    type: str
    cause: int | None
    schema: int
    payload: bytes
    head: bytes
    tail: bytes

    def body(self, position: int, version: int, recorded: str) -> bytes:
        """Return the canonical JSON of the record; the order of the keys is the sorted one."""
        return b'%s,"payload":%s,"position":%d,"recorded":"%s",%s,"version":%d}' % (
            self.head,
            self.payload,
            position,
            recorded.encode("ascii"),
            self.tail,
            version,
        )


def drafted(stream: str, records: Sequence[NewRecord], actor: str, key: str | None, limits: Limits) -> list[Draft]:
    """Return the drafts of a batch.

    Raises:
        ValueError, RecordTooLarge, BatchTooLarge, ontology.identity.NotCanonical: see `EventLog.append`.
    """
    if not records:
        raise ValueError("a batch holds at least one record")
    for name, value in (("stream", stream), ("actor", actor), ("key", key)):
        _check_name(name, value, limits.name_bytes)
    if len(records) > limits.batch_records:
        raise BatchTooLarge("records", len(records), limits.batch_records)
    drafts = []
    for record in records:
        _check_name("type", record.type, limits.name_bytes)
        payload = canonical_json(record.payload)
        if len(payload) > limits.record_bytes:
            raise RecordTooLarge(record.type, len(payload), limits.record_bytes)
        head = canonical_json({"actor": actor, "cause": record.cause, "key": key})[:-1]
        tail = canonical_json({"schema": record.schema, "stream": stream, "type": record.type, "v": ENVELOPE})[1:-1]
        drafts.append(Draft(record.type, record.cause, record.schema, payload, head, tail))
    return drafts


def _check_name(name: str, value: str | None, limit: int) -> None:
    if value is None:
        return
    if not value:
        raise ValueError(f"the {name} is empty")
    if "\0" in value:  # PostgreSQL cannot keep it, and a log must be able to move
        raise ValueError(f"the {name} holds a NUL character")
    if len(value.encode("utf-8", "surrogatepass")) > limit:
        raise ValueError(f"the {name} is longer than {limit:,} bytes")


def rows_of(
    stream: str,
    drafts: Sequence[Draft],
    key: str | None,
    *,
    version: int,
    head: int,
    moment: int,
    now: int,
    limits: Limits,
) -> list[Row]:
    """Return the rows that bring a log from `head`, recorded at `moment`, and `stream` from `version`, forward.

    Raises:
        ValueError, RecordTooLarge, BatchTooLarge: see `EventLog.append`.
    """
    rows, size = [], 0
    for index, draft in enumerate(drafts, start=1):
        if draft.cause is not None and not 0 < draft.cause <= head:
            raise ValueError(f"the cause {draft.cause} of a {draft.type} record is no position of the log")
        moment = max(moment + 1, now)
        body = draft.body(head + index, version + index, iso(moment))
        if len(body) > limits.record_bytes:
            raise RecordTooLarge(draft.type, len(body), limits.record_bytes)
        size += len(body)
        rows.append(Row(head + index, stream, version + index, draft.type, key, moment, body))
    if size > limits.batch_bytes:
        raise BatchTooLarge("bytes", size, limits.batch_bytes)
    return rows


def check_repeat(
    key: str, earlier: Appended, bodies: Sequence[tuple[int, bytes]], stream: str, drafts: Sequence[Draft]
) -> None:
    """Compare what stands under `key` with what is to be appended under it.

    Raises:
        KeyConflict: where the two differ; it names the difference.
    """
    difference = _difference(bodies, stream, drafts)
    if difference is not None:
        raise KeyConflict(key, earlier.first, difference)


def _difference(bodies: Sequence[tuple[int, bytes]], stream: str, drafts: Sequence[Draft]) -> str | None:
    if len(bodies) != len(drafts):
        return f"{len(bodies)} records there, {len(drafts)} here"
    for draft, (position, body) in zip(drafts, bodies, strict=True):
        there = record_of(position, body)
        pairs = {
            "stream": (there.stream, stream),
            "type": (there.type, draft.type),
            "schema": (there.schema, draft.schema),
            "cause": (there.cause, draft.cause),
        }
        for name, (old, new) in pairs.items():
            if old != new:
                return f"{name} {old!r} at position {position}, {new!r} here"
        if canonical_json(there.payload) != draft.payload:
            fields = ", ".join(_fields_that_differ(there.payload, orjson.loads(draft.payload)))
            return f"the payload differs at position {position} in {fields}"
    return None


def _fields_that_differ(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    return sorted(
        field for field in {*there, *here} if (field in there, there.get(field)) != (field in here, here.get(field))
    )


def record_of(position: int, body: bytes) -> Record:
    """Return the record that `body` is.

    Raises:
        LogDamaged: where it is none.
    """
    try:
        data = orjson.loads(body)
        return Record(
            v=data["v"],
            position=data["position"],
            stream=data["stream"],
            version=data["version"],
            type=data["type"],
            schema=data["schema"],
            recorded=data["recorded"],
            actor=data["actor"],
            cause=data["cause"],
            key=data["key"],
            payload=data["payload"],
            body=body,
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise LogDamaged(position, f"the body is not a record ({error})") from error


def microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970; floats would lose the last digit.

    Raises:
        ValueError: for a moment without a time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - _EPOCH) // _MICROSECOND


def iso(moment: int) -> str:
    """Return ISO 8601 in UTC with microseconds and `Z` of microseconds since 1970.

    >>> iso(1)
    '1970-01-01T00:00:00.000001Z'
    """
    second, rest = divmod(moment, 1_000_000)
    return f"{_second(second)}.{rest:06d}Z"


@lru_cache(maxsize=16)  # neighbours in a log share their second, and to format one costs more than all the rest
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).replace(tzinfo=None).isoformat()
