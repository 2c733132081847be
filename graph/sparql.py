"""What a query text is before the engine sees it: its form, and whether it may run.

Invariant: a text that passes `check_query` asks no other server, and does not end the process: the engine recurses on
brackets and on chains of operators and groups, and a stack that overflows is no error that could be caught. Whether a
word is the keyword SERVICE is the engine's own grammar's to say: it reads `SERVICESILENT<a:b>`, `1SERVICE <a:b>` and
`SERVICE:name` as one. The tokens are for clear words: the query form, the depth, and the usual reasons why a text will
not run, with their place.
"""

import contextlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Store, Triple, Variable

from graph.sparql_clauses import Clauses, mentions_aggregate
from graph.sparql_mistakes import meaning_of, mistake_of
from graph.sparql_stops import stop_of
from graph.sparql_tokens import CLOSED_BY, Token, is_filter, tokens

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


class TooComplex(QueryRefused):
    """The text has more of `unit` (`depth`, `operators` or `triples`, see `Limits`) than `limit`."""

    def __init__(self, unit: str, limit: int, line: int, column: int) -> None:
        super().__init__(_TOO_COMPLEX[unit].format(limit=limit), line, column)
        self.unit, self.limit = unit, limit


_TOO_COMPLEX: Final = {
    "depth": "brackets stand more than {limit} deep here, which the engine could not follow: write the query flatter",
    "operators": (
        "by here the query has more than {limit} groups and operators, which the engine could not follow: list values "
        "with VALUES or IN, or ask in several queries"
    ),
    "triples": "by here the query has more than {limit} triples, and the engine could not follow: ask several queries",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of one query. At the defaults the engine gets by with 3 MB of stack; threads have 8 MB.

    `depth` counts the brackets `{`, `[` and `(` that are open at once. `operators` counts what the engine makes a chain
    of, in the whole text: groups `{`, FILTER, BIND, what a SELECT or HAVING computes, what a DESCRIBE names, and
    `! + - * / | ^ && || = != < > <= >=`. `triples` counts triples, members of collections as well. Rows of VALUES,
    members of IN and arguments of functions are not counted.
    """

    depth: int = 100
    operators: int = 500
    triples: int = 500


@dataclass(frozen=True, slots=True)
class CheckedQuery:
    """A text that may run, with its form (SELECT, ASK, CONSTRUCT or DESCRIBE).

    `has_dataset`: it has FROM clauses. `volatile`: it calls NOW, RAND or the like, so its answer cannot be kept.
    """

    text: str
    form: str
    has_dataset: bool
    volatile: bool


def check_query(
    text: str,
    *,
    prefixes: Mapping[str, str] | None = None,
    allow_service: bool = False,
    limits: Limits | None = None,
) -> CheckedQuery:
    """Return `text` with its form; `prefixes` are the ones that the engine will know beside its own.

    Raises:
        MalformedQuery: no query form where one is due, a string that never ends, or an aggregate where none can stand.
            The engine finds the rest.
        UpdateRefused: it is an update.
        ServiceRefused: it has a SERVICE clause, unless `allow_service`.
        TooComplex: it is over `limits` (default: `Limits()`).

    >>> check_query("PREFIX a: <http://a/> ASK { a:service ?ask 'DROP ALL' }").form
    'ASK'
    """
    form: str | None = None
    has_dataset = volatile = False
    limits = limits or Limits()
    operators = triples = 0
    last: Token | None = None
    clauses = Clauses() if mentions_aggregate(text) else None
    for token in tokens(text):
        start = token.start
        if token.kind in ("open", "unclosed"):
            raise MalformedQuery("a string starts here and never ends", *place_of(text, start))
        if token.kind == "other" and token.text in CLOSED_BY and token.depth >= limits.depth:
            raise TooComplex("depth", limits.depth, *place_of(text, start))
        operators += _is_operator(token, last, text, form)
        if operators > limits.operators:
            raise TooComplex("operators", limits.operators, *place_of(text, start))
        triples += _is_triple(token, text)
        if triples > limits.triples:
            raise TooComplex("triples", limits.triples, *place_of(text, start))
        last = token
        if clauses is not None and (misplaced := clauses.misplaced(token)) is not None:
            raise MalformedQuery(misplaced[1], *place_of(text, misplaced[0].start))
        if token.kind != "word":
            continue
        word = token.text.upper()
        if form is None:
            if word in ("BASE", "PREFIX", "VERSION"):
                continue
            if word in UPDATE_FORMS:
                raise UpdateRefused(
                    f"{word} is an update, and the graph is read-only here: it follows the log, so ingest an article "
                    "or append a record instead",
                    *place_of(text, start),
                )
            if word not in QUERY_FORMS:
                expected = "SELECT, ASK, CONSTRUCT or DESCRIBE is expected"
                raise MalformedQuery(f"{expected}, not {token.text!r}", *place_of(text, start))
            form = word
        elif "SERVICE" in word and not allow_service:
            raise ServiceRefused(_NO_SERVICE, *place_of(text, start))
        elif word == "FROM":
            has_dataset = True
        elif word in VOLATILE:
            volatile = True
    if form is None:
        reason = "ends before it says SELECT, ASK, CONSTRUCT or DESCRIBE" if text.strip() else "is empty"
        raise MalformedQuery(f"the query {reason}", *place_of(text, len(text)))
    if not allow_service:
        _refuse_hidden_service(text, prefixes)
    return CheckedQuery(text, form, has_dataset, volatile)


_OPERATORS: Final = frozenset({"!", "*", "/", "|", "^", "&&", "||", "=", "!=", "<", ">", "<=", ">=", "{"})


def _is_operator(token: Token, last: Token | None, text: str, form: str | None) -> bool:
    """Return whether the engine makes a link of a chain of `token`, which comes after `last`."""
    if token.kind == "other":
        if token.text in ("+", "-"):
            number = text[token.start + 1 : token.start + 2]
            chained = token.inside == "expression" and last is not None and last.operand
            return chained or not (number.isdigit() or number == ".")  # else it is the sign of a number
        return token.text in _OPERATORS or (token.text == "(" and token.inside == "query")
    if is_filter(token) or (token.kind == "word" and "BIND" in token.text.upper()):
        return True
    return form == "DESCRIBE" and token.depth == 0 and token.kind in ("iri", "name", "variable")


def _is_triple(token: Token, text: str) -> bool:
    """Return whether `token` ends a triple, or starts a node that makes one, or is a member of a collection."""
    if token.kind != "other":
        return token.inside == "data"
    if token.text == ".":
        return token.inside == "pattern" and not text[token.start + 1 : token.start + 2].isdigit()  # of a number
    if token.text == "(":
        return token.inside == "data"
    return token.text in ";,[" and token.inside in ("pattern", "data")


_NO_SERVICE: Final = "SERVICE would ask another server, which is switched off"
_ANY_BASE: Final = "http://localhost/"  # a relative IRI is no fault of grammar
_SERVICE: Final = re.compile(r"(servic)e", re.IGNORECASE)


def _refuse_hidden_service(text: str, prefixes: Mapping[str, str] | None) -> None:
    """Raise where the engine would take some "service" in `text` for the keyword.

    The engine parses the text with every "service" spelled wrongly: in strings, comments, IRIs and names that changes
    no grammar, but no keyword is left. A text that needs the keyword does not parse any more.
    """
    if not mentions_service(text):
        return
    try:
        parse_only(misspelt(text), prefixes)
    except SyntaxError as error:
        raise malformed(text, error) from None


def mentions_service(text: str) -> bool:
    """Tell whether "service" stands somewhere in a text, as a keyword or as anything else."""
    return _SERVICE.search(text) is not None


def misspelt(text: str) -> str:
    """Return a text with every "service" spelled wrongly, each character where it was."""
    return _SERVICE.sub("\\1\u01dd", text)


def parse_only(text: str, prefixes: Mapping[str, str] | None = None) -> None:
    """Let the engine parse `text`, and run nothing of it: to run an ASK or an aggregate may take for ever.

    Raises:
        SyntaxError: the engine's own.
    """
    # What is to stand for a variable is looked at behind the parsing and before the running; nobody can write this one.
    nobody: dict[Variable, NamedNode | BlankNode | Literal | Triple] = {
        Variable(f"waqai_{secrets.token_hex(16)}"): Literal(0)
    }
    known = None if prefixes is None else dict(prefixes)
    with contextlib.suppress(RuntimeError):  # that the query does not have the variable
        Store().query(text, base_iri=_ANY_BASE, prefixes=known, substitutions=nobody)


_ENGINE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_NAMED: Final = re.compile(r'"((?:[^"\\]|\\.)+)"|(?<![\w\]\[.])([A-Z]{2,})(?![\w\]])')
_CLASSES: Final = re.compile(r"\[(?:'(?:[^'\\]|\\.)*'|[^\]'])*\]")
_SHOWN: Final = 8
# The engine expects these in many places, and here they are refused or not SPARQL 1.1: no advice.
_NO_ADVICE: Final = frozenset({"LATERAL", "SERVICE", "REDUCED"}) | UPDATE_FORMS


def malformed(text: str, error: SyntaxError, *, update: bool = False) -> MalformedQuery:
    """Return the engine's syntax error as line, column and a sentence that a person can use.

    The text is parsed again for that, and not run; that of an `update` is not.

    >>> malformed("ASK { ?s ?p", SyntaxError('error at 1:12: expected one of "}", [_], GRAPH'))
    MalformedQuery('line 1, column 12: the query ends too early: the { of line 1, column 5 is not closed')
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
    rest = text[offset:].split(maxsplit=1)
    bracket = _unbalanced(text)
    if bracket is not None:
        reason, start = bracket
        if text[start] in CLOSED_BY.values() and start <= offset:
            return MalformedQuery(reason, *place_of(text, start))
        if text[start] in CLOSED_BY and not rest:
            return MalformedQuery(f"the query ends too early: {reason}", line, column)
    stop = None if update else stop_of(text, parse_only)
    if stop is not None and (mistake := mistake_of(stop)) is not None:
        return MalformedQuery(mistake[1], *place_of(text, mistake[0].start))
    meant = meaning_of(message, text)
    if meant is not None:
        return MalformedQuery(meant, line, column)
    found = rest[0] if rest else ""
    if stop is not None:
        found, message = ("", stop.wanted) if stop.token is None else (stop.token.text, stop.wanted)
        line, column = place_of(text, len(text) if stop.token is None else stop.token.start)
    if found:
        found = f"{found[:40]!r} is not expected here"
    elif text.rstrip().endswith(("}", ")", "]")):
        found = "something is missing or out of place before this point"
    else:
        found = "the query ends too early"
    named = dict.fromkeys(a or b for a, b in _NAMED.findall(_CLASSES.sub("", message)))
    wanted = [word for word in named if word.upper() not in _NO_ADVICE]
    if not 0 < len(wanted) <= _SHOWN or wanted == ["OPTIONAL"]:  # alone it is all the engine has to say
        return MalformedQuery(found, line, column)
    return MalformedQuery(f"{found}; expected here: {' '.join(wanted)}", line, column)


def _unbalanced(text: str) -> tuple[str, int] | None:
    """Return what is wrong with the first bracket that has no partner, and its offset; None where all have one."""
    waiting: list[Token] = []
    for token in tokens(text):
        if token.kind != "other":
            continue
        if token.text in CLOSED_BY:
            waiting.append(token)
        elif token.text in CLOSED_BY.values():
            if not waiting:
                return f"this {token.text} closes nothing: no bracket is open before it", token.start
            line, column = place_of(text, waiting[-1].start)
            opened = waiting.pop().text
            if CLOSED_BY[opened] != token.text:
                return f"this {token.text} cannot close the {opened} of line {line}, column {column}", token.start
    if not waiting:
        return None
    line, column = place_of(text, waiting[-1].start)
    return f"the {waiting[-1].text} of line {line}, column {column} is not closed", waiting[-1].start


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1, in code points."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return min(start + column - 1, len(text))
