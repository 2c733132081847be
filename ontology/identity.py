"""Canonical JSON and ids derived from content.

Invariant: the same content gives the same id on every machine, under every hash seed and Python version.
Canonical JSON is RFC 8785 restricted to what every implementation agrees on: no floats, integers within
±(2**53 - 1), ASCII keys, no unpaired surrogates. Within that subset orjson with sorted keys is RFC 8785.
"""

import hashlib
import re
from typing import Any

import orjson

_ALLOWED = "allowed are strings, integers, booleans, null, lists and mappings with ASCII keys"

MAX_SAFE_INTEGER = 2**53 - 1
ID_HEX_DIGITS = 20  # 80 bits: a collision among a billion ids has a chance below one in a million


_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_PLAIN = frozenset({str, int, bool, type(None)})


class NotCanonical(ValueError):
    """A value that has no canonical JSON form here; `path` says where it stands."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'the value'} {reason}")
        self.path = path


def canonical_json(value: object) -> bytes:
    """Return the RFC 8785 form of `value` as UTF-8 bytes.

    Raises:
        NotCanonical: for floats, integers of 2**53 and more, non-ASCII keys, unpaired surrogates, other types.

    >>> canonical_json({"b": 1, "a": ["خ", None]}).decode()
    '{"a":["خ",null],"b":1}'
    """
    if not _is_plain(value):
        _check(value, "")
    try:
        return orjson.dumps(value, option=_CANONICAL)
    except orjson.JSONEncodeError:
        _check(value, "")
        raise


def canonical_value(data: bytes) -> Any:
    """Return the value whose canonical JSON `data` is; what `canonical_json` makes of it is `data` again.

    Raises:
        NotCanonical: `data` is no JSON, or another form of it than the canonical one.

    >>> canonical_value(b'{"a":[1,null]}')
    {'a': [1, None]}
    """
    try:
        value = orjson.loads(data)
        if orjson.dumps(value, option=_CANONICAL) == data and not _needs_a_look(data):
            return value
    except orjson.JSONDecodeError as error:
        raise NotCanonical("", f"is no JSON ({error})") from error
    except orjson.JSONEncodeError:
        pass  # said below, with the place
    if canonical_json(value) != data:
        raise NotCanonical("", "is JSON in another form than the canonical one")
    return value


# What orjson writes like any other, and canonical JSON forbids, in bytes that orjson writes: a number that ends in
# decimals or in an exponent, and a key that is not ASCII. Inside a string each may be harmless, so the value decides.
_DECIMALS = re.compile(rb"\.[0-9]+(?:[,\]}]|\Z)")
_EXPONENT = re.compile(rb"e[-+]?[0-9]+(?:[,\]}]|\Z)")
_STRINGS = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*")(:?)', re.DOTALL)  # not possessive: Python 3.11.2 gets that wrong


def _needs_a_look(data: bytes) -> bool:
    if _DECIMALS.search(data) is not None or _EXPONENT.search(data) is not None:
        return True
    return not data.isascii() and any(colon and not text.isascii() for text, colon in _STRINGS.findall(data))


def _is_plain(value: object) -> bool:
    """Tell whether `value` is made of types and keys that have a canonical form; the serialiser checks their values."""
    pending: list[Any] = [value]
    for item in pending:  # grows while it is walked: a call for each list and mapping costs more than the rest
        kind = type(item)
        if kind is dict:
            for key in item:
                if type(key) is not str or not key.isascii():
                    return False
            pending += [v for v in item.values() if type(v) not in _PLAIN]
        elif kind is list or kind is tuple:
            pending += [v for v in item if type(v) not in _PLAIN]
        elif kind not in _PLAIN:
            return False
    return True


def _check(value: object, path: str) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise NotCanonical(path, "holds an unpaired surrogate") from None
    elif isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise NotCanonical(path, f"is {value}: integers must be within ±(2**53 - 1)")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(path, f"has the key {key!r}: keys must be ASCII strings")
            _check(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, f"{path}[{index}]")
    else:
        raise NotCanonical(path, f"is of type {type(value).__name__}: {_ALLOWED}")


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def derived_id(kind: str, *parts: object) -> str:
    """Return an opaque id: the first 20 hex digits of SHA-256 over the canonical JSON of `[kind, *parts]`.

    >>> derived_id("actor", "hts") == derived_id("actor", "hts") != derived_id("source", "hts")
    True
    """
    value = [kind, *parts]
    for part in parts:
        if type(part) is not str:
            break
    else:  # strings alone have one form: an id of a place is asked for with every candidate
        try:
            return hashlib.sha256(orjson.dumps(value)).hexdigest()[:ID_HEX_DIGITS]
        except orjson.JSONEncodeError:
            pass
    return sha256_hex(canonical_json(value))[:ID_HEX_DIGITS]
