"""The log as the projection reads it: every record in the present schema of its type.

Invariant: position, stream, version, time, actor and body stay those of the record in the log; only type, schema and
payload are brought up to date. A record that no step knows comes as it is, and whoever reads it refuses it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from graph.log import Appended, EventLog, NewRecord, Record
from ontology import upcasting
from ontology.upcasting import Steps


def present(record: Record, steps: Steps | None = None) -> list[Record]:
    """Return `record` in the present schemas; several where it was split, none where it says nothing any more."""
    steps = upcasting.STEPS if steps is None else steps
    if (record.type, record.schema) not in steps:
        return [record]
    return [
        replace(record, type=newer.type, schema=newer.schema, payload=dict(newer.payload))
        for newer in upcasting.upcast(record.type, record.schema, record.payload, steps)
    ]


class PresentLog(EventLog):
    """A log whose records come in the present schemas; `read` may give several at one position."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def append(
        self,
        stream: str,
        records: Sequence[NewRecord],
        *,
        actor: str,
        expected: int | None = None,
        key: str | None = None,
    ) -> Appended:
        """See `EventLog.append`."""
        return self._log.append(stream, records, actor=actor, expected=expected, key=key)

    def read(
        self, after: int = 0, upto: int | None = None, types: Sequence[str] = (), limit: int | None = None
    ) -> Iterator[Record]:
        """See `EventLog.read`; `types` are those of the present schemas, and `limit` counts records of the log."""
        stored = (*types, *{type_ for type_, _ in upcasting.STEPS}) if types else ()
        for record in self._log.read(after, upto, stored, limit):
            yield from (part for part in present(record) if not types or part.type in types)

    def bodies(self, after: int = 0, upto: int | None = None) -> Iterator[tuple[int, bytes]]:
        """See `EventLog.bodies`; a body stays in the schema that it was written in."""
        return self._log.bodies(after, upto)

    def read_stream(self, stream: str, after: int = 0) -> Iterator[Record]:
        """See `EventLog.read_stream`."""
        for record in self._log.read_stream(stream, after):
            yield from present(record)

    def head(self) -> int:
        """See `EventLog.head`."""
        return self._log.head()

    def at_time(self, moment: datetime) -> int:
        """See `EventLog.at_time`."""
        return self._log.at_time(moment)

    def wait(self, after: int, timeout: float) -> int:
        """See `EventLog.wait`."""
        return self._log.wait(after, timeout)

    def find_key(self, key: str) -> Appended | None:
        """See `EventLog.find_key`."""
        return self._log.find_key(key)

    def verify(self, progress: Callable[[int], None] | None = None) -> int:
        """See `EventLog.verify`."""
        return self._log.verify(progress)
