"""A SPARQL update as operations: what it writes where, by which pattern.

Invariant: a text of which operations are returned is an update by the engine's own grammar, which has parsed each of
them without running any; but it never sees a LOAD. A part of the text that is not taken for what the engine takes it
for can do no harm: patterns are run as queries, which change nothing, and quads are parsed as TriG, which is only data.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pyoxigraph import NamedNode, RdfFormat, Store, parse

from graph.sparql import MalformedQuery, malformed
from graph.sparql_tokens import tokens
from graph.updates.errors import UpdateFault

OPERATIONS: Final = 1000  # of one request


@dataclass(frozen=True, slots=True)
class Data:
    """INSERT DATA (`adds`) or DELETE DATA."""

    adds: bool
    block: str


@dataclass(frozen=True, slots=True)
class Modify:
    """DELETE and INSERT with a pattern. Blocks are None where they are not there; `with_` and `using` are IRIs.

    `pattern` stands in its braces; `using` is None where there is no USING clause.
    """

    with_: str | None
    delete: str | None
    insert: str | None
    using: tuple[str, ...] | None
    using_named: tuple[str, ...]
    pattern: str


GraphRef = str | Literal["DEFAULT", "NAMED", "ALL"]  # an IRI has a colon


@dataclass(frozen=True, slots=True)
class Manage:
    """CLEAR, DROP and CREATE of `target`; COPY, MOVE and ADD from `source` to it."""

    verb: str
    silent: bool
    target: GraphRef
    source: GraphRef | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """LOAD of a document into the graph `target`, or into the default graph."""

    address: str
    silent: bool
    target: GraphRef


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with the prologue that holds for it, and where it starts in the text."""

    what: Data | Modify | Manage | Load
    prologue: str
    start: int


def operations(text: str, base: str, prefixes: Mapping[str, str]) -> list[Operation]:
    """Return the operations of an update; relative IRIs are resolved against `base`, `prefixes` are known.

    Raises:
        UpdateFault: it is no update, or has too many operations.
    """
    known = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items())
    return list(_Reader(text, f"BASE <{base}>\n{known}").operations())


def quads_as_trig(block: str) -> str:
    r"""Return what stands between the braces of a block of quads as TriG.

    >>> quads_as_trig("<a> <b> 1 GRAPH <g> { <c> <d> 2 } . <e> <f> 3")
    '{<a> <b> 1 }\nGRAPH <g> { <c> <d> 2 }\n{ <e> <f> 3}\n'
    """
    parts: list[str] = []
    start = depth = 0
    graph: int | None = None
    for match in _IN_BLOCK.finditer(block):
        found = match[0]
        if found == "{":
            if depth == 0:
                opens = match.start() if graph is None else graph
                _default(parts, block[start:opens])
                start = opens
            depth += 1
        elif found == "}":
            depth -= 1
            if depth == 0:
                parts.append(block[start : match.end()] + "\n")
                start, graph = match.end(), None
        elif depth == 0 and match.lastgroup == "graph":
            graph = match.start()
    _default(parts, block[start:])
    return "".join(parts)


def _default(parts: list[str], text: str) -> None:
    """Add triples of the default graph; a full stop may end the graph before them."""
    while True:
        skipped = _SKIP.match(text)
        rest = text[skipped.end() :] if skipped is not None else text
        if not rest.startswith("."):
            break
        text = rest[1:]
    if rest:
        parts.append(f"{{{text}}}\n" if "#" not in text else f"{{{text}\n}}\n")


_IRI: Final = r"<(?:[^\x00-\x20<>\"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>"
_QUOTED: Final = (
    r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r"|\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*'"
)
_COMMENT: Final = r"\#[^\n\r]*"
# A local name may hold an escaped quote or hash.
_ESCAPED: Final = r"\\."
_IN_BLOCK: Final = re.compile(
    rf"{_QUOTED}|{_IRI}|{_COMMENT}|{_ESCAPED}|(?P<graph>(?<![\w:.%-])[Gg][Rr][Aa][Pp][Hh](?![\w:.%-]))"
    r"|(?P<label>(?<![\w:.%-])_:\w(?:[\w.-]*[\w-])?)|(?P<variable>[?$]\w+)|[{}]",
    re.DOTALL,
)
_SKIP: Final = re.compile(rf"(?:\s|{_COMMENT})+")
_TOP: Final = re.compile(
    rf"(?:\s|{_COMMENT})*(?:(?P<iri>{_IRI})|(?P<name>[^\s<>{{}}\"'();#]*:[^\s<>{{}}\"'();#]*)|(?P<word>[A-Za-z]+)"
    rf"|(?P<version>{_QUOTED})|(?P<other>.)|$)",
    re.DOTALL,
)
# Parsed as a whole before anything is run; the second one fails, so nothing behind it ever runs.
_NOTHING_RUNS: Final = "CREATE GRAPH <urn:waqai:once> ; CREATE GRAPH <urn:waqai:once> ;"
_MANAGED: Final = frozenset({"CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"})


