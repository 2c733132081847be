"""The log: the append-only sequence of records, the only thing that must never be lost.

Invariant: what other packages use of the log is named here, and it is the same for every backend.
"""

from graph.log.address import is_database, open_log
from graph.log.checking import canonical_record
from graph.log.contract import (
    APPLICATION_ID,
    ENVELOPE,
    LOG_SCHEMA,
    Appended,
    EventLog,
    Limits,
    NewRecord,
    Record,
)
from graph.log.errors import (
    BadAddress,
    BatchTooLarge,
    DiskFailed,
    KeyConflict,
    LogBusy,
    LogDamaged,
    LogError,
    LogFull,
    LogMissing,
    LogReadOnly,
    LogsDiffer,
    LogTooNew,
    LogUnreachable,
    NotALog,
    OutcomeUnknown,
    RecordTooLarge,
    VersionConflict,
)
from graph.log.sqlite import SqliteLog
from graph.log.stored import StoredLog

__all__ = [
    "APPLICATION_ID",
    "ENVELOPE",
    "LOG_SCHEMA",
    "Appended",
    "BadAddress",
    "BatchTooLarge",
    "DiskFailed",
    "EventLog",
    "KeyConflict",
    "Limits",
    "LogBusy",
    "LogDamaged",
    "LogError",
    "LogFull",
    "LogMissing",
    "LogReadOnly",
    "LogTooNew",
    "LogUnreachable",
    "LogsDiffer",
    "NewRecord",
    "NotALog",
    "OutcomeUnknown",
    "Record",
    "RecordTooLarge",
    "SqliteLog",
    "StoredLog",
    "VersionConflict",
    "canonical_record",
    "is_database",
    "open_log",
]
