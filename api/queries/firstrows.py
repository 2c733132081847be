"""The first rows of an answer as the engine writes it, and whether there are more.

Invariant: what goes on is byte for byte what the engine writes where it is asked for so many rows, and `cut` is true
only if one more row came. What waits here is never more than one value.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from pyoxigraph import QueryResultsFormat, parse_query_results

from graph.store import SOLUTIONS_TYPES, Answer


class _Form(NamedTuple):
    """Where rows begin in a form.

    `token` finds quoted text, to be passed over, with the group `open` where it does not end in the block; or with the
    empty group `row` the place before a row: before the first one too unless `first` is 0. `begun` finds at the end of
    a block what else may become a token. `ending` closes the document.
    """

    token: re.Pattern[bytes]
    begun: re.Pattern[bytes]
    first: int
    ending: bytes


_FORMS: Final = {
    "application/sparql-results+json": _Form(
        re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?(?P<open>\Z))|\}(?P<row>),\{', re.DOTALL),
        re.compile(rb"\},?\Z"),
        0,
        b"]}}",
    ),
    "application/sparql-results+xml": _Form(
        re.compile(rb"(?P<row>)<result>(?P<open>(?!))?"), re.compile(rb"<[^>]*\Z"), 1, b"</results></sparql>"
    ),
    "text/csv": _Form(
        re.compile(rb'"[^"]*+(?:"|(?P<open>\Z))|\n(?P<row>)(?=.)', re.DOTALL), re.compile(rb"\n\Z"), 1, b""
    ),
    "text/tab-separated-values": _Form(
        re.compile(rb"\n(?P<row>)(?=.)(?P<open>(?!))?", re.DOTALL), re.compile(rb"\n\Z"), 1, b""
    ),
}


def first_rows(answer: Answer, rows: int | None) -> tuple[Answer, bool]:
    """Return the first `rows` rows of an answer to SELECT, None for all of them, and whether it has more."""
    if rows is None:
        return answer, False
    data = bytearray()
    kept = FirstRows(data.extend, SOLUTIONS_TYPES[0], rows)
    answer.write(kept, SOLUTIONS_TYPES[0])  # type: ignore[arg-type]  # it needs no more than write and flush
    kept.end()
    return Answer(parse_query_results(bytes(data), QueryResultsFormat.JSON), answer.position, answer.graph), kept.cut


class FirstRows:
    """The file that the engine writes an answer into: passes its first `rows` rows on to `out`, None for all of them.

    `cut` tells, after `end`, whether there were more. `media_type` is one that solutions are written in.
    """

    def __init__(self, out: Callable[[bytes], object], media_type: str, rows: int | None) -> None:
        self.cut = False
        self._out = out
        self._form = None if rows is None else _FORMS.get(media_type)
        self._left = 0 if rows is None or self._form is None else rows + self._form.first
        self._waiting = b""

    def write(self, data: bytes) -> int:
        """Take what the engine writes."""
        if self._form is None:
            self._out(data)
        elif not self.cut:
            self._take(self._form, self._waiting + data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: what may go on has gone on."""

    def end(self) -> None:
        """Pass on what waited for more."""
        if self._waiting and not self.cut:
            self._out(self._waiting)
        self._waiting = b""

    def _take(self, form: _Form, data: bytes) -> None:
        done = 0
        for token in form.token.finditer(data):
            done = token.end()
            if token["open"] is not None:
                done = token.start()
                break
            if token["row"] is None:
                continue
            self._left -= 1
            if not self._left:
                self.cut = True
                self._out(data[: token.start("row")] + form.ending)
                return
        else:
            begun = form.begun.search(data, done)
            done = len(data) if begun is None else begun.start()
        self._waiting = data[done:]
        if done:
            self._out(data[:done])