def with_variables(block: str, prefix: str) -> str:
    """Return a block with each variable as an IRI that begins with `prefix`."""
    return _IN_BLOCK.sub(lambda m: f"<{prefix}{m[0][1:]}>" if m.lastgroup == "variable" else m[0], block)


class _Reader:
    def __init__(self, text: str, prologue: str) -> None:
        self._text = text
        self._at = 0
        self._prologue = prologue
        self._count = 0
        self._labels: set[str] = set()

    def operations(self) -> Iterator[Operation]:
        while True:
            self._read_prologue()
            kind, word, start = self._peek()
            if kind == "end":
                if not self._count:
                    raise self._fault(start, "the update is empty")
                return
            if kind != "word":
                raise self._fault(start, f"an update operation is expected here, not {word[:40]!r}")
            self._count += 1
            if self._count > OPERATIONS:
                reason = f"an update has at most {OPERATIONS} operations: send several"
                raise UpdateFault("too-many-operations", reason, *self._place(start))
            what = self._operation()
            if not isinstance(what, Load):
                self._parse(start, self._at)
            yield Operation(what, self._prologue, start)
            kind, word, start = self._next()
            if kind == "end":
                return
            if word != ";":
                raise self._fault(start, f"a semicolon is expected between operations, not {word[:40]!r}")

    def _read_prologue(self) -> None:
        while True:
            kind, word, start = self._peek()
            if kind != "word" or word.upper() not in ("BASE", "PREFIX", "VERSION"):
                return
            self._next()
            parts = [word.upper()]
            for wanted in {"BASE": ("iri",), "PREFIX": ("name", "iri"), "VERSION": ("version",)}[word.upper()]:
                kind, found, at = self._next()
                if kind != wanted or (wanted == "name" and not found.endswith(":")):
                    raise self._fault(at, f"what follows {word.upper()} is not what belongs there")
                parts.append(found)
            if parts[0] == "VERSION":
                continue
            self._prologue += " ".join(parts) + "\n"
            self._check_prologue(start)

    def _operation(self) -> Data | Modify | Manage | Load:
        _, word, start = self._next()
        verb = word.upper()
        if verb in ("LOAD", "LOADSILENT"):  # the engine reads it so too
            return self._load(silent=verb != "LOAD")
        if verb in _MANAGED:
            return self._manage(verb)
        if verb not in ("INSERT", "DELETE", "WITH"):
            raise self._fault(start, f"an update operation is expected here, not {word[:40]!r}")
        with_ = None
        if verb == "WITH":
            with_ = self._iri()
            verb = self._keyword("DELETE", "INSERT")
        elif self._maybe("DATA"):
            return self._data(verb)
        elif verb == "DELETE" and self._maybe("WHERE"):
            block = self._block()
            return Modify(None, block, None, None, (), "{" + block + "}")
        delete = self._block() if verb == "DELETE" else None
        insert = self._block() if verb == "INSERT" or self._maybe("INSERT") else None
        using: list[str] = []
        named: list[str] = []
        while self._maybe("USING"):
            (named if self._maybe("NAMED") else using).append(self._iri())
        self._keyword("WHERE")
        dataset = tuple(using) if using or named else None
        return Modify(with_, delete, insert, dataset, tuple(named), self._pattern())

    def _data(self, verb: str) -> Data:
        """Read quads. A blank node is of one operation: with the same label in the next it would be another one."""
        opens = self._peek()[2]
        block = self._block()
        labels = {m[0]: m.start() for m in _IN_BLOCK.finditer(block) if m.lastgroup == "label"}
        for label, start in labels.items():
            if label in self._labels:
                reason = f"{label} stands in an operation before this one too: write both in one, or use an IRI"
                raise self._fault(opens + 1 + start, reason)
        self._labels |= labels.keys()
        return Data(verb == "INSERT", block)

    def _manage(self, verb: str) -> Manage:
        silent = self._maybe("SILENT")
        if verb in ("COPY", "MOVE", "ADD"):
            source = self._graph_or_default()
            self._keyword("TO")
            return Manage(verb, silent, self._graph_or_default(), source)
        if verb != "CREATE":
            for every in ("DEFAULT", "NAMED", "ALL"):
                if self._maybe(every):
                    return Manage(verb, silent, every)
        self._keyword("GRAPH")
        return Manage(verb, silent, self._iri())

    def _load(self, *, silent: bool) -> Load:
        silent = silent or self._maybe("SILENT")
        address = self._iri()
        if not self._maybe("INTO"):
            return Load(address, silent, "DEFAULT")
        self._keyword("GRAPH")
        return Load(address, silent, self._iri())

    def _graph_or_default(self) -> GraphRef:
        if self._maybe("DEFAULT"):
            return "DEFAULT"
        self._maybe("GRAPH")
        return self._iri()

    def _iri(self) -> str:
        kind, word, start = self._next()
        if kind not in ("iri", "name"):
            raise self._fault(start, f"the IRI of a graph is expected here, not {word[:40]!r}")
        try:
            (quad,) = parse(f"{self._prologue}<urn:s> <urn:p> {word} .", RdfFormat.TRIG)
        except (SyntaxError, ValueError):
            raise self._fault(start, f"{word[:100]} is no IRI, or its prefix is not declared") from None
        if not isinstance(quad.object, NamedNode):
            raise self._fault(start, f"{word[:100]} is no IRI")
        return quad.object.value

    def _keyword(self, *wanted: str) -> str:
        kind, word, start = self._next()
        if kind != "word" or word.upper() not in wanted:
            raise self._fault(start, f"{' or '.join(wanted)} is expected here, not {word[:40]!r}")
        return word.upper()

    def _maybe(self, keyword: str) -> bool:
        kind, word, _ = self._peek()
        if kind == "word" and word.upper() == keyword:
            self._next()
            return True
        return False

    def _block(self) -> str:
        """Return what stands between the next braces, which hold no expressions."""
        _, word, start = self._next()
        if word != "{":
            raise self._fault(start, f"{{ is expected here, not {word[:40]!r}")
        depth = 1
        for match in _IN_BLOCK.finditer(self._text, self._at):
            if match[0] == "{":
                depth += 1
            elif match[0] == "}":
                depth -= 1
                if depth == 0:
                    block, self._at = self._text[self._at : match.start()], match.end()
                    return block
        raise self._fault(start, "the { that opens here is not closed")

    def _pattern(self) -> str:
        """Return the next group with its braces."""
        _, word, start = self._peek()
        if word != "{":
            raise self._fault(start, f"{{ is expected here, not {word[:40]!r}")
        for token in tokens(self._text[start:]):
            if token.text == "}" and token.kind == "other" and token.depth == 1:
                self._at = start + token.start + 1
                return self._text[start : self._at]
        raise self._fault(start, "the { that opens here is not closed")

    def _peek(self) -> tuple[str, str, int]:
        match = _TOP.match(self._text, self._at)
        assert match is not None, "it matches at the end too"
        kind = match.lastgroup or "end"
        return (kind, match[kind], match.start(kind)) if kind != "end" else ("end", "the end", len(self._text))

    def _next(self) -> tuple[str, str, int]:
        found = self._peek()
        self._at = found[2] + len(found[1]) if found[0] != "end" else len(self._text)
        return found

    def _place(self, offset: int) -> tuple[int, int]:
        before = self._text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def _check_prologue(self, start: int) -> None:
        try:
            list(parse(f"{self._prologue}<urn:s> <urn:p> <urn:o> .", RdfFormat.TRIG))
        except (SyntaxError, ValueError):
            line, column = self._place(start)
            raise UpdateFault("malformed-update", "this is not a valid IRI", line, column) from None

    def _fault(self, offset: int, reason: str) -> UpdateFault:
        return UpdateFault("malformed-update", reason, *self._place(offset))

    def _parse(self, start: int, end: int) -> None:
        """Let the engine parse the operation between two offsets, and run nothing. Raises UpdateFault."""
        lead = f"{self._prologue}{_NOTHING_RUNS}\n"
        try:
            Store().update(lead + self._text[start:end])
        except SyntaxError as error:
            raise self._translated(error, lead.count("\n"), start) from None
        except (RuntimeError, ValueError, OSError):
            return  # that nothing ran

    def _translated(self, error: SyntaxError, lines: int, start: int) -> UpdateFault:
        match = re.match(r"error at (\d+):(\d+): (.*)", str(error), re.DOTALL)
        first, shift = self._place(start)
        if match is None:
            return UpdateFault("malformed-update", str(error), first, shift)
        line, column = int(match[1]) - lines, int(match[2])
        if line < 1:
            return UpdateFault("malformed-update", "the update cannot be read here", first, shift)
        where = (first + line - 1, column + shift - 1 if line == 1 else column)
        fault = SyntaxError(f"error at {where[0]}:{where[1]}: {match[3]}")
        found: MalformedQuery = malformed(self._text, fault, update=True)
        return UpdateFault(
            "malformed-update", found.reason.replace("the query", "the update"), found.line, found.column
        )
