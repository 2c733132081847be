"""Why an update is not carried out.

Invariant: a message is one sentence without its full stop, and says what to do; nothing was changed.
"""


class UpdateFault(Exception):
    """An update is not carried out: `kind` says why for programs, `line` and `column` where, from 1, where that helps.

    Kinds are `malformed-update`, `malformed-body`, `not-a-curation-graph`, `load-refused`, `load-failed`,
    `load-timeout`, `service-refused`, `query-refused`, `too-many-quads`, `too-many-operations`, `no-such-graph`,
    `words-of-articles`, `bad-term`, `two-datasets`, `update-timeout`, `update-ended`.
    """

    def __init__(self, kind: str, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(f"line {line}, column {column}: {reason}" if line is not None else reason)
        self.kind, self.reason, self.line, self.column = kind, reason, line, column
