"""What a schema refuses, in plain words.

Invariant: each refusal of a schema becomes one sentence that says what stands there, what may stand there, and where a
name is misspelt the nearest one that is known.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from typing import Any

from jsonschema import ValidationError

from ingest.checking.documents import Where
from ingest.lexicon import EVENT_TYPE

_NAMES = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_PYTHON = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
_SHOWN = 60
_LISTED = 12


def refusals(error: ValidationError, data: Any, types: Collection[str]) -> Iterator[tuple[Where, bool, str]]:
    """Yield, for an error that a schema finds in `data`, where it is, whether the key is meant, and why."""
    where: Where = tuple(part if isinstance(part, int) else str(part) for part in error.absolute_path)
    kind = str(error.validator)
    wanted: Any = error.validator_value
    found: Any = error.instance
    if kind == "additionalProperties":
        known = list(error.schema.get("properties", ())) if isinstance(error.schema, dict) else []
        for key in found:
            if key not in known:
                yield (*where, str(key)), True, f"unknown key {key!r}; {nearest(str(key), known)}"
    elif kind == "required":
        yield where, False, missing(_quoted(error.message))
    elif kind in ("anyOf", "oneOf"):
        yield where, False, f"{shown(found)} fits none of the forms it may have: {_alternatives(error)}"
    elif error.validator is None:  # a key that the schema rules out under this condition
        for part in where:
            data = data[part]
        if isinstance(data, dict):  # the error has the value and not its key
            where = (*where, *(str(key) for key, value in data.items() if value is found))
        yield where, True, f"the key {str(where[-1])!r} is not allowed in this entry"
    else:
        yield where, kind == "minProperties", _reason(kind, wanted, found, types, error.message)


def nearest(name: str, known: Collection[str]) -> str:
    """Return the nearest known name, or the known names.

    >>> nearest("nxet", ["next", "prev"])
    "the nearest known is 'next'"
    """
    near = difflib.get_close_matches(name, sorted(known), n=1)
    if near:
        return f"the nearest known is {near[0]!r}"
    listed = sorted(known)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return f"known are {', '.join(listed[:_LISTED])}{more}" if listed else "none is known here"


def shown(value: object) -> str:
    """Return a value of a document, shortened."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _reason(kind: str, wanted: Any, found: Any, types: Collection[str], message: str) -> str:
    if kind == "format" and wanted == EVENT_TYPE:
        return f"the ontology has no event type {shown(found)}; {nearest(str(found), types)}"
    if kind == "enum":
        return f"{shown(found)} is not allowed here; {nearest(str(found), [str(value) for value in wanted])}"
    if kind == "const":
        return f"{shown(found)} must be {wanted!r}".replace("True", "true") + "; leave the key out otherwise"
    if kind == "type":
        names = [wanted] if isinstance(wanted, str) else wanted
        is_now = _NAMES[_PYTHON.get(type(found), "null")]
        return f"{shown(found)} is {is_now}, but must be {' or '.join(_NAMES[name] for name in names)}"
    if kind == "pattern":
        return f"{shown(found)} has not the form that is asked for here ({wanted})"
    if kind in ("minItems", "minLength", "minProperties"):
        return "it is empty, or too short: give more, or leave the key out"
    if kind in ("maxItems", "maxLength"):
        return f"{shown(found)} is too long: at most {wanted}"
    if kind == "uniqueItems":
        return f"something stands twice in {shown(found)}"
    return message if len(message) < 2 * _SHOWN else f"{message[: 2 * _SHOWN]}…"


def missing(key: str) -> str:
    """Return what to do where the key `key` is missing."""
    if key == "examples":
        return "the examples are missing; give sentences that must (match) and must not (not) give this entry"
    if key in ("match", "not"):
        which = "must give" if key == "match" else "must not give"
        return f"examples of the kind {key!r} are missing: sentences that {which} this entry"
    return f"the key {key!r} is missing"


def _alternatives(error: ValidationError) -> str:
    found = (_alternative(inner) for inner in error.context or ())
    return "; or ".join(dict.fromkeys(part[: 2 * _SHOWN] for part in found))


def _alternative(error: ValidationError) -> str:
    return missing(_quoted(error.message)) if error.validator == "required" else error.message


def _quoted(message: str) -> str:
    found = re.search(r"'([^']*)'", message)
    return found.group(1) if found else message
