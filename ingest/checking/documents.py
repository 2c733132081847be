"""YAML files with the place of every value.

Invariant: each value and each key of a document knows its line and column, from 1, in characters; what cannot be read
is a fault with a place too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_INDENTING_TAB = re.compile(r"^ *\t", re.MULTILINE)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Where = tuple[str | int, ...]  # keys and list positions from the top of a document


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong: file, line and column (from 1; 0 where the file as a whole is meant), the entry, the reason."""

    file: Path
    line: int
    column: int
    reason: str
    entry: str | None = None

    def json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "file": str(self.file),
            "line": self.line or None,
            "column": self.column or None,
            "entry": self.entry,
            "reason": self.reason,
        }


@dataclass(slots=True)
class Document:
    """A file that could be read. `values` and `keys` give line and column of each value and each key of a mapping."""

    path: Path
    data: Any
    values: dict[Where, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Where, tuple[int, int]] = field(default_factory=dict)

    def fault(self, where: Where, reason: str, *, key: bool = False) -> Fault:
        """Return a fault at a value, or at the key that leads to it."""
        at = where
        while at and at not in self.values:
            at = at[:-1]
        line, column = (self.keys if key and where in self.keys else self.values).get(where if key else at, (1, 1))
        return Fault(self.path, line, column, reason, self._entry(where))

    def entries(self) -> Iterator[tuple[Where, dict[str, Any]]]:
        """Yield the mappings under `entries`, with where they stand."""
        rows = self.data.get("entries") if isinstance(self.data, dict) else None
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, dict):
                yield ("entries", number), row

    def _entry(self, where: Where) -> str | None:
        if len(where) < 2 or not isinstance(where[1], int) or not isinstance(self.data, dict):
            return None
        rows = self.data.get(where[0])
        row = rows[where[1]] if isinstance(rows, list) and where[1] < len(rows) else None
        name = row.get("id") if isinstance(row, dict) else None
        return str(name) if name is not None else f"number {where[1] + 1}"


def read_document(path: Path) -> tuple[Document | None, list[Fault]]:
    """Return a document and the faults that it has as YAML: encoding, tabs, syntax, keys that stand twice."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, [Fault(path, 0, 0, f"the file cannot be read: {error.strerror}")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", errors="replace")
        return None, [_at(path, before, f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8")]
    tab = _INDENTING_TAB.search(text)
    if tab is not None:
        return None, [_at(path, text[: tab.end() - 1], "a tab indents this line; YAML wants spaces")]
    try:
        node = yaml.compose(text, Loader=_LOADER)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        context = getattr(error, "context", None)
        reason = f"it is no YAML: {problem}" + (f" ({context})" if context else "")
        return None, [Fault(path, mark.line + 1, mark.column + 1, reason) if mark else Fault(path, 0, 0, reason)]
    except ValueError as error:  # a value such as 2024-02-30
        return None, [Fault(path, 0, 0, f"a value cannot be read: {error}")]
    document = Document(path, data)
    faults: list[Fault] = []
    if node is not None:
        _walk(document, node, (), faults)
    return document, faults


def _walk(document: Document, node: Any, where: Where, faults: list[Fault]) -> None:
    document.values[where] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _walk(document, item, (*where, number), faults)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*where, str(key.value))
            if inner in document.keys:
                first = document.keys[inner][0]
                document.keys[inner] = (key.start_mark.line + 1, key.start_mark.column + 1)
                faults.append(document.fault(inner, f"the key {key.value!r} stands in line {first} already", key=True))
            document.keys[inner] = (key.start_mark.line + 1, key.start_mark.column + 1)
            _walk(document, value, inner, faults)


def _at(path: Path, before: str, reason: str) -> Fault:
    line = before.count("\n") + 1
    return Fault(path, line, len(before) - (before.rfind("\n") + 1) + 1, reason)
