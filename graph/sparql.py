"""What a query text is before the engine sees it: its form, and whether it may run.

Invariant: a text that passes `check_query` asks no other server. Whether a word is the keyword SERVICE is the engine's
own grammar's to say: it reads `SERVICESILENT<a:b>`, `1SERVICE <a:b>` and `SERVICE:name` as one, and takes `<` for "less
than" or for the start of an IRI as the context has it, which no tokenizer can follow. The tokenizer here is for clear
words: it finds the query form, and the usual reasons why a text will not run, with their place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Store

QUERY_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
UPDATE_FORMS: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"},
)
VOLATILE: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})


class QueryRefused(Exception):
    """A text will not be run: `reason` is one sentence; `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason, self.line, self.column = reason, line, column


class MalformedQuery(QueryRefused):
    """The text is not SPARQL."""


class UpdateRefused(QueryRefused):
    """The text is an update: the graph is a projection of the log and changes by new records only."""


class ServiceRefused(QueryRefused):
    """The text asks another server by SERVICE, which is off."""


@dataclass(frozen=True, slots=True)
class CheckedQuery:
    """A text that may run, with its form (SELECT, ASK, CONSTRUCT or DESCRIBE).

    `has_dataset`: it has FROM clauses. `volatile`: it calls NOW, RAND or the like, so its answer cannot be kept.
    """

    text: str
    form: str
    has_dataset: bool
    volatile: bool


def check_query(text: str, *, prefixes: Mapping[str, str] | None = None, allow_service: bool = False) -> CheckedQuery:
    """Return `text` with its form; `prefixes` are the ones that the engine will know beside its own.

    Raises:
        MalformedQuery: no query form where one is due, or a string that never ends. The engine finds the rest.
        UpdateRefused: it is an update.
        ServiceRefused: it has a SERVICE clause, unless `allow_service`.

    >>> check_query("PREFIX a: <http://a/> ASK { a:service ?ask 'DROP ALL' }").form
    'ASK'
    """
    form: str | None = None
    has_dataset = volatile = False
    for kind, token, start in _tokens(text):
        if kind in ("open", "unclosed"):
            raise MalformedQuery("a string starts here and never ends", *_place(text, start))
        if kind != "word":
            continue
        word = token.upper()
        if form is None:
            if word in ("BASE", "PREFIX", "VERSION"):
                continue
            if word in UPDATE_FORMS:
                raise UpdateRefused(
                    f"{word} is an update, and the graph is read-only here: it follows the log, so ingest an article "
                    "or append a record instead",
                    *_place(text, start),
                )
            if word not in QUERY_FORMS:
                expected = "SELECT, ASK, CONSTRUCT or DESCRIBE is expected"
                raise MalformedQuery(f"{expected}, not {token!r}", *_place(text, start))
            form = word
        elif "SERVICE" in word and not allow_service:
            raise ServiceRefused(_NO_SERVICE, *_place(text, start))
        elif word == "FROM":
            has_dataset = True
        elif word in VOLATILE:
            volatile = True
    if form is None:
        reason = "ends before it says SELECT, ASK, CONSTRUCT or DESCRIBE" if text.strip() else "is empty"
        raise MalformedQuery(f"the query {reason}", *_place(text, len(text)))
    if not allow_service:
        _refuse_hidden_service(text, prefixes)
    return CheckedQuery(text, form, has_dataset, volatile)


_NO_SERVICE: Final = "SERVICE would ask another server, which is switched off"
_SERVICE: Final = re.compile(r"(servic)e", re.IGNORECASE)


def _refuse_hidden_service(text: str, prefixes: Mapping[str, str] | None) -> None:
    """Raise where the engine would take some "service" in `text` for the keyword.

    The engine parses the text with every "service" spelled wrongly: in strings, comments, IRIs and names that changes
    no grammar, but no keyword is left. A text that needs the keyword does not parse any more.
    """
    spoilt = _SERVICE.sub("\\1\u01dd", text)
    if spoilt == text:
        return
    try:
        Store().query(spoilt, prefixes=None if prefixes is None else dict(prefixes))
    except SyntaxError as error:
        raise malformed(text, error) from None


_ENGINE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_NAMED: Final = re.compile(r'"((?:[^"\\]|\\.)+)"|(?<![\w\]\[.])([A-Z]{2,})(?![\w\]])')
_CLASSES: Final = re.compile(r"\[(?:'(?:[^'\\]|\\.)*'|[^\]'])*\]")
_SHOWN: Final = 8


def malformed(text: str, error: SyntaxError) -> MalformedQuery:
    """Return the engine's syntax error as line, column and a sentence that a person can use.

    >>> malformed("ASK { ?s ?p", SyntaxError('error at 1:12: expected one of "}", [_], GRAPH'))
    MalformedQuery('line 1, column 12: the query ends too early; expected here: } GRAPH')
    """
    match = _ENGINE.match(str(error))
    if match is None:
        return MalformedQuery(str(error), 1, 1)
    line, column, message = int(match[1]), int(match[2]), match[3]
    offset = _offset(text, line, column)
    if "Prefix not found" in message:
        name = re.search(r"[^\s<>(){}\[\],;|/^]*$", text[:offset])
        prefix = (name[0] if name else "").split(":")[0] + ":"
        return MalformedQuery(f"the prefix {prefix} is not declared", line, column)
    if "IRI parsing failed" in message:
        return MalformedQuery("this is not a valid IRI", line, column)
    wanted = dict.fromkeys(a or b for a, b in _NAMED.findall(_CLASSES.sub("", message)))
    rest = text[offset:].split(maxsplit=1)
    found = f"{rest[0][:40]!r} is not expected here" if rest else "the query ends too early"
    if not 0 < len(wanted) <= _SHOWN or [*wanted] == ["OPTIONAL"]:  # alone it is all the engine has to say
        return MalformedQuery(found, line, column)
    return MalformedQuery(f"{found}; expected here: {' '.join(wanted)}", line, column)


# A word may be spelled with \uXXXX escapes; the engine takes none outside strings and IRIs, but a later one might.
_ESCAPE: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_NAME: Final = (
    r"A-Za-z0-9_\u00B7\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u037D\u037F-\u1FFF\u200C-\u200D\u203F-\u2040"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_LOCAL: Final = rf"[{_NAME}:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_KINDS: Final = {
    "space": r"\s+",
    "comment": r"\#[^\n\r]*",
    "iri": rf"<(?:[^\x00-\x20<>\"{{}}|^`\\]|{_ESCAPE})*>",
    "long": r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''",
    "unclosed": r"\"\"\"|'''",
    "string": r"\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*'",
    "open": r"[\"']",
    "variable": rf"[?$][{_NAME}]+",
    "language": r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*",
    # prefix:local, :local, prefix:, _:label; dots may stand within
    "name": rf"(?:[{_NAME}](?:[{_NAME}.-]*[{_NAME}-])?)?:(?:(?:{_LOCAL})(?:(?:{_LOCAL}|[.-])*(?:{_LOCAL}|-))?)?",
    "word": rf"(?:[{_NAME}]|{_ESCAPE})+",
    "other": r".",
}
_TOKEN: Final = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.DOTALL)
_UNESCAPE: Final = re.compile(_ESCAPE)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield kind, text and offset of each token; words come with their escapes resolved.

    A `<` that could start an IRI does, which is wrong in a few comparisons: no harm, see `_refuse_hidden_service`.
    """
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        token = match[0]
        if kind == "word" and "\\" in token:
            token = _UNESCAPE.sub(lambda found: chr(min(int(found[0][2:], 16), 0x10FFFF)), token)
        yield kind, token, match.start()


def _place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1, in code points."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return min(start + column - 1, len(text))
